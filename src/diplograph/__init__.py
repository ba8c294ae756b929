"""Diplograph: the knowledge graph of diplomatic engagement; every fact says where it came from."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__all__ = ["Graph", "__version__", "load", "serve", "write_site"]

_ROOMS = {
    "Graph": "api",
    "load": "api",
    "serve": "web.server.service",
    "write_site": "web.static_site",
}


def __getattr__(name: str) -> Any:
    """Return what __all__ names, imported on first use: the command line starts at once.

    This door is also how the command line, which imports nothing of the web, serves
    and copies the site.
    """
    if name == "__version__":
        from importlib import metadata

        return metadata.version("diplograph")
    if name in _ROOMS:
        return getattr(import_module(f"diplograph.{_ROOMS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

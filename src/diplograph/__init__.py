"""Diplograph: the knowledge graph of diplomatic engagement; every fact says where it came from."""

from __future__ import annotations

from importlib import metadata
from typing import Any

__version__ = metadata.version("diplograph")
__all__ = ["Graph", "__version__", "load"]


def __getattr__(name: str) -> Any:
    """Return `load` or `Graph`, imported on first use so that the command line starts at once."""
    if name in {"Graph", "load"}:
        from diplograph import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

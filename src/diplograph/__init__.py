"""Diplograph: the knowledge graph of diplomatic engagement; every fact says where it came from."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from diplograph.api import Graph

__all__ = ["__version__", "load"]

# The wheel takes its version from here: to ask for the installed one takes a third of a start.
__version__ = "0.1.0"


def load(home: str | Path | None = None, progress: Callable[[str], None] | None = None) -> Graph:
    """Return the graph of the folder `home`, as `diplograph.api.load_graph` does.

    The API is imported by the call: `diplograph --help` needs none of it.
    """
    from diplograph.api import load_graph

    return load_graph(home, progress)

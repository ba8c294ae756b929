"""Diplograph: the knowledge graph of diplomatic engagement; every fact says where it came from."""

from __future__ import annotations

from diplograph.api import Graph, load

__all__ = ["Graph", "__version__", "load"]

# The wheel takes its version from here: to ask for the installed one takes a third of a start.
__version__ = "0.1.0"

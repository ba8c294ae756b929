"""Diplograph: the knowledge graph of diplomatic engagement; every fact says where it came from."""

from __future__ import annotations

from importlib import metadata

from diplograph.api import Graph, load

__all__ = ["Graph", "__version__", "load"]

__version__ = metadata.version("diplograph")

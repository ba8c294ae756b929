"""The diplomatic views that pages, command line and Python read, each by a few queries."""

from __future__ import annotations

"""The diplomatic views that pages, command line and Python share, each read by a few queries."""

from __future__ import annotations

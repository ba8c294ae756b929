"""The page about a partnership: its ladder, each step with its passage."""

from __future__ import annotations

from flask import Blueprint

from diplograph.web.edition import Edition


def create_partnership(edition: Edition) -> Blueprint:
    """Return the blueprint of these pages."""
    return Blueprint("partnership", __name__)

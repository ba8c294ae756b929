"""The search over things and gists."""

from __future__ import annotations

from flask import Blueprint

from diplograph.web.edition import Edition


def create_search(edition: Edition) -> Blueprint:
    """Return the blueprint of these pages."""
    return Blueprint("search", __name__)

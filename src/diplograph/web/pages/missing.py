"""What is still open: outcomes nobody reported, contradictions, hearsay, names nearly equal."""

from __future__ import annotations

from flask import Blueprint

from diplograph.web.edition import Edition


def create_missing(edition: Edition) -> Blueprint:
    """Return the blueprint of these pages."""
    return Blueprint("missing", __name__)

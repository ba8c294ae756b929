"""The engagements that a filter chooses: as a list, over time, as a network and on a map."""

from __future__ import annotations

from flask import Blueprint

from diplograph.web.edition import Edition


def create_engagements(edition: Edition) -> Blueprint:
    """Return the blueprint of these pages."""
    return Blueprint("engagements", __name__)

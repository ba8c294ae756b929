"""The page about two states: their partnership, their engagements, what is open between them."""

from __future__ import annotations

from flask import Blueprint

from diplograph.web.edition import Edition


def create_pair(edition: Edition) -> Blueprint:
    """Return the blueprint of these pages."""
    return Blueprint("pair", __name__)

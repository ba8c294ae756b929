"""The statements about one thing in any RDF format, as they are or in the words of a profile."""

from __future__ import annotations

from flask import Blueprint

from diplograph.web.edition import Edition


def create_data(edition: Edition) -> Blueprint:
    """Return the blueprint of these addresses."""
    return Blueprint("data", __name__)

"""What an IRI of ours answers: 303 to its page or to its data, by Accept."""

from __future__ import annotations

from flask import Blueprint

from diplograph.web.edition import Edition


def create_identities(edition: Edition) -> Blueprint:
    """Return the blueprint of these addresses."""
    return Blueprint("identities", __name__)

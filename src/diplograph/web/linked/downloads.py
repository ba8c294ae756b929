"""The dumps of the whole graph with their checksums, and what VoID and DCAT say of them."""

from __future__ import annotations

from flask import Blueprint

from diplograph.web.edition import Edition


def create_downloads(edition: Edition) -> Blueprint:
    """Return the blueprint of these addresses."""
    return Blueprint("downloads", __name__)

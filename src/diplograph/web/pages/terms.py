"""The reference of our own words: the ontology's classes, properties and concepts."""

from __future__ import annotations

from flask import Blueprint

from diplograph.web.edition import Edition


def create_terms(edition: Edition) -> Blueprint:
    """Return the blueprint of these pages."""
    return Blueprint("terms", __name__)

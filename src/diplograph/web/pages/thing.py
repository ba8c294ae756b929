"""The page about any thing that has none of its own making: states, persons, offices, forums."""

from __future__ import annotations

from flask import Blueprint

from diplograph.web.edition import Edition


def create_thing(edition: Edition) -> Blueprint:
    """Return the blueprint of these pages."""
    return Blueprint("thing", __name__)

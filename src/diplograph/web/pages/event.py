"""The page about an event: its status first, then who, when, where, about what, and who says so."""

from __future__ import annotations

from flask import Blueprint

from diplograph.web.edition import Edition


def create_event(edition: Edition) -> Blueprint:
    """Return the blueprint of these pages."""
    return Blueprint("event", __name__)

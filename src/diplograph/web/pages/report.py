"""The page about a report: its paragraphs with the facts that each supports."""

from __future__ import annotations

from flask import Blueprint

from diplograph.web.edition import Edition


def create_report(edition: Edition) -> Blueprint:
    """Return the blueprint of these pages."""
    return Blueprint("report", __name__)

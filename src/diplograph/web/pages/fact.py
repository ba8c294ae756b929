"""Why a fact is here: its attestations side by side, who agrees, and how to cite it."""

from __future__ import annotations

from flask import Blueprint

from diplograph.web.edition import Edition


def create_fact(edition: Edition) -> Blueprint:
    """Return the blueprint of these pages."""
    return Blueprint("fact", __name__)

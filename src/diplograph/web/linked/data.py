"""The statements about one thing in any RDF format, as they are or in the words of a profile."""

from __future__ import annotations

from functools import partial

from flask import Blueprint

from diplograph.web.edition import Edition
from diplograph.web.linked.heads import list_alternates


def create_data(edition: Edition) -> Blueprint:
    """Return the blueprint of these addresses."""
    data = Blueprint("data", __name__)
    data.add_app_template_global(partial(list_alternates, edition), "list_alternates")
    return data

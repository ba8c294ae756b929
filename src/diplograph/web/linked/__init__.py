"""The linked data: what machines that follow our IRIs are given."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint

from diplograph.web.edition import Edition
from diplograph.web.linked.data import create_data
from diplograph.web.linked.declarations import create_declarations
from diplograph.web.linked.downloads import create_downloads
from diplograph.web.linked.identities import create_identities


def create_linked(edition: Edition) -> Iterator[Blueprint]:
    """Yield the blueprints of the linked data."""
    for create in (create_identities, create_declarations, create_data, create_downloads):
        yield create(edition)

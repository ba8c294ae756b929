"""Pages that only a static copy has: a search without a server, and that of a wrong address."""

from __future__ import annotations

from flask import Blueprint, Response

from diplograph.views.search_results import KIND_GROUPS
from diplograph.web.addresses import page_address
from diplograph.web.context import AppContext
from diplograph.web.rendering import render

FIND, MISSING = "/find", "/404"


def create_copy(context: AppContext) -> Blueprint:
    """Return the blueprint of /find and /404, which has no page where a server answers."""
    pages = Blueprint("copy", __name__)
    if not context.still:
        return pages

    @pages.get(FIND)
    def find() -> Response:
        listed = context.index().list_entries()
        entries = [entry for entry in listed if page_address(entry.thing.iri)]
        groups = [
            (group.title, [entry for entry in entries if entry.group == group.name])
            for group in KIND_GROUPS
        ]
        shown = [(title, members) for title, members in groups if members]
        names = [list(entry.names) for _, members in shown for entry in members]
        return render("find.html", groups=shown, total=len(entries), names=names)

    @pages.get(MISSING)
    def missing() -> Response:
        return render("missing.html")

    return pages

"""The pages of pairs of states: partnership, engagements and open issues between the two."""

from __future__ import annotations

from functools import lru_cache

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UsageError
from diplograph.views.pair import Pair, read_bilateral_relations, read_pairs
from diplograph.views.query import QueryRunner
from diplograph.views.thing import read_named_things
from diplograph.web.addresses import find_iri, find_pair_path, write_path
from diplograph.web.context import AppContext
from diplograph.web.paging import PAGE_SIZE, count_pages, read_page
from diplograph.web.rendering import render


def create_pair(context: AppContext) -> Blueprint:
    """Return the blueprint of the list of pairs and of a page for each."""
    pages = Blueprint("pair", __name__)

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_once(digest: str) -> tuple[Pair, ...]:
        return read_pairs(QueryRunner(context.engine))

    @pages.get("/pair/")
    def pairs() -> Response:
        page, known = 1 if context.still else read_page(), read_once(context.digest)
        return render(
            "pairs.html",
            pairs=known[(page - 1) * PAGE_SIZE : page * PAGE_SIZE],
            total=len(known),
            page=page,
            pages=count_pages(len(known)),
            address=lambda number: f"?page={number}",
        )

    @pages.get("/pair/<one>/<other>")
    def pair(one: str, other: str) -> Response:
        path = find_pair_path(one, other)
        if path != f"/pair/{one}/{other}":
            return redirect(_add_query(path), 308)
        if one == other:
            raise UsageError(f"a pair is of two states, and {one} is one")
        asking, day = context.asking(), context.day()
        states = [read_named_things(asking, find_iri("state", slug)).thing for slug in (one, other)]
        iris = (states[0].iri, states[1].iri)
        between = read_bilateral_relations(asking, iris, day, context.marks())
        return render("pair.html", states=states, between=between, day=day)

    return pages


def _add_query(path: str) -> str:
    """Return the address of a path with the query of the current address."""
    query = request.query_string.decode("ascii", "replace")
    return request.root_path.rstrip("/") + write_path(path) + (f"?{query}" if query else "")

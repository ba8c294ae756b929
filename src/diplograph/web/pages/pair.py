"""The page about two states: their partnership, their engagements, what is open between them."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UsageError
from diplograph.views.pair import Pair, read_between, read_pairs
from diplograph.views.query import QueryRunner
from diplograph.views.thing import read_named_things
from diplograph.web.addresses import find_iri, write_path
from diplograph.web.edition import Edition
from diplograph.web.paging import read_page
from diplograph.web.rendering import render

PAGE_ROWS = 50


def create_pair(edition: Edition) -> Blueprint:
    """Return the blueprint of these pages."""
    pages = Blueprint("pair", __name__)
    pairs = _keep_pairs(edition)

    @pages.get("/pair/")
    def every() -> Response:
        return _list_pairs(pairs(), 1 if edition.still else read_page())

    @pages.get("/pair/<one>/<other>")
    def between(one: str, other: str) -> Response:
        if find_pair_path(one, other) != f"/pair/{one}/{other}":
            return _send_on(one, other)
        if one == other:
            raise UsageError(f"a pair is of two states, and {one} is one")
        asking, day = edition.asking(), edition.day()
        states = [read_named_things(asking, find_iri("state", slug)).thing for slug in (one, other)]
        found = read_between(asking, (states[0].iri, states[1].iri), day, edition.marks())
        return render("pair.html", states=states, between=found, day=day)

    return pages


def find_pair_path(one: str, other: str) -> str:
    """Return the path of the page about two states by their codes, whatever their order.

    >>> find_pair_path("rus", "IND")
    '/pair/IND/RUS'
    """
    return f"/pair/{'/'.join(sorted((one.upper(), other.upper())))}"


def _send_on(one: str, other: str) -> Response:
    """Return the way to the same page at its own address, with what was asked."""
    asked = request.query_string.decode("ascii", "replace")
    path = request.root_path.rstrip("/") + write_path(find_pair_path(one, other))
    return redirect(path + (f"?{asked}" if asked else ""), 308)


def _keep_pairs(edition: Edition) -> Callable[[], tuple[Pair, ...]]:
    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_once(digest: str) -> tuple[Pair, ...]:
        return read_pairs(QueryRunner(edition.engine))

    return lambda: read_once(edition.digest)


def _list_pairs(pairs: tuple[Pair, ...], page: int) -> Response:
    shown = pairs[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    pages = max(1, -(-len(pairs) // PAGE_ROWS))
    return render("pairs.html", pairs=shown, total=len(pairs), page=page, pages=pages, leaf=_leaf)


def _leaf(page: int) -> str:
    return "?" + urlencode({"page": page})

"""The page about two states: their partnership, their engagements, what is open between them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UsageError
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.views.dates import read_dates
from diplograph.views.drawings.ladder import Ladder, draw_ladder
from diplograph.views.pair import Pair, read_bilateral_relations, read_pairs
from diplograph.views.query import QueryRunner
from diplograph.views.records import Attestation, read_evidence
from diplograph.views.relations import (
    RelationTable,
    complete_fact,
    make_section,
    read_relation_facts,
    read_stages,
)
from diplograph.views.thing import About, read_about, read_named_things
from diplograph.web.addresses import find_iri, write_path
from diplograph.web.context import AppContext
from diplograph.web.pages.thing import SEPARATE_PROPERTIES
from diplograph.web.paging import read_page
from diplograph.web.rendering import render

PAIR_ROWS = 50


def create_pair(edition: AppContext) -> Blueprint:
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
        found = read_bilateral_relations(
            asking, (states[0].iri, states[1].iri), day, edition.marks()
        )
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


def _keep_pairs(edition: AppContext) -> Callable[[], tuple[Pair, ...]]:
    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_once(digest: str) -> tuple[Pair, ...]:
        return read_pairs(QueryRunner(edition.engine))

    return lambda: read_once(edition.digest)


def _list_pairs(pairs: tuple[Pair, ...], page: int) -> Response:
    shown = pairs[(page - 1) * PAIR_ROWS : page * PAIR_ROWS]
    pages = max(1, -(-len(pairs) // PAIR_ROWS))
    return render("pairs.html", pairs=shown, total=len(pairs), page=page, pages=pages, leaf=_leaf)


def _leaf(page: int) -> str:
    return "?" + urlencode({"page": page})


PARTNERSHIP_STATEMENTS = make_section(
    "said",
    "Declared and reaffirmed",
    "Speaker: speaker, To: addressee, Stage: content, On: onTopic",
)
_STATE = PREFIXES["state"]


def create_partnership(edition: AppContext) -> Blueprint:
    """Return the blueprint of these pages."""
    pages = Blueprint("partnership", __name__)

    @pages.get("/page/partnership/<path:slug>")
    def partnership(slug: str) -> Response:
        asking, iri = edition.asking(), find_iri("partnership", slug)
        named, about = read_named_things(asking, iri), read_about(asking, iri)
        ladder, said = _read_ladder(asking, iri, edition.day())
        return render(
            "partnership.html",
            named=named,
            about=about,
            ladder=ladder,
            said=said,
            sectors=_list_sectors(ladder),
            pair=_find_pair(about),
            day=edition.day(),
            apart=SEPARATE_PROPERTIES | {"dg:coversSector"},
        )

    return pages


def _read_ladder(asking: QueryRunner, iri: str, day: date) -> tuple[Ladder, RelationTable]:
    """Return the ladder, and what was said of its stages; four queries."""
    stages, acts = read_stages(asking, iri)
    facts = [*stages, *acts]
    told, dates = read_relation_facts(asking, facts), read_dates(asking, facts)
    evidence = read_evidence(asking, facts)
    steps = [complete_fact(told, dates, evidence, stage) for stage in stages]
    rows = tuple(complete_fact(told, dates, evidence, act) for act in acts)
    return draw_ladder(steps, day), RelationTable(PARTNERSHIP_STATEMENTS, rows, len(rows))


def _list_sectors(ladder: Ladder) -> tuple[tuple[Thing, Thing, tuple[Attestation, ...]], ...]:
    """Return each sector that a stage covers, with the stage and its readings."""
    found = [
        (sector, step.fact.thing, step.fact.sources)
        for step in ladder.steps
        for sector in step.fact.cell(("onTopic",))
        if isinstance(sector, Thing)
    ]
    return tuple(sorted(found, key=lambda each: (each[0].label, each[1].label)))


def _find_pair(about: About) -> str:
    """Return the path of the page about the two partners; empty where they are not two states."""
    partners = [link.value.value for link in about.of("out", "dg:partner")]
    slugs = [each.iri.removeprefix(_STATE) for each in partners if isinstance(each, Thing)]
    return find_pair_path(*slugs) if len(slugs) == 2 else ""

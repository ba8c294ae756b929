"""The pages of pairs of parties, and of partnerships with the ladder of their stages."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UnknownThing, UsageError
from diplograph.core.things import Thing
from diplograph.views.drawings.ladder import Ladder, draw_ladder
from diplograph.views.engagements import read_participants
from diplograph.views.pair import (
    BilateralRelations,
    Pair,
    PairEvents,
    rank_pairs,
    read_bilateral_relations,
    read_pair_events,
    read_pairs,
    summarise_pairs,
)
from diplograph.views.query import QueryRunner
from diplograph.views.records import DG, read_evidence
from diplograph.views.relations import (
    RelationTable,
    complete_fact,
    make_section,
    read_relation_facts,
    read_stages,
)
from diplograph.views.status import OVERDUE, count_once, read_dates
from diplograph.views.thing import read_about, read_named_things
from diplograph.web.addresses import (
    find_iri,
    find_pair_path,
    find_party,
    pair_address,
    site_address,
    write_path,
)
from diplograph.web.context import AppContext
from diplograph.web.figures import answer_view
from diplograph.web.rendering import PAGE_SIZE, list_pages, read_page, render

PARTNERSHIP_STATEMENTS = make_section(
    "said",
    "Declared and reaffirmed",
    "Speaker: speaker, To: addressee, Stage: content, On: onTopic",
)


def create_pair(context: AppContext) -> Blueprint:
    """Return the blueprint of the list of pairs and of a page for each."""
    pages = Blueprint("pair", __name__)

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_once(digest: str) -> tuple[tuple[Pair, ...], PairEvents]:
        asking = QueryRunner(context.engine)
        return read_pairs(asking), read_pair_events(read_participants(asking), context.marks())

    @lru_cache(maxsize=16)  # a few days; requests may name any
    def rank_once(digest: str, day: date) -> tuple:
        return rank_pairs(*read_once(digest), day)

    @pages.get("/pair/")
    def pairs() -> Response:
        page, day = 1 if context.still else read_page(), context.day()
        known = rank_once(context.digest, day)
        shown = known[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        summaries = summarise_pairs(context.asking(), shown, day)
        values = {"pairs": summaries, "total": len(known), "day": day}
        return render("pairs.html", **values, **list_pages(page, len(known)))

    @lru_cache(maxsize=32)  # pairs that readers come back to, a few days of each
    def read_relations_once(
        digest: str, one: str, other: str, day: date
    ) -> tuple[tuple[Thing, Thing], BilateralRelations]:
        asking = QueryRunner(context.engine)
        parties = read_parties(asking, one, other)
        iris = parties[0].iri, parties[1].iri
        return parties, read_bilateral_relations(asking, iris, day, context.marks())

    @pages.get("/pair/<one>/<other>")
    def pair(one: str, other: str) -> Response:
        path = find_pair_path(one, other)
        if path != f"/pair/{one}/{other}":
            return redirect_pair(path)
        day = context.day()
        parties, between = read_relations_once(context.digest, one, other, day)
        both = " and ".join(party.label for party in parties)
        alone = answer_view(context, between.ladder.drawing, f"Partnership of {both}")
        if alone is not None:
            return alone
        return render(
            "pair.html",
            parties=parties,
            between=between,
            day=day,
            overdue=_list_overdue(between),
            missing=_say_missing(between),
            address=context.settings.base_url.rstrip("/") + write_path(path),
            brief=site_address(write_path(f"/brief{path}")),
            brief_file=site_address(write_path(f"/brief{path}.docx")),
        )

    return pages


def _list_overdue(between: BilateralRelations) -> list[str]:
    """Return the IRIs of overdue engagements, the latest that is shown first, parts left out."""
    found = {e.iri for e in count_once(between.engaged.entries) if e.word == OVERDUE}
    shown = [e.thing.iri for e in between.engaged.overdue if e.thing.iri in found]
    return [*shown, *sorted(found - set(shown))] if shown else []


def _say_missing(between: BilateralRelations) -> str:
    """Return in words what a reader may look for and no report names."""
    tables = {table.section.name: table.rows for table in between.tables}
    present = {
        "an engagement of the two": between.engaged.entries,
        "a stage of a partnership": between.ladder.steps,
        "an open request or concern": tables["open"],
        "pressure from third countries": tables["pressure"],
        "a joint or mutual statement": tables["said"],
        "a topic on their agendas": between.topics,
        "a shared forum": between.forums,
    }
    *most, last = [words for words, found in present.items() if not found] or [""]
    return f"{', '.join(most)} or {last}" if most else last


def redirect_pair(path: str) -> Response:
    """Return the way to the one address of a page about two parties, with the query as it is."""
    query = request.query_string.decode("ascii", "replace")
    address = request.root_path.rstrip("/") + write_path(path)
    return redirect(f"{address}?{query}" if query else address, 308)


def read_parties(asking: QueryRunner, one: str, other: str) -> tuple[Thing, Thing]:
    """Return the parties of these names in a path; two queries.

    Raises UsageError where they are one, and UnknownThing where one is no party.
    """
    if one == other:
        raise UsageError(f"a pair is of two parties, and {one} is one")
    return _read_party(asking, one), _read_party(asking, other)


def _read_party(asking: QueryRunner, name: str) -> Thing:
    """Return the party of that name in a path; raises UnknownThing; one query."""
    named = read_named_things(asking, find_party(name))
    if f"{DG}Agent" not in named.classes:
        raise UnknownThing(f"{named.thing.label} is no party")
    return named.thing


def create_partnership(context: AppContext) -> Blueprint:
    """Return the blueprint of partnerships."""
    pages = Blueprint("partnership", __name__)

    @pages.get("/page/partnership/<path:slug>")
    def partnership(slug: str) -> Response:
        asking, iri = context.asking(), find_iri("partnership", slug)
        named, about = read_named_things(asking, iri), read_about(asking, iri)
        partners = (link.value.value for link in about.of("out", "dg:partner"))
        parties = [partner.iri for partner in partners if isinstance(partner, Thing)]
        ladder, statements = _read_ladder(asking, iri, context.day())
        alone = answer_view(context, ladder.drawing, named.thing.label)
        if alone is not None:
            return alone
        sectors = [
            (sector, step.fact.thing, step.fact.sources)
            for step in ladder.steps
            for sector in step.fact.cell(("onTopic",))
            if isinstance(sector, Thing)
        ]
        return render(
            "partnership.html",
            named=named,
            about=about,
            ladder=ladder,
            statements=statements,
            sectors=sorted(sectors, key=lambda row: (row[0].label, row[1].label)),
            pair=pair_address(*parties) if len(parties) == 2 else "",
            day=context.day(),
        )

    return pages


def _read_ladder(asking: QueryRunner, iri: str, day: date) -> tuple[Ladder, RelationTable]:
    """Return the ladder, and the statements about its stages; four queries."""
    stages, acts = read_stages(asking, iri)
    facts = [*stages, *acts]
    relations, dates = read_relation_facts(asking, facts), read_dates(asking, facts, day)
    evidence = read_evidence(asking, facts, day)
    steps = [complete_fact(relations, dates, evidence, stage) for stage in stages]
    rows = tuple(complete_fact(relations, dates, evidence, act) for act in acts)
    return draw_ladder(steps, day), RelationTable(PARTNERSHIP_STATEMENTS, rows, len(rows))

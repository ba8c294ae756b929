"""The page of a partnership: the ladder of its stages, and the statements made about them."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response

from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.views.drawings.timeline import Ladder, draw_ladder
from diplograph.views.query import QueryRunner
from diplograph.views.records import Attestation, read_evidence
from diplograph.views.relations import (
    RelationTable,
    complete_fact,
    make_section,
    read_relation_facts,
    read_stages,
)
from diplograph.views.status import read_dates
from diplograph.views.thing import About, read_about, read_named_things
from diplograph.web.addresses import find_iri, find_pair_path
from diplograph.web.context import AppContext
from diplograph.web.rendering import render

PARTNERSHIP_STATEMENTS = make_section(
    "said",
    "Declared and reaffirmed",
    "Speaker: speaker, To: addressee, Stage: content, On: onTopic",
)
_STATE = PREFIXES["state"]


def create_partnership(context: AppContext) -> Blueprint:
    """Return the blueprint of partnerships."""
    pages = Blueprint("partnership", __name__)

    @pages.get("/page/partnership/<path:slug>")
    def partnership(slug: str) -> Response:
        asking, iri = context.asking(), find_iri("partnership", slug)
        named, about = read_named_things(asking, iri), read_about(asking, iri)
        ladder, statements = _read_ladder(asking, iri, context.day())
        return render(
            "partnership.html",
            named=named,
            about=about,
            ladder=ladder,
            statements=statements,
            sectors=_list_sectors(ladder),
            pair=_find_pair(about),
            day=context.day(),
        )

    return pages


def _read_ladder(asking: QueryRunner, iri: str, day: date) -> tuple[Ladder, RelationTable]:
    """Return the ladder, and the statements about its stages; four queries."""
    stages, acts = read_stages(asking, iri)
    facts = [*stages, *acts]
    relations, dates = read_relation_facts(asking, facts), read_dates(asking, facts)
    evidence = read_evidence(asking, facts)
    steps = [complete_fact(relations, dates, evidence, stage) for stage in stages]
    rows = tuple(complete_fact(relations, dates, evidence, act) for act in acts)
    return draw_ladder(steps, day), RelationTable(PARTNERSHIP_STATEMENTS, rows, len(rows))


def _list_sectors(ladder: Ladder) -> tuple[tuple[Thing, Thing, tuple[Attestation, ...]], ...]:
    """Return each sector that a stage covers, with the stage and its attestations."""
    sectors = [
        (sector, step.fact.thing, step.fact.sources)
        for step in ladder.steps
        for sector in step.fact.cell(("onTopic",))
        if isinstance(sector, Thing)
    ]
    return tuple(sorted(sectors, key=lambda row: (row[0].label, row[1].label)))


def _find_pair(about: About) -> str:
    """Return the path of the page of the two partners; empty where they are not two states."""
    partners = [link.value.value for link in about.of("out", "dg:partner")]
    slugs = [thing.iri.removeprefix(_STATE) for thing in partners if isinstance(thing, Thing)]
    return find_pair_path(*slugs) if len(slugs) == 2 else ""

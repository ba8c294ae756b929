"""The page about a partnership: its ladder, each step with its passage."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Response

from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.views.partnership import (
    Ladder,
    RelationTable,
    build_ladder,
    complete,
    make_section,
    read_relation_facts,
    read_steps,
)
from diplograph.views.query import QueryRunner
from diplograph.views.records import Attestation, read_evidence
from diplograph.views.status import read_dates
from diplograph.views.thing import About, read_about, read_named_things
from diplograph.web.addresses import find_iri
from diplograph.web.edition import Edition
from diplograph.web.pages.pair import find_pair_path
from diplograph.web.pages.thing import APART
from diplograph.web.rendering import render

SAID = make_section(
    "said",
    "Declared and reaffirmed",
    Speaker="speaker",
    To="addressee",
    Stage="content",
    On="onTopic",
)
_STATE = PREFIXES["state"]


def create_partnership(edition: Edition) -> Blueprint:
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
            apart=APART | {"dg:coversSector"},
        )

    return pages


def _read_ladder(asking: QueryRunner, iri: str, day: date) -> tuple[Ladder, RelationTable]:
    """Return the ladder, and what was said of its stages; four queries."""
    stages, acts = read_steps(asking, iri)
    facts = [*stages, *acts]
    told, dates = read_relation_facts(asking, facts), read_dates(asking, facts)
    evidence = read_evidence(asking, facts)
    steps = [complete(told, dates, evidence, each) for each in stages]
    rows = tuple(complete(told, dates, evidence, each) for each in acts)
    return build_ladder(steps, day), RelationTable(SAID, rows, len(rows))


def _list_sectors(ladder: Ladder) -> tuple[tuple[Thing, Thing, tuple[Attestation, ...]], ...]:
    """Return each sector that a stage covers, with the stage and its readings."""
    found = [
        (sector, step.told.thing, step.told.sources)
        for step in ladder.steps
        for sector in step.told.cell(("onTopic",))
        if isinstance(sector, Thing)
    ]
    return tuple(sorted(found, key=lambda each: (each[0].label, each[1].label)))


def _find_pair(about: About) -> str:
    """Return the path of the page about the two partners; empty where they are not two states."""
    partners = [link.value.value for link in about.of("out", "dg:partner")]
    slugs = [each.iri.removeprefix(_STATE) for each in partners if isinstance(each, Thing)]
    return find_pair_path(*slugs) if len(slugs) == 2 else ""

"""The page of any thing: a state, a person, an office, or an individual of a home's own class.

A thing of any class has this page, unless a module of its own claims its kind's addresses. What the
page shows depends on the classes of the thing as the graph states or infers them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from diplograph.core.errors import UsageError
from diplograph.core.names import PREFIXES, expand
from diplograph.views.drawings.timeline import TimelineItem, draw_timeline
from diplograph.views.engagements import (
    choose_nearest,
    order_editions,
    read_engagement_lists,
    read_partners,
    select_engagements,
)
from diplograph.views.query import QueryRunner
from diplograph.views.records import read_evidence
from diplograph.views.relations import (
    RelationSection,
    arrange_relations,
    assign_sections,
    read_linked_facts,
    read_relation_facts,
)
from diplograph.views.status import EngagementIndexEntry, JudgedEngagement, read_dates
from diplograph.views.thing import About, NamedThing, read_about, read_named_things
from diplograph.web.addresses import find_iri
from diplograph.web.context import AppContext
from diplograph.web.paging import read_page
from diplograph.web.rendering import render

PARTNERS_SHOWN = 15
# Concepts that say what an engagement or a fact is about; others classify how a report speaks.
_SUBJECT_CONCEPTS = tuple(
    PREFIXES[scheme] for scheme in ("topic", "visit-kind", "agreement-stage", "membership-kind")
)
# The field of the filter of /engagements that names a thing of a class; the first class counts.
_FILTER_FIELDS = {"Forum": "forum", "ForumOrgan": "forum", "Place": "place", "Agent": "actor"}
# Titles of sections on the pages of a class, by section and class; the first class counts.
_TITLES = {
    ("offices", "Office"): "Holders over time",
    ("offices", "State"): "Offices and who is reported to hold them",
    ("memberships", "Forum"): "Members",
    ("memberships", "Agent"): "Memberships of forums",
}


def create_thing(context: AppContext) -> Blueprint:
    """Return the blueprint of the pages of things."""
    pages = Blueprint("thing", __name__)

    @pages.get("/page/<kind>/<path:slug>")
    def thing(kind: str, slug: str) -> Response:
        iri, asking = find_iri(kind, slug), context.asking()
        named = read_named_things(asking, iri)
        about = _read_links(asking, iri, context.still)
        day = context.day()
        values = {"named": named, "about": about, "day": day}
        if about.chosen:
            return render(
                "thing_links.html", **values, address=lambda page: _links_address(about, page)
            )
        relations = _read_relations(asking, named, day, context.marks)
        return render("thing.html", **values, **relations)

    return pages


def _read_links(asking: QueryRunner, iri: str, still: bool) -> About:
    """Return the statements about a thing, or one page of those with the chosen property."""
    chosen = "" if still else request.args.get("property", "").strip()
    if not chosen:
        return read_about(asking, iri)
    about = read_about(asking, iri, read_page(), expand(chosen))
    if not about.chosen:
        raise UsageError(f"nothing links here by {chosen!r}")
    return about


def _links_address(about: About, page: int) -> str:
    """Return the address of a page of the chosen property's links."""
    return "?" + urlencode({"property": about.chosen.property.curie, "page": page})


def _read_relations(
    asking: QueryRunner,
    named: NamedThing,
    day: date,
    read_index: Callable[[], tuple[EngagementIndexEntry, ...]],
) -> dict:
    """Return the values of thing.html about engagements, partners and facts that name the thing."""
    iri, classes = named.thing.iri, {iri.rpartition("#")[2] for iri in named.classes}
    linked = read_linked_facts(asking, iri) if _has_links(iri, classes) else ()
    engagements = [fact.iri for fact in linked if fact.is_engagement]
    entries = select_engagements(engagements, read_index(), day) if linked else ()
    partners = read_partners(asking, iri, entries, day) if "Agent" in classes else ()
    own = [iri] if "Fact" in classes else []
    nearest = choose_nearest(entries, day)
    if "EventSeries" in classes:
        nearest = {"others": order_editions(asking, iri, entries)}
    titles = {
        section: title
        for (section, class_name), title in reversed(_TITLES.items())
        if class_name in classes
    }
    return {
        "classes": classes,
        "partners": partners[:PARTNERS_SHOWN],
        "partner_total": len(partners),
        "filter": _find_filter(iri, classes),
        "titles": titles,
        **_read_tables(asking, assign_sections(linked), own, entries, nearest, day),
    }


def _read_tables(
    asking: QueryRunner,
    chosen: dict[RelationSection, tuple[tuple[str, ...], int]],
    own: list[str],
    entries: tuple[JudgedEngagement, ...],
    nearest: dict[str, tuple[str, ...]],
    day: date,
) -> dict:
    """Return the tables of facts and engagements, with dates and evidence; at most four queries."""
    facts = [fact for shown, _ in chosen.values() for fact in shown]
    everything = [*own, *facts, *(iri for iris in nearest.values() for iri in iris)]
    dates, evidence = read_dates(asking, everything), read_evidence(asking, everything)
    engaged = read_engagement_lists(asking, entries, nearest, dates, evidence)
    items = (TimelineItem(item.thing, item.status, item.dates) for item in engaged.shown)
    return {
        "engaged": engaged,
        "timeline": draw_timeline(items, day),
        "tables": arrange_relations(chosen, read_relation_facts(asking, facts), dates, evidence),
        "dates": dates,
        "evidence": evidence,
    }


def _has_links(iri: str, classes: set[str]) -> bool:
    """Return whether facts and engagements may name the thing in a way that a table shows."""
    if "Concept" in classes:
        return iri.startswith(_SUBJECT_CONCEPTS)
    return classes.isdisjoint(("Fact", "ConceptScheme"))


def _find_filter(iri: str, classes: set[str]) -> str:
    if iri.startswith(PREFIXES["topic"]):
        return "topic"
    return next((field for name, field in _FILTER_FIELDS.items() if name in classes), "")

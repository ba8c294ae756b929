"""The page about any thing that has none of its own making: states, persons, offices, forums."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from diplograph.core.errors import UsageError
from diplograph.core.names import PREFIXES, expand
from diplograph.views.dates import read_dates
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
from diplograph.views.status import JudgedEngagement
from diplograph.views.thing import About, NamedThing, read_about, read_named_things
from diplograph.web.addresses import find_iri
from diplograph.web.context import AppContext
from diplograph.web.paging import read_page
from diplograph.web.rendering import render

PARTNERS_SHOWN = 15
# The concepts that say what an engagement or a fact is about, and not how a report speaks of it.
_TIED = tuple(
    PREFIXES[scheme] for scheme in ("topic", "visit-kind", "agreement-stage", "membership-kind")
)
# How the filter of the engagements calls what the thing is, by its classes; the first one counts.
_FILTERS = (
    ("forum", "Forum"),
    ("forum", "ForumOrgan"),
    ("place", "Place"),
    ("actor", "Agent"),
)
_TITLES = {
    ("offices", "Office"): "Holders over time",
    ("offices", "State"): "Offices and who is reported to hold them",
    ("memberships", "Forum"): "Members",
    ("memberships", "Agent"): "Memberships of forums",
}
# Said in a section of their own, and not again among the other properties.
_NOTES = ("skos:definition", "skos:scopeNote", "skos:example", "skos:editorialNote")
SEPARATE_PROPERTIES = frozenset((*_NOTES, "dg:sourceNote", "dg:externalMatch"))


def create_thing(edition: AppContext) -> Blueprint:
    """Return the blueprint of these pages."""
    pages = Blueprint("thing", __name__)

    @pages.get("/page/<kind>/<path:slug>")
    def thing(kind: str, slug: str) -> Response:
        iri, asking = find_iri(kind, slug), edition.asking()
        named = read_named_things(asking, iri)
        about = _read_links(asking, iri, edition.still)
        told = {"named": named, "about": about, "day": edition.day()}
        if about.chosen:
            return render("thing_links.html", **told, leaf=partial(_leaf, about))
        return render(
            "thing.html", **told, **_read_rest(asking, named, edition.day(), edition.marks)
        )

    return pages


def _read_links(asking: QueryRunner, iri: str, still: bool) -> About:
    """Return what the thing says and what links to it, or one page of one property's links."""
    asked = "" if still else request.args.get("property", "").strip()
    if not asked:
        return read_about(asking, iri)
    about = read_about(asking, iri, read_page(), expand(asked))
    if not about.chosen:
        raise UsageError(f"nothing links here by {asked!r}")
    return about


def _leaf(about: About, page: int) -> str:
    """Return the address of a page of the chosen property's links."""
    return "?" + urlencode({"property": about.chosen.property.curie, "page": page})


def _read_rest(asking: QueryRunner, named: NamedThing, day: date, index: Callable) -> dict:
    """Return what the page shows beside the thing's own statements and links."""
    iri, classes = named.thing.iri, {each.rpartition("#")[2] for each in named.classes}
    linked = read_linked_facts(asking, iri) if _has_ties(iri, classes) else ()
    engagements = [fact.iri for fact in linked if fact.is_engagement]
    entries = select_engagements(engagements, index(), day) if linked else ()
    partners = read_partners(asking, iri, entries, day) if "Agent" in classes else ()
    own = [iri] if "Fact" in classes else []
    nearest = choose_nearest(entries, day)
    if "EventSeries" in classes:
        nearest = {"others": order_editions(asking, iri, entries)}
    return {
        "classes": classes,
        "partners": partners[:PARTNERS_SHOWN],
        "partner_total": len(partners),
        "filter": _find_filter(iri, classes),
        "apart": SEPARATE_PROPERTIES,
        "titles": {
            name: words for (name, kind), words in reversed(_TITLES.items()) if kind in classes
        },
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
    facts = [fact for shown, _ in chosen.values() for fact in shown]
    everything = [*own, *facts, *(iri for found in nearest.values() for iri in found)]
    dates, evidence = read_dates(asking, everything), read_evidence(asking, everything)
    engaged = read_engagement_lists(asking, entries, nearest, dates, evidence)
    return {
        "engaged": engaged,
        "timeline": draw_timeline(
            (TimelineItem(each.thing, each.status, each.dates) for each in engaged.shown), day
        ),
        "tables": arrange_relations(chosen, read_relation_facts(asking, facts), dates, evidence),
        "dates": dates,
        "evidence": evidence,
    }


def _has_ties(iri: str, classes: set[str]) -> bool:
    """Return whether reports may say of the thing itself what a table can show."""
    if "Concept" in classes:
        return iri.startswith(_TIED)
    return classes.isdisjoint(("Fact", "ConceptScheme"))


def _find_filter(iri: str, classes: set[str]) -> str:
    if iri.startswith(PREFIXES["topic"]):
        return "topic"
    return next((word for word, kind in _FILTERS if kind in classes), "")

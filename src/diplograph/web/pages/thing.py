"""The page of any thing: a state, a person, an office, or an individual of a home's own class.

A thing of any class has this page, unless a module of its own claims its kind's addresses. What the
page shows depends on the classes of the thing as the graph states or infers them.
"""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request

from diplograph.core.errors import UsageError
from diplograph.core.names import PREFIXES, expand
from diplograph.views.drawings.timeline import TimelineItem, draw_timeline
from diplograph.views.engagements import (
    choose_nearest,
    describe_engagements,
    order_editions,
    order_engagements,
    read_engagement_lists,
    read_partners,
    select_engagements,
)
from diplograph.views.records import read_evidence
from diplograph.views.relations import (
    arrange_relations,
    assign_sections,
    join_small_tables,
    read_linked_facts,
    read_relation_facts,
)
from diplograph.views.status import read_dates
from diplograph.views.thing import NamedThing, read_about, read_named_things
from diplograph.web.addresses import SCHEME, carry_day, find_iri, find_path, write_path
from diplograph.web.context import AppContext
from diplograph.web.rendering import read_page, render

PARTNERS_SHOWN, DISCUSSIONS_SHOWN = 15, 10
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
# Classes whose own section stands apart from the other facts.
_OWN_TABLES = ("Office", "Forum")


def create_thing(context: AppContext) -> Blueprint:
    """Return the blueprint of the pages of things."""
    pages = Blueprint("thing", __name__)

    @pages.get("/page/<kind>/<path:slug>")
    def thing(kind: str, slug: str) -> Response:
        iri, asking = find_iri(kind, slug), context.asking()
        path = find_path(iri)
        if kind == SCHEME and path and path != write_path(request.path):  # one page, one address
            query = request.query_string.decode("ascii", "replace")
            address = request.root_path.rstrip("/") + path
            return redirect(f"{address}?{query}" if query else address, 301)
        named = read_named_things(asking, iri)
        chosen = "" if context.still else request.args.get("property", "").strip()
        page = (read_page(), expand(chosen)) if chosen else ()
        about = read_about(asking, iri, *page)
        if chosen and not about.chosen:
            raise UsageError(f"nothing links here by {chosen!r}")
        day = context.day()
        spoken = iri not in context.unspoken()
        values = {"named": named, "about": about, "day": day, "spoken": spoken}

        def address(page: int) -> str:
            query = urlencode({"property": about.chosen.property.curie, "page": page})
            return carry_day(f"?{query}")

        if about.chosen:
            return render("thing_links.html", **values, address=address)
        return render("thing.html", **values, **_read_relations(context, named, day))

    return pages


def _read_relations(context: AppContext, named: NamedThing, day: date) -> dict:
    """Return the values of thing.html about engagements, partners and facts that name the thing."""
    asking, iri = context.asking(), named.thing.iri
    classes = {class_iri.rpartition("#")[2] for class_iri in named.classes}
    may_be_named = classes.isdisjoint(("Fact", "ConceptScheme"))
    if "Concept" in classes:
        may_be_named = iri.startswith(_SUBJECT_CONCEPTS)
    linked = read_linked_facts(asking, iri, day) if may_be_named else ()
    acts = "Agent" in classes  # what is only on an agenda takes no part
    engagements = [f.iri for f in linked if f.is_engagement and not (acts and f.is_discussion)]
    agendas = [f.iri for f in linked if f.is_engagement and acts and f.is_discussion]
    about = select_engagements(agendas, context.marks(), day) if agendas else ()
    entries = select_engagements(engagements, context.marks(), day) if linked else ()
    partners = read_partners(asking, iri, entries, day) if "Agent" in classes else ()
    nearest = choose_nearest(entries, day)
    if "EventSeries" in classes:
        nearest = {"others": order_editions(asking, iri, entries)}
    chosen = assign_sections(linked)
    facts = [fact for shown, _ in chosen.values() for fact in shown]
    discussed = order_engagements(about, "newest")[:DISCUSSIONS_SHOWN]
    shown = [*facts, *(engagement for iris in nearest.values() for engagement in iris)]
    shown += [entry.iri for entry in discussed]
    if "Fact" in classes:
        shown.insert(0, iri)
    dates, evidence = read_dates(asking, shown, day), read_evidence(asking, shown, day)
    engaged = read_engagement_lists(asking, entries, nearest, day, dates, evidence)
    items = (TimelineItem(item.thing, item.status, item.dates) for item in engaged.shown)
    fields = (field for name, field in _FILTER_FIELDS.items() if name in classes)
    tables = arrange_relations(chosen, read_relation_facts(asking, facts), dates, evidence)
    apart = [section for (section, name) in _TITLES if name in classes and name in _OWN_TABLES]
    apart_tables, related = join_small_tables(tables, iri, apart)
    tenures = next((table.rows for table in tables if table.section.name == "offices"), ())
    return {
        "classes": classes,
        "tenures": tenures if "Person" in classes else (),
        "partners": partners[:PARTNERS_SHOWN],
        "partner_total": len(partners),
        "filter": "topic" if iri.startswith(PREFIXES["topic"]) else next(fields, ""),
        "titles": {
            section: title
            for (section, class_name), title in reversed(_TITLES.items())
            if class_name in classes
        },
        "engaged": engaged,
        "discussed": describe_engagements(asking, discussed, day, dates=dates, evidence=evidence),
        "discussed_total": len(about),
        "timeline": draw_timeline(items, day),
        "tables": apart_tables,
        "related": related,
        "later": iri in evidence and not evidence[iri],
        "dates": dates,
        "evidence": evidence,
    }

"""The page of an event: its status, then participants, dates, places, agenda and sources."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, time

from flask import Blueprint, Response

from diplograph.core.errors import UnknownThing
from diplograph.views.drawings.chain import draw_chain
from diplograph.views.engagements import Engagement
from diplograph.views.event import (
    EVENT_FACTS_SHOWN,
    SOURCES_SHOWN,
    EventDetails,
    read_event,
)
from diplograph.views.exports import find_days, write_calendar
from diplograph.views.records import DG, Attestation, FactRecord
from diplograph.views.status import BEST
from diplograph.web.addresses import find_iri, list_rdf_links, page_address
from diplograph.web.context import AppContext
from diplograph.web.figures import answer_view
from diplograph.web.rendering import list_pages, make_locator, read_page, render
from diplograph.web.table_files import send_file

CALENDAR_TYPE = "text/calendar; charset=utf-8"
# Events with a place and an agenda; the page of such an event says so where none is given.
_GATHERINGS = (f"{DG}Meeting", f"{DG}Visit")
# Characters that a header or a file system may not take in the name of a file.
_UNSAFE_IN_NAME, _LONGEST_NAME = re.compile(r"[^A-Za-z0-9._-]+"), 100
# The facts that have a section of their own on the page: all of them, and of links those that hold.
_SECTIONS = frozenset("participationIn dateOf statusOf agendaOf".split())
_LINK_SECTIONS = frozenset(
    "placementOf hostingOf sendingOf seriesEntryOf pressureTargetOf pressureSubjectOf"
    " subjectLinkOf outcomeOf brokerageOf".split()
)


def create_event(context: AppContext) -> Blueprint:
    """Return the blueprint of events and their calendar entries."""
    pages = Blueprint("event", __name__)

    @pages.get("/page/event/<path:slug>")
    def event(slug: str) -> Response:
        page, day = read_page(), context.day()
        sheet = read_event(context.asking(), find_iri("event", slug), day, page)
        picture = draw_chain(sheet)
        alone = answer_view(context, picture, sheet.thing.label)
        if alone is not None:
            return alone
        return render(
            "event.html",
            sheet=sheet,
            picture=picture,
            day=day,
            gathers=any(name in sheet.named.classes for name in _GATHERINGS),
            others=_list_others(sheet),
            sources_shown=SOURCES_SHOWN,
            forms=list_event_formats(sheet),
            **list_pages(page, sheet.total, EVENT_FACTS_SHOWN),
        )

    @pages.get("/page/event/<path:slug>.ics")
    def calendar(slug: str) -> Response:
        sheet = read_event(context.asking(), find_iri("event", slug), context.day())
        stamp = context.built or datetime.combine(context.day(), time())
        name = _UNSAFE_IN_NAME.sub("-", slug)[:_LONGEST_NAME]
        body = write_event(sheet, stamp, make_locator(context))
        return send_file(f"{name}.ics", body, CALENDAR_TYPE)

    return pages


def _list_others(sheet: EventDetails) -> list[FactRecord]:
    """Return the facts that name the event and that no section of its page shows."""
    links = (*sheet.chain.before, *sheet.chain.around, *sheet.chain.within, *sheet.chain.after)
    shown = {record.thing.iri for link in links for record in link.records}
    shown.update(fact.thing.iri for name in _SECTIONS for fact in sheet.of(name))
    shown.update(fact.thing.iri for name in _LINK_SECTIONS for fact in sheet.linked(name))
    facts = (fact for of_name in sheet.facts.values() for fact in of_name)
    return [fact for fact in facts if fact.thing.iri not in shown]


def _list_date_sources(sheet: EventDetails) -> Iterator[Attestation]:
    """Yield the readings of the best dates that are the event's own."""
    for fact, estimate in sheet.estimates:
        if estimate and estimate.standing == BEST:
            yield from fact.standing


def list_event_formats(sheet: EventDetails) -> list[tuple[str, str]]:
    """Return title and address of each format of the event; a calendar needs a date."""
    links = list_rdf_links(sheet.thing.iri)
    if find_days(sheet.dates):
        links.append(("Calendar (ICS)", page_address(sheet.thing.iri, ".ics")))
    return links


def write_event(sheet: EventDetails, stamp: datetime, locate: Callable[[str], str] = str) -> bytes:
    """Return the event as a calendar of one entry; raises UnknownThing where no day is known."""
    if find_days(sheet.dates) is None:
        raise UnknownThing(
            f"no report says on which day, within a week, {sheet.thing.label} was or will be,"
            " so it has no calendar entry"
        )
    records = sheet.of("participationIn")
    people = (person for record in records for person in record.things("participant"))
    engagement = Engagement(
        thing=sheet.thing,
        kinds=sheet.named.kinds,
        status=sheet.status,
        dates=sheet.dates,
        parties=sheet.parties,
        people=tuple(dict.fromkeys((*people, *sheet.record.things("visitor")))),
        places=tuple(
            place for link in sheet.linked("placementOf") for place in link.things("linkTo")
        ),
        sources=(*sheet.record.attestations, *_list_date_sources(sheet)),
    )
    return write_calendar([engagement], stamp, sheet.thing.label, locate)

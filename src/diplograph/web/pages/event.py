"""The page about an event: its status first, then who, when, where, about what, and who says so."""

from __future__ import annotations

import re
from datetime import datetime, time
from functools import partial
from urllib.parse import urlencode

from flask import Blueprint, Response, request

from diplograph.core.errors import UnknownThing
from diplograph.views.drawings.chain import draw_chain
from diplograph.views.event import EVENT_FACTS_SHOWN, EventDetails, read_event
from diplograph.views.records import DG
from diplograph.web.addresses import data_address, find_iri, page_address
from diplograph.web.context import AppContext
from diplograph.web.paging import count_pages, read_page
from diplograph.web.rendering import render

CALENDAR_TYPE = "text/calendar; charset=utf-8"
# What people come together for: it has a place and an agenda, or these are not given.
_GATHERINGS = (f"{DG}Meeting", f"{DG}Visit")
# What a header cannot hold in the name of a file, or a system would take amiss.
_UNSAFE, _LONGEST = re.compile(r"[^A-Za-z0-9._-]+"), 100
_SHOWN = frozenset(
    "participationIn dateOf statusOf agendaOf subEventOf preparesFor follows firstSince".split()
)


def create_event(edition: AppContext) -> Blueprint:
    """Return the blueprint of these pages."""
    pages = Blueprint("event", __name__)

    @pages.get("/page/event/<path:slug>")
    def event(slug: str) -> Response:
        page, day = read_page(), edition.day()
        sheet = read_event(edition.asking(), find_iri("event", slug), day, page)
        return render(
            "event.html",
            sheet=sheet,
            picture=draw_chain(sheet),
            day=day,
            gathers=any(each in sheet.named.classes for each in _GATHERINGS),
            others=[
                each for name, facts in sheet.facts.items() if name not in _SHOWN for each in facts
            ],
            forms=list_event_formats(sheet),
            page=page,
            pages=count_pages(sheet.total, EVENT_FACTS_SHOWN),
            address=partial(_leaf, request.args.get("asof", "")),
        )

    @pages.get("/page/event/<path:slug>.ics")
    def calendar(slug: str) -> Response:
        sheet = read_event(edition.asking(), find_iri("event", slug), edition.day())
        stamp = edition.built or datetime.combine(edition.day(), time())
        name = _UNSAFE.sub("-", slug)[:_LONGEST]
        headers = {"Content-Disposition": f'attachment; filename="{name}.ics"'}
        return Response(write_event(sheet, stamp), content_type=CALENDAR_TYPE, headers=headers)

    return pages


def list_event_formats(sheet: EventDetails) -> list[tuple[str, str]]:
    """Return what the event can be had as, each with its address; a calendar needs a date."""
    iri = sheet.thing.iri
    forms = [("Turtle", data_address(iri, "ttl")), ("JSON-LD", data_address(iri, "jsonld"))]
    if any(each.earliest and each.latest and not each.superseded for each in sheet.dates):
        forms.append(("Calendar (ICS)", f"{page_address(iri)}.ics"))
    return [(word, address) for word, address in forms if address]


def write_event(sheet: EventDetails, stamp: datetime) -> bytes:
    """Return the event as a calendar of one entry; raises UnknownThing where no day is known."""
    from diplograph.views.engagements import Engagement
    from diplograph.views.exports import find_days, write_calendar

    if find_days(sheet.dates) is None:
        raise UnknownThing(f"no date is known of {sheet.thing.label}, so it has no calendar entry")
    parties = (
        each for record in sheet.of("participationIn") for each in record.things("onBehalfOf")
    )
    states = (*parties, *sheet.record.things("sendingState"), *sheet.record.things("hostState"))
    people = (
        each for record in sheet.of("participationIn") for each in record.things("participant")
    )
    engagement = Engagement(
        thing=sheet.thing,
        kinds=sheet.named.kinds,
        status=sheet.status,
        dates=sheet.dates,
        states=tuple(dict.fromkeys(states)),
        people=tuple(dict.fromkeys((*people, *sheet.record.things("visitor")))),
        places=sheet.record.things("takesPlaceIn"),
    )
    return write_calendar([engagement], stamp)


def _leaf(asof: str, page: int) -> str:
    """Return the address of a page of the event's facts, as of the same day."""
    return "?" + urlencode({"page": page, **({"asof": asof} if asof else {})})

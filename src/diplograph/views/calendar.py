"""Engagements as a calendar that any calendar program reads (iCalendar, RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from diplograph.views.dates import DateRange, say_range
from diplograph.views.engagements import Engagement

_STATUSES = {"held": "CONFIRMED", "underway": "CONFIRMED", "scheduled": "CONFIRMED"}
_STATUSES |= {"cancelled": "CANCELLED", "not-held": "CANCELLED"}


def write_calendar(engagements: Iterable[Engagement], stamp: date | datetime) -> bytes:
    """Return the dated ones of these engagements as a calendar; one without a date has no place.

    An engagement takes all days on which it may fall, by the estimate with the narrowest bounds;
    its description says so. `stamp`: when the calendar was made, such as the time of the build; no
    clock is read, so that the same engagements always give the same bytes.
    """
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", "-//Diplograph//Engagements//EN")
    calendar.add("version", "2.0")
    for each in engagements:
        days = find_days(each.dates)
        if days:
            calendar.add_component(_write_event(each, days, _read_stamp(stamp)))
    return calendar.to_ical()


def find_days(dates: Iterable[DateRange]) -> tuple[date, date] | None:
    """Return the first and the last day of the narrowest estimate that has bounds, or None.

    A start and an end that are estimated apart make one span where nothing gives the whole.
    """
    known = [each for each in dates if each.earliest and each.latest and not each.superseded]
    whole = [each for each in known if each.role == "whole"]
    if whole:
        known = [min(whole, key=lambda each: (abs(each.latest - each.earliest), each.earliest))]
    if not known:
        return None
    days = {moment.date() for each in known for moment in (each.earliest, each.latest)}
    return min(days), max(days)


def _write_event(engagement: Engagement, days: tuple[date, date], stamp: datetime) -> object:
    from icalendar import Event

    event = Event()
    event.add("uid", engagement.thing.iri)
    event.add("dtstamp", stamp)
    event.add("dtstart", days[0])
    if days[1] < date.max:  # a calendar has no day after it; without an end it takes one day
        event.add("dtend", days[1] + timedelta(days=1))
    event.add("summary", engagement.thing.label)
    event.add("status", _STATUSES.get(engagement.status.word, "TENTATIVE"))
    event.add("transp", "TRANSPARENT")
    if engagement.places:
        event.add("location", ", ".join(each.label for each in engagement.places))
    event.add("description", _describe(engagement))
    event.add("url", engagement.thing.iri)
    return event


def _describe(engagement: Engagement) -> str:
    lines = [f"Status: {engagement.status.label}", f"Date: {say_range(engagement.dates)}"]
    if engagement.states:
        lines.append(f"Parties: {', '.join(each.label for each in engagement.states)}")
    if engagement.people:
        lines.append(f"People: {', '.join(each.label for each in engagement.people)}")
    return "\n".join(lines)


def _read_stamp(stamp: date | datetime) -> datetime:
    if isinstance(stamp, datetime):
        return stamp.astimezone(UTC).replace(microsecond=0)
    return datetime.combine(stamp, time(), UTC)

"""Engagements as a table for spreadsheets: CSV (RFC 4180) and XLSX, the same cells in both."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from diplograph.core.things import Thing
from diplograph.views.engagements import Engagement, Spot
from diplograph.views.status import DateRange, say_range

COLUMNS = (
    "engagement status date edtf earliest latest kinds parties people places precision sources iri"
).split()
# A spreadsheet takes a cell that begins so for a formula; an apostrophe makes it a text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 32_767
# The bytes of a file depend on what it holds alone, not on when it is written.
_CREATED = datetime(2025, 1, 1, tzinfo=UTC)


def write_csv(engagements: Iterable[Engagement]) -> bytes:
    """Return the engagements as CSV in UTF-8 without a byte order mark, lines ending in CR LF."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([guard(cell) for cell in row] for row in list_rows(engagements))
    return text.getvalue().encode()


def write_xlsx(engagements: Iterable[Engagement]) -> bytes:
    """Return the engagements as a workbook of one sheet in which every cell is a text."""
    from xlsxwriter import Workbook

    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"title": "Engagements", "created": _CREATED.replace(tzinfo=None)})
        sheet = book.add_worksheet("Engagements")
        bold = book.add_format({"bold": True})
        for column, name in enumerate(COLUMNS):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(list_rows(engagements), start=1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, guard(cell)[:_LONGEST_CELL])
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 48)
        sheet.set_column(1, len(COLUMNS) - 1, 22)
    return file.getvalue()


def list_rows(engagements: Iterable[Engagement]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each engagement, in the order of COLUMNS; several values have `; ` between.

    `earliest` and `latest` are days, the widest bounds of its dates.
    """
    for each in engagements:
        first = min((one.earliest for one in each.dates if one.earliest), default=None)
        last = max((one.latest for one in each.dates if one.latest), default=None)
        yield (
            each.thing.label,
            each.status.label,
            say_range(each.dates),
            "; ".join(one.edtf for one in each.dates),
            first.date().isoformat() if first else "",
            last.date().isoformat() if last else "",
            _join(each.kinds),
            _join(each.states),
            _join(each.people),
            _join(each.places),
            say_precision(each),
            "; ".join(say_sources(each)),
            each.thing.iri,
        )


def guard(cell: str) -> str:
    """Return `cell` as a text that no spreadsheet takes for a formula.

    >>> guard("=1+1")
    "'=1+1"
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def say_precision(engagement: Engagement) -> str:
    """Return how closely its place is known: place, state only, or nothing where it is not."""
    if not engagement.places:
        return ""
    return "place" if engagement.somewhere else "state only"


def say_sources(engagement: Engagement) -> list[str]:
    """Return the passages that support it as a report's label and a paragraph's number."""
    passages = {each.passage.thing.iri: each.passage for each in engagement.sources}
    return [f"{each.report.label}, paragraph {each.paragraph}" for each in passages.values()]


def _join(things: tuple[Thing, ...]) -> str:
    return "; ".join(each.label for each in things)


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


def write_geojson(engagements: Iterable[Engagement], spots: dict[str, tuple[Spot, ...]]) -> bytes:
    """Return a collection of features; what is said of each is in the columns of the tables.

    Coordinates are longitude and latitude in degrees (WGS 84). `precision` says "state only" where
    the point merely represents a state of which no report says where in it.
    """
    chosen = list(engagements)
    rows = zip(chosen, list_rows(chosen), strict=True)
    features = [
        {
            "type": "Feature",
            "id": each.thing.iri,
            "geometry": _place(spots.get(each.thing.iri, ())),
            "properties": dict(zip(COLUMNS, row, strict=True)),
        }
        for each, row in rows
    ]
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def _place(spots: tuple[Spot, ...]) -> dict | None:
    points = [[each.longitude, each.latitude] for each in spots if each.placed]
    if not points:
        return None
    if len(points) == 1:
        return {"type": "Point", "coordinates": points[0]}
    return {"type": "MultiPoint", "coordinates": points}

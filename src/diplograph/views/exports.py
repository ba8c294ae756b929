"""Engagements as files: CSV, XLSX, GeoJSON, GraphML, iCalendar and Turtle; one table of formats."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property

from diplograph.core.serialization import write_csv_rows, write_statements
from diplograph.core.things import Thing
from diplograph.views.drawings.network import write_graphml
from diplograph.views.engagements import Engagement, MapPlace, describe_engagements
from diplograph.views.query import QueryRunner, fill_query
from diplograph.views.status import DateRange, JudgedEngagement, current_dates, say_range

COLUMNS = (
    "engagement status date edtf earliest latest kinds parties people places precision sources iri"
).split()
# A spreadsheet takes a cell that begins so for a formula; an apostrophe makes it a text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 32_767  # characters that a cell of XLSX can hold
# Status words with a STATUS of iCalendar (RFC 5545, 3.8.1.11) other than TENTATIVE.
_ICAL_STATUS = {
    **dict.fromkeys(("held", "underway", "scheduled"), "CONFIRMED"),
    **dict.fromkeys(("cancelled", "not-held"), "CANCELLED"),
}
# Engagements named in one query.
_BATCH = 500


@dataclass(frozen=True)
class EngagementExport:
    """The engagements of a file, in its order, with what a format may need of them.

    `parties` are the nodes of a network, `places` those of a map, both by engagement. `stamp` is
    when the file counts as made: no clock is read, so that its bytes are always the same.
    """

    runner: QueryRunner
    entries: tuple[JudgedEngagement, ...]
    parties: dict[str, tuple[Thing, ...]]
    places: Mapping[str, tuple[MapPlace, ...]]
    stamp: datetime

    @cached_property
    def engagements(self) -> tuple[Engagement, ...]:
        """The engagements with all that a table shows of them."""
        return describe_engagements(self.runner, self.entries)


@dataclass(frozen=True)
class ExportFormat:
    """A format of files of engagements: the words of its link, its media type and its writer."""

    label: str
    media_type: str
    write: Callable[[EngagementExport], bytes]


def list_rows(engagements: Iterable[Engagement]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each engagement by COLUMNS; bounds are the widest, `; ` parts values."""
    for engagement in engagements:
        dates = engagement.dates
        first = min((date.earliest for date in dates if date.earliest), default=None)
        last = max((date.latest for date in dates if date.latest), default=None)
        precision = "state only" if engagement.places else ""
        passages = {reading.passage.thing.iri: reading.passage for reading in engagement.sources}
        sources = (f"{text.report.label}, paragraph {text.paragraph}" for text in passages.values())
        yield (
            engagement.thing.label,
            engagement.status.label,
            say_range(dates),
            "; ".join(date.edtf for date in dates),
            first.date().isoformat() if first else "",
            last.date().isoformat() if last else "",
            _join(engagement.kinds),
            _join(engagement.states),
            _join(engagement.people),
            _join(engagement.places),
            "place" if engagement.somewhere else precision,
            "; ".join(sources),
            engagement.thing.iri,
        )


def guard(cell: str) -> str:
    """Return `cell` as a text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def write_csv(engagements: Iterable[Engagement]) -> bytes:
    """Return a table in CSV (RFC 4180): UTF-8 without a byte order mark, lines end in CR LF."""
    rows = ([guard(cell) for cell in row] for row in list_rows(engagements))
    return write_csv_rows([COLUMNS, *rows])


def write_xlsx(engagements: Iterable[Engagement]) -> bytes:
    """Return the same table as a workbook of one sheet in which every cell is a text."""
    from xlsxwriter import Workbook

    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        # The bytes of a workbook depend on its content alone, not on when it is written.
        book.set_properties({"title": "Engagements", "created": datetime(2025, 1, 1)})
        sheet = book.add_worksheet("Engagements")
        bold = book.add_format({"bold": True})
        for number, row in enumerate((COLUMNS, *list_rows(engagements))):
            for column, cell in enumerate(row):
                text = guard(cell)[:_LONGEST_CELL]
                sheet.write_string(number, column, text, None if number else bold)
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 48)
        sheet.set_column(1, len(COLUMNS) - 1, 22)
    return file.getvalue()


def _join(things: tuple[Thing, ...], separator: str = "; ") -> str:
    return separator.join(thing.label for thing in things)


def write_geojson(
    engagements: Iterable[Engagement], places: Mapping[str, tuple[MapPlace, ...]]
) -> bytes:
    """Return a collection of features (RFC 7946) whose properties are the columns of the tables.

    Coordinates are longitude and latitude in degrees (WGS 84). `precision` is "state only" where
    the point merely represents a state of which no report says where in it.
    """
    listed = list(engagements)
    features = []
    for engagement, row in zip(listed, list_rows(listed), strict=True):
        iri, properties = engagement.thing.iri, dict(zip(COLUMNS, row, strict=True))
        placed = (place for place in places.get(iri, ()) if place.placed)
        points = [[place.longitude, place.latitude] for place in placed]
        geometry = {"type": "MultiPoint", "coordinates": points} if points else None
        if len(points) == 1:
            geometry = {"type": "Point", "coordinates": points[0]}
        feature = {"type": "Feature", "id": iri, "geometry": geometry, "properties": properties}
        features.append(feature)
    document = {"type": "FeatureCollection", "features": features}
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def write_calendar(engagements: Iterable[Engagement], stamp: date | datetime) -> bytes:
    """Return the dated ones of these engagements as a calendar (RFC 5545), made at `stamp`.

    An engagement takes the days that find_days returns. A stamp without a zone is taken for UTC.
    """
    from icalendar import Calendar

    moment = stamp if isinstance(stamp, datetime) else datetime.combine(stamp, time())
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    made = zoned.astimezone(UTC).replace(microsecond=0)
    calendar = Calendar()
    calendar.add("prodid", "-//Diplograph//Engagements//EN")
    calendar.add("version", "2.0")
    for engagement in engagements:
        if days := find_days(engagement.dates):
            calendar.add_component(_write_event(engagement, days, made))
    return calendar.to_ical()


def find_days(dates: Iterable[DateRange]) -> tuple[date, date] | None:
    """Return the first and the last day of the narrowest estimate that has bounds, or None.

    A start and an end that are estimated apart make one span where no estimate gives the whole.
    """
    bounded = [date for date in current_dates(dates) if date.earliest and date.latest]
    whole = [date for date in bounded if date.role == "whole"]
    if whole:
        bounded = [min(whole, key=lambda date: (abs(date.latest - date.earliest), date.earliest))]
    if not bounded:
        return None
    days = {moment.date() for date in bounded for moment in (date.earliest, date.latest)}
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
    event.add("status", _ICAL_STATUS.get(engagement.status.word, "TENTATIVE"))
    event.add("transp", "TRANSPARENT")
    if engagement.places:
        event.add("location", _join(engagement.places, ", "))
    lines = [f"Status: {engagement.status.label}", f"Date: {say_range(engagement.dates)}"]
    parts = {"Parties": engagement.states, "People": engagement.people}
    lines += [f"{title}: {_join(things, ', ')}" for title, things in parts.items() if things]
    event.add("description", "\n".join(lines))
    event.add("url", engagement.thing.iri)
    return event


def _write_turtle(export: EngagementExport) -> bytes:
    """Return what files assert of the engagements, their parts and attestations."""
    iris = [entry.iri for entry in export.entries]
    statements = set()
    for start in range(0, len(iris), _BATCH):
        text = fill_query("engagement-statements", event=iris[start : start + _BATCH])
        statements.update(export.runner.triples(text))
    return write_statements(statements)


# By suffix; other sites may read files of these suffixes, see OPEN_SUFFIXES in web/http.py.
ENGAGEMENT_FORMATS = {
    "csv": ExportFormat(
        "CSV",
        "text/csv; charset=utf-8; header=present",
        lambda export: write_csv(export.engagements),
    ),
    "xlsx": ExportFormat(
        "XLSX",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        lambda export: write_xlsx(export.engagements),
    ),
    "geojson": ExportFormat(
        "GeoJSON",
        "application/geo+json",
        lambda export: write_geojson(export.engagements, export.places),
    ),
    "graphml": ExportFormat(
        "GraphML",
        "application/graphml+xml",
        lambda export: write_graphml(export.entries, export.parties),
    ),
    "ics": ExportFormat(
        "calendar (ICS)",
        "text/calendar; charset=utf-8",
        lambda export: write_calendar(export.engagements, export.stamp),
    ),
    "ttl": ExportFormat("Turtle", "text/turtle; charset=utf-8", _write_turtle),
}

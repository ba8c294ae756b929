"""Engagements as files: CSV, XLSX, GeoJSON, GraphML, iCalendar and Turtle; one table of formats."""

from __future__ import annotations

import codecs
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache

from diplograph.core.serialization import XML_ILLEGAL, write_csv_rows, write_statements
from diplograph.core.things import Thing
from diplograph.views.drawings.network import write_graphml
from diplograph.views.engagements import Engagement, MapPlace, describe_engagements
from diplograph.views.query import QueryRunner, fill_query
from diplograph.views.status import DateRange, JudgedEngagement, join_dates, say_range

COLUMNS = (
    "engagement status date edtf earliest latest kinds parties people places precision sources iri"
).split()
# A spreadsheet takes a cell that begins so for a formula; an apostrophe makes it a text.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_LONGEST_CELL = 32_767  # UTF-16 code units that a cell of XLSX can hold
_LONGEST_LINK = 1000  # characters of an address that a cell of XLSX links to; it may escape each
_WIDTHS = 10, 48  # the least and the most of a column of XLSX, in characters
_FIRST_SHEET_DAY = date(1900, 1, 1)  # spreadsheets have no day before it
_DAY_COLUMNS = {COLUMNS.index("earliest"), COLUMNS.index("latest")}
_LINKED_COLUMNS = {COLUMNS.index("engagement"), COLUMNS.index("iri")}
# What is left out of texts of iCalendar: control characters (RFC 5545, 3.3.11) but tab and line
# feed, and byte order marks, which readers drop.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_REFRESH = timedelta(days=1)  # how often a subscribed calendar is worth reading again
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

    `day` is the day that they are as of. `parties` are the nodes of a network, `kin` those that
    make no pair, `places` those of a map, by engagement. `stamp` is when the file counts as made:
    no clock is read, so that its bytes are always the same. `title` says which engagements these
    are.
    """

    runner: QueryRunner
    entries: tuple[JudgedEngagement, ...]
    day: date
    parties: dict[str, tuple[Thing, ...]]
    kin: frozenset[frozenset[str]]
    places: Mapping[str, tuple[MapPlace, ...]]
    stamp: datetime
    title: str

    @cached_property
    def engagements(self) -> tuple[Engagement, ...]:
        """The engagements with all that a table shows of them."""
        return describe_engagements(self.runner, self.entries, self.day)


@dataclass(frozen=True)
class ExportFormat:
    """A format of files of engagements: the words of its link, its media type and its writer."""

    label: str
    media_type: str
    write: Callable[[EngagementExport], bytes]


def list_rows(engagements: Iterable[Engagement]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each engagement by COLUMNS; bounds are the widest, `; ` parts values."""
    for engagement in engagements:
        dates = join_dates(engagement.dates)
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
            _join(engagement.parties),
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
    """Return a table in CSV (RFC 4180) for spreadsheets; lines end in CR LF.

    It is UTF-8 with a byte order mark, without which Excel takes it for another encoding.
    """
    rows = ([guard(cell) for cell in row] for row in list_rows(engagements))
    return codecs.BOM_UTF8 + write_csv_rows([COLUMNS, *rows])


def write_xlsx(engagements: Iterable[Engagement]) -> bytes:
    """Return the same table as a workbook of one sheet, whose cells are texts and days.

    No text is a formula, whatever it begins with. Characters that XML cannot hold are left out,
    and a line ends in a line feed. A thing's label and IRI lead to its IRI.
    """
    from xlsxwriter import Workbook

    rows = list(list_rows(engagements))
    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        # The bytes of a workbook depend on its content alone, not on when it is written.
        book.set_properties({"title": "Engagements", "created": datetime(2025, 1, 1)})
        sheet = book.add_worksheet("Engagements")
        bold = book.add_format({"bold": True})
        day_format = book.add_format({"num_format": "yyyy-mm-dd"})
        for column, name in enumerate(COLUMNS):
            sheet.write_string(0, column, name, bold)
            sheet.set_column(column, column, _find_width([name, *(row[column] for row in rows)]))
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                day = _read_sheet_day(cell) if column in _DAY_COLUMNS else None
                if not cell:
                    continue
                if day:
                    sheet.write_datetime(number, column, day, day_format)
                elif column in _LINKED_COLUMNS and _is_address(row[-1]):
                    sheet.write_url(number, column, row[-1], string=_clean_cell(cell))
                else:
                    sheet.write_string(number, column, _clean_cell(cell))
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(rows), len(COLUMNS) - 1)
    return file.getvalue()


def _clean_cell(text: str) -> str:
    """Return what a cell of XLSX can hold of a text."""
    clean = XML_ILLEGAL.sub("", _end_lines(text))
    return clean.encode("utf-16-le")[: 2 * _LONGEST_CELL].decode("utf-16-le", "ignore")


def _end_lines(text: str) -> str:
    """Return a text whose lines end in a line feed, however they ended."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _find_width(texts: Iterable[str]) -> int:
    """Return the width of a column: that of its longest text, within bounds."""
    least, most = _WIDTHS
    longest = max(len(line) for text in texts for line in text.split("\n"))
    return min(max(longest + 3, least), most)  # with the button of the filter


def _read_sheet_day(text: str) -> date | None:
    day = date.fromisoformat(text) if text else None
    return day if day and day >= _FIRST_SHEET_DAY else None


def _is_address(iri: str) -> bool:
    return iri.startswith(("http://", "https://")) and len(iri) <= _LONGEST_LINK


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


def write_calendar(
    engagements: Iterable[Engagement], stamp: date | datetime, title: str = "Engagements"
) -> bytes:
    """Return the dated ones of these engagements as a calendar (RFC 5545), made at `stamp`.

    An engagement takes the days that find_days returns. A stamp without a zone is taken for UTC.
    The title is the calendar's name. Texts are without control characters and byte order marks.
    """
    from icalendar import Calendar, vDuration

    moment = stamp if isinstance(stamp, datetime) else datetime.combine(stamp, time())
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    made = zoned.astimezone(UTC).replace(microsecond=0)
    calendar = Calendar()
    calendar.add("prodid", "-//Diplograph//Engagements//EN")
    calendar.add("version", "2.0")
    # By RFC 7986, and by the names of older programs. Where the type is not given, some readers
    # keep the backslashes.
    for name in ("name", "x-wr-calname"):
        calendar.add(name, _make_text(title), {"value": "TEXT"})
    calendar.add("refresh-interval", _REFRESH, {"value": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_REFRESH))
    for engagement in engagements:
        if days := find_days(engagement.dates):
            calendar.add_component(_write_event(engagement, days, made))
    return calendar.to_ical()


def find_days(dates: Iterable[DateRange]) -> tuple[date, date | None] | None:
    """Return the first and the last day of the best date, of several the narrowest with bounds.

    A start and an end that are estimated apart make one span. Where no estimate has both bounds,
    the last day is None, after the latest begin that is given; None where there is none.
    """
    current = join_dates(dates)
    bounded = [date for date in current if date.earliest and date.latest]
    if bounded:
        best = min(bounded, key=lambda date: (abs(date.latest - date.earliest), date.earliest))
        days = best.earliest.date(), best.latest.date()
        return min(days), max(days)
    begins = [date.earliest.date() for date in current if date.earliest and date.role != "end"]
    return (max(begins), None) if begins else None


def _make_text(text: str) -> object:
    """Return what a text of iCalendar can hold of a text; a line ends in a line feed."""
    return _find_text_type()(_CONTROL.sub("", _end_lines(text)))


@lru_cache(maxsize=1)
def _find_text_type() -> type:
    """Return the type of a text of iCalendar; it is made once, since the import takes time."""
    from icalendar import vText

    class Text(vText):
        """A text escaped by RFC 5545: vText would take a backslash and an N for a line feed."""

        def to_ical(self) -> bytes:
            return re.sub(r"[\\;,]", r"\\\g<0>", self).replace("\n", "\\n").encode()

    return Text


def _write_event(engagement: Engagement, days: tuple[date, date | None], stamp: datetime) -> object:
    from icalendar import Event

    event, (first, last) = Event(), days
    event.add("uid", engagement.thing.iri)
    event.add("dtstamp", stamp)
    event.add("dtstart", first)
    # Without an end it takes one day. There is none where it is not known, nor on the day after
    # the last of all.
    if last and last < date.max:
        event.add("dtend", last + timedelta(days=1))
    event.add("summary", _make_text(engagement.thing.label))
    event.add("status", _ICAL_STATUS.get(engagement.status.word, "TENTATIVE"))
    event.add("transp", "TRANSPARENT")
    if engagement.places:
        event.add("location", _make_text(_join(engagement.places, ", ")))
    lines = [f"Status: {engagement.status.label}", f"Date: {say_range(engagement.dates)}"]
    parts = {"Parties": engagement.parties, "People": engagement.people}
    lines += [f"{title}: {_join(things, ', ')}" for title, things in parts.items() if things]
    event.add("description", _make_text("\n".join(lines)))
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
        lambda export: write_graphml(export.entries, export.parties, export.kin),
    ),
    "ics": ExportFormat(
        "calendar (ICS)",
        "text/calendar; charset=utf-8",
        lambda export: write_calendar(export.engagements, export.stamp, export.title),
    ),
    "ttl": ExportFormat("Turtle", "text/turtle; charset=utf-8", _write_turtle),
}

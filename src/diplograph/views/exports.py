"""Engagements as files: CSV, XLSX, GeoJSON, GraphML, iCalendar and Turtle; one table of formats."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache

from diplograph.core.serialization import write_statements
from diplograph.core.things import Thing
from diplograph.views.drawings.network import write_graphml
from diplograph.views.engagements import Engagement, MapPlace, describe_engagements
from diplograph.views.query import QueryRunner, fill_query
from diplograph.views.records import Attestation, read_evidence, say_certainty, short_name
from diplograph.views.status import (
    NO_DATE,
    DateRange,
    JudgedEngagement,
    are_alternatives,
    current_dates,
    join_dates,
    list_other_dates,
    say_date_certainty,
    say_dates,
    say_range,
)
from diplograph.views.tables import (
    CSV_TYPE,
    XLSX_TYPE,
    Column,
    Row,
    Table,
    write_csv,
    write_workbook,
)

# Name of each value of an engagement in GeoJSON, and its column in tables.
COLUMNS = {
    "engagement": Column("Engagement", width=40),
    "status": Column("Status", width=22),
    "status_reported": Column("Status reported on", "day", 12),
    "date": Column("When", width=34),
    "how_sure": Column("How sure the date is", width=22),
    "other_dates": Column("Other dates reported", width=26),
    "earliest": Column("First possible day", "day", 12),
    "latest": Column("Last possible day", "day", 12),
    "edtf": Column("Date in EDTF", width=20),
    "kinds": Column("Type", width=22),
    "parties": Column("Parties", width=22),
    "people": Column("People", width=26),
    "places": Column("Places", width=18),
    "precision": Column("Precision of place", width=12),
    "sources": Column("Sources", width=48),
    "iri": Column("IRI", "link", 40),
    "page": Column("Page", "link", 40),
}
# What is left out of texts of iCalendar: control characters (RFC 5545, 3.3.11) but tab and line
# feed, and byte order marks, which readers drop.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff]")
_REFRESH = timedelta(days=1)  # how often a subscribed calendar is worth reading again
# Status words with a STATUS of iCalendar (RFC 5545, 3.8.1.11) other than TENTATIVE. A date that
# was put off without a new one is off.
_ICAL_STATUS = {
    **dict.fromkeys(("held", "underway", "scheduled", "rescheduled"), "CONFIRMED"),
    **dict.fromkeys(("cancelled", "not-held", "postponed"), "CANCELLED"),
}
# Status words that the title of an entry shows.
_IN_TITLE = frozenset(("cancelled", "not-held", "postponed", "contested"))
# The longest time, in days, in which an entry stands whose day is not known.
_MOST_UNCERTAIN_DAYS = 7
# A date whose days are known: a day, or the first and the last day.
_DAYS = re.compile(r"-?[0-9]{4}-[0-9]{2}-[0-9]{2}(T[^/]*)?(/-?[0-9]{4}-[0-9]{2}-[0-9]{2})?")
# Names of the description of a calendar.
_DESCRIBED = ("description", "x-wr-caldesc")
# The most engagements that the description of a calendar lists as left out.
_MOST_LISTED = 50
# Engagements named in one query.
_BATCH = 500
# Returns the address of the page about the thing of an IRI.
Locate = Callable[[str], str]


@dataclass(frozen=True)
class EngagementExport:
    """The engagements of a file, in its order, with what a format may need of them.

    `day` is the day that they are as of. `parties` are the nodes of a network, `kin` those that
    make no pair, `places` those of a map, by engagement. `stamp` is when the file counts as made:
    no clock is read, so that its bytes are always the same. `title` says which engagements these
    are, `locate` where each has a page.
    """

    runner: QueryRunner
    entries: tuple[JudgedEngagement, ...]
    day: date
    parties: dict[str, tuple[Thing, ...]]
    kin: frozenset[frozenset[str]]
    places: Mapping[str, tuple[MapPlace, ...]]
    stamp: datetime
    title: str
    locate: Locate = str

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


def list_rows(engagements: Iterable[Engagement], locate: Locate = str) -> Iterator[Row]:
    """Yield a row for each engagement by COLUMNS; bounds are the widest, `; ` parts values."""
    for engagement in engagements:
        dates = join_dates(engagement.dates)
        first = min((date.earliest for date in dates if date.earliest), default=None)
        last = max((date.latest for date in dates if date.latest), default=None)
        precision = "state only" if engagement.places else ""
        yield (
            engagement.thing,
            engagement.status.label,
            engagement.status.as_of,
            say_range(dates),
            say_date_certainty(dates),
            "; ".join(": ".join(pair) for pair in list_other_dates(engagement.dates)),
            first.date().isoformat() if first else "",
            last.date().isoformat() if last else "",
            "; ".join(date.edtf for date in dates),
            _join(engagement.kinds),
            _join(engagement.parties),
            _join(engagement.people),
            _join(engagement.places),
            "place" if engagement.somewhere else precision,
            "; ".join(dict.fromkeys(map(_say_source, engagement.sources))),
            engagement.thing.iri,
            locate(engagement.thing.iri),
        )


def make_table(engagements: Iterable[Engagement], locate: Locate = str) -> Table:
    """Return the engagements as a table; a workbook links each to its page."""
    return Table("Engagements", tuple(COLUMNS.values()), list_rows(engagements, locate))


def _join(things: tuple[Thing, ...], separator: str = "; ") -> str:
    return separator.join(thing.label for thing in things)


def write_geojson(
    engagements: Iterable[Engagement],
    places: Mapping[str, tuple[MapPlace, ...]],
    locate: Locate = str,
) -> bytes:
    """Return a collection of features (RFC 7946) whose properties are the columns of the tables.

    Coordinates are longitude and latitude in degrees (WGS 84). `precision` is "state only" where
    the point merely represents a state of which no report says where in it.
    """
    listed = list(engagements)
    features = []
    for engagement, row in zip(listed, list_rows(listed, locate), strict=True):
        iri, properties = engagement.thing.iri, dict(zip(COLUMNS, map(str, row), strict=True))
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
    engagements: Iterable[Engagement],
    stamp: date | datetime,
    title: str = "Engagements",
    locate: Locate = str,
) -> bytes:
    """Return these engagements as a calendar (RFC 5545), made at `stamp`.

    An engagement takes the days that find_days returns; those without are left out, and named in
    the calendar's description. A stamp without a zone is taken for UTC. The title is the
    calendar's name. Texts are without control characters and byte order marks.
    """
    from icalendar import Calendar, vDuration

    moment = stamp if isinstance(stamp, datetime) else datetime.combine(stamp, time())
    zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    made = zoned.astimezone(UTC).replace(microsecond=0)
    calendar = Calendar()
    calendar.add("prodid", "-//Diplograph//Engagements//EN")
    calendar.add("version", "2.0")
    placed = [(engagement, find_days(engagement.dates)) for engagement in engagements]
    description = _say_left_out([engagement for engagement, days in placed if not days])
    # By RFC 7986, and by the names of older programs. Where the type is not given, some readers
    # keep the backslashes.
    for names, text in ((("name", "x-wr-calname"), title), (_DESCRIBED, description)):
        for name in names if text else ():
            calendar.add(name, _make_text(text), {"value": "TEXT"})
    calendar.add("refresh-interval", _REFRESH, {"value": "DURATION"})
    calendar.add("x-published-ttl", vDuration(_REFRESH))
    for engagement, days in placed:
        if days:
            calendar.add_component(_write_event(engagement, days, made, locate))
    return calendar.to_ical()


def _say_left_out(engagements: list[Engagement]) -> str:
    """Return how many engagements have no entry, and which."""
    if not engagements:
        return ""
    count = len(engagements)
    reason = "no report says on which day, within a week, it was or will be"
    lines = [f"{count} engagement{'s have' if count > 1 else ' has'} no entry: {reason}."]
    for engagement in engagements[:_MOST_LISTED]:
        when = say_range(engagement.dates) or NO_DATE
        lines.append(f"- {engagement.thing.label} ({when}; {engagement.status.label})")
    if count > _MOST_LISTED:
        lines.append(f"- and {count - _MOST_LISTED} more")
    return "\n".join(lines)


@dataclass(frozen=True)
class Days:
    """The days of an entry: the last is None where it is not known; `certain`: they are known."""

    first: date
    last: date | None
    certain: bool


def find_days(dates: Iterable[DateRange]) -> Days | None:
    """Return the days of the best date, None where they are not known within a week.

    Of dates that do not exclude each other the narrowest counts, of those that do, all of them. A
    start and an end that are estimated apart make one span. With a begin alone there is no last
    day.
    """
    current = join_dates(dates)
    bounded = [date for date in current if date.earliest and date.latest and date.role != "start"]
    if not bounded:
        begins = [date for date in current if date.earliest and date.role != "end"]
        return _find_begin(begins)
    best = min(bounded, key=lambda date: (abs(date.latest - date.earliest), date.earliest))
    certain = _has_known_days(best)
    if are_alternatives(current):
        certain = False
    else:
        bounded = [best]
    first = min(min(date.earliest, date.latest).date() for date in bounded)
    last = max(max(date.earliest, date.latest).date() for date in bounded)
    if not certain and (last - first).days >= _MOST_UNCERTAIN_DAYS:
        return None
    return Days(first, last, certain)


def _find_begin(begins: list[DateRange]) -> Days | None:
    """Return the day of the latest begin that is known within a week."""
    if not begins:
        return None
    latest = max(begins, key=lambda date: date.earliest)
    is_range = latest.role == "start" and latest.latest
    if is_range and (latest.latest - latest.earliest).days >= _MOST_UNCERTAIN_DAYS:
        return None
    return Days(latest.earliest.date(), None, certain=False)


def _has_known_days(estimate: DateRange) -> bool:
    """Return whether a date is certain and says on which days, not only in which days."""
    one_day = estimate.earliest.date() == estimate.latest.date()
    spans = estimate.role == "span" and not estimate.within
    return estimate.is_certain and bool(_DAYS.fullmatch(estimate.edtf)) and (one_day or spans)


def _make_text(text: str) -> object:
    """Return what a text of iCalendar can hold of a text; a line ends in a line feed."""
    return _find_text_type()(_CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))


@lru_cache(maxsize=1)
def _find_text_type() -> type:
    """Return the type of a text of iCalendar; it is made once, since the import takes time."""
    from icalendar import vText

    class Text(vText):
        """A text escaped by RFC 5545: vText would take a backslash and an N for a line feed."""

        def to_ical(self) -> bytes:
            return re.sub(r"[\\;,]", r"\\\g<0>", self).replace("\n", "\\n").encode()

    return Text


def _write_event(engagement: Engagement, days: Days, stamp: datetime, locate: Locate) -> object:
    from icalendar import Event

    event, status = Event(), engagement.status
    event.add("uid", engagement.thing.iri)
    event.add("dtstamp", stamp)
    # A calendar that is read again takes an entry for changed where this number is higher.
    event.add("sequence", status.changes)
    event.add("dtstart", days.first)
    # Without an end it takes one day. There is none where it is not known, nor on the day after
    # the last of all.
    if days.last and days.last < date.max:
        event.add("dtend", days.last + timedelta(days=1))
    marks = [status.label] if status.word in _IN_TITLE else []
    marks += [] if days.certain else ["date uncertain"]
    title = engagement.thing.label + (f" ({', '.join(marks)})" if marks else "")
    event.add("summary", _make_text(title))
    word = _ICAL_STATUS.get(status.word, "TENTATIVE")
    doubtful = word == "CONFIRMED" and not days.certain
    event.add("status", "TENTATIVE" if doubtful else word)
    event.add("transp", "TRANSPARENT")
    if engagement.places:
        event.add("location", _make_text(_join(engagement.places, ", ")))
    event.add("description", _make_text("\n".join(_list_lines(engagement, locate))))
    event.add("url", locate(engagement.thing.iri))
    return event


def _list_lines(engagement: Engagement, locate: Locate) -> Iterator[str]:
    """Yield the lines of an entry's description."""
    status = engagement.status
    reported = f" (reported on {status.as_of})" if status.as_of else ""
    yield f"Status: {status.label}{reported}{f'. {status.sentence}' if status.sentence else ''}"
    yield f"Date: {say_dates(engagement.dates)}"
    for title, things in (("Parties", engagement.parties), ("People", engagement.people)):
        if things:
            yield f"{title}: {_join(things, ', ')}"
    if engagement.sources:
        yield "Sources:"
    yield from dict.fromkeys(f"- {_say_source(reading)}" for reading in engagement.sources)
    yield f"Page: {locate(engagement.thing.iri)}"


def _say_source(reading: Attestation) -> str:
    sure = f": {say_certainty(reading)}" if say_certainty(reading) else ""
    corrected = " (corrected since)" if reading.superseded_by else ""
    passage = reading.passage
    return f"{short_name(passage)}, paragraph {passage.paragraph}{sure}{corrected}"


def _write_calendar(export: EngagementExport) -> bytes:
    """Return a calendar whose entries name the sources of their dates too; one query more a batch.

    Corrected dates have no source there.
    """
    engagements = []
    for start in range(0, len(export.engagements), _BATCH):
        batch = export.engagements[start : start + _BATCH]
        facts = {date.fact.iri for item in batch for date in current_dates(item.dates)}
        evidence = read_evidence(export.runner, facts, export.day)
        for item in batch:
            dates = [date.fact.iri for date in current_dates(item.dates)]
            sources = (*item.sources, *(r for fact in dates for r in evidence.get(fact, ())))
            engagements.append(replace(item, sources=tuple(dict.fromkeys(sources))))
    return write_calendar(engagements, export.stamp, export.title, export.locate)


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
        CSV_TYPE,
        lambda export: write_csv(make_table(export.engagements, export.locate)),
    ),
    "xlsx": ExportFormat(
        "XLSX",
        XLSX_TYPE,
        lambda export: write_workbook(
            [make_table(export.engagements, export.locate)], export.title
        ),
    ),
    "geojson": ExportFormat(
        "GeoJSON",
        "application/geo+json",
        lambda export: write_geojson(export.engagements, export.places, export.locate),
    ),
    "graphml": ExportFormat(
        "GraphML",
        "application/graphml+xml",
        lambda export: write_graphml(export.entries, export.parties, export.kin),
    ),
    "ics": ExportFormat(
        "calendar (ICS)",
        "text/calendar; charset=utf-8",
        _write_calendar,
    ),
    "ttl": ExportFormat("Turtle", "text/turtle; charset=utf-8", _write_turtle),
}

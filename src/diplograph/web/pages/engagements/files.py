"""The engagements of a filter as files: exactly what the views show, all pages of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cached_property

from flask import Response

from diplograph.core.serialization import write_statements
from diplograph.core.things import Thing
from diplograph.views.drawings.network import write_graphml
from diplograph.views.engagements import (
    Engagement,
    Participants,
    describe_engagements,
    read_participants,
)
from diplograph.views.exports import write_calendar, write_csv, write_geojson, write_xlsx
from diplograph.views.filter import (
    EngagementIndexEntry,
    JudgedEngagement,
    filter_engagements,
    order_engagements,
)
from diplograph.views.query import QueryRunner, fill_query, thing
from diplograph.web.context import AppContext
from diplograph.web.pages.engagements.filter_form import FilterForm

# So many names at most are offered for a field to complete.
LONGEST_LIST = 400


@dataclass(frozen=True)
class Option:
    """A thing by which engagements can be narrowed, with how many it leaves."""

    thing: Thing
    count: int


@dataclass(frozen=True)
class FilterOptions:
    """All engagements of a build, and by which forums, topics and reports they can be narrowed."""

    index: tuple[EngagementIndexEntry, ...]
    roll: Participants
    options: dict[str, tuple[Option, ...]]

    @cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """What each field may complete: the labels of its options, the most frequent first."""
        return {name: _list_names(options) for name, options in self.options.items()}


def read_filter_options(
    asking: QueryRunner, index: tuple[EngagementIndexEntry, ...]
) -> FilterOptions:
    """Return what the build holds, whatever the day; three queries."""
    roll = read_participants(asking)
    options: dict[str, list[Option]] = {}
    for row in asking.rows(fill_query("engagement-options")):
        named = thing(row, "value") or Thing("", "")
        options.setdefault(row["as"], []).append(Option(named, int(row["count"])))
    marked = {each.iri for each in index}
    states = _collect(roll.states, marked)
    places = {event: tuple(each.thing for each in spots) for event, spots in roll.spots.items()}
    return FilterOptions(
        index,
        roll,
        {
            **{name: tuple(each) for name, each in options.items()},
            "actor": (*states, *_collect(roll.people, marked)),
            "place": _collect(places, marked),
        },
    )


def _collect(parties: dict[str, tuple[Thing, ...]], events: set[str]) -> tuple[Option, ...]:
    counted: dict[Thing, int] = {}
    for event, each in parties.items():
        for party in each if event in events else ():
            counted[party] = counted.get(party, 0) + 1
    found = (Option(party, count) for party, count in counted.items())
    return tuple(sorted(found, key=lambda each: (each.thing.label, each.thing.iri)))


def _list_names(options: tuple[Option, ...]) -> tuple[str, ...]:
    ranked = sorted(options, key=lambda each: each.count, reverse=True)[:LONGEST_LIST]
    return tuple(dict.fromkeys(each.thing.label for each in ranked))


# What one file holds at most; the pages say so where there are more.
MOST_ROWS = 10_000
_BATCH = 500
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# Suffix to what a link calls the form, and its media type.
FILE_FORMATS = {
    "csv": ("CSV", "text/csv; charset=utf-8; header=present"),
    "xlsx": ("XLSX", _SHEET),
    "geojson": ("GeoJSON", "application/geo+json"),
    "graphml": ("GraphML", "application/graphml+xml"),
    "ics": ("calendar (ICS)", "text/calendar; charset=utf-8"),
    "ttl": ("Turtle", "text/turtle; charset=utf-8"),
}


@dataclass(frozen=True)
class FileRequest:
    """What a file is to hold, and from where it is read."""

    asking: QueryRunner
    entries: tuple[JudgedEngagement, ...]
    holdings: FilterOptions
    parties: dict[str, tuple[Thing, ...]]
    stamp: datetime

    def describe(self) -> tuple[Engagement, ...]:
        """Return the engagements with all that a table shows of them."""
        return describe_engagements(self.asking, self.entries)

    @property
    def iris(self) -> list[str]:
        """The IRIs of the engagements in their order."""
        return [each.iri for each in self.entries]


def write_file(
    form: str,
    edition: AppContext,
    holdings: FilterOptions,
    choice: FilterForm,
    parties: dict[str, tuple[Thing, ...]],
) -> Response:
    """Return the engagements of `choice` as a file of that form, the newest first.

    `parties` are the nodes of the network, by engagement.
    """
    asking = edition.asking()
    entries = filter_engagements(asking, choice.filter, choice.day, holdings.index)
    wanted = FileRequest(
        asking=asking,
        entries=order_engagements(list(entries), "newest")[:MOST_ROWS],
        holdings=holdings,
        parties=parties,
        stamp=edition.built or datetime.combine(choice.day, time(), UTC),
    )
    response = Response(_WRITERS[form](wanted), content_type=FILE_FORMATS[form][1])
    response.headers["Content-Disposition"] = f'attachment; filename="engagements.{form}"'
    return response


def _write_turtle(wanted: FileRequest) -> bytes:
    iris = wanted.iris
    texts = (
        fill_query("engagement-statements", event=iris[start : start + _BATCH])
        for start in range(0, len(iris), _BATCH)
    )
    return write_statements({each for text in texts for each in wanted.asking.triples(text)})


_WRITERS: dict[str, Callable[[FileRequest], bytes]] = {
    "csv": lambda wanted: write_csv(wanted.describe()),
    "xlsx": lambda wanted: write_xlsx(wanted.describe()),
    "geojson": lambda wanted: write_geojson(wanted.describe(), wanted.holdings.roll.spots),
    "graphml": lambda wanted: write_graphml(wanted.entries, wanted.parties),
    "ics": lambda wanted: write_calendar(wanted.describe(), wanted.stamp),
    "ttl": _write_turtle,
}

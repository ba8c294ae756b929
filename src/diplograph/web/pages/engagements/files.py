"""The engagements of a filter as files: exactly what the views show, all pages of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from functools import cached_property

from flask import Response

from diplograph.core.things import Thing
from diplograph.views.engagements import Participants, read_participants
from diplograph.views.exports import ENGAGEMENT_FORMATS, EngagementExport
from diplograph.views.filter import filter_engagements, order_engagements
from diplograph.views.query import QueryRunner, fill_query, thing
from diplograph.views.status import EngagementIndexEntry
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
    places = {event: tuple(each.thing for each in spots) for event, spots in roll.places.items()}
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
    export = EngagementExport(
        runner=asking,
        entries=order_engagements(entries, "newest")[:MOST_ROWS],
        parties=parties,
        places=holdings.roll.places,
        stamp=edition.built or datetime.combine(choice.day, time(), UTC),
    )
    written = ENGAGEMENT_FORMATS[form]
    response = Response(written.write(export), content_type=written.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="engagements.{form}"'
    return response

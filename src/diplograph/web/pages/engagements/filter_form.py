"""The filter of /engagements: its fields, and the values that an address gives them.

FILTER_FIELDS is the one table of fields. The form, the sentence above a list, the menus and the
addresses of other views are made from it. What a field means for an engagement is in
views/engagements.py and, for fields that name things, in views/queries/engagement-choice.rq.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from urllib.parse import quote, urlencode

import pyoxigraph as ox
from flask import request

from diplograph.build.questions import Parameter
from diplograph.core.dates import parse_day
from diplograph.core.errors import MalformedDate, UnknownPrefix, UnknownThing, UsageError
from diplograph.core.names import PREFIXES, expand
from diplograph.core.things import Thing
from diplograph.views.engagements import EngagementFilter, Participants, read_participants
from diplograph.views.query import QueryRunner, fill_query, thing
from diplograph.views.status import STATUS_LABELS, EngagementIndexEntry
from diplograph.views.thing import read_named_things
from diplograph.web.context import AppContext
from diplograph.web.forms import resolve_label

_LONGEST_VALUE = 1000
# The most labels that a text field suggests.
_MOST_SUGGESTIONS = 400
_A_THING = (ox.NamedNode("urn:example"),)


@dataclass(frozen=True)
class FilterField:
    """One field: its name in the address, its label, and its control in the form.

    `control`: "text" with suggestions, "menu", "status" or "day". A field of the first two names
    things: it sets `attribute` of EngagementFilter; in the sentence above a list its things follow
    `preposition`; it offers the `options` of that name, as the element `datalist` called `offers`.
    """

    name: str
    label: str
    control: str
    attribute: str = ""
    preposition: str = ""
    options: str = ""
    offers: str = ""


FILTER_FIELDS = (
    FilterField("actor", "State or person", "text", "actor", "of", "actor", "parties"),
    FilterField("with", "With", "text", "other", "with", "actor", "parties"),
    FilterField("forum", "Forum", "menu", "forum", "in", "forum", "forum-names"),
    FilterField("topic", "Topic", "menu", "topic", "on", "topic", "topic-names"),
    FilterField("place", "Place", "text", "place", "at", "place", "places"),
    FilterField("status", "Status", "status"),
    FilterField("from", "From", "day"),
    FilterField("to", "To", "day"),
    FilterField("report", "Report", "menu", "report", "by", "report", "report-names"),
    FilterField("asof", "As of", "day"),
)
_THING_FIELDS = tuple(field for field in FILTER_FIELDS if field.attribute)


@dataclass(frozen=True)
class FilterForm:
    """A filter as an address gives it.

    `day` is the day that stands for today; `query` holds the fields as an address has them, things
    by CURIE; `typed` the fields as a form shows them, things by label; `named` the things by field.
    """

    filter: EngagementFilter
    day: date
    query: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    named: dict[str, tuple[Thing, ...]] = field(default_factory=dict)

    def address(self, view: str = "", **changes: str) -> str:
        """Return the address of a view, by default this one, with fields changed; "" drops one."""
        path = f"{request.root_path.rstrip('/')}/{view}" if view else _current_path()
        fields = {**self.query, **changes}.items()
        return _write_address(path, ((name, text) for name, text in fields if text))


@dataclass(frozen=True)
class Option:
    """A thing that a field may name, with the number of engagements it leaves."""

    thing: Thing
    count: int


@dataclass(frozen=True)
class EngagementCollection:
    """All engagements of a build, their participants, and the options of the fields by name."""

    index: tuple[EngagementIndexEntry, ...]
    participants: Participants
    options: dict[str, tuple[Option, ...]]

    @cached_property
    def suggestions(self) -> dict[str, tuple[str, ...]]:
        """The labels of the options by the same names, the most frequent first."""
        return {name: _list_labels(options) for name, options in self.options.items()}


def read_collection(
    asking: QueryRunner, index: tuple[EngagementIndexEntry, ...]
) -> EngagementCollection:
    """Return the engagements of a build, the same on any day; three queries."""
    participants = read_participants(asking)
    options: dict[str, list[Option]] = {}
    for row in asking.rows(fill_query("engagement-options")):
        value = thing(row, "value") or Thing("", "")
        options.setdefault(row["as"], []).append(Option(value, int(row["count"])))
    events = {entry.iri for entry in index}
    places = {
        event: tuple(spot.thing for spot in spots) for event, spots in participants.places.items()
    }
    parties = (participants.states, participants.people)
    return EngagementCollection(
        index,
        participants,
        {
            **{name: tuple(values) for name, values in options.items()},
            "actor": tuple(option for group in parties for option in _count(group, events)),
            "place": _count(places, events),
        },
    )


def read_filter_form(context: AppContext) -> FilterForm:
    """Return the filter of the current address.

    Raises UnknownThing, AmbiguousThing, UnknownPrefix, MalformedDate or UsageError with a message
    that begins with the name of the field.
    """
    given = {field.name: request.args.get(field.name, "").strip() for field in FILTER_FIELDS}
    given = {name: text for name, text in given.items() if text}
    too_long = next((name for name, text in given.items() if len(text) > _LONGEST_VALUE), "")
    if too_long:
        raise UsageError(f"{too_long}: at most {_LONGEST_VALUE} characters")
    named = {
        field.name: _read_things(context, field.name, given[field.name])
        for field in _THING_FIELDS
        if field.name in given
    }
    days = {name: _read_day(name, given[name]) for name in ("from", "to") if name in given}
    if len(days) == 2 and days["from"] > days["to"]:
        raise UsageError(f"from: {given['from']} is later than to: {given['to']}")
    with _errors_name("asof"):
        day = context.day()
    statuses = _read_statuses(given.get("status", ""))
    chosen = EngagementFilter(
        **{
            field.attribute: " ".join(thing.iri for thing in named.get(field.name, ()))
            for field in _THING_FIELDS
        },
        status=" ".join(statuses),
        start=days.get("from"),
        end=days.get("to"),
        asof=day if "asof" in given else None,
    )
    query = {name: ",".join(map(_name_thing, things)) for name, things in named.items()}
    query |= {"status": ",".join(statuses)} if statuses else {}
    query |= {name: given[name] for name in ("from", "to", "asof") if name in given}
    typed = {**query, **{name: _write_labels(context, things) for name, things in named.items()}}
    return FilterForm(chosen, day, query, typed, named)


def drop_empty_fields() -> str | None:
    """Return the current address without empty fields, which forms send; None if it has none."""
    if all(text.strip() for text in request.args.values()):
        return None
    fields = request.args.items(multi=True)
    return _write_address(_current_path(), ((name, text) for name, text in fields if text.strip()))


def _current_path() -> str:
    return request.root_path + request.path


def _write_address(path: str, fields: Iterable[tuple[str, str]]) -> str:
    query = urlencode(list(fields), safe=":,/", quote_via=quote)
    return f"{path}?{query}" if query else path


def _count(things: dict[str, tuple[Thing, ...]], events: set[str]) -> tuple[Option, ...]:
    """Return the things of these events with the number of events of each, by label."""
    counts: dict[Thing, int] = {}
    for event, named in things.items():
        for one in named if event in events else ():
            counts[one] = counts.get(one, 0) + 1
    options = (Option(one, count) for one, count in counts.items())
    return tuple(sorted(options, key=lambda option: (option.thing.label, option.thing.iri)))


def _list_labels(options: tuple[Option, ...]) -> tuple[str, ...]:
    ranked = sorted(options, key=lambda option: option.count, reverse=True)[:_MOST_SUGGESTIONS]
    return tuple(dict.fromkeys(option.thing.label for option in ranked))


@contextmanager
def _errors_name(field: str) -> Iterator[None]:
    """Begin the message of an error in the value of a field with the field's name."""
    try:
        yield
    except (MalformedDate, UnknownPrefix, UnknownThing) as error:
        raise type(error)(f"{field}: {error}") from error


def _read_things(context: AppContext, name: str, typed: str) -> tuple[Thing, ...]:
    values = resolve_label(Parameter(name, "", _A_THING), typed, context.index())
    unique = dict.fromkeys([values] if isinstance(values, str) else values)
    return tuple(_read_thing(context, name, text) for text in unique)


def _read_thing(context: AppContext, name: str, text: str) -> Thing:
    with _errors_name(name):
        try:
            iri = ox.NamedNode(expand(text)).value
        except ValueError as error:
            raise UsageError(f"{name}: {text!r} is no CURIE and no IRI") from error
        if iri in context.index().labels:
            return context.index().name(iri)
        return read_named_things(context.asking(), iri).thing


def _name_thing(named: Thing) -> str:
    """Return how an address names a thing: by CURIE, or by IRI where it has none."""
    return named.curie.strip("<>")


def _write_labels(context: AppContext, things: tuple[Thing, ...]) -> str:
    """Return how a form shows things: by a label that is unique, else by CURIE."""
    called = context.index().find_called([named.label for named in things])
    return ", ".join(
        named.label
        if called[named.label] == [named.iri] and "," not in named.label
        else _name_thing(named)
        for named in things
    )


def _read_day(name: str, text: str) -> date:
    with _errors_name(name):
        return parse_day(text)


def _read_statuses(typed: str) -> tuple[str, ...]:
    """Return the status words that are given as word, label, CURIE or IRI, between commas."""
    words = {label: word for word, label in STATUS_LABELS.items()}
    statuses: dict[str, None] = {}
    for part in filter(None, map(str.strip, typed.split(","))):
        name = part.removeprefix(PREFIXES["status"]).removeprefix("status:")
        word = words.get(name, name)
        if word not in STATUS_LABELS:
            raise UsageError(f"status: {part!r} is none of {', '.join(STATUS_LABELS)}")
        statuses[word] = None
    return tuple(statuses)

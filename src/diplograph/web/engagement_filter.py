"""The filter of engagements as an address and a form have it, with what is wrong in its fields.

FILTER_FIELDS is the one table of the filter's fields. The form, the chips above a list, the menus
and the addresses of other views are made from it. What a field means for an engagement is in
views/engagements.py and, for fields that name things, in views/queries/engagement-choice.rq.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from urllib.parse import quote, urlencode

import pyoxigraph as ox
from flask import request

from diplograph.core.dates import parse_day, say_date
from diplograph.core.errors import (
    AmbiguousThing,
    DiplographError,
    MalformedDate,
    UnknownPrefix,
    UnknownThing,
    UsageError,
)
from diplograph.core.names import PREFIXES, expand
from diplograph.core.things import Thing
from diplograph.views.engagements import EngagementFilter
from diplograph.views.status import STATUS_LABELS
from diplograph.views.thing import read_named_things
from diplograph.web.context import AppContext
from diplograph.web.forms import KINDS_OF_FIELD, ResolvedNames, resolve_names, show_thing

_LONGEST_VALUE = 1000


@dataclass(frozen=True)
class FilterField:
    """One field: its name in the address, its label, and its control in the form.

    `control`: "text" with suggestions, "menu", "status", "day" or "switch", which is yes or empty.
    A field of the first two names things; any sets `attribute` of EngagementFilter. In the name of
    a file its things follow `preposition`; it offers the `options` of that name, as the element
    `datalist` called `offers`. `more`: it is in the part of the form that is folded at first.
    """

    name: str
    label: str
    control: str
    attribute: str
    preposition: str = ""
    options: str = ""
    offers: str = ""
    more: bool = True


FILTER_FIELDS = (
    FilterField("actor", "State or person", "text", "actor", "of", "actor", "parties", more=False),
    FilterField("with", "With", "text", "other", "with", "actor", "parties", more=False),
    FilterField("from", "From", "day", "start", more=False),
    FilterField("to", "To", "day", "end", more=False),
    FilterField("status", "Status", "status", "status"),
    FilterField("kind", "Type", "menu", "kind", "of the type", "kind", "kind-names"),
    FilterField("forum", "Organization", "menu", "forum", "in", "forum", "forum-names"),
    FilterField("topic", "Topic", "menu", "topic", "on", "topic", "topic-names"),
    FilterField("place", "Place", "text", "place", "at", "place", "places"),
    FilterField("report", "Report", "menu", "report", "by", "report", "report-names"),
    FilterField("asof", "As of", "day", "asof"),
    FilterField("undated", "Undated engagements", "switch", "undated"),
)
THING_FIELDS = tuple(one for one in FILTER_FIELDS if one.control in ("text", "menu"))
_FIELDS = {one.name: one for one in FILTER_FIELDS}
_EMPTY = {"start": None, "end": None, "undated": False}


@dataclass(frozen=True)
class FieldError:
    """What is wrong with a field, in a sentence; things that may be meant, and their addresses.

    `fault` is the error for programs, whose text begins with the name of the field.
    """

    message: str
    fault: DiplographError
    choices: tuple[tuple[Thing, str], ...] = ()

    @property
    def several(self) -> bool:
        """Whether the choices all have the name that was typed."""
        return isinstance(self.fault, AmbiguousThing)


@dataclass(frozen=True)
class FilterChip:
    """One field that narrows the list: its label, its value in words, the address without it."""

    field: FilterField
    words: str
    address: str


@dataclass(frozen=True)
class FilterForm:
    """A filter as an address gives it.

    `day` is the day that stands for today; `query` holds the fields as an address has them, things
    by CURIE; `typed` the fields as a form shows them, things by label; `named` the things by field;
    `errors` what is wrong, by field: such fields do not narrow.
    """

    filter: EngagementFilter
    day: date
    query: dict[str, str]
    typed: dict[str, str]
    named: dict[str, tuple[Thing, ...]]
    errors: dict[str, FieldError] = field(default_factory=dict)

    def address(self, view: str = "", **changes: str) -> str:
        """Return the address of a view, by default this one, with fields changed; "" drops one."""
        path = f"{request.root_path.rstrip('/')}/{view}" if view else current_path()
        fields = {**self.query, **changes}.items()
        return write_address(path, ((name, text) for name, text in fields if text))

    @property
    def fault(self) -> DiplographError | None:
        """The first error, None where all fields are right."""
        return next((error.fault for error in self.errors.values()), None)

    @property
    def chips(self) -> tuple[FilterChip, ...]:
        """The fields that narrow the list, in the order of the form."""
        return tuple(
            FilterChip(_FIELDS[name], self.say_field(name), self.address(**{name: ""}))
            for name in _FIELDS
            if name in self.query and name != "asof"
        )

    def say_field(self, name: str) -> str:
        """Return the value of a field in words."""
        if name in self.named:
            return " or ".join(str(thing.label) for thing in self.named[name])
        if name == "status":
            return " or ".join(STATUS_LABELS[word] for word in self.filter.status.split())
        return "shown" if name == "undated" else say_date(self.query[name])

    def without(self, name: str) -> EngagementFilter:
        """Return the filter without one of its fields."""
        attribute = _FIELDS[name].attribute
        return replace(self.filter, **{attribute: _EMPTY.get(attribute, "")})

    def say(self) -> str:
        """Return in words which engagements the filter chooses, for the name of a file."""
        things = (
            f" {one.preposition} {self.say_field(one.name)}"
            for one in THING_FIELDS
            if one.name in self.named
        )
        status = f" ({self.say_field('status')})" if self.filter.status else ""
        days = {"from": "from", "to": "to", "asof": "as of"}
        dates = (
            f" {words} {say_date(self.query[name])}"
            for name, words in days.items()
            if name in self.query
        )
        return f"Engagements{''.join(things)}{status}{''.join(dates)}"


def read_filter_form(context: AppContext) -> FilterForm:
    """Return the filter of the current address; what is wrong in it is in its errors."""
    given = {one.name: request.args.get(one.name, "").strip() for one in FILTER_FIELDS}
    given = {name: text for name, text in given.items() if text}
    reader = _FieldReader(context, given)
    values = {one.attribute: reader.read(one) for one in FILTER_FIELDS if one.name in given}
    reader.compare_days(values.get("start"), values.get("end"))
    chosen = EngagementFilter(**{name: value for name, value in values.items() if value})
    labels = {
        name: ", ".join(show_thing(thing.iri, context.index()).strip("<>") for thing in things)
        for name, things in reader.named.items()
    }
    return FilterForm(
        filter=chosen,
        day=chosen.asof or context.today(),
        query=reader.query,
        typed={**reader.query, **labels},
        named=reader.named,
        errors=reader.errors,
    )


class _FieldReader:
    """Reads the fields of an address one by one, and collects what is wrong."""

    def __init__(self, context: AppContext, given: Mapping[str, str]):
        self.context, self.given = context, given
        self.query: dict[str, str] = dict(given)
        self.named: dict[str, tuple[Thing, ...]] = {}
        self.errors: dict[str, FieldError] = {}

    def read(self, one: FilterField) -> object:
        """Return the value of a field, None where it is wrong."""
        name, typed = one.name, self.given[one.name]
        if len(typed) > _LONGEST_VALUE:
            self.query[name] = typed[:_LONGEST_VALUE]
            limit = f"at most {_LONGEST_VALUE} characters"
            self._refuse(name, f"{one.label} can have {limit}.", UsageError(f"{name}: {limit}"))
            return None
        if one.control == "day":
            return self._read_day(one, typed)
        if one.control == "status":
            return self._read_statuses(typed)
        if one.control == "switch":
            if typed != "yes":
                fault = UsageError(f"{name}: {typed[:20]!r} is not yes")
                self._refuse(name, f"{one.label} can only be yes or empty.", fault)
            return typed == "yes"
        return self._read_things(one, typed)

    def compare_days(self, start: object, end: object) -> None:
        """Refuse a first day that is later than the last one."""
        if start and end and start > end:
            fault = UsageError(f"from: {start} is later than to: {end}")
            self._refuse("from", "From is later than To. Change one of the two days.", fault)

    def _refuse(
        self, name: str, message: str, fault: DiplographError, resolved: ResolvedNames | None = None
    ) -> None:
        choices = []
        for choice in resolved.choices if resolved else ():
            curie = choice.curie.strip("<>")
            value = self.given[name].replace(resolved.unresolved, curie)
            fields = {**self.given, name: value}
            choices.append((choice, write_address(current_path(), fields.items())))
        self.errors[name] = FieldError(message, fault, tuple(choices))

    def _read_day(self, one: FilterField, typed: str) -> date | None:
        try:
            return parse_day(typed)
        except MalformedDate as error:
            message = f"{one.label} must be a day, such as 2025-12-05."
            self._refuse(one.name, message, MalformedDate(f"{one.name}: {error}"))
            return None

    def _read_statuses(self, typed: str) -> str:
        """Return the status words given as word, label, CURIE or IRI, between commas."""
        words = {label: word for word, label in STATUS_LABELS.items()}
        statuses: dict[str, None] = {}
        for part in filter(None, map(str.strip, typed.split(","))):
            name = part.removeprefix(PREFIXES["status"]).removeprefix("status:")
            word = words.get(name, name)
            if word not in STATUS_LABELS:
                fault = UsageError(f"status: {part!r} is none of {', '.join(STATUS_LABELS)}")
                self._refuse("status", f"No status is called “{part}”. Choose one.", fault)
                return ""
            statuses[word] = None
        self.query["status"] = ",".join(statuses)
        return " ".join(statuses)

    def _read_things(self, one: FilterField, typed: str) -> str:
        """Return the IRIs of the things that a field names, spaces between them."""
        name, index = one.name, self.context.index()
        resolved = resolve_names(typed, index, KINDS_OF_FIELD[name])
        if resolved.unresolved:
            part = resolved.unresolved
            message = (
                f"Several have the name “{part}”."
                if resolved.several
                else f"No match for “{part}”."
            )
            self._refuse(name, message, resolved.make_fault(name), resolved)
            return ""
        try:
            things = tuple(map(self._name, resolved.names))
        except (UnknownPrefix, UnknownThing) as error:
            fault = type(error)(f"{name}: {error}")
            self._refuse(name, f"{one.label}: {error}.", fault)
            return ""
        except ValueError:
            fault = UsageError(f"{name}: {typed!r} is no CURIE and no IRI")
            self._refuse(name, f"“{typed}” is no name and no code.", fault)
            return ""
        self.named[name] = things
        self.query[name] = ",".join(thing.curie.strip("<>") for thing in things)
        return " ".join(thing.iri for thing in things)

    def _name(self, text: str) -> Thing:
        """Return the thing that a CURIE or an IRI denotes; a query where the index has it not."""
        index, iri = self.context.index(), ox.NamedNode(expand(text)).value
        if iri in index.labels:
            return index.name(iri)
        return read_named_things(self.context.asking(), iri).thing


def current_path() -> str:
    """Return the path of the current request, with the prefix it is served under."""
    return request.root_path + request.path


def write_address(path: str, fields: Iterable[tuple[str, str]]) -> str:
    """Return a path with fields as its query; CURIEs stay readable."""
    query = urlencode(list(fields), safe=":,/", quote_via=quote)
    return f"{path}?{query}" if query else path

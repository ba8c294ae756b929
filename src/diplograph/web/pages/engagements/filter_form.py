"""The filter of an address: what its fields name, and addresses that ask for the same."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from urllib.parse import quote, urlencode

import pyoxigraph as ox
from flask import request

from diplograph.build.questions import Parameter
from diplograph.core.dates import parse_day
from diplograph.core.errors import DiplographError, MalformedDate, UnknownThing, UsageError
from diplograph.core.names import PREFIXES, compact, expand
from diplograph.core.things import Thing
from diplograph.views.filter import FILTER_THINGS, EngagementFilter
from diplograph.views.status import STATUS_LABELS
from diplograph.views.thing import read_named_things
from diplograph.web.context import AppContext
from diplograph.web.result_table import resolve_label

FIELDS = (*FILTER_THINGS, "status", "from", "to", "asof")
_LONGEST = 1000
_EXAMPLE = (ox.NamedNode("urn:example"),)


@dataclass(frozen=True)
class FilterForm:
    """A filter as an address asks for it.

    `day` stands for today; `query` holds the fields as an address has them, things by CURIE;
    `typed` what a form shows in them; `named` says which things each field names.
    """

    filter: EngagementFilter
    day: date
    query: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    named: dict[str, tuple[Thing, ...]] = field(default_factory=dict)

    def address(self, view: str = "", **changes: str) -> str:
        """Return the address of a view, by default this one, with fields changed; "" drops one."""
        path = (
            f"{request.root_path.rstrip('/')}/{view}" if view else request.root_path + request.path
        )
        fields = {name: text for name, text in {**self.query, **changes}.items() if text}
        return f"{path}?{urlencode(fields, safe=':,/', quote_via=quote)}" if fields else path


def read_filter_form(edition: AppContext) -> FilterForm:
    """Return what the address at hand asks for.

    Raises UnknownThing, AmbiguousThing, UnknownPrefix, MalformedDate or UsageError, each of which
    names the field.
    """
    given = {name: request.args.get(name, "").strip() for name in FIELDS}
    given = {name: text for name, text in given.items() if text}
    too_long = next((name for name, text in given.items() if len(text) > _LONGEST), "")
    if too_long:
        raise UsageError(f"{too_long}: at most {_LONGEST} characters")
    named = {
        name: _read_things(edition, name, given[name]) for name in FILTER_THINGS if name in given
    }
    days = {name: _read_day(name, given[name]) for name in ("from", "to") if name in given}
    if len(days) == 2 and days["from"] > days["to"]:
        raise UsageError(f"from: {given['from']} is later than to: {given['to']}")
    day = _read_asof(edition)
    words = _read_words(given.get("status", ""))
    chosen = EngagementFilter(
        **{
            FILTER_THINGS[name]: " ".join(each.iri for each in found)
            for name, found in named.items()
        },
        status=" ".join(words),
        start=days.get("from"),
        end=days.get("to"),
        asof=day if "asof" in given else None,
    )
    query = {name: ",".join(_write(each) for each in found) for name, found in named.items()}
    query |= {"status": ",".join(words)} if words else {}
    query |= {name: given[name] for name in ("from", "to", "asof") if name in given}
    typed = {**query, **{name: _type(edition, found) for name, found in named.items()}}
    return FilterForm(chosen, day, query, typed, named)


def has_blanks() -> bool:
    """Return whether the address has fields of a form that were left empty."""
    return any(not text.strip() for text in request.args.values())


def write_full_address() -> str:
    """Return the address at hand without the fields that were left empty."""
    kept = [(name, text) for name, text in request.args.items(multi=True) if text.strip()]
    path = request.root_path + request.path
    return f"{path}?{urlencode(kept, safe=':,/', quote_via=quote)}" if kept else path


def _read_things(edition: AppContext, name: str, typed: str) -> tuple[Thing, ...]:
    index = edition.index()
    parameter = Parameter(name, "", _EXAMPLE)
    found = resolve_label(edition.client_engine(), parameter, typed, index)
    iris = dict.fromkeys([found] if isinstance(found, str) else found)
    return tuple(_name(edition, name, each) for each in iris)


def _name(edition: AppContext, name: str, text: str) -> Thing:
    try:
        iri = ox.NamedNode(expand(text)).value
    except ValueError as error:
        raise UsageError(f"{name}: {text!r} is no CURIE and no IRI") from error
    except DiplographError as error:
        raise type(error)(f"{name}: {error}") from error
    if iri in edition.index().labels:
        return edition.index().name(iri)
    try:
        return read_named_things(edition.asking(), iri).thing
    except UnknownThing as error:
        raise UnknownThing(f"{name}: {error}") from error


def _write(thing: Thing) -> str:
    """Return how an address names a thing: by CURIE, or by IRI where it has none."""
    return compact(thing.iri).strip("<>")


def _type(edition: AppContext, things: tuple[Thing, ...]) -> str:
    """Return how a form shows things: by label where that means just this one, else by CURIE."""
    called = edition.index().find_called([each.label for each in things])
    return ", ".join(
        each.label if called[each.label] == [each.iri] and "," not in each.label else _write(each)
        for each in things
    )


def _read_day(name: str, text: str) -> date:
    try:
        return parse_day(text)
    except MalformedDate as error:
        raise MalformedDate(f"{name}: {error}") from error


def _read_asof(edition: AppContext) -> date:
    try:
        return edition.day()
    except MalformedDate as error:
        raise MalformedDate(f"asof: {error}") from error


def _read_words(typed: str) -> tuple[str, ...]:
    """Return the status words that are asked for by word, label, CURIE or IRI."""
    labels = {label: word for word, label in STATUS_LABELS.items()}
    words = []
    for part in (each.strip() for each in typed.split(",")):
        word = part.removeprefix(PREFIXES["status"]).removeprefix("status:")
        word = labels.get(word, word)
        if part and word not in STATUS_LABELS:
            raise UsageError(f"status: {part!r} is none of {', '.join(STATUS_LABELS)}")
        words += [word] if part else []
    return tuple(dict.fromkeys(words))

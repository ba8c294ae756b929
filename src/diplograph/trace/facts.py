"""The facts that speak of a thing, each with what supports it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.core.dates import say_date
from diplograph.core.names import INFERRED_GRAPH, PREFIXES
from diplograph.core.things import Thing, Value, by_label
from diplograph.trace.passages import read_attestations
from diplograph.trace.things import first, is_fact, name_thing, objects, read_kinds, read_values
from diplograph.views.records import Attestation, Source

if TYPE_CHECKING:
    from diplograph.store.store import Store


DG_NS = PREFIXES["dg"]

_SUPPORTS = {DG_NS + name for name in ("attestedBy", "attestedIn", "reportedBy")}
_UNTOLD = {*_SUPPORTS, DG_NS + "voicedIn"}
_WIDER = PREFIXES["rdfs"] + "subPropertyOf"


@dataclass(frozen=True)
class Fact:
    """A fact that speaks of a thing: by which properties, what else it says, what supports it.

    `records` are the dates and the statuses that date estimates and status records give it.
    """

    thing: Thing
    kinds: tuple[Thing, ...]
    relations: tuple[Thing, ...]
    values: tuple[Value, ...]
    records: tuple[Value, ...]
    attestations: tuple[Attestation, ...]


@dataclass(frozen=True)
class Sheet:
    """All that is known about a thing: what it says itself, what follows, the facts about it."""

    thing: Thing
    kinds: tuple[Thing, ...]
    values: tuple[Value, ...]
    inferred: tuple[Value, ...]
    attestations: tuple[Attestation, ...]
    facts: tuple[Fact, ...]


def show(store: Store, thing: str) -> Sheet:
    """Return all that the graph knows about a thing named by CURIE, IRI or label.

    Raises UnknownThing and AmbiguousThing.
    """
    iri = store.find(thing)
    facts = facts_about(store, iri)
    values = read_values(store, iri)
    return Sheet(
        thing=name_thing(store, iri),
        kinds=read_kinds(store, iri),
        values=tuple(value for value in values if not value.inferred),
        inferred=_telling(store, values, facts),
        attestations=read_attestations(store, iri),
        facts=facts,
    )


def facts_about(
    store: Store, thing: str, sources: dict[str, Source] | None = None
) -> tuple[Fact, ...]:
    """Return the facts that speak of the thing of that IRI, by kind and label.

    They name it in a statement that a file asserts. A report, a passage and an attestation have
    the facts that they support, with the attestations that concern them alone.
    """
    relations: dict[str, set[str]] = {}
    for quad in store.match(None, None, ox.NamedNode(thing)):
        if quad.graph_name.value != INFERRED_GRAPH or quad.predicate.value in _SUPPORTS:
            relations.setdefault(quad.subject.value, set()).add(quad.predicate.value)
    facts = [
        _concerning(trace_fact(store, iri, said, sources), thing)
        for iri, said in relations.items()
        if is_fact(store, iri)
    ]
    return tuple(sorted(facts, key=_order))


def trace_fact(
    store: Store,
    iri: str,
    relations: Iterable[str] = (),
    sources: dict[str, Source] | None = None,
) -> Fact:
    """Return the fact of that IRI, which names some thing by the properties `relations`."""
    return Fact(
        thing=name_thing(store, iri),
        kinds=read_kinds(store, iri),
        relations=by_label(name_thing(store, relation) for relation in relations),
        values=tuple(value for value in read_values(store, iri) if not value.inferred),
        records=(*_read_dates(store, iri), *_read_statuses(store, iri)),
        attestations=read_attestations(store, iri, sources),
    )


def _concerning(fact: Fact, thing: str) -> Fact:
    """Return `fact` with only the attestations that `thing`, a source of it, has to do with."""
    if not {relation.iri for relation in fact.relations} <= _SUPPORTS:
        return fact
    kept = tuple(
        each
        for each in fact.attestations
        if thing in {each.thing.iri, each.passage.thing.iri, each.passage.report.iri}
    )
    return replace(fact, attestations=kept)


def _read_dates(store: Store, fact: str) -> Iterator[Value]:
    estimate = name_thing(store, DG_NS + "hasDateEstimate")
    dates = {first(store, record, DG_NS + "edtf") for record in _records(store, fact, "dateOf")}
    for edtf in sorted(dates):
        yield Value(estimate, edtf, words=say_date(edtf))


def _read_statuses(store: Store, fact: str) -> Iterator[Value]:
    status = name_thing(store, DG_NS + "hasStatusRecord")
    records = _records(store, fact, "statusOf")
    values = {
        value for record in records for value in objects(store, record, DG_NS + "statusValue")
    }
    for value in by_label(name_thing(store, each) for each in values):
        yield Value(status, value)


def _records(store: Store, fact: str, name: str) -> list[str]:
    found = store.match(None, ox.NamedNode(DG_NS + name), ox.NamedNode(fact))
    return [quad.subject.value for quad in found]


def _telling(store: Store, values: Iterable[Value], facts: Iterable[Fact]) -> tuple[Value, ...]:
    """Return the inferred values that say more than the facts and the asserted values beside."""
    values = tuple(values)
    listed = {fact.thing.iri for fact in facts}
    said = {
        (wider, value.value)
        for value in values
        for wider in objects(store, value.predicate.iri, _WIDER)
    }
    return tuple(
        value
        for value in values
        if value.inferred
        and value.predicate.iri not in _UNTOLD
        and getattr(value.value, "iri", None) not in listed
        and (value.predicate.iri, value.value) not in said
    )


def _order(fact: Fact) -> tuple[str, str, str]:
    return ", ".join(kind.label for kind in fact.kinds), fact.thing.label, fact.thing.iri

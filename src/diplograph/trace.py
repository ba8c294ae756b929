"""Where what is known comes from: fact → attestations → passages; inferred → what it follows from.

Pages, command line and Python show what these functions return.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.derive import Derivation, explain
from diplograph.errors import UnknownThing
from diplograph.names import INFERRED_GRAPH, PREFIXES, expand, is_curie
from diplograph.passages import (
    Attestation,
    Source,
    read_attestation,
    read_attestations,
    read_sources,
)
from diplograph.things import (
    TYPE,
    Thing,
    Value,
    by_label,
    is_fact,
    name_thing,
    objects,
    read_kinds,
    read_values,
)
from diplograph.wording import say_rule, say_statement

if TYPE_CHECKING:
    from diplograph.dataset import Location
    from diplograph.store import Store

Locate = Callable[[str, str, str], "Location | None"]

_DG = PREFIXES["dg"]
_SUPPORTS = ("attestedBy", "attestedIn", "reportedBy")
_UNTOLD = {_DG + name for name in (*_SUPPORTS, "voicedIn")}


@dataclass(frozen=True)
class Fact:
    """A fact that speaks of a thing: by which properties, what else it says, what supports it."""

    thing: Thing
    kinds: tuple[Thing, ...]
    relations: tuple[Thing, ...]
    values: tuple[Value, ...]
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


@dataclass(frozen=True)
class Step:
    """A statement in words and why it holds: a rule over earlier steps, or a file that says so."""

    statement: str
    subject: str
    predicate: str
    value: str
    rule: str
    because: str
    file: str
    premises: tuple[Step, ...]

    @property
    def inferred(self) -> bool:
        """Whether a rule gave it; else a file asserts it."""
        return bool(self.premises)


@dataclass(frozen=True)
class Explanation:
    """Where a thing or a statement comes from.

    Of a fact: `attestations`. Of an entity, report or passage: the `facts` about it with theirs.
    Of a statement: `step`, and in `facts` the facts that its asserted statements belong to.
    """

    thing: Thing
    kinds: tuple[Thing, ...]
    notes: tuple[str, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    facts: tuple[Fact, ...] = ()
    step: Step | None = None


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

    They name it in a statement that a file asserts; a report and a passage have the facts that
    they support.
    """
    relations: dict[str, set[str]] = {}
    for quad in store.match(None, None, ox.NamedNode(thing)):
        predicate = quad.predicate.value
        told = quad.graph_name.value != INFERRED_GRAPH
        if told or predicate.removeprefix(_DG) in _SUPPORTS:
            relations.setdefault(quad.subject.value, set()).add(predicate)
    facts = [
        _read_fact(store, iri, relations[iri], sources) for iri in relations if is_fact(store, iri)
    ]
    return tuple(
        sorted(facts, key=lambda fact: (_names(fact.kinds), fact.thing.label, fact.thing.iri))
    )


def why(
    store: Store,
    about: str | ox.Triple,
    sources: Iterable[str | Path] = (),
    locate: Locate | None = None,
) -> Explanation:
    """Return where a thing (by CURIE, IRI or label) or a statement comes from.

    `sources`: files with the text of reports; passages then carry their own words, verified.
    `locate`: file and line of an asserted statement, as Asserted.locate finds them.
    Raises UnknownThing, AmbiguousThing, UnreadableFile and SourceMismatch.
    """
    texts = read_sources(store, sources)
    if isinstance(about, ox.Triple):
        return _why_statement(store, about, texts, locate)
    iri = store.find(about)
    attestations = read_attestations(store, iri, texts)
    if f"{_DG}Attestation" in objects(store, iri, TYPE):
        attestations = (read_attestation(store, iri, texts),)
    return Explanation(
        thing=name_thing(store, iri),
        kinds=read_kinds(store, iri),
        notes=objects(store, iri, f"{_DG}sourceNote"),
        attestations=attestations,
        facts=() if is_fact(store, iri) else facts_about(store, iri, texts),
    )


def find_statement(store: Store, subject: str, predicate: str, value: str) -> ox.Triple:
    """Return the statement of the graph that the three names mean; `a` is rdf:type.

    The value is a CURIE, an IRI, a label or the characters of a literal.
    Raises UnknownThing when the graph has no such statement, AmbiguousThing for a shared label.
    """
    node = ox.NamedNode(store.find(subject))
    property_ = ox.NamedNode(TYPE if predicate == "a" else _find_property(store, predicate))
    candidates = sorted({quad.object for quad in store.match(node, property_, None)}, key=str)
    for term in candidates:
        if value in _spellings(store, term):
            return ox.Triple(node, property_, term)
    said = f"{store.label(node.value)} - {store.label(property_.value)}"
    known = ", ".join(dict.fromkeys(_spellings(store, term)[0] for term in candidates))
    hint = f"; it has {known}" if known else ""
    raise UnknownThing(f"the graph has no statement {said} - {value!r}{hint}")


def _read_fact(
    store: Store, iri: str, relations: Iterable[str], sources: dict[str, Source] | None
) -> Fact:
    return Fact(
        thing=name_thing(store, iri),
        kinds=read_kinds(store, iri),
        relations=by_label(name_thing(store, relation) for relation in relations),
        values=tuple(value for value in read_values(store, iri) if not value.inferred),
        attestations=read_attestations(store, iri, sources),
    )


def _telling(store: Store, values: Iterable[Value], facts: Iterable[Fact]) -> tuple[Value, ...]:
    """Return the inferred values that say more than the facts and the asserted values beside."""
    values = tuple(values)
    listed = {fact.thing.iri for fact in facts}
    narrower = _narrower(store, values)
    return tuple(
        value
        for value in values
        if value.inferred
        and value.predicate.iri not in _UNTOLD
        and getattr(value.value, "iri", None) not in listed
        and (value.predicate.iri, value.value) not in narrower
    )


def _narrower(store: Store, values: Iterable[Value]) -> set[tuple[str, Thing | str]]:
    """Return the (property, value) pairs that a narrower property of the same thing says too."""
    above = f"{PREFIXES['rdfs']}subPropertyOf"
    return {
        (wider, value.value)
        for value in values
        for wider in objects(store, value.predicate.iri, above)
    }


def _why_statement(
    store: Store, statement: ox.Triple, texts: dict[str, Source], locate: Locate | None
) -> Explanation:
    derivation = explain(store, statement)
    subjects = dict.fromkeys(
        leaf.statement.subject.value
        for leaf in derivation.leaves()
        if isinstance(leaf.statement.subject, ox.NamedNode)
    )
    iri = statement.subject.value
    return Explanation(
        thing=name_thing(store, iri),
        kinds=read_kinds(store, iri),
        notes=objects(store, iri, f"{_DG}sourceNote"),
        facts=tuple(
            _read_fact(store, each, (), texts) for each in subjects if is_fact(store, each)
        ),
        step=_step(store, derivation, locate),
    )


def _step(store: Store, derivation: Derivation, locate: Locate | None) -> Step:
    triple = derivation.statement
    value = triple.object.value
    place = None
    if locate and not derivation.premises:
        place = locate(triple.subject.value, triple.predicate.value, value)
    return Step(
        statement=say_statement(triple, store.label),
        subject=triple.subject.value,
        predicate=triple.predicate.value,
        value=value,
        rule=derivation.rule,
        because=say_rule(derivation, store.label),
        file=str(place) if place else derivation.graph or "",
        premises=tuple(_step(store, premise, locate) for premise in derivation.premises),
    )


def _find_property(store: Store, name: str) -> str:
    """Return the IRI of a property, which a CURIE names even where nothing is said of it."""
    return expand(name) if is_curie(name) else store.find(name)


def _spellings(store: Store, term: ox.NamedNode | ox.BlankNode | ox.Literal) -> tuple[str, ...]:
    if isinstance(term, ox.NamedNode):
        thing = name_thing(store, term.value)
        return thing.curie, thing.label, thing.iri, f"<{thing.iri}>"
    return (term.value,)


def _names(things: Iterable[Thing]) -> str:
    return ", ".join(thing.label for thing in things)

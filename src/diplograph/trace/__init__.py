"""Where what is known comes from: fact → attestations → passages; inferred → what it follows from.

Pages, command line and Python show what these functions return.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.build.explain import Derivation, derive_explanation
from diplograph.core.errors import UnknownThing
from diplograph.core.names import ONTOLOGY_GRAPH, TYPE, expand, is_curie
from diplograph.core.things import Thing
from diplograph.trace.facts import DG_NS, Fact, Sheet, facts_about, show, trace_fact
from diplograph.trace.passages import (
    read_attestation,
    read_attestations,
    read_sources,
    trace_passage,
)
from diplograph.trace.things import is_fact, name_thing, objects, read_kinds
from diplograph.views.explanation import say_rule, say_statement
from diplograph.views.records import Attestation, Passage, Source

if TYPE_CHECKING:
    from diplograph.core.rdf import Location
    from diplograph.store.store import Store


__all__ = [
    "Explanation",
    "Fact",
    "Sheet",
    "Step",
    "facts_about",
    "find_statement",
    "show",
    "why",
]

Locate = Callable[[str, str, str], "Location | None"]


@dataclass(frozen=True)
class ExplanationStep:
    """A statement in words and why it holds: a rule over earlier steps, or a file that says so.

    `schema` says that it rests on the ontology alone, not on anything reported.
    """

    statement: str
    subject: str
    predicate: str
    value: str
    rule: str
    because: str
    file: str
    schema: bool
    premises: tuple[ExplanationStep, ...]

    @property
    def inferred(self) -> bool:
        """Whether a rule gave it; else a file asserts it."""
        return bool(self.premises)


@dataclass(frozen=True)
class Explanation:
    """Where a thing or a statement comes from.

    Of a fact: its `attestations`. Of an entity, report or passage: the `facts` about it with
    theirs. Of a statement: `step`, and in `facts` the facts whose statements it rests on.
    """

    thing: Thing
    kinds: tuple[Thing, ...]
    notes: tuple[str, ...] = ()
    passage: Passage | None = None
    attestations: tuple[Attestation, ...] = ()
    facts: tuple[Fact, ...] = ()
    step: ExplanationStep | None = None


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
    types = objects(store, iri, TYPE)
    attestations = read_attestations(store, iri, texts)
    if f"{DG_NS}Attestation" in types:
        attestations = (read_attestation(store, iri, texts),)
    return Explanation(
        thing=name_thing(store, iri),
        kinds=read_kinds(store, iri),
        notes=objects(store, iri, f"{DG_NS}sourceNote"),
        passage=trace_passage(store, iri, texts) if f"{DG_NS}Passage" in types else None,
        attestations=attestations,
        facts=() if is_fact(store, iri) else facts_about(store, iri, texts),
    )


def find_statement(store: Store, subject: str, predicate: str, value: str) -> ox.Triple:
    """Return the statement of the graph that the three names mean; `a` is rdf:type.

    The value is a CURIE, an IRI, a label or the characters of a literal.
    Raises UnknownThing when the graph has no such statement, AmbiguousThing for a shared label.
    """
    node = ox.NamedNode(store.find(subject))
    property_ = _find_property(store, predicate)
    candidates = sorted({quad.object for quad in store.match(node, property_, None)}, key=str)
    for term in candidates:
        if value in _spellings(store, term):
            return ox.Triple(node, property_, term)
    said = f"{store.label(node.value)} - {store.label(property_.value)}"
    known = ", ".join(dict.fromkeys(_spellings(store, term)[0] for term in candidates))
    hint = f"; it has {known}" if known else ""
    raise UnknownThing(f"the graph has no statement {said} - {value!r}{hint}")


def _why_statement(
    store: Store, statement: ox.Triple, texts: dict[str, Source], locate: Locate | None
) -> Explanation:
    derivation = derive_explanation(store, statement)
    subjects = dict.fromkeys(
        leaf.statement.subject.value
        for leaf in derivation.leaves()
        if isinstance(leaf.statement.subject, ox.NamedNode)
    )
    iri = statement.subject.value
    return Explanation(
        thing=name_thing(store, iri),
        kinds=read_kinds(store, iri),
        notes=objects(store, iri, f"{DG_NS}sourceNote"),
        facts=tuple(
            trace_fact(store, each, sources=texts) for each in subjects if is_fact(store, each)
        ),
        step=_step(store, derivation, locate),
    )


def _step(store: Store, derivation: Derivation, locate: Locate | None) -> ExplanationStep:
    triple = derivation.statement
    value = triple.object.value
    place = None
    if locate and not derivation.premises:
        place = locate(triple.subject.value, triple.predicate.value, value)
    return ExplanationStep(
        statement=say_statement(triple, store.label),
        subject=triple.subject.value,
        predicate=triple.predicate.value,
        value=value,
        rule=derivation.rule,
        because=say_rule(derivation, store.label),
        file=str(place) if place else derivation.graph or "",
        schema=all(leaf.graph == ONTOLOGY_GRAPH for leaf in derivation.leaves()),
        premises=tuple(_step(store, premise, locate) for premise in derivation.premises),
    )


def _find_property(store: Store, name: str) -> ox.NamedNode:
    """Return the property, which a CURIE names even where nothing is said of it; `a` as in Turtle.

    Raises UnknownThing for a name that is no IRI when written out.
    """
    if name == "a":
        return ox.NamedNode(TYPE)
    try:
        return ox.NamedNode(expand(name) if is_curie(name) else store.find(name))
    except ValueError as error:
        raise UnknownThing(f"{name!r} is no name of a property: it makes no IRI") from error


def _spellings(store: Store, term: ox.NamedNode | ox.BlankNode | ox.Literal) -> tuple[str, ...]:
    if isinstance(term, ox.NamedNode):
        thing = name_thing(store, term.value)
        return thing.curie, thing.label, thing.iri, f"<{thing.iri}>"
    return (term.value,)

"""A thing as people meet it: its label, its CURIE, what kind of thing it is, what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.core.dates import say_date
from diplograph.core.names import FACT, INFERRED_GRAPH, LABEL, PREFIXES, TYPE
from diplograph.core.things import Thing, Value, by_label

if TYPE_CHECKING:
    from diplograph.store.store import Store

_SUBCLASS = PREFIXES["rdfs"] + "subClassOf"
_EDTF = PREFIXES["dg"] + "edtf"
_INDIVIDUAL = PREFIXES["owl"] + "NamedIndividual"


def name_thing(store: Store, iri: str) -> Thing:
    """Return the thing of that IRI with its label, or its CURIE for a label where it has none."""
    return Thing(iri, store.label(iri))


def read_kinds(store: Store, iri: str) -> tuple[Thing, ...]:
    """Return the most specific classes of a thing, by label; what is inferred counts as well."""
    classes = {kind for kind in objects(store, iri, TYPE) if kind != _INDIVIDUAL}
    wider = {above for kind in classes for above in objects(store, kind, _SUBCLASS)}
    return by_label(name_thing(store, kind) for kind in classes - wider)


def is_fact(store: Store, iri: str) -> bool:
    """Return whether the thing is a fact: something that a report asserts."""
    return FACT in objects(store, iri, TYPE)


def read_values(store: Store, iri: str) -> tuple[Value, ...]:
    """Return what the graph says of a thing but its types and label, by property and value."""
    values = {}
    for quad in store.match(ox.NamedNode(iri), None, None):
        if quad.predicate.value in {TYPE, LABEL} or isinstance(quad.object, ox.BlankNode):
            continue
        inferred = quad.graph_name.value == INFERRED_GRAPH
        value = _value(store, quad.predicate.value, quad.object, inferred)
        values.setdefault((quad.predicate.value, quad.object), value)
    return tuple(
        sorted(values.values(), key=lambda value: (value.predicate.label, str(value.value)))
    )


def objects(store: Store, subject: str, predicate: str) -> tuple[str, ...]:
    """Return the IRIs or texts that a thing has as values of a property, each once, sorted."""
    found = store.match(ox.NamedNode(subject), ox.NamedNode(predicate), None)
    return tuple(
        sorted({quad.object.value for quad in found if not isinstance(quad.object, ox.BlankNode)})
    )


def first(store: Store, subject: str, predicate: str, default: str = "") -> str:
    """Return the value of a property that has one value, or `default` where there is none."""
    return next(iter(objects(store, subject, predicate)), default)


def _value(store: Store, predicate: str, term: ox.NamedNode | ox.Literal, inferred: bool) -> Value:
    property_ = name_thing(store, predicate)
    if isinstance(term, ox.NamedNode):
        return Value(property_, name_thing(store, term.value), inferred)
    words = say_date(term.value) if predicate == _EDTF else ""
    return Value(property_, term.value, inferred, words)

"""Reasoned → Derived: what the rules of the home make of it, and the instants of its dates."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import pyoxigraph as ox

from diplograph.build.reason import Reasoned
from diplograph.build.rules import Rule
from diplograph.core.dates import date_instants
from diplograph.core.names import ONTOLOGY_GRAPH, PREFIXES

_DG = PREFIXES["dg"]
_EDTF, _DATE_ROLE = (ox.NamedNode(_DG + local) for local in ("edtf", "dateRole"))
_UNSUPPORTED = re.compile(r"function <(.*)> is not supported")
_DATE_TIME = ox.NamedNode(PREFIXES["xsd"] + "dateTime")
# Properties of an estimate, in the order of the fields of DateInstants.
INSTANTS = tuple(
    ox.NamedNode(_DG + local)
    for local in ("startEarliest", "startLatest", "endEarliest", "endLatest")
)


@dataclass(frozen=True)
class Derived:
    """What was reasoned, and the statements that the rules make of it and that it did not have."""

    reasoned: Reasoned
    derived: frozenset[ox.Triple] = frozenset()

    def statements(self) -> frozenset[ox.Triple]:
        """Return the asserted statements of the default graph, the inferred and the derived."""
        return self.reasoned.statements() | self.derived


def derive(reasoned: Reasoned) -> Derived:
    """Return `reasoned` with what its home's rules make, each of what those before it left.

    First come the instants of date estimates, for the properties that the ontology declares: see
    `date_instants`. Literals are as Oxigraph writes their values. Raises MalformedFile, naming the
    rule, for one that cannot be run or makes a blank node.
    """
    asserted = reasoned.asserted
    statements = reasoned.statements()
    ontology = asserted.graphs.get(ONTOLOGY_GRAPH, frozenset())
    derived = set(_find_instants(statements, {triple.subject for triple in ontology})) - statements
    if asserted.rules:
        store = ox.Store()
        store.bulk_extend(ox.Quad(*triple) for triple in (*statements, *derived))
        for rule in asserted.rules:
            made = [triple for triple in _run(rule, store) if ox.Quad(*triple) not in store]
            store.extend(ox.Quad(*triple) for triple in made)
            derived.update(made)
    return Derived(reasoned, frozenset(derived))


def _run(rule: Rule, store: ox.Store) -> list[ox.Triple]:
    """Return what the rule makes of the store's statements."""
    try:
        made = list(store.query(rule.text))
    except RuntimeError as error:
        function = _UNSUPPORTED.search(str(error))
        raise rule.fail("the rule calls a function that is not there", function[1]) from error
    for triple in made:
        if any(isinstance(term, ox.BlankNode) for term in (triple.subject, triple.object)):
            message = "the rule makes a statement of a blank node: FILTER by isIRI what it may name"
            raise rule.fail(message, triple.predicate.value)
    return made


def _find_instants(
    statements: Iterable[ox.Triple], declared: Collection[ox.NamedNode]
) -> Iterator[ox.Triple]:
    """Yield the instants between which what each estimate dates begins and ends."""
    if declared.isdisjoint(INSTANTS):
        return
    edtf: dict[ox.NamedNode, list[str]] = {}
    roles: dict[ox.NamedNode, list[str]] = {}
    for triple in statements:
        if triple.predicate == _EDTF:
            edtf.setdefault(triple.subject, []).append(triple.object.value)
        elif triple.predicate == _DATE_ROLE:
            local = triple.object.value.removeprefix(PREFIXES["date-role"])
            roles.setdefault(triple.subject, []).append(local)
    for estimate, texts in edtf.items():
        for text in texts:
            for role in roles.get(estimate, ()):
                moments = date_instants(text, role)
                for name, moment in zip(INSTANTS, moments, strict=True):
                    if moment and name in declared:
                        literal = ox.Literal(moment, datatype=_DATE_TIME)
                        yield ox.Triple(estimate, name, literal)

"""Asserted → Reasoned: what follows under OWL 2 RL, without what is trivial."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.build.consistency import find_clashes, find_misfits
from diplograph.build.dataset import Asserted
from diplograph.core.errors import Inconsistent
from diplograph.core.names import PREFIXES, compact
from diplograph.core.rdf import to_oxigraph_triple, to_rdflib

if TYPE_CHECKING:
    import rdflib
    from owlrl import OWLRL_Semantics

_OWL, _RDF, _RDFS = PREFIXES["owl"], PREFIXES["rdf"], PREFIXES["rdfs"]
_TYPE = ox.NamedNode(_RDF + "type")
_SAME = ox.NamedNode(_OWL + "sameAs")
_BETWEEN_TERMS = {ox.NamedNode(_RDFS + local) for local in ("subClassOf", "subPropertyOf")}
_ANNOTATION_PROPERTY = ox.NamedNode(_OWL + "AnnotationProperty")
_IRI = re.compile(r"https?://[^\s'(),]+")
_PLAIN_TYPES = (_OWL + "NamedIndividual", _OWL + "Thing")
_VOCABULARY = (_OWL, _RDF, _RDFS, PREFIXES["xsd"])
_ATTESTS, _DENIES, _SUPERSEDES, *_ENDS = (
    ox.NamedNode(PREFIXES["dg"] + local)
    for local in ("attests", "denies", "supersedes", "linkTo", "onBehalfOf", "participant")
)


@dataclass(frozen=True)
class Reasoned:
    """What was asserted, and the statements that follow from it and were not asserted."""

    asserted: Asserted
    inferred: frozenset[ox.Triple]

    def statements(self) -> frozenset[ox.Triple]:
        """Return the asserted statements of the default graph and the inferred ones."""
        return self.asserted.statements() | self.inferred


def reason(asserted: Asserted) -> Reasoned:
    """Return `asserted` with what follows from ontology, reference data and reports.

    By the rules of OWL 2 RL (OWL 2 Profiles, section 4.3), as owlrl runs them. Raises Inconsistent
    when the graph contradicts itself, with what contradicts what, by label, and where.
    """
    statements = asserted.statements()
    misfits = find_misfits(asserted)
    if misfits:
        raise Inconsistent(misfits)
    closure, complaints = close(without_annotations(statements - find_withheld(statements)))
    clashes = find_clashes(closure, asserted)
    if clashes or complaints:
        raise Inconsistent(clashes or tuple(complaints))
    return Reasoned(asserted, sieve(closure, statements))


def close(statements: Iterable[ox.Triple]) -> tuple[list[ox.Triple], tuple[str, ...]]:
    """Return the closure by owlrl, no literal a subject, and its messages about contradictions."""
    from owlrl import DeductiveClosure
    from owlrl.Namespaces import ERRNS
    from rdflib import Literal, URIRef

    graph = to_rdflib(statements)
    DeductiveClosure(_make_semantics()).expand(graph)
    closure = [
        to_oxigraph_triple(triple)
        for triple in graph
        if isinstance(triple[1], URIRef) and not isinstance(triple[0], Literal)
    ]
    messages = map(str, graph.objects(None, ERRNS.error))  # of blank nodes that owlrl makes
    complaints = sorted(_IRI.sub(lambda iri: compact(iri[0]), message) for message in messages)
    return closure, tuple(complaints)


def find_withheld(statements: Iterable[ox.Triple]) -> frozenset[ox.Triple]:
    """Return the statements that nothing may follow from: the ends of links that are not in force.

    A link or participation that reports only deny, or that every report of it has corrected, would
    otherwise make its event take place there, or its participant take part.
    """
    attested: dict[ox.Term, set[ox.Term]] = {}
    denied: set[ox.Term] = set()
    corrected: set[ox.Term] = set()
    ends: list[ox.Triple] = []
    for triple in statements:
        if triple.predicate == _ATTESTS:
            attested.setdefault(triple.object, set()).add(triple.subject)
        elif triple.predicate == _DENIES:
            denied.add(triple.object)
        elif triple.predicate == _SUPERSEDES:
            corrected.add(triple.object)
        elif triple.predicate in _ENDS:
            ends.append(triple)
    mentioned = attested.keys() | denied
    in_force = {fact for fact, readings in attested.items() if readings - corrected}
    return frozenset(end for end in ends if end.subject in mentioned - in_force)


@lru_cache(maxsize=1)
def _make_semantics() -> type[OWLRL_Semantics]:
    """Return owlrl's rules, without applying them again where they cannot yield anything new.

    In each cycle owlrl applies all rules to every statement. They look up others only for a
    statement of the vocabulary (an axiom, a sameAs); of any other, eq-ref alone makes something,
    and always the same; a reflexive sameAs makes only the contradiction of what is named different
    from itself. Half of all the time, and more for things that no fact mentions.
    """
    from owlrl import OWLRL_Semantics
    from rdflib import Literal
    from rdflib.namespace import OWL

    class Semantics(OWLRL_Semantics):
        def empty_stored_triples(self) -> None:  # owlrl calls it at the start of each cycle
            self._new = getattr(self, "added_triples", set())
            super().empty_stored_triples()
            self._known = set(self.graph)
            self._has_differences = (None, OWL.differentFrom, None) in self.graph

        def store_triple(self, t: tuple) -> None:
            if t not in self._known and not isinstance(t[1], Literal):
                self.added_triples.add(t)

        def rules(self, t: tuple, cycle_num: int) -> None:
            if t[1] == OWL.sameAs and t[0] == t[2] and not self._has_differences:
                self.store_triple((OWL.sameAs, OWL.sameAs, OWL.sameAs))
            elif _is_of_vocabulary(t[1], t[2]):
                super().rules(t, cycle_num)
            elif cycle_num == 1 or t in self._new:
                for term in t:
                    self.store_triple((term, OWL.sameAs, term))

    return Semantics


def _is_of_vocabulary(predicate: rdflib.URIRef, value: rdflib.term.Identifier) -> bool:
    """Return whether a statement has a meaning of its own in OWL, as an axiom has."""
    if str(predicate) != _TYPE.value:
        return str.startswith(predicate, _VOCABULARY)  # RDFLib's own takes one prefix only
    return str.startswith(value, _VOCABULARY) and str(value) not in _PLAIN_TYPES


def without_annotations(statements: Iterable[ox.Triple]) -> frozenset[ox.Triple]:
    """Return the statements without annotations: they have no meaning, but take half the time."""
    statements = frozenset(statements)
    annotations = _annotation_properties(statements)
    return frozenset(triple for triple in statements if triple.predicate not in annotations)


def sieve(triples: Iterable[ox.Triple], asserted: Iterable[ox.Triple]) -> frozenset[ox.Triple]:
    """Return those of `triples` that are informative and not among `asserted`.

    Left out: blank nodes, annotations, whatever is about, or a member of, the vocabulary of RDF,
    RDFS, OWL or XSD (owl:Thing, datatypes), and a thing's owl:sameAs, rdfs:subClassOf or
    rdfs:subPropertyOf to itself. Of what follows between terms only the latter two stay: domains
    and ranges of narrower properties or wider classes, and equivalences, follow from these.
    """
    asserted = frozenset(asserted)
    annotations = _annotation_properties(asserted)
    return frozenset(
        triple
        for triple in triples
        if triple not in asserted
        and triple.predicate not in annotations
        and _is_informative(triple)
    )


def _is_informative(triple: ox.Triple) -> bool:
    subject, predicate, value = triple
    if isinstance(subject, ox.BlankNode) or isinstance(value, ox.BlankNode):
        return False
    if _is_vocabulary(subject) or _is_vocabulary(value):
        return False
    if predicate in _BETWEEN_TERMS or predicate == _SAME:
        return subject != value
    return predicate == _TYPE or not _is_vocabulary(predicate)


def _is_vocabulary(term: ox.NamedNode | ox.Literal) -> bool:
    return isinstance(term, ox.NamedNode) and term.value.startswith(_VOCABULARY)


def _annotation_properties(statements: Iterable[ox.Triple]) -> set[ox.NamedNode]:
    """Return the properties declared as annotations, and those that OWL 2 has built in."""
    built_in = {_RDFS + local for local in ("label", "comment", "seeAlso", "isDefinedBy")}
    built_in |= {_OWL + local for local in ("versionInfo", "versionIRI", "deprecated", "imports")}
    declared = {
        triple.subject
        for triple in statements
        if triple.predicate == _TYPE and triple.object == _ANNOTATION_PROPERTY
    }
    return declared | {ox.NamedNode(iri) for iri in built_in}

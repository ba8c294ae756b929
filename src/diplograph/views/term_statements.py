"""The statements about one term, about one theme, or of the whole ontology as one document."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from diplograph.core.names import ONTOLOGY, PREFIXES
from diplograph.views.indexed import Indexed
from diplograph.views.terms import Vocabulary

_OWL, _RDFS = PREFIXES["owl"], PREFIXES["rdfs"]
# What other terms say of a term that tells what it means.
_TELLING = {
    *(f"{_RDFS}{local}" for local in ("subClassOf", "subPropertyOf", "domain", "range")),
    *(f"{_OWL}{local}" for local in ("inverseOf", "disjointWith", "equivalentClass")),
}
_HEADING = {
    PREFIXES["rdf"] + "type",
    PREFIXES["dcterms"] + "title",
    PREFIXES["dcterms"] + "license",
    f"{_OWL}versionIRI",
    f"{_OWL}versionInfo",
}


def describe_term(vocabulary: Vocabulary, iri: str) -> set[ox.Triple]:
    """Return what is said of a term, the axioms that name it, and which ontology it belongs to."""
    said = vocabulary.statements
    found = said.about(iri) | _find_axioms(said, iri)
    heading = (each for each in said.about(ONTOLOGY) if each.predicate.value in _HEADING)
    return found | set(heading)


def describe_shape(shapes: Indexed, iri: str) -> set[ox.Triple]:
    """Return what is said of a shape and of the constraints it is made of."""
    parts = {
        value
        for local in ("property", "sparql", "node")
        for value in shapes.values(iri, PREFIXES["sh"] + local)
        if isinstance(value, ox.NamedNode)
    }
    return shapes.about(iri).union(*(shapes.about(part) for part in parts))


def merge_themes(vocabulary: Vocabulary) -> set[ox.Triple]:
    """Return the ontology as one document: OWL 2 allows one header, and nothing is left to import.

    The headers of the themes and the imports between them stay with the themes' own documents.
    """
    themes = {header.iri for header in vocabulary.themes}
    return {
        each
        for each in vocabulary.statements.triples
        if getattr(each.subject, "value", "") not in themes
        and not (each.predicate.value == f"{_OWL}imports" and each.object.value in themes)
    }


def describe_theme(vocabulary: Vocabulary, iri: str, terms: Iterable[str]) -> set[ox.Triple]:
    """Return a theme's header and what is said of its terms."""
    said = vocabulary.statements
    return said.about(iri).union(*(said.about(term) for term in terms))


def _find_axioms(said: Indexed, iri: str) -> set[ox.Triple]:
    """Return what leads to a term: of other terms what tells its meaning, lists to their top."""
    found: set[ox.Triple] = set()
    waiting = list(said.mentions(iri))
    for triple in waiting:  # it grows on the way, up the lists
        if isinstance(triple.subject, ox.NamedNode):
            in_list = isinstance(triple.object, ox.BlankNode)
            if in_list or triple.predicate.value in _TELLING:
                found |= {triple}
                found |= said.about(triple.object) if in_list else set()
            continue
        above = said.mentions(triple.subject)
        waiting += above
        if not above:
            found |= said.about(triple.subject)
    return found

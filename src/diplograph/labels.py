"""What people call each thing: one rule for messages, pages and the command line."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from diplograph.names import PREFIXES

# The first that a thing has is its label.
LABELS = (
    ox.NamedNode(PREFIXES["rdfs"] + "label"),
    ox.NamedNode(PREFIXES["skos"] + "prefLabel"),
)


def read_labels(statements: Iterable[ox.Triple | ox.Quad]) -> dict[str, str]:
    """Return the label of each thing that has one, by its IRI.

    The English one, else one without a language, else another; among these rdfs:label before
    skos:prefLabel, then the first by its characters. What is no text is no label.
    """
    said: dict[str, list[tuple[int, int, str]]] = {}
    for each in statements:
        if each.predicate in LABELS and isinstance(each.object, ox.Literal):
            said.setdefault(each.subject.value, []).append(_rank(each.predicate, each.object))
    return {iri: min(ranks)[-1] for iri, ranks in said.items()}


def _rank(predicate: ox.NamedNode, label: ox.Literal) -> tuple[int, int, str]:
    tongues = ("en", None)
    tongue = tongues.index(label.language) if label.language in tongues else len(tongues)
    return tongue, LABELS.index(predicate), label.value

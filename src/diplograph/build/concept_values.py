"""The concepts that a property takes: those of the scheme that the ontology gives for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyoxigraph as ox

from diplograph.core.names import compact, expand

_CONCEPT_SCHEME, _IN_SCHEME = expand("dg:conceptScheme"), expand("skos:inScheme")


def list_concept_values(statements: Iterable[ox.Triple]) -> Mapping[str, tuple[str, ...]]:
    """Return the IRIs of the concepts that each property with a dg:conceptScheme takes, sorted."""
    schemes: dict[str, set[str]] = {}
    concepts: dict[str, set[str]] = {}
    for subject, predicate, value in statements:
        if predicate.value == _CONCEPT_SCHEME:
            schemes.setdefault(subject.value, set()).add(value.value)
        elif predicate.value == _IN_SCHEME:
            concepts.setdefault(value.value, set()).add(subject.value)
    return {
        iri: tuple(sorted(concept for scheme in own for concept in concepts.get(scheme, ())))
        for iri, own in schemes.items()
    }


def describe_wrong_value(shown: str, allowed: Iterable[str]) -> str:
    """Return a sentence with the value `shown`, none of the `allowed` concepts, and with these."""
    return f"Here it is {shown}; the scheme has {', '.join(map(compact, allowed)) or 'none'}."

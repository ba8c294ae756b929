"""How the levels of the ontology relate: the classes at its top, the properties between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from diplograph.core.things import Thing
from diplograph.views.ontology import OntologyTerm, Vocabulary

# From what exists to what is read, as the story goes; a level that is not named here comes after.
_ORDER = ("Entity", "Fact", "Attestation", "Source")


@dataclass(frozen=True)
class Relation:
    """The properties that lead from one level to another; those read backwards are not counted.

    `main` are those between the levels themselves, or else all, the ones used most first.
    """

    start: Thing
    end: Thing
    properties: tuple[Thing, ...]
    main: tuple[Thing, ...]


def order_levels(vocabulary: Vocabulary) -> tuple[OntologyTerm, ...]:
    """Return the classes at the top, in the order in which they are best told."""
    places = {name: place for place, name in enumerate(_ORDER)}
    return tuple(
        sorted(vocabulary.roots, key=lambda each: (places.get(each.name, len(places)), each.name))
    )


def relate_levels(vocabulary: Vocabulary, sizes: Mapping[str, int]) -> tuple[Relation, ...]:
    """Return the relations between the levels, from each in turn.

    `sizes` says how many statements there are by each property.
    """
    levels = order_levels(vocabulary)
    tops = {level.thing.iri: level for level in levels}
    between: dict[tuple[str, str], list[OntologyTerm]] = {}
    for term in vocabulary.properties:
        start, end = (_find_top(vocabulary, tops, at) for at in (term.domains, term.ranges))
        if term.leading and start and end:
            between.setdefault((start, end), []).append(term)
    return tuple(
        _relate(tops[start], tops[end], between[start, end], sizes)
        for start in tops
        for end in tops
        if (start, end) in between
    )


def _relate(
    start: OntologyTerm, end: OntologyTerm, terms: list[OntologyTerm], sizes: Mapping[str, int]
) -> Relation:
    whole = [term for term in terms if start.thing in term.domains and end.thing in term.ranges]
    main = sorted(whole or terms, key=lambda term: (-sizes.get(term.thing.iri, 0), term.name))
    properties = tuple(term.thing for term in terms)
    return Relation(start.thing, end.thing, properties, tuple(term.thing for term in main))


def _find_top(
    vocabulary: Vocabulary, tops: dict[str, OntologyTerm], classes: tuple[Thing, ...]
) -> str:
    for each in classes:
        term = vocabulary.terms.get(each.iri)
        for above in (each, *(term.wider if term else ())):
            if above.iri in tops:
                return above.iri
    return ""

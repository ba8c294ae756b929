"""The concept schemes: the fixed words that facts choose from, narrower ones under wider ones."""

from __future__ import annotations

from dataclasses import dataclass

from diplograph.core.names import PREFIXES, compact
from diplograph.things import Thing
from diplograph.views.indexed import Indexed

_RDFS, _SKOS = PREFIXES["rdfs"], PREFIXES["skos"]


@dataclass(frozen=True)
class Concept:
    """A concept; `depth` counts the wider concepts above it in its scheme."""

    thing: Thing
    definition: str = ""
    depth: int = 0


@dataclass(frozen=True)
class Scheme:
    """A scheme with its concepts, each after the one it stands under."""

    thing: Thing
    definition: str = ""
    concepts: tuple[Concept, ...] = ()


def read_schemes(statements: Indexed) -> tuple[Scheme, ...]:
    """Return the concept schemes, by label."""
    found = [_read_scheme(statements, iri) for iri in statements.typed(f"{_SKOS}ConceptScheme")]
    return tuple(sorted(found, key=lambda each: (each.thing.label.lower(), each.thing.iri)))


def _read_scheme(statements: Indexed, iri: str) -> Scheme:
    inside = statements.subjects(f"{_SKOS}inScheme", iri)
    broader = {each: set(statements.iris(each, f"{_SKOS}broader")) & {*inside} for each in inside}
    concepts: list[Concept] = []

    def place(parent: str | None, depth: int) -> None:
        here = [
            each for each in inside if (parent in broader[each] if parent else not broader[each])
        ]
        for each in sorted(here, key=lambda one: _name(statements, one).label.lower()):
            if all(each != placed.thing.iri for placed in concepts):
                definition = statements.text(each, f"{_SKOS}definition")
                concepts.append(Concept(_name(statements, each), definition, depth))
                place(each, depth + 1)

    place(None, 0)
    definition = statements.text(iri, f"{_SKOS}definition")
    return Scheme(_name(statements, iri), definition, tuple(concepts))


def _name(statements: Indexed, iri: str) -> Thing:
    label = statements.text(iri, f"{_RDFS}label") or statements.text(iri, f"{_SKOS}prefLabel")
    return Thing(iri, label or compact(iri))

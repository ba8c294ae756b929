"""How much a graph holds: its statements, things, classes and properties, counted."""

from __future__ import annotations

from dataclasses import dataclass

from diplograph.views.asking import Asking
from diplograph.views.texts import fill

_SIZES, _USES = ("triples", "subjects", "objects"), ("total", "subjects", "objects")


@dataclass(frozen=True)
class PropertyCount:
    """How many statements use a property, about how many things, with how many values."""

    iri: str
    triples: int
    subjects: int
    objects: int


@dataclass(frozen=True)
class ClassCount:
    """How many members a class has; `uses`: property IRI to how many statements about them."""

    iri: str
    entities: int
    uses: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Holdings:
    """The sizes of a default graph; classes and properties in the order of their IRIs.

    `entities` counts the things with an IRI of ours, `modified` is the latest day that a part's
    header names, empty where none does; `examples` are IRIs of things to look at.
    """

    triples: int
    subjects: int
    objects: int
    entities: int
    classes: tuple[ClassCount, ...]
    properties: tuple[PropertyCount, ...]
    examples: tuple[str, ...]
    modified: str


def read_holdings(asking: Asking) -> Holdings:
    """Return what the default graph holds; seven queries, each over the whole of it."""
    sizes = asking.row(fill("holdings-sizes"))
    properties = tuple(
        PropertyCount(row["property"], *(int(row[name]) for name in _USES))
        for row in asking.rows(fill("holdings-properties"))
    )
    examples = asking.rows(fill("holdings-examples"))
    return Holdings(
        *(int(sizes.get(name, 0)) for name in _SIZES),
        entities=int(asking.row(fill("holdings-entities")).get("total", 0)),
        classes=_read_classes(asking),
        properties=properties,
        examples=tuple(sorted({row["example"] for row in examples if "example" in row})),
        modified=asking.row(fill("holdings-modified")).get("modified", ""),
    )


def _read_classes(asking: Asking) -> tuple[ClassCount, ...]:
    uses: dict[str, list[tuple[str, int]]] = {}
    for row in asking.rows(fill("holdings-uses")):
        uses.setdefault(row["class"], []).append((row["property"], int(row["total"])))
    return tuple(
        ClassCount(row["class"], int(row["total"]), tuple(uses.get(row["class"], ())))
        for row in asking.rows(fill("holdings-classes"))
    )

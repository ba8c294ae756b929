"""What a graph holds: how many reports, passages, facts, engagements and who is in them."""

from __future__ import annotations

from dataclasses import dataclass

from diplograph.core.names import PREFIXES
from diplograph.views.query import QueryRunner, fill_query

# The classes counted, the kind of address their things have, what one and many are called;
# meetings and visits are counted together, as engagements. The first are named even where there are
# none.
COUNTED = (
    ("Report", "report", "report", "reports"),
    ("Passage", "passage", "passage", "passages"),
    ("Fact", "", "fact", "facts"),
    ("Event", "", "engagement", "engagements"),
    ("State", "state", "state", "states"),
    ("Person", "person", "person", "people"),
    ("Office", "office", "office", "offices"),
    ("Forum", "forum", "forum", "forums"),
    ("Partnership", "partnership", "partnership", "partnerships"),
    ("Agreement", "agreement", "agreement", "agreements"),
)
_ALWAYS = ("Report", "Passage", "Fact", "Event")


@dataclass(frozen=True)
class Count:
    """How many things of a class there are; `kind` is their kind where one kind is all of them."""

    class_name: str
    kind: str
    noun: str
    nouns: str
    count: int


@dataclass(frozen=True)
class GraphCounts:
    """What a graph holds, and how many statements say it."""

    things: tuple[Count, ...]
    statements: int


def read_graph_counts(asking: QueryRunner) -> GraphCounts:
    """Return how many of what the build holds; one query. Raises what the engine raises.

    Reports, passages, facts and engagements are there even where there are none.
    """
    known = {
        row["class"].removeprefix(PREFIXES["dg"]): int(row["count"])
        for row in asking.rows(fill_query("counts"))
    }
    things = tuple(
        Count(name, kind, noun, nouns, known.get(name, 0))
        for name, kind, noun, nouns in COUNTED
        if name in known or name in _ALWAYS
    )
    return GraphCounts(things, known.get("statements", 0))


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
class GraphStatistics:
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


def read_graph_statistics(asking: QueryRunner) -> GraphStatistics:
    """Return what the default graph holds; seven queries, each over the whole of it."""
    sizes = asking.row(fill_query("holdings-sizes"))
    properties = tuple(
        PropertyCount(row["property"], *(int(row[name]) for name in _USES))
        for row in asking.rows(fill_query("holdings-properties"))
    )
    examples = asking.rows(fill_query("holdings-examples"))
    return GraphStatistics(
        *(int(sizes.get(name, 0)) for name in _SIZES),
        entities=int(asking.row(fill_query("holdings-entities")).get("total", 0)),
        classes=_read_classes(asking),
        properties=properties,
        examples=tuple(sorted({row["example"] for row in examples if "example" in row})),
        modified=asking.row(fill_query("holdings-modified")).get("modified", ""),
    )


def _read_classes(asking: QueryRunner) -> tuple[ClassCount, ...]:
    uses: dict[str, list[tuple[str, int]]] = {}
    for row in asking.rows(fill_query("holdings-uses")):
        uses.setdefault(row["class"], []).append((row["property"], int(row["total"])))
    return tuple(
        ClassCount(row["class"], int(row["total"]), tuple(uses.get(row["class"], ())))
        for row in asking.rows(fill_query("holdings-classes"))
    )

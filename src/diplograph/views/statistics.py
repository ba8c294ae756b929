"""Statistics of a graph: how many things of each class, and how classes and properties are used."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from diplograph.core.names import PREFIXES
from diplograph.views.query import QueryRunner, fill_query, group_rows
from diplograph.views.unspoken import Unspoken

# Classes that are counted: name, kind in the addresses of their things, noun for one and for many.
# Meetings and visits are counted together, as engagements; entities only where reports speak of
# them.
COUNTED = (
    ("Report", "report", "report", "reports"),
    ("Passage", "passage", "passage", "passages"),
    ("Fact", "", "fact", "facts"),
    ("Event", "", "engagement", "engagements"),
    ("State", "state", "state in reports", "states in reports"),
    ("Person", "person", "person", "people"),
    ("Office", "office", "office", "offices"),
    ("Forum", "forum", "forum", "forums"),
    ("Partnership", "partnership", "partnership", "partnerships"),
    ("Agreement", "agreement", "agreement", "agreements"),
)
# Counted even where there are none.
_ALWAYS = ("Report", "Passage", "Fact", "Event")


@dataclass(frozen=True)
class Count:
    """How many things of a class there are; `kind` is empty where they are of several kinds."""

    class_name: str
    kind: str
    noun: str
    nouns: str
    count: int


@dataclass(frozen=True)
class GraphCounts:
    """How many things of the classes COUNTED a graph holds, and how many statements."""

    things: tuple[Count, ...]
    statements: int


@dataclass(frozen=True)
class PropertyCount:
    """How many statements use a property, with how many subjects and how many objects."""

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
    """The sizes of the default graph; classes and properties in the order of their IRIs.

    `entities` counts the things with an IRI of this project, `modified` is the latest day that the
    header of a graph gives, empty where none does; `examples` are IRIs of things to look at.
    """

    triples: int
    subjects: int
    objects: int
    entities: int
    classes: tuple[ClassCount, ...]
    properties: tuple[PropertyCount, ...]
    examples: tuple[str, ...]
    modified: str


def read_graph_counts(runner: QueryRunner, unspoken: Unspoken) -> GraphCounts:
    """Return the counts of the classes that occur, those of _ALWAYS first; one query.

    `unspoken` are the entities to leave out.
    """
    rows = runner.rows(fill_query("counts"))
    left_out = Counter(kind for kinds in unspoken.values() for kind in kinds)
    totals = {row["class"]: int(row["count"]) - left_out[row["class"]] for row in rows}
    known = {iri.removeprefix(PREFIXES["dg"]): total for iri, total in totals.items() if total}
    things = tuple(
        Count(name, kind, noun, nouns, known.get(name, 0))
        for name, kind, noun, nouns in COUNTED
        if name in known or name in _ALWAYS
    )
    return GraphCounts(things, known.get("statements", 0))


def read_graph_statistics(runner: QueryRunner) -> GraphStatistics:
    """Return the statistics of the default graph; seven queries, all over the whole of it."""
    sizes = runner.row(fill_query("statistics-sizes"))
    uses = group_rows(runner.rows(fill_query("statistics-uses")), "class")
    classes, properties = [], []
    for row in runner.rows(fill_query("statistics-classes")):
        used = ((use["property"], int(use["total"])) for use in uses.get(row["class"], ()))
        classes.append(ClassCount(row["class"], int(row["total"]), tuple(used)))
    for row in runner.rows(fill_query("statistics-properties")):
        numbers = (int(row[name]) for name in ("total", "subjects", "objects"))
        properties.append(PropertyCount(row["property"], *numbers))
    examples = runner.rows(fill_query("statistics-examples"))
    return GraphStatistics(
        *(int(sizes.get(name, 0)) for name in ("triples", "subjects", "objects")),
        entities=int(runner.row(fill_query("statistics-entities")).get("total", 0)),
        classes=tuple(classes),
        properties=tuple(properties),
        examples=tuple(sorted({row["example"] for row in examples if "example" in row})),
        modified=runner.row(fill_query("statistics-modified")).get("modified", ""),
    )

"""What may be had of a store in one piece: parts of it by name, each made of whole graphs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from diplograph.core.names import INFERRED_GRAPH, ONTOLOGY_GRAPH, QUESTIONS_GRAPH, SHAPES_GRAPH

if TYPE_CHECKING:
    import pyoxigraph as ox

    from diplograph.store import Store


# What is said of facts and of queries, not of the world.
APART = frozenset((QUESTIONS_GRAPH, SHAPES_GRAPH))
# What a selection holds, and whether the statements of the graph with that IRI belong to it.
SELECTIONS = {
    "asserted": lambda graph: graph not in {ONTOLOGY_GRAPH, INFERRED_GRAPH, *APART},
    "inferred": lambda graph: graph not in APART,
    "ontology": lambda graph: graph == ONTOLOGY_GRAPH,
    "questions": lambda graph: graph == QUESTIONS_GRAPH,
}


def select(store: Store, what: str) -> Iterator[ox.Quad]:
    """Yield the statements of the selection called `what`, as the files have them, sorted."""
    chosen = SELECTIONS[what]
    return (quad for quad in store.quads() if chosen(quad.graph_name.value))

"""Store → bytes: the graph in any RDF format, the same bytes for the same statements, always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diplograph.errors import UsageError
from diplograph.formats import write_statements
from diplograph.names import INFERRED_GRAPH, ONTOLOGY_GRAPH, QUESTIONS_GRAPH, SHAPES_GRAPH

if TYPE_CHECKING:
    from diplograph.store import Store

# What is said of facts and of queries, not of the world.
APART = frozenset((QUESTIONS_GRAPH, SHAPES_GRAPH))
# What an export holds, and whether the statements of the graph with that IRI belong to it.
SELECTIONS = {
    "asserted": lambda graph: graph not in {ONTOLOGY_GRAPH, INFERRED_GRAPH, *APART},
    "inferred": lambda graph: graph not in APART,
    "ontology": lambda graph: graph == ONTOLOGY_GRAPH,
    "questions": lambda graph: graph == QUESTIONS_GRAPH,
}


def export(store: Store, form: str = "turtle", what: str = "asserted") -> bytes:
    """Return the statements of `store` in the format called `form` in formats.STATEMENTS.

    `what` is one of SELECTIONS: "asserted" (reference entities and reports), "inferred" (those,
    the ontology and all that follows), "ontology" or "questions" (as editors of queries read them).
    Statements are sorted, so the same graph gives the same bytes. TriG and N-Quads keep the named
    graphs apart. Raises UsageError.
    """
    if what not in SELECTIONS:
        raise UsageError(f"{what!r} cannot be exported: choose {', '.join(SELECTIONS)}")
    chosen = SELECTIONS[what]
    return write_statements((quad for quad in store.quads() if chosen(quad.graph_name.value)), form)

"""Store → bytes: the graph in any RDF format, the same bytes for the same statements, always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diplograph.errors import UsageError
from diplograph.formats import write_statements
from diplograph.store.selections import SELECTIONS, select

if TYPE_CHECKING:
    from diplograph.store import Store

__all__ = ["SELECTIONS", "export"]


def export(store: Store, form: str = "turtle", what: str = "asserted") -> bytes:
    """Return the statements of `store` in the format called `form` in formats.STATEMENTS.

    `what` is one of SELECTIONS: "asserted" (reference entities and reports), "inferred" (those,
    the ontology and all that follows), "ontology" or "questions" (as editors of queries read them).
    Statements are sorted, so the same graph gives the same bytes. TriG and N-Quads keep the named
    graphs apart. Raises UsageError.
    """
    if what not in SELECTIONS:
        raise UsageError(f"{what!r} cannot be exported: choose {', '.join(SELECTIONS)}")
    return write_statements(select(store, what), form)

"""Store → bytes: the graph in any RDF format, the same bytes for the same statements, always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from diplograph.core.errors import UsageError
from diplograph.core.formats import write_statements
from diplograph.core.jsonld import write_jsonld
from diplograph.profiles import ASSERTED, SCHEMA, Alignments, choose_profile, translate
from diplograph.store.selections import SELECTIONS, select

if TYPE_CHECKING:
    from diplograph.store import Store


__all__ = ["SELECTIONS", "export"]


def export(
    store: Store,
    form: str = "turtle",
    what: str = ASSERTED,
    profile: str = "",
    alignments: Alignments | None = None,
) -> bytes:
    """Return the statements of `store` in the format called `form` in formats.STATEMENTS.

    `what` is one of SELECTIONS: "asserted" (reference entities and reports), "inferred" (those,
    the ontology and all that follows), "ontology" or "questions" (as editors of queries read them).
    Statements are sorted, so the same graph gives the same bytes. TriG and N-Quads keep the named
    graphs apart. `profile` is one of profiles.PROFILES: what is asserted, or what follows too in
    other words, as `alignments` has them. Raises UsageError.
    """
    if what not in SELECTIONS:
        raise UsageError(f"{what!r} cannot be exported: choose {', '.join(SELECTIONS)}")
    if not profile or choose_profile(profile) == what:
        return write_statements(select(store, what), form)
    if what != ASSERTED:
        raise UsageError(f"a profile says what is to be exported: leave out {what!r}")
    known = (quad.triple for quad in select(store, "inferred"))
    statements = translate(profile, known, alignments or Alignments())
    if form == "jsonld" and profile == "schema.org":
        return write_jsonld(statements, vocabulary=SCHEMA)
    return write_statements(statements, form)

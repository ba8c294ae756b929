"""Entities that no report speaks of: reference data that lists, counts and search set apart.

A report speaks of an entity that a fact, an attestation or a source is linked with, and of one that
is written as a value of such an entity: of a state, by an office of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from diplograph.views.query import QueryRunner, fill_query, group_rows

# The IRI of an entity that no report speaks of to the IRIs of its classes.
Unspoken = Mapping[str, frozenset[str]]


def read_unspoken(runner: QueryRunner) -> Unspoken:
    """Return the entities that no report speaks of; one query, over all entities."""
    rows = runner.rows(fill_query("unspoken"))
    return {
        iri: frozenset(row["kind"] for row in of_thing)
        for iri, of_thing in group_rows(rows, "thing").items()
    }

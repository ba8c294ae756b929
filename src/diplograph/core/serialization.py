"""Write statements in an RDF format, and rows as CSV: the same content gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence

import pyoxigraph as ox

from diplograph.core.blank_nodes import has_blank_node, number_blank_nodes, relabel
from diplograph.core.formats import STATEMENTS, choose_format
from diplograph.core.names import PREFIXES, prefix_iri, split

# Datatypes of plain and of language-tagged literals, which no format writes.
IMPLICIT_DATATYPES = {PREFIXES["xsd"] + "string", PREFIXES["rdf"] + "langString"}
_FIRST_PREDICATES = {PREFIXES["rdf"] + "type": 0, PREFIXES["rdfs"] + "label": 1}


def write_statements(statements: Iterable[ox.Triple | ox.Quad], name: str = "turtle") -> bytes:
    """Return the statements in one of formats.STATEMENTS, sorted and without duplicates.

    Blank nodes get canonical labels; a format without named graphs merges them. Raises UsageError.
    """
    form = choose_format(STATEMENTS, name)
    quads = {
        statement
        if form.graphs and isinstance(statement, ox.Quad)
        else ox.Quad(statement.subject, statement.predicate, statement.object)
        for statement in statements
    }
    ordered = sorted(canonicalize(quads), key=_reading_order)
    prefixes = _used_prefixes(ordered) if form.prefixes else None
    written = ordered if form.graphs else [quad.triple for quad in ordered]
    data = ox.serialize(written, format=form.serializer, prefixes=prefixes)
    if form.name == "jsonld":
        return json.dumps(json.loads(data), ensure_ascii=False, indent=1).encode() + b"\n"
    return data


def canonicalize(quads: set[ox.Quad]) -> set[ox.Quad]:
    """Return `quads` with the blank nodes labelled c14n0, c14n1 ... by what is stated of them."""
    blank = sorted(filter(has_blank_node, quads), key=str)
    if not blank:
        return quads
    numbers = number_blank_nodes(blank)
    labels = {node: ox.BlankNode(f"c14n{number}") for node, number in numbers.items()}
    return quads.difference(blank) | set(relabel(blank, labels))


def write_csv_rows(rows: Sequence[Sequence[str]]) -> bytes:
    """Return the rows as RFC 4180 has them; a single empty value is an empty line, not quotes."""
    lines = io.StringIO(newline="")
    writer = csv.writer(lines)
    if any(len(row) == 1 for row in rows):
        rows = [[] if list(row) == [""] else row for row in rows]
    writer.writerows(rows)
    return lines.getvalue().encode()


def _reading_order(quad: ox.Quad) -> tuple:
    """Order by graph and subject; of a subject its types first, then its labels, then the rest."""
    predicate = quad.predicate.value
    first = _FIRST_PREDICATES.get(predicate, len(_FIRST_PREDICATES))
    return str(quad.graph_name), str(quad.subject), first, predicate, str(quad.object)


def _used_prefixes(quads: Iterable[ox.Quad]) -> dict[str, str]:
    """Return prefix to IRI for the prefixes that some term of `quads` can be written with."""
    iris = {term.value for quad in quads for term in quad if isinstance(term, ox.NamedNode)}
    literals = (quad.object for quad in quads if isinstance(quad.object, ox.Literal))
    iris |= {literal.datatype.value for literal in literals} - IMPLICIT_DATATYPES
    used = sorted({parts[0] for parts in map(split, iris) if parts})
    return {prefix: prefix_iri(prefix) for prefix in used}

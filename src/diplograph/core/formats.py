"""The one table of formats: how statements and query results are named, typed and written."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

import pyoxigraph as ox

from diplograph.core.errors import UsageError
from diplograph.core.names import PREFIXES, report_prefixes, split


class Sink(Protocol):
    """Whatever bytes can be written to."""

    def write(self, part: bytes, /) -> int:
        """Take `part` in."""


@dataclass(frozen=True)
class Format:
    """One way to write statements or results; `graphs` says that it keeps named graphs apart."""

    name: str
    title: str
    media_type: str
    suffix: str
    serializer: ox.RdfFormat | ox.QueryResultsFormat
    graphs: bool = False
    prefixes: bool = False


STATEMENTS = {
    form.name: form
    for form in (
        Format("turtle", "Turtle", "text/turtle", "ttl", ox.RdfFormat.TURTLE, prefixes=True),
        Format("ntriples", "N-Triples", "application/n-triples", "nt", ox.RdfFormat.N_TRIPLES),
        Format("jsonld", "JSON-LD", "application/ld+json", "jsonld", ox.RdfFormat.JSON_LD),
        Format(
            "rdfxml", "RDF/XML", "application/rdf+xml", "rdf", ox.RdfFormat.RDF_XML, prefixes=True
        ),
        Format(
            "trig",
            "TriG",
            "application/trig",
            "trig",
            ox.RdfFormat.TRIG,
            graphs=True,
            prefixes=True,
        ),
        Format("nquads", "N-Quads", "application/n-quads", "nq", ox.RdfFormat.N_QUADS, graphs=True),
    )
}

RESULTS = {
    form.name: form
    for form in (
        Format(
            "json", "JSON", "application/sparql-results+json", "srj", ox.QueryResultsFormat.JSON
        ),
        Format("xml", "XML", "application/sparql-results+xml", "srx", ox.QueryResultsFormat.XML),
        Format("csv", "CSV", "text/csv", "csv", ox.QueryResultsFormat.CSV),
        Format("tsv", "TSV", "text/tab-separated-values", "tsv", ox.QueryResultsFormat.TSV),
    )
}

# The datatypes of plain and of tagged texts, which no format spells out.
_UNWRITTEN = {PREFIXES["xsd"] + "string", PREFIXES["rdf"] + "langString"}
_SPELT = (ox.NamedNode, ox.Literal)
_CSV_QUOTED = re.compile(rb'"[^"]*"')
_CSV_BATCH = 500
_FIRST = {PREFIXES["rdf"] + "type": 0, PREFIXES["rdfs"] + "label": 1}


def write_results(
    results: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples,
    name: str,
    sink: Sink | None = None,
) -> bytes | None:
    """Return what a query gave in the format called `name`, or write it to `sink` and return None.

    Solutions and booleans take one of RESULTS, statements one of STATEMENTS; statements are
    sorted. Raises UsageError for a format that cannot carry this kind of result.
    """
    statements = isinstance(results, ox.QueryTriples)
    table = STATEMENTS if statements else RESULTS
    form = _choose(table, name)
    if statements:
        parts = iter((write_statements(results, name),))
    elif form.name == "csv" and isinstance(results, ox.QuerySolutions):
        parts = _csv_rows(results)
    else:
        return results.serialize(sink, format=form.serializer)
    if sink is None:
        return b"".join(parts)
    for part in parts:
        sink.write(part)
    return None


def write_first(
    results: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples,
    most: int,
    sink: Sink,
    counted: int | None = None,
) -> int | None:
    """Write the first `most` rows in JSON, or statements in N-Triples; return how many there are.

    A yes or no is written whole, and has no number: None. Rows are counted up to `counted`.
    Statements come once each, in the order of write_statements.
    """
    if isinstance(results, ox.QueryBoolean):
        return write_results(results, "json", sink)
    if isinstance(results, ox.QueryTriples):
        lines = write_statements(results, "ntriples").splitlines(keepends=True)
        for line in lines[:most]:
            sink.write(line)
        return len(lines)
    names, total = [variable.value for variable in results.variables], 0
    sink.write(b'{"head":%s,"results":{"bindings":[' % json.dumps({"vars": names}).encode())
    for total, solution in enumerate(islice(results, counted), start=1):
        if total <= most:
            terms = {name: solution[name] for name in names}
            bound = {name: _json_term(term) for name, term in terms.items() if term is not None}
            sink.write(b"," * (total > 1) + json.dumps(bound, ensure_ascii=False).encode())
    sink.write(b"]}}")
    return total


def write_statements(statements: Iterable[ox.Triple | ox.Quad], name: str = "turtle") -> bytes:
    """Return the statements in one of STATEMENTS, sorted, so that a graph has one form in bytes.

    Each statement comes once. Blank nodes get the labels of RDF Dataset Canonicalization. A format
    that keeps no graphs apart merges them. Raises UsageError for a format that is not in the table.
    """
    form = _choose(STATEMENTS, name)
    quads = {_quad(statement, form.graphs) for statement in statements}
    ordered = sorted(canonicalize(quads), key=_reading_order)
    prefixes = _used_prefixes(ordered) if form.prefixes else None
    written = ordered if form.graphs else [quad.triple for quad in ordered]
    data = ox.serialize(written, format=form.serializer, prefixes=prefixes)
    return _indent(data) if form.name == "jsonld" else data


def canonicalize(quads: set[ox.Quad]) -> set[ox.Quad]:
    """Return `quads` with the blank nodes' canonical labels (RDF Dataset Canonicalization 1.0).

    Only statements with a blank node have a say in them, and Oxigraph's dataset takes its time.
    """
    blank = {quad for quad in quads if any(isinstance(term, ox.BlankNode) for term in quad)}
    if not blank:
        return quads
    dataset = ox.Dataset(blank)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return (quads - blank) | set(dataset)


def _choose(table: dict[str, Format], name: str) -> Format:
    if name not in table:
        raise UsageError(f"this cannot be written as {name!r}: choose {', '.join(table)}")
    return table[name]


def bare_csv(body: bytes) -> bytes:
    """Return CSV without its quoted values: what is left of commas and line ends parts values."""
    return _CSV_QUOTED.sub(b"", body) if b'"' in body else body


def is_plain_csv(body: bytes, columns: int) -> bool:
    """Return whether Oxigraph's CSV of `columns` columns is what write_results would write.

    It quotes what literals need, but leaves an IRI with a comma as it is. Without one, commas and
    line ends outside of quotes are those between values and rows, and there is no other.
    """
    bare = bare_csv(body)
    return bare.count(b",") == bare.count(b"\n") * max(0, columns - 1)


def _csv_rows(solutions: ox.QuerySolutions) -> Iterator[bytes]:
    """Yield CSV as SPARQL 1.1 Query Results CSV has it: plain values, RFC 4180 quotes, CRLF.

    Oxigraph's own writer leaves an IRI with a comma in it unquoted.
    """
    yield _csv_lines([[variable.value for variable in solutions.variables]])
    rows = ([_csv_value(term) for term in solution] for solution in solutions)
    while batch := list(islice(rows, _CSV_BATCH)):
        yield _csv_lines(batch)


def _csv_lines(rows: list[list[str]]) -> bytes:
    lines = io.StringIO(newline="")
    if all(len(row) == 1 for row in rows):
        # The csv module would write a lone empty value as a pair of quotes, another than none.
        for row in rows:
            csv.writer(lines).writerow([value for value in row if value])
    else:
        csv.writer(lines).writerows(rows)
    return lines.getvalue().encode()


def _csv_value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> str:
    if term is None:
        return ""
    return term.value if isinstance(term, _SPELT) else str(term)


def _json_term(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> dict:
    """Return a term as SPARQL 1.1 Query Results JSON has it, a triple as SPARQL 1.2 does."""
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = zip(("subject", "predicate", "object"), term, strict=True)
        return {"type": "triple", "value": {name: _json_term(part) for name, part in parts}}
    written = {"type": "literal", "value": term.value}
    if term.language:
        return {**written, "xml:lang": term.language}
    plain = term.datatype.value in _UNWRITTEN
    return written if plain else {**written, "datatype": term.datatype.value}


def _quad(statement: ox.Triple | ox.Quad, graphs: bool) -> ox.Quad:
    if graphs and isinstance(statement, ox.Quad):
        return statement
    return ox.Quad(statement.subject, statement.predicate, statement.object)


def _reading_order(quad: ox.Quad) -> tuple:
    """Order by graph and subject; a subject says what it is, then its label, then the rest."""
    predicate = quad.predicate.value
    first = _FIRST.get(predicate, len(_FIRST))
    return str(quad.graph_name), str(quad.subject), first, predicate, str(quad.object)


def _used_prefixes(quads: Iterable[ox.Quad]) -> dict[str, str]:
    """Return prefix to IRI for the prefixes that some term of `quads` can be written with."""
    iris = {term.value for quad in quads for term in quad if isinstance(term, ox.NamedNode)}
    values = (quad.object for quad in quads if isinstance(quad.object, ox.Literal))
    iris |= {value.datatype.value for value in values} - _UNWRITTEN
    used = sorted({parts[0] for parts in map(split, iris) if parts})
    return {prefix: PREFIXES.get(prefix) or _report_prefix(prefix) for prefix in used}


def _report_prefix(prefix: str) -> str:
    return report_prefixes(prefix.partition("-")[2])[prefix]


def _indent(data: bytes) -> bytes:
    return json.dumps(json.loads(data), ensure_ascii=False, indent=1).encode() + b"\n"

"""Query results read without the engine, and whether two of them are the same."""

import csv
import io
import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from xml.etree import ElementTree

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    parse,
)
from rdflib import Graph, Namespace

RS = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/result-set#")
XSD = "http://www.w3.org/2001/XMLSchema#"
SRX = "{http://www.w3.org/2005/sparql-results#}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
Term = NamedNode | BlankNode | Literal

_VALUES = {
    "integer": (re.compile(r"[+-]?\d+"), int),
    "decimal": (re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)"), lambda text: Decimal(text).normalize()),
    "double": (re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"), float),
    "float": (re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"), float),
    "boolean": (re.compile(r"true|false|0|1"), lambda text: text in {"true", "1"}),
}
_SHORTHAND = [("integer", r"[+-]?\d+"), ("decimal", r"[+-]?\d*\.\d+"), ("double", r".*[eE].*")]


@dataclass(frozen=True)
class Table:
    """What a SELECT gave: its variables, and in each row the terms of those that are bound."""

    names: tuple[str, ...]
    rows: tuple[Mapping[str, Term], ...]


# ---- reading ------------------------------------------------------------------------------


def read_result(body: bytes, form: str) -> Table | bool:
    """Return what a result of the format srj, srx, tsv or csv says."""
    return {"srj": _read_json, "srx": _read_xml, "tsv": _read_tsv, "csv": _read_csv}[form](body)


def read_statements(body: bytes, form: str, base: str = "http://base.example/") -> Dataset:
    """Return the statements of a graph in the format whose suffix is `form`."""
    return Dataset(parse(body, format=RdfFormat.from_extension(form), base_iri=base))


def read_expected(path: Path, base: str) -> Table | bool | Dataset:
    """Return what the file of a test's result says; Turtle may hold a result set or a graph."""
    if path.suffix != ".ttl":
        return read_result(path.read_bytes(), path.suffix.removeprefix("."))
    graph = Graph().parse(path, publicID=base, format="turtle")
    if (None, RS.resultVariable, None) not in graph:
        return read_statements(path.read_bytes(), "ttl", base)
    rows = [
        {str(graph.value(each, RS.variable)): _of_rdflib(graph.value(each, RS.value))
         for each in graph[solution : RS.binding]}
        for solution in graph.objects(None, RS.solution)
    ]  # fmt: skip
    return Table(tuple(sorted(map(str, graph.objects(None, RS.resultVariable)))), tuple(rows))


def _of_rdflib(term) -> Term:
    return next(parse(f"<a:> <a:> {term.n3()} .".encode(), format=RdfFormat.N_TRIPLES)).object


def _read_json(body: bytes) -> Table | bool:
    document = json.loads(body)
    if "boolean" in document:
        return document["boolean"]
    rows = [
        {name: _of_json(term) for name, term in row.items()}
        for row in document["results"]["bindings"]
    ]
    return Table(tuple(document["head"]["vars"]), tuple(rows))


def _of_json(term: dict) -> Term:
    if term["type"] == "uri":
        return NamedNode(term["value"])
    if term["type"] == "bnode":
        return BlankNode(term["value"])
    return _literal(term["value"], term.get("xml:lang"), term.get("datatype"))


def _read_xml(body: bytes) -> Table | bool:
    document = ElementTree.fromstring(body)
    if (said := document.find(f"{SRX}boolean")) is not None:
        return said.text.strip() == "true"
    names = [each.get("name") for each in document.findall(f"{SRX}head/{SRX}variable")]
    rows = [
        {each.get("name"): _of_xml(each[0]) for each in row.findall(f"{SRX}binding")}
        for row in document.findall(f"{SRX}results/{SRX}result")
    ]
    return Table(tuple(names), tuple(rows))


def _of_xml(element: ElementTree.Element) -> Term:
    text = element.text or ""
    if element.tag == f"{SRX}uri":
        return NamedNode(text)
    if element.tag == f"{SRX}bnode":
        return BlankNode(text)
    return _literal(text, element.get(XML_LANG), element.get("datatype"))


def _literal(value: str, language: str | None, datatype: str | None) -> Literal:
    return Literal(value, language=language, datatype=datatype and NamedNode(datatype))


def _read_tsv(body: bytes) -> Table:
    head, *lines = body.decode().split("\n")
    names = [name.removeprefix("?") for name in head.split("\t")] if head else []
    rows = [
        {
            name: _of_tsv(cell)
            for name, cell in zip(names, line.split("\t") if names else [], strict=True)
            if cell
        }
        for line in (lines[:-1] if lines and not lines[-1] else lines)
    ]  # fmt: skip
    return Table(tuple(names), tuple(rows))


def _of_tsv(cell: str) -> Term:
    """Return a term as Turtle writes it (SPARQL 1.1 Query Results CSV and TSV, section 4)."""
    if cell in {"true", "false"}:
        return _literal(cell, None, XSD + "boolean")
    for name, pattern in _SHORTHAND:
        if cell[0] not in '"<_' and re.fullmatch(pattern, cell):
            return _literal(cell, None, XSD + name)
    return next(parse(f"<a:> <a:> {cell} .".encode(), format=RdfFormat.N_TRIPLES)).object


def _read_csv(body: bytes) -> Table:
    names, *lines = csv.reader(io.StringIO(body.decode(), newline=""))
    rows = [
        {name: _of_csv(cell) for name, cell in zip(names, line, strict=True) if cell}
        for line in (line or [""] * len(names) for line in lines)
    ]
    return Table(tuple(names), tuple(rows))


def _of_csv(cell: str) -> Term:
    return BlankNode(cell[2:]) if re.fullmatch(r"_:\w+", cell) else Literal(cell)


# ---- comparing ----------------------------------------------------------------------------


def same(
    one: Table | bool | Dataset,
    other: Table | bool | Dataset,
    *,
    ordered: bool = False,
    by_value: bool = False,
) -> bool:
    """Return whether two results say the same, whatever their blank nodes are called.

    Rows are a bag, or a list where they are `ordered`. `by_value` takes `01` and `1` as the same
    number: most tests are of a query's values, not of how an engine writes them.
    """
    if type(one) is not type(other):
        return False
    if isinstance(one, bool):
        return one == other
    if isinstance(one, Dataset):
        one, other = (_canonical(_valued(each) if by_value else each) for each in (one, other))
        return one == other
    if sorted(one.names) != sorted(other.names) or len(one.rows) != len(other.rows):
        return False
    one, other = (_rows(each.rows, by_value) for each in (one, other))
    if not any(isinstance(term, BlankNode) for row in one for _, term in row):
        return one == other if ordered else Counter(one) == Counter(other)
    return _canonical(_as_graph(one, ordered)) == _canonical(_as_graph(other, ordered))


def without_types(table: Table) -> Table:
    """Return what CSV keeps of a table: texts, no types, nothing of an empty text."""
    rows = [
        {
            name: term if isinstance(term, BlankNode) else Literal(term.value)
            for name, term in row.items()
            if isinstance(term, BlankNode) or term.value
        }
        for row in table.rows
    ]
    return Table(table.names, tuple(rows))


def _canonical(statements: Iterable[Quad]) -> Dataset:
    dataset = Dataset(statements)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def _rows(rows: Iterable[Mapping[str, Term]], by_value: bool) -> list[frozenset]:
    return [
        frozenset((name, _value(term) if by_value else term) for name, term in row.items())
        for row in rows
    ]


def _as_graph(rows: list[frozenset], ordered: bool) -> list[Quad]:
    """Return rows as statements: one node a row, which says how often, or where, it stands."""
    placed = list(enumerate(rows)) if ordered else [(n, row) for row, n in Counter(rows).items()]
    quads = []
    for position, (number, row) in enumerate(placed):
        node = BlankNode(f"row{position}")
        quads.append(Quad(node, NamedNode("row:number"), Literal(str(number))))
        for name, term in row:
            renamed = BlankNode(f"term{term.value}") if isinstance(term, BlankNode) else term
            quads.append(Quad(node, NamedNode(f"column:{name}"), renamed))
    return quads


def _valued(dataset: Dataset) -> list[Quad]:
    return [Quad(quad.subject, quad.predicate, _value(quad.object)) for quad in dataset]


def _value(term: Term) -> Term:
    """Return a number or a truth value in the one way Python writes it."""
    if not isinstance(term, Literal) or not term.datatype.value.startswith(XSD):
        return term
    pattern, read = _VALUES.get(term.datatype.value.removeprefix(XSD), (None, None))
    if pattern is None or not pattern.fullmatch(term.value):
        return term
    value = read(term.value)
    if isinstance(value, float) and math.isfinite(value):
        value = float(f"{value:.6g}")  # a float has seven digits, and a sum's last one is luck
    return Literal(str(value), datatype=term.datatype)

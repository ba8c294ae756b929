"""Turn a query result into a table for a page: labels of things instead of IRIs, CURIEs beside."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

import pyoxigraph as ox

from diplograph.core import rdf
from diplograph.core.dates import say_date
from diplograph.core.names import PREFIXES, compact
from diplograph.core.things import Thing
from diplograph.sparql.results import pair_labels, split_words, write_head
from diplograph.store.interface import PAGE, PAGE_ROWS, Answer, Engine, QueryRequest
from diplograph.views.tables import Column, Table

_PROLOGUE = f"PREFIX rdfs: <{PREFIXES['rdfs']}>\nPREFIX skos: <{PREFIXES['skos']}>\n"
_LABELS = """CONSTRUCT {{ ?thing ?property ?label }} WHERE {{
  VALUES ?thing {{ {things} }}
  VALUES ?property {{ rdfs:label skos:prefLabel }}
  ?thing ?property ?label
  FILTER(LANG(?label) IN ("", "en"))
}}"""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Datatypes that a reader recognises from the value itself, so that the table need not name them.
_PLAIN = {
    PREFIXES["rdf"] + "langString",
    *(PREFIXES["xsd"] + name for name in ("string", "boolean", "date", "anyURI")),
}
_DATE_TIME = PREFIXES["xsd"] + "dateTime"
_DATE = PREFIXES["xsd"] + "date"
DATE_TYPES = frozenset((_DATE, _DATE_TIME))
# The columns of questions that have dates as reports give them, in EDTF.
_DATES = frozenset("date earliest from lastHeardOf latest movedFrom movedTo since until".split())
_MIDNIGHT = ("00:00:00Z", "00:00:00+00:00", "00:00:00")
_NUMBERS = {
    PREFIXES["xsd"] + name for name in ("integer", "decimal", "double", "nonNegativeInteger")
}


@dataclass(frozen=True)
class Cell:
    """One value: its text, the IRI it stands for (if any), and a note in small print.

    `language` is the tag of the text's language, empty for English and for none; `datatype` the
    IRI of a literal's, where it matters; `sort` what the cell is sorted by instead of its text.
    """

    text: str = ""
    iri: str | None = None
    note: str = ""
    number: bool = False
    language: str = ""
    datatype: str = ""
    sort: str = ""


@dataclass(frozen=True)
class ResultTable:
    """What a page shows of a result: column titles, the rows shown, and how many there are.

    `verdict` is the answer to ASK; `statements` is true for the rows of CONSTRUCT and DESCRIBE.
    `folded` names the variables whose labels are shown in the column of the thing.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    verdict: bool | None = None
    statements: bool = False
    folded: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether the query found nothing."""
        return not (self.total if self.verdict is None else self.verdict)

    @property
    def cut(self) -> bool:
        """Whether there are more rows than are shown."""
        return self.total > len(self.rows)


def answer_question(
    engine: Engine, text: str, shown: int = PAGE_ROWS, known: Mapping[str, str] | None = None
) -> ResultTable:
    """Return the answer to a query's text as a table for readers: see read_answer.

    Columns have heads in words, and dates are written out.
    """
    answer = engine.answer(QueryRequest(text, PAGE, PAGE, shown=shown))
    return read_answer(engine, answer, known, in_words=True)


def read_answer(
    engine: Engine,
    answer: Answer,
    known: Mapping[str, str] | None = None,
    *,
    in_words: bool = False,
) -> ResultTable:
    """Return `answer`, requested in the format PAGE, as a table with labels.

    The labels of things that are not among those `known`, by IRI, are queried from `engine`.
    `in_words`: the heads of columns say more than their variables, and dates are written out.
    """
    if answer.kind == "boolean":
        return ResultTable((), (), 0, json.loads(answer.body)["boolean"])
    if answer.kind == "statements":
        columns = ["subject", "predicate", "object"]
        quads = ox.parse(answer.body, format=ox.RdfFormat.N_TRIPLES)
        rows = [tuple(map(_read_term, quad.triple)) for quad in quads]
    else:
        result = json.loads(answer.body)
        columns = result["head"]["vars"]
        rows = [
            tuple(_read_json_term(row[column]) if column in row else Cell() for column in columns)
            for row in result["results"]["bindings"]
        ]
    things = {cell.iri for row in rows for cell in row if cell.iri}
    labels = {iri: known[iri] for iri in things if known and iri in known}
    labels |= query_labels(engine, things - labels.keys())
    labelled = tuple(tuple(_add_label(cell, labels) for cell in row) for row in rows)
    names = list(columns)
    columns, labelled = _merge_labels(names, labelled)
    places = [place for place in range(len(columns)) if not _repeats(columns, labelled, place)]
    folded = () if in_words else _list_folded(names, columns, places)
    head = write_head if in_words else split_words
    titles = tuple(head(columns[place]) for place in places)
    cells = tuple(tuple(row[place] for place in places) for row in labelled)
    if in_words:
        shown = [columns[place] for place in places]
        cells = tuple(tuple(map(_write_out, row, shown)) for row in cells)
    kind = answer.kind == "statements"
    return ResultTable(titles, cells, answer.total or 0, statements=kind, folded=folded)


def _list_folded(names: list[str], columns: list[str], places: list[int]) -> tuple[str, ...]:
    """Return the variables that have no column of their own, since it would repeat another."""
    shown = {columns[place] for place in places}
    return tuple(name for name in names if name not in shown)


def _write_out(cell: Cell, column: str) -> Cell:
    """Return the cell without the CURIE of a thing, and of a date with its words."""
    if cell.iri:
        return replace(cell, note="") if cell.text != cell.note else cell
    midnight = cell.datatype == _DATE_TIME and cell.note in _MIDNIGHT
    if not (midnight or cell.datatype == _DATE or (column in _DATES)):
        return cell
    words = say_date(cell.text)
    return replace(cell, text=words, note="", sort=cell.text) if words != cell.text else cell


def make_file_table(result: ResultTable, title: str, locate: Callable[[str], str]) -> Table:
    """Return a result as a table for a file; things lead to the address that `locate` gives.

    A column of days or of numbers alone holds days or numbers.
    """
    kinds = [
        _find_kind([row[place] for row in result.rows]) for place in range(len(result.columns))
    ]
    columns = tuple(map(partial(Column, width=28), result.columns, kinds))

    def read(cell: Cell, kind: str) -> str | Thing:
        if cell.iri:
            return Thing(locate(cell.iri), cell.text)
        return cell.sort or cell.text if kind == "day" else cell.text

    rows = [tuple(map(read, row, kinds)) for row in result.rows]
    return Table(title, columns, rows)


def _find_kind(cells: Iterable[Cell]) -> str:
    filled = [cell for cell in cells if cell.text]
    if filled and all(_DAY.fullmatch(cell.sort or cell.text) for cell in filled):
        return "day"
    return "number" if filled and all(cell.number for cell in filled) else "text"


def query_labels(engine: Engine, things: set[str]) -> dict[str, str]:
    """Return the English label, or else the one without a language, of each thing that has one."""
    if not things:
        return {}
    terms = " ".join(str(ox.NamedNode(thing)) for thing in sorted(things))
    request = QueryRequest(_PROLOGUE + _LABELS.format(things=terms), statements="ntriples")
    return rdf.read_labels(ox.parse(engine.answer(request).body, format=ox.RdfFormat.N_TRIPLES))


def _read_json_term(value: dict) -> Cell:
    if value["type"] == "uri":
        return Cell(value["value"], iri=value["value"])
    if value["type"] == "bnode":
        return Cell(f"_:{value['value']}")
    if value["type"] == "triple":
        return Cell(" ".join(_read_json_term(part).text for part in value["value"].values()))
    return _read_literal(value["value"], value.get("xml:lang"), value.get("datatype"))


def _read_term(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Cell:
    if isinstance(term, ox.NamedNode):
        return Cell(term.value, iri=term.value)
    if isinstance(term, ox.Literal):
        return _read_literal(term.value, term.language, term.datatype.value)
    return Cell(str(term))


def _read_literal(text: str, language: str | None, datatype: str | None) -> Cell:
    if datatype in _NUMBERS:
        return Cell(text, number=True, datatype=datatype)
    if datatype == _DATE_TIME:
        day, _, time = text.partition("T")
        return Cell(day, note=time, number=True, datatype=datatype)
    if datatype == _DATE:
        return Cell(text, number=True, datatype=datatype)
    if datatype and datatype not in _PLAIN:
        return Cell(text, note=compact(datatype), datatype=datatype)
    tag = language if language and language.lower() != "en" else ""
    return Cell(text, note=tag, language=tag)


def _merge_labels(
    columns: list[str], rows: tuple[tuple[Cell, ...], ...]
) -> tuple[list[str], tuple[tuple[Cell, ...], ...]]:
    """Return columns and rows with each column x of things and its xLabel as one, headed x.

    Its cells link to the thing under the label that the query gave; where there is no thing, they
    have the label alone. A column that holds anything but things stays beside its label.
    """
    places = ((columns.index(label), columns.index(x)) for label, x in pair_labels(columns).items())
    pairs = {
        label: thing
        for label, thing in places
        if all(row[thing].iri or not row[thing].text for row in rows)
    }
    shown = [place for place in range(len(columns)) if place not in pairs.values()]
    heads = [columns[pairs.get(place, place)] for place in shown]
    merged = tuple(
        tuple(
            _merge(row[pairs[place]], row[place]) if place in pairs else row[place]
            for place in shown
        )
        for row in rows
    )
    return heads, merged


def _merge(thing: Cell, label: Cell) -> Cell:
    if not thing.iri or not label.text:
        return thing if thing.iri else label
    note = compact(thing.iri).strip("<>")
    return Cell(label.text, iri=thing.iri, note=note, language=label.language)


def _repeats(columns: list[str], rows: tuple[tuple[Cell, ...], ...], place: int) -> bool:
    """Return whether a column of labels only repeats the labels of the things before it."""
    if place == 0 or not columns[place].lower().endswith("label"):
        return False
    return all(row[place].text == row[place - 1].text and row[place - 1].iri for row in rows)


def _add_label(cell: Cell, labels: dict[str, str]) -> Cell:
    """Return the cell of a thing with its label as text and its CURIE as note."""
    if not cell.iri:
        return cell
    name = compact(cell.iri).strip("<>")
    label = labels.get(cell.iri)
    language = getattr(label, "language", "")
    return Cell(label or name, iri=cell.iri, note=name if label else "", language=language)

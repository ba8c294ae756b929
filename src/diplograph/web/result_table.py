"""Turn a query result into a table for a page: labels of things instead of IRIs, CURIEs beside."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from diplograph.core import rdf
from diplograph.core.names import PREFIXES, compact
from diplograph.sparql.results import pair_labels
from diplograph.store.interface import PAGE, PAGE_ROWS, Answer, Engine, QueryRequest

_PROLOGUE = f"PREFIX rdfs: <{PREFIXES['rdfs']}>\nPREFIX skos: <{PREFIXES['skos']}>\n"
_LABELS = """CONSTRUCT {{ ?thing ?property ?label }} WHERE {{
  VALUES ?thing {{ {things} }}
  VALUES ?property {{ rdfs:label skos:prefLabel }}
  ?thing ?property ?label
  FILTER(LANG(?label) IN ("", "en"))
}}"""
_WORD_BREAK = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
# Datatypes that a reader recognises from the value itself, so that the table need not name them.
_PLAIN = {
    PREFIXES["rdf"] + "langString",
    *(PREFIXES["xsd"] + name for name in ("string", "boolean", "date", "anyURI")),
}
_DATE_TIME = PREFIXES["xsd"] + "dateTime"
_NUMBERS = {
    PREFIXES["xsd"] + name for name in ("integer", "decimal", "double", "nonNegativeInteger")
}


@dataclass(frozen=True)
class Cell:
    """One value: its text, the IRI it stands for (if any), and a note in small print.

    `language` is the tag of the text's language, empty for English and for none.
    """

    text: str = ""
    iri: str | None = None
    note: str = ""
    number: bool = False
    language: str = ""


@dataclass(frozen=True)
class ResultTable:
    """What a page shows of a result: column titles, the rows shown, and how many there are.

    `verdict` is the answer to ASK; `statements` is true for the rows of CONSTRUCT and DESCRIBE.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    total: int
    verdict: bool | None = None
    statements: bool = False

    @property
    def cut(self) -> bool:
        """Whether there are more rows than are shown."""
        return self.total > len(self.rows)


def split_words(name: str) -> str:
    """Return the name of a variable as words: `eventCount` and `event_count` as "event count"."""
    return _WORD_BREAK.sub(" ", name).lower()


def answer_question(
    engine: Engine, text: str, shown: int = PAGE_ROWS, known: Mapping[str, str] | None = None
) -> ResultTable:
    """Return the answer to a query's text as a table of its first rows: see read_answer."""
    return read_answer(engine, engine.answer(QueryRequest(text, PAGE, PAGE, shown=shown)), known)


def read_answer(
    engine: Engine, answer: Answer, known: Mapping[str, str] | None = None
) -> ResultTable:
    """Return `answer`, requested in the format PAGE, as a table with labels.

    The labels of things that are not among those `known`, by IRI, are queried from `engine`.
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
    columns, labelled = _merge_labels(list(columns), labelled)
    places = [place for place in range(len(columns)) if not _repeats(columns, labelled, place)]
    titles = tuple(split_words(columns[place]) for place in places)
    cells = tuple(tuple(row[place] for place in places) for row in labelled)
    return ResultTable(titles, cells, answer.total or 0, statements=answer.kind == "statements")


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
        return Cell(text, number=True)
    if datatype == _DATE_TIME:
        day, _, time = text.partition("T")
        return Cell(day, note=time, number=True)
    if datatype and datatype not in _PLAIN:
        return Cell(text, note=compact(datatype))
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

"""A result as a table for people: things shown by their label, their CURIE beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from diplograph.core.names import PREFIXES, compact
from diplograph.store.interface import Answer, Engine
from diplograph.web.labels import read_labels

_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
# What a reader sees at once that a value is, so that the page need not say it.
_PLAIN = {
    PREFIXES["rdf"] + "langString",
    *(PREFIXES["xsd"] + name for name in ("string", "boolean", "date", "anyURI")),
}
_MOMENT = PREFIXES["xsd"] + "dateTime"
_NUMBERS = {
    PREFIXES["xsd"] + name for name in ("integer", "decimal", "double", "nonNegativeInteger")
}


@dataclass(frozen=True)
class Cell:
    """One value: its text, the IRI it names if it names one, and what is worth adding in small."""

    text: str = ""
    iri: str | None = None
    note: str = ""
    number: bool = False


@dataclass(frozen=True)
class Table:
    """What a page shows of a result: column titles, the rows shown, and how many there are.

    `verdict` is the answer to ASK; `statements` says that the rows are what CONSTRUCT or DESCRIBE
    gave.
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


def read_answer(engine: Engine, answer: Answer, known: Mapping[str, str] | None = None) -> Table:
    """Return `answer`, one that was asked for as a PAGE, as a table with labels.

    `engine` is asked for the labels of things that are not among those `known`, by IRI.
    """
    if answer.kind == "boolean":
        return Table((), (), 0, json.loads(answer.body)["boolean"])
    if answer.kind == "statements":
        columns, rows = ["subject", "predicate", "object"], _read_statements(answer.body)
    else:
        columns, rows = _read_solutions(answer.body)
    things = {cell.iri for row in rows for cell in row if cell.iri}
    labels = {iri: known[iri] for iri in things if known and iri in known}
    labels |= read_labels(engine, things - labels.keys())
    labelled = tuple(tuple(_label(cell, labels) for cell in row) for row in rows)
    kept = [place for place in range(len(columns)) if not _repeats(columns, labelled, place)]
    titles = tuple(_WORDS.sub(" ", columns[place]).lower() for place in kept)
    cells = tuple(tuple(row[place] for place in kept) for row in labelled)
    return Table(titles, cells, answer.total or 0, statements=answer.kind == "statements")


def _read_solutions(body: bytes) -> tuple[list[str], list[tuple[Cell, ...]]]:
    result = json.loads(body)
    columns = result["head"]["vars"]
    rows = [
        tuple(_cell(row[column]) if column in row else Cell() for column in columns)
        for row in result["results"]["bindings"]
    ]
    return columns, rows


def _read_statements(body: bytes) -> list[tuple[Cell, ...]]:
    triples = ox.parse(body, format=ox.RdfFormat.N_TRIPLES)
    return [tuple(_term_cell(term) for term in each.triple) for each in triples]


def _cell(value: dict) -> Cell:
    if value["type"] == "uri":
        return Cell(value["value"], iri=value["value"])
    if value["type"] == "bnode":
        return Cell(f"_:{value['value']}")
    if value["type"] == "triple":
        return Cell(" ".join(_cell(part).text for part in value["value"].values()))
    return _literal(value["value"], value.get("xml:lang"), value.get("datatype"))


def _term_cell(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Cell:
    if isinstance(term, ox.NamedNode):
        return Cell(term.value, iri=term.value)
    if isinstance(term, ox.Literal):
        return _literal(term.value, term.language, term.datatype.value)
    return Cell(str(term))


def _literal(text: str, language: str | None, datatype: str | None) -> Cell:
    if datatype in _NUMBERS:
        return Cell(text, number=True)
    if datatype == _MOMENT:
        day, _, time = text.partition("T")
        return Cell(day, note=time, number=True)
    note = language if language and language != "en" else ""
    if datatype and datatype not in _PLAIN:
        note = compact(datatype)
    return Cell(text, note=note)


def _repeats(columns: list[str], rows: tuple[tuple[Cell, ...], ...], place: int) -> bool:
    """Return whether a column of labels says only what the things before it already show."""
    if place == 0 or not columns[place].lower().endswith("label"):
        return False
    return all(row[place].text == row[place - 1].text and row[place - 1].iri for row in rows)


def _label(cell: Cell, labels: dict[str, str]) -> Cell:
    """Return the cell of a thing with its label as text and its CURIE as note."""
    if not cell.iri:
        return cell
    name = compact(cell.iri).strip("<>")
    label = labels.get(cell.iri)
    return Cell(label or name, iri=cell.iri, note=name if label else "")

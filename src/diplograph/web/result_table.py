"""A result as a table for people: things shown by their label, their CURIE beside it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from diplograph.build.questions import Parameter
from diplograph.core import rdf
from diplograph.core.errors import AmbiguousThing, UnknownThing
from diplograph.core.names import PREFIXES, compact
from diplograph.core.settings import PAGE_ROWS
from diplograph.store.interface import PAGE, Answer, Engine, QueryRequest
from diplograph.views.search import SearchIndex

_PROLOGUE = f"PREFIX rdfs: <{PREFIXES['rdfs']}>\nPREFIX skos: <{PREFIXES['skos']}>\n"
_LABELS = """
CONSTRUCT {{ ?thing ?property ?label }} WHERE {{
  VALUES ?thing {{ {things} }}
  VALUES ?property {{ rdfs:label skos:prefLabel }}
  ?thing ?property ?label
  FILTER(LANG(?label) IN ("", "en"))
}}"""
_THINGS = """
SELECT DISTINCT ?thing ?label WHERE {{
  ?thing rdfs:label|skos:prefLabel ?label
  FILTER(LANG(?label) IN ("", "en") && ISIRI(?thing) && LCASE(STR(?label)) IN ({labels}))
}}
ORDER BY ?thing ?label"""
# A CURIE or an IRI: a label has spaces about its words, or no colon.
_NAME = re.compile(r"<[^<>\s]*>|[\w-]+:[^\s,]+")


def query_labels(engine: Engine, things: set[str]) -> dict[str, str]:
    """Return the English label, or else the one without a language, of each thing that has one."""
    if not things:
        return {}
    listed = " ".join(str(ox.NamedNode(thing)) for thing in sorted(things))
    text = _PROLOGUE + _LABELS.format(things=listed)
    body = engine.answer(QueryRequest(text, statements="ntriples")).body
    return rdf.read_labels(ox.parse(body, format=ox.RdfFormat.N_TRIPLES))


def resolve_label(
    engine: Engine, parameter: Parameter, typed: str, index: SearchIndex | None = None
) -> str | list[str]:
    """Return what was typed for a parameter with the labels in it replaced by IRIs.

    Several things are parted by commas, CURIEs and IRIs also by spaces. Where the default is UNDEF,
    which may stand for a text as well, a label that nothing has stays a text. Labels are looked up
    in `index` where there is one, which spares the engine. Raises UnknownThing and AmbiguousThing,
    naming the parameter.
    """
    if any(isinstance(term, ox.Literal) for term in parameter.terms):
        return typed
    parts = [part.strip() for part in typed.split(",") if part.strip()]
    spoken = {part for part in parts if not all(map(_NAME.fullmatch, part.split()))}
    if not spoken:
        return [name for part in parts for name in part.split()] or typed
    whole = typed.strip()
    sought = spoken | {whole}
    found = _find(engine, sought) if index is None else index.find_called(sought)
    if found[whole]:
        return _only(parameter, whole, found[whole])
    values: list[str] = []
    for part in parts:
        if part not in spoken:
            values += part.split()
        elif found[part]:
            values.append(_only(parameter, part, found[part]))
        elif parameter.names_things:
            raise UnknownThing(f"{parameter.name}: nothing here is called {part!r}")
        else:
            return typed
    return values


def _find(engine: Engine, spoken: set[str]) -> dict[str, list[str]]:
    """Return for each label the things that have it exactly, else whatever its case."""
    listed = ", ".join(sorted({f"LCASE({ox.Literal(label)})" for label in spoken}))
    exact: dict[str, list[str]] = {label: [] for label in spoken}
    folded: dict[str, list[str]] = {label.casefold(): [] for label in spoken}
    for row in _ask(engine, _THINGS.format(labels=listed)):
        thing, label = row["thing"]["value"], row["label"]["value"]
        exact.setdefault(label, []).append(thing)
        folded.setdefault(label.casefold(), []).append(thing)
    return {label: exact[label] or folded[label.casefold()] for label in spoken}


def _only(parameter: Parameter, label: str, things: list[str]) -> str:
    different = sorted(set(things))
    if len(different) > 1:
        listed = ", ".join(compact(each) for each in different)
        message = f"{parameter.name}: {label!r} names several things: choose one of {listed}"
        raise AmbiguousThing(message)
    return different[0]


def _ask(engine: Engine, text: str) -> list[dict]:
    answer = engine.answer(QueryRequest(_PROLOGUE + text, solutions="json"))
    return json.loads(answer.body)["results"]["bindings"]


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
class ResultTable:
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


def read_answer(
    engine: Engine, answer: Answer, known: Mapping[str, str] | None = None
) -> ResultTable:
    """Return `answer`, one that was asked for as a PAGE, as a table with labels.

    `engine` is asked for the labels of things that are not among those `known`, by IRI.
    """
    if answer.kind == "boolean":
        return ResultTable((), (), 0, json.loads(answer.body)["boolean"])
    if answer.kind == "statements":
        columns, rows = ["subject", "predicate", "object"], _read_statements(answer.body)
    else:
        columns, rows = _read_solutions(answer.body)
    things = {cell.iri for row in rows for cell in row if cell.iri}
    labels = {iri: known[iri] for iri in things if known and iri in known}
    labels |= query_labels(engine, things - labels.keys())
    labelled = tuple(tuple(_label(cell, labels) for cell in row) for row in rows)
    kept = [place for place in range(len(columns)) if not _repeats(columns, labelled, place)]
    titles = tuple(_WORDS.sub(" ", columns[place]).lower() for place in kept)
    cells = tuple(tuple(row[place] for place in kept) for row in labelled)
    return ResultTable(titles, cells, answer.total or 0, statements=answer.kind == "statements")


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


def answer_question(
    engine: Engine, text: str, shown: int = PAGE_ROWS, known: Mapping[str, str] | None = None
) -> ResultTable:
    """Return the answer to a query's text as a table of its first rows, with labels.

    Those `known`, by IRI, are not asked for.
    """
    return read_answer(engine, engine.answer(QueryRequest(text, PAGE, PAGE, shown=shown)), known)

"""SPARQL queries of the views: fill in parameters, run on an engine, read rows as things."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from diplograph.build.questions import Question, read_question
from diplograph.core.names import VOCABULARY_LABELS, compact, expand, is_curie
from diplograph.core.rdf import Term
from diplograph.core.things import Thing, by_label, tag_text
from diplograph.store.interface import Engine, QueryRequest

QUERY_FOLDER = Path(__file__).parent / "queries"
# Fills a parameter when none of the values given is an IRI: no thing has this name.
_NO_THING = ox.NamedNode("urn:x-diplograph:nobody")

BindingRow = dict[str, str]


@dataclass
class QueryRunner:
    """Runs queries on one engine for one client; `texts` lists the queries sent so far.

    A page makes one of its own and sends at most twelve. The methods raise what the engine raises.
    """

    engine: Engine
    client: str = ""
    texts: list[str] = field(default_factory=list)

    def rows(self, text: str, written: tuple[str, str, str] | tuple[()] = ()) -> list[BindingRow]:
        """Return the solutions of a SELECT: variable to IRI or text, unbound variables left out.

        A text that is not in English has its language: see TaggedText. `written` as in
        QueryRequest: variables of a statement whose value is given as written.
        """
        return [
            {name: _read_text(term) for name, term in binding.items()}
            for binding in self._bindings(text, written)
        ]

    def row(self, text: str) -> BindingRow:
        """Return the first solution of a SELECT, empty where there is none."""
        return next(iter(self.rows(text)), {})

    def terms(self, text: str) -> list[dict[str, Term]]:
        """Return the solutions of a SELECT with their terms, unbound variables left out."""
        return [
            {name: _read_term(term) for name, term in binding.items()}
            for binding in self._bindings(text, ())
        ]

    def triples(self, text: str) -> list[ox.Triple]:
        """Return the statements of a CONSTRUCT or DESCRIBE."""
        body = self._run(text, statements="ntriples")
        return [quad.triple for quad in ox.parse(body, format=ox.RdfFormat.N_TRIPLES)]

    def quads(self, text: str) -> list[ox.Quad]:
        """Return the statements ?subject ?property ?value in ?graph of a SELECT, as written."""
        names = ("subject", "property", "value")
        return [
            ox.Quad(*(_read_term(binding[name]) for name in (*names, "graph")))
            for binding in self._bindings(text, names)
        ]

    def _bindings(self, text: str, written: tuple[str, ...]) -> list[dict[str, dict[str, str]]]:
        body = self._run(text, solutions="json", written=written)
        return json.loads(body)["results"]["bindings"]

    def _run(self, text: str, **options: str | tuple[str, ...]) -> bytes:
        self.texts.append(text)
        return self.engine.answer(QueryRequest(text, **options), self.client).body


@cache
def read_query(name: str) -> Question:
    """Return the query in queries/`name`.rq with its parameters."""
    return read_question(QUERY_FOLDER / f"{name}.rq")


def fill_query(name: str, **parameters: object) -> str:
    """Return the text of the query called `name` with these parameters filled in.

    Texts and blank nodes in a list of things are left out. Raises what `Question.filled` raises.
    """
    query = read_query(name)
    thing_names = {parameter.name for parameter in query.parameters if parameter.names_things}
    return query.filled(
        **{
            name: _select_iris(value) if name in thing_names else value
            for name, value in parameters.items()
        }
    )


def thing(row: BindingRow, name: str) -> Thing | None:
    """Return the thing that `?name` of a row names, with its `?nameLabel`; None where unbound."""
    if name not in row:
        return None
    iri = row[name]
    return Thing(iri, row.get(f"{name}Label") or VOCABULARY_LABELS.get(iri) or compact(iri))


def things(rows: Iterable[BindingRow], name: str) -> tuple[Thing, ...]:
    """Return the things that `?name` of some rows names, without repetition, by label."""
    return by_label({thing(row, name) for row in rows if name in row})


def group_rows(rows: Iterable[BindingRow], name: str) -> dict[str, list[BindingRow]]:
    """Return the rows by their value of `?name`, in their order."""
    groups: dict[str, list[BindingRow]] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    return groups


def values(name: str, iris: Iterable[str]) -> str:
    """Return the line `VALUES ?name { <iri> ... }`; raises ValueError for what is no IRI."""
    return f"VALUES ?{name} {{ {' '.join(str(ox.NamedNode(iri)) for iri in iris)} }}"


def _read_text(term: dict[str, str]) -> str:
    """Return the IRI or text of a term of SPARQL 1.1 Query Results JSON."""
    return tag_text(term["value"], term["xml:lang"]) if "xml:lang" in term else term["value"]


def _read_term(term: dict[str, str]) -> Term:
    """Return a term of SPARQL 1.1 Query Results JSON."""
    if term["type"] == "uri":
        return ox.NamedNode(term["value"])
    if term["type"] == "bnode":
        return ox.BlankNode(term["value"])
    if "xml:lang" in term:
        return ox.Literal(term["value"], language=term["xml:lang"])
    datatype = term.get("datatype")
    return ox.Literal(term["value"], datatype=datatype and ox.NamedNode(datatype))


def _select_iris(value: object) -> object:
    """Return the IRIs of a list, or `_NO_THING` where it has none; other values unchanged."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return value
    listed = list(value)
    return [iri for iri in map(_read_iri, listed) if iri] or (_NO_THING if listed else listed)


def _read_iri(name: object) -> ox.NamedNode | None:
    """Return what a CURIE, an IRI or a thing names, None where that is no IRI."""
    text = getattr(name, "iri", name)
    if isinstance(text, ox.NamedNode):
        return text
    try:
        return ox.NamedNode(expand(text) if is_curie(text) else text)
    except ValueError:
        return None

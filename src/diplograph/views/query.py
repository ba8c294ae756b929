"""Queries whose rows are read here: what every view is made of."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from diplograph.build.questions import Question, read_question
from diplograph.core.names import compact, expand, is_curie
from diplograph.core.serialization import write_statements
from diplograph.core.things import Thing
from diplograph.store.interface import Engine, QueryRequest

BindingRow = dict[str, str]


@dataclass
class QueryRunner:
    """Asks one engine on behalf of one client, and keeps what it asked.

    A page makes one and asks at most twelve queries, however much its thing is linked.
    """

    engine: Engine
    client: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        """What names the build that answers."""
        return self.engine.digest

    def rows(self, text: str) -> list[BindingRow]:
        """Return the solutions of a SELECT, variable to IRI or text; unbound ones are not there.

        Raises what the engine raises.
        """
        bindings = json.loads(self._ask(text, solutions="json"))["results"]["bindings"]
        return [{name: term["value"] for name, term in each.items()} for each in bindings]

    def row(self, text: str) -> BindingRow:
        """Return the first solution of a SELECT, empty where there is none."""
        return next(iter(self.rows(text)), {})

    def holds(self, text: str) -> bool:
        """Return the answer to an ASK."""
        return json.loads(self._ask(text, solutions="json"))["boolean"]

    def triples(self, text: str) -> list[ox.Triple]:
        """Return the statements of a CONSTRUCT or DESCRIBE."""
        body = self._ask(text, statements="ntriples")
        return [each.triple for each in ox.parse(body, format=ox.RdfFormat.N_TRIPLES)]

    def write(self, text: str, form: str) -> bytes:
        """Return the statements of a CONSTRUCT in the format called `form` in STATEMENTS."""
        return write_statements(self.triples(text), form)

    def _ask(self, text: str, **forms: str) -> bytes:
        self.asked.append(text)
        return self.engine.answer(QueryRequest(text, **forms), self.client).body


def thing(row: BindingRow, name: str) -> Thing | None:
    """Return the thing that `?name` of a row names, by its `?nameLabel`; None where it is unbound.

    >>> thing({"who": "https://w3id.org/diplograph/id/state/IND", "whoLabel": "India"}, "who").label
    'India'
    """
    if name not in row:
        return None
    return Thing(row[name], row.get(f"{name}Label") or compact(row[name]))


def things(rows: list[BindingRow], name: str) -> tuple[Thing, ...]:
    """Return the things that `?name` of some rows names, each once, by label."""
    found = {each for each in (thing(row, name) for row in rows) if each}
    return tuple(sorted(found, key=lambda each: (each.label, each.iri)))


def values(name: str, iris: object) -> str:
    """Return the line `VALUES ?name { <iri> ... }`; raises ValueError for what is no IRI."""
    return f"VALUES ?{name} {{ {' '.join(str(ox.NamedNode(iri)) for iri in iris)} }}"


QUERY_FOLDER = Path(__file__).parent / "queries"
# Stands for a list in which nothing is left; no thing has this name.
_NOBODY = ox.NamedNode("urn:x-diplograph:nobody")


@cache
def read_query(name: str) -> Question:
    """Return the query called `name`; its parameters are filled with `filled`."""
    return read_question(QUERY_FOLDER / f"{name}.rq")


def fill_query(name: str, **parameters: object) -> str:
    """Return the text of the query called `name` with these values; raises what `filled` raises.

    A list of things is what the graph gave before; where that names a thing by a text or by a
    blank node, it is left out, for there is nothing to ask about.
    """
    query = read_query(name)
    things = {each.name for each in query.parameters if each.names_things}
    return query.filled(
        **{key: _keep(value) if key in things else value for key, value in parameters.items()}
    )


def _keep(value: object) -> object:
    """Return the IRIs of a list, or what stands for none; anything but a list as it is."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return value
    given = list(value)
    kept = [each for each in map(_read_iri, given) if each]
    return kept or (_NOBODY if given else given)


def _read_iri(thing: object) -> ox.NamedNode | None:
    text = getattr(thing, "iri", thing)
    if isinstance(text, ox.NamedNode):
        return text
    try:
        return ox.NamedNode(expand(text) if is_curie(text) else text)
    except ValueError:
        return None

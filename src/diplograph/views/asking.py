"""Queries whose rows are read here: what every view is made of."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pyoxigraph as ox

from diplograph.core.formats import write_statements
from diplograph.core.names import compact
from diplograph.store.interface import Engine, QueryRequest
from diplograph.things import Thing

Row = dict[str, str]


@dataclass
class Asking:
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

    def rows(self, text: str) -> list[Row]:
        """Return the solutions of a SELECT, variable to IRI or text; unbound ones are not there.

        Raises what the engine raises.
        """
        bindings = json.loads(self._ask(text, solutions="json"))["results"]["bindings"]
        return [{name: term["value"] for name, term in each.items()} for each in bindings]

    def row(self, text: str) -> Row:
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


def thing(row: Row, name: str) -> Thing | None:
    """Return the thing that `?name` of a row names, by its `?nameLabel`; None where it is unbound.

    >>> thing({"who": "https://w3id.org/diplograph/id/state/IND", "whoLabel": "India"}, "who").label
    'India'
    """
    if name not in row:
        return None
    return Thing(row[name], row.get(f"{name}Label") or compact(row[name]))


def things(rows: list[Row], name: str) -> tuple[Thing, ...]:
    """Return the things that `?name` of some rows names, each once, by label."""
    found = {each for each in (thing(row, name) for row in rows) if each}
    return tuple(sorted(found, key=lambda each: (each.label, each.iri)))


def values(name: str, iris: object) -> str:
    """Return the line `VALUES ?name { <iri> ... }`; raises ValueError for what is no IRI."""
    return f"VALUES ?{name} {{ {' '.join(str(ox.NamedNode(iri)) for iri in iris)} }}"

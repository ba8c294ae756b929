"""Literals as files have them, where Oxigraph stores an equal value in another form.

Oxigraph keeps numbers, booleans, dates, times and durations as values: `"06"^^xsd:positiveInteger`
comes back as `"6"^^xsd:integer`. What was written is noted beside the store, of changed literals
only, and given back for stored statements.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

import pyoxigraph as ox

from diplograph.core.names import in_default_graph
from diplograph.core.serialization import IMPLICIT_DATATYPES

_Form = tuple[str, ox.Literal]  # a graph's IRI, and the literal as it is written there


class WrittenLiterals:
    """The literals of a store's statements that Oxigraph changes, as they were written."""

    def __init__(self, quads: Iterable[ox.Quad], store: ox.Store):
        """Note the changed literals of `quads`, statements of named graphs, which `store` holds.

        Most values are written in one form wherever they have one property, and are noted once;
        where there are several forms, each statement is noted.
        """
        self._store = store
        # What is stored, and what is written, by each property of which a literal is changed.
        self._by_property: dict[ox.NamedNode, dict[ox.Literal, ox.Literal]] = {}
        self._by_statement: dict[ox.Triple, tuple[_Form, ...]] = {}
        typed = [
            quad
            for quad in quads
            if type(value := quad.object) is ox.Literal
            and value.datatype.value not in IMPLICIT_DATATYPES
        ]
        pairs = {(quad.predicate, quad.object) for quad in typed}
        changed = find_changed(literal for _, literal in pairs)
        if changed:
            self._note(typed, pairs, changed)

    def restore(
        self, triple: ox.Triple, graphs: Collection[str] | None = None
    ) -> tuple[ox.Triple, ...]:
        """Return a statement as it is written in `graphs`, by default in any but the shapes.

        It is returned as it is where it is not stored, and in each of its forms where the graphs
        write its value in several.
        """
        noted = self._by_property.get(triple.predicate)
        if noted is None:
            return (triple,)
        literal = noted.get(triple.object)
        if literal is not None:
            if next(self._store.quads_for_pattern(*triple, None), None) is None:
                return (triple,)
            return (ox.Triple(triple.subject, triple.predicate, literal),)
        forms = self._by_statement.get(triple)
        if not forms:
            return (triple,)
        literals = _choose_forms(forms, graphs) or {literal: None for _, literal in forms}
        return tuple(ox.Triple(triple.subject, triple.predicate, literal) for literal in literals)

    def restore_all(
        self, triples: Iterable[ox.Triple], graphs: Collection[str] | None = None
    ) -> Iterator[ox.Triple]:
        """Yield what `restore` returns for each statement."""
        for triple in triples:
            if type(triple.object) is ox.Literal:
                yield from self.restore(triple, graphs)
            else:
                yield triple

    def count_more(self, graphs: Collection[str] | None = None) -> int:
        """Return how many statements `restore` gives beyond those that the store counts."""
        forms = (len(_choose_forms(forms, graphs)) for forms in self._by_statement.values())
        return sum(number - 1 for number in forms if number)

    def _note(
        self,
        typed: Iterable[ox.Quad],
        pairs: Iterable[tuple[ox.NamedNode, ox.Literal]],
        changed: Mapping[ox.Literal, ox.Literal],
    ) -> None:
        """Note the literals of `typed` by their property, or by statement; `pairs` are of both."""
        several = set()
        for predicate, literal in pairs:
            stored = changed.get(literal, literal)
            if self._by_property.setdefault(predicate, {}).setdefault(stored, literal) != literal:
                several.add((predicate, stored))
        for predicate, literals in self._by_property.items():
            self._by_property[predicate] = {
                stored: literal
                for stored, literal in literals.items()
                if stored != literal and (predicate, stored) not in several
            }
        for quad in typed if several else ():
            stored = changed.get(quad.object, quad.object)
            if (quad.predicate, stored) in several:
                triple = ox.Triple(quad.subject, quad.predicate, stored)
                form = (quad.graph_name.value, quad.object)
                self._by_statement[triple] = (*self._by_statement.get(triple, ()), form)


class WrittenSolutions:
    """The solutions of a SELECT, of which one variable is the value of a stored statement."""

    def __init__(
        self,
        solutions: ox.QuerySolutions,
        statement: tuple[str, str, str],
        literals: WrittenLiterals,
    ):
        """`statement` names the variables of its subject, predicate and value."""
        self.variables = solutions.variables
        self._solutions, self._statement, self._literals = solutions, statement, literals

    def __iter__(self) -> Iterator[dict[str, ox.NamedNode | ox.BlankNode | ox.Literal | None]]:
        """Yield variable to term; a solution once for each form in which its value is written."""
        names = [variable.value for variable in self.variables]
        subject, predicate, value = self._statement
        for solution in self._solutions:
            terms = {name: solution[name] for name in names}
            if not isinstance(terms[value], ox.Literal) or not terms[subject]:
                yield terms
                continue
            triple = ox.Triple(terms[subject], terms[predicate], terms[value])
            for written in self._literals.restore(triple):
                yield {**terms, value: written.object}


def find_changed(literals: Iterable[ox.Literal]) -> dict[ox.Literal, ox.Literal]:
    """Return the literals that Oxigraph's store changes, and what it makes of each."""
    distinct = list(dict.fromkeys(literals))
    store, property_ = ox.Store(), ox.NamedNode("urn:x-diplograph:literal")
    store.bulk_extend(
        ox.Quad(ox.NamedNode(f"urn:x-diplograph:{number}"), property_, literal)
        for number, literal in enumerate(distinct)
    )
    changed = {}
    for quad in store:
        literal = distinct[int(quad.subject.value.rpartition(":")[2])]
        if literal != quad.object:
            changed[literal] = quad.object
    return changed


def _choose_forms(forms: Iterable[_Form], graphs: Collection[str] | None) -> dict[ox.Literal, None]:
    """Return the literals of `forms` in `graphs`, by default in any but the shapes, each once."""
    return {
        literal: None
        for graph, literal in forms
        if (in_default_graph(graph) if graphs is None else graph in graphs)
    }

"""Statements in memory, found by subject and by value: for graphs as small as an ontology."""

from __future__ import annotations

from collections.abc import Iterable

import pyoxigraph as ox

from diplograph.core.names import PREFIXES

Node = ox.NamedNode | ox.BlankNode
Value = ox.NamedNode | ox.BlankNode | ox.Literal

_FIRST, _REST, _TYPE = (
    ox.NamedNode(PREFIXES["rdf"] + local) for local in ("first", "rest", "type")
)
_NIL = ox.NamedNode(PREFIXES["rdf"] + "nil")


class Indexed:
    """The statements of one graph; what it returns is sorted, so that pages are always the same."""

    def __init__(self, triples: Iterable[ox.Triple]):
        self.triples = tuple(sorted(set(triples), key=str))
        self._values: dict[tuple[Node, ox.NamedNode], list[Value]] = {}
        self._about: dict[Node, list[ox.Triple]] = {}
        self._mentions: dict[Value, list[ox.Triple]] = {}
        for triple in self.triples:
            self._values.setdefault((triple.subject, triple.predicate), []).append(triple.object)
            self._about.setdefault(triple.subject, []).append(triple)
            if not isinstance(triple.object, ox.Literal):
                self._mentions.setdefault(triple.object, []).append(triple)

    def values(self, subject: Node | str, predicate: str) -> list[Value]:
        """Return the values of a property."""
        return self._values.get((_node(subject), ox.NamedNode(predicate)), [])

    def iris(self, subject: Node | str, predicate: str) -> tuple[str, ...]:
        """Return the values of a property that are IRIs."""
        found = self.values(subject, predicate)
        return tuple(each.value for each in found if isinstance(each, ox.NamedNode))

    def texts(self, subject: Node | str, predicate: str) -> tuple[str, ...]:
        """Return the texts of a property: those in English, else those in no language, else any."""
        found = [each for each in self.values(subject, predicate) if isinstance(each, ox.Literal)]
        for languages in (("en",), (None,)):
            chosen = [each.value for each in found if each.language in languages]
            if chosen:
                return tuple(chosen)
        return tuple(each.value for each in found)

    def text(self, subject: Node | str, predicate: str) -> str:
        """Return the first text of a property, empty where it has none."""
        return next(iter(self.texts(subject, predicate)), "")

    def subjects(self, predicate: str, value: Value | str) -> tuple[str, ...]:
        """Return the IRIs of what has a value of a property."""
        wanted, found = ox.NamedNode(predicate), self._mentions.get(_node(value), [])
        return tuple(
            each.subject.value
            for each in found
            if each.predicate == wanted and isinstance(each.subject, ox.NamedNode)
        )

    def typed(self, kind: str) -> tuple[str, ...]:
        """Return the IRIs of what is said to be of a class."""
        return self.subjects(_TYPE.value, kind)

    def members(self, node: Value) -> tuple[Value, ...]:
        """Return the members of a list, in its order; none of what is no list."""
        found, seen = [], set()
        while isinstance(node, ox.NamedNode | ox.BlankNode) and node != _NIL and node not in seen:
            seen.add(node)
            found += self._values.get((node, _FIRST), [])[:1]
            node = next(iter(self._values.get((node, _REST), [])), _NIL)
        return tuple(found)

    def about(self, subject: Node | str) -> set[ox.Triple]:
        """Return the statements about a thing, and those about the blank nodes that it leads to."""
        found, waiting = set(), [_node(subject)]
        while waiting:
            for triple in self._about.get(waiting.pop(), []):
                if triple not in found and isinstance(triple.object, ox.BlankNode):
                    waiting.append(triple.object)
                found.add(triple)
        return found

    def mentions(self, value: Value | str) -> tuple[ox.Triple, ...]:
        """Return the statements that have a thing as their value."""
        return tuple(self._mentions.get(_node(value), []))


def _node(name: Value | str) -> Value:
    return ox.NamedNode(name) if isinstance(name, str) else name

"""Number blank nodes by what is stated of them, so that equal graphs get equal numbers.

Colour refinement with a worklist (Paige and Tarjan, 1987): n log n in the number of statements,
where RDFC-1.0 is exponential in the number of blank nodes that it cannot tell apart.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping

import pyoxigraph as ox

# Statements times nodes that are tried, some seconds' worth.
MOST_WORK = 100_000

_Statement = ox.Triple | ox.Quad
# Node to its edges: the other node, and a number for how the two are related.
_Edges = dict[ox.BlankNode, list[tuple[ox.BlankNode, int]]]


def number_blank_nodes(statements: Iterable[_Statement]) -> dict[ox.BlankNode, int]:
    """Return a number, from 0, for each blank node of `statements`.

    It depends on what is stated alone, except for nodes that refinement cannot tell apart and that
    are not interchangeable (as in regular graphs of equal size): these are taken in an order that
    follows from that of the statements.
    """
    return _partition(statements).number()


def order_blank_nodes(statements: Iterable[_Statement]) -> list[ox.BlankNode]:
    """Return the blank nodes of `statements` in an order that depends on what is stated alone.

    Unlike their numbers, it tells apart circles of several lengths: parts of the graph that share
    no blank node are ordered by their text. In each, any node of the first class that refinement
    leaves undivided may come first, and the one with the least text does. Where that is more work
    than MOST_WORK, the first node follows from the order of the statements.
    """
    ordered = []
    for part in _split_parts(statements):
        tied = _partition(part).find_tied()
        tried = tied if len(tied) * len(part) <= MOST_WORK else []
        ordered.append(min(_write_part(part, first) for first in tried or [None]))
    return [ox.BlankNode(node) for _, nodes in sorted(ordered) for node in nodes]


def _write_part(part: list[_Statement], first: ox.BlankNode | None) -> tuple[list[str], list[str]]:
    """Return the text of `part` with its nodes numbered, and the nodes by number."""
    numbers = _partition(part).number(first)
    labels = {node: ox.BlankNode(f"n{number}") for node, number in numbers.items()}
    text = sorted(map(str, relabel(part, labels)))
    return text, [node.value for node in sorted(numbers, key=numbers.__getitem__)]


def _split_parts(statements: Iterable[_Statement]) -> list[list[_Statement]]:
    """Return the statements that have blank nodes, those in one list that are linked by them."""
    above: dict[ox.BlankNode, ox.BlankNode] = {}

    def top(node: ox.BlankNode) -> ox.BlankNode:
        above.setdefault(node, node)
        while above[node] != node:
            above[node] = above[above[node]]
            node = above[node]
        return node

    linked = [(s, [node for _, node in _find_blank_nodes(s)]) for s in statements]
    for _, nodes in linked:
        for node in nodes:
            above[top(node)] = top(nodes[0])
    parts: dict[ox.BlankNode, list[_Statement]] = {}
    for statement, nodes in linked:
        if nodes:
            parts.setdefault(top(nodes[0]), []).append(statement)
    return list(parts.values())


def _partition(statements: Iterable[_Statement]) -> _Partition:
    """Return the blank nodes in classes by what each statement says of them."""
    about: dict[ox.BlankNode, list[str]] = {}
    related: list[tuple[ox.BlankNode, ox.BlankNode, str]] = []
    for statement in statements:
        places = list(_find_blank_nodes(statement))
        rest = _write_rest(statement) if places else ""
        for place, node in places:
            about.setdefault(node, []).append(f"{place} {rest}")
            others = ((other, second) for other, second in places if other != place)
            related += ((node, second, f"{place} {other} {rest}") for other, second in others)
    codes = {text: code for code, text in enumerate(sorted({text for *_, text in related}))}
    edges: _Edges = {node: [] for node in about}
    for node, other, text in related:
        edges[other].append((node, codes[text]))
    return _Partition(about, edges)


def relabel(
    statements: Iterable[_Statement], labels: Mapping[ox.BlankNode, ox.BlankNode]
) -> Iterator[_Statement]:
    """Yield the statements with blank nodes replaced, within triple terms too."""
    for statement in statements:
        yield type(statement)(*(_relabel_term(term, labels) for term in statement))


def has_blank_node(statement: _Statement) -> bool:
    """Return whether a blank node stands somewhere in `statement`, or in a triple term of it."""
    return any(
        isinstance(term, ox.BlankNode) or (isinstance(term, ox.Triple) and has_blank_node(term))
        for term in statement
    )


def _relabel_term(term: object, labels: Mapping[ox.BlankNode, ox.BlankNode]) -> object:
    if isinstance(term, ox.BlankNode):
        return labels[term]
    return next(relabel([term], labels)) if isinstance(term, ox.Triple) else term


def _find_blank_nodes(
    statement: _Statement, prefix: str = ""
) -> Iterator[tuple[str, ox.BlankNode]]:
    """Yield each blank node with its place, such as `2` for an object or `20` inside a term."""
    for number, term in enumerate(statement):
        if isinstance(term, ox.BlankNode):
            yield f"{prefix}{number}", term
        elif isinstance(term, ox.Triple):
            yield from _find_blank_nodes(term, f"{prefix}{number}")


def _write_rest(statement: _Statement) -> str:
    """Return the statement as text, with the same sign for every blank node."""
    parts = []
    for term in statement:
        if isinstance(term, ox.BlankNode):
            parts.append("_")
        else:
            parts.append(_write_rest(term) if isinstance(term, ox.Triple) else str(term))
    return f"({' '.join(parts)})"


class _Partition:
    """Classes of nodes not told apart yet, numbered in an order that depends on the graph alone."""

    def __init__(self, about: Mapping[ox.BlankNode, list[str]], edges: _Edges):
        self._edges = edges
        groups: dict[tuple[str, ...], dict[ox.BlankNode, None]] = {}
        for node, texts in about.items():
            groups.setdefault(tuple(sorted(texts)), {})[node] = None
        self._classes = [groups[key] for key in sorted(groups)]
        self._class_of = {
            node: number for number, nodes in enumerate(self._classes) for node in nodes
        }
        self._waiting = deque(range(len(self._classes)))

    def find_tied(self) -> list[ox.BlankNode]:
        """Return the nodes of the first class that refinement leaves undivided, if there is one."""
        self._refine()
        return next((list(nodes) for nodes in self._classes if len(nodes) > 1), [])

    def number(self, first: ox.BlankNode | None = None) -> dict[ox.BlankNode, int]:
        """Return each node's number: that of its class once no class has a second node.

        A class that has to be divided loses one node first; `first` is that of the first class.
        """
        self._refine()
        if first is not None:
            self._split_off(self._class_of[first], [first])
            self._refine()
        number = 0
        while number < len(self._classes):  # classes are added at the end
            while len(self._classes[number]) > 1:
                self._split_off(number, [next(iter(self._classes[number]))])
                self._refine()
            number += 1
        return self._class_of

    def _refine(self) -> None:
        """Split classes until the nodes of each have the same edges from every class."""
        while self._waiting:
            splitter = list(self._classes[self._waiting.popleft()])
            reached: dict[ox.BlankNode, list[int]] = {}
            for node in splitter:
                for other, code in self._edges[node]:
                    reached.setdefault(other, []).append(code)
            touched: dict[int, dict[tuple[int, ...], list[ox.BlankNode]]] = {}
            for node, codes in reached.items():
                if len(self._classes[self._class_of[node]]) > 1:
                    signature = tuple(sorted(codes))
                    parts = touched.setdefault(self._class_of[node], {})
                    parts.setdefault(signature, []).append(node)
            for number in sorted(touched):
                self._split(number, touched[number])

    def _split(self, number: int, parts: dict[tuple[int, ...], list[ox.BlankNode]]) -> None:
        """Give the parts of a class numbers of their own; the largest keeps the class's."""
        rest = len(self._classes[number]) - sum(map(len, parts.values()))
        ordered = [parts[signature] for signature in sorted(parts)]
        largest = max(ordered, key=len)
        for nodes in ordered:
            if nodes is not largest or len(nodes) <= rest:
                self._split_off(number, nodes)
        if rest and len(largest) > rest:
            untouched = self._classes[number].keys() - set(largest)
            self._split_off(number, [n for n in self._classes[number] if n in untouched])

    def _split_off(self, number: int, nodes: list[ox.BlankNode]) -> None:
        if len(nodes) == len(self._classes[number]):
            return
        for node in nodes:
            del self._classes[number][node]
            self._class_of[node] = len(self._classes)
        self._waiting.append(len(self._classes))
        self._classes.append(dict.fromkeys(nodes))

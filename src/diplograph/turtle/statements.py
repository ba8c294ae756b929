"""Read Turtle into statements by subject, and find the blank nodes that can be written nested."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import BlankNode, NamedNode, Quad, Triple

from diplograph.core import names
from diplograph.core.blank_nodes import order_blank_nodes
from diplograph.core.rdf import Term, parse_turtle
from diplograph.core.tokens import NESTING
from diplograph.turtle.order import SETS, SYMMETRIC, side_key

_RDF, _OWL = names.PREFIXES["rdf"], names.PREFIXES["owl"]
TYPE, FIRST, REST, NIL = (NamedNode(_RDF + local) for local in ("type", "first", "rest", "nil"))
_ANNOTATED = tuple(f"{_OWL}annotated{part}" for part in ("Source", "Property", "Target"))

PredicateValues = Mapping[NamedNode, list[Term]]


@dataclass(frozen=True)
class TurtleGraph:
    """A graph by subject, and the prefixes that its file declares.

    `nested` holds the blank nodes written in the block of another, the outer before the inner, each
    with the predicate it is the value of; `lists` the members of those of them that are written as
    ( ... ), whose cells are no subjects; `labels` the names of the other blank nodes that are
    values.
    """

    by_subject: Mapping[Term, PredicateValues]
    nested: Mapping[BlankNode, NamedNode]
    lists: Mapping[BlankNode, list[Term]]
    labels: Mapping[BlankNode, str]
    prefixes: Mapping[str, str]

    def types(self, subject: Term) -> frozenset[str]:
        """Return the IRIs of the types that the file itself gives to `subject`."""
        types = self.by_subject.get(subject, {}).get(TYPE, ())
        return frozenset(term.value for term in types if isinstance(term, NamedNode))


def read_turtle(text: str, *, file: str | Path) -> TurtleGraph:
    """Return the statements of the Turtle `text`; raises MalformedFile as `parse_turtle` does."""
    return arrange(*parse_turtle(text, file=file))


def arrange(quads: Iterable[Quad], prefixes: Mapping[str, str]) -> TurtleGraph:
    """Return `quads`, of a file that declares `prefixes`, as they are to be written.

    Symmetric ones between two IRIs have the subject that the OWL API gives them.
    """
    structure = _Structure(_choose_sides(list(quads)))
    ordered = []
    if structure.labelled:
        nodes = order_blank_nodes(sorted(structure.statements(), key=str))
        ordered = [node for node in nodes if node in structure.labelled]
    labels = {node: f"_:b{number}" for number, node in enumerate(ordered, start=1)}
    return TurtleGraph(
        structure.by_subject, structure.nested, structure.lists, labels, dict(prefixes)
    )


def _choose_sides(quads: Sequence[Quad]) -> Iterator[Quad]:
    """Yield the statements, each symmetric one with the side that comes first as its subject.

    Those with annotations of their own (owl:Axiom) stay as they are, for the annotations name both
    sides.
    """
    annotated = _find_annotated(quads)
    for quad in quads:
        subject, predicate, value = quad.subject, quad.predicate, quad.object
        is_symmetric = predicate.value in SYMMETRIC and (subject, predicate, value) not in annotated
        if not (is_symmetric and isinstance(subject, NamedNode) and isinstance(value, NamedNode)):
            yield quad
        elif side_key(value.value) < side_key(subject.value):
            yield Quad(value, predicate, subject)
        else:
            yield quad


def _find_annotated(quads: Iterable[Quad]) -> set[tuple[Term, ...]]:
    """Return the statements that nodes of owl:Axiom annotate."""
    parts: dict[Term, dict[str, Term]] = {}
    for quad in quads:
        if quad.predicate.value in _ANNOTATED:
            parts.setdefault(quad.subject, {})[quad.predicate.value] = quad.object
    complete = (by_name for by_name in parts.values() if len(by_name) == len(_ANNOTATED))
    return {tuple(by_name[name] for name in _ANNOTATED) for by_name in complete}


class _Structure:
    """The statements by subject, and how each blank node that is a value can be written."""

    def __init__(self, quads: Iterable[Quad]):
        self.by_subject: dict[Term, dict[NamedNode, list[Term]]] = {}
        self.nested: dict[BlankNode, NamedNode] = {}
        self.lists: dict[BlankNode, list[Term]] = {}
        self.labelled: set[BlankNode] = set()
        parents: dict[BlankNode, list[tuple[Term, NamedNode]]] = {}
        for quad in dict.fromkeys(quads):
            values = self.by_subject.setdefault(quad.subject, {})
            values.setdefault(quad.predicate, []).append(quad.object)
            if isinstance(quad.object, BlankNode):
                parents.setdefault(quad.object, []).append((quad.subject, quad.predicate))
        single = {node: above[0] for node, above in parents.items() if len(above) == 1}
        trees = single.keys() - _find_circles(single)
        self.labelled.update(parents.keys() - trees)
        self._nest(trees, self._find_list_cells(trees, single))

    def statements(self) -> Iterator[Triple]:
        """Yield what is stated but for the order in sets; a list's head has all its members.

        Labels follow from it: they do not change when the members of a set are sorted.
        """
        for subject, values in self.by_subject.items():
            for predicate, objects in values.items():
                yield from (Triple(subject, predicate, value) for value in objects)
        for head, members in self.lists.items():
            if self.nested[head].value in SETS:
                pairs = [(f"_x{count}", member) for member, count in Counter(members).items()]
            else:
                pairs = [(f"_{number}", member) for number, member in enumerate(members, start=1)]
            yield from (Triple(head, NamedNode(_RDF + local), member) for local, member in pairs)

    def _find_list_cells(
        self, trees: Container[BlankNode], single: Mapping[BlankNode, tuple[Term, NamedNode]]
    ) -> set[BlankNode]:
        """Return the nodes of `trees` from which a well-formed list leads to rdf:nil."""
        nexts = {}
        for node, values in self.by_subject.items():
            is_cell = node in trees and values.keys() == {FIRST, REST}
            if is_cell and len(values[FIRST]) == len(values[REST]) == 1:
                nexts[node] = values[REST][0]
        cells = set()
        for last in [node for node, rest in nexts.items() if rest == NIL]:
            cells.add(last)
            node, predicate = single[last]
            while predicate == REST and node in nexts:
                cells.add(node)
                node, predicate = single[node]
        return cells

    def _nest(self, trees: Container[BlankNode], cells: Container[BlankNode]) -> None:
        """Nest the nodes of `trees`; one that would be deeper than NESTING is labelled."""
        waiting: list[tuple[Term, int]] = [(node, 0) for node in self.by_subject]
        waiting = [(node, level) for node, level in waiting if node not in trees]
        while waiting:
            node, level = waiting.pop()
            if node in cells and node in self.nested:
                self.lists[node] = self._take_members(node)
                pairs = [(FIRST, member) for member in self.lists[node]]
            else:
                values = self.by_subject.get(node, {})
                pairs = [(predicate, value) for predicate in values for value in values[predicate]]
            for predicate, value in pairs:
                if value in trees and level == NESTING:
                    self.labelled.add(value)
                    waiting.append((value, 0))
                elif value in trees:
                    self.nested[value] = predicate
                    waiting.append((value, level + 1))

    def _take_members(self, cell: Term) -> list[Term]:
        """Return the members of the list at `cell`, and take its cells out of `by_subject`."""
        members = []
        while cell != NIL:
            values = self.by_subject.pop(cell)
            members.append(values[FIRST][0])
            cell = values[REST][0]
        return members


def _find_circles(single: Mapping[BlankNode, tuple[Term, NamedNode]]) -> set[BlankNode]:
    """Return the nodes that are their own ancestors, where each has one parent."""
    circles: set[BlankNode] = set()
    seen: set[Term] = set()
    for start in single:
        path: dict[Term, None] = {}
        node: Term = start
        while node in single and node not in seen:
            seen.add(node)
            path[node] = None
            node, _ = single[node]
        if node in path:
            way = list(path)
            circles.update(way[way.index(node) :])
    return circles

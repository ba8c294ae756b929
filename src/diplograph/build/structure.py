"""Check what the triples of RDF can break: lists that are none, and blank nodes nested too deep.

Reasoner and validator walk both, and would not come back, or end without a word of the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from diplograph.core.errors import MalformedFile
from diplograph.core.names import PREFIXES, compact
from diplograph.core.rdf import Term, read_lines
from diplograph.core.tokens import NESTING

_RDF, _OWL = PREFIXES["rdf"], PREFIXES["owl"]
_FIRST, _REST, _NIL = (ox.NamedNode(_RDF + local) for local in ("first", "rest", "nil"))
# Properties whose values are lists by the mapping of OWL 2 to RDF, table 1 and section 3.
_OF_LISTS = {
    ox.NamedNode(_OWL + local)
    for local in (
        "disjointUnionOf distinctMembers hasKey intersectionOf members onProperties oneOf"
        " propertyChainAxiom unionOf withRestrictions"
    ).split()
}

_OF_NUMBERS = {
    ox.NamedNode(_OWL + local)
    for local in (
        "cardinality maxCardinality minCardinality"
        " maxQualifiedCardinality minQualifiedCardinality qualifiedCardinality"
    ).split()
}

Files = Mapping[str, Iterable[ox.Triple]]


def check_structure(by_file: Files, texts: Mapping[str, str]) -> None:
    """Raise MalformedFile, naming the thing that has it, for a bad list or too deep a nesting.

    `by_file` has the statements of each file, `texts` its text. A list is well-formed where each
    of its nodes has one rdf:first and one rdf:rest, and it ends with rdf:nil; the properties of OWL
    that take a list get one.
    """
    graph = _Graph(by_file, texts)
    cells = {**graph.firsts, **graph.rests}
    if _NIL in cells:
        raise graph.error("rdf:nil is the empty list: it has no parts", _NIL, cells[_NIL][0].file)
    ends: set[Term] = {_NIL}
    for head in cells:
        _follow(head, ends, graph)
    for file, triples in by_file.items():
        for triple in triples:
            value, name = triple.object, compact(triple.predicate.value)
            if triple.predicate in _OF_LISTS and value not in cells and value != _NIL:
                message = f"{name} takes a list, such as ( ... ), and this is none"
                raise graph.error(message, triple.subject, file, triple.predicate)
            if triple.predicate in _OF_NUMBERS and not _is_number(value):
                message = f'{name} takes a number, such as "1"^^xsd:nonNegativeInteger'
                raise graph.error(message, triple.subject, file, triple.predicate)
    _check_nesting(graph)


def _is_number(term: Term) -> bool:
    return isinstance(term, ox.Literal) and term.value.isascii() and term.value.isdecimal()


@dataclass(frozen=True)
class _Statement:
    subject: Term
    value: Term
    file: str


class _Graph:
    """The statements of all files as far as structure goes."""

    def __init__(self, by_file: Files, texts: Mapping[str, str]):
        self._texts = texts
        self.firsts: dict[Term, list[_Statement]] = {}
        self.rests: dict[Term, list[_Statement]] = {}
        self.steps: list[tuple[_Statement, int]] = []  # between blank nodes, with their depth
        self._owners: dict[Term, tuple[_Statement, ox.NamedNode]] = {}
        for file, triples in by_file.items():
            for triple in dict.fromkeys(triples):
                self._add(triple, file)

    def _add(self, triple: ox.Triple, file: str) -> None:
        statement = _Statement(triple.subject, triple.object, file)
        if triple.predicate == _FIRST:
            self.firsts.setdefault(triple.subject, []).append(statement)
        elif triple.predicate == _REST:
            self.rests.setdefault(triple.subject, []).append(statement)
        is_rest = triple.predicate == _REST
        known = self._owners.get(triple.object)
        if known is None or known[1] == _REST:  # what has the list, rather than the node before
            self._owners[triple.object] = statement, triple.predicate
        if isinstance(triple.subject, ox.BlankNode) and isinstance(triple.object, ox.BlankNode):
            self.steps.append((statement, 0 if is_rest else 1))

    def error(
        self, message: str, node: Term, file: str, predicate: ox.NamedNode | None = None
    ) -> MalformedFile:
        """Return the error about `node`, at the nearest thing with an IRI that it belongs to."""
        seen: set[Term] = set()
        while isinstance(node, ox.BlankNode) and node in self._owners and node not in seen:
            seen.add(node)
            statement, predicate = self._owners[node]
            node, file = statement.subject, statement.file
        lines = read_lines(self._texts[file], file=file)
        if isinstance(node, ox.BlankNode):
            line = lines.find_blank(predicate and predicate.value, None)
            return MalformedFile(message, file=file, line=line)
        line = lines.find(node.value, predicate and predicate.value, None)
        return MalformedFile(message, file=file, line=line, value=compact(node.value))


def _follow(head: Term, ends: set[Term], graph: _Graph) -> None:
    """Follow a list to its end, or to a node of `ends`, to which its nodes are added."""
    path: set[Term] = set()
    node, before = head, None
    while node not in ends:
        if node in path:
            message = "a list runs in a circle: end it with rdf:nil"
            raise graph.error(message, node, graph.rests[node][0].file)
        path.add(node)
        firsts, rests = graph.firsts.get(node, []), graph.rests.get(node, [])
        if before and not (firsts or rests):
            message = "a list does not end: what follows its last node must be rdf:nil"
            raise graph.error(message, before.subject, before.file)
        for values, name in ((firsts, "rdf:first"), (rests, "rdf:rest")):
            if len(values) != 1:
                count = "more than one" if values else "no"
                message = f"a node of a list has {count} {name}: write the list as ( ... )"
                raise graph.error(message, node, (*firsts, *rests)[0].file)
        before, node = rests[0], rests[0].value
    ends.update(path)


def _check_nesting(graph: _Graph) -> None:
    """Raise for a chain of blank nodes with over NESTING steps that are not along a list."""
    depths: dict[Term, int] = {}
    followers: dict[Term, list[tuple[_Statement, int]]] = {}
    waiting_for: dict[Term, int] = {}
    for statement, depth in graph.steps:
        followers.setdefault(statement.subject, []).append((statement, depth))
        waiting_for[statement.value] = waiting_for.get(statement.value, 0) + 1
    ready = [node for node in followers if node not in waiting_for]
    while ready:  # nodes of a circle never are
        node = ready.pop()
        for statement, depth in followers.get(node, ()):
            value = statement.value
            depths[value] = max(depths.get(value, 0), depths.get(node, 0) + depth)
            if depths[value] >= NESTING:
                message = f"blank nodes are nested deeper than {NESTING}; give the inner ones IRIs"
                raise graph.error(message, value, statement.file)
            waiting_for[value] -= 1
            if not waiting_for[value]:
                ready.append(value)

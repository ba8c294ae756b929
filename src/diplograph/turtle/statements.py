"""Read Turtle into statements by subject, and find the blank nodes that can be written nested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, NamedNode, Quad

from diplograph.core import names
from diplograph.core.rdf import Term, parse_turtle

_RDF = names.PREFIXES["rdf"]
TYPE, FIRST, REST, NIL = (NamedNode(_RDF + local) for local in ("type", "first", "rest", "nil"))

PredicateValues = Mapping[NamedNode, tuple[Term, ...]]


@dataclass(frozen=True)
class TurtleGraph:
    """A graph by subject; `nested` nodes stand in the block of another, `labels` name the rest."""

    by_subject: Mapping[Term, PredicateValues]
    nested: frozenset[BlankNode]
    labels: Mapping[BlankNode, str]

    def members(self, head: Term) -> tuple[Term, ...] | None:
        """Return the members of the list at `head`, None where `( ... )` cannot express it."""
        members, cell = [], head
        while cell != NIL:
            values = self.by_subject.get(cell, {})
            if cell not in self.nested or values.keys() != {FIRST, REST}:
                return None
            if len(values[FIRST]) != 1 or len(values[REST]) != 1:
                return None
            members.append(values[FIRST][0])
            cell = values[REST][0]
        return tuple(members)

    def types(self, subject: Term) -> frozenset[str]:
        """Return the IRIs of the types that the file itself gives to `subject`."""
        types = self.by_subject.get(subject, {}).get(TYPE, ())
        return frozenset(term.value for term in types if isinstance(term, NamedNode))


def read_turtle(text: str, *, file: str | Path) -> TurtleGraph:
    """Return the statements of the Turtle `text`; raises MalformedFile as `parse_turtle` does."""
    quads = list(dict.fromkeys(parse_turtle(text, file=file)[0]))
    nested, others = _find_nested(quads)
    if others:
        dataset = Dataset(quads)
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        quads = list(dataset)
        nested, others = _find_nested(quads)
    labelled = sorted(others, key=lambda node: int(node.value.removeprefix("c14n")))
    labels = {node: f"_:b{number}" for number, node in enumerate(labelled, start=1)}
    by_subject: dict[Term, dict[NamedNode, tuple[Term, ...]]] = {}
    for quad in quads:
        values = by_subject.setdefault(quad.subject, {})
        values[quad.predicate] = (*values.get(quad.predicate, ()), quad.object)
    return TurtleGraph(by_subject, nested, labels)


def _find_nested(quads: Iterable[Quad]) -> tuple[frozenset[BlankNode], frozenset[BlankNode]]:
    """Return the blank nodes that are nested, and those that are values and are not."""
    parents: dict[BlankNode, tuple[Term, ...]] = {}
    for quad in quads:
        if isinstance(quad.object, BlankNode):
            parents[quad.object] = (*parents.get(quad.object, ()), quad.subject)
    nested = frozenset(node for node in parents if _is_nested(node, parents))
    return nested, parents.keys() - nested


def _is_nested(node: BlankNode, parents: Mapping[BlankNode, tuple[Term, ...]]) -> bool:
    """Return whether `node` is the object of one statement and not its own ancestor."""
    above, seen = parents[node], {node}
    if len(above) != 1:
        return False
    while len(above) == 1 and above[0] not in seen:
        seen.add(above[0])
        above = parents.get(above[0], ())
    return above != (node,)

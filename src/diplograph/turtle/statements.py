"""Reads Turtle into statements by subject, and tells which blank nodes can be written nested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad

from diplograph.core import names
from diplograph.core.rdf import parse_turtle

TurtleTerm = NamedNode | BlankNode | Literal
RDF = names.PREFIXES["rdf"]
TYPE, FIRST, REST, NIL = (NamedNode(RDF + local) for local in ("type", "first", "rest", "nil"))


@dataclass(frozen=True)
class TurtleGraph:
    """A graph by subject: `nested` nodes have one place to stand, `labels` name the others."""

    by_subject: Mapping[TurtleTerm, Mapping[NamedNode, tuple[TurtleTerm, ...]]]
    nested: frozenset[BlankNode]
    labels: Mapping[BlankNode, str]

    def members(self, head: TurtleTerm) -> tuple[TurtleTerm, ...] | None:
        """Return the members of the list at `head` where `( ... )` can say it, else None."""
        members, cell = [], head
        while cell != NIL:
            said = self.by_subject.get(cell, {})
            if cell not in self.nested or said.keys() != {FIRST, REST}:
                return None
            if len(said[FIRST]) != 1 or len(said[REST]) != 1:
                return None
            members.append(said[FIRST][0])
            cell = said[REST][0]
        return tuple(members)

    def types(self, subject: TurtleTerm) -> frozenset[str]:
        """Return the IRIs of the types that the file itself gives to `subject`."""
        kinds = self.by_subject.get(subject, {}).get(TYPE, ())
        return frozenset(kind.value for kind in kinds if isinstance(kind, NamedNode))


def read_turtle(text: str, *, file: str | Path) -> TurtleGraph:
    """Return the statements of the Turtle `text`.

    Raises MalformedFile, with `file`, line and the refused part, where `text` is no Turtle of
    RDF 1.1 (OWL tools read neither triple terms nor literals with a direction).
    """
    quads = list(dict.fromkeys(parse_turtle(text, file=file)[0]))
    parents = _parents(quads)
    nested = frozenset(node for node in parents if _is_nested(node, parents))
    if any(node not in nested for node in parents):
        quads = _with_canonical_names(quads)
        parents = _parents(quads)
        nested = frozenset(node for node in parents if _is_nested(node, parents))
    labelled = sorted((node for node in parents if node not in nested), key=_canonical_number)
    labels = {node: f"_:b{number}" for number, node in enumerate(labelled, start=1)}
    return TurtleGraph(_by_subject(quads), nested, labels)


def _parents(quads: Iterable[Quad]) -> dict[BlankNode, tuple[TurtleTerm, ...]]:
    """Return, for each blank node that stands as an object, the subjects that it stands under."""
    parents: dict[BlankNode, tuple[TurtleTerm, ...]] = {}
    for quad in quads:
        if isinstance(quad.object, BlankNode):
            parents[quad.object] = (*parents.get(quad.object, ()), quad.subject)
    return parents


def _is_nested(node: BlankNode, parents: Mapping[BlankNode, tuple[TurtleTerm, ...]]) -> bool:
    """Return whether `node` has one place to stand and does not stand under itself."""
    above, seen = parents[node], {node}
    if len(above) != 1:
        return False
    while len(above) == 1 and above[0] not in seen:
        seen.add(above[0])
        above = parents.get(above[0], ())
    return above != (node,)


def _with_canonical_names(quads: Iterable[Quad]) -> list[Quad]:
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return list(dataset)


def _canonical_number(node: BlankNode) -> int:
    return int(node.value.removeprefix("c14n"))


def _by_subject(quads: Iterable[Quad]) -> dict[TurtleTerm, dict[NamedNode, tuple[TurtleTerm, ...]]]:
    by_subject: dict[TurtleTerm, dict[NamedNode, tuple[TurtleTerm, ...]]] = {}
    for quad in quads:
        said = by_subject.setdefault(quad.subject, {})
        said[quad.predicate] = (*said.get(quad.predicate, ()), quad.object)
    return by_subject

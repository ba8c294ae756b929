"""Why an inferred statement follows: the shortest chain of OWL 2 RL rules down to what is asserted.

The rules are those of the OWL 2 profiles recommendation, section 4.3, that an ontology of
subclasses, subproperties, domains, ranges, inverses, symmetric and transitive properties and
chains can fire.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.core.errors import UnknownThing
from diplograph.core.names import INFERRED_GRAPH, PREFIXES, SHAPES_GRAPH, compact

if TYPE_CHECKING:
    from diplograph.store.store import Store


_Term = ox.NamedNode | ox.BlankNode | ox.Literal
Binding = dict[str, _Term]

ASSERTED_RULE = "asserted"
CHAIN = "prp-spo2"


def _node(curie: str) -> ox.NamedNode:
    prefix, _, local = curie.partition(":")
    return ox.NamedNode(PREFIXES[prefix] + local)


_TYPE, _SUBCLASS, _SUBPROPERTY = map(_node, ("rdf:type", "rdfs:subClassOf", "rdfs:subPropertyOf"))
_DOMAIN, _RANGE, _INVERSE = map(_node, ("rdfs:domain", "rdfs:range", "owl:inverseOf"))
_SYMMETRIC, _TRANSITIVE = map(_node, ("owl:SymmetricProperty", "owl:TransitiveProperty"))
_CHAIN, _FIRST, _REST, _NIL = map(
    _node, ("owl:propertyChainAxiom", "rdf:first", "rdf:rest", "rdf:nil")
)


@dataclass(frozen=True)
class DerivationRule:
    """One rule by its name in the recommendation: `body` statements give the `head`; ?x varies."""

    name: str
    head: tuple
    body: tuple[tuple, ...]


DERIVATION_RULES = (
    DerivationRule("cax-sco", ("?x", _TYPE, "?c"), (("?b", _SUBCLASS, "?c"), ("?x", _TYPE, "?b"))),
    DerivationRule(
        "prp-spo1", ("?x", "?q", "?y"), (("?p", _SUBPROPERTY, "?q"), ("?x", "?p", "?y"))
    ),
    DerivationRule("prp-dom", ("?x", _TYPE, "?c"), (("?p", _DOMAIN, "?c"), ("?x", "?p", "?y"))),
    DerivationRule("prp-rng", ("?y", _TYPE, "?c"), (("?p", _RANGE, "?c"), ("?x", "?p", "?y"))),
    DerivationRule("prp-inv1", ("?y", "?q", "?x"), (("?p", _INVERSE, "?q"), ("?x", "?p", "?y"))),
    DerivationRule("prp-inv2", ("?x", "?p", "?y"), (("?p", _INVERSE, "?q"), ("?y", "?q", "?x"))),
    DerivationRule("prp-symp", ("?y", "?p", "?x"), (("?p", _TYPE, _SYMMETRIC), ("?x", "?p", "?y"))),
    DerivationRule(
        "prp-trp",
        ("?x", "?p", "?z"),
        (("?p", _TYPE, _TRANSITIVE), ("?x", "?p", "?y"), ("?y", "?p", "?z")),
    ),
    DerivationRule(
        "scm-sco", ("?a", _SUBCLASS, "?c"), (("?a", _SUBCLASS, "?b"), ("?b", _SUBCLASS, "?c"))
    ),
    DerivationRule(
        "scm-spo",
        ("?a", _SUBPROPERTY, "?c"),
        (("?a", _SUBPROPERTY, "?b"), ("?b", _SUBPROPERTY, "?c")),
    ),
    DerivationRule(
        "scm-dom1", ("?p", _DOMAIN, "?c"), (("?p", _DOMAIN, "?b"), ("?b", _SUBCLASS, "?c"))
    ),
    DerivationRule(
        "scm-dom2", ("?p", _DOMAIN, "?c"), (("?p", _SUBPROPERTY, "?q"), ("?q", _DOMAIN, "?c"))
    ),
    DerivationRule(
        "scm-rng1", ("?p", _RANGE, "?c"), (("?p", _RANGE, "?b"), ("?b", _SUBCLASS, "?c"))
    ),
    DerivationRule(
        "scm-rng2", ("?p", _RANGE, "?c"), (("?p", _SUBPROPERTY, "?q"), ("?q", _RANGE, "?c"))
    ),
)

# No chain of rules over this ontology comes near it; beyond, a statement counts as unexplained.
_DEEPEST = 24


@dataclass(frozen=True)
class Derivation:
    """A statement, the rule that gives it and the derivations of what the rule needs.

    `rule` is "asserted" for a leaf, which alone has a `graph`: the IRI of the named graph it is in.
    """

    statement: ox.Triple
    rule: str
    premises: tuple[Derivation, ...] = ()
    graph: str | None = None

    @cached_property
    def size(self) -> int:
        """Number of statements in the whole derivation."""
        return 1 + sum(premise.size for premise in self.premises)

    def leaves(self) -> Iterator[Derivation]:
        """Yield the asserted statements it rests on, in reading order."""
        if not self.premises:
            yield self
        for premise in self.premises:
            yield from premise.leaves()


def derive_explanation(store: Store, statement: ox.Triple) -> Derivation:
    """Return the shortest derivation of `statement`; the same for the same graph, always.

    Shortest is: least deep, then fewest statements, then first rule of RULES, then by text. It is
    well-founded: no statement stands among the premises it rests on. Raises UnknownThing when the
    statement is not in the graph or follows by no rule.
    """
    return Explainer(store).explain(statement)


class Explainer:
    """Explains statements of one store and keeps what it found, for whoever asks about many."""

    def __init__(self, store: Store):
        self._graph = store
        self._best: dict[ox.Triple, Derivation] = {}
        self._tried: dict[ox.Triple, int] = {}

    def explain(self, statement: ox.Triple) -> Derivation:
        """Return the shortest derivation of `statement`, as `explain` does."""
        for depth in range(_DEEPEST if self._holds(statement) else 0):
            found = self._derive(statement, depth)
            if found:
                return found
        said = " ".join(_written(term) for term in _parts(statement))
        raise UnknownThing(f"the graph does not hold, or cannot explain: {said}")

    def _holds(self, statement: ox.Triple) -> bool:
        return any(True for _ in self._graph.match(*_parts(statement)))

    def _derive(self, goal: ox.Triple, depth: int) -> Derivation | None:
        if goal in self._best:
            return self._best[goal] if _depth(self._best[goal]) <= depth else None
        for bound in range(self._tried.get(goal, -1) + 1, depth + 1):
            found = self._step(goal, bound)
            if found:
                self._best[goal] = found
                return found
            self._tried[goal] = bound
        return None

    def _step(self, goal: ox.Triple, depth: int) -> Derivation | None:
        if depth == 0:
            graph = self._asserted_in(goal)
            return Derivation(goal, ASSERTED_RULE, graph=graph) if graph else None
        found = [
            Derivation(goal, rule, premises)
            for rule, statements in self._instances(goal)
            if (premises := self._all(statements, depth - 1)) is not None
        ]
        return min(found, key=_preference, default=None)

    def _all(self, statements: tuple[ox.Triple, ...], depth: int) -> tuple[Derivation, ...] | None:
        premises = []
        for statement in statements:
            derivation = self._derive(statement, depth)
            if derivation is None:
                return None
            premises.append(derivation)
        return tuple(premises)

    def _asserted_in(self, statement: ox.Triple) -> str | None:
        graphs = {quad.graph_name.value for quad in self._graph.match(*_parts(statement))}
        return min(graphs - {INFERRED_GRAPH, SHAPES_GRAPH}, default=None)

    def _instances(self, goal: ox.Triple) -> Iterator[tuple[str, tuple[ox.Triple, ...]]]:
        """Yield every instance of every rule that gives `goal` from statements of the graph."""
        for rule in DERIVATION_RULES:
            binding = _unify(rule.head, goal, {})
            if binding is not None:
                for statements in self._joined(rule.body, binding):
                    yield rule.name, statements
        for axiom in self._match(goal.predicate, _CHAIN, None):
            for path in self._walked(goal.subject, self._members(axiom.object), goal.object):
                yield CHAIN, (axiom, *path)

    def _joined(self, body: tuple, binding: Binding) -> Iterator[tuple[ox.Triple, ...]]:
        if not body:
            yield ()
            return
        pattern = [binding.get(part) if isinstance(part, str) else part for part in body[0]]
        for triple in self._match(*pattern):
            extended = _unify(body[0], triple, binding)
            if extended is not None:
                for rest in self._joined(body[1:], extended):
                    yield (triple, *rest)

    def _walked(self, start: _Term, steps: tuple, end: _Term) -> Iterator[tuple[ox.Triple, ...]]:
        if len(steps) == 1:
            yield from ((triple,) for triple in self._match(start, steps[0], end))
            return
        for triple in self._match(start, steps[0], None):
            for rest in self._walked(triple.object, steps[1:], end):
                yield (triple, *rest)

    def _members(self, cell: _Term) -> tuple[_Term, ...]:
        members = []
        while cell != _NIL:
            members.extend(triple.object for triple in self._match(cell, _FIRST, None))
            cell = next(self._match(cell, _REST, None)).object
        return tuple(members)

    def _match(self, subject, predicate, value) -> Iterator[ox.Triple]:
        """Yield the statements of the pattern, each once; none where a term cannot stand there."""
        if isinstance(subject, ox.Literal) or not isinstance(predicate, ox.NamedNode | None):
            return
        yield from {quad.triple: None for quad in self._graph.match(subject, predicate, value)}


def _unify(pattern: tuple, triple: ox.Triple, binding: Binding) -> Binding | None:
    """Return `binding` extended so that `pattern` becomes `triple`, or None where it cannot."""
    extended = dict(binding)
    for part, term in zip(pattern, _parts(triple), strict=True):
        wanted = extended.setdefault(part, term) if isinstance(part, str) else part
        if wanted != term:
            return None
    return extended


def _parts(triple: ox.Triple) -> tuple[_Term, _Term, _Term]:
    return triple.subject, triple.predicate, triple.object


def _depth(derivation: Derivation) -> int:
    return 1 + max(map(_depth, derivation.premises)) if derivation.premises else 0


def _preference(derivation: Derivation) -> tuple:
    order = (
        [rule.name for rule in DERIVATION_RULES].index(derivation.rule)
        if derivation.rule != CHAIN
        else 99
    )
    return derivation.size, order, [str(premise.statement) for premise in derivation.premises]


def _written(term: _Term) -> str:
    return compact(term.value) if isinstance(term, ox.NamedNode) else str(term)

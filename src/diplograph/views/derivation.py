"""Shortest derivation of an inferred statement by OWL 2 RL rules, from asserted statements.

The rules are those of the OWL 2 profiles recommendation, section 4.3, that an ontology of
subclasses, subproperties, domains, ranges, inverses, symmetric and transitive properties and
chains can fire.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import takewhile

import pyoxigraph as ox

from diplograph.core.errors import UnknownThing
from diplograph.core.names import DERIVED_GRAPH, INFERRED_GRAPH, SHAPES_GRAPH, TYPE, compact, expand
from diplograph.core.rdf import Term

Bindings = dict[str, Term]
Labeller = Callable[[str], str]
# The quads of named graphs with a subject, predicate and value; None fits every term.
Match = Callable[[Term | None, ox.NamedNode | None, Term | None], Iterable[ox.Quad]]

ASSERTED_RULE = "asserted"
CHAIN = "prp-spo2"


# Rules: name, what follows, from which statements, in words. In the words s0 is the subject of the
# first statement, o1 the object of the second; a_s0 has an article.
_RULE_TABLE = """
cax-sco | ?x rdf:type ?c | ?b rdfs:subClassOf ?c . ?x rdf:type ?b
  every {s0} is {a_o0}
prp-spo1 | ?x ?q ?y | ?p rdfs:subPropertyOf ?q . ?x ?p ?y
  whatever is so by "{s0}" is so by "{o0}"
prp-dom | ?x rdf:type ?c | ?p rdfs:domain ?c . ?x ?p ?y
  whatever has "{s0}" is {a_o0}
prp-rng | ?y rdf:type ?c | ?p rdfs:range ?c . ?x ?p ?y
  whatever something has as "{s0}" is {a_o0}
prp-inv1 | ?y ?q ?x | ?p owl:inverseOf ?q . ?x ?p ?y
  "{o0}" is "{s0}" read backwards
prp-inv2 | ?x ?p ?y | ?p owl:inverseOf ?q . ?y ?q ?x
  "{s0}" is "{o0}" read backwards
prp-symp | ?y ?p ?x | ?p rdf:type owl:SymmetricProperty . ?x ?p ?y
  "{s0}" holds both ways
prp-trp | ?x ?p ?z | ?p rdf:type owl:TransitiveProperty . ?x ?p ?y . ?y ?p ?z
  "{s0}" carries on from step to step
scm-sco | ?a rdfs:subClassOf ?c | ?a rdfs:subClassOf ?b . ?b rdfs:subClassOf ?c
  a kind of a kind is a kind
scm-spo | ?a rdfs:subPropertyOf ?c | ?a rdfs:subPropertyOf ?b . ?b rdfs:subPropertyOf ?c
  a relation under a relation is under what that one is under
scm-dom1 | ?p rdfs:domain ?c | ?p rdfs:domain ?b . ?b rdfs:subClassOf ?c
  what starts at {a_s1} starts at {a_o1}
scm-dom2 | ?p rdfs:domain ?c | ?p rdfs:subPropertyOf ?q . ?q rdfs:domain ?c
  what "{o0}" starts at, "{s0}" starts at too
scm-rng1 | ?p rdfs:range ?c | ?p rdfs:range ?b . ?b rdfs:subClassOf ?c
  what points to {a_s1} points to {a_o1}
scm-rng2 | ?p rdfs:range ?c | ?p rdfs:subPropertyOf ?q . ?q rdfs:range ?c
  what "{o0}" points to, "{s0}" points to too
"""


@dataclass(frozen=True)
class DerivationRule:
    """One rule: `body` statements give the `head`; a text such as `?x` is a variable."""

    name: str
    head: tuple[ox.NamedNode | str, ...]
    body: tuple[tuple[ox.NamedNode | str, ...], ...]
    words: str


def _read_pattern(text: str) -> tuple[ox.NamedNode | str, ...]:
    return tuple(p if p.startswith("?") else ox.NamedNode(expand(p)) for p in text.split())


DERIVATION_RULES = tuple(
    DerivationRule(name, _read_pattern(head), tuple(map(_read_pattern, body.split(" . "))), words)
    for name, head, body, words in re.findall(
        r"^(\S+) \| (.+) \| (.+)\n  (.+)$", _RULE_TABLE, re.MULTILINE
    )
)
_RULES = {rule.name: rule for rule in DERIVATION_RULES}
_RULE_ORDER = (*_RULES, CHAIN)
_CHAIN, _FIRST, _REST, _NIL = _read_pattern("owl:propertyChainAxiom rdf:first rdf:rest rdf:nil")

# Graphs that assert nothing, and the one that is no part of the default graph.
_MADE_GRAPHS = {INFERRED_GRAPH, DERIVED_GRAPH, SHAPES_GRAPH}

# No chain of rules over this ontology comes near it; beyond, a statement counts as unexplained.
_DEEPEST = 24


@dataclass(frozen=True)
class Derivation:
    """A statement, its rule and premises; only a leaf, whose rule is "asserted", has a `graph`.

    `words` are those of a rule of the home; its premises are missing where they cannot be found.
    """

    statement: ox.Triple
    rule: str
    premises: tuple[Derivation, ...] = ()
    graph: str | None = None
    words: str = ""

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


class Explainer:
    """Derives statements from the quads of `match`; subderivations are cached between calls."""

    def __init__(self, match: Match):
        self._match_quads = match
        self._best: dict[ox.Triple, Derivation] = {}
        self._tried_depth: dict[ox.Triple, int] = {}

    def explain(self, statement: ox.Triple) -> Derivation:
        """Return the shortest derivation of `statement`; the same for the same graph, always.

        Shortest is: least deep, then fewest statements, then first rule of DERIVATION_RULES, then
        by text. It is well-founded: no statement is among the premises it rests on. Raises
        UnknownThing when the statement is not in the graph or follows by no rule.
        """
        held = any(True for _ in self._match_quads(*statement))
        for depth in range(_DEEPEST if held else 0):
            derivation = self._derive(statement, depth)
            if derivation:
                return derivation
        text = " ".join(
            compact(term.value) if isinstance(term, ox.NamedNode) else str(term)
            for term in statement
        )
        raise UnknownThing(f"the graph does not hold, or cannot explain: {text}")

    def _derive(self, goal: ox.Triple, depth: int) -> Derivation | None:
        if goal in self._best:
            return self._best[goal] if _depth(self._best[goal]) <= depth else None
        for bound in range(self._tried_depth.get(goal, -1) + 1, depth + 1):
            derivation = self._derive_at(goal, bound)
            if derivation:
                self._best[goal] = derivation
                return derivation
            self._tried_depth[goal] = bound
        return None

    def _derive_at(self, goal: ox.Triple, depth: int) -> Derivation | None:
        """Return the preferred derivation that is `depth` rules deep or less, if there is one."""
        if depth == 0:
            graphs = {quad.graph_name.value for quad in self._match_quads(*goal)}
            graph = min(graphs - _MADE_GRAPHS, default=None)
            return Derivation(goal, ASSERTED_RULE, graph=graph) if graph else None
        candidates = [
            Derivation(goal, rule, premises)
            for rule, statements in self._instances(goal)
            if (premises := self._derive_all(statements, depth - 1)) is not None
        ]
        return min(candidates, key=_preference, default=None)

    def _derive_all(
        self, statements: tuple[ox.Triple, ...], depth: int
    ) -> tuple[Derivation, ...] | None:
        premises = tuple(takewhile(bool, (self._derive(goal, depth) for goal in statements)))
        return premises if len(premises) == len(statements) else None

    def _instances(self, goal: ox.Triple) -> Iterator[tuple[str, tuple[ox.Triple, ...]]]:
        """Yield every instance of every rule that gives `goal` from statements of the graph."""
        for rule in DERIVATION_RULES:
            bindings = unify(rule.head, goal, {})
            if bindings is not None:
                for statements in self._join(rule.body, bindings):
                    yield rule.name, statements
        for axiom in self._match(goal.predicate, _CHAIN, None):
            for path in self._walk(goal.subject, self._members(axiom.object), goal.object):
                yield CHAIN, (axiom, *path)

    def _join(self, body: tuple, bindings: Bindings) -> Iterator[tuple[ox.Triple, ...]]:
        if not body:
            yield ()
            return
        pattern = [bindings.get(part) if isinstance(part, str) else part for part in body[0]]
        for triple in self._match(*pattern):
            extended = unify(body[0], triple, bindings)
            if extended is not None:
                for rest in self._join(body[1:], extended):
                    yield (triple, *rest)

    def _walk(self, start: Term, steps: tuple, end: Term) -> Iterator[tuple[ox.Triple, ...]]:
        if len(steps) == 1:
            yield from ((triple,) for triple in self._match(start, steps[0], end))
            return
        for triple in self._match(start, steps[0], None):
            for rest in self._walk(triple.object, steps[1:], end):
                yield (triple, *rest)

    def _members(self, cell: Term) -> tuple[Term, ...]:
        members = []
        while cell != _NIL:
            members.extend(triple.object for triple in self._match(cell, _FIRST, None))
            cell = next(self._match(cell, _REST, None)).object
        return tuple(members)

    def _match(self, subject, predicate, value) -> Iterator[ox.Triple]:
        """Yield the statements of the pattern, each once; none where a term cannot stand there."""
        if isinstance(subject, ox.Literal) or not isinstance(predicate, ox.NamedNode | None):
            return
        yield from {quad.triple: None for quad in self._match_quads(subject, predicate, value)}


# ---- wording ------------------------------------------------------------------------------


def say_rule(derivation: Derivation, label: Labeller) -> str:
    """Return the rule in words, as one clause with the labels of its premises; empty for a leaf."""
    if derivation.words:
        return derivation.words
    if derivation.rule == CHAIN:
        _, *steps = derivation.premises
        path = ", then ".join(f'"{label(step.statement.predicate.value)}"' for step in steps)
        return f'"{label(derivation.statement.predicate.value)}" is {path}'
    if not derivation.premises:
        return ""
    words = {}
    for number, premise in enumerate(derivation.premises):
        for part in ("subject", "object"):
            text = say_term(getattr(premise.statement, part), label)
            words[f"{part[0]}{number}"] = text
            words[f"a_{part[0]}{number}"] = _add_article(text)
    return _RULES[derivation.rule].words.format(**words)


def say_statement(triple: ox.Triple, label: Labeller) -> str:
    """Return a statement as `subject - property - value`, in labels; a type reads `is a`."""
    subject, value = say_term(triple.subject, label), say_term(triple.object, label)
    if triple.predicate.value == TYPE:
        return f"{subject} is {_add_article(value)}"
    return f"{subject} - {label(triple.predicate.value)} - {value}"


def say_term(term: Term, label: Labeller) -> str:
    """Return the label of a thing or the characters of a literal; a list is just a list."""
    if isinstance(term, ox.NamedNode):
        return label(term.value)
    return term.value if isinstance(term, ox.Literal) else "a list"


def unify(pattern: tuple, triple: ox.Triple, bindings: Bindings) -> Bindings | None:
    """Return `bindings` (variable to term) with those that make `triple` of `pattern`, or None."""
    extended = dict(bindings)
    for part, term in zip(pattern, triple, strict=True):
        expected = extended.setdefault(part, term) if isinstance(part, str) else part
        if expected != term:
            return None
    return extended


def _depth(derivation: Derivation) -> int:
    return 1 + max(map(_depth, derivation.premises)) if derivation.premises else 0


def _preference(derivation: Derivation) -> tuple:
    premises = [str(premise.statement) for premise in derivation.premises]
    return derivation.size, _RULE_ORDER.index(derivation.rule), premises


def _add_article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"

"""The patterns of a rule's WHERE clause that have to hold, and the statements that fit them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Any

from diplograph.build.rules import Rule

# What the names of variables begin with that stand for blank nodes of a rule.
BLANK = "premise_blank"


@dataclass(frozen=True)
class Edge:
    """A statement that a pattern of a rule uses, as SPARQL; `context` joins it to the pattern."""

    subject: str
    predicate: str
    value: str
    context: str = ""


@dataclass(frozen=True)
class UsedPatterns:
    """The patterns of one group of a rule that have to hold: as SPARQL, and by their statements.

    `variables` are those of the rule in it. A property path has an edge for each of its steps.
    """

    text: str
    variables: frozenset[str]
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class RulePatterns:
    """The variables of a rule, sorted, and the patterns outside of negation and of SELECT."""

    variables: tuple[str, ...] = ()
    groups: tuple[UsedPatterns, ...] = ()


def read_patterns(rule: Rule) -> RulePatterns:
    """Return the patterns of the rule, none where RDFLib cannot read what Oxigraph can."""
    from pyparsing import ParseException
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        algebra = translateQuery(parseQuery(rule.text)).algebra.p
    except ParseException:
        return RulePatterns()
    groups = tuple(map(_describe_group, _list_groups(algebra)))
    return RulePatterns(tuple(sorted(map(str, algebra.PV))), groups)


def _list_groups(node: Any) -> Iterator[list[tuple]]:
    """Yield the patterns of each group that has to hold, or may (OPTIONAL, UNION)."""
    if node.name == "BGP":
        yield node.triples
    elif node.name == "ToMultiSet":  # a SELECT or VALUES
        return
    else:
        for part in ("p", "p1") if node.name == "Minus" else ("p", "p1", "p2"):
            if part in node:
                yield from _list_groups(node[part])


def _describe_group(triples: Iterable[tuple]) -> UsedPatterns:
    from rdflib import BNode, Variable

    names = {}
    for term in chain.from_iterable(triples):
        if isinstance(term, BNode):
            names.setdefault(term, Variable(f"{BLANK}{len(names)}"))
    patterns = [tuple(names.get(term, term) for term in triple) for triple in triples]
    variables = {term for triple in patterns for term in triple if isinstance(term, Variable)}
    fresh = (Variable(f"premise_{number}") for number in count())
    return UsedPatterns(
        " ".join(map(_write_pattern, patterns)),
        frozenset(map(str, variables - set(names.values()))),
        tuple(edge for pattern in patterns for edge in _list_edges(*pattern, fresh)),
    )


def _list_edges(subject: Any, path: Any, value: Any, fresh: Iterator[Any]) -> Iterator[Edge]:
    """Yield the statements on a property path between two terms; none of one that negates."""
    from rdflib import paths

    if not isinstance(path, paths.Path):
        yield Edge(subject.n3(), path.n3(), value.n3())
    elif isinstance(path, paths.InvPath):
        yield from _list_edges(value, path.arg, subject, fresh)
    elif isinstance(path, paths.AlternativePath):
        for choice in path.args:
            yield from _list_edges(subject, choice, value, fresh)
    elif isinstance(path, paths.MulPath) and path.mod == paths.ZeroOrOne:
        yield from _list_edges(subject, path.path, value, fresh)
    elif isinstance(path, paths.MulPath):
        begin, end = next(fresh), next(fresh)
        before, after = (subject, path.path * "*", begin), (end, path.path * "*", value)
        yield from _join(_list_edges(begin, path.path, end, fresh), [before, after])
    elif isinstance(path, paths.SequencePath):
        nodes = [subject, *(next(fresh) for _ in path.args[1:]), value]
        steps = list(zip(nodes, path.args, nodes[1:], strict=False))
        for step in steps:
            others = [other for other in steps if other is not step]
            yield from _join(_list_edges(*step, fresh), others)


def _join(edges: Iterable[Edge], patterns: Iterable[tuple]) -> Iterator[Edge]:
    context = " ".join(map(_write_pattern, patterns))
    for edge in edges:
        yield replace(edge, context=f"{edge.context} {context}".strip())


def _write_pattern(pattern: tuple) -> str:
    return " ".join(term.n3() for term in pattern) + " ."

"""How a rule of the home made a statement: the solution of its WHERE clause, what that rests on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from diplograph.build.derive import INSTANTS
from diplograph.build.rules import Rule
from diplograph.core.names import SHAPES_GRAPH
from diplograph.core.rdf import Term
from diplograph.views.derivation import Bindings, unify
from diplograph.views.query import QueryRunner, fill_query
from diplograph.views.rule_patterns import BLANK, Edge, RulePatterns, UsedPatterns, read_patterns

# Statements that are named for one statement; a path may have any number.
_MOST_PREMISES = 30
# What gives a date estimate its instants, as a rule.
_DATES = ("edtf", "what a date dates begins and ends within its bounds, as its role says")
_NAMES = ("graph", "subject", "property", "value")
_VARIABLE = re.compile(r"\?\w+")


@dataclass(frozen=True)
class RuleInstance:
    """What made a statement, by its name and in words, and the statements it used, by graph.

    Those below a SELECT, and what is not there, are not to be found again.
    """

    rule: str
    words: str
    premises: tuple[ox.Quad, ...] = ()


def read_rules(asking: QueryRunner) -> Iterator[tuple[str, str]]:
    """Yield text and file of each rule of the graph, in the order they run; one query."""
    for row in asking.rows(fill_query("rules")):
        yield row["text"], row["file"]


def find_instance(
    asking: QueryRunner, rules: Iterable[Rule], goal: ox.Triple
) -> RuleInstance | None:
    """Return the first rule that makes `goal`, by the first of its solutions; None where none does.

    At most one query for each rule with such a statement in its template, and one more.
    """
    if goal.predicate in INSTANTS:
        premises = asking.quads(fill_query("date-statements", thing=goal.subject))
        return RuleInstance(*_DATES, tuple(premises))
    for rule, bindings in _list_makers(rules, goal):
        patterns = read_patterns(rule)
        solutions = asking.terms(_write_solution_query(rule, patterns.variables, bindings))
        if solutions:
            text = _write_premise_query(patterns, solutions[0])
            return RuleInstance(rule.file, rule.title, tuple(asking.quads(text)) if text else ())
    return None


def name_rule(rules: Iterable[Rule], goal: ox.Triple) -> RuleInstance | None:
    """Return the first rule with such a statement in its template, without what it used."""
    if goal.predicate in INSTANTS:
        return RuleInstance(*_DATES)
    makers = (RuleInstance(rule.file, rule.title) for rule, _ in _list_makers(rules, goal))
    return next(makers, None)


def _list_makers(rules: Iterable[Rule], goal: ox.Triple) -> Iterator[tuple[Rule, Bindings]]:
    """Yield each rule and the terms of its variables with which a statement it makes is `goal`."""
    for rule in rules:
        for pattern in rule.makes:
            bindings = unify(pattern, goal, {})
            if bindings is not None:
                yield rule, bindings


def _write_solution_query(rule: Rule, variables: Iterable[str], bindings: Bindings) -> str:
    """Return the query for the first solution with these terms, by the order of `variables`."""
    known = {name.removeprefix("?"): term for name, term in bindings.items()}
    order = " ".join(f"?{name}" for name in variables)
    ordered = f"ORDER BY {order} " if order else ""
    where = f"{{ {_write_values(known)} {rule.where} }}"
    return f"{rule.prologue}\nSELECT * WHERE {where} {ordered}LIMIT 1"


def _write_premise_query(patterns: RulePatterns, solution: Mapping[str, Term]) -> str:
    """Return the query for the statements that a solution rests on, "" where there are none."""
    branches = [
        _write_branch(number, group, edge, solution)
        for number, (group, edge) in enumerate(
            (group, edge)
            for group in patterns.groups
            if group.variables <= solution.keys()
            for edge in group.edges
        )
    ]
    if not branches:
        return ""
    names = " ".join(f"?premise_{name}" for name in _NAMES)
    shown = " ".join(f"(?premise_{name} AS ?{name})" for name in _NAMES)
    return (
        f"SELECT {shown} WHERE {{ SELECT (MIN(?premise_number) AS ?premise_order) {names}"
        f" WHERE {{ {' UNION '.join(branches)} }} GROUP BY {names} }}"
        f" ORDER BY ?premise_order {names} LIMIT {_MOST_PREMISES}"
    )


def _write_branch(
    number: int, group: UsedPatterns, edge: Edge, solution: Mapping[str, Term]
) -> str:
    """Return the part of the query for the statements of one edge.

    The terms of the solution are known; only blank nodes have to be found by the whole group.
    """
    statement = f"{edge.subject} {edge.predicate} {edge.value}"
    used = {name.group() for name in _VARIABLE.finditer(f"{statement} {edge.context}")}
    patterns, names = edge.context, {name.removeprefix("?") for name in used}
    if any(name.startswith(BLANK) for name in names):
        patterns, names = f"{group.text} {edge.context}", group.variables
    known = {name: term for name, term in solution.items() if name in names & group.variables}
    return (
        f"{{ {_write_values(known)} {patterns}"
        f" GRAPH ?premise_graph {{ {statement} }}"
        f" FILTER (?premise_graph != <{SHAPES_GRAPH}>"
        f" && !isBlank({edge.subject}) && !isBlank({edge.value}))"
        f" BIND ({number} AS ?premise_number) BIND ({edge.subject} AS ?premise_subject)"
        f" BIND ({edge.predicate} AS ?premise_property) BIND ({edge.value} AS ?premise_value) }}"
    )


def _write_values(terms: Mapping[str, Term]) -> str:
    """Return the line that binds these terms, blank nodes left out, which no query can name."""
    named = {f"?{name}": str(t) for name, t in terms.items() if not isinstance(t, ox.BlankNode)}
    return f"VALUES ({' '.join(named)}) {{ ({' '.join(named.values())}) }}" if named else ""

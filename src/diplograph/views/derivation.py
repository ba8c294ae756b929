"""Why a statement holds: asserted by a file, or by rules that lead down to what files assert.

Only what a rule could use is fetched: the things on a path of properties between the two ends, and
the statements among them. So it costs the same at a hub as at an edge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from diplograph.build.explain import Derivation, Explainer
from diplograph.core.errors import UnknownThing
from diplograph.core.names import INFERRED_GRAPH, ONTOLOGY_GRAPH, PREFIXES, compact
from diplograph.things import TYPE, Thing
from diplograph.views.asking import Asking, Row, values
from diplograph.views.evidence import read_evidence
from diplograph.views.schema import Path, Schema
from diplograph.views.statements import Record
from diplograph.views.texts import fill
from diplograph.wording import say_rule, say_statement

_PATHS = 30
# What the words of RDFS and OWL are called where the graph has no label for them.
_WORDS = {
    f"{PREFIXES['rdfs']}subClassOf": "is a kind of",
    f"{PREFIXES['rdfs']}subPropertyOf": "is a narrower relation than",
    f"{PREFIXES['rdfs']}domain": "starts at",
    f"{PREFIXES['rdfs']}range": "points to",
    f"{PREFIXES['owl']}inverseOf": "is the inverse of",
    f"{PREFIXES['owl']}propertyChainAxiom": "is the same as the steps of",
    f"{PREFIXES['owl']}TransitiveProperty": "relation that carries on",
    f"{PREFIXES['owl']}SymmetricProperty": "relation that holds both ways",
}
Term = ox.NamedNode | ox.BlankNode | ox.Literal


@dataclass(frozen=True)
class Reason:
    """A statement in words and why it holds: a rule over `premises`, or a graph that asserts it.

    `schema`: it rests on the ontology alone, not on anything reported.
    """

    statement: str
    because: str
    subject: Thing
    value: Thing | str
    graph: str
    schema: bool
    premises: tuple[Reason, ...]


@dataclass(frozen=True)
class Explained:
    """A statement of the graph, the graphs that assert it, and why it holds.

    `reason` is None where no chain of rules was found; `facts` are the facts that it rests on.
    """

    statement: str
    subject: Thing
    predicate: Thing
    value: Thing | str
    asserted: bool
    reason: Reason | None
    facts: tuple[Record, ...]


class Nearby:
    """A few statements in memory, matched as those of a store are."""

    def __init__(self, quads: Iterable[ox.Quad]):
        """`quads` name the graph that each statement is in."""
        self._store = ox.Store()
        self._store.extend(quads)

    def match(self, subject: Term | None, predicate: Term | None, value: Term | None) -> object:
        """Return the statements of the pattern, of all graphs."""
        return self._store.quads_for_pattern(subject, predicate, value, None)


def explain(
    asking: Asking, schema: Schema, subject: str, predicate: str, written: str
) -> Explained:
    """Return why the statement holds whose value reads `written`; at most five queries.

    `written` is an IRI or the characters of a literal. Raises UnknownThing where the graph holds no
    such statement.
    """
    named = {"subject": subject, "property": predicate, "written": ox.Literal(written)}
    rows = asking.rows(fill("statements-between", **named))
    if not rows:
        said = f"{compact(subject)} {compact(predicate)} {_shorten(written)}"
        raise UnknownThing(f"the graph does not hold: {said}")
    value = _term(rows[0])
    goal = ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), value)
    quads = [_quad(row, goal.subject, goal.predicate) for row in rows]
    asserted = any(row["graph"] != INFERRED_GRAPH for row in rows)
    derivation = _derive(asking, schema, goal, quads)
    return _tell(asking, goal, asserted, derivation)


def _derive(
    asking: Asking, schema: Schema, goal: ox.Triple, known: list[ox.Quad]
) -> Derivation | None:
    asserted = any(quad.graph_name.value != INFERRED_GRAPH for quad in known)
    near = [] if asserted else [*_fetch(asking, schema, goal), *schema.quads]
    try:
        return Explainer(Nearby([*known, *near])).explain(goal)
    except UnknownThing:
        return None


def _fetch(asking: Asking, schema: Schema, goal: ox.Triple) -> list[ox.Quad]:
    """Return the statements among the ends of `goal` and the things between them; two queries."""
    ends = [goal.subject, goal.object]
    if goal.predicate.value == TYPE:
        classes = schema.find_classes(goal.object.value)
        text = _ask_ends(goal.subject, *schema.find_ends(classes))
        targets = [*ends, *map(ox.NamedNode, sorted(classes - {goal.object.value}))]
    else:
        text, targets = _ask_paths(goal, schema.find_paths(goal.predicate.value)), ends
    between = {
        iri for row in (asking.rows(text) if text else []) for iri in row.values() if ":" in iri
    }
    nodes = [ox.NamedNode(iri) for iri in sorted(between - {each.value for each in ends})]
    subjects = [each for each in (*ends, *nodes) if isinstance(each, ox.NamedNode)]
    rows = asking.rows(fill("statements-among", subject=subjects, value=[*targets, *nodes]))
    return [_quad(row, ox.NamedNode(row["subject"]), ox.NamedNode(row["property"])) for row in rows]


def _ask_paths(goal: ox.Triple, paths: Iterable[Path]) -> str:
    """Return the query for what lies between the ends of `goal` on one of the paths, or nothing."""
    branches = []
    for path in paths:
        nodes = [str(goal.subject), *(f"?n{n}" for n in range(1, len(path))), str(goal.object)]
        steps = zip(path, nodes, nodes[1:], strict=False)
        lines = (
            f"{end} <{name}> {start} ." if backwards else f"{start} <{name}> {end} ."
            for (name, backwards), start, end in steps
            if not (end if backwards else start).startswith('"')
        )
        branches.append(f"{{ {' '.join(lines)} }}")
    if not branches:
        return ""
    return f"SELECT DISTINCT * WHERE {{ {' UNION '.join(branches)} }} LIMIT {_PATHS}"


def _ask_ends(node: ox.NamedNode, starting: frozenset[str], ending: frozenset[str]) -> str:
    """Return the query for one thing by each property that gives `node` its class, or nothing."""
    branches = []
    for properties, pattern in ((starting, "{} ?property ?other"), (ending, "?other ?property {}")):
        if properties:
            chosen = values("property", sorted(properties))
            branches.append(f"{{ {chosen} {pattern.format(node)} . FILTER (isIRI(?other)) }}")
    if not branches:
        return ""
    return (
        f"SELECT (MIN(STR(?other)) AS ?one) WHERE {{ {' UNION '.join(branches)} }}"
        f" GROUP BY ?property ORDER BY ?one LIMIT {_PATHS}"
    )


def _tell(
    asking: Asking, goal: ox.Triple, asserted: bool, derivation: Derivation | None
) -> Explained:
    names = _read_labels(asking, goal, derivation)

    def label(iri: str) -> str:
        return names.get(iri) or _WORDS.get(iri) or compact(iri)

    facts = []
    if derivation:
        leaves = [leaf for leaf in derivation.leaves() if leaf.graph != ONTOLOGY_GRAPH]
        subjects = dict.fromkeys(leaf.statement.subject.value for leaf in leaves)
        evidence = read_evidence(asking, subjects)
        facts = [
            Record(Thing(iri, label(iri)), (), evidence[iri]) for iri in subjects if iri in evidence
        ]
    return Explained(
        statement=say_statement(goal, label),
        subject=_name(goal.subject, label),
        predicate=_name(goal.predicate, label),
        value=_name(goal.object, label),
        asserted=asserted,
        reason=_reason(derivation, label) if derivation else None,
        facts=tuple(facts),
    )


def _read_labels(
    asking: Asking, goal: ox.Triple, derivation: Derivation | None
) -> Mapping[str, str]:
    terms = {*goal, *(term for each in _all(derivation) for term in each.statement)}
    iris = sorted(term.value for term in terms if isinstance(term, ox.NamedNode))
    rows = asking.rows(fill("labels", thing=iris))
    return {row["thing"]: row["thingLabel"] for row in reversed(rows)}


def _all(derivation: Derivation | None) -> Iterable[Derivation]:
    if derivation:
        yield derivation
        for premise in derivation.premises:
            yield from _all(premise)


def _reason(derivation: Derivation, label: object) -> Reason:
    leaves = derivation.leaves()
    return Reason(
        statement=say_statement(derivation.statement, label),
        because=say_rule(derivation, label),
        subject=_name(derivation.statement.subject, label),
        value=_name(derivation.statement.object, label),
        graph=derivation.graph or "",
        schema=all(leaf.graph == ONTOLOGY_GRAPH for leaf in leaves),
        premises=tuple(_reason(each, label) for each in derivation.premises),
    )


def _name(term: Term, label: object) -> Thing | str:
    if isinstance(term, ox.NamedNode):
        return Thing(term.value, label(term.value))
    return term.value if isinstance(term, ox.Literal) else "a list"


def _quad(row: Row, subject: ox.NamedNode, predicate: ox.NamedNode) -> ox.Quad:
    return ox.Quad(subject, predicate, _term(row), ox.NamedNode(row["graph"]))


def _term(row: Row) -> Term:
    if row["named"] in {"true", "1"}:
        return ox.NamedNode(row["value"])
    if row.get("language"):
        return ox.Literal(row["value"], language=row["language"])
    plain = row.get("datatype") in {None, "", f"{PREFIXES['xsd']}string"}
    return (
        ox.Literal(row["value"])
        if plain
        else ox.Literal(row["value"], datatype=ox.NamedNode(row["datatype"]))
    )


def _shorten(text: str) -> str:
    return compact(text) if "://" in text else repr(text)

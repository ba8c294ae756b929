"""Why a statement holds: a file asserts it, or rules derive it from what files assert.

Only the statements that a rule could use are fetched: the things on a path of properties between
the two ends of the statement, and the statements among them. So a thing with thousands of links
costs the same as one with few.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.core.errors import UnknownThing
from diplograph.core.names import INFERRED_GRAPH, ONTOLOGY_GRAPH, PREFIXES, TYPE, compact
from diplograph.core.rdf import Term
from diplograph.core.things import Thing
from diplograph.views.derivation import (
    Derivation,
    Explainer,
    Labeller,
    say_rule,
    say_statement,
    say_term,
)
from diplograph.views.ontology import IndexedGraph
from diplograph.views.query import BindingRow, QueryRunner, fill_query, values
from diplograph.views.records import FactRecord, read_evidence

if TYPE_CHECKING:
    from diplograph.core.rdf import Location


# A property, and whether it is followed from its value to its subject.
PathStep = tuple[str, bool]
Path = tuple[PathStep, ...]
# File and line of an asserted statement, by subject, predicate and value: see Asserted.locate.
Locate = Callable[[str, str, str], "Location | None"]

_RDFS, _OWL = PREFIXES["rdfs"], PREFIXES["owl"]
# How many property chains may be nested in one another.
_DEEPEST = 3
# Paths and neighbours that are fetched for one statement.
_MOST_PATHS = 30
# Labels of the terms of RDFS and OWL where the graph has none.
SCHEMA_LABELS = {
    f"{_RDFS}subClassOf": "is a kind of",
    f"{_RDFS}subPropertyOf": "is a narrower relation than",
    f"{_RDFS}domain": "starts at",
    f"{_RDFS}range": "points to",
    f"{_OWL}inverseOf": "is the inverse of",
    f"{_OWL}propertyChainAxiom": "is the same as the steps of",
    f"{_OWL}TransitiveProperty": "relation that carries on",
    f"{_OWL}SymmetricProperty": "relation that holds both ways",
}


# ---- the ontology -------------------------------------------------------------------------


class Schema:
    """The statements of the ontology that rules can fire on, asserted and inferred."""

    def __init__(self, quads: Iterable[ox.Quad]):
        """`quads` name the graph that each statement is in."""
        self.quads = tuple(quads)
        self._graph = IndexedGraph(quad.triple for quad in self.quads)
        self._transitive = frozenset(self._graph.typed(f"{_OWL}TransitiveProperty"))
        self._symmetric = frozenset(self._graph.typed(f"{_OWL}SymmetricProperty"))

    def find_paths(self, predicate: str) -> tuple[Path, ...]:
        """Return the paths of two steps or more by which a statement of `predicate` can follow."""
        paths = dict.fromkeys(self._list_paths(predicate, _DEEPEST))
        return tuple(path for path in paths if len(path) > 1)

    def find_classes(self, top: str) -> frozenset[str]:
        """Return the class `top` and all its subclasses."""
        classes, unvisited = {top}, [top]
        while unvisited:
            subclasses = {*self._graph.subjects(f"{_RDFS}subClassOf", unvisited.pop())} - classes
            classes |= subclasses
            unvisited += subclasses
        return frozenset(classes)

    def find_properties(self, classes: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Return the properties with one of `classes` as domain, and those with one as range."""
        starting, ending = (
            frozenset(name for class_ in classes for name in self._graph.subjects(end, class_))
            for end in (f"{_RDFS}domain", f"{_RDFS}range")
        )
        return starting, ending

    def _list_paths(self, predicate: str, depth: int) -> list[Path]:
        result: list[Path] = [((predicate, False),)]
        for name, backwards in self._list_narrower(predicate) if depth else ():
            paths = [path for chain in self._chains(name) for path in self._expand(chain, depth)]
            if name in self._transitive:
                paths.append(((name, False), (name, False)))
            result += [_reverse(path) if backwards else path for path in paths]
        return result

    def _expand(self, chain: tuple[str, ...], depth: int) -> list[Path]:
        """Return the chain with each of its steps replaced by the paths that imply it."""
        steps = [self._list_paths(name, depth - 1) for name in chain]
        return [tuple(step for path in paths for step in path) for paths in product(*steps)]

    def _list_narrower(self, predicate: str) -> list[PathStep]:
        """Return the properties that imply `predicate`: subproperties, inverses, and theirs."""
        graph, inverse = self._graph, f"{_OWL}inverseOf"
        result: list[PathStep] = [(predicate, False)]
        for name, backwards in result:  # grows meanwhile
            turned = [*graph.subjects(inverse, name), *graph.iris(name, inverse)]
            turned += [name] if name in self._symmetric else []
            near = [(other, backwards) for other in graph.subjects(f"{_RDFS}subPropertyOf", name)]
            near += [(other, not backwards) for other in turned]
            result += [step for step in dict.fromkeys(near) if step not in result]
        return result

    def _chains(self, name: str) -> list[tuple[str, ...]]:
        lists = self._graph.values(name, f"{_OWL}propertyChainAxiom")
        return sorted(tuple(step.value for step in self._graph.members(node)) for node in lists)


def read_schema(asking: QueryRunner) -> Schema:
    """Return what the ontology lets follow; two queries, whose results hold for a whole build."""
    return Schema(
        ox.Quad(*triple, ox.NamedNode(graph))
        for graph in (ONTOLOGY_GRAPH, INFERRED_GRAPH)
        for triple in asking.triples(fill_query("schema-statements", graph=graph))
    )


# ---- explanations -------------------------------------------------------------------------


@dataclass(frozen=True)
class ExplanationStep:
    """A statement in words and why it holds: by a rule over `premises`, or since a file asserts it.

    `rule` is its name in the OWL 2 profiles recommendation, `because` says it in words. `file` is
    file and line, or else the IRI of the graph that has it; empty for what a rule gives. `schema`:
    it rests on the ontology alone, not on anything reported.
    """

    statement: str
    subject: str
    predicate: str
    value: str
    rule: str
    because: str
    file: str
    schema: bool
    premises: tuple[ExplanationStep, ...]

    @property
    def inferred(self) -> bool:
        """Whether a rule gives it; else a file asserts it."""
        return bool(self.premises)

    def leaves(self) -> Iterator[ExplanationStep]:
        """Yield the asserted statements it rests on, in reading order."""
        if not self.premises:
            yield self
        for premise in self.premises:
            yield from premise.leaves()


@dataclass(frozen=True)
class ExplainedStatement:
    """A statement of the graph, whether a file asserts it, and why it holds.

    `reason` is None where no chain of rules was found; `facts` are the facts that it rests on.
    """

    statement: str
    subject: Thing
    predicate: Thing
    value: Thing | str
    asserted: bool
    reason: ExplanationStep | None
    facts: tuple[FactRecord, ...]


class _Neighbourhood:
    """A few quads in memory that an Explainer can search."""

    def __init__(self, quads: Iterable[ox.Quad]):
        self._store = ox.Store()
        self._store.extend(quads)

    def match(
        self, subject: Term | None, predicate: Term | None, value: Term | None
    ) -> Iterable[ox.Quad]:
        return self._store.quads_for_pattern(subject, predicate, value, None)


def explain_statement(
    asking: QueryRunner, schema: Schema, subject: str, predicate: str, written: str
) -> ExplainedStatement:
    """Return why the statement holds whose value is `written`; at most five queries.

    `written` is an IRI or the characters of a literal. Raises UnknownThing where the graph holds no
    such statement.
    """
    goal, known = _find_goal(asking, subject, predicate, written)
    try:
        derivation = _derive(asking, schema, goal, known)
    except UnknownThing:
        derivation = None
    label = _read_labels(asking, goal, derivation, SCHEMA_LABELS)
    reason = _make_step(derivation, label) if derivation else None
    return ExplainedStatement(
        statement=say_statement(goal, label),
        subject=_name(goal.subject, label),
        predicate=_name(goal.predicate, label),
        value=_name(goal.object, label),
        asserted=_is_asserted(known),
        reason=reason,
        facts=_read_facts(asking, derivation, label) if derivation else (),
    )


def derive_step(
    asking: QueryRunner,
    schema: Schema,
    statement: tuple[str, str, str],
    locate: Locate | None = None,
) -> ExplanationStep:
    """Return why the statement (subject, predicate, value) holds, down to files; four queries.

    Terms of RDFS and OWL without a label are CURIEs. Raises UnknownThing where the graph does not
    hold the statement, or no chain of rules was found.
    """
    goal, known = _find_goal(asking, *statement)
    derivation = _derive(asking, schema, goal, known)
    return _make_step(derivation, _read_labels(asking, goal, derivation, {}), locate)


def _find_goal(
    asking: QueryRunner, subject: str, predicate: str, written: str
) -> tuple[ox.Triple, list[ox.Quad]]:
    """Return the statement whose value is `written`, and it in each graph that has it."""
    terms = {"subject": subject, "property": predicate, "written": ox.Literal(written)}
    rows = asking.rows(fill_query("statements-between", **terms))
    if not rows:
        value = compact(written) if "://" in written else repr(written)
        raise UnknownThing(
            f"the graph does not hold: {compact(subject)} {compact(predicate)} {value}"
        )
    ends = {"subject": subject, "property": predicate}
    quads = [_read_quad({**row, **ends}) for row in rows]
    return quads[0].triple, quads


def _is_asserted(quads: Iterable[ox.Quad]) -> bool:
    return any(quad.graph_name.value != INFERRED_GRAPH for quad in quads)


def _derive(
    asking: QueryRunner, schema: Schema, goal: ox.Triple, known: list[ox.Quad]
) -> Derivation:
    """Return the shortest derivation of `goal`; raises UnknownThing where there is none."""
    near = [] if _is_asserted(known) else [*_fetch_near(asking, schema, goal), *schema.quads]
    return Explainer(_Neighbourhood([*known, *near])).explain(goal)


def _fetch_near(asking: QueryRunner, schema: Schema, goal: ox.Triple) -> list[ox.Quad]:
    """Return the statements that a rule could derive `goal` from; two queries."""
    ends = {goal.subject: None, goal.object: None}
    if goal.predicate.value == TYPE:
        classes = schema.find_classes(goal.object.value)
        links = _fetch_links(asking, goal.subject, *schema.find_properties(classes))
        linked = dict.fromkeys(term for quad in links for term in (quad.subject, quad.object))
        types = map(ox.NamedNode, sorted(classes))
        return [*links, *_fetch_among(asking, ends | linked, ends | linked | dict.fromkeys(types))]
    text = _write_path_query(goal, schema.find_paths(goal.predicate.value))
    rows = asking.rows(text) if text else []
    between = sorted({iri for row in rows for iri in row.values() if ":" in iri})
    nodes = ends | dict.fromkeys(map(ox.NamedNode, between))
    return _fetch_among(asking, nodes, nodes)


def _fetch_among(
    asking: QueryRunner, subjects: Iterable[Term], objects: Iterable[Term]
) -> list[ox.Quad]:
    """Return the statements of `subjects` whose value is one of `objects`; literals have none."""
    terms = {
        name: [term for term in nodes if isinstance(term, ox.NamedNode)]
        for name, nodes in (("subject", subjects), ("value", objects))
    }
    rows = asking.rows(fill_query("statements-among", **terms))
    return [_read_quad(row) for row in rows]


def _write_path_query(goal: ox.Triple, paths: Iterable[Path]) -> str:
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
    return f"SELECT DISTINCT * WHERE {{ {' UNION '.join(branches)} }} LIMIT {_MOST_PATHS}"


def _fetch_links(
    asking: QueryRunner, node: ox.NamedNode, starting: frozenset[str], ending: frozenset[str]
) -> list[ox.Quad]:
    """Return one statement of each property that gives `node` a class: the first by its text.

    `starting`: properties with `node` as subject; `ending`: those with `node` as value. One query.
    """
    branches = []
    for properties, pattern, linked in (
        (starting, f"{node} ?property ?other", (str(node), "?other")),
        (ending, f"?other ?property {node}", ("?other", str(node))),
    ):
        if properties:
            chosen = values("property", sorted(properties))
            branches.append(
                f"{{ {{ SELECT ?property (MIN({_TEXT}) AS ?first) WHERE {{ {chosen} {pattern} ."
                f" FILTER (!isBlank(?other)) }} GROUP BY ?property"
                f" ORDER BY ?property LIMIT {_MOST_PATHS} }}"
                f" GRAPH ?graph {{ {pattern} . }} FILTER ({_TEXT} = ?first)"
                f" BIND ({linked[0]} AS ?subject) BIND ({linked[1]} AS ?value) }}"
            )
    if not branches:
        return []
    rows = asking.rows(
        "SELECT DISTINCT ?graph ?subject ?property ?value (isIRI(?value) AS ?named)"
        ' (IF(isLiteral(?value), LANG(?value), "") AS ?language)'
        ' (IF(isLiteral(?value), STR(DATATYPE(?value)), "") AS ?datatype)'
        f" WHERE {{ {' UNION '.join(branches)} }} ORDER BY ?graph ?subject ?property ?value"
    )
    return [_read_quad(row) for row in rows]


# How N-Triples orders two terms of one kind.
_TEXT = 'CONCAT(STR(?other), IF(isIRI(?other), ">", "\\""))'


def _read_labels(
    asking: QueryRunner,
    goal: ox.Triple,
    derivation: Derivation | None,
    schema_labels: Mapping[str, str],
) -> Labeller:
    """Return the function that gives the label of each thing in the derivation; one query."""
    terms = {*goal, *(term for step in _list_steps(derivation) for term in step.statement)}
    iris = sorted(term.value for term in terms if isinstance(term, ox.NamedNode))
    rows = asking.rows(fill_query("labels", thing=iris))
    labels = {row["thing"]: row["thingLabel"] for row in reversed(rows)}
    return lambda iri: labels.get(iri) or schema_labels.get(iri) or compact(iri)


def _list_steps(derivation: Derivation | None) -> Iterator[Derivation]:
    if derivation:
        yield derivation
        for premise in derivation.premises:
            yield from _list_steps(premise)


def _read_facts(
    asking: QueryRunner, derivation: Derivation, label: Labeller
) -> tuple[FactRecord, ...]:
    """Return the facts, with their attestations, among the subjects of the leaves; one query."""
    leaves = (leaf for leaf in derivation.leaves() if leaf.graph != ONTOLOGY_GRAPH)
    subjects = dict.fromkeys(leaf.statement.subject.value for leaf in leaves)
    evidence = read_evidence(asking, subjects)
    return tuple(
        FactRecord(Thing(iri, label(iri)), (), evidence[iri]) for iri in subjects if iri in evidence
    )


def _make_step(
    derivation: Derivation, label: Labeller, locate: Locate | None = None
) -> ExplanationStep:
    subject, predicate, value = (term.value for term in derivation.statement)
    place = None
    if locate and not derivation.premises:
        place = locate(subject, predicate, value)
    return ExplanationStep(
        statement=say_statement(derivation.statement, label),
        subject=subject,
        predicate=predicate,
        value=value,
        rule=derivation.rule,
        because=say_rule(derivation, label),
        file=str(place) if place else derivation.graph or "",
        schema=all(leaf.graph == ONTOLOGY_GRAPH for leaf in derivation.leaves()),
        premises=tuple(_make_step(premise, label, locate) for premise in derivation.premises),
    )


def _name(term: Term, label: Labeller) -> Thing | str:
    text = say_term(term, label)
    return Thing(term.value, text) if isinstance(term, ox.NamedNode) else text


def _reverse(path: Path) -> Path:
    return tuple((name, not backwards) for name, backwards in reversed(path))


def _read_quad(row: BindingRow) -> ox.Quad:
    subject, predicate, graph = (ox.NamedNode(row[n]) for n in ("subject", "property", "graph"))
    return ox.Quad(subject, predicate, read_term(row), graph)


def read_term(row: BindingRow) -> Term:
    """Return the term `?value` of a row that has `?named`, `?language` and `?datatype` too."""
    if _is_true(row["named"]):
        return ox.NamedNode(row["value"])
    if row.get("language"):
        return ox.Literal(row["value"], language=row["language"])
    if row.get("datatype"):
        return ox.Literal(row["value"], datatype=ox.NamedNode(row["datatype"]))
    return ox.Literal(row["value"])


def _is_true(text: str) -> bool:
    return text in {"true", "1"}

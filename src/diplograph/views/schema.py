"""What ontology and rules let follow, and the statements that one of them could follow from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, product

import pyoxigraph as ox

from diplograph.build.rules import Rule, make_rule
from diplograph.core.names import INFERRED_GRAPH, ONTOLOGY_GRAPH, PREFIXES, TYPE
from diplograph.core.rdf import Term
from diplograph.views.ontology import IndexedGraph
from diplograph.views.query import QueryRunner, fill_query, values
from diplograph.views.rule_instances import read_rules

# A property, and whether it is followed from its value to its subject.
PathStep = tuple[str, bool]
Path = tuple[PathStep, ...]

_RDFS, _OWL = PREFIXES["rdfs"], PREFIXES["owl"]
# How many property chains may be nested in one another.
_DEEPEST = 3
# Paths and neighbours that are fetched for one statement.
_MOST_PATHS = 30
# How N-Triples orders two terms of one kind.
_TEXT = 'CONCAT(STR(?other), IF(isIRI(?other), ">", "\\""))'


class Schema:
    """The statements of the ontology that rules can fire on, and the rules of the home."""

    def __init__(self, quads: Iterable[ox.Quad], rules: Iterable[tuple[str, str]] = ()):
        """`quads` name the graph of each statement, asserted or inferred; see `read_rules`."""
        self.quads, self._rules = tuple(quads), tuple(rules)
        self._graph = IndexedGraph(quad.triple for quad in self.quads)
        self._transitive = frozenset(self._graph.typed(f"{_OWL}TransitiveProperty"))
        self._symmetric = frozenset(self._graph.typed(f"{_OWL}SymmetricProperty"))

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the home, in the order they ran."""
        return tuple(make_rule(text, file) for text, file in self._rules)

    def find_paths(self, predicate: str) -> tuple[Path, ...]:
        """Return the paths of two steps or more by which a statement of `predicate` can follow."""
        return tuple(p for p in dict.fromkeys(self._list_paths(predicate, _DEEPEST)) if len(p) > 1)

    def find_classes(self, top: str) -> frozenset[str]:
        """Return the class `top` and all its subclasses."""
        classes = [top]
        for class_ in classes:  # grows meanwhile
            subclasses = self._graph.subjects(f"{_RDFS}subClassOf", class_)
            classes += [name for name in dict.fromkeys(subclasses) if name not in classes]
        return frozenset(classes)

    def find_properties(self, end: str, classes: Iterable[str]) -> list[str]:
        """Return the properties with one of `classes` as their `end`: "domain" or "range"."""
        subjects = self._graph.subjects
        return sorted({name for class_ in classes for name in subjects(_RDFS + end, class_)})

    def _list_paths(self, predicate: str, depth: int) -> list[Path]:
        result: list[Path] = [((predicate, False),)]
        for name, backwards in self._list_narrower(predicate) if depth else ():
            lists = self._graph.values(name, f"{_OWL}propertyChainAxiom")
            paths = []
            for names in sorted([step.value for step in self._graph.members(n)] for n in lists):
                steps = [self._list_paths(step, depth - 1) for step in names]
                paths += [tuple(chain.from_iterable(choice)) for choice in product(*steps)]
            if name in self._transitive:
                paths.append(((name, False), (name, False)))
            if backwards:
                paths = [tuple((step, not back) for step, back in reversed(p)) for p in paths]
            result += paths
        return result

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


def read_schema(asking: QueryRunner) -> Schema:
    """Return what ontology and rules let follow; three queries, which hold for a whole build."""
    quads = (
        ox.Quad(*triple, ox.NamedNode(graph))
        for graph in (ONTOLOGY_GRAPH, INFERRED_GRAPH)
        for triple in asking.triples(fill_query("schema-statements", graph=graph))
    )
    return Schema(quads, read_rules(asking))


# ---- the statements near one ---------------------------------------------------------------


def fetch_near(asking: QueryRunner, schema: Schema, goals: Sequence[ox.Triple]) -> list[ox.Quad]:
    """Return the statements that OWL's rules could derive `goals` from; at most three queries."""
    ends = dict.fromkeys(term for goal in goals for term in (goal.subject, goal.object))
    typed = {
        goal: schema.find_classes(goal.object.value)
        for goal in goals
        if goal.predicate.value == TYPE
    }
    links = _fetch_links(asking, schema, typed)
    linked = dict.fromkeys(term for quad in links for term in (quad.subject, quad.object))
    paths = {goal: schema.find_paths(goal.predicate.value) for goal in goals if goal not in typed}
    rows = asking.rows(_write_path_query(paths)) if any(paths.values()) else []
    between = sorted({iri for row in rows for iri in row.values() if ":" in iri})
    nodes = ends | linked | dict.fromkeys(map(ox.NamedNode, between))
    types = map(ox.NamedNode, sorted(set().union(*typed.values())))
    return [*links, *_fetch_among(asking, nodes, nodes | dict.fromkeys(types))]


def _fetch_among(
    asking: QueryRunner, subjects: Iterable[Term], objects: Iterable[Term]
) -> list[ox.Quad]:
    """Return the statements of `subjects` whose value is one of `objects`; literals have none."""
    terms = {
        name: [term for term in nodes if isinstance(term, ox.NamedNode)]
        for name, nodes in (("subject", subjects), ("value", objects))
    }
    return asking.quads(fill_query("statements-among", **terms))


def _write_path_query(paths: Mapping[ox.Triple, Iterable[Path]]) -> str:
    """Return the query for what lies between the ends of each statement on one of its paths."""
    branches = []
    for goal, path in ((goal, path) for goal, choices in paths.items() for path in choices):
        nodes = [str(goal.subject), *(f"?n{n}" for n in range(1, len(path))), str(goal.object)]
        steps = zip(path, nodes, nodes[1:], strict=False)
        lines = (
            f"{end} <{name}> {start} ." if backwards else f"{start} <{name}> {end} ."
            for (name, backwards), start, end in steps
            if not (end if backwards else start).startswith('"')
        )
        branches.append(f"{{ {' '.join(lines)} }}")
    limit = _MOST_PATHS * len(paths)
    return f"SELECT DISTINCT * WHERE {{ {' UNION '.join(branches)} }} LIMIT {limit}"


def _fetch_links(
    asking: QueryRunner, schema: Schema, typed: Mapping[ox.Triple, Iterable[str]]
) -> list[ox.Quad]:
    """Return the first statement, by its text, of each property that gives a subject its class.

    `typed` has the classes that imply each type.
    """
    branches = []
    for classes, (end, subject, value) in (
        (classes, side)
        for goal, classes in typed.items()
        for side in (("domain", goal.subject, "?other"), ("range", "?other", goal.subject))
    ):
        properties = schema.find_properties(end, classes)
        if properties:
            pattern, chosen = f"{subject} ?property {value}", values("property", properties)
            branches.append(
                f"{{ {{ SELECT ?property (MIN({_TEXT}) AS ?first) WHERE {{ {chosen} {pattern} ."
                f" FILTER (!isBlank(?other)) }} GROUP BY ?property"
                f" ORDER BY ?property LIMIT {_MOST_PATHS} }}"
                f" GRAPH ?graph {{ {pattern} . }} FILTER ({_TEXT} = ?first)"
                f" BIND ({subject} AS ?subject) BIND ({value} AS ?value) }}"
            )
    if not branches:
        return []
    query = (
        "SELECT DISTINCT ?graph ?subject ?property ?value"
        f" WHERE {{ {' UNION '.join(branches)} }} ORDER BY ?graph ?subject ?property ?value"
    )
    return asking.quads(query)

"""Why a statement holds: asserted by a file, or by rules that lead down to what files assert.

Only what a rule could use is fetched: the things on a path of properties between the two ends, and
the statements among them. So it costs the same at a hub as at an edge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import pyoxigraph as ox

from diplograph.build.explain import CHAIN, Derivation, Explainer
from diplograph.core.errors import UnknownThing
from diplograph.core.names import INFERRED_GRAPH, ONTOLOGY_GRAPH, PREFIXES, TYPE, compact
from diplograph.core.things import Thing
from diplograph.views.query import BindingRow, QueryRunner, fill_query, values
from diplograph.views.records import FactRecord, read_evidence

# A property, and whether it is read backwards.
PathStep = tuple[str, bool]
Path = tuple[PathStep, ...]

_RDF, _RDFS, _OWL = (PREFIXES[each] for each in ("rdf", "rdfs", "owl"))
_DEEPEST = 3


class Schema:
    """The statements of the ontology that rules can fire on, with those that follow of them."""

    def __init__(self, quads: Iterable[ox.Quad]):
        """`quads` name the graph that each statement is in."""
        self.quads = tuple(quads)
        self._store = ox.Store()
        self._store.extend(self.quads)

    def find_paths(self, predicate: str) -> tuple[Path, ...]:
        """Return the paths of two steps or more by which a statement of `predicate` can follow."""
        found = dict.fromkeys(self._paths(predicate, _DEEPEST))
        return tuple(path for path in found if len(path) > 1)

    def find_classes(self, wanted: str) -> frozenset[str]:
        """Return the class and all below it."""
        found, open_ = {wanted}, [wanted]
        while open_:
            below = set(self._subjects("subClassOf", open_.pop())) - found
            found |= below
            open_ += below
        return frozenset(found)

    def find_ends(self, classes: Iterable[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Return the properties that start at one of these classes, and those that end at one."""
        known = tuple(classes)
        starting = {each for kind in known for each in self._subjects("domain", kind)}
        ending = {each for kind in known for each in self._subjects("range", kind)}
        return frozenset(starting), frozenset(ending)

    def _paths(self, predicate: str, depth: int) -> list[Path]:
        found: list[Path] = [((predicate, False),)]
        if not depth:
            return found
        for name, backwards in self._narrower(predicate):
            longer = [self._expand(chain, depth - 1) for chain in self._chains.get(name, ())]
            paths = [path for several in longer for path in several]
            if name in self._transitive:
                paths.append(((name, False), (name, False)))
            found += [_turn(path) if backwards else path for path in paths]
        return found

    def _expand(self, chain: tuple[str, ...], depth: int) -> list[Path]:
        steps = [self._paths(each, depth) for each in chain]
        return [tuple(step for path in paths for step in path) for paths in product(*steps)]

    def _narrower(self, predicate: str) -> list[PathStep]:
        """Return the properties that give `predicate`: under it, its inverses, theirs."""
        found: dict[PathStep, None] = {(predicate, False): None}
        for name, backwards in (open_ := list(found)):
            inverses = [*self._subjects("inverseOf", name, _OWL), *self._objects(name)]
            both = [name] if name in self._symmetric else []
            near = [(each, backwards) for each in self._subjects("subPropertyOf", name)]
            near += [(each, not backwards) for each in (*inverses, *both)]
            new = [step for step in near if step not in found]
            found |= dict.fromkeys(new)
            open_ += new
        return list(found)

    def _subjects(self, name: str, value: str, base: str = _RDFS) -> list[str]:
        found = self._match(None, base + name, ox.NamedNode(value))
        return sorted({quad.subject.value for quad in found})

    def _objects(self, subject: str) -> list[str]:
        found = self._match(ox.NamedNode(subject), f"{_OWL}inverseOf", None)
        return sorted({quad.object.value for quad in found})

    def _match(self, subject: object, predicate: str, value: object) -> Iterable[ox.Quad]:
        return self._store.quads_for_pattern(subject, ox.NamedNode(predicate), value, None)

    @cached_property
    def _transitive(self) -> frozenset[str]:
        return frozenset(self._subjects("type", f"{_OWL}TransitiveProperty", _RDF))

    @cached_property
    def _symmetric(self) -> frozenset[str]:
        return frozenset(self._subjects("type", f"{_OWL}SymmetricProperty", _RDF))

    @cached_property
    def _chains(self) -> dict[str, tuple[tuple[str, ...], ...]]:
        found: dict[str, list[tuple[str, ...]]] = {}
        for quad in self._match(None, f"{_OWL}propertyChainAxiom", None):
            found.setdefault(quad.subject.value, []).append(self._members(quad.object))
        return {name: tuple(sorted(chains)) for name, chains in found.items()}

    def _members(self, cell: object) -> tuple[str, ...]:
        members = []
        while cell is not None and not isinstance(cell, ox.NamedNode):  # the end is rdf:nil
            first = next(iter(self._match(cell, f"{_RDF}first", None)), None)
            rest = next(iter(self._match(cell, f"{_RDF}rest", None)), None)
            members += [first.object.value] if first else []
            cell = rest.object if rest else None
        return tuple(members)


def read_schema(asking: QueryRunner) -> Schema:
    """Return what the ontology lets follow; two queries, whose answer holds for a whole build."""
    quads = []
    for graph in (ONTOLOGY_GRAPH, INFERRED_GRAPH):
        for each in asking.triples(fill_query("schema-statements", graph=graph)):
            quads.append(ox.Quad(*each, ox.NamedNode(graph)))
    return Schema(quads)


def _turn(path: Path) -> Path:
    return tuple((name, not backwards) for name, backwards in reversed(path))


Label = Callable[[str], str]

_RULES = {
    "cax-sco": "every {s0} is {a_o0}",
    "prp-spo1": 'whatever is so by "{s0}" is so by "{o0}"',
    "prp-dom": 'whatever has "{s0}" is {a_o0}',
    "prp-rng": 'whatever something has as "{s0}" is {a_o0}',
    "prp-inv1": '"{o0}" is "{s0}" read backwards',
    "prp-inv2": '"{s0}" is "{o0}" read backwards',
    "prp-symp": '"{s0}" holds both ways',
    "prp-trp": '"{s0}" carries on from step to step',
    "scm-sco": "a kind of a kind is a kind",
    "scm-spo": "a relation under a relation is under what that one is under",
    "scm-dom1": "what starts at {a_s1} starts at {a_o1}",
    "scm-dom2": 'what "{o0}" starts at, "{s0}" starts at too',
    "scm-rng1": "what points to {a_s1} points to {a_o1}",
    "scm-rng2": 'what "{o0}" points to, "{s0}" points to too',
}


def say_rule(derivation: Derivation, label: Label) -> str:
    """Return why the statement follows from its premises, as one clause; empty for a leaf."""
    if derivation.rule == CHAIN:
        _, *steps = derivation.premises
        path = ", then ".join(f'"{label(step.statement.predicate.value)}"' for step in steps)
        return f'"{label(derivation.statement.predicate.value)}" is {path}'
    template = _RULES.get(derivation.rule, "")
    words = {}
    for number, premise in enumerate(derivation.premises):
        for part in ("subject", "object"):
            said = say_term(getattr(premise.statement, part), label)
            words[f"{part[0]}{number}"], words[f"a_{part[0]}{number}"] = said, _article(said)
    return template.format(**words)


def say_statement(triple: ox.Triple, label: Label) -> str:
    """Return a statement as `subject - property - value`, in labels; a type reads `is a`."""
    subject, value = say_term(triple.subject, label), say_term(triple.object, label)
    if triple.predicate.value == PREFIXES["rdf"] + "type":
        return f"{subject} is {_article(value)}"
    return f"{subject} - {label(triple.predicate.value)} - {value}"


def say_term(term: ox.NamedNode | ox.BlankNode | ox.Literal, label: Label) -> str:
    """Return the label of a thing or the characters of a literal; a list is just a list."""
    if isinstance(term, ox.NamedNode):
        return label(term.value)
    return term.value if isinstance(term, ox.Literal) else "a list"


def _article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"


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
_Term = ox.NamedNode | ox.BlankNode | ox.Literal


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
    facts: tuple[FactRecord, ...]


class Nearby:
    """A few statements in memory, matched as those of a store are."""

    def __init__(self, quads: Iterable[ox.Quad]):
        """`quads` name the graph that each statement is in."""
        self._store = ox.Store()
        self._store.extend(quads)

    def match(self, subject: _Term | None, predicate: _Term | None, value: _Term | None) -> object:
        """Return the statements of the pattern, of all graphs."""
        return self._store.quads_for_pattern(subject, predicate, value, None)


def explain_statement(
    asking: QueryRunner, schema: Schema, subject: str, predicate: str, written: str
) -> Explained:
    """Return why the statement holds whose value reads `written`; at most five queries.

    `written` is an IRI or the characters of a literal. Raises UnknownThing where the graph holds no
    such statement.
    """
    named = {"subject": subject, "property": predicate, "written": ox.Literal(written)}
    rows = asking.rows(fill_query("statements-between", **named))
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
    asking: QueryRunner, schema: Schema, goal: ox.Triple, known: list[ox.Quad]
) -> Derivation | None:
    asserted = any(quad.graph_name.value != INFERRED_GRAPH for quad in known)
    near = [] if asserted else [*_fetch(asking, schema, goal), *schema.quads]
    try:
        return Explainer(Nearby([*known, *near])).explain(goal)
    except UnknownThing:
        return None


def _fetch(asking: QueryRunner, schema: Schema, goal: ox.Triple) -> list[ox.Quad]:
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
    rows = asking.rows(fill_query("statements-among", subject=subjects, value=[*targets, *nodes]))
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
    asking: QueryRunner, goal: ox.Triple, asserted: bool, derivation: Derivation | None
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
            FactRecord(Thing(iri, label(iri)), (), evidence[iri])
            for iri in subjects
            if iri in evidence
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
    asking: QueryRunner, goal: ox.Triple, derivation: Derivation | None
) -> Mapping[str, str]:
    terms = {*goal, *(term for each in _all(derivation) for term in each.statement)}
    iris = sorted(term.value for term in terms if isinstance(term, ox.NamedNode))
    rows = asking.rows(fill_query("labels", thing=iris))
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


def _name(term: _Term, label: object) -> Thing | str:
    if isinstance(term, ox.NamedNode):
        return Thing(term.value, label(term.value))
    return term.value if isinstance(term, ox.Literal) else "a list"


def _quad(row: BindingRow, subject: ox.NamedNode, predicate: ox.NamedNode) -> ox.Quad:
    return ox.Quad(subject, predicate, _term(row), ox.NamedNode(row["graph"]))


def _term(row: BindingRow) -> _Term:
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

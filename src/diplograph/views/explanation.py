"""What is known about a thing, and why a statement holds: a file asserts it, or rules derive it.

To derive a statement, only those that a rule could use are fetched: the things on a path of
properties between its two ends, and the statements among them. So a thing with thousands of links
costs the same as one with few. The fields of Sheet and Explanation are in the order of their JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, product

import pyoxigraph as ox

from diplograph.core.errors import UnknownThing
from diplograph.core.names import (
    DERIVED_GRAPH,
    FACT,
    INFERRED_GRAPH,
    ONTOLOGY_GRAPH,
    PREFIXES,
    TYPE,
    compact,
)
from diplograph.core.rdf import Location, Term
from diplograph.core.things import Thing, Value
from diplograph.views.derivation import (
    Derivation,
    Explainer,
    Labeller,
    say_rule,
    say_statement,
    say_term,
)
from diplograph.views.ontology import IndexedGraph
from diplograph.views.query import (
    QueryRunner,
    fill_query,
    group_rows,
    thing,
    things,
    values,
)
from diplograph.views.records import (
    Attestation,
    FactRecord,
    Passage,
    is_known,
    read_asserted_values,
    read_evidence,
    read_values,
    recorded_passage,
)
from diplograph.views.report import Source, quote_passage
from diplograph.views.status import (
    LATEST_DAY,
    choose_state,
    read_dates,
    read_states,
    say_range,
    say_status,
)
from diplograph.views.thing import read_named_things, read_names_and_kinds

# A property, and whether it is followed from its value to its subject.
PathStep = tuple[str, bool]
Path = tuple[PathStep, ...]
# File and line of an asserted statement, by subject, predicate and value: see Asserted.locate.
Locate = Callable[[str, str, str], Location | None]
SourceTexts = Mapping[str, Source]

_DG, _RDFS, _OWL = PREFIXES["dg"], PREFIXES["rdfs"], PREFIXES["owl"]
# Properties by which reports, passages and attestations support a fact.
_SUPPORTS = {_DG + name for name in ("attestedBy", "attestedIn", "reportedBy")}
# How many property chains may be nested in one another.
_DEEPEST = 3
# Paths and neighbours that are fetched for one statement.
_MOST_PATHS = 30
# How N-Triples orders two terms of one kind.
_TEXT = 'CONCAT(STR(?other), IF(isIRI(?other), ">", "\\""))'
# Labels of the terms of RDFS and OWL where the graph has none.
_SCHEMA_LABELS = {
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


def explain_statement(
    asking: QueryRunner, schema: Schema, subject: str, predicate: str, written: str
) -> ExplainedStatement:
    """Return why the statement whose value is the IRI or characters `written` holds.

    At most five queries. Raises UnknownThing where the graph holds no such statement.
    """
    goal, known = _find_goal(asking, subject, predicate, written)
    try:
        derivation = _derive(asking, schema, goal, known)
    except UnknownThing:
        derivation = None
    label = _read_labels(asking, goal, derivation, _SCHEMA_LABELS)
    return ExplainedStatement(
        statement=say_statement(goal, label),
        subject=_name(goal.subject, label),
        predicate=_name(goal.predicate, label),
        value=_name(goal.object, label),
        asserted=any(
            quad.graph_name.value not in (DERIVED_GRAPH, INFERRED_GRAPH) for quad in known
        ),
        reason=_make_step(derivation, label) if derivation else None,
        facts=_read_facts_below(asking, derivation, label) if derivation else (),
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
    text = fill_query(
        "statements-between", subject=subject, property=predicate, written=ox.Literal(written)
    )
    quads = [quad for quad in asking.quads(text) if quad.object.value == written]
    if not quads:
        value = compact(written) if "://" in written else repr(written)
        raise UnknownThing(
            f"the graph does not hold: {compact(subject)} {compact(predicate)} {value}"
        )
    return quads[0].triple, quads


def _derive(
    asking: QueryRunner, schema: Schema, goal: ox.Triple, known: list[ox.Quad]
) -> Derivation:
    """Return the shortest derivation of `goal`; raises UnknownThing where there is none."""
    store = ox.Store()
    store.extend(known)
    if all(quad.graph_name.value == INFERRED_GRAPH for quad in known):
        store.extend([*_fetch_near(asking, schema, goal), *schema.quads])
    return Explainer(store.quads_for_pattern).explain(goal)


def _fetch_near(asking: QueryRunner, schema: Schema, goal: ox.Triple) -> list[ox.Quad]:
    """Return the statements that a rule could derive `goal` from; two queries."""
    ends = {goal.subject: None, goal.object: None}
    if goal.predicate.value == TYPE:
        classes = schema.find_classes(goal.object.value)
        links = _fetch_links(asking, schema, goal.subject, classes)
        linked = dict.fromkeys(term for quad in links for term in (quad.subject, quad.object))
        types = map(ox.NamedNode, sorted(classes))
        return [*links, *_fetch_among(asking, ends | linked, ends | linked | dict.fromkeys(types))]
    paths = schema.find_paths(goal.predicate.value)
    rows = asking.rows(_write_path_query(goal, paths)) if paths else []
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
    return asking.quads(fill_query("statements-among", **terms))


def _write_path_query(goal: ox.Triple, paths: Iterable[Path]) -> str:
    """Return the query for what lies between the ends of `goal` on one of the paths."""
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
    return f"SELECT DISTINCT * WHERE {{ {' UNION '.join(branches)} }} LIMIT {_MOST_PATHS}"


def _fetch_links(
    asking: QueryRunner, schema: Schema, node: ox.NamedNode, classes: Iterable[str]
) -> list[ox.Quad]:
    """Return the first statement, by its text, of each property that gives `node` a class."""
    branches = []
    for end, subject, value in (("domain", node, "?other"), ("range", "?other", node)):
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


def _read_labels(
    asking: QueryRunner,
    goal: ox.Triple,
    derivation: Derivation | None,
    schema_labels: Mapping[str, str],
) -> Labeller:
    """Return the function that gives the label of each thing in the derivation; one query."""
    terms, steps = {*goal}, [derivation] if derivation else []
    for step in steps:  # grows meanwhile
        terms.update(step.statement)
        steps += step.premises
    iris = sorted(term.value for term in terms if isinstance(term, ox.NamedNode))
    rows = asking.rows(fill_query("labels", thing=iris))
    labels = {row["thing"]: row["thingLabel"] for row in reversed(rows)}
    return lambda iri: labels.get(iri) or schema_labels.get(iri) or compact(iri)


def _read_facts_below(
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
    place = locate(subject, predicate, value) if locate and not derivation.premises else None
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


def _is_true(text: str) -> bool:
    return text in {"true", "1"}


# ---- things -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fact:
    """A fact that speaks of a thing; `records` are the dates and statuses that records give it."""

    thing: Thing
    kinds: tuple[Thing, ...]
    relations: tuple[Thing, ...]
    values: tuple[Value, ...]
    records: tuple[Value, ...]
    attestations: tuple[Attestation, ...]


@dataclass(frozen=True)
class Sheet:
    """All that is known about a thing: its values, what follows of it, the facts about it.

    `status` and `dates` say how an event stands and when it is, both empty for any other thing;
    `known`: a report that counts on the day tells of it.
    """

    thing: Thing
    kinds: tuple[Thing, ...]
    known: bool
    status: str
    dates: str
    values: tuple[Value, ...]
    inferred: tuple[Value, ...]
    attestations: tuple[Attestation, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Explanation:
    """Where a thing or a statement comes from.

    Of a fact: its `attestations`. Of an entity, report or passage: the `facts` about it with
    theirs. Of a statement: `step`, and in `facts` the facts whose statements it rests on.
    """

    thing: Thing
    kinds: tuple[Thing, ...]
    notes: tuple[str, ...] = ()
    passage: Passage | None = None
    attestations: tuple[Attestation, ...] = ()
    facts: tuple[Fact, ...] = ()
    step: ExplanationStep | None = None


def read_sheet(asking: QueryRunner, iri: str, day: date) -> Sheet:
    """Return all that the graph knows about the thing of that IRI on `day`; eleven queries.

    Values are ordered by their property's label, then by their own. Of what is inferred, values
    that the facts or narrower properties say already are left out. Raises UnknownThing.
    """
    named = read_named_things(asking, iri)
    facts = _read_facts_about(asking, iri, {}, day)
    evidence, states = read_evidence(asking, [iri], day), read_states(asking, [iri]).get(iri, ())
    state = choose_state(states, day)
    listed = {fact.thing for fact in facts}
    inferred = read_values(asking, "inferred-values", [iri], inferred=True).get(iri, ())
    return Sheet(
        thing=named.thing,
        kinds=named.kinds,
        known=state is not None and is_known(iri, evidence),
        status=say_status(state, day).label if states and state else "",
        dates=say_range(read_dates(asking, [iri], day).get(iri, ())),
        values=_by_property(read_asserted_values(asking, [iri]).get(iri, ())),
        inferred=_by_property(value for value in inferred if value.value not in listed),
        attestations=evidence.get(iri, ()),
        facts=facts,
    )


def explain_thing(asking: QueryRunner, iri: str, sources: SourceTexts) -> Explanation:
    """Return where the thing of that IRI comes from; at most eight queries.

    Passages of the reports in `sources` are quoted. Raises UnknownThing and SourceMismatch.
    """
    named = read_named_things(asking, iri)
    record = FactRecord(named.thing, read_asserted_values(asking, [iri]).get(iri, ()))
    facts = () if FACT in named.classes else _read_facts_about(asking, iri, sources)
    attestations = _quote(read_evidence(asking, [iri]).get(iri, ()), sources)
    if f"{_DG}Attestation" in named.classes:
        own = (item for fact in facts for item in fact.attestations if item.thing.iri == iri)
        attestations = tuple(own)[:1]
    is_passage = f"{_DG}Passage" in named.classes
    passage = quote_passage(recorded_passage(record), sources) if is_passage else None
    return Explanation(named.thing, named.kinds, _list_notes(record), passage, attestations, facts)


def explain_derivation(
    asking: QueryRunner,
    schema: Schema,
    statement: tuple[str, str, str],
    sources: SourceTexts,
    locate: Locate | None = None,
) -> Explanation:
    """Return why a statement holds, and the facts it rests on; at most eleven queries.

    Raises UnknownThing as derive_step does, and SourceMismatch.
    """
    step = derive_step(asking, schema, statement, locate)
    named = read_named_things(asking, statement[0])
    own = read_asserted_values(asking, [statement[0]]).get(statement[0], ())
    return Explanation(
        thing=named.thing,
        kinds=named.kinds,
        notes=_list_notes(FactRecord(named.thing, own)),
        facts=_read_facts(asking, {leaf.subject: () for leaf in step.leaves()}, sources),
        step=step,
    )


def find_value(asking: QueryRunner, subject: Thing, property_: Thing, text: str) -> str:
    """Return the value of the property that a CURIE, IRI, label or literal names; one query.

    Raises UnknownThing, with the values that there are, where it names none of them.
    """
    names, written = {}, ("thing", "property", "value")
    query = fill_query("values-of", thing=subject.iri, property=property_.iri)
    for row in asking.rows(query, written):
        value = thing(row, "value")
        names[row["value"]] = (
            (value.curie, value.label, value.iri, f"<{value.iri}>")
            if _is_true(row["named"])
            else (row["value"],)
        )
    for value in sorted(names):
        if text in names[value]:
            return value
    known = ", ".join(dict.fromkeys(names[value][0] for value in sorted(names)))
    hint = f"; it has {known}" if known else ""
    raise UnknownThing(f"the graph has no statement {subject} - {property_} - {text!r}{hint}")


def _read_facts_about(
    asking: QueryRunner, iri: str, sources: SourceTexts, day: date = LATEST_DAY
) -> tuple[Fact, ...]:
    """Return the facts known on `day` that speak of a thing, by kind and label; five queries.

    They name it in a statement that a file asserts. A report, a passage and an attestation have
    the facts that they support, with the attestations that concern them alone.
    """
    rows = group_rows(asking.rows(fill_query("facts-about", thing=iri)), "fact")
    relations = {fact: things(fact_rows, "property") for fact, fact_rows in rows.items()}
    facts = []
    for fact in _read_facts(asking, relations, sources, day):
        if {relation.iri for relation in fact.relations} <= _SUPPORTS:
            attestations = tuple(
                item
                for item in fact.attestations
                if iri in {item.thing.iri, item.passage.thing.iri, item.passage.report.iri}
            )
            fact = replace(fact, attestations=attestations)
        facts.append(fact)
    return tuple(
        sorted(facts, key=lambda f: (", ".join(map(str, f.kinds)), f.thing.label, f.thing.iri))
    )


def _read_facts(
    asking: QueryRunner,
    relations: Mapping[str, tuple[Thing, ...]],
    sources: SourceTexts,
    day: date = LATEST_DAY,
) -> tuple[Fact, ...]:
    """Return the facts among the things of `relations`, the properties that name the thing."""
    named = read_names_and_kinds(asking, relations)
    facts = [iri for iri in relations if iri in named and FACT in named[iri].classes]
    values, evidence = read_asserted_values(asking, facts), read_evidence(asking, facts, day)
    records = read_values(asking, "fact-records", facts)
    return tuple(
        Fact(
            thing=named[iri].thing,
            kinds=named[iri].kinds,
            relations=relations[iri],
            values=_by_property(values.get(iri, ())),
            records=records.get(iri, ()),
            attestations=_quote(evidence.get(iri, ()), sources),
        )
        for iri in facts
        if is_known(iri, evidence)
    )


def _quote(attestations: Iterable[Attestation], sources: SourceTexts) -> tuple[Attestation, ...]:
    return tuple(
        replace(attestation, passage=quote_passage(attestation.passage, sources))
        for attestation in attestations
    )


def _list_notes(record: FactRecord) -> tuple[str, ...]:
    """Return the notes on where reference data was taken from."""
    return tuple(
        sorted(str(v.value) for v in record.values if v.predicate.iri == f"{_DG}sourceNote")
    )


def _by_property(values: Iterable[Value]) -> tuple[Value, ...]:
    return tuple(sorted(values, key=lambda value: (value.predicate.label, str(value.value))))

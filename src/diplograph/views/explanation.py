"""What is known about a thing, and why a statement holds: a file asserts it, or rules derive it.

To derive a statement, only those that a rule could use are fetched: the things on a path of
properties between its two ends, and the statements among them. So a thing with thousands of links
costs the same as one with few. The fields of Sheet and Explanation are in the order of their JSON.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import pyoxigraph as ox

from diplograph.core.errors import UnknownThing
from diplograph.core.names import (
    DERIVED_GRAPH,
    FACT,
    INFERRED_GRAPH,
    LABEL,
    ONTOLOGY_GRAPH,
    PREFIXES,
    compact,
)
from diplograph.core.rdf import Location, Term
from diplograph.core.things import Thing, Value
from diplograph.views.derivation import (
    ASSERTED_RULE,
    Derivation,
    Explainer,
    Labeller,
    say_rule,
    say_statement,
    say_term,
)
from diplograph.views.query import (
    QueryRunner,
    fill_query,
    group_rows,
    thing,
    things,
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
from diplograph.views.rule_instances import RuleInstance, find_instance, name_rule
from diplograph.views.schema import Schema, fetch_near
from diplograph.views.status import (
    LATEST_DAY,
    choose_state,
    read_dates,
    read_states,
    say_dates,
    say_status,
)
from diplograph.views.texts import Source, quote_passage
from diplograph.views.thing import read_named_things, read_names_and_kinds

# File and line of an asserted statement, by subject, predicate and value: see Asserted.locate.
Locate = Callable[[str, str, str], Location | None]
SourceTexts = Mapping[str, Source]

_DG, _RDFS, _OWL = PREFIXES["dg"], PREFIXES["rdfs"], PREFIXES["owl"]
# Properties by which reports, passages and attestations support a fact.
_SUPPORTS = {_DG + name for name in ("attestedBy", "attestedIn", "deniedBy", "reportedBy")}
# Graphs that assert nothing.
_MADE = {DERIVED_GRAPH, INFERRED_GRAPH}
# Queries for what rules of the home used, after which only the rule is named: of a page, and of
# an explanation down to files.
_MOST_PAGE_QUERIES, _MOST_QUERIES = 5, 200
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


# ---- explanations -------------------------------------------------------------------------


@dataclass(frozen=True)
class ExplanationStep:
    """A statement in words and why it holds: by a rule over `premises`, or since a file asserts it.

    `rule` is its name in the OWL 2 profiles recommendation, or the file of a rule of the home;
    `because` says it in words. `file` is file and line, or else the IRI of the graph that has it;
    empty for what a rule gives. `schema`: it rests on the ontology alone, not on anything reported.
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
        return bool(self.because)

    def leaves(self) -> Iterator[ExplanationStep]:
        """Yield the asserted statements it rests on, in reading order."""
        if not self.premises:
            yield self
        for premise in self.premises:
            yield from premise.leaves()


@dataclass(frozen=True)
class Ground:
    """A fact that a derivation rests on: what files assert of it there, and who says so.

    The passages of `attestations` say the `statements`, in words, and not what follows from them.
    """

    thing: Thing
    statements: tuple[str, ...]
    attestations: tuple[Attestation, ...]


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
    facts: tuple[Ground, ...]


def explain_statement(
    asking: QueryRunner, schema: Schema, subject: str, predicate: str, written: str
) -> ExplainedStatement:
    """Return why the statement whose value is the IRI or characters `written` holds.

    At most five queries; six more for what rules of the home made. Raises UnknownThing where the
    graph holds no such statement.
    """
    goal, known = _find_goal(asking, subject, predicate, written)
    try:
        derivation = _derive(asking, schema, goal, known, _MOST_PAGE_QUERIES)
    except UnknownThing:
        derivation = None
    label = _read_labels(asking, goal, derivation, _SCHEMA_LABELS)
    reason = _make_step(derivation, label) if derivation else None
    return ExplainedStatement(
        statement=say_statement(goal, label),
        subject=_name(goal.subject, label),
        predicate=_name(goal.predicate, label),
        value=_name(goal.object, label),
        asserted=_is_asserted(known),
        reason=reason,
        facts=_read_grounds(asking, reason, label) if reason else (),
    )


def derive_step(
    asking: QueryRunner,
    schema: Schema,
    statement: tuple[str, str, str],
    locate: Locate | None = None,
) -> ExplanationStep:
    """Return why the statement (subject, predicate, value) holds, down to files.

    Five queries, and two for each statement that a rule of the home made. Terms of RDFS and OWL
    without a label are CURIEs. Raises UnknownThing where the graph does not hold the statement, or
    no chain of rules was found.
    """
    goal, known = _find_goal(asking, *statement)
    derivation = _derive(asking, schema, goal, known, _MOST_QUERIES)
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
    asking: QueryRunner, schema: Schema, goal: ox.Triple, known: list[ox.Quad], most: int
) -> Derivation:
    """Return the shortest derivation of `goal`; raises UnknownThing where there is none.

    What rules of the home made has the statements that these used, each with its own derivation,
    until `most` queries have been sent for these.
    """
    before = len(asking.texts)
    graphs: dict[ox.Triple, set[str]] = {goal: {quad.graph_name.value for quad in known}}
    instances: dict[ox.Triple, RuleInstance] = {}
    store = ox.Store()
    store.extend(known)
    for statement in (waiting := [goal]):  # grows meanwhile
        if DERIVED_GRAPH not in graphs[statement] or statement in instances:
            continue
        find = partial(find_instance, asking) if len(asking.texts) - before < most else name_rule
        instance = find(schema.rules, statement)
        if instance:
            instances[statement] = instance
            for quad in instance.premises:
                graphs.setdefault(quad.triple, set()).add(quad.graph_name.value)
                waiting.append(quad.triple)
            store.extend(instance.premises)
    inferred = [statement for statement in graphs if graphs[statement] == {INFERRED_GRAPH}]
    if inferred:
        store.extend([*fetch_near(asking, schema, inferred), *schema.quads])
    explainer = Explainer(store.quads_for_pattern)

    def explain(statement: ox.Triple) -> Derivation:
        if statement in instances:
            instance = instances[statement]
            premises = dict.fromkeys(quad.triple for quad in instance.premises)
            below = tuple(map(explain, premises))
            return Derivation(statement, instance.rule, below, words=instance.words)
        try:
            return explainer.explain(statement)
        except UnknownThing:
            if statement == goal:
                raise
            return Derivation(statement, ASSERTED_RULE, graph=min(graphs[statement]))

    return explain(goal)


def _is_asserted(known: Iterable[ox.Quad]) -> bool:
    """Return whether a file asserts a statement that is in these graphs."""
    return any(quad.graph_name.value not in (INFERRED_GRAPH, DERIVED_GRAPH) for quad in known)


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


def _read_grounds(
    asking: QueryRunner, reason: ExplanationStep, label: Labeller
) -> tuple[Ground, ...]:
    """Return the facts that the derivation rests on, with their attestations; one query."""
    grounds = _list_grounds(reason)
    evidence = read_evidence(asking, grounds)
    return tuple(
        Ground(Thing(iri, label(iri)), statements, evidence[iri])
        for iri, statements in grounds.items()
        if iri in evidence
    )


def _list_grounds(reason: ExplanationStep) -> dict[str, tuple[str, ...]]:
    """Return subject to what files assert of it, in words, where the derivation rests on that.

    What a thing is called rests on no passage, nor does the ontology.
    """
    found: dict[str, dict[str, None]] = {}
    for leaf in reason.leaves():
        if not (leaf.inferred or leaf.schema or leaf.file in _MADE or leaf.predicate == LABEL):
            found.setdefault(leaf.subject, {})[leaf.statement] = None
    return {subject: tuple(statements) for subject, statements in found.items()}


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
    """A fact that speaks of a thing; `records` are the dates and statuses that records give it.

    Of a fact that a statement rests on, `statements` are those, in words, that its passages say.
    """

    thing: Thing
    kinds: tuple[Thing, ...]
    relations: tuple[Thing, ...]
    values: tuple[Value, ...]
    records: tuple[Value, ...]
    attestations: tuple[Attestation, ...]
    statements: tuple[str, ...] = ()


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


def read_sheet(asking: QueryRunner, iri: str, today: date, known_on: date = LATEST_DAY) -> Sheet:
    """Return all that is known about a thing on `known_on`, its status as of `today`; 11 queries.

    Values are ordered by their property's label, then by their own. Of what is inferred, values
    that the facts or narrower properties say already are left out. Raises UnknownThing.
    """
    named = read_named_things(asking, iri)
    facts = _read_facts_about(asking, iri, {}, known_on)
    evidence = read_evidence(asking, [iri], known_on)
    states = read_states(asking, [iri]).get(iri, ())
    state = choose_state(states, known_on)
    listed = {fact.thing for fact in facts}
    inferred = read_values(asking, "inferred-values", [iri], inferred=True).get(iri, ())
    dates = read_dates(asking, [iri], known_on).get(iri, ())
    return Sheet(
        thing=named.thing,
        kinds=named.kinds,
        known=state is not None and is_known(iri, evidence),
        status=say_status(state, today, dates).label if states and state else "",
        dates=say_dates(dates),
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
    """Return why a statement holds, and the facts it rests on; eleven queries, more as derive_step.

    Raises UnknownThing as derive_step does, and SourceMismatch.
    """
    step = derive_step(asking, schema, statement, locate)
    grounds = _list_grounds(step)
    named = read_named_things(asking, statement[0])
    own = read_asserted_values(asking, [statement[0]]).get(statement[0], ())
    return Explanation(
        thing=named.thing,
        kinds=named.kinds,
        notes=_list_notes(FactRecord(named.thing, own)),
        facts=tuple(
            replace(fact, statements=grounds[fact.thing.iri])
            for fact in _read_facts(asking, dict.fromkeys(grounds, ()), sources)
        ),
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

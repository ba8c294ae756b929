"""All that is known about a thing, and the passages that a thing or a statement rests on.

This is what `diplograph show` and `why` and Graph.show() and why() return; the order of the fields
is that of their JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from diplograph.core.errors import UnknownThing
from diplograph.core.names import FACT, PREFIXES
from diplograph.core.things import Thing, Value
from diplograph.views.explanation import ExplanationStep, Locate, Schema, derive_step
from diplograph.views.query import BindingRow, QueryRunner, fill_query, thing, things
from diplograph.views.records import (
    Attestation,
    FactRecord,
    Passage,
    read_asserted_values,
    read_evidence,
    read_values,
    recorded_passage,
)
from diplograph.views.source_texts import Source, quote_attestation, quote_passage
from diplograph.views.thing import read_named_things, read_names_and_kinds

_DG = PREFIXES["dg"]
_SUPPORTS = {_DG + name for name in ("attestedBy", "attestedIn", "reportedBy")}

SourceTexts = Mapping[str, Source]


@dataclass(frozen=True)
class Fact:
    """A fact that speaks of a thing: by which properties, what else it says, what supports it.

    `records` are the dates and the statuses that date estimates and status records give it.
    """

    thing: Thing
    kinds: tuple[Thing, ...]
    relations: tuple[Thing, ...]
    values: tuple[Value, ...]
    records: tuple[Value, ...]
    attestations: tuple[Attestation, ...]


@dataclass(frozen=True)
class Sheet:
    """All that is known about a thing: its values, what follows of it, the facts about it."""

    thing: Thing
    kinds: tuple[Thing, ...]
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


def read_sheet(asking: QueryRunner, iri: str) -> Sheet:
    """Return all that the graph knows about the thing of that IRI; nine queries.

    Values are ordered by their property's label, then by their own. Of what is inferred, values
    that the facts or narrower properties say already are left out. Raises UnknownThing.
    """
    named = read_named_things(asking, iri)
    facts = _read_facts_about(asking, iri, {})
    listed = {fact.thing for fact in facts}
    inferred = read_values(asking, "inferred-values", [iri], inferred=True).get(iri, ())
    return Sheet(
        thing=named.thing,
        kinds=named.kinds,
        values=_by_property(read_asserted_values(asking, [iri]).get(iri, ())),
        inferred=_by_property(value for value in inferred if value.value not in listed),
        attestations=read_evidence(asking, [iri]).get(iri, ()),
        facts=facts,
    )


def explain_thing(asking: QueryRunner, iri: str, sources: SourceTexts) -> Explanation:
    """Return where the thing of that IRI comes from; at most eight queries.

    Passages of the reports in `sources` carry their own words. Raises UnknownThing, and
    SourceMismatch where the SHA-256 of these words is not the passage's.
    """
    named = read_named_things(asking, iri)
    record = FactRecord(named.thing, read_asserted_values(asking, [iri]).get(iri, ()))
    facts = () if FACT in named.classes else _read_facts_about(asking, iri, sources)
    attestations = _quote(read_evidence(asking, [iri]).get(iri, ()), sources)
    if f"{_DG}Attestation" in named.classes:
        own = (item for fact in facts for item in fact.attestations if item.thing.iri == iri)
        attestations = tuple(own)[:1]
    passage = None
    if f"{_DG}Passage" in named.classes:
        passage = quote_passage(recorded_passage(record), sources)
    return Explanation(
        thing=named.thing,
        kinds=named.kinds,
        notes=_list_notes(record),
        passage=passage,
        attestations=attestations,
        facts=facts,
    )


def explain_derivation(
    asking: QueryRunner,
    schema: Schema,
    statement: tuple[str, str, str],
    sources: SourceTexts,
    locate: Locate | None = None,
) -> Explanation:
    """Return why the statement (subject, predicate, value) holds, and the facts it rests on.

    At most eleven queries. Raises UnknownThing where the graph does not hold the statement or no
    chain of rules was found, and SourceMismatch as explain_thing does.
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
    """Return the value of the thing's property that `text` names, as an IRI or characters.

    `text` is a CURIE, an IRI, a label or the characters of a literal. One query. Raises
    UnknownThing, with the values that there are, where it names none of them.
    """
    rows = asking.rows(fill_query("values-of", thing=subject.iri, property=property_.iri))
    names = {row["value"]: _list_names(row) for row in rows}
    for value in sorted(names):
        if text in names[value]:
            return value
    known = ", ".join(dict.fromkeys(names[value][0] for value in sorted(names)))
    hint = f"; it has {known}" if known else ""
    raise UnknownThing(f"the graph has no statement {subject} - {property_} - {text!r}{hint}")


def _list_names(row: BindingRow) -> tuple[str, ...]:
    if row["named"] not in {"true", "1"}:
        return (row["value"],)
    value = thing(row, "value")
    return value.curie, value.label, value.iri, f"<{value.iri}>"


def _read_facts_about(asking: QueryRunner, iri: str, sources: SourceTexts) -> tuple[Fact, ...]:
    """Return the facts that speak of the thing of that IRI, by kind and label; five queries.

    They name it in a statement that a file asserts. A report, a passage and an attestation have
    the facts that they support, with the attestations that concern them alone.
    """
    rows: dict[str, list[BindingRow]] = {}
    for row in asking.rows(fill_query("facts-about", thing=iri)):
        rows.setdefault(row["fact"], []).append(row)
    relations = {fact: things(fact_rows, "property") for fact, fact_rows in rows.items()}
    facts = (_concerning(fact, iri) for fact in _read_facts(asking, relations, sources))
    return tuple(sorted(facts, key=_order))


def _read_facts(
    asking: QueryRunner, relations: Mapping[str, tuple[Thing, ...]], sources: SourceTexts
) -> tuple[Fact, ...]:
    """Return the facts among the things whose IRIs `relations` has, in its order; four queries.

    `relations` are the properties by which each of them names the thing that is looked at.
    """
    named = read_names_and_kinds(asking, relations)
    facts = [iri for iri in relations if iri in named and FACT in named[iri].classes]
    values, evidence = read_asserted_values(asking, facts), read_evidence(asking, facts)
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
    )


def _concerning(fact: Fact, iri: str) -> Fact:
    """Return `fact` with only the attestations of the source `iri`, where it is one of its own."""
    if not {relation.iri for relation in fact.relations} <= _SUPPORTS:
        return fact
    attestations = tuple(
        item
        for item in fact.attestations
        if iri in {item.thing.iri, item.passage.thing.iri, item.passage.report.iri}
    )
    return replace(fact, attestations=attestations)


def _quote(attestations: Iterable[Attestation], sources: SourceTexts) -> tuple[Attestation, ...]:
    return tuple(quote_attestation(attestation, sources) for attestation in attestations)


def _list_notes(record: FactRecord) -> tuple[str, ...]:
    """Return the notes on where reference data was taken from."""
    notes = (value for value in record.values if value.predicate.iri == f"{_DG}sourceNote")
    return tuple(sorted(str(note.value) for note in notes))


def _by_property(values: Iterable[Value]) -> tuple[Value, ...]:
    return tuple(sorted(values, key=lambda value: (value.predicate.label, str(value.value))))


def _order(fact: Fact) -> tuple[str, str, str]:
    return ", ".join(kind.label for kind in fact.kinds), fact.thing.label, fact.thing.iri

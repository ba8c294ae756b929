"""A report paragraph by paragraph: its passages, the facts each supports, what it alone says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from diplograph.core.dates import parse_whole, say_date
from diplograph.core.errors import UnknownThing
from diplograph.core.names import compact
from diplograph.core.things import Thing
from diplograph.views.query import BindingRow, QueryRunner, fill_query, thing, things
from diplograph.views.records import (
    DG,
    Attestation,
    FactRecord,
    Passage,
    make_attestation,
    make_passage,
    read_asserted_values,
    recorded_passage,
)
from diplograph.views.search import SearchIndex, read_kind
from diplograph.views.thing import NamedThing, read_named_things

PASSAGES_SHOWN = 50
# Of a report with more paragraphs than this, those that were not read are not looked for.
_MOST_PARAGRAPHS = 10_000
_COUNTS = ("passages", "paragraphs", "last", "readings", "facts", "shared")


@dataclass(frozen=True)
class Reading:
    """One reading of a passage, and the facts that it supports."""

    attestation: Attestation
    facts: tuple[Thing, ...]


@dataclass(frozen=True)
class ReadPassage:
    """A passage with its readings; none means that no fact rests on it."""

    passage: Passage
    readings: tuple[Reading, ...]

    @property
    def facts(self) -> tuple[Thing, ...]:
        """The facts that it supports, each once."""
        return tuple(dict.fromkeys(fact for each in self.readings for fact in each.facts))

    @property
    def hedges(self) -> tuple[str, ...]:
        """The words by which it hedges."""
        return tuple(hedge for each in self.readings for hedge in each.attestation.hedges)


@dataclass(frozen=True)
class Difference:
    """A matter on which this report says `fact` and another says `other`."""

    matter: Thing
    fact: Thing
    other: Thing


@dataclass(frozen=True)
class Coverage:
    """How much of a report is in the graph.

    `paragraphs` of them have passages, the last of which is number `last`; `shared` of its `facts`
    rest on other reports too; `silent` are the paragraphs whose passages support no fact, `skipped`
    those up to `last` of which no passage is recorded.
    """

    passages: int
    paragraphs: int
    last: int
    readings: int
    facts: int
    shared: int
    silent: tuple[int, ...]
    skipped: tuple[int, ...]

    @property
    def alone(self) -> int:
        """How many facts rest on this report only."""
        return self.facts - self.shared


@dataclass(frozen=True)
class ReportSheet:
    """What the page of a report shows; `paragraphs` are those of one page, by number."""

    named: NamedThing
    record: FactRecord
    coverage: Coverage
    paragraphs: tuple[tuple[int, tuple[ReadPassage, ...]], ...]
    differences: tuple[Difference, ...]

    @property
    def thing(self) -> Thing:
        """The report."""
        return self.named.thing


@dataclass(frozen=True)
class ReadingSheet:
    """One reading of a passage: `named` the attestation, `record` what files say of it."""

    named: NamedThing
    record: FactRecord
    reading: Reading


@dataclass(frozen=True)
class PassageSheet:
    """A passage of a report, with those before and after it."""

    read: ReadPassage
    report: FactRecord
    before: Passage | None
    after: Passage | None


def read_report(asking: QueryRunner, iri: str, page: int = 1) -> ReportSheet:
    """Return a page of a report's passages with the facts each supports; at most seven queries.

    Raises UnknownThing where nothing is called so, or where it is no report.
    """
    named = read_named_things(asking, iri)
    if f"{DG}Report" not in named.classes:
        raise UnknownThing(f"{compact(iri)} is no report")
    window = f"LIMIT {PASSAGES_SHOWN}\nOFFSET {(page - 1) * PASSAGES_SHOWN}\n"
    rows = asking.rows(fill_query("report-passages", report=iri) + window)
    passages = [make_passage(row, named.thing) for row in rows]
    read = read_passages(asking, passages)
    return ReportSheet(
        named=named,
        record=FactRecord(named.thing, read_asserted_values(asking, [iri]).get(iri, ())),
        coverage=_read_coverage(asking, iri),
        paragraphs=tuple(
            (number, tuple(group))
            for number, group in groupby(read, lambda each: each.passage.paragraph)
        ),
        differences=_read_differences(asking, iri),
    )


def read_passage(asking: QueryRunner, iri: str) -> PassageSheet:
    """Return a passage with its readings and its neighbours; at most five queries.

    Raises UnknownThing where nothing is called so, or where it is no passage.
    """
    named = read_named_things(asking, iri)
    if f"{DG}Passage" not in named.classes:
        raise UnknownThing(f"{compact(iri)} is no passage")
    said = read_asserted_values(asking, [iri])
    own = recorded_passage(FactRecord(named.thing, said.get(iri, ())))
    report, beside = own.report, [own]
    values = ()
    if report.iri:
        values = read_asserted_values(asking, [report.iri]).get(report.iri, ())
        rows = asking.rows(fill_query("report-passages", report=report.iri))
        beside = [make_passage(row, report) for row in rows]
    place = next((n for n, each in enumerate(beside) if each.thing.iri == iri), 0)
    return PassageSheet(
        read=read_passages(asking, beside[place : place + 1])[0],
        report=FactRecord(report, values),
        before=beside[place - 1] if place else None,
        after=beside[place + 1] if place + 1 < len(beside) else None,
    )


def read_reading(asking: QueryRunner, iri: str) -> ReadingSheet:
    """Return one reading with its passage and the facts it supports; at most five queries.

    Raises UnknownThing where nothing is called so, or where it is no attestation.
    """
    named = read_named_things(asking, iri)
    if f"{DG}Attestation" not in named.classes:
        raise UnknownThing(f"{compact(iri)} is no attestation")
    record = FactRecord(named.thing, read_asserted_values(asking, [iri]).get(iri, ()))
    own = next(iter(record.things("quotes")), Thing("", ""))
    said = read_asserted_values(asking, [own.iri] if own.iri else []).get(own.iri, ())
    passage = recorded_passage(FactRecord(own, said))
    read = read_passages(asking, [passage] if own.iri else [])
    readings = (each for one in read for each in one.readings)
    reading = next((each for each in readings if each.attestation.thing.iri == iri), None)
    if reading is None:  # an attestation that quotes no passage
        row = {"attestation": iri, "attestationLabel": named.thing.label}
        facts = record.things("attests")
        attestation = _reading([row], passage).attestation
        reading = Reading(attestation, facts)
    return ReadingSheet(named, record, reading)


def read_passages(asking: QueryRunner, passages: Iterable[Passage]) -> tuple[ReadPassage, ...]:
    """Return the passages with their readings, in the order given; one query."""
    shown = tuple(passages)
    if not shown:
        return ()
    found: dict[str, dict[str, list[BindingRow]]] = {}
    for row in asking.rows(
        fill_query("passage-readings", passage=[each.thing.iri for each in shown])
    ):
        found.setdefault(row["passage"], {}).setdefault(row["attestation"], []).append(row)
    return tuple(
        ReadPassage(
            passage=each,
            readings=tuple(_reading(rows, each) for rows in found.get(each.thing.iri, {}).values()),
        )
        for each in shown
    )


def _reading(rows: list[BindingRow], passage: Passage) -> Reading:
    return Reading(make_attestation(rows, passage), things(rows, "fact"))


def _read_coverage(asking: QueryRunner, iri: str) -> Coverage:
    row = asking.row(fill_query("report-coverage", report=iri))
    counts = {name: parse_whole(row.get(name)) or 0 for name in _COUNTS}
    rows = asking.rows(fill_query("report-paragraphs", report=iri))
    numbered = ((parse_whole(each.get("paragraph")), int(each["facts"])) for each in rows)
    facts = {paragraph: count for paragraph, count in numbered if paragraph is not None}
    last = min(max(facts, default=0), _MOST_PARAGRAPHS)
    return Coverage(
        **counts,
        silent=tuple(number for number, supported in facts.items() if not supported),
        skipped=tuple(n for n in range(1, last) if n not in facts),
    )


def _read_differences(asking: QueryRunner, iri: str) -> tuple[Difference, ...]:
    found = {}
    for row in asking.rows(fill_query("report-differences", report=iri)):
        difference = Difference(*(thing(row, name) for name in ("thing", "fact", "was")))
        found.setdefault((row["thing"], row["fact"], row["was"]), difference)
    return tuple(found.values())


@dataclass(frozen=True)
class Change:
    """What a report says of a thing, and what other reports say of it instead."""

    thing: Thing
    now: Thing
    before: Thing


@dataclass(frozen=True)
class Latest:
    """The report taken for the latest, with what it added to the others.

    `since` is the latest day, in words, that it tells of as over or under way, empty where it tells
    of none: no report is older than that. `alone` counts the facts that no other report supports,
    `kinds` how many of them are of which kind; `events` are the events among them.
    """

    report: Thing
    since: str
    only: bool
    facts: int
    alone: int
    kinds: tuple[tuple[str, int], ...]
    events: tuple[Thing, ...]
    changes: tuple[Change, ...]


def read_latest(asking: QueryRunner, index: SearchIndex) -> Latest | None:
    """Return the latest report and what it added, None where no report supports a fact.

    No report says when it appeared, but none can be older than what it tells of as over: so the
    latest is the one that tells of the latest such day; among equals, the one with most facts.
    Two queries. Raises what the engine raises.
    """
    reports = asking.rows(fill_query("latest-reports"))
    if not reports:
        return None
    chosen = reports[0]
    rows = asking.rows(fill_query("changes", report=chosen["report"]))
    supported = {row["fact"]: row["sources"] for row in rows}
    alone = [fact for fact, sources in supported.items() if sources == "1"]
    kinds = Counter(read_kind(fact) for fact in alone)
    return Latest(
        report=index.name(chosen["report"]),
        since=say_date(chosen.get("since", "").partition("T")[0]),
        only=len(reports) == 1,
        facts=len(supported),
        alone=len(alone),
        kinds=tuple(sorted(kinds.items(), key=lambda each: (-each[1], each[0]))),
        events=_name(index, (fact for fact in alone if read_kind(fact) == "event")),
        changes=_read_changes(rows, index),
    )


def _read_changes(rows: list[BindingRow], index: SearchIndex) -> tuple[Change, ...]:
    """Return what the report says otherwise, by thing; a start and an end are no two dates."""
    found = {
        Change(*(index.name(row[name]) for name in ("thing", "fact", "was")))
        for row in rows
        if "was" in row and row.get("part") == row.get("otherPart")
    }
    return tuple(sorted(found, key=lambda each: (each.thing.label, each.now.iri, each.before.iri)))


def _name(index: SearchIndex, iris: object) -> tuple[Thing, ...]:
    return tuple(sorted(map(index.name, iris), key=lambda each: (each.label, each.iri)))

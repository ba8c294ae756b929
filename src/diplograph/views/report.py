"""Reports by paragraph: passages and their facts, coverage, differences, the latest report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from diplograph.core.dates import parse_whole, say_date
from diplograph.core.errors import UnknownThing
from diplograph.core.names import compact
from diplograph.core.things import Thing, by_label
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
# Paragraphs of a report in which those without a passage are listed.
_MOST_PARAGRAPHS = 10_000
_COUNTS = ("passages", "paragraphs", "last", "readings", "facts", "shared")


@dataclass(frozen=True)
class Reading:
    """One attestation of a passage, and the facts that it supports."""

    attestation: Attestation
    facts: tuple[Thing, ...]


@dataclass(frozen=True)
class ReadPassage:
    """A passage with its attestations; without any, no fact rests on it."""

    passage: Passage
    readings: tuple[Reading, ...]

    @property
    def facts(self) -> tuple[Thing, ...]:
        """The facts that it supports, each once."""
        return tuple(dict.fromkeys(fact for reading in self.readings for fact in reading.facts))

    @property
    def hedges(self) -> tuple[str, ...]:
        """The words by which it hedges."""
        return tuple(h for reading in self.readings for h in reading.attestation.hedges)


@dataclass(frozen=True)
class Difference:
    """Two facts about the thing `matter`: `fact` of this report and `other` of another."""

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
    """What the page of an attestation shows: the thing, its asserted values, what it supports."""

    named: NamedThing
    record: FactRecord
    reading: Reading


@dataclass(frozen=True)
class PassageSheet:
    """What the page of a passage shows: the passage, its report, those before and after it."""

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
            for number, group in groupby(read, lambda read_passage: read_passage.passage.paragraph)
        ),
        differences=_read_differences(asking, iri),
    )


def read_passage(asking: QueryRunner, iri: str) -> PassageSheet:
    """Return a passage with its attestations and its neighbours; at most five queries.

    Raises UnknownThing where nothing is called so, or where it is no passage.
    """
    named = read_named_things(asking, iri)
    if f"{DG}Passage" not in named.classes:
        raise UnknownThing(f"{compact(iri)} is no passage")
    own_values = read_asserted_values(asking, [iri]).get(iri, ())
    own = recorded_passage(FactRecord(named.thing, own_values))
    report, beside = own.report, [own]
    values = ()
    if report.iri:
        values = read_asserted_values(asking, [report.iri]).get(report.iri, ())
        rows = asking.rows(fill_query("report-passages", report=report.iri))
        beside = [make_passage(row, report) for row in rows]
    place = next((n for n, passage in enumerate(beside) if passage.thing.iri == iri), 0)
    return PassageSheet(
        read=read_passages(asking, beside[place : place + 1])[0],
        report=FactRecord(report, values),
        before=beside[place - 1] if place else None,
        after=beside[place + 1] if place + 1 < len(beside) else None,
    )


def read_reading(asking: QueryRunner, iri: str) -> ReadingSheet:
    """Return an attestation with its passage and the facts it supports; at most five queries.

    Raises UnknownThing where nothing is called so, or where it is no attestation.
    """
    named = read_named_things(asking, iri)
    if f"{DG}Attestation" not in named.classes:
        raise UnknownThing(f"{compact(iri)} is no attestation")
    record = FactRecord(named.thing, read_asserted_values(asking, [iri]).get(iri, ()))
    own = next(iter(record.things("quotes")), Thing("", ""))
    values = read_asserted_values(asking, [own.iri] if own.iri else []).get(own.iri, ())
    passage = recorded_passage(FactRecord(own, values))
    read = read_passages(asking, [passage] if own.iri else [])
    readings = (reading for passage in read for reading in passage.readings)
    reading = next((item for item in readings if item.attestation.thing.iri == iri), None)
    if reading is None:  # an attestation that quotes no passage
        row = {"attestation": iri, "attestationLabel": named.thing.label}
        facts = record.things("attests")
        attestation = _make_reading([row], passage).attestation
        reading = Reading(attestation, facts)
    return ReadingSheet(named, record, reading)


def read_passages(asking: QueryRunner, passages: Iterable[Passage]) -> tuple[ReadPassage, ...]:
    """Return the passages with their attestations, in the order given; one query."""
    shown = tuple(passages)
    if not shown:
        return ()
    iris = [passage.thing.iri for passage in shown]
    rows_of: dict[str, dict[str, list[BindingRow]]] = {iri: {} for iri in iris}
    for row in asking.rows(fill_query("passage-readings", passage=iris)):
        rows_of[row["passage"]].setdefault(row["attestation"], []).append(row)
    return tuple(
        ReadPassage(
            passage, tuple(_make_reading(r, passage) for r in rows_of[passage.thing.iri].values())
        )
        for passage in shown
    )


def _make_reading(rows: list[BindingRow], passage: Passage) -> Reading:
    return Reading(make_attestation(rows, passage), things(rows, "fact"))


def _read_coverage(asking: QueryRunner, iri: str) -> Coverage:
    row = asking.row(fill_query("report-coverage", report=iri))
    counts = {name: parse_whole(row.get(name)) or 0 for name in _COUNTS}
    rows = asking.rows(fill_query("report-paragraphs", report=iri))
    numbered = ((parse_whole(row.get("paragraph")), int(row["facts"])) for row in rows)
    facts = {paragraph: count for paragraph, count in numbered if paragraph is not None}
    last = min(max(facts, default=0), _MOST_PARAGRAPHS)
    return Coverage(
        **counts,
        silent=tuple(number for number, supported in facts.items() if not supported),
        skipped=tuple(n for n in range(1, last) if n not in facts),
    )


def _read_differences(asking: QueryRunner, iri: str) -> tuple[Difference, ...]:
    differences = {}
    for row in asking.rows(fill_query("report-differences", report=iri)):
        difference = Difference(*(thing(row, name) for name in ("thing", "fact", "was")))
        differences.setdefault((row["thing"], row["fact"], row["was"]), difference)
    return tuple(differences.values())


# ---- the latest report --------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A fact of a report about a thing, and another report's fact about it that differs."""

    thing: Thing
    now: Thing
    before: Thing


@dataclass(frozen=True)
class Latest:
    """The report that is probably the latest, with what it adds to the others.

    `since` is the latest day, in words, that it mentions as past or current, empty where there is
    none: the report cannot be older than that. `alone` counts the facts that no other report
    supports, `kinds` how many of them are of which kind; `events` are the events among them.
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
    """Return the latest report and what it adds, None where no report supports a fact.

    Reports have no date, but none can be older than a day that it mentions as past: so the latest
    is the one that mentions the latest such day; among equals, the one with most facts. Two
    queries. Raises what the engine raises.
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
        kinds=tuple(sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))),
        events=by_label(index.name(fact) for fact in alone if read_kind(fact) == "event"),
        changes=_read_changes(rows, index),
    )


def _read_changes(rows: list[BindingRow], index: SearchIndex) -> tuple[Change, ...]:
    """Return the differing facts, by thing; a start and an end date do not differ."""
    changes = {
        Change(*(index.name(row[name]) for name in ("thing", "fact", "was")))
        for row in rows
        if "was" in row and row.get("part") == row.get("otherPart")
    }
    return tuple(sorted(changes, key=lambda c: (c.thing.label, c.now.iri, c.before.iri)))

"""Reports by paragraph: passages and their facts, coverage, the latest report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from diplograph.core.dates import parse_whole, say_date
from diplograph.core.errors import UnknownThing
from diplograph.core.names import compact
from diplograph.core.things import Thing
from diplograph.views.changes import Differences, list_supported, read_differences
from diplograph.views.query import BindingRow, QueryRunner, fill_query, things
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
from diplograph.views.thing import NamedThing, read_named_things

PASSAGES_SHOWN = 50
# Paragraphs of a report in which those without a passage are listed.
_MOST_PARAGRAPHS = 10_000


@dataclass(frozen=True)
class Reading:
    """One attestation of a passage, the facts that it supports, and those that it denies."""

    attestation: Attestation
    facts: tuple[Thing, ...]
    denied: tuple[Thing, ...] = ()


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
class Coverage:
    """How much of a report is in the graph.

    `paragraphs` of them have passages, the last of which is number `last`; `shared` of its `facts`
    rest on other reports too, and `added` are those that no earlier report has; `denied` facts it
    denies. `silent` are the paragraphs whose passages say nothing of a fact, `skipped` those up to
    `last` of which no passage is recorded.
    """

    passages: int
    paragraphs: int
    last: int
    readings: int
    facts: int
    shared: int
    added: int
    denied: int
    silent: tuple[int, ...]
    skipped: tuple[int, ...]

    @property
    def alone(self) -> int:
        """How many facts rest on this report only."""
        return self.facts - self.shared


@dataclass(frozen=True)
class ReportSheet:
    """What the page of a report shows; `paragraphs` are those of one page, by number.

    `published` is its day of publication, or that of the report that it restates, in EDTF.
    """

    named: NamedThing
    record: FactRecord
    published: str
    coverage: Coverage
    paragraphs: tuple[tuple[int, tuple[ReadPassage, ...]], ...]
    differences: Differences

    @property
    def thing(self) -> Thing:
        """The report."""
        return self.named.thing

    @property
    def days(self) -> str:
        """When it was published and received, in words."""
        days = say_report_days(self.published, self.record.text("receivedOn"))
        return days[:1].upper() + days[1:]


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
    """Return a page of a report's passages and facts; at most nine queries; or UnknownThing."""
    named, record = _read_record(asking, iri, "Report")
    window = f"LIMIT {PASSAGES_SHOWN}\nOFFSET {(page - 1) * PASSAGES_SHOWN}\n"
    rows = asking.rows(fill_query("report-passages", report=iri) + window)
    read = read_passages(asking, [make_passage(row, named.thing) for row in rows])
    facts = asking.rows(fill_query("report-facts", report=iri))
    return ReportSheet(
        named=named,
        record=record,
        published=record.text("publishedOn") or _read_restated_day(asking, named, record),
        coverage=_read_coverage(asking, iri, facts),
        paragraphs=tuple(
            (number, tuple(group))
            for number, group in groupby(read, lambda read_passage: read_passage.passage.paragraph)
        ),
        differences=read_differences(asking, iri, facts),
    )


def say_report_days(published: str, received: str) -> str:
    """Return when a report was published (EDTF) and received (a day), in words.

    >>> say_report_days("2025-11-20", "2026-11-22")
    'published 20 November 2025, received 22 November 2026'
    """
    days = [f"published {say_date(published)}" if published else "publication date not known"]
    if received:
        days.append(f"received {say_date(received)}")
    return (", " if published else "; ").join(days)


def _read_restated_day(asking: QueryRunner, named: NamedThing, record: FactRecord) -> str:
    """Return the day of publication of the report that a digest restates; "" for another report."""
    restated = [basis.iri for basis in record.things("basedOn")]
    if DG + "Digest" not in named.classes or not restated:
        return ""
    values = read_asserted_values(asking, restated)
    days = (FactRecord(Thing(iri, ""), values.get(iri, ())).text("publishedOn") for iri in restated)
    return max(days)


def read_passage(asking: QueryRunner, iri: str) -> PassageSheet:
    """Return a passage, its attestations and neighbours; at most five queries; or UnknownThing."""
    own = recorded_passage(_read_record(asking, iri, "Passage")[1])
    report, beside = own.report, [own]
    values = read_asserted_values(asking, [report.iri] if report.iri else [])
    if report.iri:
        rows = asking.rows(fill_query("report-passages", report=report.iri))
        beside = [make_passage(row, report) for row in rows]
    place = next((n for n, passage in enumerate(beside) if passage.thing.iri == iri), 0)
    return PassageSheet(
        read=read_passages(asking, beside[place : place + 1])[0],
        report=FactRecord(report, values.get(report.iri, ())),
        before=beside[place - 1] if place else None,
        after=beside[place + 1] if place + 1 < len(beside) else None,
    )


def read_reading(asking: QueryRunner, iri: str) -> ReadingSheet:
    """Return an attestation, its passage and facts; at most five queries; or UnknownThing."""
    named, record = _read_record(asking, iri, "Attestation")
    own = next(iter(record.things("quotes")), Thing("", ""))
    values = read_asserted_values(asking, [own.iri] if own.iri else []).get(own.iri, ())
    passage = recorded_passage(FactRecord(own, values))
    read = read_passages(asking, [passage] if own.iri else [])
    readings = (reading for passage in read for reading in passage.readings)
    reading = next((item for item in readings if item.attestation.thing.iri == iri), None)
    if reading is None:  # an attestation that quotes no passage
        row = {"attestation": iri, "attestationLabel": named.thing.label}
        own_facts = record.things("attests"), record.things("denies")
        reading = Reading(make_attestation([row], passage), *own_facts)
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
    read = []
    for passage in shown:
        groups = rows_of[passage.thing.iri].values()
        readings = (
            Reading(make_attestation(g, passage), things(g, "fact"), things(g, "denial"))
            for g in groups
        )
        read.append(ReadPassage(passage, tuple(readings)))
    return tuple(read)


def _read_record(asking: QueryRunner, iri: str, kind: str) -> tuple[NamedThing, FactRecord]:
    """Return the thing of the class dg:`kind` with its values; raises UnknownThing for another."""
    named = read_named_things(asking, iri)
    if DG + kind not in named.classes:
        raise UnknownThing(f"{compact(iri)} is no {kind.lower()}")
    return named, FactRecord(named.thing, read_asserted_values(asking, [iri]).get(iri, ()))


def _read_coverage(asking: QueryRunner, iri: str, facts: list[BindingRow]) -> Coverage:
    """Return how much of a report is in the graph; `facts` as report-facts.rq has them."""
    row = asking.row(fill_query("report-coverage", report=iri))
    names = ("passages", "paragraphs", "last", "readings")
    counts = {name: parse_whole(row.get(name)) or 0 for name in names}
    rows = asking.rows(fill_query("report-paragraphs", report=iri))
    numbered = ((parse_whole(row.get("paragraph")), int(row["facts"])) for row in rows)
    spoken = {paragraph: count for paragraph, count in numbered if paragraph is not None}
    last = min(max(spoken, default=0), _MOST_PARAGRAPHS)
    supported = list_supported(facts)
    return Coverage(
        **counts,
        facts=len(supported),
        shared=sum(row["sources"] != "1" for row in supported),
        added=sum(row.get("first") == row.get("here") for row in supported),
        denied=len(facts) - len(supported),
        silent=tuple(number for number, count in spoken.items() if not count),
        skipped=tuple(n for n in range(1, last) if n not in spoken),
    )

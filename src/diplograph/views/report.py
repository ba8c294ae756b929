"""A report paragraph by paragraph: its passages, the facts each supports, what it alone says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from diplograph.core.dates import parse_whole
from diplograph.core.errors import UnknownThing
from diplograph.core.names import compact
from diplograph.passages import Attestation, Passage
from diplograph.things import Thing
from diplograph.views.asking import Asking, Row, thing, things
from diplograph.views.evidence import make_attestation, make_passage
from diplograph.views.naming import Named, read_named
from diplograph.views.statements import DG, Record, read_statements
from diplograph.views.texts import fill

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

    named: Named
    record: Record
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

    named: Named
    record: Record
    reading: Reading


@dataclass(frozen=True)
class PassageSheet:
    """A passage of a report, with those before and after it."""

    read: ReadPassage
    report: Record
    before: Passage | None
    after: Passage | None


def read_report(asking: Asking, iri: str, page: int = 1) -> ReportSheet:
    """Return a page of a report's passages with the facts each supports; at most seven queries.

    Raises UnknownThing where nothing is called so, or where it is no report.
    """
    named = read_named(asking, iri)
    if f"{DG}Report" not in named.classes:
        raise UnknownThing(f"{compact(iri)} is no report")
    window = f"LIMIT {PASSAGES_SHOWN}\nOFFSET {(page - 1) * PASSAGES_SHOWN}\n"
    rows = asking.rows(fill("report-passages", report=iri) + window)
    passages = [make_passage(row, named.thing) for row in rows]
    read = read_passages(asking, passages)
    return ReportSheet(
        named=named,
        record=Record(named.thing, read_statements(asking, [iri]).get(iri, ())),
        coverage=_read_coverage(asking, iri),
        paragraphs=tuple(
            (number, tuple(group))
            for number, group in groupby(read, lambda each: each.passage.paragraph)
        ),
        differences=_read_differences(asking, iri),
    )


def read_passage(asking: Asking, iri: str) -> PassageSheet:
    """Return a passage with its readings and its neighbours; at most five queries.

    Raises UnknownThing where nothing is called so, or where it is no passage.
    """
    named = read_named(asking, iri)
    if f"{DG}Passage" not in named.classes:
        raise UnknownThing(f"{compact(iri)} is no passage")
    said = read_statements(asking, [iri])
    own = Record(named.thing, said.get(iri, ()))
    report = next(iter(own.things("passageOf")), Thing("", ""))
    beside = [own_passage(own, report)]
    values = ()
    if report.iri:
        values = read_statements(asking, [report.iri]).get(report.iri, ())
        rows = asking.rows(fill("report-passages", report=report.iri))
        beside = [make_passage(row, report) for row in rows]
    place = next((n for n, each in enumerate(beside) if each.thing.iri == iri), 0)
    return PassageSheet(
        read=read_passages(asking, beside[place : place + 1])[0],
        report=Record(report, values),
        before=beside[place - 1] if place else None,
        after=beside[place + 1] if place + 1 < len(beside) else None,
    )


def read_reading(asking: Asking, iri: str) -> ReadingSheet:
    """Return one reading with its passage and the facts it supports; at most five queries.

    Raises UnknownThing where nothing is called so, or where it is no attestation.
    """
    named = read_named(asking, iri)
    if f"{DG}Attestation" not in named.classes:
        raise UnknownThing(f"{compact(iri)} is no attestation")
    record = Record(named.thing, read_statements(asking, [iri]).get(iri, ()))
    own = next(iter(record.things("quotes")), Thing("", ""))
    said = read_statements(asking, [own.iri] if own.iri else []).get(own.iri, ())
    passage = Record(own, said)
    report = next(iter(passage.things("passageOf")), Thing("", ""))
    read = read_passages(asking, [own_passage(passage, report)] if own.iri else [])
    readings = (each for one in read for each in one.readings)
    reading = next((each for each in readings if each.attestation.thing.iri == iri), None)
    if reading is None:  # an attestation that quotes no passage
        row = {"attestation": iri, "attestationLabel": named.thing.label}
        facts = record.things("attests")
        attestation = _reading([row], own_passage(passage, report)).attestation
        reading = Reading(attestation, facts)
    return ReadingSheet(named, record, reading)


def own_passage(record: Record, report: Thing) -> Passage:
    """Return the passage that files say this of."""
    written = (record.text(each) for each in ("paragraph", "startOffset", "endOffset"))
    paragraph, start, end = (parse_whole(each) or 0 for each in written)
    hashed, gist = record.text("sha256"), record.text("gist")
    return Passage(record.thing, report, paragraph, start, end, hashed, gist)


def read_passages(asking: Asking, passages: Iterable[Passage]) -> tuple[ReadPassage, ...]:
    """Return the passages with their readings, in the order given; one query."""
    shown = tuple(passages)
    if not shown:
        return ()
    found: dict[str, dict[str, list[Row]]] = {}
    for row in asking.rows(fill("passage-readings", passage=[each.thing.iri for each in shown])):
        found.setdefault(row["passage"], {}).setdefault(row["attestation"], []).append(row)
    return tuple(
        ReadPassage(
            passage=each,
            readings=tuple(_reading(rows, each) for rows in found.get(each.thing.iri, {}).values()),
        )
        for each in shown
    )


def _reading(rows: list[Row], passage: Passage) -> Reading:
    return Reading(make_attestation(rows, passage), things(rows, "fact"))


def _read_coverage(asking: Asking, iri: str) -> Coverage:
    row = asking.row(fill("report-coverage", report=iri))
    counts = {name: parse_whole(row.get(name)) or 0 for name in _COUNTS}
    rows = asking.rows(fill("report-paragraphs", report=iri))
    numbered = ((parse_whole(each.get("paragraph")), int(each["facts"])) for each in rows)
    facts = {paragraph: count for paragraph, count in numbered if paragraph is not None}
    last = min(max(facts, default=0), _MOST_PARAGRAPHS)
    return Coverage(
        **counts,
        silent=tuple(number for number, supported in facts.items() if not supported),
        skipped=tuple(n for n in range(1, last) if n not in facts),
    )


def _read_differences(asking: Asking, iri: str) -> tuple[Difference, ...]:
    found = {}
    for row in asking.rows(fill("report-differences", report=iri)):
        difference = Difference(*(thing(row, name) for name in ("thing", "fact", "was")))
        found.setdefault((row["thing"], row["fact"], row["was"]), difference)
    return tuple(found.values())

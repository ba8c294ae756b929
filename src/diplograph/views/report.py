"""A report paragraph by paragraph: its passages, the facts each supports, what it alone says."""

from __future__ import annotations

import hashlib
import re
import stat
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from diplograph.core.dates import parse_whole, say_date
from diplograph.core.errors import SourceMismatch, UnknownThing
from diplograph.core.names import compact
from diplograph.core.things import Thing
from diplograph.views.query import BindingRow, QueryRunner, fill_query, thing, things
from diplograph.views.records import (
    DG,
    Attestation,
    FactRecord,
    Passage,
    Source,
    make_attestation,
    make_passage,
    read_asserted_values,
    read_text,
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
    own = FactRecord(named.thing, said.get(iri, ()))
    report = next(iter(own.things("passageOf")), Thing("", ""))
    beside = [own_passage(own, report)]
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
    passage = FactRecord(own, said)
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


def own_passage(record: FactRecord, report: Thing) -> Passage:
    """Return the passage that files say this of."""
    written = (record.text(each) for each in ("paragraph", "startOffset", "endOffset"))
    paragraph, start, end = (parse_whole(each) or 0 for each in written)
    hashed, gist = record.text("sha256"), record.text("gist")
    return Passage(record.thing, report, paragraph, start, end, hashed, gist)


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


# A report is no longer than this, and a folder of reports holds no more files.
LARGEST_BYTES = 4 * 1024 * 1024
MOST_FILES = 2000
# Texts and hashes that are kept in memory; a file that changes is read again.
_KEPT = 256

# A stretch of a text, and whether it hedges.
Stretch = tuple[str, bool]


@dataclass(frozen=True)
class Listed:
    """A file of the folder as it was listed: its place, its size and when it was changed."""

    path: Path
    size: int
    changed: int


@dataclass(frozen=True)
class Original:
    """A report's text: the `source`, or the `problem` with it in one sentence, or neither."""

    source: Source | None = None
    problem: str = ""


def list_files(folder: Path) -> tuple[Listed, ...]:
    """Return the regular files at the top of `folder`, by name; none that a link leads out of it.

    A folder that cannot be read has none.
    """
    try:
        root = folder.resolve(strict=True)
        paths = sorted(root.iterdir())[:MOST_FILES]
    except (OSError, RuntimeError):  # links that lead in a circle
        return ()
    listed = (_list(path, root) for path in paths)
    return tuple(each for each in listed if each)


def digest_files(folder: Path | None) -> str:
    """Return what names the folder's files as they are now; nothing where there is no folder.

    A page that shows texts is another page when it changes.
    """
    if folder is None:
        return ""
    return hashlib.sha256(repr(list_files(folder)).encode()).hexdigest()


def find_original(folder: Path | None, sha256: str, slug: str) -> Original:
    """Return the text whose file has this SHA-256, whatever the file is called.

    A file that is named like the report, `slug` and any ending, and has another hash is a problem
    that is told. `sha256` empty: the graph records no hash, so that no text can be verified.
    """
    if folder is None:
        return Original()
    files = list_files(folder)
    if sha256:
        for each in files:
            if _read_hash(each) == sha256:
                return _open(each)
    named = [each for each in files if each.path.stem == slug]
    if not named:
        return Original()
    name = named[0].path.name
    if not sha256:
        return Original(problem=f"{name} is not shown: no SHA-256 is recorded for this report.")
    found = _read_hash(named[0])
    told = f"its SHA-256 is {found[:12]}…, not {sha256[:12]}…" if found else "it cannot be read"
    return Original(problem=f"{name} is not the text that was read: {told}. It is not shown.")


def read_words(passage: Passage, source: Source) -> str | None:
    """Return the passage's own words, None where they are not those that were read."""
    try:
        return read_text(passage, source)
    except SourceMismatch:
        return None


def mark_hedges(text: str, hedges: Iterable[str]) -> tuple[Stretch, ...]:
    """Return the text in stretches, those marked that are one of the hedges.

    >>> mark_hedges("It will likely be held.", ["likely"])
    (('It will ', False), ('likely', True), (' be held.', False))
    """
    wanted = sorted({each.strip() for each in hedges} - {""}, key=lambda each: (-len(each), each))
    if not wanted:
        return ((text, False),)
    spaced = (r"\s+".join(map(re.escape, each.split())) for each in wanted)
    parts = re.split(rf"(?i)(?<!\w)({'|'.join(spaced)})(?!\w)", text)
    return tuple((part, number % 2 == 1) for number, part in enumerate(parts) if part)


def _list(path: Path, root: Path) -> Listed | None:
    try:
        target = path.resolve(strict=True)
        known = target.stat()
    except (OSError, RuntimeError):  # links that lead in a circle
        return None
    if not target.is_relative_to(root) or not stat.S_ISREG(known.st_mode):
        return None
    small = known.st_size <= LARGEST_BYTES
    return Listed(path, known.st_size, known.st_mtime_ns) if small else None


@lru_cache(maxsize=MOST_FILES)
def _read_hash(listed: Listed) -> str:
    """Return the SHA-256 of a file's bytes, nothing where it cannot be read."""
    try:
        return hashlib.sha256(listed.path.read_bytes()).hexdigest()
    except OSError:
        return ""


@lru_cache(maxsize=_KEPT)
def _open(listed: Listed) -> Original:
    try:
        text = listed.path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return Original(problem=f"{listed.path.name} cannot be read as UTF-8 text.")
    return Original(Source(listed.path, text))


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

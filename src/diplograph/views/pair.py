"""Two states: at which levels they meet, their partnership, and what is open between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain

from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing, by_label
from diplograph.views.dates import read_dates
from diplograph.views.drawings.ladder import Ladder, draw_ladder
from diplograph.views.engagements import (
    EngagementLists,
    choose_nearest,
    read_engagement_lists,
    select_engagements,
)
from diplograph.views.query import BindingRow, QueryRunner, fill_query, group_rows, thing
from diplograph.views.records import DG, Attestation, read_evidence
from diplograph.views.relations import (
    AGREEMENT_COLUMNS,
    CONDUCT_COLUMNS,
    PRESSURE_COLUMNS,
    RelationFact,
    RelationTable,
    complete_fact,
    make_section,
    read_relation_facts,
)
from diplograph.views.status import (
    OVERDUE,
    EngagementIndexEntry,
    JudgedEngagement,
    is_ahead,
    is_over,
)

TOPICS_SHOWN = 20
HEAD, MINISTERIAL, OTHER = "head", "ministerial", "other"
LEVELS = {
    HEAD: "Heads of state or government",
    MINISTERIAL: "Ministers",
    OTHER: "Other or not said",
}
_STATE_VISIT = PREFIXES["visit-kind"] + "state-visit"
# Words of the label of an office, in English, by which its level is told.
_HEADS = re.compile(
    r"\b(president|prime minister|premier|chancellor|king|queen|emperor|emir|sultan|monarch"
    r"|head of (?:state|government))\b",
    re.IGNORECASE,
)
_BELOW = re.compile(r"\b(vice|deputy|assistant)\b", re.IGNORECASE)
_MINISTERS = re.compile(r"\b(minister|foreign secretary|secretary of state)\b", re.IGNORECASE)

_SPEECH_COLUMNS = (
    "From: speaker raisedBy, To: addressee raisedWith, About: content concernsGroup onTopic"
)
OPEN = make_section("open", "Requests and concerns open", _SPEECH_COLUMNS)
ANSWERED = make_section("answered", "Requests and concerns answered", _SPEECH_COLUMNS)
PAIR_STATEMENTS = make_section("said", "What they said to one another or together", _SPEECH_COLUMNS)
PRESSURE = make_section(
    "pressure", "Pressure of third parties over either's dealings", PRESSURE_COLUMNS
)
PRESSED = make_section("pressed", "Pressure of one on the other", PRESSURE_COLUMNS)
AGREEMENTS = make_section("agreements", "Agreements", AGREEMENT_COLUMNS)
CONDUCT = make_section("conduct", "Courses of action", CONDUCT_COLUMNS)
PAIR_SECTIONS = (OPEN, ANSWERED, PRESSURE, PRESSED, PAIR_STATEMENTS, AGREEMENTS, CONDUCT)
# How two states work together in a forum, by `?way` in between.rq.
_IN_FORUM = {
    "membership": "both belong to it",
    "conduct": "they act in it together",
    "agenda": "on the agenda between them",
}


@dataclass(frozen=True)
class DayCount:
    """How many days, at least and at most, where the reports leave the date open."""

    least: int
    most: int

    def __str__(self) -> str:
        """Return the number in words.

        >>> str(DayCount(16, 25))
        '16 to 25 days'
        """
        if self.least == self.most:
            return f"{self.least:,} day{'' if self.least == 1 else 's'}"
        return f"{self.least:,} to {self.most:,} days"


@dataclass(frozen=True)
class Contact:
    """An engagement by IRI, and the days since it or until it; None where no report dates it."""

    iri: str
    days: DayCount | None


@dataclass(frozen=True)
class Level:
    """The engagements of states at one level: the last held, the next ahead, the latest overdue."""

    name: str
    title: str
    total: int
    last: Contact | None
    next: Contact | None
    overdue: Contact | None


@dataclass(frozen=True)
class Pair:
    """Two states with the number of their engagements, and their partnership if they have one."""

    one: Thing
    other: Thing
    engagements: int
    partnership: Thing | None = None


@dataclass(frozen=True)
class SharedTopic:
    """A topic on the agendas of two states: in how many engagements, by which readings."""

    thing: Thing
    total: int
    sources: tuple[Attestation, ...]


@dataclass(frozen=True)
class SharedForum:
    """A forum in which two states work together: in which ways, by which readings."""

    thing: Thing
    how: tuple[str, ...]
    sources: tuple[Attestation, ...]


@dataclass(frozen=True)
class BilateralRelations:
    """The relations of two states as of a day; `tables` has one for each of PAIR_SECTIONS.

    `engaged` has the engagements that `levels` names and the nearest of all.
    """

    levels: tuple[Level, ...]
    engaged: EngagementLists
    ladder: Ladder
    topics: tuple[SharedTopic, ...]
    forums: tuple[SharedForum, ...]
    tables: tuple[RelationTable, ...]

    @property
    def partnerships(self) -> tuple[Thing, ...]:
        """The partnerships that the ladder's steps are stages of."""
        found = {whole for step in self.ladder.steps for whole in step.fact.cell(("stageOf",))}
        return tuple(sorted(found, key=str))


@dataclass(frozen=True)
class _SharedFacts:
    """IRIs of facts about both states, by `?way` of between.rq; those on a forum also by forum."""

    facts: Mapping[str, set[str]]
    forums: Mapping[Thing, Mapping[str, set[str]]]

    def of(self, *ways: str) -> list[str]:
        """Return the facts shared in these ways, without repetition."""
        return sorted({iri for way in ways for iri in self.facts.get(way, ())})


def read_pairs(runner: QueryRunner) -> tuple[Pair, ...]:
    """Return all pairs of states that meet or are partners, the most frequent first; one query."""
    return tuple(
        Pair(
            thing(row, "one"),
            thing(row, "other"),
            int(row["engagements"]),
            thing(row, "partnership") if row["partnership"] else None,
        )
        for row in runner.rows(fill_query("pairs"))
        if "one" in row
    )


def read_bilateral_relations(
    runner: QueryRunner, states: tuple[str, str], day: date, index: Iterable[EngagementIndexEntry]
) -> BilateralRelations:
    """Return the relations of two states as of `day`; at most eight queries."""
    shared = _read_shared_facts(runner, states)
    entries = select_engagements(shared.of("engagement"), index, day)
    levels = read_levels(runner, entries, day)
    topics = _read_topics(runner, entries)
    iris = shared.of(*(way for way in shared.facts if way != "engagement"))
    facts = read_relation_facts(runner, iris)
    nearest = _choose(entries, levels, day)
    events = [event for chosen in nearest.values() for event in chosen]
    dates = read_dates(runner, [*facts, *events])
    items = [item for _, _, of_topic in topics for item in of_topic]
    evidence = read_evidence(runner, [*facts, *events, *items])
    complete = {iri: complete_fact(facts, dates, evidence, iri) for iri in iris}
    return BilateralRelations(
        levels=levels,
        engaged=read_engagement_lists(runner, entries, nearest, dates, evidence),
        ladder=draw_ladder([complete[iri] for iri in shared.of("stage")], day),
        topics=tuple(
            SharedTopic(topic, total, _merge_readings(evidence, of_topic))
            for topic, total, of_topic in topics
        ),
        forums=_list_forums(shared, evidence),
        tables=_make_tables(shared, complete),
    )


def read_levels(
    runner: QueryRunner, entries: Iterable[JudgedEngagement], day: date
) -> tuple[Level, ...]:
    """Return these engagements by level as of `day`, all of LEVELS; one query."""
    listed = list(entries)
    iris = sorted(entry.iri for entry in listed)
    rows = runner.rows(fill_query("levels", event=iris)) if iris else []
    of_event = group_rows(rows, "event")
    levels = {iri: judge_level(of_event.get(iri, ())) for iri in iris}
    return tuple(
        _make_level(name, [entry for entry in listed if levels[entry.iri] == name], day)
        for name in LEVELS
    )


def judge_level(rows: Iterable[BindingRow]) -> str:
    """Return the level of an engagement by its rows of levels.rq.

    Heads of state or government: it is a summit, has one within it, is a state visit, or somebody
    acts in it who holds such an office by the words of its label. Ministers: it is ministerial
    talks, or somebody acts in it as a minister. The offices are those in whose capacity people
    act; where none is named, those that they are reported to have held at any time.
    """
    rows = list(rows)
    kinds = {row["kind"] for row in rows if "kind" in row}
    offices = [row["capacityLabel"] for row in rows if "capacityLabel" in row]
    offices = offices or [row["heldLabel"] for row in rows if "heldLabel" in row]
    summit = f"{DG}Summit" in kinds or any("within" in row for row in rows)
    if summit or _STATE_VISIT in kinds or any(map(_is_head, offices)):
        return HEAD
    if f"{DG}MinisterialTalks" in kinds or any(map(_MINISTERS.search, offices)):
        return MINISTERIAL
    return OTHER


def _is_head(office: str) -> bool:
    return bool(_HEADS.search(office)) and not _BELOW.search(office)


def _make_level(name: str, entries: list[JudgedEngagement], day: date) -> Level:
    held = [entry for entry in entries if is_over(entry, day)]
    overdue = [entry for entry in entries if entry.word == OVERDUE]
    ahead = [entry for entry in entries if is_ahead(entry, day)]
    return Level(
        name=name,
        title=LEVELS[name],
        total=len(entries),
        last=_measure(max(held, key=_latest), day) if held else None,
        next=_measure(min(ahead, key=_earliest), day, ahead=True) if ahead else None,
        overdue=_measure(max(overdue, key=_latest), day) if overdue else None,
    )


def _measure(entry: JudgedEngagement, day: date, *, ahead: bool = False) -> Contact:
    """Return an engagement with the days since it, or where it is `ahead` until it."""
    if not entry.earliest or not entry.latest:
        return Contact(entry.iri, None)
    first, last = ((moment.date() - day).days for moment in (entry.earliest, entry.latest))
    least, most = (first, last) if ahead else (-last, -first)
    return Contact(entry.iri, DayCount(max(0, least), max(0, most)))


def _latest(entry: JudgedEngagement) -> tuple:
    return bool(entry.latest), str(entry.latest or ""), entry.iri


def _earliest(entry: JudgedEngagement) -> tuple:
    return not entry.earliest, str(entry.earliest or ""), entry.iri


def _read_shared_facts(runner: QueryRunner, states: tuple[str, str]) -> _SharedFacts:
    facts: dict[str, set[str]] = {}
    forums: dict[Thing, dict[str, set[str]]] = {}
    for row in runner.rows(fill_query("between", one=states, other=states)):
        facts.setdefault(row["way"], set()).add(row["fact"])
        forum = thing(row, "side")
        if forum:
            forums.setdefault(forum, {}).setdefault(row["way"], set()).add(row["fact"])
    return _SharedFacts(facts, forums)


def _choose(
    entries: tuple[JudgedEngagement, ...], levels: tuple[Level, ...], day: date
) -> dict[str, tuple[str, ...]]:
    """Return the nearest engagements, those that a level names added to their lists."""
    nearest = choose_nearest(entries, day)
    for name in ("last", "next", "overdue"):
        named = [contact.iri for level in levels if (contact := getattr(level, name))]
        nearest[name] = tuple(dict.fromkeys((*nearest[name], *named)))
    return nearest


def _read_topics(
    runner: QueryRunner, entries: Iterable[JudgedEngagement]
) -> list[tuple[Thing, int, tuple[str, ...]]]:
    """Return topics with the number of engagements they are on the agenda of, and the items."""
    events = sorted(entry.iri for entry in entries)
    topics: dict[Thing, tuple[set[str], set[str]]] = {}
    for row in runner.rows(fill_query("agenda-topics", event=events)) if events else ():
        on, items = topics.setdefault(thing(row, "topic"), (set(), set()))
        on.add(row["event"])
        items.add(row["item"])
    counted = [(topic, len(on), tuple(sorted(items))) for topic, (on, items) in topics.items()]
    counted.sort(key=lambda topic: (-topic[1], topic[0].label, topic[0].iri))
    return counted[:TOPICS_SHOWN]


def _list_forums(
    shared: _SharedFacts, evidence: Mapping[str, tuple[Attestation, ...]]
) -> tuple[SharedForum, ...]:
    return tuple(
        SharedForum(
            forum,
            tuple(words for way, words in _IN_FORUM.items() if way in shared.forums[forum]),
            _merge_readings(evidence, chain(*map(sorted, shared.forums[forum].values()))),
        )
        for forum in by_label(shared.forums)
    )


def _make_tables(
    shared: _SharedFacts, facts: Mapping[str, RelationFact]
) -> tuple[RelationTable, ...]:
    """Return the tables of PAIR_SECTIONS; a request or concern stands apart from statements."""
    requests = {iri for iri in shared.of("act") if _is_request(facts[iri])}
    requests |= set(shared.of("concern"))
    answered = set(shared.of("answered"))
    rows = {
        OPEN: requests - answered,
        ANSWERED: requests & answered,
        PRESSURE: shared.of("pressure"),
        PRESSED: shared.of("pressed"),
        PAIR_STATEMENTS: set(shared.of("act", "joint")) - requests,
        AGREEMENTS: shared.of("agreement"),
        CONDUCT: shared.of("conduct"),
    }
    return tuple(
        RelationTable(
            section, tuple(facts[iri] for iri in sorted(rows[section])), len(rows[section])
        )
        for section in PAIR_SECTIONS
    )


def _is_request(fact: RelationFact) -> bool:
    return any(kind.iri.endswith("#Request") for kind in fact.kinds)


def _merge_readings(
    evidence: Mapping[str, tuple[Attestation, ...]], facts: Iterable[str]
) -> tuple[Attestation, ...]:
    """Return the readings of several facts, one of each passage, in order."""
    readings = {
        reading.passage.thing.iri: reading for fact in facts for reading in evidence.get(fact, ())
    }
    return tuple(sorted(readings.values(), key=_reading_order))


def _reading_order(reading: Attestation) -> tuple:
    passage = reading.passage
    return passage.report.iri, passage.start, reading.thing.iri

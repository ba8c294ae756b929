"""Two parties: at which levels they meet, their partnership, and what is open between them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import chain, combinations
from operator import attrgetter

from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing, by_label
from diplograph.views.drawings.ladder import Ladder, draw_ladder
from diplograph.views.engagements import (
    Engagement,
    EngagementLists,
    Participants,
    choose_nearest,
    describe_engagements,
    judge_engagements,
    read_engagement_lists,
    select_engagements,
)
from diplograph.views.event import AGENDA_STANDINGS, judge_item
from diplograph.views.query import BindingRow, QueryRunner, fill_query, group_rows, thing
from diplograph.views.records import DG, Attestation, list_standing, read_evidence
from diplograph.views.relations import (
    PAIR_SECTIONS,
    Evidence,
    RelationFact,
    RelationTable,
    complete_fact,
    read_relation_facts,
)
from diplograph.views.status import (
    OVERDUE,
    EngagementIndexEntry,
    JudgedEngagement,
    count_once,
    is_ahead,
    is_over,
    read_dates,
)

TOPICS_SHOWN = 20
HEAD, MINISTERIAL, OTHER = "head", "ministerial", "other"
LEVELS = {
    HEAD: "Leaders (heads of state, government or organization)",
    MINISTERIAL: "Ministers",
    OTHER: "Other or not reported",
}
# Kinds of offices by the level of who holds them.
_OFFICE_LEVELS = {
    HEAD: frozenset(("head-of-state", "head-of-government", "head-of-organization")),
    MINISTERIAL: frozenset(("foreign-minister", "other-minister")),
}
# How two parties work together in a forum, by `?way` in between.rq.
_IN_FORUM = {
    "membership": "both are members",
    "conduct": "both take part in it",
    "agenda": "on their agenda",
}


@dataclass(frozen=True)
class DayCount:
    """How many days, at least and at most, where the reports leave the date open."""

    least: int
    most: int

    def __str__(self) -> str:
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
    """The engagements of two parties at one level: last held, next ahead, latest overdue.

    `total` counts what happens during a visit with the visit; `events` are the IRIs of all.
    """

    name: str
    title: str
    total: int
    events: tuple[str, ...]
    last: Contact | None
    next: Contact | None
    overdue: Contact | None


@dataclass(frozen=True)
class Pair:
    """Two parties, the number of their engagements, and their partnership if they have one."""

    one: Thing
    other: Thing
    engagements: int
    partnership: Thing | None = None


@dataclass(frozen=True)
class PairSummary:
    """A pair in a list as of a day: engagements, of these the last held and the next ahead.

    `total` counts what happens during a visit with the visit.
    """

    pair: Pair
    total: int
    last: Engagement | None
    next: Engagement | None
    overdue: int


# The engagements of two parties by their IRIs.
PairEvents = Mapping[frozenset[str], tuple[EngagementIndexEntry, ...]]


@dataclass(frozen=True)
class SharedTopic:
    """A topic on the agendas of two parties: in how many engagements, by which readings.

    `standing` is discussed, on the agenda or expected: the firmest that an item of it is.
    """

    thing: Thing
    total: int
    sources: tuple[Attestation, ...]
    standing: str = ""


@dataclass(frozen=True)
class SharedForum:
    """A forum in which two parties work together: in which ways, by which readings."""

    thing: Thing
    how: tuple[str, ...]
    sources: tuple[Attestation, ...]


@dataclass(frozen=True)
class BilateralRelations:
    """The relations of two parties as of a day; `engaged` has the engagements of `levels` too.

    `evidence` has the readings of all facts that have been read.
    """

    levels: tuple[Level, ...]
    engaged: EngagementLists
    ladder: Ladder
    topics: tuple[SharedTopic, ...]
    forums: tuple[SharedForum, ...]
    tables: tuple[RelationTable, ...]
    evidence: Evidence = field(default_factory=dict, repr=False)

    @property
    def partnerships(self) -> tuple[Thing, ...]:
        """The partnerships that the ladder's steps are stages of."""
        found = {whole for step in self.ladder.steps for whole in step.fact.cell(("stageOf",))}
        return tuple(sorted(found, key=str))


def read_pairs(runner: QueryRunner) -> tuple[Pair, ...]:
    """Return all pairs of parties that meet or are partners, the most frequent first; one query."""
    pairs = []
    for row in runner.rows(fill_query("pairs")):
        if "one" in row:
            partnership = thing(row, "partnership") if row["partnership"] else None
            ends = thing(row, "one"), thing(row, "other")
            pairs.append(Pair(*ends, int(row["engagements"]), partnership))
    return tuple(pairs)


def read_pair_events(
    participants: Participants, index: Iterable[EngagementIndexEntry]
) -> PairEvents:
    """Return the engagements of each two parties; no query, the same on any day."""
    shared: dict[frozenset[str], list[EngagementIndexEntry]] = defaultdict(list)
    for entry in index:
        parties = [party.iri for party in participants.parties.get(entry.iri, ())]
        for two in combinations(parties, 2):
            shared[frozenset(two)].append(entry)
    return {two: tuple(entries) for two, entries in shared.items()}


def rank_pairs(
    pairs: Iterable[Pair], events: PairEvents, day: date
) -> tuple[tuple[Pair, tuple[JudgedEngagement, ...]], ...]:
    """Return the pairs with their engagements known on `day`, the most first; no query.

    What happens during a visit is counted with the visit.
    """
    ranked = []
    for pair in pairs:
        shared = events.get(frozenset((pair.one.iri, pair.other.iri)), ())
        ranked.append((pair, count_once(judge_engagements(shared, day))))
    return tuple(sorted(ranked, key=lambda found: -len(found[1])))


def summarise_pairs(
    runner: QueryRunner, ranked: Iterable[tuple[Pair, tuple[JudgedEngagement, ...]]], day: date
) -> tuple[PairSummary, ...]:
    """Return what a list shows of each of these pairs of rank_pairs; at most three queries."""
    found = []
    for pair, entries in ranked:
        held = (entry for entry in entries if is_over(entry, day))
        ahead = (entry for entry in entries if is_ahead(entry))
        nearest = max(held, key=_latest, default=None), min(ahead, key=_earliest, default=None)
        found.append((pair, entries, nearest))
    named = {entry.iri: entry for _, _, nearest in found for entry in nearest if entry}
    described = {e.thing.iri: e for e in describe_engagements(runner, named.values(), day)}
    return tuple(
        PairSummary(
            pair,
            len(entries),
            *(entry and described[entry.iri] for entry in nearest),
            sum(entry.word == OVERDUE for entry in entries),
        )
        for pair, entries, nearest in found
    )


def read_bilateral_relations(
    runner: QueryRunner, parties: tuple[str, str], day: date, index: Iterable[EngagementIndexEntry]
) -> BilateralRelations:
    """Return the relations of two parties as known on `day`; at most eight queries."""
    shared, forums = _read_shared_facts(runner, parties, day)
    entries = select_engagements(shared["engagement"], index, day)
    levels = read_levels(runner, entries, day)
    topics = _read_topics(runner, entries, day)
    iris = sorted({iri for way in shared if way != "engagement" for iri in shared[way]})
    facts = read_relation_facts(runner, iris)
    nearest = choose_nearest(entries, day)
    for name in ("last", "next", "overdue"):
        named = [contact.iri for level in levels if (contact := getattr(level, name))]
        nearest[name] = tuple(dict.fromkeys((*nearest[name], *named)))
    events = [event for chosen in nearest.values() for event in chosen]
    dates = read_dates(runner, [*facts, *events], day)
    items = [item for _, _, of_topic in topics for item, _ in of_topic]
    evidence = read_evidence(runner, [*facts, *events, *items], day)
    complete = {iri: complete_fact(facts, dates, evidence, iri) for iri in iris}
    return BilateralRelations(
        levels=levels,
        engaged=read_engagement_lists(runner, entries, nearest, day, dates, evidence),
        ladder=draw_ladder([complete[iri] for iri in sorted(shared["stage"])], day),
        topics=tuple(_make_topic(*topic, evidence) for topic in topics),
        forums=tuple(
            SharedForum(
                forum,
                tuple(words for way, words in _IN_FORUM.items() if way in forums[forum]),
                _merge_readings(evidence, chain(*map(sorted, forums[forum].values()))),
            )
            for forum in by_label(forums)
        ),
        tables=_make_tables(shared, complete),
        evidence=evidence,
    )


def read_levels(
    runner: QueryRunner, entries: Iterable[JudgedEngagement], day: date
) -> tuple[Level, ...]:
    """Return these engagements by level as of `day`, all of LEVELS; one query.

    What happens during a visit among them is counted once, with the visit.
    """
    by_iri = {entry.iri: entry for entry in entries}
    rows = runner.rows(fill_query("levels", event=sorted(by_iri))) if by_iri else []
    of_event = group_rows(rows, "event")
    levels: dict[str, list[JudgedEngagement]] = {name: [] for name in LEVELS}
    for iri, entry in by_iri.items():
        levels[judge_level(of_event.get(iri, ()))].append(entry)
    once = {entry.iri for entry in count_once(by_iri.values())}
    return tuple(_make_level(name, of_level, once, day) for name, of_level in levels.items())


def judge_level(rows: Iterable[BindingRow]) -> str:
    """Return the level of an engagement by its rows of levels.rq.

    Heads of state or government: it is a summit, has one within it, is a state visit, or somebody
    acts in it who holds an office of such a kind. Ministers: it is ministerial talks, or somebody
    acts in it as a minister. The offices are those in whose capacity people act; where the kind of
    none is known, those that they are reported to have held at any time.
    """
    rows = list(rows)
    kinds = {row["kind"] for row in rows if "kind" in row}
    offices = {row["capacity"] for row in rows if "capacity" in row}
    offices = offices or {row["held"] for row in rows if "held" in row}
    held = {office.removeprefix(PREFIXES["office-kind"]) for office in offices}
    summit = f"{DG}Summit" in kinds or any("within" in row for row in rows)
    state_visit = PREFIXES["visit-kind"] + "state-visit" in kinds
    if summit or state_visit or held & _OFFICE_LEVELS[HEAD]:
        return HEAD
    if f"{DG}MinisterialTalks" in kinds or held & _OFFICE_LEVELS[MINISTERIAL]:
        return MINISTERIAL
    return OTHER


def _make_level(name: str, of_level: list[JudgedEngagement], once: set[str], day: date) -> Level:
    entries = [entry for entry in of_level if entry.iri in once]
    held = (entry for entry in entries if is_over(entry, day))
    ahead = (entry for entry in entries if is_ahead(entry))
    overdue = (entry for entry in entries if entry.word == OVERDUE)
    return Level(
        name=name,
        title=LEVELS[name],
        total=len(entries),
        events=tuple(entry.iri for entry in of_level),
        last=_find_contact(max(held, key=_latest, default=None), day),
        next=_find_contact(min(ahead, key=_earliest, default=None), day, ahead=True),
        overdue=_find_contact(max(overdue, key=_latest, default=None), day),
    )


def _find_contact(
    entry: JudgedEngagement | None, day: date, *, ahead: bool = False
) -> Contact | None:
    return entry and Contact(entry.iri, count_days(entry, day, ahead=ahead))


def count_days(entry: JudgedEngagement, day: date, *, ahead: bool = False) -> DayCount | None:
    """Return the days since an engagement, or where it is `ahead` until it; None if undated."""
    if not entry.earliest or not entry.latest:
        return None
    first, last = ((moment.date() - day).days for moment in (entry.earliest, entry.latest))
    least, most = (first, last) if ahead else (-last, -first)
    return DayCount(max(0, least), max(0, most))


def _latest(entry: JudgedEngagement) -> tuple:
    return bool(entry.latest), str(entry.latest or ""), entry.iri


def _earliest(entry: JudgedEngagement) -> tuple:
    return not entry.earliest, str(entry.earliest or ""), entry.iri


def _read_shared_facts(
    runner: QueryRunner, parties: tuple[str, str], day: date
) -> tuple[dict[str, set[str]], dict[Thing, dict[str, set[str]]]]:
    """Return the IRIs of facts about both by `?way` of between.rq; those on a forum by forum."""
    facts: dict[str, set[str]] = defaultdict(set)
    forums: dict[Thing, dict[str, set[str]]] = {}
    text = fill_query("between", one=parties, other=parties, day=day.isoformat())
    for row in runner.rows(text):
        facts[row["way"]].add(row["fact"])
        if forum := thing(row, "side"):
            forums.setdefault(forum, defaultdict(set))[row["way"]].add(row["fact"])
    return facts, forums


def _read_topics(
    runner: QueryRunner, entries: Iterable[JudgedEngagement], day: date
) -> list[tuple[Thing, int, tuple[tuple[str, bool], ...]]]:
    """Return topics with the number of engagements they are on the agenda of, and the items.

    With each item: whether its engagement has begun.
    """
    begun = {entry.iri: entry.word in ("held", "underway") for entry in entries}
    topics: dict[Thing, tuple[set[str], set[tuple[str, bool]]]] = {}
    if not begun:
        return []
    for row in runner.rows(fill_query("agenda-topics", event=sorted(begun), day=day.isoformat())):
        on, items = topics.setdefault(thing(row, "topic"), (set(), set()))
        on.add(row["event"])
        items.add((row["item"], begun[row["event"]]))
    counted = [(topic, len(on), tuple(sorted(items))) for topic, (on, items) in topics.items()]
    counted.sort(key=lambda topic: (-topic[1], topic[0].label, topic[0].iri))
    return counted[:TOPICS_SHOWN]


def _make_topic(
    topic: Thing, total: int, items: Iterable[tuple[str, bool]], evidence: Evidence
) -> SharedTopic:
    found = {judge_item(list_standing(evidence.get(item, ())), begun) for item, begun in items}
    standing = next((word for word in AGENDA_STANDINGS if word in found), "")
    readings = _merge_readings(evidence, (item for item, _ in items))
    return SharedTopic(topic, total, readings, standing)


def _make_tables(
    shared: Mapping[str, set[str]], facts: Mapping[str, RelationFact]
) -> tuple[RelationTable, ...]:
    """Return the tables of PAIR_SECTIONS; a request or concern stands apart from statements."""
    acts, answered = shared["act"], shared["answered"]
    requests = {iri for iri in acts if any(kind.iri == f"{DG}Request" for kind in facts[iri].kinds)}
    requests |= shared["concern"]
    rows = (
        requests - answered,
        requests & answered,
        shared["pressure"],
        shared["pressed"],
        (acts | shared["joint"]) - requests,
        shared["agreement"],
        shared["conduct"],
    )
    return tuple(
        RelationTable(section, tuple(facts[iri] for iri in sorted(iris)), len(iris))
        for section, iris in zip(PAIR_SECTIONS, rows, strict=True)
    )


def _merge_readings(evidence: Evidence, facts: Iterable[str]) -> tuple[Attestation, ...]:
    """Return the readings of several facts, one of each passage, in order."""
    readings = {
        reading.passage.thing.iri: reading for fact in facts for reading in evidence.get(fact, ())
    }
    order = attrgetter("passage.report.iri", "passage.start", "thing.iri")
    return tuple(sorted(readings.values(), key=order))

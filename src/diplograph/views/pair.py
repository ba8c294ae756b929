"""Two states as reports show them: what they share, have planned, and want of one another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.views.engagements import (
    Engaged,
    FactTie,
    choose_engaged,
    choose_nearest,
    read_engaged,
)
from diplograph.views.filter import EngagementIndexEntry, JudgedEngagement, is_ahead, is_over
from diplograph.views.partnership import (
    Ladder,
    RelationFact,
    RelationTable,
    build_ladder,
    complete,
    make_section,
    read_relation_facts,
)
from diplograph.views.query import BindingRow, QueryRunner, fill_query, thing
from diplograph.views.records import Attestation, read_evidence
from diplograph.views.status import OVERDUE, read_dates

HEAD, MINISTERIAL, OTHER = "head", "ministerial", "other"
LEVELS = {
    HEAD: "Heads of state or government",
    MINISTERIAL: "Ministers",
    OTHER: "Other or not said",
}
_DG = PREFIXES["dg"]
_HEADS = re.compile(
    r"\b(president|prime minister|premier|chancellor|king|queen|emperor|emir|sultan|monarch"
    r"|head of (?:state|government))\b",
    re.IGNORECASE,
)
_BELOW = re.compile(r"\b(vice|deputy|assistant)\b", re.IGNORECASE)
_MINISTERS = re.compile(r"\b(minister|foreign secretary|secretary of state)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Days:
    """How many days, at least and at most, where the reports leave the date open."""

    least: int
    most: int

    def __str__(self) -> str:
        """Return the number in words.

        >>> str(Days(16, 25))
        '16 to 25 days'
        """
        if self.least == self.most:
            return f"{self.least:,} day{'' if self.least == 1 else 's'}"
        return f"{self.least:,} to {self.most:,} days"


@dataclass(frozen=True)
class Contact:
    """An engagement by IRI, and the days since it or until it; None where no report dates it."""

    iri: str
    days: Days | None


@dataclass(frozen=True)
class Level:
    """What states have had at one level: the last held, the next ahead, the latest overdue."""

    name: str
    title: str
    total: int
    last: Contact | None
    next: Contact | None
    overdue: Contact | None


def read_levels(
    asking: QueryRunner, entries: Iterable[JudgedEngagement], day: date
) -> tuple[Level, ...]:
    """Return what these engagements come to at each level as of `day`; one query."""
    listed = list(entries)
    rows: dict[str, list[BindingRow]] = {each.iri: [] for each in listed}
    if listed:
        for row in asking.rows(fill_query("levels", event=sorted(rows))):
            rows[row["event"]].append(row)
    levels = {iri: judge_level(found) for iri, found in rows.items()}
    return tuple(
        _level(name, [each for each in listed if levels[each.iri] == name], day) for name in LEVELS
    )


def judge_level(rows: Iterable[BindingRow]) -> str:
    """Return the level of an engagement by what is said of it.

    Heads of state or government: it is a summit, has one within it, is a state visit, or somebody
    acts in it who holds such an office by the words of its label. Ministers: it is ministerial
    talks, or somebody acts in it as a minister. The offices are those in whose capacity people
    act; where none is named, those that they are reported to have held at any time.
    """
    rows = list(rows)
    kinds = {row["kind"] for row in rows if "kind" in row}
    offices = [row["capacityLabel"] for row in rows if "capacityLabel" in row]
    offices = offices or [row["heldLabel"] for row in rows if "heldLabel" in row]
    summit = f"{_DG}Summit" in kinds or any("within" in row for row in rows)
    if summit or PREFIXES["visit-kind"] + "state-visit" in kinds or any(map(_is_head, offices)):
        return HEAD
    if f"{_DG}MinisterialTalks" in kinds or any(map(_MINISTERS.search, offices)):
        return MINISTERIAL
    return OTHER


def _is_head(office: str) -> bool:
    return bool(_HEADS.search(office)) and not _BELOW.search(office)


def _level(name: str, entries: list[JudgedEngagement], day: date) -> Level:
    held = [each for each in entries if is_over(each, day)]
    overdue = [each for each in entries if each.word == OVERDUE]
    ahead = [each for each in entries if is_ahead(each, day)]
    return Level(
        name=name,
        title=LEVELS[name],
        total=len(entries),
        last=_since(max(held, key=_latest), day) if held else None,
        next=_until(min(ahead, key=_earliest), day) if ahead else None,
        overdue=_since(max(overdue, key=_latest), day) if overdue else None,
    )


def _since(entry: JudgedEngagement, day: date) -> Contact:
    if not entry.earliest or not entry.latest:
        return Contact(entry.iri, None)
    least, most = (day - entry.latest.date()).days, (day - entry.earliest.date()).days
    return Contact(entry.iri, Days(max(0, least), max(0, most)))


def _until(entry: JudgedEngagement, day: date) -> Contact:
    if not entry.earliest or not entry.latest:
        return Contact(entry.iri, None)
    least, most = (entry.earliest.date() - day).days, (entry.latest.date() - day).days
    return Contact(entry.iri, Days(max(0, least), max(0, most)))


def _latest(entry: JudgedEngagement) -> tuple:
    return bool(entry.latest), str(entry.latest or ""), entry.iri


def _earliest(entry: JudgedEngagement) -> tuple:
    return not entry.earliest, str(entry.earliest or ""), entry.iri


TOPICS_SHOWN = 20
_ASKED = {"From": "speaker raisedBy", "To": "addressee raisedWith"}
_ABOUT = "content concernsGroup onTopic"
OPEN = make_section("open", "Requests and concerns open", **_ASKED, About=_ABOUT)
ANSWERED = make_section("answered", "Requests and concerns answered", **_ASKED, About=_ABOUT)
PAIR_STATEMENTS = make_section(
    "said", "What they said to one another or together", **_ASKED, About=_ABOUT
)
_PRESSURE = {"By": "pressureBy", "Put_on": "pressureOn", "Over": "pressureOver"}
PRESSURE = make_section("pressure", "Pressure of third parties over either's dealings", **_PRESSURE)
PRESSED = make_section("pressed", "Pressure of one on the other", **_PRESSURE)
AGREEMENTS = make_section(
    "agreements", "Agreements", Agreement="agreementStageOf", Stage="stageValue"
)
CONDUCT = make_section(
    "conduct",
    "Courses of action",
    By="conductBy",
    With="conductWith",
    Within="conductIn",
    On="onTopic",
)
PAIR_SECTIONS = (OPEN, ANSWERED, PRESSURE, PRESSED, PAIR_STATEMENTS, AGREEMENTS, CONDUCT)
_HOW = {
    "membership": "both belong to it",
    "conduct": "they act in it together",
    "agenda": "on the agenda between them",
}


@dataclass(frozen=True)
class Pair:
    """Two states with the number of their engagements, and their partnership if they have one."""

    one: Thing
    other: Thing
    engagements: int
    partnership: Thing | None = None


@dataclass(frozen=True)
class Topic:
    """A topic on the agendas of two states: in how many engagements, and which readings say so."""

    thing: Thing
    total: int
    sources: tuple[Attestation, ...]


@dataclass(frozen=True)
class Forum:
    """A forum in which two states work together: in which ways, and which readings say so."""

    thing: Thing
    how: tuple[str, ...]
    sources: tuple[Attestation, ...]


@dataclass(frozen=True)
class Between:
    """What there is between two states as of a day; `tables` has an entry for each of SECTIONS.

    `engaged` has the engagements that `levels` names and the nearest of all.
    """

    levels: tuple[Level, ...]
    engaged: Engaged
    ladder: Ladder
    topics: tuple[Topic, ...]
    forums: tuple[Forum, ...]
    tables: tuple[RelationTable, ...]

    @property
    def partnerships(self) -> tuple[Thing, ...]:
        """The partnerships that the ladder's steps are stages of."""
        found = {each for step in self.ladder.steps for each in step.told.cell(("stageOf",))}
        return tuple(sorted(found, key=str))


@dataclass(frozen=True)
class _Found:
    """What a query found: by the way in which they lie between two states, the facts' IRIs."""

    facts: Mapping[str, tuple[str, ...]]
    forums: Mapping[tuple[Thing, str], tuple[str, ...]]

    def of(self, *ways: str) -> list[str]:
        """Return the facts of these ways, each once."""
        return sorted({iri for way in ways for iri in self.facts.get(way, ())})


def read_pairs(asking: QueryRunner) -> tuple[Pair, ...]:
    """Return all pairs of states that meet or are partners, the most frequent first; one query."""
    return tuple(
        Pair(
            thing(row, "one") or Thing("", ""),
            thing(row, "other") or Thing("", ""),
            int(row["engagements"]),
            thing(row, "partnership") if row["partnership"] else None,
        )
        for row in asking.rows(fill_query("pairs"))
        if "one" in row
    )


def read_between(
    asking: QueryRunner, states: tuple[str, str], day: date, index: Iterable[EngagementIndexEntry]
) -> Between:
    """Return what there is between two states as of `day`; at most eight queries."""
    found = _find(asking, states)
    ties = [FactTie(iri, frozenset(("Meeting",)), frozenset()) for iri in found.of("engagement")]
    entries = choose_engaged(ties, index, day)
    levels = read_levels(asking, entries, day)
    topics = _read_topics(asking, entries)
    told = read_relation_facts(
        asking, found.of(*(way for way in found.facts if way != "engagement"))
    )
    nearest = _choose(entries, levels, day)
    events = [iri for each in nearest.values() for iri in each]
    dates = read_dates(asking, [*told, *events])
    items = [item for _, _, found_items in topics for item in found_items]
    evidence = read_evidence(asking, [*told, *events, *items])

    def row(iri: str) -> RelationFact:
        return complete(told, dates, evidence, iri)

    return Between(
        levels=levels,
        engaged=read_engaged(asking, entries, nearest, dates).supported(evidence),
        ladder=build_ladder([row(iri) for iri in found.of("stage")], day),
        topics=tuple(Topic(each, total, _join(evidence, iris)) for each, total, iris in topics),
        forums=_list_forums(found, evidence),
        tables=_lay_out(found, told, row),
    )


def _find(asking: QueryRunner, states: tuple[str, str]) -> _Found:
    facts: dict[str, set[str]] = {}
    forums: dict[tuple[Thing, str], set[str]] = {}
    for found in asking.rows(fill_query("between", one=states, other=states)):
        facts.setdefault(found["way"], set()).add(found["fact"])
        side = thing(found, "side")
        if side:
            forums.setdefault((side, found["way"]), set()).add(found["fact"])
    return _Found(
        {way: tuple(sorted(iris)) for way, iris in facts.items()},
        {key: tuple(sorted(iris)) for key, iris in forums.items()},
    )


def _choose(
    entries: tuple[JudgedEngagement, ...], levels: tuple[Level, ...], day: date
) -> dict[str, tuple[str, ...]]:
    """Return the nearest engagements, those that a level names added to their lists."""
    lists = choose_nearest(entries, day)
    for name in ("last", "next", "overdue"):
        named = [contact.iri for level in levels if (contact := getattr(level, name))]
        lists[name] = tuple(dict.fromkeys((*lists[name], *named)))
    return lists


def _read_topics(
    asking: QueryRunner, entries: Iterable[JudgedEngagement]
) -> list[tuple[Thing, int, tuple[str, ...]]]:
    """Return topics with the number of engagements they are on the agenda of, and the items."""
    events = sorted(each.iri for each in entries)
    met: dict[Thing, tuple[set[str], set[str]]] = {}
    for row in asking.rows(fill_query("agenda-topics", event=events)) if events else ():
        topic = thing(row, "topic")
        on, items = met.setdefault(topic, (set(), set()))
        on.add(row["event"])
        items.add(row["item"])
    ranked = sorted(met.items(), key=lambda each: (-len(each[1][0]), each[0].label, each[0].iri))
    return [(topic, len(on), tuple(sorted(items))) for topic, (on, items) in ranked[:TOPICS_SHOWN]]


def _list_forums(
    found: _Found, evidence: Mapping[str, tuple[Attestation, ...]]
) -> tuple[Forum, ...]:
    shared: dict[Thing, dict[str, tuple[str, ...]]] = {}
    for (forum, way), facts in found.forums.items():
        shared.setdefault(forum, {})[way] = facts
    return tuple(
        Forum(
            forum,
            tuple(words for way, words in _HOW.items() if way in ways),
            _join(evidence, [iri for facts in ways.values() for iri in facts]),
        )
        for forum, ways in sorted(shared.items(), key=lambda each: (each[0].label, each[0].iri))
    )


def _lay_out(
    found: _Found, told: Mapping[str, RelationFact], row: object
) -> tuple[RelationTable, ...]:
    asked = {iri for iri in found.of("act") if _is_request(told[iri])} | set(found.of("concern"))
    answered = set(found.of("answered"))
    said = set(found.of("act", "joint")) - asked
    chosen = {
        OPEN: asked - answered,
        ANSWERED: asked & answered,
        PRESSURE: set(found.of("pressure")),
        PRESSED: set(found.of("pressed")),
        PAIR_STATEMENTS: said,
        AGREEMENTS: set(found.of("agreement")),
        CONDUCT: set(found.of("conduct")),
    }
    return tuple(
        RelationTable(
            section, tuple(row(iri) for iri in sorted(chosen[section])), len(chosen[section])
        )
        for section in PAIR_SECTIONS
    )


def _is_request(told: RelationFact) -> bool:
    return any(kind.iri.endswith("#Request") for kind in told.kinds)


def _join(
    evidence: Mapping[str, tuple[Attestation, ...]], facts: Iterable[str]
) -> tuple[Attestation, ...]:
    """Return the readings of several facts, each passage once, in order."""
    readings = {each.passage.thing.iri: each for fact in facts for each in evidence.get(fact, ())}
    return tuple(readings[iri] for iri in sorted(readings, key=lambda i: _order(readings[i])))


def _order(attestation: Attestation) -> tuple:
    passage = attestation.passage
    return passage.report.iri, passage.start, attestation.thing.iri

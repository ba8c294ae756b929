"""What each report changed: added, confirmed, corrected, contradicted or denied, as sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby
from operator import attrgetter

from diplograph.core.dates import parse_whole, say_date
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.views.query import BindingRow, QueryRunner, fill_query, group_rows, thing
from diplograph.views.records import (
    BEFORE,
    CONTRADICTS,
    CORRECTED,
    CORRECTS,
    DENIED,
    DISPUTED,
    LATER,
    MOVED,
    MOVES,
    REFINED,
    REFINES,
    STATED,
    Comparison,
    read_comparisons,
)
from diplograph.views.status import STATUS_LABELS, STATUS_WORDS

# Kinds of changes, in the order in which those of one report are listed: what was held, then what
# is called off or otherwise another, what is in dispute, what is ahead, the rest.
HELD, UNDERWAY, CALLED_OFF, CHANGED = "held", "underway", "called off", "changed"
CONTRADICTED, DENIES, PRECISE = "contradicted", "denied", "more precise"
ADDED, DETAILED, CONFIRMED = "added", "more details", "confirmed"
CHANGE_KINDS = (
    *(
        HELD,
        UNDERWAY,
        CALLED_OFF,
        CHANGED,
        CONTRADICTED,
        DENIES,
        PRECISE,
        ADDED,
        DETAILED,
        CONFIRMED,
    ),
)
_PLAIN_MODALITIES = frozenset(("asserted", "planned"))
# Changes of a status that are kinds of their own.
_KINDS = {
    "held": HELD,
    "underway": UNDERWAY,
    **dict.fromkeys(("cancelled", "not-held", "postponed"), CALLED_OFF),
}
_STATUS_MATTERS = ("statusOf", "agreementStageOf")
# The nouns of facts that a change counts, by what they are of a thing.
_NOUNS = {
    "agendaOf": ("agenda item", "agenda items"),
    "participationIn": ("participant", "participants"),
    "placementOf": ("place", "places"),
    "dateOf": ("date", "dates"),
    "quantityOf": ("number", "numbers"),
    "stageOf": ("stage", "stages"),
}
_OTHER_DETAILS = ("other detail", "other details")
# Groups of Differences, by how facts relate to those of other reports.
_GROUPS = {
    CONTRADICTS: "disputes",
    MOVES: "changes",
    MOVED: "changed",
    REFINES: "exactness",
    REFINED: "exactness",
}

# A part of a sentence: words, or a thing that a page may link.
SentencePart = Thing | str


@dataclass(frozen=True)
class Change:
    """One thing that a report changed: `parts` make a sentence without its full stop.

    `kind` is one of CHANGE_KINDS, `thing` what the sentence is about, `facts` the facts that say
    so, in this report, and `passages` where it says them, called by paragraph.
    """

    kind: str
    thing: Thing
    parts: tuple[SentencePart, ...]
    facts: tuple[Thing, ...]
    passages: tuple[Thing, ...] = ()

    @property
    def text(self) -> str:
        """The sentence without links."""
        return "".join(part if isinstance(part, str) else part.label for part in self.parts)


@dataclass(frozen=True)
class ReportChanges:
    """What a report changed, by CHANGE_KINDS and thing.

    `published` is its day in EDTF, "" where that is not known; `received` the day on which it was
    received, `known` that from which it counts.
    """

    report: Thing
    published: str
    received: str
    known: str
    changes: tuple[Change, ...] = ()

    @property
    def days(self) -> str:
        """When it was published and received, in words."""
        days = [f"published {say_date(self.published)}" if self.published else "not dated"]
        return ", ".join([*days, f"received {say_date(self.received)}"] if self.received else days)

    @property
    def groups(self) -> tuple[tuple[str, tuple[Change, ...]], ...]:
        """The changes by kind, in the order of CHANGE_KINDS."""
        grouped = groupby(self.changes, attrgetter("kind"))
        return tuple((kind, tuple(members)) for kind, members in grouped)

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How many changes of each kind it made, in the order of CHANGE_KINDS."""
        return tuple((kind, len(members)) for kind, members in self.groups)


@dataclass(frozen=True)
class ReportedFact:
    """A fact with what it is about: `word` is a status or a stage, `edtf` a date."""

    thing: Thing
    about: Thing
    matter: str
    word: str = ""
    value: str = ""
    edtf: str = ""
    role: str = ""


@dataclass(frozen=True)
class ReportReadings:
    """What a report says and denies.

    `says`: a fact to the label of how firmly it is put, "" if plainly; `passages`: a fact to the
    numbers of the paragraphs that speak of it, each with the IRI of the passage.
    """

    report: Thing
    published: str
    received: str
    known: str
    says: Mapping[str, str]
    denies: tuple[str, ...]
    passages: Mapping[str, tuple[tuple[int, str], ...]]

    def list_passages(self, facts: Iterable[Thing]) -> tuple[Thing, ...]:
        """Return the passages that speak of these facts, one for each paragraph."""
        found = sorted({pair for fact in facts for pair in self.passages.get(fact.iri, ())})
        first = dict(reversed(found))
        return tuple(Thing(first[number], f"para. {number}") for number in sorted(first))


@dataclass(frozen=True)
class ChangeLog:
    """All that reports say, the earliest report first, and how the facts relate to each other.

    `relations`: a pair of facts to `refines`, `replaces` or `moves`; `rivals`: a fact to those that
    it contradicts.
    """

    reports: tuple[ReportReadings, ...]
    facts: Mapping[str, ReportedFact]
    relations: Mapping[tuple[str, str], str]
    rivals: Mapping[str, tuple[str, ...]]


# ---- reading ------------------------------------------------------------------------------


def read_change_log(runner: QueryRunner) -> ChangeLog:
    """Return all that reports say, the same on any day; four queries."""
    rows = group_rows(runner.rows(fill_query("change-readings")), "report")
    listed = runner.rows(fill_query("latest-reports"))
    labels = {row["fact"]: row for row in runner.rows(fill_query("change-facts"))}
    relations, rivals = {}, {}
    for row in runner.rows(fill_query("change-relations")):
        fact, other = row["fact"], row["other"]
        if row["relation"] == "contradicts":
            rivals.setdefault(fact, set()).add(other)
            rivals.setdefault(other, set()).add(fact)
        else:
            relations[fact, other] = row["relation"]
    return ChangeLog(
        reports=tuple(
            _make_readings(row, rows[row["report"]])
            for row in reversed(listed)
            if row["report"] in rows
        ),
        facts={iri: _make_fact(row) for iri, row in labels.items()},
        relations=relations,
        rivals={fact: tuple(sorted(others)) for fact, others in rivals.items()},
    )


def _make_readings(row: BindingRow, rows: list[BindingRow]) -> ReportReadings:
    report = row["report"]
    # What the same report corrects further on is not news.
    lasting = [reading for reading in rows if reading.get("corrector") != report]
    says = {}
    for reading in lasting:
        if reading["says"] == "says":
            plain = reading.get("modality", "").rpartition("/")[2] in _PLAIN_MODALITIES
            says[reading["fact"]] = "" if plain else reading.get("modalityLabel", "")
    denies = (reading["fact"] for reading in lasting if reading["says"] == "denies")
    passages: dict[str, list[tuple[int, str]]] = {}
    for reading in lasting:
        place = parse_whole(reading.get("paragraph")) or 0, reading["passage"]
        passages.setdefault(reading["fact"], []).append(place)
    return ReportReadings(
        report=thing(rows[0], "report") or Thing(report, report),
        published=row.get("published", ""),
        received=row.get("received", ""),
        known=max((reading.get("known", "") for reading in rows), default=""),
        says=says,
        denies=tuple(dict.fromkeys(denies)),
        passages={fact: tuple(places) for fact, places in passages.items()},
    )


def _make_fact(row: BindingRow) -> ReportedFact:
    fact = thing(row, "fact") or Thing("", "")
    word = row.get("value", "").rpartition("/")[2]
    matter = row.get("matter", "").removeprefix(PREFIXES["dg"])
    label = row.get("valueLabel", "")
    return ReportedFact(
        thing=fact,
        about=thing(row, "thing") or fact,
        matter=matter,
        word=word,
        value=STATUS_LABELS.get(word, label) if matter == "statusOf" else label,
        edtf=row.get("edtf", ""),
        role=row.get("role", "").rpartition("/")[2],
    )


def choose_changes(
    runner: QueryRunner,
    log: ChangeLog,
    reports: Iterable[ReportChanges],
    since: date | None = None,
    things: Iterable[str] = (),
) -> tuple[ReportChanges, ...]:
    """Return those of the reports that count from the day `since` or later.

    `things`: IRIs that must all be involved in a change; reports that change nothing of theirs are
    left out; one query.
    """
    first = since.isoformat() if since else ""
    listed = tuple(report for report in reports if report.known >= first)
    involved: dict[str, set[str]] = {iri: set() for iri in things}
    if not involved:
        return listed
    for row in runner.rows(fill_query("change-things", chosen=sorted(involved))):
        involved[row["chosen"]].add(row["fact"])
    for facts in involved.values():
        facts |= {iri for iri, fact in log.facts.items() if fact.about.iri in facts or iri in facts}

    def concerns(change: Change) -> bool:
        iris = {change.thing.iri, *(fact.iri for fact in change.facts)}
        return all(not iris.isdisjoint(facts) for facts in involved.values())

    chosen = (replace(report, changes=tuple(filter(concerns, report.changes))) for report in listed)
    return tuple(report for report in chosen if report.changes)


def list_known(log: ChangeLog, day: date) -> tuple[frozenset[str], frozenset[str]]:
    """Return the facts that reports known on a day say, and those that they deny."""
    known = [readings for readings in log.reports if readings.known <= day.isoformat()]
    says = frozenset(iri for readings in known for iri in readings.says)
    return says, frozenset(iri for readings in known for iri in readings.denies)


# ---- replaying reports ---------------------------------------------------------------------


@dataclass
class _Known:
    """What the reports so far say: facts with how firmly, those denied, and what stands now."""

    says: dict[str, str] = field(default_factory=dict)
    denies: set[str] = field(default_factory=set)
    by: dict[str, Thing] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    dates: dict[str, list[str]] = field(default_factory=dict)


def replay_reports(log: ChangeLog, day: date) -> tuple[ReportChanges, ...]:
    """Return what each report known on `day` changed of what those before it say, newest first."""
    known, replayed = _Known(), []
    for readings in log.reports:
        if readings.known > day.isoformat():
            continue
        changes = [
            replace(change, passages=readings.list_passages(change.facts))
            for change in sorted(_ReportReplay(log, known, readings).list_changes(), key=_order)
        ]
        days = readings.published, readings.received, readings.known
        replayed.append(ReportChanges(readings.report, *days, tuple(changes)))
    return tuple(reversed(replayed))


def _order(change: Change) -> tuple:
    return CHANGE_KINDS.index(change.kind), change.thing.label, change.thing.iri, change.text


class _ReportReplay:
    """Compares one report with what is known before it, and adds what it says to that."""

    def __init__(self, log: ChangeLog, known: _Known, readings: ReportReadings):
        self.log, self.known, self.readings = log, known, readings
        self.facts = {iri: log.facts[iri] for iri in readings.says if iri in log.facts}

    def list_changes(self) -> Iterator[Change]:
        """Yield the changes in any order."""
        yield from self._list_denials()
        things: dict[Thing, list[ReportedFact]] = {}
        for fact in self.facts.values():
            things.setdefault(fact.about, []).append(fact)
        for about, facts in things.items():
            yield from self._compare_thing(about, facts)
        self.known.says |= self.readings.says
        for iri in self.readings.says:
            self.known.by.setdefault(iri, self.readings.report)

    def _list_denials(self) -> Iterator[Change]:
        """Yield what the report denies for the first time; of a denied event only the event."""
        facts = [self.log.facts[iri] for iri in self.readings.denies if iri in self.log.facts]
        fresh = [fact for fact in facts if fact.thing.iri not in self.known.denies]
        for fact in fresh:
            self.known.denies.add(fact.thing.iri)
            if fact.about != fact.thing and any(fact.about == other.thing for other in fresh):
                continue
            by = self._find_other(fact.thing.iri)
            rest = (", as reported by ", by) if by else ()
            yield Change(DENIES, fact.about, (fact.thing, *rest), (fact.thing,))

    def _compare_thing(self, about: Thing, facts: list[ReportedFact]) -> Iterator[Change]:
        """Yield what the report changes of one thing; its facts are `facts`."""
        before = self.known.statuses.get(about.iri, "")
        old_dates = self.known.dates.get(about.iri, [])
        status = self._choose_status(facts)
        dates = [fact for fact in facts if fact.matter == "dateOf" and fact.edtf]
        itself = next((fact for fact in facts if fact.thing == about), None)
        known = before or old_dates or about.iri in self.known.says
        if not known and (itself or status) and not (itself and self._find_rival(itself)):
            yield self._say_new(about, facts, status, dates)
        else:
            yield from self._compare_status(about, status, before)
            for fact in dates:
                yield self._compare_date(about, fact, old_dates)
            yield from self._compare_others(about, facts)
        if status:
            self.known.statuses[about.iri] = status.thing.iri
        if dates:
            self._note_dates(about, dates, old_dates)

    def _choose_status(self, facts: list[ReportedFact]) -> ReportedFact | None:
        """Return the record that counts of several by one report: an outcome before a plan."""
        ranks = {word: number for number, word in enumerate(STATUS_WORDS)}
        records = [fact for fact in facts if fact.matter in _STATUS_MATTERS and fact.value]
        return min(records, key=lambda fact: ranks.get(fact.word, len(ranks)), default=None)

    def _say_new(
        self,
        about: Thing,
        facts: list[ReportedFact],
        status: ReportedFact | None,
        dates: list[ReportedFact],
    ) -> Change:
        """Return the sentence about a thing of which no report before told."""
        first = [fact for fact in (status, *dates[:1]) if fact]
        details = self._say_values(first)
        counted = _say_counts(fact for fact in facts if fact.thing != about and fact not in first)
        words = f"{f': {details}' if details else ''}{f' ({counted})' if counted else ''}"
        kind = _KINDS.get(status.word, ADDED) if status else ADDED
        return Change(kind, about, (about, words), tuple(fact.thing for fact in facts))

    def _compare_status(
        self, about: Thing, status: ReportedFact | None, before: str
    ) -> Iterator[Change]:
        if status is None:
            return
        old, facts, value = self.log.facts.get(before), (status.thing,), self._say_values([status])
        if old is None:
            yield Change(_KINDS.get(status.word, DETAILED), about, (about, f": {value}"), facts)
        elif self._relate(status.thing.iri, before) == "contradicts":
            words = (about, f": {status.value}, but {old.value}", *self._name_other(before))
            yield Change(CONTRADICTED, about, words, facts)
        elif old.value != status.value:
            words = (about, f": {old.value} → {value}")
            yield Change(_KINDS.get(status.word, CHANGED), about, words, facts)
        else:
            yield Change(CONFIRMED, about, (about, f": {value}, as reported before"), facts)

    def _compare_date(self, about: Thing, fact: ReportedFact, before: list[str]) -> Change:
        iri, value = fact.thing.iri, self._say_values([fact])
        facts = (fact.thing,)
        if iri in self.known.says:
            return Change(CONFIRMED, about, (about, f": {value}, as reported before"), facts)
        related = {self._relate(iri, other): other for other in reversed(before)}
        if rival := related.get("contradicts"):
            old = self._say_values([self.log.facts[rival]])
            words = (about, f": {value}, but {old}", *self._name_other(rival))
            return Change(CONTRADICTED, about, words, facts)
        for relation, kind in (("replaces", CHANGED), ("refines", PRECISE)):
            if relation in related:
                old = self._say_values([self.log.facts[related[relation]]])
                return Change(kind, about, (about, f": {old} → {value}"), facts)
        return Change(DETAILED, about, (about, f": {value}"), facts)

    def _compare_others(self, about: Thing, facts: list[ReportedFact]) -> Iterator[Change]:
        """Yield what contradicts earlier reports, and one sentence that counts other new facts."""
        plain = []
        for fact in facts:
            if fact.matter in (*_STATUS_MATTERS, "dateOf") or fact.thing.iri in self.known.says:
                continue
            rival = self._find_rival(fact)
            if rival:
                words = (fact.thing, ", but ", rival, *self._name_other(rival.iri))
                yield Change(CONTRADICTED, about, words, (fact.thing,))
            elif fact.thing != about:
                plain.append(fact)
        if plain:
            words = (about, f": {_say_counts(plain)}")
            yield Change(DETAILED, about, words, tuple(fact.thing for fact in plain))

    def _find_rival(self, fact: ReportedFact) -> Thing | None:
        """Return a fact of an earlier report that the fact contradicts, None where none does."""
        others = self.log.rivals.get(fact.thing.iri, ())
        return next((self.log.facts[iri].thing for iri in others if iri in self.known.says), None)

    def _find_other(self, iri: str) -> Thing | None:
        """Return the first report that says a fact, None where it is this one or there is none."""
        by = self.known.by.get(iri)
        return by if by != self.readings.report else None

    def _name_other(self, iri: str) -> tuple[SentencePart, ...]:
        by = self._find_other(iri)
        return (" according to ", by) if by else ()

    def _note_dates(self, about: Thing, dates: list[ReportedFact], before: list[str]) -> None:
        """Put the new dates first, and drop those that they replace."""
        new = [fact.thing.iri for fact in dates]
        replaced = {
            other for other in before if any(self._relate(iri, other) == "replaces" for iri in new)
        }
        lasting = [iri for iri in before if iri not in replaced and iri not in new]
        self.known.dates[about.iri] = [*new, *lasting]

    def _relate(self, iri: str, other: str) -> str:
        if other in self.log.rivals.get(iri, ()):
            return "contradicts"
        return self.log.relations.get((iri, other), "")

    def _say_values(self, facts: list[ReportedFact]) -> str:
        """Return statuses and dates in words, with how firmly they are put if that is not plain."""
        words = []
        for fact in facts:
            role = {"start": "from ", "end": "until "}.get(fact.role, "")
            value = f"{role}{say_date(fact.edtf)}" if fact.matter == "dateOf" else fact.value
            iri = fact.thing.iri
            words.append((value, self.readings.says.get(iri, self.known.says.get(iri, ""))))
        if len({firmness for _, firmness in words}) == 1:
            words = [*((value, "") for value, _ in words[:-1]), words[-1]]
        return ", ".join(part for pair in words for part in pair if part)


def _say_counts(facts: Iterable[ReportedFact]) -> str:
    """Return how many facts of each kind there are: `3 agenda items, 2 participants`."""
    counted = Counter(_NOUNS.get(fact.matter, _OTHER_DETAILS) for fact in facts)
    others = counted.pop(_OTHER_DETAILS, 0)
    ordered = [*sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))]
    ordered += [(_OTHER_DETAILS, others)] if others else []
    return ", ".join(f"{number} {nouns[number != 1]}" for nouns, number in ordered)


# ---- how a report's facts relate to those of others ------------------------------------------


@dataclass(frozen=True)
class Differences:
    """How facts of a report relate to those of others, by what that means for a reader.

    `disputes`: they cannot both be so, or one report denies what another says. `changes`: this
    report corrects, moves or comes after the other; `changed`: the other does so since.
    `exactness`: both are so, and one is more exact.
    """

    disputes: tuple[Comparison, ...] = ()
    changes: tuple[Comparison, ...] = ()
    changed: tuple[Comparison, ...] = ()
    exactness: tuple[Comparison, ...] = ()


def read_differences(asking: QueryRunner, report: str, facts: list[BindingRow]) -> Differences:
    """Return how the facts of a report relate to those of others; `facts` as report-facts.rq has
    them. One query.
    """
    own = max((row.get("standing", "") for row in facts), default="")
    supported = {row["fact"] for row in list_supported(facts)}
    groups: dict[str, list[Comparison]] = {}
    for comparison in read_comparisons(asking, {row["fact"] for row in facts}):
        if comparison.relation != DISPUTED and comparison.fact.iri not in supported:
            continue
        others = {iri: order for iri, order in comparison.reports.items() if iri != report}
        for group, relation in _judge(comparison, report, own, others):
            groups.setdefault(group, []).append(replace(comparison, relation=relation))
    return Differences(**{group: tuple(found) for group, found in groups.items()})


def list_supported(facts: Iterable[BindingRow]) -> list[BindingRow]:
    """Return those rows of report-facts.rq whose facts the report supports, not denies."""
    return [row for row in facts if row["says"] == "says"]


def _judge(
    comparison: Comparison, report: str, own: str, others: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the groups of Differences that a comparison belongs to, and the relation there.

    `own` is the standing of the report itself, `others` that of the other reports: what another
    report says later is never changed by this one, whoever else repeats what this one says.
    """
    relation = comparison.relation
    if relation == DISPUTED:
        if report in comparison.by and others:
            yield "disputes", STATED
        if report in comparison.reports and comparison.by - {report}:
            yield "disputes", DENIED
    elif relation in (LATER, BEFORE):
        if any(order < own for order in others.values()):
            yield "changes", LATER
        if any(order > own for order in others.values()):
            yield "changed", BEFORE
    elif relation in (CORRECTS, CORRECTED):
        if report in comparison.by:
            yield "changes" if relation == CORRECTS else "changed", relation
    elif relation in _GROUPS and others:
        yield _GROUPS[relation], relation

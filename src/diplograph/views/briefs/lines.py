"""Lines of briefs: engagements, facts, outcomes, topics and disagreements with all they rest on."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

from diplograph.core.dates import say_date
from diplograph.core.names import compact
from diplograph.core.things import Thing
from diplograph.views.briefs.document import (
    BriefLine,
    BriefSection,
    Citation,
    ReportDetails,
    TextRun,
    capitalise,
    read_report_details,
)
from diplograph.views.changes import (
    CONFIRMED,
    DETAILED,
    Change,
    ReportChanges,
    read_change_log,
    replay_reports,
)
from diplograph.views.engagements import Engagement
from diplograph.views.query import QueryRunner, fill_query, group_rows, thing
from diplograph.views.records import (
    DG,
    Attestation,
    Evidence,
    FactRecord,
    list_standing,
    read_asserted_values,
    read_evidence,
    say_doubt,
)
from diplograph.views.relations import RelationFact
from diplograph.views.status import (
    NO_DATE,
    OVERDUE,
    EngagementIndexEntry,
    current_dates,
    say_range,
)

# People of an engagement that a line names, topics of an agenda, and changes at most.
_PEOPLE, _TOPICS, _CHANGES = 3, 12, 20
# Days of which a brief says what changed.
RECENT_DAYS = 90
OVERDUE_NOTE = "The date has passed and no report says what happened."
RECENT = f"What changed in the last {RECENT_DAYS} days"
ListChanges = Callable[[date], tuple[ReportChanges, ...]]
# A change with the report that made it.
ReportedChange = tuple[Thing, Change]


@dataclass(frozen=True)
class Disagreement:
    """Two facts that cannot both be so, as the rules found them; one and other are IRIs."""

    matter: str
    thing: Thing
    one: Thing
    other: Thing

    @property
    def iris(self) -> frozenset[str]:
        """The IRIs of the thing and of both facts."""
        return frozenset((self.thing.iri, self.one.iri, self.other.iri))


@dataclass(frozen=True)
class Outcome:
    """What an engagement led to: its kind and stage in words, and the link that says so."""

    event: Thing
    thing: Thing
    link: str
    kind: str
    stage: str
    stage_fact: str


@dataclass(frozen=True)
class Basis:
    """What lines rest on: readings by fact, and the records that give engagements their status."""

    evidence: Evidence
    statuses: Mapping[str, tuple[str, ...]]

    def of(self, *facts: str) -> tuple[Attestation, ...]:
        """Return the readings in force of these facts."""
        return tuple(
            reading for fact in facts for reading in list_standing(self.evidence.get(fact, ()))
        )

    def of_engagement(self, engagement: Engagement) -> tuple[Attestation, ...]:
        """Return the readings of an engagement, of its best dates and of its status."""
        iri = engagement.thing.iri
        estimates = (estimate.fact.iri for estimate in current_dates(engagement.dates))
        return self.of(iri, *estimates, *self.statuses.get(iri, ()))

    def doubt(self, engagement: Engagement, but: str = "") -> str:
        """Return who gives its status and how sure; by the engagement itself where it has none.

        Hedges that stand in `but`, such as its date in words, are left out.
        """
        iri = engagement.thing.iri
        return say_doubt(self.of(*self.statuses.get(iri, ())) or self.of(iri), but)


@dataclass(frozen=True)
class BriefInputs:
    """What briefs need that is the same for all of a build and on any day.

    `changes` returns what each report known on a day changed, the newest report first.
    """

    index: tuple[EngagementIndexEntry, ...]
    details: Mapping[str, ReportDetails]
    disagreements: tuple[Disagreement, ...]
    changes: ListChanges = lambda day: ()


def read_brief_inputs(
    runner: QueryRunner,
    index: tuple[EngagementIndexEntry, ...],
    changes: ListChanges | None = None,
) -> BriefInputs:
    """Return what all briefs of a build need; four queries, and five more without `changes`.

    `index` has the engagements.
    """
    details, disagreements = read_report_details(runner), read_disagreements(runner)
    changes = changes or partial(replay_reports, read_change_log(runner))
    return BriefInputs(index, details, disagreements, changes)


def read_disagreements(runner: QueryRunner) -> tuple[Disagreement, ...]:
    """Return the facts in force that contradict each other; three queries.

    A date stands in words in place of the label of its estimate.
    """
    rows = [r for r in runner.rows(fill_query("contradictions")) if r["matter"] != "entered twice"]
    iris = sorted({row[name] for row in rows for name in ("thing", "one", "other")})
    labels = runner.rows(fill_query("labels", thing=iris)) if iris else []
    named = {row["thing"]: thing(row, "thing") for row in reversed(labels)}
    dated = {row[name] for row in rows if row["matter"] == "date" for name in ("one", "other")}
    values = read_asserted_values(runner, dated)

    def find(iri: str) -> Thing:
        return named.get(iri) or Thing(iri, compact(iri))

    def name(iri: str) -> Thing:
        record = FactRecord(find(iri), values.get(iri, ()))
        role = next((role.iri.rpartition("/")[2] for role in record.things("dateRole")), "")
        edtf = record.text("edtf")
        words = {"start": "from ", "end": "until "}.get(role, "") + say_date(edtf) if edtf else ""
        return Thing(iri, words) if words else record.thing

    return tuple(
        Disagreement(row["matter"], find(row["thing"]), name(row["one"]), name(row["other"]))
        for row in rows
    )


def read_outcomes(runner: QueryRunner, events: Iterable[str], day: date) -> tuple[Outcome, ...]:
    """Return what these engagements led to as known on `day`, each once; one query."""
    iris = sorted(set(events))
    outcomes: dict[str, Outcome] = {}
    if not iris:
        return ()
    for row in runner.rows(fill_query("outcomes", event=iris, day=day.isoformat())):
        if row["outcome"] not in outcomes:
            details = (row.get(name, "") for name in ("kindLabel", "stageLabel", "stage"))
            ends = thing(row, "event"), thing(row, "outcome")
            outcomes[row["outcome"]] = Outcome(*ends, row["link"], *map(str, details))
    return tuple(outcomes.values())


def read_basis(
    runner: QueryRunner,
    engagements: Iterable[Engagement],
    facts: Iterable[str],
    day: date,
    known: Evidence | None = None,
) -> Basis:
    """Return what lines about these engagements and facts rest on; two queries at most.

    `known`: evidence that has been read already.
    """
    listed = list(engagements)
    events = sorted(engagement.thing.iri for engagement in listed)
    statuses: dict[str, tuple[str, ...]] = {}
    if events:
        text = fill_query("status-bases", event=events, day=day.isoformat())
        for event, rows in group_rows(runner.rows(text), "event").items():
            statuses[event] = tuple(row["record"] for row in rows)
    wanted = {estimate.fact.iri for engagement in listed for estimate in engagement.dates}
    wanted.update(*statuses.values(), facts, events)
    read = dict(known or {})
    read |= read_evidence(runner, wanted - read.keys(), day)
    return Basis(read, statuses)


def engagement_line(
    engagement: Engagement,
    basis: Basis,
    lead: str = "",
    *,
    days: str = "",
    in_week: bool = False,
) -> BriefLine:
    """Return the line of an engagement: what, when, how it stands, where, with whom, how sure.

    `days`: how long ago or ahead it is, in words. `in_week`: `lead` is its date, and the line names
    the status, whatever it is, and the parties.
    """
    when = say_range(engagement.dates)
    details = [] if in_week else [when or NO_DATE]
    details += _say_standing(engagement, always=in_week)
    if in_week and engagement.parties:
        details.append(join_labels(engagement.parties, _PEOPLE + 2))
    if engagement.people:
        details.append(join_labels(engagement.people, _PEOPLE))
    if engagement.places:
        details.append(join_labels(engagement.places))
    details += [days] if days else []
    details += [doubt] if (doubt := basis.doubt(engagement, when)) else []
    return BriefLine(
        (
            TextRun(capitalise(engagement.thing.label), engagement.thing.iri, strong=True),
            TextRun(f": {'; '.join(details)}." if details else "."),
            Citation(basis.of_engagement(engagement)),
        ),
        lead,
    )


def _say_standing(engagement: Engagement, *, always: bool = False) -> list[str]:
    """Return the status in words, nothing where the section says it or no report does."""
    plain = ("unstated",) if always else ("held", OVERDUE, "unstated")
    return [] if engagement.status.word in plain else [engagement.status.label]


def fact_line(
    fact: RelationFact,
    lead: str,
    about: Iterable[Thing | str] = (),
    words: str = "",
) -> BriefLine:
    """Return the line of a fact: its label, what it is about, its date, how sure reports are."""
    readings = list_standing(fact.sources)
    subjects = [value for value in about if str(value).lower() not in fact.thing.label.lower()]
    details = [words] if words else []
    details += [f"about {join_labels(subjects, _PEOPLE)}"] if subjects else []
    details += [dates] if (dates := say_range(fact.dates)) else []
    details += [doubt] if (doubt := say_doubt(readings)) else []
    tail = f": {'; '.join(details)}." if details else "."
    what = TextRun(capitalise(fact.thing.label), fact.thing.iri, strong=True)
    return BriefLine((what, TextRun(tail), Citation(readings)), lead)


def speech_line(row: RelationFact, words: str = "") -> BriefLine:
    """Return the line of a statement, a request or a concern: who to whom, what, about what."""
    sides = row.cell(("speaker", "raisedBy")), row.cell(("addressee", "raisedWith"))
    who, whom = (join_labels(side, 2) for side in sides)
    about = row.cell(("content", "concernsGroup", "onTopic"))
    kinds = [kind for kind in row.kinds if kind.iri != f"{DG}Item"]
    details = [capitalise(join_labels(kinds, 2))] if kinds else []
    details += [words] if words else []
    lead = f"{who} to {whom}" if who and whom else who or whom
    return fact_line(row, lead, about, ", ".join(details))


def pressure_line(row: RelationFact) -> BriefLine:
    """Return the line of a pressure: by whom on whom, over what."""
    by, on = (join_labels(row.cell((name,)), 2) for name in ("pressureBy", "pressureOn"))
    lead = f"{by} on {on}" if by and on else by or on
    return fact_line(row, lead, row.cell(("pressureOver",)))


def outcome_line(outcome: Outcome, basis: Basis) -> BriefLine:
    """Return the line of what an engagement led to."""
    readings = basis.of(outcome.link, outcome.stage_fact)
    details = [outcome.stage] if outcome.stage else []
    details += [doubt] if (doubt := say_doubt(readings)) else []
    tail = f"; {'; '.join(details)}." if details else "."
    parts = (
        TextRun(capitalise(outcome.thing.label), outcome.thing.iri, strong=True),
        TextRun(": came out of "),
        TextRun(outcome.event.label, outcome.event.iri),
        TextRun(tail),
        Citation(readings),
    )
    return BriefLine(parts, capitalise(outcome.kind) or "Outcome")


def topics_line(lead: str, topics: Iterable[tuple[Thing, int, tuple]]) -> BriefLine:
    """Return one line of topics, each with the number of engagements it is on the agenda of."""
    listed = list(topics)
    parts: list[TextRun | Citation] = []
    for index, (topic, total, _) in enumerate(listed[:_TOPICS]):
        label = capitalise(topic.label) if not index else topic.label
        parts.append(TextRun(label, topic.iri))
        count = f" ({total} engagements)" if total > 1 else ""
        parts.append(TextRun(f"{count}{', ' if index + 1 < len(listed[:_TOPICS]) else ''}"))
    rest = len(listed) - _TOPICS
    parts.append(TextRun(f" and {rest} more." if rest > 0 else "."))
    parts.append(Citation(tuple(reading for _, _, of_topic in listed for reading in of_topic)))
    return BriefLine(tuple(parts), lead)


def say_next(engagement: Engagement, basis: Basis, parties: bool = False) -> BriefLine:
    """Return the sentence of the summary on the next engagement."""
    when = say_range(engagement.dates)
    details = [engagement.status.label, when or NO_DATE]
    if parties and engagement.parties:
        details.append(join_labels(engagement.parties, _PEOPLE + 2))
    details += [doubt] if (doubt := basis.doubt(engagement, when)) else []
    return _say_one("Next: ", engagement, f", {'; '.join(details)}.", basis)


def say_overdue(engagement: Engagement, total: int, basis: Basis) -> BriefLine:
    """Return the sentence of the summary on what is overdue, the latest by name."""
    when = say_range(engagement.dates) or NO_DATE
    more = f", and {total - 1} more" if total > 1 else ""
    tail = f" ({when}){more}. No report says what happened."
    return _say_one("Overdue: ", engagement, tail, basis)


def _say_one(words: str, engagement: Engagement, tail: str, basis: Basis) -> BriefLine:
    what = TextRun(engagement.thing.label, engagement.thing.iri, strong=True)
    citation = Citation(basis.of_engagement(engagement))
    return BriefLine((TextRun(words), what, TextRun(tail), citation))


def say_disputes(count: int) -> BriefLine:
    """Return the sentence of the summary on how often reports disagree."""
    points = "one point" if count == 1 else f"{count} points"
    return BriefLine((TextRun(f"Reports disagree on {points}: see below."),))


def disagreement_section(disagreements: Iterable[Disagreement], basis: Basis) -> BriefSection:
    """Return the section with each pair of facts of which readings known by the day say both."""
    lines = []
    for pair in disagreements:
        denied = pair.one.iri == pair.other.iri
        sides = basis.of(pair.one.iri), basis.of(pair.other.iri)
        says = tuple(reading for reading in sides[0] if not reading.denies)
        rival = tuple(reading for reading in sides[1] if reading.denies == denied)
        if says and rival:
            lines.append(_write_disagreement(pair, says, rival, denied))
    title = "Disagreements between reports"
    return BriefSection("disagreements", title, tuple(lines), rest="/open", weight=2)


def _write_disagreement(
    pair: Disagreement,
    says: tuple[Attestation, ...],
    rival: tuple[Attestation, ...],
    denied: bool,
) -> BriefLine:
    what = TextRun(capitalise(pair.thing.label), pair.thing.iri, strong=True)
    if denied:
        parts = (TextRun(": one report says so"), Citation(says), TextRun("; another denies it"))
        return BriefLine((what, *parts, Citation(rival)), capitalise(pair.matter))
    one, other = (
        TextRun(f"“{side.label}”" if side.iri == pair.thing.iri else side.label, side.iri)
        for side in (pair.one, pair.other)
    )
    parts = (TextRun(": "), one, Citation(says), TextRun(" against "), other, Citation(rival))
    return BriefLine((what, *parts), capitalise(pair.matter))


def choose_reported_changes(
    reports: Iterable[ReportChanges], start: date, end: date, iris: Container[str] | None = None
) -> tuple[ReportedChange, ...]:
    """Return what reports that count from these days, both included, changed, the newest first.

    `iris`: only what is about one of these things or facts. What a report merely confirms or
    details is left out, and where no report is older, all that is told for the first time.
    """
    listed = tuple(reports)
    fresh = all(report.known >= start.isoformat() for report in listed)
    chosen: list[ReportedChange] = []
    mentioned: set[str] = set()
    for report in reversed(listed):
        if start.isoformat() <= report.known <= end.isoformat():
            changes = [
                (report.report, change)
                for change in report.changes
                if change.kind not in (CONFIRMED, DETAILED)
                and (not fresh or change.thing.iri in mentioned)
                and (iris is None or any(t.iri in iris for t in (change.thing, *change.facts)))
            ]
            chosen[:0] = changes
        mentioned.update(change.thing.iri for change in report.changes)
    return tuple(chosen)


def change_section(title: str, changes: Iterable[ReportedChange], basis: Basis) -> BriefSection:
    """Return the section of what reports changed, each line with the passages of its report."""
    lines, listed = [], list(changes)
    for report, change in listed[:_CHANGES]:
        lead = capitalise(change.kind)
        parts = [
            TextRun(part) if isinstance(part, str) else TextRun(part.label, part.iri)
            for part in change.parts
        ]
        parts[0] = replace(parts[0], text=capitalise(parts[0].text))
        readings = basis.of(*(fact.iri for fact in change.facts))
        own = tuple(reading for reading in readings if reading.passage.report == report)
        line = (*parts, TextRun("."), Citation(own))
        lines.append(BriefLine(line, lead))
    more = max(0, len(listed) - _CHANGES)
    return BriefSection("changes", title, tuple(lines), more, rest="/changes")


def section_of(
    name: str, title: str, lines: Iterable[BriefLine], total: int = 0, rest: str = ""
) -> BriefSection:
    """Return a section with these lines, of `total` that there are on the page at `rest`."""
    listed = tuple(lines)
    return BriefSection(name, title, listed, max(0, total - len(listed)), rest)


def say_unsaid(missing: Iterable[str], day: date) -> str:
    """Return the closing sentence that names what no report says; empty for nothing."""
    phrases = list(missing)
    if not phrases:
        return ""
    *most, last = phrases
    words = f"{', '.join(most)} or {last}" if most else last
    return f"No report known by {say_date(day.isoformat())} mentions {words}."


def join_labels(values: Iterable[Thing | str], most: int = 99) -> str:
    """Return the labels, `most` at most, the last with "and" before it."""
    labels = [str(value) for value in values]
    if len(labels) > most:
        labels = [*labels[:most], f"{len(labels) - most} more"]
    *first, last = labels or [""]
    return f"{', '.join(first)} and {last}" if first else last

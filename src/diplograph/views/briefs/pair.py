"""The brief of two parties: relationship, next and last by level, outcomes, requests, disputes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from diplograph.core.things import Thing
from diplograph.views.briefs.document import (
    Brief,
    BriefLine,
    BriefSection,
    Citation,
    TextRun,
    make_brief,
)
from diplograph.views.briefs.lines import (
    OVERDUE_NOTE,
    RECENT,
    RECENT_DAYS,
    Basis,
    BriefInputs,
    Outcome,
    change_section,
    choose_reported_changes,
    disagreement_section,
    engagement_line,
    fact_line,
    outcome_line,
    pressure_line,
    read_basis,
    read_outcomes,
    say_disputes,
    say_next,
    say_overdue,
    say_unsaid,
    section_of,
    speech_line,
    topics_line,
)
from diplograph.views.engagements import Engagement
from diplograph.views.event import AGENDA_STANDINGS
from diplograph.views.pair import (
    HEAD,
    MINISTERIAL,
    OTHER,
    BilateralRelations,
    count_days,
    read_bilateral_relations,
)
from diplograph.views.query import QueryRunner
from diplograph.views.records import say_doubt
from diplograph.views.relations import RelationFact
from diplograph.views.status import OVERDUE, count_once

_LEVEL_WORDS = {HEAD: "Leaders", MINISTERIAL: "Ministers", OTHER: "Other"}
_AGENDA_LEADS = {"discussed": "Discussed", "on the agenda": "Agenda", "expected": "Expected"}
# What the closing sentence names where a section has no line.
_UNSAID = {
    "relationship": "a stage of their partnership",
    "last": "an engagement that was held",
    "outcomes": "an agreement or topic",
    "open": "an open request or concern",
    "disagreements": "any disagreement between reports",
}


@dataclass(frozen=True)
class _Drafts:
    """What the sections of a brief of two parties are made of."""

    between: BilateralRelations
    basis: Basis
    outcomes: tuple[Outcome, ...]
    inputs: BriefInputs
    day: date
    path: str


def read_pair_brief(
    runner: QueryRunner, parties: tuple[Thing, Thing], day: date, inputs: BriefInputs, path: str
) -> Brief:
    """Return the brief of two parties as of `day`; at most eleven queries.

    `path` is that of the page of the two.
    """
    one, other = parties
    between = read_bilateral_relations(runner, (one.iri, other.iri), day, inputs.index)
    events = [entry.iri for entry in between.engaged.entries]
    outcomes = read_outcomes(runner, events, day)
    facts = {row.thing.iri for table in between.tables for row in table.rows}
    disputed = [pair for pair in inputs.disagreements if pair.iris & {*events, *facts}]
    named = {iri for pair in disputed for iri in pair.iris}
    named |= {fact for outcome in outcomes for fact in (outcome.link, outcome.stage_fact) if fact}
    start = day - timedelta(days=RECENT_DAYS)
    changes = choose_reported_changes(inputs.changes(day), start, day, {*events, *facts})
    named |= {fact.iri for _, change in changes for fact in change.facts}
    basis = read_basis(runner, between.engaged.shown, named, day, between.evidence)
    drafts = _Drafts(between, basis, outcomes, inputs, day, path)
    sections = [
        _draft_relationship(drafts),
        *_draft_engagements(drafts),
        _draft_outcomes(drafts),
        *_draft_speech(drafts),
        disagreement_section(disputed, basis),
        change_section(RECENT, changes, basis),
    ]
    empty = (section.name for section in sections if not section.lines)
    unsaid = say_unsaid((_UNSAID[name] for name in empty if name in _UNSAID), day)
    title = f"{one.label} and {other.label}"
    summary = _summarise(drafts, sections)
    return make_brief(title, f"/brief{path}", day, summary, sections, inputs.details, unsaid)


# ---- summary --------------------------------------------------------------------------------


def _summarise(drafts: _Drafts, sections: Iterable[BriefSection]) -> list[BriefLine]:
    """Return the bottom line: the stage, the next engagement, what is overdue or disputed."""
    engaged, basis = drafts.between.engaged, drafts.basis
    disputes = next(len(part.lines) for part in sections if part.name == "disagreements")
    lines = _say_stage(drafts.between)
    if engaged.next:
        lines.append(say_next(engaged.next[0], basis))
    else:
        text = "No report mentions an upcoming engagement between them."
        lines.append(BriefLine((TextRun(text),)))
    overdue = {entry.iri for entry in count_once(engaged.entries) if entry.word == OVERDUE}
    named = [engagement for engagement in engaged.overdue if engagement.thing.iri in overdue]
    if named:
        lines.append(say_overdue(named[0], len(overdue), basis))
    if disputes:
        lines.append(say_disputes(disputes))
    return lines


def _say_stage(between: BilateralRelations) -> list[BriefLine]:
    if not between.ladder.steps:
        return []
    step = between.ladder.steps[-1]
    since = " and ".join(estimate.words for estimate in step.start)
    doubt = say_doubt(step.fact.sources)
    tail = f"{f', since {since}' if since else ''}{f' ({doubt})' if doubt else ''}."
    parts = (
        TextRun("Relationship: "),
        TextRun(step.fact.thing.label, step.fact.thing.iri, strong=True),
        TextRun(tail),
        Citation(step.fact.sources),
    )
    return [BriefLine(parts)]


# ---- sections -------------------------------------------------------------------------------


def _draft_relationship(drafts: _Drafts) -> BriefSection:
    steps = drafts.between.ladder.steps
    parts: list[TextRun | Citation] = []
    for index, step in enumerate(steps):
        since = " and ".join(estimate.words for estimate in step.start) or "date not reported"
        ended = f" to {' and '.join(date.words for date in step.end)}" if step.end else ""
        parts += [TextRun(", then ")] if index else []
        parts += [
            TextRun(step.fact.thing.label, step.fact.thing.iri),
            TextRun(f" ({since}{ended})"),
            Citation(step.fact.sources),
        ]
    lines = [BriefLine(tuple(parts), "Stages")] if parts else []
    sectors = {topic: step.fact.sources for step in steps for topic in step.fact.cell(("onTopic",))}
    if sectors:
        listed = [(topic, 1, readings) for topic, readings in sectors.items()]
        lines.append(topics_line("Sectors", listed))
    return section_of("relationship", "Relationship", lines)


def _draft_engagements(drafts: _Drafts) -> Iterable[BriefSection]:
    engaged = drafts.between.engaged
    counts = {"next": 0, "overdue": 0, "last": 0, "others": 0}
    shown = {engagement.thing.iri for engagement in engaged.shown}
    titles = {
        "next": "Next, by level",
        "overdue": "Overdue",
        "last": "Last held, by level",
        "others": "Postponed, called off, disputed or undated",
    }
    hidden = sum(entry.iri not in shown for entry in engaged.entries)
    for name in counts:
        lines = _list_by_level(drafts, getattr(engaged, name), ahead=name == "next")
        more = hidden if name == "last" else 0
        rest = f"{drafts.path}#engagements"
        note = OVERDUE_NOTE if name == "overdue" else ""
        yield BriefSection(name, titles[name], tuple(lines), more, rest, note, 2)


def _list_by_level(
    drafts: _Drafts, engagements: Iterable[Engagement], *, ahead: bool
) -> list[BriefLine]:
    """Return a line for each engagement, by level; the first of a level has its name."""
    levels = {event: level.name for level in drafts.between.levels for event in level.events}
    entries = {entry.iri: entry for entry in drafts.between.engaged.entries}
    listed = list(engagements)
    lines = []
    for name, words in _LEVEL_WORDS.items():
        of_level = [item for item in listed if levels.get(item.thing.iri) == name]
        for index, engagement in enumerate(of_level):
            counted = count_days(entries[engagement.thing.iri], drafts.day, ahead=ahead)
            days = f"{counted} {'ahead' if ahead else 'ago'}" if counted and counted.most else ""
            lead = "" if index else words
            lines.append(engagement_line(engagement, drafts.basis, lead, days=days))
    return lines


def _draft_outcomes(drafts: _Drafts) -> BriefSection:
    lines = [outcome_line(outcome, drafts.basis) for outcome in drafts.outcomes]
    known = {outcome.thing.iri for outcome in drafts.outcomes}
    for row in _rows(drafts, "agreements"):
        agreements = row.cell(("agreementStageOf",))
        if known.isdisjoint(getattr(agreement, "iri", "") for agreement in agreements):
            lines.append(fact_line(row, "Agreement"))
    for standing in AGENDA_STANDINGS:
        topics = [
            (topic.thing, topic.total, topic.sources)
            for topic in drafts.between.topics
            if topic.standing == standing
        ]
        if topics and standing in _AGENDA_LEADS:
            lines.append(topics_line(_AGENDA_LEADS[standing], topics))
    return section_of("outcomes", "Agenda and outcomes", lines, rest=f"{drafts.path}#topics")


def _draft_speech(drafts: _Drafts) -> Iterable[BriefSection]:
    answered = [speech_line(row, "answered") for row in _rows(drafts, "answered")]
    opened = [speech_line(row) for row in _rows(drafts, "open")]
    rest = drafts.path
    yield section_of("open", "Open requests and concerns", opened, rest=f"{rest}#open")
    pressure = [
        pressure_line(row) for name in ("pressure", "pressed") for row in _rows(drafts, name)
    ]
    yield section_of("pressure", "Pressure", pressure, rest=f"{rest}#pressure")
    statements = [*(speech_line(row) for row in _rows(drafts, "said")), *answered]
    yield section_of("said", "Joint and mutual statements", statements, rest=f"{rest}#said")


def _rows(drafts: _Drafts, name: str) -> tuple[RelationFact, ...]:
    return next(table.rows for table in drafts.between.tables if table.section.name == name)

"""The brief of a person, a state or another party: offices, engagements, statements, concerns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from diplograph.core.errors import UnknownThing
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
    Disagreement,
    Outcome,
    ReportedChange,
    change_section,
    choose_reported_changes,
    disagreement_section,
    engagement_line,
    fact_line,
    join_labels,
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
)
from diplograph.views.engagements import (
    Engagement,
    EngagementLists,
    choose_nearest,
    read_engagement_lists,
    select_engagements,
)
from diplograph.views.query import BindingRow, QueryRunner, fill_query, group_rows, thing
from diplograph.views.records import DG, read_evidence
from diplograph.views.relations import (
    RelationFact,
    RelationTable,
    arrange_relations,
    assign_sections,
    read_linked_facts,
    read_relation_facts,
)
from diplograph.views.status import OVERDUE, count_once, is_over, read_dates
from diplograph.views.thing import NamedThing

_NEAREST = 8
_TITLES = {
    "next": "Next",
    "overdue": "Overdue",
    "last": "Last held",
    "others": "Postponed, called off, disputed or undated",
}
_UNSAID = {
    "offices": "an office",
    "last": "an engagement that was held",
    "outcomes": "an agreement",
    "said": "a statement",
    "concerns": "a concern",
    "disagreements": "any disagreement between reports",
}


@dataclass(frozen=True)
class _Drafts:
    """What the sections of a brief of a party are made of."""

    party: NamedThing
    engaged: EngagementLists
    tables: dict[str, RelationTable]
    outcomes: tuple[Outcome, ...]
    contacts: dict[str, list[BindingRow]]
    disputed: tuple[Disagreement, ...]
    changes: tuple[ReportedChange, ...]
    basis: Basis
    path: str

    @property
    def is_person(self) -> bool:
        """Whether the brief is of a person."""
        return f"{DG}Person" in self.party.classes

    def rows(self, name: str) -> tuple[RelationFact, ...]:
        """Return the rows of the table of that name; none where there is no such table."""
        return self.tables[name].rows if name in self.tables else ()


def read_party_brief(
    runner: QueryRunner, party: NamedThing, day: date, inputs: BriefInputs, path: str
) -> Brief:
    """Return the brief of a person, a state or another party as of `day`; at most ten queries.

    `path` is that of its page. Raises UnknownThing for what is no party.
    """
    if f"{DG}Agent" not in party.classes:
        raise UnknownThing(f"{party.thing.label} is no person, state or other party")
    drafts = _read_drafts(runner, party, day, inputs, path)
    sections = [
        _draft_offices(drafts),
        *_draft_engagements(drafts),
        *_draft_contacts(drafts),
        _draft_outcomes(drafts),
        *_draft_speech(drafts),
        disagreement_section(drafts.disputed, drafts.basis),
        change_section(RECENT, drafts.changes, drafts.basis),
    ]
    empty = (section.name for section in sections if not section.lines)
    unsaid = say_unsaid((_UNSAID[name] for name in empty if name in _UNSAID), day)
    summary = _summarise(drafts, sections)
    label = party.thing.label
    return make_brief(
        label, f"/brief{path.removeprefix('/page')}", day, summary, sections, inputs.details, unsaid
    )


def _read_drafts(
    runner: QueryRunner, party: NamedThing, day: date, inputs: BriefInputs, path: str
) -> _Drafts:
    iri = party.thing.iri
    linked = read_linked_facts(runner, iri, day)
    events = [fact.iri for fact in linked if fact.is_engagement and not fact.is_discussion]
    entries = select_engagements(events, inputs.index, day)
    nearest = choose_nearest(entries, day, _NEAREST)
    chosen = assign_sections(linked)
    facts = [fact for shown, _ in chosen.values() for fact in shown]
    shown = [*facts, *(event for of_list in nearest.values() for event in of_list)]
    dates, evidence = read_dates(runner, shown, day), read_evidence(runner, shown, day)
    engaged = read_engagement_lists(runner, entries, nearest, day, dates, evidence)
    relations = arrange_relations(chosen, read_relation_facts(runner, facts), dates, evidence)
    outcomes = read_outcomes(runner, [entry.iri for entry in entries], day)
    contacts: dict[str, list[BindingRow]] = {}
    if f"{DG}Person" in party.classes and shown:
        held = {entry.iri for entry in entries if is_over(entry, day)}
        text = fill_query("person-contacts", event=events, person=iri, day=day.isoformat())
        rows = [row for row in runner.rows(text) if row["as"] == "for" or row["event"] in held]
        contacts = group_rows(rows, "as")
    disputed = [pair for pair in inputs.disagreements if pair.iris & {iri, *shown, *events}]
    named = {fact for pair in disputed for fact in pair.iris}
    named |= {fact for outcome in outcomes for fact in (outcome.link, outcome.stage_fact) if fact}
    start = day - timedelta(days=RECENT_DAYS)
    changes = choose_reported_changes(inputs.changes(day), start, day, {iri, *shown, *events})
    named |= {fact.iri for _, change in changes for fact in change.facts}
    named |= {row["part"] for rows in contacts.values() for row in rows}
    return _Drafts(
        party=party,
        engaged=engaged,
        tables={table.section.name: table for table in relations},
        outcomes=outcomes,
        contacts=contacts,
        disputed=tuple(disputed),
        changes=changes,
        basis=read_basis(runner, engaged.shown, named, day, evidence),
        path=path,
    )


# ---- summary and sections -------------------------------------------------------------------


def _summarise(drafts: _Drafts, sections: Iterable[BriefSection]) -> list[BriefLine]:
    """Return the bottom line: the office, the next engagement, what is overdue or disputed."""
    engaged, basis = drafts.engaged, drafts.basis
    lines = []
    offices = drafts.rows("offices") if drafts.is_person else ()
    if offices:
        latest = offices[-1]
        since = f", {dates}" if (dates := join_labels(date.phrase for date in latest.dates)) else ""
        parts = (
            TextRun("Office: "),
            TextRun(join_labels(latest.cell(("office",))), latest.thing.iri, strong=True),
            TextRun(f"{since}."),
            Citation(latest.sources),
        )
        lines.append(BriefLine(parts))
    if engaged.next:
        lines.append(say_next(engaged.next[0], basis, parties=True))
    else:
        lines.append(BriefLine((TextRun("No report mentions an upcoming engagement."),)))
    overdue = [e for e in count_once(engaged.entries) if e.word == OVERDUE]
    latest = [e for e in engaged.overdue if e.thing.iri in {entry.iri for entry in overdue}]
    if latest:
        lines.append(say_overdue(latest[0], len(overdue), basis))
    disputes = next(len(part.lines) for part in sections if part.name == "disagreements")
    return [*lines, say_disputes(disputes)] if disputes else lines


def _draft_offices(drafts: _Drafts) -> BriefSection:
    name = "office" if drafts.is_person else "holder"
    lines = [fact_line(row, join_labels(row.cell((name,)))) for row in drafts.rows("offices")]
    title = "Offices" if drafts.is_person else "Who is reported to hold which office"
    return section_of("offices", title, lines, rest=f"{drafts.path}#offices")


def _draft_engagements(drafts: _Drafts) -> Iterable[BriefSection]:
    shown = {engagement.thing.iri for engagement in drafts.engaged.shown}
    hidden = sum(entry.iri not in shown for entry in drafts.engaged.entries)
    for name, title in _TITLES.items():
        lines = [_write_engagement(drafts, item) for item in getattr(drafts.engaged, name)]
        note = OVERDUE_NOTE if name == "overdue" else ""
        more = hidden if name == "last" else 0
        yield BriefSection(name, title, tuple(lines), more, f"{drafts.path}#engagements", note, 2)


def _write_engagement(drafts: _Drafts, engagement: Engagement) -> BriefLine:
    """Return the line of an engagement, behind the parties other than the brief's own."""
    served = {thing(row, "who") for row in drafts.contacts.get("for", ())}
    others = [party for party in engagement.parties if party not in {*served, drafts.party.thing}]
    people = tuple(person for person in engagement.people if person != drafts.party.thing)
    rest = replace(engagement, people=people)
    return engagement_line(rest, drafts.basis, join_labels(others, 2))


def _draft_contacts(drafts: _Drafts) -> Iterable[BriefSection]:
    """Yield for whom a person acted, and whom they met in engagements that were held."""
    for name, title, lead in (("for", "Acted for", ""), ("met", "People met", "")):
        lines = []
        for rows in group_rows(drafts.contacts.get(name, ()), "who").values():
            who, events = thing(rows[0], "who"), {thing(row, "event") for row in rows}
            label = join_labels(sorted(events, key=str), 3)
            readings = drafts.basis.of(*sorted({row["part"] for row in rows}))
            what = TextRun(who.label, who.iri, strong=True)
            lines.append(BriefLine((what, TextRun(f": {label}."), Citation(readings)), lead))
        yield section_of(name, title, lines)


def _draft_outcomes(drafts: _Drafts) -> BriefSection:
    lines = [outcome_line(outcome, drafts.basis) for outcome in drafts.outcomes]
    known = {outcome.thing.iri for outcome in drafts.outcomes}
    for row in drafts.rows("agreements"):
        agreements = row.cell(("agreementStageOf",))
        if known.isdisjoint(getattr(agreement, "iri", "") for agreement in agreements):
            lines.append(fact_line(row, "Agreement"))
    return section_of("outcomes", "Agreements and documents", lines, rest=drafts.path)


def _draft_speech(drafts: _Drafts) -> Iterable[BriefSection]:
    rest = drafts.path
    concerns = [speech_line(row) for row in drafts.rows("concerns")]
    yield section_of("concerns", "Requests and concerns", concerns, rest=f"{rest}#concerns")
    pressure = [pressure_line(row) for row in drafts.rows("pressure")]
    yield section_of("pressure", "Pressure", pressure, rest=f"{rest}#pressure")
    statements = [speech_line(row) for row in drafts.rows("made")]
    title = "What they said" if drafts.is_person else "Statements made"
    yield section_of("said", title, statements, rest=f"{rest}#made")
    addressed = [speech_line(row) for row in drafts.rows("addressed")]
    yield replace(
        section_of("addressed", "Addressed to them", addressed, rest=f"{rest}#addressed"),
        weight=0.5,
    )
    stances = [
        fact_line(row, join_labels(row.cell(("stanceHolder",))), row.cell(("stanceOn", "onTopic")))
        for row in drafts.rows("stances")
    ]
    yield section_of("stances", "Positions", stances, rest=f"{rest}#stances")

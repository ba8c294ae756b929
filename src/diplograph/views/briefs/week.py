"""The brief of a week: what certainly and what possibly falls in it, what is overdue at its end."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import MAXYEAR, date, timedelta

from diplograph.core.dates import say_date
from diplograph.core.errors import MalformedDate
from diplograph.views.briefs.document import (
    Brief,
    BriefLine,
    BriefSection,
    TextRun,
    capitalise,
    make_brief,
)
from diplograph.views.briefs.lines import (
    OVERDUE_NOTE,
    Basis,
    BriefInputs,
    change_section,
    choose_reported_changes,
    engagement_line,
    read_basis,
    say_unsaid,
)
from diplograph.views.engagements import Engagement, describe_engagements, order_engagements
from diplograph.views.query import QueryRunner
from diplograph.views.status import (
    OVERDUE,
    EngagementIndexEntry,
    JudgedEngagement,
    choose_state,
    current_dates,
    is_ahead,
    say_range,
    say_status,
)

_WEEK = re.compile(r"([0-9]{4})-W([0-9]{2})")
# Engagements of each section that are described, and days of a date that says nothing of a week.
_SHOWN, _VAGUE_DAYS = 15, 93


@dataclass(frozen=True)
class Week:
    """A week by ISO 8601: `first` is its Monday, `last` its Sunday."""

    first: date

    @property
    def last(self) -> date:
        """Its Sunday."""
        return self.first + timedelta(days=6)

    @property
    def name(self) -> str:
        """Its name, such as 2025-W47."""
        year, number, _ = self.first.isocalendar()
        return f"{year:04}-W{number:02}"

    @property
    def title(self) -> str:
        """Its number and days in words."""
        year, number, _ = self.first.isocalendar()
        return f"Week {number} of {year}: {say_date(f'{self.first}/{self.last}')}"

    def move(self, weeks: int) -> Week | None:
        """Return the week so many weeks later, None where there is no such year."""
        try:
            moved = Week(self.first + timedelta(weeks=weeks))
            return moved if moved.last and moved.name else None
        except OverflowError:
            return None

    def has(self, entry: JudgedEngagement) -> bool:
        """Return whether all days on which an engagement may fall are in the week."""
        dated = entry.earliest and entry.latest
        return (
            bool(dated) and self.first <= entry.earliest.date() <= entry.latest.date() <= self.last
        )

    def may_have(self, entry: JudgedEngagement) -> bool:
        """Return whether an engagement may fall in the week, and its date is not too vague."""
        return self._meets(entry) and (entry.latest - entry.earliest).days < _VAGUE_DAYS

    def is_too_vague(self, entry: JudgedEngagement) -> bool:
        """Return whether an engagement may fall in the week, but as well in many others."""
        return self._meets(entry) and not self.may_have(entry)

    def _meets(self, entry: JudgedEngagement) -> bool:
        if not entry.earliest or not entry.latest:
            return False
        return entry.earliest.date() <= self.last and entry.latest.date() >= self.first


@dataclass(frozen=True)
class _Drafts:
    """What the sections of a brief of a week are made of."""

    week: Week
    ordered: dict[str, tuple[JudgedEngagement, ...]]
    engagements: dict[str, Engagement]
    basis: Basis

    def is_certain(self, entry: JudgedEngagement) -> bool:
        """Return whether an engagement falls in the week by a date that no report hedges."""
        dates = current_dates(self.engagements[entry.iri].dates)
        return self.week.has(entry) and all(estimate.is_certain for estimate in dates)

    def write(self, entries: Iterable[JudgedEngagement]) -> tuple[BriefLine, ...]:
        """Return a line for each engagement, behind its date, with its status."""
        lines = []
        for entry in entries:
            engagement = replace(self.engagements[entry.iri], status=entry.status)
            lead = say_range(replace(date, within=None) for date in engagement.dates)
            lines.append(engagement_line(engagement, self.basis, lead, in_week=True))
        return tuple(lines)


def find_week(day: date) -> Week:
    """Return the week that a day is in."""
    return Week(day - timedelta(days=day.weekday()))


def parse_week(text: str) -> Week:
    """Return the week of a name such as 2025-W47; raises MalformedDate for what names none."""
    match = _WEEK.fullmatch(text)
    year, number = (int(match[1]), int(match[2])) if match else (0, 0)
    # 28 December is in the last week of its year.
    if 1 < year < MAXYEAR and 1 <= number <= date(year, 12, 28).isocalendar().week:
        return Week(date.fromisocalendar(year, number, 1))
    raise MalformedDate(f"{text[:20]!r} is no week: write a year and a week as 2025-W47")


def read_week_brief(runner: QueryRunner, week: Week, day: date, inputs: BriefInputs) -> Brief:
    """Return the brief of a week as known on `day`; at most five queries.

    How things stand is judged at the week's end, or on `day` where that is earlier.
    """
    clock = min(day, week.last + timedelta(days=1))
    entries = [e for entry in inputs.index if (e := _judge(entry, day, clock))]
    coming = week.move(1)
    groups = {
        "week": [entry for entry in entries if week.may_have(entry)],
        "overdue": [e for e in entries if e.word == OVERDUE and not week.may_have(e)],
        "outlook": [entry for entry in entries if coming and coming.may_have(entry)],
    }
    ordered = {
        name: order_engagements(found, "newest" if name == "overdue" else "oldest")
        for name, found in groups.items()
    }
    shown = {e.iri: e for found in ordered.values() for e in found[:_SHOWN]}
    described = describe_engagements(runner, shown.values(), day)
    changes = choose_reported_changes(inputs.changes(day), week.first, week.last)
    facts = {fact.iri for _, change in changes for fact in change.facts}
    drafts = _Drafts(
        week=week,
        ordered=ordered,
        engagements={engagement.thing.iri: engagement for engagement in described},
        basis=read_basis(runner, described, facts, day),
    )
    sections = [
        *_draft_sections(drafts, sum(map(week.is_too_vague, entries))),
        change_section("Changed by reports received in this week", changes, drafts.basis),
    ]
    missing = {
        "week": "an engagement in this week",
        "outlook": "an engagement in the next week",
    }
    unsaid = say_unsaid((words for name, words in missing.items() if not ordered[name]), day)
    summary = _summarise(sections, entries)
    path = f"/brief/week/{week.name}"
    return make_brief(week.title, path, day, summary, sections, inputs.details, unsaid)


def _judge(entry: EngagementIndexEntry, day: date, clock: date) -> JudgedEngagement | None:
    """Return an engagement as reports known on `day` have it, judged on the day `clock`."""
    state = choose_state(entry.states, day)
    if state is None or state.denied:
        return None
    status = say_status(state, clock)
    bounds = state.earliest, state.latest
    return JudgedEngagement(entry.iri, *bounds, status.word, status, entry.visits)


def _draft_sections(drafts: _Drafts, vague: int) -> Iterable[BriefSection]:
    """Yield the sections; what has only an approximate or a likely date is not certain."""
    in_week = drafts.ordered["week"][:_SHOWN]
    certain = [entry for entry in in_week if drafts.is_certain(entry)]
    possible = [entry for entry in in_week if entry not in certain]
    more = len(drafts.ordered["week"]) - len(in_week)
    note = f"{vague} more with a date known only to within a quarter or longer." if vague else ""
    yield BriefSection("certain", "In this week", drafts.write(certain), more, "/engagements")
    yield BriefSection("possible", "Possibly in this week", drafts.write(possible), note=note)
    for name, title, rest in (
        ("overdue", "Overdue at its end", "/engagements?status=overdue"),
        ("outlook", "Outlook: next week", "/engagements"),
    ):
        found = drafts.ordered[name]
        lines = drafts.write(found[:_SHOWN])
        note = OVERDUE_NOTE if name == "overdue" else ""
        yield BriefSection(name, title, lines, max(0, len(found) - _SHOWN), rest, note)


def _summarise(
    sections: Iterable[BriefSection], entries: Iterable[JudgedEngagement]
) -> list[BriefLine]:
    """Return the bottom line: how many engagements are in the week, and what follows."""
    counts = {section.name: len(section.lines) + section.more for section in sections}
    listed = list(entries)
    overdue = sum(entry.word == OVERDUE for entry in listed)
    undated = sum(is_ahead(entry) and not entry.latest for entry in listed)
    sentences = [
        f"{_count(counts['certain'])} in this week; possible ones: {counts['possible'] or 'none'}.",
        f"{_count(overdue)} overdue at the end of the week, including this week's.",
        f"{_count(counts['outlook'])} in the next week, possible ones included.",
    ]
    if undated:
        sentences.append(f"{_count(undated)} planned without a date, so in no week.")
    return [BriefLine((TextRun(capitalise(sentence)),)) for sentence in sentences]


def _count(number: int) -> str:
    return f"{number or 'no'} engagement{'' if number == 1 else 's'}"

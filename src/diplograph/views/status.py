"""How an event stands on a day: the one place that reads the states that rules derive, and dates.

The rules of the ontology work out what the reports known from a day on say together of an event.
Here the state of a day is chosen, that day is compared with the last on which what is planned may
still be, and both are said in words. A date that has passed never makes an engagement held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import attrgetter

from diplograph.core.dates import parse_datetime, say_date
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.views.query import BindingRow, QueryRunner, fill_query, group_rows, thing, things

CONTESTED, OVERDUE, UNHEARD, UNSTATED = "contested", "overdue", "unheard", "unstated"
# The words of the statuses; where reports of one day give several that agree, the first counts.
STATUS_WORDS = tuple(
    "held not-held cancelled underway rescheduled postponed scheduled planned mooted".split()
)
# Statuses that give no outcome and announce no break; `underway` gives no outcome either.
PENDING = frozenset("mooted planned scheduled rescheduled".split())
STATUS_LABELS = {
    **{word: word for word in STATUS_WORDS},
    "not-held": "not held",
    "underway": "under way",
    CONTESTED: "reports disagree",
    OVERDUE: "date passed, outcome not reported",
    UNHEARD: "not heard of for long",
    UNSTATED: "status not stated",
}
_DG = PREFIXES["dg"]
# How a date estimate stands: it says best when the fact happens, another says it more exactly, or
# it has been corrected or moved away from.
BEST, WIDER, EARLIER = "best", "wider", "earlier"
# The last day that there is, on which all reports count.
LATEST_DAY = date.max
# How firmly a date is put where its words are worth showing beside it.
_PLAIN_MODALITIES = frozenset(("asserted", "planned"))


@dataclass(frozen=True)
class EventState:
    """What the reports known from the day `start` until before `until` say together of an event.

    Days are texts such as 2025-12-05; `until` is empty for the latest state. `denied`: all that
    speak of the event itself deny it. `within` is the larger event whose bounds it takes, and
    `called_off_with` the one with which it is called off.
    """

    start: str = ""
    until: str = ""
    values: tuple[Thing, ...] = ()
    disputed: bool = False
    denied: bool = False
    earliest: datetime | None = None
    latest: datetime | None = None
    pending_until: str = ""
    status_as_of: str = ""
    last_heard_of: str = ""
    within: Thing | None = None
    called_off_with: Thing | None = None


@dataclass(frozen=True)
class Status:
    """The status of an event: `word` is a status concept's name, or one of those defined here.

    `label` says it in words, with a day or a larger event where that belongs to it; `values` are
    the concepts that the latest reports give.
    """

    word: str
    label: str
    values: tuple[Thing, ...] = ()


UNSTATED_STATUS = Status(UNSTATED, STATUS_LABELS[UNSTATED])


@dataclass(frozen=True)
class EngagementIndexEntry:
    """An engagement with all its states, the earliest first, and the visits that it is part of.

    One without any state is told of by no report, or its home has no rules: it stands on all days.
    """

    iri: str
    states: tuple[EventState, ...] = ()
    visits: frozenset[str] = frozenset()


@dataclass(frozen=True)
class JudgedEngagement:
    """An engagement as of a day: the bounds of its time, None if undated, and its status."""

    iri: str
    earliest: datetime | None
    latest: datetime | None
    word: str
    status: Status = UNSTATED_STATUS
    visits: frozenset[str] = frozenset()


@dataclass(frozen=True)
class DateRange:
    """One estimate of a fact's time; `fact` is the estimate itself.

    The time lies between `earliest` and `latest`, both in UTC, None where the estimate leaves that
    end open. `role`: span, window, start or end. `standing`: BEST, WIDER or EARLIER. `rivals` are
    the best estimates that it excludes; `hedges` a report's words where it does not put it firmly;
    `within` the larger event of which it is a date, that of a part without one.
    """

    fact: Thing
    edtf: str
    words: str
    earliest: datetime | None
    latest: datetime | None
    role: str
    approximate: bool
    standing: str = BEST
    rivals: frozenset[str] = frozenset()
    hedges: tuple[str, ...] = ()
    within: Thing | None = None

    @property
    def phrase(self) -> str:
        """The words of the date with its role: `from 9 May 2019`, `until 13 May 2019`."""
        return {"start": "from ", "end": "until "}.get(self.role, "") + self.words


Dates = Mapping[str, tuple[DateRange, ...]]  # by the IRI of the fact they date
States = Mapping[str, tuple[EventState, ...]]  # by the IRI of the event, the earliest first


# ---- states -------------------------------------------------------------------------------


def read_states(runner: QueryRunner, events: Iterable[str]) -> dict[str, tuple[EventState, ...]]:
    """Return event IRI to its states, the earliest first, if it has any; one query."""
    wanted = sorted(set(events))
    rows = runner.rows(fill_query("event-states", event=wanted)) if wanted else []
    return {event: make_states(of_event) for event, of_event in group_rows(rows, "event").items()}


def make_states(rows: Iterable[BindingRow]) -> tuple[EventState, ...]:
    """Return the states of one event in rows of event-states.rq or engagement-index.rq."""
    of_state = group_rows([row for row in rows if "state" in row], "state").values()
    return tuple(sorted(map(_make_state, of_state), key=lambda state: state.start))


def _make_state(rows: list[BindingRow]) -> EventState:
    of_property = group_rows(rows, "property")

    def text(name: str) -> str:
        found = of_property.get(_DG + name)
        return found[0]["value"] if found else ""

    def named(name: str) -> tuple[Thing, ...]:
        return things(of_property.get(_DG + name, ()), "value")

    return EventState(
        start=text("stateFrom"),
        until=text("stateUntil"),
        values=named("currentStatus"),
        disputed=text("disputed") == "true",
        denied=any("denial" in row for row in rows),
        earliest=parse_datetime(text("boundEarliest")),
        latest=parse_datetime(text("boundLatest")),
        pending_until=text("pendingUntil"),
        status_as_of=text("statusAsOf"),
        last_heard_of=text("lastHeardOf"),
        within=next(iter(named("boundsFrom")), None),
        called_off_with=next(iter(named("calledOffWith")), None),
    )


def choose_state(states: tuple[EventState, ...], day: date) -> EventState | None:
    """Return the state of an event on `day`, None where no report known by then tells of it.

    An event without any state stands the same on all days.
    """
    if not states:
        return EventState()
    text = day.isoformat()
    known = (s for s in states if s.start <= text and (not s.until or text < s.until))
    return next(known, None)


def say_status(state: EventState, day: date) -> Status:
    """Return the status of an event in that state on `day`."""
    word = judge_state(state, day)
    label = STATUS_LABELS[word]
    if word == UNHEARD:
        label = f"not heard of since {say_date(state.last_heard_of[:7])}"
    elif word == "underway" and state.status_as_of:
        label = f"{label}, as reported on {say_date(state.status_as_of)}"
    elif state.called_off_with and word not in (CONTESTED, UNSTATED):
        label = f"called off with {state.called_off_with.label}: {label}"
    return Status(word, label, state.values)


def judge_state(state: EventState, day: date) -> str:
    """Return the word for an event in that state on `day`.

    Contested: reports disagree. Overdue: the last day on which it may be has passed, and no report
    gives an outcome. Unheard: it has no date, and no report has told of it for long.
    """
    if state.disputed:
        return CONTESTED
    if state.pending_until and state.pending_until < day.isoformat():
        return OVERDUE if state.latest else UNHEARD
    words = {value.iri.removeprefix(PREFIXES["status"]) for value in state.values}
    return next((word for word in STATUS_WORDS if word in words), UNSTATED)


def judge_engagement(entry: EngagementIndexEntry, day: date) -> JudgedEngagement | None:
    """Return an engagement as of `day`; None where it is not known then, or only denied."""
    state = choose_state(entry.states, day)
    if state is None or state.denied:
        return None
    status = say_status(state, day)
    bounds = state.earliest, state.latest
    return JudgedEngagement(entry.iri, *bounds, status.word, status, entry.visits)


def is_ahead(entry: JudgedEngagement) -> bool:
    """Return whether an engagement is still to come, or is under way until a date."""
    return entry.word in PENDING or (entry.word == "underway" and entry.latest is not None)


def is_over(entry: JudgedEngagement, day: date) -> bool:
    """Return whether an engagement was held by `day`, not only after it."""
    return entry.word == "held" and (not entry.earliest or entry.earliest.date() <= day)


def count_once(entries: Iterable[JudgedEngagement]) -> tuple[JudgedEngagement, ...]:
    """Return the engagements without those that are part of a visit among them."""
    listed = tuple(entries)
    iris = {entry.iri for entry in listed}
    return tuple(entry for entry in listed if iris.isdisjoint(entry.visits - {entry.iri}))


# ---- dates --------------------------------------------------------------------------------


def read_dates(
    runner: QueryRunner, facts: Iterable[str], day: date = LATEST_DAY
) -> dict[str, tuple[DateRange, ...]]:
    """Return fact IRI to its estimates as known on `day`, the best first; one query.

    Estimates that reports only deny are left out. A part of an event without a date of its own has
    the best dates of the larger event.
    """
    wanted = sorted(set(facts))
    if not wanted:
        return {}
    rows = runner.rows(fill_query("dates", fact=wanted, day=day.isoformat()))
    dates: dict[str, tuple[DateRange, ...]] = {}
    for fact, of_fact in group_rows(rows, "fact").items():
        ranges = [
            _make_range(of_estimate, standing)
            for of_estimate in group_rows(of_fact, "estimate").values()
            if (standing := _judge_estimate(of_estimate, day.isoformat()))
        ]
        if ranges:
            dates[fact] = tuple(sorted(ranges, key=_order))
    return dates


def _judge_estimate(rows: list[BindingRow], day: str) -> str:
    """Return how an estimate stands on a day; empty where it is not known or only denied then."""
    if any(row["as"] in ("best", "within") for row in rows):
        return BEST
    known = [row for row in rows if row.get("known", "") <= day]
    attested = [row for row in known if row.get("denies") != "true"]
    if not attested:
        return ""
    corrected = all("corrected" in row and row["corrected"] <= day for row in attested)
    if corrected or any("moved" in row and row["moved"] <= day for row in attested):
        return EARLIER
    stated = any(row.get("stated") == "true" for row in rows)
    return WIDER if stated else BEST


def _make_range(rows: list[BindingRow], standing: str) -> DateRange:
    first = rows[0]
    edtf = first.get("edtf", "")
    role = first.get("role", "").rpartition("/")[2]
    hedged = (
        row["hedge"]
        for row in rows
        if "hedge" in row and row.get("modality", "").rpartition("/")[2] not in _PLAIN_MODALITIES
    )
    return DateRange(
        fact=thing(first, "estimate"),
        edtf=edtf,
        words=say_date(edtf),
        earliest=parse_datetime(first.get("earliest")),
        latest=parse_datetime(first.get("latest")),
        role=role if role in {"start", "end", "window"} else "span",
        approximate=any(mark in edtf for mark in "~?%"),
        standing=standing,
        rivals=frozenset(row["rival"] for row in rows if "rival" in row),
        hedges=tuple(sorted(set(hedged))),
        within=next((thing(row, "within") for row in rows if "within" in row), None),
    )


def current_dates(dates: Iterable[DateRange]) -> tuple[DateRange, ...]:
    """Return the estimates that say best when it is."""
    return tuple(estimate for estimate in dates if estimate.standing == BEST)


def earlier_dates(dates: Iterable[DateRange]) -> tuple[DateRange, ...]:
    """Return the estimates that have been corrected or moved away from."""
    return tuple(estimate for estimate in dates if estimate.standing == EARLIER)


def join_dates(dates: Iterable[DateRange]) -> tuple[DateRange, ...]:
    """Return the best estimates, a start and an end that agree as one span from it to it."""
    current = current_dates(dates)
    start, *more_starts = [estimate for estimate in current if estimate.role == "start"] or [None]
    end, *more_ends = [estimate for estimate in current if estimate.role == "end"] or [None]
    if start is None or end is None or more_starts or more_ends or end.fact.iri in start.rivals:
        return current
    edtf = f"{start.edtf}/{end.edtf}"
    words = say_date(edtf)
    span = replace(
        start,
        edtf=edtf,
        words=f"{start.words} to {end.words}" if words == edtf else words,
        latest=end.latest,
        role="span",
        approximate=start.approximate or end.approximate,
        rivals=start.rivals | end.rivals,
        hedges=tuple(sorted({*start.hedges, *end.hedges})),
    )
    rest = tuple(estimate for estimate in current if estimate not in (start, end))
    return tuple(sorted((span, *rest), key=_order))


def are_alternatives(dates: Iterable[DateRange]) -> bool:
    """Return whether only one of these estimates can be so: some exclude each other."""
    listed = tuple(dates)
    iris = {estimate.fact.iri for estimate in listed}
    return any(not iris.isdisjoint(estimate.rivals) for estimate in listed)


def say_range(dates: Iterable[DateRange], hedged: bool = True) -> str:
    """Return the best estimates in words, `or` between alternatives; empty where there is none.

    Those of a larger event, which a part takes, begin with its name: `during ..., 5 March 2031`.
    `hedged`: with the reports' own words where a date is not put firmly.
    """
    joined = join_dates(dates)
    between = " or " if are_alternatives(joined) else " and "
    say = _say_hedged if hedged else attrgetter("phrase")
    words = between.join(map(say, joined))
    within = next((estimate.within for estimate in joined if estimate.within), None)
    return f"during {within.label}, {words}" if within else words


def _say_hedged(estimate: DateRange) -> str:
    quoted = ", ".join(f"“{hedge}”" for hedge in estimate.hedges)
    return f"{estimate.phrase} ({quoted})" if quoted else estimate.phrase


def _order(estimate: DateRange) -> tuple:
    standing = (BEST, WIDER, EARLIER).index(estimate.standing)
    bounds = str(estimate.earliest or ""), str(estimate.latest or "")
    return standing, *bounds, estimate.fact.iri

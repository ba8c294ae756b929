"""How an event stands on a day: the one place that reads the states that rules derive, and dates.

The rules of the ontology work out what the reports known from a day on say together of an event.
Here the state of a day is chosen, that day is compared with the last on which what is planned may
still be, and both are said in words. A date that has passed never makes an engagement held.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

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
    "mooted": "suggested",
    "rescheduled": "moved",
    "cancelled": "called off",
    "not-held": "not held",
    "underway": "underway when reported",
    CONTESTED: "disagreement",
    OVERDUE: "overdue",
    UNHEARD: "not heard of since",
    UNSTATED: "status not reported",
}
# What stands where a date would, if no report gives one.
NO_DATE = "no date reported"
# What a status means, where its words alone may be misread.
STATUS_SENTENCES = {
    OVERDUE: "Its date has passed and no report says what happened.",
    UNHEARD: "It has no date, and no report has mentioned it since.",
    CONTESTED: "Reports disagree about its status.",
    UNSTATED: "No report says whether it is planned or took place.",
}
_DG = PREFIXES["dg"]
# How a date estimate stands: it says best when the fact happens, another says it more exactly, the
# event was moved to another date, or its report has been corrected.
BEST, WIDER, MOVED, CORRECTED = "best", "wider", "moved", "corrected"
# The last day that there is, on which all reports count.
LATEST_DAY = date.max
# How sure a report is of a date that it does not state plainly, the surest first; in words.
_HEDGES = {"likely": "likely", "expected": "expected", "implied": "", "possible": "possibly"}
# Words of a hedge that say nothing by themselves.
_FILLERS = frozenset(
    "a an the on in at by of to for that it is are was were be been being will may might could"
    " would should".split()
)


@dataclass(frozen=True)
class EventState:
    """What the reports known from the day `start` until before `until` say together of an event.

    Days are texts such as 2025-12-05; `until` is empty for the latest state. `denied`: all that
    speak of the event itself deny it. `within` is the larger event whose bounds it takes, and
    `called_off_with` the one with which it is called off. `status_as_of` is the day of the newest
    report of the status, empty where that report is undated; `changes` counts the states before.
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
    changes: int = 0


@dataclass(frozen=True)
class Status:
    """The status of an event: `word` is a status concept's name, or one of those defined here.

    `label` says it in words, with a day or a larger event where that belongs to it; `values` are
    the concepts that the latest reports give, the newest of them on the day `as_of`, empty where
    it is undated. `changes` is how often what reports say of the event had changed by then.
    """

    word: str
    label: str
    values: tuple[Thing, ...] = ()
    as_of: str = ""
    changes: int = 0

    @property
    def sentence(self) -> str:
        """What it means, empty where the label says it all."""
        return STATUS_SENTENCES.get(self.word, "")


UNSTATED_STATUS = Status(UNSTATED, STATUS_LABELS[UNSTATED])


@dataclass(frozen=True)
class EngagementIndexEntry:
    """An engagement with all its states, the earliest first, and the visits that it is part of.

    One without any state is told of by no report, or its home has no rules: it stands on all days.
    `aims` are the states of the events for which a visit is made.
    """

    iri: str
    states: tuple[EventState, ...] = ()
    visits: frozenset[str] = frozenset()
    aims: tuple[tuple[EventState, ...], ...] = ()


@dataclass(frozen=True)
class JudgedEngagement:
    """An engagement as of a day: the bounds of its time, None if undated, and its status.

    `around`: no report dates it, and the bounds are those of the events for which it is made.
    """

    iri: str
    earliest: datetime | None
    latest: datetime | None
    word: str
    status: Status = UNSTATED_STATUS
    visits: frozenset[str] = frozenset()
    around: bool = False


@dataclass(frozen=True)
class DateRange:
    """One estimate of a fact's time; `fact` is the estimate itself.

    The time lies between `earliest` and `latest`, both in UTC, None where the estimate leaves that
    end open. `role`: span, window, start or end. `standing`: BEST, WIDER, MOVED or CORRECTED.
    `rivals` are the best estimates that it excludes. Where no report states it plainly, `sure` says
    how sure they are and `hedges` holds what their own words add to that. `text` is the date in a
    report's words, `known` the day from which it is known. An event without a date has those of the
    event `within`: the larger event or, if `aimed`, the one for which a visit is made.
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
    sure: str = ""
    text: str = ""
    known: str = ""
    aimed: bool = False

    @property
    def phrase(self) -> str:
        """The words of the date with its role: `from 9 May 2019`, `until 13 May 2019`."""
        around = "around " if self.aimed and not _is_marked(self.edtf) else ""
        return {"start": "from ", "end": "until "}.get(self.role, "") + around + self.words

    @property
    def hedged(self) -> str:
        """The words of the date with how sure the reports are: `likely around 5 May 2031`."""
        words = f"{self.sure} {self.phrase}".strip()
        quoted = ", ".join(f"“{hedge}”" for hedge in self.hedges)
        return f"{words} ({quoted})" if quoted else words

    @property
    def is_certain(self) -> bool:
        """Whether reports state it plainly, as a date of the event itself, and not about."""
        hedged = self.sure or self.hedges or self.aimed
        return self.standing == BEST and not (hedged or self.approximate or self.rivals)


Bounds = tuple[datetime | None, datetime | None]  # the first and the last moment; None is open
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
    ordered = sorted(map(_make_state, of_state), key=lambda state: state.start)
    return tuple(replace(state, changes=number) for number, state in enumerate(ordered))


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
        status_as_of="" if any("undated" in row for row in rows) else text("statusAsOf"),
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


def say_status(state: EventState, day: date, dates: Iterable[DateRange] = ()) -> Status:
    """Return the status of an event in that state on `day`.

    `dates` say when it was underway where its report is undated and the state has no bounds.
    """
    return _say_status(
        state, day, _find_bounds((d.earliest, d.latest) for d in current_dates(dates))
    )


def _say_status(state: EventState, day: date, around: Bounds) -> Status:
    word = judge_state(state, day)
    label = STATUS_LABELS[word]
    if word == UNHEARD:
        label = f"{label} {say_date(state.last_heard_of[:7])}"
    elif word == "underway" and (month := _find_month(state, around)):
        label = f"{label}, {say_date(month)}"
    elif state.called_off_with and word not in (CONTESTED, UNSTATED):
        label = f"{label} with {state.called_off_with.label}"
    return Status(word, label, state.values, state.status_as_of, state.changes)


def _find_month(state: EventState, around: Bounds) -> str:
    """Return the month of the newest report or, where it is undated, of the event; or nothing."""
    if state.status_as_of:
        return state.status_as_of[:7]
    bounds = (state.earliest, state.latest) if state.earliest or state.latest else around
    months = {moment and moment.strftime("%Y-%m") for moment in bounds}
    return (months.pop() or "") if len(months) == 1 else ""


def _find_bounds(bounds: Iterable[Bounds]) -> Bounds:
    """Return the first and the last moment of several; None where there is none."""
    listed = list(bounds)
    return (
        min((first for first, _ in listed if first), default=None),
        max((last for _, last in listed if last), default=None),
    )


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
    bounds = state.earliest, state.latest
    around = not any(bounds) and bool(entry.aims)
    if around:
        aims = filter(None, (choose_state(states, day) for states in entry.aims))
        bounds = _find_bounds((aim.earliest, aim.latest) for aim in aims if not aim.denied)
    status = _say_status(state, day, bounds)
    return JudgedEngagement(entry.iri, *bounds, status.word, status, entry.visits, around)


def is_ahead(entry: JudgedEngagement) -> bool:
    """Return whether an engagement is still to come, or is under way until a reported date."""
    dated = entry.latest is not None and not entry.around
    return entry.word in PENDING or (entry.word == "underway" and dated)


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
    the best dates of the larger event, and a visit those of the event for which it is made.
    """
    wanted = sorted(set(facts))
    if not wanted:
        return {}
    rows = runner.rows(fill_query("dates", fact=wanted, day=day.isoformat()))
    dates: dict[str, tuple[DateRange, ...]] = {}
    for fact, of_fact in group_rows(rows, "fact").items():
        ranges = [
            _make_range(of_estimate, standing, day.isoformat())
            for of_estimate in group_rows(of_fact, "estimate").values()
            if (standing := _judge_estimate(of_estimate, day.isoformat()))
        ]
        if ranges:
            dates[fact] = tuple(sorted(ranges, key=_order))
    return dates


def _judge_estimate(rows: list[BindingRow], day: str) -> str:
    """Return how an estimate stands on a day; empty where it is not known or only denied then."""
    if any(row["as"] in ("best", "within", "aim") for row in rows):
        return BEST
    attested = _list_attested(rows, day)
    if not attested:
        return ""
    if all("corrected" in row and row["corrected"] <= day for row in attested):
        return CORRECTED
    if any("moved" in row and row["moved"] <= day for row in attested):
        return MOVED
    stated = any(row.get("stated") == "true" for row in rows)
    return WIDER if stated else BEST


def _list_attested(rows: list[BindingRow], day: str) -> list[BindingRow]:
    """Return the rows of readings known on a day that support the estimate."""
    known = [row for row in rows if row.get("known", "") <= day]
    return [row for row in known if row["as"] != "best" and row.get("denies") != "true"]


def _make_range(rows: list[BindingRow], standing: str, day: str) -> DateRange:
    first, attested = rows[0], _list_attested(rows, day)
    edtf = first.get("edtf", "")
    role = first.get("role", "").rpartition("/")[2]
    sure, hedges = _read_hedges(attested, day)
    aimed = any(row["as"] == "aim" for row in rows)
    estimate = DateRange(
        fact=thing(first, "estimate"),
        edtf=edtf,
        words=say_date(edtf),
        earliest=parse_datetime(first.get("earliest")),
        latest=parse_datetime(first.get("latest")),
        role=role if role in {"start", "end", "window"} else "span",
        approximate=_is_marked(edtf) or aimed,
        standing=standing,
        rivals=frozenset(row["rival"] for row in rows if "rival" in row),
        within=next((thing(row, "within") for row in rows if "within" in row), None),
        sure=sure,
        text=first.get("text", ""),
        known=min((row["known"] for row in attested if "known" in row), default=""),
        aimed=aimed,
    )
    stated = _split_words(f"{sure} {estimate.phrase}")
    return replace(
        estimate, hedges=tuple(hedge for hedge in hedges if _split_words(hedge) - stated)
    )


def _is_marked(edtf: str) -> bool:
    """Return whether a date bears a mark of approximation or uncertainty."""
    return any(mark in edtf for mark in "~?%")


def _read_hedges(attested: list[BindingRow], day: str) -> tuple[str, tuple[str, ...]]:
    """Return how sure the readings of an estimate are and their hedges; nothing for a plain one.

    Where one of those in force states it plainly, it counts as stated plainly.
    """
    in_force = [row for row in attested if row.get("corrected", "9") > day] or attested
    modalities = {row.get("modality", "").rpartition("/")[2] for row in in_force}
    sure = next((word for word in _HEDGES if word in modalities), "")
    heard = {row.get("evidentiality", "").rpartition("/")[2] for row in in_force} == {"hearsay"}
    if not modalities <= _HEDGES.keys():
        sure = ""
        if not heard:
            return "", ()
    words = " ".join(filter(None, ("reportedly" if heard else "", _HEDGES.get(sure, ""))))
    if not words:
        return "", ()
    return words, tuple(sorted({row["hedge"] for row in in_force if "hedge" in row}))


def _split_words(text: str) -> set[str]:
    """Return the words of a text that say something."""
    return set(re.findall(r"[^\W_]+", text.lower())) - _FILLERS


def current_dates(dates: Iterable[DateRange]) -> tuple[DateRange, ...]:
    """Return the estimates that say best when it is."""
    return tuple(estimate for estimate in dates if estimate.standing == BEST)


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
        sure=start.sure or end.sure,
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

    Those of another event, which one without a date takes, end with its name: `5 March 2031,
    during ...`. `hedged`: with how sure the reports are, and their own words where these add to it.
    """
    joined = join_dates(dates)
    between = " or " if are_alternatives(joined) else " and "
    words = between.join(date.hedged if hedged else date.phrase for date in joined)
    source = next((date for date in joined if date.within), None)
    return f"{words}, {say_relation(source)} {source.within.label}" if source else words


def say_date_certainty(dates: Iterable[DateRange]) -> str:
    """Return how sure the best estimates are, in a few words; empty where there is none."""
    joined = join_dates(dates)
    words: dict[str, None] = {}
    for estimate in joined:
        words |= dict.fromkeys(filter(None, (estimate.sure, *estimate.hedges)))
    if any(estimate.approximate for estimate in joined):
        words["approximate"] = None
    if are_alternatives(joined):
        words["reports disagree"] = None
    if source := next((estimate for estimate in joined if estimate.within), None):
        words[f"the date of {source.within.label}"] = None
    return ", ".join(words) or ("stated plainly" if joined else "")


def say_relation(estimate: DateRange) -> str:
    """Return how an event stands to the one whose date it takes: during it, or made for it."""
    return "for" if estimate.aimed else "during"


def list_other_dates(dates: Iterable[DateRange]) -> tuple[tuple[str, str], ...]:
    """Return the estimates that are not the best, each as a word and the date in words.

    The word is `earlier` for one that is less exact, or `also` where it became known later, then
    `moved from` with the narrowest of those, then `corrected`. A less exact one is in the words of
    its report. Those that would repeat the best date or another are left out.
    """
    listed = _drop_wider_moves(tuple(dates))
    best = current_dates(listed)
    shown = {estimate.phrase.lower() for estimate in best}
    since = min((estimate.known for estimate in best), default="")
    others: list[tuple[str, str]] = []
    for estimate in listed:
        words = (estimate.standing == WIDER and estimate.text) or estimate.phrase
        words = estimate.words if estimate.standing == MOVED else words
        if estimate.standing == BEST or words.lower() in shown:
            continue
        shown.add(words.lower())
        wider = "also" if since < estimate.known else "earlier"
        word = {MOVED: "moved from", CORRECTED: "corrected"}.get(estimate.standing, wider)
        others.append((word, words))
    return tuple(others)


def _drop_wider_moves(dates: tuple[DateRange, ...]) -> tuple[DateRange, ...]:
    """Return the dates with only the narrowest of those that the event was moved away from."""
    moved = [date for date in dates if date.standing == MOVED]
    spans = [date for date in moved if date.role not in ("start", "end")] or moved

    def width(estimate: DateRange) -> tuple:
        open_ended = not (estimate.earliest and estimate.latest)
        length = 0 if open_ended else (estimate.latest - estimate.earliest).total_seconds()
        return open_ended, length, estimate.fact.iri

    narrowest = min(spans, key=width, default=None)
    return tuple(date for date in dates if date.standing != MOVED or date is narrowest)


def say_dates(dates: Iterable[DateRange]) -> str:
    """Return the best date in words and after it the others: `5 March 2031; corrected: ...`."""
    listed = tuple(dates)
    others = (
        f"{word}{'' if word == 'moved from' else ':'} {words}"
        for word, words in list_other_dates(listed)
    )
    return "; ".join(filter(None, (say_range(listed), *others)))


def _order(estimate: DateRange) -> tuple:
    standing = (BEST, WIDER, MOVED, CORRECTED).index(estimate.standing)
    bounds = str(estimate.earliest or ""), str(estimate.latest or "")
    return standing, *bounds, estimate.fact.iri

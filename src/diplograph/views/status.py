"""How a fact and an engagement stand on a day: the one place of the rule, and dates of facts.

A fact stands while a reading asserts it that no later reading corrects. A date that has passed
makes an engagement overdue, never held: only a report does that.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from diplograph.core.dates import parse_datetime, say_date
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.views.query import QueryRunner, fill_query, thing

CONTESTED, OVERDUE, UNSTATED = "contested", "overdue", "unstated"
# From the most settled status to the least: the first of these that is reported counts.
STATUS_ORDER = tuple(
    "held not-held cancelled underway rescheduled postponed scheduled planned mooted".split()
)
# Statuses that give no outcome; all others do.
PENDING = frozenset("mooted planned scheduled rescheduled".split())
STATUS_LABELS = {
    **{word: word for word in STATUS_ORDER},
    "not-held": "not held",
    CONTESTED: "reports disagree",
    OVERDUE: "date passed, outcome not reported",
    UNSTATED: "status not stated",
}
_DENIED = PREFIXES["modality"] + "denied"


@dataclass(frozen=True)
class FactValidity:
    """What the readings of one fact amount to.

    `stands`: a reading that nothing corrects asserts it; `denied`: such a reading denies it;
    `superseded`: every reading of it has been corrected.
    """

    stands: bool = True
    denied: bool = False
    superseded: bool = False

    @property
    def disputed(self) -> bool:
        """Whether one report asserts it and another denies it."""
        return self.stands and self.denied


@dataclass(frozen=True)
class Status:
    """The status of an event: `word` is a status concept's name, contested, overdue or unstated.

    `values` are the concepts that reports give and no later reading has corrected.
    """

    word: str
    label: str
    values: tuple[Thing, ...] = ()


@dataclass(frozen=True)
class DateRange:
    """One estimate of a fact's time; `fact` is the estimate itself.

    The time lies between `earliest` and `latest`, both in UTC, None where the estimate leaves that
    end open. `role`: whole, start or end. `superseded`: a later reading has corrected every report
    of it.
    """

    fact: Thing
    edtf: str
    words: str
    earliest: datetime | None
    latest: datetime | None
    role: str
    approximate: bool
    superseded: bool = False


Dates = Mapping[str, tuple[DateRange, ...]]  # by the IRI of the fact they date


@dataclass(frozen=True)
class EngagementIndexEntry:
    """An engagement on any day: its reported statuses, and whether one report denies another."""

    iri: str
    earliest: datetime | None
    latest: datetime | None
    words: frozenset[str]
    disputed: bool


@dataclass(frozen=True)
class JudgedEngagement:
    """An engagement by IRI as of a day: the bounds of its time, None if undated, and its status."""

    iri: str
    earliest: datetime | None
    latest: datetime | None
    word: str


def judge_validity(rows: Iterable[dict[str, str]], name: str) -> dict[str, FactValidity]:
    """Return the validity of the facts that `?name` names; one without a `?reading` stands."""
    readings: dict[str, dict[str, tuple[bool, bool]]] = {}
    for row in rows:
        of_fact = readings.setdefault(row[name], {})
        if "reading" in row:
            denied, corrected = of_fact.get(row["reading"], (False, False))
            denied = denied or row.get("modality") == _DENIED
            of_fact[row["reading"]] = denied, corrected or "newer" in row
    validity: dict[str, FactValidity] = {}
    for fact, of_fact in readings.items():
        current = [denied for denied, corrected in of_fact.values() if not corrected]
        stands = not of_fact or not all(current or [True])
        superseded = bool(of_fact) and not current
        validity[fact] = FactValidity(stands, denied=any(current), superseded=superseded)
    return validity


def judge_status(
    words: Collection[str], latest: datetime | None, day: date, disputed: bool = False
) -> str:
    """Return the word for an event with these reported statuses whose last moment is `latest`.

    Contested: two reports exclude one another, or one denies what another asserts. Overdue: it lies
    before `day`, and no report gives an outcome, not even that it was postponed.
    """
    if disputed or ("held" in words and ("cancelled" in words or "not-held" in words)):
        return CONTESTED
    pending = bool(words) and PENDING.issuperset(words)
    if pending and latest is not None and latest < datetime.combine(day, time(), UTC):
        return OVERDUE
    return next((word for word in STATUS_ORDER if word in words), UNSTATED)


def judge_engagement(entry: EngagementIndexEntry, day: date) -> JudgedEngagement:
    """Return an engagement of the index with its status as of `day`."""
    word = judge_status(entry.words, entry.latest, day, entry.disputed)
    return JudgedEngagement(entry.iri, entry.earliest, entry.latest, word)


def is_ahead(entry: JudgedEngagement, day: date) -> bool:
    """Return whether an engagement is still to come on `day`, or is under way until a date."""
    if entry.latest is None:
        return entry.word in PENDING
    begin = datetime.combine(day, time(), UTC)
    return entry.latest >= begin and (entry.word in PENDING or entry.word == "underway")


def is_over(entry: JudgedEngagement, day: date) -> bool:
    """Return whether an engagement was held by `day`, not only after it."""
    return entry.word == "held" and (not entry.earliest or entry.earliest.date() <= day)


def read_dates(runner: QueryRunner, facts: Iterable[str]) -> dict[str, tuple[DateRange, ...]]:
    """Return fact IRI to its estimates but denied ones, superseded ones last; one query."""
    wanted = sorted(set(facts))
    if not wanted:
        return {}
    rows = runner.rows(fill_query("dates", fact=wanted))
    validity = judge_validity(rows, "estimate")
    dates: dict[str, dict[str, DateRange]] = {}
    for row in rows:
        judged = validity[row["estimate"]]
        if not (judged.stands or judged.superseded):
            continue
        edtf = row.get("edtf", "")
        role = row.get("role", "").rpartition("/")[2]
        dates.setdefault(row["fact"], {})[row["estimate"]] = DateRange(
            fact=thing(row, "estimate"),
            edtf=edtf,
            words=say_date(edtf),
            earliest=parse_datetime(row.get("earliest")),
            latest=parse_datetime(row.get("latest")),
            role=role if role in {"start", "end"} else "whole",
            approximate=any(mark in edtf for mark in "~?%"),
            superseded=judged.superseded,
        )
    return {fact: tuple(sorted(ranges.values(), key=_order)) for fact, ranges in dates.items()}


def current_dates(dates: Iterable[DateRange]) -> tuple[DateRange, ...]:
    """Return the estimates that no later reading has corrected."""
    return tuple(estimate for estimate in dates if not estimate.superseded)


def say_range(dates: Iterable[DateRange]) -> str:
    """Return the current estimates in words, `or` between them; empty where there is none."""
    return " or ".join(
        date.words if date.role == "whole" else f"{date.role} {date.words}"
        for date in current_dates(dates)
    )


def _order(date: DateRange) -> tuple:
    return date.superseded, str(date.earliest or ""), str(date.latest or ""), date.fact.iri

"""How an engagement stands on a day: the one place of the rule, in four steps and no query.

1. `judge_validity`: a fact stands while a reading asserts it that no later reading corrects.
2. `judge_status`: the reported statuses that stand, and whether its date has passed, give one word.
   A date that has passed makes an engagement overdue, never held: only a report does that.
3. `judge_engagement`: the same for an entry of the index of engagements.
4. `is_ahead`, `is_over`: whether that is to come on the day, or was held by then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing

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
# A report of one of these and a report that it was held cannot both be right.
_EXCLUDES_HELD = frozenset(("cancelled", "not-held"))
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
class EngagementIndexEntry:
    """An engagement by IRI, independent of the day: bounds of its time, its reported statuses.

    `disputed`: one report asserts of it what another denies.
    """

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
    """Return the validity of the facts that `?name` names, by `?reading`, `?modality`, `?newer`.

    A fact without readings stands.
    """
    readings: dict[str, dict[str, tuple[bool, bool]]] = {}
    for row in rows:
        of_fact = readings.setdefault(row[name], {})
        if "reading" in row:
            denied, corrected = of_fact.get(row["reading"], (False, False))
            denied = denied or row.get("modality") == _DENIED
            of_fact[row["reading"]] = denied, corrected or "newer" in row
    return {fact: _judge_readings(list(of_fact.values())) for fact, of_fact in readings.items()}


def judge_status(
    words: Collection[str], latest: datetime | None, day: date, disputed: bool = False
) -> str:
    """Return the word for an event with these reported statuses whose last moment is `latest`.

    Contested: two reports exclude one another, or one denies what another asserts. Overdue: it lies
    before `day`, and no report gives an outcome, not even that it was postponed.
    """
    if disputed or ("held" in words and not _EXCLUDES_HELD.isdisjoint(words)):
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
    """Return whether an engagement is still to come on `day`, or is going on.

    One reported as under way without a date is neither: no report says how long it goes on.
    """
    if entry.latest is None:
        return entry.word in PENDING
    begin = datetime.combine(day, time(), UTC)
    return entry.latest >= begin and (entry.word in PENDING or entry.word == "underway")


def is_over(entry: JudgedEngagement, day: date) -> bool:
    """Return whether an engagement was held by `day`, not only after it."""
    return entry.word == "held" and (not entry.earliest or entry.earliest.date() <= day)


def _judge_readings(readings: list[tuple[bool, bool]]) -> FactValidity:
    """Return the validity by the readings of a fact, each (denied, corrected)."""
    current = [denied for denied, corrected in readings if not corrected]
    return FactValidity(
        stands=not readings or not all(current or [True]),
        denied=any(current),
        superseded=bool(readings) and not current,
    )

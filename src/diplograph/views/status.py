"""What has become of events: the status that reports give, and what the day makes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from diplograph.core.dates import parse_datetime, say_date
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.views.query import BindingRow, QueryRunner, fill_query, thing, things

_DENIED = PREFIXES["modality"] + "denied"


@dataclass(frozen=True)
class FactValidity:
    """What the readings of one fact come to.

    `stands`: somebody says it and no later reading has corrected that; `denied`: somebody says
    that it is not so; `superseded`: every reading of it has been corrected.
    """

    stands: bool = True
    denied: bool = False
    superseded: bool = False

    @property
    def doubted(self) -> bool:
        """Whether one report says it and another denies it."""
        return self.stands and self.denied


def judge_validity(rows: Iterable[BindingRow], name: str) -> dict[str, FactValidity]:
    """Return what stands of the facts that `?name` names, by `?reading`, `?modality` and `?newer`.

    A fact that no reading supports stands: nothing speaks against it.
    """
    readings: dict[str, dict[str, tuple[bool, bool]]] = {}
    for row in rows:
        found = readings.setdefault(row[name], {})
        if "reading" in row:
            denied, corrected = found.get(row["reading"], (False, False))
            denied = denied or row.get("modality") == _DENIED
            found[row["reading"]] = denied, corrected or "newer" in row
    return {fact: _weigh(list(found.values())) for fact, found in readings.items()}


def _weigh(readings: list[tuple[bool, bool]]) -> FactValidity:
    current = [denied for denied, corrected in readings if not corrected]
    return FactValidity(
        stands=not readings or not all(current or [True]),
        denied=any(current),
        superseded=bool(readings) and not current,
    )


_ROLES = ("whole", "start", "end")


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


def read_dates(asking: QueryRunner, facts: Iterable[str]) -> dict[str, tuple[DateRange, ...]]:
    """Return fact IRI to its estimates, superseded ones last, each group by time; one query.

    What reports only deny is left out; facts without a date are not among the keys.
    """
    wanted = sorted(set(facts))
    if not wanted:
        return {}
    rows = asking.rows(fill_query("dates", fact=wanted))
    standing = judge_validity(rows, "estimate")
    found: dict[str, dict[str, DateRange]] = {}
    for row in rows:
        judged = standing[row["estimate"]]
        if judged.stands or judged.superseded:
            found.setdefault(row["fact"], {})[row["estimate"]] = _read_range(row, judged)
    return {fact: tuple(sorted(each.values(), key=_order)) for fact, each in found.items()}


def say_range(dates: Iterable[DateRange]) -> str:
    """Return the estimates that stand in words, `or` between them; empty where there is none."""
    return " or ".join(_say(each) for each in dates if not each.superseded)


def _say(date: DateRange) -> str:
    return f"{date.role} {date.words}" if date.role in {"start", "end"} else date.words


def _read_range(row: BindingRow, judged: FactValidity) -> DateRange:
    edtf = row.get("edtf", "")
    role = row.get("role", "").rpartition("/")[2]
    return DateRange(
        fact=thing(row, "estimate") or Thing("", ""),
        edtf=edtf,
        words=say_date(edtf),
        earliest=parse_datetime(row.get("earliest")),
        latest=parse_datetime(row.get("latest")),
        role=role if role in _ROLES else "whole",
        approximate=any(mark in edtf for mark in "~?%"),
        superseded=judged.superseded,
    )


def _order(date: DateRange) -> tuple:
    return date.superseded, str(date.earliest or ""), str(date.latest or ""), date.fact.iri


CONTESTED, OVERDUE, UNSTATED = "contested", "overdue", "unstated"
_STATUS = PREFIXES["status"]

# From what is settled to what is only spoken of: the first of these that is reported counts.
ORDER = tuple(
    "held not-held cancelled underway rescheduled postponed scheduled planned mooted".split()
)
# Nothing is known to have become of these; what else is reported is an outcome.
AHEAD = frozenset("mooted planned scheduled rescheduled".split())
_CLASH = frozenset(("cancelled", "not-held"))
STATUS_LABELS = {
    **{word: word for word in ORDER},
    "not-held": "not held",
    CONTESTED: "reports disagree",
    OVERDUE: "date passed, outcome not reported",
    UNSTATED: "status not stated",
}


@dataclass(frozen=True)
class Status:
    """The status of an event: `word` is a status concept's name, contested, overdue or unstated.

    `values` are the concepts that reports give and nobody has corrected, `records` the IRIs of the
    status records that give them.
    """

    word: str
    label: str
    values: tuple[Thing, ...] = ()
    records: tuple[str, ...] = ()


def read_statuses(asking: QueryRunner, events: Iterable[str], day: date) -> dict[str, Status]:
    """Return event IRI to its status as of `day`, one for each event; two queries for all."""
    wanted = sorted(set(events))
    return judge_statuses(asking, wanted, day, read_dates(asking, wanted))


def judge_statuses(
    asking: QueryRunner, events: Iterable[str], day: date, dates: dict[str, tuple[DateRange, ...]]
) -> dict[str, Status]:
    """Return the same where the dates are known already; one query."""
    wanted = sorted(set(events))
    if not wanted:
        return {}
    found: dict[str, list[BindingRow]] = {event: [] for event in wanted}
    for row in asking.rows(fill_query("statuses", event=wanted)):
        found[row["event"]].append(row)
    return {event: _read_status(rows, day, dates.get(event, ())) for event, rows in found.items()}


def judge_status(
    words: Collection[str], latest: datetime | None, day: date, doubted: bool = False
) -> str:
    """Return the word for an event with these reported statuses whose last moment is `latest`.

    Contested: reports cannot both be right, one denies what another says. Overdue: it lies before
    `day`, and no report gives an outcome, be it that it was postponed.
    """
    if doubted or ("held" in words and not _CLASH.isdisjoint(words)):
        return CONTESTED
    open_still = bool(words) and AHEAD.issuperset(words)
    if open_still and latest is not None and latest < datetime.combine(day, time(), UTC):
        return OVERDUE
    return next((word for word in ORDER if word in words), UNSTATED)


def _read_status(rows: list[BindingRow], day: date, dates: tuple[DateRange, ...]) -> Status:
    judged = judge_validity(rows, "item")
    doubted = any(each.doubted for each in judged.values())
    standing = [row for row in rows if "value" in row and judged[row["item"]].stands]
    words = {row["value"].removeprefix(_STATUS) for row in standing}
    ends = [each.latest for each in dates if each.latest and not each.superseded]
    word = judge_status(words, max(ends, default=None), day, doubted)
    values = things(standing, "value")
    return Status(
        word=word,
        label=STATUS_LABELS[word],
        values=values,
        records=tuple(sorted({row["item"] for row in standing})),
    )

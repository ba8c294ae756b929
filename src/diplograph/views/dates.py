"""Dates of facts: the estimates that reports give, with their bounds and words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from diplograph.core.dates import parse_datetime, say_date
from diplograph.core.things import Thing
from diplograph.views.query import BindingRow, QueryRunner, fill_query, thing
from diplograph.views.status import FactValidity, judge_validity

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


def read_dates(runner: QueryRunner, facts: Iterable[str]) -> dict[str, tuple[DateRange, ...]]:
    """Return fact IRI to its estimates, superseded ones last, each group by time; one query.

    What reports only deny is left out; facts without a date are not among the keys.
    """
    wanted = sorted(set(facts))
    if not wanted:
        return {}
    rows = runner.rows(fill_query("dates", fact=wanted))
    validity = judge_validity(rows, "estimate")
    dates: dict[str, dict[str, DateRange]] = {}
    for row in rows:
        judged = validity[row["estimate"]]
        if judged.stands or judged.superseded:
            dates.setdefault(row["fact"], {})[row["estimate"]] = _read_range(row, judged)
    return {fact: tuple(sorted(ranges.values(), key=_order)) for fact, ranges in dates.items()}


def current_dates(dates: Iterable[DateRange]) -> tuple[DateRange, ...]:
    """Return the estimates that no later reading has corrected."""
    return tuple(estimate for estimate in dates if not estimate.superseded)


def say_range(dates: Iterable[DateRange]) -> str:
    """Return the current estimates in words, `or` between them; empty where there is none."""
    return " or ".join(
        f"{date.role} {date.words}" if date.role in {"start", "end"} else date.words
        for date in current_dates(dates)
    )


def _read_range(row: BindingRow, validity: FactValidity) -> DateRange:
    edtf = row.get("edtf", "")
    role = row.get("role", "").rpartition("/")[2]
    return DateRange(
        fact=thing(row, "estimate"),
        edtf=edtf,
        words=say_date(edtf),
        earliest=parse_datetime(row.get("earliest")),
        latest=parse_datetime(row.get("latest")),
        role=role if role in _ROLES else "whole",
        approximate=any(mark in edtf for mark in "~?%"),
        superseded=validity.superseded,
    )


def _order(date: DateRange) -> tuple:
    return date.superseded, str(date.earliest or ""), str(date.latest or ""), date.fact.iri

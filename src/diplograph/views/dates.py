"""When facts happen or hold: their date estimates, in words, in EDTF and as bounds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from diplograph.core.dates import parse_datetime
from diplograph.things import Thing
from diplograph.views.asking import Asking, Row, thing
from diplograph.views.readings import Standing, weigh
from diplograph.views.texts import fill
from diplograph.wording import say_date

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


def read_dates(asking: Asking, facts: Iterable[str]) -> dict[str, tuple[DateRange, ...]]:
    """Return fact IRI to its estimates, superseded ones last, each group by time; one query.

    What reports only deny is left out; facts without a date are not among the keys.
    """
    wanted = sorted(set(facts))
    if not wanted:
        return {}
    rows = asking.rows(fill("dates", fact=wanted))
    standing = weigh(rows, "estimate")
    found: dict[str, dict[str, DateRange]] = {}
    for row in rows:
        judged = standing[row["estimate"]]
        if judged.stands or judged.superseded:
            found.setdefault(row["fact"], {})[row["estimate"]] = _read(row, judged)
    return {fact: tuple(sorted(each.values(), key=_order)) for fact, each in found.items()}


def say_range(dates: Iterable[DateRange]) -> str:
    """Return the estimates that stand in words, `or` between them; empty where there is none."""
    return " or ".join(_say(each) for each in dates if not each.superseded)


def _say(date: DateRange) -> str:
    return f"{date.role} {date.words}" if date.role in {"start", "end"} else date.words


def _read(row: Row, judged: Standing) -> DateRange:
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

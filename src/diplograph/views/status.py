"""What has become of events: the status that reports give, and what the day makes of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from diplograph.core.names import PREFIXES
from diplograph.things import Thing
from diplograph.views.asking import Asking, Row, things
from diplograph.views.dates import DateRange, read_dates
from diplograph.views.readings import weigh
from diplograph.views.texts import fill

CONTESTED, OVERDUE, UNSTATED = "contested", "overdue", "unstated"
_STATUS = PREFIXES["status"]

# From what is settled to what is only spoken of: the first of these that is reported counts.
ORDER = tuple(
    "held not-held cancelled underway rescheduled postponed scheduled planned mooted".split()
)
# Nothing is known to have become of these; what else is reported is an outcome.
AHEAD = frozenset("mooted planned scheduled rescheduled".split())
_CLASH = frozenset(("cancelled", "not-held"))
LABELS = {
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


def read_statuses(asking: Asking, events: Iterable[str], day: date) -> dict[str, Status]:
    """Return event IRI to its status as of `day`, one for each event; two queries for all."""
    wanted = sorted(set(events))
    return judge_statuses(asking, wanted, day, read_dates(asking, wanted))


def judge_statuses(
    asking: Asking, events: Iterable[str], day: date, dates: dict[str, tuple[DateRange, ...]]
) -> dict[str, Status]:
    """Return the same where the dates are known already; one query."""
    wanted = sorted(set(events))
    if not wanted:
        return {}
    found: dict[str, list[Row]] = {event: [] for event in wanted}
    for row in asking.rows(fill("statuses", event=wanted)):
        found[row["event"]].append(row)
    return {event: _read(rows, day, dates.get(event, ())) for event, rows in found.items()}


def judge(words: Collection[str], latest: datetime | None, day: date, doubted: bool = False) -> str:
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


def _read(rows: list[Row], day: date, dates: tuple[DateRange, ...]) -> Status:
    judged = weigh(rows, "item")
    doubted = any(each.doubted for each in judged.values())
    standing = [row for row in rows if "value" in row and judged[row["item"]].stands]
    words = {row["value"].removeprefix(_STATUS) for row in standing}
    ends = [each.latest for each in dates if each.latest and not each.superseded]
    word = judge(words, max(ends, default=None), day, doubted)
    values = things(standing, "value")
    return Status(
        word=word,
        label=LABELS[word],
        values=values,
        records=tuple(sorted({row["item"] for row in standing})),
    )

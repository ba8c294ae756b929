"""Filter of engagements: which of all engagements fit, by time, before details are read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from diplograph.core.dates import parse_datetime
from diplograph.core.names import PREFIXES
from diplograph.views.query import BindingRow, QueryRunner, fill_query
from diplograph.views.status import (
    EngagementIndexEntry,
    FactValidity,
    JudgedEngagement,
    judge_engagement,
    judge_validity,
)

# The attributes of a filter that name things, each with the roles (`?as` of engagement-choice.rq)
# in which an engagement may be linked with them. A forum is an actor where it holds a meeting, not
# only where it takes part in one.
_ROLES = {
    "actor": ("actor", "forum"),
    "other": ("actor", "forum"),
    "forum": ("forum",),
    "topic": ("topic",),
    "place": ("place",),
    "report": ("report",),
}
_STATUS = PREFIXES["status"]


@dataclass(frozen=True)
class EngagementFilter:
    """Which engagements are wanted; what is empty does not narrow.

    `actor`, `other` (with whom), `forum`, `topic`, `place` and `report` are IRIs, a space between
    several of which one is enough. `status` is a status word or several: the name of a concept,
    contested, overdue or unstated. An engagement fits when it may fall between `start` and `end`,
    both days included. `asof` is the day that stands for today.
    """

    actor: str = ""
    other: str = ""
    forum: str = ""
    topic: str = ""
    place: str = ""
    status: str = ""
    start: date | None = None
    end: date | None = None
    asof: date | None = None
    report: str = ""

    @property
    def things(self) -> tuple[str, ...]:
        """The IRIs it names, without repetition, sorted."""
        return tuple(sorted({iri for name in _ROLES for iri in self.iris(name)}))

    def iris(self, attribute: str) -> list[str]:
        """Return the IRIs in an attribute that names things."""
        return getattr(self, attribute).split()


def read_engagement_index(runner: QueryRunner) -> tuple[EngagementIndexEntry, ...]:
    """Return all engagements in the order of their IRIs; one query, the same for every day.

    An engagement that reports only deny is left out.
    """
    rows = runner.rows(fill_query("engagement-index"))
    validity = judge_validity((row for row in rows if "doubted" in row), "doubted")
    records = {row["event"]: [] for row in rows if "event" in row and "item" not in row}
    for row in rows:
        if "item" in row and row.get("event") in records:
            records[row["event"]].append(row)
    return tuple(
        _read_entry(event, of_event, validity)
        for event, of_event in sorted(records.items())
        if _is_reported(validity.get(event, FactValidity()))
    )


def filter_engagements(
    runner: QueryRunner,
    wanted: EngagementFilter,
    day: date,
    index: Iterable[EngagementIndexEntry] | None = None,
) -> tuple[JudgedEngagement, ...]:
    """Return the engagements that fit as of `day`, the oldest first, undated ones last.

    One query for the index where none is given, and one where the filter names things.
    """
    judged = (
        judge_engagement(entry, day)
        for entry in (read_engagement_index(runner) if index is None else index)
    )
    entries = [entry for entry in judged if _fits(entry, wanted)]
    if wanted.things:
        linked = _read_linked(runner, wanted)
        entries = [entry for entry in entries if entry.iri in linked]
    return order_engagements(entries)


def order_engagements(
    entries: Iterable[JudgedEngagement], order: str = "oldest"
) -> tuple[JudgedEngagement, ...]:
    """Return entries by time, "newest" or "oldest" first; undated ones stay last."""
    listed = list(entries)
    dated = sorted((entry for entry in listed if entry.latest), key=_time)
    if order == "newest":
        dated.reverse()
    return (*dated, *(entry for entry in listed if not entry.latest))


def count_words(entries: Iterable[JudgedEngagement]) -> tuple[tuple[str, int], ...]:
    """Return status words with how many entries have each, the most frequent first."""
    counted = Counter(entry.word for entry in entries)
    return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def _is_reported(validity: FactValidity) -> bool:
    return validity.stands or validity.superseded


def _read_entry(
    event: str, rows: list[BindingRow], validity: dict[str, FactValidity]
) -> EngagementIndexEntry:
    standing = [row for row in rows if validity.get(row["item"], FactValidity()).stands]
    earliest = min((row["earliest"] for row in standing if "earliest" in row), default=None)
    latest = max((row["latest"] for row in standing if "latest" in row), default=None)
    facts = [event, *(row["item"] for row in rows if "value" in row)]
    return EngagementIndexEntry(
        iri=event,
        earliest=parse_datetime(earliest),
        latest=parse_datetime(latest),
        words=frozenset(row["value"].removeprefix(_STATUS) for row in standing if "value" in row),
        disputed=any(validity[fact].disputed for fact in facts if fact in validity),
    )


def _fits(entry: JudgedEngagement, wanted: EngagementFilter) -> bool:
    """Return whether status and time fit."""
    if wanted.status and entry.word not in wanted.status.split():
        return False
    if not (wanted.start or wanted.end):
        return True
    if not entry.earliest or not entry.latest:
        return False
    if wanted.end and entry.earliest > datetime.combine(wanted.end, time.max, UTC):
        return False
    return not wanted.start or entry.latest >= datetime.combine(wanted.start, time(), UTC)


def _read_linked(runner: QueryRunner, wanted: EngagementFilter) -> set[str]:
    """Return the events linked with a thing of every attribute that the filter gives."""
    by_role: dict[tuple[str, str], set[str]] = {}
    for row in runner.rows(fill_query("engagement-choice", chosen=wanted.things)):
        by_role.setdefault((row["as"], row["chosen"]), set()).add(row["event"])
    return set.intersection(
        *(
            set().union(
                *(by_role.get((role, iri), set()) for role in roles for iri in wanted.iris(name))
            )
            for name, roles in _ROLES.items()
            if wanted.iris(name)
        )
    )


def _time(entry: JudgedEngagement) -> tuple:
    return entry.earliest or entry.latest, entry.latest, entry.iri

"""Which engagements a filter chooses, in order of time, before anything else is read of them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from diplograph.core.dates import parse_datetime
from diplograph.core.names import PREFIXES
from diplograph.views.query import BindingRow, QueryRunner, fill_query
from diplograph.views.status import AHEAD, FactValidity, judge_status, judge_validity

# The attributes of a filter that name things, each with the roles (`?as` of engagement-choice.rq)
# in which an engagement may have to do with them. A forum is an actor where it holds a meeting, not
# only where it takes part in one.
_ROLES = {
    "actor": ("actor", "forum"),
    "other": ("actor", "forum"),
    "forum": ("forum",),
    "topic": ("topic",),
    "place": ("place",),
    "report": ("report",),
}


@dataclass(frozen=True)
class EngagementFilter:
    """Which engagements are wanted; what is empty does not narrow.

    `actor`, `other` (with whom), `forum`, `topic`, `place` and `report` are IRIs, a space between
    several of which one is enough. `status` is a status word or several: the name of a concept,
    contested, overdue or unstated. What may fall between `start` and `end`, both days included,
    is wanted. `asof` is the day that stands for today.
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
        """The IRIs it names, each once, sorted."""
        named = (getattr(self, name) for name in _ROLES)
        return tuple(sorted({iri for each in named for iri in each.split()}))


_STATUS = PREFIXES["status"]


@dataclass(frozen=True)
class EngagementIndexEntry:
    """An engagement by IRI as the graph has it on any day: the bounds of its time, its statuses.

    `doubted`: one report says what another denies of it.
    """

    iri: str
    earliest: datetime | None
    latest: datetime | None
    words: frozenset[str]
    doubted: bool


@dataclass(frozen=True)
class JudgedEngagement:
    """An engagement by IRI, the bounds of its time (None where nobody says), its status word."""

    iri: str
    earliest: datetime | None
    latest: datetime | None
    word: str


def filter_engagements(
    asking: QueryRunner,
    chosen: EngagementFilter,
    day: date,
    index: tuple[EngagementIndexEntry, ...] | None = None,
) -> tuple[JudgedEngagement, ...]:
    """Return what the filter chooses as of `day`, the oldest first, undated ones last.

    One query for the index where none is given, and one where the filter names things.
    """
    marks = read_engagement_index(asking) if index is None else index
    entries = [
        JudgedEngagement(
            each.iri,
            each.earliest,
            each.latest,
            judge_status(each.words, each.latest, day, each.doubted),
        )
        for each in marks
    ]
    entries = [each for each in entries if _fits(each, chosen)]
    if chosen.things:
        touched = _read_touched(asking, chosen)
        entries = [each for each in entries if each.iri in touched]
    return order_engagements(entries)


def read_engagement_index(asking: QueryRunner) -> tuple[EngagementIndexEntry, ...]:
    """Return all engagements in the order of their IRIs; one query, the same for every day.

    An engagement that reports only deny is none.
    """
    rows = asking.rows(fill_query("engagement-index"))
    standing = judge_validity((row for row in rows if "doubted" in row), "doubted")
    kept = {row["event"]: [] for row in rows if "event" in row and "item" not in row}
    for row in rows:
        if "item" in row and row.get("event") in kept:
            kept[row["event"]].append(row)
    untold = FactValidity()
    return tuple(
        _read_mark(event, found, standing)
        for event, found in sorted(kept.items())
        if standing.get(event, untold).stands or standing[event].superseded
    )


def is_ahead(entry: JudgedEngagement, day: date) -> bool:
    """Return whether an engagement is still to come on `day`, or is going on.

    What a report has as under way without a day is neither: nobody says how long it goes on.
    """
    begin = datetime.combine(day, time(), UTC)
    if entry.latest is None:
        return entry.word in AHEAD
    return entry.latest >= begin and (entry.word in AHEAD or entry.word == "underway")


def is_over(entry: JudgedEngagement, day: date) -> bool:
    """Return whether an engagement was held until `day`, not only after it."""
    return entry.word == "held" and (not entry.earliest or entry.earliest.date() <= day)


def order_engagements(
    entries: list[JudgedEngagement], order: str = "oldest"
) -> tuple[JudgedEngagement, ...]:
    """Return entries by time, "newest" or "oldest" first; undated ones stay last."""
    dated = sorted((each for each in entries if each.latest), key=_time)
    if order == "newest":
        dated.reverse()
    return (*dated, *(each for each in entries if not each.latest))


def count_words(entries: tuple[JudgedEngagement, ...]) -> tuple[tuple[str, int], ...]:
    """Return how many entries have which status word, the most frequent first."""
    counted = Counter(each.word for each in entries)
    return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def _read_mark(
    event: str, rows: list[BindingRow], standing: dict[str, FactValidity]
) -> EngagementIndexEntry:
    told = [row for row in rows if row["item"] not in standing or standing[row["item"]].stands]
    earliest = min((row["earliest"] for row in told if "earliest" in row), default=None)
    latest = max((row["latest"] for row in told if "latest" in row), default=None)
    spoken = [event, *(row["item"] for row in rows if "value" in row)]
    return EngagementIndexEntry(
        iri=event,
        earliest=parse_datetime(earliest),
        latest=parse_datetime(latest),
        words=frozenset(row["value"].removeprefix(_STATUS) for row in told if "value" in row),
        doubted=any(standing[item].doubted for item in spoken if item in standing),
    )


def _fits(entry: JudgedEngagement, chosen: EngagementFilter) -> bool:
    if chosen.status and entry.word not in chosen.status.split():
        return False
    if not (chosen.start or chosen.end):
        return True
    if not entry.earliest or not entry.latest:
        return False
    if chosen.end and entry.earliest > datetime.combine(chosen.end, time.max, UTC):
        return False
    return not chosen.start or entry.latest >= datetime.combine(chosen.start, time(), UTC)


def _read_touched(asking: QueryRunner, chosen: EngagementFilter) -> set[str]:
    """Return the events that have to do with one thing of each kind that the filter names."""
    by_role: dict[tuple[str, str], set[str]] = {}
    for row in asking.rows(fill_query("engagement-choice", chosen=chosen.things)):
        by_role.setdefault((row["as"], row["chosen"]), set()).add(row["event"])
    touched: set[str] | None = None
    for name, roles in _ROLES.items():
        wanted = getattr(chosen, name).split()
        if wanted:
            found = set().union(
                *(by_role.get((role, iri), set()) for role in roles for iri in wanted)
            )
            touched = found if touched is None else touched & found
    return touched or set()


def _time(entry: JudgedEngagement) -> tuple:
    return entry.earliest or entry.latest, entry.latest, entry.iri

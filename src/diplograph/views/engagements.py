"""Engagements, meetings and visits: what a filter finds, what is coming, overdue and last held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from diplograph.names import PREFIXES
from diplograph.passages import Attestation
from diplograph.things import Thing
from diplograph.views.asking import Asking, Row, thing, things
from diplograph.views.choosing import (
    Entry,
    Mark,
    choose_entries,
    count_words,
    is_ahead,
    is_over,
    order_entries,
)
from diplograph.views.dates import DateRange, read_dates
from diplograph.views.evidence import read_evidence
from diplograph.views.filter import Filter
from diplograph.views.status import LABELS, OVERDUE, Status, judge_statuses
from diplograph.views.texts import fill

PAGE_ROWS = 50
_STATES = PREFIXES["state"]
Dates = dict[str, tuple[DateRange, ...]]
# A query names so many engagements at once; more would make it too long.
_BATCH = 1000


@dataclass(frozen=True)
class Engagement:
    """A meeting or a visit with what a table shows of it.

    `places` are where it takes place, or the host state alone where no report says where in it.
    `sources` are the readings of the engagement itself.
    """

    thing: Thing
    kinds: tuple[Thing, ...]
    status: Status
    dates: tuple[DateRange, ...]
    states: tuple[Thing, ...]
    people: tuple[Thing, ...]
    places: tuple[Thing, ...]
    sources: tuple[Attestation, ...] = ()

    @property
    def somewhere(self) -> bool:
        """Whether a report says where it takes place, and not only in which state."""
        return any(not each.iri.startswith(_STATES) for each in self.places)


@dataclass(frozen=True)
class Found:
    """How many engagements there are, those shown, how many of all have no date or which status."""

    total: int
    engagements: tuple[Engagement, ...]
    undated: int = 0
    words: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Outlook:
    """What is coming, what is overdue and what was held last, as of one day."""

    coming: Found
    overdue: Found
    last: Found


def find_engagements(
    asking: Asking,
    chosen: Filter,
    day: date,
    *,
    limit: int = PAGE_ROWS,
    offset: int = 0,
    order: str = "newest",
    index: tuple[Mark, ...] | None = None,
) -> Found:
    """Return what the filter chooses, by time, undated ones last; at most six queries.

    `index` is what read_index returned for this build, for who keeps it: one query fewer.
    """
    entries = order_entries(list(choose_entries(asking, chosen, day, index)), order)
    return _show(asking, entries, entries[offset : offset + limit], day)


def find_coming(asking: Asking, day: date, *, limit: int = 10, actor: str = "") -> Found:
    """Return what lies ahead of `day` or is under way on it, the next first; undated ones last."""
    return read_outlook(asking, day, limit=limit, actor=actor, only="coming").coming


def find_overdue(asking: Asking, day: date, *, limit: int = 10, actor: str = "") -> Found:
    """Return what was to be held before `day` without a reported outcome, the latest first."""
    return read_outlook(asking, day, limit=limit, actor=actor, only="overdue").overdue


def find_last(asking: Asking, day: date, *, limit: int = 10, actor: str = "") -> Found:
    """Return what was held until `day`, the latest first; undated ones last."""
    return read_outlook(asking, day, limit=limit, actor=actor, only="last").last


def read_outlook(
    asking: Asking, day: date, *, limit: int = 10, actor: str = "", only: str = ""
) -> Outlook:
    """Return all three lists, at most `limit` of each, or only one of them; at most six queries."""
    entries = choose_entries(asking, Filter(actor=actor), day)
    lists = {
        "coming": tuple(each for each in entries if is_ahead(each, day)),
        "overdue": order_entries([each for each in entries if each.word == OVERDUE], "newest"),
        "last": order_entries([each for each in entries if is_over(each, day)], "newest"),
    }
    shown = {name: each[:limit] if only in {"", name} else () for name, each in lists.items()}
    known = {
        each.thing.iri: each
        for each in describe(asking, {entry.iri for each in shown.values() for entry in each}, day)
    }
    return Outlook(
        **{
            name: _found(each, tuple(known[entry.iri] for entry in shown[name]))
            for name, each in lists.items()
        }
    )


def describe(
    asking: Asking,
    events: Iterable[str],
    day: date,
    sources: bool = True,
    dates: Dates | None = None,
) -> tuple[Engagement, ...]:
    """Return what a table shows of these engagements, in their order.

    Three queries, with sources four, for each thousand of them; one fewer where their `dates` are
    known already.
    """
    wanted = list(events)
    parts = range(0, len(wanted), _BATCH)
    batches = (
        _describe(asking, wanted[start : start + _BATCH], day, sources, dates) for start in parts
    )
    return tuple(each for batch in batches for each in batch)


def _describe(
    asking: Asking, wanted: list[str], day: date, sources: bool, dates: Dates | None
) -> tuple[Engagement, ...]:
    parts: dict[str, list[Row]] = {event: [] for event in wanted}
    for row in asking.rows(fill("engagement-parts", event=wanted)):
        parts[row["event"]].append(row)
    dates = read_dates(asking, wanted) if dates is None else dates
    statuses = judge_statuses(asking, wanted, day, dates)
    evidence = read_evidence(asking, wanted) if sources else {}
    return tuple(
        replace(
            _read(event, parts[event]),
            status=statuses[event],
            dates=tuple(each for each in dates.get(event, ()) if not each.superseded),
            sources=evidence.get(event, ()),
        )
        for event in wanted
    )


def _read(event: str, rows: list[Row]) -> Engagement:
    named = {
        role: things([row for row in rows if row.get("as") == role], "value")
        for role in ("kind", "state", "participant", "place", "host")
    }
    labelled = next((row for row in rows if "eventLabel" in row), {"event": event})
    return Engagement(
        thing=thing(labelled, "event") or Thing(event, event),
        kinds=named["kind"],
        status=Status("unstated", LABELS["unstated"]),
        dates=(),
        states=named["state"],
        people=tuple(each for each in named["participant"] if each not in named["state"]),
        places=named["place"] or named["host"],
    )


def _show(asking: Asking, entries: tuple, shown: tuple, day: date) -> Found:
    return _found(entries, describe(asking, [each.iri for each in shown], day))


def _found(entries: tuple[Entry, ...], engagements: tuple[Engagement, ...]) -> Found:
    return Found(
        total=len(entries),
        engagements=engagements,
        undated=sum(not each.latest for each in entries),
        words=count_words(entries),
    )

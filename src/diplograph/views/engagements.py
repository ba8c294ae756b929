"""Engagements, meetings and visits: what a filter finds, what is coming, overdue and last held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from diplograph.core.names import PREFIXES
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
from diplograph.views.status import LABELS, OVERDUE, Status
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
    """Return what the filter chooses, by time, undated ones last; at most five queries.

    `index` is what read_index returned for this build, for who keeps it: one query fewer.
    """
    entries = order_entries(list(choose_entries(asking, chosen, day, index)), order)
    return _found(entries, describe(asking, entries[offset : offset + limit]))


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
    asking: Asking,
    day: date,
    *,
    limit: int = 10,
    actor: str = "",
    only: str = "",
    index: tuple[Mark, ...] | None = None,
) -> Outlook:
    """Return all three lists, at most `limit` of each, or only one of them; at most five queries.

    `index`: see find_engagements.
    """
    entries = choose_entries(asking, Filter(actor=actor), day, index)
    lists = {
        "coming": tuple(each for each in entries if is_ahead(each, day)),
        "overdue": order_entries([each for each in entries if each.word == OVERDUE], "newest"),
        "last": order_entries([each for each in entries if is_over(each, day)], "newest"),
    }
    shown = {name: each[:limit] if only in {"", name} else () for name, each in lists.items()}
    named = {entry.iri: entry for each in shown.values() for entry in each}
    known = {each.thing.iri: each for each in describe(asking, named.values())}
    return Outlook(
        **{
            name: _found(each, tuple(known[entry.iri] for entry in shown[name]))
            for name, each in lists.items()
        }
    )


def describe(
    asking: Asking, entries: Iterable[Entry], sources: bool = True, dates: Dates | None = None
) -> tuple[Engagement, ...]:
    """Return what a table shows of these engagements, in their order, each status by its word.

    Two queries, with sources three, for each thousand of them; one fewer where their `dates` are
    known already.
    """
    wanted = list(entries)
    parts = range(0, len(wanted), _BATCH)
    batches = (_describe(asking, wanted[start : start + _BATCH], sources, dates) for start in parts)
    return tuple(each for batch in batches for each in batch)


def _describe(
    asking: Asking, wanted: list[Entry], sources: bool, dates: Dates | None
) -> tuple[Engagement, ...]:
    parts: dict[str, list[Row]] = {each.iri: [] for each in wanted}
    for row in asking.rows(fill("engagement-parts", event=list(parts))):
        parts[row["event"]].append(row)
    dates = read_dates(asking, parts) if dates is None else dates
    evidence = read_evidence(asking, parts) if sources else {}
    return tuple(
        replace(
            _read(each, parts[each.iri]),
            dates=tuple(one for one in dates.get(each.iri, ()) if not one.superseded),
            sources=evidence.get(each.iri, ()),
        )
        for each in wanted
    )


def _read(entry: Entry, rows: list[Row]) -> Engagement:
    event = entry.iri
    named = {
        role: things([row for row in rows if row.get("as") == role], "value")
        for role in ("kind", "state", "participant", "place", "host")
    }
    labelled = next((row for row in rows if "eventLabel" in row), {"event": event})
    return Engagement(
        thing=thing(labelled, "event") or Thing(event, event),
        kinds=named["kind"],
        status=Status(entry.word, LABELS[entry.word]),
        dates=(),
        states=named["state"],
        people=tuple(each for each in named["participant"] if each not in named["state"]),
        places=named["place"] or named["host"],
    )


def _found(entries: tuple[Entry, ...], engagements: tuple[Engagement, ...]) -> Found:
    return Found(
        total=len(entries),
        engagements=engagements,
        undated=sum(not each.latest for each in entries),
        words=count_words(entries),
    )

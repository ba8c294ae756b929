"""What the latest report added: the facts that it alone supports, and what it says otherwise."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from diplograph.things import Thing
from diplograph.views.asking import Asking, Row
from diplograph.views.search import Index, read_kind
from diplograph.views.texts import fill
from diplograph.wording import say_date


@dataclass(frozen=True)
class Change:
    """What a report says of a thing, and what other reports say of it instead."""

    thing: Thing
    now: Thing
    before: Thing


@dataclass(frozen=True)
class Latest:
    """The report taken for the latest, with what it added to the others.

    `since` is the latest day, in words, that it tells of as over or under way, empty where it tells
    of none: no report is older than that. `alone` counts the facts that no other report supports,
    `kinds` how many of them are of which kind; `events` are the events among them.
    """

    report: Thing
    since: str
    only: bool
    facts: int
    alone: int
    kinds: tuple[tuple[str, int], ...]
    events: tuple[Thing, ...]
    changes: tuple[Change, ...]


def read_latest(asking: Asking, index: Index) -> Latest | None:
    """Return the latest report and what it added, None where no report supports a fact.

    No report says when it appeared, but none can be older than what it tells of as over: so the
    latest is the one that tells of the latest such day; among equals, the one with most facts.
    Two queries. Raises what the engine raises.
    """
    reports = asking.rows(fill("latest-reports"))
    if not reports:
        return None
    chosen = reports[0]
    rows = asking.rows(fill("changes", report=chosen["report"]))
    supported = {row["fact"]: row["sources"] for row in rows}
    alone = [fact for fact, sources in supported.items() if sources == "1"]
    kinds = Counter(read_kind(fact) for fact in alone)
    return Latest(
        report=index.name(chosen["report"]),
        since=say_date(chosen.get("since", "").partition("T")[0]),
        only=len(reports) == 1,
        facts=len(supported),
        alone=len(alone),
        kinds=tuple(sorted(kinds.items(), key=lambda each: (-each[1], each[0]))),
        events=_name(index, (fact for fact in alone if read_kind(fact) == "event")),
        changes=_read_changes(rows, index),
    )


def _read_changes(rows: list[Row], index: Index) -> tuple[Change, ...]:
    """Return what the report says otherwise, by thing; a start and an end are no two dates."""
    found = {
        Change(*(index.name(row[name]) for name in ("thing", "fact", "was")))
        for row in rows
        if "was" in row and row.get("part") == row.get("otherPart")
    }
    return tuple(sorted(found, key=lambda each: (each.thing.label, each.now.iri, each.before.iri)))


def _name(index: Index, iris: object) -> tuple[Thing, ...]:
    return tuple(sorted(map(index.name, iris), key=lambda each: (each.label, each.iri)))

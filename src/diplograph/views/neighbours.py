"""What a thing has to do with: its engagements, the facts tied to it, the states it meets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from diplograph.core.dates import parse_whole
from diplograph.core.names import PREFIXES
from diplograph.passages import Attestation
from diplograph.things import Thing
from diplograph.views.asking import Asking, thing
from diplograph.views.choosing import Entry, Mark, is_ahead, is_over, order_entries
from diplograph.views.dates import DateRange
from diplograph.views.engagements import Engagement, describe
from diplograph.views.status import OVERDUE, judge
from diplograph.views.texts import fill

_DG = PREFIXES["dg"]
ENGAGEMENTS = frozenset(("Meeting", "Visit"))


@dataclass(frozen=True)
class Tie:
    """A fact by IRI with the names of its classes, and of the properties that tie it to a thing."""

    iri: str
    classes: frozenset[str]
    ways: frozenset[str]


@dataclass(frozen=True)
class Engaged:
    """A thing's engagements as of a day: all as entries, and the nearest of each list.

    `next` are ahead or under way, the next first; `overdue` are past without a reported outcome,
    `last` were held, and `others` are neither: all these the latest first.
    """

    entries: tuple[Entry, ...] = ()
    next: tuple[Engagement, ...] = ()
    overdue: tuple[Engagement, ...] = ()
    last: tuple[Engagement, ...] = ()
    others: tuple[Engagement, ...] = ()

    @property
    def shown(self) -> tuple[Engagement, ...]:
        """Those of all lists."""
        return (*self.next, *self.overdue, *self.last, *self.others)

    def supported(self, evidence: Mapping[str, tuple[Attestation, ...]]) -> Engaged:
        """Return the same with the readings of each engagement, as read_evidence returns them."""
        lists = {name: getattr(self, name) for name in ("next", "overdue", "last", "others")}
        return replace(
            self,
            **{
                name: tuple(
                    replace(each, sources=evidence.get(each.thing.iri, ())) for each in found
                )
                for name, found in lists.items()
            },
        )


@dataclass(frozen=True)
class Partner:
    """A state met: in how many engagements, how many of them held, how many still ahead."""

    state: Thing
    total: int
    held: int
    ahead: int


def read_ties(asking: Asking, iri: str) -> tuple[Tie, ...]:
    """Return the engagements and facts that have to do with a thing, by IRI; one query.

    A state is tied to what its bodies, offices and officials do and say, a forum to the meetings
    of its organs, and a topic to what its narrower topics are about. No more than the query's
    limit are read.
    """
    found: dict[str, tuple[set[str], set[str]]] = {}
    for row in asking.rows(fill("ties", thing=iri)):
        classes, ways = found.setdefault(row["fact"], (set(), set()))
        classes.add(row["class"].removeprefix(_DG))
        ways.add(row["way"].removeprefix(_DG))
    return tuple(
        Tie(fact, frozenset(classes), frozenset(ways))
        for fact, (classes, ways) in sorted(found.items())
    )


def choose_engaged(ties: Iterable[Tie], index: Iterable[Mark], day: date) -> tuple[Entry, ...]:
    """Return the engagements among `ties` as of `day`, the oldest first; no query."""
    tied = {each.iri for each in ties if each.classes & ENGAGEMENTS}
    return order_entries(
        [
            Entry(each.iri, each.earliest, each.latest, judge_mark(each, day))
            for each in index
            if each.iri in tied
        ]
    )


def judge_mark(mark: Mark, day: date) -> str:
    """Return the status word of an engagement as of `day`."""
    return judge(mark.words, mark.latest, day, mark.doubted)


def choose_nearest(
    entries: tuple[Entry, ...], day: date, limit: int = 5
) -> dict[str, tuple[str, ...]]:
    """Return the IRIs of the nearest engagements by the list of Engaged they belong into."""
    newest = order_entries(list(entries), "newest")
    lists = {
        "next": [each for each in entries if is_ahead(each, day)],
        "overdue": [each for each in newest if each.word == OVERDUE],
        "last": [each for each in newest if is_over(each, day)],
    }
    listed = {each.iri for found in lists.values() for each in found}
    lists["others"] = [each for each in newest if each.iri not in listed]
    return {name: tuple(each.iri for each in found[:limit]) for name, found in lists.items()}


def order_editions(
    asking: Asking, series: str, entries: Iterable[Entry], limit: int = 50
) -> tuple[str, ...]:
    """Return the IRIs of the first editions of a series, by number, then by time; one query."""
    numbers = {
        row["edition"]: parse_whole(row["ordinal"]) or 0
        for row in asking.rows(fill("editions", series=series))
        if "ordinal" in row
    }
    ordered = sorted(entries, key=lambda each: (each.iri not in numbers, numbers.get(each.iri, 0)))
    return tuple(each.iri for each in ordered[:limit])


def read_engaged(
    asking: Asking,
    entries: tuple[Entry, ...],
    lists: Mapping[str, tuple[str, ...]],
    dates: Mapping[str, tuple[DateRange, ...]],
) -> Engaged:
    """Return the engagements that choose_nearest chose; one query, or none where none are."""
    chosen = {iri for found in lists.values() for iri in found}
    wanted = [each for each in entries if each.iri in chosen]
    known = {each.thing.iri: each for each in describe(asking, wanted, False, dates)}
    return Engaged(
        entries, **{name: tuple(known[iri] for iri in found) for name, found in lists.items()}
    )


def read_partners(
    asking: Asking, iri: str, entries: Iterable[Entry], day: date
) -> tuple[Partner, ...]:
    """Return the states that share engagements with a thing, those with most first; one query."""
    events = {each.iri: each for each in entries}
    if not events:
        return ()
    met: dict[Thing, list[Entry]] = {}
    for row in asking.rows(fill("neighbours", event=sorted(events))):
        state = thing(row, "state")
        if state and state.iri != iri:
            met.setdefault(state, []).append(events[row["event"]])
    partners = [_count(state, found, day) for state, found in met.items()]
    return tuple(sorted(partners, key=lambda each: (-each.total, each.state.label)))


def _count(state: Thing, entries: list[Entry], day: date) -> Partner:
    held = sum(each.word == "held" for each in entries)
    return Partner(state, len(entries), held, sum(is_ahead(each, day) for each in entries))

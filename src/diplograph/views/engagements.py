"""Engagements, meetings and visits: what a filter finds, what is coming, overdue and last held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from diplograph.core.dates import parse_decimal, parse_whole
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.views.filter import (
    EngagementFilter,
    EngagementIndexEntry,
    JudgedEngagement,
    count_words,
    filter_engagements,
    is_ahead,
    is_over,
    order_engagements,
)
from diplograph.views.query import BindingRow, QueryRunner, fill_query, thing, things
from diplograph.views.records import Attestation, read_evidence
from diplograph.views.status import (
    OVERDUE,
    STATUS_LABELS,
    DateRange,
    Status,
    judge_status,
    read_dates,
)

ENGAGEMENT_ROWS = 50
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
class EngagementPage:
    """How many engagements there are, those shown, how many of all have no date or which status."""

    total: int
    engagements: tuple[Engagement, ...]
    undated: int = 0
    words: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Outlook:
    """What is coming, what is overdue and what was held last, as of one day."""

    coming: EngagementPage
    overdue: EngagementPage
    last: EngagementPage


def find_engagements(
    asking: QueryRunner,
    chosen: EngagementFilter,
    day: date,
    *,
    limit: int = ENGAGEMENT_ROWS,
    offset: int = 0,
    order: str = "newest",
    index: tuple[EngagementIndexEntry, ...] | None = None,
) -> EngagementPage:
    """Return what the filter chooses, by time, undated ones last; at most five queries.

    `index` is what read_index returned for this build, for who keeps it: one query fewer.
    """
    entries = order_engagements(list(filter_engagements(asking, chosen, day, index)), order)
    return _found(entries, describe_engagements(asking, entries[offset : offset + limit]))


def find_coming(
    asking: QueryRunner, day: date, *, limit: int = 10, actor: str = ""
) -> EngagementPage:
    """Return what lies ahead of `day` or is under way on it, the next first; undated ones last."""
    return read_outlook(asking, day, limit=limit, actor=actor, only="coming").coming


def find_overdue(
    asking: QueryRunner, day: date, *, limit: int = 10, actor: str = ""
) -> EngagementPage:
    """Return what was to be held before `day` without a reported outcome, the latest first."""
    return read_outlook(asking, day, limit=limit, actor=actor, only="overdue").overdue


def find_last(
    asking: QueryRunner, day: date, *, limit: int = 10, actor: str = ""
) -> EngagementPage:
    """Return what was held until `day`, the latest first; undated ones last."""
    return read_outlook(asking, day, limit=limit, actor=actor, only="last").last


def read_outlook(
    asking: QueryRunner,
    day: date,
    *,
    limit: int = 10,
    actor: str = "",
    only: str = "",
    index: tuple[EngagementIndexEntry, ...] | None = None,
) -> Outlook:
    """Return all three lists, at most `limit` of each, or only one of them; at most five queries.

    `index`: see find_engagements.
    """
    entries = filter_engagements(asking, EngagementFilter(actor=actor), day, index)
    lists = {
        "coming": tuple(each for each in entries if is_ahead(each, day)),
        "overdue": order_engagements([each for each in entries if each.word == OVERDUE], "newest"),
        "last": order_engagements([each for each in entries if is_over(each, day)], "newest"),
    }
    shown = {name: each[:limit] if only in {"", name} else () for name, each in lists.items()}
    named = {entry.iri: entry for each in shown.values() for entry in each}
    known = {each.thing.iri: each for each in describe_engagements(asking, named.values())}
    return Outlook(
        **{
            name: _found(each, tuple(known[entry.iri] for entry in shown[name]))
            for name, each in lists.items()
        }
    )


def describe_engagements(
    asking: QueryRunner,
    entries: Iterable[JudgedEngagement],
    sources: bool = True,
    dates: Dates | None = None,
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
    asking: QueryRunner, wanted: list[JudgedEngagement], sources: bool, dates: Dates | None
) -> tuple[Engagement, ...]:
    parts: dict[str, list[BindingRow]] = {each.iri: [] for each in wanted}
    for row in asking.rows(fill_query("engagement-parts", event=list(parts))):
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


def _read(entry: JudgedEngagement, rows: list[BindingRow]) -> Engagement:
    event = entry.iri
    named = {
        role: things([row for row in rows if row.get("as") == role], "value")
        for role in ("kind", "state", "participant", "place", "host")
    }
    labelled = next((row for row in rows if "eventLabel" in row), {"event": event})
    return Engagement(
        thing=thing(labelled, "event") or Thing(event, event),
        kinds=named["kind"],
        status=Status(entry.word, STATUS_LABELS[entry.word]),
        dates=(),
        states=named["state"],
        people=tuple(each for each in named["participant"] if each not in named["state"]),
        places=named["place"] or named["host"],
    )


def _found(
    entries: tuple[JudgedEngagement, ...], engagements: tuple[Engagement, ...]
) -> EngagementPage:
    return EngagementPage(
        total=len(entries),
        engagements=engagements,
        undated=sum(not each.latest for each in entries),
        words=count_words(entries),
    )


@dataclass(frozen=True)
class Spot:
    """A place with its coordinates in degrees (WGS 84), None where nobody has given them.

    `vague`: it is a state of which no report says where in it, and the coordinates are a point
    that represents it.
    """

    thing: Thing
    latitude: float | None
    longitude: float | None
    vague: bool

    @property
    def placed(self) -> bool:
        """Whether it can be drawn."""
        return self.latitude is not None and self.longitude is not None


@dataclass(frozen=True)
class Participants:
    """The states, the people and the places of engagements, each by the engagement's IRI."""

    states: dict[str, tuple[Thing, ...]]
    people: dict[str, tuple[Thing, ...]]
    spots: dict[str, tuple[Spot, ...]]


def read_participants(asking: QueryRunner) -> Participants:
    """Return who takes part in each engagement and where it is; two queries, the same on any day.

    Where a report names a place in it, the host state is no place of the engagement.
    """
    parties: dict[str, dict[str, set[Thing]]] = {"state": {}, "person": {}}
    for row in asking.rows(fill_query("engagement-parties")):
        parties[row["as"]].setdefault(row["event"], set()).add(thing(row, "party"))
    places: dict[str, dict[str, dict[str, Spot]]] = {"place": {}, "state": {}}
    for row in asking.rows(fill_query("engagement-places")):
        found = places[row["as"]].setdefault(row["event"], {})
        found[row["place"]] = Spot(
            thing=thing(row, "place") or Thing("", ""),
            latitude=_read_degrees(row.get("latitude"), 90),
            longitude=_read_degrees(row.get("longitude"), 180),
            vague=row["as"] == "state",
        )
    return Participants(
        states={event: _sort(each) for event, each in parties["state"].items()},
        people={event: _sort(each) for event, each in parties["person"].items()},
        spots={
            event: tuple(each.values())
            for event, each in {**places["state"], **places["place"]}.items()
        },
    )


def _sort(things: set[Thing]) -> tuple[Thing, ...]:
    return tuple(sorted(things, key=lambda each: (each.label, each.iri)))


def _read_degrees(text: str | None, most: int) -> float | None:
    """Return degrees, None for what is no number or lies beyond `most` on either side."""
    degrees = parse_decimal(text)
    return degrees if degrees is not None and abs(degrees) <= most else None


_DG = PREFIXES["dg"]
ENGAGEMENTS = frozenset(("Meeting", "Visit"))


@dataclass(frozen=True)
class FactTie:
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

    entries: tuple[JudgedEngagement, ...] = ()
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


def read_ties(asking: QueryRunner, iri: str) -> tuple[FactTie, ...]:
    """Return the engagements and facts that have to do with a thing, by IRI; one query.

    A state is tied to what its bodies, offices and officials do and say, a forum to the meetings
    of its organs, and a topic to what its narrower topics are about. No more than the query's
    limit are read.
    """
    found: dict[str, tuple[set[str], set[str]]] = {}
    for row in asking.rows(fill_query("ties", thing=iri)):
        classes, ways = found.setdefault(row["fact"], (set(), set()))
        classes.add(row["class"].removeprefix(_DG))
        ways.add(row["way"].removeprefix(_DG))
    return tuple(
        FactTie(fact, frozenset(classes), frozenset(ways))
        for fact, (classes, ways) in sorted(found.items())
    )


def choose_engaged(
    ties: Iterable[FactTie], index: Iterable[EngagementIndexEntry], day: date
) -> tuple[JudgedEngagement, ...]:
    """Return the engagements among `ties` as of `day`, the oldest first; no query."""
    tied = {each.iri for each in ties if each.classes & ENGAGEMENTS}
    return order_engagements(
        [
            JudgedEngagement(each.iri, each.earliest, each.latest, judge_mark(each, day))
            for each in index
            if each.iri in tied
        ]
    )


def judge_mark(mark: EngagementIndexEntry, day: date) -> str:
    """Return the status word of an engagement as of `day`."""
    return judge_status(mark.words, mark.latest, day, mark.doubted)


def choose_nearest(
    entries: tuple[JudgedEngagement, ...], day: date, limit: int = 5
) -> dict[str, tuple[str, ...]]:
    """Return the IRIs of the nearest engagements by the list of Engaged they belong into."""
    newest = order_engagements(list(entries), "newest")
    lists = {
        "next": [each for each in entries if is_ahead(each, day)],
        "overdue": [each for each in newest if each.word == OVERDUE],
        "last": [each for each in newest if is_over(each, day)],
    }
    listed = {each.iri for found in lists.values() for each in found}
    lists["others"] = [each for each in newest if each.iri not in listed]
    return {name: tuple(each.iri for each in found[:limit]) for name, found in lists.items()}


def order_editions(
    asking: QueryRunner, series: str, entries: Iterable[JudgedEngagement], limit: int = 50
) -> tuple[str, ...]:
    """Return the IRIs of the first editions of a series, by number, then by time; one query."""
    numbers = {
        row["edition"]: parse_whole(row["ordinal"]) or 0
        for row in asking.rows(fill_query("editions", series=series))
        if "ordinal" in row
    }
    ordered = sorted(entries, key=lambda each: (each.iri not in numbers, numbers.get(each.iri, 0)))
    return tuple(each.iri for each in ordered[:limit])


def read_engaged(
    asking: QueryRunner,
    entries: tuple[JudgedEngagement, ...],
    lists: Mapping[str, tuple[str, ...]],
    dates: Mapping[str, tuple[DateRange, ...]],
) -> Engaged:
    """Return the engagements that choose_nearest chose; one query, or none where none are."""
    chosen = {iri for found in lists.values() for iri in found}
    wanted = [each for each in entries if each.iri in chosen]
    known = {each.thing.iri: each for each in describe_engagements(asking, wanted, False, dates)}
    return Engaged(
        entries, **{name: tuple(known[iri] for iri in found) for name, found in lists.items()}
    )


def read_partners(
    asking: QueryRunner, iri: str, entries: Iterable[JudgedEngagement], day: date
) -> tuple[Partner, ...]:
    """Return the states that share engagements with a thing, those with most first; one query."""
    events = {each.iri: each for each in entries}
    if not events:
        return ()
    met: dict[Thing, list[JudgedEngagement]] = {}
    for row in asking.rows(fill_query("neighbours", event=sorted(events))):
        state = thing(row, "state")
        if state and state.iri != iri:
            met.setdefault(state, []).append(events[row["event"]])
    partners = [_count(state, found, day) for state, found in met.items()]
    return tuple(sorted(partners, key=lambda each: (-each.total, each.state.label)))


def _count(state: Thing, entries: list[JudgedEngagement], day: date) -> Partner:
    held = sum(each.word == "held" for each in entries)
    return Partner(state, len(entries), held, sum(is_ahead(each, day) for each in entries))

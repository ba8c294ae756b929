"""Engagements (meetings and visits): filter, describe, list those next, overdue and last held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from diplograph.core.dates import parse_decimal, parse_whole
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing, by_label
from diplograph.views.query import BindingRow, QueryRunner, fill_query, group_rows, thing, things
from diplograph.views.records import Attestation, Evidence, read_evidence
from diplograph.views.status import (
    OVERDUE,
    DateRange,
    Dates,
    EngagementIndexEntry,
    JudgedEngagement,
    Status,
    count_once,
    is_ahead,
    is_over,
    judge_engagement,
    make_states,
    read_dates,
)

# Engagements named in one query; more would make its text too long.
_BATCH = 1000
# The attributes of a filter that name things, each with the roles (`?as` of engagement-choice.rq)
# in which an engagement may be linked with them. A forum is an actor where it holds a meeting, not
# only where it takes part in one.
_ROLES = {
    "actor": ("actor", "forum"),
    "other": ("actor", "forum"),
    "forum": ("forum",),
    "topic": ("topic",),
    "place": ("place",),
    "kind": ("kind",),
    "report": ("report",),
}

Index = Iterable[EngagementIndexEntry]


@dataclass(frozen=True)
class EngagementFilter:
    """Which engagements are wanted; what is empty does not narrow.

    The attributes in _ROLES are IRIs, a space between several of which one is enough; `other` is
    with whom. `status` is a status word or several. An engagement fits when it may fall between
    `start` and `end`, both days included; `undated`: or when it has no date. `asof` is the day that
    stands for today.
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
    kind: str = ""
    undated: bool = False

    @property
    def things(self) -> tuple[str, ...]:
        """The IRIs it names, without repetition, sorted."""
        return tuple(sorted({iri for name in _ROLES for iri in self.iris(name)}))

    def iris(self, attribute: str) -> list[str]:
        """Return the IRIs in an attribute that names things."""
        return getattr(self, attribute).split()


@dataclass(frozen=True)
class Engagement:
    """A meeting or a visit with what a table shows of it; `sources` are its own readings.

    `places` are where it takes place, or the host state alone where no report says where in it.
    """

    thing: Thing
    kinds: tuple[Thing, ...]
    status: Status
    dates: tuple[DateRange, ...]
    parties: tuple[Thing, ...]
    people: tuple[Thing, ...]
    places: tuple[Thing, ...]
    sources: tuple[Attestation, ...] = ()

    @property
    def somewhere(self) -> bool:
        """Whether a report says where it takes place, and not only in which state."""
        return any(not place.iri.startswith(PREFIXES["state"]) for place in self.places)


@dataclass(frozen=True)
class EngagementPage:
    """A page of engagements: how many there are in all, how many of these undated or per status."""

    total: int
    engagements: tuple[Engagement, ...]
    undated: int = 0
    words: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class Outlook:
    """What is coming and what is overdue as of one day."""

    coming: EngagementPage
    overdue: EngagementPage


@dataclass(frozen=True)
class EngagementLists:
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
        """The engagements of all lists."""
        return (*self.next, *self.overdue, *self.last, *self.others)


@dataclass(frozen=True)
class Partner:
    """A party met: in how many engagements, how many of them held, how many still ahead."""

    party: Thing
    total: int
    held: int
    ahead: int


@dataclass(frozen=True)
class MapPlace:
    """A place with its coordinates in degrees (WGS 84), None where no source gives them.

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
    """The parties, the people and the places of engagements, all by the engagement's IRI.

    `kin` are the pairs of a forum and its own organ, which make no pair of parties, as IRIs.
    `states` are all states with coordinates, whose names a map shows.
    """

    parties: dict[str, tuple[Thing, ...]]
    people: dict[str, tuple[Thing, ...]]
    places: dict[str, tuple[MapPlace, ...]]
    kin: frozenset[frozenset[str]] = frozenset()
    states: tuple[MapPlace, ...] = ()


def read_engagement_index(runner: QueryRunner) -> tuple[EngagementIndexEntry, ...]:
    """Return all engagements in the order of their IRIs; one query, the same for every day."""
    rows = group_rows(runner.rows(fill_query("engagement-index")), "event")
    states = {event: make_states(of_event) for event, of_event in rows.items()}
    return tuple(
        EngagementIndexEntry(
            event,
            states[event],
            _list_named(of_event, "visit"),
            tuple(states[aim] for aim in sorted(_list_named(of_event, "aim")) if aim in states),
        )
        for event, of_event in sorted(rows.items())
    )


def _list_named(rows: Iterable[BindingRow], name: str) -> frozenset[str]:
    return frozenset(row[name] for row in rows if name in row)


def judge_engagements(
    index: Index, day: date, wanted: Container[str] | None = None
) -> tuple[JudgedEngagement, ...]:
    """Return the engagements known on `day`, those of these IRIs if given, in their order."""
    chosen = (entry for entry in index if wanted is None or entry.iri in wanted)
    return tuple(judged for entry in chosen if (judged := judge_engagement(entry, day)))


def read_linked_events(runner: QueryRunner, wanted: EngagementFilter) -> dict[str, frozenset[str]]:
    """Return the events linked with what each attribute of a filter names, by the attribute.

    One query, none where the filter names nothing.
    """
    if not wanted.things:
        return {}
    rows = runner.rows(fill_query("engagement-choice", chosen=wanted.things))
    return {
        name: frozenset(
            row["event"] for row in rows if row["as"] in roles and row["chosen"] in iris
        )
        for name, roles in _ROLES.items()
        if (iris := wanted.iris(name))
    }


def read_actors(runner: QueryRunner, iris: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return event IRI to those of these things that are its actors, as the filter has them.

    One query for each thousand things.
    """
    listed, actors = sorted(set(iris)), {}
    for start in range(0, len(listed), _BATCH):
        text = fill_query("engagement-choice", chosen=listed[start : start + _BATCH])
        for row in runner.rows(text):
            if row["as"] in _ROLES["actor"]:
                actors.setdefault(row["event"], set()).add(row["chosen"])
    return {event: frozenset(of_event) for event, of_event in actors.items()}


def filter_engagements(
    runner: QueryRunner,
    wanted: EngagementFilter,
    day: date,
    index: Index | None = None,
    linked: Mapping[str, Container[str]] | None = None,
) -> tuple[JudgedEngagement, ...]:
    """Return the engagements that fit and are known on `day`, the oldest first, undated ones last.

    One query for the index where none is given, and one where the filter names things and `linked`,
    what read_linked_events returns, is not given.
    """
    index = read_engagement_index(runner) if index is None else index
    linked = read_linked_events(runner, wanted) if linked is None else linked
    chosen = [linked[name] for name in _ROLES if wanted.iris(name)]
    return order_engagements(
        entry
        for entry in judge_engagements(index, day)
        if _fits(entry, wanted) and all(entry.iri in events for events in chosen)
    )


def _fits(entry: JudgedEngagement, wanted: EngagementFilter) -> bool:
    if wanted.status and entry.word not in wanted.status.split():
        return False
    if not (wanted.start or wanted.end):
        return True
    if not entry.earliest or not entry.latest:
        return wanted.undated and not entry.latest
    if wanted.end and entry.earliest > datetime.combine(wanted.end, time.max, UTC):
        return False
    return not wanted.start or entry.latest >= datetime.combine(wanted.start, time(), UTC)


def order_engagements(
    entries: Iterable[JudgedEngagement], order: str = "oldest"
) -> tuple[JudgedEngagement, ...]:
    """Return entries by time, "newest" or "oldest" first; undated ones stay last."""
    listed = list(entries)
    dated = sorted(
        (entry for entry in listed if entry.latest),
        key=lambda entry: (entry.earliest or entry.latest, entry.latest, entry.iri),
        reverse=order == "newest",
    )
    return (*dated, *(entry for entry in listed if not entry.latest))


def count_words(entries: Iterable[JudgedEngagement]) -> tuple[tuple[str, int], ...]:
    """Return status words with how many entries have each, the most frequent first."""
    counted = Counter(entry.word for entry in entries)
    return tuple(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def find_engagements(
    runner: QueryRunner,
    wanted: EngagementFilter,
    day: date,
    *,
    limit: int = 50,
    offset: int = 0,
    order: str = "newest",
    index: Index | None = None,
) -> EngagementPage:
    """Return a page of the engagements that fit, undated ones last; at most five queries."""
    entries = order_engagements(filter_engagements(runner, wanted, day, index), order)
    return make_page(entries, describe_engagements(runner, entries[offset : offset + limit], day))


def make_page(
    entries: tuple[JudgedEngagement, ...], engagements: tuple[Engagement, ...] = ()
) -> EngagementPage:
    """Return a page that shows `engagements` out of all `entries`."""
    undated = sum(not entry.latest for entry in entries)
    return EngagementPage(len(entries), engagements, undated, count_words(entries))


def read_outlook(
    runner: QueryRunner, day: date, *, limit: int = 10, index: Index | None = None
) -> Outlook:
    """Return at most `limit` engagements coming and overdue; at most four queries."""
    groups = _group(filter_engagements(runner, EngagementFilter(), day, index), day)
    coming, overdue = groups["next"], groups["overdue"]
    shown = describe_engagements(runner, (*coming[:limit], *overdue[:limit]), day)
    cut = len(coming[:limit])
    return Outlook(make_page(coming, shown[:cut]), make_page(overdue, shown[cut:]))


def describe_engagements(
    runner: QueryRunner,
    entries: Iterable[JudgedEngagement],
    day: date,
    *,
    dates: Dates | None = None,
    evidence: Evidence | None = None,
) -> tuple[Engagement, ...]:
    """Return what a table shows of these engagements as known on `day`, in their order.

    Three queries for each thousand; one fewer for each of `dates` and `evidence` that is given.
    """
    listed = list(entries)
    engagements: list[Engagement] = []
    for start in range(0, len(listed), _BATCH):
        batch = listed[start : start + _BATCH]
        iris = [entry.iri for entry in batch]
        text = fill_query("engagement-parts", event=iris, day=day.isoformat())
        parts = group_rows(runner.rows(text), "event")
        known = read_dates(runner, iris, day) if dates is None else dates
        sources = read_evidence(runner, iris, day) if evidence is None else evidence
        engagements += (
            _make_engagement(entry, parts.get(entry.iri, []), known, sources) for entry in batch
        )
    return tuple(engagements)


def _make_engagement(
    entry: JudgedEngagement, rows: list[BindingRow], dates: Dates, evidence: Evidence
) -> Engagement:
    event, values = entry.iri, {}
    for role in ("kind", "party", "participant", "place", "host"):
        values[role] = things([row for row in rows if row.get("as") == role], "value")
    labelled = next((row for row in rows if "eventLabel" in row), None)
    return Engagement(
        thing=thing(labelled, "event") if labelled else Thing(event, event),
        kinds=values["kind"],
        status=entry.status,
        dates=dates.get(event, ()),
        parties=values["party"],
        people=tuple(person for person in values["participant"] if person not in values["party"]),
        places=values["place"] or values["host"],
        sources=evidence.get(event, ()),
    )


def select_engagements(
    iris: Iterable[str], index: Index, day: date
) -> tuple[JudgedEngagement, ...]:
    """Return those of these IRIs that are known on `day`, the oldest first; no query."""
    return order_engagements(judge_engagements(index, day, set(iris)))


def choose_nearest(
    entries: Iterable[JudgedEngagement], day: date, limit: int = 5
) -> dict[str, tuple[str, ...]]:
    """Return the IRIs of the nearest engagements by the list of EngagementLists they belong to."""
    groups = _group(entries, day)
    return {name: tuple(entry.iri for entry in groups[name][:limit]) for name in groups}


def order_editions(
    runner: QueryRunner, series: str, entries: Iterable[JudgedEngagement], limit: int = 50
) -> tuple[str, ...]:
    """Return the IRIs of the first editions of a series, by number, then by time; one query."""
    rows = runner.rows(fill_query("editions", series=series))
    numbers = {row["edition"]: parse_whole(row["ordinal"]) or 0 for row in rows if "ordinal" in row}
    ordered = sorted(entries, key=lambda item: (item.iri not in numbers, numbers.get(item.iri, 0)))
    return tuple(entry.iri for entry in ordered[:limit])


def read_engagement_lists(
    runner: QueryRunner,
    entries: tuple[JudgedEngagement, ...],
    nearest: Mapping[str, tuple[str, ...]],
    day: date,
    dates: Dates,
    evidence: Evidence,
) -> EngagementLists:
    """Return the engagements that choose_nearest chose; one query, or none where none are."""
    chosen = {iri for iris in nearest.values() for iri in iris}
    listed = [entry for entry in entries if entry.iri in chosen]
    described = describe_engagements(runner, listed, day, dates=dates, evidence=evidence)
    engagements = {engagement.thing.iri: engagement for engagement in described}
    groups = {name: tuple(engagements[iri] for iri in iris) for name, iris in nearest.items()}
    return EngagementLists(entries, **groups)


def read_partners(
    runner: QueryRunner, iri: str, entries: Iterable[JudgedEngagement], day: date
) -> tuple[Partner, ...]:
    """Return the parties that share engagements with a thing, those with most first; one query.

    An engagement is counted once with the visit that it is part of. A forum and its own organ are
    no partners of each other.
    """
    events = {entry.iri: entry for entry in entries}
    if not events:
        return ()
    met: dict[Thing, list[JudgedEngagement]] = {}
    text = fill_query("neighbours", thing=iri, event=sorted(events), day=day.isoformat())
    for row in runner.rows(text):
        met.setdefault(thing(row, "party"), []).append(events[row["event"]])
    partners: list[Partner] = []
    for party, met_in in met.items():
        shared = count_once(met_in)
        held = sum(entry.word == "held" for entry in shared)
        partners.append(Partner(party, len(shared), held, sum(map(is_ahead, shared))))
    return tuple(sorted(partners, key=lambda partner: (-partner.total, partner.party.label)))


def _group(
    entries: Iterable[JudgedEngagement], day: date
) -> dict[str, tuple[JudgedEngagement, ...]]:
    """Return entries, the oldest first, by the list of EngagementLists they belong to."""
    groups: dict[str, list[JudgedEngagement]] = {
        "next": [],
        "overdue": [],
        "last": [],
        "others": [],
    }
    for entry in entries:
        if is_ahead(entry):
            name = "next"
        elif entry.word == OVERDUE:
            name = "overdue"
        else:
            name = "last" if is_over(entry, day) else "others"
        groups[name].append(entry)
    coming = {"next": tuple(groups.pop("next"))}
    return coming | {name: order_engagements(groups[name], "newest") for name in groups}


def read_participants(runner: QueryRunner) -> Participants:
    """Return who takes part in each engagement and where it is; two queries, the same on any day.

    Where a report names a place in it, the host state is no place of the engagement.
    """
    found: dict[str, dict[str, set[Thing]]] = {"party": {}, "person": {}}
    kin: set[frozenset[str]] = set()
    for row in runner.rows(fill_query("engagement-parties")):
        party = thing(row, "party")
        if row["as"] == "organ":
            kin.add(frozenset((party.iri, row["forum"])))
        else:
            found[row["as"]].setdefault(row["event"], set()).add(party)
    places: dict[str, dict[str, dict[str, MapPlace]]] = {"place": {}, "state": {}}
    states: list[MapPlace] = []
    for row in runner.rows(fill_query("engagement-places")):
        degrees = _read_degrees(row.get("latitude"), 90), _read_degrees(row.get("longitude"), 180)
        place = MapPlace(thing(row, "place"), *degrees, vague=row["as"] == "state")
        if row["as"] == "name":
            states.append(place)
            continue
        places[row["as"]].setdefault(row["event"], {})[row["place"]] = place
    located = places["state"] | places["place"]
    return Participants(
        parties={event: by_label(parties) for event, parties in found["party"].items()},
        people={event: by_label(people) for event, people in found["person"].items()},
        places={event: tuple(of_event.values()) for event, of_event in located.items()},
        kin=frozenset(kin),
        states=tuple(states),
    )


def _read_degrees(text: str | None, most: int) -> float | None:
    """Return degrees, None for what is no number or lies beyond `most` on either side."""
    degrees = parse_decimal(text)
    return degrees if degrees is not None and abs(degrees) <= most else None

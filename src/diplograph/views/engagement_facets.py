"""What a list of engagements can be narrowed to, with counts, and the orders it can be in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from diplograph.core.things import Thing
from diplograph.views.engagements import Participants, order_engagements
from diplograph.views.status import STATUS_LABELS, JudgedEngagement

# The columns that a list can be sorted by, and their titles.
SORTED_COLUMNS = {
    "status": "Status",
    "date": "When",
    "what": "What",
    "parties": "Parties",
    "people": "People",
    "where": "Where",
}
SORTS = tuple(f"{sign}{column}" for column in SORTED_COLUMNS for sign in ("", "-"))
# An engagement whose time is so open is counted in no year.
_MOST_YEARS = 50

Things = Mapping[str, tuple[Thing, ...]]  # by the IRI of the event


@dataclass(frozen=True)
class FacetOption:
    """One choice: the value of the field that makes it, its label, how many engagements it has."""

    value: str
    label: str
    count: int


def count_facets(
    entries: Iterable[JudgedEngagement], things: Mapping[str, Things]
) -> dict[str, tuple[FacetOption, ...]]:
    """Return the choices by status, year and the names of `things`, the most frequent first.

    Years stand in their order, the latest first; an engagement counts in each year in which it may
    be.
    """
    listed = list(entries)
    words = Counter(entry.word for entry in listed)
    years = Counter(year for entry in listed for year in _list_years(entry))
    return {
        "status": tuple(FacetOption(word, STATUS_LABELS[word], n) for word, n in _rank(words)),
        "year": tuple(
            FacetOption(str(year), str(year), years[year]) for year in sorted(years, reverse=True)
        ),
        **{name: _count_things(listed, by_event) for name, by_event in things.items()},
    }


def _list_years(entry: JudgedEngagement) -> range:
    """Return the years in which an engagement may be, none where its time is open."""
    if not entry.earliest or not entry.latest:
        return range(0)
    years = range(entry.earliest.year, entry.latest.year + 1)
    return years if len(years) <= _MOST_YEARS else range(0)


def _count_things(entries: Iterable[JudgedEngagement], things: Things) -> tuple[FacetOption, ...]:
    counts = Counter(thing for entry in entries for thing in set(things.get(entry.iri, ())))
    return tuple(FacetOption(thing.curie.strip("<>"), thing.label, n) for thing, n in _rank(counts))


def _rank(counts: Counter) -> list[tuple]:
    return sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))


def sort_engagements(
    entries: Iterable[JudgedEngagement],
    sort: str,
    name: Callable[[str], Thing],
    participants: Participants,
) -> tuple[JudgedEngagement, ...]:
    """Return entries in one of SORTS; a minus turns the order round.

    What has no value in the column stays last; of equals the newest comes first. `name` returns the
    thing of an IRI with its label.
    """
    column, backwards = sort.removeprefix("-"), sort.startswith("-")
    if column == "date":
        return order_engagements(entries, "newest" if backwards else "oldest")
    statuses = {word: f"{place:03}" for place, word in enumerate(STATUS_LABELS)}
    places = {
        event: tuple(spot.thing for spot in spots) for event, spots in participants.places.items()
    }
    of_column: dict[str, Callable[[JudgedEngagement], str]] = {
        "status": lambda entry: statuses[entry.word],
        "what": lambda entry: str(name(entry.iri).label),
        "parties": lambda entry: _join_labels(participants.parties.get(entry.iri, ())),
        "people": lambda entry: _join_labels(participants.people.get(entry.iri, ())),
        "where": lambda entry: _join_labels(places.get(entry.iri, ())),
    }
    keyed = [
        (of_column[column](entry).casefold(), entry)
        for entry in order_engagements(entries, "newest")
    ]
    with_value = sorted(
        (pair for pair in keyed if pair[0]), key=lambda pair: pair[0], reverse=backwards
    )
    without = [pair for pair in keyed if not pair[0]]
    return tuple(entry for _, entry in [*with_value, *without])


def _join_labels(things: Iterable[Thing]) -> str:
    return ", ".join(str(thing.label) for thing in things)

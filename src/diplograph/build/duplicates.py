"""Find what is entered twice: links that say the same, and engagements that seem to be one.

What may be the same is put into groups first, so that nothing is compared with everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import pyoxigraph as ox

from diplograph.build.faults import Fault
from diplograph.core.dates import parse_datetime
from diplograph.core.names import PREFIXES, TYPE

_DG = PREFIXES["dg"]
_LINK_PARTS = ("linkTo", "contextKind", "firstEver", "ordinal", "venueText", "trend")
_ENGAGEMENTS = frozenset((f"{_DG}Meeting", f"{_DG}Visit"))
_RELATED = ("subEventOf", "follows", "preparesFor", "firstSince")
# Longer bounds leave room for two engagements of the same people.
_LONGEST = timedelta(days=31)

Values = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class _Engagement:
    """A meeting or visit with its values by local name of property, and its bounds."""

    iri: str
    values: Values
    earliest: datetime
    latest: datetime

    def group(self) -> Iterator[tuple]:
        """Yield keys that one engagement entered twice would share."""
        if f"{_DG}Visit" in self.values[TYPE]:
            travellers = self.values["visitor"] or self.values["sentBy"]
            for host in self.values["host"]:
                yield from (("visit", traveller, host) for traveller in travellers)
        else:
            present = self.values["hasParticipant"]
            people = frozenset(iri for iri in present if iri.startswith(PREFIXES["person"]))
            parties = people or self.values["engages"]
            if len(parties) > 1:
                yield ("meeting", parties)

    def is_like(self, other: _Engagement) -> bool:
        """Return whether both may be one: of one kind, in different reports, without a link."""
        mine, theirs = self.values[TYPE], other.values[TYPE]
        if not (mine <= theirs or theirs <= mine):
            return False
        if self.values["eventKind"] != other.values["eventKind"]:
            return False
        if self.values["reportedBy"] & other.values["reportedBy"]:
            return False
        return not any(
            one.iri in values[name]
            for one, values in ((self, other.values), (other, self.values))
            for name in _RELATED
        )


def find_duplicates(statements: Iterable[ox.Triple]) -> Iterator[Fault]:
    """Yield faults of links that say the same of a fact, and of engagements that may be one.

    Two engagements may be one where their bounds, of 31 days at most, overlap, they are of one kind
    and have the same participants, or parties where nobody is named, or for visits a host and a
    visitor, or sender, in common; no report speaks of both, and no link leads from one to another.
    """
    values = _read_values(statements)
    yield from _find_same_links(values)
    yield from _find_same_engagements(values)


def _find_same_links(things: Mapping[str, Values]) -> Iterator[Fault]:
    """Yield a fault for each link after the first, by IRI, of those that say the same."""
    same: dict[tuple, list[str]] = defaultdict(list)
    for thing, values in sorted(things.items()):
        if values["linkTo"] or values["firstEver"]:
            kinds = {iri.removeprefix(_DG) for iri in values[TYPE]}
            ends = {kind: values[f"{kind[0].lower()}{kind[1:]}Of"] for kind in kinds}
            of = frozenset((kind, fact) for kind, facts in ends.items() for fact in facts)
            same[(of, *(values[name] for name in _LINK_PARTS))].append(thing)
    for (of, *_), (first, *others) in same.items():
        if of:
            yield from (Fault("Link-same", first, f"{_DG}linkTo", other) for other in others)


def _find_same_engagements(things: Mapping[str, Values]) -> Iterator[Fault]:
    groups: dict[tuple, list[_Engagement]] = defaultdict(list)
    for engagement in _read_engagements(things):
        for key in engagement.group():
            groups[key].append(engagement)
    pairs = {pair for group in groups.values() for pair in _find_overlaps(group)}
    for one, other in sorted(pairs):
        yield Fault("Event-same", one, TYPE, other)


def _find_overlaps(group: list[_Engagement]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of engagements that may be one, each with the first that it is like."""
    open_ones: list[_Engagement] = []
    for engagement in sorted(group, key=lambda member: (member.earliest, member.iri)):
        open_ones = [before for before in open_ones if before.latest >= engagement.earliest]
        like = next((before for before in open_ones if before.is_like(engagement)), None)
        if like:
            yield min(like.iri, engagement.iri), max(like.iri, engagement.iri)
        else:
            open_ones.append(engagement)


def _read_engagements(things: Mapping[str, Values]) -> Iterator[_Engagement]:
    """Yield the meetings and visits that have short bounds by their latest states."""
    for thing, values in things.items():
        if _ENGAGEMENTS.isdisjoint(values[TYPE]):
            continue
        for state in values["latestState"]:
            bounds = [
                parse_datetime(next(iter(things[state][name]), None))
                for name in ("boundEarliest", "boundLatest")
            ]
            if all(bounds) and bounds[1] - bounds[0] <= _LONGEST:
                yield _Engagement(thing, values, *bounds)


def _read_values(statements: Iterable[ox.Triple]) -> dict[str, Values]:
    """Return for each thing its types, and its values by local name of a property of ours."""
    values: dict[str, defaultdict[str, set[str]]] = {}
    for triple in statements:
        path = triple.predicate.value
        if path.startswith(_DG) or path == TYPE:
            thing = values.setdefault(triple.subject.value, defaultdict(set))
            thing[path.removeprefix(_DG)].add(triple.object.value)
    return {
        thing: defaultdict(frozenset, {name: frozenset(found) for name, found in by_name.items()})
        for thing, by_name in values.items()
    }

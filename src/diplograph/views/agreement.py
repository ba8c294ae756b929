"""Whether facts that speak of one matter agree: dates, statuses, quantities of the same thing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from diplograph.core.dates import parse_whole
from diplograph.passages import Attestation
from diplograph.views.statements import Record

# The properties by which several facts speak of one matter.
MATTERS = ("dateOf", "statusOf", "quantityOf", "agreementStageOf")
CONTRADICTS, REFINES, REFINED, SAME, OVERLAPS, DIFFERS = (
    "contradicts",
    "refines",
    "is refined by",
    "agrees with",
    "overlaps",
    "differs from",
)
_DENIED = "denied"
# Outcomes that cannot both be so.
_HELD, _NOT_HELD = {"held"}, {"cancelled", "not-held"}


@dataclass(frozen=True)
class Rival:
    """Another fact on the same matter; `relation` says how the fact looked at stands to it."""

    record: Record
    relation: str


def compare(one: Record, other: Record) -> str:
    """Return how `one` stands to `other`, as a verb; nothing where they speak of other matters.

    A date refines another where it lies inside it, and contradicts it where they share no moment;
    a quantity likewise by its bounds; held contradicts cancelled and not held.
    """
    if _names(one, "dateRole") != _names(other, "dateRole"):
        return ""
    for matter in MATTERS:
        if set(one.things(matter)) & set(other.things(matter)):
            return _COMPARE[matter](one, other)
    return ""


def find_rivals(record: Record, others: Iterable[Record]) -> tuple[Rival, ...]:
    """Return the other facts on the matter of `record`, contradictions first."""
    rivals = [
        Rival(each, relation)
        for each in others
        if each.thing.iri != record.thing.iri and (relation := compare(record, each))
    ]
    return tuple(
        sorted(rivals, key=lambda each: (each.relation != CONTRADICTS, each.record.thing.label))
    )


def say_agreement(records: Iterable[Record]) -> str:
    """Return one sentence on whether records of one matter agree; nothing for fewer than two.

    What other readings supersede does not count.
    """
    standing = [each for each in records if each.standing or not each.attestations]
    relations = {compare(one, other) for one, other in combinations(standing, 2)} - {""}
    if CONTRADICTS in relations:
        return "These cannot all be right: the reports disagree."
    if relations & {REFINES, REFINED}:
        return "One is more exact than another: that is a refinement, not a disagreement."
    if OVERLAPS in relations:
        return "These overlap: they can all be right."
    if relations == {SAME}:
        return "These agree."
    return ""


def is_denied(attestation: Attestation) -> bool:
    """Return whether a reading denies the facts it is about."""
    return any(each.iri.endswith(f"/{_DENIED}") for each in attestation.modality)


def _compare_dates(one: Record, other: Record) -> str:
    return _compare_ranges(_range(one, "earliest", "latest"), _range(other, "earliest", "latest"))


def _compare_quantities(one: Record, other: Record) -> str:
    mine, theirs = (
        tuple(parse_whole(bound) for bound in _range(each, "minCount", "maxCount"))
        for each in (one, other)
    )
    return _compare_ranges(mine, theirs)


def _compare_statuses(one: Record, other: Record) -> str:
    mine, theirs = (_names(each, "statusValue") for each in (one, other))
    if mine == theirs:
        return SAME
    for said, denied in ((mine, theirs), (theirs, mine)):
        if said & _HELD and denied & _NOT_HELD:
            return CONTRADICTS
    return DIFFERS


def _compare_stages(one: Record, other: Record) -> str:
    return SAME if one.things("stageValue") == other.things("stageValue") else DIFFERS


def _compare_ranges(mine: tuple, theirs: tuple) -> str:
    """Return how two ranges stand; a bound that is None is open."""
    if mine == theirs:
        return SAME
    if _before(mine, theirs) or _before(theirs, mine):
        return CONTRADICTS
    if _inside(mine, theirs):
        return REFINES
    return REFINED if _inside(theirs, mine) else OVERLAPS


def _before(one: tuple, other: tuple) -> bool:
    return one[1] is not None and other[0] is not None and one[1] < other[0]


def _inside(inner: tuple, outer: tuple) -> bool:
    starts = outer[0] is None or (inner[0] is not None and inner[0] >= outer[0])
    ends = outer[1] is None or (inner[1] is not None and inner[1] <= outer[1])
    return starts and ends


def _range(record: Record, first: str, last: str) -> tuple[str | None, str | None]:
    """Return two bounds as texts; moments in one spelling, so that they can be compared."""
    return tuple(record.text(each).replace("+00:00", "Z") or None for each in (first, last))


def _names(record: Record, name: str) -> set[str]:
    return {each.iri.rpartition("/")[2] for each in record.things(name)}


_COMPARE = {
    "dateOf": _compare_dates,
    "statusOf": _compare_statuses,
    "quantityOf": _compare_quantities,
    "agreementStageOf": _compare_stages,
}

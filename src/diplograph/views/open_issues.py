"""What is open: contradictions, facts on hearsay alone, agreements in preparation, concerns."""

from __future__ import annotations

from dataclasses import dataclass

from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.views.query import BindingRow, QueryRunner, fill_query
from diplograph.views.records import Attestation, read_evidence
from diplograph.views.search import SearchIndex

_DENIED = PREFIXES["modality"] + "denied"
# What a fact rests on, by whether it is heard and whether it is judged.
_GROUNDS = {
    ("1", "0"): "hearsay",
    ("0", "1"): "the reporter's own judgement",
    ("1", "1"): "hearsay and the reporter's own judgement",
}

Sources = tuple[Attestation, ...]


@dataclass(frozen=True)
class Contradiction:
    """Two facts about one thing that cannot both be so, each with the readings that give it.

    `matter` says what they are about; where one report denies what another says, `one` and `other`
    are the same fact, and `other_sources` deny it.
    """

    matter: str
    thing: Thing
    one: Thing
    other: Thing
    one_sources: Sources
    other_sources: Sources


@dataclass(frozen=True)
class Doubt:
    """A fact that nothing firmer supports than what `grounds` says."""

    fact: Thing
    grounds: str


@dataclass(frozen=True)
class Preparation:
    """An agreement that is not signed yet: the stage a report gives, and between whom."""

    agreement: Thing
    stage: Thing
    value: Thing
    parties: tuple[Thing, ...]
    sources: Sources


@dataclass(frozen=True)
class OpenConcern:
    """A concern without a recorded answer: by whom, with whom, on whose account, asked for how."""

    concern: Thing
    raised_by: tuple[Thing, ...]
    raised_with: tuple[Thing, ...]
    groups: tuple[Thing, ...]
    requests: tuple[Thing, ...]
    sources: Sources


@dataclass(frozen=True)
class OpenIssues:
    """What is open in a build, whatever the day."""

    contradictions: tuple[Contradiction, ...]
    doubts: tuple[Doubt, ...]
    preparations: tuple[Preparation, ...]
    concerns: tuple[OpenConcern, ...]


def read_open_issues(asking: QueryRunner, index: SearchIndex) -> OpenIssues:
    """Return what is open, each with its readings but for doubts; five queries.

    Readings that a later one of the same report corrects count for nothing. Raises what the engine
    raises.
    """
    contradictions = asking.rows(fill_query("contradictions"))
    preparations = asking.rows(fill_query("preparations"))
    concerns = asking.rows(fill_query("concerns"))
    facts = {row[name] for row in contradictions for name in ("one", "other")}
    facts |= {row["stage"] for row in preparations} | {row["concern"] for row in concerns}
    sources = {
        fact: tuple(each for each in readings if not each.superseded_by)
        for fact, readings in read_evidence(asking, facts).items()
    }
    return OpenIssues(
        contradictions=_read_contradictions(contradictions, sources, index),
        doubts=_read_doubts(asking.rows(fill_query("doubts")), index),
        preparations=_read_preparations(preparations, sources, index),
        concerns=_read_concerns(concerns, sources, index),
    )


def _read_contradictions(
    rows: list[BindingRow], sources: dict[str, Sources], index: SearchIndex
) -> tuple[Contradiction, ...]:
    """Return the pairs that readings of different reports give, by matter and label."""
    found = []
    for row in rows:
        denied = row["one"] == row["other"]
        one = _said(sources.get(row["one"], ()))
        other = sources.get(row["other"], ())
        other = tuple(each for each in other if _denies(each)) if denied else _said(other)
        if any(a.passage.report != b.passage.report for a in one for b in other):
            names = (index.name(row[each]) for each in ("thing", "one", "other"))
            found.append(Contradiction(row["matter"], *names, one, other))
    return tuple(sorted(found, key=lambda each: (each.matter, each.thing.label, each.one.iri)))


def _read_doubts(rows: list[BindingRow], index: SearchIndex) -> tuple[Doubt, ...]:
    found = (
        Doubt(index.name(row["fact"]), _GROUNDS[row["hearsay"], row["judgement"]]) for row in rows
    )
    return tuple(sorted(found, key=lambda each: (each.grounds, each.fact.label, each.fact.iri)))


def _read_preparations(
    rows: list[BindingRow], sources: dict[str, Sources], index: SearchIndex
) -> tuple[Preparation, ...]:
    found = []
    for (agreement, stage, value), group in _group(rows, "agreement", "stage", "value").items():
        said = _said(sources.get(stage, ()))
        if said or stage not in sources:
            names = map(index.name, (agreement, stage, value))
            found.append(Preparation(*names, _things(group, "party", index), said))
    return tuple(sorted(found, key=lambda each: (each.agreement.label, each.stage.iri)))


def _read_concerns(
    rows: list[BindingRow], sources: dict[str, Sources], index: SearchIndex
) -> tuple[OpenConcern, ...]:
    found = (
        OpenConcern(
            index.name(concern),
            *(_things(group, name, index) for name in ("raiser", "asked", "group", "request")),
            sources=sources.get(concern, ()),
        )
        for (concern,), group in _group(rows, "concern").items()
    )
    return tuple(sorted(found, key=lambda each: (each.concern.label, each.concern.iri)))


def _group(rows: list[BindingRow], *names: str) -> dict[tuple[str, ...], list[BindingRow]]:
    groups: dict[tuple[str, ...], list[BindingRow]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in names), []).append(row)
    return groups


def _things(rows: list[BindingRow], name: str, index: SearchIndex) -> tuple[Thing, ...]:
    found = {index.name(row[name]) for row in rows if name in row}
    return tuple(sorted(found, key=lambda each: (each.label, each.iri)))


def _denies(reading: Attestation) -> bool:
    return any(each.iri == _DENIED for each in reading.modality)


def _said(readings: Sources) -> Sources:
    return tuple(each for each in readings if not _denies(each))

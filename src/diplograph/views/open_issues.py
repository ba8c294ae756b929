"""Open issues: contradictions, facts on hearsay alone, pending agreements, unanswered concerns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from diplograph.core.things import Thing, by_label
from diplograph.views.changes import ChangeLog, list_known
from diplograph.views.query import BindingRow, QueryRunner, fill_query, group_rows
from diplograph.views.records import Attestation, list_standing, read_evidence
from diplograph.views.search import NearDuplicate
from diplograph.views.search_index import SearchIndex

# What the weakest facts rest on, by `?hearsay` and `?judgement` of doubts.rq.
_GROUNDS = {
    ("1", "0"): "hearsay",
    ("0", "1"): "the reporter's own judgement",
    ("1", "1"): "hearsay and the reporter's own judgement",
}

# The matter of contradictions.rq that is none.
_TWICE = "entered twice"
# What tells two engagements apart that seem to be one.
_SAME_ENGAGEMENT = "nothing but their reports: the same people or parties, in days that overlap"

Sources = tuple[Attestation, ...]


@dataclass(frozen=True)
class Contradiction:
    """Two facts about one thing that cannot both hold; `matter` says what they are about.

    Where one report denies what another asserts, both are one fact, and `other_sources` deny it.
    """

    matter: str
    thing: Thing
    one: Thing
    other: Thing
    one_sources: Sources
    other_sources: Sources


@dataclass(frozen=True)
class WeakFact:
    """A fact that rests on nothing firmer than `grounds`, with the readings that support it."""

    fact: Thing
    grounds: str
    sources: Sources = ()

    @property
    def hedges(self) -> tuple[str, ...]:
        """The words by which the reports hedge it."""
        return tuple(dict.fromkeys(hedge for reading in self.sources for hedge in reading.hedges))

    @property
    def is_judgement(self) -> bool:
        """Whether it is the reporter's own view, and nobody is said to have said so."""
        return self.grounds == _GROUNDS["0", "1"]


@dataclass(frozen=True)
class PendingAgreement:
    """An agreement that is not signed yet: the stage that a report gives, and its parties."""

    agreement: Thing
    stage: Thing
    value: Thing
    parties: tuple[Thing, ...]
    sources: Sources


@dataclass(frozen=True)
class OpenConcern:
    """A concern without a recorded answer: raised by whom, with whom, for which groups, and how."""

    concern: Thing
    raised_by: tuple[Thing, ...]
    raised_with: tuple[Thing, ...]
    groups: tuple[Thing, ...]
    requests: tuple[Thing, ...]
    sources: Sources


@dataclass(frozen=True)
class OpenIssues:
    """The open issues of a build, independent of the day."""

    contradictions: tuple[Contradiction, ...]
    repeated: tuple[NearDuplicate, ...]
    doubts: tuple[WeakFact, ...]
    preparations: tuple[PendingAgreement, ...]
    concerns: tuple[OpenConcern, ...]


def read_open_issues(
    runner: QueryRunner, index: SearchIndex, *, unanswered: bool = True
) -> OpenIssues:
    """Return the open issues with the readings that no later one corrects; five queries.

    Without the `unanswered` agreements and concerns they are three.
    """
    pairs = runner.rows(fill_query("contradictions"))
    repeated = [row for row in pairs if row["matter"] == _TWICE]
    contradictions = [row for row in pairs if row["matter"] != _TWICE]
    preparations = runner.rows(fill_query("preparations")) if unanswered else []
    concerns = runner.rows(fill_query("concerns")) if unanswered else []
    facts = {row[name] for row in contradictions for name in ("one", "other")}
    facts |= {row["stage"] for row in preparations} | {row["concern"] for row in concerns}
    weak = runner.rows(fill_query("doubts"))
    facts |= {row["fact"] for row in weak}
    sources = {
        fact: list_standing(readings) for fact, readings in read_evidence(runner, facts).items()
    }
    doubts = [
        WeakFact(
            index.name(row["fact"]),
            _GROUNDS[row["hearsay"], row["judgement"]],
            sources.get(row["fact"], ()),
        )
        for row in weak
    ]
    doubts.sort(key=lambda weak: (weak.grounds, weak.fact.label, weak.fact.iri))
    return OpenIssues(
        contradictions=_make_contradictions(contradictions, sources, index),
        repeated=_make_repeated(repeated, index),
        doubts=tuple(doubts),
        preparations=_make_agreements(preparations, sources, index),
        concerns=_make_concerns(concerns, sources, index),
    )


def choose_known(issues: OpenIssues, log: ChangeLog, day: date) -> OpenIssues:
    """Return the issues about what reports known on a day say, and deny."""
    said, denied = list_known(log, day)

    def is_said(thing: Thing) -> bool:
        return thing.iri not in log.facts or thing.iri in said

    return OpenIssues(
        contradictions=tuple(
            issue
            for issue in issues.contradictions
            if is_said(issue.one)
            and (issue.other.iri in denied if issue.one == issue.other else is_said(issue.other))
        ),
        repeated=tuple(
            pair for pair in issues.repeated if is_said(pair.one) and is_said(pair.other)
        ),
        doubts=tuple(weak for weak in issues.doubts if is_said(weak.fact)),
        preparations=tuple(item for item in issues.preparations if is_said(item.stage)),
        concerns=tuple(item for item in issues.concerns if is_said(item.concern)),
    )


def _make_repeated(rows: list[BindingRow], index: SearchIndex) -> tuple[NearDuplicate, ...]:
    """Return the pairs of engagements that seem to be one, by label."""
    pairs = ((index.name(row["one"]), index.name(row["other"])) for row in rows)
    found = (NearDuplicate(*pair, "event", _SAME_ENGAGEMENT) for pair in pairs)
    return tuple(sorted(found, key=lambda pair: (pair.one.label, pair.other.label, pair.one.iri)))


def _make_contradictions(
    rows: list[BindingRow], sources: Mapping[str, Sources], index: SearchIndex
) -> tuple[Contradiction, ...]:
    """Return the pairs that the rules found, each once with its readings, by matter and label."""
    pairs = []
    for row in rows:
        one, other = (sources.get(row[name], ()) for name in ("one", "other"))
        denied = row["one"] == row["other"]
        one = tuple(reading for reading in one if not reading.denies)
        other = tuple(reading for reading in other if reading.denies == denied)
        things = (index.name(row[name]) for name in ("thing", "one", "other"))
        pairs.append(Contradiction(row["matter"], *things, one, other))
    return tuple(sorted(pairs, key=lambda pair: (pair.matter, pair.thing.label, pair.one.iri)))


def _make_agreements(
    rows: list[BindingRow], sources: Mapping[str, Sources], index: SearchIndex
) -> tuple[PendingAgreement, ...]:
    """Return the agreements whose stage a report asserts or no report gives, by label."""
    parties: dict[tuple[str, ...], list[BindingRow]] = {}
    for row in rows:
        parties.setdefault((row["agreement"], row["stage"], row["value"]), []).append(row)
    agreements = []
    for key, group in parties.items():
        agreement, stage, value = map(index.name, key)
        readings = sources.get(stage.iri, ())
        asserting = tuple(reading for reading in readings if not reading.denies)
        if asserting or stage.iri not in sources:
            named = _name_things(group, "party", index)
            agreements.append(PendingAgreement(agreement, stage, value, named, asserting))
    agreements.sort(key=lambda pending: (pending.agreement.label, pending.stage.iri))
    return tuple(agreements)


def _make_concerns(
    rows: list[BindingRow], sources: Mapping[str, Sources], index: SearchIndex
) -> tuple[OpenConcern, ...]:
    concerns = []
    for iri, group in group_rows(rows, "concern").items():
        roles = ("raiser", "asked", "group", "request")
        linked = (_name_things(group, role, index) for role in roles)
        concerns.append(OpenConcern(index.name(iri), *linked, sources.get(iri, ())))
    return tuple(sorted(concerns, key=lambda raised: (raised.concern.label, raised.concern.iri)))


def _name_things(rows: list[BindingRow], name: str, index: SearchIndex) -> tuple[Thing, ...]:
    return by_label({index.name(row[name]) for row in rows if name in row})

"""Why a fact is in the graph: its readings, what agrees and disagrees with it, what rests on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from diplograph.core.errors import UnknownThing
from diplograph.core.names import compact
from diplograph.things import FACT, Thing, Value
from diplograph.views.agreement import Rival, find_rivals
from diplograph.views.asking import Asking, things
from diplograph.views.event import group_facts, read_naming
from diplograph.views.evidence import read_evidence
from diplograph.views.naming import Named, read_named
from diplograph.views.sentences import say_fact, weigh_readings
from diplograph.views.statements import Record, read_inferred, read_statements
from diplograph.views.texts import fill

# Facts that name the fact, on one page.
MENTIONS_SHOWN = 50


@dataclass(frozen=True)
class FactSheet:
    """What the page of a fact shows.

    `reports` are what files say of the reports it rests on; `mentions` are the facts that name it,
    `total` of them in all; `inferred` is what follows of it.
    """

    named: Named
    record: Record
    rivals: tuple[Rival, ...]
    reports: Mapping[str, Record]
    mentions: tuple[Record, ...]
    total: int
    inferred: tuple[Value, ...]

    @property
    def thing(self) -> Thing:
        """The fact."""
        return self.named.thing

    @property
    def sentence(self) -> str:
        """What it says."""
        return say_fact(self.record)

    @property
    def weight(self) -> tuple[str, ...]:
        """What its readings come to."""
        return weigh_readings(self.record.attestations)


def is_fact(named: Named) -> bool:
    """Return whether the thing is something that a report asserts."""
    return FACT in named.classes


def read_fact(asking: Asking, iri: str, page: int = 1) -> FactSheet:
    """Return why the fact of that IRI is here; at most eight queries.

    Raises UnknownThing where nothing is called so, or where it is no fact.
    """
    named = read_named(asking, iri)
    if not is_fact(named):
        raise UnknownThing(f"{compact(iri)} is no fact")
    rows, total = read_naming(asking, iri, page, MENTIONS_SHOWN)
    others = things(asking.rows(fill("siblings", fact=iri)), "other")
    shown = [iri, *(each.iri for each in others), *(row["fact"] for row in rows)]
    evidence = read_evidence(asking, shown)
    readings = (each.passage.report for each in evidence.get(iri, ()))
    reports = {each.iri: each for each in readings if each.iri}
    said = read_statements(asking, [*shown, *reports])
    record = Record(named.thing, said.get(iri, ()), evidence.get(iri, ()))
    rivals = (Record(each, said.get(each.iri, ()), evidence.get(each.iri, ())) for each in others)
    mentions = group_facts(rows, said, evidence)
    return FactSheet(
        named=named,
        record=record,
        rivals=find_rivals(record, rivals),
        reports={iri: Record(each, said.get(iri, ())) for iri, each in reports.items()},
        mentions=tuple(each for group in mentions.values() for each in group),
        total=total,
        inferred=read_inferred(asking, [iri]).get(iri, ()),
    )

"""Tables of the facts about a thing: offices, memberships, statements, concerns, pressure, ..."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from diplograph.core.names import LABEL, TYPE, compact
from diplograph.core.things import Thing
from diplograph.views.query import BindingRow, QueryRunner, fill_query, group_rows, thing
from diplograph.views.records import DG, Attestation, Evidence
from diplograph.views.status import DateRange, Dates, current_dates

RELATIONS_SHOWN = 25
# Rows of a table that is joined with other small ones into one.
SMALL_TABLE = 8
# What a fact of a section is called where several kinds stand in one table.
KINDS = {
    "offices": "office",
    "memberships": "membership",
    "partnerships": "partnership",
    "agreements": "agreement",
    "made": "statement made",
    "addressed": "statement received",
    "spoken": "statement",
    "concerns": "concern",
    "stances": "stance",
    "pressure": "pressure",
    "conduct": "course of action",
    "quantities": "number",
}
# Classes that add nothing to the title of a table.
_GENERAL_CLASSES = frozenset(
    "Item Fact Event Situation Entity CommunicativeAct Tenure ForumMembership PartnershipStage"
    " AgreementStage Stance Concern ExternalPressure Conduct QuantityEstimate".split()
)


@dataclass(frozen=True)
class LinkedFact:
    """A fact by IRI with the names of its classes and of the properties that link it to a thing."""

    iri: str
    classes: frozenset[str]
    properties: frozenset[str]

    @property
    def is_engagement(self) -> bool:
        """Whether it is a meeting or a visit."""
        return not self.classes.isdisjoint(("Meeting", "Visit"))

    @property
    def is_discussion(self) -> bool:
        """Whether it is linked by an agenda alone: what is on an agenda takes no part."""
        return self.properties == {"hasAgendaItem"}


@dataclass(frozen=True)
class RelationSection:
    """A table of facts of some classes, linked by some properties (any where these are empty).

    `columns`: the heading of each, and the properties whose values stand in it.
    """

    name: str
    title: str
    classes: frozenset[str]
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    properties: frozenset[str] = frozenset()

    def takes(self, fact: LinkedFact) -> bool:
        """Return whether a linked fact belongs into this table."""
        linked = not self.properties or self.properties & fact.properties
        return bool(self.classes & fact.classes and linked)


@dataclass(frozen=True)
class RelationFact:
    """A fact as a table's row: its kinds, the values of its properties, dates and readings."""

    thing: Thing
    kinds: tuple[Thing, ...] = ()
    values: Mapping[str, tuple[Thing | str, ...]] = field(default_factory=dict)
    dates: tuple[DateRange, ...] = ()
    sources: tuple[Attestation, ...] = ()

    @property
    def order(self) -> tuple:
        """The key by which facts are sorted: the earliest first, then by label."""
        first = min((str(estimate.earliest or "") for estimate in self.dates), default="")
        return first, self.thing.label, self.thing.iri

    def cell(self, properties: Iterable[str]) -> tuple[Thing | str, ...]:
        """Return the values of these properties, in order."""
        return tuple(value for name in properties for value in self.values.get(name, ()))


@dataclass(frozen=True)
class RelationTable:
    """A section with its rows; `total` counts those that are not shown as well."""

    section: RelationSection
    rows: tuple[RelationFact, ...]
    total: int

    def columns(self, iri: str = "") -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the informative columns: not empty, not the thing `iri` alone in every row."""
        informative = []
        for heading, names in self.section.columns:
            cells = [
                [getattr(value, "iri", value) for value in row.cell(names)] for row in self.rows
            ]
            if any(cells) and any(cell != [iri] for cell in cells):
                informative.append((heading, names))
        return tuple(informative)


@dataclass(frozen=True)
class RelatedFact:
    """A fact in the one table of several kinds; `details` are its columns that say something."""

    kind: str
    fact: RelationFact
    details: tuple[tuple[str, tuple[Thing | str, ...]], ...]


def join_small_tables(
    tables: Iterable[RelationTable], iri: str, apart: Iterable[str] = ()
) -> tuple[tuple[RelationTable, ...], tuple[RelatedFact, ...]]:
    """Return the tables that stay on their own, and the facts of the small ones as one table.

    `iri` is the thing of the page, `apart` names sections that are never joined. One small table
    alone stays as it is.
    """
    listed, kept_apart = tuple(tables), frozenset(apart)
    small = [
        table
        for table in listed
        if table.total <= SMALL_TABLE and table.section.name not in kept_apart
    ]
    if len(small) < 2:
        return listed, ()
    related = tuple(
        RelatedFact(
            KINDS.get(table.section.name, table.section.title), row, _list_details(row, table, iri)
        )
        for table in small
        for row in table.rows
    )
    return tuple(table for table in listed if table not in small), related


def _list_details(
    row: RelationFact, table: RelationTable, iri: str
) -> tuple[tuple[str, tuple[Thing | str, ...]], ...]:
    """Return heading and values of the columns of a row that name more than the thing itself."""
    cells = ((heading, row.cell(names)) for heading, names in table.columns(iri))
    return tuple(
        (heading, values)
        for heading, values in cells
        if [getattr(value, "iri", value) for value in values] not in ([], [iri])
    )


def make_section(
    name: str, title: str, columns: str, classes: str = "", properties: str = ""
) -> RelationSection:
    """Return a section with columns written as `Heading: property property, Heading: property`."""
    headed = (column.split(":") for column in columns.split(","))
    parts = tuple((heading.strip(), tuple(names.split())) for heading, names in headed)
    taken, linked = frozenset(classes.split()), frozenset(properties.split())
    return RelationSection(name, title, taken, parts, linked)


_AGREEMENT_COLUMNS = "Agreement: agreementStageOf, Stage: stageValue"
_CONDUCT_COLUMNS = "By: conductBy, With: conductWith, Within: conductIn, On: onTopic"
_PRESSURE_COLUMNS = "By: pressureBy, Put on: pressureOn, Over: pressureOver"
_CONCERN_COLUMNS = "Raised by: raisedBy, Raised with: raisedWith, For: concernsGroup, On: onTopic"
_FORUM_COLUMNS = "Member: member, Forum: memberOfForum, Kind: membershipKind"
_STAGE_COLUMNS = "Partnership: stageOf, Sectors: onTopic"
_SPEECH_COLUMNS = "Speaker: speaker, To: addressee, About: content onTopic"
_PAIR_SPEECH_COLUMNS = (
    "From: speaker raisedBy, To: addressee raisedWith, About: content concernsGroup onTopic"
)
_SPEECH = "CommunicativeAct"
# A linked fact stands in the first of these tables that takes it.
THING_SECTIONS = (
    make_section("offices", "Offices held", "Person: holder, Office: office", "Tenure"),
    make_section("memberships", "Memberships", _FORUM_COLUMNS, "ForumMembership"),
    make_section(
        "partnerships", "Partnerships and their stages", _STAGE_COLUMNS, "PartnershipStage"
    ),
    make_section("agreements", "Agreements", _AGREEMENT_COLUMNS, "AgreementStage"),
    make_section("made", "Statements made", _SPEECH_COLUMNS, _SPEECH, "speaker"),
    make_section("addressed", "Statements addressed here", _SPEECH_COLUMNS, _SPEECH, "addressee"),
    make_section("spoken", "Statements on this", _SPEECH_COLUMNS, _SPEECH),
    make_section("concerns", "Concerns", _CONCERN_COLUMNS, "Concern"),
    make_section("stances", "Stances", "Held by: stanceHolder, On: onTopic stanceOn", "Stance"),
    make_section("pressure", "Pressure", _PRESSURE_COLUMNS, "ExternalPressure"),
    make_section("conduct", "Courses of action", _CONDUCT_COLUMNS, "Conduct"),
    make_section("quantities", "Numbers", "As reported: quantityText", "QuantityEstimate"),
)
PAIR_SECTIONS = (
    make_section("open", "Open requests and concerns", _PAIR_SPEECH_COLUMNS),
    make_section("answered", "Answered requests and concerns", _PAIR_SPEECH_COLUMNS),
    make_section("pressure", "Pressure from third countries", _PRESSURE_COLUMNS),
    make_section("pressed", "Pressure on each other", _PRESSURE_COLUMNS),
    make_section("said", "Joint and mutual statements", _PAIR_SPEECH_COLUMNS),
    make_section("agreements", "Agreements", _AGREEMENT_COLUMNS),
    make_section("conduct", "Cooperation and dealings", _CONDUCT_COLUMNS),
)


def read_linked_facts(runner: QueryRunner, iri: str, day: date) -> tuple[LinkedFact, ...]:
    """Return the engagements and facts known on `day` that are linked with a thing, by IRI.

    They are as many as the query's limit at most.

    A state is linked with what its bodies, offices and officials do and say, a forum with the
    meetings of its organs, a topic with what its narrower topics are about. One query.
    """
    links: dict[str, tuple[set[str], set[str]]] = {}
    for row in runner.rows(fill_query("linked-facts", thing=iri, day=day.isoformat())):
        classes, properties = links.setdefault(row["fact"], (set(), set()))
        classes.add(row["class"].removeprefix(DG))
        properties.add(row["way"].removeprefix(DG))
    return tuple(LinkedFact(fact, *map(frozenset, links[fact])) for fact in sorted(links))


def assign_sections(
    facts: Iterable[LinkedFact],
) -> dict[RelationSection, tuple[tuple[str, ...], int]]:
    """Return for each section that has any the IRIs of its first facts, and how many there are."""
    assigned: dict[RelationSection, list[str]] = {section: [] for section in THING_SECTIONS}
    for fact in facts:
        if section := next((section for section in assigned if section.takes(fact)), None):
            assigned[section].append(fact.iri)
    return {
        section: (tuple(iris[:RELATIONS_SHOWN]), len(iris))
        for section, iris in assigned.items()
        if iris
    }


def read_relation_facts(runner: QueryRunner, facts: Iterable[str]) -> dict[str, RelationFact]:
    """Return fact IRI to its kinds and values, without its dates and sources; one query."""
    wanted = sorted(set(facts))
    if not wanted:
        return {}
    rows = group_rows(runner.rows(fill_query("relation-facts", fact=wanted)), "fact")
    return {fact: _make_fact(fact, of_fact) for fact, of_fact in rows.items()}


def read_stages(runner: QueryRunner, partnership: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the IRIs of a partnership's stages, and of the statements on them; one query."""
    rows = runner.rows(fill_query("partnership-stages", partnership=partnership))
    stages, acts = ({row[name] for row in rows if name in row} for name in ("stage", "act"))
    return tuple(sorted(stages)), tuple(sorted(acts))


def arrange_relations(
    assigned: Mapping[RelationSection, tuple[tuple[str, ...], int]],
    facts: Mapping[str, RelationFact],
    dates: Dates,
    sources: Evidence,
) -> tuple[RelationTable, ...]:
    """Return the tables of the assigned facts, dated rows first and in order of time."""
    tables: list[RelationTable] = []
    for section, (iris, total) in assigned.items():
        rows = (complete_fact(facts, dates, sources, iri) for iri in iris)
        rows = sorted(rows, key=lambda fact: (not fact.dates, fact.order))
        tables.append(RelationTable(section, tuple(rows), total))
    return tuple(tables)


def complete_fact(
    facts: Mapping[str, RelationFact], dates: Dates, sources: Evidence, iri: str
) -> RelationFact:
    """Return one fact with its best dates and its sources."""
    fact = facts.get(iri) or RelationFact(Thing(iri, compact(iri)))
    return replace(fact, dates=current_dates(dates.get(iri, ())), sources=sources.get(iri, ()))


def _make_fact(iri: str, rows: list[BindingRow]) -> RelationFact:
    values: dict[str, list[Thing | str]] = {}
    kinds, label = [], ""
    for row in rows:
        detail, other = row["detail"], row["other"]
        if detail == LABEL:
            label = other
        elif detail == TYPE:
            if other.startswith(DG) and other.removeprefix(DG) not in _GENERAL_CLASSES:
                kinds.append(thing(row, "other"))
        else:
            value = other if detail == f"{DG}quantityText" else thing(row, "other")
            values.setdefault(detail.removeprefix(DG), []).append(value)
    return RelationFact(
        Thing(iri, label or compact(iri)),
        tuple(kinds),
        {name: tuple(of_property) for name, of_property in values.items()},
    )

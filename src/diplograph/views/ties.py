"""What reports say of a thing, in tables: offices, memberships, statements, concerns, pressure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from diplograph.core.names import PREFIXES, compact
from diplograph.passages import Attestation
from diplograph.things import Thing
from diplograph.views.asking import Asking, Row, thing
from diplograph.views.dates import DateRange
from diplograph.views.neighbours import Tie
from diplograph.views.texts import fill

SHOWN = 25
_DG, _TYPE = PREFIXES["dg"], PREFIXES["rdf"] + "type"
_LABEL = PREFIXES["rdfs"] + "label"
# Classes that tell a reader nothing the section's title does not say.
_PLAIN = frozenset(
    "Fact Event Situation Entity CommunicativeAct Tenure ForumMembership PartnershipStage"
    " AgreementStage Stance Concern ExternalPressure Conduct QuantityEstimate".split()
)


@dataclass(frozen=True)
class Section:
    """A table of facts of some classes, tied by some properties (any where `ways` is empty).

    `columns`: the heading of each, and the properties whose values stand in it.
    """

    name: str
    title: str
    classes: frozenset[str]
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    ways: frozenset[str] = frozenset()

    def takes(self, tie: Tie) -> bool:
        """Return whether a tied fact belongs into this table."""
        return bool(self.classes & tie.classes) and bool(not self.ways or self.ways & tie.ways)


@dataclass(frozen=True)
class Told:
    """A fact as a table's row: its kinds, the values of its properties, when, and who says so."""

    thing: Thing
    kinds: tuple[Thing, ...] = ()
    values: Mapping[str, tuple[Thing | str, ...]] = field(default_factory=dict)
    dates: tuple[DateRange, ...] = ()
    sources: tuple[Attestation, ...] = ()

    def cell(self, properties: Iterable[str]) -> tuple[Thing | str, ...]:
        """Return the values of these properties, in order."""
        return tuple(value for name in properties for value in self.values.get(name, ()))


@dataclass(frozen=True)
class Table:
    """A section with its rows; `total` counts those that are not shown as well."""

    section: Section
    rows: tuple[Told, ...]
    total: int

    def columns(self, iri: str = "") -> tuple[tuple[str, tuple[str, ...]], ...]:
        """Return the columns that say something: not empty, not the thing `iri` in every row."""
        return tuple(
            column
            for column in self.section.columns
            if any(row.cell(column[1]) for row in self.rows)
            and any([_name(each) for each in row.cell(column[1])] != [iri] for row in self.rows)
        )


def make_section(
    name: str, title: str, classes: str = "", ways: str = "", **columns: str
) -> Section:
    """Return a section whose columns are `heading="property property"`, `_` for a space."""
    named = tuple(
        (heading.replace("_", " "), tuple(properties.split()))
        for heading, properties in columns.items()
    )
    return Section(name, title, frozenset(classes.split()), named, frozenset(ways.split()))


_SPOKEN = {"Speaker": "speaker", "To": "addressee", "About": "content onTopic"}
SECTIONS = (
    make_section("offices", "Offices held", "Tenure", Person="holder", Office="office"),
    make_section(
        "memberships",
        "Memberships",
        "ForumMembership",
        Member="member",
        Forum="memberOfForum",
        Kind="membershipKind",
    ),
    make_section(
        "partnerships",
        "Partnerships and their stages",
        "PartnershipStage",
        Partnership="stageOf",
        Sectors="onTopic",
    ),
    make_section(
        "agreements",
        "Agreements",
        "AgreementStage",
        Agreement="agreementStageOf",
        Stage="stageValue",
    ),
    make_section("made", "Statements made", "CommunicativeAct", "speaker", **_SPOKEN),
    make_section(
        "addressed", "Statements addressed here", "CommunicativeAct", "addressee", **_SPOKEN
    ),
    make_section("spoken", "Statements on this", "CommunicativeAct", **_SPOKEN),
    make_section(
        "concerns",
        "Concerns",
        "Concern",
        Raised_by="raisedBy",
        Raised_with="raisedWith",
        For="concernsGroup",
        On="onTopic",
    ),
    make_section("stances", "Stances", "Stance", Held_by="stanceHolder", On="onTopic"),
    make_section(
        "pressure",
        "Pressure",
        "ExternalPressure",
        By="pressureBy",
        Put_on="pressureOn",
        Over="pressureOver",
    ),
    make_section(
        "conduct",
        "Courses of action",
        "Conduct",
        By="conductBy",
        With="conductWith",
        Within="conductIn",
        On="onTopic",
    ),
    make_section("quantities", "Numbers", "QuantityEstimate", As_reported="quantityText"),
)


def choose_ties(
    ties: Iterable[Tie], sections: Iterable[Section] = SECTIONS, shown: int = SHOWN
) -> dict[Section, tuple[tuple[str, ...], int]]:
    """Return for each section that has any the IRIs of its first facts, and how many there are."""
    chosen: dict[Section, list[str]] = {}
    for tie in ties:
        section = next((each for each in sections if each.takes(tie)), None)
        if section:
            chosen.setdefault(section, []).append(tie.iri)
    return {
        section: (tuple(chosen[section][:shown]), len(chosen[section]))
        for section in sections
        if section in chosen
    }


def read_told(asking: Asking, facts: Iterable[str]) -> dict[str, Told]:
    """Return fact IRI to what it says, without its dates and sources; one query."""
    wanted = sorted(set(facts))
    if not wanted:
        return {}
    rows: dict[str, list[Row]] = {}
    for row in asking.rows(fill("tied", fact=wanted)):
        rows.setdefault(row["fact"], []).append(row)
    return {fact: _read(fact, found) for fact, found in rows.items()}


def lay_out(
    chosen: Mapping[Section, tuple[tuple[str, ...], int]],
    told: Mapping[str, Told],
    dates: Mapping[str, tuple[DateRange, ...]],
    sources: Mapping[str, tuple[Attestation, ...]],
) -> tuple[Table, ...]:
    """Return the tables of the chosen facts, dated rows first and in order of time."""
    return tuple(
        Table(
            section,
            tuple(sorted((complete(told, dates, sources, f) for f in facts), key=_order)),
            total,
        )
        for section, (facts, total) in chosen.items()
    )


def complete(
    told: Mapping[str, Told],
    dates: Mapping[str, tuple[DateRange, ...]],
    sources: Mapping[str, tuple[Attestation, ...]],
    fact: str,
) -> Told:
    """Return one fact with the dates that stand and its sources."""
    standing = tuple(each for each in dates.get(fact, ()) if not each.superseded)
    known = told.get(fact) or Told(Thing(fact, compact(fact)))
    return replace(known, dates=standing, sources=sources.get(fact, ()))


def _read(fact: str, rows: list[Row]) -> Told:
    values: dict[str, list[Thing | str]] = {}
    kinds, label = [], ""
    for row in rows:
        detail, other = row["detail"], thing(row, "other")
        if detail == _LABEL:
            label = row["other"]
        elif detail == _TYPE:
            kinds += [other] if _tells(row["other"]) else []
        else:
            is_text = detail == f"{_DG}quantityText"
            values.setdefault(detail.removeprefix(_DG), []).append(
                row["other"] if is_text else other
            )
    named = thing({"fact": fact, **({"factLabel": label} if label else {})}, "fact")
    return Told(named, tuple(kinds), {name: tuple(each) for name, each in values.items()})


def _tells(kind: str) -> bool:
    return kind.startswith(_DG) and kind.removeprefix(_DG) not in _PLAIN


def _order(told: Told) -> tuple:
    first = min((str(each.earliest or "") for each in told.dates), default="")
    return not told.dates, first, told.thing.label, told.thing.iri


def _name(value: Thing | str) -> str:
    return value.iri if isinstance(value, Thing) else value

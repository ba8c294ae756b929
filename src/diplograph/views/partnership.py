"""What reports say of a thing, in tables: offices, memberships, statements, concerns, pressure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time

from diplograph.core.names import PREFIXES, compact
from diplograph.core.things import Thing
from diplograph.views.engagements import FactTie
from diplograph.views.query import BindingRow, QueryRunner, fill_query, thing
from diplograph.views.records import Attestation
from diplograph.views.status import DateRange

RELATIONS_SHOWN = 25
_DG, _TYPE = PREFIXES["dg"], PREFIXES["rdf"] + "type"
_LABEL = PREFIXES["rdfs"] + "label"
# Classes that tell a reader nothing the section's title does not say.
_PLAIN = frozenset(
    "Fact Event Situation Entity CommunicativeAct Tenure ForumMembership PartnershipStage"
    " AgreementStage Stance Concern ExternalPressure Conduct QuantityEstimate".split()
)


@dataclass(frozen=True)
class RelationSection:
    """A table of facts of some classes, tied by some properties (any where `ways` is empty).

    `columns`: the heading of each, and the properties whose values stand in it.
    """

    name: str
    title: str
    classes: frozenset[str]
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    ways: frozenset[str] = frozenset()

    def takes(self, tie: FactTie) -> bool:
        """Return whether a tied fact belongs into this table."""
        return bool(self.classes & tie.classes) and bool(not self.ways or self.ways & tie.ways)


@dataclass(frozen=True)
class RelationFact:
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
class RelationTable:
    """A section with its rows; `total` counts those that are not shown as well."""

    section: RelationSection
    rows: tuple[RelationFact, ...]
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
) -> RelationSection:
    """Return a section whose columns are `heading="property property"`, `_` for a space."""
    named = tuple(
        (heading.replace("_", " "), tuple(properties.split()))
        for heading, properties in columns.items()
    )
    return RelationSection(name, title, frozenset(classes.split()), named, frozenset(ways.split()))


_SPOKEN = {"Speaker": "speaker", "To": "addressee", "About": "content onTopic"}
THING_SECTIONS = (
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


def filter_ties(
    ties: Iterable[FactTie],
    sections: Iterable[RelationSection] = THING_SECTIONS,
    shown: int = RELATIONS_SHOWN,
) -> dict[RelationSection, tuple[tuple[str, ...], int]]:
    """Return for each section that has any the IRIs of its first facts, and how many there are."""
    chosen: dict[RelationSection, list[str]] = {}
    for tie in ties:
        section = next((each for each in sections if each.takes(tie)), None)
        if section:
            chosen.setdefault(section, []).append(tie.iri)
    return {
        section: (tuple(chosen[section][:shown]), len(chosen[section]))
        for section in sections
        if section in chosen
    }


def read_relation_facts(asking: QueryRunner, facts: Iterable[str]) -> dict[str, RelationFact]:
    """Return fact IRI to what it says, without its dates and sources; one query."""
    wanted = sorted(set(facts))
    if not wanted:
        return {}
    rows: dict[str, list[BindingRow]] = {}
    for row in asking.rows(fill_query("tied", fact=wanted)):
        rows.setdefault(row["fact"], []).append(row)
    return {fact: _read(fact, found) for fact, found in rows.items()}


def arrange_relations(
    chosen: Mapping[RelationSection, tuple[tuple[str, ...], int]],
    told: Mapping[str, RelationFact],
    dates: Mapping[str, tuple[DateRange, ...]],
    sources: Mapping[str, tuple[Attestation, ...]],
) -> tuple[RelationTable, ...]:
    """Return the tables of the chosen facts, dated rows first and in order of time."""
    return tuple(
        RelationTable(
            section,
            tuple(sorted((complete(told, dates, sources, f) for f in facts), key=_order)),
            total,
        )
        for section, (facts, total) in chosen.items()
    )


def complete(
    told: Mapping[str, RelationFact],
    dates: Mapping[str, tuple[DateRange, ...]],
    sources: Mapping[str, tuple[Attestation, ...]],
    fact: str,
) -> RelationFact:
    """Return one fact with the dates that stand and its sources."""
    standing = tuple(each for each in dates.get(fact, ()) if not each.superseded)
    known = told.get(fact) or RelationFact(Thing(fact, compact(fact)))
    return replace(known, dates=standing, sources=sources.get(fact, ()))


def _read(fact: str, rows: list[BindingRow]) -> RelationFact:
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
    return RelationFact(named, tuple(kinds), {name: tuple(each) for name, each in values.items()})


def _tells(kind: str) -> bool:
    return kind.startswith(_DG) and kind.removeprefix(_DG) not in _PLAIN


def _order(told: RelationFact) -> tuple:
    first = min((str(each.earliest or "") for each in told.dates), default="")
    return not told.dates, first, told.thing.label, told.thing.iri


def _name(value: Thing | str) -> str:
    return value.iri if isinstance(value, Thing) else value


@dataclass(frozen=True)
class LadderStep:
    """One stage: when it begins and ends, what it rose from, and where a picture draws it.

    `begins` to `certain` is when it may have begun and `certain` to `ends` when it held, all in
    hundredths of the picture's width; None where no report says when it began.
    """

    number: int
    told: RelationFact
    start: tuple[DateRange, ...]
    end: tuple[DateRange, ...]
    before: tuple[Thing | str, ...]
    begins: float | None = None
    certain: float | None = None
    ends: float = 100.0


@dataclass(frozen=True)
class Ladder:
    """The steps from the first to the last, and the years to be marked with their places."""

    steps: tuple[LadderStep, ...] = ()
    years: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Scale:
    """The stretch of time that a picture shows."""

    first: datetime
    last: datetime

    def place(self, moment: datetime) -> float:
        """Return where a moment stands, in hundredths of the width, never outside."""
        share = (moment - self.first) / (self.last - self.first)
        return round(min(1.0, max(0.0, share)) * 100, 2)


def read_steps(asking: QueryRunner, partnership: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the IRIs of a partnership's stages, and of what was said of them; one query."""
    rows = asking.rows(fill_query("ladder", partnership=partnership))
    stages = {row["stage"] for row in rows}
    return tuple(sorted(stages)), tuple(sorted({row["act"] for row in rows if "act" in row}))


def build_ladder(stages: Iterable[RelationFact], day: date) -> Ladder:
    """Return the stages as a ladder: each after the one it rose from, then in order of time."""
    known = {each.thing.iri: each for each in stages}
    ordered = sorted(known.values(), key=lambda each: (_depth(each, known), _when(each)))
    steps = tuple(_step(number, each) for number, each in enumerate(ordered, start=1))
    starts = [each for step in steps for each in step.start if each.earliest]
    if not starts:
        return Ladder(steps)
    first = min(each.earliest for each in starts)
    ends = [each.latest for step in steps for each in (*step.start, *step.end) if each.latest]
    now = datetime.combine(day, time(), UTC)
    scale = Scale(first, max(now, *ends))
    placed = tuple(_place(step, following, scale) for step, following in _pairs(steps))
    return Ladder(placed, _mark_years(steps, scale, day))


def _depth(
    told: RelationFact, known: Mapping[str, RelationFact], seen: frozenset[str] = frozenset()
) -> int:
    """Return how many stages lie below one; a circle of stages ends where it closes."""
    seen |= {told.thing.iri}
    below = [
        known[each.iri]
        for each in told.cell(("precedingStage",))
        if isinstance(each, Thing) and each.iri in known and each.iri not in seen
    ]
    return max((_depth(each, known, seen) + 1 for each in below), default=0)


def _when(told: RelationFact) -> tuple:
    first = min((str(each.earliest or "") for each in told.dates), default="")
    return first, told.thing.label, told.thing.iri


def _step(number: int, told: RelationFact) -> LadderStep:
    return LadderStep(
        number=number,
        told=told,
        start=tuple(each for each in told.dates if each.role != "end"),
        end=tuple(each for each in told.dates if each.role == "end"),
        before=told.cell(("precedingStage",)),
    )


def _pairs(steps: tuple[LadderStep, ...]) -> Iterable[tuple[LadderStep, LadderStep | None]]:
    return zip(steps, (*steps[1:], None), strict=True)


def _place(step: LadderStep, following: LadderStep | None, scale: Scale) -> LadderStep:
    begun = [each.earliest for each in step.start if each.earliest]
    sure = [each.latest for each in step.start if each.latest]
    over = [each.earliest for each in step.end if each.earliest]
    over += [each.earliest for each in (following.start if following else ()) if each.earliest]
    if not begun:
        return step
    begins, ends = scale.place(min(begun)), scale.place(min(over)) if over else 100.0
    certain = scale.place(max(sure)) if sure else begins
    return LadderStep(
        step.number,
        step.told,
        step.start,
        step.end,
        step.before,
        begins,
        certain,
        max(ends, certain),
    )


def _mark_years(
    steps: tuple[LadderStep, ...], scale: Scale, day: date
) -> tuple[tuple[int, float], ...]:
    """Return the years in which a stage began, with their places, those too close left out."""
    years = sorted({each.earliest.year for step in steps for each in step.start if each.earliest})
    marked: list[tuple[int, float]] = []
    for year in (*years, day.year):
        place = scale.place(datetime(year, 1, 1, tzinfo=UTC))
        if not marked or place - marked[-1][1] >= 14:
            marked.append((year, place))
    return tuple(marked)

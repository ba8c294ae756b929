"""What files say of things: their asserted values, and those that follow by a chain of rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from diplograph.core.dates import parse_whole, say_date
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing, Value
from diplograph.views.query import BindingRow, QueryRunner, fill_query, thing, things


@dataclass(frozen=True)
class Passage:
    """A stretch of a report: offsets count Unicode code points from 0, the end is exclusive.

    `text` is the passage's own words, there only when a source file was given and verified.
    """

    thing: Thing
    report: Thing
    paragraph: int
    start: int
    end: int
    sha256: str
    gist: str
    text: str | None = None


@dataclass(frozen=True)
class Attestation:
    """One reading of a passage; no `voices` means that the report speaks in its own voice."""

    thing: Thing
    passage: Passage
    voices: tuple[Thing, ...]
    modality: tuple[Thing, ...]
    evidentiality: tuple[Thing, ...]
    hedges: tuple[str, ...]
    supersedes: tuple[Thing, ...]
    superseded_by: tuple[Thing, ...]


DG = PREFIXES["dg"]
# Properties whose values are dates in EDTF.
_DATED = {f"{DG}edtf", f"{DG}hasDateEstimate"}
_NOTE = f"{PREFIXES['skos']}editorialNote"


@dataclass(frozen=True)
class FactRecord:
    """A fact, or another thing, with what files say of it and what supports it.

    `relation` is the property by which it names the thing that is looked at, where it does.
    """

    thing: Thing
    values: tuple[Value, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    relation: Thing | None = None

    def things(self, name: str) -> tuple[Thing, ...]:
        """Return the things that it has by the property of ours called `name`."""
        found = (each.value for each in self.values if each.predicate.iri == DG + name)
        return tuple(each for each in found if isinstance(each, Thing))

    def text(self, name: str) -> str:
        """Return the text that it has by the property of ours called `name`, or nothing."""
        found = (each.value for each in self.values if each.predicate.iri == DG + name)
        return next((each for each in found if isinstance(each, str)), "")

    @property
    def notes(self) -> tuple[str, ...]:
        """The editors' notes on it."""
        return tuple(str(each.value) for each in self.values if each.predicate.iri == _NOTE)

    @property
    def standing(self) -> tuple[Attestation, ...]:
        """Its readings that no other supersedes."""
        return tuple(each for each in self.attestations if not each.superseded_by)

    def rest(self, told: Iterable[str]) -> tuple[Value, ...]:
        """Return the values but notes and those of the properties of ours in `told`."""
        left_out = {_NOTE, *(DG + name for name in told)}
        return tuple(each for each in self.values if each.predicate.iri not in left_out)


def read_asserted_values(
    asking: QueryRunner, things: Iterable[str]
) -> dict[str, tuple[Value, ...]]:
    """Return thing to its asserted values but types and labels; one query."""
    return read_values(asking, "statements", things)


def read_inferred_values(
    asking: QueryRunner, things: Iterable[str]
) -> dict[str, tuple[Value, ...]]:
    """Return thing to what follows of it by a chain of properties, not asserted; one query."""
    return read_values(asking, "inferred", things, inferred=True)


def read_values(
    asking: QueryRunner, query: str, things: Iterable[str], *, inferred: bool = False
) -> dict[str, tuple[Value, ...]]:
    """Return thing to the values that the query of that name gives it, in its order; one query.

    `inferred` marks the values. Things without values are not among the keys.
    """
    iris = sorted(set(things))
    values: dict[str, dict[tuple[str, str], Value]] = {}
    for row in asking.rows(fill_query(query, thing=iris)) if iris else ():
        thing_values = values.setdefault(row["thing"], {})
        thing_values.setdefault((row["property"], row["value"]), _read_value(row, inferred))
    return {iri: tuple(thing_values.values()) for iri, thing_values in values.items()}


def read_evidence(asking: QueryRunner, facts: Iterable[str]) -> dict[str, tuple[Attestation, ...]]:
    """Return fact IRI to its readings, in the order of reports and passages; one query.

    Facts that nothing attests, such as what is inferred, are not among the keys.
    """
    wanted = sorted(set(facts))
    if not wanted:
        return {}
    readings: dict[tuple[str, str], list[BindingRow]] = {}
    for row in asking.rows(fill_query("evidence", fact=wanted)):
        readings.setdefault((row["fact"], row["attestation"]), []).append(row)
    found: dict[str, list[Attestation]] = {}
    for (fact, _), rows in readings.items():
        found.setdefault(fact, []).append(make_attestation(rows, make_passage(rows[0])))
    return {fact: tuple(sorted(each, key=_order)) for fact, each in found.items()}


def make_attestation(rows: list[BindingRow], passage: Passage) -> Attestation:
    """Return the reading of `passage` that some rows, all of one attestation, tell of."""
    return Attestation(
        thing=thing(rows[0], "attestation") or Thing("", ""),
        passage=passage,
        voices=things(rows, "voice"),
        modality=things(rows, "modality"),
        evidentiality=things(rows, "evidentiality"),
        hedges=tuple(sorted({row["hedge"] for row in rows if "hedge" in row})),
        supersedes=things(rows, "older"),
        superseded_by=things(rows, "newer"),
    )


def make_passage(row: BindingRow, report: Thing | None = None) -> Passage:
    """Return the passage that a row tells of; it is of `report`, or of the one that the row names.

    A number that is none counts as 0.
    """
    return Passage(
        thing=thing(row, "passage") or Thing("", ""),
        report=report or thing(row, "report") or Thing("", ""),
        paragraph=parse_whole(row.get("paragraph")) or 0,
        start=parse_whole(row.get("start")) or 0,
        end=parse_whole(row.get("end")) or 0,
        sha256=row.get("sha256", ""),
        gist=row.get("gist", ""),
    )


def _order(attestation: Attestation) -> tuple[str, int, str]:
    passage = attestation.passage
    return passage.report.iri, passage.start, attestation.thing.iri


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

    record: FactRecord
    relation: str


def compare(one: FactRecord, other: FactRecord) -> str:
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


def find_rivals(record: FactRecord, others: Iterable[FactRecord]) -> tuple[Rival, ...]:
    """Return the other facts on the matter of `record`, contradictions first."""
    rivals = [
        Rival(each, relation)
        for each in others
        if each.thing.iri != record.thing.iri and (relation := compare(record, each))
    ]
    return tuple(
        sorted(rivals, key=lambda each: (each.relation != CONTRADICTS, each.record.thing.label))
    )


def say_agreement(records: Iterable[FactRecord]) -> str:
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


def recorded_passage(record: FactRecord) -> Passage:
    """Return the passage whose values `record` holds; a number that is none counts as 0."""
    numbers = (record.text(name) for name in ("paragraph", "startOffset", "endOffset"))
    paragraph, start, end = (parse_whole(number) or 0 for number in numbers)
    return Passage(
        thing=record.thing,
        report=next(iter(record.things("passageOf")), Thing("", "")),
        paragraph=paragraph,
        start=start,
        end=end,
        sha256=record.text("sha256"),
        gist=record.text("gist"),
    )


def is_denied(attestation: Attestation) -> bool:
    """Return whether a reading denies the facts it is about."""
    return any(each.iri.endswith(f"/{_DENIED}") for each in attestation.modality)


def _compare_dates(one: FactRecord, other: FactRecord) -> str:
    return _compare_ranges(_range(one, "earliest", "latest"), _range(other, "earliest", "latest"))


def _compare_quantities(one: FactRecord, other: FactRecord) -> str:
    mine, theirs = (
        tuple(parse_whole(bound) for bound in _range(each, "minCount", "maxCount"))
        for each in (one, other)
    )
    return _compare_ranges(mine, theirs)


def _compare_statuses(one: FactRecord, other: FactRecord) -> str:
    mine, theirs = (_names(each, "statusValue") for each in (one, other))
    if mine == theirs:
        return SAME
    for said, denied in ((mine, theirs), (theirs, mine)):
        if said & _HELD and denied & _NOT_HELD:
            return CONTRADICTS
    return DIFFERS


def _compare_stages(one: FactRecord, other: FactRecord) -> str:
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


def _range(record: FactRecord, first: str, last: str) -> tuple[str | None, str | None]:
    """Return two bounds as texts; moments in one spelling, so that they can be compared."""
    return tuple(record.text(each).replace("+00:00", "Z") or None for each in (first, last))


def _names(record: FactRecord, name: str) -> set[str]:
    return {each.iri.rpartition("/")[2] for each in record.things(name)}


_COMPARE = {
    "dateOf": _compare_dates,
    "statusOf": _compare_statuses,
    "quantityOf": _compare_quantities,
    "agreementStageOf": _compare_stages,
}


_WEAK = {"hearsay": "hearsay", "editorial-characterisation": "a reporter's own judgement"}
_PARTS = {"start": ", its start", "end": ", its end"}


def say_fact(record: FactRecord) -> str:
    """Return what a fact says as one sentence, of labels alone; hedges are its readings' to say."""
    said = (
        _say_date(record),
        _say_status(record),
        _say_participation(record),
        _say_agenda(record),
        _say_quantity(record),
        _say_tenure(record),
        _say_membership(record),
        _say_stage(record),
    )
    return next(filter(None, said), f"{record.thing.label}.")


def weigh_readings(attestations: Iterable[Attestation]) -> tuple[str, ...]:
    """Return what the readings of a fact come to, a few plain sentences, the weightiest first."""
    readings = tuple(attestations)
    if not readings:
        return ("No passage is given for this.",)
    standing = [each for each in readings if not each.superseded_by]
    if not standing:
        return (_count(readings), "Every reading of it has been superseded.")
    return tuple(filter(None, (_count(standing), *_doubts(standing), _superseded(readings))))


def _count(readings: Iterable[Attestation]) -> str:
    passages = {each.passage.thing.iri for each in readings}
    reports = {each.passage.report.iri for each in readings}
    return f"Rests on {_number(len(passages), 'passage')} of {_number(len(reports), 'report')}."


def _doubts(standing: list[Attestation]) -> list[str]:
    said = []
    denials = [each for each in standing if is_denied(each)]
    if denials:
        told = "One reading says it, another denies it." if len(denials) < len(standing) else ""
        said.append(told or "Every reading of it denies it.")
    ways = {way.iri.rpartition("/")[2] for each in standing for way in each.evidentiality}
    if ways and ways <= _WEAK.keys():
        said.append(f"It rests on {' and '.join(_WEAK[way] for way in sorted(ways))} alone.")
    modalities = {each.label for one in standing for each in one.modality}
    if modalities and modalities != {"denied"}:
        said.append(f"How firmly it is put: {', '.join(sorted(modalities))}.")
    return said


def _superseded(readings: tuple[Attestation, ...]) -> str:
    older = sum(1 for each in readings if each.superseded_by)
    return f"{_number(older, 'reading')} superseded." if older else ""


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _say_date(record: FactRecord) -> str:
    about, edtf = _labels(record.things("dateOf")), record.text("edtf")
    if not about or not edtf:
        return ""
    roles = (each.iri.rpartition("/")[2] for each in record.things("dateRole"))
    part = next((_PARTS[role] for role in roles if role in _PARTS), "")
    return f"{about}{part}: {say_date(edtf)}."


def _say_status(record: FactRecord) -> str:
    about, values = _labels(record.things("statusOf")), _labels(record.things("statusValue"))
    return f"{about}: recorded as {values}." if about and values else ""


def _say_participation(record: FactRecord) -> str:
    who, event = _labels(record.things("participant")), _labels(record.things("participationIn"))
    if not who or not event:
        return ""
    details = (
        f"as {role}" if (role := _labels(record.things("participationRole"))) else "",
        f"in the capacity of {office}"
        if (office := _labels(record.things("inCapacityOf")))
        else "",
        f"with {group}" if (group := _labels(record.things("inDelegation"))) else "",
        f"on behalf of {party}" if (party := _labels(record.things("onBehalfOf"))) else "",
    )
    tail = ", ".join(filter(None, details))
    return f"{who} in {event}{', ' if tail else ''}{tail}."


def _say_agenda(record: FactRecord) -> str:
    event = _labels(record.things("agendaOf"))
    about = _labels((*record.things("agendaTopic"), *record.things("agendaEntity")))
    return f"On the agenda of {event}: {about}." if event and about else ""


def _say_quantity(record: FactRecord) -> str:
    about = _labels(record.things("quantityOf"))
    least, most = record.text("minCount"), record.text("maxCount")
    if not about or not (least or most):
        return ""
    if least and most:
        return f"{about}: {least if least == most else f'{least} to {most}'}."
    return f"{about}: {f'at least {least}, no upper bound given' if least else f'at most {most}'}."


def _say_tenure(record: FactRecord) -> str:
    who, office = _labels(record.things("holder")), _labels(record.things("office"))
    return f"{who} holds the office {office}." if who and office else ""


def _say_membership(record: FactRecord) -> str:
    who, forum = _labels(record.things("member")), _labels(record.things("memberOfForum"))
    kind = _labels(record.things("membershipKind"))
    return f"{who} belongs to {forum}{f' ({kind})' if kind else ''}." if who and forum else ""


def _say_stage(record: FactRecord) -> str:
    whole = _labels((*record.things("stageOf"), *record.things("agreementStageOf")))
    value = _labels(record.things("stageValue")) or record.thing.label
    return f"A stage of {whole}: {value}." if whole else ""


def _labels(things: Iterable[Thing]) -> str:
    labels = [each.label for each in things]
    if len(labels) < 2:
        return "".join(labels)
    return f"{', '.join(labels[:-1])} and {labels[-1]}"


def _read_value(row: BindingRow, inferred: bool) -> Value:
    property_ = thing(row, "property") or Thing("", "")
    if row["named"] in {"true", "1"}:
        return Value(property_, thing(row, "value") or "", inferred)
    words = say_date(row["value"]) if property_.iri in _DATED else ""
    return Value(property_, row["value"], inferred, words)

"""Facts with values, attestations and passages; how facts agree; what they say as sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from diplograph.core.dates import parse_whole, say_date
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing, Value
from diplograph.views.query import BindingRow, QueryRunner, fill_query, thing, things

DG = PREFIXES["dg"]
# Properties whose values are dates in EDTF.
_DATED = {f"{DG}edtf", f"{DG}hasDateEstimate"}
_NOTE = f"{PREFIXES['skos']}editorialNote"

# Properties whose value several facts can be about.
MATTERS = ("dateOf", "statusOf", "quantityOf", "agreementStageOf")
# How one fact relates to another about the same thing.
CONTRADICTS, REFINES, REFINED, SAME, OVERLAPS, DIFFERS = (
    "contradicts",
    "refines",
    "is refined by",
    "agrees with",
    "overlaps",
    "differs from",
)
# Outcomes that exclude one another.
_HELD, _NOT_HELD = {"held"}, {"cancelled", "not-held"}

# Kinds of evidentiality that are weak, and roles of a date, in words.
_WEAK = {"hearsay": "hearsay", "editorial-characterisation": "a reporter's own judgement"}
_PARTS = {"start": ", its start", "end": ", its end"}


@dataclass(frozen=True)
class Passage:
    """A part of a report's text: offsets count Unicode code points from 0, the end is exclusive.

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
    """An attestation of facts by a passage; without `voices` the report speaks in its own voice."""

    thing: Thing
    passage: Passage
    voices: tuple[Thing, ...]
    modality: tuple[Thing, ...]
    evidentiality: tuple[Thing, ...]
    hedges: tuple[str, ...]
    supersedes: tuple[Thing, ...]
    superseded_by: tuple[Thing, ...]


@dataclass(frozen=True)
class FactRecord:
    """A fact, or another thing, with its asserted values and its attestations.

    `relation` is the property by which it names the thing of the page, where it does.
    """

    thing: Thing
    values: tuple[Value, ...] = ()
    attestations: tuple[Attestation, ...] = ()
    relation: Thing | None = None

    def things(self, name: str) -> tuple[Thing, ...]:
        """Return its values of the property dg:`name` that are things."""
        return tuple(value for value in self._values(name) if isinstance(value, Thing))

    def text(self, name: str) -> str:
        """Return its first value of the property dg:`name` that is a text, or nothing."""
        return next((value for value in self._values(name) if isinstance(value, str)), "")

    def _values(self, name: str) -> list[Thing | str]:
        return [value.value for value in self.values if value.predicate.iri == DG + name]

    @property
    def notes(self) -> tuple[str, ...]:
        """The editors' notes on it."""
        return tuple(str(value.value) for value in self.values if value.predicate.iri == _NOTE)

    @property
    def standing(self) -> tuple[Attestation, ...]:
        """Its attestations that no other supersedes."""
        return _list_standing(self.attestations)

    def rest(self, shown: Iterable[str]) -> tuple[Value, ...]:
        """Return the values but notes and those of the properties of ours named in `shown`."""
        left_out = {_NOTE, *(DG + name for name in shown)}
        return tuple(value for value in self.values if value.predicate.iri not in left_out)


# ---- reading ------------------------------------------------------------------------------


def read_asserted_values(
    asking: QueryRunner, things: Iterable[str]
) -> dict[str, tuple[Value, ...]]:
    """Return thing to its asserted values without types and labels; one query."""
    return read_values(asking, "statements", things)


def read_inferred_values(
    asking: QueryRunner, things: Iterable[str]
) -> dict[str, tuple[Value, ...]]:
    """Return thing to its values that follow by a chain of properties; one query."""
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
    """Return fact IRI to its attestations, in the order of reports and passages; one query.

    Facts without attestations are not among the keys.
    """
    iris = sorted(set(facts))
    rows_of: dict[tuple[str, str], list[BindingRow]] = {}
    for row in asking.rows(fill_query("evidence", fact=iris)) if iris else ():
        rows_of.setdefault((row["fact"], row["attestation"]), []).append(row)
    evidence: dict[str, list[Attestation]] = {}
    for (fact, _), rows in rows_of.items():
        evidence.setdefault(fact, []).append(make_attestation(rows, make_passage(rows[0])))
    return {fact: tuple(sorted(items, key=_order)) for fact, items in evidence.items()}


def make_attestation(rows: list[BindingRow], passage: Passage) -> Attestation:
    """Return the attestation by `passage` whose rows these are."""
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
    """Return the passage of a row; it is of `report`, or else of the row's own.

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


# ---- agreement ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Rival:
    """Another fact about the same thing; `relation` says how the fact of the page relates to it."""

    record: FactRecord
    relation: str


def compare(one: FactRecord, other: FactRecord) -> str:
    """Return how `one` relates to `other`, as a verb; empty where they are about other things.

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
    """Return the other facts about the thing that `record` is about, contradictions first."""
    rivals = [
        Rival(other, relation)
        for other in others
        if other.thing.iri != record.thing.iri and (relation := compare(record, other))
    ]
    return tuple(
        sorted(rivals, key=lambda rival: (rival.relation != CONTRADICTS, rival.record.thing.label))
    )


def say_agreement(records: Iterable[FactRecord]) -> str:
    """Return one sentence on whether records about one thing agree; empty for fewer than two.

    Records whose attestations are all superseded are ignored.
    """
    standing = [record for record in records if record.standing or not record.attestations]
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
    """Return whether an attestation denies its facts."""
    return any(modality.iri.endswith("/denied") for modality in attestation.modality)


def _compare_dates(one: FactRecord, other: FactRecord) -> str:
    return _compare_ranges(_range(one, "earliest", "latest"), _range(other, "earliest", "latest"))


def _compare_quantities(one: FactRecord, other: FactRecord) -> str:
    mine, theirs = (
        tuple(parse_whole(bound) for bound in _range(record, "minCount", "maxCount"))
        for record in (one, other)
    )
    return _compare_ranges(mine, theirs)


def _compare_statuses(one: FactRecord, other: FactRecord) -> str:
    mine, theirs = (_names(record, "statusValue") for record in (one, other))
    if mine == theirs:
        return SAME
    contradiction = (mine & _HELD and theirs & _NOT_HELD) or (theirs & _HELD and mine & _NOT_HELD)
    return CONTRADICTS if contradiction else DIFFERS


def _compare_stages(one: FactRecord, other: FactRecord) -> str:
    return SAME if one.things("stageValue") == other.things("stageValue") else DIFFERS


def _compare_ranges(mine: tuple, theirs: tuple) -> str:
    """Return how two ranges relate; a bound that is None is open."""
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
    return tuple(record.text(name).replace("+00:00", "Z") or None for name in (first, last))


def _names(record: FactRecord, name: str) -> set[str]:
    return {thing.iri.rpartition("/")[2] for thing in record.things(name)}


_COMPARE = {
    "dateOf": _compare_dates,
    "statusOf": _compare_statuses,
    "quantityOf": _compare_quantities,
    "agreementStageOf": _compare_stages,
}


# ---- sentences ----------------------------------------------------------------------------


def say_fact(record: FactRecord) -> str:
    """Return the fact as one sentence made of labels, without modality and hedges."""
    sentences = (
        _say_date(record),
        _say_status(record),
        _say_participation(record),
        _say_agenda(record),
        _say_quantity(record),
        _say_tenure(record),
        _say_membership(record),
        _say_stage(record),
    )
    return next(filter(None, sentences), f"{record.thing.label}.")


def weigh_readings(attestations: Iterable[Attestation]) -> tuple[str, ...]:
    """Return a few sentences on how well a fact is supported, the most important first."""
    readings = tuple(attestations)
    if not readings:
        return ("No passage is given for this.",)
    standing = _list_standing(readings)
    if not standing:
        return (_count_sources(readings), "Every reading of it has been superseded.")
    older = len(readings) - len(standing)
    superseded = f"{_number(older, 'reading')} superseded." if older else ""
    return tuple(filter(None, (_count_sources(standing), *_list_doubts(standing), superseded)))


def _list_standing(attestations: Iterable[Attestation]) -> tuple[Attestation, ...]:
    return tuple(reading for reading in attestations if not reading.superseded_by)


def _count_sources(readings: Iterable[Attestation]) -> str:
    passages = {reading.passage.thing.iri for reading in readings}
    reports = {reading.passage.report.iri for reading in readings}
    return f"Rests on {_number(len(passages), 'passage')} of {_number(len(reports), 'report')}."


def _list_doubts(standing: tuple[Attestation, ...]) -> list[str]:
    sentences = []
    denials = sum(map(is_denied, standing))
    if denials:
        all_deny = denials == len(standing)
        divided = "One reading says it, another denies it."
        sentences.append("Every reading of it denies it." if all_deny else divided)
    kinds = {kind.iri.rpartition("/")[2] for item in standing for kind in item.evidentiality}
    if kinds and kinds <= _WEAK.keys():
        weak = " and ".join(_WEAK[kind] for kind in sorted(kinds))
        sentences.append(f"It rests on {weak} alone.")
    modalities = {modality.label for item in standing for modality in item.modality}
    if modalities and modalities != {"denied"}:
        sentences.append(f"How firmly it is put: {', '.join(sorted(modalities))}.")
    return sentences


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _say_date(record: FactRecord) -> str:
    about, edtf = _labels(record.things("dateOf")), record.text("edtf")
    if not about or not edtf:
        return ""
    roles = (role.iri.rpartition("/")[2] for role in record.things("dateRole"))
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
    labels = [thing.label for thing in things]
    if len(labels) < 2:
        return "".join(labels)
    return f"{', '.join(labels[:-1])} and {labels[-1]}"


def _read_value(row: BindingRow, inferred: bool) -> Value:
    property_ = thing(row, "property") or Thing("", "")
    if row["named"] in {"true", "1"}:
        return Value(property_, thing(row, "value") or "", inferred)
    words = say_date(row["value"]) if property_.iri in _DATED else ""
    return Value(property_, row["value"], inferred, words)

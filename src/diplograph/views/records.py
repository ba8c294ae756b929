"""Facts with values, attestations and passages; how facts agree; what they say as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from diplograph.core.dates import parse_whole, say_date
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing, Value
from diplograph.views.query import BindingRow, QueryRunner, fill_query, group_rows, thing, things

DG = PREFIXES["dg"]
# Properties whose values are dates in EDTF.
_DATED = {f"{DG}edtf", f"{DG}hasDateEstimate"}
_NOTE = f"{PREFIXES['skos']}editorialNote"

# Properties that name what a fact is about, and those whose values are then compared.
_COMPARED = {
    "dateOf": ("earliest", "latest"),
    "statusOf": ("statusValue",),
    "quantityOf": ("minCount", "maxCount"),
    "agreementStageOf": ("stageValue",),
}
# How one fact relates to another about the same thing.
CONTRADICTS, REFINES, REFINED = "contradicts", "refines", "is refined by"
SAME, OVERLAPS, DIFFERS = "agrees with", "overlaps", "differs from"
# Outcomes that exclude one another.
_HELD, _NOT_HELD = {"held"}, {"cancelled", "not-held"}

# Kinds of evidentiality that are weak, roles of a date, details of a participation, in words.
_WEAK = {"hearsay": "hearsay", "editorial-characterisation": "a reporter's own judgement"}
_PARTS = {"start": ", its start", "end": ", its end"}
_DETAILS = {
    "participationRole": "as",
    "inCapacityOf": "in the capacity of",
    "inDelegation": "with",
    "onBehalfOf": "on behalf of",
}


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
    """An attestation of facts by a passage; without `voices` the report speaks in its own voice.

    `report_order` sorts the reports: by publication, then by reception.
    """

    thing: Thing
    passage: Passage
    voices: tuple[Thing, ...]
    modality: tuple[Thing, ...]
    evidentiality: tuple[Thing, ...]
    hedges: tuple[str, ...]
    supersedes: tuple[Thing, ...]
    superseded_by: tuple[Thing, ...]
    report_order: str = ""


@dataclass(frozen=True)
class FactRecord:
    """A fact, or another thing; `relation` is how it names the thing of the page, if it does."""

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
        notes = (value.value for value in self.values if value.predicate.iri == _NOTE)
        return tuple(note.label if isinstance(note, Thing) else note for note in notes)

    @property
    def standing(self) -> tuple[Attestation, ...]:
        """Its attestations that no other supersedes."""
        return tuple(reading for reading in self.attestations if not reading.superseded_by)

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
    """Return thing to the values, if any, that the query of that name gives it; one query."""
    iris = sorted(set(things))
    values: dict[str, dict[tuple[str, str], Value]] = {}
    written = ("thing", "property", "value")
    for row in asking.rows(fill_query(query, thing=iris), written) if iris else ():
        property_ = thing(row, "property") or Thing("", "")
        if row["named"] in {"true", "1"}:
            value = Value(property_, thing(row, "value") or "", inferred)
        else:
            words = say_date(row["value"]) if property_.iri in _DATED else ""
            value = Value(property_, row["value"], inferred, words)
        values.setdefault(row["thing"], {}).setdefault((row["property"], row["value"]), value)
    return {iri: tuple(thing_values.values()) for iri, thing_values in values.items()}


# Fact IRI to its attestations.
Evidence = Mapping[str, tuple[Attestation, ...]]


def read_evidence(
    asking: QueryRunner, facts: Iterable[str], day: date = date.max
) -> dict[str, tuple[Attestation, ...]]:
    """Return fact IRI to its attestations known on `day`, by report and passage; one query.

    A fact that has some, but none known on that day, has none; one without any is left out.
    """
    iris = sorted(set(facts))
    evidence: dict[str, tuple[Attestation, ...]] = {}
    last = day.isoformat()
    rows = asking.rows(fill_query("evidence", fact=iris)) if iris else ()
    for fact, fact_rows in group_rows(rows, "fact").items():
        known = [_forget_later(row, last) for row in fact_rows if row.get("known", "") <= last]
        groups = group_rows(known, "attestation").values()
        attestations = [make_attestation(group, make_passage(group[0])) for group in groups]
        evidence[fact] = tuple(
            sorted(
                attestations,
                key=lambda a: (a.passage.report.iri, a.passage.start, a.thing.iri),
            )
        )
    return evidence


def _forget_later(row: BindingRow, day: str) -> BindingRow:
    """Return a row of evidence.rq without what corrects the attestation only after a day."""
    if "corrected" not in row or row["corrected"] <= day:
        return row
    return {name: text for name, text in row.items() if name != "newer"}


def is_known(fact: str, evidence: Evidence) -> bool:
    """Return whether a fact is known by its attestations as of a day; one without any is."""
    return fact not in evidence or bool(evidence[fact])


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
        report_order=rows[0].get("order", ""),
    )


def make_passage(row: BindingRow, report: Thing | None = None) -> Passage:
    """Return the passage of a row, of `report` or else the row's own; no number counts as 0."""
    return Passage(
        thing=thing(row, "passage") or Thing("", ""),
        report=report or thing(row, "report") or Thing("", ""),
        paragraph=parse_whole(row.get("paragraph")) or 0,
        start=parse_whole(row.get("start")) or 0,
        end=parse_whole(row.get("end")) or 0,
        sha256=row.get("sha256", ""),
        gist=row.get("gist", ""),
    )


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
    for matter, names in _COMPARED.items():
        if set(one.things(matter)) & set(other.things(matter)):
            if len(names) == 2:
                return _compare_ranges(_range(one, *names), _range(other, *names))
            mine, theirs = _names(one, *names), _names(other, *names)
            if mine == theirs:
                return SAME
            clash = (mine & _HELD and theirs & _NOT_HELD) or (theirs & _HELD and mine & _NOT_HELD)
            return CONTRADICTS if clash else DIFFERS
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


def recorded_passage(record: FactRecord) -> Passage:
    """Return the passage whose values `record` holds; a number that is none counts as 0."""
    names = {"paragraph": "paragraph", "start": "startOffset", "end": "endOffset"}
    row = {name: record.text(property_) for name, property_ in names.items()}
    row |= {name: record.text(name) for name in ("sha256", "gist")}
    report = next(iter(record.things("passageOf")), Thing("", ""))
    return replace(make_passage(row, report), thing=record.thing)


def is_denied(attestation: Attestation) -> bool:
    """Return whether an attestation denies its facts."""
    return any(modality.iri.endswith("/denied") for modality in attestation.modality)


def _compare_ranges(mine: tuple, theirs: tuple) -> str:
    """Return how two ranges relate; a bound that is None is open."""
    if mine == theirs:
        return SAME
    for (_, last), (first, _) in ((mine, theirs), (theirs, mine)):
        if last is not None and first is not None and last < first:
            return CONTRADICTS
    if _inside(mine, theirs):
        return REFINES
    return REFINED if _inside(theirs, mine) else OVERLAPS


def _inside(inner: tuple, outer: tuple) -> bool:
    starts = outer[0] is None or (inner[0] is not None and inner[0] >= outer[0])
    return starts and (outer[1] is None or (inner[1] is not None and inner[1] <= outer[1]))


def _range(record: FactRecord, *names: str) -> tuple[int | str | None, ...]:
    """Return two bounds as numbers, or as moments in one spelling, so that they can be compared."""
    texts = [record.text(name) for name in names]
    if names == _COMPARED["quantityOf"]:
        return tuple(map(parse_whole, texts))
    return tuple(text.replace("+00:00", "Z") or None for text in texts)


def _names(record: FactRecord, name: str) -> set[str]:
    return {thing.iri.rpartition("/")[2] for thing in record.things(name)}


# ---- sentences ----------------------------------------------------------------------------


def say_fact(record: FactRecord) -> str:
    """Return the fact as one sentence made of labels, without modality and hedges."""
    return next(_list_sentences(record), f"{record.thing.label}.")


def weigh_readings(attestations: Iterable[Attestation]) -> tuple[str, ...]:
    """Return a few sentences on how well a fact is supported, the most important first."""
    readings = tuple(attestations)
    if not readings:
        return ("No passage is given for this.",)
    standing = tuple(reading for reading in readings if not reading.superseded_by)
    if not standing:
        return (_count_sources(readings), "Every reading of it has been superseded.")
    older = len(readings) - len(standing)
    superseded = [f"{_number(older, 'reading')} superseded."] if older else []
    return (_count_sources(standing), *_list_doubts(standing), *superseded)


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


def _list_sentences(record: FactRecord) -> Iterator[str]:
    """Yield the sentences whose parts the fact has."""

    def labels(*names: str) -> str:
        *most, last = [thing.label for name in names for thing in record.things(name)] or [""]
        return f"{', '.join(most)} and {last}" if most else last

    about, edtf = labels("dateOf"), record.text("edtf")
    if about and edtf:
        roles = (role.iri.rpartition("/")[2] for role in record.things("dateRole"))
        part = next((_PARTS[role] for role in roles if role in _PARTS), "")
        yield f"{about}{part}: {say_date(edtf)}."
    about, status = labels("statusOf"), labels("statusValue")
    if about and status:
        yield f"{about}: recorded as {status}."
    who, event = labels("participant"), labels("participationIn")
    if who and event:
        details = ((words, labels(name)) for name, words in _DETAILS.items())
        tail = "".join(f", {words} {label}" for words, label in details if label)
        yield f"{who} in {event}{tail}."
    event, about = labels("agendaOf"), labels("agendaTopic", "agendaEntity")
    if event and about:
        yield f"On the agenda of {event}: {about}."
    about, least, most = labels("quantityOf"), record.text("minCount"), record.text("maxCount")
    if about and (least or most):
        yield f"{about}: {_say_bounds(least, most)}."
    who, office = labels("holder"), labels("office")
    if who and office:
        yield f"{who} holds the office {office}."
    who, forum, kind = labels("member"), labels("memberOfForum"), labels("membershipKind")
    if who and forum:
        yield f"{who} belongs to {forum}{f' ({kind})' if kind else ''}."
    whole = labels("stageOf", "agreementStageOf")
    if whole:
        yield f"A stage of {whole}: {labels('stageValue') or record.thing.label}."


def _say_bounds(least: str, most: str) -> str:
    if least and most:
        return least if least == most else f"{least} to {most}"
    return f"at least {least}, no upper bound given" if least else f"at most {most}"

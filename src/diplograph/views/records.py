"""Facts with values, attestations and passages; how facts agree; what they say as sentences."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import groupby

from diplograph.core.dates import parse_whole, say_date
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing, Value
from diplograph.views.query import BindingRow, QueryRunner, fill_query, group_rows, thing, things
from diplograph.views.status import LATEST_DAY

DG = PREFIXES["dg"]
# Properties whose values are dates in EDTF.
_DATED = {f"{DG}edtf", f"{DG}hasDateEstimate"}
_NOTE = f"{PREFIXES['skos']}editorialNote"

# How one fact relates to another about the same thing.
CONTRADICTS, REFINES, REFINED = "contradicts", "refines", "is refined by"
SAME = "agrees with"
LATER, BEFORE, BESIDE = "comes after", "comes before", "stands beside"
CORRECTS, CORRECTED = "corrects", "is corrected by"
MOVES, MOVED = "takes the place of", "gives way to"
DISPUTED, DENIED, STATED = "is said and denied", "is denied by", "is said by"
# How facts relate, as comparisons.rq has it, and statuses by their order; the first counts.
_BY_ORDER = "comes before or after"
_RELATIONS = (
    DISPUTED,
    CONTRADICTS,
    CORRECTS,
    CORRECTED,
    MOVES,
    MOVED,
    REFINES,
    REFINED,
    SAME,
    LATER,
    BEFORE,
    BESIDE,
)

# Kinds of evidentiality that are weak, in words.
_WEAK = {"hearsay": "hearsay", "editorial-characterisation": "the reporter's own judgement"}
# How sure a passage is, by modality, and what it rests on, by evidentiality; both in words.
_MODALITIES = {
    "asserted": "stated as fact",
    "implied": "implied, not stated",
    "denied": "denied",
    **{word: f"stated as {word}" for word in ("expected", "likely", "planned", "possible")},
}
_GROUNDS = {
    "news-narration": "reported by the outlet itself",
    "official-announcement": "from an official announcement",
    "quoted-statement": "from a quoted statement",
    "inferred": "inferred from the passage",
    **{kind: f"based on {words}" for kind, words in _WEAK.items()},
}
# Roles of a date, details of a participation, in words.
_PARTS = {"start": ", its start", "end": ", its end"}
# How a link is said, by the property that names what it is said of.
_LINKS = {
    "placementOf": "in",
    "inclusionOf": "part of",
    "seriesEntryOf": "in the series",
    "preparationOf": "in preparation of",
    "continuationOf": "following",
    "firstOccurrenceOf": "the first since",
    "hostingOf": "hosted by",
    "sendingOf": "sent by",
    "pressureTargetOf": "exerted on",
    "pressureSubjectOf": "exerted over",
    "purposeOf": "aimed at",
    "contextOf": "amid",
    "subjectLinkOf": "about",
    "elevationOf": "raised from",
    "outcomeOf": "resulting in",
    "brokerageOf": "brokered by",
}
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
    `report_name` is the short name of the report, empty where the query that read it has none.
    """

    thing: Thing
    report: Thing
    paragraph: int
    start: int
    end: int
    sha256: str
    gist: str
    text: str | None = None
    report_name: str = ""


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

    @property
    def denies(self) -> bool:
        """Whether it denies the facts that it speaks of."""
        return any(modality.iri.endswith("/denied") for modality in self.modality)


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
        return list_standing(self.attestations)

    def groups(self, shown: Iterable[str] = ()) -> tuple[tuple[str, tuple[Value, ...]], ...]:
        """Return the values of `rest` by the label of their property, in the order of files."""
        found: dict[str, list[Value]] = {}
        for value in self.rest(shown):
            found.setdefault(value.predicate.label, []).append(value)
        return tuple((label, tuple(values)) for label, values in found.items())

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


# What the details of an attestation in evidence.rq are called.
_DETAIL_NAMES = {
    f"{DG}attributedTo": "voice",
    f"{DG}evidentiality": "evidentiality",
    f"{DG}hedgeText": "hedge",
    f"{DG}modality": "modality",
    f"{DG}supersededBy": "newer",
    f"{DG}supersedes": "older",
}
# Fact IRI to its attestations.
Evidence = Mapping[str, tuple[Attestation, ...]]


def read_evidence(
    asking: QueryRunner, facts: Iterable[str], day: date = LATEST_DAY
) -> dict[str, tuple[Attestation, ...]]:
    """Return fact IRI to its attestations known on `day`, by report and passage; one query.

    A fact that has some, but none known on that day, has none; one without any is left out.
    """
    iris = sorted(set(facts))
    evidence: dict[str, tuple[Attestation, ...]] = {}
    last = day.isoformat()
    rows = asking.rows(fill_query("evidence", fact=iris)) if iris else ()
    for fact, fact_rows in group_rows(rows, "fact").items():
        groups = group_rows(fact_rows, "attestation").values()
        known = [_list_known(group, last) for group in groups if _is_known(group, last)]
        attestations = [make_attestation(group, make_passage(group[0])) for group in known]
        evidence[fact] = tuple(
            sorted(
                attestations,
                key=lambda a: (
                    a.report_order,
                    a.passage.report.iri,
                    a.passage.start,
                    a.thing.iri,
                ),
            )
        )
    return evidence


def _is_known(rows: list[BindingRow], day: str) -> bool:
    """Return whether the attestation of rows of evidence.rq is known on a day."""
    return rows[0].get("known", "") <= day


def _list_known(rows: list[BindingRow], day: str) -> list[BindingRow]:
    """Return the rows of an attestation without what corrects it only after a day.

    Its details have the names of variables that `make_attestation` reads.
    """
    later = rows[0].get("corrected", "") > day
    known = [rows[0]]
    for row in rows:
        name = _DETAIL_NAMES.get(row.get("detail", ""), "")
        if name and not (later and name == "newer"):
            known.append({name: row["value"], f"{name}Label": row.get("valueLabel", "")})
    return known


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
        report_name=row.get("reportName", ""),
    )


# ---- source marks -------------------------------------------------------------------------


@dataclass(frozen=True)
class SourceMark:
    """The passages of one report that a cell names: its short name, the passages by paragraph.

    `denies`: whether these passages deny what stands beside the mark.
    """

    report: Thing
    name: str
    paragraphs: tuple[tuple[int, tuple[Passage, ...]], ...]
    denies: bool = False

    @property
    def word(self) -> str:
        """What stands before the numbers of the paragraphs."""
        return "para." if len(self.paragraphs) == 1 else "paras"

    def __str__(self) -> str:
        numbers = ", ".join(str(number) for number, _ in self.paragraphs)
        return f"{'denied by ' if self.denies else ''}{self.name}, {self.word} {numbers}"


def short_name(passage: Passage) -> str:
    """Return what the report of a passage is called beside a fact, as in "TASS, 17 Nov 2025".

    It is its dg:shortName, which a rule works out, else its label.
    """
    return passage.report_name or passage.report.label or "report not given"


def mark_sources(attestations: Iterable[Attestation]) -> tuple[SourceMark, ...]:
    """Return the sources of attestations, a mark for each report, in the order of first mention.

    What a report denies has a mark of its own. A paragraph stands once, with all its passages.
    """
    passages: dict[tuple[str, bool], dict[str, Passage]] = {}
    for reading in attestations:
        key = reading.passage.report.iri, reading.denies
        passages.setdefault(key, {}).setdefault(reading.passage.thing.iri, reading.passage)
    marks = []
    for (_, denies), by_iri in passages.items():
        ordered = sorted(by_iri.values(), key=lambda passage: (passage.paragraph, passage.start))
        grouped = groupby(ordered, key=lambda passage: passage.paragraph)
        paragraphs = tuple((number, tuple(group)) for number, group in grouped)
        first = ordered[0]
        marks.append(SourceMark(first.report, short_name(first), paragraphs, denies))
    return tuple(marks)


# ---- agreement ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Comparison:
    """How `fact` relates to `other`: `relation` is a verb, `matter` what both are about.

    `reports` are those that say the other, by IRI, each with its standing in the order of reports;
    `by` the reports whose readings correct those of another report, are corrected by them, or deny.
    """

    fact: Thing
    relation: str
    other: Thing
    matter: Thing | None
    reports: Mapping[str, str] = field(default_factory=dict)
    by: frozenset[str] = frozenset()


def read_comparisons(asking: QueryRunner, facts: Iterable[str]) -> tuple[Comparison, ...]:
    """Return how the facts relate to others, the strongest relation of each pair; one query.

    What contradicts or refines what, the rules have worked out; statuses, and stages of agreements,
    follow one another in the order of their reports. Contradictions come first.
    """
    iris = sorted(set(facts))
    rows = asking.rows(fill_query("comparisons", fact=iris)) if iris else []
    pairs: dict[tuple[str, str], list[BindingRow]] = {}
    for row in rows:
        pairs.setdefault((row["fact"], row["other"]), []).append(row)
    found = [_make_comparison(group) for group in pairs.values()]
    return tuple(sorted(found, key=lambda c: _RELATIONS.index(c.relation)))


def _make_comparison(rows: list[BindingRow]) -> Comparison:
    relations = {_name_relation(row["relation"], rows) for row in rows}
    return Comparison(
        fact=thing(rows[0], "fact") or Thing("", ""),
        relation=min(relations, key=_RELATIONS.index),
        other=thing(rows[0], "other") or Thing("", ""),
        matter=next((thing(row, "thing") for row in rows if "thing" in row), None),
        reports={row["report"]: row.get("reportStanding", "") for row in rows if "report" in row},
        by=frozenset(row["by"] for row in rows if "by" in row),
    )


def _name_relation(relation: str, rows: list[BindingRow]) -> str:
    """Return the relation; of statuses and stages, by their values and the newest reports."""
    if relation != _BY_ORDER:
        return relation
    ordered = [row for row in rows if row["relation"] == _BY_ORDER]
    if ordered[0]["value"] == ordered[0]["otherValue"]:
        return SAME
    mine = max(row["standing"] for row in ordered)
    theirs = max(row["otherStanding"] for row in ordered)
    return BESIDE if mine == theirs else LATER if mine > theirs else BEFORE


def recorded_passage(record: FactRecord) -> Passage:
    """Return the passage whose values `record` holds; a number that is none counts as 0."""
    names = {"paragraph": "paragraph", "start": "startOffset", "end": "endOffset"}
    row = {name: record.text(property_) for name, property_ in names.items()}
    row |= {name: record.text(name) for name in ("sha256", "gist")}
    report = next(iter(record.things("passageOf")), Thing("", ""))
    return replace(make_passage(row, report), thing=record.thing)


def list_standing(attestations: Iterable[Attestation]) -> tuple[Attestation, ...]:
    """Return the attestations that no other supersedes."""
    return tuple(reading for reading in attestations if not reading.superseded_by)


# ---- sentences ----------------------------------------------------------------------------


def say_fact(record: FactRecord) -> str:
    """Return the fact as one sentence made of labels, without modality and hedges."""
    return next(_list_sentences(record), f"{record.thing.label}.")


def weigh_readings(attestations: Iterable[Attestation]) -> tuple[str, ...]:
    """Return a few sentences on how well a fact is supported, the most important first."""
    readings = tuple(attestations)
    if not readings:
        return ("No passage is given for this.",)
    standing = list_standing(readings)
    if not standing:
        return (f"Based on {_count_sources(readings)}.", "All of them have been corrected.")
    older = len(readings) - len(standing)
    superseded = [f"{_number(older, 'source')} corrected since."] if older else []
    denials = tuple(reading for reading in standing if reading.denies)
    if is_denied_only(readings):
        return (f"No report says so: it is denied by {_count_sources(denials)}.", *superseded)
    says = tuple(reading for reading in standing if not reading.denies)
    denied = [f"It is denied by {_count_sources(denials)}: the reports disagree."]
    basis = f"Based on {_count_sources(says)}."
    return (basis, *(denied if denials else ()), *_list_doubts(says), *superseded)


def is_denied_only(attestations: Iterable[Attestation]) -> bool:
    """Return whether a fact is denied by readings in force, and said by none of them."""
    standing = list_standing(attestations)
    return bool(standing) and all(reading.denies for reading in standing)


def _count_sources(readings: Iterable[Attestation]) -> str:
    passages = {reading.passage.thing.iri for reading in readings}
    reports = {reading.passage.report.iri for reading in readings}
    return f"{_number(len(passages), 'passage')} in {_number(len(reports), 'report')}"


def _list_doubts(standing: tuple[Attestation, ...]) -> list[str]:
    """Return a sentence on how sure the readings are, and on what they rest if that is weak."""
    kinds = sorted({_name(kind) for item in standing for kind in item.evidentiality})
    weak = " and ".join(_WEAK[kind] for kind in kinds) if set(kinds) <= _WEAK.keys() else ""
    sure = {word: None for item in standing for word in say_modality(item)}
    if weak and list(sure) == [_MODALITIES["asserted"]]:
        several = len({item.passage.report.iri for item in standing}) > 1
        says = "reports state" if several else "report states"
        return [f"The {says} this as fact, but {'base' if several else 'bases'} it on {weak}."]
    parts = [*sure, *([f"based on {weak} alone"] if weak else [])]
    return [f"It is {' and '.join(parts)}."] if parts else []


# ---- how sure -----------------------------------------------------------------------------


def say_certainty(attestation: Attestation) -> str:
    """Return how sure a passage is, with the report's own words, and on what it rests.

    Such as: stated as likely (“likely around”), reported by the outlet itself. What is put as a
    fact and rests on hearsay, or on a judgement alone, says both with "but". Empty for nothing.
    """
    kinds = {_name(kind) for kind in attestation.evidentiality}
    hedges = ", ".join(f"“{hedge}”" for hedge in attestation.hedges)
    sure = " and ".join(say_modality(attestation))
    if hedges:
        sure = f"{sure} ({hedges})" if sure else f"with the words {hedges}"
    is_put_as_fact = _MODALITIES["asserted"] in say_modality(attestation)
    is_doubted = is_put_as_fact and bool(_WEAK.keys() & kinds)
    connector = ", but " if is_doubted else ", "
    return connector.join(filter(None, (sure, " and ".join(say_grounds(attestation)))))


def say_certainties(attestations: Iterable[Attestation]) -> str:
    """Return how sure several passages are, each phrase once, with semicolons between them."""
    return "; ".join(dict.fromkeys(filter(None, map(say_certainty, attestations))))


def say_doubt(attestations: Iterable[Attestation], but: str = "") -> str:
    """Return in a few words who says so and how sure, for a line of a brief; empty for plain news.

    Readings that have been corrected do not count. What a report states as a fact in its own voice
    goes without words, and so does what it calls planned. Hedges that stand in `but` are left out.
    """
    hedges: dict[str, dict[str, None]] = {}
    for reading in list_standing(attestations):
        of_words = hedges.setdefault(_say_shortly(reading), {})
        of_words.update((f"“{hedge}”", None) for hedge in reading.hedges if hedge not in but)
    phrases = []
    for words, quoted in hedges.items():
        listed = ", ".join(quoted)
        if words or listed:
            phrases.append(
                f"{words} ({listed})"
                if words and listed
                else words or f"in the report's words {listed}"
            )
    return "; ".join(phrases)


def _say_shortly(reading: Attestation) -> str:
    """Return how sure a reading is and on whose word, without its hedges; empty for plain news."""
    voices = " and ".join(voice.label for voice in reading.voices)
    kinds = {_name(kind) for kind in reading.evidentiality}
    if reading.denies:
        return f"denied by {voices or reading.passage.report.label}"
    parts = [_name(word) for word in reading.modality if _name(word) not in ("asserted", "planned")]
    parts += [_WEAK[kind] for kind in sorted(kinds & _WEAK.keys())]
    parts += ["inferred"] if "inferred" in kinds else []
    is_official = "official-announcement" in kinds
    if voices:
        parts.append(f"announced by {voices}" if is_official else f"according to {voices}")
    elif is_official:
        parts.append("official announcement")
    return ", ".join(parts)


def say_modality(attestation: Attestation) -> list[str]:
    """Return how sure a passage is, such as "stated as likely"; empty where that is not said."""
    return [_MODALITIES.get(_name(word), word.label) for word in attestation.modality]


def say_grounds(attestation: Attestation) -> list[str]:
    """Return what a passage rests on, such as "based on hearsay"; empty where that is not said."""
    return [_GROUNDS.get(_name(kind), kind.label) for kind in attestation.evidentiality]


def _name(concept: Thing) -> str:
    """Return the last part of a concept's IRI."""
    return concept.iri.rpartition("/")[2]


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _list_sentences(record: FactRecord) -> Iterator[str]:
    """Yield the sentences whose parts the fact has."""
    labels = partial(_join_labels, record)
    yield from _list_link_sentences(record)
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
        yield f"On the agenda of {event}: {about}{_say_marks(record)}."
    yield from _list_quantity_sentences(record)
    who, office = labels("holder"), labels("office")
    if who and office:
        yield f"{who} holds the office {office}."
    who, forum, kind = labels("member"), labels("memberOfForum"), labels("membershipKind")
    if who and forum:
        yield f"{who} belongs to {forum}{f' ({kind})' if kind else ''}."
    whole = labels("stageOf", "agreementStageOf")
    if whole:
        yield f"A stage of {whole}: {labels('stageValue') or record.thing.label}."


def _list_link_sentences(record: FactRecord) -> Iterator[str]:
    for name, words in _LINKS.items():
        if about := _join_labels(record, name):
            yield f"{about}: {_say_target(record, words)}{_say_marks(record)}."


def _list_quantity_sentences(record: FactRecord) -> Iterator[str]:
    about, unit = _join_labels(record, "quantityOf"), _join_labels(record, "unit")
    least, most = (
        record.text(f"{end}Count") or record.text(f"{end}Amount") for end in ("min", "max")
    )
    if about and (least or most):
        yield f"{about}: {_say_bounds(least, most, f' {unit}' if unit else '')}."


def _join_labels(record: FactRecord, *names: str) -> str:
    """Return the labels of the values of these properties, the last with "and" before it."""
    *most, last = [thing.label for name in names for thing in record.things(name)] or [""]
    return f"{', '.join(most)} and {last}" if most else last


def _say_target(record: FactRecord, words: str) -> str:
    """Return what a link says after the thing that it is said of."""
    target = _join_labels(record, "linkTo")
    if record.things("firstOccurrenceOf") and not target:
        return "the first ever"
    if any(kind.iri.endswith("/despite") for kind in record.things("contextKind")):
        words = "despite"
    ordinal = record.text("ordinal")
    return f"{words} {target}{f', as number {ordinal}' if ordinal else ''}"


def _say_marks(record: FactRecord) -> str:
    """Return, in words, that a report names only some of several, and how it develops."""
    others = ", among others" if record.text("notExhaustive") in ("true", "1") else ""
    return others + "".join(f", {trend.label}" for trend in record.things("trend"))


def _say_bounds(least: str, most: str, unit: str = "") -> str:
    if least and most:
        return f"{least}{unit}" if least == most else f"{least} to {most}{unit}"
    return f"at least {least}{unit}, no upper bound given" if least else f"at most {most}{unit}"

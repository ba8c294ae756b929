"""A fact with its attestations, rivals and mentions, and its citation in text and three formats."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from diplograph.core.dates import say_date
from diplograph.core.errors import UnknownThing
from diplograph.core.names import FACT, compact
from diplograph.core.things import Thing, Value
from diplograph.views.event import group_facts, read_naming
from diplograph.views.query import QueryRunner
from diplograph.views.records import (
    CONTRADICTS,
    DISPUTED,
    Attestation,
    FactRecord,
    is_denied_only,
    list_standing,
    read_asserted_values,
    read_comparisons,
    read_evidence,
    read_inferred_values,
    say_certainty,
    say_fact,
    weigh_readings,
)
from diplograph.views.thing import NamedThing, read_named_things

# Facts that refer to the fact, on one page.
MENTIONS_SHOWN = 50
PUBLISHER = "Diplograph"
_UNKNOWN_PUBLISHER = "publisher not known"
_SHORT_DIGEST = 8  # hexadecimal digits that name a build in a citation
# Characters that BibTeX or LaTeX interprets, and how they are written.
_BIBTEX_ESCAPES = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    # Not \\{: BibTeX counts that brace all the same.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    **{character: f"\\{character}" for character in "$&#_%"},
}


@dataclass(frozen=True)
class Rival:
    """Another fact about the same thing; `relation` says how the fact of the page relates to it."""

    record: FactRecord
    relation: str


@dataclass(frozen=True)
class FactSheet:
    """What the page of a fact shows: also `reports` that speak of it by IRI, the oldest first,
    inferred values, and `mentions`, facts that refer to it, of `total` in all.
    """

    named: NamedThing
    record: FactRecord
    rivals: tuple[Rival, ...]
    reports: Mapping[str, FactRecord]
    mentions: tuple[FactRecord, ...]
    total: int
    inferred: tuple[Value, ...]

    @property
    def thing(self) -> Thing:
        """The fact."""
        return self.named.thing

    @property
    def sentence(self) -> str:
        """The fact in words; of one that is only denied, that it is."""
        return f"{'Denied: ' if self.is_denied else ''}{say_fact(self.record)}"

    @property
    def is_denied(self) -> bool:
        """Whether reports deny it, and none says it."""
        return is_denied_only(self.record.attestations)

    @property
    def weight(self) -> tuple[str, ...]:
        """How well it is supported, in sentences."""
        return weigh_readings(self.record.attestations)


def read_fact(asking: QueryRunner, iri: str, page: int = 1) -> FactSheet:
    """Return the page of the fact of that IRI; at most eight queries; raises UnknownThing."""
    named = read_named_things(asking, iri)
    if FACT not in named.classes:
        raise UnknownThing(f"{compact(iri)} is no fact")
    rows, total = read_naming(asking, iri, page, MENTIONS_SHOWN)
    comparisons = [c for c in read_comparisons(asking, [iri]) if c.relation != DISPUTED]
    shown = [iri, *(c.other.iri for c in comparisons), *(row["fact"] for row in rows)]
    evidence = read_evidence(asking, shown)
    sources = (attestation.passage.report for attestation in evidence.get(iri, ()))
    reports = {report.iri: report for report in sources if report.iri}
    values = read_asserted_values(asking, [*shown, *reports])

    def make_record(thing: Thing) -> FactRecord:
        return FactRecord(thing, values.get(thing.iri, ()), evidence.get(thing.iri, ()))

    record = make_record(named.thing)
    mentions = group_facts(rows, values, evidence)
    return FactSheet(
        named=named,
        record=record,
        rivals=tuple(Rival(make_record(c.other), c.relation) for c in comparisons),
        reports={iri: make_record(report) for iri, report in reports.items()},
        mentions=tuple(mention for group in mentions.values() for mention in group),
        total=total,
        inferred=read_inferred_values(asking, [iri]).get(iri, ()),
    )


# ---- citations ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Basis:
    """A report that a fact rests on; its title is our description in brackets, not its own.

    `published` is its day of publication in EDTF, empty where that is not known; `received` the
    day on which it was received.
    """

    iri: str
    title: str
    publisher: str
    places: tuple[str, ...]
    published: str = ""
    received: str = ""


@dataclass(frozen=True)
class Citation:
    """The citation of a fact; `accessed` is the day of access, None where none was given.

    `doubt` says how sure the reports are, by whose voice, and whether they were corrected or
    disagree: it belongs to the title. `data` is the day of the newest report that speaks of it.
    `bases` are the reports that say it, `denials` those that deny it.
    """

    iri: str
    title: str
    kind: str
    build: str
    bases: tuple[Basis, ...]
    accessed: date | None = None
    denials: tuple[Basis, ...] = ()
    sentence: str = ""
    doubt: str = ""

    @property
    def key(self) -> str:
        """The key of its entry in a list of references."""
        return make_key(self.iri)

    @property
    def full_title(self) -> str:
        """The title with its doubt in brackets."""
        return f"{self.title} [{self.doubt}]" if self.doubt else self.title

    @property
    def data(self) -> str:
        """The day on which the newest report of it was received, as 2026-11-22; or nothing."""
        return max((basis.received for basis in (*self.bases, *self.denials)), default="")

    @property
    def version(self) -> str:
        """The day of the data and the build, in words."""
        build = f"build {self.build[:_SHORT_DIGEST]}"
        return f"data of {say_date(self.data)}, {build}" if self.data else build

    @property
    def note(self) -> str:
        """What the fact says, and the reports it rests on and those that deny it, in words."""
        parts = [
            f"{words}: {' / '.join(map(_say_basis, bases))}"
            for words, bases in (("Source", self.bases), ("Denied by", self.denials))
            if bases
        ]
        return ". ".join(parts) or "No passage is given for it"


def cite(sheet: FactSheet, build: str, accessed: date | None = None) -> Citation:
    """Return the citation of a fact in the build of that digest."""
    readings = sheet.record.attestations
    return Citation(
        iri=sheet.thing.iri,
        title=_plain(f"{'Denied: ' if sheet.is_denied else ''}{sheet.thing.label}"),
        kind=", ".join(kind.label for kind in sheet.named.kinds) or "fact",
        build=build,
        bases=_list_bases(sheet, [reading for reading in readings if not reading.denies]),
        accessed=accessed,
        denials=_list_bases(sheet, (reading for reading in readings if reading.denies)),
        sentence=_plain(sheet.sentence),
        doubt=_plain(say_doubt(sheet)),
    )


def say_doubt(sheet: FactSheet) -> str:
    """Return how sure the reports are of a fact, by whose voice, and whether they disagree."""
    standing = list_standing(sheet.record.attestations)
    says = [_say_reading(reading) for reading in standing if not reading.denies]
    denied = [_say_voices(sheet, reading) for reading in standing if reading.denies]
    rivals = [f"“{rival.record.thing.label}”" for rival in sheet.rivals if _contradicts(rival)]
    parts = list(dict.fromkeys(filter(None, says)))
    if sheet.record.attestations and not standing:
        parts.append("corrected since")
    if denied:
        parts.append(f"denied by {' and '.join(dict.fromkeys(denied))}")
    if rivals:
        parts.append(f"reports disagree: another says {' or '.join(rivals)}")
    return "; ".join(parts)


def _contradicts(rival: Rival) -> bool:
    return rival.relation == CONTRADICTS


def _say_reading(reading: Attestation) -> str:
    voices = " and ".join(voice.label for voice in reading.voices)
    return ", ".join(filter(None, (say_certainty(reading), voices and f"according to {voices}")))


def _say_voices(sheet: FactSheet, reading: Attestation) -> str:
    """Return who speaks: the voices, the publisher of the report, or else the report."""
    report = sheet.reports.get(reading.passage.report.iri)
    publishers = report.things("publisher") if report else ()
    voices = reading.voices or publishers or (reading.passage.report,)
    return " and ".join(voice.label for voice in voices)


def _list_bases(sheet: FactSheet, readings: Iterable[Attestation]) -> tuple[Basis, ...]:
    """Return the reports of the readings with the places in them, the oldest report first."""
    places: dict[str, dict[str, None]] = {}
    for reading in readings:
        if reading.passage.report.iri:
            found = places.setdefault(reading.passage.report.iri, {})
            found[f"paragraph {reading.passage.paragraph}"] = None
    return tuple(_make_basis(sheet.reports[iri], tuple(found)) for iri, found in places.items())


def _make_basis(report: FactRecord, places: tuple[str, ...]) -> Basis:
    return Basis(
        iri=report.thing.iri,
        title=f"[{_plain(report.thing.label)}]",
        publisher=_plain(", ".join(thing.label for thing in report.things("publisher"))),
        places=places,
        published=report.text("publishedOn"),
        received=report.text("receivedOn"),
    )


def write_citation(citation: Citation) -> str:
    """Return the citation as one paragraph of plain text."""
    seen = f" Seen as of {say_date(citation.accessed.isoformat())}." if citation.accessed else ""
    sentence = (citation.sentence or citation.title).rstrip(".")
    doubt = f" [{citation.doubt}]" if citation.doubt else ""
    place = f"{PUBLISHER}, {citation.version}. {citation.iri}."
    return f"{sentence}{doubt}. {citation.note}. {place}{seen}"


def write_bibtex(citation: Citation) -> str:
    """Return an entry for the fact and one for each report that it rests on, as BibTeX."""
    day = citation.accessed.isoformat() if citation.accessed else ""
    publisher = f"{PUBLISHER}, {citation.version}"
    about = f"{citation.sentence} {citation.note}".strip()
    sources = [(citation.iri, citation.full_title, publisher, citation.data, day, about)]
    for basis in (*citation.bases, *citation.denials):
        places = "; ".join(basis.places)
        sources.append((basis.iri, basis.title, basis.publisher, basis.published, "", places))
    entries = []
    for iri, title, publisher, published, day, note in sources:
        fields = {
            "title": f"{{{_escape(title)}}}",
            "howpublished": _escape(publisher),
            "date": _escape(published),
            "url": iri,
            "urldate": day,
            "note": _escape(note),
        }
        lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
        entries.append("\n".join([f"@misc{{{make_key(iri)},", *lines, "}"]) + "\n")
    return "\n".join(entries)


def write_csl(citation: Citation) -> str:
    """Return the same entries as CSL-JSON, a list of items."""
    fact = {
        "id": citation.key,
        "type": "dataset",
        "title": citation.full_title,
        "publisher": PUBLISHER,
        "version": citation.version,
        "genre": citation.kind,
        "URL": citation.iri,
        "note": f"{citation.sentence} {citation.note}".strip(),
    }
    if citation.data:
        fact["issued"] = _write_csl_date(citation.data)
    if citation.accessed:
        fact["accessed"] = _write_csl_date(citation.accessed.isoformat())
    reports = [
        {
            "id": make_key(basis.iri),
            "type": "document",
            "title": basis.title,
            **({"publisher": basis.publisher} if basis.publisher else {}),
            **({"issued": _write_csl_date(basis.published)} if basis.published else {}),
            "URL": basis.iri,
            "note": "; ".join(basis.places),
        }
        for basis in (*citation.bases, *citation.denials)
    ]
    return json.dumps([fact, *reports], ensure_ascii=False, indent=2) + "\n"


def write_ris(citation: Citation) -> str:
    """Return the same entries in RIS; lines end in CR LF."""
    seen = citation.accessed.isoformat() if citation.accessed else ""
    records = [
        [
            ("TY", "DATA"),
            ("ID", citation.key),
            ("TI", citation.full_title),
            ("PB", PUBLISHER),
            ("ET", citation.version),
            ("DA", citation.data.replace("-", "/")),
            ("UR", citation.iri),
            ("Y2", seen.replace("-", "/")),
            ("AB", citation.sentence),
            ("N1", citation.note),
        ]
    ]
    for basis in (*citation.bases, *citation.denials):
        records.append(
            [
                ("TY", "NEWS"),
                ("ID", make_key(basis.iri)),
                ("TI", basis.title),
                ("PB", basis.publisher),
                ("DA", _read_day(basis.published).replace("-", "/")),
                ("UR", basis.iri),
                ("N1", "; ".join(basis.places)),
            ]
        )
    lines = [
        f"{tag}  - {_plain(text)}"
        for record in records
        for tag, text in (*((tag, text) for tag, text in record if text), ("ER", ""))
    ]
    return "\r\n".join(lines) + "\r\n"


def make_key(iri: str) -> str:
    """Return the key of an entry, made of letters, digits and dashes only.

    >>> make_key("https://w3id.org/diplograph/id/event/moscow-talks-2025-11")
    'diplograph-event-moscow-talks-2025-11'
    """
    return "diplograph-" + re.sub(r"[^A-Za-z0-9]+", "-", compact(iri)).strip("-")


def _say_basis(basis: Basis) -> str:
    publication = basis.publisher or _UNKNOWN_PUBLISHER
    if basis.published:
        publication += f", {say_date(basis.published)}"
    else:
        received = f", received {say_date(basis.received)}" if basis.received else ""
        publication += f", undated{received}"
    return f"{basis.title} ({publication}), {'; '.join(basis.places)}"


def _write_csl_date(text: str) -> dict:
    """Return a date in EDTF as CSL-JSON has it, in words unless it is a day."""
    day = _read_day(text)
    if not day:
        return {"literal": say_date(text)}
    return {"date-parts": [[int(part) for part in day.split("-")]]}


def _read_day(text: str) -> str:
    """Return a text that writes a day, such as 2025-12-05; nothing for any other."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _plain(text: str) -> str:
    """Return text in one line without control characters."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text).split())


def _escape(text: str) -> str:
    """Return text for BibTeX: its special characters escaped, which also balances braces."""
    return "".join(_BIBTEX_ESCAPES.get(character, character) for character in _plain(text))

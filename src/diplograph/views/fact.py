"""A fact with its attestations, rivals and mentions, and its citation as text, BibTeX or CSL."""

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
    DISPUTED,
    Attestation,
    FactRecord,
    Passage,
    is_denied_only,
    read_asserted_values,
    read_comparisons,
    read_evidence,
    read_inferred_values,
    say_fact,
    weigh_readings,
)
from diplograph.views.thing import NamedThing, read_named_things

# Facts that refer to the fact, on one page.
MENTIONS_SHOWN = 50
PUBLISHER = "Diplograph"
_UNKNOWN_PUBLISHER = "publisher not known"
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

    `published` is its day of publication in EDTF, empty where that is not known.
    """

    iri: str
    title: str
    publisher: str
    places: tuple[str, ...]
    published: str = ""


@dataclass(frozen=True)
class Citation:
    """The citation of a fact; `accessed` is the day of access, None where none was given.

    `bases` are the reports that say it, `denials` those that deny it.
    """

    iri: str
    title: str
    kind: str
    build: str
    bases: tuple[Basis, ...]
    accessed: date | None = None
    denials: tuple[Basis, ...] = ()

    @property
    def key(self) -> str:
        """The key of its entry in a list of references."""
        return make_key(self.iri)

    @property
    def note(self) -> str:
        """The reports it rests on, and those that deny it, in words."""
        parts = [
            f"{words}: {' / '.join(map(_say_basis, bases))}"
            for words, bases in (("Rests on", self.bases), ("Denied by", self.denials))
            if bases
        ]
        return ". ".join(parts) or "No passage is given for it"


def cite(sheet: FactSheet, build: str, accessed: date | None = None) -> Citation:
    """Return the citation of a fact in the build of that digest."""
    readings = sheet.record.attestations
    return Citation(
        iri=sheet.thing.iri,
        title=_plain(sheet.thing.label),
        kind=", ".join(kind.label for kind in sheet.named.kinds) or "fact",
        build=build,
        bases=_list_bases(sheet, [reading for reading in readings if not reading.denies]),
        accessed=accessed,
        denials=_list_bases(sheet, (reading for reading in readings if reading.denies)),
    )


def _list_bases(sheet: FactSheet, readings: Iterable[Attestation]) -> tuple[Basis, ...]:
    """Return the reports of the readings with the places in them, the oldest report first."""
    places: dict[str, dict[str, None]] = {}
    for reading in readings:
        if reading.passage.report.iri:
            found = places.setdefault(reading.passage.report.iri, {})
            found[_locate(reading.passage)] = None
    return tuple(
        Basis(
            iri=iri,
            title=f"[{_plain(sheet.reports[iri].thing.label)}]",
            publisher=_plain(
                ", ".join(thing.label for thing in sheet.reports[iri].things("publisher"))
            ),
            places=tuple(found),
            published=sheet.reports[iri].text("publishedOn"),
        )
        for iri, found in places.items()
    )


def write_citation(citation: Citation) -> str:
    """Return the citation as one paragraph of plain text."""
    seen = f" Seen as of {citation.accessed.isoformat()}." if citation.accessed else ""
    return (
        f"“{citation.title}” ({citation.kind}). {PUBLISHER}, build {citation.build}."
        f" {citation.iri}.{seen} {citation.note}."
    )


def write_bibtex(citation: Citation) -> str:
    """Return an entry for the fact and one for each report that it rests on, as BibTeX."""
    day = citation.accessed.isoformat() if citation.accessed else ""
    publisher = f"{PUBLISHER}, build {citation.build}"
    sources = [(citation.iri, citation.title, publisher, "", day, citation.note)]
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
        "title": citation.title,
        "publisher": PUBLISHER,
        "version": citation.build,
        "genre": citation.kind,
        "URL": citation.iri,
        "note": citation.note,
    }
    if citation.accessed:
        day = citation.accessed
        fact["accessed"] = {"date-parts": [[day.year, day.month, day.day]]}
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
    return f"{basis.title} ({publication}), {'; '.join(basis.places)}"


def _write_csl_date(published: str) -> dict:
    """Return a date in EDTF as CSL-JSON has it, in words unless it is a day."""
    try:
        day = date.fromisoformat(published)
    except ValueError:
        return {"literal": say_date(published)}
    return {"date-parts": [[day.year, day.month, day.day]]}


def _locate(passage: Passage) -> str:
    """Return the place of a passage: paragraph, characters and SHA-256."""
    sha256 = f", SHA-256 {passage.sha256}" if passage.sha256 else ""
    return f"paragraph {passage.paragraph}, characters {passage.start}-{passage.end}{sha256}"


def _plain(text: str) -> str:
    """Return text in one line without control characters."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text).split())


def _escape(text: str) -> str:
    """Return text for BibTeX: its special characters escaped, which also balances braces."""
    return "".join(_BIBTEX_ESCAPES.get(character, character) for character in _plain(text))

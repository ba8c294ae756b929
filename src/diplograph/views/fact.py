"""A fact with its attestations, rivals and mentions, and its citation as text, BibTeX or CSL."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from diplograph.core.errors import UnknownThing
from diplograph.core.names import FACT, compact
from diplograph.core.things import Thing, Value
from diplograph.views.event import group_facts, read_naming
from diplograph.views.query import QueryRunner, fill_query, things
from diplograph.views.records import (
    FactRecord,
    Passage,
    Rival,
    find_rivals,
    read_asserted_values,
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
class FactSheet:
    """What the page of a fact shows: also `reports` it rests on by IRI, inferred values, and
    `mentions`, facts that refer to it, of `total` in all.
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
        """The fact in words."""
        return say_fact(self.record)

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
    others = things(asking.rows(fill_query("siblings", fact=iri)), "other")
    shown = [iri, *(other.iri for other in others), *(row["fact"] for row in rows)]
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
        rivals=find_rivals(record, map(make_record, others)),
        reports={iri: make_record(report) for iri, report in reports.items()},
        mentions=tuple(mention for group in mentions.values() for mention in group),
        total=total,
        inferred=read_inferred_values(asking, [iri]).get(iri, ()),
    )


# ---- citations ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Basis:
    """A report that a fact rests on; its title is our description in brackets, not its own."""

    iri: str
    title: str
    publisher: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class Citation:
    """The citation of a fact; `accessed` is the day of access, None where none was given."""

    iri: str
    title: str
    kind: str
    build: str
    bases: tuple[Basis, ...]
    accessed: date | None = None

    @property
    def key(self) -> str:
        """The key of its entry in a list of references."""
        return make_key(self.iri)

    @property
    def note(self) -> str:
        """The reports it rests on, in words."""
        rests = (
            f"{basis.title} ({basis.publisher or _UNKNOWN_PUBLISHER}), {'; '.join(basis.places)}"
            for basis in self.bases
        )
        return f"Rests on: {' / '.join(rests)}" if self.bases else "No passage is given for it"


def cite(sheet: FactSheet, build: str, accessed: date | None = None) -> Citation:
    """Return the citation of a fact in the build of that digest."""
    return Citation(
        iri=sheet.thing.iri,
        title=_plain(sheet.thing.label),
        kind=", ".join(kind.label for kind in sheet.named.kinds) or "fact",
        build=build,
        bases=tuple(
            Basis(
                iri=iri,
                title=f"[{_plain(report.thing.label)}]",
                publisher=_plain(", ".join(thing.label for thing in report.things("publisher"))),
                places=tuple(
                    dict.fromkeys(
                        _locate(attestation.passage)
                        for attestation in sheet.record.attestations
                        if attestation.passage.report.iri == iri
                    )
                ),
            )
            for iri, report in sorted(sheet.reports.items())
        ),
        accessed=accessed,
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
    sources = [(citation.iri, citation.title, publisher, day, citation.note)]
    for basis in citation.bases:
        sources.append((basis.iri, basis.title, basis.publisher, "", "; ".join(basis.places)))
    entries = []
    for iri, title, publisher, day, note in sources:
        fields = {
            "title": f"{{{_escape(title)}}}",
            "howpublished": _escape(publisher),
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
            "URL": basis.iri,
            "note": "; ".join(basis.places),
        }
        for basis in citation.bases
    ]
    return json.dumps([fact, *reports], ensure_ascii=False, indent=2) + "\n"


def make_key(iri: str) -> str:
    """Return the key of an entry, made of letters, digits and dashes only.

    >>> make_key("https://w3id.org/diplograph/id/event/moscow-talks-2025-11")
    'diplograph-event-moscow-talks-2025-11'
    """
    return "diplograph-" + re.sub(r"[^A-Za-z0-9]+", "-", compact(iri)).strip("-")


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

"""How a fact is cited: in plain text, BibTeX and CSL-JSON, with its build, reports and passages.

Nothing is made up: no author, no date, no headline. A report's title is our description of it, in
square brackets, as cataloguers write a title that they supply.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from diplograph.core.names import compact
from diplograph.passages import Attestation
from diplograph.views.fact import FactSheet

PUBLISHER = "Diplograph"
_UNKNOWN = "publisher not known"
_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    # Not \\{: BibTeX counts that brace all the same.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    **{character: f"\\{character}" for character in "$&#_%"},
}


@dataclass(frozen=True)
class Basis:
    """A report that a fact rests on: our description of it, who published it, where it says so."""

    iri: str
    description: str
    publisher: str
    places: tuple[str, ...]

    @property
    def title(self) -> str:
        """The description in brackets: the report's own title is not known here."""
        return f"[{self.description}]"


@dataclass(frozen=True)
class Citation:
    """What a citation of a fact says; `accessed` is there only where a day was given."""

    iri: str
    title: str
    kind: str
    build: str
    bases: tuple[Basis, ...]
    accessed: date | None = None

    @property
    def key(self) -> str:
        """What names it in a list of references."""
        return make_key(self.iri)

    @property
    def note(self) -> str:
        """What it rests on, in words."""
        rests = (
            f"{each.title} ({each.publisher or _UNKNOWN}), {'; '.join(each.places)}"
            for each in self.bases
        )
        return f"Rests on: {' / '.join(rests)}" if self.bases else "No passage is given for it"


def cite(sheet: FactSheet, build: str, accessed: date | None = None) -> Citation:
    """Return the citation of a fact in the build of that digest."""
    return Citation(
        iri=sheet.thing.iri,
        title=_plain(sheet.thing.label),
        kind=", ".join(each.label for each in sheet.named.kinds) or "fact",
        build=build,
        bases=tuple(_bases(sheet)),
        accessed=accessed,
    )


def write_text(citation: Citation) -> str:
    """Return the citation as one paragraph of plain text."""
    seen = f" Seen as of {citation.accessed.isoformat()}." if citation.accessed else ""
    return (
        f"“{citation.title}” ({citation.kind}). {PUBLISHER}, build {citation.build}."
        f" {citation.iri}.{seen} {citation.note}."
    )


def write_bibtex(citation: Citation) -> str:
    """Return an entry for the fact and one for each report that it rests on, as BibTeX."""
    fact = {
        "title": f"{{{_escape(citation.title)}}}",
        "howpublished": _escape(f"{PUBLISHER}, build {citation.build}"),
        "url": citation.iri,
        "urldate": citation.accessed.isoformat() if citation.accessed else "",
        "note": _escape(citation.note),
    }
    entries = [_entry(citation.key, fact)]
    for each in citation.bases:
        fields = {
            "title": f"{{{_escape(each.title)}}}",
            "howpublished": _escape(each.publisher),
            "url": each.iri,
            "note": _escape("; ".join(each.places)),
        }
        entries.append(_entry(make_key(each.iri), fields))
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
            "id": make_key(each.iri),
            "type": "document",
            "title": each.title,
            **({"publisher": each.publisher} if each.publisher else {}),
            "URL": each.iri,
            "note": "; ".join(each.places),
        }
        for each in citation.bases
    ]
    return json.dumps([fact, *reports], ensure_ascii=False, indent=2) + "\n"


def make_key(iri: str) -> str:
    """Return the name of an entry, of letters, digits and dashes alone.

    >>> make_key("https://w3id.org/diplograph/id/event/moscow-talks-2025-11")
    'diplograph-event-moscow-talks-2025-11'
    """
    return "diplograph-" + re.sub(r"[^A-Za-z0-9]+", "-", compact(iri)).strip("-")


def locate_passage(attestation: Attestation) -> str:
    """Return where a reading's passage stands: paragraph, characters and the start of its hash."""
    passage = attestation.passage
    known = f", SHA-256 {passage.sha256}" if passage.sha256 else ""
    return f"paragraph {passage.paragraph}, characters {passage.start}-{passage.end}{known}"


def _bases(sheet: FactSheet) -> Iterable[Basis]:
    for iri, report in sorted(sheet.reports.items()):
        readings = (each for each in sheet.record.attestations if each.passage.report.iri == iri)
        yield Basis(
            iri=iri,
            description=_plain(report.thing.label),
            publisher=_plain(", ".join(each.label for each in report.things("publisher"))),
            places=tuple(dict.fromkeys(locate_passage(each) for each in readings)),
        )


def _entry(key: str, fields: dict[str, str]) -> str:
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{key},", *lines, "}"]) + "\n"


def _plain(text: str) -> str:
    """Return text in one line without control characters."""
    return " ".join("".join(c if c.isprintable() or c.isspace() else " " for c in text).split())


def _escape(text: str) -> str:
    """Return text as BibTeX has it: its special characters escaped, braces balanced thereby."""
    return "".join(_SPECIAL.get(character, character) for character in _plain(text))

"""Why a fact is in the graph: its readings, what agrees and disagrees with it, what rests on it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from diplograph.core.errors import UnknownThing
from diplograph.core.names import FACT, compact
from diplograph.core.things import Thing, Value
from diplograph.views.event import group_facts, read_naming
from diplograph.views.query import QueryRunner, fill_query, things
from diplograph.views.records import (
    Attestation,
    FactRecord,
    Rival,
    find_rivals,
    read_asserted_values,
    read_evidence,
    read_inferred_values,
    say_fact,
    weigh_readings,
)
from diplograph.views.thing import NamedThing, read_named_things

# Facts that name the fact, on one page.
MENTIONS_SHOWN = 50


@dataclass(frozen=True)
class FactSheet:
    """What the page of a fact shows.

    `reports` are what files say of the reports it rests on; `mentions` are the facts that name it,
    `total` of them in all; `inferred` is what follows of it.
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
        """What it says."""
        return say_fact(self.record)

    @property
    def weight(self) -> tuple[str, ...]:
        """What its readings come to."""
        return weigh_readings(self.record.attestations)


def ask_is_fact(named: NamedThing) -> bool:
    """Return whether the thing is something that a report asserts."""
    return FACT in named.classes


def read_fact(asking: QueryRunner, iri: str, page: int = 1) -> FactSheet:
    """Return why the fact of that IRI is here; at most eight queries.

    Raises UnknownThing where nothing is called so, or where it is no fact.
    """
    named = read_named_things(asking, iri)
    if not ask_is_fact(named):
        raise UnknownThing(f"{compact(iri)} is no fact")
    rows, total = read_naming(asking, iri, page, MENTIONS_SHOWN)
    others = things(asking.rows(fill_query("siblings", fact=iri)), "other")
    shown = [iri, *(each.iri for each in others), *(row["fact"] for row in rows)]
    evidence = read_evidence(asking, shown)
    readings = (each.passage.report for each in evidence.get(iri, ()))
    reports = {each.iri: each for each in readings if each.iri}
    said = read_asserted_values(asking, [*shown, *reports])
    record = FactRecord(named.thing, said.get(iri, ()), evidence.get(iri, ()))
    rivals = (
        FactRecord(each, said.get(each.iri, ()), evidence.get(each.iri, ())) for each in others
    )
    mentions = group_facts(rows, said, evidence)
    return FactSheet(
        named=named,
        record=record,
        rivals=find_rivals(record, rivals),
        reports={iri: FactRecord(each, said.get(iri, ())) for iri, each in reports.items()},
        mentions=tuple(each for group in mentions.values() for each in group),
        total=total,
        inferred=read_inferred_values(asking, [iri]).get(iri, ()),
    )


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

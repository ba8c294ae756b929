"""The parts of a brief: lines of text with the passages they rest on, cut to fit two pages of A4.

A line is drafted with its readings. `make_brief` cuts the sections to the length that two pages
take, and only then numbers the reports that the lines left over rest on, like endnotes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import ceil
from operator import itemgetter

from diplograph.core.dates import say_date
from diplograph.core.things import Thing
from diplograph.views.query import QueryRunner, fill_query, thing
from diplograph.views.records import (
    Attestation,
    Passage,
    SourceMark,
    mark_sources,
    short_name,
)

# What two printed pages take: rows of text, and characters of a row; a heading counts as so many.
ROWS, CHARACTERS, HEADING_ROWS = 122, 86, 2.0
# Characters of a row of what stands before a line, and paragraphs of a source that are listed.
_LEAD_CHARACTERS, _PARAGRAPHS = 18, 12
# Characters of a citation and of each paragraph in it, about.
_CITED, _CITED_PARAGRAPH = 9, 3


@dataclass(frozen=True)
class TextRun:
    """A piece of a line; `iri` is the thing that it names, if it names one."""

    text: str
    iri: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Citation:
    """The readings that what stands before it in a line rests on."""

    readings: tuple[Attestation, ...]


@dataclass(frozen=True)
class BriefLine:
    """A line of a section: `lead` says in a word or two which row it is, such as a level."""

    parts: tuple[TextRun | Citation, ...]
    lead: str = ""

    @property
    def length(self) -> int:
        """About how many characters it has in print, without its lead."""
        return sum(
            len(part.text) + 1 if isinstance(part, TextRun) else _measure_citation(part)
            for part in self.parts
        )

    @property
    def readings(self) -> tuple[Attestation, ...]:
        """The readings of all its citations."""
        cited = (part.readings for part in self.parts if isinstance(part, Citation))
        return tuple(reading for readings in cited for reading in readings)


@dataclass(frozen=True)
class BriefSection:
    """A section: its lines, and how many `more` there are on the page of the site at `rest`.

    A section of twice the `weight` keeps twice as many lines when lines are cut.
    """

    name: str
    title: str
    lines: tuple[BriefLine, ...]
    more: int = 0
    rest: str = ""
    note: str = ""
    weight: float = 1


@dataclass(frozen=True)
class ReportDetails:
    """A report: publisher and web address if known, the days in EDTF it was published and received.

    A digest has those of the report that it restates. `order` sorts reports by publication, then
    by reception.
    """

    report: Thing
    publisher: str = ""
    published: str = ""
    received: str = ""
    address: str = ""
    order: str = ""

    @property
    def days(self) -> str:
        """When it was published, or else received, in words."""
        if self.published:
            return f"published {say_date(self.published)}"
        received = f"received {say_date(self.received)}" if self.received else "date not known"
        return f"undated, {received}" if self.received else received


@dataclass(frozen=True)
class BriefSource:
    """An entry of the list of sources: its number and short name, and the paragraphs cited."""

    number: int
    name: str
    details: ReportDetails
    paragraphs: tuple[int, ...]

    @property
    def description(self) -> str:
        """Its label, publisher and days, where its name does not say them, and the paragraphs."""
        details = self.details
        label = capitalise(details.report.label)
        parts = [text for text in (label, details.publisher) if text and text not in self.name]
        return "; ".join((*parts, details.days, self.paragraph_words))

    @property
    def paragraph_words(self) -> str:
        """The paragraphs in words: `paragraphs 1, 2 and 4`."""
        listed = [str(number) for number in self.paragraphs[:_PARAGRAPHS]]
        if len(self.paragraphs) > _PARAGRAPHS:
            listed.append(f"{len(self.paragraphs) - _PARAGRAPHS} more")
        *most, last = listed
        words = f"{', '.join(most)} and {last}" if most else last
        return f"paragraph{'s' if most else ''} {words}"


@dataclass(frozen=True)
class Brief:
    """A brief as of a day: a title, the summary, sections, sources, and what is not reported.

    `path` is its address on the site, without a suffix.
    """

    title: str
    path: str
    day: date
    summary: tuple[BriefLine, ...]
    sections: tuple[BriefSection, ...]
    sources: tuple[BriefSource, ...]
    unsaid: str = ""

    @property
    def basis(self) -> str:
        """On how many reports it rests, and the day of the newest, in words."""
        count = len(self.sources)
        if not count:
            return "no report"
        words = f"{count} report{'' if count == 1 else 's'}"
        days = [source.details.published for source in self.sources if source.details.published]
        if not days:
            received = max((source.details.received for source in self.sources), default="")
            when = f", received {say_date(received)}" if received else ""
            return f"{words}, undated{when}"
        newest = say_date(max(days))
        return f"{words}, dated {newest}" if count == 1 else f"{words}, the newest dated {newest}"

    @property
    def heading(self) -> str:
        """The line below the title: the day, and what it rests on."""
        return f"As of {say_date(self.day.isoformat())} · {self.basis}"

    def cite(self, citation: Citation) -> tuple[tuple[int, SourceMark], ...]:
        """Return the reports of a citation by their number in the list of sources."""
        numbers = {source.details.report.iri: source.number for source in self.sources}
        marks = mark_sources(citation.readings)
        cited = [(numbers[mark.report.iri], mark) for mark in marks if mark.report.iri in numbers]
        return tuple(sorted(cited, key=itemgetter(0)))


def capitalise(text: str) -> str:
    """Return a text with its first letter as a capital."""
    return text[:1].upper() + text[1:]


def read_report_details(runner: QueryRunner) -> dict[str, ReportDetails]:
    """Return the details of all reports by IRI; one query, the same on any day."""
    rows = runner.rows(fill_query("report-details"))
    names = ("publisher", "published", "received", "address", "order")
    return {
        row["report"]: ReportDetails(
            thing(row, "report"), *(str(row.get(name, "")) for name in names)
        )
        for row in rows
        if "report" in row
    }


def make_brief(
    title: str,
    path: str,
    day: date,
    summary: Iterable[BriefLine],
    sections: Iterable[BriefSection],
    details: Mapping[str, ReportDetails],
    unsaid: str = "",
) -> Brief:
    """Return a brief that fits two pages: empty sections are left out, long ones are cut.

    A line of a section that no reading known on the day supports is left out as well.
    """
    opening = tuple(summary)
    supported = (
        replace(section, lines=tuple(line for line in section.lines if line.readings))
        for section in sections
    )
    cut = cut_sections([section for section in supported if section.lines], opening)
    lines = (*opening, *(line for section in cut for line in section.lines))
    readings = [reading for line in lines for reading in line.readings]
    return Brief(title, path, day, opening, cut, number_sources(readings, details), unsaid)


def cut_sections(
    sections: Sequence[BriefSection], summary: Iterable[BriefLine], rows: float = ROWS
) -> tuple[BriefSection, ...]:
    """Return the sections without last lines of the longest, so that they fit into so many rows.

    Each section keeps its first line. A section counts as shorter the greater its weight.
    """
    cut = list(sections)
    opening = sum(map(_count_rows, summary)) + 4
    while _count_all_rows(cut) + opening > rows:
        long = [index for index, section in enumerate(cut) if len(section.lines) > 1]
        if not long:
            break
        index = max(long, key=lambda index: (len(cut[index].lines) / cut[index].weight, index))
        section = cut[index]
        cut[index] = replace(section, lines=section.lines[:-1], more=section.more + 1)
    return tuple(cut)


def number_sources(
    readings: Iterable[Attestation], details: Mapping[str, ReportDetails]
) -> tuple[BriefSource, ...]:
    """Return the reports that readings rest on, numbered in the order of their first mention."""
    cited: dict[str, list[Passage]] = {}
    for reading in readings:
        cited.setdefault(reading.passage.report.iri, []).append(reading.passage)
    return tuple(
        BriefSource(
            number,
            capitalise(short_name(passages[0])),
            details.get(iri) or ReportDetails(passages[0].report),
            tuple(sorted({passage.paragraph for passage in passages})),
        )
        for number, (iri, passages) in enumerate(cited.items(), start=1)
    )


def _count_all_rows(sections: Iterable[BriefSection]) -> float:
    listed = tuple(sections)
    lines = [line for section in listed for line in section.lines]
    reports = {reading.passage.report.iri for line in lines for reading in line.readings}
    more = sum(1 for section in listed if section.more)
    headings = HEADING_ROWS * (len(listed) + 1)
    return headings + sum(map(_count_rows, lines)) + more + 1.5 * len(reports)


def _count_rows(line: BriefLine) -> int:
    return max(1, ceil(line.length / CHARACTERS), ceil(len(line.lead) / _LEAD_CHARACTERS))


def _measure_citation(citation: Citation) -> int:
    passages = {reading.passage.thing.iri for reading in citation.readings}
    reports = {reading.passage.report.iri for reading in citation.readings}
    return _CITED * len(reports) + _CITED_PARAGRAPH * len(passages)

"""Lists of pages as tables: open issues and results of a search, each with report and hedges."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import singledispatch

from diplograph.core.things import Thing
from diplograph.views.fact_tables import READING_COLUMNS, say_reading
from diplograph.views.open_issues import (
    Contradiction,
    OpenConcern,
    PendingAgreement,
    Sources,
    WeakFact,
)
from diplograph.views.records import Evidence
from diplograph.views.search import NearDuplicate
from diplograph.views.search_results import Hit
from diplograph.views.tables import Column, Row, Table

_CITED = (Column("Report", width=32), *READING_COLUMNS)
_PLACED = (Column("IRI", "link", 40), Column("Page", "link", 40))
_OF_ISSUES = (
    Column("About", width=40),
    Column("What", width=40),
    Column("Details", width=40),
)
_OF_HITS = (
    Column("Result", width=40),
    Column("Type", width=22),
    Column("Found in", width=18),
    Column("Text", width=60),
)
Locate = Callable[[str], str]  # the address of the page about the thing of an IRI
# A line of an issue: what it is about, a fact or a thing, details, and what says so.
IssueLine = tuple[Thing, Thing, str, Sources]


def make_issue_table(title: str, issues: Iterable, locate: Locate = str) -> Table:
    """Return open issues of one kind as a table: a row for each reading of each side."""

    def rows() -> Iterator[Row]:
        for issue in issues:
            for about, what, details, readings in list_lines(issue):
                yield from _cite((about, what, details), readings, what.iri, locate)

    return Table(title, (*_OF_ISSUES, *_CITED, *_PLACED), rows())


def make_result_table(hits: Iterable[Hit], evidence: Evidence, locate: Locate = str) -> Table:
    """Return results of a search as a table, facts with a row for each of their readings."""

    def rows() -> Iterator[Row]:
        for hit in hits:
            text = "".join(piece for piece, _ in hit.pieces)
            cells = hit.thing, hit.kind, hit.field, text
            yield from _cite(cells, evidence.get(hit.thing.iri, ()), hit.thing.iri, locate)

    return Table("Results", (*_OF_HITS, *_CITED, *_PLACED), rows())


def _cite(cells: Row, readings: Sources, iri: str, locate: Locate) -> Iterator[Row]:
    """Yield a row for each reading, or one without any."""
    for reading in readings:
        yield (*cells, reading.passage.report.label, *say_reading(reading), iri, locate(iri))
    if not readings:
        yield (*cells, *("" for _ in _CITED), iri, locate(iri))


@singledispatch
def list_lines(issue: object) -> list[IssueLine]:
    """Return the lines of an open issue; raises TypeError for what is none."""
    raise TypeError(f"no open issue: {issue!r}")


@list_lines.register
def _(issue: Contradiction) -> list[IssueLine]:
    other = f"{issue.matter}: denied" if issue.one == issue.other else issue.matter
    return [
        (issue.thing, issue.one, issue.matter, issue.one_sources),
        (issue.thing, issue.other, other, issue.other_sources),
    ]


@list_lines.register
def _(issue: WeakFact) -> list[IssueLine]:
    return [(issue.fact, issue.fact, f"based on {issue.grounds}", issue.sources)]


@list_lines.register
def _(issue: PendingAgreement) -> list[IssueLine]:
    parties = _join("between", issue.parties)
    return [(issue.agreement, issue.stage, f"{issue.value.label}; {parties}", issue.sources)]


@list_lines.register
def _(issue: OpenConcern) -> list[IssueLine]:
    details = (
        _join("raised by", issue.raised_by),
        _join("with", issue.raised_with),
        _join("about", issue.groups),
        _join("request:", issue.requests),
    )
    return [(issue.concern, issue.concern, "; ".join(filter(None, details)), issue.sources)]


@list_lines.register
def _(issue: NearDuplicate) -> list[IssueLine]:
    return [(issue.one, issue.other, f"{issue.kind}: {issue.difference}", ())]


def _join(words: str, named: tuple[Thing, ...]) -> str:
    return f"{words} {', '.join(thing.label for thing in named)}" if named else ""

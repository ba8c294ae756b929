"""Text for a person at a terminal: aligned, wrapped to its width, plain when piped."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from typing import Any

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from diplograph.core.things import Thing, Value
from diplograph.views.evidence import Fact
from diplograph.views.records import Attestation, Passage

PIPED_WIDTH = 100
DIM = "dim"


class Paper:
    """Collects lines of text and puts them out in one go."""

    def __init__(self, width: int | None = None):
        """Write for `width` columns: if None the terminal's, or PIPED_WIDTH where it is piped."""
        colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._sheet = io.StringIO()
        self._console = Console(
            file=self._sheet,
            width=width or shutil.get_terminal_size((PIPED_WIDTH, 24)).columns,
            force_terminal=colours,
            color_system="standard" if colours else None,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def write(self, text: str | Text = "", indent: int = 0) -> None:
        """Add a paragraph, wrapped."""
        self._console.print(Padding(text, (0, 0, 0, indent)) if indent else text)

    def title(self, text: str) -> None:
        """Add a heading of the next section, set off by a blank line."""
        self.write()
        self.write(Text(text, style="bold"))

    def fields(self, rows: Iterable[tuple[str, str | Text]], indent: int = 2) -> None:
        """Add rows of name and value, the values aligned; a name that repeats is left out."""
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        before = None
        for name, value in rows:
            grid.add_row("" if name == before else name, value)
            before = name
        if grid.row_count:
            self.write(grid, indent)

    def table(self, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
        """Add a table with a line under its head."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        self.write(table)

    def put(self) -> None:
        """Put everything on standard output, without spaces at the ends of lines."""
        lines = self._sheet.getvalue().splitlines()
        click.echo("\n".join(line.rstrip() for line in lines))


def format_name(thing: Thing) -> Text:
    """Return the label of a thing and, dimmed beside it, its CURIE."""
    if thing.label == thing.curie:
        return Text(thing.curie)
    return Text.assemble(thing.label, "  ", (thing.curie, DIM))


def format_names(things: Iterable[Thing]) -> str:
    """Return the labels of things, separated by commas."""
    return ", ".join(thing.label for thing in things)


def as_json(record: Any) -> str:
    """Return a record as indented JSON; a thing has its iri, curie and label."""
    return json.dumps(_plain(record), ensure_ascii=False, indent=2)


def _plain(record: Any) -> Any:
    if isinstance(record, Thing):
        return {"iri": record.iri, "curie": record.curie, "label": record.label}
    if is_dataclass(record):
        return {each.name: _plain(getattr(record, each.name)) for each in fields(record)}
    if isinstance(record, tuple | list):
        return [_plain(each) for each in record]
    return record


LayoutRow = tuple[str, str | Text]

# Bounds that the date in words already says, and hashes that only a program reads.
_LEFT_OUT = {"earliest", "latest", "sha256", "isDefinedBy"}


def write_heading(paper: Paper, thing: Thing, kinds: Iterable[Thing]) -> None:
    """Write what is spoken of: its label and CURIE, then its kinds."""
    paper.write(Text.assemble((thing.label, "bold"), "  ", (thing.curie, DIM)))
    if kinds:
        paper.write(format_names(kinds))


def write_values(paper: Paper, values: Iterable[Value]) -> None:
    """Write the values of a thing, one a line, dates in words with their EDTF beside."""
    paper.fields(_rows(values))


def write_fact(paper: Paper, fact: Fact, about: Thing, full: bool) -> None:
    """Write a fact and what ties it to `about`, then each passage in full or as one line."""
    paper.write()
    paper.write(format_name(fact.thing), 2)
    tie = f"; {format_names(fact.relations)}: {about.label}" if fact.relations else ""
    paper.write(format_names(fact.kinds) + tie, 4)
    if full:
        for attestation in fact.attestations:
            write_attestation(paper, attestation, 4)
        return
    said = {relation.iri for relation in fact.relations}
    rows = _rows(value for value in fact.values if value.predicate.iri not in said)
    rows += _rows(fact.records)
    rows += [("source", _cite(attestation)) for attestation in fact.attestations]
    paper.fields(rows, 4)


def write_attestation(paper: Paper, attestation: Attestation, indent: int = 2) -> None:
    """Write one reading in full: its passage, in whose voice, how firmly, and the gist."""
    rows: list[LayoutRow] = [("voice", format_name(voice)) for voice in attestation.voices]
    rows = rows or [("voice", "the report's own")]
    rows.append(("modality", format_names(attestation.modality)))
    rows.append(("evidentiality", format_names(attestation.evidentiality)))
    rows += [("hedge", f'"{hedge}"') for hedge in attestation.hedges]
    after: list[LayoutRow] = [("supersedes", format_name(each)) for each in attestation.supersedes]
    after += [("superseded by", format_name(each)) for each in attestation.superseded_by]
    write_passage(paper, attestation.passage, rows, after, indent)


def write_passage(
    paper: Paper,
    passage: Passage,
    before: Iterable[LayoutRow] = (),
    after: Iterable[LayoutRow] = (),
    indent: int = 2,
) -> None:
    """Write where a passage stands and what it says, with rows `before` its gist and `after`."""
    place = f"paragraph {passage.paragraph}, characters {passage.start} to {passage.end}"
    paper.write()
    paper.write(Text.assemble(place, "  ", (passage.thing.curie, DIM)), indent)
    said: list[LayoutRow] = [("gist", passage.gist)]
    if passage.text is not None:
        said.append(("text", f'"{passage.text}"'))
    paper.fields([("report", format_name(passage.report)), *before, *said, *after], indent + 2)


def _rows(values: Iterable[Value]) -> list[LayoutRow]:
    return [
        (value.predicate.label, _say(value))
        for value in values
        if value.predicate.iri.replace("#", "/").rpartition("/")[2] not in _LEFT_OUT
    ]


def _say(value: Value) -> Text:
    if isinstance(value.value, Thing):
        return format_name(value.value)
    if value.words and value.words != value.value:
        return Text.assemble(value.words, "  ", (value.value, DIM))
    return Text(value.value)


def _cite(attestation: Attestation) -> Text:
    passage = attestation.passage
    said = [format_names(attestation.modality), format_names(attestation.evidentiality)]
    said += [f"voice of {format_names(attestation.voices)}"] if attestation.voices else []
    said += [f'"{hedge}"' for hedge in attestation.hedges]
    said += ["superseded"] if attestation.superseded_by else []
    place = f"{passage.report.label}, paragraph {passage.paragraph}: "
    return Text.assemble(place, ", ".join(said), "  ", (passage.thing.curie, DIM))

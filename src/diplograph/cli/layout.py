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

from diplograph.core.things import Thing

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


def name(thing: Thing) -> Text:
    """Return the label of a thing and, dimmed beside it, its CURIE."""
    if thing.label == thing.curie:
        return Text(thing.curie)
    return Text.assemble(thing.label, "  ", (thing.curie, DIM))


def names(things: Iterable[Thing]) -> str:
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

"""Text output for a terminal, without colour when piped; progress on standard error."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any

import click
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
from rich.progress import Progress, ProgressColumn
from rich.table import Table
from rich.text import Text

from diplograph.cli import echo_line
from diplograph.core.terminal import escape_controls
from diplograph.core.things import Thing, Value
from diplograph.views.explanation import Fact
from diplograph.views.records import Attestation, Passage

PIPED_WIDTH = 100
DIM = "dim"
# Bounds that the date in words gives already, and hashes that only a program reads.
_LEFT_OUT = {"earliest", "latest", "sha256", "isDefinedBy"}

# A name and its value.
LayoutRow = tuple[str, str | Text]


class TextOutput:
    """Collects lines of text and writes them at once.

    Characters of data that a terminal acts on are written as escapes; so are newlines, except in
    the value of a field, whose lines are aligned.
    """

    def __init__(self, width: int | None = None):
        """Write for `width` columns: if None the terminal's, or PIPED_WIDTH where it is piped."""
        colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._buffer = io.StringIO()
        self._console = Console(
            file=self._buffer,
            width=width or shutil.get_terminal_size((PIPED_WIDTH, 24)).columns,
            force_terminal=colours,
            color_system="standard" if colours else None,
            highlight=False,
            markup=False,
            emoji=False,
        )

    def write(self, text: str | Text = "", indent: int = 0) -> None:
        """Add a paragraph, wrapped."""
        self._print(_escape_text(text), indent)

    def title(self, text: str) -> None:
        """Add a heading of the next section, set off by a blank line."""
        self.write()
        self.write(style_text((text, "bold")))

    def fields(self, rows: Iterable[tuple[str, str | Text]], indent: int = 2) -> None:
        """Add rows of name and value, the values aligned; a name that repeats is left out."""
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(no_wrap=True)
        grid.add_column(overflow="fold")
        before = None
        for name, value in rows:
            shown = "" if name == before else _escape_text(name)
            grid.add_row(shown, _escape_text(value, keep="\n"))
            before = name
        if grid.row_count:
            self._print(grid, indent)

    def table(self, columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
        """Add a table with a bold head; long texts are wrapped, words broken only if need be."""
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        heads = [_escape_text(column) for column in columns]
        cells = [[_escape_text(text) for text in row] for row in rows]
        ranges = [_measure_texts(texts) for texts in zip(heads, *cells, strict=True)]
        widths = share_width(ranges, self._console.width - 2 * (len(heads) - 1))
        for head, width in zip(heads, widths, strict=True):
            table.add_column(head, overflow="fold", width=width)
        for texts in cells:
            table.add_row(*texts)
        self._print(table)

    def print(self) -> None:
        """Write everything to standard output, without spaces at the ends of lines."""
        lines = self._buffer.getvalue().splitlines()
        click.echo("\n".join(line.rstrip() for line in lines))

    def _print(self, content: Text | Table, indent: int = 0) -> None:
        self._console.print(Padding(content, (0, 0, 0, indent)) if indent else content)


def share_width(ranges: Iterable[tuple[int, int]], total: int) -> list[int]:
    """Return widths of columns that together take at most `total` characters.

    `ranges` has of each column its longest word and its longest text. Every column gets its longest
    word, then the narrowest grow by turns up to their longest text. Where even the words are too
    long together, the widest columns are cut to one width.
    """
    words, texts = zip(*ranges, strict=True)
    if sum(texts) <= total:
        return list(texts)
    least, most = (words, texts) if sum(words) <= total else ((1,) * len(words), words)
    widths = list(least)
    for _ in range(total - sum(widths)):
        growing = [place for place, width in enumerate(widths) if width < most[place]]
        if not growing:
            break
        widths[min(growing, key=lambda place: widths[place])] += 1
    return widths


def _measure_texts(texts: Iterable[Text]) -> tuple[int, int]:
    """Return the widths of the longest word and of the longest text."""
    plain = [text.plain for text in texts]
    words = max((cell_len(word) for text in plain for word in text.split()), default=1)
    return max(words, 1), max(1, *map(cell_len, plain))


def style_text(*parts: str | tuple[str, str]) -> Text:
    """Return texts, each alone or with its style, as one; what a terminal acts on as escapes.

    Only so: a Text that rich itself is given leaves some control characters out.
    """
    pairs = ((part, "") if isinstance(part, str) else part for part in parts)
    return Text.assemble(*((escape_controls(text, "\n"), style) for text, style in pairs))


def _escape_text(text: str | Text, keep: str = "") -> Text:
    """Return `text` escaped; it keeps its styles only where there was nothing to escape."""
    plain = text.plain if isinstance(text, Text) else text
    escaped = escape_controls(plain, keep)
    return text if isinstance(text, Text) and escaped == plain else Text(escaped)


def format_name(thing: Thing) -> Text:
    """Return the label of a thing and, dimmed beside it, its CURIE."""
    if thing.label == thing.curie:
        return style_text(thing.curie)
    return style_text(thing.label, "  ", (thing.curie, DIM))


def format_names(things: Iterable[Thing]) -> str:
    """Return the labels of things, separated by commas."""
    return ", ".join(thing.label for thing in things)


def as_json(record: Any) -> str:
    """Return a record as indented JSON; a thing has its iri, curie and label."""

    def list_fields(item: Any) -> dict[str, Any]:
        names = [field.name for field in fields(item)]
        names[1:1] = ["curie"] if isinstance(item, Thing) else []
        return {name: getattr(item, name) for name in names}

    return json.dumps(record, default=list_fields, ensure_ascii=False, indent=2)


def write_heading(output: TextOutput, thing: Thing, kinds: Iterable[Thing]) -> None:
    """Write the label and CURIE of a thing, then its kinds."""
    output.write(style_text((thing.label, "bold"), "  ", (thing.curie, DIM)))
    if kinds:
        output.write(format_names(kinds))


def write_fact(output: TextOutput, fact: Fact, about: Thing, full: bool) -> None:
    """Write a fact and what ties it to `about`, then each passage in full or as one line."""
    output.write()
    output.write(format_name(fact.thing), 2)
    tie = f"; {format_names(fact.relations)}: {about.label}" if fact.relations else ""
    output.write(format_names(fact.kinds) + tie, 4)
    for statement in fact.statements:
        output.write(f"for: {statement}", 4)
    if full:
        for attestation in fact.attestations:
            write_attestation(output, attestation, 4)
        return
    tied = {relation.iri for relation in fact.relations}
    rows = make_rows(value for value in fact.values if value.predicate.iri not in tied)
    rows += make_rows(fact.records)
    rows += [("source", _cite(attestation)) for attestation in fact.attestations]
    output.fields(rows, 4)


def write_attestation(output: TextOutput, attestation: Attestation, indent: int = 2) -> None:
    """Write an attestation in full: its passage, whose voice, modality, evidentiality, the gist."""
    rows: list[LayoutRow] = [("voice", format_name(voice)) for voice in attestation.voices]
    rows = rows or [("voice", "the report's own")]
    rows.append(("modality", format_names(attestation.modality)))
    rows.append(("evidentiality", format_names(attestation.evidentiality)))
    rows += [("hedge", f'"{hedge}"') for hedge in attestation.hedges]
    after = [("supersedes", format_name(older)) for older in attestation.supersedes]
    after += [("superseded by", format_name(newer)) for newer in attestation.superseded_by]
    write_passage(output, attestation.passage, rows, after, indent)


def write_passage(
    output: TextOutput,
    passage: Passage,
    before: Iterable[LayoutRow] = (),
    after: Iterable[LayoutRow] = (),
    indent: int = 2,
) -> None:
    """Write the place of a passage and its gist, with rows `before` the gist and `after` it."""
    place = f"paragraph {passage.paragraph}, characters {passage.start} to {passage.end}"
    output.write()
    output.write(style_text(place, "  ", (passage.thing.curie, DIM)), indent)
    texts: list[LayoutRow] = [("paraphrase", passage.gist)]
    if passage.text is not None:
        texts.append(("text", f'"{passage.text}"'))
    output.fields([("report", format_name(passage.report)), *before, *texts, *after], indent + 2)


def make_rows(values: Iterable[Value]) -> list[LayoutRow]:
    """Return a row for each value of a thing, dates in words with their EDTF beside."""
    return [
        (value.predicate.label, _format_value(value))
        for value in values
        if value.predicate.iri.replace("#", "/").rpartition("/")[2] not in _LEFT_OUT
    ]


def _format_value(value: Value) -> Text:
    if isinstance(value.value, Thing):
        return format_name(value.value)
    if value.words and value.words != value.value:
        return style_text(value.words, "  ", (value.value, DIM))
    return style_text(value.value)


def _cite(attestation: Attestation) -> Text:
    passage = attestation.passage
    parts = [format_names(attestation.modality), format_names(attestation.evidentiality)]
    parts += [f"voice of {format_names(attestation.voices)}"] if attestation.voices else []
    parts += [f'"{hedge}"' for hedge in attestation.hedges]
    parts += ["superseded"] if attestation.superseded_by else []
    place = f"{passage.report.label}, paragraph {passage.paragraph}: "
    return style_text(place, ", ".join(parts), "  ", (passage.thing.curie, DIM))


# ---- progress -----------------------------------------------------------------------------


@contextmanager
def show_progress() -> Iterator[Callable[[str], None]]:
    """Give a function that shows the current stage; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda stage: None
        return
    status = Console(stderr=True).status("")

    def show(stage: str) -> None:
        status.update(style_text(stage))
        status.start()

    try:
        yield show
    finally:
        status.stop()


def show_warnings(warnings: Iterable[str]) -> None:
    """Write a line for each on standard error."""
    for warning in warnings:
        echo_line(f"warning: {warning}", error=True)


@contextmanager
def show_share(words: str, *columns: ProgressColumn) -> Iterator[Callable[..., None]]:
    """Give a function that shows how many of how many are done; silent as `show_progress` is.

    `columns` are those of rich's progress bar, whose own are the default.
    """
    if not sys.stderr.isatty():
        yield lambda done, total, **changes: None
        return
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total, **changes: bar.update(
            task, completed=done, total=total, **changes
        )

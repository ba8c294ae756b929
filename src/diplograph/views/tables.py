"""Engagements as a table for spreadsheets: CSV (RFC 4180) and XLSX, the same cells in both."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime

from diplograph.things import Thing
from diplograph.views.dates import say_range
from diplograph.views.engagements import Engagement

COLUMNS = (
    "engagement status date edtf earliest latest kinds parties people places precision sources iri"
).split()
# A spreadsheet takes a cell that begins so for a formula; an apostrophe makes it a text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_LONGEST_CELL = 32_767
# The bytes of a file depend on what it holds alone, not on when it is written.
_CREATED = datetime(2025, 1, 1, tzinfo=UTC)


def write_csv(engagements: Iterable[Engagement]) -> bytes:
    """Return the engagements as CSV in UTF-8 without a byte order mark, lines ending in CR LF."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    writer.writerows([guard(cell) for cell in row] for row in list_rows(engagements))
    return text.getvalue().encode()


def write_xlsx(engagements: Iterable[Engagement]) -> bytes:
    """Return the engagements as a workbook of one sheet in which every cell is a text."""
    from xlsxwriter import Workbook

    file = io.BytesIO()
    with Workbook(file, {"in_memory": True}) as book:
        book.set_properties({"title": "Engagements", "created": _CREATED.replace(tzinfo=None)})
        sheet = book.add_worksheet("Engagements")
        bold = book.add_format({"bold": True})
        for column, name in enumerate(COLUMNS):
            sheet.write_string(0, column, name, bold)
        for number, row in enumerate(list_rows(engagements), start=1):
            for column, cell in enumerate(row):
                sheet.write_string(number, column, guard(cell)[:_LONGEST_CELL])
        sheet.freeze_panes(1, 1)
        sheet.set_column(0, 0, 48)
        sheet.set_column(1, len(COLUMNS) - 1, 22)
    return file.getvalue()


def list_rows(engagements: Iterable[Engagement]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each engagement, in the order of COLUMNS; several values have `; ` between.

    `earliest` and `latest` are days, the widest bounds of its dates.
    """
    for each in engagements:
        first = min((one.earliest for one in each.dates if one.earliest), default=None)
        last = max((one.latest for one in each.dates if one.latest), default=None)
        yield (
            each.thing.label,
            each.status.label,
            say_range(each.dates),
            "; ".join(one.edtf for one in each.dates),
            first.date().isoformat() if first else "",
            last.date().isoformat() if last else "",
            _join(each.kinds),
            _join(each.states),
            _join(each.people),
            _join(each.places),
            say_precision(each),
            "; ".join(say_sources(each)),
            each.thing.iri,
        )


def guard(cell: str) -> str:
    """Return `cell` as a text that no spreadsheet takes for a formula.

    >>> guard("=1+1")
    "'=1+1"
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def say_precision(engagement: Engagement) -> str:
    """Return how closely its place is known: place, state only, or nothing where it is not."""
    if not engagement.places:
        return ""
    return "place" if engagement.somewhere else "state only"


def say_sources(engagement: Engagement) -> list[str]:
    """Return the passages that support it as a report's label and a paragraph's number."""
    passages = {each.passage.thing.iri: each.passage for each in engagement.sources}
    return [f"{each.report.label}, paragraph {each.paragraph}" for each in passages.values()]


def _join(things: tuple[Thing, ...]) -> str:
    return "; ".join(each.label for each in things)

"""Tables for spreadsheets: columns and rows, written as CSV, as a workbook, or as CSV in a zip."""

from __future__ import annotations

import codecs
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from diplograph.core.dates import parse_decimal
from diplograph.core.serialization import XML_ILLEGAL, write_csv_rows
from diplograph.core.things import Thing

CSV_TYPE = "text/csv; charset=utf-8; header=present"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A spreadsheet takes a cell that begins so for a formula; an apostrophe makes it a text.
_FORMULA = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_LONGEST_CELL = 32_767  # UTF-16 code units that a cell of XLSX can hold
_LONGEST_LINK = 1000  # characters of an address that a cell of XLSX links to; it may escape each
_LONGEST_SHEET_NAME = 31
_MOST_LINKS = 65_000  # of one sheet; programs read no more than 65,530
_FIRST_SHEET_DAY = date(1900, 1, 1)  # spreadsheets have no day before it
# The bytes of a file depend on its content alone, not on when it is written.
_MADE = datetime(2025, 1, 1)
_PAPER_A4 = 9


@dataclass(frozen=True)
class Column:
    """A column: its head, what its cells hold, and its width in characters.

    `kind`: "text", "day" (as 2025-12-05), "number", or "link" (an address that leads there).
    """

    head: str
    kind: str = "text"
    width: int = 24


# A cell is a text, empty for nothing, or a thing, which is its label; in a workbook its label leads
# to the address in the last column where that is a link, else to the thing's own.
Cell = str | Thing
Row = Sequence[Cell]


@dataclass(frozen=True)
class Table:
    """A table of one sheet: its title, columns and rows, read once while it is written."""

    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]

    @property
    def heads(self) -> list[str]:
        """The heads of the columns."""
        return [column.head for column in self.columns]


def name_sheet(title: str) -> str:
    """Return a title as the name of a sheet, which is short and has no colon.

    >>> name_sheet("Gaps in data: engagements without a date")
    'Gaps in data, engagements'
    """
    name = title.replace(":", ",")
    if len(name) <= _LONGEST_SHEET_NAME:
        return name
    words = name[: _LONGEST_SHEET_NAME + 1].rpartition(" ")[0].split(" ")
    while words[-1] in ("a", "an", "the", "without"):
        words.pop()
    return " ".join(words)


def guard(cell: str) -> str:
    """Return `cell` as a text that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def write_csv(table: Table) -> bytes:
    """Return a table in CSV (RFC 4180) for spreadsheets; lines end in CR LF.

    It is UTF-8 with a byte order mark, without which Excel takes it for another encoding.
    """
    rows = ([guard(_read_text(cell)) for cell in row] for row in table.rows)
    return codecs.BOM_UTF8 + write_csv_rows([table.heads, *rows])


def write_zip(tables: Iterable[tuple[str, Table]]) -> bytes:
    """Return tables, each with the name of its file, as CSV in a zip archive."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, table in tables:
            entry = zipfile.ZipInfo(f"{name}.csv", _MADE.timetuple()[:6])
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, write_csv(table))
    return file.getvalue()


def write_workbook(tables: Iterable[Table], title: str) -> bytes:
    """Return tables as a workbook, a sheet each, whose cells are texts, numbers, days and links.

    No text is a formula, whatever it begins with. Characters that XML cannot hold are left out,
    and a line ends in a line feed. A row is written as soon as it is read, into a temporary file.
    """
    from xlsxwriter import Workbook

    file = io.BytesIO()
    with Workbook(file, {"constant_memory": True}) as book:
        book.set_properties({"title": title, "created": _MADE})
        for table in tables:
            _Sheet(book, table).write()
    return file.getvalue()


class _Sheet:
    """A sheet of a workbook with the formats of its cells."""

    def __init__(self, book: object, table: Table):
        self.table, self.sheet = table, book.add_worksheet(table.title)
        top = {"valign": "top"}
        wrapped = {**top, "text_wrap": True}
        self.head = book.add_format({**wrapped, "bold": True, "bottom": 1})
        self.text, self.plain = book.add_format(wrapped), book.add_format(top)
        self.day = book.add_format({**top, "num_format": "yyyy-mm-dd", "align": "left"})
        self.link = book.add_format({**wrapped, "font_color": "#0b57a4"})
        self.links = 0

    def write(self) -> None:
        """Write the head and the rows, and set up filter, header and print."""
        columns, last = self.table.columns, len(self.table.columns) - 1
        for place, column in enumerate(columns):
            self.sheet.set_column(place, place, column.width)
        self.sheet.freeze_panes(1, 1)
        self.sheet.set_landscape()
        self.sheet.set_paper(_PAPER_A4)
        self.sheet.fit_to_pages(1, 0)
        self.sheet.repeat_rows(0)
        self.sheet.set_footer("&L&A&RPage &P of &N")
        for place, column in enumerate(columns):
            self.sheet.write_string(0, place, column.head, self.head)
        number = 0
        for number, row in enumerate(self.table.rows, 1):
            for place, (column, cell) in enumerate(zip(columns, row, strict=True)):
                if cell:
                    row_address = _read_text(row[last]) if columns[last].kind == "link" else ""
                    self._write_cell(number, place, column.kind, cell, row_address)
        self.sheet.autofilter(0, 0, number, last)

    def _write_cell(self, row: int, place: int, kind: str, cell: Cell, address: str) -> None:
        text = _clean_cell(_read_text(cell))
        day = _read_sheet_day(text) if kind == "day" else None
        if day:
            self.sheet.write_datetime(row, place, day, self.day)
        elif kind == "number" and (number := parse_decimal(text)) is not None:
            self.sheet.write_number(row, place, number, self.plain)
        elif kind == "link" and self._can_link(text):
            self.sheet.write_url(row, place, text, self.link, string=text)
        elif isinstance(cell, Thing) and self._can_link(address or cell.iri):
            self.sheet.write_url(row, place, address or cell.iri, self.link, string=text)
        else:
            self.sheet.write_string(row, place, text, self.text)

    def _can_link(self, address: str) -> bool:
        web = address.startswith(("http://", "https://")) and len(address) <= _LONGEST_LINK
        self.links += web
        return web and self.links <= _MOST_LINKS


def _read_text(cell: Cell) -> str:
    return cell.label if isinstance(cell, Thing) else cell


def _clean_cell(text: str) -> str:
    """Return what a cell of XLSX can hold of a text."""
    clean = XML_ILLEGAL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return clean.encode("utf-16-le")[: 2 * _LONGEST_CELL].decode("utf-16-le", "ignore")


def _read_sheet_day(text: str) -> date | None:
    """Return the day that a text writes; None for any other text, and before those of sheets."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= _FIRST_SHEET_DAY else None

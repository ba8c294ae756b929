"""Drawings of the rows of an answer: bars of a number, a timeline of dates, a map of places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pyoxigraph as ox

from diplograph.core.dates import date_bounds, parse_datetime, parse_decimal
from diplograph.core.errors import MalformedDate
from diplograph.core.names import PREFIXES
from diplograph.views import drawings as drawing_files
from diplograph.views.drawings import TimeScale
from diplograph.views.drawings.map import project
from diplograph.views.query import QueryRunner
from diplograph.views.search_results import read_kind
from diplograph.web.result_table import DATE_TYPES, Cell, ResultTable

# Rows that a drawing has at most, and the width of what is drawn in its own units.
MOST_ROWS = 40
WIDTH, _LABELS, _MARGIN = 720.0, 270.0, 90.0
_PLACE_KINDS = frozenset(("city", "place", "region", "state"))
_DATE = re.compile(r"\d{4}(?:-\d\d){0,2}[~?%]?(?:/\d{4}(?:-\d\d){0,2}[~?%]?)?")
_COORDINATES = f"""PREFIX dg: <{PREFIXES["dg"]}>
SELECT ?place ?latitude ?longitude {{{{
  VALUES ?place {{{{ {{places}} }}}}
  ?place dg:latitude ?latitude ; dg:longitude ?longitude .
}}}}"""


@dataclass(frozen=True)
class Mark:
    """One row that is drawn: its label and value in words, and from where to where it reaches.

    `x` and `width` are in units of the drawing; on a map `x` and `y` are those of `project`.
    """

    label: str
    words: str
    x: float
    width: float = 0.0
    y: float = 0.0


@dataclass(frozen=True)
class ResultDrawing:
    """A drawing of rows: `kind` is chart, timeline or map; `title` says what is drawn.

    `left_out` counts the rows that are not drawn; `ends` are the words at both ends of the axis;
    `land` is the path of the land under a map, 1000 wide and 500 high.
    """

    kind: str
    title: str
    marks: tuple[Mark, ...]
    left_out: int = 0
    ends: tuple[str, str] = ("", "")
    land: str = ""


def draw_result(table: ResultTable, asking: QueryRunner) -> tuple[ResultDrawing, ...]:
    """Return the drawings that the columns of `table` allow, none for fewer than two rows.

    One query at most, for the coordinates of places.
    """
    if len(table.rows) < 2 or table.statements:
        return ()
    drawings = (_draw_chart(table), _draw_timeline(table), _draw_map(table, asking))
    return tuple(drawing for drawing in drawings if drawing)


def _draw_chart(table: ResultTable) -> ResultDrawing | None:
    """Return bars of the first column of numbers, none below zero, by the first label."""
    for column in range(len(table.columns)):
        values = [_read_number(row[column]) for row in table.rows]
        label = _find_label(table, column)
        if label is None or None in values or min(values) < 0 or max(values) == 0:
            continue
        scale = (WIDTH - _LABELS - _MARGIN) / max(values)
        marks = tuple(
            Mark(row[label].text, row[column].text, _LABELS, round(max(1, value * scale), 1))
            for row, value in zip(table.rows[:MOST_ROWS], values, strict=False)
        )
        title = f"{table.columns[column]} by {table.columns[label].lower()}"
        return ResultDrawing("chart", title, marks, len(table.rows) - len(marks))
    return None


def _draw_timeline(table: ResultTable) -> ResultDrawing | None:
    """Return the rows on an axis of time, by the first column of dates and the first label."""
    for column in range(len(table.columns)):
        spans = [_read_span(row[column]) for row in table.rows]
        filled = [span for span, row in zip(spans, table.rows, strict=True) if row[column].text]
        label = _find_label(table, column)
        if label is None or len(filled) < 2 or None in filled:
            continue
        dated = [(span, row) for span, row in zip(spans, table.rows, strict=True) if span]
        dated.sort(key=lambda pair: pair[0])
        drawn = dated[:MOST_ROWS]
        first, last = min(span[0] for span, _ in drawn), max(span[1] for span, _ in drawn)
        scale = TimeScale(first, max(last, first + timedelta(days=1)), _LABELS, WIDTH - _MARGIN)
        marks = tuple(
            Mark(
                row[label].text,
                row[column].text,
                scale.place(span[0]),
                round(scale.place(span[1]) - scale.place(span[0]), 1),
            )
            for span, row in drawn
        )
        ends = f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}"
        title = f"{table.columns[label]} by {table.columns[column].lower()}"
        return ResultDrawing("timeline", title, marks, len(dated) - len(drawn), ends)
    return None


def _draw_map(table: ResultTable, asking: QueryRunner) -> ResultDrawing | None:
    """Return the places of the first column with any, where at least half have coordinates."""
    for column, title in enumerate(table.columns):
        cells = {row[column].iri: row[column].text for row in table.rows if row[column].iri}
        places = [iri for iri in cells if read_kind(iri) in _PLACE_KINDS]
        if not places:
            continue
        terms = " ".join(str(ox.NamedNode(iri)) for iri in sorted(places))
        rows = asking.rows(_COORDINATES.format(places=terms))
        marks = tuple(_place_marks(rows, cells))
        if len(marks) > 1 and 2 * len(marks) >= len(places):
            left_out = len(places) - len(marks)
            return ResultDrawing("map", title, marks, left_out, land=_read_land())
    return None


@cache
def _read_land() -> str:
    """Return the data of the one path of land.svg."""
    file = Path(drawing_files.__file__).with_name("land.svg")
    return re.search(r'\sd="([^"]*)"', file.read_text(encoding="utf-8"))[1]


def _place_marks(rows: list[dict[str, str]], cells: dict[str, str]) -> Iterator[Mark]:
    seen: set[str] = set()
    for row in rows:
        latitude, longitude = parse_decimal(row["latitude"]), parse_decimal(row["longitude"])
        if latitude is None or longitude is None or row["place"] in seen:
            continue
        seen.add(row["place"])
        x, y = project(latitude, longitude)
        yield Mark(cells[row["place"]], f"{latitude:g}, {longitude:g}", x, y=y)


def _find_label(table: ResultTable, column: int) -> int | None:
    """Return the first column that names the rows, which numbers and dates do not."""
    for place in range(len(table.columns)):
        named = all(row[place].text and not row[place].number for row in table.rows)
        if place != column and named and not any(row[place].sort for row in table.rows):
            return place
    return None


def _read_number(cell: Cell) -> float | None:
    is_number = cell.number and cell.datatype not in DATE_TYPES and not cell.sort
    return parse_decimal(cell.text) if is_number else None


def _read_span(cell: Cell) -> tuple[datetime, datetime] | None:
    """Return the first and the last moment of a date, None for a cell that is no date."""
    text = (cell.sort or cell.text).removesuffix("Z")
    if cell.iri or not _DATE.fullmatch(text) or (cell.number and cell.datatype not in DATE_TYPES):
        return None
    try:
        bounds = date_bounds(text)
    except MalformedDate:
        return None
    first, last = parse_datetime(bounds.earliest), parse_datetime(bounds.latest)
    return (first.astimezone(UTC), last.astimezone(UTC)) if first and last else None

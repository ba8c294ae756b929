"""Drawings of the rows of an answer: bars of a number, a timeline of dates, a map of places."""

from __future__ import annotations

import re
from collections import Counter

import pyoxigraph as ox

from diplograph.core.dates import date_bounds, parse_datetime, parse_decimal, say_date
from diplograph.core.errors import MalformedDate
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing, tag_text
from diplograph.views.drawings import Drawing
from diplograph.views.drawings.bars import BarItem, draw_bars
from diplograph.views.drawings.map import draw_places
from diplograph.views.drawings.timeline import TimelineItem, draw_timeline
from diplograph.views.engagements import MapPlace
from diplograph.views.query import QueryRunner
from diplograph.views.search_results import read_kind
from diplograph.views.status import DateRange
from diplograph.web.result_table import DATE_TYPES, Cell, ResultTable

# The most columns that together name a row.
_MOST_LABELS = 3
_STATE = "state"
_PLACE_KINDS = frozenset(("city", "place", "region", _STATE))
_DATE = re.compile(r"\d{4}(?:-\d\d){0,2}[~?%]?(?:/\d{4}(?:-\d\d){0,2}[~?%]?)?")
_COORDINATES = f"""PREFIX dg: <{PREFIXES["dg"]}>
SELECT ?place ?latitude ?longitude {{{{
  VALUES ?place {{{{ {{places}} }}}}
  ?place dg:latitude ?latitude ; dg:longitude ?longitude .
}}}}"""


def draw_result(table: ResultTable, asking: QueryRunner) -> tuple[Drawing, ...]:
    """Return the drawings that the columns of `table` allow, none for fewer than two rows.

    One query at most, for the coordinates of places.
    """
    if len(table.rows) < 2 or table.statements:
        return ()
    drawings = (_draw_numbers(table), _draw_dates(table), _draw_places(table, asking))
    return tuple(drawing for drawing in drawings if drawing)


def _draw_numbers(table: ResultTable) -> Drawing | None:
    """Return bars of the first column of numbers, none below zero, by what names the rows."""
    for column, title in enumerate(table.columns):
        values = [_read_number(row[column]) for row in table.rows]
        labels = _find_labels(table, column)
        if not labels or None in values or min(values) < 0 or max(values) == 0:
            continue
        items = [
            BarItem(_name_row(row, labels), value, row[column].text)
            for row, value in zip(table.rows, values, strict=True)
        ]
        by = ", ".join(table.columns[label].lower() for label in labels)
        return draw_bars(items, f"Chart: {title} by {by}")
    return None


def _draw_dates(table: ResultTable) -> Drawing | None:
    """Return the rows on an axis of time, by the first column of dates, with what names them."""
    for column in range(len(table.columns)):
        cells = [row[column] for row in table.rows]
        dates = [_read_date(cell) for cell in cells]
        filled = [date for date, cell in zip(dates, cells, strict=True) if cell.text]
        labels = _find_labels(table, column)
        if not labels or len(filled) < 2 or None in filled:
            continue
        return draw_timeline(
            TimelineItem(_name_row(row, labels), None, (date,))
            for row, date in zip(table.rows, dates, strict=True)
            if date
        )
    return None


def _draw_places(table: ResultTable, asking: QueryRunner) -> Drawing | None:
    """Return the places of the first column with any, where at least half have coordinates."""
    for column in range(len(table.columns)):
        cells = [row[column] for row in table.rows if row[column].iri]
        counts = Counter(cell.iri for cell in cells if read_kind(cell.iri) in _PLACE_KINDS)
        if not counts:
            continue
        terms = " ".join(str(ox.NamedNode(iri)) for iri in sorted(counts))
        rows = asking.rows(_COORDINATES.format(places=terms))
        things = {cell.iri: _read_thing(cell) for cell in cells}
        places: dict[str, MapPlace] = {}
        for row in rows:
            latitude, longitude = parse_decimal(row["latitude"]), parse_decimal(row["longitude"])
            is_state = read_kind(row["place"]) == _STATE
            place = MapPlace(things[row["place"]], latitude, longitude, is_state)
            if place.placed:
                places.setdefault(row["place"], place)
        if len(places) > 1 and 2 * len(places) >= len(counts):
            return draw_places({place: counts[iri] for iri, place in places.items()})
    return None


def _find_labels(table: ResultTable, column: int) -> list[int]:
    """Return the first column that names the rows, and those after it that tell equal ones apart.

    Numbers and dates name nothing.
    """
    labels: list[int] = []
    for place in range(len(table.columns)):
        named = all(row[place].text and not row[place].number for row in table.rows)
        if place == column or not named or any(row[place].sort for row in table.rows):
            continue
        apart = {_name_row(row, [*labels, place]).label for row in table.rows}
        if not labels or len(apart) > len({_name_row(row, labels).label for row in table.rows}):
            labels.append(place)
        if len(apart) == len(table.rows) or len(labels) == _MOST_LABELS:
            break
    return labels


def _name_row(row: tuple[Cell, ...], labels: list[int]) -> Thing:
    """Return what names a row, with the IRI of the first; the IRI is empty for a text."""
    first, *others = (row[label] for label in labels)
    thing = _read_thing(first)
    return Thing(thing.iri, ", ".join([first.text, *(o.text for o in others)])) if others else thing


def _read_thing(cell: Cell) -> Thing:
    """Return what a cell names; its IRI is empty for a text."""
    return Thing(cell.iri or "", tag_text(cell.text, cell.language))


def _read_number(cell: Cell) -> float | None:
    is_number = cell.number and cell.datatype not in DATE_TYPES and not cell.sort
    return parse_decimal(cell.text) if is_number else None


def _read_date(cell: Cell) -> DateRange | None:
    """Return the date of a cell, None for a cell that has none."""
    text = (cell.sort or cell.text).removesuffix("Z")
    if cell.iri or not _DATE.fullmatch(text) or (cell.number and cell.datatype not in DATE_TYPES):
        return None
    try:
        bounds = date_bounds(text)
    except MalformedDate:
        return None
    first, last = parse_datetime(bounds.earliest), parse_datetime(bounds.latest)
    if not (first and last):
        return None
    return DateRange(
        Thing("", text), text, say_date(text), first, last, "span", bool(set(text) & set("~%"))
    )

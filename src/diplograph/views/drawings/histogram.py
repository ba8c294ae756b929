"""How many engagements there are in each month, quarter, year or longer time, as columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import accumulate

from diplograph.core.dates import say_date
from diplograph.views.drawings import SMALL_SIZE, FilterLink, Mark, Picture, Shape, Words
from diplograph.views.drawings.text import fit, measure
from diplograph.views.status import JudgedEngagement

# The steps of columns in months, with their names; the least width of a column.
_STEPS = ((1, "month"), (3, "quarter"), (12, "year"), (60, "five years"), (120, "decade"))
_LEAST_WIDTH = 9.0
_HEIGHT, _HEAD, _FOOT, _EDGE = 120.0, 44.0, 22.0, 2.0
# Dates before and after this part of all of them, which may be mistakes, do not stretch the axis.
_OUTLIERS = 0.01


@dataclass(frozen=True)
class _Column:
    """A time from `first` to `last`: how many fall within it, and how many may besides."""

    first: date
    last: date
    sure: int
    maybe: int

    @property
    def total(self) -> int:
        return self.sure + self.maybe


def draw_histogram(entries: Sequence[JudgedEngagement], day: date, width: float) -> Picture:
    """Return the engagements with two bounds counted over time, each column leading to its list.

    A column counts what the list has: those within it, and those that only may fall into it.
    """
    dated = [entry for entry in entries if entry.earliest and entry.latest]
    columns, step = _count(dated, width)
    within = sum(columns[0].first <= entry.earliest.date() <= columns[-1].last for entry in dated)
    heading = f"All {len(dated):,} with a date, by {step}"
    marks = [Mark(words=(Words(heading, _EDGE, 14, "heading"),))]
    legend = "filled: in that time; outlined: may be in it"
    if within < len(dated):
        legend += f"; {len(dated) - within:,} before or after are not drawn"
    marks.append(Mark(words=(Words(fit(legend, width - 4, SMALL_SIZE), _EDGE, 31, "small"),)))
    wide = (width - 2 * _EDGE) / len(columns)
    tallest = max(column.total for column in columns) or 1
    foot, taken = _HEAD + _HEIGHT, float("-inf")
    for number, column in enumerate(columns):
        x = round(_EDGE + number * wide, 1)
        marks.append(_draw_column(column, x, round(wide - 1, 1), tallest, foot, day))
        label = str(column.first.year)
        if column.first.month == 1 or number == 0:
            long = measure(label, SMALL_SIZE)
            if x >= taken + 8 and x + long <= width - _EDGE:
                taken = x + long
                marks.append(Mark(words=(Words(label, x, foot + 16, "tick"),), style="axis"))
    base = Shape("path", "grid", {"d": f"M{_EDGE} {foot}H{width - _EDGE}"})
    marks.append(Mark((base,), style="axis"))
    return Picture(width, foot + _FOOT, tuple(marks))


def _draw_column(
    column: _Column, x: float, width: float, tallest: int, foot: float, day: date
) -> Mark:
    room = _HEIGHT - 18
    sure, total = (round(count / tallest * room, 1) for count in (column.sure, column.total))
    reach = {"x": x, "y": _HEAD + 2, "width": width, "height": _HEIGHT - 2}
    shapes = [Shape("rect", "reach", reach)]
    if column.maybe:
        box = {"x": x, "y": round(foot - total, 1), "width": width}
        shapes.append(Shape("rect", "maybe-count", {**box, "height": round(total - sure, 1)}))
    if column.sure:
        box = {"x": x, "y": round(foot - sure, 1), "width": width, "height": sure}
        shapes.append(Shape("rect", "count", box))
    label = f"{column.total:,}"
    words = ()
    if column.total and measure(label, SMALL_SIZE) <= width - 2:
        middle, y = round(x + width / 2, 1), round(foot - total - 5, 1)
        words = (Words(label, middle, y, "small", "middle"),)
    span = f"{say_date(column.first.isoformat())} to {say_date(column.last.isoformat())}"
    title = f"{span}: {column.sure:,}, and {column.maybe:,} that may be in this time"
    link = None
    if column.total:
        days = (("from", column.first.isoformat()), ("to", column.last.isoformat()))
        link = FilterLink(days)
    style = "column now" if column.first <= day <= column.last else "column"
    return Mark(tuple(shapes), words, title, link, style)


def _count(dated: list[JudgedEngagement], width: float) -> tuple[list[_Column], str]:
    """Return columns that fit into the width and what the time of each is called."""
    starts = sorted(entry.earliest for entry in dated)
    ends = sorted(entry.latest for entry in dated)
    cut = int(len(dated) * _OUTLIERS)
    first, last = starts[cut].date(), max(ends[-1 - cut].date(), starts[cut].date())
    most = int((width - 2 * _EDGE) / _LEAST_WIDTH)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    step, name = next((pair for pair in _STEPS if months / pair[0] <= most - 2), (0, ""))
    if not step:
        step = -(-months // (most - 2) // 120) * 120 + 120
        name = f"{step // 12:,} years"
    # A step begins in a year, or at a month, that it divides.
    start = (first.year * 12 + first.month - 1) // step * step
    stop = last.year * 12 + last.month - 1
    edges = [_make_date(number) for number in range(start, stop + step + 1, step)]
    sure, begun = [0] * (len(edges) - 1), [0] * len(edges)  # begun: of what may be, its changes
    for entry in dated:
        begin, end = sorted((entry.earliest.date(), entry.latest.date()))
        low = (begin.year * 12 + begin.month - 1 - start) // step
        high = (end.year * 12 + end.month - 1 - start) // step
        if low == high:
            if 0 <= low < len(sure):
                sure[low] += 1
            continue
        begun[min(max(low, 0), len(sure))] += 1
        begun[min(max(high + 1, 0), len(sure))] -= 1
    ends_of = [_day_before(edge) for edge in edges[1:]]
    columns = zip(edges[:-1], ends_of, sure, accumulate(begun[:-1]), strict=True)
    return [_Column(*column) for column in columns], name


def _make_date(months: int) -> date:
    """Return the first day of a month, counted from the year 0; within the calendar."""
    year = months // 12
    return date(min(max(year, 1), 9999), months % 12 + 1, 1) if year <= 9999 else date.max


def _day_before(day: date) -> date:
    moment = datetime.combine(day, time(), UTC) - timedelta(days=1)
    return date.max if day == date.max else moment.date()

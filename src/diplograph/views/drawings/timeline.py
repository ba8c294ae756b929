"""The timeline: a row for each engagement or row of an answer, beside a mark on an axis of time.

A bar is drawn only where the days are known from first to last. A date that leaves open when it is
has a line with two ends instead, so that "in 2021" does not look like a year-long visit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

from diplograph.core.dates import say_date
from diplograph.core.things import Thing
from diplograph.views.drawings import (
    NARROW,
    SMALL_SIZE,
    WIDE,
    Drawing,
    Mark,
    Picture,
    Shape,
    Words,
)
from diplograph.views.drawings.axis import Axis, make_axis
from diplograph.views.drawings.histogram import draw_histogram
from diplograph.views.drawings.legend import LegendEntry, draw_legend
from diplograph.views.drawings.text import measure, wrap
from diplograph.views.status import (
    STATUS_LABELS,
    DateRange,
    JudgedEngagement,
    Status,
    join_dates,
    say_range,
)

# The most engagements with a row of their own, in the wide drawing and in the narrow one.
MOST_NAMED, MOST_NARROW = 30, 12
# The heights of the axis and of the lines of text; the space beside an icon and at the edges.
_AXIS, _LINE, _ICON, _EDGE = 58.0, 16.0, 20.0, 2.0
# A mark that is narrower is drawn as a point.
_SHORTEST = 14.0
_DAY = timedelta(days=1)
_DAY_TO_DAY = re.compile(r"\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d")
_LEGEND = {
    "point": "a sign alone: on that day",
    "dot": "on that day",
    "bar": "lasts from the first day to the last",
    "open": "on some day or days in between",
    "about": "approximate",
    "around": "the day is not certain",
    "break": "the scale changes",
}
# How wide their samples are, where it is not as wide as a line; 0 for none.
_SAMPLES = {"point": 0.0, "dot": 12.0, "around": 18.0, "break": 13.0}


@dataclass(frozen=True)
class TimelineItem:
    """An engagement to be drawn, or anything else with dates: that has no status.

    The IRI of `thing` is empty where there is nothing to lead to.
    """

    thing: Thing
    status: Status | None
    dates: tuple[DateRange, ...]


@dataclass(frozen=True)
class TimelineSpan:
    """One date of an engagement, between two moments.

    `kind`: "point" for a day, "bar" where it lasts from the one to the other, "open" where it is
    at some time between the two, "about" where these are approximate besides.
    """

    first: datetime
    last: datetime
    kind: str


@dataclass(frozen=True)
class _Row:
    item: TimelineItem
    words: str
    spans: tuple[TimelineSpan, ...]

    @property
    def word(self) -> str:
        """The word of its status, empty where it has none."""
        return self.item.status.word if self.item.status else ""

    def say(self, between: str) -> str:
        """Return its dates, and its status where it has one."""
        status = self.item.status
        return f"{self.words}{between}{status.label}" if status else self.words


@dataclass(frozen=True)
class _Layout:
    """Where things are: the axis from `left` to `right`; names beside it, or above it (`above`)."""

    width: float
    left: float
    names: float
    most: int
    above: bool = False
    right: float = field(default=0.0)


_WIDE_LAYOUT = _Layout(WIDE, 372.0, 340.0, MOST_NAMED, right=WIDE - _EDGE)
_NARROW_LAYOUT = _Layout(
    NARROW, _EDGE, NARROW - _ICON - _EDGE, MOST_NARROW, above=True, right=NARROW - _EDGE
)


def draw_timeline(
    items: Iterable[TimelineItem],
    day: date | None = None,
    entries: Sequence[JudgedEngagement] = (),
) -> Drawing | None:
    """Return the items with a bounded date on an axis, None where there are none.

    Of many those nearest to the day that stands for today are drawn; without one, the first.
    `entries` are all engagements where they are more than the items: how many there are in each
    month or year is drawn above, which needs a day.
    """
    rows = [row for item in items if (row := _make_row(item))]
    if not rows:
        return None
    noon = datetime.combine(day, time(12), UTC) if day else None
    drawn = _choose(rows, noon, MOST_NAMED)
    few = len(_choose(rows, noon, MOST_NARROW))
    wide, narrow = (_draw(rows, noon, layout, entries) for layout in (_WIDE_LAYOUT, _NARROW_LAYOUT))
    first = min(span.first for row in drawn for span in row.spans).date()
    last = max(span.last for row in drawn for span in row.spans).date()
    notes = []
    if len(rows) > few:
        many = "" if len(drawn) == few else f" {few} on a narrow screen,"
        whole = f" {len(drawn)} of {len(rows)}" if len(rows) > len(drawn) else f" {len(drawn)}"
        which = f"those nearest to {_say(day)}" if day else "the first ones"
        notes.append(f"Shown by name:{many}{whole} with a date, {which}.")
    return Drawing(
        name="timeline",
        title=f"Timeline from {say_date(str(first))} to {say_date(str(last))}",
        description=(
            "Each row has its dates. A bar lasts from its first day to its last; a line with two"
            " ends is a date known only roughly. The table says the same."
        ),
        wide=wide,
        narrow=narrow,
        notes=tuple(notes) if len(rows) > len(drawn) else (),
    )


def read_spans(dates: Iterable[DateRange]) -> tuple[TimelineSpan, ...]:
    """Return what a timeline draws of these estimates; those that leave an end open are left out.

    Bounds in the wrong order are put in order.
    """
    spans = []
    for estimate in join_dates(dates):
        if not (estimate.earliest and estimate.latest):
            continue
        first, last = sorted((estimate.earliest, estimate.latest))
        if estimate.approximate:
            kind = "about"
        elif last - first <= _DAY:
            kind = "point"
        elif estimate.role == "span" and _DAY_TO_DAY.fullmatch(estimate.edtf):
            kind = "bar"
        else:
            kind = "open"
        spans.append(TimelineSpan(first, last, kind))
    return tuple(spans)


def _make_row(item: TimelineItem) -> _Row | None:
    spans = read_spans(item.dates)
    return _Row(item, say_range(item.dates, hedged=False), spans) if spans else None


def _choose(rows: list[_Row], noon: datetime | None, most: int) -> list[_Row]:
    """Return at most so many rows, those nearest to the day if any, in order of time."""

    def distance(row: _Row) -> tuple[timedelta, str]:
        reach = (max(span.first - noon, noon - span.last, timedelta(0)) for span in row.spans)
        return min(reach), row.item.thing.iri

    nearest = (sorted(rows, key=distance) if noon else rows)[:most]
    return sorted(
        nearest,
        key=lambda row: (
            min(span.first for span in row.spans),
            max(span.last for span in row.spans),
            row.item.thing.iri,
        ),
    )


def _draw(
    rows: list[_Row], noon: datetime | None, layout: _Layout, entries: Sequence[JudgedEngagement]
) -> Picture:
    drawn = _choose(rows, noon, layout.most)
    marks, top = [], 0.0
    if entries:
        counts = draw_histogram(entries, noon.date(), layout.width)
        marks, top = list(counts.marks), counts.height + 34
        words = f"The {len(drawn)} nearest to {_say(noon.date())}"
        marks.append(Mark(words=(Words(words, _EDGE, top - 12, "heading"),)))
    spans = [(span.first, span.last) for row in drawn for span in row.spans]
    axis = make_axis(spans, noon, layout.left, layout.right)
    blocks, y = [], top + _AXIS
    for row in drawn:
        block = _Block.of(row, layout, y)
        blocks.append(block)
        y += block.height
    bands = [(block.band, block.band_bottom) for block in blocks]
    if not layout.above:
        bands = [(top + _AXIS - 4, y)]
    marks.append(_draw_axis(axis, top, bands))
    if noon:
        marks.append(_draw_day(axis.place(noon), noon.date(), layout, top, bands))
    marks += [_draw_row(block, axis, layout) for block in blocks]
    kinds = {shape.style.split()[-1] for mark in marks for shape in mark.shapes}
    kinds |= {"bar"} if "hollow" in kinds else set()
    kinds |= {span.kind for row in drawn if row.word for span in row.spans if span.kind == "point"}
    words = {row.word for row in drawn}
    legend, height = draw_legend(_list_keys(kinds, words), layout.width, y + 18)
    return Picture(layout.width, height, (*marks, *legend))


@dataclass(frozen=True)
class _Block:
    """A row with its place: its lines from `y`, its marks within the band of the axis."""

    row: _Row
    lines: tuple[str, ...]
    when: tuple[str, ...]
    y: float
    band: float
    band_bottom: float
    height: float

    @staticmethod
    def of(row: _Row, layout: _Layout, y: float) -> _Block:
        """Return a row from `y` on, as high as its lines need."""
        lines = wrap(row.item.thing.label, layout.names - _ICON, 2) or ("",)
        when = wrap(row.say(": "), layout.names - _ICON, 3, SMALL_SIZE)
        text = (len(lines) + len(when)) * _LINE
        if layout.above:
            return _Block(row, lines, when, y, y + text + 5, y + text + 25, text + 36)
        return _Block(row, lines, when, y, y, y + text + 6, text + 8)

    @property
    def middle(self) -> float:
        """The height of its marks."""
        return (self.band + self.band_bottom) / 2


def _draw_axis(axis: Axis, top: float, bands: list[tuple[float, float]]) -> Mark:
    """Return the ticks with their labels above the rows, and their lines beside the names."""
    ticks = tuple(axis.ticks())
    lines = "".join(f"M{tick.x} {start:g}V{end:g}" for tick in ticks for start, end in bands)
    zigzags = "".join(
        f"M{x - 3:g} {start:g}" + "l6 4l-6 4" * max(1, int((end - start) / 8))
        for x in axis.breaks
        for start, end in bands
    )
    shapes = [Shape("path", "grid", {"d": lines})] if lines else []
    shapes += [Shape("path", "break", {"d": zigzags})] if zigzags else []
    words = [Words(tick.label, tick.x, top + 34, "tick") for tick in ticks if tick.label]
    words += [Words(tick.label, tick.x, top + 49, "tick") for tick in axis.years()]
    return Mark(tuple(shapes), tuple(words), style="axis")


def _draw_day(
    x: float, day: date, layout: _Layout, top: float, bands: list[tuple[float, float]]
) -> Mark:
    """Return the day that stands for today: a label above the axis, a line through the bands."""
    label = f"as of {_say(day)}"
    width = measure(label, SMALL_SIZE, bold=True)
    start = min(max(x - width / 2, layout.left), layout.right - width)
    lines = "".join(f"M{x} {first:g}V{last:g}" for first, last in bands)
    return Mark(
        (
            Shape("path", "today", {"d": lines}),
            Shape("path", "pointer", {"d": f"M{x - 4:g} {top + 17:g}h8l-4 5z"}),
        ),
        (Words(label, round(start + width / 2, 1), top + 12, "today", "middle"),),
        style="as-of",
    )


def _draw_row(block: _Block, axis: Axis, layout: _Layout) -> Mark:
    row, thing = block.row, block.row.item.thing
    word = row.word
    reach = {
        "x": 0,
        "y": block.y,
        "width": layout.width,
        "height": round(block.height - 2, 1),
        "rx": 3,
    }
    shapes = [Shape("rect", "reach", reach)]
    if word:
        shapes.append(Shape("icon", word, {"x": _EDGE, "y": block.y + 4}))
    for span in row.spans:
        shapes += _draw_span(span, axis, block.middle, word)
    words = [
        Words(line, _ICON + _EDGE, block.y + 14 + number * _LINE, label=thing.label)
        for number, line in enumerate(block.lines)
    ]
    below = words[-1].y + _LINE - 1
    words += [
        Words(line, _ICON + _EDGE, below + number * _LINE, "small")
        for number, line in enumerate(block.when)
    ]
    title = f"{thing.label}: {row.say(', ')}"
    link, style = thing if thing.iri else None, f"row status-{word}" if word else "row plain"
    return Mark(tuple(shapes), tuple(words), title, link, style, thing.label)


def _draw_span(span: TimelineSpan, axis: Axis, y: float, word: str) -> list[Shape]:
    """Return a date on the axis at height `y`: a bar, a line with two ends, or an icon."""
    x, end = axis.place(span.first), axis.place(span.last)
    middle = round((x + end) / 2, 1)
    if span.kind == "bar":
        return [_make_bar(x, y, max(end - x, 6.0), word)]
    if span.kind == "point" or end - x < _SHORTEST:
        shapes = [_make_sign(word, middle, y)]
        if span.kind != "point":
            shapes.append(_make_ring(middle, y))
        return shapes
    return _make_whisker(x, end, y, span.kind)


def _make_bar(x: float, y: float, width: float, word: str) -> Shape:
    """Return a bar, filled where the engagement was held or is under way."""
    attributes = {"x": x, "y": y - 5.5, "width": round(width, 1), "height": 11, "rx": 2}
    sure = word in ("held", "underway", "")
    return Shape("rect", "bar" if sure else "bar hollow", attributes)


def _make_sign(word: str, x: float, y: float) -> Shape:
    """Return the icon of a status around a point, a dot for none."""
    if word:
        return Shape("icon", word, {"x": round(x - 6, 1), "y": y - 6})
    return Shape("circle", "dot", {"cx": x, "cy": y, "r": 5})


def _make_ring(x: float, y: float) -> Shape:
    """Return the ring around a sign whose day is not certain, where a line would be too short."""
    return Shape("circle", "around", {"cx": x, "cy": y, "r": 9})


def _make_whisker(x: float, end: float, y: float, kind: str) -> list[Shape]:
    band = {"x": x, "y": y - 4, "width": round(end - x, 1), "height": 8}
    ends = f"M{x} {y - 6:g}v12M{end} {y - 6:g}v12" if kind == "open" else ""
    return [
        Shape("rect", "maybe", band),
        Shape("path", f"whisker {kind}", {"d": f"M{x} {y:g}H{end}{ends}"}),
    ]


def _list_keys(kinds: set[str], words: set[str]) -> Iterator[LegendEntry]:
    """Yield the entries of the legend of what is drawn."""
    for word, label in STATUS_LABELS.items():
        if word in words:
            yield LegendEntry(label, 13.0, partial(_draw_sample, word, 13.0))
    for kind, label in _LEGEND.items():
        if kind in kinds:
            width = _SAMPLES.get(kind, 34.0)
            draw = partial(_draw_sample, kind, width) if width else None
            yield LegendEntry(label, width, draw)


def _draw_sample(kind: str, width: float, x: float, y: float) -> tuple[Shape, ...]:
    if kind == "bar":
        return (_make_bar(x, y, width, "held"),)
    if kind == "break":
        return (Shape("path", "break", {"d": f"M{x + 4:g} {y - 7:g}l6 3.5l-6 3.5l6 3.5l-6 3.5"}),)
    if kind == "around":
        return (_make_ring(x + 9, y),)
    if kind in ("open", "about"):
        return tuple(_make_whisker(x + 1, x + width - 1, y, kind))
    return (_make_sign("" if kind == "dot" else kind, x + 7, y),)


def _say(day: date) -> str:
    return say_date(day.isoformat())

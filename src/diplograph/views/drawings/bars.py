"""Bars of a number: a row for each thing, its name beside the bar or, on a phone, above it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diplograph.core.things import Thing
from diplograph.views.drawings import NARROW, SMALL_SIZE, WIDE, Drawing, Mark, Picture, Shape, Words
from diplograph.views.drawings.text import fit, measure, wrap

# The most bars, the width of names beside them, and of the numbers at their ends.
MOST_BARS = 40
_NAMES, _NUMBERS = 340.0, 120.0
_LINE, _EDGE, _THICK, _APART = 16.0, 2.0, 12.0, 8.0


@dataclass(frozen=True)
class BarItem:
    """A number from 0 on, and as it is written; the IRI of `thing` is empty where it has none."""

    thing: Thing
    value: float
    words: str


def draw_bars(items: Sequence[BarItem], title: str) -> Drawing | None:
    """Return a bar for each of the first items, None where no number is above 0."""
    drawn = items[:MOST_BARS]
    largest = max((item.value for item in drawn), default=0)
    if largest <= 0:
        return None
    left_out = len(items) - len(drawn)
    note = f"{left_out:,} more {'row is' if left_out == 1 else 'rows are'} in the table."
    return Drawing(
        name="bars",
        title=title,
        description="Each row is a bar as long as its number. The table says the same.",
        wide=_draw(drawn, largest, WIDE, above=False),
        narrow=_draw(drawn, largest, NARROW, above=True),
        notes=(note,) if left_out else (),
    )


def _draw(items: Sequence[BarItem], largest: float, width: float, above: bool) -> Picture:
    left = _EDGE if above else _NAMES + 16
    numbers = min(_NUMBERS, max(measure(item.words, SMALL_SIZE) for item in items))
    room = width - _EDGE - left - numbers - 8
    marks, y = [], _EDGE
    for item in items:
        lines = wrap(item.thing.label, (width if above else _NAMES) - 2 * _EDGE, 2) or ("",)
        text = len(lines) * _LINE
        height = text + _THICK + 6 if above else text
        long = round(max(1.0, item.value / largest * room), 1)
        top = y + text + 4 if above else y + (text - _THICK) / 2
        bar = {"x": left, "y": top, "width": long, "height": _THICK, "rx": 2}
        reach = {"x": 0, "y": y, "width": width, "height": height, "rx": 3}
        words = [
            Words(line, _EDGE, y + 12 + number * _LINE, label=item.thing.label)
            for number, line in enumerate(lines)
        ]
        number = fit(item.words, numbers, SMALL_SIZE)
        words.append(Words(number, round(left + long + 6, 1), top + 10, "small"))
        marks.append(
            Mark(
                (Shape("rect", "reach", reach), Shape("rect", "bar", bar)),
                tuple(words),
                f"{item.thing.label}: {item.words}",
                item.thing if item.thing.iri else None,
                "row plain",
                item.thing.label,
            )
        )
        y += height + _APART
    return Picture(width, y, tuple(marks))

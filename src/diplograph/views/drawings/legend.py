"""The legend of a drawing: samples of its shapes with what they mean, in lines that fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from diplograph.views.drawings import SMALL_SIZE, Mark, Shape, Words
from diplograph.views.drawings.text import measure, wrap

_EDGE, _LINE, _APART = 2.0, 18.0, 20.0


@dataclass(frozen=True)
class LegendEntry:
    """What a shape means: `draw` returns it `width` pixels wide from a point of its left end."""

    label: str
    width: float = 0.0
    draw: Callable[[float, float], tuple[Shape, ...]] | None = None
    style: str = "key"


def draw_legend(
    entries: Iterable[LegendEntry], width: float, top: float
) -> tuple[list[Mark], float]:
    """Return the entries in lines of that width, the first with its baseline at `top`; the end."""
    marks, x, y = [], _EDGE, top
    for entry in entries:
        sample = entry.width + 8 if entry.draw else 0.0
        long = sample + measure(entry.label, SMALL_SIZE)
        if x > _EDGE and x + long > width - _EDGE:
            x, y = _EDGE, y + _LINE
        shapes = entry.draw(x, round(y - 4, 1)) if entry.draw else ()
        lines = wrap(entry.label, width - _EDGE - x - sample, 3, SMALL_SIZE)
        words = [
            Words(line, round(x + sample, 1), y + number * 15, "small")
            for number, line in enumerate(lines)
        ]
        y += 15 * (len(lines) - 1)
        marks.append(Mark(shapes, tuple(words), style=entry.style))
        x = round(x + long + _APART, 1)
    return marks, y + 10

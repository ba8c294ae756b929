"""The chain of an event: boxes of the events before it, around and within it, and after it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import shorten, wrap

from diplograph.views.drawings import Arrow, Box
from diplograph.views.event import EventDetails, EventLink
from diplograph.views.status import Status, current_dates

# Boxes on one side; the list beside the drawing has all.
MOST_BOXES = 6
# In pixels of the drawing: width of a box, distance between two, height of a line and of the
# column's head; columns are before, the event itself, and after.
_WIDTH, _GAP, _LINE, _HEAD = 216, 14, 16, 26
_COLUMNS = {"before": 0, "own": 272, "after": 544}
# Characters that fit into a line, and lines of a label.
_CHARACTERS, _LINES = 30, 3
_TIP = 7


@dataclass(frozen=True)
class ChainBox(Box):
    """An event in the drawing: how it is linked, its label in lines, its dates and status."""

    words: str
    lines: tuple[str, ...]
    when: tuple[str, ...]
    status: Status
    own: bool = False

    @property
    def middle(self) -> int:
        """The height at which an arrow meets it."""
        return self.y + self.height // 2


@dataclass(frozen=True)
class ChainDrawing:
    """Boxes and arrows, the height of the drawing, and how many events it leaves out."""

    height: int
    boxes: tuple[ChainBox, ...]
    arrows: tuple[Arrow, ...]
    left_out: int


def draw_chain(event: EventDetails) -> ChainDrawing | None:
    """Return the drawing of an event's chain, None where it has none."""
    chain = event.chain
    if not chain:
        return None
    own = EventLink("", event.thing, event.status, event.dates)
    before = _stack("before", chain.before[:MOST_BOXES])
    middle = _stack("own", [*chain.around[:2], own, *chain.within[:MOST_BOXES]], own)
    after = _stack("after", chain.after[:MOST_BOXES])
    here = next(box for box in middle if box.own)
    boxes = (*before, *middle, *after)
    links = (*chain.before, *chain.around, *chain.within, *chain.after)
    return ChainDrawing(
        height=max(box.bottom for box in boxes) + 2,
        boxes=boxes,
        arrows=tuple([_join(box, here) for box in before] + [_join(here, box) for box in after]),
        left_out=len(links) + 1 - len(boxes),
    )


def _stack(column: str, links: Iterable[EventLink], own: EventLink | None = None) -> list[ChainBox]:
    boxes: list[ChainBox] = []
    for link in links:
        label = shorten(link.thing.label, _CHARACTERS * _LINES, placeholder=" …")
        lines = tuple(wrap(label, _CHARACTERS)[:_LINES]) or ("",)
        dates = " or ".join(estimate.words for estimate in current_dates(link.dates))
        when = tuple(wrap(shorten(dates, _CHARACTERS * 2, placeholder=" …"), _CHARACTERS))
        height = (len(lines) + 1 + len(when) + bool(link.words)) * _LINE + 12
        place = _COLUMNS[column], boxes[-1].bottom + _GAP if boxes else _HEAD
        text = link.words, lines, when, link.status
        boxes.append(ChainBox(*place, _WIDTH, height, *text, own=link is own))
    return boxes


def _join(earlier: ChainBox, later: ChainBox) -> Arrow:
    return Arrow(earlier.x + _WIDTH, earlier.middle, later.x - _TIP, later.middle)

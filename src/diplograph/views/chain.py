"""The picture of an event among those before, around, within and after it: boxes and arrows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import shorten, wrap

from diplograph.views.event import EventSheet, Link
from diplograph.views.status import Status

# All in pixels of the picture; columns are before, the event itself, and after.
BOX, GAP, LINE, HEAD = 216, 14, 16, 26
_LEFT = {"before": 0, "own": 272, "after": 544}
# Characters that fit into a box, and lines.
_CHARACTERS, _LINES = 30, 3
# Boxes of one side; the list beside the picture has all.
MOST = 6


@dataclass(frozen=True)
class Box:
    """An event in the picture: its corner, its height, and what is written in it."""

    left: int
    top: int
    height: int
    words: str
    lines: tuple[str, ...]
    when: tuple[str, ...]
    status: Status
    own: bool = False

    @property
    def middle(self) -> int:
        """Where an arrow meets it."""
        return self.top + self.height // 2


@dataclass(frozen=True)
class Arrow:
    """A line from one box to the next, earlier to later."""

    start: tuple[int, int]
    end: tuple[int, int]


@dataclass(frozen=True)
class Picture:
    """The boxes and arrows, the height of the whole, and how many events there was no room for."""

    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    left_out: int


def draw_chain(sheet: EventSheet) -> Picture | None:
    """Return the picture of an event's chain, None where it has none."""
    chain = sheet.chain
    if not chain:
        return None
    own = Link("", sheet.thing, sheet.status, sheet.dates)
    before, after = _stack("before", chain.before), _stack("after", chain.after)
    inner = _stack("own", [*chain.around[:2], own, *chain.within[:MOST]], own)
    here = next(box for box in inner if box.own)
    arrows = [_join(box, here) for box in before] + [_join(here, box) for box in after]
    boxes = (*before, *inner, *after)
    links = (*chain.before, *chain.around, *chain.within, *chain.after)
    return Picture(
        height=max(box.top + box.height for box in boxes) + 2,
        boxes=boxes,
        arrows=tuple(arrows),
        left_out=len(links) + 1 - len(boxes),
    )


def _stack(side: str, links: Iterable[Link], own: Link | None = None) -> list[Box]:
    boxes: list[Box] = []
    for link in list(links)[: MOST + 3 if own else MOST]:
        top = boxes[-1].top + boxes[-1].height + GAP if boxes else HEAD
        boxes.append(_box(link, _LEFT[side], top, link is own))
    return boxes


def _box(link: Link, left: int, top: int, own: bool) -> Box:
    label = shorten(link.thing.label, _CHARACTERS * _LINES, placeholder=" …")
    lines = tuple(wrap(label, _CHARACTERS)[:_LINES]) or ("",)
    dates = " or ".join(each.words for each in link.dates if not each.superseded)
    when = tuple(wrap(shorten(dates, _CHARACTERS * 2, placeholder=" …"), _CHARACTERS))
    rows = len(lines) + 1 + len(when) + bool(link.words)
    return Box(left, top, rows * LINE + 12, link.words, lines, when, link.status, own)


def _join(earlier: Box, later: Box) -> Arrow:
    return Arrow((earlier.left + BOX, earlier.middle), (later.left - 7, later.middle))

"""The chain of an event: boxes of the events before, around, within and after it, with arrows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from diplograph.views.drawings import NARROW, SMALL_SIZE, WIDE, Box, Drawing, Mark, Picture, Shape
from diplograph.views.drawings import Words as Line
from diplograph.views.drawings.text import wrap
from diplograph.views.event import EventDetails, EventLink
from diplograph.views.status import UNSTATED, say_range

# Boxes on one side; the list beside the drawing has all.
MOST_BOXES, _MOST_STACKED = 6, 3
# In pixels of the drawing: the space between columns and between boxes, within a box, and the
# height of a line and of the head of a column; how far an arrow ends before a box.
_BETWEEN, _GAP, _PADDING, _LINE, _HEAD, _TIP = 56.0, 14.0, 12.0, 17.0, 28.0, 7.0
_EDGE = 1.0
_WIDEST = 420


@dataclass(frozen=True)
class ChainBox(Box):
    """An event in the drawing, with its lines of text; `column` is before, own or after."""

    link: EventLink
    lines: tuple[tuple[str, str], ...]  # a style and a text each
    column: str
    own: bool = False

    @property
    def middle(self) -> float:
        """The height at which an arrow meets it."""
        return self.y + self.height / 2


def draw_chain(event: EventDetails) -> Drawing | None:
    """Return the drawing of an event's chain, None where it has none."""
    chain = event.chain
    if not chain:
        return None
    own = EventLink("", event.thing, event.status, event.dates)
    before, after = chain.before[:MOST_BOXES], chain.after[:MOST_BOXES]
    middle = (*chain.around[:2], own, *chain.within[:MOST_BOXES])
    every = (*chain.before, *chain.around, *chain.within, *chain.after)
    left_out = len(every) + 1 - len(before) - len(middle) - len(after)
    return Drawing(
        name="chain",
        title="The event among those before, around, within and after it",
        description=(
            "Earlier events stand left or above, later ones right or below."
            " The lists below say the same."
        ),
        wide=_draw_columns(own, before, middle, after),
        narrow=_draw_stack(own, before, middle, after),
        notes=(f"{left_out} more are listed on the page of the event.",) if left_out else (),
    )


def _draw_columns(
    own: EventLink,
    before: tuple[EventLink, ...],
    middle: tuple[EventLink, ...],
    after: tuple[EventLink, ...],
) -> Picture:
    """Return three columns, with arrows in the spaces between them."""
    parts = (("Before", "before", before), ("This event", "own", middle), ("After", "after", after))
    parts = [part for part in parts if part[2]]
    boxes: list[ChainBox] = []
    marks: list[Mark] = []
    width = (WIDE - (len(parts) - 1) * _BETWEEN - 2 * _EDGE) / len(parts)
    width = min(round(width), _WIDEST)
    for number, (head, column, links) in enumerate(parts):
        x = _EDGE + number * (width + _BETWEEN)
        marks.append(Mark(words=(Line(head, x, 15, "heading"),)))
        boxes += _stack(links, column, own, x, _HEAD, width)
    here = next(box for box in boxes if box.own)
    for box in boxes:
        if box.column == "before":
            marks.append(_join_sideways(box, here))
        elif box.column == "after":
            marks.append(_join_sideways(here, box))
    marks += map(_draw_box, boxes)
    return Picture(WIDE, max(box.bottom for box in boxes) + _EDGE, tuple(marks))


def _draw_stack(
    own: EventLink,
    before: tuple[EventLink, ...],
    middle: tuple[EventLink, ...],
    after: tuple[EventLink, ...],
) -> Picture:
    """Return one column from the earliest to the latest, with an arrow between its parts."""
    marks: list[Mark] = []
    y = 0.0
    parts = (("Before", "before", before), ("This event", "own", middle), ("After", "after", after))
    for head, column, every in parts:
        if not every:
            continue
        links = every if column == "own" else every[:_MOST_STACKED]
        if y:
            marks.append(_point_down(NARROW / 2, y + 4, y + 26))
            y += 34
        marks.append(Mark(words=(Line(head, _EDGE, y + 15, "heading"),)))
        boxes = _stack(links, column, own, _EDGE, y + _HEAD, NARROW - 2 * _EDGE)
        marks += map(_draw_box, boxes)
        y = boxes[-1].bottom
        if len(every) > len(links):
            more = f"and {len(every) - len(links)} more"
            marks.append(Mark(words=(Line(more, _EDGE, y + 18, "small"),)))
            y += 24
    return Picture(NARROW, y + _EDGE, tuple(marks))


def _stack(
    links: Iterable[EventLink], column: str, own: EventLink, x: float, y: float, width: float
) -> list[ChainBox]:
    boxes: list[ChainBox] = []
    for link in links:
        room = width - 2 * _PADDING
        lines = [("small", line) for line in wrap(link.words, room, 2, SMALL_SIZE)]
        style = "own-label" if link is own else "label"
        lines += [(style, line) for line in wrap(link.thing.label, room, 3, bold=link is own)]
        if link.status.word != UNSTATED:
            status = wrap(link.status.label, room - 18, 3, SMALL_SIZE, bold=True)
            lines += [("status", line) for line in status]
        dates = say_range(link.dates, hedged=False)
        lines += [("small", line) for line in wrap(dates, room, 2, SMALL_SIZE)]
        height = len(lines) * _LINE + 14
        top = boxes[-1].bottom + _GAP if boxes else y
        boxes.append(ChainBox(x, top, width, height, link, tuple(lines), column, link is own))
    return boxes


def _draw_box(box: ChainBox) -> Mark:
    frame = {"x": box.x, "y": box.y, "width": box.width, "height": box.height, "rx": 4}
    word, label = box.link.status.word, box.link.thing.label
    shapes = [Shape("rect", "box own" if box.own else "box", frame)]
    words, marked = [], False
    for number, (style, text) in enumerate(box.lines):
        x, y = box.x + _PADDING, box.y + 20 + number * _LINE
        if style == "status":
            if not marked:
                shapes.append(Shape("icon", word, {"x": x, "y": y - 10}))
                marked = True
            x += 18
        of = label if style in ("label", "own-label") else ""
        words.append(Line(text, x, y, style, label=of))
    dates = say_range(box.link.dates, hedged=False)
    parts = (box.link.words, label, dates, box.link.status.label)
    title = ", ".join(filter(None, parts))
    link = None if box.own else box.link.thing
    return Mark(tuple(shapes), tuple(words), title, link, f"event status-{word}", label)


def _join_sideways(earlier: ChainBox, later: ChainBox) -> Mark:
    """Return an arrow from the right side of a box to the left side of another."""
    x1, y1, x2, y2 = earlier.right, earlier.middle, later.x - _TIP, later.middle
    path = f"M{x1:g} {y1:g}C{x1 + 28:g} {y1:g} {x2 - 24:g} {y2:g} {x2:g} {y2:g}"
    tip = f"M{x2:g} {y2 - 4:g}l6 4l-6 4Z"
    return Mark((Shape("path", "arrow", {"d": path}), Shape("path", "tip", {"d": tip})))


def _point_down(x: float, y1: float, y2: float) -> Mark:
    tip = f"M{x - 4:g} {y2 - 6:g}l4 6l4-6Z"
    line = {"d": f"M{x:g} {y1:g}V{y2 - 6:g}"}
    return Mark((Shape("path", "arrow", line), Shape("path", "tip", {"d": tip})))

"""What drawings are made of: shapes and words at their places, which one template writes as SVG."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from diplograph.core.things import Thing

# Sizes of letters, in pixels of a drawing: names, and what stands under them or on an axis.
LABEL_SIZE, SMALL_SIZE = 13.0, 12.0
# Drawings come in two widths: for a page, and for a phone or a narrow column.
WIDE, NARROW = 1000.0, 340.0


@dataclass(frozen=True)
class Box:
    """A rectangle by its upper left corner, in pixels of the drawing; y grows downwards."""

    x: float
    y: float
    width: float
    height: float

    @property
    def bottom(self) -> float:
        """The height of its lower edge."""
        return self.y + self.height

    @property
    def right(self) -> float:
        """Where its right edge is."""
        return self.x + self.width

    def touches(self, other: Box) -> bool:
        """Return whether the two share any point within."""
        beside = self.right <= other.x or other.right <= self.x
        return not (beside or self.bottom <= other.y or other.bottom <= self.y)


@dataclass(frozen=True)
class Arrow:
    """A line from one point to another; `kind` selects its style."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str = "points"


@dataclass(frozen=True)
class TimeScale:
    """A span of time drawn from `left` to `right`; places have so many `digits`."""

    first: datetime
    last: datetime
    left: float
    right: float
    digits: int = 1

    def place(self, moment: datetime) -> float:
        """Return where a moment lies, beyond the ends where it is not within the span."""
        share = (moment - self.first) / (self.last - self.first)
        return round(self.left + share * (self.right - self.left), self.digits)


@dataclass(frozen=True)
class Shape:
    """An SVG element without text: its name, its class and its attributes.

    The element "icon" is the icon of the status whose word is `style`, at the attributes x and y.
    """

    element: str
    style: str
    attributes: Mapping[str, float | str]


@dataclass(frozen=True)
class Words:
    """A line of text at a point of its baseline; `anchor` is start, middle or end.

    `label` is the text that the line is a part of, whose language it has.
    """

    text: str
    x: float
    y: float
    style: str = "label"
    anchor: str = "start"
    label: str = ""


@dataclass(frozen=True)
class PairLink:
    """What a mark leads to: the page of two parties."""

    one: Thing
    other: Thing


@dataclass(frozen=True)
class FilterLink:
    """What a mark leads to: the list of engagements with these fields of its filter changed.

    `thing` is what it leads to where there are no lists by filter.
    """

    fields: tuple[tuple[str, str], ...]
    thing: Thing | None = None


@dataclass(frozen=True)
class Mark:
    """What stands for one thing: shapes and words, what they lead to, and their text in full.

    `label` is the thing's label, whose language the text in full has.
    """

    shapes: tuple[Shape, ...] = ()
    words: tuple[Words, ...] = ()
    title: str = ""
    link: Thing | PairLink | FilterLink | None = None
    style: str = ""
    label: str = ""


@dataclass(frozen=True)
class Picture:
    """A drawing of one width, in pixels."""

    width: float
    height: float
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Drawing:
    """A drawing in both widths, with its name in addresses, its title and what it is in words.

    `notes` are sentences about what it leaves out.
    """

    name: str
    title: str
    description: str
    wide: Picture
    narrow: Picture
    notes: tuple[str, ...] = field(default=())

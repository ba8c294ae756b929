"""What drawings are made of: boxes, arrows and a scale of time; templates write them as SVG."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


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

"""Drawings as boxes and arrows with their places; templates write them as SVG."""

from __future__ import annotations

from dataclasses import dataclass


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

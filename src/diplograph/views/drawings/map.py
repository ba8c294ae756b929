"""Where engagements are: marks on an equirectangular map, and places that cannot be drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from diplograph.views.engagements import Spot
from diplograph.views.filter import JudgedEngagement

# As static/land.svg is drawn: a degree is 1 / 0.36 of its units.
WIDTH, HEIGHT = 1000.0, 500.0


@dataclass(frozen=True)
class MapMarker:
    """A place with how many engagements and of which status; `x` and `y` on the map, if placed."""

    spot: Spot
    total: int
    words: tuple[tuple[str, int], ...]
    x: float | None = None
    y: float | None = None
    size: float = 0.0

    @property
    def solid(self) -> bool:
        """Whether something there is known to have been held or to be under way."""
        return any(word in {"held", "underway"} for word, _ in self.words)


@dataclass(frozen=True)
class Map:
    """The marks, the places with no coordinates, and how many engagements have no place at all."""

    marks: tuple[MapMarker, ...]
    unplaced: tuple[MapMarker, ...]
    nowhere: int
    left_out: int = 0


def draw_map(
    entries: Iterable[JudgedEngagement], spots: dict[str, tuple[Spot, ...]], most: int = 300
) -> Map:
    """Return the places of these engagements, those with the most first, at most `most` drawn."""
    counted: dict[Spot, Counter] = {}
    nowhere = 0
    for entry in entries:
        nowhere += not spots.get(entry.iri)
        for spot in spots.get(entry.iri, ()):
            counted.setdefault(spot, Counter())[entry.word] += 1
    marks = sorted(
        (_mark(spot, words) for spot, words in counted.items()),
        key=lambda each: (-each.total, each.spot.thing.label, each.spot.thing.iri),
    )
    placed = [each for each in marks if each.spot.placed]
    unplaced = tuple(each for each in marks if not each.spot.placed)
    return Map(tuple(placed[:most]), unplaced, nowhere, max(0, len(placed) - most))


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Return x and y on the map of a point in degrees.

    >>> project(0, 0)
    (500.0, 250.0)
    """
    return round((longitude + 180) / 0.36, 1), round((90 - latitude) / 0.36, 1)


def _mark(spot: Spot, words: Counter) -> MapMarker:
    total = sum(words.values())
    sorted_words = tuple(sorted(words.items(), key=lambda pair: (-pair[1], pair[0])))
    if not spot.placed:
        return MapMarker(spot, total, sorted_words)
    x, y = project(spot.latitude, spot.longitude)
    return MapMarker(spot, total, sorted_words, x, y, round(min(6 + 2 * sqrt(total - 1), 16), 1))

"""The map: places of engagements as marks on a plate carrée projection."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import sqrt

from diplograph.views.engagements import MapPlace, count_words
from diplograph.views.status import JudgedEngagement

# The map is 1000 wide and 500 high, as static/land.svg: a unit is 0.36 degrees.
_DEGREES = 0.36


@dataclass(frozen=True)
class MapMarker:
    """A place with the number of its engagements, all and by status; where it is on the map."""

    place: MapPlace
    total: int
    words: tuple[tuple[str, int], ...]
    x: float | None
    y: float | None
    size: float

    @property
    def solid(self) -> bool:
        """Whether something there is known to have been held or to be under way."""
        return any(word in {"held", "underway"} for word, _ in self.words)


@dataclass(frozen=True)
class Map:
    """Marks, places without coordinates, the number of engagements without any place."""

    marks: tuple[MapMarker, ...]
    unplaced: tuple[MapMarker, ...]
    nowhere: int
    left_out: int = 0


def draw_map(
    entries: Iterable[JudgedEngagement], places: dict[str, tuple[MapPlace, ...]], most: int = 300
) -> Map:
    """Return the places of these engagements, those with the most first, at most `most` drawn."""
    at_place: dict[MapPlace, list[JudgedEngagement]] = {}
    nowhere = 0
    for entry in entries:
        nowhere += not places.get(entry.iri)
        for place in places.get(entry.iri, ()):
            at_place.setdefault(place, []).append(entry)
    marks: list[MapMarker] = []
    for place, of_place in at_place.items():
        x, y = project(place.latitude, place.longitude) if place.placed else (None, None)
        size = round(min(6 + 2 * sqrt(len(of_place) - 1), 16), 1) if place.placed else 0.0
        marks.append(MapMarker(place, len(of_place), count_words(of_place), x, y, size))
    marks.sort(key=lambda mark: (-mark.total, mark.place.thing.label, mark.place.thing.iri))
    placed = [mark for mark in marks if mark.place.placed]
    unplaced = tuple(mark for mark in marks if not mark.place.placed)
    return Map(tuple(placed[:most]), unplaced, nowhere, max(0, len(placed) - most))


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Return x and y on the map of a point in degrees; 0, 0 is in the middle, at 500.0, 250.0."""
    return round((longitude + 180) / _DEGREES, 1), round((90 - latitude) / _DEGREES, 1)

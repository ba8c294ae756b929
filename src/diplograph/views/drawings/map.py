"""The map: places of engagements, or of rows of an answer, as marks, cropped to where they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from math import cos, radians, sqrt
from pathlib import Path

from diplograph.views.drawings import (
    LABEL_SIZE,
    NARROW,
    SMALL_SIZE,
    WIDE,
    Box,
    Drawing,
    FilterLink,
    Mark,
    Picture,
    Shape,
    Words,
)
from diplograph.views.drawings.legend import LegendEntry, draw_legend
from diplograph.views.drawings.text import fit, measure
from diplograph.views.engagements import MapPlace, Participants, count_words
from diplograph.views.status import JudgedEngagement

# The world is 1000 wide and 500 high, as in land.svg: a unit is 0.36 degrees.
_DEGREES = 0.36
_LAND = Path(__file__).with_name("land.svg")
# The least part of the world that is shown, in units, and the space around marks as a share.
_LEAST, _AROUND = 90.0, 0.16
# South of this are no states.
_SOUTH = 417.0
# The shares of height to width of a drawing, and the most names of marks and of states.
_FLATTEST, _TALLEST = {WIDE: 0.3, NARROW: 0.6}, {WIDE: 0.44, NARROW: 1.05}
_MOST_NAMES, _MOST_STATES = 40, 14
# The least size of a mark and the most, which is less where there are many.
_SMALLEST, _LARGEST, _LARGEST_OF_MANY, _MANY = 6.0, 16.0, 9.0, 30
HOST_ONLY = "Host country only; city not reported (marked at its centre)"


@dataclass(frozen=True)
class _Counted:
    """What the marks of a map count, with its words; `listed`: there are lists of it by place."""

    one: str
    of_places: str
    place: str
    state: str
    listed: bool

    def count(self, number: int) -> str:
        """Return so many of it in words."""
        return f"{number:,} {self.one}{'s' if number != 1 else ''}"


_ENGAGEMENTS = _Counted("engagement", " of engagements", "Place of the engagement", HOST_ONLY, True)
_ROWS = _Counted("row", "", "Place", "State, marked at its centre", False)


@dataclass(frozen=True)
class MapMarker:
    """A place with the number of its engagements, all and by status; where it is in the world."""

    place: MapPlace
    total: int
    words: tuple[tuple[str, int], ...]
    x: float | None
    y: float | None
    size: float


@dataclass(frozen=True)
class Map:
    """Marks, places without coordinates, the number of engagements without any place.

    `drawing` is None where there is no mark.
    """

    marks: tuple[MapMarker, ...]
    unplaced: tuple[MapMarker, ...]
    nowhere: int
    left_out: int = 0
    drawing: Drawing | None = None


@dataclass(frozen=True)
class _Frame:
    """The part of the world that a drawing shows, in units, and its scale in pixels a unit.

    `squeeze` shortens distances from west to east, as they are in the middle of the part.
    """

    x: float
    y: float
    width: float
    height: float
    scale: float
    squeeze: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point of the world is in the drawing."""
        return (
            round((x - self.x) * self.scale * self.squeeze, 1),
            round((y - self.y) * self.scale, 1),
        )


def draw_map(
    entries: Iterable[JudgedEngagement], participants: Participants, most: int = 300
) -> Map:
    """Return the places of these engagements, those with the most first, at most `most` drawn."""
    at_place: dict[MapPlace, list[JudgedEngagement]] = {}
    nowhere, parties = 0, set()
    for entry in entries:
        places = participants.places.get(entry.iri, ())
        nowhere += not places
        parties.update(party.iri for party in participants.parties.get(entry.iri, ()))
        for place in places:
            at_place.setdefault(place, []).append(entry)
    counts = {place: len(of_place) for place, of_place in at_place.items()}
    words = {place: count_words(of_place) for place, of_place in at_place.items()}
    marks = _make_markers(counts, words)
    placed = [mark for mark in marks if mark.place.placed]
    unplaced = tuple(mark for mark in marks if not mark.place.placed)
    left_out = max(0, len(placed) - most)
    shown = tuple(placed[:most])
    states = [state for state in participants.states if state.thing.iri in parties]
    drawing = _make_drawing(shown, states, left_out, _ENGAGEMENTS) if shown else None
    return Map(shown, unplaced, nowhere, left_out, drawing)


def draw_places(counts: Mapping[MapPlace, int], most: int = 300) -> Drawing | None:
    """Return places with how many rows of an answer each has; None where none has coordinates.

    The places with the most rows are drawn, and a note says how many are not.
    """
    marks = _make_markers({place: count for place, count in counts.items() if place.placed}, {})
    if not marks:
        return None
    return _make_drawing(tuple(marks[:most]), [], max(0, len(marks) - most), _ROWS)


def _make_markers(
    counts: Mapping[MapPlace, int], words: Mapping[MapPlace, tuple[tuple[str, int], ...]]
) -> list[MapMarker]:
    """Return a mark for each place, those with the most first."""
    marks: list[MapMarker] = []
    largest = _LARGEST if len(counts) <= _MANY else _LARGEST_OF_MANY
    for place, count in counts.items():
        x, y = project(place.latitude, place.longitude) if place.placed else (None, None)
        size = round(min(_SMALLEST + 2 * sqrt(count - 1), largest), 1)
        marks.append(MapMarker(place, count, words.get(place, ()), x, y, size))
    marks.sort(key=lambda mark: (-mark.total, mark.place.thing.label, mark.place.thing.iri))
    return marks


def project(latitude: float, longitude: float) -> tuple[float, float]:
    """Return x and y in the world of a point in degrees; 0, 0 is in the middle, at 500.0, 250.0."""
    return round((longitude + 180) / _DEGREES, 1), round((90 - latitude) / _DEGREES, 1)


def _make_drawing(
    marks: tuple[MapMarker, ...], states: list[MapPlace], left_out: int, counted: _Counted
) -> Drawing:
    total = len(marks) + left_out
    note = f"The {len(marks)} of {total} places with the most {counted.one}s are drawn."
    note += " Narrow the filter to see the others." if counted.listed else ""
    places = f"{len(marks)} place{'s' if len(marks) != 1 else ''}"
    square = counted.state[0].lower() + counted.state[1:]
    return Drawing(
        name="map",
        title=f"{places}{counted.of_places} on a map",
        description=f"A round mark is a place, a square: {square}. The table says the same.",
        wide=_draw(marks, states, WIDE, counted),
        narrow=_draw(marks, states, NARROW, counted),
        notes=(note,) if left_out else (),
    )


def _draw(
    marks: tuple[MapMarker, ...], states: list[MapPlace], width: float, counted: _Counted
) -> Picture:
    frame = _choose_frame(marks, width)
    height = round(frame.height * frame.scale)
    sea = {"x": 0, "y": 0, "width": width, "height": height}
    shapes = (
        Shape("rect", "sea", sea),
        Shape("path", "land", {"d": _draw_land(frame, width, height)}),
    )
    places = {mark: frame.place(mark.x, mark.y) for mark in marks}
    taken = [
        Box(x - mark.size - 1, y - mark.size - 1, 2 * mark.size + 2, 2 * mark.size + 2)
        for mark, (x, y) in places.items()
    ]
    inside = Box(2, 2, width - 4, height - 4)
    drawn = []
    for mark, (x, y) in places.items():
        words = ()
        if len(drawn) < _MOST_NAMES:
            words = _name_mark(mark, x, y, inside, taken)
        drawn.append(_draw_mark(mark, x, y, words, counted))
    marked = {mark.place.thing.iri for mark in marks}
    candidates = [state for state in states if state.thing.iri not in marked]
    names = tuple(_name_states(candidates, frame, inside, taken))
    legend, bottom = draw_legend(_list_keys(marks, counted), width, height + 20)
    background = Mark(shapes, names, style="background")
    return Picture(width, bottom, (background, *reversed(drawn), *legend))


def _choose_frame(marks: tuple[MapMarker, ...], width: float) -> _Frame:
    """Return the part of the world with all marks and some space around them."""
    west, east = min(mark.x for mark in marks), max(mark.x for mark in marks)
    north, south = min(mark.y for mark in marks), max(mark.y for mark in marks)
    latitude = 90 - (north + south) / 2 * _DEGREES
    spread = max(east - west, south - north)
    edge = max(spread * _AROUND, 12.0)
    wide, high = max(east - west + 2 * edge, _LEAST), max(south - north + 2 * edge, _LEAST / 2)
    squeeze = max(0.55, cos(radians(latitude))) if wide < 600 else 1.0
    ratio = high / (wide * squeeze)
    ratio = min(max(ratio, _FLATTEST[width]), _TALLEST[width])
    wide = min(max(wide, high / ratio / squeeze), 1000.0)
    limit = 500.0 if south > _SOUTH - 10 else _SOUTH
    high = min(max(high, wide * squeeze * ratio), limit)
    x = min(max((west + east - wide) / 2, 0.0), 1000.0 - wide)
    y = min(max((north + south - high) / 2, 0.0), limit - high)
    scale = width / (wide * squeeze)
    return _Frame(round(x, 1), round(y, 1), wide, high, scale, squeeze)


def _draw_mark(
    mark: MapMarker, x: float, y: float, words: tuple[Words, ...], counted: _Counted
) -> Mark:
    place, size = mark.place, mark.size
    reach = Shape("circle", "reach", {"cx": x, "cy": y, "r": 14})
    if place.vague:
        box = {"x": round(x - size, 1), "y": round(y - size, 1), "width": 2 * size}
        shape = Shape("rect", "spot vague", {**box, "height": 2 * size})
    else:
        shape = Shape("circle", "spot", {"cx": x, "cy": y, "r": size})
    how = f" ({counted.state[0].lower()}{counted.state[1:]})" if place.vague else ""
    title = f"{place.thing.label}{how}: {counted.count(mark.total)}"
    link = place.thing
    if counted.listed:
        link = FilterLink((("place", place.thing.curie.strip("<>")),), place.thing)
    return Mark((reach, shape), words, title, link, "place", place.thing.label)


def _name_mark(
    mark: MapMarker, x: float, y: float, inside: Box, taken: list[Box]
) -> tuple[Words, ...]:
    """Return the name of a mark beside it where there is room, with how many engagements."""
    label = mark.place.thing.label
    text = fit(label, 200)
    text = f"{text} {mark.total:,}" if mark.total > 1 else text
    long, high, near = measure(text, bold=True), LABEL_SIZE + 5, mark.size + 6
    for left, top in (
        (x + near, y - high / 2),
        (x - near - long, y - high / 2),
        (x - long / 2, y + near),
        (x - long / 2, y - near - high),
    ):
        box = Box(left, top, long, high)
        if _is_free(box, inside, taken):
            taken.append(box)
            place = round(left + long / 2, 1), round(top + high - 5, 1)
            return (Words(text, *place, "name", "middle", label),)
    return ()


def _name_states(
    states: list[MapPlace], frame: _Frame, inside: Box, taken: list[Box]
) -> Iterator[Words]:
    """Yield the names of states where there is room for them, the first ones first."""
    count = 0
    for state in states:
        x, y = frame.place(*project(state.latitude, state.longitude))
        long = measure(state.thing.label, SMALL_SIZE)
        box = Box(x - long / 2 - 4, y - 11, long + 8, SMALL_SIZE + 6)
        if long < 160 and _is_free(box, inside, taken):
            taken.append(box)
            count += 1
            yield Words(state.thing.label, x, y + 2, "state", "middle", state.thing.label)
        if count == _MOST_STATES:
            return


def _is_free(box: Box, inside: Box, taken: list[Box]) -> bool:
    within = box.x >= inside.x and box.right <= inside.right
    within = within and box.y >= inside.y and box.bottom <= inside.bottom
    return within and not any(box.touches(other) for other in taken)


def _list_keys(marks: tuple[MapMarker, ...], counted: _Counted) -> Iterator[LegendEntry]:
    def draw_spot(x: float, y: float) -> tuple[Shape, ...]:
        return (Shape("circle", "spot", {"cx": x + 7, "cy": y, "r": 6}),)

    def draw_square(x: float, y: float) -> tuple[Shape, ...]:
        box = {"x": x + 1, "y": y - 6, "width": 12, "height": 12}
        return (Shape("rect", "spot vague", box),)

    if any(not mark.place.vague for mark in marks):
        yield LegendEntry(counted.place, 14.0, draw_spot)
    if any(mark.place.vague for mark in marks):
        yield LegendEntry(counted.state, 14.0, draw_square)
    if any(mark.total > 1 for mark in marks):
        yield LegendEntry(f"Numbers: {counted.one}s")
    yield LegendEntry("Land: Natural Earth, without borders")


# ---- land ---------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _draw_land(frame: _Frame, width: float, height: float) -> str:
    """Return the land within the frame as an SVG path."""
    parts = []
    for ring in _read_land():
        points = [frame.place(x, y) for x, y in ring]
        cut = _clip(points, width, height)
        if len(cut) > 2:
            parts.append("M" + "L".join(f"{x:g} {y:g}" for x, y in cut) + "z")
    return "".join(parts)


@cache
def _read_land() -> tuple[tuple[tuple[float, float], ...], ...]:
    """Return the rings of land.svg, whose one path has the commands M, l and z."""
    path = re.search(r' d="([^"]+)"', _LAND.read_text(encoding="utf-8"))[1]
    rings = []
    for text in filter(None, path.split("z")):
        numbers = [float(number) for number in re.findall(r"-?[\d.]+", text)]
        x, y = 0.0, 0.0
        ring = []
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x, y))
        rings.append(tuple(ring))
    return tuple(rings)


def _clip(
    points: list[tuple[float, float]], width: float, height: float
) -> list[tuple[float, float]]:
    """Return the part of a polygon within a rectangle at 0, 0 (Sutherland and Hodgman)."""
    edges = ((0, 0.0, True), (0, width, False), (1, 0.0, True), (1, height, False))
    for axis, limit, above in edges:
        kept: list[tuple[float, float]] = []
        for start, end in zip((points[-1:] + points)[:-1], points, strict=True):
            start_in = start[axis] >= limit if above else start[axis] <= limit
            end_in = end[axis] >= limit if above else end[axis] <= limit
            if start_in != end_in:
                share = (limit - start[axis]) / (end[axis] - start[axis])
                crossing = [a + share * (b - a) for a, b in zip(start, end, strict=True)]
                kept.append((round(crossing[0], 1), round(crossing[1], 1)))
            if end_in:
                kept.append(end)
        points = kept
        if not points:
            break
    return points

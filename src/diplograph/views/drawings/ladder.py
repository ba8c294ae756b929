"""The ladder of a partnership: its stages on a scale of time, each above those it follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from diplograph.core.dates import say_date
from diplograph.core.things import Thing
from diplograph.views.drawings import (
    NARROW,
    SMALL_SIZE,
    WIDE,
    Drawing,
    Mark,
    Picture,
    Shape,
    TimeScale,
    Words,
)
from diplograph.views.drawings.legend import LegendEntry, draw_legend
from diplograph.views.drawings.text import fit, measure, wrap
from diplograph.views.relations import RelationFact
from diplograph.views.status import DateRange

# The least distance between two years that are marked on a ladder, in hundredths of its width.
_YEARS_APART = 14
# In pixels of a drawing: heights of a line of text and of a bar; the space at an edge.
_LINE, _BAR, _EDGE = 17.0, 10.0, 2.0


@dataclass(frozen=True)
class LadderStep:
    """One stage: when it begins and ends, the stages before it, and where it is drawn.

    `begins` to `certain` is when it may have begun and `certain` to `ends` when it held, all in
    hundredths of the drawing's width; None where no report says when it began.
    """

    number: int
    fact: RelationFact
    start: tuple[DateRange, ...]
    end: tuple[DateRange, ...]
    before: tuple[Thing | str, ...]
    begins: float | None = None
    certain: float | None = None
    ends: float = 100.0


@dataclass(frozen=True)
class Ladder:
    """The steps from the first to the last, and the years to be marked with their places."""

    steps: tuple[LadderStep, ...] = ()
    years: tuple[tuple[int, float], ...] = ()
    day: date | None = None

    @property
    def drawing(self) -> Drawing | None:
        """The steps of which a report says when they began, the latest on top; None without any."""
        drawn = [step for step in self.steps if step.begins is not None]
        if not drawn or self.day is None:
            return None
        sentences = [
            f"Step {step.number}, {step.fact.thing.label}: {_say_time(step)}." for step in drawn
        ]
        return Drawing(
            name="ladder",
            title=f"Stages of the partnership until {say_date(self.day.isoformat())}",
            description=" ".join(sentences),
            wide=_draw_steps(self, drawn, WIDE, 380.0),
            narrow=_draw_steps(self, drawn, NARROW, 0.0),
        )


def draw_ladder(stages: Iterable[RelationFact], day: date) -> Ladder:
    """Return the stages as a ladder: each above the one it follows, then in order of time."""
    facts = {stage.thing.iri: stage for stage in stages}
    ordered = sorted(facts.values(), key=lambda fact: (_count_below(fact, facts), fact.order))
    steps: list[LadderStep] = []
    for number, fact in enumerate(ordered, start=1):
        start = tuple(date for date in fact.dates if date.role != "end")
        end = tuple(date for date in fact.dates if date.role == "end")
        steps.append(LadderStep(number, fact, start, end, fact.cell(("precedingStage",))))
    starts = [date.earliest for step in steps for date in step.start if date.earliest]
    if not starts:
        return Ladder(tuple(steps), day=day)
    ends = [date.latest for step in steps for date in (*step.start, *step.end) if date.latest]
    now = datetime.combine(day, time(), UTC)
    scale = TimeScale(min(starts), max(now, *ends), 0, 100, digits=2)
    years: list[tuple[int, float]] = []
    for year in (*sorted({start.year for start in starts}), day.year):
        place = _clamp(scale.place(datetime(year, 1, 1, tzinfo=UTC)))
        if not years or place - years[-1][1] >= _YEARS_APART:
            years.append((year, place))
    following = (*steps[1:], None)
    placed = (_place_step(*pair, scale) for pair in zip(steps, following, strict=True))
    return Ladder(tuple(placed), tuple(years), day)


def _count_below(
    fact: RelationFact, facts: Mapping[str, RelationFact], seen: frozenset[str] = frozenset()
) -> int:
    """Return how many stages lie below one; a circle of stages ends where it closes."""
    seen |= {fact.thing.iri}
    stages = {getattr(stage, "iri", "") for stage in fact.cell(("precedingStage",))}
    below = (facts[iri] for iri in stages - seen if iri in facts)
    return max((_count_below(stage, facts, seen) + 1 for stage in below), default=0)


def _place_step(step: LadderStep, following: LadderStep | None, scale: TimeScale) -> LadderStep:
    begun = [date.earliest for date in step.start if date.earliest]
    if not begun:
        return step
    certain = [date.latest for date in step.start if date.latest] or [min(begun)]
    next_start = following.start if following else ()
    over = [date.earliest for date in (*step.end, *next_start) if date.earliest]
    sure = _clamp(scale.place(max(certain)))
    ends = _clamp(scale.place(min(over))) if over else 100.0
    return replace(step, begins=_clamp(scale.place(min(begun))), certain=sure, ends=max(ends, sure))


def _clamp(place: float) -> float:
    """Return a place, at an edge of the ladder where it is outside."""
    return min(100.0, max(0.0, place))


def _draw_steps(ladder: Ladder, drawn: list[LadderStep], width: float, names: float) -> Picture:
    """Return the steps with their names beside their bars, or above where `names` is 0."""
    left, right = names + _EDGE, width - _EDGE
    marks: list[Mark] = []
    bands: list[tuple[float, float]] = []
    y = 6.0
    for step in reversed(drawn):
        mark, middle, height = _draw_step(step, y, left, right, names)
        bands.append((middle - 11, middle + 11))
        marks.append(mark)
        y += height
    if names:
        bands = [(2.0, y)]
    years = _draw_years(ladder, y, left, right, bands)
    legend, height = draw_legend(_list_keys(drawn), width, y + 42)
    return Picture(width, height, (years, *marks, *legend))


def _draw_step(
    step: LadderStep, y: float, left: float, right: float, names: float
) -> tuple[Mark, float, float]:
    """Return a step from `y` on, the height of the middle of its bar, and its own height."""
    label = f"Step {step.number}: {step.fact.thing.label}"
    room = (names or right) - 14
    lines = wrap(label, room, 2)
    words = [
        Words(line, _EDGE, y + 14 + number * _LINE, label=step.fact.thing.label)
        for number, line in enumerate(lines)
    ]
    period = _say_time(step)
    words.append(Words(fit(period, room, SMALL_SIZE), _EDGE, words[-1].y + _LINE - 1, "small"))
    text = (len(lines) + 1) * _LINE
    middle = y + text / 2 + 2 if names else y + text + 14

    def place(share: float) -> float:
        return round(left + share / 100 * (right - left), 1)

    begins, certain, ends = map(place, (step.begins, step.certain, step.ends))
    shapes = []
    bar = {"y": round(middle - _BAR / 2, 1), "height": _BAR}
    if certain > begins:
        shapes.append(Shape("rect", "unsure", {"x": begins, "width": certain - begins, **bar}))
    shapes.append(Shape("rect", "sure", {"x": certain, "width": max(ends - certain, 3), **bar}))
    mark = Mark(
        tuple(shapes),
        tuple(words),
        f"{label}: {period}",
        step.fact.thing,
        "step",
        step.fact.thing.label,
    )
    return mark, middle, text + (12 if names else 34)


def _draw_years(
    ladder: Ladder, y: float, left: float, right: float, bands: list[tuple[float, float]]
) -> Mark:
    lines, words, taken = [], [], float("-inf")
    for year, share in ladder.years:
        x = round(left + share / 100 * (right - left), 1)
        lines += [f"M{x} {start:g}V{end:g}" for start, end in bands]
        half = measure(str(year), SMALL_SIZE) / 2
        middle = min(max(x, left + half), right - half)
        if middle - half >= taken + 8:
            taken = middle + half
            words.append(Words(str(year), round(middle, 1), y + 15, "tick", "middle"))
    return Mark((Shape("path", "grid", {"d": "".join(lines)}),), tuple(words), style="axis")


def _sample(style: str) -> Callable[[float, float], tuple[Shape, ...]]:
    return lambda x, y: (
        Shape("rect", style, {"x": x, "y": y - _BAR / 2, "width": 26, "height": _BAR}),
    )


def _list_keys(drawn: list[LadderStep]) -> Iterator[LegendEntry]:
    yield LegendEntry("in force", 26.0, _sample("sure"))
    if any(step.certain > step.begins for step in drawn):
        yield LegendEntry("began at some time in this", 26.0, _sample("unsure"))


def _say_time(step: LadderStep) -> str:
    start = " or ".join(estimate.words for estimate in step.start)
    end = " or ".join(estimate.words for estimate in step.end)
    return f"from {start}" + (f" until {end}" if end else "")

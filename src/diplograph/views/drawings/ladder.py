"""The ladder of a partnership: its stages on a scale of time, each above those it follows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from diplograph.core.things import Thing
from diplograph.views.drawings import TimeScale
from diplograph.views.relations import RelationFact
from diplograph.views.status import DateRange

# The least distance between two years that are marked on a ladder, in hundredths of its width.
_YEARS_APART = 14


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
        return Ladder(tuple(steps))
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
    return Ladder(tuple(placed), tuple(years))


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

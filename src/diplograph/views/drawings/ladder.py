"""The ladder of a partnership: its stages from the first to the last, on a scale of years."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time

from diplograph.core.things import Thing
from diplograph.views.drawings import TimeScale
from diplograph.views.relations import RelationFact
from diplograph.views.status import DateRange

# The least distance between two years that are marked, in hundredths of the width.
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
    steps = tuple(_make_step(number, fact) for number, fact in enumerate(ordered, start=1))
    starts = [date.earliest for step in steps for date in step.start if date.earliest]
    if not starts:
        return Ladder(steps)
    ends = [date.latest for step in steps for date in (*step.start, *step.end) if date.latest]
    now = datetime.combine(day, time(), UTC)
    scale = TimeScale(min(starts), max(now, *ends), 0, 100, digits=2)
    following = (*steps[1:], None)
    placed = tuple(_place_step(*pair, scale) for pair in zip(steps, following, strict=True))
    years = sorted({start.year for start in starts})
    return Ladder(placed, _mark_years((*years, day.year), scale))


def _count_below(
    fact: RelationFact, facts: Mapping[str, RelationFact], seen: frozenset[str] = frozenset()
) -> int:
    """Return how many stages lie below one; a circle of stages ends where it closes."""
    seen |= {fact.thing.iri}
    below = [
        facts[stage.iri]
        for stage in fact.cell(("precedingStage",))
        if isinstance(stage, Thing) and stage.iri in facts and stage.iri not in seen
    ]
    return max((_count_below(stage, facts, seen) + 1 for stage in below), default=0)


def _make_step(number: int, fact: RelationFact) -> LadderStep:
    return LadderStep(
        number=number,
        fact=fact,
        start=tuple(date for date in fact.dates if date.role != "end"),
        end=tuple(date for date in fact.dates if date.role == "end"),
        before=fact.cell(("precedingStage",)),
    )


def _place_step(step: LadderStep, following: LadderStep | None, scale: TimeScale) -> LadderStep:
    begun = [date.earliest for date in step.start if date.earliest]
    certain = [date.latest for date in step.start if date.latest]
    next_start = following.start if following else ()
    over = [date.earliest for date in (*step.end, *next_start) if date.earliest]
    if not begun:
        return step
    begins = _place(min(begun), scale)
    sure = _place(max(certain), scale) if certain else begins
    ends = _place(min(over), scale) if over else 100.0
    return replace(step, begins=begins, certain=sure, ends=max(ends, sure))


def _mark_years(years: Iterable[int], scale: TimeScale) -> tuple[tuple[int, float], ...]:
    """Return these years with their places, those too close to the one before left out."""
    marked: list[tuple[int, float]] = []
    for year in years:
        place = _place(datetime(year, 1, 1, tzinfo=UTC), scale)
        if not marked or place - marked[-1][1] >= _YEARS_APART:
            marked.append((year, place))
    return tuple(marked)


def _place(moment: datetime, scale: TimeScale) -> float:
    """Return where a moment lies, at an edge of the drawing where it is outside."""
    return min(100.0, max(0.0, scale.place(moment)))

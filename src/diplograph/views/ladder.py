"""The ladder of a partnership: its stages in order, each with the time from which it holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from diplograph.things import Thing
from diplograph.views.asking import Asking
from diplograph.views.dates import DateRange
from diplograph.views.texts import fill
from diplograph.views.ties import Told


@dataclass(frozen=True)
class Step:
    """One stage: when it begins and ends, what it rose from, and where a picture draws it.

    `begins` to `certain` is when it may have begun and `certain` to `ends` when it held, all in
    hundredths of the picture's width; None where no report says when it began.
    """

    number: int
    told: Told
    start: tuple[DateRange, ...]
    end: tuple[DateRange, ...]
    before: tuple[Thing | str, ...]
    begins: float | None = None
    certain: float | None = None
    ends: float = 100.0


@dataclass(frozen=True)
class Ladder:
    """The steps from the first to the last, and the years to be marked with their places."""

    steps: tuple[Step, ...] = ()
    years: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Scale:
    """The stretch of time that a picture shows."""

    first: datetime
    last: datetime

    def place(self, moment: datetime) -> float:
        """Return where a moment stands, in hundredths of the width, never outside."""
        share = (moment - self.first) / (self.last - self.first)
        return round(min(1.0, max(0.0, share)) * 100, 2)


def read_steps(asking: Asking, partnership: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the IRIs of a partnership's stages, and of what was said of them; one query."""
    rows = asking.rows(fill("ladder", partnership=partnership))
    stages = {row["stage"] for row in rows}
    return tuple(sorted(stages)), tuple(sorted({row["act"] for row in rows if "act" in row}))


def build_ladder(stages: Iterable[Told], day: date) -> Ladder:
    """Return the stages as a ladder: each after the one it rose from, then in order of time."""
    known = {each.thing.iri: each for each in stages}
    ordered = sorted(known.values(), key=lambda each: (_depth(each, known), _when(each)))
    steps = tuple(_step(number, each) for number, each in enumerate(ordered, start=1))
    starts = [each for step in steps for each in step.start if each.earliest]
    if not starts:
        return Ladder(steps)
    first = min(each.earliest for each in starts)
    ends = [each.latest for step in steps for each in (*step.start, *step.end) if each.latest]
    now = datetime.combine(day, time(), UTC)
    scale = Scale(first, max(now, *ends))
    placed = tuple(_place(step, following, scale) for step, following in _pairs(steps))
    return Ladder(placed, _mark_years(steps, scale, day))


def _depth(told: Told, known: Mapping[str, Told], seen: frozenset[str] = frozenset()) -> int:
    """Return how many stages lie below one; a circle of stages ends where it closes."""
    seen |= {told.thing.iri}
    below = [
        known[each.iri]
        for each in told.cell(("precedingStage",))
        if isinstance(each, Thing) and each.iri in known and each.iri not in seen
    ]
    return max((_depth(each, known, seen) + 1 for each in below), default=0)


def _when(told: Told) -> tuple:
    first = min((str(each.earliest or "") for each in told.dates), default="")
    return first, told.thing.label, told.thing.iri


def _step(number: int, told: Told) -> Step:
    return Step(
        number=number,
        told=told,
        start=tuple(each for each in told.dates if each.role != "end"),
        end=tuple(each for each in told.dates if each.role == "end"),
        before=told.cell(("precedingStage",)),
    )


def _pairs(steps: tuple[Step, ...]) -> Iterable[tuple[Step, Step | None]]:
    return zip(steps, (*steps[1:], None), strict=True)


def _place(step: Step, following: Step | None, scale: Scale) -> Step:
    begun = [each.earliest for each in step.start if each.earliest]
    sure = [each.latest for each in step.start if each.latest]
    over = [each.earliest for each in step.end if each.earliest]
    over += [each.earliest for each in (following.start if following else ()) if each.earliest]
    if not begun:
        return step
    begins, ends = scale.place(min(begun)), scale.place(min(over)) if over else 100.0
    certain = scale.place(max(sure)) if sure else begins
    return Step(
        step.number,
        step.told,
        step.start,
        step.end,
        step.before,
        begins,
        certain,
        max(ends, certain),
    )


def _mark_years(steps: tuple[Step, ...], scale: Scale, day: date) -> tuple[tuple[int, float], ...]:
    """Return the years in which a stage began, with their places, those too close left out."""
    years = sorted({each.earliest.year for step in steps for each in step.start if each.earliest})
    marked: list[tuple[int, float]] = []
    for year in (*years, day.year):
        place = scale.place(datetime(year, 1, 1, tzinfo=UTC))
        if not marked or place - marked[-1][1] >= 14:
            marked.append((year, place))
    return tuple(marked)

"""The timeline: engagements as bars on a scale of time, one above the other."""

from __future__ import annotations

from calendar import month_abbr
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from diplograph.core.things import Thing
from diplograph.views.drawings import TimeScale
from diplograph.views.status import DateRange, Status, join_dates, say_range

# All in units of the drawing.
TIMELINE_WIDTH = 1000.0
_MARGIN, _TOP = 12.0, 50.0
_LANE, _PACKED_LANE = 26.0, 24.0
_SHORTEST_BAR = 9.0
# Up to so many engagements have a lane and a name of their own; more share lanes without names.
_MOST_NAMED = 60
_MOST_TICKS = 14


@dataclass(frozen=True)
class TimelineItem:
    """An engagement to be drawn."""

    thing: Thing
    status: Status
    dates: tuple[DateRange, ...]


@dataclass(frozen=True)
class Bar:
    """One date of an engagement: it falls somewhere from `x` over `width`.

    `soft`: it is approximate, so its ends fade; `point`: it is too short for a bar at this scale.
    """

    x: float
    width: float
    soft: bool
    point: bool

    @property
    def middle(self) -> float:
        """The middle of the bar."""
        return round(self.x + self.width / 2, 1)


@dataclass(frozen=True)
class TimelineRow:
    """An engagement in the drawing: its bars from `start` to `end` at height `y`, and its name."""

    item: TimelineItem
    words: str
    y: float
    start: float
    end: float
    bars: tuple[Bar, ...]
    name_x: float
    name_before: bool
    named: bool


@dataclass(frozen=True)
class Tick:
    """A line of the axis with its label."""

    x: float
    label: str


@dataclass(frozen=True)
class Timeline:
    """A drawing TIMELINE_WIDTH wide and `height` high; `today` is None where outside."""

    lanes: tuple[TimelineRow, ...]
    ticks: tuple[Tick, ...]
    height: float
    today: float | None
    first: date
    last: date


def draw_timeline(items: Iterable[TimelineItem], day: date) -> Timeline | None:
    """Return the items with a bounded date on an axis, None where there are none."""
    dated: list[tuple[TimelineItem, list[DateRange]]] = []
    for item in items:
        bounded = [date for date in join_dates(item.dates) if date.earliest and date.latest]
        dated += [(item, bounded)] if bounded else []
    if not dated:
        return None
    dated.sort(key=lambda pair: (min(date.earliest for date in pair[1]), pair[0].thing.iri))
    noon = datetime.combine(day, time(12), UTC)
    drawn = [date for _, dates in dated for date in dates]
    first = min(min(date.earliest, date.latest) for date in drawn)
    last = max(max(date.earliest, date.latest) for date in drawn)
    reach = max(last - first, timedelta(days=28))
    if _shift(first, -reach / 2) <= noon <= _shift(last, reach / 2):  # the day is not far off
        first, last = min(first, noon), max(last, noon)
    edge = max((last - first) / 40, timedelta(days=2))
    right = TIMELINE_WIDTH - _MARGIN
    scale = TimeScale(_shift(first, -edge), _shift(last, edge), _MARGIN, right)
    lanes = tuple(_stack(dated, scale))
    ticks = (Tick(scale.place(moment), label) for moment, label in _list_ticks(scale))
    today = scale.place(noon)
    return Timeline(
        lanes=lanes,
        ticks=tuple(tick for tick in ticks if scale.left <= tick.x <= scale.right),
        height=max(lane.y for lane in lanes) + _LANE,
        today=today if scale.left <= today <= scale.right else None,
        first=scale.first.date(),
        last=scale.last.date(),
    )


def _shift(moment: datetime, by: timedelta) -> datetime:
    """Return the moment moved by so much, at most to an end of the calendar."""
    try:
        return moment + by
    except OverflowError:
        return (datetime.max if by > timedelta(0) else datetime.min).replace(tzinfo=UTC)


def _stack(
    dated: list[tuple[TimelineItem, list[DateRange]]], scale: TimeScale
) -> Iterator[TimelineRow]:
    """Yield the items in their lanes; of many, several share one where they do not overlap."""
    named = len(dated) <= _MOST_NAMED
    lane_ends: list[float] = []
    for number, (item, dates) in enumerate(dated):
        bars = tuple(_draw_bar(date, scale) for date in dates)
        start, end = min(bar.x for bar in bars), max(bar.x + bar.width for bar in bars)
        lane = number
        if not named:
            lane = next((i for i, taken in enumerate(lane_ends) if taken <= start), len(lane_ends))
            lane_ends[lane : lane + 1] = [max(end, start + _PACKED_LANE) + 2]
        before = start > TIMELINE_WIDTH - end
        yield TimelineRow(
            item=item,
            words=say_range(item.dates, hedged=False),
            y=_TOP + lane * (_LANE if named else _PACKED_LANE),
            start=start,
            end=end,
            bars=bars,
            name_x=round(start - 8 if before else end + 8, 1),
            name_before=before,
            named=named,
        )


def _draw_bar(date: DateRange, scale: TimeScale) -> Bar:
    x, end = sorted((scale.place(date.earliest), scale.place(date.latest)))
    return Bar(x, round(end - x, 1), date.approximate, end - x < _SHORTEST_BAR)


def _list_ticks(scale: TimeScale) -> Iterator[tuple[datetime, str]]:
    """Yield the days, months or years of the axis, as many as there is space for labels."""
    days = (scale.last - scale.first).days
    if days <= 45:
        for number in range(0, days + 2, max(1, days // _MOST_TICKS + 1)):
            day = _shift(scale.first, timedelta(days=number)).date()
            yield datetime.combine(day, time(), UTC), f"{day.day} {month_abbr[day.month]}"
        return
    months = days // 30 + 1
    month_step = next((step for step in (1, 2, 3, 6) if months / step <= _MOST_TICKS), 12)
    years = scale.last.year - scale.first.year + 1
    year_step = max(1, -(-years // _MOST_TICKS)) if month_step == 12 else 1
    for year in range(scale.first.year, scale.last.year + 1, year_step):
        for month in range(1, 13, month_step):
            label = str(year) if month == 1 else f"{month_abbr[month]} {year}"
            yield datetime(year, month, 1, tzinfo=UTC), label

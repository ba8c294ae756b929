"""Engagements over time drawn: each date a range in its lane, on an axis of days or years."""

from __future__ import annotations

from calendar import month_abbr
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from diplograph.core.things import Thing
from diplograph.views.status import DateRange, Status, say_range

TIMELINE_WIDTH = 1000.0
MARGIN = 12.0
TOP = 34.0
# Up to so many engagements have a lane and a name each; more are packed into lanes without names.
NAMED = 60
LANE, PACKED_LANE = 26.0, 24.0
LEAST = 9.0
_TICKS = 14


@dataclass(frozen=True)
class Dated:
    """An engagement as it is drawn over time."""

    thing: Thing
    status: Status
    dates: tuple[DateRange, ...]


@dataclass(frozen=True)
class Bar:
    """One date of an engagement: where it may fall, from `x` over `width`.

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
    """An engagement in the drawing: its bars at height `y`, and where its name stands."""

    item: Dated
    words: str
    y: float
    bars: tuple[Bar, ...]
    name_x: float
    name_before: bool
    named: bool

    @property
    def start(self) -> float:
        """Where its first bar begins."""
        return min(each.x for each in self.bars)

    @property
    def end(self) -> float:
        """Where its last bar ends."""
        return max(each.x + each.width for each in self.bars)


@dataclass(frozen=True)
class Tick:
    """A line of the axis with its label."""

    x: float
    label: str


@dataclass(frozen=True)
class Timeline:
    """A drawing `WIDTH` wide and `height` high; `today` is where the day is, None if outside."""

    lanes: tuple[TimelineRow, ...]
    ticks: tuple[Tick, ...]
    height: float
    today: float | None
    first: date
    last: date


def draw_timeline(items: Iterable[Dated], day: date) -> Timeline | None:
    """Return the drawing of what is dated of these, None where nothing is."""
    dated = [(each, _bounded(each.dates)) for each in items]
    dated = [(each, dates) for each, dates in dated if dates]
    if not dated:
        return None
    scale = _Scale.of([one for _, dates in dated for one in dates], day)
    named = len(dated) <= NAMED
    dated.sort(key=lambda pair: (min(one.earliest for one in pair[1]), pair[0].thing.iri))
    lanes = tuple(_stack(dated, scale, named))
    today = scale.place(datetime.combine(day, time(12), UTC))
    return Timeline(
        lanes=lanes,
        ticks=tuple(_mark_axis(scale)),
        height=max(each.y for each in lanes) + LANE,
        today=today if MARGIN <= today <= TIMELINE_WIDTH - MARGIN else None,
        first=scale.first.date(),
        last=scale.last.date(),
    )


@dataclass(frozen=True)
class _Scale:
    first: datetime
    last: datetime

    @classmethod
    def of(cls, dates: list[DateRange], day: date) -> _Scale:
        """Return a scale of all dates and, where it is not far off, of the day."""
        first = min(min(each.earliest, each.latest) for each in dates)
        last = max(max(each.earliest, each.latest) for each in dates)
        reach = max(last - first, timedelta(days=28))
        noon = datetime.combine(day, time(12), UTC)
        if _shift(first, -reach / 2) <= noon <= _shift(last, reach / 2):
            first, last = min(first, noon), max(last, noon)
        edge = max((last - first) / 40, timedelta(days=2))
        return cls(_shift(first, -edge), _shift(last, edge))

    @property
    def days(self) -> int:
        return (self.last - self.first).days

    def place(self, moment: datetime) -> float:
        share = (moment - self.first) / (self.last - self.first)
        return round(MARGIN + share * (TIMELINE_WIDTH - 2 * MARGIN), 1)


def _shift(moment: datetime, by: timedelta) -> datetime:
    """Return the moment moved by so much, at most to an end of the calendar."""
    try:
        return moment + by
    except OverflowError:
        return (datetime.max if by > timedelta(0) else datetime.min).replace(tzinfo=UTC)


def _bounded(dates: tuple[DateRange, ...]) -> list[DateRange]:
    return [each for each in dates if each.earliest and each.latest and not each.superseded]


def _stack(dated: list, scale: _Scale, named: bool) -> Iterator[TimelineRow]:
    ends: list[float] = []
    for number, (item, dates) in enumerate(dated):
        bars = tuple(_draw_bar(each, scale) for each in dates)
        start, end = min(each.x for each in bars), max(each.x + each.width for each in bars)
        row = number
        if not named:
            row = next((i for i, taken in enumerate(ends) if taken <= start), len(ends))
            ends[row : row + 1] = [max(end, start + PACKED_LANE) + 2]
        before = start > TIMELINE_WIDTH - end
        yield TimelineRow(
            item=item,
            words=say_range(item.dates),
            y=TOP + 16 + row * (LANE if named else PACKED_LANE),
            bars=bars,
            name_x=round(start - 8 if before else end + 8, 1),
            name_before=before,
            named=named,
        )


def _draw_bar(date: DateRange, scale: _Scale) -> Bar:
    x, end = sorted((scale.place(date.earliest), scale.place(date.latest)))
    return Bar(x, round(end - x, 1), date.approximate, end - x < LEAST)


def _mark_axis(scale: _Scale) -> Iterator[Tick]:
    for moment, label in _list_ticks(scale):
        x = scale.place(moment)
        if MARGIN <= x <= TIMELINE_WIDTH - MARGIN:
            yield Tick(x, label)


def _list_ticks(scale: _Scale) -> Iterator[tuple[datetime, str]]:
    """Yield the days, months or years of the axis, as many as have room for a label."""
    if scale.days <= 45:
        step = max(1, scale.days // _TICKS + 1)
        for number in range(0, scale.days + 2, step):
            day = _shift(scale.first, timedelta(days=number)).date()
            yield datetime.combine(day, time(), UTC), f"{day.day} {month_abbr[day.month]}"
        return
    months = scale.days // 30 + 1
    step = next((each for each in (1, 2, 3, 6) if months / each <= _TICKS), 0)
    years = scale.last.year - scale.first.year + 1
    leap = 1 if step else max(1, -(-years // _TICKS))
    for year in range(scale.first.year, scale.last.year + 1):
        if (year - scale.first.year) % leap:
            continue
        for month in range(1, 13, step or 12):
            words = str(year) if not step or month == 1 else f"{month_abbr[month]} {year}"
            yield datetime(year, month, 1, tzinfo=UTC), words

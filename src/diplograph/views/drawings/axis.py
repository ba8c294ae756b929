"""An axis of time that gives most room to the part with the most dates, and breaks elsewhere."""

from __future__ import annotations

from calendar import month_abbr
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from diplograph.views.drawings import SMALL_SIZE
from diplograph.views.drawings.text import measure

# The least span that an axis shows, and how wide the parts beside a break are, as a share.
_LEAST_SPAN = timedelta(days=60)
_SIDE_SHARE, _BREAK = 0.15, 16.0
# The space between two labels of an axis.
_APART = 8.0


@dataclass(frozen=True)
class Tick:
    """A line of the axis with its label, "" where there is no room for one."""

    x: float
    label: str


@dataclass(frozen=True)
class AxisPart:
    """A part of an axis with one scale: a span of time from `left` to `right`."""

    first: datetime
    last: datetime
    left: float
    right: float

    def place(self, moment: datetime) -> float:
        """Return where a moment lies, at an end where it is outside."""
        share = (moment - self.first) / (self.last - self.first)
        return round(self.left + min(1.0, max(0.0, share)) * (self.right - self.left), 1)


@dataclass(frozen=True)
class Axis:
    """The parts of an axis, the earliest first, each with a scale of its own."""

    parts: tuple[AxisPart, ...]

    @property
    def breaks(self) -> tuple[float, ...]:
        """The middles of the gaps between parts."""
        pairs = zip(self.parts, self.parts[1:], strict=False)
        return tuple((before.right + after.left) / 2 for before, after in pairs)

    def place(self, moment: datetime) -> float:
        """Return where a moment lies; between two parts it is in the gap."""
        for before, after in zip(self.parts, self.parts[1:], strict=False):
            if before.last < moment < after.first:
                return round((before.right + after.left) / 2, 1)
        part = next((part for part in self.parts if moment <= part.last), self.parts[-1])
        return part.place(moment)

    def ticks(self) -> Iterator[Tick]:
        """Yield the lines of all parts, from left to right, those of days and months with labels.

        Labels do not touch.
        """
        for part, limit in self._limits():
            taken = float("-inf")
            for moment, label in _list_ticks(part):
                x = part.place(moment)
                long = measure(label, SMALL_SIZE)
                fits = x >= taken + _APART and x + long <= limit
                taken = x + long if fits else taken
                yield Tick(x, label if fits else "")

    def years(self) -> Iterator[Tick]:
        """Yield the years as labels, that of the beginning of each part with months or days too."""
        for part, limit in self._limits():
            taken = float("-inf")
            days = [moment for moment, label in _list_ticks(part) if not label]
            days = days or [
                datetime(year, 1, 1, tzinfo=UTC)
                for year in range(part.first.year, part.last.year + 1)
            ]
            for day in days:
                x, label = part.place(max(day, part.first)), str(day.year)
                long = measure(label, SMALL_SIZE)
                if x >= taken + _APART and x + long <= limit:
                    taken = x + long
                    yield Tick(x, label)

    def _limits(self) -> Iterator[tuple[AxisPart, float]]:
        """Yield each part with the place before which its labels end."""
        for part, following in zip(self.parts, (*self.parts[1:], None), strict=True):
            yield part, following.left - _APART if following else part.right


def make_axis(
    spans: Iterable[tuple[datetime, datetime]], noon: datetime | None, left: float, right: float
) -> Axis:
    """Return an axis that shows all spans and `noon`, the middle of the day that stands for today.

    Without such a day it shows the spans alone. Where a few of them are far from the rest, these
    have a part of their own beside a break.
    """
    today = [(noon, noon)] if noon else []
    ordered = sorted([*spans, *today], key=lambda span: (_middle(span), span))
    start, end = _find_dense([_middle(span) for span in ordered])
    groups = [ordered[:start], ordered[start:end], ordered[end:]]
    first, last = _pad(*_bound(groups[1]))
    limits = [None, (first, last), None]
    if groups[0]:
        early, until = _pad(*_bound(groups[0]))
        limits[0] = (early, min(until, first))
    if groups[2]:
        since, late = _pad(*_bound(groups[2]))
        limits[2] = (max(since, last), late)
    side = (right - left) * _SIDE_SHARE
    inner = (
        left + (side + _BREAK if limits[0] else 0),
        right - (side + _BREAK if limits[2] else 0),
    )
    places = [(left, left + side), inner, (right - side, right)]
    parts = (AxisPart(*limit, *place) for limit, place in zip(limits, places, strict=True) if limit)
    return Axis(tuple(parts))


def _find_dense(moments: list[datetime]) -> tuple[int, int]:
    """Return the first and the end of the part of sorted moments with the most for its span.

    It has at least half of them. A broken axis is harder to read, so it must be worth it.
    """
    count = len(moments)

    def weigh(start: int, end: int) -> float:
        span = max(moments[end - 1] - moments[start], _LEAST_SPAN)
        parts = (start > 0) + (end < count)
        return (end - start) / (span / _LEAST_SPAN) ** 0.4 / 1.4**parts

    choices = (
        (start, end)
        for start in range(count // 2 + 1)
        for end in range(max(start + 1, start + (count + 1) // 2), count + 1)
    )
    return max(choices, key=lambda choice: (weigh(*choice), choice[1] - choice[0]))


def _middle(span: tuple[datetime, datetime]) -> datetime:
    return span[0] + (span[1] - span[0]) / 2


def _bound(spans: list[tuple[datetime, datetime]]) -> tuple[datetime, datetime]:
    return min(first for first, _ in spans), max(last for _, last in spans)


def _pad(first: datetime, last: datetime) -> tuple[datetime, datetime]:
    """Return the ends of a part with some space beside what it shows."""
    edge = max((last - first) / 40, timedelta(days=2))
    return shift(first, -edge), shift(last, edge)


def shift(moment: datetime, by: timedelta) -> datetime:
    """Return the moment moved by so much, at most to an end of the calendar."""
    try:
        return moment + by
    except OverflowError:
        return (datetime.max if by > timedelta(0) else datetime.min).replace(tzinfo=UTC)


def _list_ticks(part: AxisPart) -> Iterator[tuple[datetime, str]]:
    """Yield the days or months of a part with their labels; of a part of many years, the years."""
    most = max(2, int((part.right - part.left) / 46))
    days = (part.last - part.first).days
    if days <= 45:
        for number in range(0, days + 2, max(1, days // most + 1)):
            day = shift(part.first, timedelta(days=number)).date()
            moment = datetime.combine(day, time(), UTC)
            if part.first <= moment <= part.last:
                yield moment, f"{day.day} {month_abbr[day.month]}"
        return
    months = days // 30 + 1
    step = next((step for step in (1, 2, 3, 6) if months / step <= most), 12)
    if step == 12:
        years = [datetime(y, 1, 1, tzinfo=UTC) for y in range(part.first.year, part.last.year + 1)]
        years = [moment for moment in years if part.first <= moment]
        for moment in years[:: max(1, -(-len(years) // most))]:
            yield moment, ""
        return
    for year in range(part.first.year, part.last.year + 1):
        for month in range(1, 13, step):
            moment = datetime(year, month, 1, tzinfo=UTC)
            if part.first <= moment <= part.last:
                yield moment, month_abbr[month]

"""Parse dates, moments and numbers as a graph or a user writes them, and write dates in words.

This is the only place where the text of a date becomes a value: EDTF strings, xsd:dateTime, days
of forms and options, and the names of months and seasons.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime
from math import isfinite
from typing import NamedTuple

from diplograph.core.edtf import (
    MONTHS,
    OPEN,
    UNKNOWN,
    DateSet,
    Day,
    EdtfDate,
    Interval,
    Moment,
    Year,
    parse_edtf,
)
from diplograph.core.errors import MalformedDate

_MARKS = {"": "", "~": "around ", "?": "perhaps ", "%": "perhaps around "}
_PARTIAL_MARKS = {"~": "approximate", "?": "uncertain", "%": "uncertain and approximate"}
_SEASONS = ("spring", "summer", "autumn", "winter")
# Words of each part of a year by its number; {} is the year.
_PARTS_OF_YEAR = dict(
    enumerate(
        [
            *(f"{season} {{}}" for season in _SEASONS),
            *(f"{season} {{}} (northern hemisphere)" for season in _SEASONS),
            *(f"{season} {{}} (southern hemisphere)" for season in _SEASONS),
            *(f"the {number} quarter of {{}}" for number in ("first", "second", "third", "fourth")),
            *(f"the {number} four months of {{}}" for number in ("first", "middle", "last")),
            *(f"the {number} half of {{}}" for number in ("first", "second")),
        ],
        start=21,
    )
)
# Words of an interval that has no date at either end.
_WITHOUT_DATES = {
    (OPEN, OPEN): "at any time",
    (OPEN, UNKNOWN): "until an unknown date",
    (UNKNOWN, OPEN): "from an unknown date on",
    (UNKNOWN, UNKNOWN): "from an unknown date until an unknown date",
}
# A graph may hold values that no check has seen; a longer number is none that is used here.
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")

# ---- EDTF bounds ------------------------------------------------------------------------------


@dataclass(frozen=True)
class DateBounds:
    """First and last second as xsd:dateTime in UTC (`2025-12-05T00:00:00Z`); None is open."""

    earliest: str | None
    latest: str | None


def date_bounds(text: str) -> DateBounds:
    """Return the bounds of the EDTF date, moment, interval or set of dates `text`.

    They are the first second of the first day and the last of the last day that it may mean; for a
    moment, that second. Approximation marks (`~ ? %`) widen nothing. An end that is open (`..`) or
    unknown (empty) is None. Raises MalformedDate when `text` is no EDTF (ISO 8601-2, levels 0 to
    2), ends before it begins, or lies outside the years 1 to 9999.
    """
    value = parse_edtf(text)
    if isinstance(value, Moment):
        instant = value.find_instant()
        if instant is None:
            raise MalformedDate(f"{text!r} lies outside the years 1 to 9999")
        written = instant.isoformat().replace("+00:00", "Z")
        return DateBounds(written, written)
    return DateBounds(
        _write_bound(value.first, "00:00:00", text), _write_bound(value.last, "23:59:59", text)
    )


class DateInstants(NamedTuple):
    """When something begins and ends, each at the earliest and the latest; None is open.

    Instants are xsd:dateTime in UTC, as in DateBounds.
    """

    start_earliest: str | None = None
    start_latest: str | None = None
    end_earliest: str | None = None
    end_latest: str | None = None


def date_instants(text: str, role: str) -> DateInstants:
    """Return the instants between which what the EDTF `text` dates in that role begins and ends.

    `role` is the local name of a concept of date-role: of a "span" the first date is that of the
    start and the last that of the end; with a mark of approximation, and as a "window" or "whole",
    it is only some time between; "start" and "end" date that alone. No end is before its start.
    All are None for another role. Raises MalformedDate as `date_bounds` does.
    """
    first, last = bounds = astuple(date_bounds(text))
    if role == "start":
        return DateInstants(first, last, first, None)
    if role == "end":
        return DateInstants(None, last, first, last)
    if role not in ("span", "window", "whole"):
        return DateInstants()
    value = parse_edtf(text)
    is_marked = any(mark in text for mark in "~?%")
    if role != "span" or is_marked or not isinstance(value, Interval):
        return DateInstants(*bounds, *bounds)
    starts, ends = (
        (None, None) if isinstance(end, str) else _write_bounds(end, text)
        for end in (value.begin, value.end)
    )
    return DateInstants(
        starts[0],
        min(filter(None, (starts[1], ends[1])), default=None),
        max(filter(None, (starts[0], ends[0])), default=None),
        ends[1],
    )


def _write_bounds(value: EdtfDate, text: str) -> tuple[str | None, str | None]:
    return _write_bound(value.first, "00:00:00", text), _write_bound(value.last, "23:59:59", text)


def _write_bound(day: Day | None, time: str, text: str) -> str | None:
    if day is None:
        return None
    year, month, number = day
    if year == 10_000 and month < 12:  # a winter of 9999, of which only its December can be written
        year, month, number = 9999, 12, 31
    if not 1 <= year <= 9999:
        raise MalformedDate(f"{text!r} lies outside the years 1 to 9999")
    return f"{year:04}-{month:02}-{number:02}T{time}Z"


# ---- moments, days and numbers ----------------------------------------------------------------


def parse_datetime(text: str | None) -> datetime | None:
    """Return the moment in UTC of an xsd:dateTime; one without a zone is taken as UTC.

    None for anything else, and for a year that is not from 1 to 9999.

    >>> parse_datetime("2025-12-05T00:00:00+05:30").isoformat()
    '2025-12-04T18:30:00+00:00'
    """
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def parse_as_of(text: str) -> str:
    """Return a day or a moment (in UTC without a zone) as xsd:dateTime; raises MalformedDate."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        advice = "write 2025-12-05 or 2025-12-05T12:00:00Z"
        raise MalformedDate(f"{text!r} is not a date: {advice}") from error
    zoned = moment.isoformat() if moment.tzinfo else f"{moment.isoformat()}Z"
    return zoned.replace("+00:00", "Z")


def parse_day(text: str) -> date:
    """Return the day written as 2025-12-05; raises MalformedDate for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedDate(f"{text!r} is not a day: write it as 2025-12-05") from error


def parse_whole(text: str | None) -> int | None:
    """Return the whole number that `text` is, of at most 18 digits; None for anything else.

    >>> parse_whole("12"), parse_whole("1.5")
    (12, None)
    """
    return int(text) if text and _WHOLE.fullmatch(text) else None


def parse_decimal(text: str | None) -> float | None:
    """Return the finite number that `text` is, None for anything else.

    >>> parse_decimal("55.75"), parse_decimal("NaN")
    (55.75, None)
    """
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if isfinite(number) else None


# ---- dates in words ---------------------------------------------------------------------------


def say_date(edtf: str) -> str:
    """Return an EDTF date, moment, interval or set in words; what is no EDTF is returned as it is.

    >>> say_date("2025-12-05~/2025-12-06~")
    'around 5 to 6 December 2025'
    >>> say_date("[2025-12-05,2025-12-06]")
    '5 or 6 December 2025'
    """
    try:
        value = parse_edtf(edtf)
    except MalformedDate:
        return edtf
    if isinstance(value, EdtfDate):
        return _say_date(value)
    if isinstance(value, Interval):
        return _say_interval(value)
    return _say_moment(value) if isinstance(value, Moment) else _say_set(value)


def _say_moment(moment: Moment) -> str:
    zone = " UTC" if moment.zone == "Z" else f" (UTC{moment.zone})" if moment.zone else ""
    return f"{_say_date(moment.day)}, {moment.time}{zone}"


def _say_interval(interval: Interval) -> str:
    begin, end = interval.begin, interval.end
    if isinstance(begin, str) and isinstance(end, str):
        return _WITHOUT_DATES[begin, end]
    if isinstance(end, str):
        return f"from {_say_date(begin)}{' on' if end else ', until an unknown date'}"
    if isinstance(begin, str):
        return f"until {_say_date(end)}{'' if begin else ', from an unknown date'}"
    if begin.known and end.known:
        return _say_dates((begin, end), " to ")
    return f"from {_say_date(begin)} until {_say_date(end)}"


def _say_set(dates: DateSet) -> str:
    connector = " or " if dates.one_of else " and "
    elements = dates.elements
    if all(isinstance(element, EdtfDate) and element.known for element in elements):
        return _say_dates(elements, connector)
    return _join([_say_element(element, dates.one_of) for element in elements], connector)


def _say_element(element: EdtfDate | Interval, one_of: bool) -> str:
    """Return a date of a set, or a range of which one date is meant or all are."""
    if isinstance(element, EdtfDate):
        return _say_date(element)
    begin, end = element.begin, element.end
    if isinstance(end, str):
        return f"{_say_date(begin)} or later" if one_of else f"all from {_say_date(begin)} on"
    if isinstance(begin, str):
        return f"{_say_date(end)} or earlier" if one_of else f"all until {_say_date(end)}"
    return f"{'some time ' if one_of else 'all '}from {_say_date(begin)} to {_say_date(end)}"


def _say_dates(dates: Sequence[EdtfDate], connector: str) -> str:
    """Return known dates in words; marks, a year and a month that all share are written once."""
    if len({date.marks for date in dates}) == 1:
        texts = _share_endings([_say_unmarked(date) for date in dates])
        return _add_marks(_join(texts, connector), dates[0])
    return _join([_say_date(date) for date in dates], connector)


def _say_date(date: EdtfDate) -> str:
    return _add_marks(_say_unmarked(date), date)


def _add_marks(words: str, date: EdtfDate) -> str:
    """Return `words` with the marks of a date: before them, or after them where parts differ."""
    if len(set(date.marks)) == 1:
        return _MARKS[date.marks[0]] + words
    names = ("year", "part of the year" if date.part else "month", "day")
    by_mark: dict[str, list[str]] = {}
    for name, mark in zip(names, date.marks, strict=False):
        if mark:
            by_mark.setdefault(mark, []).append(name)
    parts = [f"{_join(names, ' and ')} {_PARTIAL_MARKS[mark]}" for mark, names in by_mark.items()]
    return f"{words} ({', '.join(parts)})"


def _say_unmarked(date: EdtfDate) -> str:
    year = _say_year(date.year)
    of_year = year if date.year.known else f"of {year}"
    if not date.month:
        return year
    if date.part:
        return _PARTS_OF_YEAR[date.part].format(of_year).replace("of of", "of")
    months = date.list_months()
    if not date.day:
        return _say_month(months, year, of_year)
    if date.day == date.month == "XX":
        return f"some day {'in' if date.year.known else 'of'} {year}"
    month = _say_month(months, year, of_year)
    if date.day == "XX":
        return f"some day {'in' if len(months) == 1 else 'of'} {month}"
    days = date.list_days()
    choice = _say_choice([str(day) for day in days], days, "day")
    if len(months) == 1:
        return f"{choice} {month}"
    return f"{choice if choice.startswith('some') else f'day {choice}'} of {month}"


def _say_month(months: list[int], year: str, of_year: str) -> str:
    if len(months) == 12:
        return f"some month {of_year}" if of_year != year else f"some month in {year}"
    return f"{_say_choice([MONTHS[number - 1] for number in months], months, 'month')} {of_year}"


def _say_choice(words: list[str], numbers: list[int], noun: str) -> str:
    """Return the words of these numbers: `some day from 1 to 9`, `30 or 31`, or the only one."""
    if len(numbers) > 2 and numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"some {noun} from {words[0]} to {words[-1]}"
    return _join(words, " or ")


def _say_year(year: Year) -> str:
    limits = year.limits()
    if limits[0] == limits[1]:
        return _say_known_year(year)
    first, last = map(_say_number, limits)
    if not year.unspecified:
        return f"some year from {first} to {last} (estimated: {_say_number(year.value)})"
    if year.digits == "XXXX":
        return "an unknown year"
    known, unknown, ending = re.fullmatch("([0-9]*)(X+)(.*)", year.digits).groups()
    if unknown == "X" and not ending and known >= "100" and not year.negative:
        return f"some year in the {known}0s"
    span = f"some year from {first} to {last}"
    if "X" in ending:
        return f"{span} of which not all digits are known"
    return f"{span} that ends in {ending}" if ending else span


def _say_known_year(year: Year) -> str:
    if year.value is not None:
        return _say_number(year.value)
    zeros = f" followed by {year.exponent} zeros" if year.exponent else ""
    return f"the year {'minus ' if year.negative else ''}{year.digits}{zeros}"


def _say_number(year: int) -> str:
    """Return a year; the year 0 of ISO 8601 is 1 BC."""
    if year <= 0:
        return f"{1 - year} BC"
    if year < 1000:
        return f"AD {year}"
    return str(year) if year <= 9999 else f"the year {year}"


def _share_endings(texts: Sequence[str]) -> list[str]:
    """Return the texts, each once, without the last words that all have, which the last keeps."""
    words = [text.split() for text in dict.fromkeys(texts)]
    if len({len(text) for text in words}) == 1:
        while len(words) > 1 and len({text[len(words[0]) - 1] for text in words}) == 1:
            for text in words[:-1]:
                text.pop()
    return [" ".join(text) for text in words]


def _join(texts: Sequence[str], connector: str) -> str:
    *first, last = texts
    return f"{', '.join(first)}{connector}{last}" if first else last

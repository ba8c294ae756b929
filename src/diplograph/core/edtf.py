"""Parse dates in the Extended Date/Time Format (EDTF), levels 0 to 2, into their parts.

The format is that of the Library of Congress of 2019, a profile of ISO 8601-1 and 8601-2. A date
is refused where the calendar has no such day. The year 0000 is 1 BC, as ISO 8601 has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache
from itertools import product

from diplograph.core.errors import MalformedDate

Day = tuple[int, int, int]  # a year of any size, a month and a day

OPEN, UNKNOWN = "..", ""  # ends of an interval that are no date
MONTHS = (
    "January February March April May June July August September October November December"
).split()
# First month and number of months of a part of a year. Seasons are those of meteorology, of the
# northern hemisphere where none is given; a winter begins in its year and ends in the next.
_SPRING, _SUMMER, _AUTUMN, _WINTER = (3, 3), (6, 3), (9, 3), (12, 3)
YEAR_PARTS = dict(
    enumerate(
        [
            *(_SPRING, _SUMMER, _AUTUMN, _WINTER),  # independent of a place
            *(_SPRING, _SUMMER, _AUTUMN, _WINTER),  # northern hemisphere
            *(_AUTUMN, _WINTER, _SPRING, _SUMMER),  # southern: its spring begins in September
            *((1, 3), (4, 3), (7, 3), (10, 3)),  # quarters
            *((1, 4), (5, 4), (9, 4)),  # thirds, called quadrimesters
            *((1, 6), (7, 6)),  # halves
        ],
        start=21,
    )
)
_ADVICE = "write 2025-12-05, 2025-12, 2025 or 2025-12-05~/2025-12-06~"
_TIME_ADVICE = "write a time as 2025-12-05T10:20:30Z or 2025-12-05T10:20:30+05:30"

_MARK = r"([?~%]?)"
_DATE = re.compile(
    rf"{_MARK}(?P<year>-?[0-9X]{{4}}){_MARK}"
    rf"(?:-{_MARK}(?P<month>[0-9X]{{2}}){_MARK}(?:-{_MARK}(?P<day>[0-9X]{{2}}){_MARK})?)?"
)
_ONE_DIGIT = re.compile(r"-?[0-9]{4}-[0-9]{1,2}(?:-[0-9]{1,2})?")
# A year with a Y, an exponent or a number of significant digits.
_LONG_YEAR = re.compile(
    rf"{_MARK}(?P<prefix>Y?)(?P<sign>-?)(?P<digits>[0-9]+)"
    rf"(?:E(?P<exponent>[0-9]{{1,9}}))?(?:S(?P<significant>[0-9]{{1,9}}))?{_MARK}"
)
_MOMENT = re.compile(
    r"(?P<date>-?[0-9]{4}-[0-9]{2}-[0-9]{2})T(?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):"
    r"(?P<second>[0-9]{2})(?P<zone>Z|(?P<sign>[+-])(?P<hours>[0-9]{2})(?::(?P<minutes>[0-9]{2}))?)?"
)
_LONGEST_OFFSET = 14 * 60  # minutes between UTC and any zone, as in xsd:dateTime
_MOST_DIGITS = 18  # of a year that is calculated with; a longer one is far outside anyway
# Datatypes of EDTF strings, with the highest level that each takes.
EDTF_DATATYPES = {
    "http://id.loc.gov/datatypes/edtf/EDTF": 2,
    "http://id.loc.gov/datatypes/edtf/EDTF-level0": 0,
    "http://id.loc.gov/datatypes/edtf/EDTF-level1": 1,
    "http://id.loc.gov/datatypes/edtf/EDTF-level2": 2,
}
_LEVEL_0 = re.compile(r"[0-9]{4}(?:-(?:0[1-9]|1[0-2])(?:-[0-9]{2})?)?")
_LEVEL_1 = re.compile(
    r"(?:Y-?[0-9]+|-?[0-9]{4}(?:-(?:0[1-9]|1[0-2]|2[1-4])(?:-[0-9]{2})?)?"
    r"|-?[0-9]{2}[0-9X]X|-?[0-9]{4}(?:-[0-9]{2}|-XX)?-XX)[?~%]?|(?:\.\.)?"
)
_LEAP_YEAR = 2000  # stands for a year that is not known: it has every day
_LONGEST_SHOWN = 100  # characters of a text that an error quotes


@dataclass(frozen=True)
class Year:
    """A year: four digits with X for the unknown ones, or any number of digits and an exponent.

    `significant`: how many of its digits are sure, None for all.
    """

    digits: str
    negative: bool = False
    exponent: int = 0
    significant: int | None = None

    @property
    def unspecified(self) -> bool:
        """Whether some of its digits are unknown."""
        return "X" in self.digits

    @property
    def known(self) -> bool:
        """Whether it is one certain year."""
        return not self.unspecified and self.significant is None

    @property
    def value(self) -> int | None:
        """The year as a number, None where digits are unknown or more than 18."""
        if self.unspecified or len(self.digits) + self.exponent > _MOST_DIGITS:
            return None
        value = int(self.digits) * 10**self.exponent
        return -value if self.negative else value

    def limits(self) -> tuple[int, int]:
        """Return the first and the last year that it may be."""
        if self.unspecified:
            return next(self.list_years()), next(self.list_years(backwards=True))
        if len(self.digits) + self.exponent > _MOST_DIGITS:
            far = 10**_MOST_DIGITS * (-1 if self.negative else 1)
            return far, far
        size = abs(self.value)
        sure = len(str(size)) if self.significant is None else self.significant
        unsure = 10 ** max(len(str(size)) - sure, 0)
        least = size // unsure * unsure
        most = least + unsure - 1
        return (-most, -least) if self.negative else (least, most)

    def list_years(self, backwards: bool = False) -> Iterator[int]:
        """Yield all years that fit the digits, in order.

        The year 0 is none of them but where it is written in full.
        """
        if not self.unspecified:
            first, last = self.limits()
            yield from range(last, first - 1, -1) if backwards else range(first, last + 1)
            return
        tens = "9876543210" if backwards != self.negative else "0123456789"
        for chosen in product(*(tens if digit == "X" else digit for digit in self.digits)):
            year = int("".join(chosen))
            if year:
                yield -year if self.negative else year


@dataclass(frozen=True)
class EdtfDate:
    """A year, a month or part of a year, and a day; "" where the date is less precise.

    `month` and `day` have two digits, X for an unknown one. `marks` has "", ~, ? or % for each
    component that there is: approximate, uncertain, both.
    """

    year: Year
    month: str = ""
    day: str = ""
    marks: tuple[str, ...] = ("",)

    @property
    def part(self) -> int | None:
        """The number of the season or other part of a year, from 21 to 41; None for a month."""
        number = int(self.month) if self.month.isdigit() else 0
        return number if number in YEAR_PARTS else None

    @property
    def known(self) -> bool:
        """Whether none of its digits is unknown."""
        return self.year.known and "X" not in self.month + self.day

    @cached_property
    def first(self) -> Day:
        """The first day that it may mean."""
        return next(self._list_spans(backwards=False))[0]

    @cached_property
    def last(self) -> Day:
        """The last day that it may mean."""
        return next(self._list_spans(backwards=True))[1]

    def exists(self) -> bool:
        """Return whether the calendar has such a day, month or part of a year."""
        return next(self._list_spans(backwards=False), None) is not None

    def list_months(self) -> list[int]:
        """Return the months of which it may be a day; none of a part of a year."""
        months = _list_fitting(self.month, 12)
        return [month for month in months if self._list_days_of(month)] if self.day else months[:]

    def list_days(self) -> list[int]:
        """Return the days that it may be in one of its months."""
        days = {day for month in self.list_months() for day in self._list_days_of(month)}
        return sorted(days)

    def _list_days_of(self, month: int) -> list[int]:
        year = self.year.value if self.year.known else _LEAP_YEAR
        return _list_fitting(self.day, find_length(year, month))

    def _list_spans(self, backwards: bool) -> Iterator[tuple[Day, Day]]:
        """Yield the first and last day of all that it may mean, in order."""
        if not self.month:
            first, last = self.year.limits()
            yield (first, 1, 1), (last, 12, 31)
            return
        step = -1 if backwards else 1
        months = _list_fitting(self.month, 12)[::step]
        for year in self.year.list_years(backwards):
            if self.part:
                yield _find_span(year, *YEAR_PARTS[self.part])
            for month in months:
                length = find_length(year, month)
                if not self.day:
                    yield (year, month, 1), (year, month, length)
                    continue
                for day in _list_fitting(self.day, length)[::step]:
                    yield (year, month, day), (year, month, day)


@dataclass(frozen=True)
class Moment:
    """A day with a time as written, and its zone: Z, an offset from UTC, or "" for none."""

    day: EdtfDate
    time: str
    zone: str
    minutes_ahead: int = 0

    def find_instant(self) -> datetime | None:
        """Return it in UTC, where one without a zone is; None outside of the years 1 to 9999."""
        hour, minute, second = map(int, self.time.split(":"))
        ahead = timedelta(minutes=self.minutes_ahead)
        try:
            begin = datetime(*self.day.first, tzinfo=UTC)
            return begin + (timedelta(hours=hour, minutes=minute, seconds=second) - ahead)
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class Interval:
    """From one date to another; an end is OPEN or UNKNOWN where it is no date."""

    begin: EdtfDate | str
    end: EdtfDate | str

    @property
    def first(self) -> Day | None:
        """The first day that it may mean; None where its begin is no date."""
        return None if isinstance(self.begin, str) else self.begin.first

    @property
    def last(self) -> Day | None:
        """The last day that it may mean; None where its end is no date."""
        return None if isinstance(self.end, str) else self.end.last


@dataclass(frozen=True)
class DateSet:
    """Dates and ranges of dates, of which one is meant or all are."""

    elements: tuple[EdtfDate | Interval, ...]
    one_of: bool

    @property
    def first(self) -> Day | None:
        """The first day of all elements; None where one has no begin."""
        days = [element.first for element in self.elements]
        return None if None in days else min(days)

    @property
    def last(self) -> Day | None:
        """The last day of all elements; None where one has no end."""
        days = [element.last for element in self.elements]
        return None if None in days else max(days)


def parse_edtf(text: str) -> EdtfDate | Moment | Interval | DateSet:
    """Return the parts of the EDTF string `text`; raises MalformedDate that says what is wrong."""
    try:
        if text != text.strip():
            raise _Fault("it begins or ends with a space")
        if text.startswith(("[", "{")):
            return _parse_set(text)
        if "/" in text:
            return _parse_interval(text)
        return _parse_moment(text) if "T" in text else _parse_date(text)
    except _Fault as fault:
        shown = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
        part = fault.part if fault.part != text and len(fault.part) <= _LONGEST_SHOWN else ""
        where = f"{part!r}: " if part else ""
        raise MalformedDate(f"{shown!r} is no EDTF date: {where}{fault}") from None


def check_literal(text: str, datatype: str) -> None:
    """Raise MalformedDate unless `text` is EDTF of the level of its type, in EDTF_DATATYPES."""
    parse_edtf(text)
    level, highest = _find_level(text), EDTF_DATATYPES[datatype]
    if level > highest:
        name = datatype.rpartition("/")[2]
        raise MalformedDate(f"{text!r} is EDTF of level {level}, and its datatype is {name}")


def _find_level(text: str) -> int:
    """Return the lowest level that has the EDTF string `text`."""
    if "T" in text:
        return 0
    parts = text.split("/")
    if all(map(_LEVEL_0.fullmatch, parts)):
        return 0
    return 1 if all(map(_LEVEL_1.fullmatch, parts)) else 2


def find_length(year: int, month: int) -> int:
    """Return the number of days of a month; every fourth year is a leap year but 1900, not 2000."""
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in (4, 6, 9, 11) else 31


class _Fault(Exception):
    """Why a text, or the `part` of it that is given, is no EDTF."""

    def __init__(self, reason: str, part: str = ""):
        super().__init__(reason)
        self.part = part


@lru_cache(maxsize=512)
def _list_fitting(digits: str, most: int) -> list[int]:
    """Return the numbers from 1 to `most` that fit two digits, each 0 to 9 or X."""
    numbers = ((number, f"{number:02}") for number in range(1, most + 1))
    return [
        number
        for number, written in numbers
        if all(sign in ("X", other) for sign, other in zip(digits, written, strict=True))
    ]


def _find_span(year: int, month: int, count: int) -> tuple[Day, Day]:
    """Return the first and last day of `count` months from that one."""
    end = month + count - 1
    last_year, last_month = (year + 1, end - 12) if end > 12 else (year, end)
    return (year, month, 1), (last_year, last_month, find_length(last_year, last_month))


def _parse_date(text: str) -> EdtfDate:
    match = _DATE.fullmatch(text)
    if not match:
        return _parse_long_year(text)
    written = match["year"].removeprefix("-")
    year = Year(written, negative=written != match["year"])
    if match["year"] == "-0000":
        raise _Fault("there is no year -0000: 0000 is 1 BC", text)
    date = EdtfDate(year, match["month"] or "", match["day"] or "", _read_marks(match))
    if not date.exists() or (date.part and date.day):
        raise _Fault(_explain_missing(date), text)
    return date


def _read_marks(match: re.Match) -> tuple[str, ...]:
    """Return the mark of each component.

    One at its left is its own; one at its right is that of all components to the left as well.
    """
    left, right = match.groups()[0::3], match.groups()[2::3]
    count = 1 + bool(match["month"]) + bool(match["day"])
    marks = []
    for index in range(count):
        found = "".join((left[index], *right[index:count]))
        both = "%" in found or ("~" in found and "?" in found)
        marks.append("%" if both else found[:1])
    return tuple(marks)


def _explain_missing(date: EdtfDate) -> str:
    """Return why the calendar has no such date."""
    year = f"{'-' if date.year.negative else ''}{date.year.digits}"
    if date.part:
        return f"a season or other part of a year has no day {date.day}"
    if not date.month.isdigit():
        return "no day of the calendar fits these digits"
    month = int(date.month)
    if not 1 <= month <= 12:
        parts = "" if date.day else ", and seasons and other parts of a year are 21 to 41"
        return f"there is no month {date.month}{parts}"
    if not date.day.isdigit() or not date.year.known:
        return "no day of the calendar fits these digits"
    return f"{year} has no {int(date.day)} {MONTHS[month - 1]}"


def _parse_long_year(text: str) -> EdtfDate:
    match = _LONG_YEAR.fullmatch(text)
    if not match or not (match["prefix"] or match["significant"]):
        short = _ONE_DIGIT.fullmatch(text)
        raise _Fault("a month and a day have two digits" if short else _ADVICE, text)
    digits, exponent, significant = match["digits"], match["exponent"], match["significant"]
    if not match["prefix"]:
        if len(digits) != 4 or exponent:
            raise _Fault("a year has four digits; one with more, or with an E, begins with Y", text)
    elif digits.startswith("0"):
        raise _Fault("a year with a Y does not begin with 0", text)
    elif len(digits) < 5 and not exponent:
        raise _Fault(
            f"Y is for years of more than four digits: write {match['sign']}{digits:0>4}", text
        )
    if significant and not int(significant):
        raise _Fault("a year has at least one significant digit", text)
    sure = int(significant) if significant else None
    year = Year(digits, bool(match["sign"]), int(exponent or 0), sure)
    left, right = match.groups()[0], match.groups()[-1]
    both = left and right and left != right
    return EdtfDate(year, marks=("%" if both else left or right,))


def _parse_moment(text: str) -> Moment:
    match = _MOMENT.fullmatch(text)
    if not match:
        raise _Fault(_TIME_ADVICE, text)
    hour, minute, second = (int(match[name]) for name in ("hour", "minute", "second"))
    time = f"{match['hour']}:{match['minute']}:{match['second']}"
    if (hour > 23 or minute > 59 or second > 59) and time != "24:00:00":
        raise _Fault(f"there is no time {time}", text)
    hours, minutes = int(match["hours"] or 0), int(match["minutes"] or 0)
    ahead = hours * 60 + minutes
    if minutes > 59 or ahead > _LONGEST_OFFSET:
        raise _Fault(f"{match['zone']} is no offset from UTC of up to 14 hours", text)
    day = _parse_date(match["date"])
    zone = match["zone"] or ""
    if match["sign"]:
        zone = f"{match['sign']}{match['hours']}:{match['minutes'] or '00'}"
    return Moment(day, time, zone, -ahead if match["sign"] == "-" else ahead)


def _parse_interval(text: str) -> Interval:
    begin, _, end = text.partition("/")
    if "/" in end:
        raise _Fault(f"an interval has one slash; {_ADVICE}")
    if "T" in text:
        raise _Fault("the ends of an interval are dates without a time")
    interval = Interval(
        *(part if part in ("", OPEN) else _parse_date(part) for part in (begin, end))
    )
    return _check_order(interval, "")


def _check_order(interval: Interval, text: str) -> Interval:
    if interval.first and interval.last and interval.first > interval.last:
        raise _Fault("it ends before it begins", text)
    return interval


def _parse_set(text: str) -> DateSet:
    one_of = text.startswith("[")
    if not text.endswith("]" if one_of else "}") or len(text) < 3:
        raise _Fault(
            "a set of dates is written [2025-12-05,2025-12-06] or {2025-12-05..2025-12-08}"
        )
    parts = text[1:-1].split(",")
    if any(part != part.strip() for part in parts):
        raise _Fault("a set of dates has no spaces")
    if any(part.startswith(OPEN) for part in parts[1:]):
        raise _Fault("only the first date of a set begins with ..")
    if any(part.endswith(OPEN) for part in parts[:-1]):
        raise _Fault("only the last date of a set ends with ..")
    return DateSet(tuple(map(_parse_element, parts)), one_of)


def _parse_element(part: str) -> EdtfDate | Interval:
    if OPEN not in part:
        return _parse_date(part)
    begin, _, end = part.partition(OPEN)
    if not begin and not end:
        raise _Fault(".. stands before, after or between dates", part)
    ends = (_parse_date(one) if one else OPEN for one in (begin, end))
    return _check_order(Interval(*ends), part)

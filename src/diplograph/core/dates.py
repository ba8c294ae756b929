"""Parse dates, moments and numbers as a graph or a user writes them, and write dates in words.

This is the only place where the text of a date becomes a value: EDTF strings, xsd:dateTime, days
of forms and options, and the names of months and seasons.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import isfinite, isinf
from typing import TYPE_CHECKING

from diplograph.core.errors import MalformedDate

if TYPE_CHECKING:
    from time import struct_time

_MONTHS = (
    "January February March April May June July August September October November December"
).split()
_SEASONS = {"21": "spring", "22": "summer", "23": "autumn", "24": "winter"}
_DAY = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?(?P<mark>[~?%]?)")
_MARKS = {"": "", "~": "around ", "?": "perhaps ", "%": "perhaps around "}
# A graph may hold values that no check has seen; a longer number is none that is used here.
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")

# ---- EDTF bounds ------------------------------------------------------------------------------


@dataclass(frozen=True)
class DateBounds:
    """First and last second as xsd:dateTime in UTC (`2025-12-05T00:00:00Z`); None is open."""

    earliest: str | None
    latest: str | None


def date_bounds(text: str) -> DateBounds:
    """Return the strict bounds of the EDTF date or interval `text`.

    Approximation marks (`~ ? %`) widen nothing: the package's fuzzy bounds would pad by months.
    An end that is open (`..`) or unknown (empty) is None. Raises MalformedDate when `text` is no
    EDTF (ISO 8601-2, levels 0 to 2), ends before it begins, or lies outside the years 1 to 9999.
    """
    from edtf import parse_edtf
    from edtf.parser.edtf_exceptions import EDTFParseException

    if text != text.strip():
        raise MalformedDate(f"{text!r} is no EDTF date: it begins or ends with a space")
    try:
        parsed = parse_edtf(text)
    except EDTFParseException as error:
        advice = "write 2025-12-05, 2025-12, 2025 or 2025-12-05~/2025-12-06~"
        raise MalformedDate(f"{text!r} is no EDTF date: {advice}") from error
    begin, slash, end = text.partition("/")
    lower = None if slash and not begin else parsed.lower_strict()
    upper = None if slash and not end else parsed.upper_strict()
    bounds = DateBounds(
        _write_moment(lower, "00:00:00", text), _write_moment(upper, "23:59:59", text)
    )
    if bounds.earliest and bounds.latest and bounds.earliest > bounds.latest:
        raise MalformedDate(f"{text!r} ends before it begins")
    return bounds


def _write_moment(day: struct_time | float | None, time: str, text: str) -> str | None:
    if day is None or (isinstance(day, float) and isinf(day)):
        return None
    if not 1 <= day.tm_year <= 9999:
        raise MalformedDate(f"{text!r} lies outside the years 1 to 9999")
    return f"{day.tm_year:04}-{day.tm_mon:02}-{day.tm_mday:02}T{time}Z"


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
        raise MalformedDate(f"{text!r} is no date: {advice}") from error
    zoned = moment.isoformat() if moment.tzinfo else f"{moment.isoformat()}Z"
    return zoned.replace("+00:00", "Z")


def parse_day(text: str) -> date:
    """Return the day written as 2025-12-05; raises MalformedDate for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedDate(f"{text!r} is no day: write 2025-12-05") from error


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
    """Return an EDTF date or interval in words; one of an unusual form is returned as it is.

    >>> say_date("2025-12-05~/2025-12-06~")
    'around 5 to 6 December 2025'
    """
    begin, slash, end = edtf.partition("/")
    if not slash:
        return _say_day(begin) or edtf
    if not {begin, end}.isdisjoint(("", "..")):  # an end is unknown (empty) or open (..)
        if _say_day(begin):
            return f"from {_say_day(begin)}{' on' if end else ', until an unknown date'}"
        last = _say_day(end)
        return f"until {last}{'' if begin else ', from an unknown date'}" if last else edtf
    first, last = _DAY.fullmatch(begin), _DAY.fullmatch(end)
    if not first or not last:
        return edtf
    if first["mark"] == last["mark"]:
        return _MARKS[first["mark"]] + _say_span(first, last)
    return f"{_say_day(begin)} to {_say_day(end)}"


def _say_day(text: str) -> str:
    """Return a day, month, season or year in words, with its mark; "" for anything else."""
    day = _DAY.fullmatch(text)
    words = _say_unmarked(day) if day else ""
    return _MARKS[day["mark"]] + words if words else ""


def _say_unmarked(day: re.Match) -> str:
    year, month = day["year"], day["month"]
    if not month:
        return year
    if month in _SEASONS and not day["day"]:
        return f"{_SEASONS[month]} {year}"
    if not 1 <= int(month) <= 12:
        return ""
    words = f"{_MONTHS[int(month) - 1]} {year}"
    return f"{int(day['day'])} {words}" if day["day"] else words


def _say_span(first: re.Match, last: re.Match) -> str:
    """Return both ends in words; a year or month that they share is written once."""
    begin, end = _say_unmarked(first).split(), _say_unmarked(last).split()
    if begin == end:
        return " ".join(end)
    if len(begin) == len(end):
        while begin[-1] == end[len(begin) - 1]:
            begin.pop()
    return f"{' '.join(begin)} to {' '.join(end)}"

"""What an EDTF date certainly covers: the first and the last moment of its strict bounds."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import isfinite
from time import struct_time
from typing import TYPE_CHECKING

from diplograph.core.errors import (
    MalformedDate,
)

if TYPE_CHECKING:
    pass


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
    found = DateBounds(_moment(lower, "00:00:00", text), _moment(upper, "23:59:59", text))
    if found.earliest and found.latest and found.earliest > found.latest:
        raise MalformedDate(f"{text!r} ends before it begins")
    return found


def _moment(day: struct_time | float | None, time: str, text: str) -> str | None:
    if day is None or (isinstance(day, float) and math.isinf(day)):
        return None
    if not 1 <= day.tm_year <= 9999:
        raise MalformedDate(f"{text!r} lies outside the years 1 to 9999")
    return f"{day.tm_year:04}-{day.tm_mon:02}-{day.tm_mday:02}T{time}Z"


# A build may hold what no check has seen; a number of more digits is nobody's paragraph.
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


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


def parse_datetime(text: str | None) -> datetime | None:
    """Return the moment in UTC that an xsd:dateTime names; without a zone it is taken for UTC.

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
    """Return a day or a moment as xsd:dateTime; without a zone it is taken as UTC.

    Raises MalformedDate where `text` is neither.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        advice = "write 2025-12-05 or 2025-12-05T12:00:00Z"
        raise MalformedDate(f"{text!r} is no date: {advice}") from error
    zoned = moment.isoformat() if moment.tzinfo else f"{moment.isoformat()}Z"
    return zoned.replace("+00:00", "Z")


_MONTHS = {
    **{1: "January", 2: "February", 3: "March", 4: "April", 5: "May", 6: "June", 7: "July"},
    **{8: "August", 9: "September", 10: "October", 11: "November", 12: "December"},
}
_SEASONS = {"21": "spring", "22": "summer", "23": "autumn", "24": "winter"}
_DAY = re.compile(r"(?P<year>\d{4})(?:-(?P<month>\d\d)(?:-(?P<day>\d\d))?)?(?P<mark>[~?%]?)")
_MARKS = {"": "", "~": "around ", "?": "perhaps ", "%": "perhaps around "}


def say_date(edtf: str) -> str:
    """Return an EDTF date or interval in words; an unusual one comes back as it is.

    >>> say_date("2025-12-05~/2025-12-06~")
    'around 5 to 6 December 2025'
    """
    begin, slash, end = edtf.partition("/")
    if not slash:
        return _say_day(begin) or edtf
    if not _known(begin) or not _known(end):
        return _say_half_open(begin, end) or edtf
    first, last = _DAY.fullmatch(begin), _DAY.fullmatch(end)
    if not first or not last:
        return edtf
    if first["mark"] == last["mark"]:
        return _MARKS[first["mark"]] + _say_span(first, last)
    return f"{_say_day(begin)} to {_say_day(end)}"


def _known(end: str) -> bool:
    return end not in {"", ".."}


def _say_half_open(begin: str, end: str) -> str:
    """Return the words of an interval with an open (`..`) or unknown (empty) end, or nothing."""
    if _known(begin) and _say_day(begin):
        return f"from {_say_day(begin)}{' on' if end else ', until an unknown date'}"
    if _known(end) and _say_day(end):
        return f"until {_say_day(end)}{'' if begin else ', from an unknown date'}"
    return ""


def _say_day(text: str) -> str:
    found = _DAY.fullmatch(text)
    return _MARKS[found["mark"]] + _plain(found) if found and _plain(found) else ""


def _plain(day: re.Match) -> str:
    year, month = day["year"], day["month"]
    if not month:
        return year
    if month in _SEASONS and not day["day"]:
        return f"{_SEASONS[month]} {year}"
    if int(month) not in _MONTHS:
        return ""
    named = f"{_MONTHS[int(month)]} {year}"
    return f"{int(day['day'])} {named}" if day["day"] else named


def _say_span(first: re.Match, last: re.Match) -> str:
    begin, end = _plain(first).split(), _plain(last).split()
    if begin == end:
        return " ".join(end)
    shared = 0
    if len(begin) == len(end):
        while begin[-1 - shared] == end[-1 - shared]:
            shared += 1
    return f"{' '.join(begin[: len(begin) - shared])} to {' '.join(end)}"


def parse_day(text: str) -> date:
    """Return the day written as 2025-12-05; raises MalformedDate for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise MalformedDate(f"{text!r} is no day: write 2025-12-05") from error

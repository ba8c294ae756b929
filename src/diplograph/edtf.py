"""What an EDTF date certainly covers: the first and the last moment of its strict bounds."""

from __future__ import annotations

import math
from dataclasses import dataclass
from time import struct_time

from diplograph.errors import MalformedDate


@dataclass(frozen=True)
class Bounds:
    """First and last second as xsd:dateTime in UTC (`2025-12-05T00:00:00Z`); None is open."""

    earliest: str | None
    latest: str | None


def bounds(text: str) -> Bounds:
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
    found = Bounds(_moment(lower, "00:00:00", text), _moment(upper, "23:59:59", text))
    if found.earliest and found.latest and found.earliest > found.latest:
        raise MalformedDate(f"{text!r} ends before it begins")
    return found


def _moment(day: struct_time | float | None, time: str, text: str) -> str | None:
    if day is None or (isinstance(day, float) and math.isinf(day)):
        return None
    if not 1 <= day.tm_year <= 9999:
        raise MalformedDate(f"{text!r} lies outside the years 1 to 9999")
    return f"{day.tm_year:04}-{day.tm_mon:02}-{day.tm_mday:02}T{time}Z"

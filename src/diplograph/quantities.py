"""Numbers and moments as literals write them: what is written otherwise is none, never an error."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from math import isfinite

# A build may hold what no check has seen; a number of more digits is nobody's paragraph.
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")


def read_whole(text: str | None) -> int | None:
    """Return the whole number that `text` is, of at most 18 digits; None for anything else.

    >>> read_whole("12"), read_whole("1.5")
    (12, None)
    """
    return int(text) if text and _WHOLE.fullmatch(text) else None


def read_decimal(text: str | None) -> float | None:
    """Return the finite number that `text` is, None for anything else.

    >>> read_decimal("55.75"), read_decimal("NaN")
    (55.75, None)
    """
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if isfinite(number) else None


def read_moment(text: str | None) -> datetime | None:
    """Return the moment in UTC that an xsd:dateTime names; without a zone it is taken for UTC.

    None for anything else, and for a year that is not from 1 to 9999.

    >>> read_moment("2025-12-05T00:00:00+05:30").isoformat()
    '2025-12-04T18:30:00+00:00'
    """
    try:
        moment = datetime.fromisoformat(text or "")
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None

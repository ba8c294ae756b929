"""Lists that go on: which page of one an address asks for, and how many there are."""

from __future__ import annotations

from flask import request

from diplograph.core.dates import parse_whole
from diplograph.core.errors import UsageError

PAGE_SIZE = 50
# No list is that long; a number without end would only be written back at length.
_LAST_PAGE = 1_000_000


def read_page() -> int:
    """Return the page, from 1, that `page` of the address asks for.

    Raises UsageError where it is no number from 1 on.
    """
    asked = request.args.get("page", "").strip() or "1"
    number = parse_whole(asked)
    if number is None or not 1 <= number <= _LAST_PAGE:
        raise UsageError(f"page: {asked[:20]!r} is no page: write a number from 1 on")
    return number


def count_pages(total: int, size: int = PAGE_SIZE) -> int:
    """Return how many pages a list of `total` has; an empty one has one."""
    return max(1, -(-total // size))

"""Pages of long lists: which page a request asks for, and how many there are."""

from __future__ import annotations

from flask import request

from diplograph.core.dates import parse_whole
from diplograph.core.errors import UsageError

PAGE_SIZE = 50
# No list is longer; the bound keeps numbers of any length out of the answer's links.
_LAST_PAGE = 1_000_000


def read_page() -> int:
    """Return the page, counted from 1, that the parameter `page` asks for.

    Raises UsageError where it is no whole number from 1 on.
    """
    text = request.args.get("page", "").strip() or "1"
    number = parse_whole(text)
    if number is None or not 1 <= number <= _LAST_PAGE:
        raise UsageError(f"page: {text[:20]!r} is no page: write a number from 1 on")
    return number


def count_pages(total: int, size: int = PAGE_SIZE) -> int:
    """Return how many pages a list of `total` items has; an empty list has one."""
    return max(1, -(-total // size))

"""Answers that were given before, kept by their tag: the same question costs no engine twice."""

from __future__ import annotations

from collections import OrderedDict

from diplograph.store.interface import MEBIBYTE
from diplograph.web.exchange import Response

# What is kept in all, and how much of it one answer may take.
KEPT_BYTES, LARGEST_BYTES = 64 * MEBIBYTE, 4 * MEBIBYTE
# What an entry costs besides its body: headers, key, and the map that holds them.
ENTRY_BYTES = 1024


class Answers:
    """Responses by strong entity tag, the one not asked for longest leaving first.

    A tag names the build, the query and the form of the answer, so nothing here is ever wrong; it
    is let go only for room. To be used from one thread.
    """

    def __init__(self, most: int = KEPT_BYTES):
        self._most, self._held = most, 0
        self._kept: OrderedDict[str, Response] = OrderedDict()

    def find(self, tag: str | None) -> Response | None:
        """Return the response that was kept under `tag`, if it still is."""
        if tag is None or tag not in self._kept:
            return None
        self._kept.move_to_end(tag)
        return self._kept[tag]

    def keep(self, tag: str, response: Response) -> None:
        """Keep `response` unless it is too large."""
        size = len(response.body) + ENTRY_BYTES
        if size > min(LARGEST_BYTES, self._most) or tag in self._kept:
            return
        self._kept[tag] = response
        self._held += size
        while self._held > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._held -= len(oldest.body) + ENTRY_BYTES

"""The questions that were stopped lately: asked again, they need not be run to be known as long."""

from __future__ import annotations

import time

REMEMBERED_SECONDS = 30.0
REMEMBERED_QUESTIONS = 1024


class Heavy:
    """Questions that ran past a bound of time or memory, for a while after."""

    def __init__(self) -> None:
        self._until: dict[int, float] = {}  # by hash, in the order of remembering

    def remember(self, frame: bytes) -> None:
        """Know this question for a while; the oldest is forgotten for it where there are many."""
        self._until.pop(hash(frame), None)
        self._until[hash(frame)] = time.monotonic() + REMEMBERED_SECONDS
        if len(self._until) > REMEMBERED_QUESTIONS:
            del self._until[next(iter(self._until))]

    def knows(self, frame: bytes) -> bool:
        """Return whether this question was stopped lately."""
        return bool(self._until) and self._until.get(hash(frame), 0.0) > time.monotonic()

"""The queries that wait for a worker: fair among clients, first come first served within one."""

from __future__ import annotations

import asyncio
import concurrent.futures
import math
import time
from collections import deque
from collections.abc import Callable


class Query:
    """One query under way: its bytes for a worker, whose it is, and the future of its answer."""

    __slots__ = ("client", "frame", "future", "left", "since")

    def __init__(
        self, frame: bytes, client: str, future: asyncio.Future | concurrent.futures.Future
    ):
        self.frame, self.client, self.future = frame, client, future
        self.since = time.monotonic()  # when it began to wait, then when it began to run
        self.left: float | None = None  # when its caller was first seen to have gone


class Waiting:
    """Queries in line; the next one is of the client whose turn is longest ago."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[Query]] = {}  # in the order of turns
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, query: Query) -> None:
        """Put the query at the end of its client's line."""
        self._lines.setdefault(query.client, deque()).append(query)
        self._length += 1

    def put_back(self, query: Query) -> None:
        """Put the query that was taken last in front of all others again."""
        line = self._lines.pop(query.client, deque())
        line.appendleft(query)
        self._lines = {query.client: line, **self._lines}
        self._length += 1

    def displace(self, client: str) -> Query | None:
        """Remove and return the newest query of the longest line, to the good of `client`.

        None where that line would not be longer than the client's own with one more in it.
        """
        line = max(self._lines.values(), key=len, default=())
        if len(line) <= len(self._lines.get(client, ())) + 1:
            return None
        self._length -= 1
        return line.pop()

    @property
    def oldest(self) -> float:
        """Since when the query waits that has waited longest; infinity where none does."""
        return min((line[0].since for line in self._lines.values()), default=math.inf)

    def take(self) -> Query:
        """Remove and return the next query; raises StopIteration where none waits."""
        client = next(iter(self._lines))
        line = self._lines.pop(client)
        query = line.popleft()
        if line:
            self._lines[client] = line  # behind all others
        self._length -= 1
        return query

    def remove(self, unwanted: Callable[[Query], bool]) -> list[Query]:
        """Remove and return the queries for which `unwanted` holds."""
        removed = [query for line in self._lines.values() for query in line if unwanted(query)]
        for query in removed:
            line = self._lines[query.client]
            line.remove(query)
            if not line:
                del self._lines[query.client]
        self._length -= len(removed)
        return removed

"""Turns: how many pages are made at once, in all and of one client; the clients take turns."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from diplograph.core.errors import BoundExceeded, TooManyRequests


class Turns:
    """The pages that are being made and those that wait, on one event loop."""

    def __init__(self, at_once: int, of_client: int, waiting: int, waiting_of_client: int):
        """`at_once` and `of_client` are made at once; so many may wait, in all and of a client."""
        self._at_once, self._of_client = at_once, of_client
        self._waiting, self._waiting_of_client = waiting, waiting_of_client
        self._running: Counter[str] = Counter()
        self._lines: dict[str, deque[asyncio.Future]] = {}  # in the order of turns; none is empty

    @asynccontextmanager
    async def take(self, client: str) -> AsyncIterator[None]:
        """Wait for a turn of `client`, "" for one without bounds of its own, and have it.

        Raises TooManyRequests where too many of the client wait, BoundExceeded where too many of
        all do.
        """
        if self._is_full(client) or client in self._lines:
            await self._wait(client)
        else:
            self._running[client] += 1
        try:
            yield
        finally:
            self._end(client)

    def _is_full(self, client: str) -> bool:
        full = bool(client) and self._running[client] >= self._of_client
        return full or self._running.total() >= self._at_once

    async def _wait(self, client: str) -> None:
        line = self._lines.get(client, ())
        if client and len(line) >= self._waiting_of_client:
            message = "one client may have {} pages waiting at once; wait for one of them"
            raise TooManyRequests(message.format(self._waiting_of_client), bound="client")
        if sum(map(len, self._lines.values())) >= self._waiting:
            raise BoundExceeded("too many pages are waiting; try again", bound="queue")
        turn = asyncio.get_running_loop().create_future()
        self._lines.setdefault(client, deque()).append(turn)
        try:
            await turn
        except asyncio.CancelledError:  # the client has left
            if turn.cancelled():
                self._leave(client, turn)
            else:  # its turn came at the same moment
                self._end(client)
            raise

    def _end(self, client: str) -> None:
        self._running[client] -= 1
        if not self._running[client]:
            del self._running[client]
        self._begin_next()

    def _leave(self, client: str, turn: asyncio.Future) -> None:
        line = self._lines.get(client)
        if line is not None and turn in line:
            line.remove(turn)
            if not line:
                del self._lines[client]

    def _begin_next(self) -> None:
        """Give turns to those who wait as far as the bounds allow, one client after the other."""
        for client in list(self._lines):
            if self._running.total() >= self._at_once:
                return
            while client in self._lines and not self._is_full(client):
                line = self._lines.pop(client)
                turn = line.popleft()
                if line:
                    self._lines[client] = line  # behind all others
                if turn.done():
                    continue
                self._running[client] += 1
                turn.set_result(None)
                break

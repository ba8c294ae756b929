"""Turns: how many pages are made at once, in all and of one client; the clients take turns."""

from __future__ import annotations

import asyncio
from collections import Counter, deque

from diplograph.core.errors import BoundExceeded, TooManyRequests


class Turns:
    """The pages that are being made and those that wait, on one event loop."""

    def __init__(self, at_once: int, of_client: int, waiting: int, waiting_of_client: int):
        """`at_once` and `of_client` are made at once; so many may wait, in all and of a client."""
        self._at_once, self._of_client = at_once, of_client
        self._waiting, self._waiting_of_client = waiting, waiting_of_client
        self._making: Counter[str] = Counter()
        self._lines: dict[str, deque[asyncio.Future]] = {}  # in the order of turns; none is empty

    def request(self, client: str) -> asyncio.Future[None]:
        """Return a future that is done when it is the turn of `client`, "" for one without bounds.

        Each is followed by one call of `end`, or of `leave`. Raises TooManyRequests where too many
        of the client wait, BoundExceeded where too many of all do; the future raises the latter
        where it has to make way for a client with fewer.
        """
        turn = asyncio.get_running_loop().create_future()
        if client not in self._lines and not self._is_full(client):
            self._making[client] += 1
            turn.set_result(None)
            return turn
        line = self._lines.get(client, ())
        if client and len(line) >= self._waiting_of_client:
            message = f"one client may have {self._waiting_of_client} pages waiting at once"
            raise TooManyRequests(f"{message}; wait for one of them", bound="client")
        if sum(map(len, self._lines.values())) >= self._waiting:
            self._make_way(client)
        self._lines.setdefault(client, deque()).append(turn)
        return turn

    def leave(self, client: str, turn: asyncio.Future) -> None:
        """Give up a turn that has not been used: that was waited for, or had just come."""
        if turn.done() and not turn.cancelled() and turn.exception() is None:
            self.end(client)
        elif turn in self._lines.get(client, ()):
            self._remove(client, turn)

    def end(self, client: str) -> None:
        """End a turn: the page is made."""
        self._making[client] -= 1
        if not self._making[client]:
            del self._making[client]
        self._begin_next()

    def _is_full(self, client: str) -> bool:
        full = bool(client) and self._making[client] >= self._of_client
        return full or self._making.total() >= self._at_once

    def _make_way(self, client: str) -> None:
        """Refuse the newest of the longest line, if that stays longer than the client's."""
        longest = max(self._lines, key=lambda name: len(self._lines[name]))
        error = BoundExceeded("too many pages are waiting; try again", bound="queue")
        if len(self._lines[longest]) <= len(self._lines.get(client, ())) + 1:
            raise error
        turn = self._lines[longest][-1]
        self._remove(longest, turn)
        if not turn.done():
            turn.set_exception(error)

    def _remove(self, client: str, turn: asyncio.Future) -> None:
        self._lines[client].remove(turn)
        if not self._lines[client]:
            del self._lines[client]

    def _begin_next(self) -> None:
        """Give turns to those who wait as far as the bounds allow, one client after the other."""
        for client in list(self._lines):
            if self._making.total() >= self._at_once:
                return
            if self._is_full(client):
                continue
            line = self._lines.pop(client)
            turn = line.popleft()
            if line:
                self._lines[client] = line  # behind all others
            if turn.done():  # its client has left
                self._begin_next()
                return
            self._making[client] += 1
            turn.set_result(None)

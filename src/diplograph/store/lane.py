"""One worker as its pool sees it: the sockets to it, and the query that it is at."""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress

from diplograph.store.engine import MEBIBYTE
from diplograph.store.frames import HEAD
from diplograph.store.nursery import Nursery
from diplograph.store.waiting import Query

BUFFER_SIZE = MEBIBYTE  # holds most replies whole
READS = 8  # of one reply before others have their turn


class Lane:
    """A worker's query and its two sockets: questions and replies on one; one that keeps it alive.

    Raises OSError where there are no more sockets to be had.
    """

    def __init__(self, number: int, loop: asyncio.AbstractEventLoop, nursery: Nursery):
        self.number, self.nursery, self._loop = number, nursery, loop
        self._connection, self._theirs = socket.socketpair()
        try:
            self._lifeline, their_lifeline = socket.socketpair()
        except OSError:
            self._connection.close()
            self._theirs.close()
            raise
        self._their_lifeline = their_lifeline
        self._connection.setblocking(False)
        self.process: int | None = None  # known once it is forked
        self.query: Query | None = None
        self.status: int | None = None  # known where its end was told before its socket's
        self.asked = self.closed = False
        self.aside = self.long = False  # behind others; long: one of the few that may stay so
        self._measured: Query | None = None
        self._work = 0.0  # of the processor, in seconds, when that query was first measured
        self._unsent = memoryview(b"")
        # Used for every reply: new memory from the system each time costs more than a copy.
        self._buffer = self._read = memoryview(bytearray(BUFFER_SIZE))
        self._have = 0

    def hand_over(self) -> None:
        """Have the worker forked onto its ends of the sockets; raises OSError."""
        try:
            self.nursery.fork(self.number, self._theirs, self._their_lifeline)
        finally:
            self._theirs.close()
            self._their_lifeline.close()

    def listen(self, heard: Callable[[Lane], None]) -> None:
        """Call `heard` on the loop whenever the worker has sent something, or is gone."""
        self._loop.add_reader(self._connection.fileno(), heard, self)

    def ask(self, query: Query) -> None:
        """Send the query to the worker; raises OSError where it is gone or cannot be reached."""
        try:
            sent = self._connection.send(query.frame)
        except BlockingIOError:
            sent = 0
        if sent < len(query.frame):
            self._unsent = memoryview(query.frame)[sent:]
            self._loop.add_writer(self._connection.fileno(), self._send_more)
        self.query, self.asked = query, True

    def give_way(self) -> None:
        """Let the query go on behind all that is quick; the worker is of no use after it."""
        if not self.aside:
            self.aside = True
            self.nursery.renice(self.number)

    def measure_work(self, ran: float) -> float:
        """Return the seconds of processor that the query has had since this was first asked.

        It is to be asked from early on, and is `ran` where the system does not tell.
        """
        if sys.platform != "linux":
            return ran
        try:  # the clock's number is that of clock_getcpuclockid(3)
            now = time.clock_gettime((~self.process << 3) | 2)
        except OSError:  # it has ended, which its socket will say
            return 0.0
        if self._measured is not self.query:
            self._measured, self._work = self.query, now
        return now - self._work

    def receive(self) -> tuple[tuple, bytes] | None:
        """Return the head and body of a reply that is complete, or None: there is more to come.

        Raises EOFError where the worker is gone.
        """
        for _ in range(READS):
            try:
                count = self._connection.recv_into(self._read[self._have :])
            except BlockingIOError:
                return None
            except OSError:
                raise EOFError from None
            if not count:
                raise EOFError
            self._have += count
            if self._have >= HEAD.size:
                head = HEAD.unpack_from(self._read)
                end = HEAD.size + head[0]
                if self._have == end:
                    body = bytes(self._read[HEAD.size : end])
                    self._read, self._have = self._buffer, 0
                    return head, body
                if end > len(self._read):
                    self._make_room(end)
        return None

    def close(self) -> None:
        """Close the sockets: the worker ends at once, whatever it is at."""
        if self.closed:
            return
        self.closed = True
        if not self._loop.is_closed():
            self._loop.remove_reader(self._connection.fileno())
            self._loop.remove_writer(self._connection.fileno())
        with suppress(OSError):  # of whoever else has this end, since a fork of the server
            self._lifeline.shutdown(socket.SHUT_RDWR)
        for each in (self._lifeline, self._connection, self._theirs, self._their_lifeline):
            each.close()

    def _make_room(self, size: int) -> None:
        larger = memoryview(bytearray(size))
        larger[: self._have] = self._read[: self._have]
        self._read = larger

    def _send_more(self) -> None:
        try:
            self._unsent = self._unsent[self._connection.send(self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self._unsent = memoryview(b"")
            with suppress(OSError):  # the reader is to hear of it, too
                self._connection.shutdown(socket.SHUT_RDWR)
        if not self._unsent:
            self._loop.remove_writer(self._connection.fileno())

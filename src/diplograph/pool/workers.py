"""The workers of a pool: as many as are wanted, whatever befalls them or their template."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from diplograph.core.errors import DiplographError
from diplograph.core.settings import (
    FORK_SERVER_END_SECONDS,
    RESTART_BACKOFF_MAX_SECONDS,
    RESTART_BACKOFF_SECONDS,
    WORKER_START_SECONDS,
)
from diplograph.pool.fork_server import FORK, KILL, RENICE, REQUEST
from diplograph.pool.messages import HEAD, PendingQuery
from diplograph.store.interface import MEBIBYTE, QueryBounds

# Oxigraph's parser allocates many small pieces: glibc then keeps more of them at hand. In huge
# pages, a build of a quarter of a gigabyte is forked in one millisecond, not seven.
TUNABLES = "glibc.malloc.tcache_count=127", "glibc.malloc.hugetlb=1"


class ForkServerClient:
    """One template process and the socket to it.

    `notify` is called on the loop with each report of the process, and with None at its end.
    Raises OSError where no process can be started.
    """

    def __init__(
        self,
        folder: Path,
        bounds: QueryBounds,
        loop: asyncio.AbstractEventLoop,
        notify: Callable[[ForkServerClient, dict | None], None],
    ):
        self._loop, self._notify, self._unread = loop, notify, b""
        self.ready = False
        self._control, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = _start(theirs, folder, bounds)
        except OSError:
            self._control.close()
            raise
        self._control.setblocking(False)
        loop.add_reader(self._control.fileno(), self._read)

    @property
    def gone(self) -> bool:
        """Whether the process has ended."""
        return self._control.fileno() < 0

    @property
    def process_id(self) -> int:
        """The template's process."""
        return self._process.pid

    def fork(self, number: int, connection: socket.socket, lifeline: socket.socket) -> None:
        """Ask for a worker on those two sockets; raises OSError where that cannot be asked."""
        descriptors = [connection.fileno(), lifeline.fileno()]
        socket.send_fds(self._control, [REQUEST.pack(FORK, number)], descriptors)

    def renice(self, number: int) -> None:
        """Have the worker give way to others."""
        self._request(RENICE, number)

    def kill(self, number: int) -> None:
        """Have the worker killed: the closing of its lifeline may have done so already."""
        self._request(KILL, number)

    def close(self) -> None:
        """Have the process end, and all workers that it still has; once is enough."""
        if self.gone:
            return
        if not self._loop.is_closed():
            self._loop.remove_reader(self._control.fileno())
        self._control.close()

    def wait(self) -> None:
        """Wait for the end of the process and its workers, once it is closed."""
        try:
            self._process.wait(FORK_SERVER_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _request(self, verb: bytes, number: int) -> None:
        with suppress(OSError):  # it is gone: its end is reported on its own
            self._control.send(REQUEST.pack(verb, number))

    def _read(self) -> None:
        try:
            read = self._control.recv(65536)
        except BlockingIOError:
            return
        except ConnectionError:
            read = b""
        if not read:
            self._process.kill()
            self.close()
            self._process.wait()
            self._notify(self, None)
            return
        *lines, self._unread = (self._unread + read).split(b"\n")
        for line in lines:
            self._notify(self, json.loads(line))


def _start(control: socket.socket, folder: Path, bounds: QueryBounds) -> subprocess.Popen:
    """Return a fresh interpreter that serves `control`.

    It has a process group of its own, so that Ctrl-C in a terminal reaches the server alone, and
    a safe path, so that nothing in the working directory is imported. The session stays the
    server's: Linux weighs niceness among processes of one session.
    """
    descriptor = control.fileno()
    environment = {**os.environ, "RUST_BACKTRACE": "0"}
    if sys.platform == "linux":
        tunables = [os.environ.get("GLIBC_TUNABLES", ""), *TUNABLES]
        environment["GLIBC_TUNABLES"] = ":".join(filter(None, tunables))
    command = [sys.executable, "-P", "-m", "diplograph.pool.fork_server"]
    return subprocess.Popen(
        [*command, str(descriptor), str(folder), json.dumps(asdict(bounds))],
        pass_fds=[descriptor],
        process_group=0,
        stdin=subprocess.DEVNULL,
        env=environment,
    )


BUFFER_SIZE = MEBIBYTE  # holds most replies whole
REPLY_READS = 8  # of one reply before others have their turn


class WorkerHandle:
    """A worker's query and its two sockets: questions and replies on one; one that keeps it alive.

    Raises OSError where there are no more sockets to be had.
    """

    def __init__(self, number: int, loop: asyncio.AbstractEventLoop, nursery: ForkServerClient):
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
        self.query: PendingQuery | None = None
        self.status: int | None = None  # known where its end was told before its socket's
        self.asked = self.closed = False
        self.aside = self.long = False  # behind others; long: one of the few that may stay so
        self._measured: PendingQuery | None = None
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

    def listen(self, heard: Callable[[WorkerHandle], None]) -> None:
        """Call `heard` on the loop whenever the worker has sent something, or is gone."""
        self._loop.add_reader(self._connection.fileno(), heard, self)

    def ask(self, query: PendingQuery) -> None:
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
        for _ in range(REPLY_READS):
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


class WorkerPool:
    """Workers over one build; each is free, at a query, or on its way.

    `listener` hears on the loop when a worker is free (`begin_waiting`), has sent something
    (`hear`), when one has ended by itself amid a query (`lose`, with its status where that is
    known), and when none can be started (`refuse_waiting`).
    """

    def __init__(
        self,
        folder: Path,
        wanted: int,
        bounds: QueryBounds,
        loop: asyncio.AbstractEventLoop,
        listener,
    ):
        self._folder, self._wanted, self._bounds = folder, wanted, bounds
        self._loop, self._listener = loop, listener
        self.lanes: dict[int, WorkerHandle] = {}
        self.free: list[WorkerHandle] = []
        self.started = 0
        self._numbers = 0
        self._lost: dict[
            int, PendingQuery
        ] = {}  # by number of the worker, until the reason is known
        self._nursery: ForkServerClient | None = None
        self._opened: asyncio.Future[str] = loop.create_future()
        self._retry: asyncio.TimerHandle | None = None
        self._delay = RESTART_BACKOFF_SECONDS
        self._closed = False

    async def open(self) -> str:
        """Start all workers and return the digest of their build; raises DiplographError."""
        try:
            self._nursery = ForkServerClient(
                self._folder, self._bounds, self._loop, self._hear_template
            )
            async with asyncio.timeout(WORKER_START_SECONDS):
                return await self._opened
        except TimeoutError:
            raise DiplographError("a query worker did not start in time") from None
        except OSError as error:
            raise DiplographError("a query worker could not be started") from error

    def fill(self) -> None:
        """Have workers forked until there are as many as are wanted, beside those set aside."""
        self.add(self._wanted - self._count_places())

    def add(self, count: int) -> None:
        """Have so many more workers forked."""
        if self._closed or not self._nursery or not self._nursery.ready:
            return
        for _ in range(count):
            self._numbers += 1
            try:
                lane = WorkerHandle(self._numbers, self._loop, self._nursery)
                self.lanes[lane.number] = lane
                lane.hand_over()
            except OSError:  # no descriptor left, or the template has just gone
                self._forget(self._numbers)
                self._fill_later()
                return

    @property
    def spare(self) -> bool:
        """Whether a worker is free that there is beyond those wanted."""
        return bool(self.free) and self._count_places() > self._wanted

    def shrink(self) -> None:
        """End one worker of those that were added, if one is to spare."""
        if self.spare:
            self.retire(self.free[0])

    def put_back(self, lane: WorkerHandle) -> None:
        """Take a worker back that has answered."""
        self._delay = (
            RESTART_BACKOFF_SECONDS  # not when it is forked: it may end before it can answer
        )
        if lane.aside or (lane.nursery.gone and self._nursery.ready):  # a build of its own
            self.retire(lane)
        else:
            self.free.append(lane)

    def retire(self, lane: WorkerHandle) -> None:
        """End a worker, whatever it is at, and have its successor forked where one is wanted."""
        self._forget(lane.number)
        lane.nursery.kill(lane.number)
        self.fill()

    def lose(self, lane: WorkerHandle) -> None:
        """Put another in place of a worker that has ended by itself."""
        self._forget(lane.number)
        if lane.query:
            self._lost[lane.number] = lane.query
            if lane.status is not None or lane.nursery.gone:
                self._explain(lane.number, lane.status)
        if lane.asked:
            self.fill()
        else:  # it may not be able to start at all
            self._fill_later()

    def close(self) -> list[PendingQuery]:
        """Have every worker killed, and return the queries that they were at."""
        self._closed = True
        if self._retry:
            self._retry.cancel()
        queries = [*self._lost.values(), *(lane.query for lane in self.lanes.values())]
        self._lost.clear()
        for number in list(self.lanes):
            self._forget(number)
        if self._nursery:
            self._nursery.close()
        return [query for query in queries if query]

    def wait(self) -> None:
        """Wait until no process is left, after `close`: in a thread where others have the loop."""
        if self._nursery:
            self._nursery.wait()

    @property
    def template_id(self) -> int:
        """The process that workers are forked from."""
        return self._nursery.process_id

    def _hear_template(self, nursery: ForkServerClient, report: dict | None) -> None:
        if report is None:
            self._lose_template()
        elif "digest" in report:
            nursery.ready = True
            self._digest, self._delay = report["digest"], RESTART_BACKOFF_SECONDS
            for lane in [each for each in self.free if each.nursery is not nursery]:
                self.retire(lane)
            self.fill()
        elif "forked" in report:
            self._welcome(report["forked"], report["process"])
        elif "failed" in report:
            self._forget(report["failed"])
            self._fill_later()
        else:
            self._note_end(report["ended"], report["status"])

    def _welcome(self, number: int, process: int) -> None:
        self.started += 1
        lane = self.lanes.get(number)
        if lane is None:  # it was not wanted for so long
            return
        lane.process = process
        lane.listen(self._listener.hear)
        self.free.append(lane)
        if not self._opened.done() and len(self.free) == self._wanted:
            self._opened.set_result(self._digest)
        self._listener.begin_waiting()

    def _note_end(self, number: int, status: int) -> None:
        if number in self._lost:
            self._explain(number, status)
        elif number in self.lanes:  # what it had sent before may still be read
            self.lanes[number].status = status

    def _lose_template(self) -> None:
        """Start another; workers that are under way go on, but for those not yet forked."""
        was_ready, self._nursery.ready = self._nursery.ready, False
        for lane in [each for each in self.lanes.values() if each.process is None]:
            self._forget(lane.number)
        for number in list(self._lost):
            self._explain(number, None)
        if not was_ready and not self._opened.done():
            self._opened.set_exception(DiplographError("a query worker could not open the build"))
        elif was_ready:
            self._start_template()
        else:
            self._fill_later()

    def _start_template(self) -> None:
        try:
            self._nursery = ForkServerClient(
                self._folder, self._bounds, self._loop, self._hear_template
            )
        except OSError:  # no process or no memory left for one
            self._fill_later()

    def _fill_later(self) -> None:
        """Try again after a while, longer each time; nobody is to wait for what may never come."""
        if not self.lanes:
            self._listener.refuse_waiting()
        if self._closed or self._retry:
            return
        self._retry = self._loop.call_later(self._delay, self._fill_again)
        self._delay = min(self._delay * 2, RESTART_BACKOFF_MAX_SECONDS)

    def _fill_again(self) -> None:
        self._retry = None
        if self._nursery.gone:
            self._start_template()
        else:
            self.fill()

    def _count_places(self) -> int:
        return sum(1 for lane in self.lanes.values() if not lane.aside)

    def _explain(self, number: int, status: int | None) -> None:
        self._listener.lose(self._lost.pop(number), status)

    def _forget(self, number: int) -> None:
        lane = self.lanes.pop(number, None)
        if lane is not None:
            lane.close()
            if lane in self.free:
                self.free.remove(lane)

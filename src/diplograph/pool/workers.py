"""Worker processes of a pool: keeps as many as are wanted alive, through a fork server."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path

from diplograph.core.errors import DiplographError
from diplograph.core.settings import (
    BUILD_LOST_SECONDS,
    FORK_SERVER_END_SECONDS,
    MEBIBYTE,
    RESTART_BACKOFF_MAX_SECONDS,
    RESTART_BACKOFF_SECONDS,
    WORKER_START_SECONDS,
    QueryBounds,
)
from diplograph.pool.messages import FORK, HEAD, KILL, RENICE, REQUEST, PendingQuery

_LOGGER = logging.getLogger(__name__)
BUFFER_SIZE = MEBIBYTE  # most replies fit
REPLY_READS = 8  # of one reply before the event loop goes on
# Oxigraph's parser allocates many small pieces: glibc then keeps more of them at hand. In huge
# pages, a build of a quarter of a gigabyte is forked in one millisecond, not seven.
TUNABLES = "glibc.malloc.tcache_count=127", "glibc.malloc.hugetlb=1"


class WorkerPool:
    """Workers over one build; each is free, runs a query, or is being started.

    `listener` is called on the loop when a worker is free (`begin_queued`), has sent something
    (`receive`) or has ended by itself amid a query (`fail_lost`, with its status where that is
    known), and when none can be started (`refuse`).
    """

    def __init__(self, folder: Path, wanted: int, bounds: QueryBounds, listener):
        self._wanted, self._listener, self._loop = wanted, listener, asyncio.get_running_loop()
        self._new_fork_server = partial(ForkServerClient, folder, bounds, self._receive_report)
        self.handles: dict[int, WorkerHandle] = {}  # by number
        self.free: list[WorkerHandle] = []
        self.started = 0
        self._last_number = 0
        self._lost: dict[int, PendingQuery] = {}  # by worker's number, until its status is known
        self._fork_server: ForkServerClient | None = None
        self._opened: asyncio.Future[str] = self._loop.create_future()
        self._retry: asyncio.TimerHandle | None = None
        self._delay = RESTART_BACKOFF_SECONDS
        self._closed = False
        self.build_lost = False  # no further worker can be started: the build's files are gone

    async def open(self) -> str:
        """Start all workers and return the digest of their build; raises DiplographError."""
        try:
            self._fork_server = self._new_fork_server()
            async with asyncio.timeout(WORKER_START_SECONDS):
                return await self._opened
        except TimeoutError:
            raise DiplographError("a query worker did not start in time") from None
        except OSError as error:
            raise DiplographError("a query worker could not be started") from error

    def fill(self) -> None:
        """Fork workers until there are as many as are wanted, beside those set aside."""
        self.add(self._wanted - self._count_wanted())

    def add(self, count: int) -> None:
        """Fork so many more workers."""
        if self._closed or not self._fork_server or not self._fork_server.ready:
            return
        for _ in range(count):
            self._last_number += 1
            try:
                worker = WorkerHandle(self._last_number, self._fork_server)
                self.handles[worker.number] = worker
                worker.fork()
            except OSError:  # no descriptor left, or the fork server has just ended
                self._forget(self._last_number)
                self._retry_later()
                return

    @property
    def has_spare(self) -> bool:
        """Whether a worker is free beyond those wanted."""
        return bool(self.free) and self._count_wanted() > self._wanted

    def shrink(self) -> None:
        """End one free worker beyond those wanted, if there is one."""
        if self.has_spare:
            self.retire(self.free[0])

    def put_back(self, worker: WorkerHandle) -> None:
        """Make a worker free that has answered, or retire it: set aside, or of an older build."""
        # Not when it is forked: it may end before it can answer.
        self._delay = RESTART_BACKOFF_SECONDS
        if worker.aside or (worker.fork_server.closed and self._fork_server.ready):
            self.retire(worker)
        else:
            self.free.append(worker)

    def retire(self, worker: WorkerHandle) -> None:
        """Kill a worker, whatever it does, and fork its successor where one is wanted."""
        self._forget(worker.number)
        # The closing of its lifeline may have done so already.
        worker.fork_server.request(KILL, worker.number)
        self.fill()

    def replace(self, worker: WorkerHandle) -> None:
        """Fork a successor of a worker that has ended by itself."""
        self._forget(worker.number)
        if worker.query:
            self._lost[worker.number] = worker.query
            if worker.status is not None or worker.fork_server.closed:
                self._listener.fail_lost(self._lost.pop(worker.number), worker.status)
        if worker.used:
            self.fill()
        else:  # it may not be able to start at all
            self._retry_later()

    def close(self) -> list[PendingQuery]:
        """Kill every worker, and return the queries that they ran."""
        self._closed = True
        if self._retry:
            self._retry.cancel()
        queries = [*self._lost.values(), *(worker.query for worker in self.handles.values())]
        self._lost.clear()
        for number in list(self.handles):
            self._forget(number)
        if self._fork_server:
            self._fork_server.close()
        return [query for query in queries if query]

    def wait(self) -> None:
        """Wait until no process is left, after `close`: in a thread where others have the loop."""
        if self._fork_server:
            self._fork_server.wait()

    def _receive_report(self, fork_server: ForkServerClient, report: dict | None) -> None:
        """Act on a report of the fork server, None at its end."""
        if report is None:
            self._replace_fork_server()
        elif "digest" in report:
            fork_server.ready, self.build_lost = True, False
            self._digest, self._delay = report["digest"], RESTART_BACKOFF_SECONDS
            for worker in [free for free in self.free if free.fork_server is not fork_server]:
                self.retire(worker)
            self.fill()
        elif "lost" in report:
            self._receive_loss(report["lost"])
        elif "forked" in report:
            self._receive_fork(report)
        elif "failed" in report:
            self._forget(report["failed"])
            self._retry_later()
        elif report["ended"] in self._lost:
            self._listener.fail_lost(self._lost.pop(report["ended"]), report["status"])
        elif report["ended"] in self.handles:  # what it had sent before may still be read
            self.handles[report["ended"]].status = report["status"]

    def _receive_loss(self, reason: str) -> None:
        """Take note that the fork server cannot open the build; the operator learns it once."""
        if not self._opened.done():
            message = f"a query worker could not open the build: {reason}"
            self._opened.set_exception(DiplographError(message))
        elif not self.build_lost:
            _LOGGER.error("no query worker can be started: %s", reason)
        self.build_lost = True

    def _receive_fork(self, report: dict) -> None:
        self.started += 1
        if worker := self.handles.get(report["forked"]):  # not retired meanwhile
            worker.process = report["process"]
            worker.listen(self._listener.receive)
            self.free.append(worker)
            if not self._opened.done() and len(self.free) == self._wanted:
                self._opened.set_result(self._digest)
            self._listener.begin_queued()

    def _replace_fork_server(self) -> None:
        """Start another fork server; workers that run go on, those not yet forked do not."""
        was_ready, self._fork_server.ready = self._fork_server.ready, False
        for worker in [worker for worker in self.handles.values() if worker.process is None]:
            self._forget(worker.number)
        for number in list(self._lost):
            self._listener.fail_lost(self._lost.pop(number), None)
        if not was_ready and not self._opened.done():
            self._opened.set_exception(DiplographError("a query worker could not open the build"))
        elif was_ready:
            self._start_fork_server()
        else:
            self._retry_later()

    def _start_fork_server(self) -> None:
        try:
            self._fork_server = self._new_fork_server()
        except OSError:  # no process or no memory left for one
            self._retry_later()

    def _retry_later(self) -> None:
        """Start workers again with exponential backoff; without any, fail the queries that wait."""
        if not self.handles:
            self._listener.refuse("not started")
        if self._closed or self._retry:
            return
        most = BUILD_LOST_SECONDS if self.build_lost else RESTART_BACKOFF_MAX_SECONDS
        self._retry = self._loop.call_later(self._delay, self._start_again)
        self._delay = min(self._delay * 2, most)

    def _start_again(self) -> None:
        self._retry = None
        if self._fork_server.closed:
            self._start_fork_server()
        else:
            self.fill()

    def _count_wanted(self) -> int:
        return sum(1 for worker in self.handles.values() if not worker.aside)

    def _forget(self, number: int) -> None:
        worker = self.handles.pop(number, None)
        if worker is not None:
            worker.close()
            if worker in self.free:
                self.free.remove(worker)


class WorkerHandle:
    """A worker's query and two sockets: one for messages, one whose end ends the worker.

    Raises OSError where no more sockets can be had.
    """

    def __init__(self, number: int, fork_server: ForkServerClient):
        self.number, self.fork_server, self._loop = number, fork_server, asyncio.get_running_loop()
        self._connection, self._worker_connection = socket.socketpair()
        try:
            self._lifeline, self._worker_lifeline = socket.socketpair()
        except OSError:
            self._connection.close()
            self._worker_connection.close()
            raise
        self._connection.setblocking(False)
        self.process: int | None = None  # its ID, once it is forked
        self.query: PendingQuery | None = None
        self.status: int | None = None  # where its end is reported before its socket closes
        self.used = False
        self.aside = self.long = False  # runs behind others; long: one of the few that may go on
        self._measured: PendingQuery | None = None
        self._work = 0.0  # processor time, in seconds, when that query was first measured
        self._unsent = memoryview(b"")
        # Used for every reply: new memory from the system each time costs more than a copy.
        self._buffer = self._reply = memoryview(bytearray(BUFFER_SIZE))
        self._received = 0

    def fork(self) -> None:
        """Have the worker forked with its ends of the sockets; raises OSError."""
        try:
            self.fork_server.fork(self.number, self._worker_connection, self._worker_lifeline)
        finally:
            self._worker_connection.close()
            self._worker_lifeline.close()

    def listen(self, callback: Callable[[WorkerHandle], None]) -> None:
        """Call `callback` on the loop whenever the worker has sent something, or has ended."""
        self._loop.add_reader(self._connection.fileno(), callback, self)

    def send(self, query: PendingQuery) -> None:
        """Send the query to the worker; raises OSError where it has ended or is not reached."""
        try:
            sent = self._connection.send(query.message)
        except BlockingIOError:
            sent = 0
        if sent < len(query.message):
            self._unsent = memoryview(query.message)[sent:]
            self._loop.add_writer(self._connection.fileno(), self._send_rest)
        self.query, self.used = query, True

    def set_aside(self) -> None:
        """Let the query go on at a low priority; the worker is retired after it."""
        if not self.aside:
            self.aside = True
            self.fork_server.request(RENICE, self.number)

    def measure_work(self, ran: float) -> float:
        """Return the seconds of processor time since the query was first measured, which is early.

        It is `ran` where the system has no such clock.
        """
        if sys.platform != "linux":
            return ran
        try:  # the clock's number is that of clock_getcpuclockid(3)
            now = time.clock_gettime((~self.process << 3) | 2)
        except OSError:  # it has ended, which its socket reports
            return 0.0
        if self._measured is not self.query:
            self._measured, self._work = self.query, now
        return now - self._work

    def receive(self) -> tuple[tuple, bytes] | None:
        """Return head and body of a complete reply, or None; EOFError where the worker ended."""
        for _ in range(REPLY_READS):
            try:
                count = self._connection.recv_into(self._reply[self._received :])
            except BlockingIOError:
                return None
            except OSError:
                raise EOFError from None
            if not count:
                raise EOFError
            self._received += count
            if self._received >= HEAD.size:
                head = HEAD.unpack_from(self._reply)
                end = HEAD.size + head[0]
                if self._received == end:
                    body = bytes(self._reply[HEAD.size : end])
                    self._reply, self._received = self._buffer, 0
                    return head, body
                if end > len(self._reply):
                    larger = memoryview(bytearray(end))
                    larger[: self._received] = self._reply[: self._received]
                    self._reply = larger
        return None

    def close(self) -> None:
        """Close the sockets: the worker ends at once, whatever it does."""
        if not self._loop.is_closed():
            self._loop.remove_reader(self._connection.fileno())
            self._loop.remove_writer(self._connection.fileno())
        with suppress(OSError):  # of whoever else has this end, since a fork of the server
            self._lifeline.shutdown(socket.SHUT_RDWR)
        self._connection.close()
        self._lifeline.close()

    def _send_rest(self) -> None:
        try:
            self._unsent = self._unsent[self._connection.send(self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self._unsent = memoryview(b"")
            with suppress(OSError):  # so that the reader notices it, too
                self._connection.shutdown(socket.SHUT_RDWR)
        if not self._unsent:
            self._loop.remove_writer(self._connection.fileno())


class ForkServerClient:
    """One fork-server process and the socket to it.

    `notify` is called on the loop with each report of the process, and with None at its end.
    Raises OSError where no process can be started.
    """

    def __init__(
        self,
        folder: Path,
        bounds: QueryBounds,
        notify: Callable[[ForkServerClient, dict | None], None],
    ):
        self._loop, self._notify, self._unread = asyncio.get_running_loop(), notify, b""
        self.ready = False  # whether it has the build loaded
        self.closed = False  # the process has ended or is about to
        environment = {**os.environ, "RUST_BACKTRACE": "0"}
        if sys.platform == "linux":
            tunables = [os.environ.get("GLIBC_TUNABLES", ""), *TUNABLES]
            environment["GLIBC_TUNABLES"] = ":".join(filter(None, tunables))
        self._control, server_control = socket.socketpair()
        descriptor = server_control.fileno()
        # -P: nothing in the working directory is imported.
        command = [sys.executable, "-P", "-m", "diplograph.pool.fork_server", str(descriptor)]
        try:
            with server_control:
                self.process = subprocess.Popen(
                    [*command, str(folder), json.dumps(asdict(bounds))],
                    pass_fds=[descriptor],
                    # Ctrl-C in a terminal is to reach the server alone. The session stays the
                    # server's: Linux weighs niceness among processes of one session.
                    process_group=0,
                    stdin=subprocess.DEVNULL,
                    env=environment,
                )
        except OSError:
            self._control.close()
            raise
        self._control.setblocking(False)
        self._loop.add_reader(self._control.fileno(), self._read)

    def fork(self, number: int, connection: socket.socket, lifeline: socket.socket) -> None:
        """Request a worker with those two sockets; raises OSError where that is impossible."""
        descriptors = [connection.fileno(), lifeline.fileno()]
        socket.send_fds(self._control, [REQUEST.pack(FORK, number)], descriptors)

    def request(self, verb: bytes, number: int) -> None:
        """Have the worker killed (KILL), or its priority lowered (RENICE)."""
        with suppress(OSError):  # it has ended, which is reported on its own
            self._control.send(REQUEST.pack(verb, number))

    def close(self) -> None:
        """End the process and all workers that it still has; a second call does nothing."""
        if self.closed:
            return
        self.closed = True
        if not self._loop.is_closed():
            self._loop.remove_reader(self._control.fileno())
        self._control.close()

    def wait(self) -> None:
        """Wait for the end of the process and its workers, once it is closed."""
        try:
            self.process.wait(FORK_SERVER_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _read(self) -> None:
        try:
            received = self._control.recv(65536)
        except BlockingIOError:
            return
        except ConnectionError:
            received = b""
        if not received:
            self.process.kill()
            self.close()
            self.process.wait()
            self._notify(self, None)
            return
        *lines, self._unread = (self._unread + received).split(b"\n")
        for line in lines:
            self._notify(self, json.loads(line))

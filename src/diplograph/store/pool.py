"""Query workers that can be killed: one query past its bound costs nobody else anything."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack
from dataclasses import asdict
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from diplograph.errors import BoundExceeded, DiplographError
from diplograph.store.engine import Answer, Asked, Bounds
from diplograph.store.holding import hold
from diplograph.store.worker import decode, encode, memory_message

# A worker reads one build from disk; whatever takes longer than this will not come up at all.
START_SECONDS = 60.0


class Pool:
    """An engine of several worker processes over one build folder, each bounded and replaceable.

    Threads share it. A query past its time is killed with its worker, and only that query's
    caller hears of it; the worker's successor starts at once. The folder is held, so that it is
    there for the successor however many builds came after.
    """

    def __init__(self, folder: Path, *, workers: int = 2, bounds: Bounds | None = None):
        self.folder, self.bounds = Path(folder), bounds or Bounds()
        self._closed = threading.Event()
        self._free: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._places = threading.BoundedSemaphore(workers + self.bounds.waiting)
        started = [_Worker(self.folder, self.bounds) for _ in range(workers)]
        self._all = set(started)
        self._held = ExitStack()
        try:
            self.digest = max(worker.wait_until_ready() for worker in started)  # all the same
            self._held.callback(hold(self.folder))
        except BaseException:
            self.close()
            raise
        for worker in started:
            self._free.put(worker)

    def answer(self, asked: Asked, client: str = "") -> Answer:
        """Return the complete answer from the first worker that is free.

        Raises what Store.query raises, NotAcceptable, and BoundExceeded: its bound is time,
        memory, rows or bytes for a query of its own, queue when too many wait, worker when its
        process was lost.
        """
        if self._closed.is_set():
            raise BoundExceeded("the server is stopping", bound="worker")
        if not self._places.acquire(blocking=False):
            raise BoundExceeded("too many queries are waiting; try again", bound="queue")
        try:
            return self._answer(asked)
        finally:
            self._places.release()

    def close(self) -> None:
        """Kill every worker and wait for its end; a second call does nothing."""
        self._closed.set()
        for worker in list(self._all):
            worker.kill()
        self._all.clear()
        self._held.close()

    @property
    def busy(self) -> bool:
        """Whether every worker is at work on a query."""
        return self._free.empty()

    @property
    def process_ids(self) -> tuple[int, ...]:
        """The process of each worker, for who watches over them."""
        return tuple(sorted(worker.process.pid for worker in list(self._all)))

    def _answer(self, asked: Asked) -> Answer:
        try:
            worker = self._free.get(timeout=self.bounds.seconds)
        except queue.Empty:
            waited = f"no worker was free for {self.bounds.seconds:g} s; try again"
            raise BoundExceeded(waited, bound="queue") from None
        try:
            if not worker.alive:
                worker = self._replace(worker)
            return worker.answer(asked)
        finally:
            self._put_back(worker)

    def _put_back(self, worker: _Worker) -> None:
        """Let the next query have the worker, or start the successor that cannot be had now."""
        try:
            if not worker.alive:
                worker = self._replace(worker)
        except BoundExceeded:
            worker.kill()
        finally:
            self._free.put(worker)

    def _replace(self, lost: _Worker) -> _Worker:
        """Return the successor of a worker; raises BoundExceeded where none can be started."""
        lost.kill()
        self._all.discard(lost)
        if self._closed.is_set():
            return lost
        try:
            successor = _Worker(self.folder, self.bounds)
        except OSError:  # no process or no memory left for one
            message = "the query's worker could not be started; try again"
            raise BoundExceeded(message, bound="worker") from None
        self._all.add(successor)
        if self._closed.is_set():  # closed while the successor was being started
            successor.kill()
        return successor


class _Worker:
    """One worker process and the socket to it; used by one thread at a time."""

    def __init__(self, folder: Path, bounds: Bounds):
        self.bounds = bounds
        self._ending = threading.Lock()
        self.connection, theirs = Pipe()
        try:
            with theirs:
                self.process = _start(theirs, folder, bounds)
        except OSError:
            self.connection.close()
            raise
        self.digest: str | None = None

    @property
    def alive(self) -> bool:
        """Whether the process still runs and its socket is open."""
        return not self.connection.closed and self.process.poll() is None

    def wait_until_ready(self) -> str:
        """Return the digest of the build once the worker has opened it."""
        if self.digest is None:
            try:
                if not self.connection.poll(START_SECONDS):
                    self.kill()
                    raise DiplographError("a query worker did not start in time")
                self.digest = json.loads(self.connection.recv_bytes())["digest"]
            except (EOFError, OSError):
                self.kill()
                raise DiplographError("a query worker could not open the build") from None
        return self.digest

    def answer(self, asked: Asked, client: str = "") -> Answer:
        """Return the answer; raises BoundExceeded when the worker is lost or out of time."""
        self.wait_until_ready()
        try:
            self.connection.send_bytes(encode(asked))
            if not self.connection.poll(self.bounds.seconds):
                self.kill()
                raise BoundExceeded(_time_message(self.bounds), bound="time")
            header, body = self.connection.recv_bytes(), self.connection.recv_bytes()
        except (EOFError, OSError):
            raise self._explain_loss() from None
        return decode(header, body)

    def kill(self) -> None:
        """End the process, collect it, close the socket; whoever closes the pool may be second."""
        with self._ending:
            self.process.kill()
            self.process.wait()
            self.connection.close()

    def _explain_loss(self) -> BoundExceeded:
        """Return why the process ended by itself: an allocator out of memory calls abort."""
        try:
            self.process.wait(timeout=1.0)  # its own reason, before ours
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.kill()
        if self.process.returncode == -signal.SIGABRT:
            return BoundExceeded(memory_message(self.bounds), bound="memory")
        if self.process.returncode == -signal.SIGSEGV:
            nested = "the query is nested deeper than the engine can follow"
            return BoundExceeded(nested, bound="depth")
        return BoundExceeded("the query's worker was lost; try again", bound="worker")


def _start(connection: Connection, folder: Path, bounds: Bounds) -> subprocess.Popen:
    """Return a fresh interpreter that answers on `connection`.

    It has a process group of its own, so that Ctrl-C in a terminal reaches the server alone, and
    a safe path, so that nothing in the working directory is imported.
    """
    descriptor = connection.fileno()
    command = [sys.executable, "-P", "-m", "diplograph.store.worker"]
    return subprocess.Popen(
        [*command, str(descriptor), str(folder), json.dumps(asdict(bounds))],
        pass_fds=[descriptor],
        process_group=0,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "RUST_BACKTRACE": "0"},
    )


def _time_message(bounds: Bounds) -> str:
    return (
        f"the query ran past the {bounds.seconds:g} s one query may take and was stopped;"
        " add a LIMIT or a narrower pattern"
    )

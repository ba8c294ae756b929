"""Scheduler of a pool: the queue, the worker of each query, long queries and bounds of time."""

from __future__ import annotations

import asyncio
import concurrent.futures
import math
import signal
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from diplograph.core.errors import BoundExceeded, DiplographError, TooManyRequests
from diplograph.core.settings import (
    ABANDONED_QUERY_SECONDS,
    BUSY_TICK_SECONDS,
    EXTRA_WORKER_IDLE_SECONDS,
    EXTRA_WORKERS,
    QUEUE_PATIENCE_SECONDS,
    QUICK_SECONDS,
    RECENT_TIMEOUT_QUERIES,
    RECENT_TIMEOUT_SECONDS,
    SLOW_SECONDS,
    TICK_SECONDS,
    WORKER_GROWTH_MEBIBYTES,
    QueryBounds,
)
from diplograph.pool.messages import PendingQuery, decode_reply, out_of_memory
from diplograph.pool.workers import WorkerHandle, WorkerPool
from diplograph.store.interface import Answer

OUT_OF_MEMORY_STATUS = -signal.SIGABRT  # an allocator without memory aborts
# What is wrong with a query: the bound that its error names, and the message.
_ERRORS = {
    "stopping": ("worker", "the server is stopping"),
    "not started": ("worker", "the query's worker could not be started; try again"),
    "lost": ("worker", "the query's worker was lost; try again"),
    "too deep": ("depth", "the query is nested deeper than the engine can follow"),
    "queue full": ("queue", "too many queries are waiting; try again"),
    "waited": ("queue", "no worker was free for {bounds.seconds:g} s; try again"),
    "client": (
        "client",
        "one client may have {bounds.per_client} queries running at once;"
        " wait for the answer to one of them",
    ),
    "time": (
        "time",
        "the query ran past the {bounds.seconds:g} s one query may take and was stopped;"
        " add a LIMIT or a narrower pattern",
    ),
    "long": (
        "long",
        "the query needs more than {bounds.long_seconds:g} s, and as many long queries {whose}"
        " are running as may at once; try again later, or add a narrower pattern",
    ),
    "crowded": (
        "long",
        "the query was slow while many others waited, and was stopped;"
        " try again later, or add a narrower pattern",
    ),
}


@dataclass(frozen=True)
class PoolCounts:
    """Numbers of queries and workers; `started` and `killed` count from the pool's start."""

    running: int  # long ones among them
    waiting: int
    long: int
    workers: int
    started: int
    killed: int


class Scheduler:
    """The queries of one pool, all on one event loop.

    As many workers as `workers` take queries. A fresh one takes the place of one whose query turns
    out long, and while queries wait there are more, so that quick queries stay quick.
    """

    def __init__(self, folder: Path, workers: int, bounds: QueryBounds):
        self.bounds, self._loop = bounds, asyncio.get_running_loop()
        self.pool = WorkerPool(folder, workers, bounds, self)
        self._queue = QueryQueue()
        self._under_way: dict[str, int] = {}  # queries by client
        self._timeouts = RecentTimeouts()
        self._most_workers = workers + bounds.long_queries + EXTRA_WORKERS
        self._most_growth = min(WORKER_GROWTH_MEBIBYTES, bounds.memory_mebibytes // 4)
        self._drained: asyncio.Future[None] | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._last_crowded = 0.0
        self._killed = 0
        self._closed = False

    def admit(self, query: PendingQuery) -> None:
        """Start the query or queue it; raises BoundExceeded where neither is possible."""
        client = query.client
        if reason := self._find_refusal():
            raise self.error(reason)
        under_way = self._under_way.get(client, 0)
        if client and under_way >= self.bounds.per_client:
            raise self.error("client")
        if query.message in self._timeouts and (whose := self._find_full_long(client)):
            raise self.error("long", whose)
        if not self._begin(query):
            if len(self._queue) >= self.bounds.waiting:
                self.refuse("stopping", _is_cancelled)
            if len(self._queue) >= self.bounds.waiting:
                displaced = self._queue.displace(client)
                if displaced is None:
                    raise self.error("queue full")
                self._settle(displaced, self.error("queue full"))
            self._queue.add(query)
        self._under_way[client] = under_way + 1
        if self._tick is None:
            self._tick = self._loop.call_later(TICK_SECONDS, self._watch)
        if not self.pool.handles:
            self.pool.fill()

    async def drain(self) -> None:
        """Take no more queries; return when those under way have their answers."""
        self._drained = self._drained or self._loop.create_future()
        self._check_drained()
        await asyncio.shield(self._drained)

    def close(self) -> None:
        """Kill every worker; all queries that wait or run get an error."""
        self._closed = True
        if self._tick:
            self._tick.cancel()
        self.refuse("stopping")
        for query in self.pool.close():
            self._settle(query, self.error("stopping"))

    def count(self) -> PoolCounts:
        """Return the numbers of queries and workers."""
        workers = list(self.pool.handles.values())
        return PoolCounts(
            running=sum(1 for worker in workers if worker.query),
            waiting=len(self._queue),
            long=sum(1 for worker in workers if worker.long),
            workers=sum(1 for worker in workers if worker.process),
            started=self.pool.started,
            killed=self._killed,
        )

    def error(self, reason: str, whose: str = "") -> BoundExceeded:
        """Return the error of a query for one of the reasons in `_ERRORS`."""
        bound, message = _ERRORS[reason]
        kind = TooManyRequests if bound == "client" else BoundExceeded
        return kind(message.format(bounds=self.bounds, whose=whose), bound=bound)

    # ---- callbacks of the worker pool ---------------------------------------------------------

    def receive(self, worker: WorkerHandle) -> None:
        """Read what a worker has sent; after a whole reply, give the worker its next query."""
        try:
            reply = worker.receive()
        except EOFError:
            self.pool.replace(worker)
            return
        if reply is None:
            return
        head, body = reply
        query, worker.query = worker.query, None
        *_, grown = head  # since the worker's start, in MiB
        if grown > self._most_growth:
            self.pool.retire(worker)
        else:
            self.pool.put_back(worker)
        if self._queue:
            self.begin_queued()
        self._settle(query, decode_reply(head, body))

    def begin_queued(self) -> None:
        """Give the free workers to the queries that wait."""
        while self.pool.free and self._queue:
            query = self._queue.take()
            if _is_cancelled(query):
                self._settle(query, self.error("stopping"))
            elif not self._begin(query):
                self._queue.put_back(query)

    def fail_lost(self, query: PendingQuery, status: int | None) -> None:
        """Answer the query by an error: its worker has ended, with that status if known."""
        reason = "too deep" if status in (-signal.SIGSEGV, -signal.SIGBUS) else "lost"
        error = self.error(reason)
        if status == OUT_OF_MEMORY_STATUS:
            self._timeouts.add(query.message)
            error = out_of_memory(self.bounds)
        self._settle(query, error)

    def refuse(
        self, reason: str, unwanted: Callable[[PendingQuery], bool] = lambda _: True
    ) -> None:
        """Answer the queries that wait and for which `unwanted` holds by an error."""
        for query in self._queue.remove(unwanted):
            self._settle(query, self.error(reason))

    # ---- queries ------------------------------------------------------------------------------

    def _begin(self, query: PendingQuery) -> bool:
        """Give the query to a free worker; return whether there was one."""
        while self.pool.free:
            worker = self.pool.free.pop()
            try:
                worker.send(query)
            except OSError:  # killed while idle, or nothing can be sent now: no query is lost
                self.pool.replace(worker)
                continue
            query.since = time.monotonic()
            return True
        return False

    def _settle(self, query: PendingQuery, outcome: Answer | DiplographError) -> None:
        """Give the query its answer or error; it is no longer under way."""
        left = self._under_way[query.client] - 1
        if left:
            self._under_way[query.client] = left
        else:
            del self._under_way[query.client]
        if self._drained:
            self._loop.call_soon(self._check_drained)
        if query.future.done() or self._loop.is_closed():
            return
        try:
            if isinstance(outcome, Answer):
                query.future.set_result(outcome)
            else:
                query.future.set_exception(outcome)
        except concurrent.futures.InvalidStateError:
            return  # cancelled by its thread after the check above

    def _check_drained(self) -> None:
        if not self._under_way and not self._drained.done():
            self._drained.set_result(None)

    # ---- bounds of time -----------------------------------------------------------------------

    def _watch(self) -> None:
        """Compare every query with the bounds of time, at each tick until none is left."""
        now, self._tick = time.monotonic(), None
        for worker in list(self.pool.handles.values()):
            if worker.query:
                self._watch_one(worker, worker.query, now)
        self.refuse("stopping", _is_cancelled)
        self.refuse("waited", lambda query: now - query.since > self.bounds.seconds)
        if now - self._queue.oldest > QUEUE_PATIENCE_SECONDS:
            self._make_way(now)
        if self._queue:
            self._last_crowded = now
        elif now - self._last_crowded > EXTRA_WORKER_IDLE_SECONDS:
            self.pool.shrink()
        if (self._under_way or self.pool.has_spare) and not self._tick:
            tick = BUSY_TICK_SECONDS if self._queue else TICK_SECONDS
            self._tick = self._loop.call_later(tick, self._watch)

    def _watch_one(self, worker: WorkerHandle, query: PendingQuery, now: float) -> None:
        """Stop a query that is cancelled or past its time; replace the worker of a long one."""
        ran = now - query.since
        if _is_cancelled(query):
            query.abandoned = query.abandoned or now
            if now - query.abandoned >= ABANDONED_QUERY_SECONDS:
                self._stop(worker, "stopping")
        elif ran >= self.bounds.seconds:
            self._stop(worker, "time")
        elif not worker.long and worker.measure_work(ran) >= self.bounds.long_seconds:
            if whose := self._find_full_long(query.client):
                self._stop(worker, "long", whose)
            else:
                worker.long = True
                worker.set_aside()
                self.pool.fill()

    def _find_refusal(self) -> str:
        """Return why no query is taken now, or ""."""
        if self._closed or self._drained:
            return "stopping"
        return "not started" if self.pool.build_lost and not self.pool.handles else ""

    def _find_full_long(self, client: str) -> str:
        """Return whose long queries are as many as may run: all clients', this one's, or ""."""
        long = [worker.query.client for worker in self.pool.handles.values() if worker.long]
        if len(long) >= self.bounds.long_queries:
            return "of all clients"
        full = client and long.count(client) >= self.bounds.long_per_client
        return "of one client" if full else ""

    def _make_way(self, now: float) -> None:
        """Start a worker for each query that waits; where there are too many, stop the slowest."""
        workers = list(self.pool.handles.values())
        busy = [worker for worker in workers if worker.query and not worker.long]
        if all(now - worker.query.since < QUICK_SECONDS for worker in busy):
            return  # there are many queries, but none is slow: one after the other is quickest
        work = {worker: worker.measure_work(now - worker.query.since) for worker in busy}
        for worker in busy:
            if work[worker] >= QUICK_SECONDS:
                worker.set_aside()
        lacking = len(self._queue) - sum(1 for worker in workers if not worker.query)
        room = self._most_workers - len(workers)
        if lacking > room:
            since = now - self.bounds.long_seconds
            slow = [
                worker
                for worker in busy
                if work[worker] >= SLOW_SECONDS or (worker.aside and worker.query.since <= since)
            ]
            slow.sort(key=work.get)
            for worker in slow[room - lacking :]:
                self._stop(worker, "crowded")
        self.pool.fill()
        self.pool.add(min(lacking, self._most_workers - len(self.pool.handles)))

    def _stop(self, worker: WorkerHandle, reason: str, whose: str = "") -> None:
        """Kill the worker and answer its query by the error for `reason`."""
        query = worker.query
        ran = time.monotonic() - query.since
        if reason == "time" or worker.measure_work(ran) >= self.bounds.long_seconds:
            self._timeouts.add(query.message)
        worker.query = None
        self._killed += 1
        self.pool.retire(worker)
        self._settle(query, self.error(reason, whose))


def _is_cancelled(query: PendingQuery) -> bool:
    return query.future.cancelled()


class QueryQueue:
    """Queue of queries with a line for each client; the clients take turns."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[PendingQuery]] = {}  # in the order of turns; none is empty

    def __len__(self) -> int:
        return sum(map(len, self._lines.values()))

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, query: PendingQuery) -> None:
        """Put the query at the end of its client's line."""
        self._lines.setdefault(query.client, deque()).append(query)

    def put_back(self, query: PendingQuery) -> None:
        """Put the query that was taken last in front of all others again."""
        line = self._lines.pop(query.client, deque())
        line.appendleft(query)
        self._lines = {query.client: line, **self._lines}

    def displace(self, client: str) -> PendingQuery | None:
        """Remove and return the newest query of a line longer than the client's will be, if any."""
        line = max(self._lines.values(), key=len, default=())
        if len(line) <= len(self._lines.get(client, ())) + 1:
            return None
        return line.pop()

    @property
    def oldest(self) -> float:
        """Since when the query waits that has waited longest; infinity where none does."""
        return min((line[0].since for line in self._lines.values()), default=math.inf)

    def take(self) -> PendingQuery:
        """Remove and return the next query; raises StopIteration where none waits."""
        client = next(iter(self._lines))
        line = self._lines.pop(client)
        query = line.popleft()
        if line:
            self._lines[client] = line  # behind all others
        return query

    def remove(self, unwanted: Callable[[PendingQuery], bool]) -> list[PendingQuery]:
        """Remove and return the queries for which `unwanted` holds."""
        removed = [query for line in self._lines.values() for query in line if unwanted(query)]
        for query in removed:
            line = self._lines[query.client]
            line.remove(query)
            if not line:
                del self._lines[query.client]
        return removed


class RecentTimeouts:
    """Negative cache of queries that recently ran past a bound of time or memory."""

    def __init__(self) -> None:
        self._until: dict[int, float] = {}  # by hash of the message, oldest first

    def add(self, message: bytes) -> None:
        """Remember this query for RECENT_TIMEOUT_SECONDS, and forget the oldest of too many."""
        self._until.pop(hash(message), None)
        self._until[hash(message)] = time.monotonic() + RECENT_TIMEOUT_SECONDS
        if len(self._until) > RECENT_TIMEOUT_QUERIES:
            del self._until[next(iter(self._until))]

    def __contains__(self, message: bytes) -> bool:
        return bool(self._until) and self._until.get(hash(message), 0.0) > time.monotonic()

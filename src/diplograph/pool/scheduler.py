"""Which query has which worker: quick lanes, long queries beside them, and what ends a query."""

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
)
from diplograph.pool import scheduler
from diplograph.pool.messages import PendingQuery, decode_reply, memory_message, read_growth
from diplograph.pool.workers import WorkerHandle, WorkerPool
from diplograph.store.interface import Answer, QueryBounds


class QueryQueue:
    """Queries in line; the next one is of the client whose turn is longest ago."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[PendingQuery]] = {}  # in the order of turns
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def add(self, query: PendingQuery) -> None:
        """Put the query at the end of its client's line."""
        self._lines.setdefault(query.client, deque()).append(query)
        self._length += 1

    def put_back(self, query: PendingQuery) -> None:
        """Put the query that was taken last in front of all others again."""
        line = self._lines.pop(query.client, deque())
        line.appendleft(query)
        self._lines = {query.client: line, **self._lines}
        self._length += 1

    def displace(self, client: str) -> PendingQuery | None:
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

    def take(self) -> PendingQuery:
        """Remove and return the next query; raises StopIteration where none waits."""
        client = next(iter(self._lines))
        line = self._lines.pop(client)
        query = line.popleft()
        if line:
            self._lines[client] = line  # behind all others
        self._length -= 1
        return query

    def remove(self, unwanted: Callable[[PendingQuery], bool]) -> list[PendingQuery]:
        """Remove and return the queries for which `unwanted` holds."""
        removed = [query for line in self._lines.values() for query in line if unwanted(query)]
        for query in removed:
            line = self._lines[query.client]
            line.remove(query)
            if not line:
                del self._lines[query.client]
        self._length -= len(removed)
        return removed


class RecentTimeouts:
    """Questions that ran past a bound of time or memory, for a while after."""

    def __init__(self) -> None:
        self._until: dict[int, float] = {}  # by hash, in the order of remembering

    def remember(self, frame: bytes) -> None:
        """Know this question for a while; the oldest is forgotten for it where there are many."""
        self._until.pop(hash(frame), None)
        self._until[hash(frame)] = time.monotonic() + RECENT_TIMEOUT_SECONDS
        if len(self._until) > RECENT_TIMEOUT_QUERIES:
            del self._until[next(iter(self._until))]

    def knows(self, frame: bytes) -> bool:
        """Return whether this question was stopped lately."""
        return bool(self._until) and self._until.get(hash(frame), 0.0) > time.monotonic()


def out_of_time(bounds: QueryBounds) -> BoundExceeded:
    """Return the error of a query that ran as long as any may."""
    return BoundExceeded(
        f"the query ran past the {bounds.seconds:g} s one query may take and was stopped;"
        " add a LIMIT or a narrower pattern",
        bound="time",
    )


def no_room_for_long(bounds: QueryBounds, whose: str) -> BoundExceeded:
    """Return the error of a query that is long, where `whose` long ones fill their room."""
    return BoundExceeded(
        f"the query needs more than {bounds.long_seconds:g} s, and as many long queries {whose}"
        " are running as may at once; try again later, or add a narrower pattern",
        bound="long",
    )


def stopped_for_others() -> BoundExceeded:
    """Return the error of a query that was slow while so many waited that it could not stay."""
    return BoundExceeded(
        "the query was slow while many others waited, and was stopped;"
        " try again later, or add a narrower pattern",
        bound="long",
    )


def queue_full() -> BoundExceeded:
    """Return the error of a query that found the queue full."""
    return BoundExceeded("too many queries are waiting; try again", bound="queue")


def waited_too_long(bounds: QueryBounds) -> BoundExceeded:
    """Return the error of a query that waited as long as any may."""
    waited = f"no worker was free for {bounds.seconds:g} s; try again"
    return BoundExceeded(waited, bound="queue")


def too_many_of_client(bounds: QueryBounds) -> TooManyRequests:
    """Return the error of a query whose client has as many under way as one may."""
    return TooManyRequests(
        f"one client may have {bounds.per_client} queries under way at once;"
        " wait for the answer to one of them",
        bound="client",
    )


def stopping() -> BoundExceeded:
    """Return the error of a query that came too late, or was still running at the very end."""
    return BoundExceeded("the server is stopping", bound="worker")


def not_started() -> BoundExceeded:
    """Return the error of a query for which no worker could be started."""
    return BoundExceeded("the query's worker could not be started; try again", bound="worker")


def lost(status: int | None, bounds: QueryBounds) -> BoundExceeded:
    """Return why a worker ended by itself, by its status: out of memory, an allocator aborts."""
    if status == -signal.SIGABRT:
        return BoundExceeded(memory_message(bounds), bound="memory")
    if status in (-signal.SIGSEGV, -signal.SIGBUS):
        nested = "the query is nested deeper than the engine can follow"
        return BoundExceeded(nested, bound="depth")
    return BoundExceeded("the query's worker was lost; try again", bound="worker")


OUT_OF_MEMORY = -signal.SIGABRT  # what an allocator does then


@dataclass(frozen=True)
class PoolCounts:
    """What a pool is at: queries running (long ones among them) and waiting, and its workers.

    `workers` is how many there are; `started` and `killed` count from the pool's start.
    """

    running: int
    waiting: int
    long: int
    workers: int
    started: int
    killed: int


class Scheduler:
    """The queries of one pool, all of it on one event loop.

    As many workers as `workers` take queries. One whose query turns out long leaves them for as
    long as the query runs, and a fresh one takes its place, so that quick queries stay quick.
    While queries wait there are more, so that a quick one need not wait for the slow before it.
    """

    def __init__(
        self, folder: Path, workers: int, bounds: QueryBounds, loop: asyncio.AbstractEventLoop
    ):
        self.bounds, self._loop = bounds, loop
        self.crew = WorkerPool(folder, workers, bounds, loop, self)
        self._waiting = QueryQueue()
        self._under_way: dict[str, int] = {}  # queries by client
        self._heavy = RecentTimeouts()
        self._most = workers + bounds.long_queries + EXTRA_WORKERS
        self._may_grow = min(WORKER_GROWTH_MEBIBYTES, bounds.memory_mebibytes // 4)
        self._drained: asyncio.Future[None] | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._crowded = self._killed = 0
        self._closed = False

    def admit(self, query: PendingQuery) -> None:
        """Begin the query or let it wait; raises BoundExceeded where it can do neither."""
        bounds, client = self.bounds, query.client
        if self._closed or self._drained:
            raise scheduler.stopping()
        under_way = self._under_way.get(client, 0)
        if client and under_way >= bounds.per_client:
            raise scheduler.too_many_of_client(bounds)
        if self._heavy.knows(query.frame) and (whose := self._find_no_room(client)):
            raise scheduler.no_room_for_long(bounds, whose)
        if not self._begin(query):
            self._find_place(client)
            self._waiting.add(query)
        self._under_way[client] = under_way + 1
        if self._tick is None:
            self._tick = self._loop.call_later(TICK_SECONDS, self._watch)
        if not self.crew.lanes:
            self.crew.fill()

    async def drain(self) -> None:
        """Take no more queries; return when those under way have their answers."""
        self._drained = self._drained or self._loop.create_future()
        self._tell_drained()
        await asyncio.shield(self._drained)

    def close(self) -> None:
        """Kill every worker and wait for its end; whoever waits for an answer is told so."""
        self._closed = True
        if self._tick:
            self._tick.cancel()
        for query in [*self._waiting.remove(lambda _: True), *self.crew.close()]:
            self._settle(query, scheduler.stopping())

    def count(self) -> PoolCounts:
        """Return what the pool is at."""
        lanes = list(self.crew.lanes.values())
        return PoolCounts(
            running=sum(1 for lane in lanes if lane.query),
            waiting=len(self._waiting),
            long=sum(1 for lane in lanes if lane.long),
            workers=sum(1 for lane in lanes if lane.process),
            started=self.crew.started,
            killed=self._killed,
        )

    # ---- what the crew tells ------------------------------------------------------------------

    def hear(self, lane: WorkerHandle) -> None:
        """Take in what a worker has sent; with the last of it, give the worker its next query."""
        try:
            reply = lane.receive()
        except EOFError:
            self.crew.lose(lane)
            return
        if reply is None:
            return
        head, body = reply
        query, lane.query = lane.query, None
        if read_growth(head) > self._may_grow:
            self.crew.retire(lane)
        else:
            self.crew.put_back(lane)
        if self._waiting:
            self.begin_waiting()
        self._settle(query, decode_reply(head, body))

    def begin_waiting(self) -> None:
        """Give the workers that are free to the queries that wait."""
        while self.crew.free and self._waiting:
            query = self._waiting.take()
            if query.future.cancelled():
                self._settle(query, scheduler.stopping())
            elif not self._begin(query):
                self._waiting.put_back(query)

    def lose(self, query: PendingQuery, status: int | None) -> None:
        """Say why the query has no answer: its worker has ended, with that status if known."""
        if status == OUT_OF_MEMORY:
            self._heavy.remember(query.frame)
        self._settle(query, scheduler.lost(status, self.bounds))

    def refuse_waiting(self) -> None:
        """Send those away who wait for a worker, since there is none."""
        for query in self._waiting.remove(lambda _: True):
            self._settle(query, scheduler.not_started())

    # ---- queries ------------------------------------------------------------------------------

    def _begin(self, query: PendingQuery) -> bool:
        """Give the query to a free worker; return whether there was one."""
        while self.crew.free:
            lane = self.crew.free.pop()
            try:
                lane.ask(query)
            except OSError:  # killed while idle, or nothing can be sent now: no query is lost
                self.crew.lose(lane)
                continue
            query.since = time.monotonic()
            return True
        return False

    def _find_place(self, client: str) -> None:
        """Have a place in the line for the client, at the cost of a client that has more."""
        if len(self._waiting) < self.bounds.waiting:
            return
        self._drop_left()
        if len(self._waiting) >= self.bounds.waiting:
            victim = self._waiting.displace(client)
            if victim is None:
                raise scheduler.queue_full()
            self._settle(victim, scheduler.queue_full())

    def _settle(self, query: PendingQuery, outcome: Answer | DiplographError) -> None:
        left = self._under_way[query.client] - 1
        if left:
            self._under_way[query.client] = left
        else:
            del self._under_way[query.client]
        if self._drained:
            self._loop.call_soon(self._tell_drained)
        if query.future.done() or self._loop.is_closed():
            return
        try:
            if isinstance(outcome, Answer):
                query.future.set_result(outcome)
            else:
                query.future.set_exception(outcome)
        except concurrent.futures.InvalidStateError:
            return  # cancelled by its thread since that was asked

    def _tell_drained(self) -> None:
        if not self._under_way and not self._drained.done():
            self._drained.set_result(None)

    # ---- what ends a query --------------------------------------------------------------------

    def _watch(self) -> None:
        """Hold every query against the bounds of time, until none is left."""
        now, self._tick = time.monotonic(), None
        for lane in list(self.crew.lanes.values()):
            if lane.query:
                self._judge(lane, lane.query, now)
        self._drop_left()
        for query in self._waiting.remove(lambda each: now - each.since > self.bounds.seconds):
            self._settle(query, scheduler.waited_too_long(self.bounds))
        if now - self._waiting.oldest > QUEUE_PATIENCE_SECONDS:
            self._make_way(now)
        if self._waiting:
            self._crowded = now
        elif now - self._crowded > EXTRA_WORKER_IDLE_SECONDS:
            self.crew.shrink()
        if (self._under_way or self.crew.spare) and not self._tick:
            tick = BUSY_TICK_SECONDS if self._waiting else TICK_SECONDS
            self._tick = self._loop.call_later(tick, self._watch)

    def _judge(self, lane: WorkerHandle, query: PendingQuery, now: float) -> None:
        """Stop a query that nobody waits for or that is past its time; make way for a long one."""
        ran, bounds = now - query.since, self.bounds
        if query.future.cancelled():
            query.left = query.left or now
            if now - query.left >= ABANDONED_QUERY_SECONDS:
                self._stop(lane, scheduler.stopping())
        elif ran >= bounds.seconds:
            self._stop(lane, scheduler.out_of_time(bounds))
        elif not lane.long and lane.measure_work(ran) >= bounds.long_seconds:
            if whose := self._find_no_room(query.client):
                self._stop(lane, scheduler.no_room_for_long(bounds, whose))
            else:
                lane.long = True
                lane.give_way()
                self.crew.fill()

    def _find_no_room(self, client: str) -> str:
        """Return whose long queries leave no room for another of this client, or nothing."""
        long = [each.query.client for each in self.crew.lanes.values() if each.long]
        if len(long) >= self.bounds.long_queries:
            return "of all clients"
        full = client and long.count(client) >= self.bounds.long_per_client
        return "of one client" if full else ""

    def _make_way(self, now: float) -> None:
        """Have a worker for each who waits, at the cost of whoever has worked most if need be."""
        lanes = list(self.crew.lanes.values())
        busy = [lane for lane in lanes if lane.query and not lane.long]
        if all(now - lane.query.since < QUICK_SECONDS for lane in busy):
            return  # there are many, but none is slow: in turn is the quickest way
        work = {lane: lane.measure_work(now - lane.query.since) for lane in busy}
        for lane in busy:
            if work[lane] >= QUICK_SECONDS:
                lane.give_way()
        lacking = len(self._waiting) - sum(1 for lane in lanes if not lane.query)
        room = self._most - len(lanes)
        if lacking > room:
            since = now - self.bounds.long_seconds
            slow = [
                lane
                for lane in busy
                if work[lane] >= SLOW_SECONDS or (lane.aside and lane.query.since <= since)
            ]
            slow.sort(key=work.get)
            for lane in slow[room - lacking :]:
                self._stop(lane, scheduler.stopped_for_others())
        self.crew.fill()
        self.crew.add(min(lacking, self._most - len(self.crew.lanes)))

    def _stop(self, lane: WorkerHandle, reason: BoundExceeded) -> None:
        query = lane.query
        ran = time.monotonic() - query.since
        if reason.bound == "time" or lane.measure_work(ran) >= self.bounds.long_seconds:
            self._heavy.remember(query.frame)
        lane.query = None
        self._killed += 1
        self.crew.retire(lane)
        self._settle(query, reason)

    def _drop_left(self) -> None:
        """Take those out of the line whose callers have gone."""
        for query in self._waiting.remove(lambda each: each.future.cancelled()):
            self._settle(query, scheduler.stopping())

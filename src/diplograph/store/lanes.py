"""Which query has which worker: quick lanes, long queries beside them, and what ends a query."""

from __future__ import annotations

import asyncio
import concurrent.futures
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from diplograph.core.errors import BoundExceeded, DiplographError
from diplograph.store import reasons
from diplograph.store.crew import Crew
from diplograph.store.engine import Answer, Bounds
from diplograph.store.frames import decode_reply, read_growth
from diplograph.store.heavy import Heavy
from diplograph.store.lane import Lane
from diplograph.store.waiting import Query, Waiting

TICK_SECONDS, WAITED_TICK_SECONDS = 0.025, 0.01  # the second while queries wait
# Once a query has waited for so long, more workers are forked, up to so many beside the others: all
# who wait share the processors then. Whoever has had so much of a processor goes behind the
# newcomers, and after so much is stopped for one where there are no more workers to be had.
PATIENCE_SECONDS, ADDED_LANES, QUICK_SECONDS, SLOW_SECONDS = 0.01, 16, 0.02, 0.05
SPARE_SECONDS = 5.0  # how long added workers stay when nobody waits: fresh ones are slow at first
OUT_OF_MEMORY = -signal.SIGABRT  # what an allocator does then
LEFT_SECONDS = 0.05  # how long a query may go on whose caller has gone
GROWN_MEBIBYTES = 64  # a worker that once grew by more gives its memory back by ending


@dataclass(frozen=True)
class Counts:
    """What a pool is at: queries running (long ones among them) and waiting, and its workers.

    `workers` is how many there are; `started` and `killed` count from the pool's start.
    """

    running: int
    waiting: int
    long: int
    workers: int
    started: int
    killed: int


class Lanes:
    """The queries of one pool, all of it on one event loop.

    As many workers as `workers` take queries. One whose query turns out long leaves them for as
    long as the query runs, and a fresh one takes its place, so that quick queries stay quick.
    While queries wait there are more, so that a quick one need not wait for the slow before it.
    """

    def __init__(self, folder: Path, workers: int, bounds: Bounds, loop: asyncio.AbstractEventLoop):
        self.bounds, self._loop = bounds, loop
        self.crew = Crew(folder, workers, bounds, loop, self)
        self._waiting = Waiting()
        self._under_way: dict[str, int] = {}  # queries by client
        self._heavy = Heavy()
        self._most = workers + bounds.long_queries + ADDED_LANES
        self._may_grow = min(GROWN_MEBIBYTES, bounds.memory_mebibytes // 4)
        self._drained: asyncio.Future[None] | None = None
        self._tick: asyncio.TimerHandle | None = None
        self._crowded = self._killed = 0
        self._closed = False

    def admit(self, query: Query) -> None:
        """Begin the query or let it wait; raises BoundExceeded where it can do neither."""
        bounds, client = self.bounds, query.client
        if self._closed or self._drained:
            raise reasons.stopping()
        under_way = self._under_way.get(client, 0)
        if client and under_way >= bounds.per_client:
            raise reasons.too_many_of_client(bounds)
        if self._heavy.knows(query.frame) and (whose := self._find_no_room(client)):
            raise reasons.no_room_for_long(bounds, whose)
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
            self._settle(query, reasons.stopping())

    def count(self) -> Counts:
        """Return what the pool is at."""
        lanes = list(self.crew.lanes.values())
        return Counts(
            running=sum(1 for lane in lanes if lane.query),
            waiting=len(self._waiting),
            long=sum(1 for lane in lanes if lane.long),
            workers=sum(1 for lane in lanes if lane.process),
            started=self.crew.started,
            killed=self._killed,
        )

    # ---- what the crew tells ------------------------------------------------------------------

    def hear(self, lane: Lane) -> None:
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
                self._settle(query, reasons.stopping())
            elif not self._begin(query):
                self._waiting.put_back(query)

    def lose(self, query: Query, status: int | None) -> None:
        """Say why the query has no answer: its worker has ended, with that status if known."""
        if status == OUT_OF_MEMORY:
            self._heavy.remember(query.frame)
        self._settle(query, reasons.lost(status, self.bounds))

    def refuse_waiting(self) -> None:
        """Send those away who wait for a worker, since there is none."""
        for query in self._waiting.remove(lambda _: True):
            self._settle(query, reasons.not_started())

    # ---- queries ------------------------------------------------------------------------------

    def _begin(self, query: Query) -> bool:
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
                raise reasons.queue_full()
            self._settle(victim, reasons.queue_full())

    def _settle(self, query: Query, outcome: Answer | DiplographError) -> None:
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
            self._settle(query, reasons.waited_too_long(self.bounds))
        if now - self._waiting.oldest > PATIENCE_SECONDS:
            self._make_way(now)
        if self._waiting:
            self._crowded = now
        elif now - self._crowded > SPARE_SECONDS:
            self.crew.shrink()
        if (self._under_way or self.crew.spare) and not self._tick:
            tick = WAITED_TICK_SECONDS if self._waiting else TICK_SECONDS
            self._tick = self._loop.call_later(tick, self._watch)

    def _judge(self, lane: Lane, query: Query, now: float) -> None:
        """Stop a query that nobody waits for or that is past its time; make way for a long one."""
        ran, bounds = now - query.since, self.bounds
        if query.future.cancelled():
            query.left = query.left or now
            if now - query.left >= LEFT_SECONDS:
                self._stop(lane, reasons.stopping())
        elif ran >= bounds.seconds:
            self._stop(lane, reasons.out_of_time(bounds))
        elif not lane.long and lane.measure_work(ran) >= bounds.long_seconds:
            if whose := self._find_no_room(query.client):
                self._stop(lane, reasons.no_room_for_long(bounds, whose))
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
                self._stop(lane, reasons.stopped_for_others())
        self.crew.fill()
        self.crew.add(min(lacking, self._most - len(self.crew.lanes)))

    def _stop(self, lane: Lane, reason: BoundExceeded) -> None:
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
            self._settle(query, reasons.stopping())

"""The workers of a pool: as many as are wanted, whatever befalls them or their template."""

from __future__ import annotations

import asyncio
from pathlib import Path

from diplograph.core.errors import DiplographError
from diplograph.store.engine import Bounds
from diplograph.store.lane import Lane
from diplograph.store.nursery import Nursery
from diplograph.store.waiting import Query

START_SECONDS = 60.0  # whatever takes longer to read one build will not come up at all
RETRY_SECONDS = 0.1  # until the next attempt where a worker could not be started,
LAST_RETRY_SECONDS = 1.0  # twice as long each time, up to this


class Crew:
    """Workers over one build; each is free, at a query, or on its way.

    `listener` hears on the loop when a worker is free (`begin_waiting`), has sent something
    (`hear`), when one has ended by itself amid a query (`lose`, with its status where that is
    known), and when none can be started (`refuse_waiting`).
    """

    def __init__(
        self, folder: Path, wanted: int, bounds: Bounds, loop: asyncio.AbstractEventLoop, listener
    ):
        self._folder, self._wanted, self._bounds = folder, wanted, bounds
        self._loop, self._listener = loop, listener
        self.lanes: dict[int, Lane] = {}
        self.free: list[Lane] = []
        self.started = 0
        self._numbers = 0
        self._lost: dict[int, Query] = {}  # by number of the worker, until the reason is known
        self._nursery: Nursery | None = None
        self._opened: asyncio.Future[str] = loop.create_future()
        self._retry: asyncio.TimerHandle | None = None
        self._delay = RETRY_SECONDS
        self._closed = False

    async def open(self) -> str:
        """Start all workers and return the digest of their build; raises DiplographError."""
        try:
            self._nursery = Nursery(self._folder, self._bounds, self._loop, self._hear_template)
            async with asyncio.timeout(START_SECONDS):
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
                lane = Lane(self._numbers, self._loop, self._nursery)
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

    def put_back(self, lane: Lane) -> None:
        """Take a worker back that has answered."""
        self._delay = RETRY_SECONDS  # not when it is forked: it may end before it can answer
        if lane.aside or (lane.nursery.gone and self._nursery.ready):  # a build of its own
            self.retire(lane)
        else:
            self.free.append(lane)

    def retire(self, lane: Lane) -> None:
        """End a worker, whatever it is at, and have its successor forked where one is wanted."""
        self._forget(lane.number)
        lane.nursery.kill(lane.number)
        self.fill()

    def lose(self, lane: Lane) -> None:
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

    def close(self) -> list[Query]:
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

    def _hear_template(self, nursery: Nursery, report: dict | None) -> None:
        if report is None:
            self._lose_template()
        elif "digest" in report:
            nursery.ready = True
            self._digest, self._delay = report["digest"], RETRY_SECONDS
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
            self._nursery = Nursery(self._folder, self._bounds, self._loop, self._hear_template)
        except OSError:  # no process or no memory left for one
            self._fill_later()

    def _fill_later(self) -> None:
        """Try again after a while, longer each time; nobody is to wait for what may never come."""
        if not self.lanes:
            self._listener.refuse_waiting()
        if self._closed or self._retry:
            return
        self._retry = self._loop.call_later(self._delay, self._fill_again)
        self._delay = min(self._delay * 2, LAST_RETRY_SECONDS)

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

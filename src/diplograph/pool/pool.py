"""Pool of query workers: a query past its bounds is killed with its worker, no other is harmed."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from contextlib import suppress
from pathlib import Path

from diplograph.core.errors import DiplographError
from diplograph.core.settings import POOL_CLOSE_SECONDS, QueryBounds
from diplograph.pool.messages import PendingQuery, encode_request
from diplograph.pool.scheduler import PoolCounts, Scheduler
from diplograph.store.build_files import lock_build
from diplograph.store.interface import Answer, QueryRequest


class Pool:
    """An engine of several worker processes over one build folder, each bounded and replaceable.

    It runs on an event loop: one of its own in a thread if made by `Pool(folder)`, the running one
    if made by `await Pool.start(folder)`. Threads may share it. The folder is locked, since workers
    may start from it at any time.
    """

    def __init__(self, folder: Path, *, workers: int = 2, bounds: QueryBounds | None = None):
        """Start a pool and wait until it is ready; raises DiplographError where it cannot be."""
        loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=loop.run_forever, name="pool", daemon=True)
        self._thread.start()
        opening = asyncio.run_coroutine_threadsafe(self._open(folder, workers, bounds), loop)
        try:
            opening.result()
        except BaseException:
            self._end_loop(loop)
            raise

    @classmethod
    async def start(
        cls, folder: Path, *, workers: int = 2, bounds: QueryBounds | None = None
    ) -> Pool:
        """Return a pool on the running loop; raises DiplographError where it cannot be."""
        pool = cls.__new__(cls)
        pool._thread = None
        await pool._open(folder, workers, bounds)
        return pool

    def submit(self, request: QueryRequest, client: str = "") -> asyncio.Future[Answer]:
        """Return the future of the answer; to be called on the pool's loop.

        Cancelling it stops the query. Raises BoundExceeded at once: its bound is queue when too
        many wait, client (TooManyRequests) when too many of this client, "" for none, are under
        way, worker when the pool is closing. The future raises what Store.query raises,
        NotAcceptable, and BoundExceeded, queue when it waited too long, worker when its process
        was lost.
        """
        future = self._loop.create_future()
        self._scheduler.admit(PendingQuery(encode_request(request), client, future))
        return future

    def answer(self, request: QueryRequest, client: str = "") -> Answer:
        """Return the complete answer, from any thread but the loop's; raises as `submit` does."""
        if threading.get_ident() == self._loop_thread:
            raise RuntimeError("this thread runs the pool's loop: await what submit returns")
        query = PendingQuery(encode_request(request), client, concurrent.futures.Future())
        with self._closing:
            if self._closed:
                raise self._scheduler.error("stopping")
            self._loop.call_soon_threadsafe(self._admit, query)
        try:
            return query.future.result()
        except BaseException:
            query.future.cancel()  # of use where this thread was interrupted
            raise

    async def drain(self) -> None:
        """Take no more queries, wait until those under way have their answers, and close."""
        draining = self._scheduler.drain()
        if asyncio.get_running_loop() is not self._loop:
            draining = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(draining, self._loop))
        await draining
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Kill every worker and wait for its end; a second call does nothing."""
        with self._closing:
            if self._closed:
                return
            self._closed = True
        if self._loop.is_running() and threading.get_ident() != self._loop_thread:
            closed = concurrent.futures.Future()
            self._loop.call_soon_threadsafe(lambda: closed.set_result(self._scheduler.close()))
            closed.result(POOL_CLOSE_SECONDS)
        else:
            self._scheduler.close()
        self._scheduler.pool.wait()
        self._unlock()
        if self._thread:
            self._end_loop(self._loop)

    def counts(self) -> PoolCounts:
        """Return how many queries and workers there are."""
        return self._scheduler.count()

    @property
    def build_lost(self) -> bool:
        """Whether no worker can be replaced, since the files of the build are gone."""
        return self._scheduler.pool.build_lost

    async def _open(self, folder: Path, workers: int, bounds: QueryBounds | None) -> None:
        self._loop, self._loop_thread = asyncio.get_running_loop(), threading.get_ident()
        self._closing, self._closed = threading.Lock(), False
        self.folder, self.bounds = Path(folder).resolve(), bounds or QueryBounds()
        self._scheduler = Scheduler(self.folder, workers, self.bounds)
        try:
            self.digest = await self._scheduler.pool.open()
            self._unlock = lock_build(self.folder)
        except BaseException as error:
            self._scheduler.close()
            await asyncio.to_thread(self._scheduler.pool.wait)
            if isinstance(error, OSError):  # removed since it was read
                raise DiplographError("a query worker could not open the build") from error
            raise

    def _admit(self, query: PendingQuery) -> None:
        try:
            self._scheduler.admit(query)
        except Exception as error:  # whatever it was, a thread waits for the outcome
            with suppress(concurrent.futures.InvalidStateError):  # it no longer waits
                query.future.set_exception(error)

    def _end_loop(self, loop: asyncio.AbstractEventLoop) -> None:
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join()
        loop.close()

"""The build that is served, with its engine and its pages, and its successor after a reload."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor

from flask import Flask

from diplograph.core.errors import DiplographError
from diplograph.store.interface import Answer, Engine, QueryRequest
from diplograph.web.http import ResponseCache


class Site:
    """One build as it is served: its engine, its pages, its cached responses.

    `digest` is the engine's when the site was made: an engine elsewhere may load another build.
    """

    def __init__(self, engine: Engine, app: Flask, cache: ResponseCache | None = None):
        self.engine, self.app, self.digest = engine, app, engine.digest
        self.cache = ResponseCache() if cache is None else cache
        self._calls: set[asyncio.Future] = set()

    def query(self, query: QueryRequest, client: str, threads: Executor) -> asyncio.Future[Answer]:
        """Return the future of an answer; an engine without `submit` blocks a thread for it."""
        if hasattr(self.engine, "submit"):
            return self.engine.submit(query, client)
        return self.run(threads, self.engine.answer, query, client)

    def run(self, threads: Executor, function: Callable, *arguments: object) -> asyncio.Future:
        """Return the future of what `function` returns; until then the engine stays open for it."""
        call = asyncio.get_running_loop().run_in_executor(threads, function, *arguments)
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return call

    async def retire(self) -> None:
        """Let requests under way finish, then close the engine; at once when cancelled."""
        try:
            while self._calls:  # a page runs several queries, one after the other
                await asyncio.wait(self._calls)
            if hasattr(self.engine, "drain"):
                await self.engine.drain()
        finally:
            self.engine.close()


class Sites:
    """The site that is served now; a reload replaces it without dropping a request."""

    def __init__(self, open_site: Callable[[str], Awaitable[Site | None]]):
        """`open_site` returns a site that is ready, or None if it has the digest that is passed."""
        self._open, self._reloading = open_site, asyncio.Lock()
        self._retiring: dict[asyncio.Task[None], Site] = {}
        self.current: Site | None = None

    async def open(self) -> Site:
        """Return the first site; raises DiplographError where there is no build."""
        self.current = await self._open("")
        if self.current is None:
            raise DiplographError("there is no build to serve")
        return self.current

    async def reload(self, *, renew: bool = False) -> bool:
        """Serve the build of the files as they are; return whether it is another one than before.

        `renew`: open it anew even where it is the same. Requests that began before are answered
        from the build they began with. Raises what opening a site raises; then the former build is
        served on.
        """
        async with self._reloading:
            before = self.current
            successor = await self._open("" if renew else before.digest)
            if successor is None:
                return False
            self.current = successor
        retiring = asyncio.ensure_future(before.retire())
        self._retiring[retiring] = before  # the loop itself holds tasks but weakly
        retiring.add_done_callback(self._retiring.pop)
        return successor.digest != before.digest

    def close(self) -> None:
        """Close the engine of the current site, and those of former sites that are retiring."""
        for task, site in list(self._retiring.items()):
            task.cancel()
            site.engine.close()  # now: the loop may not come to the task again
        if self.current is not None:
            self.current.engine.close()

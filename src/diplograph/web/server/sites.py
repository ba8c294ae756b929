"""What is served: one build with its engine and its pages, and its successor after a reload."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor
from typing import TypeVar

from flask import Flask

from diplograph.core.errors import DiplographError
from diplograph.store.interface import Answer, Engine, QueryRequest
from diplograph.web.http import AnswerCache

Result = TypeVar("Result")


class Site:
    """One build as it is served: what answers queries, the pages, the answers already given.

    `digest` is the engine's when the site was made: an engine elsewhere may be given another build.
    """

    def __init__(self, engine: Engine, app: Flask, answers: AnswerCache | None = None):
        self.engine, self.app, self.digest = engine, app, engine.digest
        self.answers = AnswerCache() if answers is None else answers
        self._calls: set[asyncio.Future] = set()

    def ask(self, asked: QueryRequest, client: str, threads: Executor) -> asyncio.Future[Answer]:
        """Return the future of an answer; an engine that keeps its caller waiting gets a thread."""
        submit = getattr(self.engine, "submit", None)
        if submit is not None:
            return submit(asked, client)
        return self.run(threads, self.engine.answer, asked, client)

    def run(
        self, threads: Executor, function: Callable[..., Result], *arguments: object
    ) -> asyncio.Future[Result]:
        """Return the future of what `function` returns; it may ask the engine until it is done."""
        call = asyncio.get_running_loop().run_in_executor(threads, function, *arguments)
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        return call

    async def retire(self) -> None:
        """Let what is under way finish, then end the engine; cancelled, it ends it at once."""
        try:
            while self._calls:  # a page asks several queries, each after the one before
                await asyncio.wait(self._calls)
            drain = getattr(self.engine, "drain", None)
            if drain is not None:
                await drain()
        finally:
            self.engine.close()


class Sites:
    """The site that is served now; another takes its place without a request being dropped."""

    def __init__(self, open_site: Callable[[str], Awaitable[Site | None]]):
        """`open_site` returns a site that is ready, or None where the digest it is given holds."""
        self._open, self._reloading = open_site, asyncio.Lock()
        self._retiring: dict[asyncio.Task[None], Site] = {}
        self.current: Site | None = None

    async def open(self) -> Site:
        """Return the first site; raises DiplographError where there is none to be had."""
        self.current = await self._open("")
        if self.current is None:
            raise DiplographError("there is no build to serve")
        return self.current

    async def reload(self) -> bool:
        """Serve what the files say now; return whether that is another build than before.

        Requests that began before are answered from the build they began with. Raises what opening
        a site raises; the build that was served then still is.
        """
        async with self._reloading:
            before = self.current
            successor = await self._open(before.digest)
            if successor is None:
                return False
            self.current = successor
        retiring = asyncio.ensure_future(before.retire())
        self._retiring[retiring] = before  # the loop itself holds tasks but weakly
        retiring.add_done_callback(self._retiring.pop)
        return True

    def close(self) -> None:
        """End the engine of the current site, and those of its forerunners that are retiring."""
        for task, site in list(self._retiring.items()):
            task.cancel()
            site.engine.close()  # now: the loop may not come to the task again
        if self.current is not None:
            self.current.engine.close()

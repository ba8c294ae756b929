"""The application behind the HTTP server (RSGI): programs' queries at once, all else by Flask."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from concurrent.futures import Executor
from typing import TYPE_CHECKING

from diplograph.core.errors import DiplographError
from diplograph.web.accesslog import AccessLog, identify
from diplograph.web.arrival import Bodies, check_head, read_body, read_head
from diplograph.web.exchange import Request, Response
from diplograph.web.gateway import call
from diplograph.web.headers import shared
from diplograph.web.metrics import Metrics
from diplograph.web.protocol import METHODS, asks_description
from diplograph.web.refusals import Refusal, describe, tell, wants_page
from diplograph.web.sending import Spool, send
from diplograph.web.settings import Settings
from diplograph.web.site import Site, Sites
from diplograph.web.sparql import Prepared, prepare, resend, respond

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol, Scope


LOGGER = logging.getLogger(__name__)
QUERIES, METRICS = "/sparql", "/metrics"
# A query that takes longer is stopped where its client has gone; a quicker one is not worth it.
WATCHED_SECONDS = 0.1
# As nginx has it: the client closed the connection before it was answered. Never sent, only logged.
CLIENT_LEFT = 499


class Front:
    """What the HTTP server calls for each request; it lives on one event loop."""

    def __init__(
        self,
        sites: Sites,
        settings: Settings,
        threads: Executor,
        metrics: Metrics,
        log: AccessLog,
    ):
        self.sites, self.settings, self.threads = sites, settings, threads
        self.metrics, self.log = metrics, log
        self._bodies, self._spool = Bodies(), Spool()
        self._waiting: dict[asyncio.Future, tuple[HTTPProtocol, float]] = {}
        self._watchers: set[asyncio.Task] = set()

    async def __call__(self, scope: Scope, proto: HTTPProtocol) -> None:
        """Answer one request, whatever it is; nothing is raised."""
        started = time.perf_counter()
        request, cached, parked = Request(scope.method, scope.path), None, None
        try:
            request = read_head(scope, self.settings)
            check_head(scope, request)
            with self._bodies.hold(request.client) as count:
                if request.method not in {"GET", "HEAD"}:
                    request = await read_body(request, proto, self.settings, count)
                response, cached = await self._respond(request, proto)
            parked = await self._spool.park(response.body)
        except asyncio.CancelledError:
            response = Response(CLIENT_LEFT)
        except TimeoutError:
            response = _refuse_slow(request, self.settings.body_seconds)
        except Exception as error:  # the very edge: told in one sentence, logged in full
            response = _refuse(error, request)
        request_id = identify(request)
        if response.status != CLIENT_LEFT:
            more = (*shared(request.path), ("X-Request-ID", request_id))
            try:
                send(proto, response, more, parked)
            except Exception as error:  # the very edge again: there is nobody left to tell
                LOGGER.error("no answer was sent at %r", request.path, exc_info=error)
                response = Response(CLIENT_LEFT)
        seconds = time.perf_counter() - started
        self.metrics.observe(request, response, seconds, cached)
        self.log.write(request, response, seconds, request_id, cached)

    def close(self) -> None:
        """Let go of the files in which large answers wait."""
        self._spool.close()

    async def watch(self) -> None:
        """Look out, until cancelled, for clients that leave while their queries are under way."""
        while True:
            await asyncio.sleep(WATCHED_SECONDS)
            due = time.perf_counter() - WATCHED_SECONDS
            for future, (proto, started) in list(self._waiting.items()):
                if started < due:
                    del self._waiting[future]
                    watcher = asyncio.ensure_future(_cancel_when_left(future, proto))
                    self._watchers.add(watcher)
                    watcher.add_done_callback(self._watchers.discard)

    async def _respond(self, request: Request, proto: HTTPProtocol) -> tuple[Response, bool | None]:
        """Return the response, and whether it was kept from before; None where that is no case."""
        site = self.sites.current
        if request.method == "OPTIONS" and request.path == "*":  # RFC 9110, 9.3.7
            return Response(204, (("Allow", ", ".join(METHODS)),)), None
        if request.path == QUERIES and not asks_description(request) and not _likes_pages(request):
            prepared = prepare(request, site.engine.digest, self.settings)
            if isinstance(prepared, Response):
                return prepared, None
            if not prepared.choice.page:
                return await self._answer(site, prepared, request, proto)
        if request.path == METRICS:
            return self.metrics.answer(request, self.settings), None
        return await site.run(self.threads, call, site.app, request), None

    async def _answer(
        self, site: Site, prepared: Prepared, request: Request, proto: HTTPProtocol
    ) -> tuple[Response, bool | None]:
        tag = prepared.tag if request.method == "GET" else None
        kept = site.answers.find(tag)
        if kept is not None:
            return resend(prepared, kept, request), True
        try:
            future = site.ask(prepared.asked, request.client, self.threads)
            self._waiting[future] = proto, time.perf_counter()
            try:
                answer = await future
            finally:
                self._waiting.pop(future, None)
            response = respond(prepared, answer, request)
        except DiplographError as error:
            return _refuse(error, request, prepared.asked.text), None
        if tag is not None and response.status == 200:
            site.answers.keep(tag, response)
        return response, None if tag is None else False


def _refuse(error: Exception, request: Request, text: str = "") -> Response:
    refusal = describe(error, text)
    if refusal.status == 500:
        LOGGER.error("%s at %r", type(error).__name__, request.path, exc_info=error)
    return tell(refusal, request)


async def _cancel_when_left(future: asyncio.Future, proto: HTTPProtocol) -> None:
    """Cancel `future` when the client goes before it is done."""
    left = asyncio.ensure_future(proto.client_disconnect())
    await asyncio.wait({left, future}, return_when=asyncio.FIRST_COMPLETED)
    if not future.done():
        future.cancel()
    left.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await left


def _likes_pages(request: Request) -> bool:
    return "html" in request.headers.get("accept", "") and wants_page(request)


def _refuse_slow(request: Request, seconds: float) -> Response:
    message = f"the request's body did not arrive within {seconds:g} s"
    refusal = Refusal(408, {"error": "RequestTimeout", "message": message})
    response = tell(refusal, request)
    return Response(408, (*response.headers, ("Connection", "close")), response.body)

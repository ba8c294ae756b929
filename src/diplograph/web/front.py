"""The application behind the HTTP server (RSGI): programs' queries at once, all else by Flask."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import time
from collections.abc import Mapping
from concurrent.futures import Executor
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from diplograph.errors import DiplographError, TooLong, UsageError
from diplograph.web.accesslog import AccessLog, identify
from diplograph.web.exchange import Request, Response
from diplograph.web.gateway import call
from diplograph.web.headers import shared
from diplograph.web.metrics import Metrics
from diplograph.web.protocol import asks_description, largest_body
from diplograph.web.refusals import Refusal, describe, tell, wants_page
from diplograph.web.sending import send
from diplograph.web.settings import Settings
from diplograph.web.site import Site, Sites
from diplograph.web.sparql import Prepared, prepare, respond

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol, Scope

LOGGER = logging.getLogger(__name__)
QUERIES, METRICS = "/sparql", "/metrics"
# A query that takes longer is stopped where its client has gone; a quicker one is not worth it.
WATCHED_SECONDS = 0.1
_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
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
        self._largest = largest_body(settings.bounds)
        self._prefix = urlsplit(settings.base_url).path.rstrip("/")
        self._waiting: dict[asyncio.Future, tuple[HTTPProtocol, float]] = {}
        self._watchers: set[asyncio.Task] = set()

    async def __call__(self, scope: Scope, proto: HTTPProtocol) -> None:
        """Answer one request, whatever it is; nothing is raised."""
        started = time.perf_counter()
        request, cached = self._read_head(scope), None
        try:
            if not _is_host(request.headers.get("host", scope.server)):
                raise UsageError("the request names no host that there could be")
            if request.method not in {"GET", "HEAD"}:
                request = await self._read_body(request, proto)
            response, cached = await self._respond(request, proto)
        except asyncio.CancelledError:
            response = Response(CLIENT_LEFT)
        except TimeoutError:
            response = _refuse_slow(request, self.settings.body_seconds)
        except Exception as error:  # the very edge: told in one sentence, logged in full
            response = _refuse(error, request)
        request_id = identify(request)
        if response.status != CLIENT_LEFT:
            await send(proto, response, (*shared(request.path), ("X-Request-ID", request_id)))
        seconds = time.perf_counter() - started
        self.metrics.observe(request, response, seconds, cached)
        self.log.write(request, response, seconds, request_id, cached)

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
        if request.path == QUERIES and not asks_description(request) and not _likes_pages(request):
            prepared = prepare(request, site.engine.digest, self.settings)
            if isinstance(prepared, Response):
                return prepared, None
            if not prepared.choice.page:
                return await self._answer(site, prepared, request, proto)
        if request.path == METRICS:
            return self.metrics.answer(request, self.settings), None
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.threads, call, site.app, request), None

    async def _answer(
        self, site: Site, prepared: Prepared, request: Request, proto: HTTPProtocol
    ) -> tuple[Response, bool | None]:
        tag = prepared.tag if request.method == "GET" else None
        kept = site.answers.find(tag)
        if kept is not None:
            return kept, True
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

    def _read_head(self, scope: Scope) -> Request:
        items = scope.headers.items()
        headers = dict(items)
        if len(headers) != len(items):
            headers = _join(items)
        path, client = scope.path, scope.client.rpartition(":")[0].strip("[]")
        if self._prefix and path.startswith(f"{self._prefix}/"):
            path = path[len(self._prefix) :]
        if self.settings.trust_proxy and "x-forwarded-for" in headers:
            client = headers["x-forwarded-for"].rpartition(",")[2].strip()
        host = headers.get("host") or scope.server
        address = self.settings.base_url or f"{scope.scheme}://{host}"
        return Request(
            scope.method, path, scope.query_string, headers, b"", client, address.rstrip("/")
        )

    async def _read_body(self, request: Request, proto: HTTPProtocol) -> Request:
        """Return `request` with its body; raises TooLong, and TimeoutError where it is slow."""
        declared = request.headers.get("content-length", "0")
        length, parts = int(declared) if declared.isdecimal() else 0, []
        if length <= self._largest:
            length = 0
            async with asyncio.timeout(self.settings.body_seconds):
                async for part in proto:
                    length += len(part)
                    if length > self._largest:
                        break
                    parts.append(bytes(part))
        if length > self._largest:
            limit = self._largest / 1024 / 1024
            message = f"the request is larger than the {limit:.2g} MiB one may have"
            raise TooLong(message, bound="length")
        return Request(
            request.method,
            request.path,
            request.query,
            request.headers,
            b"".join(parts),
            request.client,
            request.address,
        )


def _refuse(error: Exception, request: Request, text: str = "") -> Response:
    refusal = describe(error, text)
    if refusal.status == 500:
        LOGGER.error("%s at %s", type(error).__name__, request.path, exc_info=error)
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


@lru_cache(maxsize=64)
def _is_host(text: str) -> bool:
    """Return whether a Host header has the form that RFC 9110, section 7.2, asks of it."""
    found = _HOST.fullmatch(text)
    return bool(found) and int(found[1] or 0) <= 65535


def _likes_pages(request: Request) -> bool:
    return "html" in request.headers.get("accept", "") and wants_page(request)


def _refuse_slow(request: Request, seconds: float) -> Response:
    message = f"the request's body did not arrive within {seconds:g} s"
    refusal = Refusal(408, {"error": "RequestTimeout", "message": message})
    response = tell(refusal, request)
    return Response(408, (*response.headers, ("Connection", "close")), response.body)


def _join(items: list[tuple[str, str]]) -> Mapping[str, str]:
    """Return headers by name, those that come twice in one list (RFC 9110, section 5.3)."""
    headers: dict[str, str] = {}
    for name, value in items:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers

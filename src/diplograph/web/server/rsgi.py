"""The RSGI application: requests within bounds, queries answered here, the rest by Flask."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.wrappers import Response as WerkzeugResponse

from diplograph.core.errors import (
    BoundExceeded,
    DiplographError,
    HeadTooLong,
    MethodNotAllowed,
    NotExpressible,
    TooManyRequests,
    UsageError,
)
from diplograph.core.settings import (
    BODY_BYTES,
    CLIENT_BODY_BYTES,
    CLIENT_WATCH_SECONDS,
    HEAD_BYTES,
    KIBIBYTE,
    PAGES_AT_ONCE,
    Settings,
)
from diplograph.web import http
from diplograph.web.access_log import AccessLog, identify
from diplograph.web.errors import ErrorReport, describe_error, respond_error, wants_page
from diplograph.web.flask_adapter import read_response
from diplograph.web.http import HttpRequest, HttpResponse
from diplograph.web.metrics import Metrics, name_route
from diplograph.web.protocol.negotiate import exclude_format
from diplograph.web.protocol.requests import PROTOCOL_METHODS, largest_body, refuse_body
from diplograph.web.protocol.service_description import ENDPOINT
from diplograph.web.protocol.sparql import Prepared, answer_query, decide, find_cached
from diplograph.web.server.connections import InHand
from diplograph.web.server.sites import Site, Sites
from diplograph.web.server.turns import Turns

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol, Scope


_LOGGER = logging.getLogger(__name__)
_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
# As nginx has it: the client closed the connection before it was answered. Never sent, only logged.
CLIENT_LEFT = 499
# What waits for no page, for whoever watches the server and for the parts of a page.
_QUICK_ROUTES = frozenset(("health", "ready", "static"))


class RsgiApp:
    """The RSGI application that the HTTP server calls for each request, on one event loop."""

    def __init__(
        self, sites: Sites, settings: Settings, threads: Executor, metrics: Metrics, log: AccessLog
    ):
        self.sites, self.settings, self.threads = sites, settings, threads
        self.metrics, self.log = metrics, log
        self._bodies, self.in_hand = Bodies(), InHand()
        bounds = settings.bounds
        waiting = bounds.waiting, bounds.per_client
        self._pages = Turns(PAGES_AT_ONCE, settings.client_pages, *waiting)
        self._quick = Turns(PAGES_AT_ONCE, settings.client_pages, *waiting)
        self._waiting: dict[asyncio.Future, tuple[HTTPProtocol, float]] = {}
        self._watchers: set[asyncio.Task] = set()

    async def __call__(self, scope: Scope, proto: HTTPProtocol) -> None:
        """Answer one request; whatever happens, nothing is raised."""
        started = time.perf_counter()
        request = HttpRequest(scope.method, scope.path)
        try:
            request = read_head(scope, self.settings)
            check_head(scope, request)
            with self._bodies.hold(request.client) as count:
                if request.method not in {"GET", "HEAD"}:
                    request = await read_body(request, proto, self.settings, count)
                with self.in_hand.hold(scope.client):
                    response = await self._respond(request, proto)
        except asyncio.CancelledError:
            response = HttpResponse(CLIENT_LEFT)
        except TimeoutError:
            message = f"the request's body did not arrive within {self.settings.body_seconds:g} s"
            report = ErrorReport(408, {"error": "RequestTimeout", "message": message})
            response = respond_error(report, request)
            response = replace(response, headers=(*response.headers, ("Connection", "close")))
        except Exception as error:  # the outermost level: the client gets a sentence, the log all
            response = _refuse(error, request)
        request_id = identify(request)
        if response.status != CLIENT_LEFT and not _send(proto, response, request, request_id):
            response = HttpResponse(CLIENT_LEFT)
        seconds = time.perf_counter() - started
        self.metrics.observe(request, response, seconds)
        self.log.write(request, response, seconds, request_id)

    async def watch(self) -> None:
        """Cancel, until cancelled itself, queries and pages waited for whose clients leave."""
        while True:
            await asyncio.sleep(CLIENT_WATCH_SECONDS)
            due = time.perf_counter() - CLIENT_WATCH_SECONDS
            for future, (proto, started) in list(self._waiting.items()):
                if started < due:
                    del self._waiting[future]
                    watcher = asyncio.ensure_future(_cancel_when_left(future, proto))
                    self._watchers.add(watcher)
                    watcher.add_done_callback(self._watchers.discard)

    async def _respond(self, request: HttpRequest, proto: HTTPProtocol) -> HttpResponse:
        """Return the response: to a program's query and /metrics from here, else from Flask."""
        site = self.sites.current
        if request.method == "OPTIONS" and request.path == "*":  # RFC 9110, 9.3.7
            return HttpResponse(204, (("Allow", ", ".join(PROTOCOL_METHODS)),))
        if request.path == ENDPOINT and not (
            "html" in request.headers.get("accept", "") and wants_page(request)
        ):
            decision = decide(request, site.engine.digest, self.settings)
            if isinstance(decision, HttpResponse):
                return decision
            if isinstance(decision, Prepared) and not decision.choice.page:
                return await self._answer(site, decision, request, proto)
        if request.path == "/metrics":
            return self.metrics.answer(request, self.settings)
        turns = self._quick if name_route(request.path) in _QUICK_ROUTES else self._pages
        return await self._make_page(turns, request, proto)

    async def _make_page(
        self, turns: Turns, request: HttpRequest, proto: HTTPProtocol
    ) -> HttpResponse:
        """Return the response of Flask, once it is the client's turn."""
        client = request.client
        turn = turns.request(client)
        try:
            if not turn.done():
                self._waiting[turn] = proto, time.perf_counter()
            await turn
        except asyncio.CancelledError:  # the client has left
            turns.leave(client, turn)
            raise
        finally:
            self._waiting.pop(turn, None)
        site = self.sites.current
        try:
            call = site.run(self.threads, call_wsgi, site.app, request)
        except RuntimeError:  # the threads have ended: the server stops
            turns.end(client)
            raise
        call.add_done_callback(lambda _: turns.end(client))
        return await asyncio.shield(call)  # a thread goes on even where its client leaves

    async def _answer(
        self, site: Site, prepared: Prepared, request: HttpRequest, proto: HTTPProtocol
    ) -> HttpResponse:
        cached = find_cached(prepared, request, site.cache)
        if cached is not None:
            return cached
        try:
            future = site.query(prepared.query, request.client, self.threads)
            self._waiting[future] = proto, time.perf_counter()
            try:
                answer = await future
            finally:
                self._waiting.pop(future, None)
            return answer_query(prepared, answer, request, site.cache)
        except NotExpressible as error:
            accept = exclude_format(request.headers.get("accept", ""), error.form)
            if accept is None or prepared.choice.by_word:
                return _refuse(error, request, prepared.query.text)
            return await self._respond(
                replace(request, headers={**request.headers, "accept": accept}), proto
            )
        except DiplographError as error:
            return _refuse(error, request, prepared.query.text)


class _WsgiResponse(WerkzeugResponse):
    default_mimetype = None  # a 304 that named a type would change what a cache has


def call_wsgi(app: Flask, request: HttpRequest) -> HttpResponse:
    """Return the response of `app`, its body complete."""
    environ = _create_environ(request)
    response = _WsgiResponse.from_app(app, environ, buffered=True)
    answered = read_response(environ, response)
    response.close()
    return answered


def _create_environ(request: HttpRequest) -> dict[str, object]:
    """Return the environment of PEP 3333, whose texts are bytes read as Latin-1."""
    public = urlsplit(request.address)
    texts = {"SCRIPT_NAME": public.path, "PATH_INFO": request.path, "QUERY_STRING": request.query}
    environ = {
        http.WRITTEN_RESPONSES: [],
        "REQUEST_METHOD": request.method,
        "REMOTE_ADDR": request.client,
        "SERVER_NAME": public.hostname or "localhost",
        "SERVER_PORT": str(public.port or (443 if public.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": public.scheme or "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in texts.items():
        environ[name] = value.encode("utf-8", "surrogateescape").decode("latin-1")
    for name, value in request.headers.items():
        if "_" not in name:  # else it would be taken for the header with a hyphen
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    environ["HTTP_HOST"] = public.netloc
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ


def _send(
    proto: HTTPProtocol, response: HttpResponse, request: HttpRequest, request_id: str
) -> bool:
    """Send `response` with the headers that all have; return whether that could be done."""
    named = {name for name, _ in response.headers}
    shared = http.shared_headers(request.path, request.query, response.status)
    more = (*shared, ("X-Request-ID", request_id))
    headers = [*response.headers, *(field for field in more if field[0] not in named)]
    try:
        proto.response_bytes(response.status, headers, response.body)
    except Exception as error:  # the outermost level again: the connection is gone
        _LOGGER.error("no answer was sent at %r", request.path, exc_info=error)
        return False
    return True


def _refuse(error: Exception, request: HttpRequest, text: str = "") -> HttpResponse:
    report = describe_error(error, text)
    if report.status == 500:
        _LOGGER.error("%s at %r", type(error).__name__, request.path, exc_info=error)
    return respond_error(report, request)


async def _cancel_when_left(future: asyncio.Future, proto: HTTPProtocol) -> None:
    """Cancel `future` when the client leaves before it is done."""
    left = asyncio.ensure_future(proto.client_disconnect())
    await asyncio.wait({left, future}, return_when=asyncio.FIRST_COMPLETED)
    future.cancel()  # does nothing where it is done
    left.cancel()
    with suppress(asyncio.CancelledError):
        await left


# ---- reading requests ------------------------------------------------------------------------


class Bodies:
    """The bytes of all request bodies that are in memory, in all and of each client."""

    def __init__(self, most: int = BODY_BYTES, most_of_client: int = CLIENT_BODY_BYTES):
        self._most, self._most_of_client = most, most_of_client
        self._of: Counter[str] = Counter()
        self._held = 0

    @contextmanager
    def hold(self, client: str) -> Iterator[Callable[[int], None]]:
        """Give a function that counts further bytes of one body; at the end they are subtracted.

        It raises BoundExceeded past the bound of all bodies, TooManyRequests past the client's.
        """
        held = 0

        def count(length: int) -> None:
            nonlocal held
            held += length
            self._held += length
            self._of[client] += length
            message = "too many bytes in request bodies"
            if self._of[client] > self._most_of_client:
                raise TooManyRequests(f"{message} of this client", bound="client")
            if self._held > self._most:
                raise BoundExceeded(message, bound="queue")

        try:
            yield count
        finally:
            self._held -= held
            self._of[client] -= held
            if not self._of[client]:
                del self._of[client]


def read_head(scope: Scope, settings: Settings) -> HttpRequest:
    """Return the request without its body, its path below the base address, if there is one."""
    items = scope.headers.items()
    headers = dict(items)
    if len(headers) != len(items):  # some come twice: they are one list (RFC 9110, 5.3)
        headers = {}
        for name, value in items:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    path, client = scope.path, http.name_client(_without_port(scope.client))
    prefix = urlsplit(settings.base_url).path.rstrip("/")
    if prefix and path.startswith(f"{prefix}/"):
        path = path[len(prefix) :]
    if settings.trust_proxy and "x-forwarded-for" in headers:
        last = headers["x-forwarded-for"].rpartition(",")[2].strip()  # by the proxy before this
        named = http.name_client(last.strip("[]")) or http.name_client(_without_port(last))
        client = named or client
    host = scope.authority or headers.get("host") or scope.server  # RFC 9112, 3.2.2
    address = settings.base_url or f"{scope.scheme}://{host}"
    return HttpRequest(
        scope.method, path, scope.query_string, headers, b"", client, address.rstrip("/")
    )


def check_head(scope: Scope, request: HttpRequest) -> None:
    """Raise UsageError for an invalid Host header, or for none in HTTP/1.1 (RFC 9112, 3.2).

    The HTTP server accepts any; the links of pages and the IRIs of descriptions begin with it.
    Raises HeadTooLong (RFC 6585, 5), since the HTTP server reads more than its buffer's size
    where all comes at once; and MethodNotAllowed for a method that is not in capitals (RFC 9110,
    9.1), which Flask would take for another.
    """
    length = len(scope.path) + len(scope.query_string)
    length += sum(len(name) + len(value) + 4 for name, value in request.headers.items())
    if length > HEAD_BYTES:
        limit = f"{HEAD_BYTES // KIBIBYTE} KiB"
        raise HeadTooLong(f"address and headers may have {limit} in all", bound="length")
    default = "" if scope.http_version == "1.1" else scope.server
    host = request.headers.get("host", default)
    if not (_is_host(host) and _is_host(scope.authority or host)):
        raise UsageError("invalid Host header")
    if request.method != request.method.upper():
        message = f"method {request.method} is not allowed: methods are in capitals"
        raise MethodNotAllowed(message, allowed=("GET", "HEAD", "OPTIONS"))


async def read_body(
    request: HttpRequest, proto: HTTPProtocol, settings: Settings, count: Callable[[int], None]
) -> HttpRequest:
    """Return `request` with its whole body; `count` is called with the length of each part.

    Raises TooLong, UsageError for an incomplete body, TimeoutError past `settings.body_seconds`,
    and what `count` raises.
    """
    largest = largest_body(settings.bounds)
    declared = request.headers.get("content-length", "0")
    wanted = int(declared) if declared.isdecimal() else 0
    if wanted > largest:
        raise refuse_body(largest)
    parts, length, empty = [], 0, 0
    async with asyncio.timeout(settings.body_seconds):
        async for part in proto:
            length += len(part)
            if length > largest:
                raise refuse_body(largest)
            count(len(part))
            parts.append(bytes(part))
            empty += not part
    # The HTTP server ends every body with an empty part, and reports an error by one more.
    if empty > 1 if "transfer-encoding" in request.headers else length != wanted:
        raise UsageError("incomplete request body")
    return replace(request, body=b"".join(parts))


@lru_cache(maxsize=64)
def _is_host(text: str) -> bool:
    """Return whether a Host header is valid (RFC 9110, section 7.2)."""
    try:
        urlsplit(f"//{text}").port  # noqa: B018 (it is what raises)
    except ValueError:  # brackets round no address, or no such port
        return False
    return _HOST.fullmatch(text) is not None


def _without_port(address: str) -> str:
    return address.rpartition(":")[0].strip("[]")

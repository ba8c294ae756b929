"""The application behind the HTTP server (RSGI): programs' queries at once, all else by Flask."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import sys
import tempfile
import time
from concurrent.futures import Executor
from typing import IO, TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.wrappers import Response as WerkzeugResponse

from diplograph.core.errors import BoundExceeded, DiplographError
from diplograph.core.settings import CLIENT_WATCH_SECONDS, MEBIBYTE
from diplograph.web.errors import ErrorReport, describe_error, respond_error, wants_page
from diplograph.web.http import MADE, Fields, HttpRequest, HttpResponse, shared_headers
from diplograph.web.protocol.requests import PROTOCOL_METHODS, asks_description
from diplograph.web.protocol.sparql import Prepared, answer_query, prepare, resend
from diplograph.web.server.access_log import AccessLog, identify
from diplograph.web.server.metrics import Metrics
from diplograph.web.server.requests import Bodies, check_head, read_body, read_head
from diplograph.web.server.sites import Site, Sites
from diplograph.web.settings import Settings

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol, Scope


# From here on a body waits on disk, so that clients that read slowly fill no memory.
SPOOL_BYTES = MEBIBYTE
# How much may wait there at once.
PARKED_BYTES = 1024 * MEBIBYTE
# The HTTP server opens the file at once; after that it needs no descriptor of ours.
HELD_SECONDS = 5.0

# Each descriptor of this process by its number, on Linux and on macOS.
_DESCRIPTORS = "/dev/fd"


class Spool:
    """Large bodies that wait on disk, in files without a name.

    The system frees such a file once nobody has it open, however the server ends. To be used on
    one event loop.
    """

    def __init__(self, most: int = PARKED_BYTES):
        self._most, self._storing = most, 0
        self._parked: dict[tuple[int, int], int] = {}
        self._held: set[IO[bytes]] = set()

    async def park(self, body: bytes) -> str | None:
        """Return the path at which a file with `body` can be opened for HELD_SECONDS.

        None where the body is small, or the disk has no room: memory will have to do. Raises
        BoundExceeded where as much as may wait is waiting.
        """
        size = len(body)
        if size < SPOOL_BYTES:
            return None
        if not self._has_room(size):
            message = "too many large answers wait for their clients to read them"
            raise BoundExceeded(message, bound="queue")
        self._storing += size
        try:
            file, key = await asyncio.to_thread(_store, body)
        except OSError:
            return None
        finally:
            self._storing -= size
        self._parked[key] = size
        self._held.add(file)
        asyncio.get_running_loop().call_later(HELD_SECONDS, self._let_go, file)
        return f"{_DESCRIPTORS}/{file.fileno()}"

    def close(self) -> None:
        """Let every file go; those that are being sent are sent to their end."""
        for file in list(self._held):
            self._let_go(file)

    def _let_go(self, file: IO[bytes]) -> None:
        self._held.discard(file)
        file.close()

    def _has_room(self, size: int) -> bool:
        """Return whether so many bytes more may wait; only where it is tight, files are counted."""
        if self._storing + sum(self._parked.values()) + size > self._most:
            still = _list_open()
            self._parked = {key: held for key, held in self._parked.items() if key in still}
        return self._storing + sum(self._parked.values()) + size <= self._most


def send_response(
    proto: HTTPProtocol, response: HttpResponse, more: Fields, parked: str | None = None
) -> None:
    """Send `response` with the headers in `more` besides those it has itself.

    `parked` is where its body waits, None where it is sent from memory.
    """
    named = {name for name, _ in response.headers}
    headers = [*response.headers, *(field for field in more if field[0] not in named)]
    if parked is None:
        proto.response_bytes(response.status, headers, response.body)
        return
    headers.append(("Content-Length", str(len(response.body))))
    proto.response_file(response.status, headers, parked)


def _store(body: bytes) -> tuple[IO[bytes], tuple[int, int]]:
    """Return a new file without a name that holds `body`, and what the system knows it by."""
    file = tempfile.TemporaryFile(prefix="diplograph-")  # noqa: SIM115 (it is given on)
    try:
        file.write(body)
        file.seek(0)  # on macOS it is opened where we left it
        return file, _identify(os.stat(f"{_DESCRIPTORS}/{file.fileno()}"))
    except BaseException:
        file.close()
        raise


def _list_open() -> set[tuple[int, int]]:
    """Return what this process has open; the HTTP server is a part of it."""
    found = set()
    for name in os.listdir(_DESCRIPTORS):
        try:
            found.add(_identify(os.fstat(int(name))))
        except OSError:  # closed meanwhile
            continue
    return found


def _identify(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino


class _Answer(WerkzeugResponse):
    default_mimetype = None  # a 304 that named a type would change what a cache has


def call_wsgi(app: Flask, request: HttpRequest) -> HttpResponse:
    """Return what `app` answers, its body complete."""
    made: list[HttpResponse] = []
    answer = _Answer.from_app(app, {**_describe(request), MADE: made}, buffered=True)
    body = answer.get_data()
    answer.close()
    told = made[-1] if made else HttpResponse(answer.status_code)
    headers = tuple(answer.headers.items())
    return HttpResponse(answer.status_code, headers, body, told.rows, told.bound)


def _describe(request: HttpRequest) -> dict[str, object]:
    """Return the environment of PEP 3333; its texts are bytes read as Latin-1, as it asks."""
    public = urlsplit(request.address)
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": _as_latin(public.path),
        "PATH_INFO": _as_latin(request.path),
        "QUERY_STRING": _as_latin(request.query),
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
    for name, value in request.headers.items():
        if "_" not in name:  # it would pass for another header
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    environ["HTTP_HOST"] = public.netloc
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ


def _as_latin(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


_LOGGER = logging.getLogger(__name__)
QUERIES, METRICS = "/sparql", "/metrics"
# As nginx has it: the client closed the connection before it was answered. Never sent, only logged.
CLIENT_LEFT = 499


class RsgiApp:
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
        request, cached, parked = HttpRequest(scope.method, scope.path), None, None
        try:
            request = read_head(scope, self.settings)
            check_head(scope, request)
            with self._bodies.hold(request.client) as count:
                if request.method not in {"GET", "HEAD"}:
                    request = await read_body(request, proto, self.settings, count)
                response, cached = await self._respond(request, proto)
            parked = await self._spool.park(response.body)
        except asyncio.CancelledError:
            response = HttpResponse(CLIENT_LEFT)
        except TimeoutError:
            response = _refuse_slow(request, self.settings.body_seconds)
        except Exception as error:  # the very edge: told in one sentence, logged in full
            response = _refuse(error, request)
        request_id = identify(request)
        if response.status != CLIENT_LEFT:
            more = (*shared_headers(request.path), ("X-Request-ID", request_id))
            try:
                send_response(proto, response, more, parked)
            except Exception as error:  # the very edge again: there is nobody left to tell
                _LOGGER.error("no answer was sent at %r", request.path, exc_info=error)
                response = HttpResponse(CLIENT_LEFT)
        seconds = time.perf_counter() - started
        self.metrics.observe(request, response, seconds, cached)
        self.log.write(request, response, seconds, request_id, cached)

    def close(self) -> None:
        """Let go of the files in which large answers wait."""
        self._spool.close()

    async def watch(self) -> None:
        """Look out, until cancelled, for clients that leave while their queries are under way."""
        while True:
            await asyncio.sleep(CLIENT_WATCH_SECONDS)
            due = time.perf_counter() - CLIENT_WATCH_SECONDS
            for future, (proto, started) in list(self._waiting.items()):
                if started < due:
                    del self._waiting[future]
                    watcher = asyncio.ensure_future(_cancel_when_left(future, proto))
                    self._watchers.add(watcher)
                    watcher.add_done_callback(self._watchers.discard)

    async def _respond(
        self, request: HttpRequest, proto: HTTPProtocol
    ) -> tuple[HttpResponse, bool | None]:
        """Return the response, and whether it was kept from before; None where that is no case."""
        site = self.sites.current
        if request.method == "OPTIONS" and request.path == "*":  # RFC 9110, 9.3.7
            return HttpResponse(204, (("Allow", ", ".join(PROTOCOL_METHODS)),)), None
        if request.path == QUERIES and not asks_description(request) and not _likes_pages(request):
            prepared = prepare(request, site.engine.digest, self.settings)
            if isinstance(prepared, HttpResponse):
                return prepared, None
            if not prepared.choice.page:
                return await self._answer(site, prepared, request, proto)
        if request.path == METRICS:
            return self.metrics.answer(request, self.settings), None
        return await site.run(self.threads, call_wsgi, site.app, request), None

    async def _answer(
        self, site: Site, prepared: Prepared, request: HttpRequest, proto: HTTPProtocol
    ) -> tuple[HttpResponse, bool | None]:
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
            response = answer_query(prepared, answer, request)
        except DiplographError as error:
            return _refuse(error, request, prepared.asked.text), None
        if tag is not None and response.status == 200:
            site.answers.keep(tag, response)
        return response, None if tag is None else False


def _refuse(error: Exception, request: HttpRequest, text: str = "") -> HttpResponse:
    refusal = describe_error(error, text)
    if refusal.status == 500:
        _LOGGER.error("%s at %r", type(error).__name__, request.path, exc_info=error)
    return respond_error(refusal, request)


async def _cancel_when_left(future: asyncio.Future, proto: HTTPProtocol) -> None:
    """Cancel `future` when the client goes before it is done."""
    left = asyncio.ensure_future(proto.client_disconnect())
    await asyncio.wait({left, future}, return_when=asyncio.FIRST_COMPLETED)
    if not future.done():
        future.cancel()
    left.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await left


def _likes_pages(request: HttpRequest) -> bool:
    return "html" in request.headers.get("accept", "") and wants_page(request)


def _refuse_slow(request: HttpRequest, seconds: float) -> HttpResponse:
    message = f"the request's body did not arrive within {seconds:g} s"
    refusal = ErrorReport(408, {"error": "RequestTimeout", "message": message})
    response = respond_error(refusal, request)
    return HttpResponse(408, (*response.headers, ("Connection", "close")), response.body)

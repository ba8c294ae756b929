"""Running the server: listening, signals, reloads, and a shutdown that loses no answer."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import multiprocessing
import os
import signal
import socket
import stat
import sys
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diplograph.build.build import StageProgress, ensure_build
from diplograph.build.dataset import digest_inputs
from diplograph.build.questions import Question, read_questions
from diplograph.build.vocabularies import Alignments, read_alignments
from diplograph.core.dates import parse_day
from diplograph.core.errors import DiplographError, UsageError
from diplograph.core.home import Home
from diplograph.core.settings import (
    CONNECTIONS,
    EXTRA_WORKERS,
    FILE_WATCH_SECONDS,
    HEAD_BYTES,
    HEAD_SECONDS,
    SHUTDOWN_SECONDS,
    SPARE_THREADS,
    STALLED_SECONDS,
    QueryBounds,
    Settings,
)
from diplograph.core.terminal import escape_controls
from diplograph.pool.pool import Pool
from diplograph.store.build_files import RECORD, read_findings
from diplograph.web.access_log import AccessLog, open_log
from diplograph.web.app import create_app
from diplograph.web.http import ResponseCache, is_address
from diplograph.web.metrics import Metrics
from diplograph.web.server.rsgi import RsgiApp
from diplograph.web.server.sites import Site, Sites

if TYPE_CHECKING:
    from granian.server.embed import Server

_LOGGER = logging.getLogger(__name__)
EXAMPLE_QUERY = "SELECT ?type (COUNT(?thing) AS ?things) { ?thing a ?type } GROUP BY ?type"


def serve(
    home: Home,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    workers: int = 2,
    store: str = "",
    access_log: str = "off",
    watching: bool = False,
    progress: StageProgress | None = None,
    **options: Any,
) -> None:
    """Serve the graph at `home` until SIGINT or SIGTERM; port 0 takes any free one.

    `workers`: how many quick queries run at once; `store`: the address of an engine elsewhere that
    answers instead, `sparql+http://...`; `access_log`: a file, "-" for stderr, or "off";
    `watching`: reload when the files change, as SIGHUP does; `options`: fields of Settings and of
    QueryBounds. Builds first where the files have changed since the last build, and calls
    `progress` with each stage of it. Raises UsageError where the address cannot be listened on or
    an option is invalid, and what the build raises.
    """
    claim_address(host, port)  # before a build that may take long
    settings, questions = read_settings(options), read_questions(home)
    if store:
        settings, alignments = replace(settings, remote=True), read_alignments(home)
        opening = partial(open_remote, store, questions, settings, alignments=alignments)
    else:
        progress = progress or (lambda stage: notify_operator(f"{stage} ..."))
        folder = ensure_build(home, progress=progress)
        opening = partial(open_home, home, folder, workers, settings)
    watched = home if watching and not store else None
    Service(opening, settings, claim_address(host, port), access_log, watched, workers).run()


def read_settings(options: Mapping[str, Any]) -> Settings:
    """Return the settings that `options` name: fields of Settings and of QueryBounds.

    Raises UsageError for an invalid address, MalformedDate for an invalid day.
    """
    for address in (options.get("base_url") or None, *options.get("services", ())):
        if address is not None and not is_address(address):
            raise UsageError(f"this is no address such as https://example.org/path: {address}")
    if options.get("as_of"):
        parse_day(options["as_of"])
    names = {field.name for field in fields(QueryBounds)}
    bounds = {name: value for name, value in options.items() if name in names}
    others = {name: value for name, value in options.items() if name not in names}
    return Settings(bounds=QueryBounds(**bounds), **others)


def claim_address(host: str, port: int) -> tuple[str, int]:
    """Return the address and port that can be listened on; port 0 becomes a free one.

    The HTTP server sets SO_REUSEPORT and would share a port with another of its kind, so this tries
    first without it. Raises UsageError with the reason.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"cannot listen on {host}:{port}: a port is a number from 0 to 65535")
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return probe.getsockname()[:2]
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "this is no host name"
        unknown = not isinstance(error, OSError) or isinstance(error, socket.gaierror)
        option = "--host" if unknown or error.errno == errno.EADDRNOTAVAIL else "--port"
        raise UsageError(
            f"cannot listen on {host}:{port}: {reason.lower()}; choose another with {option}"
        ) from error


def count_threads(settings: Settings, workers: int) -> int:
    """Return how many threads pages need: each query that waits or runs may occupy one."""
    bounds = settings.bounds
    return bounds.waiting + workers + bounds.long_queries + EXTRA_WORKERS + SPARE_THREADS


def notify_operator(sentence: str) -> None:
    """Print a sentence to stderr, at once."""
    print(escape_controls(sentence, "\n"), file=sys.stderr, flush=True)


# ---- the server ------------------------------------------------------------------------------


class Service:
    """A server at one address, from start to shutdown."""

    def __init__(
        self,
        open_site: Callable[[str], Awaitable[Site | None]],
        settings: Settings,
        address: tuple[str, int],
        access_log: str = "off",
        watched: Home | None = None,
        workers: int = 2,
    ):
        """`open_site`: see Sites; `watched`: is reloaded on changes; `workers`: see `serve`."""
        self.settings, self.address, self.watched = settings, address, watched
        self._threads = count_threads(settings, workers)
        self._sites, self._access_log = Sites(open_site), access_log
        self._background: set[asyncio.Task] = set()

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM, on libuv's event loop where it is installed."""
        try:
            from uvloop import run
        except ImportError:
            from asyncio import run
        run(self._serve())

    async def reload(self) -> None:
        """Serve the build of the files as they are, and notify the operator of the outcome."""
        try:
            changed = await self._sites.reload()
        except Exception as error:  # the outermost level: the former build is served on
            if not isinstance(error, (DiplographError, OSError)):
                _LOGGER.error("the reload failed", exc_info=error)
            reason = str(error) or type(error).__name__
            notify_operator(f"the reload failed, and the build before is still served: {reason}")
        else:
            self._pass_on_engine()
            as_before = "" if changed else ", as before"
            notify_operator(f"serving build {self._log.digest[:12]}{as_before}")

    async def _serve(self) -> None:
        self._metrics = Metrics()
        with ExitStack() as closing:
            threads = ThreadPoolExecutor(self._threads, "page")
            closing.callback(threads.shutdown, wait=False, cancel_futures=True)
            self._log: AccessLog = open_log(self._access_log, self.settings)
            closing.callback(self._log.close)
            closing.callback(self._sites.close)
            await self._sites.open()
            self._pass_on_engine()
            gc.collect()
            gc.freeze()  # what exists now stays: collections need not walk it again
            await self._listen(
                RsgiApp(self._sites, self.settings, threads, self._metrics, self._log)
            )

    async def _listen(self, front: RsgiApp) -> None:
        """Serve until a signal, then let the requests under way finish."""
        stopping, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopping.set)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._start(self.reload()))
        server = _create_server(front, self.address)
        serving = asyncio.ensure_future(server.serve())
        self._start(front.watch())
        self._start(_announce(*self.address))
        if self.watched is not None:
            self._start(self._watch(self.watched))
        stopped = self._start(stopping.wait())
        await asyncio.wait({serving, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for task in self._background:
            task.cancel()
        if serving.done():
            raise DiplographError("the HTTP server ended by itself") from serving.exception()
        server.stop()
        await asyncio.wait({serving}, timeout=SHUTDOWN_SECONDS)
        self._sites.close()  # requests that still run are answered with an error
        await asyncio.wait({serving}, timeout=1.0)

    async def _watch(self, home: Home) -> None:
        """Reload whenever the files have changed and then stayed the same for one interval."""
        served = seen = await asyncio.to_thread(_read_digest, home)
        while True:
            await asyncio.sleep(FILE_WATCH_SECONDS)
            before, seen = seen, await asyncio.to_thread(_read_digest, home)
            if seen != served and seen == before:
                served = seen
                await self.reload()

    def _pass_on_engine(self) -> None:
        engine = self._sites.current.engine
        self._metrics.engine, self._log.digest = engine, engine.digest

    def _start(self, work: Awaitable) -> asyncio.Task:
        task = asyncio.ensure_future(work)
        self._background.add(task)  # the loop itself holds tasks but weakly
        task.add_done_callback(self._background.discard)
        return task


def _create_server(front: RsgiApp, address: tuple[str, int]) -> Server:
    from granian.constants import HTTPModes, Interfaces
    from granian.http import HTTP1Settings
    from granian.server.embed import Server

    return Server(
        front,
        address=address[0],
        port=address[1],
        interface=Interfaces.RSGI,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(
            header_read_timeout=HEAD_SECONDS * 1000, max_buffer_size=HEAD_BYTES
        ),
        websockets=False,
        backlog=CONNECTIONS,
        backpressure=CONNECTIONS,
        log_enabled=False,
    )


async def _announce(host: str, port: int) -> None:
    """Wait until the server can be reached, then print its address and an example of a query."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    writer = None
    while writer is None:
        try:
            _, writer = await asyncio.open_connection(reached, port)
        except OSError:
            await asyncio.sleep(0.02)
    writer.close()
    _limit_stalls(port)
    shown = f"[{reached}]" if ":" in reached else reached
    print(f"Diplograph is at http://{shown}:{port}/ (Ctrl-C stops it). From a program:")
    print(f"  curl --data-urlencode 'query={EXAMPLE_QUERY}' http://{shown}:{port}/sparql")
    sys.stdout.flush()


def _limit_stalls(port: int) -> None:
    """Let the system drop connections whose clients read nothing (TCP_USER_TIMEOUT, RFC 5482)."""
    if not hasattr(socket, "TCP_USER_TIMEOUT"):  # Linux alone has it
        return
    # The HTTP server has no setting for it; a connection inherits it from the socket that listens.
    for name in os.listdir("/proc/self/fd"):
        try:
            if not stat.S_ISSOCK(os.stat(int(name)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(name))) as own:
                listens = own.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
                if listens and own.getsockname()[1] == port:
                    option = socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT
                    own.setsockopt(*option, STALLED_SECONDS * 1000)
        except OSError:  # closed meanwhile
            continue


def _read_digest(home: Home) -> str | None:
    """Return the digest of the files at `home`, None while they cannot be read."""
    try:
        return digest_inputs(home)
    except (DiplographError, OSError):
        return None


# ---- the builds it serves --------------------------------------------------------------------


async def open_home(
    home: Home, first: Path, workers: int, settings: Settings, known: str
) -> Site | None:
    """Return the site of the build of the files at `home`; None where its digest is `known`.

    `first` is the folder of the build to open first, which is up to date already. Raises what
    building and opening raise.
    """
    folder = await _rebuild(home) if known else first
    questions, alignments = read_questions(home), read_alignments(home)
    return await open_build(folder, questions, workers, settings, known, alignments)


async def open_build(
    folder: Path,
    questions: Mapping[str, Question],
    workers: int,
    settings: Settings,
    known: str,
    alignments: Alignments | None = None,
) -> Site | None:
    """Return the site of the build in `folder`; None where its digest is `known`.

    `alignments`: see `create_app`.
    """
    if folder.name == known:
        return None
    built = datetime.fromtimestamp((folder / RECORD).stat().st_mtime, UTC)
    facts = {"findings": len(read_findings(folder)), "built": built, "started": datetime.now(UTC)}
    pool = await Pool.start(folder, workers=workers, bounds=settings.bounds)
    cache = ResponseCache()
    app = create_app(
        pool, questions, settings=settings, alignments=alignments, cache=cache, **facts
    )
    return Site(pool, app, cache)


async def open_remote(
    store: str,
    questions: Mapping[str, Question],
    settings: Settings,
    known: str,
    alignments: Alignments | None = None,
) -> Site | None:
    """Return the site of the build that the engine at `store` has; None where it is `known`."""
    from diplograph.remote.engine import RemoteEngine

    engine = await asyncio.to_thread(RemoteEngine, store, settings.bounds)
    if known and engine.digest == known:
        engine.close()
        return None
    cache = ResponseCache(0)  # the engine may load another build while its digest is trusted
    app = create_app(engine, questions, settings=settings, alignments=alignments, cache=cache)
    return Site(engine, app, cache)


async def _rebuild(home: Home) -> Path:
    """Return the folder of a build made in another process; raises DiplographError."""
    loop, context = asyncio.get_running_loop(), multiprocessing.get_context("spawn")
    processes = ProcessPoolExecutor(1, mp_context=context)
    try:
        folder, message = await loop.run_in_executor(processes, _build, home)
    except asyncio.CancelledError:
        for process in multiprocessing.active_children():
            process.terminate()  # the server ends, and would wait for it
        raise
    finally:
        processes.shutdown(wait=False)  # waiting here would block the event loop
    if folder is None:
        raise DiplographError(message)
    return folder


def _build(home: Home) -> tuple[Path | None, str]:
    """Return the folder, or None and the reason: not all errors can be sent between processes."""
    try:
        return ensure_build(home), ""
    except DiplographError as error:
        return None, str(error)

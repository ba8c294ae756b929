"""Running the server: listening, signals, reloads, and a shutdown that loses no answer."""

from __future__ import annotations

import asyncio
import errno
import gc
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diplograph.build.bounded import ensure_bounded, exceed_time
from diplograph.build.build import StageProgress
from diplograph.build.questions import Question, read_questions
from diplograph.build.vocabularies import Alignments, read_alignments
from diplograph.core.dates import parse_day
from diplograph.core.errors import DiplographError, UsageError
from diplograph.core.home import Home
from diplograph.core.processes import allow_open_files
from diplograph.core.settings import (
    CONNECTION_ROOM,
    EXTRA_WORKERS,
    HEAD_BYTES,
    HEAD_SECONDS,
    OTHER_FILES,
    SHUTDOWN_SECONDS,
    SPARE_THREADS,
    STALLED_SECONDS,
    SWITCH_SECONDS,
    BuildBounds,
    QueryBounds,
    Settings,
)
from diplograph.core.terminal import escape_controls
from diplograph.pool.pool import Pool
from diplograph.store.build_files import RECORD, read_findings
from diplograph.web.access_log import AccessLog, open_log
from diplograph.web.app import create_app
from diplograph.web.context import RELOADS
from diplograph.web.http import ResponseCache, is_address
from diplograph.web.metrics import Metrics
from diplograph.web.server.connections import list_sockets, watch_connections
from diplograph.web.server.reloads import (
    OPENING,
    HomeBuilds,
    Reloads,
    StageLog,
    run_in_thread,
    watch_builds,
    watch_files,
)
from diplograph.web.server.rsgi import RsgiApp
from diplograph.web.server.sites import Site, Sites

if TYPE_CHECKING:
    from granian.server.embed import Server

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
    settings = replace(read_settings(options), texts=home.texts)
    builds, hangups = None, _note_hangups()
    if store:
        settings, alignments = replace(settings, remote=True), read_alignments(home)
        questions = read_questions(home)
        opening = partial(open_remote, store, questions, settings, alignments=alignments)
    else:
        folder = ensure_bounded(home, progress or StageLog(notify_operator), settings.build_bounds)
        builds = HomeBuilds(home, folder, settings.build_bounds, notify_operator)
        opening = partial(open_home, builds, workers, settings)
    address = claim_address(host, port)
    Service(
        opening,
        settings,
        address,
        access_log,
        builds,
        workers,
        watching=watching,
        hangups=hangups,
    ).run()


def read_settings(options: Mapping[str, Any]) -> Settings:
    """Return the settings that `options` name: fields of Settings, QueryBounds and BuildBounds.

    Raises UsageError for an invalid address, MalformedDate for an invalid day.
    """
    for address in (options.get("base_url") or None, *options.get("services", ())):
        if address is not None and not is_address(address):
            raise UsageError(f"this is no address such as https://example.org/path: {address}")
    if options.get("as_of"):
        parse_day(options["as_of"])
    others, bounds = dict(options), []
    for kind in (QueryBounds, BuildBounds):
        names = [field.name for field in fields(kind) if field.name in others]
        bounds.append(kind(**{name: others.pop(name) for name in names}))
    return Settings(bounds=bounds[0], build_bounds=bounds[1], **others)


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
    """A server at one address, from start to shutdown.

    `watching`: reload when the files change; `hangups`: signals that came before this could act.
    """

    def __init__(
        self,
        open_site: Callable[[str], Awaitable[Site | None]],
        settings: Settings,
        address: tuple[str, int],
        access_log: str = "off",
        builds: HomeBuilds | None = None,
        workers: int = 2,
        *,
        watching: bool = False,
        hangups: list[int] | None = None,
    ):
        """`open_site`: see Sites; `builds`: where it takes its builds; `workers`: see `serve`."""
        self.settings, self.address, self._builds = settings, address, builds
        self._watching, self._hangups = watching, hangups or []
        self._threads = count_threads(settings, workers)
        self._sites, self._access_log = Sites(open_site), access_log
        self._background: set[asyncio.Task] = set()

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM, on libuv's event loop where it is installed."""
        try:
            from uvloop import run
        except ImportError:
            from asyncio import run
        self._limit_connections()
        sys.setswitchinterval(SWITCH_SECONDS)
        run(self._serve())

    async def _serve(self) -> None:
        self._metrics = Metrics()
        with ExitStack() as closing:
            threads = ThreadPoolExecutor(self._threads, "page")
            closing.callback(threads.shutdown, wait=False, cancel_futures=True)
            self._log: AccessLog = open_log(self._access_log, self.settings)
            closing.callback(self._log.close)
            closing.callback(self._sites.close)
            await self._sites.open()
            self.reloads = Reloads(
                self._sites, self.settings, self._pass_on_site, notify_operator, self._builds
            )
            self._metrics.reloads = self.reloads
            self._pass_on_site()
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
        loop.add_signal_handler(signal.SIGHUP, self.reloads.request)
        if self._hangups:
            self.reloads.request()
        server = _create_server(front, self.address, self.settings)
        serving = asyncio.ensure_future(server.serve())
        self._start(front.watch())
        self._start(self.reloads.run())
        self._start(watch_connections(self.address[1], self.settings, front.in_hand))
        self._start(_announce(*self.address))
        if self._builds is not None:
            self._start(watch_builds(self.reloads, self._builds))
        if self._builds is not None and self._watching:
            self._start(watch_files(self.reloads, self._builds.home, notify_operator))
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

    def _pass_on_site(self) -> None:
        site = self._sites.current
        self._metrics.engine, self._log.digest = site.engine, site.engine.digest
        if site.app is not None:
            site.app.extensions[RELOADS] = self.reloads.describe
        if self._builds is not None:
            self._builds.serve(site.engine.folder)

    def _limit_connections(self) -> None:
        """Have no more connections than the system allows open files."""
        wanted = self.settings.connections
        files = allow_open_files(CONNECTION_ROOM * wanted + OTHER_FILES)
        allowed = max(1, (files - OTHER_FILES) // CONNECTION_ROOM)
        if allowed < wanted:
            self.settings = replace(self.settings, connections=allowed)
            reason = f"the system allows {files} open files (ulimit -n)"
            notify_operator(f"{allowed} connections at most, not {wanted}: {reason}")

    def _start(self, work: Awaitable) -> asyncio.Task:
        task = asyncio.ensure_future(work)
        self._background.add(task)  # the loop itself holds tasks but weakly
        task.add_done_callback(self._background.discard)
        return task


def _note_hangups() -> list[int]:
    """Return a list that gets each SIGHUP that comes before the server runs, else its end."""
    hangups: list[int] = []
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGHUP, lambda number, _: hangups.append(number))
    return hangups


def _create_server(front: RsgiApp, address: tuple[str, int], settings: Settings) -> Server:
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
        backlog=max(128, settings.connections),  # granian takes no fewer
        backpressure=CONNECTION_ROOM * settings.connections,
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
    for own in list_sockets():
        with suppress(OSError):  # of no internet protocol
            listens = own.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
            if listens and own.getsockname()[1] == port:
                own.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_SECONDS * 1000)


# ---- the builds it serves --------------------------------------------------------------------


async def open_home(
    builds: HomeBuilds, workers: int, settings: Settings, known: str
) -> Site | None:
    """Return the site of the build of the files as they are; None where its digest is `known`.

    Raises what building and opening raise.
    """
    folder = await builds.make()
    try:
        async with asyncio.timeout(settings.build_bounds.stage_seconds):
            # The files may be on a file system that does not answer.
            questions = await run_in_thread(read_questions, builds.home)
            alignments = await run_in_thread(read_alignments, builds.home)
    except TimeoutError:
        raise exceed_time(OPENING, settings.build_bounds) from None
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

"""One server as it runs: it listens, takes signals, reloads, and ends without losing an answer."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
import socket
import stat
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

from diplograph.build.dataset import digest_inputs
from diplograph.core.errors import DiplographError
from diplograph.core.home import Home
from diplograph.pool.scheduler import EXTRA_WORKERS
from diplograph.web.accesslog import AccessLog, open_log
from diplograph.web.front import Front
from diplograph.web.metrics import Metrics
from diplograph.web.settings import Settings
from diplograph.web.site import Site, Sites

if TYPE_CHECKING:
    from granian.server.embed import Server


LOGGER = logging.getLogger(__name__)
EXAMPLE_QUERY = "SELECT ?type (COUNT(?thing) AS ?things) { ?thing a ?type } GROUP BY ?type"

# Threads beyond those that may be kept by queries: refusals and health never queue for one.
SPARE_THREADS = 8
CONNECTIONS = 1024
# How long a head may take to arrive, which is also how long a connection may be idle; how large it
# may be.
HEAD_SECONDS, HEAD_BYTES = 10, 128 * 1024
# A connection is dropped whose client takes nothing of what is sent for this long.
STALLED_SECONDS = 30
# Requests under way when the server is told to end may go on for this long.
LAST_SECONDS = 5.0
WATCH_SECONDS = 1.0


class Service:
    """A server at one address; `run` is its life."""

    def __init__(
        self,
        open_site: Callable[[str], Awaitable[Site | None]],
        settings: Settings,
        address: tuple[str, int],
        access_log: str = "off",
        watched: Home | None = None,
        workers: int = 2,
    ):
        """`open_site`: see Sites; `watched`: the home whose files are reloaded when they change.

        `workers` is how many quick queries run at once.
        """
        self.settings, self.address, self.watched = settings, address, watched
        self._threads = count_threads(settings, workers)
        self._sites, self._access_log = Sites(open_site), access_log
        self._background: set[asyncio.Task] = set()

    def run(self) -> None:
        """Serve until SIGINT or SIGTERM, on libuv's event loop where it is installed."""
        try:
            import uvloop
        except ImportError:
            asyncio.run(self._serve())
        else:
            uvloop.run(self._serve())

    async def reload(self) -> None:
        """Serve what the files say now and begin a new log file; say what became of it."""
        try:
            changed = await self._sites.reload()
        except Exception as error:  # the very edge: whatever it is, the build before is served
            if not isinstance(error, (DiplographError, OSError)):
                LOGGER.error("the reload failed", exc_info=error)
            reason = str(error) or type(error).__name__
            tell(f"the reload failed, and the build before is still served: {reason}")
        else:
            self._tell_digest()
            tell(f"serving build {self._log.digest[:12]}{'' if changed else ', as before'}")
        try:
            await asyncio.to_thread(self._log.reopen)
        except (DiplographError, OSError) as error:
            tell(f"the access log goes on in the file that is open: {error}")

    async def _serve(self) -> None:
        from prometheus_client import CollectorRegistry

        self._metrics = Metrics(CollectorRegistry())
        with ExitStack() as closing:
            threads = ThreadPoolExecutor(self._threads, "page")
            closing.callback(threads.shutdown, wait=False, cancel_futures=True)
            self._log: AccessLog = open_log(self._access_log, self.settings)
            closing.callback(self._log.close)
            closing.callback(self._sites.close)
            await self._sites.open()
            self._tell_digest()
            gc.collect()
            gc.freeze()  # what is here now stays: the collector need not walk it again and again
            front = Front(self._sites, self.settings, threads, self._metrics, self._log)
            closing.callback(front.close)
            await self._listen(front)

    async def _listen(self, front: Front) -> None:
        """Serve until a signal, then let the requests under way finish.

        Raises DiplographError where the HTTP server ends before that: nobody would be answered.
        """
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
        told = self._start(stopping.wait())
        await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
        for task in self._background:
            task.cancel()
        if serving.done():
            raise DiplographError("the HTTP server ended by itself") from serving.exception()
        server.stop()
        await asyncio.wait({serving}, timeout=LAST_SECONDS)
        self._sites.close()  # what still runs is answered that the server is stopping
        await asyncio.wait({serving}, timeout=1.0)

    async def _watch(self, home: Home) -> None:
        """Reload whenever the files have changed, and have then stayed as they are for a moment."""
        served = seen = await asyncio.to_thread(_read_digest, home)
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            before, seen = seen, await asyncio.to_thread(_read_digest, home)
            if seen != served and seen == before:
                served = seen
                await self.reload()

    def _tell_digest(self) -> None:
        engine = self._sites.current.engine
        self._metrics.read_from(engine)
        self._log.digest = engine.digest

    def _start(self, work: Awaitable) -> asyncio.Task:
        task = asyncio.ensure_future(work)
        self._background.add(task)  # the loop itself holds tasks but weakly
        task.add_done_callback(self._background.discard)
        return task


def count_threads(settings: Settings, workers: int) -> int:
    """Return how many threads pages need, so that one that asks nothing never waits for one.

    As many may each keep one as queries may wait or run at once.
    """
    bounds = settings.bounds
    running = workers + bounds.long_queries + EXTRA_WORKERS
    return bounds.waiting + running + SPARE_THREADS


def tell(sentence: str) -> None:
    """Say something to whoever runs the server."""
    print(sentence, file=sys.stderr, flush=True)


def _read_digest(home: Home) -> str | None:
    """Return the digest of the files at `home`, None while they cannot be read."""
    try:
        return digest_inputs(home)
    except (DiplographError, OSError):
        return None


def _create_server(front: Front, address: tuple[str, int]) -> Server:
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
    """Wait until the server can be reached, then say where, and how a program asks."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    while True:
        try:
            _, writer = await asyncio.open_connection(reached, port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            break
    _limit_stalls(port)
    shown = f"[{reached}]" if ":" in reached else reached
    print(f"Diplograph is at http://{shown}:{port}/ (Ctrl-C stops it). From a program:")
    print(f"  curl --data-urlencode 'query={EXAMPLE_QUERY}' http://{shown}:{port}/sparql")
    sys.stdout.flush()


def _limit_stalls(port: int) -> None:
    """Let the system drop connections whose clients take nothing (TCP_USER_TIMEOUT, RFC 5482).

    The HTTP server has no setting for it, but a connection inherits it from the socket it was
    accepted on, which is one of this process's descriptors. Linux alone has the option.
    """
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        return
    for name in os.listdir("/proc/self/fd"):
        try:
            if not stat.S_ISSOCK(os.stat(int(name)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(name))) as own:
                listens = own.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
                if listens and own.getsockname()[1] == port:
                    own.setsockopt(
                        socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, STALLED_SECONDS * 1000
                    )
        except OSError:  # closed meanwhile
            continue

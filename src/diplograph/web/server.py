"""The production server: a build, a pool of workers over it, and granian in front of them."""

from __future__ import annotations

import errno
import multiprocessing
import os
import socket
import sys
import threading
import time
from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from flask import Flask

from diplograph.build import Progress, ensure_build, read_findings
from diplograph.errors import UsageError
from diplograph.home import Home
from diplograph.questions import Question, read_questions
from diplograph.store.engine import Bounds
from diplograph.store.pool import Pool
from diplograph.web import create_app

EXAMPLE_QUERY = "SELECT ?type (COUNT(?thing) AS ?things) { ?thing a ?type } GROUP BY ?type"

# Threads that wait for nothing: pages, refusals and health must not queue behind queries.
SPARE_THREADS = 8
LAST_SECONDS = 5
START_SECONDS = 10


def serve(
    home: Home,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    timeout: float = 30.0,
    workers: int = 2,
    max_rows: int = Bounds.rows,
    max_result_mb: int = Bounds.result_mebibytes,
    max_memory_mb: int = Bounds.memory_mebibytes,
    progress: Progress | None = None,
) -> None:
    """Serve the graph at `home` until SIGINT or SIGTERM; port 0 takes any free one.

    `timeout`: seconds one query may run; `workers`: how many queries run at once. Builds first
    where the files have changed since the last build, and tells `progress` each stage of it.
    Raises UsageError when the address cannot be had, and whatever the build raises.
    """
    claim(host, port)  # before a build that may take long
    folder = ensure_build(home, progress=progress or _say)
    bounds = Bounds(
        seconds=timeout,
        rows=max_rows,
        result_mebibytes=max_result_mb,
        memory_mebibytes=max_memory_mb,
    )
    serve_build(folder, read_questions(home), host, port, workers=workers, bounds=bounds)


def serve_build(
    folder: Path,
    questions: Mapping[str, Question],
    host: str,
    port: int,
    *,
    workers: int,
    bounds: Bounds,
) -> None:
    """Serve the build in `folder` until SIGINT or SIGTERM; raises UsageError as `serve` does."""
    from granian import Granian
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels

    address, port = claim(host, port)
    server = Granian(
        "diplograph",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=1,
        blocking_threads=workers + bounds.waiting + SPARE_THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=LAST_SECONDS,
        log_level=LogLevels.error,
    )
    findings = len(read_findings(folder))
    load = partial(load_app, folder, questions, findings, workers, bounds, (address, port))
    server.serve(target_loader=load, wrap_loader=False)


def claim(host: str, port: int) -> tuple[str, int]:
    """Return the address and port that can be listened on; port 0 becomes a free one.

    The server itself would share a port with another of its kind without a word, so this asks
    first, and without SO_REUSEPORT. Raises UsageError, saying what stands in the way.
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


def load_app(
    folder: Path,
    questions: Mapping[str, Question],
    findings: int | None,
    workers: int,
    bounds: Bounds,
    address: tuple[str, int],
) -> Flask:
    """Return the application over a new pool, and say its address once it is reached there."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    app = create_app(Pool(folder, workers=workers, bounds=bounds), questions, findings=findings)
    threading.Thread(target=_announce, args=address, daemon=True).start()
    return app


def _end_with_parent() -> None:
    """End this process when the one that started it is gone, so that nothing holds the port."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _say(stage: str) -> None:
    print(f"{stage} ...", file=sys.stderr, flush=True)


def _announce(host: str, port: int) -> None:
    """Wait until the server answers, then say where, and how a program asks."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    until = time.monotonic() + START_SECONDS
    while not _answers(reached, port) and time.monotonic() < until:
        time.sleep(0.02)
    shown = f"[{reached}]" if ":" in reached else reached
    print(f"Diplograph is at http://{shown}:{port}/ (Ctrl-C stops it). From a program:")
    print(f"  curl --data-urlencode 'query={EXAMPLE_QUERY}' http://{shown}:{port}/sparql")
    sys.stdout.flush()


def _answers(host: str, port: int) -> bool:
    connection = HTTPConnection(host, port, timeout=START_SECONDS)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()

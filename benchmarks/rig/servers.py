"""Starts this server and those to compare with as processes on free ports, and stops them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from rig.peers import find_peer, load_oxigraph
from rig.queries import TRIVIAL

JSON = "application/sparql-results+json"
START_SECONDS = 180.0
END_SECONDS = 10.0


class ServerLost(Exception):
    """A server did not come up, or went away while it was needed."""


@dataclass
class Server:
    """A running server: its process, its port and the path of its endpoint."""

    name: str
    process: subprocess.Popen
    port: int
    path: str
    log: Path = field(default=Path(os.devnull))

    @property
    def url(self) -> str:
        """The endpoint's address."""
        return f"http://127.0.0.1:{self.port}{self.path}"

    def stop(self) -> None:
        """End the process and whatever it started."""
        end_group(self.process)


def start_ours(folder: Path, *, workers: int = 2, **bounds: float) -> Server:
    """Return our server over the build in `folder`; `bounds` are fields of QueryBounds."""
    port = free_port()
    options = [text for name, value in bounds.items() for text in (f"--{name}", str(value))]
    program = Path(__file__).with_name("own_server.py")
    command = [sys.executable, str(program), str(folder), str(port), "--workers", str(workers)]
    return _start("diplograph", [*command, *options], port, "/sparql")


def start_oxigraph(folder: Path) -> Server:
    """Return Oxigraph's server over the loaded build, as it is deployed: on disk, read-only."""
    port, location = free_port(), load_oxigraph(folder)
    command = [str(find_peer("oxigraph")), "serve-read-only", "--location", str(location)]
    return _start("oxigraph", [*command, "--bind", f"127.0.0.1:{port}"], port, "/query")


def start_oxigraph_in_memory(folder: Path) -> Server:
    """Return Oxigraph's server with the same statements posted into its memory."""
    port = free_port()
    command = [str(find_peer("oxigraph")), "serve", "--bind", f"127.0.0.1:{port}"]
    server = _start("oxigraph-memory", command, port, "/query")
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/store",
        data=(folder / "union.nq").read_bytes(),
        headers={"Content-Type": "application/n-quads"},
    )
    urllib.request.urlopen(request, timeout=START_SECONDS).close()
    return server


def start_rdflib_endpoint(folder: Path) -> Server:
    """Return rdflib-endpoint's own command over the same statements; its default is the union."""
    port = free_port()
    command = [str(find_peer("rdflib-endpoint")), "serve", "--host", "127.0.0.1"]
    command += ["--port", str(port), str(folder / "graph.nq")]
    return _start("rdflib-endpoint", command, port, "/")


def start_datasette(table: Path) -> Server:
    """Return Datasette over an SQLite file that it may assume never to change."""
    port = free_port()
    command = [str(find_peer("datasette")), "serve", "--immutable", str(table)]
    return _start("datasette", [*command, "--port", str(port)], port, "/-/versions.json")


STARTERS: dict[str, Callable[[Path], Server]] = {
    "diplograph": start_ours,
    "oxigraph": start_oxigraph,
    "oxigraph-memory": start_oxigraph_in_memory,
    "rdflib-endpoint": start_rdflib_endpoint,
}


def ask(url: str, query: str, seconds: float = 60.0) -> bytes:
    """Return the body of the query's answer as JSON; raises OSError where there is none."""
    address = f"{url}?{urllib.parse.urlencode({'query': query})}"
    request = urllib.request.Request(address, headers={"Accept": JSON})
    with urllib.request.urlopen(request, timeout=seconds) as response:
        return response.read()


def free_port() -> int:
    """Return a port of 127.0.0.1 on which no process listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def end_group(process: subprocess.Popen) -> None:
    """End a process that leads a group of its own; what is left of the group after is killed."""
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _start(name: str, command: list[str], port: int, path: str) -> Server:
    with tempfile.NamedTemporaryFile(prefix=f"{name}-", suffix=".log", delete=False) as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, process_group=0
        )
    server = Server(name, process, port, path, Path(log.name))
    try:
        _wait_until_it_answers(server)
    except BaseException:
        server.stop()
        raise
    return server


def _wait_until_it_answers(server: Server) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if server.process.poll() is not None:
            last = server.log.read_text(errors="replace").strip().splitlines()[-3:]
            raise ServerLost(f"{server.name} ended at its start: {' / '.join(last)}")
        try:
            ask(server.url, TRIVIAL)
            return
        except (OSError, urllib.error.URLError):
            time.sleep(0.1)
    raise ServerLost(f"{server.name} did not answer within {START_SECONDS:g} s")

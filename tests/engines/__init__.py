"""Second engines for the tests: real ones, each on a free port, ended with the test."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from diplograph.remote.http import Credentials

START_SECONDS = 60.0

VIRTUOSO = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
[TempDatabase]
DatabaseFile = temporary.db
TransactionFile = temporary.trx
[Parameters]
ServerPort = 127.0.0.1:{sql_port}
ServerThreads = 20
NumberOfBuffers = 4000
MaxDirtyBuffers = 2000
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerThreads = 8
[SPARQL]
ResultSetMaxRows = 100000
"""


@dataclass(frozen=True)
class Running:
    """An engine under way: its address, what opens it, and its process."""

    name: str
    address: str
    credentials: Credentials
    process: subprocess.Popen


@contextmanager
def run_oxigraph(folder: Path, port: int = 0) -> Iterator[Running]:
    """Run Oxigraph's server, of the PyPI package oxigraph, with its data in `folder`."""
    program = _find(str(Path(sys.executable).with_name("oxigraph")), "pip install oxigraph")
    port = port or free_port()
    command = [program, "serve", "--location", folder / "data", "--bind", f"127.0.0.1:{port}"]
    with _run(command, folder, port) as process:
        yield Running("oxigraph", f"sparql+http://127.0.0.1:{port}/query", Credentials(), process)


@contextmanager
def run_virtuoso(folder: Path) -> Iterator[Running]:
    """Run Virtuoso, of the Debian package virtuoso-opensource-7-bin; its user is as it comes."""
    program = _find("virtuoso-t", "apt-get install virtuoso-opensource-7-bin")
    port = free_port()
    settings = VIRTUOSO.format(port=port, sql_port=free_port())
    (folder / "virtuoso.ini").write_text(settings, encoding="utf-8")
    command = [program, "+configfile", "virtuoso.ini", "+foreground"]
    with _run(command, folder, port) as process:
        address = f"sparql+http://127.0.0.1:{port}/sparql"
        yield Running("virtuoso", address, Credentials("dba", "dba"), process)


ENGINES = {"oxigraph": run_oxigraph, "virtuoso": run_virtuoso}


def free_port() -> int:
    """Return a port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _find(program: str, how: str) -> str:
    found = shutil.which(program)
    if found is None:
        missing = f"{Path(program).name} is not here: {how}"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    return found


@contextmanager
def _run(command: list, folder: Path, port: int) -> Iterator[subprocess.Popen]:
    """Run a server until the block ends, which begins when it takes a connection."""
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
    try:
        until = time.monotonic() + START_SECONDS
        while not _listens(port):
            log = (folder / "server.log").read_text(errors="replace")
            assert process.poll() is None, log
            assert time.monotonic() < until, log
            time.sleep(0.02)
        yield process
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

"""The template process as its pool sees it: asked for workers, it tells of them and their ends."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from diplograph.store.engine import Bounds
from diplograph.store.template import FORK, KILL, RENICE, REQUEST

# The template ends by itself when its socket closes; this is for one that cannot.
END_SECONDS = 5.0
# Oxigraph's parser allocates many small pieces: glibc then keeps more of them at hand. In huge
# pages, a build of a quarter of a gigabyte is forked in one millisecond, not seven.
TUNABLES = "glibc.malloc.tcache_count=127", "glibc.malloc.hugetlb=1"


class Nursery:
    """One template process and the socket to it.

    `notify` is called on the loop with each report of the process, and with None at its end.
    Raises OSError where no process can be started.
    """

    def __init__(
        self,
        folder: Path,
        bounds: Bounds,
        loop: asyncio.AbstractEventLoop,
        notify: Callable[[Nursery, dict | None], None],
    ):
        self._loop, self._notify, self._unread = loop, notify, b""
        self.ready = False
        self._control, theirs = socket.socketpair()
        try:
            with theirs:
                self._process = _start(theirs, folder, bounds)
        except OSError:
            self._control.close()
            raise
        self._control.setblocking(False)
        loop.add_reader(self._control.fileno(), self._read)

    @property
    def gone(self) -> bool:
        """Whether the process has ended."""
        return self._control.fileno() < 0

    @property
    def process_id(self) -> int:
        """The template's process."""
        return self._process.pid

    def fork(self, number: int, connection: socket.socket, lifeline: socket.socket) -> None:
        """Ask for a worker on those two sockets; raises OSError where that cannot be asked."""
        descriptors = [connection.fileno(), lifeline.fileno()]
        socket.send_fds(self._control, [REQUEST.pack(FORK, number)], descriptors)

    def renice(self, number: int) -> None:
        """Have the worker give way to others."""
        self._request(RENICE, number)

    def kill(self, number: int) -> None:
        """Have the worker killed: the closing of its lifeline may have done so already."""
        self._request(KILL, number)

    def close(self) -> None:
        """Have the process end, and all workers that it still has; once is enough."""
        if self.gone:
            return
        if not self._loop.is_closed():
            self._loop.remove_reader(self._control.fileno())
        self._control.close()

    def wait(self) -> None:
        """Wait for the end of the process and its workers, once it is closed."""
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _request(self, verb: bytes, number: int) -> None:
        with suppress(OSError):  # it is gone: its end is reported on its own
            self._control.send(REQUEST.pack(verb, number))

    def _read(self) -> None:
        try:
            read = self._control.recv(65536)
        except BlockingIOError:
            return
        except ConnectionError:
            read = b""
        if not read:
            self._process.kill()
            self.close()
            self._process.wait()
            self._notify(self, None)
            return
        *lines, self._unread = (self._unread + read).split(b"\n")
        for line in lines:
            self._notify(self, json.loads(line))


def _start(control: socket.socket, folder: Path, bounds: Bounds) -> subprocess.Popen:
    """Return a fresh interpreter that serves `control`.

    It has a process group of its own, so that Ctrl-C in a terminal reaches the server alone, and
    a safe path, so that nothing in the working directory is imported. The session stays the
    server's: Linux weighs niceness among processes of one session.
    """
    descriptor = control.fileno()
    environment = {**os.environ, "RUST_BACKTRACE": "0"}
    if sys.platform == "linux":
        tunables = [os.environ.get("GLIBC_TUNABLES", ""), *TUNABLES]
        environment["GLIBC_TUNABLES"] = ":".join(filter(None, tunables))
    command = [sys.executable, "-P", "-m", "diplograph.store.template"]
    return subprocess.Popen(
        [*command, str(descriptor), str(folder), json.dumps(asdict(bounds))],
        pass_fds=[descriptor],
        process_group=0,
        stdin=subprocess.DEVNULL,
        env=environment,
    )

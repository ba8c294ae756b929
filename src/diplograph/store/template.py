"""The process that loads a build once and forks a worker from itself whenever it is asked."""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import traceback
from contextlib import suppress
from pathlib import Path

from diplograph.core.compression import ENCODINGS, compress
from diplograph.core.errors import DiplographError, QuerySyntaxError
from diplograph.store import Store
from diplograph.store.engine import Bounds
from diplograph.store.worker import work

# A request: its verb and the number of the worker meant. FORK brings the worker's two sockets.
REQUEST = struct.Struct("!cxxxI")
FORK, RENICE, KILL = b"f", b"n", b"k"

# How much nicer a slow query's worker is: quick ones get nearly all of a processor beside it.
SLOW_NICENESS = 15


def main(arguments: list[str]) -> int:
    """Serve requests on the socket named in `arguments` until its other end closes.

    `arguments`: the socket's descriptor, the build's folder, the bounds as JSON. Reports are lines
    of JSON: {"digest"} when the build is loaded, then {"forked", "process"} or {"failed"} for each
    worker asked for, and {"ended", "status"} when one is gone; status as subprocess has it.
    """
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # the server decides what is finished first
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    control = socket.socket(fileno=int(arguments[0]))
    control.set_inheritable(False)
    try:
        store = Store.open(Path(arguments[1]))
    except DiplographError as error:
        print(f"diplograph: {error}", file=sys.stderr)
        return error.exit_code
    _warm(store)
    gc.collect()
    gc.freeze()  # the collector would write into pages that all workers share
    Template(control, store, Bounds(**json.loads(arguments[2]))).run()
    os._exit(0)  # the server waits for it, and need not for a whole build to be freed


class Template:
    """The loop of the template process: requests in, reports out, no child left behind."""

    def __init__(self, control: socket.socket, store: Store, bounds: Bounds):
        self._control, self._store, self._bounds = control, store, bounds
        self._children: dict[int, int] = {}  # number by process
        self._ended, self._waker = socket.socketpair()

    def run(self) -> None:
        """Serve until the control socket closes; then kill every worker and wait for its end."""
        self._ended.setblocking(False)
        self._waker.setblocking(False)
        signal.signal(signal.SIGCHLD, _note)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        try:
            self._report(digest=self._store.digest)
            while self._serve_one():
                self._reap()
        except ConnectionError:  # the pool is gone amid a report
            return
        finally:
            for process in list(self._children):
                os.kill(process, signal.SIGKILL)
            for process in list(self._children):
                os.waitpid(process, 0)

    def _serve_one(self) -> bool:
        """Wait for a request or a child's end; return whether the control socket is still open."""
        watch = select.poll()
        watch.register(self._ended, select.POLLIN)
        watch.register(self._control, select.POLLIN)
        ready = {descriptor for descriptor, _ in watch.poll()}
        if self._ended.fileno() in ready:
            self._ended.recv(4096)
        if self._control.fileno() not in ready:
            return True
        request, descriptors, *_ = socket.recv_fds(self._control, REQUEST.size, 2)
        if not request:
            return False
        verb, number = REQUEST.unpack(request)
        if verb == FORK:
            self._fork(number, descriptors)
        else:
            self._reach(verb, number)
        return True

    def _fork(self, number: int, descriptors: list[int]) -> None:
        sockets = [socket.socket(fileno=each) for each in descriptors]
        try:
            process = os.fork() if len(sockets) == 2 else None
        except OSError:  # no process or no memory left for one
            process = None
        if process == 0:
            self._become_worker(*sockets)
        for each in sockets:
            each.close()
        if process is None:
            self._report(failed=number)
        else:
            self._children[process] = number
            self._report(forked=number, process=process)

    def _become_worker(self, connection: socket.socket, lifeline: socket.socket) -> None:
        """Never return: what the template has on its stack is not the worker's."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for each in (self._control, self._ended, self._waker):
                each.close()
            self._children.clear()
            work(self._store, connection, lifeline, self._bounds)
        except ConnectionError:  # the pool is gone amid a reply
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def _reach(self, verb: bytes, number: int) -> None:
        """Kill or renice a worker; only its parent can be sure that the process is still it."""
        for process in [each for each, known in self._children.items() if known == number]:
            if verb == KILL:
                os.kill(process, signal.SIGKILL)
            elif verb == RENICE:
                os.setpriority(os.PRIO_PROCESS, process, SLOW_NICENESS)

    def _reap(self) -> None:
        while self._children:
            process, status = os.waitpid(-1, os.WNOHANG)
            if not process:
                return
            number = self._children.pop(process)
            self._report(ended=number, status=os.waitstatus_to_exitcode(status))

    def _report(self, **fields: object) -> None:
        self._control.sendall(json.dumps(fields).encode() + b"\n")


def _warm(store: Store) -> None:
    """Load what workers need but now and then: each would load it anew, at its query's cost."""
    with suppress(QuerySyntaxError):
        store.query("SELECT")  # to explain an error takes RDFLib's parser
    for encoding in ENCODINGS:
        compress(b"", encoding)


def _note(*_: object) -> None:
    """Do nothing: the wake-up descriptor has already said that a child ended."""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

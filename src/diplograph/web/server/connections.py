"""Connections: how many there may be, in all and of one client; the slowest are ended first.

The HTTP server accepts connections outside Python and cannot be asked for them, but they are
sockets of this process, which Linux lists.
"""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from diplograph.core.settings import CONNECTION_WATCH_SECONDS, Settings
from diplograph.web.http import name_client

_OWN_FILES = "/proc/self/fd"


class InHand:
    """The connections whose requests are being answered, and when others were last."""

    def __init__(self) -> None:
        self._answering: Counter[str] = Counter()
        self._answered: dict[str, float] = {}

    def __contains__(self, peer: str) -> bool:
        return peer in self._answering

    @contextmanager
    def hold(self, peer: str) -> Iterator[None]:
        """Have the connection from `peer`, an address with its port, be in hand meanwhile."""
        self._answering[peer] += 1
        try:
            yield
        finally:
            self._answering[peer] -= 1
            if not self._answering[peer]:
                del self._answering[peer]
            self._answered[peer] = time.monotonic()

    def last_answer(self, peer: str) -> float | None:
        """Return when a request of that connection was last answered (time.monotonic), or None."""
        return self._answered.get(peer)

    def forget(self, peers: Iterable[str]) -> None:
        """Forget the connections that are not among `peers`, which are all there are."""
        present = set(peers)
        self._answered = {peer: when for peer, when in self._answered.items() if peer in present}


@dataclass(frozen=True)
class AcceptedConnection:
    """One connection: its descriptor, the client whose bound it counts for, and its peer."""

    descriptor: int
    client: str
    peer: str


async def watch_connections(port: int, settings: Settings, in_hand: InHand) -> None:
    """End the slowest connections beyond the bounds of `settings`, until cancelled.

    Does nothing where the system does not list them. With `trust_proxy` all come from the proxy,
    which has bounds of its own.
    """
    if not sys.platform.startswith("linux"):
        return
    since: dict[str, float] = {}
    while True:
        await asyncio.sleep(CONNECTION_WATCH_SECONDS)
        most = settings.connections if settings.trust_proxy else settings.client_connections
        if len(os.listdir(_OWN_FILES)) <= most:  # files and other sockets among them
            in_hand.forget(since)
            since = {}
            continue
        connections, now = await asyncio.to_thread(list_connections, port), time.monotonic()
        since = {one.peer: since.get(one.peer, now) for one in connections}
        in_hand.forget(since)
        excess = choose_excess(connections, settings, in_hand, since)
        await asyncio.to_thread(_end_connections, excess)


def list_connections(port: int) -> list[AcceptedConnection]:
    """Return the connections to `port` that this process has."""
    connections = []
    for name in os.listdir(_OWN_FILES):
        if (peer := _read_peer(int(name), port)) is not None:
            client = name_client(peer.rpartition(":")[0].strip("[]"))
            connections.append(AcceptedConnection(int(name), client, peer))
    return connections


def choose_excess(
    connections: Collection[AcceptedConnection],
    settings: Settings,
    in_hand: InHand,
    since: dict[str, float],
) -> list[AcceptedConnection]:
    """Return the connections to end: those over a client's bound, then those over that of all.

    Of each client, which in the second case is the one with most, the first to go sent no whole
    request yet, for the longest time; then come those that have been idle for the longest since an
    answer. A connection whose request is being answered stays, and so do those of a client with no
    more than its share. `since`: when each was first seen.
    """
    if not connections:
        return []

    def rank(connection: AcceptedConnection) -> tuple[bool, float]:
        answered = in_hand.last_answer(connection.peer)
        return answered is not None, since[connection.peer] if answered is None else answered

    held, idle = Counter(), defaultdict(list)
    for connection in connections:
        held[connection.client] += 1
        if connection.peer not in in_hand:
            idle[connection.client].append(connection)
    chosen: list[AcceptedConnection] = []
    for client, waiting in idle.items():
        waiting.sort(key=rank, reverse=True)  # the first to go last
        while not settings.trust_proxy and waiting and held[client] > settings.client_connections:
            chosen.append(waiting.pop())
            held[client] -= 1
    over, share = sum(held.values()) - settings.connections, settings.connections // len(held)
    while over > 0:
        client = max(filter(idle.get, idle), key=held.__getitem__, default="")
        if held[client] <= max(1, share):  # the others have no more than is theirs
            break
        chosen.append(idle[client].pop())
        held[client] -= 1
        over -= 1
    return chosen


def end_connection(connection: AcceptedConnection) -> None:
    """Shut down a connection, unless it has ended by itself; the HTTP server then closes it."""
    with suppress(OSError), socket.socket(fileno=os.dup(connection.descriptor)) as own:
        if _format_peer(own.getpeername()) == connection.peer:  # and not another's by now
            own.shutdown(socket.SHUT_RDWR)


def _end_connections(connections: Iterable[AcceptedConnection]) -> None:
    for connection in connections:
        end_connection(connection)


def list_sockets() -> Iterator[socket.socket]:
    """Yield each socket of this process, as a copy that is closed afterwards."""
    for name in os.listdir(_OWN_FILES):
        try:
            if not stat.S_ISSOCK(os.stat(int(name)).st_mode):
                continue
            with socket.socket(fileno=os.dup(int(name))) as own:
                yield own
        except OSError:  # closed meanwhile
            continue


def _read_peer(descriptor: int, port: int) -> str | None:
    """Return the peer of a connection to `port`, None for any other descriptor."""
    try:
        own = socket.socket(fileno=descriptor)
    except OSError:  # a file, or closed meanwhile
        return None
    try:
        if own.family not in (socket.AF_INET, socket.AF_INET6) or own.getsockname()[1] != port:
            return None
        return _format_peer(own.getpeername())
    except OSError:  # it listens, or was closed meanwhile
        return None
    finally:
        own.detach()  # the HTTP server closes it


def _format_peer(address: tuple) -> str:
    """Return an address with its port as the HTTP server has it."""
    host, port, *_ = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

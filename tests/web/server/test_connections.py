"""One client cannot shut out all others, however many connections it opens and however slowly."""

import http.client
import signal
import socket
import sys
import time
from contextlib import suppress

import pytest

from diplograph.core.settings import Settings
from diplograph.web.server.connections import (
    AcceptedConnection,
    InHand,
    choose_excess,
    end_connection,
    list_connections,
)
from fixtures.live_server import Server
from fixtures.small_build import write_build
from fixtures.waiting import wait_until

BOUNDS = Settings(connections=8, client_connections=4)
HEAD = b"GET /health HTTP/1.1\r\nHost: x\r\n"
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# What slow clients send, once their connection is open.
SLOW = {
    "half a head": HEAD,
    "half a body": b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 999\r\n\r\nASK",
    "nothing": b"",
    "one request": HEAD + b"\r\n",
    "a request whose answer it does not read": b"GET /graph/reference HTTP/1.1\r\nHost: x\r\n\r\n",
}


def connect(client, count, first=1):
    return [AcceptedConnection(0, client, f"{client}:{first + number}") for number in range(count)]


def choose(connections, in_hand=None, bounds=BOUNDS):
    """Return the peers that are chosen, the ports standing for when each was first seen."""
    since = {one.peer: float(one.peer.rpartition(":")[2]) for one in connections}
    return [one.peer for one in choose_excess(connections, bounds, in_hand or InHand(), since)]


def test_within_the_bounds_nobody_is_let_go():
    assert choose([]) == []
    assert choose(connect("a", 4) + connect("b", 4)) == []


def test_the_oldest_without_a_request_go_first_of_a_client_with_too_many():
    assert choose(connect("a", 6) + connect("b", 1)) == ["a:1", "a:2"]


def test_a_connection_at_work_stays_and_one_that_was_answered_goes_last():
    in_hand = InHand()
    with in_hand.hold("a:2"):
        pass
    with in_hand.hold("a:1"):
        assert choose(connect("a", 6), in_hand) == ["a:3", "a:4"]
        assert choose(connect("a", 9)[:2] + connect("a", 3, 7), in_hand) == ["a:7"]
    with in_hand.hold("a:1"), in_hand.hold("a:2"):
        assert "a:1" not in choose(connect("a", 20), in_hand)


def test_over_the_bound_of_all_it_is_the_client_with_most_that_lets_go():
    connections = connect("a", 4) + connect("b", 4) + connect("c", 1)
    assert choose(connections) == ["a:1"]


def test_many_clients_with_one_connection_each_all_stay():
    connections = [one for number in range(12) for one in connect(f"c{number}", 1)]
    assert choose(connections) == []


def test_behind_a_proxy_only_the_bound_of_all_counts():
    bounds = Settings(connections=8, client_connections=4, trust_proxy=True)
    assert choose(connect("proxy", 8), bounds=bounds) == []
    assert choose(connect("proxy", 9), bounds=bounds) == ["proxy:1"]


@linux_only
def test_a_connection_is_found_by_its_port_and_ended():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as client:
            accepted, _ = listening.accept()
            with accepted:
                host, own = client.getsockname()
                [found] = list_connections(port)
                assert (found.client, found.peer) == (host, f"{host}:{own}")
                end_connection(AcceptedConnection(found.descriptor, host, f"{host}:1"))
                accepted.sendall(b"x")  # another's by now
                assert client.recv(1) == b"x"
                end_connection(found)
                assert client.recv(1) == b""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    running = Server(write_build(tmp_path_factory.mktemp("small") / "small"))
    yield running
    running.stop(signal.SIGKILL)


def ask_from(address, server):
    """Return the status of a query from that address, and the seconds it took."""
    started = time.monotonic()
    connection = http.client.HTTPConnection(
        "127.0.0.1", server.port, timeout=5, source_address=(address, 0)
    )
    connection.request("GET", "/sparql?query=ASK%7B%7D")
    status = connection.getresponse().status
    connection.close()
    return status, time.monotonic() - started


@linux_only
@pytest.mark.parametrize("kind", SLOW)
def test_2000_connections_of_one_client_shut_nobody_out(server, kind):
    opened = []
    try:
        for _ in range(2000):
            opened.append(socket.create_connection(("127.0.0.1", server.port), timeout=5))
            with suppress(ConnectionError):  # ended meanwhile
                opened[-1].sendall(SLOW[kind])
        for _ in range(3):
            status, seconds = ask_from("127.0.0.2", server)
            assert status == 200
            assert seconds < 1.5
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as again:
            again.sendall(HEAD + b"Connection: close\r\n\r\n")
            assert again.recv(100).startswith(b"HTTP/1.1 200 ")
        assert wait_until(lambda: _count_open(opened) <= 256)
    finally:
        for connection in opened:
            connection.close()


def _count_open(connections):
    count = 0
    for connection in connections:
        connection.setblocking(False)
        with suppress(OSError):
            try:
                count += bool(connection.recv(1 << 20))
            except BlockingIOError:
                count += 1
    return count


@linux_only
def test_a_client_at_work_on_many_connections_is_not_cut(tmp_path):
    running = Server(write_build(tmp_path / "small"), connections=16, client_connections=8)
    opened = []
    try:
        for number in range(24):
            opened.append(http.client.HTTPConnection("127.0.0.1", running.port, timeout=10))
            opened[-1].request("GET", f"/sparql?query=SELECT({number}AS%20?n)%7B%7D")
        assert [one.getresponse().status for one in opened] == [200] * 24
    finally:
        for connection in opened:
            connection.close()
        running.stop(signal.SIGKILL)

"""A request's head and body as they arrive: whose it is, and how much of it is taken in."""

import asyncio
from types import SimpleNamespace

import pytest

from diplograph.core.errors import BoundExceeded, TooManyRequests
from diplograph.core.settings import Settings
from diplograph.web.http import HttpRequest
from diplograph.web.server.rsgi import Bodies, read_body, read_head


def client_of(peer, forwarded=None, trust=True):
    """Return whose request it is that comes from `peer`."""
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    scope = SimpleNamespace(
        headers=headers, path="/", client=peer, authority=None, server="127.0.0.1:8000"
    )
    scope.scheme, scope.method, scope.query_string = "http", "GET", ""
    return read_head(scope, Settings(trust_proxy=trust)).client


def test_a_client_of_ipv6_is_its_network():
    assert client_of("[2001:db8:1:2:3:4:5:6]:40000") == "2001:db8:1:2::"
    assert client_of("[2001:db8:1:2:ffff::1]:40001") == "2001:db8:1:2::"
    assert client_of("[2001:db8:1:3::1]:40001") == "2001:db8:1:3::"


def test_a_client_of_ipv4_is_its_address_however_it_is_written():
    assert client_of("192.0.2.7:40000") == "192.0.2.7"
    assert client_of("[::ffff:192.0.2.7]:40000") == "192.0.2.7"


def test_this_machine_stays_itself():
    assert client_of("[::1]:40000") == "::1"


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("203.0.113.9, 192.0.2.7", "192.0.2.7"),
        ("192.0.2.7:5001", "192.0.2.7"),
        ("[2001:db8::1]:5001", "2001:db8::"),
        ("[2001:db8::1]", "2001:db8::"),
        ("2001:db8::1", "2001:db8::"),
        ("192.0.2.7,", "198.51.100.1"),
        ("", "198.51.100.1"),
        ("unknown", "198.51.100.1"),
        ("_hidden:7", "198.51.100.1"),
        ("1" * 500, "198.51.100.1"),
    ],
)
def test_a_proxy_names_a_client_by_its_address_or_is_the_client(forwarded, client):
    assert client_of("198.51.100.1:7", forwarded) == client


def test_whoever_is_no_proxy_of_ours_names_nobody():
    assert client_of("198.51.100.1:7", "192.0.2.7", trust=False) == "198.51.100.1"


def test_bodies_of_one_client_are_bounded():
    bodies = Bodies(most=100, most_of_client=10)
    with bodies.hold("a") as first, bodies.hold("a") as second, bodies.hold("b") as other:
        first(6)
        with pytest.raises(TooManyRequests) as refused:
            second(6)
        other(6)
    assert refused.value.bound == "client"


def test_bodies_are_bounded_in_all():
    bodies = Bodies(most=10, most_of_client=10)
    with bodies.hold("a") as first, bodies.hold("b") as second:
        first(6)
        with pytest.raises(BoundExceeded) as refused:
            second(6)
    assert refused.value.bound == "queue"


def test_a_body_that_failed_is_counted_no_longer():
    bodies = Bodies(most=10, most_of_client=10)
    for _ in range(3):
        with pytest.raises(TooManyRequests), bodies.hold("a") as count:
            count(11)
    with bodies.hold("a") as count:
        count(10)


def test_a_body_is_counted_part_by_part_and_not_read_to_its_end():
    read = []

    async def arrive():
        for number in range(5):
            read.append(number)
            yield b"1234"

    request = HttpRequest("POST", "/sparql", headers={"content-length": "20"})
    with pytest.raises(TooManyRequests), Bodies(100, 10).hold("a") as count:
        asyncio.run(read_body(request, arrive(), Settings(), count))
    assert read == [0, 1, 2]

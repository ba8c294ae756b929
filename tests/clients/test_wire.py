"""The production server keeps to HTTP/1.1 (RFC 9110, RFC 9112) as bytes on a socket show it."""

import re
import socket

import pytest

from clients.wire import QUERY, Wire, get, post

YES = {"head": {}, "boolean": True}
DIRECT = "Content-Type: application/sparql-query\r\n"
CHUNKED = f"{DIRECT}Transfer-Encoding: chunked\r\n"
FROM_GET = {"content-type", "content-length", "etag", "cache-control", "vary", "server"}
# The whole of what is sent to a client that did not speak HTTP, or too much of it.
CURT = {"connection", "content-length", "date"}


@pytest.fixture
def wire(server):
    """Return a connection to the running server."""
    connection = Wire(server)
    yield connection
    connection.close()


# ---- what is answered ---------------------------------------------------------------------


@pytest.mark.parametrize("path", [QUERY, "/sparql", "/", "/health", "/sparql?query=nonsense"])
def test_head_has_the_headers_of_get_and_no_body(path, wire):
    full = wire.send(get(path)).read()
    head = wire.send(get(path, method="HEAD")).read("HEAD")
    assert head.status == full.status
    assert {n: v for n, v in head.headers.items() if n in FROM_GET} == {
        n: v for n, v in full.headers.items() if n in FROM_GET
    }
    assert int(full.headers["content-length"]) == len(full.body) > 0
    assert wire.send(get("/health")).read().json["ok"] is True


def test_requests_sent_at_once_are_answered_in_their_order(wire):
    numbers = [f"/sparql?query=SELECT%20({n}%20AS%20%3Fn)%20%7B%7D" for n in range(20)]
    wire.send("".join(get(path) for path in numbers))
    found = [wire.read().json["results"]["bindings"][0]["n"]["value"] for _ in numbers]
    assert found == [str(n) for n in range(20)]


def test_a_connection_is_kept_for_the_next_request_of_any_kind(wire):
    for path in (QUERY, "/", "/nowhere", "/sparql?query=nonsense", "/health", QUERY):
        answer = wire.send(get(path)).read()
        assert "connection" not in answer.headers
        assert len(answer.body) == int(answer.headers["content-length"])


def test_a_connection_is_closed_when_the_client_says_so(wire):
    answer = wire.send(get(more="Connection: close\r\n")).read()
    assert answer.json == YES
    assert answer.headers["connection"] == "close"
    assert wire.ends()


def test_a_client_of_http_1_0_is_answered_and_let_go(wire):
    assert wire.send(f"GET {QUERY} HTTP/1.0\r\n\r\n").read().json == YES
    assert wire.ends()


def test_a_body_is_asked_for_where_the_client_waits(wire):
    wire.send(post(f"{DIRECT}Content-Length: 6\r\nExpect: 100-continue\r\n"))
    assert wire.read().status == 100
    wire.socket.sendall(b"ASK {}")
    assert wire.read().json == YES


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(wire):
    wire.send(post(f"{DIRECT}Content-Length: 60000000\r\nExpect: 100-continue\r\n"))
    assert wire.read().status == 413


def test_a_body_in_chunks_is_one_body(wire):
    parts = [b"3\r\nASK\r\n", b"3;name=value\r\n {}\r\n", b"0\r\n\r\n"]
    assert wire.send(post(CHUNKED), b"".join(parts)).read().json == YES
    assert wire.send(get("/health")).read().status == 200


def test_the_body_of_a_get_is_no_other_request(wire):
    wire.send(get(more="Content-Length: 5\r\n"), b"hello")
    assert wire.read().json == YES
    assert wire.send(get("/health")).read().json["ok"] is True


@pytest.mark.parametrize("path", ["http://HERE", "http://elsewhere.example"])
def test_an_address_may_be_absolute(path, wire):
    target = path.replace("HERE", wire.host) + QUERY
    assert wire.send(get(target)).read().json == YES


def test_names_of_headers_and_types_are_read_in_any_case(wire):
    wire.send(get(more="ACCEPT: Application/SPARQL-Results+XML\r\naCCEPT-eNCODING: GZIP;Q=0\r\n"))
    answer = wire.read()
    assert answer.headers["content-type"] == "application/sparql-results+xml"
    assert answer.body.startswith(b"<?xml")


def test_empty_lines_before_a_request_are_skipped(wire):
    assert wire.send("\r\n\r\n" + get()).read().json == YES


# ---- what is refused ----------------------------------------------------------------------


@pytest.mark.parametrize("path", [QUERY, "/sparql", "/", "/health"])
@pytest.mark.parametrize("method", ["BREW", "PUT", "DELETE", "PATCH", "TRACE"])
def test_another_method_is_refused_with_those_that_are_known(method, path, wire):
    answer = wire.send(get(path, method=method)).read()
    assert answer.status == 405
    assert {"GET", "HEAD"} <= set(re.split(r",\s*", answer.headers["allow"]))
    assert wire.send(get("/health")).read().status == 200


@pytest.mark.parametrize("path", [QUERY, "/", "/health"])
def test_a_method_in_lower_case_is_another_method(path, wire):
    """RFC 9110, 9.1: methods are case-sensitive."""
    assert wire.send(get(path, method="get")).read().status in {405, 501}


def test_an_address_that_is_too_long_is_refused(wire):
    answer = wire.send(get(f"/sparql?query=ASK%7B%7D%23{'a' * 100_000}")).read()
    assert answer.status == 414
    assert wire.ends()


@pytest.mark.parametrize(
    "more",
    [
        "X-Long: " + "a" * 300_000 + "\r\n",
        "".join(f"X-{number}: 1\r\n" for number in range(300)),
    ],
    ids=["long", "many"],
)
def test_headers_past_their_limit_are_refused(more, wire):
    assert wire.send(get(more=more)).read().status == 431
    assert wire.ends()


@pytest.mark.parametrize(
    "sent",
    [
        "\x00\x01\x02\r\n\r\n",
        "\x16\x03\x01\x02\x00\x01\x00\x01",
        f"GET {QUERY} HTTP/9.9\r\nHOST\r\n\r\n",
        f"GET {QUERY} HTTP/1.1\r\nHost : x\r\n\r\n",
        get(more="Accept: text/csv,\r\n  application/json\r\n"),
        get(more="X: a\0b\r\n"),
        post(f"{DIRECT}Content-Length: 6\r\nContent-Length: 7\r\n") + "ASK {}",
        post(f"{DIRECT}Content-Length: -1\r\n") + "ASK {}",
        post(f"{DIRECT}Content-Length: +6\r\n") + "ASK {}",
        post(f"{DIRECT}Transfer-Encoding: chunked, nonsense\r\n") + "6\r\nASK {}\r\n0\r\n\r\n",
    ],
    ids=[
        "noise", "TLS", "version", "space", "fold", "NUL", "two lengths", "minus", "plus", "coding"
    ],
)  # fmt: skip
def test_what_is_no_http_is_refused_in_few_words(sent, wire):
    answer = wire.send(sent).read()
    assert answer.status == 400
    assert answer.headers.keys() <= CURT
    assert answer.body == b""
    assert wire.ends()


def test_a_length_beside_chunks_smuggles_no_request(wire):
    """RFC 9112, 6.1: such a request may be refused; if not, the connection ends after it."""
    body = b"6\r\nASK {}\r\n0\r\n\r\n" + get("/health").replace("HOST", "Host: x").encode()
    answer = wire.send(post(f"{CHUNKED}Content-Length: 6\r\n"), body).read()
    assert answer.status == 400 or answer.json == YES
    assert answer.headers["connection"] == "close"
    assert wire.ends()


@pytest.mark.parametrize("body", [b"6\r\nASK {}\r\nzz\r\n", b"6\r\nASK {}\r\n9\r\n # an"])
def test_a_body_in_chunks_that_is_cut_is_not_taken_for_a_whole(body, wire):
    wire.send(post(CHUNKED), body)
    wire.socket.shutdown(socket.SHUT_WR)
    answer = wire.read()
    assert answer is None or answer.status == 400


def test_a_body_shorter_than_it_says_is_not_taken_for_a_whole(wire):
    wire.send(post(f"{DIRECT}Content-Length: 20\r\n"), b"ASK {}")
    wire.socket.shutdown(socket.SHUT_WR)
    answer = wire.read()
    assert answer is None or answer.status == 400


@pytest.mark.parametrize("hosts", ["", "Host: a.example\r\nHost: b.example\r\n"])
def test_a_request_names_exactly_one_host(hosts, wire):
    """RFC 9112, 3.2: anything else MUST be refused with 400."""
    assert wire.send(f"GET {QUERY} HTTP/1.1\r\n{hosts}\r\n").read().status == 400


# ---- what an answer says of itself --------------------------------------------------------


@pytest.mark.parametrize("path", [QUERY, "/sparql", "/", "/nowhere", "/health"])
def test_an_answer_names_no_server_but_ours(path, wire):
    answer = wire.send(get(path)).read()
    assert answer.headers["server"] == "diplograph"
    assert not re.search(
        rb"granian|werkzeug|flask|python|hyper", str(answer.headers).encode(), re.I
    )
    assert "x-powered-by" not in answer.headers


def test_the_description_gives_the_address_it_was_asked_at(wire):
    for host in ("localhost:8000", "[::1]:9", "graph.example"):
        wire.send(f"GET /sparql HTTP/1.1\r\nHost: {host}\r\nAccept: text/turtle\r\n\r\n")
        answer = wire.read()
        assert f"sd:endpoint <http://{host}/sparql>" in answer.body.decode()
        assert "accept" in answer.headers["vary"].lower()


def test_an_absolute_address_says_more_than_the_host_beside_it(wire):
    """RFC 9112, 3.2.2: the Host header MUST then be ignored."""
    wire.send(
        "GET http://graph.example/sparql HTTP/1.1\r\nHost: other.example\r\n"
        "Accept: text/turtle\r\n\r\n"
    )
    assert "sd:endpoint <http://graph.example/sparql>" in wire.read().body.decode()


def test_the_whole_server_can_be_asked_for_its_methods(wire):
    """RFC 9110, 9.3.7: an asterisk stands for the server in general."""
    answer = wire.send(get("*", method="OPTIONS")).read()
    assert answer.status in {200, 204}


@pytest.mark.parametrize("path", ["/sparql", "/", "/health"])
def test_a_page_can_be_asked_for_its_methods(path, wire):
    answer = wire.send(get(path, method="OPTIONS")).read()
    assert answer.status in {200, 204}
    assert {"GET", "HEAD"} <= set(re.split(r",\s*", answer.headers["allow"]))
    assert answer.body == b""
    assert wire.send(get("/health")).read().status == 200

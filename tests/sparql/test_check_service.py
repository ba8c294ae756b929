"""SERVICE calls what the operator has listed, to the letter, and nobody else hears of it."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from diplograph.core.errors import BoundExceeded, DiplographError, Refused
from diplograph.store.engine import answer_from
from diplograph.store.interface import QueryBounds, QueryRequest

ROWS = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"there"}}]}}'


class Listener:
    """A SPARQL endpoint on this machine that answers one row, or redirects; it keeps each call."""

    def __init__(self):
        self.calls, self.moved, self.status = [], "", 307
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.server, self.address = server, f"http://127.0.0.1:{server.server_port}/"
        self.thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def _handler(listener):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                listener.calls.append(self.path)
                self.send_response(listener.status if listener.moved else 200)
                if listener.moved:
                    self.send_header("Location", listener.moved)
                self.send_header("Content-Type", "application/sparql-results+json")
                self.send_header("Content-Length", str(len(ROWS)))
                self.end_headers()
                self.wfile.write(ROWS)

            do_GET = do_POST

            def log_message(self, *_):
                """Say nothing."""

        return Handler


@pytest.fixture
def listed():
    """The endpoint that is on the list."""
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture
def other():
    """The endpoint that is not on the list: it must never be called."""
    listener = Listener()
    yield listener
    listener.close()


def answer(store, text, *services):
    return answer_from(store, QueryRequest(text, services=services), QueryBounds())


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?x {{ SERVICE <{listed}> {{ ?x ?y ?z }} }}",
        "SELECT ?x {{ service silent<{listed}>{{ ?x ?y ?z }} }}",
        "PREFIX there: <{listed}> SELECT ?x {{ SERVICE there: {{ ?x ?y ?z }} }}",
        "BASE <{listed}a/b> SELECT ?x {{ SERVICE # to the root\n <../> {{ ?x ?y ?z }} }}",
        "SELECT ?x {{ {{ SERVICE <{listed}> {{ ?x ?y ?z }} }} FILTER(?x != 'SERVICE <{other}>') }}",
    ],
)
def test_what_is_listed_is_called_however_it_is_written(small_store, listed, other, text):
    text = text.format(listed=listed.address, other=other.address)
    assert b"there" in answer(small_store, text, listed.address).body
    assert (listed.calls, other.calls) == (["/"], [])


@pytest.mark.parametrize("services", [True, False], ids=["one is listed", "none is listed"])
@pytest.mark.parametrize(
    "text",
    [
        "SELECT * {{ SERVICE <{other}> {{ ?x ?y ?z }} }}",
        "SELECT * {{ SERVICE SILENT <{other}> {{ ?x ?y ?z }} }}",
        "SELECT * {{ SERVICE <{listed}> {{ ?x ?y ?z }} SERVICE <{other}> {{ ?x ?y ?z }} }}",
        "SELECT * {{ SERVICE <{listed}> {{ SERVICE <{other}> {{ ?x ?y ?z }} }} }}",
        "SELECT * {{ VALUES ?s {{ <{other}> <{listed}> }} SERVICE ?s {{ ?x ?y ?z }} }}",
        "SELECT * {{ BIND(IRI('{other}') AS ?s) SERVICE SILENT ?s {{ ?x ?y ?z }} }}",
        "PREFIX o: <{other}> SELECT * {{ SERVICE o: {{ ?x ?y ?z }} }}",
        "PREFIX o: <{other}> SELECT * {{ SERVICEo:{{ ?x ?y ?z }} }}",
        "PREFIX o: <{listed}> PREFIX o: <{other}> SELECT * {{ SERVICE o: {{ ?x ?y ?z }} }}",
        "BASE <{other}> SELECT * {{ SERVICE <> {{ ?x ?y ?z }} }}",
        "BASE <{listed}> BASE <{other}> SELECT * {{ SERVICE <./> {{ ?x ?y ?z }} }}",
        "SELECT * {{ SERVICE <{listed}more> {{ ?x ?y ?z }} }}",
        "SELECT * {{ SERVICE <{listed}../> {{ ?x ?y ?z }} }}",
        "SELECT * {{ VALUES (?s ?o ?p) {{ (1 2 '>') }} FILTER(?s<?o&&?p='>')"
        "SERVICE <{other}>{{ ?a ?b ?c }} FILTER('' = '') }}",
        "SELECT * {{ VALUES (?s ?o ?p) {{ (1 2 '>') }} FILTER(?s<?o&&?p='>')"
        "SERVICE <{listed}>{{ ?a ?b ?c SERVICE <{other}> {{}} }} FILTER('' = '') }}",
        "ASK {{ FILTER EXISTS {{ SERVICE <{other}> {{ ?x ?y ?z }} }} }}",
        "INSERT {{ ?x ?y ?z }} WHERE {{ SERVICE <{other}> {{ ?x ?y ?z }} }}",
    ],
)
def test_a_query_that_would_call_anyone_else_calls_nobody(
    small_store, listed, other, text, services
):
    text = text.format(listed=listed.address, other=other.address)
    with pytest.raises(DiplographError) as refused:
        answer(small_store, text, *[listed.address] * services)
    assert refused.value.http_status in {400, 403}
    assert (listed.calls, other.calls) == ([], [])


def test_a_refusal_says_what_may_be_called(small_store):
    with pytest.raises(Refused, match=r"only <http://a\.example/>, <http://b\.example/>"):
        answer(
            small_store,
            "ASK { SERVICE <http://c.example/> {} }",
            "http://a.example/",
            "http://b.example/",
        )


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(small_store, listed, other, status):
    listed.moved, listed.status = other.address, status
    with pytest.raises(BoundExceeded) as failed:
        answer(small_store, f"SELECT * {{ SERVICE <{listed.address}> {{}} }}", listed.address)
    assert failed.value.bound == "service"
    assert other.address not in str(failed.value)
    assert (listed.calls, other.calls) == (["/"], [])


def test_a_listed_service_that_is_gone_is_passed_over_where_it_is_silent(small_store, listed):
    gone = Listener()
    gone.close()
    text = f"SELECT * {{ SERVICE SILENT <{gone.address}> {{ ?x ?y ?z }} }}"
    assert answer(small_store, text, gone.address).rows == 1
    with pytest.raises(BoundExceeded, match="a SERVICE of the query gave no answer"):
        answer(small_store, text.replace("SILENT", ""), gone.address)

"""SERVICE calls what the operator has listed, to the letter, and nobody else hears of it."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from diplograph.core.errors import BoundExceeded, DiplographError, Refused
from diplograph.store.engine import answer_from
from diplograph.store.interface import QueryBounds, QueryRequest

JSON, XML = "application/sparql-results+json", "application/sparql-results+xml"
ROWS = b'{"head":{"vars":["x"]},"results":{"bindings":[{"x":{"type":"literal","value":"there"}}]}}'


class Listener:
    """A SPARQL endpoint on this machine that answers one row, or redirects; it keeps each call."""

    def __init__(self):
        self.calls, self.moved, self.status = [], "", 307
        self.body, self.type, self.missing = ROWS, JSON, 0
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
                broken = listener.moved or listener.status != 307
                self.send_response(listener.status if broken else 200)
                if listener.moved:
                    self.send_header("Location", listener.moved)
                self.send_header("Content-Type", listener.type)
                self.send_header("Content-Length", str(len(listener.body) + listener.missing))
                self.end_headers()
                self.wfile.write(listener.body)

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


_XML = (
    b'<?xml version="1.0"?><sparql xmlns="http://www.w3.org/2005/sparql-results#"><head>'
    b'<variable name="x"/></head><results><result><binding name="x"><literal>a</literal>'
    b"</binding></result></results></sparql>"
)
BROKEN = {
    "an error": {"status": 500, "body": b"no"},
    "nothing there": {"status": 404, "body": b"no"},
    "a page": {"type": "text/html", "body": b"<html>Sign in</html>"},
    "nothing": {"body": b""},
    "no JSON": {"body": b'{"head'},
    "a boolean": {"body": b'{"head":{},"boolean":true}'},
    "JSON that ends early": {"body": ROWS[:-3]},
    "JSON that ends in a row": {"body": ROWS[:-20]},
    "XML that ends early": {"type": XML, "body": _XML[:-30]},
    "XML that is sent as JSON": {"body": _XML},
    "an unknown kind of term": {"body": ROWS.replace(b'"literal"', b'"thing"')},
    "an IRI that is none": {"body": ROWS.replace(b'"literal","value":"', b'"uri","value":"a ')},
    "a body that is cut off": {"missing": 100},
}


@pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN)
def test_a_silent_call_whose_reply_is_broken_is_one_solution_without_bindings(
    small_store, listed, reply
):
    for name, value in reply.items():
        setattr(listed, name, value)
    text = f"SELECT * {{ SERVICE SILENT <{listed.address}> {{ ?x ?y ?z }} }}"
    result = json.loads(answer(small_store, text, listed.address).body)
    assert (result["head"]["vars"], result["results"]["bindings"]) == (["x", "y", "z"], [{}])
    with pytest.raises(BoundExceeded, match="a SERVICE of the query gave no answer"):
        answer(small_store, text.replace("SILENT", ""), listed.address)


def test_of_several_silent_calls_only_the_broken_ones_are_passed_over(small_store, listed, other):
    other.body = ROWS[:-3]
    one, two = (f"SERVICE SILENT <{each.address}> {{ ?x ?y ?z }}" for each in (listed, other))
    services = listed.address, other.address
    for text in (f"{one} {two.replace('?x', '?a')}", f"{two.replace('?x', '?a')} {one}"):
        result = json.loads(answer(small_store, f"SELECT ?a ?x {{ {text} }}", *services).body)
        assert result["results"]["bindings"] == [{"x": {"type": "literal", "value": "there"}}]
    loud = two.replace("SILENT", "")
    with pytest.raises(BoundExceeded, match="a SERVICE of the query gave no answer"):
        answer(small_store, f"SELECT ?x {{ {one} {loud} }}", *services)


def test_a_broken_reply_leaves_the_rest_of_the_query(small_store, listed):
    listed.body = ROWS[:-3]
    text = (
        f"PREFIX there: <{listed.address}> SELECT * {{ VALUES ?n {{ 1 2 }}"
        " OPTIONAL { SERVICE SILENT there: { ?x ?y ?z } } } ORDER BY ?n"
    )
    rows = json.loads(answer(small_store, text, listed.address).body)["results"]["bindings"]
    assert [(row["n"]["value"], row.get("x")) for row in rows] == [("1", None), ("2", None)]

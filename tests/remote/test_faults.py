"""What an engine elsewhere gets wrong, or is never sent, is one clear error within its bound."""

import threading
import time
from contextlib import closing

import pytest

from diplograph.core.errors import (
    BoundExceeded,
    EngineFault,
    QuerySyntaxError,
    Refused,
    TooManyRequests,
    UnknownGraph,
)
from diplograph.remote.engine import RemoteEngine
from diplograph.remote.http import Credentials
from diplograph.store.interface import QueryBounds, QueryRequest
from fixtures.engines.liar import GRAPH, JSON, is_ours, run_liar

YES = b'{"head":{},"boolean":true}'
TABLE = b'{"head":{"vars":["a"]},"results":{"bindings":[%s]}}'
ROW = b'{"a":{"type":"literal","value":"x"}}'
QUERY = QueryRequest("SELECT * { ?a ?b ?c }")
ENOUGH = 4.0  # seconds; less than a reply that never ends is kept up, more than a bound takes


def replying(reply):
    """Return what answers our own questions truly, and a query by `reply`."""

    def answer(handler, body):
        return handler.say_held() if is_ours(body) else reply(handler)

    return answer


def ask(reply, asked=QUERY, **bounds):
    """Return the answer, or raise the error, of an engine that replies so to one query."""
    with run_liar(replying(reply)) as server, closing(open_at(server, **bounds)) as engine:
        return engine.answer(asked)


def open_at(server, credentials=None, **bounds):
    return RemoteEngine(
        server.address, QueryBounds(**bounds), credentials=credentials or Credentials()
    )


# ---- what is never sent -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (QueryRequest("SELEKT"), QuerySyntaxError),
        (QueryRequest("DROP ALL"), QuerySyntaxError),
        (QueryRequest("SELECT * { SERVICE <urn:x> {} }"), Refused),
        (QueryRequest("SELECT * FROM <http://elsewhere.example/> {}"), UnknownGraph),
        (QueryRequest("ASK {}", default_graphs=("http://elsewhere.example/",)), UnknownGraph),
        (QueryRequest("ASK {}", named_graphs=("http://elsewhere.example/",)), UnknownGraph),
        (
            QueryRequest("CONSTRUCT {} FROM <http://elsewhere.example/> {}"),
            (QuerySyntaxError, UnknownGraph),
        ),
        (QueryRequest("PREFIX : <http://elsewhere.example/> SELECT * FROM:x {}"), QuerySyntaxError),
        (QueryRequest('SELECT (<bif:http_get>("http://127.0.0.1/") AS ?x) {}'), Refused),
        (QueryRequest("SELECT * { ?s <\\u0062if:contains> 1 }"), Refused),
        (
            QueryRequest("SELECT * { FILTER EXISTS { ?s ?p ?o FILTER (<urn:f>(?o)) } }"),
            QuerySyntaxError,
        ),
        (QueryRequest("SELECT * { SERVICE <urn:x> {} }", services=("urn:x",)), Refused),
        (QueryRequest("", graph="urn:x> { } } #"), UnknownGraph),
        (QueryRequest("", graph="https://w3id.org/diplograph/graph/build"), UnknownGraph),
    ],
)
def test_what_is_refused_at_hand_is_never_sent(asked, kind):
    def reply(_):
        raise AssertionError("this was sent")

    with pytest.raises(kind):
        ask(reply, asked)


# ---- replies that are no answers ----------------------------------------------------------


def redirect(handler):
    handler.say(307, "text/plain", b"", Location="http://elsewhere.example/query")


def break_off(handler):
    handler.send_response(200)
    handler.send_header("Content-Type", JSON)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"head":')
    handler.close_connection = True


def hang_up(handler):
    handler.close_connection = True
    handler.connection.shutdown(2)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (lambda h: h.say(200, "text/html", b"<h1>Welcome</h1>"), "no SPARQL endpoint"),
        (lambda h: h.say(404, "text/plain", b"no such page"), "no SPARQL endpoint"),
        (
            lambda h: h.say(200, JSON, b'{"head":{"vars":["a"]},"resul'),
            "does not match its media type",
        ),
        (
            lambda h: h.say(200, JSON, b'{"head":{"vars":["a"]},"results":{"bindings":[{'),
            "media type",
        ),
        (lambda h: h.say(200, JSON, YES), "does not match its media type"),
        (lambda h: h.say(200, JSON, b"\xff\xfe" * 9), "does not match its media type"),
        (lambda h: h.say(200, JSON, b"zzzz", Content_Encoding="gzip"), "Content-Encoding"),
        (redirect, "redirects"),
        (break_off, "closed the connection"),
        (hang_up, "closed the connection"),
    ],
)
def test_a_reply_that_is_no_answer_is_the_engines_fault(reply, words):
    with pytest.raises(EngineFault, match=words) as fault:
        ask(reply)
    assert "elsewhere.example" not in str(fault.value)
    assert "127.0.0.1" not in str(fault.value)  # whoever asks is not to learn where the engine is


TRACE = (
    b"Virtuoso 37000 Error SP030: line 3 of /srv/virtuoso/db/query.txt\n"
    b"\tat org.apache.jena.Engine.run(Engine.java:17)\n"
)


@pytest.mark.parametrize(
    ("status", "kind", "bound"),
    [
        (400, QuerySyntaxError, None),
        (500, BoundExceeded, "worker"),
        (503, BoundExceeded, "worker"),
        (504, BoundExceeded, "time"),
    ],
)
def test_a_refusal_has_the_engines_words_without_its_paths_and_traces(status, kind, bound):
    with pytest.raises(kind, match="SP030: line 3 of …") as told:
        ask(lambda handler: handler.say(status, "text/plain", TRACE))
    assert getattr(told.value, "bound", None) == bound
    assert not any(each in str(told.value) for each in ("virtuoso/db", "jena", "\n"))


def test_a_fault_is_logged_once_with_the_address_that_is_not_told(caplog):
    with pytest.raises(EngineFault):
        ask(redirect)
    assert [("127.0.0.1" in line.getMessage()) for line in caplog.records] == [True]


def test_a_part_of_a_result_is_no_result():
    with pytest.raises(BoundExceeded, match="part") as stopped:
        ask(lambda h: h.say(200, JSON, TABLE % ROW, X_SQL_State="S1TAT"))
    assert stopped.value.bound == "time"


def one_row(most):
    """Return a reply of one row that may have been cut at `most` of them, as Virtuoso says it."""
    return lambda handler: handler.say(200, JSON, TABLE % ROW, X_SPARQL_MaxRows=str(most))


def test_a_table_that_the_engine_cut_is_no_result():
    with pytest.raises(BoundExceeded, match="cuts") as stopped:
        ask(one_row(most=1))
    assert stopped.value.bound == "rows"


def test_a_table_shorter_than_the_engine_cuts_is_whole():
    assert ask(one_row(most=2)).rows == 1


def test_a_graph_with_fewer_statements_than_are_recorded_is_no_result():
    line = b"<urn:a> <urn:b> <urn:c> .\n"
    with pytest.raises(BoundExceeded, match="cuts"):
        ask(lambda h: h.say(200, "application/n-triples", line), QueryRequest("", graph=GRAPH))


# ---- bounds while reading -----------------------------------------------------------------


def drip_headers(handler):
    """Send a status, and then one header after the other."""
    handler.close_connection = True
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while not handler.server.over.wait(0.1):
        handler.wfile.write(b"X-Drip: 1\r\n")


@pytest.mark.parametrize(
    ("reply", "bound"),
    [
        (lambda h: h.say_endlessly(b" " * 65536), "bytes"),
        (lambda h: h.say_packed(64), "bytes"),
        (lambda h: h.say_packed(2), "bytes"),
        (lambda h: h.say_endlessly(b" ", 0.1), "time"),
        (drip_headers, "time"),
        (lambda h: h.server.over.wait(5), "time"),
        (lambda h: h.say(200, JSON, TABLE % b",".join([ROW] * 3)), "rows"),
    ],
    ids=["endless", "bomb", "large", "drip", "headers", "silence", "rows"],
)
def test_a_reply_past_a_bound_is_not_read_to_its_end(reply, bound):
    seconds = 0.5 if bound == "time" else 10.0
    started = time.monotonic()
    with pytest.raises(BoundExceeded) as stopped:
        ask(reply, seconds=seconds, result_mebibytes=1, rows=2)
    assert stopped.value.bound == bound
    assert time.monotonic() - started < ENOUGH


def test_a_client_and_the_queue_have_their_bounds(monkeypatch):
    monkeypatch.setattr("diplograph.remote.engine.REMOTE_QUERIES_AT_ONCE", 1)
    asked, let_go = threading.Semaphore(0), threading.Event()

    def reply(handler):
        asked.release()
        let_go.wait(5)
        handler.say(200, JSON, TABLE % ROW)

    with run_liar(replying(reply)) as server:
        bounds = QueryBounds(per_client=1, waiting=0)
        engine = RemoteEngine(server.address, bounds, credentials=Credentials())
        with closing(engine):
            running = threading.Thread(target=engine.answer, args=(QUERY, "a"))
            running.start()
            assert asked.acquire(timeout=5)
            with pytest.raises(TooManyRequests):
                engine.answer(QUERY, "a")
            with pytest.raises(BoundExceeded) as full:
                engine.answer(QUERY, "b")
            let_go.set()
            running.join()
            assert engine.answer(QUERY, "a").rows == 1
    assert full.value.bound == "queue"

"""What an engine elsewhere gets wrong, or is never sent, is one clear error within its bound."""

import threading
import time
from contextlib import closing

import pytest

from diplograph.errors import (
    AccessRefused,
    BoundExceeded,
    EngineFault,
    QuerySyntaxError,
    Refused,
    TooManyRequests,
    UnknownGraph,
    UsageError,
)
from diplograph.store.connection import read_address
from diplograph.store.credentials import Credentials
from diplograph.store.engine import Asked, Bounds
from diplograph.store.remote import RemoteEngine, open_engine
from engines import free_port
from engines.liar import DIGEST, GRAPH, JSON, run_liar

YES = b'{"head":{},"boolean":true}'
TABLE = b'{"head":{"vars":["a"]},"results":{"bindings":[%s]}}'
ROW = b'{"a":{"type":"literal","value":"x"}}'
QUERY = Asked("SELECT * { ?a ?b ?c }")


def is_ours(body):
    """Return whether a request asks what the engine holds."""
    return "graph%2Fbuild" in body


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
    return RemoteEngine(server.address, Bounds(**bounds), credentials=credentials or Credentials())


# ---- what is never sent -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        (Asked("SELEKT"), QuerySyntaxError),
        (Asked("DROP ALL"), Refused),
        (Asked("SELECT * { SERVICE <urn:x> {} }"), Refused),
        (Asked("SELECT * FROM <http://elsewhere.example/> {}"), UnknownGraph),
        (Asked("ASK {}", default_graphs=("http://elsewhere.example/",)), UnknownGraph),
        (Asked("ASK {}", named_graphs=("http://elsewhere.example/",)), UnknownGraph),
        (
            Asked("CONSTRUCT {} FROM <http://elsewhere.example/> {}"),
            (QuerySyntaxError, UnknownGraph),
        ),
        (Asked("PREFIX : <http://elsewhere.example/> SELECT * FROM:x {}"), QuerySyntaxError),
        (Asked('SELECT (<bif:http_get>("http://127.0.0.1/") AS ?x) {}'), Refused),
        (Asked("SELECT * { ?s <\\u0062if:contains> 1 }"), Refused),
        (Asked("SELECT * { FILTER EXISTS { ?s ?p ?o FILTER (<urn:f>(?o)) } }"), QuerySyntaxError),
        (Asked("SELECT * { SERVICE <urn:x> {} }", services=("urn:x",)), Refused),
        (Asked("", graph="urn:x> { } } #"), UnknownGraph),
        (Asked("", graph="https://w3id.org/diplograph/graph/build"), UnknownGraph),
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
        (lambda h: h.say(200, JSON, b'{"head":{"vars":["a"]},"resul'), "cannot be read"),
        (lambda h: h.say(200, JSON, b'{"head":{"vars":["a"]},"results":{"bindings":[{'), "read"),
        (lambda h: h.say(200, JSON, YES), "cannot be read"),
        (lambda h: h.say(200, JSON, b"\xff\xfe" * 9), "cannot be read"),
        (lambda h: h.say(200, JSON, b"zzzz", Content_Encoding="gzip"), "not packed"),
        (redirect, "sends elsewhere"),
        (break_off, "broke off"),
        (hang_up, "broke off"),
    ],
)
def test_a_reply_that_is_no_answer_is_the_engines_fault(reply, words):
    with pytest.raises(EngineFault, match=words) as fault:
        ask(reply)
    assert "elsewhere.example" not in str(fault.value)


TRACE = (
    b"Virtuoso 37000 Error SP030: line 3 of /opt/virtuoso/db/query.txt\n"
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


def test_a_part_of_a_result_is_no_result():
    with pytest.raises(BoundExceeded, match="part") as stopped:
        ask(lambda h: h.say(200, JSON, TABLE % ROW, X_SQL_State="S1TAT"))
    assert stopped.value.bound == "time"


# ---- bounds while reading -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "bound"),
    [
        (lambda h: h.say_endlessly(b" " * 65536), "bytes"),
        (lambda h: h.say_packed(64), "bytes"),
        (lambda h: h.say_endlessly(b" ", 0.1), "time"),
        (lambda h: h.server.over.wait(5), "time"),
        (lambda h: h.say(200, JSON, TABLE % b",".join([ROW] * 3)), "rows"),
    ],
    ids=["endless", "bomb", "drip", "silence", "rows"],
)
def test_a_reply_past_a_bound_is_not_read_to_its_end(reply, bound):
    started = time.monotonic()
    with pytest.raises(BoundExceeded) as stopped:
        ask(reply, seconds=1.0, result_mebibytes=1, rows=2)
    assert stopped.value.bound == bound
    assert time.monotonic() - started < 2.0


def test_a_client_and_the_queue_have_their_bounds():
    asked, let_go = threading.Semaphore(0), threading.Event()

    def reply(handler):
        asked.release()
        let_go.wait(5)
        handler.say(200, JSON, TABLE % ROW)

    with run_liar(replying(reply)) as server:
        bounds = Bounds(per_client=1, waiting=0)
        engine = RemoteEngine(server.address, bounds, at_once=1, credentials=Credentials())
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


# ---- what it holds, and who asks ----------------------------------------------------------


def test_an_engine_with_half_a_build_is_not_opened():
    with (
        run_liar(lambda handler, _: handler.say_held(whole=False)) as server,
        pytest.raises(EngineFault, match="push again"),
    ):
        open_engine(server.address)


def test_an_engine_without_a_graph_of_ours_is_not_opened():
    with (
        run_liar(lambda handler, _: handler.say(200, JSON, TABLE % b"")) as server,
        pytest.raises(EngineFault, match="push first"),
    ):
        open_engine(server.address)


def test_a_push_that_begins_while_it_is_served_is_seen():
    whole = threading.Event()
    whole.set()

    def reply(handler, body):
        handler.say_held(whole=whole.is_set()) if is_ours(body) else handler.say(200, JSON, YES)

    with run_liar(reply) as server:
        engine = RemoteEngine(server.address, refresh=0.01, credentials=Credentials())
        with closing(engine):
            assert (engine.digest, engine.graphs) == (DIGEST, (GRAPH,))
            assert engine.answer(Asked("ASK {}")).body == YES
            whole.clear()
            until = time.monotonic() + 5
            while engine.digest and time.monotonic() < until:
                time.sleep(0.01)
            assert engine.digest == ""
            with pytest.raises(EngineFault, match="is being loaded"):
                engine.answer(Asked("ASK {}"))


def guard(wanted, challenge):
    """Return what lets in one Authorization header only."""

    def reply(handler, _):
        if handler.headers.get("Authorization") == wanted:
            return handler.say_held()
        return handler.say(401, "text/plain", b"", WWW_Authenticate=challenge)

    return reply


@pytest.mark.parametrize(
    ("credentials", "wanted"),
    [
        (Credentials("ada", "lace"), "Basic YWRhOmxhY2U="),
        (Credentials(token="t0ken"), "Bearer t0ken"),
    ],
)
def test_credentials_open_it_and_without_them_it_says_what_to_set(credentials, wanted):
    with run_liar(guard(wanted, 'Basic realm="x"')) as server:
        open_at(server, credentials).close()
        for other in (Credentials(), Credentials("ada", "s3cret"), Credentials(token="s3cret")):
            with pytest.raises(AccessRefused, match="DIPLOGRAPH_STORE_USER") as refused:
                open_at(server, other)
            assert "s3cret" not in f"{refused.value}{other!r}"


def test_a_password_is_not_told_before_it_is_asked_for():
    seen = []

    def reply(handler, _):
        seen.append(handler.headers.get("Authorization"))
        handler.say_held()

    with run_liar(reply) as server:
        open_at(server, Credentials("ada", "lace")).close()
    assert seen == [None]


def test_credentials_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("DIPLOGRAPH_STORE_USER", "ada")
    monkeypatch.setenv("DIPLOGRAPH_STORE_PASSWORD", "lace")
    with run_liar(guard("Basic YWRhOmxhY2U=", "Basic")) as server:
        open_engine(server.address).close()
    monkeypatch.setenv("DIPLOGRAPH_STORE_TOKEN", "x")
    with pytest.raises(UsageError, match="not both"):
        open_engine(server.address)


def test_where_nobody_listens_is_one_sentence():
    with pytest.raises(EngineFault, match="nothing takes a connection"):
        open_engine(f"sparql+http://127.0.0.1:{free_port()}/query")


def test_a_host_that_nobody_knows_is_one_sentence():
    with pytest.raises(EngineFault, match="no such host"):
        open_engine("sparql+http://engine.invalid/query")


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1/query",
        "sparql+ftp://127.0.0.1/query",
        "sparql+http:///query",
        "sparql+http://ada:s3cret@127.0.0.1/query",
        "sparql+http://127.0.0.1:port/query",
        "sparql+http://127.0.0.1/query?key=s3cret",
        "sparql+http://127.0.0.1/a b",
        "sparql+http://[::1/query",
        "",
    ],
)
def test_an_address_that_is_none_is_refused_and_tells_no_secret(address):
    with pytest.raises(UsageError) as refused:
        read_address(address)
    assert "s3cret" not in str(refused.value)


def test_an_address_is_a_url_with_its_protocol_named():
    assert read_address("sparql+https://example.org/q") == "https://example.org/q"
    assert read_address("sparql+http://h:8080/a/b") == "http://h:8080/a/b"

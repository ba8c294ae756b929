"""Which engines elsewhere are opened, what opens them, and what their addresses may be."""

import asyncio
import threading
import time
from contextlib import closing

import pytest

from diplograph.core.errors import AccessRefused, EngineFault, UsageError
from diplograph.core.settings import Settings
from diplograph.remote.engine import RemoteEngine
from diplograph.remote.http import Connection, Credentials, read_address
from diplograph.store.interface import QueryRequest
from diplograph.web.http import HttpResponse
from diplograph.web.server.service import open_remote
from fixtures.engines import free_port
from fixtures.engines.liar import DIGEST, GRAPH, JSON, is_ours, run_liar

YES = b'{"head":{},"boolean":true}'
NONE = b'{"head":{"vars":["s","p","o","g"]},"results":{"bindings":[]}}'


def test_an_engine_with_half_a_build_is_not_opened():
    with (
        run_liar(lambda handler, _: handler.say_held(whole=False)) as server,
        pytest.raises(EngineFault, match="push again"),
    ):
        RemoteEngine(server.address)


def test_an_engine_without_a_graph_of_ours_is_not_opened():
    with (
        run_liar(lambda handler, _: handler.say(200, JSON, NONE)) as server,
        pytest.raises(EngineFault, match="push first"),
    ):
        RemoteEngine(server.address)


@pytest.mark.parametrize(
    "table",
    [
        b'{"head":{"vars":["x"]},"results":{"bindings":[]}}',
        b'{"head":{"vars":["x"]},"results":{"bindings":[{"y":{"type":"literal","value":"1"}}]}}',
        NONE.replace(b"[]", b"[{}]"),
        NONE.replace(b"]}}", b""),
    ],
)
def test_an_engine_whose_record_cannot_be_read_is_not_opened(table):
    with (
        run_liar(lambda handler, _: handler.say(200, JSON, table)) as server,
        pytest.raises(EngineFault, match="does not match its media type"),
    ):
        RemoteEngine(server.address)


def test_a_push_that_begins_while_it_is_served_is_seen(monkeypatch):
    monkeypatch.setattr("diplograph.remote.engine.REMOTE_RECORD_SECONDS", 0.01)
    whole = threading.Event()
    whole.set()

    def reply(handler, body):
        handler.say_held(whole=whole.is_set()) if is_ours(body) else handler.say(200, JSON, YES)

    with run_liar(reply) as server:
        engine = RemoteEngine(server.address, credentials=Credentials())
        with closing(engine):
            assert (engine.digest, engine.contents.graphs) == (DIGEST, (GRAPH,))
            assert engine.answer(QueryRequest("ASK {}")).body == YES
            whole.clear()
            until = time.monotonic() + 5
            while engine.digest == DIGEST and time.monotonic() < until:
                time.sleep(0.01)
            assert engine.digest != DIGEST
            with pytest.raises(EngineFault, match="is being loaded"):
                engine.answer(QueryRequest("ASK {}"))


def test_an_engine_that_is_emptied_while_it_is_served_is_asked_nothing(monkeypatch):
    monkeypatch.setattr("diplograph.remote.engine.REMOTE_RECORD_SECONDS", 0.01)
    there, sent = threading.Event(), []
    there.set()

    def reply(handler, body):
        if "query=ASK" in body:
            sent.append(body)
        handler.say_held() if there.is_set() else handler.say(200, JSON, NONE)

    with run_liar(reply) as server:
        engine = RemoteEngine(server.address, credentials=Credentials())
        with closing(engine):
            there.clear()
            until = time.monotonic() + 5
            while engine.contents.graphs and time.monotonic() < until:
                time.sleep(0.01)
            with pytest.raises(EngineFault, match="push first"):
                engine.answer(QueryRequest("ASK {}"))
    assert sent == []


@pytest.mark.parametrize("graphs", [{"default_graphs": (GRAPH,)}, {"named_graphs": (GRAPH,)}, {}])
def test_both_halves_of_the_dataset_are_always_named(graphs):
    sent = []

    def reply(handler, body):
        if "query=ASK" not in body:
            return handler.say_held()
        sent.append(body)
        return handler.say(200, JSON, YES)

    with (
        run_liar(reply) as server,
        closing(RemoteEngine(server.address, credentials=Credentials())) as engine,
    ):
        engine.answer(QueryRequest("ASK {}", **graphs))
    assert all(half in sent[0] for half in ("&default-graph-uri=", "&named-graph-uri="))


def test_sockets_are_closed_where_an_engine_is_not_opened(monkeypatch):
    closed = []
    monkeypatch.setattr(Connection, "close", lambda _: closed.append(True))
    with (
        run_liar(lambda handler, _: handler.say(200, JSON, NONE)) as server,
        pytest.raises(EngineFault),
    ):
        RemoteEngine(server.address)
    assert closed == [True]


def test_no_answer_of_an_engine_elsewhere_is_kept():
    with run_liar(lambda handler, _: handler.say_held()) as server:
        site = asyncio.run(open_remote(server.address, {}, Settings(), ""))
        with closing(site.engine):
            site.cache.store('"tag"', HttpResponse(200, (), b"old"))
            assert site.cache.find('"tag"') is None


def test_graphs_without_a_record_are_asked_under_a_name_that_passes(monkeypatch):
    monkeypatch.setattr("diplograph.remote.engine.REMOTE_RECORD_SECONDS", 0.01)
    found = b'{"head":{"vars":["g"]},"results":{"bindings":[{"g":{"type":"uri","value":"%s"}}]}}'

    def reply(handler, body):
        handler.say(200, JSON, found % GRAPH.encode() if "DISTINCT" in body else NONE)

    with run_liar(reply) as server:
        engine = RemoteEngine(server.address, credentials=Credentials())
        with closing(engine):
            assert engine.contents.graphs == (GRAPH,)
            seen, until = {engine.digest}, time.monotonic() + 5
            while len(seen) < 2 and time.monotonic() < until:
                seen.add(engine.digest)
                time.sleep(0.01)
            assert len(seen) > 1


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
        RemoteEngine(server.address, credentials=credentials).close()
        for other in (Credentials(), Credentials("ada", "s3cret"), Credentials(token="s3cret")):
            with pytest.raises(AccessRefused, match="DIPLOGRAPH_STORE_USER") as refused:
                RemoteEngine(server.address, credentials=other)
            assert "s3cret" not in f"{refused.value}{other!r}"


def test_a_password_is_not_told_before_it_is_asked_for():
    seen = []

    def reply(handler, _):
        seen.append(handler.headers.get("Authorization"))
        handler.say_held()

    with run_liar(reply) as server:
        RemoteEngine(server.address, credentials=Credentials("ada", "lace")).close()
    assert seen == [None]


def test_credentials_come_from_the_environment(monkeypatch):
    monkeypatch.setenv("DIPLOGRAPH_STORE_USER", "ada")
    monkeypatch.setenv("DIPLOGRAPH_STORE_PASSWORD", "lace")
    with run_liar(guard("Basic YWRhOmxhY2U=", "Basic")) as server:
        RemoteEngine(server.address).close()
    monkeypatch.setenv("DIPLOGRAPH_STORE_TOKEN", "x")
    with pytest.raises(UsageError, match="not both"):
        RemoteEngine(server.address)


def test_where_nobody_listens_is_one_sentence():
    with pytest.raises(EngineFault, match="connection refused"):
        RemoteEngine(f"sparql+http://127.0.0.1:{free_port()}/query")


def test_a_host_that_nobody_knows_is_one_sentence():
    with pytest.raises(EngineFault, match="unknown host"):
        RemoteEngine("sparql+http://engine.invalid/query")


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

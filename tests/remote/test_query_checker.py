"""What may go out to an engine elsewhere is decided where a hostile text can be stopped."""

from contextlib import closing

import pytest

from diplograph.core.errors import BoundExceeded, QuerySyntaxError
from diplograph.remote.engine import OutgoingQuery, QueryChecker, RemoteEngine
from diplograph.remote.http import JSON, NTRIPLES, Credentials, Reply, read_results
from diplograph.store.interface import QueryBounds, QueryRequest
from fixtures.engines.liar import run_liar

TEN = " ".join(map(str, range(10)))
ENDLESS = f"{{ {' '.join(f'VALUES ?v{n} {{ {TEN} }}' for n in range(12))} }}"
SOON = QueryBounds(seconds=0.5, memory_mebibytes=256)
NAMED = "PREFIX e: <http://e.example/> SELECT * FROM e:a FROM NAMED <b> { ?from ?p 'from' }"


@pytest.fixture(scope="module")
def checker():
    with closing(QueryChecker(SOON)) as checker:
        yield checker


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT (COUNT(*) AS ?n) {ENDLESS}",
        f"SELECT (COUNT(*) AS ?n) FROM <http://e.example/> {ENDLESS}",
        "SELECT * { " + "?a <urn:b> ?c . " * 60_000 + " ?a } }",
    ],
    ids=["count", "from", "malformed"],
)
def test_a_text_that_would_keep_a_parser_for_long_is_given_up(text, checker):
    with pytest.raises((BoundExceeded, QuerySyntaxError)) as stopped:
        checker.prepare(text)
    assert getattr(stopped.value, "bound", "time") in {"time", "memory"}
    assert checker.prepare("ASK {}").form == "ASK"


def test_an_endless_text_is_never_sent(monkeypatch):
    monkeypatch.setattr("diplograph.remote.engine.CHECK_BOUNDS", SOON)
    sent = []

    def reply(handler, body):
        sent.append("VALUES" in body)
        handler.say_held()

    with (
        run_liar(reply) as server,
        closing(RemoteEngine(server.address, credentials=Credentials())) as engine,
        pytest.raises(BoundExceeded),
    ):
        engine.answer(QueryRequest(f"SELECT (COUNT(*) AS ?n) {ENDLESS}"))
    assert not any(sent)


def test_from_clauses_become_the_dataset(checker):
    out = checker.prepare(NAMED)
    assert (out.form, out.default) == ("SELECT", ("http://e.example/a",))
    assert len(out.named) == 1
    assert "FROM" not in out.text
    assert "?from ?p 'from'" in out.text


@pytest.mark.parametrize(
    ("text", "form"),
    [("SELECT * {}", "SELECT"), ("ASK {}", "ASK"), ("DESCRIBE <urn:a>", "CONSTRUCT")],
)
def test_a_query_without_from_goes_out_as_it_is(text, form, checker):
    assert checker.prepare(text) == OutgoingQuery(text, form)


def test_a_syntax_error_keeps_its_place(checker):
    with pytest.raises(QuerySyntaxError) as told:
        checker.prepare("SELECT * {\n ?s ?p }")
    assert told.value.line == 2


def reply_of(media_type, body):
    return Reply(200, media_type, {}, body)


@pytest.mark.parametrize(
    ("form", "reply"),
    [
        (
            "CONSTRUCT",
            reply_of(NTRIPLES, b"".join(b"<urn:a> <urn:b> <urn:%d> .\n" % n for n in range(3))),
        ),
        ("CONSTRUCT", reply_of("text/turtle", b"<urn:a> <urn:b> 1, 2, 3, 4 .")),
        ("SELECT", reply_of(JSON, b'{"head":{"vars":[]},"results":{"bindings":[{},{},{}]}}')),
    ],
    ids=["statements", "short", "rows"],
)
def test_a_reply_of_more_rows_than_may_be_is_not_held(form, reply):
    with pytest.raises(BoundExceeded) as stopped:
        read_results(reply, form, "http://e.example/", 2)
    assert stopped.value.bound == "rows"

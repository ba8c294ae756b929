"""A cache may keep an answer, and asks whether it still holds without a query being run."""

import pytest

from diplograph.core.settings import Settings
from diplograph.store.engine import LocalEngine
from diplograph.store.interface import Answer, QueryBounds
from diplograph.web.protocol.sparql import prepare
from fixtures.exchanges import FORM, QUERY, exchange, get, header, post
from fixtures.recording_engine import RecordingEngine
from fixtures.small_build import REPORT_GRAPH

ASK = {"query": "ASK {}"}


@pytest.fixture
def engine(small_store):
    return RecordingEngine(small_store)


def tag_of(engine, request, settings=None):
    response = exchange(engine, request, settings)
    assert response.status == 200
    return header(response, "etag")


# ---- the tag (RFC 9110, 8.8.3) ------------------------------------------------------------


def test_the_same_question_has_the_same_strong_tag(engine):
    tag = tag_of(engine, get(ASK))
    assert tag == tag_of(engine, get(ASK))
    assert tag == tag_of(engine, get(ASK, method="HEAD"))
    assert tag.startswith('"')
    assert tag.endswith('"')


@pytest.mark.parametrize(
    "request_",
    [
        get({"query": "ASK { }"}),
        get({**ASK, "default-graph-uri": REPORT_GRAPH}),
        get({**ASK, "named-graph-uri": REPORT_GRAPH}),
        get(ASK, accept="text/csv"),
        get(ASK, accept="application/json"),
        get(ASK, accept_encoding="gzip"),
        get({**ASK, "format": "xml"}),
    ],
    ids=["text", "default", "named", "format", "media type", "encoding", "word"],
)
def test_whatever_decides_about_the_bytes_changes_the_tag(engine, request_):
    assert tag_of(engine, request_) != tag_of(engine, get(ASK))


def test_the_same_bytes_that_vary_with_less_have_another_tag(engine):
    """A copy kept under a word must not stand for one that Accept chose, nor its Vary."""
    worded = exchange(engine, get({**ASK, "format": "csv"}, accept_encoding=""))
    chosen = exchange(engine, get(ASK, accept="text/csv", accept_encoding=""))
    assert worded.body == chosen.body
    assert header(worded, "vary") != header(chosen, "vary")
    assert header(worded, "etag") != header(chosen, "etag")


def test_another_build_changes_the_tag(engine):
    before = tag_of(engine, get(ASK))
    engine.digest = "6" * 64
    assert tag_of(engine, get(ASK)) != before


def test_another_version_of_the_software_changes_the_tag(engine, monkeypatch):
    before = tag_of(engine, get(ASK))
    monkeypatch.setattr("diplograph.web.protocol.etags._software", lambda: "diplograph 99")
    assert tag_of(engine, get(ASK)) != before


@pytest.mark.parametrize(
    "pattern", ["GRAPH ?g {}", "graph$g { ?s ?p ?o }", "GRAPH # which\n ?g {}"]
)
def test_where_the_order_is_the_engines_own_the_tag_is_weak_and_still_known(engine, pattern):
    asked = {"query": f"SELECT * {{ {pattern} }}"}
    tag = tag_of(engine, get(asked))
    assert tag.startswith('W/"')
    assert exchange(engine, get(asked, if_none_match=tag)).status == 304


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (NOW() AS ?x) {}",
        "SELECT (now ( ) AS ?x) {}",
        "SELECT (NOW#(\n() AS ?x) {}",
        "SELECT (RAND() AS ?x) {}",
        "SELECT (UUID() AS ?x) {}",
        "SELECT (StrUUID() AS ?x) {}",
        "SELECT (BNODE() AS ?x) {}",
        "SELECT (BNODE('a') AS ?x) {}",
        "ASK{FILTERNOW()}",
    ],
)
def test_what_is_another_answer_each_time_is_kept_nowhere(engine, text):
    response = exchange(engine, get({"query": text}))
    assert response.status == 200
    assert header(response, "etag") is None
    assert header(response, "cache-control") == "no-store"


def test_a_variable_or_a_word_of_that_name_does_no_harm(engine):
    for text in ('SELECT ?now { ?now ?p "it is NOW" }', "SELECT (1 AS ?rand) {} # UUID"):
        assert tag_of(engine, get({"query": text}))


def test_what_the_operator_decided_reaches_the_engine_and_the_tag(engine):
    newer = Settings(services=("http://localhost:1/sparql",))
    asked = prepare(get(ASK), engine.digest, newer).query
    assert asked.services == newer.services
    assert tag_of(engine, get(ASK), newer) != tag_of(engine, get(ASK))


def test_what_another_endpoint_has_a_part_in_is_kept_nowhere(engine):
    text = 'SELECT ?x { ?x ?p "Foreign Service" }'
    assert tag_of(engine, get({"query": text}))
    allowing = Settings(services=("http://localhost:1/sparql",))
    assert tag_of(engine, get({"query": text}), allowing) is None


# ---- If-None-Match (RFC 9110, 13.1.2) -----------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("listed", ["{0}", 'W/"x", {0}', '"a,b" , W/{0}', "W/{0}", ",{0},"])
def test_a_client_that_has_the_answer_is_told_so_and_nothing_is_run(engine, method, listed):
    tag = tag_of(engine, get(ASK))
    engine.texts.clear()
    response = exchange(engine, get(ASK, method=method, if_none_match=listed.format(tag)))
    assert response.status == 304
    assert response.body == b""
    assert engine.texts == []


def test_a_304_has_the_headers_that_a_200_would_have_for_a_cache(engine):
    """RFC 9110, 15.4.5: ETag, Cache-Control and Vary MUST be sent as in the 200."""
    full = exchange(engine, get(ASK))
    short = exchange(engine, get(ASK, if_none_match=header(full, "etag")))
    for name in ("etag", "cache-control", "vary"):
        assert header(short, name) == header(full, name)
    assert header(short, "content-type") is None


@pytest.mark.parametrize("listed", ['"other"', "", ",", '"', "{0}x", '"W/{0}"', 'w/"'])
def test_a_client_that_has_another_answer_gets_this_one(engine, listed):
    tag = tag_of(engine, get(ASK)).strip('"')
    response = exchange(engine, get(ASK, if_none_match=listed.format(tag)))
    assert response.status == 200
    assert response.body


def test_any_tag_at_all_is_known_where_there_is_an_answer(engine):
    assert exchange(engine, get(ASK, if_none_match="*")).status == 304
    assert exchange(engine, get({"query": "ASK {"}, if_none_match="*")).status == 400


def test_a_condition_on_a_post_is_left_alone(engine):
    """RFC 9110, 13.2.1: a POST here neither selects nor changes a representation."""
    tag = tag_of(engine, get(ASK))
    assert exchange(engine, post("ASK {}", QUERY, if_none_match=tag)).status == 200
    assert exchange(engine, post("ASK {}", QUERY, if_none_match="*")).status == 200


def test_a_request_that_fails_fails_whatever_its_condition(engine):
    """RFC 9110, 13.2.1: preconditions are ignored where the answer would be no success."""
    tag = tag_of(engine, get(ASK))
    bad = get({"query": "ASK {}", "update": "CLEAR ALL"}, if_none_match=tag)
    assert exchange(engine, bad).status == 403


# ---- Cache-Control and Vary (RFC 9111) ----------------------------------------------------


def test_a_shared_cache_keeps_an_answer_as_long_as_the_operator_says(engine):
    response = exchange(engine, get(ASK), Settings(max_age=86400))
    assert header(response, "cache-control") == "public, max-age=60, s-maxage=86400"
    response = exchange(engine, get(ASK), Settings(max_age=0))
    assert header(response, "cache-control") == "public, max-age=0, s-maxage=0"


def test_the_answer_to_a_post_is_kept_nowhere(engine):
    for request in (post("ASK {}", QUERY), post("query=ASK%7B%7D", FORM)):
        response = exchange(engine, request)
        assert header(response, "cache-control") == "no-store"
        assert header(response, "etag") is None


@pytest.mark.parametrize(
    "request_", [get({"query": "ASK {"}), get({}), get(ASK, method="PUT"), get(ASK, accept="a/b")]
)
def test_an_error_is_kept_nowhere(engine, request_):
    response = exchange(engine, request_)
    assert response.status >= 400
    assert header(response, "cache-control") == "no-store"
    assert header(response, "etag") is None


def test_an_answer_varies_with_what_had_a_say(engine):
    assert header(exchange(engine, get(ASK)), "vary") == "Accept, Accept-Encoding"
    worded = exchange(engine, get({**ASK, "format": "csv"}, accept="text/html"))
    assert header(worded, "vary") == "Accept-Encoding"


# ---- what else a response says ------------------------------------------------------------


def test_head_has_the_headers_of_get_and_no_body(engine):
    """RFC 9110, 9.3.2: the same header fields, Content-Length among them, and no content."""
    got, head = (exchange(engine, get(ASK, method=method)) for method in ("GET", "HEAD"))
    assert head.body == b""
    assert header(head, "content-length") == str(len(got.body))
    assert [field for field in head.headers if field[0] != "Content-Length"] == list(got.headers)


def test_a_body_says_how_it_is_compressed(small_store):
    class Compressing(LocalEngine):
        def answer(self, asked, client=""):
            assert asked.encoding == "gzip"
            return Answer(b"\x1f\x8b", "boolean", encoding="gzip")

    response = exchange(Compressing(small_store), get(ASK, accept_encoding="gzip"))
    assert header(response, "content-encoding") == "gzip"
    assert header(exchange(LocalEngine(small_store), get(ASK)), "content-encoding") is None


def test_options_names_the_methods_and_what_a_page_elsewhere_may_send(engine):
    response = exchange(engine, get({}, method="OPTIONS", origin="https://elsewhere.example"))
    assert response.status == 204
    assert header(response, "allow") == "GET, HEAD, OPTIONS, POST"
    assert header(response, "access-control-allow-methods") == "GET, HEAD, OPTIONS, POST"
    assert "Content-Type" in header(response, "access-control-allow-headers")
    assert engine.texts == []


def test_a_query_is_as_long_as_the_operator_allows(engine):
    small = Settings(bounds=QueryBounds(query_kibibytes=1))
    fits, long = "ASK {}".ljust(1024), "ASK {}".ljust(1025)
    wide = "ASK {} #" + "é" * 509
    for text, status in ((fits, 200), (long, 413), (wide, 413)):
        for request in (get({"query": text}), post(text, QUERY)):
            response = exchange(engine, request, small)
            assert response.status == status
            assert response.bound == (None if status == 200 else "length")
    assert b"1 KiB" in exchange(engine, post(long, QUERY), small).body

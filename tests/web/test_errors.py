"""A refusal is told in the client's form, and never tells what only the server should know."""

import json

import pytest

from diplograph.core.errors import (
    AccessRefused,
    AddressTooLong,
    BoundExceeded,
    EngineFault,
    LengthRequired,
    MethodNotAllowed,
    NotAcceptable,
    QuerySyntaxError,
    Refused,
    TooLong,
    TooManyRequests,
    UnknownGraph,
    UnreadableFile,
    UnsupportedMediaType,
)
from diplograph.core.settings import RETRY_AFTER_SECONDS, RETRY_ENGINE_SECONDS
from diplograph.web.app import create_app
from diplograph.web.errors import describe_error, respond_error
from diplograph.web.http import SECURITY_HEADERS, HttpRequest

JSON_FORM = "application/json"
BROKEN = "SELECT * {\n  ?s ?p\n}"


class FailingEngine:
    """An engine that raises what it was given."""

    digest = "0"

    def __init__(self, error):
        self.error = error

    def answer(self, asked, client=""):
        raise self.error

    def close(self):
        pass


def refuse(error, accept="text/plain"):
    client = create_app(FailingEngine(error)).test_client()
    return client.get("/sparql?query=ASK{}", headers={"Accept": accept})


def test_a_program_that_wants_json_gets_the_error_in_parts(client):
    asked = {"query": BROKEN}
    response = client.get("/sparql", query_string=asked, headers={"Accept": "application/json"})
    told = json.loads(response.data)
    assert response.mimetype == "application/json"
    assert told["status"] == 400
    assert told["error"] == "QuerySyntaxError"
    assert told["line"] in {2, 3}
    assert told["column"] >= 1


def test_a_client_of_json_results_gets_its_errors_in_json_too(client):
    accept = {"Accept": "application/sparql-results+json"}
    response = client.get("/sparql", query_string={"query": BROKEN}, headers=accept)
    assert response.mimetype == "application/json"


def test_a_person_gets_a_page_with_the_query_still_in_the_form(client):
    asked = {"query": BROKEN + " # <b>"}
    response = client.get("/sparql", query_string=asked, headers={"Accept": "text/html"})
    assert response.status_code == 400
    assert response.mimetype == "text/html"
    assert "?s ?p" in response.text
    assert "&lt;b&gt;" in response.text
    assert "<b>" not in response.text


def test_a_client_that_accepts_no_such_form_gets_a_sentence(client):
    response = client.get("/nowhere", headers={"Accept": "image/png"})
    assert response.status_code == 404
    assert response.mimetype == "text/plain"


@pytest.mark.parametrize(
    "bound", ["time", "memory", "rows", "bytes", "depth", "queue", "worker", "long"]
)
def test_a_bound_is_named_and_whether_to_come_back_is_said(bound):
    response = refuse(BoundExceeded("too much", bound=bound), "application/json")
    assert response.status_code == 503
    assert json.loads(response.data)["bound"] == bound
    soon = int(response.headers["Retry-After"]) < 10
    assert soon == (bound in {"queue", "worker", "long"})


@pytest.mark.parametrize("kind", [EngineFault, AccessRefused])
def test_an_engines_fault_is_one_sentence_that_names_nothing(kind):
    response = refuse(kind("http://10.0.0.1/ refuses: set DIPLOGRAPH_STORE_USER"), JSON_FORM)
    told = json.loads(response.data)
    assert response.status_code == 503
    assert told["error"] == "EngineFault"
    assert told["message"] == "the engine behind this server does not answer; try again"
    assert "10.0.0.1" not in response.text
    assert response.headers["Retry-After"] == str(RETRY_ENGINE_SECONDS)


def test_what_is_tried_again_soon_is_a_bound_by_its_name():
    assert "engine" not in RETRY_AFTER_SECONDS


def test_a_client_with_too_much_under_way_is_told_to_wait():
    """RFC 6585, section 4."""
    response = refuse(TooManyRequests("too many", bound="client"), "application/json")
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0


@pytest.mark.parametrize("accept", ["text/plain", "application/json", "application/problem+json"])
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (QuerySyntaxError("no query", line=2, column=3), 400),
        (Refused("read-only"), 403),
        (UnknownGraph("no graph"), 404),
        (MethodNotAllowed("not PUT", allowed=("GET", "HEAD")), 405),
        (NotAcceptable("no format"), 406),
        (LengthRequired("no length"), 411),
        (TooLong("too long", bound="length"), 413),
        (AddressTooLong("too long", bound="length"), 414),
        (UnsupportedMediaType("not so"), 415),
        (TooManyRequests("too many", bound="client"), 429),
        (BoundExceeded("too much", bound="time"), 503),
    ],
)
def test_an_error_is_told_alike_with_and_without_the_framework(error, status, accept):
    accept = f"{accept}, */*;q=0.1"
    framed = refuse(error, accept)
    bare = respond_error(
        describe_error(error), HttpRequest("GET", "/sparql", headers={"accept": accept})
    )
    assert framed.status_code == bare.status == status
    assert framed.data == bare.body
    assert str(error).encode() in bare.body
    for name, value in bare.headers:
        assert framed.headers[name] == value


@pytest.mark.parametrize("accept", ["text/plain", "text/html"])
def test_an_error_repeats_nothing_that_a_terminal_acts_on(accept):
    error = QuerySyntaxError("not \x1b]0;x\x07\u202e", line=1, column=1)
    request = HttpRequest("GET", "/sparql", headers={"accept": accept})
    text = respond_error(describe_error(error, "\x9b31m SELECT"), request).body.decode()
    assert "not \\u001b]0;x\\u0007\\u202e" in text
    assert text.replace("\n", "").isprintable()


def test_a_405_names_the_methods():
    error = MethodNotAllowed("not PUT", allowed=("GET", "HEAD"))
    assert refuse(error).headers["Allow"] == "GET, HEAD"


def test_a_problem_has_the_members_of_its_standard():
    """RFC 9457, section 3.1: title, status and detail; without a type it is about:blank."""
    error = QuerySyntaxError("no query", line=2, column=3)
    request = HttpRequest("GET", "/sparql", headers={"accept": "application/problem+json"})
    told = json.loads(respond_error(describe_error(error, BROKEN), request).body)
    assert told == {
        "title": "Bad Request",
        "status": 400,
        "detail": "line 2, column 3: no query",
        "error": "QuerySyntaxError",
        "line": 2,
        "column": 3,
        "marked": "2 |   ?s ?p\n      ^",
    }


@pytest.mark.parametrize("column", [1, 50, 500_000, 1_000_000])
def test_of_a_long_line_only_the_place_that_is_wrong_is_shown(column):
    text = ("." * (column - 1) + "!").ljust(1_000_000, ".")
    error = QuerySyntaxError("no query", line=1, column=column)
    told = respond_error(describe_error(error, text), HttpRequest("GET", "/sparql")).body.decode()
    _, line, caret = told.splitlines()
    assert len(line) < 300
    assert line[caret.index("^")] == "!"


@pytest.mark.parametrize("accept", ["text/plain", "application/json", "text/html"])
def test_a_head_that_fails_has_no_body(client, accept):
    """RFC 9110, 9.3.2."""
    got, head = (
        client.open("/sparql?query=ASK", method=method, headers={"Accept": accept})
        for method in ("GET", "HEAD")
    )
    assert got.status_code == head.status_code == 400
    assert got.data
    assert head.data == b""
    assert head.headers["Content-Length"] == got.headers["Content-Length"]
    bare = respond_error(describe_error(Refused("no")), HttpRequest("HEAD", "/sparql"))
    assert bare.body == b""


def test_the_bound_that_was_met_is_for_the_log_too():
    response = respond_error(
        describe_error(BoundExceeded("too much", bound="time")), HttpRequest("GET", "/sparql")
    )
    assert response.bound == "time"


@pytest.mark.parametrize("accept", ["text/plain", "application/json", "text/html"])
@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("secret in /srv/graph"),
        UnreadableFile("secret", file="/srv/graph/data/states.ttl", line=3),
    ],
)
def test_what_went_wrong_inside_stays_inside(error, accept):
    response = refuse(error, accept)
    assert response.status_code == 500
    for word in ("secret", "/srv", "Traceback", ".py", "RuntimeError"):
        assert word not in response.text


@pytest.mark.parametrize("path", ["/", "/sparql", "/sparql?query=ASK{}", "/health", "/nowhere"])
def test_every_answer_carries_the_security_headers(client, path):
    response = client.get(path)
    for name, value in SECURITY_HEADERS.items():
        assert response.headers[name] == value


def test_the_content_policy_lets_no_script_run_but_those_of_ours():
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


def test_only_what_is_read_by_programs_is_open_to_other_sites(client):
    for path in ("/", "/questions/none", "/nowhere"):
        response = client.get(path)
        assert "Access-Control-Allow-Origin" not in response.headers
        assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "path", ["/sparql", "/sparql?query=ASK", "/sparql/?query=ASK{}", "/health", "/store?default"]
)
def test_what_programs_read_is_open_to_every_site_its_tag_too(client, path):
    """Fetch, section 3.3: no credentials, and the headers a script may see are named."""
    response = client.get(path)
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert {"ETag", "Retry-After"} <= set(
        response.headers["Access-Control-Expose-Headers"].split(", ")
    )
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


def test_a_page_with_an_answer_is_cached_as_any_answer_is(client):
    accept = {"Accept": "text/html"}
    page = client.get("/sparql?query=ASK{}", headers=accept)
    assert page.headers["Vary"] == "Accept, Accept-Encoding"
    again = {**accept, "If-None-Match": page.headers["ETag"]}
    assert client.get("/sparql?query=ASK{}", headers=again).status_code == 304
    assert "ETag" not in client.post("/sparql", data={"query": "ASK{}"}, headers=accept).headers

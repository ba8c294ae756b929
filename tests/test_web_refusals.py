"""A refusal is told in the client's form, and never tells what only the server should know."""

import json

import pytest

from diplograph.errors import BoundExceeded, UnreadableFile
from diplograph.web import SECURITY_HEADERS, create_app

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


@pytest.fixture(scope="module")
def client(small_store):
    return create_app(small_store).test_client()


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


@pytest.mark.parametrize("bound", ["time", "memory", "rows", "bytes", "queue", "worker", "depth"])
def test_a_bound_is_named_and_whether_to_come_back_is_said(bound):
    response = refuse(BoundExceeded("too much", bound=bound), "application/json")
    assert response.status_code == 503
    assert json.loads(response.data)["bound"] == bound
    assert ("Retry-After" in response.headers) == (bound in {"queue", "worker"})


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


def test_the_content_policy_lets_no_script_run():
    policy = SECURITY_HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe" not in policy


def test_only_what_is_read_by_programs_is_open_to_other_sites(client):
    assert "Access-Control-Allow-Origin" not in client.get("/").headers

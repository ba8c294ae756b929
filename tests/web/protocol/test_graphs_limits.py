"""A graph store that is read alone: what it refuses, and what a cache may keep of it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from diplograph.core.errors import BoundExceeded, DiplographError
from diplograph.core.names import REFERENCE_GRAPH
from diplograph.core.settings import Settings
from diplograph.store.build_files import read_record
from diplograph.store.engine import LocalEngine
from diplograph.store.interface import UNION, QueryBounds, QueryRequest
from diplograph.store.store import Store
from diplograph.web.app import create_app
from diplograph.web.http import HttpRequest
from diplograph.web.protocol.graphs import answer_store
from diplograph.web.protocol.service_description import BuildFacts, build_service_description
from diplograph.web.server.rsgi import call_wsgi
from fixtures.small_build import REPORT_GRAPH
from fixtures.written_build import GRAPHS

each_write = pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])


@pytest.fixture(scope="module")
def client(written_folder):
    return create_app(Store.open(written_folder)).test_client()


# ---- what is refused (sections 4.2 and 5.1) -----------------------------------------------


@pytest.mark.parametrize("address", ["/graph/nothing", "/store?graph=http%3A%2F%2Fno.example%2F"])
def test_a_graph_that_is_not_here_is_not_found_and_those_that_are_listed(client, address):
    response = client.get(address)
    assert response.status_code == 404
    assert all(graph in response.text for graph in GRAPHS)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?",
        "?default&graph=urn:x",
        "?default&default",
        "?default=no",
        f"?graph={REPORT_GRAPH}&graph={REFERENCE_GRAPH}",
        "?graph=",
        "?graph=reference",
        "?graph=/graph/reference",
        "?graph=http://elsewhere.example/%20",
        "?graph=%FF",
        "?Default",
    ],
)
def test_a_request_that_names_no_one_graph_by_an_absolute_iri_is_a_bad_one(client, query):
    assert client.get(f"/store{query}").status_code == 400


@each_write
@pytest.mark.parametrize("address", ["/store?default", "/store?graph=urn:x", "/graph/reference"])
def test_a_write_is_forbidden_and_says_why(client, method, address):
    response = client.open(address, method=method, data="<a> <b> <c> .")
    assert response.status_code == 403
    assert "read-only" in response.text


def test_a_new_graph_is_forbidden_too(client):
    assert client.post("/store", data="<a> <b> <c> .").status_code == 403


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("PUT", "/store"),
        ("DELETE", "/store?graph=relative"),
        ("PATCH", "/store?graph=urn:x&default"),
        ("TRACE", "/store?default"),
        ("PROPFIND", "/graph/reference"),
    ],
)
def test_a_method_that_is_not_here_on_a_malformed_request_is_not_allowed(client, method, address):
    response = client.open(address, method=method)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


@each_write
def test_a_refused_write_has_changed_nothing(client, method):
    before = client.get("/graph/reference").data
    client.open("/graph/reference", method=method, data="", content_type="text/turtle")
    assert client.get("/graph/reference").data == before


def test_options_name_what_can_be_done(client):
    response = client.options("/store")
    assert response.status_code == 204
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_other_sites_may_read_graphs(client):
    for address in ("/store?default", "/graph/reference"):
        assert client.get(address).headers["Access-Control-Allow-Origin"] == "*"


# ---- caching ------------------------------------------------------------------------------


def test_what_a_client_has_is_not_sent_again(client):
    first = client.get("/graph/reference")
    again = client.get("/graph/reference", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    for name in ("ETag", "Cache-Control", "Vary"):
        assert again.headers[name] == first.headers[name]
    assert not first.headers["ETag"].startswith("W/")
    assert first.headers["Cache-Control"].startswith("public")
    assert set(first.headers["Vary"].split(", ")) >= {"Accept", "Accept-Encoding"}


def test_what_is_not_sent_again_keeps_the_type_it_has(written_folder):
    app = create_app(Store.open(written_folder))
    request = HttpRequest("GET", "/graph/reference", address="http://localhost")
    first = dict(call_wsgi(app, request).headers)
    again = call_wsgi(app, replace(request, headers={"if-none-match": first["ETag"]}))
    assert again.status == 304
    assert "Content-Type" in first
    assert "Content-Type" not in dict(again.headers)


def test_what_a_client_has_of_another_graph_or_form_is_sent(client):
    tag = client.get("/graph/reference").headers["ETag"]
    others = [
        ("/store?default", {}),
        ("/graph/shapes", {}),
        ("/graph/reference", {"Accept": "text/n3"}),
        ("/graph/reference", {"Accept-Encoding": "gzip"}),
    ]
    for address, headers in others:
        response = client.get(address, headers={"If-None-Match": tag, **headers})
        assert response.status_code == 200
        assert response.headers["ETag"] != tag


def test_another_build_has_another_tag(written_folder):
    class Later(LocalEngine):
        def __init__(self, store):
            super().__init__(store)
            self.digest = "6" * 64

    store = Store.open(written_folder)
    tags = {
        create_app(engine).test_client().get("/store?default").headers["ETag"]
        for engine in (LocalEngine(store), Later(store))
    }
    assert store.digest == read_record(written_folder)["content"]
    assert len(tags) == 2


def test_a_graph_that_is_not_here_is_not_found_whatever_the_client_has(client):
    response = client.get("/graph/nothing", headers={"If-None-Match": "*"})
    assert response.status_code == 404
    assert client.get("/graph/shapes", headers={"If-None-Match": "*"}).status_code == 304


# ---- whatever is sent ---------------------------------------------------------------------

WORDS = ["graph=", "default", "format=", "&", "=", "%", "+", "%FF", "http://", "turtle", "urn:x"]
ACCEPTED = ["*/*", "text/html", "text/turtle", ",", ";q=", "0", "1", ".5", "gzip", "identity", "*"]
METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "DELETE", "PATCH", "PROPFIND"]


def mixed(words):
    """Return texts made of `words` and of what an HTTP server lets through."""
    latin = some.text(some.characters(max_codepoint=255), max_size=4)
    return some.lists(some.sampled_from(words) | latin, max_size=8).map("".join)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(
    method=some.sampled_from(METHODS),
    path=some.just("/store") | mixed(WORDS).map("/graph/".__add__),
    query=mixed(WORDS),
    accept=mixed(ACCEPTED),
    encoding=mixed(ACCEPTED),
    address=some.sampled_from(["http://localhost", "http:", "http://a<b", ""]),
)
def test_every_request_ends_in_a_response_or_in_a_refusal(
    small_store, method, path, query, accept, encoding, address
):
    headers = {"accept": accept, "accept-encoding": encoding}
    request = HttpRequest(method, path, query, headers, address=address)
    facts = BuildFacts(((REFERENCE_GRAPH, 2),), 13)
    for answer in (
        lambda: answer_store(request, Settings(), LocalEngine(small_store)),
        lambda: build_service_description(request, Settings(), facts),
    ):
        try:
            status = answer().status
        except DiplographError as error:
            status = error.http_status
        assert status < 500


# ---- bounds -------------------------------------------------------------------------------


def test_a_graph_larger_than_an_answer_may_be_is_stopped_at_that_bound(written_folder):
    engine = LocalEngine(Store.open(written_folder), QueryBounds(result_mebibytes=0))
    with pytest.raises(BoundExceeded) as caught:
        engine.answer(QueryRequest("", graph=UNION))
    assert caught.value.bound == "bytes"

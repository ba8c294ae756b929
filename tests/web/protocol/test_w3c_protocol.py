"""The cases of the W3C's protocol tests (SPARQL 1.1 test suite, `protocol`), each by its name."""

import json

import pytest

from diplograph.store.engine import LocalEngine
from diplograph.store.store import Store
from fixtures.exchanges import FORM, QUERY, UPDATE, exchange, get, header, post
from fixtures.small_build import write_files

BASE = "http://kasei.us/2009/09/sparql/data/"
ZERO, ONE, TWO, THREE = (f"{BASE}data{number}.rdf" for number in range(4))
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
TABLES = {
    "application/sparql-results+json",
    "application/sparql-results+xml",
    "text/csv",
    "text/tab-separated-values",
}
RDF = {"text/turtle; charset=utf-8", "application/rdf+xml", "application/n-triples"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("documents")
    document = f"<{TYPE}> <http://xmlns.com/foaf/0.1/Document>"
    lines = [f"<{graph}> {document} <{graph}> .\n" for graph in (ZERO, ONE, TWO, THREE)]
    return LocalEngine(Store.open(write_files(folder, "".join(lines))))


def says_true(response):
    assert response.status == 200, response.body
    assert header(response, "content-type") == "application/sparql-results+json"
    return json.loads(response.body)["boolean"] is True


def is_refused(response):
    assert header(response, "content-type") == "text/plain; charset=utf-8"
    return 400 <= response.status < 500


def test_query_get(engine):
    assert says_true(exchange(engine, get("query=ASK%20%7B%7D")))
    assert says_true(exchange(engine, get({"query": "ASK {}", "default-graph-uri": ZERO})))


def test_query_post_form(engine):
    assert says_true(exchange(engine, post("query=ASK%20%7B%7D", FORM)))


def test_query_post_form_beside_a_graph_in_the_address(engine):
    address = get({"default-graph-uri": ZERO}).query
    assert says_true(exchange(engine, post("query=ASK%20%7B%7D", FORM, address)))


def test_query_post_direct(engine):
    assert says_true(exchange(engine, post("ASK {}", QUERY)))


def test_query_dataset_default_graphs_get(engine):
    text = f"ASK {{ <{ONE}> a ?type . <{TWO}> a ?type . }}"
    asked = {"query": text, "default-graph-uri": [ONE, TWO]}
    assert says_true(exchange(engine, get(asked)))
    asked = {"query": text, "default-graph-uri": [ONE]}
    assert not says_true(exchange(engine, get(asked)))


def test_query_dataset_default_graphs_post(engine):
    text = f"ASK {{ <{ONE}> a ?type . <{TWO}> a ?type . }}"
    both, one = ({"default-graph-uri": graphs} for graphs in ([ONE, TWO], [TWO]))
    assert says_true(exchange(engine, post(text, QUERY, get(both).query)))
    assert not says_true(exchange(engine, post(text, QUERY, get(one).query)))


@pytest.mark.parametrize("way", ["get", "post"])
def test_query_dataset_named_graphs_get_and_post(engine, way):
    text = f"ASK {{ GRAPH ?g1 {{ <{ONE}> a ?type }} GRAPH ?g2 {{ <{TWO}> a ?type }} }}"
    for graphs, expected in (([ONE, TWO], True), ([TWO, THREE], False)):
        named = {"named-graph-uri": graphs}
        request = get({"query": text, **named})
        if way == "post":
            request = post(text, QUERY, get(named).query)
        assert says_true(exchange(engine, request)) is expected


def test_query_dataset_full(engine):
    text = (
        f"ASK {{ <{THREE}> a ?type"
        f" GRAPH ?g1 {{ <{ONE}> a ?type }} GRAPH ?g2 {{ <{TWO}> a ?type }} }}"
    )
    asked = {"default-graph-uri": [THREE], "named-graph-uri": [ONE, TWO]}
    assert says_true(exchange(engine, post(text, QUERY, get(asked).query)))
    swapped = {"default-graph-uri": [ONE], "named-graph-uri": [THREE, TWO]}
    assert not says_true(exchange(engine, post(text, QUERY, get(swapped).query)))


def test_query_multiple_dataset(engine):
    text = f"ASK FROM <{THREE}> {{ GRAPH ?g1 {{ <{ONE}> a ?t }} GRAPH ?g2 {{ <{TWO}> a ?t }} }}"
    address = get({"named-graph-uri": [ONE, TWO]}).query
    assert says_true(exchange(engine, post(text, QUERY, address)))
    assert not says_true(exchange(engine, post(text, QUERY)))


@pytest.mark.parametrize(
    ("text", "types"),
    [
        ("SELECT (1 AS ?value) {}", TABLES),
        ("ASK {}", TABLES),
        ("DESCRIBE <http://example.org/>", RDF),
        ("CONSTRUCT { <s> <p> 1 } WHERE {}", RDF),
    ],
    ids=["select", "ask", "describe", "construct"],
)
def test_query_content_type(engine, text, types):
    response = exchange(engine, post(text, QUERY, get({"default-graph-uri": ZERO}).query))
    assert response.status == 200
    assert header(response, "content-type") in types


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (get("query=ASK%20%7B%7D", method="PUT"), 405),
        (get("query=ASK%20%7B%7D&query=SELECT%20%2A%20%7B%7D"), 400),
        (post("ASK {}", "text/plain"), 415),
        (post("query=ASK%20%7B%7D"), 415),
        (post("ASK {}"), 415),
        (post("ASK {}".encode("utf-16"), f"{QUERY}; charset=UTF-16"), 415),
        (post("ASK {}".encode("utf-16"), QUERY), 400),
        (get("query=ASK%20%7B"), 400),
        (get("update=CLEAR%20ALL"), 403),
        (post("update=CLEAR%20NAMED&update=CLEAR%20DEFAULT", FORM), 403),
        (post("CLEAR NAMED", "text/plain"), 415),
        (post("update=CLEAR%20NAMED"), 415),
        (post("CLEAR NAMED".encode("utf-16"), f"{UPDATE}; charset=UTF-16"), 403),
        (post("update=CLEAR%20XYZ", FORM), 403),
        (post("update=CLEAR%20XYZ&using-named-graph-uri=urn:a", FORM), 403),
    ],
    ids=[
        "bad_query_method",
        "bad_multiple_queries",
        "bad_query_wrong_media_type",
        "bad_query_missing_form_type",
        "bad_query_missing_direct_type",
        "bad_query_non_utf8",
        "bad_query_non_utf8, unsaid",
        "bad_query_syntax",
        "bad_update_get",
        "bad_multiple_updates",
        "bad_update_wrong_media_type",
        "bad_update_missing_form_type",
        "bad_update_non_utf8",
        "bad_update_syntax",
        "bad_update_dataset_conflict",
    ],
)
def test_a_bad_request_is_refused_with_its_own_status(engine, request_, status):
    response = exchange(engine, request_)
    assert is_refused(response)
    assert response.status == status


@pytest.mark.parametrize(
    "request_",
    [
        post("update=CLEAR%20ALL", FORM),
        post("CLEAR ALL", UPDATE),
        post("CLEAR ALL", UPDATE, get({"using-graph-uri": ONE}).query),
        post("CLEAR ALL", UPDATE, get({"using-named-graph-uri": [ONE, TWO]}).query),
        post("INSERT DATA { <urn:s> <urn:p> <test> }", UPDATE),
    ],
    ids=[
        "update_post_form",
        "update_post_direct",
        "update_dataset_default_graph",
        "update_dataset_named_graphs",
        "update_base_uri",
    ],
)
def test_an_update_is_refused_with_the_reason_since_the_graph_is_read_only(engine, request_):
    response = exchange(engine, request_)
    assert response.status == 403
    assert b"read-only" in response.body
    assert says_true(exchange(engine, get({"query": f"ASK {{ <{ONE}> a ?type }}"})))

"""The endpoint reads requests and writes results as the SPARQL 1.1 Protocol says."""

import gzip
import json
from urllib.parse import quote

import pytest

from fixtures.exchanges import count

LABELS = "SELECT ?label { ?x <http://www.w3.org/2000/01/rdf-schema#label> ?label } ORDER BY ?label"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
CONSTRUCT = (
    "CONSTRUCT WHERE { <https://w3id.org/diplograph/id/city/corvo>"
    " <http://www.w3.org/2000/01/rdf-schema#label> ?o }"
)
ALL = 13


def test_a_query_is_answered_by_get(client):
    response = client.get("/sparql", query_string={"query": "ASK {}"})
    assert response.status_code == 200
    assert json.loads(response.data)["boolean"] is True


def test_a_query_is_answered_when_posted_as_a_form(client):
    assert count(client.post("/sparql", data={"query": COUNT})) == ALL


def test_a_query_is_answered_when_posted_directly(client):
    response = client.post(
        "/sparql", data=COUNT.encode(), content_type="application/sparql-query; charset=UTF-8"
    )
    assert count(response) == ALL


def test_a_query_beyond_ascii_means_the_same_by_each_way(client):
    text = 'SELECT (COUNT(*) AS ?n) { ?x ?y "Hafengespräche"@de }'
    direct = {"data": text.encode(), "content_type": "application/sparql-query"}
    assert count(client.get("/sparql", query_string={"query": text})) == 1
    assert count(client.post("/sparql", data={"query": text})) == 1
    assert count(client.post("/sparql", **direct)) == 1


@pytest.mark.parametrize(
    ("accept", "media_type", "start"),
    [
        ("application/sparql-results+json", "application/sparql-results+json", b'{"head"'),
        ("application/json", "application/json", b'{"head"'),
        ("application/sparql-results+xml", "application/sparql-results+xml", b"<?xml"),
        ("application/xml", "application/xml", b"<?xml"),
        ("text/csv", "text/csv; charset=utf-8", b"label\r\nCorvo\r\n"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8", b"?label\n"),
        ("text/html", "text/html; charset=utf-8", b"<!doctype html>"),
        ("*/*", "application/sparql-results+json", b'{"head"'),
        ("text/*", "text/csv; charset=utf-8", b"label"),
        ("text/turtle, text/csv;q=0.5", "text/csv; charset=utf-8", b"label"),
        ("text/csv;q=0.2, application/xml;q=0.7", "application/xml", b"<?xml"),
        ("application/json;q=0, */*;q=0.1", "application/sparql-results+json", b'{"head"'),
    ],
)
def test_a_table_comes_in_the_format_that_is_accepted(client, accept, media_type, start):
    response = client.get("/sparql", query_string={"query": LABELS}, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == media_type
    assert response.data.startswith(start)
    assert "Accept" in response.headers["Vary"]


def test_without_an_accept_header_a_table_is_json(client):
    response = client.post("/sparql", data={"query": LABELS})
    assert response.content_type == "application/sparql-results+json"


@pytest.mark.parametrize(
    ("accept", "media_type", "part"),
    [
        ("text/turtle", "text/turtle; charset=utf-8", b"city:corvo"),
        ("application/n-triples", "application/n-triples", b"<https://w3id.org/diplograph/id/city"),
        ("application/ld+json", "application/ld+json", b'"@id"'),
        ("application/rdf+xml", "application/rdf+xml", b"rdf:RDF"),
        ("*/*", "text/turtle; charset=utf-8", b"city:corvo"),
        ("text/html", "text/html; charset=utf-8", b"<!doctype html>"),
    ],
)
@pytest.mark.parametrize(
    "query", [CONSTRUCT, "DESCRIBE <https://w3id.org/diplograph/id/city/corvo>"]
)
def test_statements_come_in_the_format_that_is_accepted(client, query, accept, media_type, part):
    response = client.get("/sparql", query_string={"query": query}, headers={"Accept": accept})
    assert response.status_code == 200
    assert response.headers["Content-Type"] == media_type
    assert part in response.data
    assert b"Corvo" in response.data


@pytest.mark.parametrize(
    ("word", "media_type"),
    [
        ("csv", "text/csv"),
        ("tsv", "text/tab-separated-values"),
        ("xml", "application/sparql-results+xml"),
        ("json", "application/sparql-results+json"),
        ("html", "text/html"),
        ("text/csv", "text/csv"),
    ],
)
def test_the_format_of_a_link_comes_before_accept(client, word, media_type):
    asked = {"query": LABELS, "format": word}
    response = client.get("/sparql", query_string=asked, headers={"Accept": "text/html"})
    assert response.mimetype == media_type


def test_one_word_names_the_kin_formats_of_tables_and_of_statements(client):
    asked = {"query": CONSTRUCT, "format": "json"}
    assert client.get("/sparql", query_string=asked).mimetype == "application/ld+json"


def test_asking_is_answered_in_each_table_format(client):
    for accept in ("application/sparql-results+xml", "text/csv", "text/tab-separated-values"):
        response = client.get("/sparql?query=ASK{}", headers={"Accept": accept})
        assert b"true" in response.data


def test_a_format_that_nothing_has_is_not_acceptable_and_the_offer_is_listed(client):
    response = client.get("/sparql?query=ASK{}", headers={"Accept": "image/png"})
    assert response.status_code == 406
    assert "text/csv" in response.text
    assert "text/turtle" in response.text


def test_statements_are_not_acceptable_as_csv(client):
    response = client.post("/sparql", data={"query": CONSTRUCT}, headers={"Accept": "text/csv"})
    assert response.status_code == 406
    assert "text/turtle" in response.text


def test_a_table_is_not_acceptable_as_turtle(client):
    response = client.get(f"/sparql?query={quote(LABELS)}&format=turtle")
    assert response.status_code == 406


def test_a_syntax_error_says_where_it_is_and_shows_the_line(client):
    response = client.post("/sparql", data={"query": "SELECT * {\n  ?s ?p\n}"})
    assert response.status_code == 400
    first, line, caret = response.text.splitlines()[-3:]
    assert first.startswith("line ")
    assert line.partition(" | ")[2] in {"  ?s ?p", "}"}
    assert caret.strip() == "^"


def test_a_query_of_too_many_operators_is_a_bad_one(client):
    response = client.post("/sparql", data={"query": f"ASK {{ FILTER(0{' + 1' * 3000} > 1) }}"})
    assert response.status_code == 400
    assert "operators" in response.text


@pytest.mark.parametrize(
    "address",
    ["/sparql?query=ASK{}&query=ASK{}", "/sparql?default-graph-uri=urn:a", "/sparql?query=%FF"],
    ids=["two queries", "no query", "not UTF-8"],
)
def test_a_request_without_exactly_one_readable_query_is_a_bad_one(client, address):
    response = client.get(address)
    assert response.status_code == 400
    assert response.mimetype == "text/plain"


def test_a_posted_query_that_is_not_utf_8_is_a_bad_one(client):
    for kind in ("application/sparql-query", "application/x-www-form-urlencoded"):
        response = client.post("/sparql", data=b"query=\xff", content_type=kind)
        assert response.status_code == 400


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/json", "multipart/form-data; boundary=x", None]
)
def test_another_kind_of_body_is_not_supported(client, kind):
    response = client.post("/sparql", data=b"ASK {}", content_type=kind)
    assert response.status_code == 415
    assert "application/sparql-query" in response.text


def test_a_query_in_another_charset_is_not_supported(client):
    kind = "application/sparql-query; charset=utf-16"
    response = client.post("/sparql", data="ASK {}".encode("utf-16"), content_type=kind)
    assert response.status_code == 415


@pytest.mark.parametrize("coding", ["gzip", "br", "x-gzip", "GZIP", "identity, gzip", "nonsense"])
@pytest.mark.parametrize("kind", ["application/sparql-query", "application/x-www-form-urlencoded"])
def test_a_compressed_body_is_not_supported_and_what_is_taken_is_said(client, coding, kind):
    body, headers = gzip.compress(b"ASK {}"), {"Content-Encoding": coding}
    response = client.post("/sparql", data=body, content_type=kind, headers=headers)
    assert response.status_code == 415
    assert response.headers["Accept-Encoding"] == "identity"
    assert f"Content-Encoding {coding}" in response.text


@pytest.mark.parametrize("coding", ["identity", "Identity", ""])
def test_a_body_that_says_it_is_plain_is_read(client, coding):
    kind, headers = "application/sparql-query", {"Content-Encoding": coding}
    response = client.post("/sparql", data=COUNT, content_type=kind, headers=headers)
    assert count(response) == ALL


def test_a_request_that_is_too_large_is_refused(client):
    text = "#" * (1024 * 1024 + 1)
    response = client.post("/sparql", data=text, content_type="application/sparql-query")
    assert response.status_code == 413
    assert "larger than the 1 MiB" in response.text


def test_a_post_that_does_not_say_where_it_ends_is_asked_to(client):
    response = client.post("/sparql")
    assert response.status_code == 411
    assert "Content-Length" in response.text


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_not_allowed_and_the_allowed_ones_named(client, method):
    response = client.open("/sparql", method=method)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS, POST"


@pytest.mark.parametrize(
    "path", ["/", "/search", "/page/city/corvo", "/engagements.csv", "/ontology"]
)
@pytest.mark.parametrize("method", ["POST", "OPTIONS"])
def test_the_methods_of_a_page_are_listed_in_one_order(client, path, method):
    response = client.open(path, method=method)
    assert response.headers["Allow"] == "GET, HEAD, OPTIONS"


def test_head_has_the_headers_of_get_and_no_body(client):
    asked = {"query": COUNT}
    head, get = (client.open("/sparql", method=m, query_string=asked) for m in ("HEAD", "GET"))
    assert head.data == b""
    assert head.headers["Content-Length"] == get.headers["Content-Length"]
    assert head.content_type == get.content_type


def test_other_sites_may_read_and_ask_in_advance(client):
    response = client.options("/sparql", headers={"Origin": "https://elsewhere.example"})
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    answer = client.get("/sparql?query=ASK{}", headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers

"""A query reaches the graphs of the build, all or those it is given, and nothing else."""

from urllib.parse import quote

import pytest

from diplograph.core.names import REFERENCE_GRAPH
from fixtures.exchanges import count
from fixtures.small_build import REPORT_GRAPH

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
COUNT_NAMED = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
TALE, REFERENCE = 11, 2


def test_the_default_graph_can_be_chosen(client):
    asked = {"query": COUNT, "default-graph-uri": REPORT_GRAPH}
    assert count(client.get("/sparql", query_string=asked)) == TALE
    asked = {"query": COUNT, "default-graph-uri": [REPORT_GRAPH, REFERENCE_GRAPH]}
    assert count(client.post("/sparql", data=asked)) == TALE + REFERENCE


def test_the_named_graphs_can_be_chosen(client):
    asked = {"query": COUNT_NAMED, "named-graph-uri": REFERENCE_GRAPH}
    assert count(client.get("/sparql", query_string=asked)) == REFERENCE


def test_a_posted_query_takes_its_graphs_from_the_address(client):
    response = client.post(
        f"/sparql?default-graph-uri={quote(REFERENCE_GRAPH)}",
        data=COUNT.encode(),
        content_type="application/sparql-query",
    )
    assert count(response) == REFERENCE


def test_graphs_of_the_request_come_before_those_of_the_query(client):
    text = f"SELECT (COUNT(*) AS ?n) FROM <{REPORT_GRAPH}> {{ ?s ?p ?o }}"
    asked = {"query": text, "default-graph-uri": REFERENCE_GRAPH}
    assert count(client.get("/sparql", query_string=asked)) == REFERENCE


@pytest.mark.parametrize("name", ["default-graph-uri", "named-graph-uri"])
def test_a_graph_that_is_not_here_is_not_found(client, name):
    asked = {"query": COUNT, name: "http://elsewhere.example/graph"}
    response = client.get("/sparql", query_string=asked)
    assert response.status_code == 404
    assert "http://elsewhere.example/graph" in response.text


@pytest.mark.parametrize("clause", ["FROM", "FROM NAMED"])
def test_a_query_cannot_bring_in_a_graph_from_elsewhere(client, clause):
    text = f"SELECT * {clause} <http://elsewhere.example/graph> {{ ?s ?p ?o }}"
    assert client.get("/sparql", query_string={"query": text}).status_code in {403, 404}


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://elsewhere.example/sparql> { ?s ?p ?o } }",
        "SELECT * { SERVICE SILENT <http://elsewhere.example/sparql> { ?s ?p ?o } }",
        "ASK { { SELECT * { OPTIONAL { SERVICE ?x { ?s ?p ?o } } } } }",
    ],
)
def test_a_query_that_reaches_outside_is_refused_with_the_reason(client, text):
    response = client.post("/sparql", data={"query": text})
    assert response.status_code == 403
    assert len(response.text.split()) > 3


@pytest.mark.parametrize(
    "text",
    [
        "LOAD <http://elsewhere.example/data>",
        "INSERT DATA { <urn:a> <urn:b> <urn:c> }",
        "PREFIX a: <urn:a> BASE <urn:b> # and\nDELETE WHERE { ?s ?p ?o }",
        "clear all",
    ],
)
def test_an_update_sent_as_a_query_is_no_query(client, text):
    """Protocol 2.1.6: 400 for what is no legal query."""
    for response in (
        client.post("/sparql", data={"query": text}),
        client.get("/sparql", query_string={"query": text}),
        client.post("/sparql", data=text.encode(), content_type="application/sparql-query"),
    ):
        assert response.status_code == 400
        assert "would change the graph: only queries are answered here" in response.text


def test_a_byte_order_mark_before_a_query_is_passed_over(client):
    text = "\ufeffASK {}"
    for response in (
        client.post("/sparql", data={"query": text}),
        client.get("/sparql", query_string={"query": text}),
        client.post("/sparql", data=text.encode(), content_type="application/sparql-query"),
    ):
        assert response.status_code == 200


@pytest.mark.parametrize(
    ("form", "head"),
    [
        ("text/csv", "zeta,kind"),
        ("text/tab-separated-values", "?zeta\t?kind"),
        ("application/sparql-results+json", '"vars":["zeta","kind"]'),
        ("application/sparql-results+xml", '<variable name="zeta"/><variable name="kind"/>'),
        ("text/html", None),
    ],
)
def test_columns_are_in_the_order_of_the_query_in_every_format(client, form, head):
    query = {"query": "SELECT * { ?zeta a ?kind } LIMIT 1"}
    text = client.get("/sparql", query_string=query, headers={"Accept": form}).text
    if head is None:
        assert 0 < text.index(">Zeta</th>") < text.index(">Kind</th>")
    else:
        assert head in text


@pytest.mark.parametrize(
    "request_of",
    [
        lambda client, text: client.post("/sparql", data={"update": text}),
        lambda client, text: client.get("/sparql", query_string={"update": text}),
        lambda client, text: client.post(
            "/sparql", data=text.encode(), content_type="application/sparql-update"
        ),
    ],
    ids=["form", "address", "direct"],
)
def test_an_update_is_refused_however_it_comes(client, request_of):
    response = request_of(client, "INSERT DATA { <urn:a> <urn:b> <urn:c> }")
    assert response.status_code == 403
    assert "read-only" in response.text


def test_a_word_like_service_inside_a_text_is_no_reason_to_refuse(client):
    text = 'SELECT (COUNT(*) AS ?n) { ?s ?p "SERVICE <http://elsewhere.example/>" }'
    assert count(client.post("/sparql", data={"query": text})) == 0

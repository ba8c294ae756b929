"""The graph as an rdflib Dataset: the same answers, for reading only, and out of nobody's reach."""

from __future__ import annotations

import socket

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.sparql import prepareQuery

from diplograph.api.view import ReadOnlyStore, View
from diplograph.core.errors import Refused, UnknownGraph
from diplograph.core.names import SHAPES_GRAPH, expand


def test_the_view_has_the_statements_of_the_default_graph(graph):
    (row,) = graph.ask("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")
    assert len(graph.rdf.default_graph) == row.n


def test_the_view_answers_by_pattern_and_by_query(graph):
    ardenia = rdflib.URIRef(expand("state:XAA"))
    assert graph.rdf.value(ardenia, rdflib.RDFS.label) == rdflib.Literal("Ardenia", lang="en")
    (row,) = graph.rdf.query("SELECT ?l { state:XAA rdfs:label ?l }")
    assert str(row.l) == "Ardenia"


@pytest.mark.parametrize(
    "query", ["SELECT * { SERVICE <%s> { ?s ?p ?o } }", "SELECT * { SERVICEx:y{ ?s ?p ?o } }"]
)
def test_the_view_calls_nobody(graph, query):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        text = query.replace("%s", address)
        for asked in (graph.rdf, graph.rdf.default_graph):
            with pytest.raises(Refused, match="SERVICE is not allowed"):
                list(asked.query(text, initNs={"SERVICEx": address}))
        with pytest.raises(TimeoutError):
            listener.accept()


@pytest.mark.parametrize(
    ("query", "options"),
    [
        (prepareQuery("ASK {}"), {}),
        ("ASK {}", {"base": "urn:a"}),
        ("ASK {}", {"use_store_provided": False}),
    ],
)
def test_the_view_lets_rdflib_run_no_query_itself(graph, query, options):
    with pytest.raises(Refused, match="rdflib could reach outside"):
        graph.rdf.query(query, **options)


def test_the_view_answers_from_the_graph_that_a_query_names(graph):
    (row,) = graph.rdf.query(f"SELECT (COUNT(*) AS ?n) FROM <{SHAPES_GRAPH}> {{ ?s ?p ?o }}")
    assert int(row.n) == len(graph.rdf.graph(SHAPES_GRAPH))


def test_the_view_knows_no_graph_that_is_not_there(graph):
    with pytest.raises(UnknownGraph, match="there is no graph"):
        graph.rdf.query("SELECT * FROM <http://127.0.0.1:9/> { ?s ?p ?o }")


@pytest.mark.parametrize("form", ["trig", "nquads", "json-ld", "hext"])
def test_the_view_is_written_without_a_warning(form):
    small = View(store=ReadOnlyStore(store=ox.Store()))
    small.store._inner.add(ox.Quad(*[ox.NamedNode("urn:a")] * 4))
    assert "urn:" in small.serialize(format=form)
    assert "View" in repr(small)


def test_the_view_keeps_the_named_graphs_apart(graph):
    names = {str(each.identifier) for each in graph.rdf.graphs()}
    assert set(graph.store.graphs) <= names


@pytest.mark.parametrize(
    "change",
    [
        lambda view: view.add((rdflib.URIRef("urn:a"), rdflib.RDFS.label, rdflib.Literal("b"))),
        lambda view: view.remove((None, rdflib.RDFS.label, None)),
        lambda view: view.update("DELETE WHERE { ?s ?p ?o }"),
        lambda view: view.addN([]),
    ],
)
def test_the_view_refuses_every_change(graph, change):
    before = len(graph.rdf.default_graph)
    with pytest.raises(Refused, match="for reading"):
        change(graph.rdf)
    assert len(graph.rdf.default_graph) == before

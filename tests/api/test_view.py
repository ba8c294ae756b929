"""The graph as an rdflib Dataset: the same answers, for reading only, and out of nobody's reach."""

from __future__ import annotations

import socket

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.algebra import translateQuery
from rdflib.plugins.sparql.parser import parseQuery

from diplograph.api.view import ReadOnlyStore, View
from diplograph.core.errors import QuerySyntaxError, Refused, UnknownGraph, UsageError
from diplograph.core.names import SHAPES_GRAPH, expand
from diplograph.store.store import Store


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
        (translateQuery(parseQuery("ASK {}")), {}),
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
    quads = [ox.Quad(*[ox.NamedNode("urn:a")] * 4)]
    small = View(store=ReadOnlyStore(Store(lambda: quads, "digest")))
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


# ---- initBindings and prepared queries ------------------------------------------------------

ARDENIA, BELMORA = (rdflib.URIRef(expand(name)) for name in ("state:XAA", "state:XBE"))
QUERIES = [
    "SELECT ?l { ?s rdfs:label ?l }",
    "SELECT ?s ?l { ?s rdfs:label ?l }",
    "SELECT * { ?s a ?c }",
    "SELECT DISTINCT ?p { ?s ?p [] }",
    "SELECT (STR(?s) AS ?text) { ?s a dg:State }",
    "SELECT (?s AS ?same) { ?s a dg:State }",
    "SELECT ?x { ?x a dg:State FILTER (?x != ?s) }",
    "SELECT * { ?x a dg:State FILTER (?x != ?s) }",
    "SELECT ?x ?l { ?x a dg:State OPTIONAL { ?x rdfs:label ?l FILTER (?x = ?s) } }",
    "SELECT ?o { { ?s rdfs:label ?o } UNION { ?s a ?o } }",
    "SELECT ?l { { SELECT ?l { ?s rdfs:label ?l } } }",
    "SELECT ?s ?l { { SELECT ?l { ?s rdfs:label ?l } } }",
    "SELECT (COUNT(?c) AS ?n) { ?s a ?c }",
    "SELECT (COUNT(?c) AS ?n) { ?s dg:noSuch ?c }",
    "SELECT ?s (COUNT(?c) AS ?n) { ?s a ?c } GROUP BY ?s",
    "SELECT ?l { BIND (state:XBE AS ?s) ?s rdfs:label ?l }",
    "SELECT ?s ?l { BIND (state:XBE AS ?s) ?s rdfs:label ?l }",
    "SELECT ?l { VALUES ?s { state:XAA state:XBE } ?s rdfs:label ?l }",
    "SELECT ?l { ?s rdfs:label ?l } VALUES ?s { state:XBE }",
    "SELECT ?x { ?x a dg:State MINUS { ?s rdfs:label ?l } }",
    "SELECT ?x { ?x a dg:State FILTER NOT EXISTS { ?x rdfs:label ?l FILTER (?x = ?s) } }",
    "SELECT ?c { ?s a/rdfs:subClassOf* ?c }",
    "SELECT ?x { ?x a dg:State } ORDER BY ?x LIMIT 1",
    "# ?s is bound\nSELECT ?l { state:XBE rdfs:label ?l }",
    "PREFIX x: <urn:x> SELECT ?x { ?x a dg:State FILTER (BOUND(?s)) }",
    "SELECT ?x { ?x a dg:State { ?x rdfs:label ?l FILTER (?x = ?s) } }",
    "SELECT ?x { ?x a dg:State FILTER (COALESCE(?s, ?x) = ?x) }",
    "SELECT ?x { ?x a dg:State MINUS { ?y a dg:Meeting } }",
    "CONSTRUCT { ?x dg:named ?s } WHERE { ?x a dg:State FILTER (?x != ?s) }",
    "CONSTRUCT { ?s dg:like ?x } WHERE { ?x a dg:State }",
    "ASK { ?x a dg:State FILTER (?s = state:XAA) }",
    "ASK { ?s a dg:State }",
    "ASK { ?s a dg:Meeting }",
    "CONSTRUCT { ?s dg:named ?l } WHERE { ?s rdfs:label ?l }",
    "CONSTRUCT { dg:it dg:named ?l } WHERE { ?s rdfs:label ?l }",
    "CONSTRUCT WHERE { ?s rdfs:label ?l }",
    "DESCRIBE ?s WHERE { ?s a dg:State }",
]


@pytest.fixture(scope="module")
def copy(graph):
    """The same statements in a graph of rdflib's own, which its own engine answers from."""
    statements = rdflib.Graph()
    for prefix, name in graph.rdf.namespaces():
        statements.bind(prefix, name)
    for triple in graph.rdf.default_graph.triples((None, None, None)):
        statements.add(triple)
    return statements


def read(result):
    if result.type == "ASK":
        return result.askAnswer
    if result.graph is not None:
        return set(result.graph)
    rows = (
        {name: term for name, term in row.items() if term is not None} for row in result.bindings
    )
    return sorted(result.vars), sorted(sorted(row.items()) for row in rows)


@pytest.mark.parametrize("query", QUERIES)
def test_bound_variables_mean_what_they_mean_in_rdflib(graph, copy, query):
    bound = {"s": ARDENIA}
    assert read(graph.rdf.query(query, initBindings=bound)) == read(
        copy.query(query, initBindings=bound)
    )


@pytest.mark.parametrize("name", ["s", "?s", "$s", rdflib.Variable("s")])
def test_a_bound_variable_is_named_with_or_without_its_mark(graph, name):
    (row,) = graph.rdf.query("SELECT ?l { ?s rdfs:label ?l }", initBindings={name: ARDENIA})
    assert row.l == rdflib.Literal("Ardenia", lang="en")


@pytest.mark.parametrize(
    "value", [rdflib.Literal("Ardenia", lang="en"), rdflib.Literal("Ardenia"), rdflib.Literal(7)]
)
def test_a_variable_may_be_bound_to_a_literal(graph, copy, value):
    query, bound = "SELECT ?s ?l { ?s rdfs:label ?l }", {"l": value}
    assert read(graph.rdf.query(query, initBindings=bound)) == read(
        copy.query(query, initBindings=bound)
    )


def test_a_variable_may_be_bound_to_a_blank_node(graph):
    node = next(node for node in graph.rdf.subjects(unique=True) if isinstance(node, rdflib.BNode))
    rows = graph.rdf.query("SELECT ?p ?o { ?s ?p ?o }", initBindings={"s": node})
    assert {tuple(row) for row in rows} == set(graph.rdf.predicate_objects(node))


@pytest.mark.parametrize("value", ["Ardenia", 7, None])
def test_a_variable_is_bound_to_nothing_but_a_term(graph, value):
    with pytest.raises(UsageError, match=r"initBindings: give \?s an rdflib URIRef or Literal"):
        graph.rdf.query("ASK { ?s ?p ?o }", initBindings={"s": value})


def test_two_variables_may_be_bound_and_others_are_of_no_account(graph):
    bound = {"s": ARDENIA, "p": rdflib.RDFS.label, "unused": BELMORA}
    (row,) = graph.rdf.query("SELECT ?o { ?s ?p ?o }", initBindings=bound)
    assert tuple(row) == (rdflib.Literal("Ardenia", lang="en"),)


def test_a_prepared_query_is_answered(graph):
    prepared = prepareQuery("SELECT ?l { ?s name:label ?l }", initNs={"name": rdflib.RDFS})
    for state, label in ((ARDENIA, "Ardenia"), (BELMORA, "Belmora")):
        (row,) = graph.rdf.query(prepared, initBindings={"s": state})
        assert str(row.l) == label


def test_prefixes_may_be_given_with_the_query(graph):
    names = {"name": rdflib.RDFS}
    (row,) = graph.rdf.query("SELECT ?l { state:XAA name:label ?l }", initNs=names)
    assert str(row.l) == "Ardenia"


def test_a_graph_of_its_own_has_bound_variables_too(graph):
    query, bound = "SELECT (COUNT(?p) AS ?n) { ?s ?p ?o }", {"s": ARDENIA}
    assert [
        int(row.n) for row in graph.rdf.graph(SHAPES_GRAPH).query(query, initBindings=bound)
    ] == [0]


@pytest.mark.parametrize("query", ["SELECT ?x { SERVICE <urn:x> { ?s ?p ?x } }", "LOAD <urn:x>"])
def test_bound_variables_open_no_way_out(graph, query):
    with pytest.raises((Refused, QuerySyntaxError)):
        graph.rdf.query(query, initBindings={"s": ARDENIA})


def test_from_beside_bound_variables_of_several_scopes_is_refused(graph):
    query = f"SELECT (COUNT(?p) AS ?n) FROM <{SHAPES_GRAPH}> {{ ?s ?p ?o }}"
    with pytest.raises(Refused, match="name no graph by FROM"):
        graph.rdf.query(query, initBindings={"s": ARDENIA})

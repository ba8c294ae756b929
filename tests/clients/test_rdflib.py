"""RDFLib's SPARQLStore gets the answers of `diplograph ask` and browses the graph."""

import pytest
from rdflib import RDF, RDFS, Dataset, Graph, URIRef
from rdflib.plugins.stores.sparqlstore import SPARQLStore

from clients.conftest import BASE, read_questions
from w3c.results import read_result, read_statements, same

STATE = URIRef("https://w3id.org/diplograph/ontology#State")
REFERENCE = URIRef("https://w3id.org/diplograph/graph/reference")

each_method = pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])


def questions_of(*kinds):
    chosen = [each for each in read_questions() if each.kind in kinds]
    return pytest.mark.parametrize("question", chosen, ids=lambda each: each.name)


@pytest.fixture(autouse=True)
def _as_written(monkeypatch):
    """Let RDFLib keep literals as they were sent."""
    monkeypatch.setattr("rdflib.NORMALIZE_LITERALS", False)


@each_method
@pytest.mark.parametrize("form", ["xml", "json"])
@questions_of("table", "boolean")
def test_a_store_gets_the_rows_that_ask_says(question, form, method, server, asked):
    store = SPARQLStore(f"{server}/sparql", method=method, returnFormat=form)
    given = read_result(Graph(store).query(question.text).serialize(format="json"), "srj")
    assert same(given, asked(question), ordered=True)


@each_method
@questions_of("graph")
def test_a_store_gets_the_graph_that_ask_says(question, method, server, asked):
    graph = Graph(SPARQLStore(f"{server}/sparql", method=method)).query(question.text).graph
    given = read_statements(graph.serialize(format="nt", encoding="utf-8"), "nt", BASE)
    assert same(given, asked(question))


def test_a_store_is_browsed_as_if_it_were_here(server, real_store):
    graph = Graph(SPARQLStore(f"{server}/sparql"))
    states = sorted(graph.subjects(RDF.type, STATE))
    assert states
    assert graph.value(states[0], RDFS.label) is not None
    assert len(graph) == len({quad.triple for quad in default_graph(real_store)})
    assert (states[0], RDF.type, STATE) in graph


def test_a_store_shows_the_named_graphs(server, real_store):
    dataset = Dataset(SPARQLStore(f"{server}/sparql"))
    assert sorted(map(str, dataset.store.contexts())) == list(real_store.graphs)


def test_a_store_asks_one_named_graph(server, real_store):
    graph = Graph(SPARQLStore(f"{server}/sparql"), identifier=REFERENCE)
    assert len(graph) == len(list(real_store.match(graph=str(REFERENCE))))


def default_graph(store):
    return [quad for quad in store.match() if not quad.graph_name.value.endswith("/shapes")]

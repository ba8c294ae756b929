"""SPARQLWrapper gets the answers of `diplograph ask`, by all its methods and in all its formats."""

import json
from urllib.error import HTTPError

import pytest

from clients.conftest import BASE, miss, read_questions
from w3c.results import read_result, read_statements, same, without_types

try:
    import SPARQLWrapper
except ModuleNotFoundError:
    SPARQLWrapper = None

METHODS = [("GET", "urlencoded"), ("POST", "urlencoded"), ("POST", "postdirectly")]
TABLES = {"json": "srj", "xml": "srx", "csv": "csv", "tsv": "tsv"}
GRAPHS = {"turtle": "ttl", "n3": "ttl", "rdf+xml": "rdf", "xml": "rdf", "json-ld": "jsonld"}

TABLES_ASKED = [
    pytest.param(question, form, id=f"{question.name}-{form}")
    for question in read_questions()
    for form in TABLES
    if question.kind == "table" or (question.kind == "boolean" and form in {"json", "xml"})
]

each_method = pytest.mark.parametrize(("method", "encoding"), METHODS)
each_question = pytest.mark.parametrize("question", read_questions(), ids=lambda each: each.name)


def questions_of(*kinds):
    chosen = [each for each in read_questions() if each.kind in kinds]
    return pytest.mark.parametrize("question", chosen, ids=lambda each: each.name)


@pytest.fixture
def wrapper(server):
    """Return a wrapper around the endpoint."""
    if SPARQLWrapper is None:
        miss("SPARQLWrapper is not installed: pip install -c constraints.txt -e '.[ci]'")
    return SPARQLWrapper.SPARQLWrapper(f"{server}/sparql")


def fetch(wrapper, question, form, method="GET", encoding="urlencoded"):
    """Return the body that the wrapper gets for the question."""
    wrapper.setQuery(question.text)
    wrapper.setReturnFormat(form)
    wrapper.setMethod(method)
    wrapper.setRequestMethod(encoding)
    with wrapper.query().response as response:
        return response.read()


@each_method
@each_question
def test_a_wrapper_gets_what_ask_says(question, method, encoding, wrapper, asked):
    if question.kind == "graph":
        body = fetch(wrapper, question, "turtle", method, encoding)
        given = read_statements(body, "ttl", BASE)
    else:
        given = read_result(fetch(wrapper, question, "json", method, encoding), "srj")
    assert same(given, asked(question), ordered=True)


@pytest.mark.parametrize("negotiated", [False, True], ids=["format=", "Accept"])
@pytest.mark.parametrize(("question", "form"), TABLES_ASKED)
def test_a_wrapper_gets_tables_in_every_format(question, form, negotiated, wrapper, asked):
    expected = asked(question)
    wrapper.setOnlyConneg(negotiated)
    given = read_result(fetch(wrapper, question, form), TABLES[form])
    assert same(given, without_types(expected) if form == "csv" else expected, ordered=True)


@pytest.mark.parametrize("negotiated", [False, True], ids=["format=", "Accept"])
@pytest.mark.parametrize("form", GRAPHS)
@questions_of("graph")
def test_a_wrapper_gets_graphs_in_every_format(question, form, negotiated, wrapper, asked):
    wrapper.setOnlyConneg(negotiated)
    given = read_statements(fetch(wrapper, question, form), GRAPHS[form], BASE)
    assert same(given, asked(question))


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # SPARQLWrapper still takes it
@pytest.mark.parametrize("form", ["json", "xml", "csv", "tsv", "turtle", "rdf+xml", "json-ld"])
def test_a_wrapper_converts_what_it_gets(form, wrapper):
    table = form in {"json", "xml", "csv", "tsv"}
    question = next(q for q in read_questions() if q.kind == ("table" if table else "graph"))
    wrapper.setQuery(question.text)
    wrapper.setReturnFormat(form)
    assert wrapper.queryAndConvert()


def test_a_wrapper_names_the_graphs_of_a_query(wrapper, asked):
    (inner,) = (each for each in read_questions() if each.name == "one-graph")
    graph = inner.text.partition("FROM <")[2].partition(">")[0]
    wrapper.addDefaultGraph(graph)
    wrapper.setReturnFormat("json")
    wrapper.setQuery(inner.text.replace(f"FROM <{graph}>\n", ""))
    given = read_result(json.dumps(wrapper.queryAndConvert()).encode(), "srj")
    assert same(given, asked(inner), ordered=True)


def test_a_wrapper_is_told_that_a_query_is_malformed(wrapper):
    wrapper.setQuery("SELECT ?thing WHERE { ?thing ")
    wrapper.setReturnFormat("json")
    with pytest.raises(SPARQLWrapper.SPARQLExceptions.QueryBadFormed):
        wrapper.query()


def test_a_wrapper_may_not_write(wrapper):
    wrapper.setQuery("CLEAR ALL")
    wrapper.setMethod("POST")
    with pytest.raises(HTTPError, match="403"):  # it sends an update as one
        wrapper.query()

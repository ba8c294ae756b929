"""What the service claims of itself is true here, word for word of the W3C's vocabulary."""

import json
from urllib.parse import urlsplit

import pytest
import rdflib
from rdflib import RDF, RDFS, URIRef

from diplograph.core.formats import RESULTS, STATEMENTS
from diplograph.core.names import INFERRED_GRAPH, REFERENCE_GRAPH, SHAPES_GRAPH
from diplograph.core.settings import Settings
from diplograph.web.app import create_app
from diplograph.web.protocol.graphs import graph_address
from diplograph.web.protocol.service_description import (
    BOUND_NAMESPACE,
    BuildFacts,
    describe_service,
)
from fixtures.small_build import REPORT_GRAPH
from fixtures.web_reading import ignore_rdflib, parse

SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = rdflib.Namespace("http://rdfs.org/ns/void#")
ENT = rdflib.Namespace("http://www.w3.org/ns/entailment/")
SERVICE = URIRef("http://localhost/sparql")

pytestmark = ignore_rdflib


def count(client, pattern):
    asked = {"query": f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}", "format": "json"}
    rows = json.loads(client.get("/sparql", query_string=asked).data)["results"]["bindings"]
    return int(rows[0]["n"]["value"])


def test_the_service_is_named_by_its_own_endpoint(described):
    assert list(described.subject_objects(SD.endpoint)) == [(SERVICE, SERVICE)]
    assert (SERVICE, RDF.type, SD.Service) in described


def test_nothing_is_without_a_name(described):
    assert [each for each in described.all_nodes() if isinstance(each, rdflib.BNode)] == []


def test_the_language_is_sparql_1_1_query_and_no_update(described):
    assert list(described.objects(SERVICE, SD.supportedLanguage)) == [SD.SPARQL11Query]


def test_each_format_that_is_written_is_named_as_the_w3c_names_it(described):
    names = "Turtle N-Triples JSON-LD RDF_XML TriG N-Quads".split()
    names += [f"SPARQL_Results_{each}" for each in ("JSON", "XML", "CSV", "TSV")]
    expected = {URIRef(f"http://www.w3.org/ns/formats/{name}") for name in names}
    assert set(described.objects(SERVICE, SD.resultFormat)) == expected
    assert len(expected) == len(RESULTS) + len(STATEMENTS)
    assert list(described.objects(None, SD.inputFormat)) == []


def test_no_feature_is_claimed_that_is_not_there(described):
    assert list(described.objects(SERVICE, SD.feature)) == []


def test_federation_is_claimed_where_it_is_allowed_and_whereto(small_store):
    settings = Settings(services=("https://query.example/sparql",))
    described = parse(create_app(small_store, settings=settings).test_client().get("/sparql").data)
    assert list(described.objects(SERVICE, SD.feature)) == [SD.BasicFederatedQuery]
    allowed = described.objects(SERVICE, URIRef(BOUND_NAMESPACE + "service"))
    assert list(allowed) == [URIRef("https://query.example/sparql")]


def test_the_entailment_regime_is_the_one_of_matching(client, described):
    assert list(described.objects(SERVICE, SD.defaultEntailmentRegime)) == [ENT.Simple]
    assert list(described.subject_objects(SD.entailmentRegime)) == []
    # Under a regime of RDF or OWL this would follow.
    rdf_type = f"<{RDF.type}> <{RDF.type}> <{RDF.Property}>"
    assert count(client, rdf_type) == 0


def test_what_was_inferred_is_told_apart_with_the_rules_it_follows():
    facts = BuildFacts(((INFERRED_GRAPH, 7),), 7)
    said = {str(each) for each in describe_service("http://localhost", Settings(), facts)}
    graph = f"<http://localhost{graph_address(INFERRED_GRAPH)}>"
    assert f"{graph} <{RDFS.seeAlso}> <http://www.w3.org/ns/owl-profile/RL>" in said
    assert not any("entailmentRegime>" in each and graph in each for each in said)


def test_it_is_said_that_queries_may_be_sparql_12(small_store):
    client = create_app(small_store).test_client()
    comments = " ".join(parse(client.get("/sparql").data).objects(SERVICE, RDFS.comment))
    assert "SPARQL 1.2" in comments


def test_the_dataset_has_every_graph_by_name_with_its_number_of_statements(client, described):
    dataset = described.value(SERVICE, SD.defaultDataset)
    found = {}
    for named in described.objects(dataset, SD.namedGraph):
        graph = described.value(named, SD.graph)
        found[str(described.value(named, SD.name))] = described.value(graph, VOID.triples).value
    assert found == {
        name: count(client, f"GRAPH <{name}> {{ ?s ?p ?o }}")
        for name in (REFERENCE_GRAPH, REPORT_GRAPH, SHAPES_GRAPH)
    }


def test_the_default_graph_has_its_number_of_statements(client, described):
    dataset = described.value(SERVICE, SD.defaultDataset)
    graph = described.value(dataset, SD.defaultGraph)
    assert described.value(graph, VOID.triples).value == count(client, "?s ?p ?o") > 0


def test_the_default_graph_is_no_union_of_all_and_says_so(client, described):
    dataset = described.value(SERVICE, SD.defaultDataset)
    graph = described.value(dataset, SD.defaultGraph)
    named = "SELECT DISTINCT ?s ?p ?o { GRAPH ?g { ?s ?p ?o } }"
    assert count(client, "?s ?p ?o") < count(client, f"{{ {named} }}")
    assert SHAPES_GRAPH in described.value(graph, RDFS.comment)


def test_a_graph_is_read_at_the_address_it_goes_by(client, described):
    for graph in described.subjects(RDF.type, SD.Graph):
        address = urlsplit(graph)
        path = f"{address.path}?{address.query}" if address.query else address.path
        read = parse(client.get(path).data)
        assert len(read) == described.value(graph, VOID.triples).value


def test_the_graphs_that_a_query_may_take_are_the_named_ones(client, described):
    available = described.value(SERVICE, SD.availableGraphs)
    dataset = described.value(SERVICE, SD.defaultDataset)
    named = set(described.objects(available, SD.namedGraph))
    assert named == set(described.objects(dataset, SD.namedGraph))
    for each in named:
        name = described.value(each, SD.name)
        text = f"ASK FROM <{name}> {{ ?s ?p ?o }}"
        assert client.get("/sparql", query_string={"query": text}).status_code == 200


@pytest.mark.parametrize(
    ("kind", "subjects", "objects"),
    [
        (SD.Service, "endpoint feature supportedLanguage defaultDataset resultFormat", ""),
        (SD.Dataset, "defaultGraph", "defaultDataset"),
        (SD.GraphCollection, "", "availableGraphs"),
        (SD.NamedGraph, "name graph", "namedGraph"),
        (SD.Graph, "", "defaultGraph graph"),
    ],
)
def test_whatever_the_vocabulary_says_the_kind_of_has_it(described, kind, subjects, objects):
    found = {each for name in subjects.split() for each in described.subjects(SD[name])}
    found |= {each for name in objects.split() for each in described.objects(None, SD[name])}
    assert found
    assert [each for each in found if (each, RDF.type, kind) not in described] == []


def test_every_word_of_the_vocabulary_is_in_it(described):
    terms = set(described.predicates()) | set(described.objects(None, RDF.type))
    used = {term.removeprefix(SD) for term in terms if term.startswith(SD)}
    assert used <= set(
        "Service Dataset Graph NamedGraph GraphCollection endpoint supportedLanguage resultFormat"
        " defaultEntailmentRegime defaultDataset availableGraphs defaultGraph namedGraph name"
        " graph".split()
    )

"""The dataset is described in VoID and DCAT: what it counts is so, what it links is there."""

from __future__ import annotations

import hashlib
from urllib.parse import urlsplit

import pytest
import rdflib
from rdflib import DCAT, DCTERMS, RDF, VOID, XSD, Namespace, URIRef

from diplograph.core.formats import STATEMENTS
from diplograph.core.settings import Settings
from diplograph.web.app import create_app
from diplograph.web.linked import downloads
from fixtures.web_reading import ignore_rdflib, parse

SPDX = Namespace("http://spdx.org/rdf/terms#")
PATH = "/.well-known/void"
HOST = "http://graph.example:8080"
DATASET = URIRef(f"{HOST}{PATH}#dataset")
FLAT = [form for form in STATEMENTS.values() if not form.graphs]


@pytest.fixture(scope="module")
def client(world_store):
    return create_app(world_store).test_client()


@pytest.fixture(scope="module")
def described(client):
    reply = client.get(PATH, base_url=HOST, headers={"Accept": "text/turtle"})
    return rdflib.Graph().parse(data=reply.text, format="turtle")


def number(store, text):
    [row] = store.query(text)
    return int(row[0].value)


def count(store, pattern, what="*"):
    return number(store, f"SELECT (COUNT({what}) AS ?n) {{ {pattern} }}")


@ignore_rdflib
@pytest.mark.parametrize("form", FLAT, ids=[form.name for form in FLAT])
def test_it_is_had_in_every_type_and_says_the_same(client, described, form):
    reply = client.get(PATH, base_url=HOST, headers={"Accept": form.media_type})
    assert reply.content_type.partition(";")[0] == form.media_type
    assert "Accept" in reply.headers["Vary"]
    assert set(parse(reply.data, form)) == set(described)


def test_what_is_no_rdf_is_not_acceptable(client):
    assert client.get(PATH, headers={"Accept": "image/png"}).status_code == 406


def test_a_browser_gets_rdf_too(client):
    accept = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert client.get(PATH, headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize(
    ("name", "pattern", "what"),
    [
        ("triples", "?s ?p ?o", "*"),
        ("distinctSubjects", "?s ?p ?o", "DISTINCT ?s"),
        ("distinctObjects", "?s ?p ?o", "DISTINCT ?o"),
        ("properties", "?s ?p ?o", "DISTINCT ?p"),
        ("classes", "?s a ?c", "DISTINCT ?c"),
    ],
)
def test_its_counts_are_those_of_sparql(described, world_store, name, pattern, what):
    assert int(described.value(DATASET, VOID[name])) == count(world_store, pattern, what)


def test_its_entities_are_those_of_its_address_space(described, world_store):
    space = described.value(DATASET, VOID.uriSpace)
    pattern = f'?s ?p ?o FILTER(STRSTARTS(STR(?s), "{space}"))'
    expected = count(world_store, pattern, "DISTINCT ?s")
    assert int(described.value(DATASET, VOID.entities)) == expected


def test_each_property_has_its_partition(described, world_store):
    found = {
        str(described.value(part, VOID.property)): int(described.value(part, VOID.triples))
        for part in described.objects(DATASET, VOID.propertyPartition)
    }
    rows = world_store.query("SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p")
    assert found == {row["p"].value: int(row["n"].value) for row in rows}


def test_each_class_has_its_partition_with_the_properties_used(described, world_store):
    parts = list(described.objects(DATASET, VOID.classPartition))
    found = {
        str(described.value(part, VOID["class"])): int(described.value(part, VOID.entities))
        for part in parts
    }
    rows = world_store.query("SELECT ?c (COUNT(DISTINCT ?s) AS ?n) { ?s a ?c } GROUP BY ?c")
    assert found == {row["c"].value: int(row["n"].value) for row in rows}
    assert all((part, VOID.propertyPartition, None) in described for part in parts)


def test_nothing_is_named_by_a_host_but_the_requests(described):
    ours = {"w3id.org", "graph.example:8080"}
    vocabularies = {"www.iana.org", "creativecommons.org"}
    subjects = {urlsplit(node).netloc for node in described.subjects()}
    assert subjects == {"graph.example:8080"}
    links = described.objects(None, VOID.dataDump), described.objects(None, DCAT.downloadURL)
    assert {urlsplit(node).netloc for each in links for node in each} == {"graph.example:8080"}
    plain = {
        urlsplit(value).netloc
        for predicate, value in described.predicate_objects()
        if isinstance(value, URIRef)
        and predicate not in {RDF.type, VOID.property, VOID["class"], VOID.vocabulary}
        and predicate not in {VOID.feature, SPDX.algorithm}
    }
    assert plain <= ours | vocabularies


def test_it_has_no_blank_nodes(described):
    assert not any(isinstance(term, rdflib.BNode) for triple in described for term in triple)


def test_a_public_address_stands_instead_of_the_host(world_store):
    settings = Settings(base_url="https://graph.example/kept")
    reply = create_app(world_store, settings=settings).test_client().get(PATH, base_url=HOST)
    assert "https://graph.example/kept/.well-known/void#dataset" in reply.text
    assert HOST not in reply.text


def test_each_file_has_the_size_and_checksum_of_what_is_fetched(client, described):
    places = set(described.objects(None, DCAT.downloadURL))
    assert len(places) > 20
    for place in places:
        body = client.get(urlsplit(place).path).data
        assert described.value(place, DCAT.byteSize).eq(
            rdflib.Literal(len(body), datatype=XSD.nonNegativeInteger)
        )
        said = described.value(described.value(place, SPDX.checksum), SPDX.checksumValue)
        assert hashlib.sha256(body).hexdigest() in said.n3()


def test_each_dump_and_graph_that_is_named_is_there(client, described):
    for place in set(described.objects(None, VOID.dataDump)):
        assert client.get(urlsplit(place).path).status_code == 200, place


def test_its_endpoint_answers(client, described):
    place = described.value(DATASET, VOID.sparqlEndpoint)
    reply = client.get(urlsplit(place).path, query_string={"query": "ASK { ?s ?p ?o }"})
    assert reply.json["boolean"] is True


def test_the_catalog_lists_dataset_and_service(described):
    catalog = URIRef(HOST + PATH)
    assert (catalog, RDF.type, DCAT.Catalog) in described
    assert (catalog, DCAT.dataset, DATASET) in described
    service = described.value(catalog, DCAT.service)
    assert (service, DCAT.servesDataset, DATASET) in described
    assert described.value(DATASET, DCTERMS.license)


def test_examples_are_things_that_are_here(described, world_store):
    examples = list(described.objects(DATASET, VOID.exampleResource))
    assert examples
    assert all(world_store.has(str(each)) for each in examples)


def test_a_client_that_has_it_is_told_so(client):
    tag = client.get(PATH).headers["ETag"]
    assert client.get(PATH, headers={"If-None-Match": tag}).status_code == 304


def test_a_tiny_build_is_described_too(small_store):
    reply = create_app(small_store).test_client().get(PATH)
    assert reply.status_code == 200
    assert list(rdflib.Graph().parse(data=reply.text, format="turtle"))


def test_whatever_a_catalog_lists_says_what_it_is(described):
    """DCAT-AP 3: catalogs and datasets have a title and a description, files an access address."""
    for kind in (DCAT.Catalog, DCAT.Dataset):
        for each in described.subjects(RDF.type, kind):
            assert described.value(each, DCTERMS.title), each
            assert described.value(each, DCTERMS.description), each
            assert described.value(each, DCTERMS.license), each
    files = set(described.subjects(RDF.type, DCAT.Distribution))
    assert files
    assert all(described.value(each, DCAT.accessURL) for each in files)


def test_it_is_written_once_for_an_address_and_anew_for_another(world_store, monkeypatch):
    written = []
    original = downloads.describe_dataset
    monkeypatch.setattr(
        downloads, "describe_dataset", lambda *each: written.append(each[0]) or original(*each)
    )
    client = create_app(world_store).test_client()
    for host in (HOST, HOST, "http://other.example"):
        assert (
            f"<{host}{PATH}#dataset>"
            in client.get(PATH, base_url=host, headers={"Accept": "application/n-triples"}).text
        )
    assert written == [HOST, "http://other.example"]

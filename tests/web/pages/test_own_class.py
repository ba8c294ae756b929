"""A class of a home that is in no table has pages, addresses and RDF for its individuals."""

import pyoxigraph as ox
import pytest

from diplograph.core.names import ONTOLOGY_GRAPH, PREFIXES, REFERENCE_GRAPH, ROOT
from diplograph.store.store import Store
from diplograph.web.app import create_app

TREATY, KIND = f"{ROOT}id/treaty/lantern-treaty", f"{ROOT}concept/treaty-kind/bilateral"
TURTLE = f"""
PREFIX dg: <{PREFIXES["dg"]}>
PREFIX owl: <{PREFIXES["owl"]}>
PREFIX rdfs: <{PREFIXES["rdfs"]}>
PREFIX skos: <{PREFIXES["skos"]}>
<{TREATY}> a owl:NamedIndividual , dg:Entity , dg:Treaty ;
  rdfs:label "Lantern Treaty"@en ; dg:treatyKind <{KIND}> .
<{KIND}> a owl:NamedIndividual , skos:Concept ;
  rdfs:label "bilateral"@en ; skos:inScheme <{ROOT}concept/treaty-kind> .
<{ROOT}concept/treaty-kind> a owl:NamedIndividual , skos:ConceptScheme ;
  rdfs:label "kinds of treaties"@en .
"""
ONTOLOGY = f"""
PREFIX dg: <{PREFIXES["dg"]}>
PREFIX owl: <{PREFIXES["owl"]}>
PREFIX rdfs: <{PREFIXES["rdfs"]}>
dg:Treaty a owl:Class ; rdfs:label "treaty"@en .
dg:treatyKind a owl:ObjectProperty ; rdfs:label "kind of treaty"@en .
"""


@pytest.fixture(scope="module")
def client():
    quads = [
        ox.Quad(*quad.triple, ox.NamedNode(graph))
        for text, graph in ((TURTLE, REFERENCE_GRAPH), (ONTOLOGY, ONTOLOGY_GRAPH))
        for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)
    ]
    return create_app(Store(lambda: quads, "0")).test_client()


def test_an_individual_has_a_page_with_its_class_and_its_concept(client):
    page = client.get("/page/treaty/lantern-treaty", headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "<h1><bdi>Lantern Treaty</bdi></h1>" in page.text
    assert '<a href="/ontology/Treaty">treaty</a>' in page.text
    assert '<a href="/page/concept/treaty-kind/bilateral">bilateral</a>' in page.text


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/page/concept/treaty-kind/bilateral", "bilateral"),
        ("/page/concept/treaty-kind", "kinds of treaties"),
    ],
)
def test_a_concept_and_its_scheme_have_pages(client, path, label):
    assert f"<h1><bdi>{label}</bdi></h1>" in client.get(path).text


@pytest.mark.parametrize(
    ("iri", "page"),
    [
        (TREATY, "/page/treaty/lantern-treaty"),
        (KIND, "/page/concept/treaty-kind/bilateral"),
    ],
)
def test_an_iri_leads_to_its_page_and_to_its_rdf(client, iri, page):
    path = iri.removeprefix(ROOT.rstrip("/"))
    assert client.get(path, headers={"Accept": "text/html"}).location == page
    data = client.get(path, headers={"Accept": "text/turtle"}).location
    assert data == f"{page.replace('/page/', '/data/')}.ttl"
    subjects = {
        quad.subject.value for quad in ox.parse(client.get(data).data, format=ox.RdfFormat.TURTLE)
    }
    assert iri in subjects


def test_the_search_finds_an_individual_by_its_kind(client):
    page = client.get("/search?q=lantern&kind=treaty").text
    assert '<a href="/page/treaty/lantern-treaty">' in page

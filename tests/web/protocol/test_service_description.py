"""The service describes itself in RDF: in each form, with its bounds, where clients look."""

import urllib.request
from decimal import Decimal

import pytest
import rdflib
from rdflib import RDF, RDFS, URIRef
from rdflib.compare import isomorphic

from diplograph.core.formats import STATEMENTS
from diplograph.core.settings import Settings
from diplograph.sparql.check import MAX_NESTING, MAX_OPERATORS
from diplograph.store.engine import LocalEngine
from diplograph.store.interface import QueryBounds, QueryRequest
from diplograph.web.app import create_app
from diplograph.web.protocol.service_description import BOUND_NAMESPACE
from fixtures.recording_engine import RecordingEngine
from fixtures.web_reading import each_format, ignore_rdflib, parse, served

SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
SERVICE = URIRef("http://localhost/sparql")
# What Comunica and a browser send.
COMUNICA = (
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,"
    "application/n-triples;q=0.8,text/turtle;q=0.6,application/rdf+xml;q=0.5,"
    "application/json;q=0.45,text/n3;q=0.35,application/xml;q=0.3,text/html;q=0.2,"
    "application/xhtml+xml;q=0.18"
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

pytestmark = ignore_rdflib


# ---- where it is, and in which form (section 2) -------------------------------------------


@each_format
def test_a_request_without_a_query_is_answered_in_each_form_of_rdf(client, described, form):
    response = client.get("/sparql", headers={"Accept": form.media_type})
    assert response.mimetype == form.media_type
    assert isomorphic(parse(response.data, form), described)


@pytest.mark.parametrize("accept", [None, "*/*"])
def test_who_has_no_wish_gets_turtle(client, accept):
    headers = {} if accept is None else {"Accept": accept}
    response = client.get("/sparql", headers=headers)
    assert response.headers["Content-Type"] == "text/turtle; charset=utf-8"


def test_a_browser_gets_the_form(client):
    response = client.get("/sparql", headers={"Accept": BROWSER})
    assert response.mimetype == "text/html"
    assert "<textarea" in response.text
    assert "Accept" in response.headers["Vary"]


def test_comunica_gets_rdf_though_it_takes_html_too(client):
    response = client.get("/sparql", headers={"Accept": COMUNICA})
    assert response.mimetype == "application/n-quads"


def test_a_link_can_name_the_form(client):
    response = client.get("/sparql?format=jsonld", headers={"Accept": BROWSER})
    assert response.mimetype == "application/ld+json"


def test_a_form_that_rdf_has_not_is_refused_with_the_list(client):
    response = client.get("/sparql", headers={"Accept": "text/csv"})
    assert response.status_code == 406
    assert all(form.media_type in response.text for form in STATEMENTS.values())


def test_a_head_is_a_get_without_its_body(client):
    head, get = client.head("/sparql"), client.get("/sparql")
    assert (head.status_code, head.data) == (200, b"")
    names = ("Content-Type", "Content-Length", "ETag", "Vary")
    assert [head.headers[name] for name in names] == [get.headers[name] for name in names]


# ---- bounds -------------------------------------------------------------------------------


def test_every_bound_on_a_query_is_stated(small_store):
    bounds = QueryBounds(
        seconds=7,
        rows=11,
        result_mebibytes=13,
        memory_mebibytes=17,
        waiting=19,
        per_client=23,
        long_seconds=0.5,
        long_queries=29,
        long_per_client=31,
        query_kibibytes=37,
    )
    app = create_app(small_store, settings=Settings(bounds=bounds))
    described = parse(app.test_client().get("/sparql").data)
    stated = {
        predicate.removeprefix(BOUND_NAMESPACE): value.value
        for predicate, value in described.predicate_objects(SERVICE)
        if predicate.startswith(BOUND_NAMESPACE)
    }
    assert stated == {
        "seconds": Decimal(7),
        "rows": 11,
        "resultBytes": 13 * 1024 * 1024,
        "memoryBytes": 17 * 1024 * 1024,
        "waiting": 19,
        "perClient": 23,
        "longSeconds": Decimal("0.5"),
        "longQueries": 29,
        "longPerClient": 31,
        "queryBytes": 37 * 1024,
        "nesting": MAX_NESTING,
        "operators": MAX_OPERATORS,
    }


def test_each_property_of_ours_says_what_it_means(small_store):
    settings = Settings(services=("https://query.example/sparql",))
    described = parse(create_app(small_store, settings=settings).test_client().get("/sparql").data)
    used = {each for each in described.predicates(SERVICE) if each.startswith(BOUND_NAMESPACE)}
    assert len(used) == 13
    for each in used:
        assert (each, RDF.type, RDF.Property) in described
        assert described.value(each, RDFS.comment)
        value, range_ = described.value(SERVICE, each), described.value(each, RDFS.range)
        assert getattr(value, "datatype", RDFS.Resource) == range_


# ---- addresses and caching ----------------------------------------------------------------


def test_the_names_follow_the_address_that_was_asked(client):
    described = parse(client.get("/sparql", base_url="https://graph.example:8443/under").data)
    assert list(described.objects(None, SD.endpoint)) == [
        URIRef("https://graph.example:8443/under/sparql")
    ]


def test_the_address_set_by_the_operator_stands_instead_of_the_host_header(small_store):
    settings = Settings(base_url="https://diplomacy.example/graph/")
    client = create_app(small_store, settings=settings).test_client()
    described = parse(client.get("/sparql", headers={"Host": "evil.example"}).data)
    assert list(described.objects(None, SD.endpoint)) == [
        URIRef("https://diplomacy.example/graph/sparql")
    ]
    assert "evil.example" not in client.get("/sparql", headers={"Host": "evil.example"}).text


@pytest.mark.parametrize("host", ["a<b", "a b", 'a"b', "a>b.example"])
def test_a_host_that_is_none_is_a_bad_request(client, host):
    assert client.get("/sparql", headers={"Host": host}).status_code == 400


def test_what_a_client_has_is_not_sent_again(client):
    first = client.get("/sparql")
    again = client.get("/sparql", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert not first.headers["ETag"].startswith("W/")
    assert "Accept" in first.headers["Vary"]


def test_the_tag_is_another_for_another_address_form_build_or_bound(small_store):
    class Later(LocalEngine):
        def __init__(self, store):
            super().__init__(store)
            self.digest = "6" * 64

        def answer(self, asked, client=""):
            return super().answer(
                QueryRequest(asked.text.replace("COUNT(*)", "1 + COUNT(*)")), client
            )

    def tag(graph=small_store, settings=None, **request):
        client = create_app(graph, settings=settings).test_client()
        return client.get("/sparql", **request).headers["ETag"]

    different = {
        tag(),
        tag(base_url="https://elsewhere.example"),
        tag(headers={"Accept": "text/n3"}),
        tag(Later(small_store)),
        tag(settings=Settings(bounds=QueryBounds(rows=7))),
    }
    assert len(different) == 5


def test_the_same_description_is_the_same_bytes_every_time(small_store):
    first, second = (create_app(small_store).test_client() for _ in range(2))
    assert first.get("/sparql").data == second.get("/sparql").data


def test_what_a_build_holds_is_counted_once(small_store):
    engine = RecordingEngine(small_store)
    client = create_app(engine).test_client()
    first = client.get("/sparql")
    queries = list(engine.texts)
    assert queries != []
    assert client.get("/sparql").data == first.data
    assert engine.texts == queries


# ---- through a server, as the W3C's validator and Comunica look at it ---------------------


def test_the_endpoint_reached_names_itself(small_store):
    with served(create_app(small_store)) as server:
        request = urllib.request.Request(f"{server}/sparql", headers={"Accept": COMUNICA})
        with urllib.request.urlopen(request, timeout=10) as response:
            body = response.read()
    described = rdflib.Dataset()
    described.parse(data=body, format="nquads")
    endpoint = URIRef(f"{server}/sparql")
    # Comunica heeds only what is said of the address it asked.
    assert described.value(endpoint, SD.endpoint) == endpoint
    named = set(described.subjects(RDF.type, SD.NamedGraph))
    assert named
    assert [each for each in named if described.value(each, SD.name) is None] == []

"""The service describes itself in RDF: what it claims is true here, and clients find it."""

import json
import threading
import urllib.request
from contextlib import contextmanager
from decimal import Decimal
from urllib.parse import urlsplit

import pytest
import rdflib
from rdflib import RDF, RDFS, URIRef
from rdflib.compare import isomorphic
from werkzeug.serving import make_server

from diplograph.formats import RESULTS, STATEMENTS
from diplograph.names import REFERENCE_GRAPH, SHAPES_GRAPH
from diplograph.store.engine import Asked, Bounds, LocalEngine
from diplograph.store.tokens import DEEPEST, LONGEST
from diplograph.web import create_app
from diplograph.web.bounds import BOUND
from diplograph.web.settings import Settings
from small_build import REPORT_GRAPH

SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
VOID = rdflib.Namespace("http://rdfs.org/ns/void#")
ENT = rdflib.Namespace("http://www.w3.org/ns/entailment/")
SERVICE = URIRef("http://localhost/sparql")
READERS = {
    "turtle": "turtle",
    "ntriples": "nt",
    "jsonld": "json-ld",
    "rdfxml": "xml",
    "trig": "trig",
    "nquads": "nquads",
}
# What Comunica and a browser send.
COMUNICA = (
    "application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,"
    "application/n-triples;q=0.8,text/turtle;q=0.6,application/rdf+xml;q=0.5,"
    "application/json;q=0.45,text/n3;q=0.35,application/xml;q=0.3,text/html;q=0.2,"
    "application/xhtml+xml;q=0.18"
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"

# rdflib warns of what its own readers do.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Dataset.default_context:DeprecationWarning",
    "ignore:ConjunctiveGraph is deprecated:DeprecationWarning",
)
each_format = pytest.mark.parametrize("form", STATEMENTS.values(), ids=list(STATEMENTS))


@pytest.fixture(scope="module")
def client(small_store):
    return create_app(small_store).test_client()


@pytest.fixture(scope="module")
def described(client):
    return parse(client.get("/sparql"))


@contextmanager
def served(app):
    """Serve `app` on a free port of this machine; yields its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def parse(response, form=STATEMENTS["turtle"]):
    assert response.status_code == 200, response.text
    dataset = rdflib.Dataset()
    dataset.parse(data=response.data, format=READERS[form.name])
    return dataset.default_graph


def count(client, pattern):
    asked = {"query": f"SELECT (COUNT(*) AS ?n) {{ {pattern} }}", "format": "json"}
    rows = json.loads(client.get("/sparql", query_string=asked).data)["results"]["bindings"]
    return int(rows[0]["n"]["value"])


# ---- where it is, and in which form (section 2) -------------------------------------------


@each_format
def test_a_request_without_a_query_is_answered_in_each_form_of_rdf(client, described, form):
    response = client.get("/sparql", headers={"Accept": form.media_type})
    assert response.mimetype == form.media_type
    assert isomorphic(parse(response, form), described)


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


# ---- what it says (section 3) -------------------------------------------------------------


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
    described = parse(create_app(small_store, settings=settings).test_client().get("/sparql"))
    assert list(described.objects(SERVICE, SD.feature)) == [SD.BasicFederatedQuery]
    allowed = described.objects(SERVICE, URIRef(BOUND + "service"))
    assert list(allowed) == [URIRef("https://query.example/sparql")]


def test_the_entailment_regime_is_the_one_of_matching(client, described):
    assert list(described.objects(SERVICE, SD.defaultEntailmentRegime)) == [ENT.Simple]
    assert list(described.subject_objects(SD.entailmentRegime)) == []
    # Under a regime of RDF or OWL this would follow.
    rdf_type = f"<{RDF.type}> <{RDF.type}> <{RDF.Property}>"
    assert count(client, rdf_type) == 0


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
        read = parse(client.get(path))
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


# ---- bounds -------------------------------------------------------------------------------


def test_every_bound_on_a_query_is_stated(small_store):
    bounds = Bounds(
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
    described = parse(app.test_client().get("/sparql"))
    stated = {
        predicate.removeprefix(BOUND): value.value
        for predicate, value in described.predicate_objects(SERVICE)
        if predicate.startswith(BOUND)
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
        "nesting": DEEPEST,
        "operators": LONGEST,
    }


def test_each_property_of_ours_says_what_it_means(small_store):
    settings = Settings(services=("https://query.example/sparql",))
    described = parse(create_app(small_store, settings=settings).test_client().get("/sparql"))
    used = {each for each in described.predicates(SERVICE) if each.startswith(BOUND)}
    assert len(used) == 13
    for each in used:
        assert (each, RDF.type, RDF.Property) in described
        assert described.value(each, RDFS.comment)
        value, range_ = described.value(SERVICE, each), described.value(each, RDFS.range)
        assert getattr(value, "datatype", RDFS.Resource) == range_


# ---- addresses and caching ----------------------------------------------------------------


def test_the_names_follow_the_address_that_was_asked(client):
    described = parse(client.get("/sparql", base_url="https://graph.example:8443/under"))
    assert list(described.objects(None, SD.endpoint)) == [
        URIRef("https://graph.example:8443/under/sparql")
    ]


def test_the_address_set_by_the_operator_stands_instead_of_the_host_header(small_store):
    settings = Settings(base_url="https://diplomacy.example/graph/")
    client = create_app(small_store, settings=settings).test_client()
    described = parse(client.get("/sparql", headers={"Host": "evil.example"}))
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
            return super().answer(Asked(asked.text.replace("COUNT(*)", "1 + COUNT(*)")), client)

    def tag(graph=small_store, settings=None, **request):
        client = create_app(graph, settings=settings).test_client()
        return client.get("/sparql", **request).headers["ETag"]

    different = {
        tag(),
        tag(base_url="https://elsewhere.example"),
        tag(headers={"Accept": "text/n3"}),
        tag(Later(small_store)),
        tag(settings=Settings(bounds=Bounds(rows=7))),
    }
    assert len(different) == 5


def test_the_same_description_is_the_same_bytes_every_time(small_store):
    first, second = (create_app(small_store).test_client() for _ in range(2))
    assert first.get("/sparql").data == second.get("/sparql").data


def test_what_a_build_holds_is_counted_once(small_store):
    asked = []

    class Listening(LocalEngine):
        def answer(self, query, client=""):
            asked.append(query.text)
            return super().answer(query, client)

    client = create_app(Listening(small_store)).test_client()
    first = client.get("/sparql")
    counted = len(asked)
    assert counted > 0
    assert client.get("/sparql").data == first.data
    assert len(asked) == counted


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

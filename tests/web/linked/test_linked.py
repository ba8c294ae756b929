"""Every IRI of ours leads to a page for people and to RDF for programs, wherever it is served."""

import pyoxigraph as ox
import pytest
import rdflib

from diplograph.core.formats import STATEMENTS
from diplograph.core.names import (
    CONCEPT_SCHEMES,
    ENTITY_KINDS,
    FACT_KINDS,
    PREFIXES,
    ROOT,
    SOURCE_KINDS,
)
from diplograph.store.store import Store
from diplograph.web.addresses import find_data, find_iri, find_path
from diplograph.web.app import create_app
from fixtures.web_reading import READERS, ignore_rdflib

RDF = [form for form in STATEMENTS.values() if not form.graphs]
each_rdf = pytest.mark.parametrize("form", RDF, ids=[form.name for form in RDF])


@pytest.fixture(scope="module")
def client(real_store):
    return create_app(real_store).test_client()


def address(iri):
    """Return the path that the IRI has on any host."""
    return iri.removeprefix(ROOT.rstrip("/"))


def follow(client, path, accept, **options):
    return client.get(path, headers={"Accept": accept}, follow_redirects=True, **options)


# ---- every individual ---------------------------------------------------------------------


@each_rdf
def test_every_individual_ends_in_rdf_that_describes_it(client, individuals, form):
    assert len(individuals) > 150
    for iri in individuals:
        response = follow(client, address(iri), form.media_type)
        assert (response.status_code, response.mimetype) == (200, form.media_type), iri
        said = {quad.triple for quad in ox.parse(response.data, format=form.serializer)}
        thing = ox.NamedNode(iri)
        assert any(each.subject == thing for each in said), iri
        assert any(each.subject == thing and "abel" in each.predicate.value for each in said), iri


def test_every_individual_ends_in_a_page_that_leads_to_its_rdf(client, individuals):
    for iri in individuals:
        response = follow(client, address(iri), "text/html")
        assert (response.status_code, response.mimetype) == (200, "text/html"), iri
        assert f'<link rel="canonical" href="{response.request.path}">' in response.text, iri
        for form in RDF:
            link = f'href="{find_data(iri, form.suffix)}" type="{form.media_type}"'
            assert link in response.text, iri


@ignore_rdflib
@each_rdf
def test_another_reader_finds_the_same_in_every_form_of_each_kind(client, one_per_kind, form):
    assert len(one_per_kind) > 20
    for iri in one_per_kind.values():
        plain = follow(client, address(iri), "application/n-triples").data
        other = follow(client, address(iri), form.media_type).data
        wanted = set(rdflib.Graph().parse(data=plain, format="nt"))
        assert set(rdflib.Graph().parse(data=other, format=READERS[form.name])) == wanted


def test_the_kinds_of_the_report_have_an_individual_each(one_per_kind):
    known = {*ENTITY_KINDS, *FACT_KINDS, *SOURCE_KINDS, *CONCEPT_SCHEMES, "concept"}
    assert set(one_per_kind) <= known
    assert len(known - set(one_per_kind)) < 5


# ---- where an IRI leads -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("accept", "place"),
    [
        (None, "/page/state/IND"),
        ("*/*", "/page/state/IND"),
        ("text/html", "/page/state/IND"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "/page/state/IND"),
        ("text/turtle", "/data/state/IND.ttl"),
        ("text/turtle, */*;q=0.1", "/data/state/IND.ttl"),
        ("application/n-triples", "/data/state/IND.nt"),
        ("application/ld+json", "/data/state/IND.jsonld"),
        ("application/json", "/data/state/IND.jsonld"),
        ("application/rdf+xml, application/xml;q=0.7, */*;q=0.09", "/data/state/IND.rdf"),
        ("text/turtle;q=0.4, application/ld+json;q=0.9", "/data/state/IND.jsonld"),
        ("text/html;q=0.2, text/turtle", "/data/state/IND.ttl"),
        ("text/html, text/turtle;q=0.9", "/page/state/IND"),
        ("text/turtle;q=0, */*", "/page/state/IND"),
        ("application/trig", "/data/state/IND.trig"),
    ],
)
def test_an_iri_leads_by_303_to_what_accept_likes_best(client, accept, place):
    headers = {} if accept is None else {"Accept": accept}
    response = client.get("/id/state/IND", headers=headers)
    assert (response.status_code, response.headers["Location"]) == (303, place)
    assert response.headers["Vary"] == "Accept"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    head = client.head("/id/state/IND", headers=headers)
    assert (head.status_code, head.headers["Location"], head.data) == (303, place, b"")


@pytest.mark.parametrize(
    ("path", "page", "data"),
    [
        ("/concept/topic/trade", "/page/topic/trade", "/data/topic/trade.ttl"),
        ("/concept/topic", "/page/concept/topic", "/data/concept/topic.ttl"),
        ("/id/report/moscow-talks", "/report/moscow-talks", "/data/report/moscow-talks.ttl"),
        (
            "/id/passage/moscow-talks/1",
            "/page/passage/moscow-talks/1",
            "/data/passage/moscow-talks/1.ttl",
        ),
    ],
)
def test_concepts_schemes_reports_and_passages_lead_there_too(client, path, page, data):
    assert client.get(path).headers["Location"] == page
    turtle = client.get(path, headers={"Accept": "text/turtle"})
    assert turtle.headers["Location"] == data


def test_a_prefix_stands_before_wherever_an_iri_leads(real_store):
    """A proxy serves us below a path; no host is named, so any will do."""
    client = create_app(real_store).test_client()
    for path in ("/id/state/IND", "/page/report/moscow-talks", "/data/reports/moscow-talks"):
        place = client.get(path, base_url="https://example.org/graphs").headers["Location"]
        assert place.startswith("/graphs/")
        assert "//" not in place
    wanted = {"Accept": "text/turtle"}
    data = client.get("/data/state/IND", base_url="https://example.org/graphs", headers=wanted)
    assert data.headers["Content-Location"] == "/graphs/data/state/IND.ttl"
    assert "</graphs/page/state/IND>" in data.headers["Link"]


def test_a_profile_goes_along(client):
    wanted = {"Accept": "application/ld+json"}
    response = client.get("/id/state/IND?profile=schema.org", headers=wanted)
    assert response.headers["Location"] == "/data/state/IND.jsonld?profile=schema.org"


def test_a_reports_page_has_one_address(client):
    response = client.get("/page/report/moscow-talks?asof=2025-12-01")
    assert response.status_code == 301
    assert response.headers["Location"] == "/report/moscow-talks?asof=2025-12-01"


@pytest.mark.parametrize("path", ["/id/state/IND", "/data/state/IND"])
def test_a_type_that_cannot_be_had_is_answered_with_those_that_can(client, path):
    response = client.get(path, headers={"Accept": "image/png"})
    assert response.status_code == 406
    assert "text/turtle, application/n-triples" in response.text
    assert ("text/html" in response.text) == path.startswith("/id/")


@pytest.mark.parametrize("accept", ["text/html", "text/turtle", "*/*"])
@pytest.mark.parametrize("path", ["/id/state/INX", "/data/state/INX", "/data/state/INX.ttl"])
def test_an_unknown_thing_is_not_found_and_near_ones_are_named(client, path, accept):
    if path.startswith("/data/") and accept == "text/html":
        accept = "text/turtle"
    response = client.get(path, headers={"Accept": accept})
    assert response.status_code == 404
    assert ("/page/state/IND" if accept == "text/html" else "state:IND") in response.text
    assert "ETag" not in response.headers


@pytest.mark.parametrize("name", ["states", "reference"])
def test_the_iri_of_a_data_file_leads_to_its_graph(client, name):
    response = client.get(f"/data/{name}")
    assert (response.status_code, response.headers["Location"]) == (303, "/graph/reference")
    response = client.get("/data/reports/moscow-talks", follow_redirects=True)
    assert (response.status_code, response.mimetype) == (200, "text/turtle")
    assert client.get("/data/stares").status_code == 404


# ---- names that are hard to write ---------------------------------------------------------

SLUGS = [
    "é",
    "x.ttl",
    "a.b.",
    "a'b(c)",
    "a/b",
    "a%20b",
    "a%2Fb",
    "100%25",
    "\u202eabc",
    "..a",
    "a+b",
]


@pytest.mark.parametrize("slug", SLUGS)
def test_any_name_that_an_iri_can_have_is_found_again(slug):
    iri = f"{PREFIXES['event']}{slug}"
    label = ox.Literal('"><script>alert(1)</script>', language="en")
    graph = ox.NamedNode(f"{PREFIXES['graph']}report/tale")
    said = [
        ox.Quad(ox.NamedNode(iri), ox.NamedNode(f"{PREFIXES['rdfs']}label"), label, graph),
        ox.Quad(
            ox.NamedNode(iri),
            ox.NamedNode(f"{PREFIXES['rdf']}type"),
            ox.NamedNode(f"{PREFIXES['dg']}Event"),
            graph,
        ),
    ]
    client = create_app(Store(lambda: said, "0" * 64)).test_client()
    for form in RDF:
        response = client.get(find_data(iri, form.suffix))
        assert response.status_code == 200, response.text
        assert any(
            quad.subject.value == iri for quad in ox.parse(response.data, format=form.serializer)
        )
    path = find_path(iri).replace("/page/", "/id/")
    place = client.get(path, headers={"Accept": "text/turtle"}).headers["Location"]
    assert place == find_data(iri, "ttl")
    assert client.get(place).headers["Link"].isascii()


@pytest.mark.parametrize("slug", ['a"b', "a<b>", "a b", "a#b", "a?b", "a\\b", "a%", "\x00", "a\nb"])
def test_a_name_that_no_iri_can_have_is_escaped_or_unknown(client, slug):
    ox.NamedNode(find_iri("event", slug))
    path = find_data(f"{PREFIXES['event']}{slug}", "ttl")
    assert client.get(path).status_code == 404


def test_dots_lead_nowhere_else(client):
    assert client.get("/id/state/..%2F..%2Fhealth").status_code == 404
    assert client.get("/data/state/..%2FIND.ttl").status_code == 404

"""Each graph, and the default graph, is read whole by SPARQL 1.1 Graph Store HTTP Protocol."""

import json
import urllib.request
from urllib.parse import quote

import pyoxigraph as ox
import pytest
import rdflib
from rdflib.compare import isomorphic

from diplograph.core.formats import STATEMENTS
from diplograph.core.names import REFERENCE_GRAPH, SHAPES_GRAPH
from diplograph.core.settings import Settings
from diplograph.pool.pool import Pool
from diplograph.store.engine import LocalEngine
from diplograph.store.interface import UNION
from diplograph.store.store import Store
from diplograph.web.app import create_app
from diplograph.web.http import HttpRequest
from diplograph.web.protocol.graphs import answer_store, graph_address
from fixtures.canonical_graph import canonical
from fixtures.small_build import REPORT_GRAPH
from fixtures.web_reading import each_format, ignore_rdflib, parse, served
from fixtures.written_build import FOREIGN, GRAPHS, THREE, address_of

pytestmark = ignore_rdflib


@pytest.fixture(scope="module")
def app(written_folder):
    return create_app(Store.open(written_folder))


@pytest.fixture(scope="module")
def client(app):
    return app.test_client()


@pytest.fixture(scope="module")
def written(written_folder):
    """Return what the build's file holds, as another reader reads it."""
    dataset = rdflib.Dataset()
    dataset.parse(data=(written_folder / "graph.nq").read_text(encoding="utf-8"), format="nquads")
    return dataset


def graph_in(written, name):
    """Return the graph of that name, or the union of all but the shapes, as the file has it."""
    graph = rdflib.Graph()
    chosen = [each for each in GRAPHS if each != SHAPES_GRAPH] if name == UNION else [name]
    for each in chosen:
        graph += written.graph(rdflib.URIRef(each))
    return graph


# ---- what is read (sections 4.1, 4.2 and 5.2) ---------------------------------------------


@each_format
@pytest.mark.parametrize("graph", [UNION, *GRAPHS])
def test_a_graph_is_read_as_its_file_has_it(client, written, graph, form):
    response = client.get(address_of(graph), headers={"Accept": form.media_type})
    assert response.status_code == 200
    assert response.mimetype == form.media_type
    assert len(graph_in(written, graph)) > 0
    assert isomorphic(parse(response.data, form), graph_in(written, graph))


@pytest.mark.parametrize("graph", [UNION, *GRAPHS])
def test_the_same_graph_is_the_same_bytes_every_time(written_folder, graph):
    first, second = (create_app(Store.open(written_folder)).test_client() for _ in range(2))
    assert first.get(address_of(graph)).data == second.get(address_of(graph)).data


@pytest.mark.parametrize("form", ["ntriples", "rdfxml"])
def test_every_graph_of_the_world_is_read_as_it_was_built(world_store, form):
    client = create_app(world_store).test_client()
    for graph in world_store.graphs:
        read = ox.parse(
            client.get(f"{graph_address(graph)}?format={form}").data,
            format=STATEMENTS[form].serializer,
        )
        built = (ox.Quad(*quad.triple) for quad in world_store.quads(graph))
        assert canonical(read) == canonical(built)


def test_a_whole_number_stays_as_it_was_written(client):
    response = client.get("/store?default", headers={"Accept": "application/n-triples"})
    assert THREE in response.text


def test_a_statement_of_several_graphs_is_once_in_the_default_graph(client):
    response = client.get("/store?default", headers={"Accept": "application/n-quads"})
    assert response.data.count(b"<urn:count>") == 1


def test_the_shapes_are_no_part_of_the_default_graph(client):
    assert "NodeShape" not in client.get("/store?default").text
    assert "NodeShape" in client.get(address_of(SHAPES_GRAPH)).text


@pytest.mark.parametrize("graph", [REFERENCE_GRAPH, REPORT_GRAPH, SHAPES_GRAPH])
def test_a_graph_of_ours_is_at_an_address_of_its_own(client, graph):
    direct = client.get(graph_address(graph))
    assert graph_address(graph).startswith("/graph/")
    assert direct.status_code == 200
    assert direct.data == client.get(address_of(graph)).data
    assert direct.headers["ETag"] == client.get(address_of(graph)).headers["ETag"]


def test_another_graph_is_found_by_its_name(client):
    assert client.get(graph_address(FOREIGN)).data == client.get(address_of(FOREIGN)).data


def test_a_plus_sign_in_a_name_is_a_plus_sign(client):
    assert client.get(f"/store?graph={FOREIGN}").status_code == 200


def test_the_address_of_a_graph_here_is_a_name_of_it_too(client):
    local = quote("http://localhost/graph/reference", safe="")
    response = client.get(f"/store?graph={local}")
    assert response.data == client.get("/graph/reference").data


# ---- in which form ------------------------------------------------------------------------


@pytest.mark.parametrize("accept", [None, "*/*", "text/*", "text/html, */*;q=0.1"])
def test_who_has_no_wish_gets_turtle(client, accept):
    headers = {} if accept is None else {"Accept": accept}
    response = client.get("/store?default", headers=headers)
    assert response.headers["Content-Type"] == "text/turtle; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/rdf+xml;q=0.3, application/n-triples;q=0.7", "application/n-triples"),
        ("text/turtle;q=0, application/*", "application/n-triples"),
        ("application/ld+json, text/html", "application/ld+json"),
        ("text/n3", "text/n3"),
        ("application/xml", "application/xml"),
    ],
)
def test_the_form_liked_best_is_sent(client, accept, media_type):
    assert client.get("/store?default", headers={"Accept": accept}).mimetype == media_type


@each_format
def test_a_link_can_name_the_form(client, form):
    response = client.get(f"/graph/reference?format={form.name}", headers={"Accept": "text/html"})
    assert response.mimetype == form.media_type


@pytest.mark.parametrize(
    ("address", "accept"),
    [
        ("/store?default", "text/html"),
        ("/store?default", "application/sparql-results+json"),
        ("/store?default&format=csv", "*/*"),
        ("/store?default&format=html", "*/*"),
    ],
)
def test_a_form_that_no_graph_has_is_refused_with_the_list(client, address, accept):
    response = client.get(address, headers={"Accept": accept})
    assert response.status_code == 406
    assert all(form.media_type in response.text for form in STATEMENTS.values())


# ---- HEAD (section 5.6) -------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/store?default", "/graph/reference", "/graph/nothing"])
def test_a_head_is_a_get_without_its_body(client, address):
    head, get = client.head(address), client.get(address)
    assert head.status_code == get.status_code
    assert head.data == b""
    names = ("Content-Type", "Content-Length", "ETag", "Vary", "Cache-Control")
    assert [head.headers.get(name) for name in names] == [get.headers.get(name) for name in names]


# ---- the engine ---------------------------------------------------------------------------


def test_an_answer_says_how_many_statements_it_has(written_folder, written):
    engine = LocalEngine(Store.open(written_folder))
    request = HttpRequest("GET", "/store", "default", address="http://localhost")
    assert answer_store(request, Settings(), engine).rows == len(graph_in(written, UNION))


def test_a_pool_of_workers_gives_the_same_graph(written_folder, client):
    pool = Pool(written_folder, workers=1)
    try:
        pooled = create_app(pool).test_client()
        for address in ("/store?default", "/graph/reference"):
            assert pooled.get(address).data == client.get(address).data
        assert pooled.get("/graph/nothing").status_code == 404
    finally:
        pool.close()


# ---- through a server ---------------------------------------------------------------------


def test_a_graph_is_read_over_a_connection(app, written):
    with served(app) as server:
        graph = rdflib.Graph().parse(f"{server}/store?default")  # rdflib's own Accept header
        request = urllib.request.Request(f"{server}/graph/reference", method="HEAD")
        with urllib.request.urlopen(request, timeout=10) as head:
            length, body = int(head.headers["Content-Length"]), head.read()
        put = urllib.request.Request(f"{server}/graph/reference", data=b"", method="PUT")
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(put, timeout=10)
        refused.value.close()
    assert isomorphic(graph, graph_in(written, UNION))
    assert length > 0
    assert body == b""
    assert refused.value.code == 403


def test_json_ld_needs_nothing_from_elsewhere(client):
    response = client.get("/store?default", headers={"Accept": "application/ld+json"})
    assert "@context" not in json.dumps(json.loads(response.data))

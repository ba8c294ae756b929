"""What XML cannot carry is refused, or sent in the next format that the client accepts."""

import pyoxigraph as ox
import pytest

from diplograph.core.names import TYPE
from diplograph.web.app import create_app
from fixtures.written_store import GRAPH, write_store

BELL = r'SELECT ("\u0007" AS ?x) {}'
DIGITS = 'CONSTRUCT { <a:s> <http://e.example/2025> "x" } WHERE {}'
LI = f'CONSTRUCT {{ <a:s> <{TYPE.removesuffix("type")}li> "x" }} WHERE {{}}'
REPORT = f"/graph/{GRAPH.partition('/graph/')[2]}"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    """Return a client of a site whose talks have a bell in their name."""
    return create_app(write_store(tmp_path_factory.mktemp("build"), "Talks\x07")).test_client()


@pytest.mark.parametrize("query", [DIGITS, LI])
def test_a_predicate_that_rdf_xml_cannot_name_is_a_406(client, query):
    for send in (client.get, client.post):
        place = {"query_string" if send == client.get else "data": {"query": query}}
        answer = send("/sparql", headers={"Accept": "application/rdf+xml"}, **place)
        assert answer.status_code == 406
        assert answer.text.startswith("RDF/XML cannot carry the predicate ")
        assert "N-Triples" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/data/event/talks",
        "/data/event/talks.rdf",
        REPORT,
        f"/store?graph={GRAPH}",
        "/store?default",
        f"{REPORT}?format=rdfxml",
        "/data/event/talks?profile=asserted",
        "/download/diplograph-asserted.rdf",
    ],
)
def test_every_document_with_the_character_is_refused_as_rdf_xml(client, path):
    answer = client.get(path, headers={"Accept": "application/rdf+xml, application/json;q=0"})
    assert answer.status_code == 406
    assert "RDF/XML cannot carry the character U+0007, which is in " in answer.text


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/rdf+xml, text/turtle;q=0.5", "text/turtle"),
        (
            "application/rdf+xml, application/xml;q=0.9, application/n-triples;q=.5",
            "application/n-triples",
        ),
        ("application/rdf+xml, */*;q=0.1", "text/turtle"),
        ("application/*, application/rdf+xml;q=0.9", "application/n-triples"),
    ],
)
@pytest.mark.parametrize("path", ["/data/event/talks", REPORT])
def test_the_next_format_that_the_client_accepts_is_sent(client, path, accept, media_type):
    answer = client.get(path, headers={"Accept": accept})
    assert (answer.status_code, answer.mimetype) == (200, media_type)
    assert "Accept" in answer.headers["Vary"]
    statements = ox.parse(answer.data, format=ox.RdfFormat.from_media_type(media_type))
    assert "Talks\x07" in {quad.object.value for quad in statements}
    tag = answer.headers["ETag"]
    again = client.get(path, headers={"Accept": accept, "If-None-Match": tag})
    assert again.status_code == 304


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD"])
def test_a_result_is_sent_in_the_next_format(client, method):
    accept = "application/sparql-results+xml, application/sparql-results+json;q=0.9"
    place = "data" if method == "POST" else "query_string"
    answer = client.open(
        "/sparql", method=method, headers={"Accept": accept}, **{place: {"query": BELL}}
    )
    assert (answer.status_code, answer.mimetype) == (200, "application/sparql-results+json")
    assert method == "HEAD" or answer.json["results"]["bindings"][0]["x"]["value"] == "\x07"


def test_a_format_that_the_address_names_has_no_other(client):
    place = {"query": BELL, "format": "xml"}
    answer = client.get("/sparql", query_string=place, headers={"Accept": "*/*"})
    assert answer.status_code == 406
    assert "?x of row 1; JSON, CSV and TSV can" in answer.text


def test_the_list_of_downloads_says_what_is_left_out(client):
    page = client.get("/download/").text
    assert "There is no diplograph-asserted.rdf: RDF/XML cannot carry the character U+0007" in page
    assert "diplograph-asserted.ttl</a>" in page
    sums, void = client.get("/download/SHA256SUMS").text, client.get("/.well-known/void").text
    for listed in (sums, void):
        assert "diplograph-asserted.ttl" in listed
        assert "diplograph-asserted.rdf" not in listed

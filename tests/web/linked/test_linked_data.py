"""A document about one thing: what it holds, how it is kept, and the words it can be had in."""

import json

import pyoxigraph as ox
import pytest
import rdflib

from diplograph.core.formats import STATEMENTS
from diplograph.core.names import PREFIXES, ROOT, in_default_graph
from diplograph.core.settings import Settings
from diplograph.store.engine import LocalEngine
from diplograph.store.store import Store
from diplograph.views.query import QueryRunner
from diplograph.views.thing import MOST_LINKS, read_description
from diplograph.web.addresses import find_data
from diplograph.web.app import create_app
from fixtures.project_files import ROOT as PROJECT
from fixtures.recording_engine import RecordingEngine
from fixtures.web_reading import READERS, ignore_rdflib

RDF = [form for form in STATEMENTS.values() if not form.graphs]
each_rdf = pytest.mark.parametrize("form", RDF, ids=[form.name for form in RDF])
TALKS = f"{PREFIXES['event']}moscow-talks-2025-11"


@pytest.fixture(scope="module")
def engine(real_store):
    return RecordingEngine(real_store)


@pytest.fixture(scope="module")
def client(engine):
    return create_app(engine).test_client()


def test_a_fact_comes_with_its_attestations_and_their_passages(client):
    said = {
        (each.subject.value, each.predicate.value, each.object.value)
        for each in ox.parse(
            client.get("/data/event/moscow-talks-2025-11.nt").data, format=ox.RdfFormat.N_TRIPLES
        )
    }
    dg, root = PREFIXES["dg"], f"{ROOT}id/"
    assert (f"{root}attestation/moscow-talks/2", f"{dg}attests", TALKS) in said
    assert (f"{root}passage/moscow-talks/1", f"{dg}paragraph", "1") in said
    assert (f"{root}date-estimate/moscow-talks-17-november", f"{dg}edtf", "2025-11-17") in said
    assert (f"{root}participation/lavrov-moscow-talks", f"{dg}participationIn", TALKS) in said
    assert (f"{root}status-record/moscow-talks-scheduled", f"{dg}statusOf", TALKS) in said
    assert (f"{root}city/moscow", f"{PREFIXES['rdfs']}label", "Moscow") in said
    document = f"{ROOT}data/event/moscow-talks-2025-11"
    rights = "https://creativecommons.org/licenses/by/4.0/"
    assert (document, f"{PREFIXES['dcterms']}license", rights) in said
    assert (document, "http://xmlns.com/foaf/0.1/primaryTopic", TALKS) in said


def test_the_forms_name_the_type_that_was_asked_for(client):
    for form in STATEMENTS.values():
        fixed = client.get(f"/data/state/IND.{form.suffix}", headers={"Accept": "image/png"})
        chosen = client.get("/data/state/IND", headers={"Accept": form.media_type})
        assert fixed.mimetype == chosen.mimetype == form.media_type
        assert fixed.data == chosen.data
        assert chosen.headers["Content-Location"] == f"/data/state/IND.{form.suffix}"
        assert chosen.headers["Vary"] == "Accept, Accept-Encoding"
        assert fixed.headers["Vary"] == "Accept-Encoding"
        assert "Content-Location" not in fixed.headers


def test_the_document_leads_to_thing_page_and_licence(client):
    link = client.get("/data/state/IND.ttl").headers["Link"]
    assert f'<{PREFIXES["state"]}IND>; rel="describes"' in link
    assert '</page/state/IND>; rel="alternate"; type="text/html"' in link
    assert 'rel="license"' in link


@each_rdf
def test_the_same_build_gives_the_same_bytes(real_store, form):
    path = f"/data/report/moscow-talks.{form.suffix}"
    first, second = (create_app(real_store).test_client().get(path) for _ in range(2))
    assert first.data == second.data
    assert first.headers["ETag"] == second.headers["ETag"]


def test_what_a_client_has_is_not_asked_for_again(client, engine):
    path = "/data/state/IND.ttl"
    tag = client.get(path).headers["ETag"]
    before = len(engine.texts)
    again = client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.data, len(engine.texts)) == (304, b"", before)
    assert again.headers["ETag"] == tag
    assert client.get(path, headers={"If-None-Match": "*"}).status_code == 304
    others = [f"{path}?profile=prov", "/data/state/IND.nt", "/data/state/RUS.ttl"]
    assert tag not in {client.get(other).headers["ETag"] for other in others}


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_a_document_is_compressed_and_its_head_says_so(client, encoding):
    path, wanted = "/data/event/moscow-talks-2025-11.ttl", {"Accept-Encoding": encoding}
    plain, small = client.get(path), client.get(path, headers=wanted)
    assert small.headers["Content-Encoding"] == encoding
    assert len(small.data) < len(plain.data) / 2
    assert small.headers["ETag"] != plain.headers["ETag"]
    head = client.head(path, headers=wanted)
    assert head.data == b""
    assert head.headers["Content-Length"] == str(len(small.data))
    assert head.headers["ETag"] == small.headers["ETag"]


def test_a_page_elsewhere_may_ask_before_it_reads(client):
    for path in ("/data/state/IND", "/id/state/IND", "/concept/topic"):
        response = client.options(path)
        assert response.status_code == 204
        assert "If-None-Match" in response.headers["Access-Control-Allow-Headers"]
        assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert client.put("/data/state/IND").status_code == 405


def test_a_document_costs_few_queries(client, engine, individuals):
    for iri in individuals:
        before = len(engine.texts)
        assert client.get(find_data(iri, "nt")).status_code == 200
        assert len(engine.texts) - before <= 8


def test_a_thing_that_many_name_is_told_with_the_first_and_how_many_there_are():
    place, graph = ox.NamedNode(f"{PREFIXES['city']}corvo"), ox.NamedNode(f"{PREFIXES['graph']}a")
    at, label = (
        ox.NamedNode(f"{PREFIXES['dg']}takesPlaceIn"),
        ox.NamedNode(f"{PREFIXES['rdfs']}label"),
    )
    said = [ox.Quad(place, label, ox.Literal("Corvo"), graph)]
    said += [
        ox.Quad(ox.NamedNode(f"{PREFIXES['event']}e{number:05}"), at, place, graph)
        for number in range(MOST_LINKS + 234)
    ]
    store = Store(lambda: said, "0" * 64)
    found = read_description(QueryRunner(LocalEngine(store)), place.value)
    assert (found.links, found.cut) == (MOST_LINKS + 234, True)
    assert len([each for each in found.statements if each.object == place]) == MOST_LINKS
    text = create_app(store).test_client().get("/data/city/corvo.ttl").text
    assert "Of the 1,234 statements that name the thing, 1,000 are here." in text
    assert "e00000" in text
    assert "e01000" not in text


# ---- profiles -----------------------------------------------------------------------------


def test_an_unknown_profile_is_refused_with_the_choices(client):
    response = client.get("/data/state/IND.ttl?profile=foaf")
    assert response.status_code == 400
    assert "schema.org, prov, asserted" in response.text


def test_what_is_asserted_is_what_files_say(client, real_store):
    body = client.get("/data/state/IND.nt?profile=asserted").data
    said = {str(each.triple) for each in ox.parse(body, format=ox.RdfFormat.N_TRIPLES)}
    inferred = {str(each.triple) for each in real_store.quads(f"{PREFIXES['graph']}inferred")}
    assert len(said) > 5
    assert not said & inferred


def test_search_engines_read_of_one_thing_what_it_is(client):
    response = client.get("/data/event/moscow-talks-2025-11.jsonld?profile=schema.org")
    document = json.loads(response.data)
    assert (document["@id"], document["@type"]) == (TALKS, "Event")
    assert document["startDate"] == "2025-11-17"
    assert document["location"]["name"] == "Moscow"
    assert {each["@type"] for each in document["attendee"]} == {"Person"}


@ignore_rdflib
@pytest.mark.parametrize("profile", ["schema.org", "prov", "asserted"])
def test_a_profile_is_the_same_in_every_form_for_each_kind(client, one_per_kind, profile):
    for iri in one_per_kind.values():
        found = [
            set(
                rdflib.Graph().parse(
                    data=client.get(f"{find_data(iri, form.suffix)}?profile={profile}").data,
                    format=READERS[form.name],
                )
            )
            for form in RDF
        ]
        assert all(each == found[0] for each in found), iri
        assert any(subject == rdflib.URIRef(iri) for subject, _, _ in found[0]), iri


def test_settings_of_the_operator_date_a_document(real_store):
    response = (
        create_app(real_store, settings=Settings(max_age=7))
        .test_client()
        .get("/data/state/IND.ttl")
    )
    assert response.headers["Cache-Control"] == "public, max-age=7, s-maxage=7"


# ---- literals as the files have them --------------------------------------------------------


def read_document(client, iri):
    document = client.get(f"{find_data(iri)}.nt")
    return {quad.triple for quad in ox.parse(document.data, format=ox.RdfFormat.N_TRIPLES)}


def test_documents_of_every_kind_say_what_the_files_say(client, real_store):
    about = {}
    for quad in real_store.quads():
        if in_default_graph(quad.graph_name.value) and isinstance(quad.subject, ox.NamedNode):
            about.setdefault(quad.subject.value, set()).add(quad.triple)
    of_kind = {iri.rpartition("/")[0]: iri for iri in about if find_data(iri)}
    assert len(of_kind) > 20
    for iri in of_kind.values():
        own = {triple for triple in read_document(client, iri) if triple.subject.value == iri}
        assert own == about[iri], iri


def test_our_own_shapes_accept_our_own_documents(client):
    from pyshacl import validate

    document = client.get("/data/passage/moscow-talks/7.ttl").data
    shapes = rdflib.Graph().parse(PROJECT / "ontology" / "shapes" / "sources.ttl")

    def find_components(data):
        _, results, _ = validate(rdflib.Graph().parse(data=data), shacl_graph=shapes)
        return set(results.objects(None, rdflib.SH.sourceConstraintComponent))

    refused = rdflib.SH.DatatypeConstraintComponent
    assert refused not in find_components(document)
    assert refused in find_components(document.replace(b"xsd:positiveInteger", b"xsd:integer"))

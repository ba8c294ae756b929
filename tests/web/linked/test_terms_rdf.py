"""The ontology's statements: each term, shape, theme and version in each form of RDF."""

import re
from datetime import UTC, datetime

import pyoxigraph as ox
import pytest

from diplograph.build.questions import read_questions
from diplograph.core.formats import STATEMENTS
from diplograph.core.home import Home
from diplograph.core.names import ONTOLOGY, PREFIXES
from diplograph.web.app import create_app
from fixtures.project_files import ROOT
from fixtures.term_pages import BROWSER, FORMS, NAMES, each_form, read
from fixtures.vocabulary import ONTOLOGY as STATED
from fixtures.web_reading import READERS, ignore_rdflib, parse

BUILT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def client(real_store):
    questions = read_questions(Home.find(ROOT))
    return create_app(real_store, questions, built=BUILT).test_client()


# ---- RDF ------------------------------------------------------------------------------------


@each_form
def test_every_term_is_described_in_every_form(client, form):
    for name in NAMES:
        answer = client.get(f"/ontology/{name}.{form.suffix}")
        assert answer.mimetype == form.media_type
        subjects = {triple.subject.value for triple in read(answer.data, form)}
        assert PREFIXES["dg"] + name in subjects, name


@each_form
@ignore_rdflib
@pytest.mark.parametrize("name", ["", "/Visit", "/engages", "/core", "/shape/City", "/0.2.0"])
def test_another_reader_finds_the_same_statements(client, form, name):
    graph = parse(client.get(f"/ontology{name}.{form.suffix}").data, form)
    assert form.name in READERS
    assert len(graph) == len(read(client.get(f"/ontology{name}.nt").data, STATEMENTS["ntriples"]))


@each_form
@pytest.mark.parametrize("path", ["/ontology", "/ontology/Visit", "/ontology/shape/City"])
def test_a_form_can_be_had_by_accept_as_by_suffix(client, form, path):
    asked = client.get(path, headers={"Accept": form.media_type})
    assert asked.data == client.get(f"{path}.{form.suffix}").data
    assert asked.mimetype == form.media_type
    assert "Accept" in asked.vary


def test_the_whole_ontology_says_all_that_is_said_of_its_terms(client):
    said = read(client.get("/ontology.nt").data, STATEMENTS["ntriples"])
    plain = {
        triple
        for triple in STATED
        if triple.subject.value.startswith(PREFIXES["dg"])
        and not isinstance(triple.object, ox.BlankNode)
    }
    assert plain - said - aligned() == set()


def aligned():
    """Return what alignments.ttl says, which is no part of a build."""
    quads = ox.parse(path=str(ROOT / "ontology" / "alignments.ttl"), format=ox.RdfFormat.TURTLE)
    return {quad.triple for quad in quads}


def test_a_theme_is_its_file(client):
    path = ROOT / "ontology" / "core.ttl"
    written = {quad.triple for quad in ox.parse(path=str(path), format=ox.RdfFormat.TURTLE)}
    assert len(read(client.get("/ontology/core.ttl").data, STATEMENTS["turtle"])) == len(written)


# ---- negotiation and caches -----------------------------------------------------------------


@pytest.mark.parametrize("accept", [None, "*/*", BROWSER, "text/html", "text/*"])
def test_who_names_no_form_of_rdf_gets_the_page(client, accept):
    headers = {"Accept": accept} if accept else {}
    answer = client.get("/ontology/Visit", headers=headers)
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    assert "Accept" in answer.vary


def test_what_no_term_can_be_had_as_is_refused_with_what_it_can(client):
    answer = client.get("/ontology/Visit", headers={"Accept": "image/png"})
    assert answer.status_code == 406
    assert "text/turtle" in answer.text


@pytest.mark.parametrize("path", ["/ontology.ttl", "/ontology/Visit.rdf", "/ontology/Visit"])
def test_what_a_client_has_is_not_sent_again(client, path):
    first = client.get(path)
    assert first.last_modified == BUILT
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


def test_each_form_has_a_tag_of_its_own(client):
    tags = {client.get(f"/ontology/Visit.{suffix}").headers["ETag"] for suffix in FORMS}
    assert len(tags) == len(FORMS)


def test_programs_elsewhere_may_read_a_term(client):
    answer = client.get("/ontology/Visit.ttl", headers={"Origin": "https://example.org"})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_addresses_stand_behind_a_prefix(client):
    page = client.get("/ontology/Visit", base_url="http://localhost/graphs/one").text
    paths = set(re.findall(r'href="(/[^"]*)"', page))
    assert {path for path in paths if not path.startswith("/graphs/one/")} == set()


def test_a_slash_at_the_end_is_dropped(client):
    answer = client.get("/ontology/")
    assert (answer.status_code, answer.headers["Location"]) == (308, "/ontology")


# ---- versions, themes, what is not here -----------------------------------------------------


@pytest.mark.parametrize("name", ["0.2.0", "core/0.2.0", "core", "alignments", "alignments/0.2.0"])
def test_a_version_and_a_theme_have_a_page_and_rdf(client, name):
    assert client.get(f"/ontology/{name}").status_code == 200
    body = client.get(f"/ontology/{name}.ttl").data
    base = name.removesuffix("0.2.0").strip("/")
    header = f"{ONTOLOGY}/{base}" if base else ONTOLOGY
    assert header in {t.subject.value for t in read(body, STATEMENTS["turtle"])}


def test_the_version_here_is_the_ontology_here(client):
    assert client.get("/ontology/0.2.0.nt").data == client.get("/ontology.nt").data


@pytest.mark.parametrize("name", ["0.1.0", "core/9.9", "0.1.0.ttl"])
def test_another_version_is_not_here_and_the_one_that_is_is_named(client, name):
    answer = client.get(f"/ontology/{name}")
    assert answer.status_code == 404
    assert "this is version 0.2.0" in answer.text


def test_a_slip_leads_to_what_was_meant(client):
    answer = client.get("/ontology/Meetng", headers={"Accept": BROWSER})
    assert answer.status_code == 404
    assert 'href="/ontology/Meeting"' in answer.text


def test_a_program_is_told_what_was_meant(client):
    answer = client.get("/ontology/Meetng.ttl")
    assert answer.status_code == 404
    assert "did you mean dg:Meeting" in answer.text


@pytest.mark.parametrize(
    "path", ["/ontology.exe", "/ontology/shape/None", "/ontology/%00", "/ontology/Visit/x"]
)
def test_what_is_not_here_is_not_found(client, path):
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("page", "status"), [("1", 200), ("9", 404), ("x", 400), ("0", 400), ("-1", 400)]
)
def test_a_page_of_a_list_is_there_or_refused(client, page, status):
    assert client.get(f"/ontology/Visit?page={page}").status_code == status

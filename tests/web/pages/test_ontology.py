"""The ontology's own reference: a page and RDF for each term, shape, theme and version."""

import html
import re
from datetime import UTC, datetime
from itertools import pairwise
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest

from diplograph.build.questions import read_questions
from diplograph.core.home import Home
from diplograph.core.names import ONTOLOGY, ONTOLOGY_GRAPH, PREFIXES, expand
from diplograph.store.store import Store
from diplograph.web.app import create_app
from diplograph.web.context import AppContext
from fixtures.markup import find_mistakes
from fixtures.project_files import ROOT
from fixtures.term_pages import NAMES, is_file, links_of
from fixtures.vocabulary import DEFINITION, values
from fixtures.vocabulary import ONTOLOGY as STATED

BUILT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def client(real_store):
    questions = read_questions(Home.find(ROOT))
    return create_app(real_store, questions, built=BUILT).test_client()


@pytest.fixture(scope="module")
def pages(client):
    """Return the pages below /ontology by path, as links from one to the next lead to them."""
    found, waiting = {}, ["/ontology"]
    while waiting:
        path = waiting.pop()
        answer = client.get(path)
        assert answer.status_code == 200, path
        found[path] = answer.text
        for link in links_of(answer.text):
            if not is_file(link) and link not in found and link not in waiting:
                waiting.append(link)
    return found


def write_home_of_one_term(label):
    return f"""
        <{ONTOLOGY}> <{expand("rdf:type")}> <{expand("owl:Ontology")}> .
        <{expand("dg:Odd")}> <{expand("rdf:type")}> <{expand("owl:Class")}> .
        <{expand("dg:Odd")}> <{expand("rdfs:label")}> {ox.Literal(label, language="en")} .
        <{expand("dg:Odd")}> <{expand("skos:definition")}> {ox.Literal(label, language="en")} .
    """


def serve(text):
    graph = ox.NamedNode(ONTOLOGY_GRAPH)
    quads = [
        ox.Quad(quad.subject, quad.predicate, quad.object, graph)
        for quad in ox.parse(text, format=ox.RdfFormat.N_TRIPLES)
    ]
    return create_app(Store(lambda: quads, "1")).test_client()


# ---- every term has its page ----------------------------------------------------------------


def test_there_are_terms():
    assert len(NAMES) > 200


@pytest.mark.parametrize("name", NAMES)
def test_a_term_has_a_page_with_its_definition(pages, name):
    (definition,) = values(STATED, PREFIXES["dg"] + name, DEFINITION)
    assert definition.value in html.unescape(pages[f"/ontology/{name}"])


def test_a_page_says_how_a_class_is_tied(pages):
    page = pages["/ontology/Visit"]
    for path in ("Event", "Fact", "host", "hostState", "takesPlaceIn", "sentVisit", "shape/Visit"):
        assert f'href="/ontology/{path}"' in page
    assert "Nobody visits the state or party that sends them" in page
    assert 'href="/page/event/putin-india-visit-2021"' in page


def test_a_page_says_how_a_property_is_tied(pages):
    page = pages["/ontology/engages"]
    for path in ("Event", "Agent", "engagedIn", "hasParticipation", "onBehalfOf", "host"):
        assert f'href="/ontology/{path}"' in page
    assert 'href="/questions/inferred-from"' in page
    assert "ontology/participations.ttl" in page


def test_a_page_says_what_a_term_is_elsewhere(pages):
    assert 'href="https://schema.org/Organization"' in pages["/ontology/State"]


def test_a_deprecated_term_or_concept_names_what_to_use_in_its_place(pages, client):
    page = pages["/ontology/hostState"]
    deprecated = page[page.index("Deprecated") :]
    assert deprecated.startswith('Deprecated: use <a href="/ontology/host">host</a>')
    assert "Deprecated" not in pages["/ontology/host"]
    listed = pages["/ontology"]
    whole = listed[listed.index('href="/page/date-role/whole"') :]
    assert 'deprecated: use <a href="/page/date-role/window">' in whole[:200]
    assert "Deprecated: use" in client.get("/page/date-role/whole").text


def test_what_rules_record_is_in_no_list(pages):
    assert "Each is shown on the page of its event" in pages["/ontology/EventState"]
    assert "/page/event-state/" not in pages["/ontology/EventState"]


def test_a_page_of_a_shape_says_what_is_asked_and_what_it_is_put_to(pages):
    page = pages["/ontology/shape/City"]
    assert 'href="/ontology/City"' in page
    assert "exactly 1" in page
    assert "A city lies in one state" in page


def test_every_shape_that_is_put_to_something_has_a_page(pages, real_store):
    rows = real_store.query(
        "SELECT DISTINCT ?shape { GRAPH <https://w3id.org/diplograph/graph/shapes> {"
        " ?shape a <http://www.w3.org/ns/shacl#NodeShape> ;"
        " <http://www.w3.org/ns/shacl#targetClass> ?class } }"
    )
    names = {row["shape"].value.removeprefix(PREFIXES["shape"]) for row in rows}
    assert names
    assert {name for name in names if f"/ontology/shape/{name}" not in pages} == set()


def test_the_reference_lists_classes_properties_concepts_and_themes(pages):
    page = pages["/ontology"]
    paths = ("/ontology/Entity", "/ontology/engages", "/page/status/held", "/ontology/core")
    assert [path for path in paths if f'href="{path}"' not in page] == []
    assert "0.2.0" in page
    assert "https://w3id.org/diplograph/ontology#" in page


def test_the_page_of_the_alignments_lists_them(pages):
    page = pages["/ontology/alignments"]
    assert 'href="/ontology/State"' in page
    assert 'href="https://schema.org/Organization"' in page


def test_a_theme_of_concepts_lists_them(pages):
    assert 'href="/page/topic/trade"' in pages["/ontology/topics"]


# ---- the pages are sound --------------------------------------------------------------------


def test_pages_are_html_without_mistakes(pages):
    some = ["/ontology", *sorted(pages)[::10]]
    assert {path: find_mistakes(pages[path]) for path in some if find_mistakes(pages[path])} == {}


def test_every_page_has_one_heading_of_the_first_rank_and_skips_none(pages):
    for path, text in pages.items():
        ranks = [int(rank) for rank in re.findall(r"<h([1-6])[ >]", text)]
        assert ranks.count(1) == 1, path
        assert all(after <= before + 1 for before, after in pairwise(ranks)), path


def test_no_page_has_an_id_twice_or_a_style_of_its_own(pages):
    for path, text in pages.items():
        ids = re.findall(r'\sid="([^"]*)"', text)
        assert len(ids) == len(set(ids)), path
        assert " style=" not in text, path
        assert re.findall(r"<script(?! src=)", text) == [], path


def test_every_link_within_a_page_leads_to_something_on_it(pages):
    for path, text in pages.items():
        marks = set(re.findall(r'href="#([^"]*)"', text))
        assert marks - set(re.findall(r'\sid="([^"]*)"', text)) == set(), path


def test_every_drawing_is_xml_with_a_title_and_words(pages):
    drawings = [
        svg
        for text in pages.values()
        for svg in re.findall(r'(?s)<svg class="drawing.*?</svg>', text)
    ]
    assert len(drawings) > len(NAMES)
    for svg in drawings:
        root = ElementTree.fromstring(svg)
        title, said = root.find("title"), root.find("desc")
        assert title.text
        assert said.text
        assert root.get("aria-labelledby").split() == [title.get("id"), said.get("id")]


def test_every_file_that_a_page_links_to_is_there(client, pages):
    files = {path for text in pages.values() for path in links_of(text) if is_file(path)}
    assert len(files) > 3 * len(NAMES)
    turtle = sorted(path for path in files if path.endswith(".ttl"))
    assert {path for path in turtle if client.head(path).status_code != 200} == set()


# ---- search and escaping --------------------------------------------------------------------


def test_a_search_finds_terms_and_concepts(client):
    page = client.get("/ontology?q=visit").text
    assert 'href="/ontology/Visit"' in page
    assert 'href="/page/visit-kind/state-visit"' in page
    assert 'href="/ontology/engages"' in page
    assert 'href="/ontology/Concern"' not in page


def test_a_search_for_nothing_that_is_here_says_so(client):
    assert "No results. Try fewer words." in client.get("/ontology?q=zebra").text


def test_what_is_searched_for_is_escaped(client):
    page = client.get("/ontology", query_string={"q": '"><script>alert(1)</script>'}).text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert find_mistakes(page) == []


@pytest.mark.parametrize(
    "label", ['<script>alert("1")</script>', "a & b ]]> \"c\" 'd'", "\u202eback\u0301"]
)
def test_a_label_is_escaped_wherever_it_stands(label):
    client = serve(write_home_of_one_term(label))
    for path in ("/ontology", "/ontology/Odd", "/ontology?q=odd"):
        text = client.get(path).text
        assert re.findall(r"<script(?! src=)", text) == []
        assert find_mistakes(text) == []
        assert (
            html.escape(label[:9], quote=True).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
            in text
        )
        for svg in re.findall(r'(?s)<svg class="drawing.*?</svg>', text):
            ElementTree.fromstring(svg)


# ---- small builds and many queries ----------------------------------------------------------


def test_a_build_without_an_ontology_says_so(small_store):
    client = create_app(small_store).test_client()
    assert "There is no ontology in this build" in client.get("/ontology").text
    assert client.get("/ontology.ttl").status_code == 404
    assert client.get("/ontology/Visit").status_code == 404
    assert client.get("/ontology/shape/City").status_code == 200


def test_a_term_costs_five_queries_once_and_then_none(world_store, monkeypatch):
    asked = []
    made = AppContext.asking

    def watch(self):
        asked.append(made(self))
        return asked[-1]

    monkeypatch.setattr(AppContext, "asking", watch)
    client = create_app(world_store).test_client()
    client.get("/ontology/Meeting")
    assert sum(len(each.texts) for each in asked) == 5
    client.get("/ontology/Meeting")
    assert sum(len(each.texts) for each in asked) == 5
    client.get("/ontology/Visit")
    assert sum(len(each.texts) for each in asked) == 6


def test_pages_that_are_copied_into_files_have_no_form_and_no_pages_of_lists(world_store):
    client = create_app(world_store, still=True).test_client()
    page = client.get("/ontology").text
    assert "find-term" not in page
    assert "Accept: text/turtle" not in page
    assert "?page=" not in client.get("/ontology/Fact").text


def test_a_long_list_goes_on_from_page_to_page(world_store):
    client = create_app(world_store).test_client()
    first = client.get("/ontology/Fact").text
    assert 'href="/ontology/Fact?page=2#used"' in first
    assert client.get("/ontology/Fact?page=2").status_code == 200

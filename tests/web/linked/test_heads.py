"""What the head of a page tells search engines and other programs, without a script."""

import json
import re

import pyoxigraph as ox
import pytest
from flask import render_template_string

from diplograph.build.vocabularies import Alignments
from diplograph.core.names import PREFIXES
from diplograph.core.settings import Settings
from diplograph.store.store import Store
from diplograph.web.app import create_app
from fixtures.recording_engine import RecordingEngine

CITY = f"{PREFIXES['city']}corvo"
HEAD = "{% from 'head_links.html' import alternates %}{{ alternates(thing) }}"
HOSTILE = '</script><script>alert(1)</script> "&<!-- \u202e e\u0301'


@pytest.fixture(scope="module")
def app(small_store):
    return create_app(small_store)


def head(app, path="/page/city/corvo", thing=CITY, base_url=None):
    with app.test_request_context(path, base_url=base_url):
        return render_template_string(HEAD, thing=thing)


def links(html, relation):
    return re.findall(rf'<link rel="{relation}" href="([^"]*)"', html)


def block(html):
    """Return what the one block of data says."""
    [said] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    return json.loads(said)


def test_a_page_leads_to_each_form_of_its_things_rdf(app):
    assert links(head(app), "alternate") == [
        "/data/city/corvo.ttl",
        "/data/city/corvo.nt",
        "/data/city/corvo.jsonld",
        "/data/city/corvo.jsonld?profile=schema.org",
        "/data/city/corvo.rdf",
    ]


def test_a_page_about_no_thing_has_its_own_address_alone(app):
    assert head(app, "/engagements", None).split() == [
        "<link",
        'rel="canonical"',
        'href="/engagements">',
    ]


@pytest.mark.parametrize(
    ("path", "base_url", "home"),
    [
        ("/page/city/corvo?asof=2030-01-01&page=3", None, "/page/city/corvo?page=3"),
        ("/page/city/corvo?page=1", None, "/page/city/corvo"),
        ("/page/city/corvo?page=%22%3E", None, "/page/city/corvo"),
        ("/page/city/a%22b", None, "/page/city/a%22b"),
        ("/page/city/corvo", "https://example.org/graphs", "/graphs/page/city/corvo"),
    ],
)
def test_a_page_is_at_home_at_one_address(app, path, base_url, home):
    assert links(head(app, path, base_url=base_url), "canonical") == [home]


def test_a_page_is_at_home_where_the_operator_says(small_store):
    app = create_app(small_store, settings=Settings(base_url="https://example.org/graphs/"))
    html = head(app, base_url="http://other.example")
    assert links(html, "canonical") == ["https://example.org/graphs/page/city/corvo"]


def test_a_copied_page_leads_to_files_alone(small_store):
    assert not any(
        "?" in link for link in links(head(create_app(small_store, still=True)), "alternate")
    )


@pytest.fixture(scope="module")
def site(graph):
    return create_app(graph.store, graph.questions).test_client()


def test_a_question_leads_to_the_graph_of_questions_in_each_format(site):
    html = site.get("/questions/planned-not-held?state=state:XAA").text
    assert links(html, "canonical") == ["/questions/planned-not-held"]
    found = re.findall(r'<link rel="alternate" href="(/graph/[^"]*)" type="([^"]*)"', html)
    assert len(found) == 4
    for address, media_type in found:
        response = site.get(address)
        assert (response.status_code, response.mimetype) == (200, media_type)
        assert b"planned-not-held" in response.data


@pytest.mark.parametrize("view", ["engagements", "timeline", "network", "map"])
def test_a_view_of_engagements_has_one_address_and_its_files(site, view):
    html = site.get(f"/{view}?page=1&actor=person:ada-varn").text
    assert links(html, "canonical") == [f"/{view}?actor=person:ada-varn"]
    found = re.findall(r'<link rel="alternate" href="([^"]*)" type="([^";]*)', html)
    assert {"text/turtle", "text/csv", "text/calendar"} <= {media_type for _, media_type in found}
    for address, media_type in found:
        response = site.get(address.replace("&amp;", "&"))
        assert (response.status_code, response.mimetype) == (200, media_type)


@pytest.mark.parametrize(
    "path",
    "/ /open /open/hearsay /questions /pair/ /ontology /ontology/Visit /download/ /timeline"
    " /report/harbour-wire /page/state/XAA".split(),
)
def test_every_kind_of_page_has_an_address_of_its_own(site, path):
    html = site.get(path, headers={"Accept": "text/html"}).text
    assert links(html, "canonical") == [path]


def test_search_engines_read_what_the_thing_is(app):
    assert block(head(app)) == {
        "@context": {"@vocab": PREFIXES["schema"], "name": {"@language": "en"}},
        "@id": CITY,
        "@type": "City",
        "name": "Corvo",
    }


def test_a_thing_that_schema_org_has_no_word_for_has_no_block(app):
    assert "<script" not in head(app, thing=f"{PREFIXES['passage']}tale/1")
    assert "<script" not in head(app, thing=f"{PREFIXES['city']}none")


def test_without_alignments_there_is_no_block(small_store):
    assert "<script" not in head(create_app(small_store, alignments=Alignments()))


def test_a_label_cannot_end_the_block():
    graph, city = ox.NamedNode(f"{PREFIXES['graph']}a"), ox.NamedNode(CITY)
    words = {
        "type": ox.NamedNode(f"{PREFIXES['dg']}City"),
        "label": ox.Literal(HOSTILE, language="en"),
    }
    bases = {"type": PREFIXES["rdf"], "label": PREFIXES["rdfs"]}
    said = [
        ox.Quad(city, ox.NamedNode(bases[name] + name), word, graph) for name, word in words.items()
    ]
    html = head(create_app(Store(lambda: said, "0" * 64)))
    assert html.count("<script") == html.count("</script>") == 1
    assert block(html)["name"] == HOSTILE


def test_the_block_costs_one_query(small_store):
    engine = RecordingEngine(small_store)
    head(create_app(engine))
    assert len(engine.texts) == 1


# ---- the dataset ----------------------------------------------------------------------------


def read_dataset(client, address):
    html = client.get(address, headers={"Accept": "text/html"}).text
    blocks = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    (found,) = (json.loads(text) for text in blocks if '"Dataset"' in text)
    return found


def test_the_start_page_and_the_downloads_describe_the_dataset_for_search_engines(world_store):
    client = create_app(world_store, settings=Settings(publisher="Corvo Institute")).test_client()
    start, files = (read_dataset(client, address) for address in ("/", "/download/"))
    for dataset in (start, files):
        assert 50 <= len(dataset["description"]) <= 5000
        assert dataset["license"] == "https://creativecommons.org/licenses/by/4.0/"
        assert dataset["creator"]["name"] == "Diplograph contributors"
        assert dataset["publisher"]["name"] == "Corvo Institute"
        assert re.fullmatch(r"2031-\d\d-\d\d", dataset["dateModified"])
        assert re.fullmatch(r"\d{4}-\d\d-\d\d/\d{4}-\d\d-\d\d", dataset["temporalCoverage"])
    assert start["@id"] == files["@id"]
    assert len(files["distribution"]) > len(start["distribution"]) >= 1
    for file in (*start["distribution"], *files["distribution"][:3]):
        assert client.get(file["contentUrl"]).mimetype == file["encodingFormat"]


def test_the_dataset_has_whole_addresses_where_the_operator_gives_the_sites(small_store):
    settings = Settings(base_url="https://example.org/graphs/")
    dataset = read_dataset(create_app(small_store, settings=settings).test_client(), "/")
    assert dataset["url"] == "https://example.org/graphs/"
    assert dataset["distribution"][0]["contentUrl"].startswith("https://example.org/graphs/")


def test_a_concept_has_one_address(world_store):
    client = create_app(world_store).test_client()
    response = client.get("/page/concept/topic/trade?page=1")
    assert (response.status_code, response.location) == (301, "/page/topic/trade?page=1")
    assert client.get("/page/concept/topic").status_code == 200

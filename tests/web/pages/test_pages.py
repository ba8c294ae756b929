"""The pages show what is here and answer questions, without script and for every reader."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from diplograph.build.questions import Question, read_question
from diplograph.core.settings import PAGE_ROWS
from diplograph.store.engine import LocalEngine
from diplograph.store.interface import PAGE, QueryRequest
from diplograph.store.store import Store
from diplograph.web.app import create_app
from diplograph.web.result_table import read_answer
from fixtures.recording_engine import RecordingEngine
from fixtures.site_pages import QUESTIONS, Page, open_page
from fixtures.small_build import DIGEST


@pytest.fixture(scope="module")
def questions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("queries")
    for name, text in QUESTIONS.items():
        (folder / f"{name}.rq").write_text(text, encoding="utf-8")
    return {name: read_question(folder / f"{name}.rq") for name in QUESTIONS}


@pytest.fixture(scope="module")
def client(small_store, questions):
    return create_app(small_store, questions, findings=7).test_client()


def test_the_start_page_counts_what_is_here(client):
    text = open_page(client, "/").text
    for counted in ("1 report", "1 passage", "2 facts", "2 engagements"):
        assert counted in text
    assert DIGEST[:12] in text


def test_the_start_page_leads_to_all_questions(client, questions):
    page = open_page(client, "/")
    assert "/questions" in [link["href"] for link in page.all("a")]
    assert f"All {len(questions)} questions" in page.text


def test_a_question_is_answered_with_labels_and_no_identifiers(client):
    text = open_page(client, "/questions/places").text
    assert "Harbour talks" in text
    assert "Corvo" in text
    assert "event:harbour-talks" not in text


def test_a_column_that_only_repeats_labels_is_left_out_of_the_page(client):
    page = open_page(client, "/questions/places")
    assert [cell["data-label"] for cell in page.all("td")] == ["Event", "Place"]


def test_a_questions_parameter_can_be_changed(client):
    page = open_page(client, "/questions/places", place="city:nowhere")
    assert "No results" in page.text
    assert "city/nowhere" in page.text
    fields = [field for field in page.all("input") if field["name"] == "place"]
    assert [field["value"] for field in fields] == ["city:nowhere"]


def test_a_parameter_that_cannot_be_meant_is_a_bad_request(client):
    response = client.get("/questions/places", query_string={"place": "nosuch:thing"})
    assert response.status_code == 400


def test_an_argument_that_is_no_parameter_changes_nothing(client):
    assert "Harbour talks" in open_page(client, "/questions/places", utm="1").text


def test_an_unknown_question_is_not_found(client):
    response = client.get("/questions/palces")
    assert response.status_code == 404
    assert "places" in response.text


def test_the_form_on_a_questions_page_holds_its_query(client, questions):
    html = client.get("/questions/third").text
    inside = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", html, re.DOTALL)[1]
    assert inside == questions["third"].text


def test_the_forms_answer_is_a_table_with_links_to_the_same_as_data(client):
    text = "SELECT ?city { ?city a <https://w3id.org/diplograph/ontology#City> }"
    page = open_page(client, "/sparql", query=text, format="html")
    assert "Corvo city:corvo" in page.text
    links = [urlsplit(link["href"]) for link in page.all("a") if "format=" in link["href"]]
    assert {parse_qs(link.query)["format"][0] for link in links} >= {"csv", "json"}
    for link in links:
        assert parse_qs(link.query)["query"] == [text]
        assert client.get(link.geturl()).status_code == 200


def test_a_posted_form_gets_the_same_table(client):
    asked = {"query": "SELECT ?x { ?x a <https://w3id.org/diplograph/ontology#City> }"}
    response = client.post("/sparql", data={**asked, "format": "html"})
    assert "Corvo" in Page(response.text).text


def test_a_thing_in_a_table_leads_to_its_page(client):
    asked = "SELECT ?city { ?city a <https://w3id.org/diplograph/ontology#City> }"
    page = open_page(client, "/sparql", query=asked)
    assert "/page/city/corvo" in [link["href"] for link in page.all("a")]


def test_asking_yes_or_no_is_answered_in_a_word(client):
    assert "Yes" in open_page(client, "/sparql", query="ASK {}").text
    assert " No " in open_page(client, "/sparql", query="ASK { FILTER(false) }").text


def test_a_moment_is_shown_as_its_day_with_the_time_beside_it(client):
    moment = '"2030-01-02T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>'
    page = open_page(client, "/sparql", query=f"SELECT ?when {{ VALUES ?when {{ {moment} }} }}")
    assert "2030-01-02 00:00:00Z" in page.text


def test_what_a_graph_says_cannot_become_markup(client):
    html = client.get("/questions/visits").text
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_an_address_without_a_query_shows_people_the_form(client):
    page = open_page(client, "/sparql")
    assert len(page.all("textarea")) == 1


def test_a_long_table_is_cut_and_says_so(small_store):
    engine = LocalEngine(small_store)
    values = " ".join(map(str, range(PAGE_ROWS + 20)))
    text = f"SELECT ?n {{ VALUES ?n {{ {values} }} }}"
    table = read_answer(engine, engine.answer(QueryRequest(text, PAGE, PAGE)))
    assert (len(table.rows), table.total, table.cut) == (PAGE_ROWS, PAGE_ROWS + 20, True)


def test_a_page_never_takes_more_of_a_long_result_than_it_shows(small_store, questions):
    engine = RecordingEngine(small_store)
    client = create_app(engine, questions).test_client()
    values = " ".join(map(str, range(300)))
    text = f"SELECT * {{ VALUES ?a {{ {values} }} VALUES ?b {{ {values} }} }}"
    assert "90,000 rows, the first 500 shown" in open_page(client, "/sparql", query=text).text
    text = (
        f"CONSTRUCT {{ <urn:a> <urn:b> ?a, ?b }} {{ VALUES ?a {{ {values} }} BIND(-1-?a AS ?b) }}"
    )
    assert "600 statements, the first 500 shown" in open_page(client, "/sparql", query=text).text
    assert max(engine.sizes) < 100_000


def test_a_question_that_cannot_be_answered_harms_no_other_page(small_store, questions):
    broken = Question("a", "Broken?", "# Broken?\nSELECT ?x WHERE { GRAPH <urn:no> ")
    client = create_app(small_store, {"a": broken, **questions}).test_client()
    assert client.get("/").status_code == 200
    assert client.get("/questions/a").status_code == 400


@pytest.mark.parametrize("address", ["/", "/questions/places", "/sparql", "/sparql?query=ASK{}"])
def test_a_page_needs_nothing_from_elsewhere_and_no_script(client, address):
    page = open_page(client, address)
    run = [each for each in page.all("script") if each.get("type") != "application/ld+json"]
    assert [each for each in run if not each["src"].startswith("/static/")] == []
    assert not any(name.startswith("on") or name == "style" for _, tag in page.tags for name in tag)
    loaded = [tag["href"] for tag in page.all("link")] + [tag["src"] for tag in page.all("img")]
    assert loaded
    for path in loaded:
        assert re.match(r"/(?!/)", path)
        with client.get(path) as file:
            assert file.status_code == 200


@pytest.mark.parametrize("address", ["/", "/questions/places", "/sparql", "/sparql?query=ASK{}"])
def test_a_page_can_be_read_aloud_and_used_by_keyboard(client, address):
    page = open_page(client, address)
    labelled = {label.get("for") for label in page.all("label")}
    for field in page.all("textarea") + page.all("input") + page.all("select"):
        assert field["id"] in labelled
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
    assert page.all("a")[0] == {"class": "skip", "href": "#main"}
    ids = [tag["id"] for _, tag in page.tags if "id" in tag]
    assert len(ids) == len(set(ids))


def test_health_names_the_build_and_asks_nothing(small_store):
    engine = RecordingEngine(small_store)
    told = json.loads(create_app(engine).test_client().get("/health").data)
    assert told == {"ok": True, "build": DIGEST}
    assert engine.clients == []


def test_the_start_page_is_read_again_where_the_engine_has_another_build(small_store, questions):
    engine = RecordingEngine(small_store)
    client = create_app(engine, questions).test_client()
    open_page(client, "/")
    asked = len(engine.clients)
    open_page(client, "/")
    assert len(engine.clients) == asked
    engine.digest = "6" * 64
    assert "6" * 12 in open_page(client, "/").text
    assert len(engine.clients) == 2 * asked


def test_a_store_of_nothing_has_a_start_page_too():
    assert "0 statements" in open_page(create_app(Store(list, "0")).test_client(), "/").text

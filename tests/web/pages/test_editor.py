"""What the server gives the query editor, and what the page has where there is none."""

import json
import re
import urllib.parse
from datetime import datetime
from html import unescape
from io import BytesIO

import pytest

from diplograph.build.questions import read_questions
from diplograph.core.names import PREFIXES
from diplograph.store.engine import LocalEngine
from diplograph.store.store import Store
from diplograph.views.query import QueryRunner
from diplograph.views.search import read_terms
from diplograph.web.app import create_app
from fixtures.markup import find_mistakes
from fixtures.small_build import write_build

PAGE = {"Accept": "text/html"}
TERMS = "/sparql/terms.json"
SELECT = "SELECT ?city WHERE { ?city a <https://w3id.org/diplograph/ontology#City> }"


@pytest.fixture(scope="module")
def client(world, world_store):
    return create_app(world_store, read_questions(world)).test_client()


@pytest.fixture
def bare_client(monkeypatch, world, world_store):
    """Return a client of an application whose editor was not built."""
    monkeypatch.setattr("diplograph.web.pages.search.SCRIPT", "built/nowhere.js")
    return create_app(world_store, read_questions(world)).test_client()


@pytest.fixture
def equipped_client(monkeypatch, world, world_store):
    """Return a client of an application with an editor; the style stands for it."""
    monkeypatch.setattr("diplograph.web.pages.search.SCRIPT", "style.css")
    return create_app(world_store, read_questions(world)).test_client()


def ask(client, query, **fields):
    return client.get("/sparql", query_string={"query": query, **fields}, headers=PAGE)


# ---- terms --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def terms(client):
    return json.loads(client.get(TERMS).data)


def test_terms_name_classes_properties_concepts_and_things(terms):
    assert {each["kind"] for each in terms["terms"]} == {"class", "property", "concept", "thing"}
    found = {each["name"]: each for each in terms["terms"]}
    assert found["dg:BilateralMeeting"]["label"] == "bilateral meeting"
    assert "exactly two parties" in found["dg:BilateralMeeting"]["definition"]
    assert found["rdfs:label"]["kind"] == "property"


def test_every_term_has_a_name_that_a_prefix_of_the_list_explains(terms):
    assert terms["prefixes"] == PREFIXES
    assert {each["name"].partition(":")[0] for each in terms["terms"]} <= PREFIXES.keys()


def test_each_term_is_offered_once(terms):
    names = [each["name"] for each in terms["terms"]]
    assert len(names) == len(set(names))


def test_terms_cost_two_queries_and_the_things_most_is_said_of_come_first(world_store):
    asking = QueryRunner(LocalEngine(world_store))
    things = [each for each in read_terms(asking) if each.kind == "thing"]
    assert len(asking.texts) == 2
    assert 0 < len(things) <= 600


def test_terms_are_kept_until_the_build_changes(client, tmp_path):
    tag = client.get(TERMS).headers["ETag"]
    again = client.get(TERMS, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    other = create_app(Store.open(write_build(tmp_path / "small"))).test_client().get(TERMS)
    assert other.headers["ETag"] != tag


def test_terms_are_there_for_a_build_that_names_nothing(tmp_path):
    client = create_app(Store.open(write_build(tmp_path / "small"))).test_client()
    assert client.get(TERMS).status_code == 200


# ---- pages with and without ---------------------------------------------------------------

PATHS = ["/", "/sparql", "/sparql?query=ASK%7B%7D", "/sparql?query=SELECT", "/nowhere"]


@pytest.mark.parametrize("path", PATHS)
def test_without_a_built_editor_pages_name_none(bare_client, path):
    text = bare_client.get(path, headers=PAGE).text
    assert "</main>" in text
    assert "editor.js" not in text
    assert "data-check" not in text or 'formmethod="post"' in text


def test_with_a_built_editor_the_form_brings_it(equipped_client):
    text = equipped_client.get("/sparql", headers=PAGE).text
    assert len(re.findall(r'<script src="/static/style\.css(?:\?v=\w+)?" defer', text)) == 1


def test_the_form_works_under_a_base_address(equipped_client):
    text = equipped_client.get("/sparql", headers=PAGE, base_url="http://here/base").text
    assert 'data-terms="/base/sparql/terms.json"' in text
    assert 'src="/base/static/style.css' in text


@pytest.mark.parametrize("path", [*PATHS, "/sparql?" + urllib.parse.urlencode({"query": SELECT})])
def test_pages_with_the_form_are_well_formed(client, bare_client, path):
    assert find_mistakes(client.get(path, headers=PAGE).text) == []
    assert find_mistakes(bare_client.get(path, headers=PAGE).text) == []


# ---- answers and mistakes -----------------------------------------------------------------


def test_a_mistake_carries_its_line_and_column_and_the_query_is_kept(client):
    page = ask(client, "SELECT ?x WHERE {\n  ?x a ?y ;;; ?z\n}")
    assert page.status_code == 400
    assert 'data-line="2"' in page.text
    assert 'data-column="' in page.text
    assert 'aria-describedby="refusal"' in page.text
    assert "?x a ?y ;;; ?z" in page.text.partition("<textarea")[2]


def test_a_refusal_of_another_kind_marks_no_place(client):
    page = ask(client, SELECT, format="turtle")
    assert page.status_code == 406
    assert "data-line" not in page.text
    assert "?city a" in page.text.partition("<textarea")[2]


def test_a_format_that_nobody_knows_keeps_the_query(client):
    page = ask(client, SELECT, format="papyrus")
    assert page.status_code == 406
    assert "?city a" in page.text.partition("<textarea")[2]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        (SELECT, ["JSON", "XML", "CSV", "TSV", "XLSX"]),
        ("ASK { ?s ?p ?o }", ["JSON", "XML", "CSV", "TSV"]),
        (
            "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 3",
            ["Turtle", "N-Triples", "JSON-LD", "RDF/XML", "TriG", "N-Quads"],
        ),
    ],
)
def test_an_answer_can_be_downloaded_in_every_format_that_carries_it(client, query, titles):
    text = ask(client, query).text.partition('class="downloads"')[2].partition("</p>")[0]
    links = [part.partition("</a>")[0] for part in text.split('<a href="')[1:]]
    assert [link.partition('">')[2] for link in links] == titles
    for link in links:
        answer = client.get(unescape(link.partition('">')[0]))
        assert (answer.status_code, bool(answer.data)) == (200, True)


def test_the_link_of_an_answer_leads_to_it(client):
    text = ask(client, SELECT, format="html").text
    link = text.partition("data-share")[2].partition('href="')[2].partition('"')[0]
    again = client.get(link, headers=PAGE).text
    assert again.partition("<tbody")[2] == text.partition("<tbody")[2]


def test_an_answer_to_a_query_too_long_for_an_address_has_no_link(client):
    fields = {"query": f"{SELECT} # {'x' * 9000}", "format": "html"}
    page = client.post("/sparql", data=fields, headers=PAGE)
    assert page.status_code == 200
    assert "too long for an address" in page.text
    assert "data-share" not in page.text
    assert max(len(part.partition('"')[0]) for part in page.text.split('href="')[1:]) < 8000


def test_a_query_with_markup_in_it_is_shown_as_text(client):
    page = ask(client, 'SELECT ?x { VALUES ?x { "</textarea><script>alert(1)</script>" } }')
    assert "<script>alert" not in page.text


def test_every_question_and_prefix_is_at_hand(client, world):
    text = client.get("/sparql", headers=PAGE).text
    for name in read_questions(world):
        assert f'href="/questions/{name}"' in text
    assert f"PREFIX dg: &lt;{PREFIXES['dg']}&gt;" in text


# ---- prefixes, names that nothing has, pages of rows --------------------------------------


def test_a_page_says_which_prefixes_were_added_and_shows_them_in_the_query(client):
    page = ask(client, "SELECT ?city { ?city a dg:City }")
    assert page.status_code == 200
    assert "Added to your query" in page.text
    assert f"PREFIX dg: &lt;{PREFIXES['dg']}&gt;" in page.text.partition("<textarea")[2]


def test_a_program_gets_the_error_that_names_the_line_to_add(client):
    answer = client.get("/sparql", query_string={"query": "SELECT ?city { ?city a dg:City }"})
    assert answer.status_code == 400
    assert f"add PREFIX dg: <{PREFIXES['dg']}>" in answer.text


def test_the_link_of_an_answer_leaves_out_the_prefixes_that_are_added(client):
    query = f"PREFIX dg: <{PREFIXES['dg']}>\nSELECT ?city {{ ?city a dg:City }}"
    text = ask(client, query).text
    link = unescape(text.partition("data-share")[2].partition('href="')[2].partition('"')[0])
    assert len(link) < 60
    assert "PREFIX" not in link
    again = client.get(link, headers=PAGE).text
    assert (
        again.partition("<tbody")[2].partition("</tbody")[0]
        == (text.partition("<tbody")[2].partition("</tbody")[0])
    )


def test_an_empty_answer_names_what_nothing_has_and_links_to_what_is_meant(client):
    text = ask(client, "SELECT ?x { ?x a dg:Vist }").text
    assert "<code>dg:Vist</code> is not in this graph. Did you mean" in text
    links = re.findall(r'href="([^"]*)"><code>dg:Visit</code>', text)
    assert "dg:Visit" in client.get(unescape(links[0]), headers=PAGE).text.partition("<tbody")[0]


def test_an_error_names_what_nothing_has_too(client):
    page = ask(client, "SELECT ?x { ?x a dg:Vist } }")
    assert page.status_code == 400
    assert "<code>dg:Vist</code> is not in this graph" in page.text


def test_an_answer_that_is_not_empty_names_nothing(client):
    assert "is not in this graph" not in ask(client, "SELECT ?x { ?x a dg:City }").text


def test_a_long_answer_goes_on_on_the_next_page(client):
    query = f"SELECT ?n {{ VALUES ?n {{ {' '.join(map(str, range(1, 1203)))} }} }} ORDER BY ?n"
    first = ask(client, query).text
    assert "1,202 rows, the first 500 shown." in first
    following = unescape(re.search(r'rel="next" href="([^"]*)"', first)[1])
    second = client.get(following, headers=PAGE).text
    assert "1,202 rows, 501 to 1,000 shown." in second
    assert second.count("<tr") == 501
    assert '<td role="cell" data-label="N" class="number">501</td>' in second
    last = ask(client, query, page=3).text
    assert ">1202</td>" in last
    assert 'rel="next"' not in last


@pytest.mark.parametrize("page", ["0", "x", "-1", "9" * 30])
def test_a_page_that_is_none_is_refused(client, page):
    answer = ask(client, SELECT, page=page)
    assert answer.status_code == 400
    assert "is no page" in answer.text


def test_a_page_past_the_last_row_says_so(client):
    assert "past the last row" in ask(client, SELECT, page=9).text


def test_the_time_of_a_query_is_sent_beside_the_page_which_stays_the_same(client):
    one, other = ask(client, SELECT), ask(client, SELECT)
    assert re.fullmatch(r'query;dur=[\d.]+;desc="Query"', one.headers["Server-Timing"])
    assert one.data == other.data


@pytest.mark.parametrize(("word", "suffix"), [("csv", "csv"), ("json", "json"), ("tsv", "tsv")])
def test_a_file_is_named_for_its_query(client, word, suffix):
    query = f"# Where are cities?\n{SELECT}"
    answer = client.get("/sparql", query_string={"query": query, "format": word})
    assert answer.headers["Content-Disposition"] == f'inline; filename="where-are-cities.{suffix}"'
    unnamed = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/csv"})
    assert "Content-Disposition" not in unnamed.headers


def test_a_workbook_has_numbers_days_and_texts_as_they_are(client):
    openpyxl = pytest.importorskip("openpyxl")
    query = """# Which rows are there?
    SELECT ?thing ?earliest ?n ?words {
      VALUES (?thing ?earliest ?n ?words) {
        (dg:Visit "2030-01-02T00:00:00Z"^^xsd:dateTime 3 "=1+1") (dg:Visit UNDEF 4.5 "b") } }"""
    answer = client.get("/sparql/answer.xlsx", query_string={"query": query})
    assert answer.status_code == 200
    assert 'filename="which-rows-are-there.xlsx"' in answer.headers["Content-Disposition"]
    sheet = openpyxl.load_workbook(BytesIO(answer.data)).active
    rows = list(sheet.values)
    assert rows[0] == ("Thing", "First possible day", "N", "In the report's words")
    assert rows[1] == (PREFIXES["dg"] + "Visit", datetime(2030, 1, 2), 3, "=1+1")
    assert rows[2][1:] == (None, 4.5, "b")
    assert sheet["D2"].data_type == "s"
    again = client.get("/sparql/answer.xlsx", query_string={"query": query})
    assert again.data == answer.data


@pytest.mark.parametrize(
    ("query", "status", "message"),
    [
        ("ASK {}", 406, "SELECT"),
        ("SELECT (1 AS ?x) { ?a ?b ?c . ?d ?e ?f } LIMIT 20001", 400, "20,000 at most"),
        ("SELECT", 400, ""),
    ],
)
def test_what_no_workbook_can_hold_is_refused(client, query, status, message):
    answer = client.get("/sparql/answer.xlsx", query_string={"query": query})
    assert answer.status_code == status
    assert message in answer.text


def test_a_label_without_a_column_is_explained(client):
    query = "SELECT ?city ?label { ?city a dg:City ; rdfs:label ?label }"
    assert "<code>?label</code> has no column here" in ask(client, query).text


# ---- checks while typing ------------------------------------------------------------------


def check(client, query):
    answer = client.post("/sparql/check.json", data={"query": query})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json


def test_a_query_without_mistakes_has_none_and_is_not_run(client):
    assert check(client, "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }") == {
        "mistakes": [],
        "prefixes": [],
    }


def test_a_mistake_has_its_place_in_the_query_as_it_was_written(client):
    query = "SELECT ?x WHERE {\n  ?x a dg:City ;;; ?z\n}"
    found = check(client, query)
    assert found["prefixes"] == ["dg"]
    assert [own["line"] for own in found["mistakes"]] == [2]


def test_a_misspelt_name_comes_with_what_may_be_meant(client):
    (mistake,) = check(client, "SELECT ?x { ?x a dg:Vist }")["mistakes"]
    assert mistake["near"][0] == "dg:Visit"
    assert mistake["message"] == "dg:Vist is not in this graph; did you mean dg:Visit?"
    assert (mistake["line"], mistake["column"]) == (1, 18)


def test_what_is_no_query_is_a_mistake_and_no_fault(client):
    (mistake,) = check(client, "DROP ALL")["mistakes"]
    assert "only queries are answered here" in mistake["message"]
    assert client.get("/sparql/check.json").status_code == 405

"""The questions are listed by what they are about, and each is asked by a form that is kept."""

import io
from datetime import datetime

import openpyxl
import pytest

from diplograph.build.questions import read_question, read_questions
from diplograph.views.search_index import SearchIndex
from diplograph.web.app import create_app
from diplograph.web.forms import fill_question, list_fields, show_default
from diplograph.web.pages.questions import GROUPS, OTHERS, group
from fixtures.recording_engine import RecordingEngine
from fixtures.site_pages import Page, open_page

WORDS = """# What is there?
PREFIX city: <https://w3id.org/diplograph/id/city/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
SELECT ?place WHERE {
  VALUES ?place { city:corvo }  # parameter
  VALUES ?fromDay { "2025-12-01T00:00:00Z"^^xsd:dateTime }  # parameter
  VALUES ?least { 3 }  # parameter
  VALUES ?any { UNDEF }  # parameter
}
ORDER BY ?place
"""


@pytest.fixture(scope="module")
def questions(world):
    return read_questions(world)


@pytest.fixture(scope="module")
def client(world_store, questions):
    return create_app(world_store, questions).test_client()


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    path = tmp_path_factory.mktemp("asked") / "asked.rq"
    path.write_text(WORDS, encoding="utf-8")
    return read_question(path)


def index_of(**labels):
    city = "https://w3id.org/diplograph/id/city/"
    return SearchIndex(
        [{"thing": city + name, "field": "label", "text": text} for name, text in labels.items()]
    )


def field_of(page, name):
    (field,) = [each for each in page.all("input") if each.get("name") == name]
    return field


def test_every_question_is_listed_once_under_what_it_is_about(client, questions):
    page = open_page(client, "/questions")
    links = [link["href"] for link in page.all("a")]
    for name, question in questions.items():
        assert links.count(f"/questions/{name}") == 1
        assert question.title in page.text


def test_every_question_of_ours_has_a_group(questions):
    assert OTHERS not in group(questions)
    grouped = [name for names in GROUPS.values() for name in names.split()]
    assert sorted(grouped) == sorted(questions)


def test_a_question_of_another_folder_stands_among_the_others(asked):
    assert group({"asked": asked}) == {OTHERS: [asked]}


def test_no_questions_are_no_fault(small_store):
    page = open_page(create_app(small_store).test_client(), "/questions")
    assert "There are no questions yet" in page.text


def test_fields_are_of_the_kind_their_values_have(asked):
    fields = list_fields(asked, {}, {}, index_of(corvo="Corvo", lantern="Lantern"))
    shown = {field.name: (field.words, field.kind, field.value) for field in fields}
    assert shown == {
        "place": ("Place", "text", "Corvo"),
        "fromDay": ("From day", "date", "2025-12-01"),
        "least": ("Least", "number", "3"),
        "any": ("Any", "text", ""),
    }
    assert [option.label for option in fields[0].options] == ["Corvo", "Lantern"]
    assert fields[3].hint == "Leave empty for all"


def test_a_label_of_two_things_is_not_offered_for_either(asked):
    index = index_of(corvo="Corvo", other="Corvo")
    assert show_default(asked.parameters[0], index) == "city:corvo"
    assert [each.iri for each in list_fields(asked, {}, {}, index)[0].options] == [
        "city:corvo",
        "city:other",
    ]


def test_labels_are_resolved_by_the_search_index(asked):
    index = index_of(corvo="Corvo", lantern="Lantern")
    filled = fill_question(asked, {"place": "lantern"}, index)
    assert "<https://w3id.org/diplograph/id/city/lantern>" in filled.text


def test_each_wrong_value_is_told_of_at_its_field(asked):
    given = {"place": "Corva", "fromDay": "soon", "least": "3"}
    filled = fill_question(asked, given, index_of(corvo="Corvo"))
    assert sorted(filled.errors) == ["fromDay", "place"]
    assert filled.errors["place"].endswith("did you mean Corvo?")
    assert filled.text == ""
    fields = {each.name: each for each in list_fields(asked, given, filled.errors, index_of())}
    assert (fields["fromDay"].kind, fields["fromDay"].value) == ("text", "soon")


def test_a_wrong_value_keeps_the_form_filled_and_says_what_is_wrong(client):
    values = {"from": "not a day", "to": "2030-12-31"}
    page = open_page(client, "/questions/window-of-days", 400, **values)
    assert "not a day" in page.text
    assert field_of(page, "from")["value"] == "not a day"
    assert field_of(page, "from")["aria-invalid"] == "true"
    assert field_of(page, "to")["value"] == "2030-12-31"
    assert [each for _, each in page.tags if each.get("role") == "alert"]


def test_a_program_is_told_of_a_wrong_value_in_text(client):
    response = client.get("/questions/window-of-days", query_string={"from": "not a day"})
    assert (response.status_code, response.mimetype) == (400, "text/plain")


def test_a_label_typed_is_answered_like_its_curie(client):
    page = open_page(client, "/questions/requests-between-states")
    label = page.all("option")[0]["value"]
    assert ":" not in label
    answered = open_page(client, "/questions/requests-between-states", asking=label)
    assert field_of(answered, "asking")["value"] == label
    assert "<https://w3id.org/diplograph/id/state/" in answered.text


def test_an_answer_can_be_linked_to_as_it_was_asked(client):
    page = open_page(client, "/questions/window-of-days", **{"from": "2030-01-01"})
    assert "/questions/window-of-days?from=2030-01-01" in [a["href"] for a in page.all("a")]


def test_a_question_without_parameters_has_no_form_of_its_own(client):
    page = open_page(client, "/questions/contradictory-reports")
    assert not [each for each in page.all("form") if each.get("class") == "fields"]


@pytest.mark.parametrize("typed", ['"><script>x</script>', "\u202e abc", "e\u0301 'quoted\""])
def test_what_is_typed_cannot_become_markup(small_store, asked, typed):
    client = create_app(small_store, {"asked": asked}).test_client()
    response = client.get(
        "/questions/asked", query_string={"place": typed}, headers={"Accept": "text/html"}
    )
    assert response.status_code in {400, 404}
    assert "<script>x" not in response.text
    assert field_of(Page(response.text), "place")["value"] == typed


def test_a_questions_page_costs_few_queries(world_store, questions):
    engine = RecordingEngine(world_store)
    client = create_app(engine, questions).test_client()
    open_page(client, "/questions/planned-not-held")
    assert len([client for client in engine.clients if client]) <= 4  # others are read once


def test_a_column_of_things_is_one_with_the_column_of_their_labels(client):
    page = open_page(client, "/questions/offices-held", person="person:ada-varn")
    heads = [cell["data-label"] for cell in page.all("td")]
    assert heads[:3] == ["Person", "Office", "State"]
    assert "Harbour Wire, 10 Feb 2031, para. 4" in page.text


def test_an_answer_can_be_had_as_a_workbook_with_days_and_links(client):
    address = "/questions/planned-not-held.xlsx?day=2031-05-15"
    assert f'href="{address}"' in client.get(address.replace(".xlsx", "")).text
    answer = client.get(address)
    assert answer.headers["Content-Disposition"] == 'attachment; filename="planned-not-held.xlsx"'
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet.auto_filter.ref == sheet.dimensions
    (talks,) = [row for row in sheet.iter_rows(min_row=2) if row[0].value.endswith("in Belport")]
    assert talks[0].hyperlink.target == "http://localhost/page/event/belport-talks"
    assert [cell.value for cell in talks if cell.is_date] == [datetime(2031, 3, 10)] * 2
    assert "overdue" in [cell.value for cell in talks]
    assert client.get("/questions/planned-not-held.xlsx?day=nonsense").status_code == 400

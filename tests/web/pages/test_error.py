"""The page of an error leads on: to what may be meant, or to a search for it."""

import pytest

from diplograph.build.questions import read_question
from diplograph.web.app import create_app
from fixtures.site_pages import QUESTIONS, Page


@pytest.fixture(scope="module")
def client(small_store, tmp_path_factory):
    path = tmp_path_factory.mktemp("queries") / "places.rq"
    path.write_text(QUESTIONS["places"], encoding="utf-8")
    return create_app(small_store, {"places": read_question(path)}).test_client()


def refuse(client, address, **asked):
    response = client.get(address, query_string=asked or None, headers={"Accept": "text/html"})
    assert response.status_code >= 400
    return Page(response.text)


def test_an_error_that_names_things_leads_to_them(client):
    page = refuse(client, "/page/event/harbour-talk")
    assert "/page/event/harbour-talks" in [link["href"] for link in page.all("a")]


def test_an_error_that_names_questions_leads_to_them(client):
    page = refuse(client, "/questions/palces")
    assert "/questions/places" in [link["href"] for link in page.all("a")]
    assert "Where does it take place?" in page.text


def test_an_address_that_is_none_offers_its_words_to_be_searched_for(client):
    page = refuse(client, "/somewhere/harbour-talks<script>")
    (field,) = [each for each in page.all("input") if each.get("id") == "q"]
    assert field["value"] == "harbour talks script"
    scripts = [script["src"].partition("?")[0] for script in page.all("script")]
    assert scripts == ["/static/suggest.js"]


def test_what_an_error_says_of_an_address_cannot_become_markup(client):
    response = client.get("/questions/<b>x", headers={"Accept": "text/html"})
    assert "&lt;b&gt;x" in response.text
    assert "<b>" not in response.text


def test_a_program_is_told_in_text_or_in_json(client):
    assert client.get("/nowhere").mimetype == "text/plain"
    told = client.get("/nowhere", headers={"Accept": "application/json"})
    assert told.json["status"] == 404


def test_an_error_says_what_went_wrong_in_a_sentence_and_what_to_do_next(client):
    page = refuse(client, "/page/event/harbour-talk")
    assert "Page not found" in page.text
    assert "Nothing in this graph is called event:harbour-talk." in page.text
    assert "What you can do" in page.text
    broken = refuse(client, "/sparql", query="SELECT * {")
    assert "There is a problem with this query" in broken.text


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/page/event/harbour-talk", "harbour talk"),
        ("/engagement", ""),
    ],
)
def test_the_search_on_an_error_page_is_filled_with_a_name_and_never_the_kind_of_page(
    client, address, words
):
    (field,) = [field for field in refuse(client, address).all("input") if field.get("id") == "q"]
    assert field["value"] == words


def test_the_page_of_an_error_is_written_without_a_query(client):
    assert "Newest report" not in client.get("/nowhere", headers={"Accept": "text/html"}).text

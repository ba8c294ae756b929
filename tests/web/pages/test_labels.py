"""A question's parameter may be typed as a label; one that cannot be meant is told by its field."""

import pyoxigraph as ox
import pytest

from diplograph.build.questions import read_question
from diplograph.core.names import PREFIXES, REFERENCE_GRAPH
from diplograph.store.engine import LocalEngine
from diplograph.store.store import Store
from diplograph.web.app import create_app
from diplograph.web.result_table import query_labels

TEXT = """# What takes place there, or at an earlier one?
PREFIX city: <https://w3id.org/diplograph/id/city/>
PREFIX dg: <https://w3id.org/diplograph/ontology#>
SELECT ?event WHERE {
  VALUES ?place { city:elsewhere }  # parameter
  VALUES ?earlier { UNDEF }  # parameter
  VALUES ?day { "2030-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> }  # parameter
  ?event dg:takesPlaceIn ?place .
}
ORDER BY ?event
"""


@pytest.fixture(scope="module")
def question(tmp_path_factory):
    path = tmp_path_factory.mktemp("queries") / "places.rq"
    path.write_text(TEXT, encoding="utf-8")
    return read_question(path)


@pytest.fixture(scope="module")
def client(small_store, question):
    return create_app(small_store, {"places": question}).test_client()


def answer(client, place, **others):
    asked = {"place": place, **others}
    return client.get("/questions/places", query_string=asked)


@pytest.mark.parametrize("typed", ["Corvo", "corvo", "city:nowhere, CORVO", "city:x city:corvo"])
def test_a_parameter_may_be_a_label_and_several_are_parted_by_commas(client, typed):
    assert "Harbour talks" in answer(client, typed).text


def test_a_label_may_hold_spaces_and_commas(client):
    label = 'Lantern, visit; "first" <b>'
    assert "event/lantern-visit" in answer(client, f" {label} ").text
    assert "event/harbour-talks" in answer(client, "Harbour talks, city:corvo").text


def test_a_label_that_nothing_has_is_not_found_and_the_field_named(client):
    response = answer(client, "Corvo, Atlantis")
    assert response.status_code == 404
    assert "place: nothing in this graph is called 'Atlantis'" in response.text


def test_a_label_that_several_have_asks_which_is_meant(question):
    label = ox.NamedNode(PREFIXES["rdfs"] + "label")
    graph = ox.NamedNode("urn:graph")
    twins = [ox.NamedNode(PREFIXES["city"] + name) for name in ("one", "two")]
    quads = [ox.Quad(twin, label, ox.Literal("Twin", language="en"), graph) for twin in twins]
    client = create_app(Store(lambda: quads, "0"), {"places": question}).test_client()
    response = answer(client, "twin")
    assert response.status_code == 409
    assert "city:one, city:two" in response.text


def test_a_field_that_may_hold_a_text_keeps_one_that_is_no_label(client):
    assert "VALUES ?earlier { &#34;so, so&#34; }" in answer(client, "", earlier="so, so").text
    assert "id/city/corvo&gt; }" in answer(client, "", earlier="corvo").text


def test_a_day_is_never_taken_for_a_label(client):
    assert "2031-05-06T00:00:00Z" in answer(client, "", day="2031-05-06").text


def test_labels_of_thousands_of_things_are_read_at_once(small_store):
    things = {f"urn:thing:{number}" for number in range(5000)} | {PREFIXES["city"] + "corvo"}
    assert query_labels(LocalEngine(small_store), things) == {PREFIXES["city"] + "corvo": "Corvo"}


def test_the_english_label_comes_before_one_without_a_language():
    city, label = ox.NamedNode(PREFIXES["city"] + "corvo"), ox.NamedNode(PREFIXES["rdfs"] + "label")
    texts = [ox.Literal("Abroad"), ox.Literal("Corvo", language="en")]
    quads = [ox.Quad(city, label, text, ox.NamedNode(REFERENCE_GRAPH)) for text in texts]
    engine = LocalEngine(Store(lambda: quads, "0"))
    assert query_labels(engine, {city.value}) == {city.value: "Corvo"}

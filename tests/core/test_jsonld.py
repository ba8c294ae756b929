"""JSON-LD that is short to read and says, to any reader, what the statements say."""

import json

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st

from diplograph.core.jsonld import make_jsonld, write_jsonld
from diplograph.core.names import PREFIXES
from diplograph.core.serialization import write_statements
from fixtures.property_cases import property_cases
from fixtures.random_statements import TRIPLES, canonicalize, lexical_forms, read_elsewhere
from fixtures.web_reading import ignore_rdflib

EVENT, CITY = ox.NamedNode(f"{PREFIXES['event']}talks"), ox.NamedNode(f"{PREFIXES['city']}corvo")
PLACE = ox.NamedNode(f"{PREFIXES['dg']}takesPlaceIn")
LABEL = ox.NamedNode(f"{PREFIXES['rdfs']}label")
TYPE = ox.NamedNode(f"{PREFIXES['rdf']}type")
MEETING = ox.NamedNode(f"{PREFIXES['dg']}Meeting")
SCHEMA = PREFIXES["schema"]


def ours(local):
    return ox.NamedNode(PREFIXES["dg"] + local)


def typed(text, datatype):
    return ox.Literal(text, datatype=ox.NamedNode(PREFIXES["xsd"] + datatype))


HARD = [
    ox.Triple(EVENT, TYPE, MEETING),
    ox.Triple(EVENT, LABEL, ox.Literal('Talks "at" <b>Corvo</b>', language="en")),
    ox.Triple(EVENT, LABEL, ox.Literal("\u202e\u0645\u062d", language="ar")),
    ox.Triple(EVENT, LABEL, ox.Literal("untagged\nand e\u0301")),
    ox.Triple(EVENT, PLACE, CITY),
    ox.Triple(EVENT, PLACE, ox.NamedNode("http://elsewhere.example/a(b)?c=d#e:f")),
    ox.Triple(EVENT, PLACE, ox.NamedNode(f"{PREFIXES['city']}é/x.")),
    ox.Triple(EVENT, ours("edtf"), ox.Literal("2030-05-06")),
    ox.Triple(EVENT, ours("paragraph"), typed("007", "integer")),
    ox.Triple(EVENT, ours("earliest"), typed("2030-05-06T00:00:00Z", "dateTime")),
    ox.Triple(EVENT, ox.NamedNode("http://elsewhere.example/p/"), typed("true", "boolean")),
    ox.Triple(CITY, ox.NamedNode("urn:x:y"), ox.Literal(CITY.value)),
    ox.Triple(ox.BlankNode("b0"), PLACE, ox.BlankNode("b1")),
]


def context(statements, **words):
    return make_jsonld(statements, **words)["@context"]


@ignore_rdflib
@pytest.mark.parametrize(
    "words", [{}, {"vocabulary": SCHEMA}, {"vocabulary": SCHEMA, "root": EVENT.value}]
)
def test_two_readers_find_in_it_what_was_written(words):
    named = [each for each in HARD if not isinstance(each.subject, ox.BlankNode)]
    body = write_jsonld(named, **words)
    assert {quad.triple for quad in ox.parse(body, format=ox.RdfFormat.JSON_LD)} == set(named)
    plain = write_statements(named, "ntriples")
    wanted = set(rdflib.Graph().parse(data=plain, format="nt"))
    assert set(rdflib.Graph().parse(data=body, format="json-ld")) == wanted


def test_blank_nodes_stay_themselves():
    body = write_jsonld(HARD)
    found = ox.Dataset(ox.parse(body, format=ox.RdfFormat.JSON_LD))
    wanted = ox.Dataset(ox.Quad(*each) for each in HARD)
    for each in (found, wanted):
        each.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert found == wanted


def test_the_same_statements_have_the_same_bytes_in_any_order():
    assert write_jsonld(HARD) == write_jsonld(reversed([*HARD, HARD[0]]))


def test_the_context_stands_in_the_document():
    assert all(not isinstance(each, str) or "://" in each for each in context(HARD).values())
    assert context(HARD)["event"] == PREFIXES["event"]


def test_what_all_values_of_a_property_are_is_said_once():
    said = [ox.Triple(EVENT, PLACE, CITY), ox.Triple(EVENT, LABEL, ox.Literal("A", language="en"))]
    document = make_jsonld(said)
    assert document["@context"]["dg:takesPlaceIn"] == {"@type": "@id"}
    assert document["dg:takesPlaceIn"] == "city:corvo"
    assert document["rdfs:label"] == "A"


def test_values_of_several_kinds_say_each_what_they_are():
    said = [
        ox.Triple(EVENT, LABEL, ox.Literal("A", language="en")),
        ox.Triple(EVENT, LABEL, ox.Literal("B")),
    ]
    assert make_jsonld(said)["rdfs:label"] == [{"@value": "A", "@language": "en"}, "B"]


def test_with_a_root_other_things_stand_where_they_are_named():
    at = ox.NamedNode(f"{SCHEMA}location")
    said = [
        ox.Triple(EVENT, at, CITY),
        ox.Triple(CITY, ox.NamedNode(f"{SCHEMA}name"), ox.Literal("Corvo")),
        ox.Triple(CITY, ox.NamedNode(f"{SCHEMA}containsPlace"), EVENT),
    ]
    document = make_jsonld(said, vocabulary=SCHEMA, root=EVENT.value)
    assert document["@id"] == EVENT.value
    assert document["location"]["name"] == "Corvo"
    assert document["location"]["containsPlace"] == {"@id": EVENT.value}


def test_a_text_that_is_the_name_of_a_thing_stays_a_text():
    name = ox.NamedNode(f"{SCHEMA}name")
    said = [ox.Triple(EVENT, name, ox.Literal(CITY.value)), ox.Triple(CITY, name, ox.Literal("C"))]
    document = make_jsonld(said, vocabulary=SCHEMA, root=EVENT.value)
    assert document["@graph"][0]["name"] == CITY.value


def test_nothing_is_an_empty_document():
    assert json.loads(write_jsonld([])) == {"@context": {}, "@graph": []}


@ignore_rdflib
@pytest.mark.usefixtures(lexical_forms.__name__)
@property_cases
@given(
    st.sets(TRIPLES, max_size=4),
    st.sampled_from(({}, {"vocabulary": SCHEMA}, {"vocabulary": SCHEMA, "root": f"{SCHEMA}a"})),
)
@example({ox.Triple(ox.NamedNode("event:x"), ox.NamedNode("event:y"), EVENT)}, {})
@example({ox.Triple(EVENT, ox.NamedNode(f"{SCHEMA}@type"), CITY)}, {"vocabulary": SCHEMA})
@example({ox.Triple(EVENT, ox.NamedNode(f"{SCHEMA}a:b"), CITY)}, {"vocabulary": SCHEMA})
@example({ox.Triple(EVENT, ox.NamedNode(SCHEMA), CITY)}, {"vocabulary": SCHEMA})
@example({ox.Triple(EVENT, PLACE, ox.Literal("x", datatype=PLACE))}, {})
@example({ox.Triple(EVENT, ox.NamedNode(PREFIXES["city"]), CITY)}, {})
@example({ox.Triple(EVENT, TYPE, ox.Literal("x"))}, {})
@example({ox.Triple(EVENT, TYPE, ox.BlankNode("b"))}, {})
def test_any_statements_are_read_back_equal(statements, words):
    body = write_jsonld(statements, **words)
    read = ox.parse(body, format=ox.RdfFormat.JSON_LD)
    assert canonicalize(quad.triple for quad in read) == canonicalize(statements)
    assert read_elsewhere(body, "jsonld") == canonicalize(statements)


def test_the_labels_that_blank_nodes_happen_to_have_make_no_difference():
    def write(first, second):
        one, other = ox.BlankNode(first), ox.BlankNode(second)
        return write_jsonld([ox.Triple(EVENT, PLACE, one), ox.Triple(one, PLACE, other)])

    assert write("b0", "b1") == write("x9", "a3")

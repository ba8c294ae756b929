"""Names in a query that nothing in the graph has are found, with those that may be meant."""

import pytest

from diplograph.store.engine import LocalEngine
from diplograph.views.query import QueryRunner
from diplograph.views.query_names import find_unknown_names
from diplograph.views.search import read_terms


@pytest.fixture(scope="module")
def find(world_store):
    terms = read_terms(QueryRunner(LocalEngine(world_store)))

    def find_in(text):
        asking = QueryRunner(LocalEngine(world_store))
        found = find_unknown_names(asking, text, terms)
        assert len(asking.texts) <= 1
        return found

    return find_in


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("dg:Vist", "dg:Visit"),
        ("dg:visit", "dg:Visit"),
        ("dg:hasParticipent", "dg:hasParticipant"),
        ("rdfs:lable", "rdfs:label"),
        ("status:cancelld", "status:cancelled"),
        ("state:XAB", "state:XAA"),
    ],
)
def test_a_misspelt_name_is_named_with_near_ones(find, name, near):
    (unknown,) = find(f"SELECT ?x {{\n  ?x ?p {name} }}")
    assert (unknown.name, unknown.line, unknown.column) == (name, 2, 9)
    assert near in unknown.near


def test_names_that_the_graph_has_are_not_listed(find):
    text = """PREFIX dg: <https://w3id.org/diplograph/ontology#>
    PREFIX own: <urn:own:>
    SELECT ?x { ?x a dg:Visit ; dg:supportedBy ?y ; own:any "dg:Nothing"  # dg:Nowhere
      FILTER (xsd:date(?x) > "2030-01-01"^^xsd:date) GRAPH graph:inferred { ?x ?p ?o } }"""
    assert find(text) == ()


def test_a_prefix_of_another_meaning_is_left_alone(find):
    assert find("PREFIX dg: <urn:own:> SELECT ?x { ?x a dg:Vist }") == ()


def test_a_name_of_nothing_alike_has_no_near_ones(find):
    (unknown,) = find("SELECT ?x { ?x a dg:Qqqqqqqqq }")
    assert unknown.near == ()


def test_a_name_is_replaced_wherever_it_is_used(find):
    text = 'SELECT ?x { ?x a dg:Vist . ?y a dg:Vist , "dg:Vist" }'
    (unknown,) = find(text)
    assert unknown.replace_in(text, "dg:Visit") == text.replace("a dg:Vist", "a dg:Visit")

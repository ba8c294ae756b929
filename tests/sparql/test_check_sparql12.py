"""Queries in SPARQL 1.2 are answered as far as the engine has it."""

from __future__ import annotations

import json

import pytest

from diplograph.core.errors import NotExpressible, QuerySyntaxError
from diplograph.sparql.check import check_query
from diplograph.store.engine import answer_from
from diplograph.store.interface import QueryBounds, QueryRequest

NEWER = [
    "SELECT * { ?q ?r <<( ?s ?p ?o )>> }",
    "SELECT * { <<?s ?p ?o>> ?q ?r }",
    "SELECT * { << ?s ?p ?o ~ ?x >> ?q ?r }",
    "SELECT * { ?s ?p ?o ~ ?x }",
    "SELECT * { ?s ?p ?o~ }",
    "SELECT * { ?s ?p ?o {| ?q ?r |} }",
    'SELECT * { ?s ?p "~ <<"@en ; ?q "a"@ar--rtl }',
    'VERSION "1.2" SELECT * { ?s ?p ?o }',
    "version'1.1' ASK {}",
    "SELECT (TRIPLE(<a:a>, <a:a>, 1) AS ?x) {}",
    "SELECT (isTriple (1) AS ?x) {}",
    "SELECT (SUBJECT(?t) AS ?subject) {}",
    "SELECT (predicate # of what?\n(?t) AS ?x) {}",
    "SELECT (OBJECT(?t) AS ?x) {}",
    'SELECT (LANGDIR("a"@ar) AS ?x) {}',
    'SELECT (hasLANG("a"@ar) AS ?x) {}',
    'SELECT (hasLANGDIR("a"@ar) AS ?x) {}',
    'SELECT (STRLANGDIR("a", "ar", "rtl") AS ?x) {}',
    "CONSTRUCT { ?s ?p ?o ~ ?x } WHERE { ?s ?p ?o }",
]


@pytest.mark.parametrize("text", NEWER)
def test_what_only_sparql_12_has_is_answered(small_store, text):
    assert answer_from(small_store, QueryRequest(text), QueryBounds()).body


def test_reified_triples_nested_too_deep_are_refused_before_the_parser_sees_them(small_store):
    text = f"SELECT * {{ {'<<' * 101}?s ?p ?o{' >> ?p ?o' * 100} >> ?q ?r }}"
    with pytest.raises(QuerySyntaxError, match="nested more than 100 deep") as refused:
        small_store.query(text)
    assert refused.value.column == 210


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?subject ?predicate ?object ; <x:subject> ?triple }",
        "SELECT ?Subject ?subject { VALUES (?Subject ?subject ?version) { (1 2 3) } }",
        "PREFIX version: <x:version#> SELECT * { version:triple version:object ?o }",
        "SELECT * { VALUES ?x { <x:a> } FILTER(?x<<x:b> || ?x< <x:b>) }",
        "SELECT * { ?s ?p '<<( {| ~ @ar--rtl VERSION \"1.2\" TRIPLE(' }  # << ~ {| TRIPLE(",
        "SELECT * { ?s <x:~tilde> <x:object(1)> }",
        r"PREFIX e: <x:> SELECT * { e:a\~b e:c--d ?subject }",
        "SELECT (1--1 AS ?x) { { ?s ?p ?o } }",
        "SELECT (<x:isTRIPLE>(1) AS ?x) { ?s ?p <x:triple> }",
    ],
)
def test_what_merely_looks_like_it_is_read_as_sparql_11(text):
    assert check_query(text).text == text


def test_a_value_that_is_a_triple_is_written_as_sparql_12_has_it(small_store):
    text = 'SELECT ?t { BIND(TRIPLE(<x:s,>, <x:p>, "o"@ar--rtl) AS ?t) }'
    answer = answer_from(small_store, QueryRequest(text), QueryBounds())
    [row] = json.loads(answer.body)["results"]["bindings"]
    assert row["t"]["type"] == "triple"
    assert row["t"]["value"]["subject"] == {"type": "uri", "value": "x:s,"}
    assert row["t"]["value"]["object"]["its:dir"] == "rtl"


def test_a_value_that_is_a_triple_is_one_field_of_csv(small_store):
    text = 'SELECT ?t ?n { BIND(TRIPLE(<x:s,>, <x:p>, "o") AS ?t) BIND(1 AS ?n) }'
    answer = answer_from(small_store, QueryRequest(text, solutions="csv"), QueryBounds())
    assert answer.body == b't,n\r\n"<x:s,> <x:p> ""o""",1\r\n'
    assert answer.rows == 1


def test_json_ld_cannot_have_triple_terms(small_store):
    text = "CONSTRUCT { ?s ?p <<( ?s ?p ?o )>> } WHERE { ?s ?p ?o }"
    assert answer_from(small_store, QueryRequest(text), QueryBounds()).rows
    with pytest.raises(NotExpressible, match="JSON-LD cannot carry the triple term in "):
        answer_from(small_store, QueryRequest(text, statements="jsonld"), QueryBounds())

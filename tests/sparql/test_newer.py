"""SPARQL 1.2 is refused where nobody asked for it, with its place, and runs where somebody did."""

from __future__ import annotations

import json

import pytest

from diplograph.core.errors import QuerySyntaxError
from diplograph.sparql.check import examine
from diplograph.store.engine import answer_from
from diplograph.store.interface import QueryBounds, QueryRequest

NEWER = [
    ("SELECT * { ?q ?r <<( ?s ?p ?o )>> }", 18, "<<("),
    ("SELECT * { <<?s ?p ?o>> ?q ?r }", 12, "<<"),
    ("SELECT * { << ?s ?p ?o ~ ?x >> ?q ?r }", 12, "<<"),
    ("SELECT * { ?s ?p ?o ~ ?x }", 21, "~"),
    ("SELECT * { ?s ?p ?o~ }", 20, "~"),
    ("SELECT * { ?s ?p ?o {| ?q ?r |} }", 21, "{|"),
    ('SELECT * { ?s ?p "~ <<"@en ; ?q "a"@ar--rtl }', 36, "@ar--rtl"),
    ('VERSION "1.2" SELECT * { ?s ?p ?o }', 1, "VERSION"),
    ("version'1.1' ASK {}", 1, "version"),
    ("SELECT (TRIPLE(<a:a>, <a:a>, 1) AS ?x) {}", 9, "TRIPLE"),
    ("SELECT (isTriple (1) AS ?x) {}", 9, "isTriple"),
    ("SELECT (SUBJECT(?t) AS ?subject) {}", 9, "SUBJECT"),
    ("SELECT (predicate # of what?\n(?t) AS ?x) {}", 9, "predicate"),
    ("SELECT (OBJECT(?t) AS ?x) {}", 9, "OBJECT"),
    ('SELECT (LANGDIR("a"@ar) AS ?x) {}', 9, "LANGDIR"),
    ('SELECT (hasLANG("a"@ar) AS ?x) {}', 9, "hasLANG"),
    ('SELECT (hasLANGDIR("a"@ar) AS ?x) {}', 9, "hasLANGDIR"),
    ('SELECT (STRLANGDIR("a", "ar", "rtl") AS ?x) {}', 9, "STRLANGDIR"),
    ("CONSTRUCT { ?s ?p ?o ~ ?x } WHERE { ?s ?p ?o }", 22, "~"),
]


@pytest.mark.parametrize(("text", "column", "mark"), NEWER)
def test_what_only_sparql_12_has_is_refused_at_its_place(small_store, text, column, mark):
    with pytest.raises(QuerySyntaxError) as refused:
        small_store.query(text)
    assert (
        refused.value.message == f"{mark} is SPARQL 1.2, which is off here; --sparql-12 turns it on"
    )
    assert (refused.value.line, refused.value.column) == (1, column)


@pytest.mark.parametrize(("text", "column", "mark"), NEWER)
def test_the_same_runs_where_it_is_asked_for(small_store, text, column, mark):
    assert answer_from(small_store, QueryRequest(text, sparql12=True), QueryBounds()).body


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
def test_what_merely_looks_like_it_is_sparql_11(text):
    assert examine(text).form == "SELECT"


def test_a_value_that_is_a_triple_is_written_as_sparql_12_has_it(small_store):
    text = 'SELECT ?t { BIND(TRIPLE(<x:s,>, <x:p>, "o"@ar--rtl) AS ?t) }'
    answer = answer_from(small_store, QueryRequest(text, sparql12=True), QueryBounds())
    [row] = json.loads(answer.body)["results"]["bindings"]
    assert row["t"]["type"] == "triple"
    assert row["t"]["value"]["subject"] == {"type": "uri", "value": "x:s,"}
    assert row["t"]["value"]["object"]["its:dir"] == "rtl"


def test_a_value_that_is_a_triple_is_one_field_of_csv(small_store):
    text = 'SELECT ?t ?n { BIND(TRIPLE(<x:s,>, <x:p>, "o") AS ?t) BIND(1 AS ?n) }'
    answer = answer_from(
        small_store, QueryRequest(text, solutions="csv", sparql12=True), QueryBounds()
    )
    assert answer.body == b't,n\r\n"<x:s,> <x:p> ""o""",1\r\n'
    assert answer.rows == 1

"""A store answers what is asked of it, and nothing that is asked can change it or reach outside."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from diplograph.build.build import build
from diplograph.core import names
from diplograph.core.errors import (
    AmbiguousThing,
    QuerySyntaxError,
    UnknownGraph,
    UnknownThing,
    UnreadableFile,
)
from diplograph.store.store import Store
from fixtures.small_build import DIGEST, write_build
from fixtures.small_home import FILES, write_home

REPORT = names.report_graph("tale")
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    states = (
        FILES["data/states.ttl"]
        + """
state:COR a dg:State ; rdfs:label "ardenia"@en , "Ardenien"@de ; dg:alpha3Code "COR" .
state:DOR a dg:State ; rdfs:label "Twin"@en ; dg:alpha3Code "DOR" .
state:ETH a dg:State ; rdfs:label "Twin"@en ; dg:alpha3Code "ETH" .
"""
    )
    return build(write_home(tmp_path_factory.mktemp("home"), **{"data/states.ttl": states}))


def count(store, text=COUNT, **graphs):
    [row] = store.query(text, **graphs)
    return int(row["n"].value)


# ---- graphs -------------------------------------------------------------------------------


def test_each_part_is_a_graph_of_its_own(store):
    assert store.graphs == (
        names.INFERRED_GRAPH,
        names.ONTOLOGY_GRAPH,
        names.REFERENCE_GRAPH,
        REPORT,
        names.SHAPES_GRAPH,
    )


def test_the_default_graph_unites_all_but_the_shapes(store):
    parts = {quad.triple for quad in store.quads() if quad.graph_name.value != names.SHAPES_GRAPH}
    assert count(store) == len(parts)


def test_what_follows_is_told_apart_from_what_is_asserted(store):
    asked = "ASK {{ GRAPH <{}> {{ <{}> a <{}Event> }} }}"
    talks = names.expand("event:talks")
    assert bool(store.query(asked.format(names.INFERRED_GRAPH, talks, names.PREFIXES["dg"])))
    assert not bool(store.query(asked.format(REPORT, talks, names.PREFIXES["dg"])))


def test_a_dataset_of_the_callers_choice_is_all_there_is(store):
    in_report = len([quad for quad in store.quads() if quad.graph_name.value == REPORT])
    named = "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }"
    assert count(store, default_graphs=[REPORT]) == in_report
    assert count(store, named, default_graphs=[REPORT]) == 0
    assert count(store, named, named_graphs=[REPORT]) == in_report
    assert count(store, named_graphs=[REPORT]) == 0


def test_the_callers_dataset_stands_instead_of_the_querys(store):
    text = f"SELECT (COUNT(*) AS ?n) FROM <{names.ONTOLOGY_GRAPH}> {{ ?s ?p ?o }}"
    assert count(store, text, default_graphs=[REPORT]) == count(store, default_graphs=[REPORT])


# ---- edges of SPARQL ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("SELECT * { ?zeta a ?kind ; ?alpha ?value }", "zeta kind alpha value"),
        ("select distinct*{ $zeta ?p ?alpha }", "zeta p alpha"),
        ("SELECT REDUCED # all *\n * # ?p\n{ ?zeta ?p ?alpha }", "zeta p alpha"),
        ("SELECT * { BIND (1 AS ?z) VALUES ?b { 2 } { SELECT ?a { ?z ?q ?a } } }", "z b a"),
        ("SELECT * { ?z ?y ?x OPTIONAL { ?x ?w ?v } MINUS { ?z ?u ?t } }", "z y x w v"),
        ('SELECT * { ?z ?b "?a" FILTER (?b < ?z && ?z > ?b) OPTIONAL { ?a ?c ?d } }', "z b a c d"),
        ("SELECT * { VALUES (?z ?a) { (1 2) } } ORDER BY ?a", "z a"),
        ("SELECT ?b ?a { ?a ?b ?c }", "b a"),
        ("SELECT * { ?z (a|!a)/a* ?y . ?y ^a+ ?x }", "z y x"),
        ("SELECT * { { SELECT * { ?z ?y ?x } } UNION { SELECT ?b { ?b a ?c } } }", "z y x b"),
        ("SELECT ?z (COUNT(*) AS ?n) ?a { ?a ?b ?z } GROUP BY ?z ?a", "z n a"),
        ("SELECT (?z AS ?y) ?n { ?a ?b ?z } GROUP BY ?z (STR(?a) AS ?n)", "y n"),
        ("SELECT * { }", ""),
    ],
)
def test_columns_are_in_the_order_of_their_first_mention(store, text, columns):
    assert [variable.value for variable in store.query(text).variables] == columns.split()


def test_a_query_has_one_base_whether_it_writes_a_relative_iri_or_not(store):
    for text in (
        'SELECT (IRI("baz") AS ?x) {}',
        'SELECT (uri ( "baz" ) AS ?x) {}',
        'SELECT (IRI("baz") AS ?x) (<other> AS ?y) {}',
    ):
        (row,) = store.query(text)
        assert row["x"] == ox.NamedNode(f"{names.ROOT}baz")
    (row,) = store.query('BASE <http://x.example/a/> SELECT (IRI("baz") AS ?x) {}')
    assert row["x"].value == "http://x.example/a/baz"
    (row,) = store.query('BASE <a/> SELECT (IRI("baz") AS ?x) (<b> AS ?y) {}')
    assert (row["x"].value, row["y"].value) == (f"{names.ROOT}a/baz", f"{names.ROOT}a/b")


def test_a_byte_order_mark_is_no_part_of_a_query(store):
    assert bool(store.query("\ufeffASK {}"))
    with pytest.raises(QuerySyntaxError, match="the query is empty"):
        store.query("\ufeff")


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n",
        "# only a comment",
        "\ufeff\ufeffASK {}",
        "ASK\ufeff{}",
        "ASK {}\ufeff",
        "ASK {\x00}",
        "ASK { ?s ?p '\ud800' }",
        r"ASK { ?s ?p '\ud800' }",
        r"\u0041SK {}",
        r"ASK { ?\u0041 ?p ?o }",
        "SELECT * {} INSERT DATA {}",
        "ASK {} ; CLEAR ALL",
        "PREFIX a: <urn:a> PREFIX",
        "ASK { ?s <//[> ?o }",
        f"ASK {{ <http://e.example/{'a b' * 10_000}> ?p ?o }}",
    ],
)
def test_a_text_that_is_no_query_is_refused_with_its_place(store, text):
    with pytest.raises(QuerySyntaxError) as caught:
        store.query(text)
    assert caught.value.line
    assert caught.value.column


@pytest.mark.parametrize(
    "text",
    [
        "ASK { ?s ?p '\x00' }",
        r"ASK { <http://e.example/\u0041> ?p ?o }",
        "BASE <../x> ASK { <y> ?p ?o }",
        "PREFIX a: <urn:a> PREFIX a: <urn:b> ASK { a:x ?p ?o }",
        f"ASK {{ <http://e.example/{'a' * 100_000}> ?p ?o }}",
        "# a comment\rASK { ?s ?p 1 }",
    ],
)
def test_an_odd_query_is_answered(store, text):
    assert not bool(store.query(text))


def test_a_path_of_no_steps_is_over_the_nodes_of_the_engine():
    """A limit of the engine: by SPARQL 1.1, section 18.4, the first has no row, the last has one.

    It takes 1 for a node where another form of that value is one, and no path begins at a term
    that is no node.
    """
    value = ox.Literal("01", datatype=ox.NamedNode(f"{names.PREFIXES['xsd']}positiveInteger"))
    quads = [ox.Quad(ox.NamedNode("urn:a"), ox.NamedNode("urn:b"), value, ox.NamedNode(REPORT))]
    store = Store(lambda: quads, "digest")
    for text, rows in (
        ("SELECT * { VALUES ?v { 1 } ?v <urn:p>? ?v }", 1),
        ("SELECT * { VALUES ?v { 2 } ?v <urn:p>? ?v }", 0),
        ("SELECT * { VALUES ?v { <urn:nowhere> } ?v <urn:p>? ?v }", 0),
        ("SELECT * { <urn:nowhere> <urn:p>? ?v }", 0),
    ):
        assert len(list(store.query(text))) == rows


# ---- graphs of a dataset ------------------------------------------------------------------


@pytest.mark.parametrize(
    "clause", ["FROM <http://no.example/g>", "FROM NAMED <http://no.example/g>"]
)
def test_a_graph_that_is_not_there_is_named(store, clause):
    with pytest.raises(UnknownGraph, match=r"no graph <http://no\.example/g>; there are <"):
        store.query(f"SELECT ?s {clause} WHERE {{ ?s ?p ?o }}")


def test_a_graph_named_by_a_prefix_is_looked_up(store):
    text = "PREFIX g: <{}graph/> SELECT ?s FROM g:{} {{ ?s ?p ?o }}"
    assert list(store.query(text.format(names.ROOT, "reference")))
    with pytest.raises(UnknownGraph, match="graph/preference"):
        store.query(text.format(names.ROOT, "preference"))


@pytest.mark.parametrize("role", ["default_graphs", "named_graphs"])
def test_a_graph_argument_that_is_not_there_is_named(store, role):
    with pytest.raises(UnknownGraph):
        store.query(COUNT, **{role: ["http://no.example/g"]})


def test_from_in_a_text_is_no_clause(store):
    text = 'SELECT ("FROM <http://no.example/g>" AS ?t) { }  # FROM <http://no.example/g>'
    assert len(list(store.query(text))) == 1


# ---- things -------------------------------------------------------------------------------

ARDENIA = names.expand("state:ARD")


@pytest.mark.parametrize(
    "text", ["state:ARD", ARDENIA, f"<{ARDENIA}>", "Ardenia", " Ardenia ", "Talks, of old"]
)
def test_a_thing_answers_to_its_names(store, text):
    expected = names.expand("event:talks") if "Talks" in text else ARDENIA
    assert store.find(text) == expected


def test_a_label_as_written_comes_before_one_in_other_letters(store):
    assert store.find("ardenia") == names.expand("state:COR")


def test_case_matters_only_where_it_must(store):
    assert store.find("BELMORA") == names.expand("state:BEL")


def test_a_label_of_several_things_is_not_guessed(store):
    with pytest.raises(AmbiguousThing, match="choose one of state:DOR, state:ETH"):
        store.find("Twin")


def test_several_things_in_other_letters_are_not_guessed(store):
    with pytest.raises(AmbiguousThing, match="choose one of state:ARD, state:COR"):
        store.find("ARDENIA")


@pytest.mark.parametrize(
    ("text", "near"),
    [("Belmoria", "Belmora"), ("state:BEK", "state:BEL"), ("tolks", "Talks, of old")],
)
def test_a_thing_that_is_not_there_brings_near_names(store, text, near):
    with pytest.raises(UnknownThing, match=f"did you mean .*'{near}'"):
        store.find(text)


def test_a_prefix_that_is_not_known_is_a_thing_that_is_not_there(store):
    with pytest.raises(UnknownThing, match="nothing in this graph is called 'nope:x'"):
        store.find("nope:x")


def test_what_is_only_mentioned_is_no_thing(store):
    with pytest.raises(UnknownThing):
        store.find("state:ZZZ")


def test_a_thing_is_shown_by_its_english_label_or_else_its_curie(store):
    assert store.label(names.expand("state:COR")) == "ardenia"
    assert store.label(names.expand("state:ZZZ")) == "state:ZZZ"


# ---- a build folder -----------------------------------------------------------------------


def test_a_build_is_opened_as_it_was_written(tmp_path):
    folder = write_build(tmp_path / "build")
    store = Store.open(folder)
    lines = (folder / "graph.nq").read_text(encoding="utf-8").splitlines()
    assert store.digest == DIGEST
    assert [f"{quad} ." for quad in store.quads()] == sorted(lines)


@pytest.mark.parametrize("name", ["graph.nq", "build.json"])
def test_a_torn_build_is_a_clear_error(tmp_path, name):
    folder = write_build(tmp_path / "build")
    (folder / name).write_text('{"torn": ', encoding="utf-8")
    with pytest.raises(UnreadableFile, match=f"build/{name}: the build is torn: .*; build again"):
        Store.open(folder)


def test_statements_of_one_pattern_come_from_named_graphs_only(store):
    found = list(store.match(ox.NamedNode(ARDENIA)))
    assert {quad.graph_name for quad in found} == {ox.NamedNode(names.REFERENCE_GRAPH)}
    assert list(store.match(ox.NamedNode(ARDENIA), graph=REPORT)) == []

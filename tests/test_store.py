"""A store answers what is asked of it, and nothing that is asked can change it or reach outside."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from diplograph import names
from diplograph.build import build
from diplograph.errors import (
    AmbiguousThing,
    QuerySyntaxError,
    Refused,
    UnknownGraph,
    UnknownThing,
    UnreadableFile,
)
from diplograph.store import Store, inspect
from small_build import DIGEST, write_build
from small_home import FILES, write_home

REPORT = names.report_graph("tale")
PREFIXES = {"dg": names.PREFIXES["dg"], "state": names.PREFIXES["state"]}
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


# ---- what a query may not do --------------------------------------------------------------

CALLS = [
    "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { SERVICE SILENT <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * { service<http://127.0.0.1:9/>{ ?s ?p ?o } }",
    "SELECT * { SeRvIcE ex:a { ?s ?p ?o } }",
    "SELECT * { SERVICEex:a{ ?s ?p ?o } }",
    "SELECT * { SERVICE:a{ ?s ?p ?o } }",
    "SELECT * { service:a{ ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o SERVICE ?s { ?a ?b ?c } }",
    "SELECT * { ?s ?p ?o SERVICE?s{ ?a ?b ?c } }",
    "SELECT * { ?s ?p 1SERVICE ex:a { ?a ?b ?c } }",
    "SELECT * { ?s ?p trueSERVICE ex:a { ?a ?b ?c } }",
    "SELECT * { SERVICE# a comment\n ex:a { ?s ?p ?o } }",
    "SELECT * { { SELECT * { SERVICE ex:a { } } } }",
    "SELECT * { OPTIONAL { SERVICE ex:a { } } }",
    "ASK { FILTER EXISTS { SERVICE ex:a { } } }",
    "CONSTRUCT { ?s ?p ?o } WHERE { SERVICE ex:a { ?s ?p ?o } }",
    "DESCRIBE ?s { SERVICE ex:a { ?s ?p ?o } }",
    "SELECT * { ?s ?p ?o FILTER(?s<?o)SERVICE<http://127.0.0.1:9/>{ ?a ?b ?c } }",
    "SELECT * { ?s ?p \"'\" SERVICE ex:a { ?a ?b ?c } FILTER(\"'\" = '') }",
    "SELECT * { ?s <http://x.example/'> ?o SERVICE ex:a { ?a ?b ?c } FILTER('' = '') }",
    "SELECT * { ?s ?p ?o FILTER(?s<?o#>\n) SERVICE ex:a { ?a ?b ?c } }",
]
# To a reader that takes `<?o&&?p='>` for an IRI, all from the second quote on is a text.
HIDDEN = "SELECT * { ?s ?p ?o FILTER(?s<?o&&?p='>')SERVICE ex:a{ ?a ?b ?c } FILTER('' = '') }"
NAMES = {"ex": "http://127.0.0.1:9/", "": "http://127.0.0.1:9/", "service": "http://127.0.0.1:9/"}


@pytest.mark.parametrize("text", CALLS)
def test_a_query_that_calls_out_is_refused(store, text):
    with pytest.raises(Refused, match="SERVICE would reach outside"):
        store.query(text, prefixes=NAMES)


def test_a_call_hidden_from_a_lexer_is_not_run_either(store):
    with pytest.raises((Refused, QuerySyntaxError)):
        store.query(HIDDEN, prefixes=NAMES)


@pytest.mark.parametrize("text", [*CALLS, HIDDEN])
def test_each_of_those_queries_would_be_read_as_a_call(text):
    """Otherwise the test before would say nothing: Oxigraph reads them, and calls where it can."""
    try:
        ox.Store().query(text, prefixes=NAMES)
    except SyntaxError as error:
        pytest.fail(f"not even a query: {error}")
    except (OSError, RuntimeError):
        return


@pytest.mark.parametrize(
    "text",
    [
        'SELECT * { ?s ?p "SERVICE <http://x.example/> { }" }',
        "SELECT * { ?s ?p '''SERVICE ex:a { }''' }",
        "SELECT * { ?s ?p ?o }  # SERVICE ex:a { }",
        "SELECT * { ?s <http://x.example/service#calls> ?o }",
        "SELECT ?service { ?service ?p ?o }",
        "SELECT * { ?s ex:service ?o }",
        "SELECT * { ?s service:a ?o }",
        "SELECT * { GRAPH service:a { ?s ?p ?o } }",
        "SELECT * { _:service ?p ?o }",
    ],
)
def test_the_word_alone_is_no_call(store, text):
    assert list(store.query(text, prefixes=NAMES)) is not None


def test_a_keyword_cannot_be_hidden_in_an_escape(store):
    with pytest.raises(QuerySyntaxError):
        store.query(r"SELECT * { SERVIC\u0045 <http://127.0.0.1:9/> { } }")


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <http://a.example/> a <http://b.example/> }",
        "PREFIX ex: <http://x.example/> DELETE WHERE { ?s ?p ?o }",
        "# a comment\nLOAD <http://127.0.0.1:9/>",
        "load <file:///etc/hostname>",
        "BASE <http://x.example/> CLEAR ALL",
        "WITH <http://a.example/> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
    ],
)
def test_an_update_is_refused(store, text):
    before = count(store)
    with pytest.raises(Refused, match="would change the graph"):
        store.query(text)
    assert count(store) == before


# ---- what a query is ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("SELECT * { }", "SELECT"),
        ("select*{}", "SELECT"),
        ("SELECT(1 AS ?x){}", "SELECT"),
        ("ASK{}", "ASK"),
        ("ASKWHERE{}", "ASK"),
        ("PREFIXex:<http://x.example/>DESCRIBEex:a", "DESCRIBE"),
        ("PREFIX ask: <http://x.example/ask#> CONSTRUCT WHERE { ?s ask:select ?o }", "CONSTRUCT"),
        ("# SELECT\nBASE <http://x.example/> DESCRIBE <a>", "DESCRIBE"),
    ],
)
def test_a_querys_form_is_told(text, form):
    assert inspect(text) == form


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "the query is empty"),
        ("SELEC ?x WHERE { ?x ?y ?z }", 1, 1, "SELEC ?x"),
        ("SELECT ?x\nWHERE {\n  ?x ?y ?z .\n\nORDER BY ?x", 5, 1, "ORDER BY ?x"),
        ("SELECT ?x\nWHERE {\n  ?x ?y\n}", 3, 3, "?x ?y }"),
        ("SELECT ?x {\n  ?x dg:a ?y ; zz:b 1 }", 2, 16, "the prefix zz: is not declared"),
        ("SELECT ?x ?y { ?x ?y ?z } GROUP BY ?x", 1, 38, "contains a variable that is unbound"),
        ("SELECT (COUNT(?x) AS ?n ?y WHERE { }", 1, 25, "?y WHERE { }"),
    ],
)
def test_a_query_that_cannot_be_read_is_told_where_and_why(text, line, column, words):
    with pytest.raises(QuerySyntaxError) as caught:
        inspect(text, PREFIXES)
    assert words in caught.value.message
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize("pair", ["()", "{}", "[]"])
def test_brackets_too_deep_for_the_parser_are_refused_before_it_sees_them(pair):
    text = f"SELECT * {{\n{pair[0] * 100_000}{pair[1] * 100_000} }}"
    with pytest.raises(QuerySyntaxError, match="nested more than 100 deep") as caught:
        inspect(text)
    assert (caught.value.line, caught.value.column) == (2, 100)


def test_brackets_as_deep_as_they_may_be_are_read():
    assert inspect(f"SELECT * {'{' * 100}{'}' * 100}") == "SELECT"


def test_a_function_that_nobody_defined_is_named(store):
    with pytest.raises(QuerySyntaxError, match=r"http://x\.example/f"):
        store.query("SELECT (<http://x.example/f>(1) AS ?x) { }")


def test_prefixes_are_known_only_where_they_are_given(store):
    text = "ASK { state:ARD a dg:State }"
    assert bool(store.query(text, prefixes=PREFIXES))
    with pytest.raises(QuerySyntaxError, match="the prefix state: is not declared"):
        store.query(text)


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


@pytest.mark.parametrize(("text", "near"), [("Belmoria", "Belmora"), ("state:BEK", "state:BEL")])
def test_a_thing_that_is_not_there_brings_near_names(store, text, near):
    with pytest.raises(UnknownThing, match=f"did you mean .*'{near}'"):
        store.find(text)


def test_a_prefix_that_is_not_known_is_a_thing_that_is_not_there(store):
    with pytest.raises(UnknownThing, match="nothing here is called 'nope:x'"):
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
    with pytest.raises(UnreadableFile, match="the build cannot be read; build again"):
        Store.open(folder)


def test_statements_of_one_pattern_come_from_named_graphs_only(store):
    found = list(store.match(ox.NamedNode(ARDENIA)))
    assert {quad.graph_name for quad in found} == {ox.NamedNode(names.REFERENCE_GRAPH)}
    assert list(store.match(ox.NamedNode(ARDENIA), graph=REPORT)) == []

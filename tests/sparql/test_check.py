"""A query is read before it is run: what it is, what it may not do, where it makes no sense."""

from __future__ import annotations

import socket
import threading
from itertools import product

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diplograph.build.build import build
from diplograph.core import names
from diplograph.core.errors import DiplographError, QuerySyntaxError, Refused
from diplograph.sparql.check import check_query
from fixtures.small_home import write_home

PREFIXES = {"dg": names.PREFIXES["dg"], "state": names.PREFIXES["state"]}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return build(write_home(tmp_path_factory.mktemp("home")))


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
    "SELECT * { VALUES (?s ?o) { (1 2) } FILTER(?s<?o)SERVICE<http://127.0.0.1:9/>{ ?a ?b ?c } }",
    "SELECT * { ?s ?p \"'\" SERVICE ex:a { ?a ?b ?c } FILTER(\"'\" != '') }",
    "SELECT * { ?s <http://x.example/'> ?o SERVICE ex:a { ?a ?b ?c } FILTER('' = '') }",
    "SELECT * { VALUES (?s ?o) { (1 2) } FILTER(?s<?o#>\n) SERVICE ex:a { ?a ?b ?c } }",
]
# To a reader that takes `<?o&&?p='>` for an IRI, all from the second quote on is a text.
HIDDEN = (
    "SELECT * { VALUES (?s ?o ?p) { (1 2 '>') } "
    "FILTER(?s<?o&&?p='>')SERVICE ex:a{ ?a ?b ?c } FILTER('' = '') }"
)
NAMES = {"ex": "http://127.0.0.1:9/", "": "http://127.0.0.1:9/", "service": "http://127.0.0.1:9/"}


@pytest.mark.parametrize("text", CALLS)
def test_a_query_that_calls_out_is_refused(store, text):
    with pytest.raises(Refused, match="SERVICE is not allowed"):
        store.query(text, prefixes=NAMES)


def test_a_call_hidden_from_a_lexer_is_not_run_either(store):
    with pytest.raises((Refused, QuerySyntaxError)):
        store.query(HIDDEN, prefixes=NAMES)


@pytest.fixture
def listening():
    """A port of this machine, and what is set once somebody called there; nobody is answered."""
    called, ended = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)

        def listen():
            while not ended.is_set():
                try:
                    server.accept()[0].close()
                except TimeoutError:
                    continue
                called.set()

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], called
        ended.set()
        thread.join()


@pytest.mark.parametrize("text", [*CALLS, HIDDEN])
def test_each_of_those_queries_calls_where_it_is_not_refused(listening, text):
    """Otherwise the test before would say nothing: Oxigraph reads them, and calls out."""
    port, called = listening
    there = f"http://127.0.0.1:{port}/"
    graph = ox.Store()
    things = [ox.NamedNode(there), *map(ox.Literal, (1, True, "'"))]
    predicates = (there, "http://x.example/'")
    for predicate, thing in product(predicates, things):
        graph.add(ox.Quad(ox.NamedNode(there), ox.NamedNode(predicate), thing))
    said = ""
    try:
        found = graph.query(
            text.replace("127.0.0.1:9", f"127.0.0.1:{port}"), prefixes=_names_at(port)
        )
        _ = bool(found) if isinstance(found, ox.QueryBoolean) else list(found)
    except (OSError, RuntimeError) as error:
        said = str(error)
    assert "service name" in said or called.wait(5), said


def _names_at(port):
    return {name: iri.replace(":9/", f":{port}/") for name, iri in NAMES.items()}


NONE, ALL = "no row", "a row for each statement"


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('SELECT * { ?s ?p "SERVICE <http://x.example/> { }" }', NONE),
        ("SELECT * { ?s ?p '''SERVICE ex:a { }''' }", NONE),
        ("SELECT * { ?s ?p ?o }  # SERVICE ex:a { }", ALL),
        ("SELECT * { ?s <http://x.example/service#calls> ?o }", NONE),
        ("SELECT ?service { ?service ?p ?o }", ALL),
        ("SELECT * { ?s ex:service ?o }", NONE),
        ("SELECT * { ?s service:a ?o }", NONE),
        ("SELECT * { GRAPH service:a { ?s ?p ?o } }", NONE),
        ("SELECT * { _:service ?p ?o }", ALL),
    ],
)
def test_the_word_alone_is_no_call(store, text, rows):
    statements = [quad for quad in store.inner if quad.graph_name == ox.DefaultGraph()]
    found = list(store.query(text, prefixes=NAMES))
    assert len(statements) > 0
    assert len(found) == (len(statements) if rows == ALL else 0)


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
def test_an_update_is_no_query(store, text):
    before = store.quads()
    with pytest.raises(QuerySyntaxError, match="would change the graph") as caught:
        store.query(text)
    word = caught.value.message.partition(" ")[0]
    line, column = caught.value.line - 1, caught.value.column - 1
    assert text.splitlines()[line][column:].upper().startswith(word)
    assert store.quads() == before


# ---- where a query cannot be read ---------------------------------------------------------


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
        check_query(text, PREFIXES)
    assert words in caught.value.message
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("iri", "words", "column"),
    [
        ("<http://e.example/a b>", "an IRI holds no blank; write %20", 20),
        ("<http://e.example/a\tb>", "an IRI holds no tab; write %09", 20),
        ("<http://e.example/{a}>", "an IRI holds no '{'; write %7B", 19),
        ("<http://e.example/a|b>", "an IRI holds no '|'; write %7C", 20),
        ("<http://e.example/a^b>", "an IRI holds no '^'; write %5E", 20),
        ("<http://e.example/a`b>", "an IRI holds no '`'; write %60", 20),
        ("<http://e.example/a\\b>", "an IRI holds no backslash; write %5C", 20),
        ('<http://e.example/a"b>', "an IRI holds no '\"'; write %22", 20),
        ("<http://e.example/a\x00b>", "an IRI holds no control character; write %00", 20),
        ("<urn:a b>", "an IRI holds no blank; write %20", 7),
        ("<a b>", "an IRI holds no blank; write %20", 3),
        ("<http://e.example/a\nb>", "this IRI is not closed", 1),
        ("<http://e.example/a<b>", "this IRI is not closed", 1),
        ("<http://e.example/\\u0020>", "this is no IRI", 1),
        ("<http://e.example/%zz>", "this is no IRI", 1),
    ],
)
def test_what_an_iri_may_not_hold_is_named(iri, words, column):
    for before, after in (
        ("ASK {\n", " ?p ?o }"),
        ("SELECT * { ?a ?b ?c FILTER (?a<?b && ?c>?b) .\n?s ?p ", " }"),
        ("PREFIX dg: <urn:dg>\nSELECT * FROM\n", " { ?s ?p ?o }"),
    ):
        with pytest.raises(QuerySyntaxError) as caught:
            check_query(f"{before}{iri}{after}")
        assert words in caught.value.message
        start = len(before) - before.rfind("\n") - 1
        assert caught.value.line == before.count("\n") + 1
        assert caught.value.column == start + column


@pytest.mark.parametrize("declaration", ["PREFIX a: <urn:a\n", "BASE <urn:a\n", "prefix a: <urn:a"])
def test_a_declaration_whose_iri_has_no_end_is_named(declaration):
    with pytest.raises(QuerySyntaxError, match="this IRI is not closed") as caught:
        check_query(f"{declaration} ASK {{}}")
    assert (caught.value.line, caught.value.column) == (1, declaration.index("<") + 1)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?a, ?b, ?c, ?d FILTER(?a<?b && ?c>?d) }",
        "SELECT * { ?s ?p ?a, ?b FILTER(?a<?b) }",
        "PREFIX ex: <urn:x> SELECT * { ?s ?p ?a FILTER(?a<ex:b && ex:c>?a) }",
        "SELECT * { ?s ?p ?a FILTER(?a<1&&2>?a) }",
    ],
)
def test_less_than_begins_no_iri(text):
    assert check_query(text).text == text


def test_less_than_before_another_mistake_is_not_blamed():
    with pytest.raises(QuerySyntaxError, match="cannot be read from here on"):
        check_query("SELECT * { ?s ?p ?a, ?b, ?c FILTER(?a<?b && ?c>?b }")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_ends_as_any_system_ends_it(end):
    with pytest.raises(QuerySyntaxError) as caught:
        check_query(f"# a comment{end}SELECT *{end}{{ ?s ?p }}")
    assert (caught.value.line, caught.value.column) == (3, 3)
    check_query(f"# a comment{end}SELECT *{end}{{ ?s ?p ?o }}")


@pytest.mark.parametrize("pair", ["()", "{}", "[]"])
def test_brackets_too_deep_for_the_parser_are_refused_before_it_sees_them(pair):
    text = f"SELECT * {{\n{pair[0] * 100_000}{pair[1] * 100_000} }}"
    with pytest.raises(QuerySyntaxError, match="nested more than 100 deep") as caught:
        check_query(text)
    assert (caught.value.line, caught.value.column) == (2, 100)


def test_brackets_as_deep_as_they_may_be_are_read():
    text = f"SELECT * {'{' * 100}{'}' * 100}"
    assert check_query(text).text == text


def test_a_function_that_nobody_defined_is_named(store):
    with pytest.raises(QuerySyntaxError, match=r"http://x\.example/f"):
        store.query("SELECT (<http://x.example/f>(1) AS ?x) { }")


def test_a_function_is_named_as_it_was_written(store):
    with pytest.raises(QuerySyntaxError, match=r"http://e\.example/service"):
        store.query("SELECT (<http://e.example/service>(1) AS ?x) {}")


@pytest.mark.parametrize("escape", [r"\UFFFFFFFF", r"\uD800", r"\U00110000"])
def test_an_escape_that_is_no_character_is_a_mistake_in_the_query(escape):
    with pytest.raises(QuerySyntaxError):
        check_query(f'SELECT * {{ ?s ?p "{escape}" }}')


# ---- the graphs it names ------------------------------------------------------------------

GRAPHS = "https://w3id.org/diplograph/graph/"


@pytest.mark.parametrize(
    ("text", "graph"),
    [
        (f"BASE <{GRAPHS}> SELECT * FROM <reference> {{}}", "reference"),
        (f"BASE <{GRAPHS}a/b> BASE <../report/> ASK FROM NAMED <moscow> {{}}", "report/moscow"),
        (f"BASE <{GRAPHS}> PREFIX r: <report/> ASK FROM r:moscow {{}}", "report/moscow"),
        (f"PREFIX g: <{GRAPHS}> ASK FROM g:report\\/moscow-talks {{}}", "report/moscow-talks"),
        (f"CONSTRUCT {{ ?s ?p 1 }} FROM <{GRAPHS}reference> WHERE {{ ?s ?p ?o }}", "reference"),
        (f"SELECT (EXISTS {{ ?s ?p ?o }} AS ?x) FROM <{GRAPHS}reference> {{}}", "reference"),
        (f"ASK FROM <{GRAPHS}r\\u0065ference> {{}}", "reference"),
        (f"SELECT ((?a<?b)&&?c>?d AS ?x) FROM <{GRAPHS}reference> {{}}", "reference"),
        (f"ASK FROM <{GRAPHS}r\\U00000065ference> {{}}", "reference"),
    ],
)
def test_a_graph_is_named_as_the_parser_would_resolve_it(text, graph):
    assert check_query(text).graphs == (GRAPHS + graph,)


# ---- whatever the text --------------------------------------------------------------------

SEEDS = [*CALLS, HIDDEN, "ASK { FILTER(1+1 > 0) }", "BASE <http://x.example/> ASK FROM <a> {}"]
PIECES = st.sampled_from(
    [
        "<",
        ">",
        "'",
        '"',
        "{",
        "}",
        "(",
        ")",
        "#",
        "\n",
        "\\",
        r"\UFFFFFFFF",
        "FROM",
        "BASE",
        "a:",
        "@",
    ]
)


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(SEEDS), st.lists(st.tuples(st.integers(0, 90), PIECES), max_size=4))
def test_no_text_makes_the_inspection_fail_but_by_an_error_of_ours(text, changes):
    for position, piece in changes:
        text = text[:position] + piece + text[position + 1 :]
    status = 200
    try:
        check_query(text, NAMES)
    except DiplographError as error:
        status = error.http_status
    assert status in {200, 400, 403}


def test_prefixes_are_known_only_where_they_are_given(store):
    text = "ASK { state:ARD a dg:State }"
    assert bool(store.query(text, prefixes=PREFIXES))
    with pytest.raises(QuerySyntaxError, match="the prefix state: is not declared"):
        store.query(text)

"""Statements and results are written as their formats say, the same bytes every time."""

from __future__ import annotations

import csv
import io
import itertools
import json

import pyoxigraph as ox
import pytest

from diplograph.core.errors import UsageError
from diplograph.core.formats import RESULTS, STATEMENTS
from diplograph.core.serialization import write_statements
from diplograph.sparql import results as sparql_results
from diplograph.sparql.results import ResultBuffer, write_result_page

STORE = ox.Store()
HARD = r"""
SELECT ?iri ?text ?number WHERE {
  VALUES (?iri ?text ?number) {
    (<http://x.example/a,b> "tab\t nl\n quote\" back\\ cr\r"@en 1.50)
    (UNDEF "x,y" "2"^^<http://x.example/d>)
    (<http://x.example/é> "" true)
  }
}
"""
GRAPH = """
PREFIX dg: <https://w3id.org/diplograph/ontology#>
PREFIX state: <https://w3id.org/diplograph/id/state/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
CONSTRUCT {
  state:IND rdfs:label "India"@en ; a dg:State ; dg:near _:b .
  _:b dg:near state:IND .
  <https://w3id.org/diplograph/id/passage/tale/1> a dg:Passage .
} WHERE {}
"""


def write_results(results, name):
    """Return the bytes of the result alone."""
    return sparql_results.write_results(results, name)[0]


def test_each_name_is_in_one_table():
    assert not STATEMENTS.keys() & RESULTS.keys()
    assert all(form.name == name for name, form in {**STATEMENTS, **RESULTS}.items())


def test_each_media_type_and_suffix_names_one_format():
    forms = [*STATEMENTS.values(), *RESULTS.values()]
    assert len({form.media_type for form in forms}) == len(forms)
    assert len({form.suffix for form in forms}) == len(forms)


# ---- results ------------------------------------------------------------------------------


def test_csv_quotes_what_needs_quotes_and_ends_lines_as_the_recommendation_says():
    assert write_results(STORE.query(HARD), "csv").decode() == (
        "iri,text,number\r\n"
        '"http://x.example/a,b","tab\t nl\n quote"" back\\ cr\r",1.5\r\n'
        ',"x,y",2\r\n'
        "http://x.example/é,,true\r\n"
    )


def test_csv_reads_back_as_it_was():
    text = write_results(STORE.query(HARD), "csv").decode()
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert rows[1] == ["http://x.example/a,b", 'tab\t nl\n quote" back\\ cr\r', "1.5"]
    assert [len(row) for row in rows] == [3, 3, 3, 3]


def test_a_row_of_one_unbound_value_is_an_empty_line():
    results = STORE.query("SELECT ?a { VALUES ?a { UNDEF 1 } }")
    assert write_results(results, "csv") == b"a\r\n\r\n1\r\n"


def test_csv_of_no_rows_is_its_header():
    assert write_results(STORE.query("SELECT ?a ?b { ?a ?b 1 }"), "csv") == b"a,b\r\n"


def test_tsv_keeps_terms_apart_from_texts():
    lines = write_results(STORE.query(HARD), "tsv").decode().splitlines()
    assert lines == [
        "?iri\t?text\t?number",
        r'<http://x.example/a,b>	"tab\t nl\n quote\" back\\ cr\r"@en	1.5',
        '\t"x,y"\t"2"^^<http://x.example/d>',
        '<http://x.example/é>\t""\ttrue',
    ]


@pytest.mark.parametrize("name", ["json", "xml", "tsv"])
def test_results_read_back_as_they_were(name):
    written = write_results(STORE.query(HARD), name)
    read = ox.parse_query_results(written, format=RESULTS[name].serializer)
    rows = [[row[variable] for variable in read.variables] for row in read]
    expected = STORE.query(HARD)
    assert rows == [[row[variable] for variable in expected.variables] for row in expected]


@pytest.mark.parametrize("name", RESULTS)
def test_a_buffer_takes_what_is_returned_with_the_number_of_rows(name):
    buffer = ResultBuffer(mebibytes=1)
    body, rows = sparql_results.write_results(STORE.query(HARD), name, buffer)
    assert (buffer.body, rows) == (body, 3)
    assert body == write_results(STORE.query(HARD), name)


@pytest.mark.parametrize("most", [0, 2, 9])
def test_the_first_rows_are_written_as_json_and_all_are_counted(most):
    text = HARD.replace("(UNDEF", '(<<( <http://x.example/s> <http://x.example/p> "o"@en )>>')
    page, total = write_result_page(STORE.query(text), most, ResultBuffer())
    assert total == 3
    expected = json.loads(write_results(STORE.query(text), "json"))
    del expected["results"]["bindings"][most:]
    assert json.loads(page) == expected


def test_rows_are_counted_no_further_than_is_wanted():
    assert write_result_page(STORE.query(HARD), 1, ResultBuffer(), 2)[1] == 2


def test_the_first_statements_are_written_in_order_and_all_are_counted():
    page, total = write_result_page(STORE.query(GRAPH), 2, ResultBuffer())
    assert total == 5
    whole = write_results(STORE.query(GRAPH), "ntriples")
    assert page == b"".join(whole.splitlines(keepends=True)[:2])


@pytest.mark.parametrize(("name", "written"), [("csv", b"true"), ("tsv", b"true")])
def test_a_verdict_can_be_written_as_text(name, written):
    assert write_results(STORE.query("ASK {}"), name).strip() == written


def test_a_table_cannot_be_written_as_a_graph():
    with pytest.raises(UsageError, match="choose json, xml, csv, tsv"):
        write_results(STORE.query(HARD), "turtle")


def test_a_graph_cannot_be_written_as_a_table():
    with pytest.raises(UsageError, match="choose turtle"):
        write_results(STORE.query(GRAPH), "csv")


ODD = r"""
SELECT ?x ?y WHERE {
  VALUES (?x ?y) {
    (UNDEF UNDEF) ("" UNDEF) ("line\r\nbreak\ttab\u0001bell\u0007" "x"@en-GB) (true "01"^^<x:d>)
  }
}
"""


def test_rows_without_a_value_are_rows():
    assert json.loads(write_results(STORE.query(ODD), "json"))["results"]["bindings"][0] == {}
    assert write_results(STORE.query(ODD), "csv").startswith(b"x,y\r\n,\r\n,\r\n")
    assert write_results(STORE.query(ODD), "tsv").startswith(b'?x\t?y\n\t\n""\t\n')
    rows = STORE.query("SELECT ?x { VALUES ?x { UNDEF '' } }")
    assert b"<results><result></result><result>" in write_results(rows, "xml")


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("json", b'{"head":{"vars":[]},"results":{"bindings":[{}]}}'),
        ("csv", b"\r\n\r\n"),
        ("tsv", b"\n\n"),
    ],
)
def test_a_table_of_no_columns_has_its_rows(name, written):
    assert write_results(STORE.query("SELECT * {}"), name) == written


def test_a_language_is_written_in_small_letters():
    """RDF 1.1, section 3.3, allows it: tags are compared whatever their case."""
    assert b'"xml:lang":"en-gb"' in write_results(STORE.query(ODD), "json")


@pytest.mark.parametrize("name", ["json", "tsv", "csv"])
def test_a_control_character_comes_through(name):
    written = write_results(STORE.query(ODD), name)
    assert (b"\\u0001bell\\u0007" if name == "json" else b"\x01bell\x07") in written


def test_a_blank_node_has_one_name_in_one_result():
    text = "SELECT ?a ?b { BIND(BNODE() AS ?a) BIND(?a AS ?b) }"
    [row] = json.loads(write_results(STORE.query(text), "json"))["results"]["bindings"]
    assert row["a"] == row["b"]
    line = write_results(STORE.query(text), "csv").decode().splitlines()[1]
    assert [value[:2] for value in line.split(",")] == ["_:", "_:"]


# ---- statements ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", STATEMENTS)
def test_statements_read_back_as_they_were(name):
    expected = ox.Dataset(ox.Quad(*triple) for triple in STORE.query(GRAPH))
    expected.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    written = write_statements(STORE.query(GRAPH), name)
    read = ox.Dataset(ox.parse(written, format=STATEMENTS[name].serializer))
    read.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    assert set(read) == set(expected)


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_order_of_statements_does_not_show(name):
    triples = list(STORE.query(GRAPH))
    written = {
        write_statements(order, name)
        for order in itertools.islice(itertools.permutations(triples), 40)
    }
    assert len(written) == 1


def test_only_prefixes_that_are_used_are_declared():
    written = write_statements(STORE.query(GRAPH), "turtle").decode()
    declared = {line.split()[1] for line in written.splitlines() if line.startswith("@prefix")}
    assert declared == {"dg:", "passage-tale:", "rdf:", "rdfs:", "state:"}


def test_graphs_are_kept_apart_where_the_format_can():
    node = ox.NamedNode("http://x.example/a")
    quads = [ox.Quad(node, node, node, ox.NamedNode(f"http://x.example/{n}")) for n in "gh"]
    assert write_statements(quads, "nquads").count(b"\n") == 2
    assert write_statements(quads, "ntriples").count(b"\n") == 1


def test_a_format_that_is_not_there_is_refused():
    with pytest.raises(UsageError, match="choose turtle, ntriples"):
        write_statements([], "yaml")

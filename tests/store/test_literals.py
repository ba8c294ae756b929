"""Statements keep their literals as files have them, whatever Oxigraph makes of the values."""

from __future__ import annotations

import re
from collections import defaultdict

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diplograph.core.errors import UnknownThing
from diplograph.core.names import PREFIXES, REFERENCE_GRAPH, SHAPES_GRAPH, report_graph
from diplograph.pool.pool import Pool
from diplograph.store.engine import LocalEngine
from diplograph.store.interface import QueryRequest
from diplograph.store.literals import find_changed
from diplograph.store.store import Store
from diplograph.views.explanation import derive_step, explain_statement
from diplograph.views.query import QueryRunner
from diplograph.views.records import read_asserted_values
from diplograph.views.schema import read_schema
from diplograph.views.thing import OUT, read_about
from fixtures.project_files import ROOT
from fixtures.property_cases import property_cases
from fixtures.small_build import write_files

XSD = PREFIXES["xsd"]
IRI = "http://x.example/thing"
THING, COUNT = ox.NamedNode(IRI), ox.NamedNode("http://x.example/count")
TALE, OTHER = report_graph("tale"), report_graph("other")
ALL = "CONSTRUCT WHERE { ?s ?p ?o }"


def literal(text, datatype="integer"):
    return ox.Literal(text, datatype=ox.NamedNode(XSD + datatype))


def quad(value, graph=TALE, subject=THING, predicate=COUNT):
    return ox.Quad(subject, predicate, value, ox.NamedNode(graph))


def make_store(*quads):
    return Store(lambda: quads, "digest")


def objects(statements):
    return {triple.object for triple in statements}


# ---- statements -------------------------------------------------------------------------------

ODD = [
    ("06", "positiveInteger"),
    ("+6", "integer"),
    ("1.50", "decimal"),
    ("1", "boolean"),
    ("1.0E3", "double"),
    ("16777217", "float"),
    ("2025-01-01T00:00:00.000+00:00", "dateTime"),
    ("2025-01-01+00:00", "date"),
    ("24:00:00", "time"),
    ("2025+00:00", "gYear"),
    ("P1Y0M", "duration"),
    ("PT24H", "dayTimeDuration"),
]


@pytest.mark.parametrize(("text", "datatype"), ODD)
def test_a_statement_has_its_literal_as_it_was_written(text, datatype):
    value = literal(text, datatype)
    assert find_changed([value]), "Oxigraph keeps it, so it shows nothing"
    store = make_store(quad(value))
    for query in (
        ALL,
        "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }",
        f"CONSTRUCT {{ ?s ?p ?o }} FROM <{TALE}> WHERE {{ ?s ?p ?o }}",
        f"DESCRIBE <{IRI}>",
    ):
        assert objects(store.query(query)) == {value}
    assert [quad.object for quad in store.match(THING, COUNT)] == [value]
    assert list(store.match(THING, COUNT, value)) == [quad(value)]


def test_two_forms_of_one_value_are_two_statements():
    store = make_store(quad(literal("06")), quad(literal("6")), quad(literal("7")))
    assert objects(store.query(ALL)) == {literal("06"), literal("6"), literal("7")}
    assert list(store.match(THING, COUNT, literal("06"))) == [quad(literal("06"))]


def test_each_graph_has_the_form_that_is_written_in_it():
    store = make_store(quad(literal("06")), quad(literal("6"), OTHER))
    for graph, value in ((TALE, "06"), (OTHER, "6")):
        assert objects(store.query(ALL, default_graphs=[graph])) == {literal(value)}
        text = f"CONSTRUCT {{ ?s ?p ?o }} FROM <{graph}> WHERE {{ ?s ?p ?o }}"
        assert objects(store.query(text)) == {literal(value)}
        assert [quad.object for quad in store.match(graph=graph)] == [literal(value)]
    text = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o } }"
    assert objects(store.query(text)) == {literal("06"), literal("6")}


def test_the_default_graph_has_no_form_of_the_shapes():
    store = make_store(quad(literal("06")), quad(literal("6"), SHAPES_GRAPH))
    assert objects(store.query(ALL)) == {literal("06")}
    assert objects(store.query(ALL, default_graphs=[SHAPES_GRAPH])) == {literal("6")}


def test_one_value_written_differently_of_two_things_stays_with_each():
    other = ox.NamedNode("http://x.example/other")
    store = make_store(quad(literal("06")), quad(literal("6"), subject=other))
    assert objects(store.query(f"DESCRIBE <{IRI}>")) == {literal("06")}
    assert objects(store.query("DESCRIBE <http://x.example/other>")) == {literal("6")}


@pytest.mark.parametrize(
    "template",
    [
        "<http://x.example/new> ?p ?o",
        "?s <http://x.example/new> ?o",
        "?s ?p ?more",
        "<http://x.example/new> ?p 6",
    ],
)
def test_a_statement_that_a_query_makes_has_the_value_of_the_engine(template):
    store = make_store(quad(literal("06")))
    text = f"CONSTRUCT {{ {template} }} WHERE {{ ?s ?p ?o BIND (?o + 1 AS ?more) }}"
    assert {value.value for value in objects(store.query(text))} <= {"6", "7"}


def test_a_literal_of_no_value_stays_as_it_is():
    values = {literal("six"), literal("TRUE", "boolean"), literal("06", "string")}
    assert objects(make_store(*map(quad, values)).query(ALL)) == values


def test_a_blank_node_has_its_literals_as_written():
    node = ox.BlankNode("b")
    store = make_store(quad(literal("06"), subject=node), quad(literal("6")))
    assert {(t.subject, t.object) for t in store.query(ALL)} == {
        (node, literal("06")),
        (THING, literal("6")),
    }


def test_solutions_have_the_value_of_the_engine():
    (row,) = make_store(quad(literal("06"))).query("SELECT ?o { ?s ?p ?o }")
    assert row["o"] == literal("6")


def test_workers_write_statements_as_the_engine_of_this_process_does(tmp_path):
    lines = "".join(sorted(f"{quad(literal(text, kind))} .\n" for text, kind in ODD))
    folder = write_files(tmp_path / "build", lines)
    pool = Pool(folder, workers=1)
    try:
        for query in (ALL, f"DESCRIBE <{IRI}>"):
            request = QueryRequest(query, statements="ntriples")
            body = pool.answer(request).body
            assert body == LocalEngine(Store.open(folder)).answer(request).body
            assert body.count(b"\n") == len(ODD)
            assert b'"06"^^<http://www.w3.org/2001/XMLSchema#positiveInteger>' in body
    finally:
        pool.close()


# ---- random literals --------------------------------------------------------------------------

_DIGITS = st.text("0123456789", min_size=1, max_size=5)
_SIGN = st.sampled_from(["", "+", "-"])
_ZONE = st.sampled_from(["", "Z", "+00:00", "-00:00", "+05:30", "-14:00"])
_FRACTION = st.sampled_from(["", ".0", ".10", ".123", ".000000"])
_WHOLE = st.builds("{}{}".format, _SIGN, _DIGITS)
_DECIMAL = st.builds("{}{}{}".format, _SIGN, _DIGITS, st.sampled_from(["", ".", ".0", ".50"]))
_DATE = st.sampled_from(["2025-01-31", "0001-01-01", "-0044-03-15", "12025-12-31", "2024-02-29"])
_TIME = st.builds(
    "{}{}".format, st.sampled_from(["00:00:00", "23:59:59", "24:00:00", "12:30:05"]), _FRACTION
)
_DURATION = st.sampled_from(
    ["P1Y0M", "P12M", "PT60M", "P1DT0H", "PT1.0S", "P0D", "-P0Y", "-P1M", "P1Y2M3DT4H5M6.70S"]
)
_MONTHS, _DAYS = st.sampled_from(["P12M", "P1Y0M", "-P1M"]), st.sampled_from(["PT24H", "P1DT0H"])
_INTEGERS = (
    "integer long int short byte nonNegativeInteger positiveInteger nonPositiveInteger"
    " negativeInteger unsignedLong unsignedInt unsignedShort unsignedByte"
).split()
_TEXTS = {
    **dict.fromkeys(_INTEGERS, _WHOLE),
    "decimal": _DECIMAL,
    **dict.fromkeys(
        ("double", "float"),
        st.sampled_from(["NaN", "INF", "-INF", "+INF", "-0", "1e400"])
        | st.builds("{}{}".format, _DECIMAL, st.sampled_from(["", "E0", "e3", "E-07"])),
    ),
    "boolean": st.sampled_from(["true", "false", "1", "0", "TRUE", " 1"]),
    **dict.fromkeys(
        ("dateTime", "dateTimeStamp"), st.builds("{}T{}{}".format, _DATE, _TIME, _ZONE)
    ),
    "date": st.builds("{}{}".format, _DATE, _ZONE),
    "time": st.builds("{}{}".format, _TIME, _ZONE),
    "gYear": st.builds("{}{}".format, st.sampled_from(["2025", "-0044", "12025"]), _ZONE),
    "gYearMonth": st.builds("2025-0{}{}".format, st.integers(1, 9), _ZONE),
    "gMonth": st.builds("--0{}{}".format, st.integers(1, 9), _ZONE),
    "gMonthDay": st.builds("--12-2{}{}".format, st.integers(0, 9), _ZONE),
    "gDay": st.builds("---2{}{}".format, st.integers(0, 9), _ZONE),
    "duration": _DURATION,
    "yearMonthDuration": _MONTHS,
    "dayTimeDuration": _DAYS,
    "string": _WHOLE,
    "hexBinary": st.sampled_from(["0a", "0A"]),
    "anyURI": st.text(max_size=3),
}
_LITERAL = st.one_of(
    *(st.builds(literal, texts, st.just(name)) for name, texts in sorted(_TEXTS.items())),
    st.builds(literal, st.text(max_size=3), st.sampled_from(sorted(_TEXTS))),
)
_QUAD = st.builds(
    quad,
    _LITERAL,
    st.sampled_from([TALE, OTHER, REFERENCE_GRAPH, SHAPES_GRAPH]),
    st.sampled_from([THING, ox.NamedNode("http://x.example/other"), ox.BlankNode("b")]),
    st.sampled_from([COUNT, ox.NamedNode("http://x.example/size")]),
)


@property_cases
@given(st.sets(_QUAD, min_size=1, max_size=5))
def test_every_answer_of_statements_has_all_literals_as_written(quads):
    store = make_store(*quads)
    by_graph = defaultdict(set)
    for statement in quads:
        by_graph[statement.graph_name.value].add(statement.triple)
    union = set().union(*(by_graph[graph] for graph in by_graph if graph != SHAPES_GRAPH))
    assert set(store.query(ALL)) == union
    about = {triple for triple in union if triple.subject == THING}
    assert set(store.query(f"DESCRIBE <{IRI}>")) >= about
    for graph, triples in by_graph.items():
        assert set(store.query(ALL, default_graphs=[graph])) == triples
    assert set(store.match()) == quads


# ---- what pages show --------------------------------------------------------------------------

_STATEMENTS = """\
<http://x.example/thing> <{rdf}type> <{dg}Fact> <{graph}> .
<http://x.example/thing> <{dg}minCount> "06"^^<{xsd}nonNegativeInteger> <{graph}> .
<http://x.example/thing> <{dg}share> "1.50"^^<{xsd}decimal> <{graph}> .
"""


def make_asking(folder):
    names = {name: PREFIXES[name] for name in ("rdf", "dg", "xsd")}
    text = _STATEMENTS.format(**names, graph=TALE)
    lines = "".join(sorted(text.splitlines(keepends=True)))
    return QueryRunner(LocalEngine(Store.open(write_files(folder, lines))))


def test_pages_show_values_as_written(tmp_path):
    asking = make_asking(tmp_path / "build")
    about = read_about(asking, IRI)
    shown = {
        link.value.value for group in about.groups if group.direction == OUT for link in group.links
    }
    assert {"06", "1.50"} <= shown
    values = {value.value for value in read_asserted_values(asking, [IRI])[IRI]}
    assert values == {"06", "1.50"}


def test_a_statement_is_named_and_derived_with_its_value_as_written(tmp_path):
    asking, dg = make_asking(tmp_path / "build"), PREFIXES["dg"]
    schema = read_schema(asking)
    explained = explain_statement(asking, schema, IRI, f"{dg}minCount", "06")
    assert (explained.value, explained.asserted) == ("06", True)
    with pytest.raises(UnknownThing):
        explain_statement(asking, schema, IRI, f"{dg}minCount", "6")
    step = derive_step(asking, schema, (IRI, f"{dg}share", "1.50"))
    assert (step.rule, step.value, step.file) == ("asserted", "1.50", TALE)


# ---- documentation ----------------------------------------------------------------------------

ROWS = re.findall(
    r"^\| `xsd:([^|]*)` \| `([^`]*)` \| `([^`]*)` \|$",
    (ROOT / "docs" / "using.md").read_text(encoding="utf-8"),
    re.MULTILINE,
)


@pytest.mark.parametrize(("datatypes", "written", "stored"), ROWS)
def test_the_table_of_what_a_select_gives_is_what_oxigraph_does(datatypes, written, stored):
    for name in datatypes.replace("`", "").replace("xsd:", "").split(", "):
        value, expected = (
            literal(text, datatype or name)
            for text, _, datatype in (part.partition(" xsd:") for part in (written, stored))
        )
        assert find_changed([value]) == {value: expected}


def test_the_table_has_every_datatype_that_oxigraph_changes():
    listed = {name for row in ROWS for name in re.split(r"[`, ]+(?:xsd:)?", row[0])}
    assert listed == set(_TEXTS) - {"string", "hexBinary", "anyURI"}

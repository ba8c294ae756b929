"""The graph in Python: typed rows, things by any name, and docstrings that run."""

from __future__ import annotations

import copy
import doctest
import pickle
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from decimal import Decimal

import pyoxigraph as ox
import pytest
import rdflib

import diplograph
from diplograph import api
from diplograph.core import dates, things
from diplograph.core.errors import (
    AmbiguousThing,
    QuerySyntaxError,
    Refused,
    UnknownParameter,
    UnknownQuestion,
    UnknownThing,
    UsageError,
)
from diplograph.core.names import expand
from diplograph.core.things import Thing
from diplograph.store.store import Store
from diplograph.views import report as reports

VALUES = """SELECT ?thing ?when ?count ?share ?half ?yes ?text ?none {
  VALUES (?thing ?when ?count ?share ?half ?yes ?text ?none) {
    (state:XAA "2031-03-05T10:00:00Z"^^xsd:dateTime 3 0.5 5e-1 true "words"@en UNDEF) } }"""

THING = (
    ox.NamedNode("urn:bodyOf"),
    ox.NamedNode("http://www.w3.org/2000/01/rdf-schema#label"),
    ox.Literal("body of", language="en"),
)


@pytest.fixture
def row(graph):
    (found,) = graph.ask(VALUES)
    return found


# ---- asking -------------------------------------------------------------------------------


def test_a_cell_has_the_python_type_of_its_value(row):
    assert row.thing == Thing(expand("state:XAA"), "Ardenia")
    assert row.when == datetime(2031, 3, 5, 10, tzinfo=UTC)
    assert (row.count, type(row.count)) == (3, int)
    assert row.share == Decimal("0.5")
    assert (row.half, type(row.half)) == (0.5, float)
    assert row.yes is True
    assert row.text == "words"
    assert row.none is None


def test_a_row_is_read_by_name_by_place_and_unpacked(row):
    thing, *_ = row
    assert row["thing"] == row[0] == row.thing == thing
    assert len(row) == 8


def test_a_row_cannot_be_changed(row):
    with pytest.raises(FrozenInstanceError):
        row.thing = "another"


def test_a_column_that_is_not_there_is_told_those_that_are(row):
    with pytest.raises(AttributeError, match="thing, when, count"):
        _ = row.state
    with pytest.raises(KeyError, match="thing, when, count"):
        row["state"]


def test_rows_can_be_copied_and_pickled(graph, row):
    rows = graph.ask(VALUES)
    assert copy.copy(row) == copy.deepcopy(row) == row
    assert pickle.loads(pickle.dumps(rows)) == rows


def test_a_column_may_begin_with_an_underscore(graph):
    (row,) = graph.ask("SELECT ?_x { VALUES ?_x { 1 } }")
    assert row._x == row["_x"] == 1


def test_a_year_beyond_python_stays_text(graph):
    (row,) = graph.ask('SELECT ?t { VALUES ?t { "12031-01-01T00:00:00Z"^^xsd:dateTime } }')
    assert row.t == "12031-01-01T00:00:00Z"


def test_rows_know_their_columns_even_when_there_are_none(graph):
    rows = graph.ask("SELECT ?a ?b { ?a dg:noSuchProperty ?b }")
    assert (len(rows), rows.columns) == (0, ("a", "b"))


def test_ask_gives_a_truth_value(graph):
    assert graph.ask("ASK { state:XAA a dg:State }") is True
    assert graph.ask("ASK { state:XAA a dg:Person }") is False


def test_construct_gives_an_rdflib_graph(graph):
    found = graph.ask("CONSTRUCT { ?s rdfs:label ?l } WHERE { ?s a dg:State ; rdfs:label ?l }")
    assert isinstance(found, rdflib.Graph)
    assert (None, rdflib.RDFS.label, rdflib.Literal("Ardenia", lang="en")) in found


def test_a_question_is_asked_by_name(graph):
    rows = graph.ask("offices-held", person="person:ada-varn")
    assert len(rows) > 0


@pytest.mark.parametrize("value", ["Ada Varn", "person:ada-varn", expand("person:ada-varn")])
def test_a_parameter_takes_a_label_a_curie_and_an_iri(graph, value):
    same = graph.fill("offices-held", person="person:ada-varn")
    assert graph.fill("offices-held", person=value) == same


def test_a_parameter_takes_a_thing_and_a_list_of_things(graph):
    thing = graph.find("Ada Varn")
    assert graph.fill("offices-held", person=[thing]) == graph.fill("offices-held", person=thing)


def test_a_parameter_without_a_kind_takes_a_label_or_else_a_text(graph):
    query = "SELECT ?x {\n  VALUES ?x { UNDEF }  # parameter\n}"
    assert expand("state:XAA") in graph.fill(query, x="Ardenia")
    assert '"no such label"' in graph.fill(query, x="no such label")


def test_a_question_is_asked_from_a_file(graph, tmp_path):
    path = tmp_path / "states.rq"
    path.write_text("# Which states?\nSELECT ?s { ?s a dg:State } ORDER BY ?s\n")
    assert len(graph.ask(path)) == len(graph.ask(str(path))) > 0


def test_a_plain_query_in_a_file_of_any_name_is_asked(graph, tmp_path):
    for name in ("states.sparql", "states", "states.rq"):
        path = tmp_path / name
        path.write_text("SELECT ?s { ?s a dg:State } ORDER BY ?s\n")
        assert len(graph.ask(str(path))) > 0


def test_a_question_keeps_its_name_beside_a_file_of_that_name(graph, tmp_path, monkeypatch):
    (tmp_path / "offices-held").write_text("ASK {}")
    monkeypatch.chdir(tmp_path)
    assert graph.fill("offices-held") == graph.questions["offices-held"].text


def test_a_query_without_a_space_is_a_query(graph):
    assert graph.ask("ASK{}") is True


@pytest.mark.parametrize("value", ["person:ada-vern", expand("person:ada-vern"), "state:ZZZ"])
def test_a_parameter_refuses_what_the_graph_does_not_speak_of(graph, value):
    with pytest.raises(UnknownThing, match="nothing in this graph is called"):
        graph.ask("offices-held", person=value)
    with pytest.raises(UnknownThing):
        graph.ask("offices-held", person=[Thing(expand(value), "nobody")])


def test_a_parameter_told_an_unknown_name_offers_near_ones(graph):
    with pytest.raises(UnknownThing, match="did you mean 'person:ada-varn'"):
        graph.ask("offices-held", person="person:ada-vern")


@pytest.mark.parametrize(
    ("question", "values", "error"),
    [
        ("offices", {}, UnknownQuestion),
        ("offices-held", {"planet": "state:XAA"}, UnknownParameter),
        ("offices-held", {"person": "Nobody At All"}, UnknownThing),
        ("SELECT ?s {", {}, QuerySyntaxError),
        ("DELETE WHERE { ?s ?p ?o }", {}, (Refused, QuerySyntaxError)),
        ("SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", {}, Refused),
    ],
)
def test_what_cannot_be_asked_is_refused(graph, question, values, error):
    with pytest.raises(error):
        graph.ask(question, **values)


# ---- pandas -------------------------------------------------------------------------------


def test_rows_become_a_frame_with_typed_columns(graph):
    pytest.importorskip("pandas")
    frame = graph.ask(VALUES).to_pandas()
    assert list(frame.columns) == ["thing", "when", "count", "share", "half", "yes", "text", "none"]
    assert frame["thing"][0] == "state:XAA"
    assert str(frame["count"].dtype) == "Int64"
    assert str(frame["yes"].dtype) == "boolean"
    assert frame["when"].dt.year[0] == 2031
    assert frame["none"].isna().all()


def test_no_rows_become_an_empty_frame_with_columns(graph):
    pytest.importorskip("pandas")
    frame = graph.ask("SELECT ?a ?b { ?a dg:noSuchProperty ?b }").to_pandas()
    assert (len(frame), list(frame.columns)) == (0, ["a", "b"])


def test_without_pandas_the_remedy_is_named(graph, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(UsageError, match=r"pip install 'diplograph\[pandas\]'"):
        graph.ask(VALUES).to_pandas()


# ---- the rest of the graph ----------------------------------------------------------------


def test_a_thing_is_found_by_label_in_any_case(graph):
    assert graph.find("ada varn").curie == "person:ada-varn"


def test_a_word_that_is_like_no_name_brings_none():
    store = Store(lambda: [ox.Quad(*THING, ox.NamedNode("urn:g"))], "")
    with pytest.raises(UnknownThing, match=r"called 'nobody'$"):
        store.find("nobody")
    with pytest.raises(UnknownThing, match="did you mean 'body of'"):
        store.find("bodyof")


def test_a_shared_label_is_ambiguous(graph):
    labels = graph.ask("SELECT ?l { ?a rdfs:label ?l . ?b rdfs:label ?l FILTER(?a != ?b) }")
    assert len(labels) > 0
    with pytest.raises(AmbiguousThing):
        graph.find(labels[0].l)


def test_the_findings_of_the_build_come_with_their_lines(graph):
    assert all(finding.severity in {"Warning", "Info"} for finding in graph.findings)
    assert all(finding.location.line > 0 for finding in graph.findings)
    assert graph.findings


def test_why_of_a_statement_names_file_and_line(graph):
    step = graph.why("person:ada-varn", "a", "dg:Person").step
    assert step.file.startswith("data/people.ttl:")


def test_why_takes_a_thing_as_it_takes_a_name(graph):
    assert graph.why(graph.find("Celia Morn")) == graph.why("Celia Morn")


def test_show_takes_a_thing_as_it_takes_a_name(graph):
    assert graph.show(graph.find("Celia Morn")) == graph.show("Celia Morn")


def test_a_second_load_does_not_build_again(graph, monkeypatch):
    monkeypatch.setattr("diplograph.build.build.build_to_disk", pytest.fail)
    assert diplograph.load(graph.home.root).store.digest == graph.store.digest


def test_export_gives_the_bytes_of_the_store(graph):
    assert b"Ada Varn" in graph.export("ntriples")


def test_the_package_exports_what_python_users_need(graph):
    assert set(diplograph.__all__) == {"__version__", "load"}
    assert isinstance(diplograph.load(graph.home.root), api.Graph)


@pytest.mark.parametrize("module", [api, dates, things, reports])
def test_the_examples_in_docstrings_are_true(module, real_home, monkeypatch):
    monkeypatch.setenv("DIPLOGRAPH_HOME", str(real_home))
    result = doctest.testmod(module)
    assert result.attempted > 0
    assert result.failed == 0

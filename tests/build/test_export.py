"""Exports hold what they say, in every format, byte for byte the same."""

from __future__ import annotations

import os
import subprocess
import sys

import pyoxigraph as ox
import pytest

from diplograph.build.dataset import read_files
from diplograph.build.export import export
from diplograph.core.errors import UsageError
from diplograph.core.formats import STATEMENTS
from diplograph.core.names import (
    DERIVED_GRAPH,
    INFERRED_GRAPH,
    ONTOLOGY_GRAPH,
    REFERENCE_GRAPH,
    RULES_GRAPH,
    SELECTIONS,
    SHAPES_GRAPH,
    report_graph,
)

FLAT = [name for name, form in STATEMENTS.items() if not form.graphs]


@pytest.fixture(scope="module")
def reports(world) -> set[str]:
    """Return the names of the graphs of the world's reports."""
    return {report_graph(path.stem) for path in (world.data / "reports").glob("*.ttl")}


def parsed(data: bytes, name: str) -> ox.Dataset:
    """Return what the bytes say, blank nodes canonical."""
    dataset = ox.Dataset(ox.parse(data, format=STATEMENTS[name].serializer))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def graphs_in(data: bytes, name: str) -> set[str]:
    return {quad.graph_name.value for quad in parsed(data, name)}


@pytest.mark.parametrize("what", SELECTIONS)
@pytest.mark.parametrize("name", FLAT)
def test_every_flat_format_says_the_same(graph, name, what):
    same = parsed(export(graph.store, "ntriples", what), "ntriples")
    assert parsed(export(graph.store, name, what), name) == same


def test_both_formats_with_graphs_say_the_same(graph):
    trig = parsed(export(graph.store, "trig", "inferred"), "trig")
    assert trig == parsed(export(graph.store, "nquads", "inferred"), "nquads")


def test_the_asserted_are_reference_and_reports(graph, reports):
    found = graphs_in(export(graph.store, "nquads", "asserted"), "nquads")
    assert found == {REFERENCE_GRAPH, *reports}


def test_what_was_asserted_is_exported_to_the_letter(graph, world):
    graphs = read_files(world).graphs
    apart = {ONTOLOGY_GRAPH, SHAPES_GRAPH}
    written = set().union(*(triples for name, triples in graphs.items() if name not in apart))
    exported = ox.parse(graph.export("ntriples"), format=ox.RdfFormat.N_TRIPLES)
    assert {quad.triple for quad in exported} == written


def test_the_ontology_is_alone_in_its_export(graph):
    assert graphs_in(export(graph.store, "nquads", "ontology"), "nquads") == {ONTOLOGY_GRAPH}


def test_the_inferred_come_with_what_they_follow_from(graph, reports):
    found = graphs_in(export(graph.store, "trig", "inferred"), "trig")
    worked_out = {INFERRED_GRAPH, DERIVED_GRAPH, RULES_GRAPH}
    assert found == {REFERENCE_GRAPH, ONTOLOGY_GRAPH, *worked_out, *reports}


def test_turtle_says_what_a_thing_is_and_its_label_first(graph):
    text = export(graph.store, "turtle").decode()
    assert (
        'person:ada-varn a owl:NamedIndividual , dg:Person ;\n\trdfs:label "Ada Varn"@en ;' in text
    )


def test_turtle_declares_only_prefixes_that_it_uses(graph):
    text = export(graph.store, "turtle").decode()
    assert "@prefix passage-harbour-wire:" in text
    assert "@prefix sh:" not in text


@pytest.mark.parametrize("name", STATEMENTS)
def test_another_process_writes_the_same_bytes(graph, name):
    program = (
        "import sys, diplograph\n"
        f"data = diplograph.load({str(graph.home.root)!r}).export({name!r}, 'inferred')\n"
        "sys.stdout.buffer.write(data)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "4"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, env=environment)
    assert done.stdout == export(graph.store, name, "inferred")


def test_an_unknown_format_is_refused_with_the_known_ones(graph):
    with pytest.raises(UsageError, match="turtle, ntriples"):
        export(graph.store, "docx")


def test_an_unknown_selection_is_refused_with_the_known_ones(graph):
    with pytest.raises(UsageError, match="asserted, inferred, ontology"):
        export(graph.store, "turtle", "everything")

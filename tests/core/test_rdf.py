"""Terms go over to RDFLib and back unchanged."""

import pyoxigraph as ox
import pytest

from diplograph.core.names import PREFIXES
from diplograph.core.rdf import to_oxigraph, to_oxigraph_triple, to_rdflib, to_rdflib_term

XSD = PREFIXES["xsd"]
NODE = ox.NamedNode("http://x.example/a")
TERMS = [
    NODE,
    ox.NamedNode("http://x.example/é?b=c#d"),
    ox.BlankNode("ontology-core-0"),
    ox.Literal("plain"),
    ox.Literal(""),
    ox.Literal('two\nlines "quoted"'),
    ox.Literal("India", language="en"),
    ox.Literal("2030-01-01T00:00:00Z", datatype=ox.NamedNode(f"{XSD}dateTime")),
    ox.Literal("2030-01-01T00:00:00+00:00", datatype=ox.NamedNode(f"{XSD}dateTime")),
    ox.Literal("007", datatype=ox.NamedNode(f"{XSD}nonNegativeInteger")),
    ox.Literal("1", datatype=ox.NamedNode(f"{XSD}boolean")),
    ox.Literal("any", datatype=ox.NamedNode("http://x.example/datatype")),
]


@pytest.mark.parametrize("term", TERMS, ids=str)
def test_a_term_comes_back_as_it_was(term):
    assert to_oxigraph(to_rdflib_term(term)) == term


@pytest.mark.parametrize("term", TERMS, ids=str)
def test_a_statement_comes_back_from_a_graph_as_it_was(term):
    triple = ox.Triple(NODE, NODE, term)
    [back] = to_rdflib([triple])
    assert to_oxigraph_triple(back) == triple


def test_statements_are_added_to_a_graph_that_is_given():
    graph = to_rdflib([ox.Triple(NODE, NODE, NODE)])
    same = to_rdflib([ox.Triple(NODE, NODE, ox.Literal("x"))], graph)
    assert same is graph
    assert len(graph) == 2

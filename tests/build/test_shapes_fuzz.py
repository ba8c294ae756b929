"""Whatever a shapes graph holds, it is run or refused, and nothing is written."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diplograph.build.dataset import Asserted
from diplograph.build.derive import Derived
from diplograph.build.reason import Reasoned
from diplograph.build.validate import validate
from diplograph.core import names
from diplograph.core.errors import MalformedFile
from diplograph.core.home import Home
from fixtures.property_cases import property_cases
from fixtures.small_home import PREFIXES

HEADER = PREFIXES + (
    "@prefix ex: <https://example.org/> .\n"
    "@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .\n"
)
DATA = """
ex:a a dg:State ; rdfs:label "A\\\\d"@en ; dg:code "A" , 1 ; dg:part ex:b , "x"^^xsd:date .
ex:b a dg:State ; dg:code 2.5 ; dg:part ex:a .
"""
WELL_FORMED = """
ex:S a sh:NodeShape ; sh:targetClass dg:State ; sh:severity sh:Warning ; sh:message "{?value}" ;
  sh:property ex:P , ex:R ; sh:sparql ex:Q ; sh:closed true ; sh:ignoredProperties ( rdf:type ) ;
  sh:or ( ex:N [ sh:not ex:N ] ) ; ex:least 2 ; sh:rule ex:T ; sh:nodeKind sh:IRI .
ex:P a sh:PropertyShape ; sh:path dg:code ; sh:minCount 1 ; sh:maxCount 3 ; sh:pattern "^A" ;
  sh:flags "i" ; sh:datatype xsd:string ; sh:minLength 1 ; sh:uniqueLang true ; sh:in ( "A" 1 ) ;
  sh:minInclusive 0 ; sh:lessThan rdfs:label ; sh:languageIn ( "en" ) ; sh:hasValue "A" .
ex:R sh:path ( dg:part [ sh:zeroOrMorePath [ sh:inversePath dg:part ] ] ) ;
  sh:qualifiedValueShape ex:N ; sh:qualifiedMinCount 1 ; sh:class dg:State ; sh:node ex:N ;
  sh:deactivated false ; sh:equals dg:part ; sh:order 1 .
ex:N a sh:NodeShape ; sh:nodeKind sh:IRI ; sh:targetNode ex:a , "x" ; sh:targetObjectsOf dg:part .
ex:Q sh:prefixes ex:p ; sh:message "{?value}" ;
  sh:select "SELECT $this ?value { $this x:code ?value }" .
ex:p sh:declare [ sh:prefix "x" ;
  sh:namespace "https://w3id.org/diplograph/ontology#"^^xsd:anyURI ] .
ex:C a sh:ConstraintComponent ; sh:parameter [ sh:path ex:least ; sh:optional false ] ;
  sh:validator [ a sh:SPARQLAskValidator ; sh:message "{$least}" ;
    sh:ask "ASK { FILTER($least < 3) }" ] .
ex:T a sh:TripleRule ; sh:subject sh:this ; sh:predicate dg:made ; sh:object "v" .
ex:f a sh:SPARQLFunction ; sh:parameter [ sh:path ex:text ] ; sh:returnType xsd:integer ;
  sh:select "SELECT (1 AS ?one) {}" .
"""


def parse(text):
    quads = ox.parse(HEADER + text, format=ox.RdfFormat.TURTLE)
    return sorted((quad.triple for quad in quads), key=lambda triple: str(triple.predicate))


def term(curie):
    return ox.NamedNode(names.expand(curie))


SHAPES, STATEMENTS = parse(WELL_FORMED), frozenset(parse(DATA))
VALUES = [
    *{triple.object for triple in SHAPES},
    *{triple.subject for triple in SHAPES},
    *(ox.Literal(text) for text in ("", "[", "yes", "\\d(", "SELECT $this {", "ASK {}", "en")),
    ox.Literal("SELECT $this ?value { $this ?p ?value FILTER REGEX(STR(?value), '[') }"),
    ox.Literal("SELECT $this (<https://example.org/f>() AS ?value) { $this ?p ?o }"),
    ox.Literal("SELECT $this { $this ?p ?o MINUS { ?o ?q ?r } }"),
    ox.Literal("CONSTRUCT { $this ?p 1 } WHERE { $this ?p ?o }"),
    *(ox.Literal(text, datatype=term("xsd:integer")) for text in ("-1", "0", "x", "10000000000")),
    *(ox.Literal(text, datatype=term("xsd:boolean")) for text in ("1", "yes", "false")),
    *(ox.Literal(text, datatype=term("xsd:date")) for text in ("2020-01-01", "soon")),
    ox.Literal("a", language="en"),
    ox.Literal("1.5", datatype=term("xsd:decimal")),
    ox.BlankNode("empty"),
    term("rdf:nil"),
    term("sh:this"),
    term("dg:State"),
    ox.NamedNode("https://example.org/Absent"),
]
VALUES.sort(key=str)
PREDICATES = sorted(
    {triple.predicate for triple in SHAPES}
    | {
        term(f"sh:{local}")
        for local in (
            *("alternativePath", "and", "ask", "condition", "construct", "description"),
            *("disjoint", "entailment", "expression", "js", "lessThanOrEquals", "maxExclusive"),
            *("maxLength", "name", "nodeValidator", "oneOrMorePath", "propertyValidator"),
            *("qualifiedMaxCount", "qualifiedValueShapesDisjoint", "target", "xone", "values"),
            *("targetSubjectsOf", "union", "filterShape", "nodes", "defaultValue", "group"),
        )
    },
    key=str,
)
ABSENT = Home(Path("/"), Path("/"))

change = st.tuples(
    st.sampled_from(("drop", "replace", "add", "rename")),
    st.integers(0, len(SHAPES) - 1),
    st.sampled_from(PREDICATES),
    st.sampled_from(VALUES),
)


def apply(changes):
    """Return the shapes with statements dropped, given another value or property, or added."""
    triples = list(SHAPES)
    for kind, position, predicate, value in changes:
        triple = triples[position]
        if kind == "drop":
            triples[position] = triples[0]
        elif kind == "replace":
            triples[position] = ox.Triple(triple.subject, triple.predicate, value)
        elif kind == "rename":
            triples[position] = ox.Triple(triple.subject, predicate, triple.object)
        else:
            triples.append(ox.Triple(triple.subject, predicate, value))
    return frozenset(triples)


def judge(triples):
    graphs = {names.REFERENCE_GRAPH: STATEMENTS, names.SHAPES_GRAPH: triples}
    return validate(Derived(Reasoned(Asserted(ABSENT, graphs, {}, ""), frozenset())))


def test_the_shapes_to_change_are_well_formed():
    assert {finding.severity for finding in judge(frozenset(SHAPES)).findings} == {
        "Violation",
        "Warning",
    }


@given(changes=st.lists(change, min_size=1, max_size=3))
@property_cases
def test_any_shapes_graph_is_run_or_refused(changes):
    with suppress(MalformedFile):
        judge(apply(changes))


@pytest.fixture(autouse=True)
def _nothing_is_written(capfd):
    yield
    assert capfd.readouterr() == ("", "")

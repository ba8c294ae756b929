"""What follows is what the cases say, what cannot be is named, and the sieve keeps what speaks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from owlrl import DeductiveClosure, OWLRL_Semantics
from owlrl.Namespaces import ERRNS
from rdflib import Literal, URIRef

from diplograph.build.dataset import Asserted, read_files
from diplograph.build.reason import close, reason, sieve, without_annotations
from diplograph.core import names
from diplograph.core.errors import Inconsistent
from diplograph.core.home import Home
from diplograph.core.rdf import to_oxigraph_triple, to_rdflib
from fixtures.project_files import ROOT
from fixtures.small_home import write_home

CASES = ROOT / "tests" / "cases" / "reason"
GIVEN = sorted((CASES / "given").glob("*.ttl"))
INCONSISTENT = sorted((CASES / "inconsistent").glob("*.ttl"))
TITLE = ox.NamedNode(names.PREFIXES["dcterms"] + "title")
HEADER = names.ROOT + "case/"


def read_case(path):
    """Return the case as asserted statements of one file, its header left out, and its title."""
    text = path.read_text(encoding="utf-8")
    triples = [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]
    [title] = [triple.object.value for triple in triples if triple.predicate == TITLE]
    said = frozenset(each for each in triples if not str(each.subject).startswith(f"<{HEADER}"))
    graphs = {names.REFERENCE_GRAPH: said}
    return Asserted(Home(path, path), graphs, {"data/case.ttl": text}, ""), title


def node(curie):
    return ox.NamedNode(names.expand(curie))


@pytest.mark.parametrize("path", [*GIVEN, *INCONSISTENT], ids=lambda path: path.stem)
def test_rules_that_are_not_applied_again_would_yield_nothing(path):
    assert close_both_ways(without_annotations(read_case(path)[0].statements()))


def test_so_it_is_where_things_are_the_same_and_different():
    text = """
      @prefix owl: <http://www.w3.org/2002/07/owl#> . @prefix : <urn:x:> .
      @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
      :code a owl:DatatypeProperty , owl:FunctionalProperty ; rdfs:domain :Coded .
      :near a owl:ObjectProperty , owl:SymmetricProperty , owl:TransitiveProperty .
      :capitalOf a owl:ObjectProperty , owl:InverseFunctionalProperty ; owl:inverseOf :capital .
      :reaches owl:propertyChainAxiom ( :near :capitalOf ) .
      :Coded rdfs:subClassOf :Thing . :nearer rdfs:subPropertyOf :near .
      :one :near :two ; :code "1" . :two :nearer :three . :three :capitalOf :land .
      :other owl:sameAs :three ; :code "2" .
      :land :capital :third . :third owl:differentFrom :third .
    """
    statements = [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]
    assert close_both_ways(statements)
    assert close(statements)[1] != ()


def close_both_ways(statements):
    """Return whether owlrl as it is finds the same closure, with the same messages."""
    quick, messages = close(statements)
    graph = to_rdflib(statements)
    DeductiveClosure(OWLRL_Semantics).expand(graph)
    wanted = {
        to_oxigraph_triple(triple)
        for triple in graph
        if isinstance(triple[1], URIRef) and not isinstance(triple[0], Literal)
    }
    errors = [triple for triple in wanted if triple.predicate.value == str(ERRNS.error)]

    def named(triples):
        return {triple for triple in triples if ox.BlankNode not in map(type, triple)}

    return named(quick) == named(wanted) and len(errors) == len(messages)


def test_there_are_cases():
    assert len(GIVEN) > 8
    assert len(INCONSISTENT) > 15


def test_each_given_case_has_its_verdict():
    verdicts = {path.name for path in (CASES / "inferred").iterdir()}
    assert verdicts == {path.name for path in GIVEN}


@pytest.mark.parametrize("path", GIVEN, ids=lambda path: path.stem)
def test_what_follows_is_what_the_case_says(path):
    asserted, _ = read_case(path)
    expected, _ = read_case(CASES / "inferred" / path.name)
    assert reason(asserted).inferred == expected.statements()


@pytest.mark.parametrize("path", INCONSISTENT, ids=lambda path: path.stem)
def test_a_contradiction_is_named_with_its_place(path):
    asserted, title = read_case(path)
    with pytest.raises(Inconsistent) as caught:
        reason(asserted)
    [clash] = caught.value.clashes
    assert clash.startswith(title)


def test_the_place_of_a_clash_is_the_line_that_makes_it():
    path = CASES / "inconsistent" / "cax-dw-by-range.ttl"
    lines = path.read_text(encoding="utf-8").splitlines()
    typed = next(n for n, line in enumerate(lines, 1) if "a          dg:Meeting" in line)
    used = next(n for n, line in enumerate(lines, 1) if "dg:office event:talks" in line)
    with pytest.raises(Inconsistent) as caught:
        reason(read_case(path)[0])
    assert caught.value.clashes[0].endswith(f"(data/case.ttl:{typed} and data/case.ttl:{used})")


@pytest.mark.parametrize("name", ["eq-diff2", "eq-diff3", "prp-adp"])
def test_owlrl_alone_would_miss_the_last_member_of_a_list(name):
    asserted, _ = read_case(CASES / "inconsistent" / f"{name}.ttl")
    assert close(asserted.statements())[1] == ()


def test_what_only_owlrl_finds_is_told_in_its_words(monkeypatch):
    monkeypatch.setattr("diplograph.build.reason.find_clashes", lambda closure, asserted: ())
    said = frozenset({ox.Triple(node("event:a"), node("owl:differentFrom"), node("event:a"))})
    asserted = Asserted(Home(Path(), Path()), {names.REFERENCE_GRAPH: said}, {}, "")
    with pytest.raises(Inconsistent, match=r"'differentFrom' .* \(event:a, event:a\)"):
        reason(asserted)


REFUSED = """
import sys
from diplograph.build.build import build
from diplograph.core.errors import Inconsistent
from diplograph.core.home import Home
try:
    build(Home.find(sys.argv[1]))
except Inconsistent as error:
    print(error)
"""


@pytest.mark.parametrize(
    "value",
    [
        '"2026-13-05T00:00:00Z"^^xsd:dateTime',
        '"2026-13-05"^^xsd:date',
        '"a while"^^xsd:duration',
        '"maybe"^^xsd:boolean',
    ],
)
def test_a_value_that_its_datatype_does_not_have_is_told_without_a_traceback(tmp_path, value):
    more = f"\nstate:ARD dg:note 'x' ; dg:since {value} .\n"
    home = write_home(tmp_path, **{"data/more.ttl": more})
    command = [sys.executable, "-c", REFUSED, str(home.root)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ran.stderr == ""
    assert "which is no xsd:" in ran.stdout
    assert "(data/more.ttl:" in ran.stdout


def test_annotations_can_be_left_out_without_consequence(tmp_path):
    said = read_files(write_home(tmp_path)).statements()
    assert without_annotations(said) < said
    assert sieve(close(said)[0], said) == sieve(close(without_annotations(said))[0], said)


def test_shapes_are_not_reasoned_over(tmp_path):
    asserted = read_files(write_home(tmp_path))
    shapes = asserted.graphs[names.SHAPES_GRAPH]
    assert not shapes & asserted.statements()
    shape = node("shape:State")
    assert not [each for each in reason(asserted).inferred if shape in (each.subject, each.object)]


NOISE = [
    ("event:talks", "owl:sameAs", "event:talks"),
    ("dg:Meeting", "rdfs:subClassOf", "dg:Meeting"),
    ("dg:Meeting", "rdfs:subClassOf", "owl:Thing"),
    ("owl:Nothing", "rdfs:subClassOf", "dg:Meeting"),
    ("dg:follows", "rdfs:subPropertyOf", "dg:follows"),
    ("dg:follows", "rdfs:domain", "dg:Event"),
    ("dg:Meeting", "owl:equivalentClass", "dg:Event"),
    ("event:talks", "rdf:type", "owl:Thing"),
    ("event:talks", "rdf:type", "rdfs:Resource"),
    ("xsd:integer", "rdf:type", "rdfs:Datatype"),
    ("rdfs:label", "rdf:type", "owl:AnnotationProperty"),
    ("event:talks", "rdfs:label", "event:other"),
]
SPEECH = [
    ("event:talks", "owl:sameAs", "event:other"),
    ("dg:Summit", "rdfs:subClassOf", "dg:Event"),
    ("event:talks", "rdf:type", "dg:Event"),
    ("event:talks", "dg:engages", "state:ARD"),
]


@pytest.mark.parametrize("terms", NOISE, ids=" ".join)
def test_noise_is_sieved_out(terms):
    assert sieve([ox.Triple(*map(node, terms))], []) == frozenset()


@pytest.mark.parametrize("terms", SPEECH, ids=" ".join)
def test_what_says_something_stays(terms):
    statement = ox.Triple(*map(node, terms))
    assert sieve([statement], []) == {statement}


def test_what_is_asserted_is_not_inferred_too():
    statement = ox.Triple(node("event:talks"), node("rdf:type"), node("dg:Event"))
    assert sieve([statement], [statement]) == frozenset()


def test_blank_nodes_are_sieved_out():
    statement = ox.Triple(ox.BlankNode("x"), node("rdf:type"), node("dg:Event"))
    assert sieve([statement], []) == frozenset()

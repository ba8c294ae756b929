"""The W3C's SHACL tests, core and SPARQL: a graph and its shapes give the results of the test."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyoxigraph as ox
import pytest

from diplograph.build.dataset import Asserted
from diplograph.build.reason import Reasoned
from diplograph.build.validate import validate
from diplograph.core.errors import MalformedFile
from diplograph.core.home import Home
from diplograph.core.names import PREFIXES, REFERENCE_GRAPH, SHAPES_GRAPH, name_severity

WHERE_THEY_LIE = "DIPLOGRAPH_SHACL_TESTS"
FOLDER = Path(os.environ.get(WHERE_THEY_LIE, "")).resolve()
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"
SH, RDF = PREFIXES["sh"], PREFIXES["rdf"]
# SHACL, 5.3.1, leaves the variable to processors that have the shapes graph at hand.
REFUSED = {"shapesGraph-001": r"\$shapesGraph is not supported"}


@dataclass(frozen=True)
class Case:
    """A test: its data and shapes, and its results; None where it is to fail."""

    name: str
    data: Path
    shapes: Path
    results: tuple[tuple, ...] | None


def read_cases():
    files = sorted(FOLDER.rglob("*.ttl")) if WHERE_THEY_LIE in os.environ else ()
    return [case for file in files for case in read_file(file)]


@cache
def read(file):
    return frozenset(
        quad.triple
        for quad in ox.parse(path=str(file), format=ox.RdfFormat.TURTLE, base_iri=file.as_uri())
    )


def read_file(file):
    values = {}
    for triple in read(file):
        values.setdefault(triple.subject, {}).setdefault(triple.predicate.value, []).append(
            triple.object
        )
    for test, properties in values.items():
        if ox.NamedNode(f"{SHT}Validate") in properties.get(f"{RDF}type", ()):
            [action], [result] = properties[f"{MF}action"], properties[f"{MF}result"]
            data, shapes = (
                Path(values[action][f"{SHT}{role}"][0].value.removeprefix("file://"))
                for role in ("dataGraph", "shapesGraph")
            )
            fails = result == ox.NamedNode(f"{SHT}Failure")
            nodes = values[result].get(f"{SH}result", []) if not fails else ()
            results = None if fails else tuple(sorted(show(values[node]) for node in nodes))
            yield Case(test.value.rpartition("/")[2], data, shapes, results)


def show(result):
    """Return focus node, path where it is an IRI, value and severity; blank nodes as one."""
    names = ("focusNode", "resultPath", "value", "resultSeverity")
    focus, path, value, severity = ((result.get(SH + name) or [None])[0] for name in names)
    path = path.value if isinstance(path, ox.NamedNode) else ""
    focus, value = ("_" if isinstance(node, ox.BlankNode) else node for node in (focus, value))
    lexical = (getattr(node, "value", node) or "" for node in (focus, value))
    return (*lexical, path, name_severity(severity.value))


def show_finding(finding, blank):
    focus, value = ("_" if text in blank else text or "" for text in (finding.thing, finding.value))
    return focus, value, finding.path or "", finding.severity


CASES = read_cases()


def judge(case):
    graphs = {REFERENCE_GRAPH: read(case.data), SHAPES_GRAPH: read(case.shapes)}
    return validate(Reasoned(Asserted(Home(FOLDER, FOLDER), graphs, {}, ""), frozenset())).findings


def test_the_tests_are_at_hand():
    if not CASES and os.environ.get("CI") != "true":
        pytest.skip(f"the W3C's SHACL tests are not at hand ({WHERE_THEY_LIE} names no folder)")
    assert len(CASES) > 120
    assert sum(case.results is None for case in CASES) > 5


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_graph_gives_the_results_of_the_test(case, capfd):
    if case.name in REFUSED:
        with pytest.raises(MalformedFile, match=REFUSED[case.name]):
            judge(case)
    elif case.results is None:
        with pytest.raises(MalformedFile):
            judge(case)
    else:
        terms = (term for triple in read(case.data) for term in (triple.subject, triple.object))
        blank = {term.value for term in terms if isinstance(term, ox.BlankNode)}
        found = {show_finding(finding, blank) for finding in judge(case)}
        assert sorted(found) == sorted(set(case.results))
    assert capfd.readouterr() == ("", "")

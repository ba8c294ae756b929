"""The W3C's SHACL tests, core and SPARQL: a graph and its shapes give the results of the test.

shacl-tests.zip holds them as the source distribution of pySHACL carries them
(test/resources/sht_tests). Copyright W3C; they may be redistributed under the W3C Test Suite
License and under its 3-clause BSD License.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import urljoin
from zipfile import ZipFile

import pyoxigraph as ox
import pytest

from diplograph.build.dataset import Asserted
from diplograph.build.derive import Derived
from diplograph.build.reason import Reasoned
from diplograph.build.validate import validate
from diplograph.core.errors import MalformedFile
from diplograph.core.home import Home
from diplograph.core.names import PREFIXES, REFERENCE_GRAPH, SHAPES_GRAPH, name_severity

ARCHIVE = Path(__file__).with_name("shacl-tests.zip")
BASE = "https://shacl-tests.example/"  # the address that the files are read from
MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
SHT = "http://www.w3.org/ns/shacl-test#"
SH, RDF = PREFIXES["sh"], PREFIXES["rdf"]
# SHACL, 5.3.1, leaves the variable to processors that have the shapes graph at hand.
REFUSED = {"shapesGraph-001": r"\$shapesGraph is not supported"}


@dataclass(frozen=True)
class Case:
    """A test: the addresses of data and shapes, and its results; None where it is to fail."""

    name: str
    data: str
    shapes: str
    results: tuple[tuple, ...] | None


def read_cases():
    with ZipFile(ARCHIVE) as archive:
        names = sorted(archive.namelist())
    return [case for name in names for case in read_file(urljoin(BASE, name))]


@cache
def read(address):
    with ZipFile(ARCHIVE) as archive:
        text = archive.read(address.removeprefix(BASE))
    quads = ox.parse(text, format=ox.RdfFormat.TURTLE, base_iri=address)
    return frozenset(quad.triple for quad in quads)


def read_file(address):
    values = {}
    for triple in read(address):
        values.setdefault(triple.subject, {}).setdefault(triple.predicate.value, []).append(
            triple.object
        )
    for test, properties in values.items():
        if ox.NamedNode(f"{SHT}Validate") in properties.get(f"{RDF}type", ()):
            [action], [result] = properties[f"{MF}action"], properties[f"{MF}result"]
            data, shapes = (
                values[action][f"{SHT}{role}"][0].value for role in ("dataGraph", "shapesGraph")
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
    asserted = Asserted(Home(Path(), Path()), graphs, {}, "")
    return validate(Derived(Reasoned(asserted, frozenset()))).findings


def test_the_tests_are_at_hand():
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

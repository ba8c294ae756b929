"""Other SHACL engines find on the cases of the shapes what pySHACL finds."""

from __future__ import annotations

import os
import warnings
from importlib import import_module

import pytest

from diplograph.build.shacl import run_shacl
from diplograph.build.shape_queries import ShapeQueries
from diplograph.build.shapes import ShapesGraph, check_shapes
from diplograph.core.names import PREFIXES
from diplograph.core.rdf import to_rdflib
from fixtures.shape_cases import INVALID, REPORTED, VALID, derive_cases, read_shapes


def load_engine(module: str):
    """Return the module of an engine; where it is not installed the test is skipped, or fails."""
    try:
        return import_module(module)
    except ImportError:
        missing = f"{module} is not installed: pip install '.[ci]'"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)


@pytest.fixture(scope="module")
def shifty():
    return load_engine("shifty")


@pytest.fixture(scope="module")
def pyrudof():
    return load_engine("pyrudof")


@pytest.fixture(scope="module")
def derived():
    """The graphs of the invalid cases, and of the valid ones."""
    return [derive_cases(INVALID), derive_cases([*VALID, *REPORTED])]


@pytest.fixture(scope="module")
def expected(derived):
    """What pySHACL finds in each graph: pairs of thing and shape, each an IRI."""
    invalid, valid = (read_report(run_pyshacl(graph)) for graph in derived)
    assert len(invalid) > 250
    assert valid == set()
    return [invalid, valid]


def run_pyshacl(graph):
    shapes = ShapesGraph(graph.reasoned.asserted)
    prepared = to_rdflib(ShapeQueries(shapes).prepare())
    return run_shacl(graph.statements(), prepared, shapes, check_shapes(shapes))


def read_report(report) -> set[tuple[str, str]]:
    from rdflib import Namespace

    sh = Namespace(PREFIXES["sh"])
    return {
        (str(report.value(result, sh.focusNode)), str(report.value(result, sh.sourceShape)))
        for result in report.objects(None, sh.result)
    }


def test_pyshifty_finds_what_pyshacl_finds(shifty, derived, expected):
    shapes = to_rdflib(read_shapes())

    def find(graph):
        data = to_rdflib(graph.statements())
        with warnings.catch_warnings(action="ignore"):
            return read_report(shifty.validate(data, shapes, infer=False, graph_mode="data")[1])

    assert [find(graph) for graph in derived] == expected


def test_pyrudof_finds_what_pyshacl_finds(pyrudof, derived, expected, tmp_path):
    shapes = tmp_path / "shapes.nt"
    shapes.write_text(write_statements(read_shapes()))

    def find(graph):
        data = tmp_path / "data.nt"
        data.write_text(write_statements(graph.statements()))
        rudof = pyrudof.Rudof(pyrudof.RudofConfig())
        rudof.read_data(str(data), pyrudof.RDFFormat.NTriples)
        rudof.read_shacl(str(shapes), pyrudof.ShaclFormat.NTriples)
        report = rudof.validate_shacl()
        return {(entry.focus_node, entry.source_shape) for entry in report.violations}

    assert [find(graph) for graph in derived] == expected


def write_statements(statements) -> str:
    return "".join(f"{triple} .\n" for triple in sorted(statements, key=str))

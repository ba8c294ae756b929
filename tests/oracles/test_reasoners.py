"""Two DL reasoners and our OWL 2 RL closure agree on what every individual is."""

import shutil
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, parse

from diplograph.build.dataset import read_files
from diplograph.build.reason import close, reason
from diplograph.core import names
from diplograph.core.home import Home
from fixtures.project_files import ROOT

CASES = Path(__file__).parent / "cases"
TYPE, HEADER = names.expand("rdf:type"), names.expand("owl:Ontology")
FEWEST = 300  # an agreement on nothing would be one too


def types_in(triples, namespace):
    """Return the (individual, class) pairs of the statements, for the classes of a namespace."""
    return {
        (triple.subject.value, triple.object.value)
        for triple in triples
        if triple.predicate.value == TYPE
        and isinstance(triple.object, NamedNode)
        and triple.object.value.startswith(namespace)
    }


def ontology_iri(path):
    quads = parse(path=path, format=RdfFormat.TURTLE)
    return next(quad.subject.value for quad in quads if quad.object == NamedNode(HEADER))


@pytest.fixture(scope="module", params=["data", "tests/world/data"])
def home(request, tmp_path_factory):
    """Return a home with our ontology and one of the two bodies of data, a catalog at its root."""
    root = tmp_path_factory.mktemp("home")
    shutil.copytree(ROOT / "ontology", root / "ontology", ignore=shutil.ignore_patterns("shapes"))
    shutil.copytree(ROOT / request.param, root / "data")
    entries = "".join(
        f'<uri name="{ontology_iri(path)}" uri="{path.relative_to(root).as_posix()}"/>'
        for path in sorted(root.rglob("*.ttl"))
    )
    (root / "catalog.xml").write_text(f"<catalog>{entries}</catalog>", encoding="utf-8")
    return Home.find(root)


@pytest.fixture(scope="module")
def closure(home):
    return types_in(reason(read_files(home)).statements(), names.PREFIXES["dg"])


@pytest.mark.parametrize("reasoner", ["HermiT", "Openllet"])
def test_a_dl_reasoner_and_our_closure_agree_on_all_types(oracles, home, closure, reasoner):
    files = [home.ontology / "diplograph.ttl", *sorted(home.data.rglob("*.ttl"))]
    pairs = oracles.types(reasoner, *files, catalog=home.root / "catalog.xml")
    types = {pair for pair in pairs if pair[1].startswith(names.PREFIXES["dg"])}
    assert len(types) > FEWEST
    assert types == closure


def test_what_only_a_dl_reasoner_sees_is_told_apart(oracles):
    path = CASES / "beyond-rl.ttl"
    triples = [quad.triple for quad in parse(path=path, format=RdfFormat.TURTLE)]
    case = "http://example.org/case#"
    closed, complaints = close(triples)
    seen = oracles.types("HermiT", path, catalog=CASES / "catalog-v001.xml")
    assert not complaints
    assert (case + "one", case + "Event") in seen
    assert (case + "one", case + "Event") not in types_in(closed, case)

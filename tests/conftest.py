"""The invented world and the project's own graph: homes, builds, stores, and what was judged.

All come from the cache of tests/fixtures/cached_builds.py; a test that needs no Validated object
takes a store, which costs least.
"""

import os
import shutil

import pytest

from diplograph.core.home import Home
from diplograph.store.build_files import GRAPH
from diplograph.store.store import Store
from fixtures.cached_builds import find_build, place_build, read_judged
from fixtures.project_files import ROOT
from fixtures.small_build import write_build, write_files


@pytest.fixture(scope="session", autouse=True)
def _no_terminal():
    """Leave the width of text to each test; pytest-xdist gives its workers one."""
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Return a home that holds the project's words and questions and the invented data."""
    root = tmp_path_factory.mktemp("world")
    shutil.copytree(ROOT / "ontology", root / "ontology")
    shutil.copytree(ROOT / "queries", root / "queries")
    shutil.copytree(ROOT / "tests" / "world" / "data", root / "data")
    return Home.find(root)


@pytest.fixture(scope="session")
def cached_world_build(world):
    """Return the folder of the cached build of the invented world, which no test may change."""
    return find_build("world", world)


@pytest.fixture(scope="session")
def cached_real_build():
    """Return the folder of the cached build of the project's graph, which no test may change."""
    return find_build("real", Home.find(ROOT))


@pytest.fixture(scope="session")
def judged_world(world, cached_world_build):
    """Return the invented world read, reasoned and validated."""
    return read_judged(world, cached_world_build)


@pytest.fixture(scope="session")
def judged_real(cached_real_build):
    """Return the project's own graph read, reasoned and validated."""
    return read_judged(Home.find(ROOT), cached_real_build)


@pytest.fixture(scope="session")
def world_store(cached_world_build):
    """Return the invented world as a store."""
    return Store.open(cached_world_build)


@pytest.fixture(scope="session")
def real_store(cached_real_build):
    """Return the project's own graph as a store."""
    return Store.open(cached_real_build)


@pytest.fixture(scope="session")
def real_home(tmp_path_factory, cached_real_build):
    """Return a copy of the project's home, with its build."""
    root = tmp_path_factory.mktemp("real")
    for name in ("ontology", "data", "queries"):
        shutil.copytree(ROOT / name, root / name)
    place_build(cached_real_build, Home.find(root))
    return root


@pytest.fixture(scope="session")
def individuals(real_store):
    """Return the IRIs of all individuals of the project's own graph, sorted."""
    from diplograph.core.names import PREFIXES

    query = f"SELECT DISTINCT ?thing {{ ?thing a <{PREFIXES['owl']}NamedIndividual> }}"
    return sorted(row["thing"].value for row in real_store.query(query))


@pytest.fixture(scope="session")
def one_per_kind(individuals):
    """Return kind or scheme to an individual of it, for as many as the graph has."""
    from diplograph.web.addresses import read_names

    return {read_names(iri)[0]: iri for iri in reversed(individuals)}


@pytest.fixture
def asking(world_store):
    """Return what asks the invented world, and keeps what it asked."""
    from diplograph.store.engine import LocalEngine
    from diplograph.views.query import QueryRunner

    return QueryRunner(LocalEngine(world_store))


@pytest.fixture(scope="session")
def world_build(cached_world_build, tmp_path_factory):
    """Return the folder of a build of the invented world without findings."""
    graph = (cached_world_build / GRAPH).read_text(encoding="utf-8")
    return write_files(tmp_path_factory.mktemp("build"), graph)


@pytest.fixture(scope="session")
def graph(world, cached_world_build):
    """Return the invented world built and loaded, as `diplograph.load` gives it."""
    import diplograph

    place_build(cached_world_build, world)
    return diplograph.load(world.root)


@pytest.fixture(scope="session")
def small_store(tmp_path_factory):
    """Return the store of a build of a dozen statements, for what needs no more."""
    return Store.open(write_build(tmp_path_factory.mktemp("build") / "small"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder of a build of a dozen statements, which a module has for itself."""
    return write_build(tmp_path_factory.mktemp("build") / "small")

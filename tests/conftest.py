"""What the tests share: the invented world and the project's own graph, each judged once."""

import json
import shutil
from pathlib import Path

import pytest

from diplograph.build.build import GRAPH, RECORD, judge
from diplograph.core.home import Home
from diplograph.store.store import Store
from small_build import write_build

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Return a home that holds the project's words and questions and the invented data."""
    root = tmp_path_factory.mktemp("world")
    shutil.copytree(ROOT / "ontology", root / "ontology")
    shutil.copytree(ROOT / "queries", root / "queries")
    shutil.copytree(ROOT / "tests" / "world" / "data", root / "data")
    return Home.find(root)


@pytest.fixture(scope="session")
def judged_world(world):
    """Return the invented world read, reasoned and validated."""
    return judge(world)


@pytest.fixture(scope="session")
def judged_real():
    """Return the project's own graph read, reasoned and validated."""
    return judge(Home.find(ROOT))


@pytest.fixture(scope="session")
def world_store(judged_world):
    """Return the invented world as a store."""
    return Store.of(judged_world)


@pytest.fixture(scope="session")
def real_store(judged_real):
    """Return the project's own graph as a store."""
    return Store.of(judged_real)


@pytest.fixture(scope="session")
def individuals(real_store):
    """Return the IRIs of all individuals of the project's own graph, sorted."""
    from diplograph.core.names import PREFIXES

    asked = f"SELECT DISTINCT ?thing {{ ?thing a <{PREFIXES['owl']}NamedIndividual> }}"
    return sorted(row["thing"].value for row in real_store.query(asked))


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
def world_build(judged_world, tmp_path_factory):
    """Return the folder of a build of the invented world, its digest all sevens."""
    folder = tmp_path_factory.mktemp("build")
    lines = sorted(f"{quad} .\n" for quad in judged_world.quads())
    (folder / GRAPH).write_text("".join(lines), encoding="utf-8")
    (folder / RECORD).write_text(json.dumps({"content": "7" * 64}), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def graph(world, judged_world):
    """Return the invented world built and loaded, as `diplograph.load` gives it."""
    import diplograph

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("diplograph.build.build.judge", lambda *_: judged_world)
        return diplograph.load(world.root)


@pytest.fixture(scope="session")
def small_store(tmp_path_factory):
    """Return the store of a build of a dozen statements, for what needs no more."""
    return Store.open(write_build(tmp_path_factory.mktemp("build") / "small"))

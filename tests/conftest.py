"""What the tests share: the invented world and the project's own graph, each judged once."""

import shutil
from pathlib import Path

import pytest

from diplograph.build import judge
from diplograph.home import Home
from diplograph.store import Store
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


@pytest.fixture
def asking(world_store):
    """Return what asks the invented world, and keeps what it asked."""
    from diplograph.store.engine import LocalEngine
    from diplograph.views.asking import Asking

    return Asking(LocalEngine(world_store))


@pytest.fixture(scope="session")
def graph(world, judged_world):
    """Return the invented world built and loaded, as `diplograph.load` gives it."""
    import diplograph

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("diplograph.build.judge", lambda *_: judged_world)
        return diplograph.load(world.root)


@pytest.fixture(scope="session")
def small_store(tmp_path_factory):
    """Return the store of a build of a dozen statements, for what needs no more."""
    return Store.open(write_build(tmp_path_factory.mktemp("build") / "small"))

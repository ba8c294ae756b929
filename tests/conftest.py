"""What the tests share: the invented world as a home of its own."""

import shutil
from pathlib import Path

import pytest

from diplograph.home import Home

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
def graph(world):
    """Return the invented world built and loaded, as `diplograph.load` gives it."""
    import diplograph

    return diplograph.load(world.root)

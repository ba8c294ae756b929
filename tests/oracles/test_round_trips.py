"""What OWLAPI, and so Protégé, loads and saves again is the same graph, and tidy the same file."""

from functools import cache
from pathlib import Path

import pytest

from diplograph.turtle import tidy
from fixtures.canonical_graph import canonical
from fixtures.project_files import ROOT

CASES = Path(__file__).parent / "cases"
FILES = sorted((ROOT / "ontology").glob("*.ttl")) + sorted((ROOT / "data").rglob("*.ttl"))
EACH_FILE = pytest.mark.parametrize(
    "path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix()
)


@pytest.fixture(scope="session")
def saved(oracles, tmp_path_factory):
    """Return the text of a file after OWLAPI has loaded and saved it."""
    target = tmp_path_factory.mktemp("saved") / "saved.ttl"

    @cache
    def load_and_save(path, **options):
        oracles.save(target, path, **options)
        return target.read_text(encoding="utf-8")

    return load_and_save


@EACH_FILE
def test_a_saved_file_has_the_same_graph(saved, path):
    assert canonical(saved(path)) == canonical(path.read_text(encoding="utf-8"))


@EACH_FILE
def test_a_saved_file_tidied_is_the_committed_file(saved, path):
    assert tidy(saved(path), file=path).encode() == path.read_bytes()


def test_a_property_without_declaration_does_not_come_back_unchanged(saved):
    path = CASES / "undeclared.ttl"
    again = saved(path, catalog=CASES / "catalog-v001.xml")
    assert canonical(again) != canonical(path.read_text(encoding="utf-8"))

"""What OWLAPI, and so Protégé, loads and saves again is the same graph, and tidy the same file."""

from functools import cache
from pathlib import Path

import pytest

from diplograph.turtle import tidy
from fixtures.canonical_graph import canonical
from fixtures.project_files import ROOT

CASES = Path(__file__).parent / "cases"
TIDY = ROOT / "tests" / "cases" / "tidy"
FILES = sorted((ROOT / "ontology").glob("*.ttl")) + sorted((ROOT / "data").rglob("*.ttl"))
EACH_FILE = pytest.mark.parametrize(
    "path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix()
)


@pytest.fixture(scope="session", params=["oracles", "protege"])
def saved(request, tmp_path_factory):
    """Return the text of a file after an OWLAPI, 5 or that of Protégé, has loaded and saved it."""
    target = tmp_path_factory.mktemp("saved") / "saved.ttl"
    owlapi = request.getfixturevalue(request.param)

    @cache
    def load_and_save(path, **options):
        owlapi.save(target, path, **options)
        return target.read_text(encoding="utf-8")

    return load_and_save


@EACH_FILE
def test_a_saved_file_has_the_same_graph(saved, path):
    assert canonical(saved(path)) == canonical(path.read_text(encoding="utf-8"))


@EACH_FILE
def test_a_saved_file_tidied_is_the_committed_file(saved, path):
    assert tidy(saved(path), file=path).encode() == path.read_bytes()


def test_a_symmetric_statement_is_tidy_on_the_side_where_protege_leaves_it(protege, tmp_path):
    given, tidied = (TIDY / folder / "sides.ttl" for folder in ("given", "expected"))
    target = tmp_path / "saved.ttl"
    protege.save(target, given, catalog=CASES / "catalog-v001.xml")
    expected = tidied.read_text(encoding="utf-8")
    prefixes = expected.partition("\n\n")[0]  # which the OWL API drops
    again = tidy(f"{prefixes}\n{target.read_text(encoding='utf-8')}", file=target)
    assert again == expected


def test_a_property_without_declaration_does_not_come_back_unchanged(saved):
    path = CASES / "undeclared.ttl"
    again = saved(path, catalog=CASES / "catalog-v001.xml")
    assert canonical(again) != canonical(path.read_text(encoding="utf-8"))

"""`diplograph upgrade`: what it says, what it writes of a home, and what it leaves to its owner."""

import hashlib
import shutil

import pytest
from click.testing import CliRunner

from diplograph.cli import main
from diplograph.core.home import Home
from diplograph.turtle.upgrade import vocabulary
from fixtures.project_files import ROOT
from fixtures.small_home import PREFIXES, write_home

OLD = "dg:hostState a owl:ObjectProperty .\n"
TALKS = "event:talks a dg:Visit ; dg:hostState state:ARD .\n"
CATALOG = """\
<catalog>
    <group>
        <uri id="Mine" name="https://example.org/mine" uri="mine.ttl"/>
    </group>
</catalog>
"""


def run(*arguments):
    return CliRunner().invoke(main, [str(each) for each in arguments])


@pytest.fixture
def old_home(tmp_path, monkeypatch):
    """Return a home of a first edition that had two files of ontology and two questions."""
    texts = {"ontology/core.ttl": OLD, "data/reports/tale.ttl": TALKS}
    home = write_home(tmp_path / "home", **texts)
    for name in ("gone", "first-since"):
        (home.queries / f"{name}.rq").write_text(f"# {name}\n")
    (home.data / "catalog-v001.xml").write_text(CATALOG)
    shipped = "ontology/core.ttl queries/gone.rq queries/first-since.rq".split()
    lines = [
        f'"{name}" = ["{hashlib.sha256((home.root / name).read_bytes()).hexdigest()}"]'
        for name in shipped
    ]
    lines.append(f'"ontology/shapes/core.ttl" = ["{"0" * 64}"]')  # changed since
    (tmp_path / "first_edition.toml").write_text("\n".join(lines))
    monkeypatch.setattr(vocabulary, "FIRST_EDITION", tmp_path / "first_edition.toml")
    return home


def files_of(home):
    return {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}


def test_a_home_gets_the_ontology_and_the_questions_of_the_second_edition(old_home):
    shutil.rmtree(old_home.shapes)
    result = run("--home", old_home.root, "upgrade")
    assert result.exit_code == 0, result.output
    assert f"upgraded: {old_home.data / 'reports' / 'tale.ttl'} (1 link)" in result.stdout
    assert f"upgraded: {old_home.ontology / 'core.ttl'}\n" in result.stdout
    assert f"removed: {old_home.queries / 'gone.rq'}\n" in result.stdout
    for folder in vocabulary.FOLDERS:
        new, shipped = (
            {p.relative_to(root): p.read_bytes() for p in (root / folder).rglob("*.*")}
            for root in (old_home.root, ROOT)
        )
        assert new == shipped
    catalog = (old_home.data / "catalog-v001.xml").read_text()
    assert '"../ontology/links.ttl"' in catalog
    assert '"mine.ttl"' in catalog


def test_a_second_upgrade_has_nothing_to_do(old_home):
    run("--home", old_home.root, "upgrade")
    before = files_of(old_home)
    result = run("--home", old_home.root, "upgrade")
    assert (result.exit_code, result.output) == (0, "nothing to upgrade\n")
    assert files_of(old_home) == before


def test_a_file_that_was_changed_is_named_and_left(old_home):
    path = old_home.shapes / "core.ttl"
    before = path.read_text()
    result = run("--home", old_home.root, "upgrade")
    assert result.exit_code == 1
    assert result.stderr == (
        f"left, since it was changed: {path};"
        f" put {ROOT / 'ontology' / 'shapes' / 'core.ttl'} in its place and repeat your change\n"
    )
    assert path.read_text() == before
    assert (old_home.ontology / "links.ttl").exists()


def test_line_ends_that_git_changed_are_no_change(old_home):
    shutil.rmtree(old_home.shapes)
    path = old_home.ontology / "core.ttl"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert run("--home", old_home.root, "upgrade").exit_code == 0
    assert path.read_bytes() == (ROOT / "ontology" / "core.ttl").read_bytes()


def test_files_of_ones_own_stay(old_home):
    own = [old_home.ontology / "own.ttl", old_home.queries / "own.rq"]
    for path in own:
        path.write_text("# own\n")
    run("--home", old_home.root, "upgrade")
    assert [path.read_text() for path in own] == ["# own\n", "# own\n"]


def test_an_ontology_that_never_came_with_the_program_stays(tmp_path):
    home = write_home(tmp_path, **{"data/reports/tale.ttl": TALKS})
    result = run("--home", home.root, "upgrade")
    assert result.stdout == f"upgraded: {home.data / 'reports' / 'tale.ttl'} (1 link)\n"
    assert not (home.ontology / "links.ttl").exists()


def test_a_dry_run_shows_what_would_change_and_changes_nothing(old_home):
    before = files_of(old_home)
    result = run("--home", old_home.root, "upgrade", "--dry-run")
    assert f"to be upgraded: {old_home.data / 'reports' / 'tale.ttl'} (1 link)" in result.stdout
    assert "+link:talks-hosted-by-ard\n" in result.stdout
    assert f"to be added: {old_home.ontology / 'links.ttl'}\n" in result.stdout
    assert files_of(old_home) == before


def test_an_error_in_one_file_leaves_all_as_they_were(old_home):
    (old_home.data / "bad.ttl").write_text("no Turtle")
    before = files_of(old_home)
    result = run("--home", old_home.root, "upgrade")
    assert result.exit_code == 3
    assert "bad.ttl:1: no is not a valid subject" in result.stderr
    assert files_of(old_home) == before


def test_files_that_are_named_are_upgraded_alone(old_home, tmp_path):
    path = tmp_path / "draft.ttl"
    path.write_text(PREFIXES + TALKS)
    before = files_of(old_home)
    result = run("--home", old_home.root, "upgrade", path)
    assert result.stdout == f"upgraded: {path} (1 link)\n"
    assert "# Links\n" in path.read_text()
    assert files_of(old_home) == before


@pytest.mark.parametrize("day", ["soon", "2026-11-31", "30.11.2026"])
def test_a_day_that_is_none_is_refused(day):
    result = run("upgrade", "--received-on", day)
    assert result.exit_code == 2
    assert day in result.stderr


def test_a_folder_without_turtle_is_named(tmp_path):
    result = run("upgrade", tmp_path)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "there is no Turtle file" in result.stderr


def test_every_file_of_the_first_edition_is_listed_with_its_hash():
    files = vocabulary.read_first_edition()
    assert len(files) > 50
    assert all(name.startswith(vocabulary.FOLDERS) for name in files)
    assert all(len(digest) == 64 for digests in files.values() for digest in digests)
    shipped = Home.find(ROOT)
    assert vocabulary.find_vocabulary_upgrade(shipped, shipped).written == {}

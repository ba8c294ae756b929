"""The whole way in: a build is the same every time, and an error leaves the last good one alone."""

from __future__ import annotations

import ast
import json
import os
import shutil
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from diplograph.build.build import build, build_to_disk, ensure_build, find_current
from diplograph.build.dataset import READERS, digest_inputs, list_makers
from diplograph.core import errors
from diplograph.store.build_files import lock_build, read_findings
from diplograph.store.store import Store
from fixtures.project_files import ROOT
from fixtures.small_home import FILES, write_home

CASES = sorted((ROOT / "tests" / "cases" / "bad-input").glob("*"))


def snapshot(folder):
    """Return every file below `folder` and where each link points."""
    return {
        path.relative_to(folder).as_posix(): os.readlink(path)
        if path.is_symlink()
        else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def change_a_byte(path):
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])


DAMAGES = {
    "emptied": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-3]),
    "one byte changed": change_a_byte,
    "missing": lambda path: path.unlink(),
}


def miscount(folder):
    """Have the record of the build count one statement more than there are."""
    record = json.loads((folder / "build.json").read_bytes())
    record["statements"] += 1
    (folder / "build.json").write_text(json.dumps(record), encoding="utf-8")


@pytest.fixture
def home(tmp_path):
    return write_home(tmp_path)


def break_home(home, case):
    """Do to the home what the case says."""
    if "missing" in case:
        path = home.root / case["missing"]
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    elif "folder" in case:
        path = home.root / case["folder"]
        path.unlink(missing_ok=True)
        path.mkdir()
    else:
        path = home.root / case["file"]
        path.write_text(case["text"], encoding=case.get("encoding", "utf-8"))


# ---- what cannot be built -----------------------------------------------------------------


def test_there_are_cases_and_all_are_of_the_one_kind():
    assert len(CASES) > 10
    assert {path.suffix for path in CASES} == {".toml"}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_bad_input_is_named_and_the_last_good_build_stays(home, path):
    case = tomllib.loads(path.read_text(encoding="utf-8"))
    build_to_disk(home)
    before = snapshot(home.builds)
    break_home(home, case)
    with pytest.raises(getattr(errors, case["error"])) as caught:
        build_to_disk(home)
    assert case["message"] in str(caught.value)
    assert caught.value.exit_code in {1, 3}
    assert snapshot(home.builds) == before


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_bad_input_writes_nothing_where_nothing_was(home, path):
    break_home(home, tomllib.loads(path.read_text(encoding="utf-8")))
    with pytest.raises(errors.DiplographError):
        build_to_disk(home)
    assert not home.builds.exists()


def test_builds_that_cannot_be_written_are_a_clear_error(home):
    home.builds.parent.mkdir()
    home.builds.write_text("in the way")
    with pytest.raises(errors.UnreadableFile, match="the build cannot be written"):
        build_to_disk(home)


# ---- what is built ------------------------------------------------------------------------


def test_a_build_in_memory_writes_nothing(home):
    before = snapshot(home.root)
    assert build(home).find("Ardenia").endswith("state/ARD")
    assert snapshot(home.root) == before


def test_a_build_is_named_by_the_hash_of_its_graph(home):
    import hashlib

    folder = build_to_disk(home)
    assert folder.name == hashlib.sha256((folder / "graph.nq").read_bytes()).hexdigest()
    assert sorted(path.name for path in folder.iterdir()) == [
        "build.json",
        "findings.json",
        "graph.nq",
    ]


def test_current_points_at_the_last_build(home):
    assert find_current(home) is None
    folder = build_to_disk(home)
    assert find_current(home) == folder
    assert (home.builds / "current").is_symlink()


def test_the_stages_are_told_in_order(home):
    told = []
    build_to_disk(home, progress=told.append)
    assert told == [
        "checking the questions",
        "reading the files",
        "reasoning",
        "working out the rules",
        "checking the shapes",
        "writing the build",
    ]


def test_two_builds_in_two_places_have_the_same_bytes(tmp_path):
    script = (
        "import sys; from pathlib import Path; from diplograph.core.home import Home;"
        "from diplograph.build.build import build_to_disk;"
        "print(build_to_disk(Home.find(Path(sys.argv[1]))))"
    )
    built = []
    for seed, name in (("1", "one"), ("2", "another")):
        write_home(tmp_path / name)
        command = [sys.executable, "-c", script, str(tmp_path / name)]
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        built.append(Path(done.stdout.strip()))
    assert built[0].name == built[1].name
    assert snapshot(built[0]) == snapshot(built[1])


def test_only_the_current_build_and_the_one_before_are_kept(home):
    folders = []
    for code in ("AAA", "BBB", "CCC"):
        text = FILES["data/states.ttl"].replace('"BEL"', f'"{code}"')
        write_home(home.root, **{"data/states.ttl": text})
        folders.append(build_to_disk(home))
    kept = {path.name for path in home.builds.iterdir()} - {"current"}
    assert kept == {folder.name for folder in folders[1:]}


def test_a_build_that_is_held_outlives_those_after_it(home):
    served = build_to_disk(home)
    release = lock_build(served)
    for code in ("BBB", "CCC", "DDD"):
        text = FILES["data/states.ttl"].replace('"BEL"', f'"{code}"')
        write_home(home.root, **{"data/states.ttl": text})
        if code == "DDD":
            assert served.is_dir()
            release()
        build_to_disk(home)
    assert not served.exists()


def test_a_build_of_unchanged_files_is_used_again(home):
    first = ensure_build(home)
    written = (first / "graph.nq").stat().st_mtime_ns
    assert ensure_build(home) == first
    assert (first / "graph.nq").stat().st_mtime_ns == written


@pytest.mark.parametrize("name", ["graph.nq", "findings.json", "build.json"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_torn_build_is_made_anew(home, name, damage):
    folder = ensure_build(home)
    whole = snapshot(folder)
    DAMAGES[damage](folder / name)
    assert snapshot(folder) != whole
    assert ensure_build(home) == folder
    assert snapshot(folder) == whole


def test_a_build_that_counts_its_statements_wrongly_is_made_anew(home):
    folder = ensure_build(home)
    whole = snapshot(folder)
    miscount(folder)
    assert ensure_build(home) == folder
    assert snapshot(folder) == whole


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_torn_build_is_never_opened(home, damage):
    folder = ensure_build(home)
    DAMAGES[damage](folder / "graph.nq")
    with pytest.raises(errors.UnreadableFile, match=rf"{folder.name}/graph.nq: the build is torn"):
        Store.open(folder)


def test_a_build_that_counts_its_statements_wrongly_is_never_opened(home):
    folder = ensure_build(home)
    miscount(folder)
    with pytest.raises(errors.UnreadableFile, match=r"build\.json: the build is torn"):
        Store.open(folder)


def test_each_file_of_a_build_is_on_disk_before_it_has_its_name(home, monkeypatch):
    events, replace = [], os.replace

    def sync(handle):
        events.append(os.readlink(f"/proc/self/fd/{handle}"))

    def rename(source, target):
        events.append(f"-> {Path(target).name}")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "replace", rename)
    folder = build_to_disk(home)
    moved = events.index(f"-> {folder.name}")
    synced = {Path(event).name for event in events[:moved]}
    assert {"graph.nq", "findings.json", "build.json"} < synced
    assert events[moved + 1 :] == [str(home.builds), "-> current", str(home.builds)]


@pytest.mark.parametrize("library", ["owlrl", "pyoxigraph", "pyshacl", "rdflib"])
def test_another_version_of_a_library_is_another_digest(home, monkeypatch, library):
    before, version = digest_inputs(home), metadata.version
    monkeypatch.setattr(metadata, "version", lambda name: version(name) + (name == library) * "x")
    assert digest_inputs(home) != before


def test_no_module_that_makes_a_build_imports_one_that_only_reads_it():
    readers = tuple(f"diplograph.{name}" for name in READERS)
    for path in list_makers():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.startswith(readers)], path


def test_changed_files_are_built_anew(home):
    before = Store.open(ensure_build(home))
    text = FILES["data/states.ttl"].replace("Belmora", "Belmoria")
    write_home(home.root, **{"data/states.ttl": text})
    after = Store.open(ensure_build(home))
    assert before.digest != after.digest
    assert after.find("Belmoria").endswith("state/BEL")


def test_another_day_is_another_question(home):
    ensure_build(home)
    folder = ensure_build(home, as_of="2030-01-01T00:00:00Z")
    assert json.loads((folder / "build.json").read_bytes())["as_of"] == "2030-01-01T00:00:00Z"


def test_the_store_of_a_build_is_the_store_built_in_memory(home):
    assert Store.open(build_to_disk(home)).quads() == build(home).quads()


def test_findings_are_written_with_file_and_line(home):
    shape = FILES["ontology/shapes/core.ttl"].replace("sh:Violation", "sh:Warning")
    states = FILES["data/states.ttl"].replace('dg:alpha3Code "BEL"', 'dg:note "none"')
    write_home(home.root, **{"ontology/shapes/core.ttl": shape, "data/states.ttl": states})
    [found] = read_findings(build_to_disk(home))
    assert (found["file"], found["line"]) == ("data/states.ttl", 16)
    assert (found["severity"], found["label"]) == ("Warning", "Belmora")


def test_a_second_start_loads_no_reasoner(home):
    ensure_build(home)
    script = (
        "import sys; from diplograph.core.home import Home;"
        "from diplograph.build.build import ensure_build;"
        "from diplograph.store.store import Store;"
        "Store.open(ensure_build(Home.find(sys.argv[1])));"
        "print(sorted({'rdflib', 'owlrl', 'pyshacl'} & set(sys.modules)))"
    )
    command = [sys.executable, "-c", script, str(home.root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

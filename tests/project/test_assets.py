"""The query editor is built from pinned packages while the package is, and left out without npm."""

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import diplograph
from fixtures.project_files import ROOT

EDITOR = ROOT / "src" / "diplograph" / "web" / "editor"
BUILT = "diplograph/web/static/built/"
PACKAGE = json.loads((EDITOR / "package.json").read_text(encoding="utf-8"))
LOCK = json.loads((EDITOR / "package-lock.json").read_text(encoding="utf-8"))
LOCKED = {place.removeprefix("node_modules/"): each for place, each in LOCK["packages"].items()}
BUNDLED = {name: each for name, each in LOCKED.items() if name and not each.get("dev")}
WANTED = PACKAGE["dependencies"] | PACKAGE["devDependencies"]


# ---- what is pinned -----------------------------------------------------------------------


def test_every_package_is_wanted_in_one_version():
    assert WANTED
    assert [name for name, version in WANTED.items() if not re.fullmatch(r"[\d.]+", version)] == []
    assert {name: LOCKED[name]["version"] for name in WANTED} == WANTED


def test_the_lock_file_names_no_host_and_knows_every_package_by_its_hash():
    text = (EDITOR / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert "registry" not in text
    assert [name for name, each in LOCKED.items() if name and not each.get("integrity")] == []


def test_codemirror_is_taken_by_its_parts():
    assert "@codemirror/view" in LOCKED
    assert "codemirror" not in LOCKED


def test_no_script_of_a_package_is_run():
    hook = (EDITOR / "hatch_build.py").read_text(encoding="utf-8")
    assert "--ignore-scripts" in hook


def test_nothing_that_is_built_is_committed():
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone of the repository")
    place = EDITOR.parent / "static" / "built" / "editor.js"
    ignored = subprocess.run(["git", "check-ignore", "-q", place], cwd=ROOT)
    assert ignored.returncode == 0


# ---- what is built ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a copy of what a wheel is made from, with nothing built."""
    root = tmp_path_factory.mktemp("project") / "diplograph"
    leave = shutil.ignore_patterns("built", "node_modules", "__pycache__")
    for name in ("src", "ontology", "data", "queries"):
        shutil.copytree(ROOT / name, root / name, ignore=leave)
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copyfile(ROOT / name, root / name)
    return root


def build_wheel(project, **environment):
    """Return the files of a wheel of `project` by name, and what its build said."""
    built = project / "src" / BUILT
    shutil.rmtree(built, ignore_errors=True)
    dist = project / "dist"
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(dist)]
    made = subprocess.run(
        command, cwd=project, env=os.environ | environment, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    with zipfile.ZipFile(next(dist.glob("*.whl"))) as wheel:
        return {name: wheel.read(name) for name in wheel.namelist()}, made.stdout + made.stderr


@pytest.fixture(scope="module")
def wheel(project):
    """Return the files of a wheel that was built with npm, by name."""
    if not shutil.which("npm"):
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("npm is not installed")
    files, said = build_wheel(project)
    if BUILT + "editor.js" not in files and os.environ.get("CI") != "true":
        pytest.skip(f"npm found no packages: {said}")
    return files


def test_a_wheel_has_the_editor_and_not_what_it_was_made_from(wheel):
    assert len(wheel[BUILT + "editor.js"]) > 100_000
    assert [name for name in wheel if "node_modules" in name or "web/editor/" in name] == []


def test_a_wheel_has_the_licence_of_every_package_in_the_editor(wheel):
    text = wheel[BUILT + "licences.txt"].decode()
    assert "codemirror" in " ".join(BUNDLED)
    for name, each in BUNDLED.items():
        assert f"\n{name} {each['version']} ({each['license']})\n" in text
    assert text.count("Permission is hereby granted") == len(BUNDLED)


def test_the_editor_is_the_same_each_time_it_is_built(project, wheel):
    again, _ = build_wheel(project)
    assert {name: again[name] == wheel[name] for name in wheel if name.startswith(BUILT)} == {
        BUILT + name: True for name in ("editor.js", "licences.txt", "sources.txt")
    }


def test_the_editor_loads_nothing_and_makes_no_style_element(wheel):
    text = wheel[BUILT + "editor.js"].decode()
    assert set(re.findall(r"https?://[\w./-]+", text)) == {"http://www.w3.org/2000/svg"}
    assert "adoptedStyleSheets" in text


def test_without_npm_a_build_warns_in_one_line_and_goes_on(project, tmp_path):
    files, said = build_wheel(project, PATH=str(tmp_path))
    warned = [line for line in said.splitlines() if "editor" in line]
    assert len(warned) == 1
    assert "npm is not installed" in warned[0]
    assert "diplograph/web/static/style.css" in files
    assert BUILT + "editor.js" not in files


def test_where_npm_fails_a_build_warns_in_one_line_and_goes_on(project, tmp_path):
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'no such registry' >&2\nexit 1\n", encoding="utf-8")
    npm.chmod(0o755)
    files, said = build_wheel(project, PATH=f"{tmp_path}:/usr/bin:/bin")
    assert [line for line in said.splitlines() if "no such registry" in line]
    assert BUILT + "editor.js" not in files


# ---- what is installed here ---------------------------------------------------------------


def test_the_editor_that_is_installed_here_is_the_one_of_these_sources():
    built = Path(diplograph.__file__).parent / "web" / "static" / "built"
    if not built.is_dir():
        missing = "the query editor is not built: npm was missing at the installation"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(missing)
    digest = (built / "sources.txt").read_text(encoding="utf-8").strip()
    assert digest == read_hook().hash_sources(EDITOR)


def read_hook():
    """Return the module of the hook, which is no part of the package."""
    import importlib.util

    described = importlib.util.spec_from_file_location("hatch_build", EDITOR / "hatch_build.py")
    hook = importlib.util.module_from_spec(described)
    described.loader.exec_module(hook)
    return hook

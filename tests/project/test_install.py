"""What is installed is pinned, and the Makefile's commands take the address they are given."""

import os
import re
import shutil
import subprocess
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from fixtures.project_files import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LINES = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
EXTRAS = PROJECT["project"]["optional-dependencies"]
WANTED = [
    *PROJECT["build-system"]["requires"],
    *PROJECT["project"]["dependencies"],
    *(requirement for extra in EXTRAS.values() for requirement in extra),
]
TARGETS = ["attack", "bench", "clean", "help", "lint", "serve", "test"]


@pytest.fixture
def plan():
    """Return a function that tells what make would run, with what is set in its environment."""
    if not shutil.which("make"):
        pytest.skip("make is not installed")

    def tell(*words, **environment):
        command = ["make", "--no-print-directory", *words]
        made = subprocess.run(
            command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True
        )
        assert made.returncode == 0, made.stderr
        return made.stdout

    return tell


def test_constraints_are_exact_versions_from_nowhere_in_particular():
    assert LINES
    assert [
        line for line in LINES if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9a-z.]*", line)
    ] == []


def test_each_package_is_pinned_once():
    names = [canonicalize_name(line.partition("==")[0]) for line in LINES]
    assert len(names) == len(set(names))
    assert "diplograph" not in names


@pytest.mark.parametrize("text", WANTED)
def test_what_the_project_requires_is_pinned_to_a_version_that_fits(text):
    requirement = Requirement(text)
    pins = dict(line.split("==") for line in LINES)
    pinned = {canonicalize_name(name): version for name, version in pins.items()}
    assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)])


def test_serving_installs_nothing_that_only_tests_need(plan):
    for line in plan("--dry-run", "--always-make", "serve").splitlines():
        if "pip install" in line:
            assert line.endswith("--editable .")


def test_make_serve_takes_its_port_but_not_its_host_from_the_environment(plan):
    assert "--host 127.0.0.1 --port 8000" in plan("--dry-run", "serve", PORT="8000")
    assert "--port 8001" in plan("--dry-run", "serve", PORT="8001")
    assert "--host 127.0.0.1" in plan("--dry-run", "serve", HOST="0.0.0.0")


def test_make_serve_listens_elsewhere_only_when_told_on_the_command_line(plan):
    assert "--host 0.0.0.0" in plan("--dry-run", "serve", "HOST=0.0.0.0")


def test_make_without_a_target_names_every_command(plan):
    assert sorted(line.split()[0] for line in plan().splitlines()) == TARGETS

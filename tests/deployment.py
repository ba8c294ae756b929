"""The files for deployment as tests read them, and the programs that they are tried with."""

import os
import shutil

import pytest

from project_files import ROOT

DEPLOY = ROOT / "deploy"
UNIT = (DEPLOY / "diplograph.service").read_text(encoding="utf-8").replace("\\\n", " ")
SITE = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
IMAGE = (DEPLOY / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
INSTRUCTIONS = [line.split(" ", 1) for line in IMAGE.splitlines() if line and line[0] != "#"]


def require(program):
    """Return where `program` is; without it the test is skipped, or fails where all is tested."""
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin")
    if found is None and os.environ.get("CI") != "true":
        pytest.skip(f"{program} is not installed")
    assert found, f"{program} is not installed"
    return found


def instructions(word):
    """Return what follows each instruction of that name in the container file."""
    return [rest for name, rest in INSTRUCTIONS if name == word]

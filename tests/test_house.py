"""The house rules for code that a machine can hold: sizes, names and first words."""

import ast

import pytest

from project_files import ROOT, files_with, name_of

SOURCE = ROOT / "src" / "diplograph"
LINES, FUNCTION_LINES, TURTLE_LINES = 650, 60, 360
LONGER = {
    "data/reports/moscow-talks.ttl": "one report is one file, however much it says",
    "tests/world/data/reports/harbour-wire.ttl": "one report is one file, however much it says",
    "tests/world/data/reports/lantern-gazette.ttl": "one report is one file, however much it says",
    "ontology/events.ttl": "one theme; each class and property has its place in files",
    "ontology/shapes/actors.ttl": "the same stem as its ontology file; each constraint has a name",
    "ontology/shapes/events.ttl": "the same stem as its ontology file; each constraint has a name",
    "ontology/shapes/sources.ttl": "the same stem as its ontology file; each constraint has a name",
}

PYTHON = files_with(".py")
TURTLE = files_with(".ttl")
each_module = pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=name_of)


# ---- sizes and shape of modules -----------------------------------------------------------


def functions_in(path):
    """Return the number of lines of each function in a Python file, nested ones included."""
    return {
        f"{name_of(path)}:{node.name}": node.end_lineno - node.lineno + 1
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def too_long():
    """Return what is longer than the house likes: files of Python and Turtle, and functions."""
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


def test_every_python_file_says_first_what_it_is_for():
    said = {name_of(p): ast.get_docstring(ast.parse(p.read_text(encoding="utf-8"))) for p in PYTHON}
    assert [
        name for name, text in said.items() if not (text or "").split("\n")[0].endswith(".")
    ] == []


@each_module
def test_every_public_function_and_class_says_what_it_does(path):
    rooms = [ast.parse(path.read_text(encoding="utf-8"))]
    rooms += [node for node in rooms[0].body if isinstance(node, ast.ClassDef)]
    silent = [
        node.name
        for room in rooms
        for node in room.body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and not f"{getattr(room, 'name', '')}{node.name}".startswith("_")
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_no_module_has_a_name_that_says_nothing():
    empty = {"utils", "util", "helpers", "helper", "services", "common", "misc"}
    assert [name_of(path) for path in PYTHON if set(path.with_suffix("").parts) & empty] == []


@each_module
def test_no_error_is_caught_and_dropped(path):
    dropped = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or all(isinstance(line, ast.Pass) for line in node.body))
    ]
    assert dropped == []

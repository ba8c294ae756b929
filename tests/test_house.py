"""The house rules for code that a machine can hold: floors, sizes, names and first words."""

import ast

import pytest

from project_files import ROOT, files_with, name_of

SOURCE = ROOT / "src" / "diplograph"
# From the ground up: a module imports only what stands before it here.
FLOORS = [
    "errors",
    "files",
    "names",
    "labels",
    "quantities",
    "grammar",
    "formats",
    "jsonld",
    "home",
    "edtf",
    "terms",
    "turtle",
    "questions",
    "lines",
    "dataset",
    "editors",
    "consistency",
    "reason",
    "prepared",
    "validate",
    "store",
    "build",
    "push",
    "derive",
    "wording",
    "things",
    "passages",
    "trace",
    "profiles",
    "export",
    "dumps",
    "views",
    "api",
    "web",
    "cli",
]
OUTSIDE_THE_FLOORS = {"__init__", "__main__"}  # the door, which opens every room lazily
APART = {("cli", "web"), ("web", "cli")}

LINES, FUNCTION_LINES, TURTLE_LINES = 300, 40, 360
LONGER = {
    "data/reports/moscow-talks.ttl": "one report is one file, however much it says",
    "tests/world/data/reports/harbour-wire.ttl": "one report is one file, however much it says",
    "tests/world/data/reports/lantern-gazette.ttl": "one report is one file, however much it says",
    "ontology/shapes/actors.ttl": "the same stem as its ontology file; each constraint has a name",
    "ontology/shapes/events.ttl": "the same stem as its ontology file; each constraint has a name",
    "ontology/shapes/sources.ttl": "the same stem as its ontology file; each constraint has a name",
}

PYTHON = files_with(".py")
TURTLE = files_with(".ttl")
each_module = pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=name_of)


def room_of(path):
    """Return the name of the module or package of ours that the file belongs to."""
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_rooms(path):
    """Return the rooms that a module imports from, wherever in the file it does so."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        ours = [name.split(".")[1] for name in modules if name.startswith("diplograph.")]
        rooms |= set(ours)
    return rooms - {room_of(path), "__version__"}


# ---- floors -------------------------------------------------------------------------------


def test_every_module_has_its_floor():
    rooms = {room_of(path) for path in SOURCE.rglob("*.py")} - OUTSIDE_THE_FLOORS
    assert sorted(rooms - set(FLOORS)) == []


@each_module
def test_a_module_imports_only_from_floors_below(path):
    room = room_of(path)
    below = FLOORS[: FLOORS.index(room)] if room in FLOORS else FLOORS
    assert sorted(imported_rooms(path) - set(below)) == []


@each_module
def test_command_line_and_web_never_import_each_other(path):
    assert {(room_of(path), room) for room in imported_rooms(path)} & APART == set()


def test_an_import_from_a_floor_above_would_be_seen(tmp_path, monkeypatch):
    path = tmp_path / "names.py"
    path.write_text(
        "def f():\n    from diplograph.web import create_app\n    import diplograph.cli\n"
    )
    monkeypatch.setitem(globals(), "SOURCE", tmp_path)
    assert imported_rooms(path) == {"web", "cli"}


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

"""Each error has the HTTP status and exit code that the tree in its module draws."""

import inspect
import pickle
import re

import pytest

from diplograph.core import errors

DRAWN = re.findall(r"^[│├└─ ]*(\w+) +(\d{3})  (\d)", errors.__doc__, re.MULTILINE)
KINDS = {
    name: kind
    for name, kind in vars(errors).items()
    if inspect.isclass(kind) and issubclass(kind, errors.DiplographError) and name[0] != "_"
}


def test_every_error_is_drawn_once():
    assert sorted(name for name, _, _ in DRAWN) == sorted(KINDS)


@pytest.mark.parametrize(("name", "status", "code"), DRAWN)
def test_an_error_has_its_status_and_code(name, status, code):
    assert (KINDS[name].http_status, KINDS[name].exit_code) == (int(status), int(code))


def test_the_tree_is_drawn_as_it_is():
    depth = {
        name: (len(re.match(r"[│├└─ ]*", line)[0]) + 3) // 4
        for line in errors.__doc__.splitlines()
        if (name := next(iter(re.findall(r"\w+", line)), "")) in KINDS
    }
    public = {
        name: [each for each in kind.__mro__ if each in KINDS.values()]
        for name, kind in KINDS.items()
    }
    assert depth == {name: len(line) - 1 for name, line in public.items()}


def test_a_file_error_says_file_line_and_value():
    error = errors.MalformedFile("it is torn", file="data/a.ttl", line=3, value="x:y")
    assert str(error) == "data/a.ttl:3: it is torn: 'x:y'"
    assert (error.file, error.line, error.value) == ("data/a.ttl", 3, "x:y")


def test_a_file_error_without_a_line_names_the_file():
    assert str(errors.UnreadableFile("it is gone", file="data/a.ttl")) == "data/a.ttl: it is gone"


def test_a_query_error_says_line_and_column():
    error = errors.QuerySyntaxError("a brace is missing", line=2, column=5)
    assert str(error) == "line 2, column 5: a brace is missing"


def test_a_bound_names_itself():
    assert errors.BoundExceeded("too long", bound="time").bound == "time"


ERRORS = [
    errors.MalformedFile("it is torn", file="data/a.ttl", line=3, value="x:y"),
    errors.UnreadableFile("it is gone", file="data/a.ttl"),
    errors.QuerySyntaxError("a brace is missing", line=2, column=5),
    errors.MethodNotAllowed("it is read only", allowed=("GET", "HEAD")),
    errors.BoundExceeded("it took too long", bound="time"),
    errors.Inconsistent(("a is b", "b is not a")),
    errors.ValidationFailed(("a violation",)),
    errors.BuildLost("it is gone"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_an_error_is_the_same_in_another_process(error):
    received = pickle.loads(pickle.dumps(error))
    assert type(received) is type(error)
    assert (str(received), vars(received)) == (str(error), vars(error))

"""One build gives one answer in bytes, however often it is loaded: a strong ETag rests on this."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from diplograph.store.engine import answer_from
from diplograph.store.interface import QueryBounds, QueryRequest
from diplograph.store.store import Store
from fixtures.small_build import write_files

TYPE, LABEL = "<http://x.example/type>", "<http://x.example/label>"
SAME = {
    "as they come": "SELECT * { ?s ?p ?o }",
    "the first few": "SELECT * { ?s ?p ?o } LIMIT 20",
    "the first few kinds": f"SELECT DISTINCT ?t {{ ?s {TYPE} ?t }} LIMIT 3",
    "ordered with ties": f"SELECT ?s ?t {{ ?s {TYPE} ?t }} ORDER BY ?t LIMIT 20",
    "grouped": f"SELECT ?t (COUNT(*) AS ?n) (SAMPLE(?s) AS ?one) {{ ?s {TYPE} ?t }} GROUP BY ?t",
    "grouped by two": "SELECT ?s ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?s ?p",
    "joined text": f'SELECT (GROUP_CONCAT(?l; separator=",") AS ?all) {{ ?s {LABEL} ?l }}',
    "joined": f"SELECT * {{ {{ SELECT * {{ ?s {TYPE} ?t }} }} {{ ?s {LABEL} ?l }} }}",
    "united": f"SELECT * {{ {{ ?s {TYPE} ?o }} UNION {{ ?s {LABEL} ?o }} }}",
    "optional": f"SELECT * {{ ?s {TYPE} ?t OPTIONAL {{ ?s {LABEL} ?l }} }}",
    "a path": "SELECT * { ?s <http://x.example/next>+ ?o }",
    "in graphs": f"SELECT * {{ GRAPH ?g {{ ?s {TYPE} ?o }} }}",
    "constructed": f"CONSTRUCT WHERE {{ ?s {TYPE} ?o }}",
    "constructed with blank nodes": f"CONSTRUCT {{ ?s {LABEL} [ {TYPE} ?o ] }} {{ ?s {TYPE} ?o }}",
    "described": f"DESCRIBE ?s {{ ?s {TYPE} <http://x.example/type/1> }}",
}
LIST_GRAPHS = "SELECT ?g { GRAPH ?g {} }"
PROGRAM = """
import json, sys
from pathlib import Path
from diplograph.store.engine import answer_from
from diplograph.store.interface import QueryBounds, QueryRequest
from diplograph.store.store import Store

store, asked = Store.open(Path(sys.argv[1])), json.load(sys.stdin)
requests = [QueryRequest(text, form, form2) for text, form, form2 in asked]
answers = [answer_from(store, request, QueryBounds()) for request in requests]
print(json.dumps([answer.body.decode() for answer in answers]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A build of some 1,500 statements in many graphs."""
    folder = tmp_path_factory.mktemp("build")
    lines = []
    for n in range(500):
        node, graph = f"<http://x.example/{n}>", f"<http://x.example/graph/{n % 23}>"
        lines += [
            f"{node} {TYPE} <http://x.example/type/{n % 7}> {graph} .",
            f'{node} {LABEL} "number {n}"@en {graph} .',
            f"{node} <http://x.example/next> <http://x.example/{n + n % 3}> {graph} .",
        ]
    return write_files(folder, "\n".join(sorted(lines)) + "\n")


def ask_in_a_new_process(folder, asked):
    """Return the bodies of what is asked, from a process that has loaded the build for itself."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder)],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_two_loads_of_one_build_give_the_same_bytes(folder):
    forms = ("json", "turtle"), ("csv", "jsonld")
    asked = [(text, *form) for text in SAME.values() for form in forms]
    first, second = (ask_in_a_new_process(folder, asked) for _ in range(2))
    assert all(first)
    assert [q[0] for q, a, b in zip(asked, first, second, strict=True) if a != b] == []


def test_graphs_alone_come_in_any_order_and_are_the_same(folder):
    """A query that lists graphs by GRAPH and a variable is the one whose rows may change places."""
    stores = [Store.open(folder) for _ in range(2)]
    bodies = [
        answer_from(each, QueryRequest(LIST_GRAPHS, "tsv"), QueryBounds()).body for each in stores
    ]
    assert len({tuple(sorted(body.splitlines())) for body in bodies}) == 1
    assert bodies[0].count(b"\n") == 24


def test_one_store_gives_the_same_bytes_every_time(folder):
    store = Store.open(folder)
    for text in [*SAME.values(), LIST_GRAPHS]:
        assert (
            len({answer_from(store, QueryRequest(text), QueryBounds()).body for _ in range(3)}) == 1
        ), text

"""Whatever the text, a store answers or raises an error of ours."""

from __future__ import annotations

import os

import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diplograph.core.errors import BoundExceeded, DiplographError
from diplograph.core.formats import RESULTS, STATEMENTS
from diplograph.store.engine import answer_from
from diplograph.store.interface import PAGE, QueryBounds, QueryRequest
from diplograph.store.store import Store
from fixtures.project_files import ROOT
from w3c.cases import read_cases

CASES = int(os.environ.get("DIPLOGRAPH_FUZZ", "2000"))
BOUNDS = QueryBounds(rows=50, result_mebibytes=1)
GRAPH = "http://x.example/g"
QUESTIONS = [path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("queries/*.rq"))]
CALLS = [
    "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "BASE <http://x.example/> SELECT * FROM <g> FROM NAMED <g> { GRAPH <g> { ?s ?p ?o } }",
    "SELECT * { ?s ?p << ?a ?b ?c ~ ?d >> {| ?e 'f'@en--ltr |} }",
    "INSERT DATA { <http://x.example/s> a <http://x.example/t> }",
    "CONSTRUCT { ?s ?p [ ?p ?o ] } { ?s ?p ?o FILTER(<http://x.example/f>(?o) > 1e400 / 0) }",
]
SEEDS = [*QUESTIONS, *CALLS * 4, *(case.text for case in read_cases())]
PIECES = r"""
SELECT ASK CONSTRUCT DESCRIBE WHERE FROM NAMED SERVICE SILENT GRAPH { } ( ) [ ] < > <g> . ; , * ? $
?x ex:a :a " ' # \ \u \u0041 \UFFFFFFFF \uD800 @ @en @en--ltr ^^ ^ | / ! + - = << >> <<( )>> {| |} ~
1 -1 1e9999 99999999999999999999999999 0.0000000000000000000000000001 UNDEF VALUES BIND AS IN NOT
EXISTS GROUP BY ORDER HAVING LIMIT OFFSET COUNT( SAMPLE( GROUP_CONCAT( REGEX( REPLACE( IRI( STRDT(
TRIPLE( SUBSTR( NOW() RAND() UUID() BNODE() BASE PREFIX VERSION INSERT DELETE LOAD CLEAR a _:b
"""
ODD = ["", " ", "\n", '"""', "\x00", "\x0b", "\xa0", "\ufeff", "\ud800", "\U0001f600"]
CUTS = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 12), st.sampled_from([*ODD, *PIECES.split()])),
    max_size=5,
)
NAMES = st.sampled_from([*RESULTS, PAGE, None]), st.sampled_from([*STATEMENTS, PAGE, None])
GRAPHS = st.sampled_from([(), (), (), (GRAPH,), ("http://x.example/none",), ("no iri",)])


@pytest.fixture(scope="module")
def store():
    """A store so small that no query, however changed, has much to do."""
    node, graph = ox.NamedNode("http://x.example/s"), ox.NamedNode(GRAPH)
    values = [ox.Literal("1"), ox.Literal(2), node]
    return Store(lambda *_: [ox.Quad(node, node, value, graph) for value in values], "f" * 64)


@settings(max_examples=CASES, deadline=None, derandomize=True, database=None)
@given(st.sampled_from(SEEDS), CUTS, *NAMES, GRAPHS, GRAPHS, st.booleans())
def test_no_error_but_ours_escapes(
    store, text, cuts, solutions, statements, default, named, listed
):
    for share, length, piece in cuts:
        place = int(share * len(text))
        text = text[:place] + piece + text[place + length :]
    services = ("http://y.example.invalid/",) if listed else ()
    asked = QueryRequest(text, solutions, statements, default, named, 2, "zstd", None, services)
    assert status_of(store, asked) in {200, 400, 403, 404, 406}


def status_of(store, asked):
    """Return the status that the caller would be told; a bound on rows or bytes is an answer."""
    try:
        answer_from(store, asked, BOUNDS)
    except BoundExceeded as error:
        return 200 if error.bound in {"rows", "bytes"} else error.bound
    except DiplographError as error:
        return error.http_status
    return 200

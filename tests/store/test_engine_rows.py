"""The rows of an answer are counted to the row, and a body says in which encoding it is."""

from __future__ import annotations

import csv
import gzip
import io
import json

import brotli
import pyoxigraph as ox
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from diplograph.core.errors import BoundExceeded, NotExpressible, UsageError
from diplograph.core.files import ENCODINGS, LEAST_BYTES, compress
from diplograph.core.formats import RESULTS
from diplograph.sparql.results import write_results
from diplograph.store.engine import answer_from
from diplograph.store.interface import PAGE, UNION, QueryBounds, QueryRequest

TEXTS = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.lists(
        st.sampled_from(['"', "}", "{", ",", "]", "[", "\\", "\n", "\r", "<", "result>", "x"])
    ).map("".join),
)
IRIS = st.text(st.sampled_from("ab,;'()/é"), max_size=6).map(
    lambda tail: f"http://x.example/{tail}"
)
TERMS = st.one_of(
    st.none(),
    IRIS.map(lambda iri: {"type": "uri", "value": iri}),
    st.sampled_from("abc").map(lambda name: {"type": "bnode", "value": name}),
    TEXTS.map(lambda text: {"type": "literal", "value": text}),
    TEXTS.map(lambda text: {"type": "literal", "value": text, "xml:lang": "en"}),
    TEXTS.map(lambda text: {"type": "literal", "value": text, "datatype": "http://x.example/d,"}),
)
TABLES = st.integers(0, 3).flatmap(lambda n: st.lists(st.tuples(*[TERMS] * n), max_size=6).map(
    lambda rows: (["a", "b", "c"][:n], rows)
))  # fmt: skip


def solutions_of(table):
    """Return the table as results that Oxigraph can write."""
    names, rows = table
    bindings = [{n: term for n, term in zip(names, row, strict=True) if term} for row in rows]
    document = {"head": {"vars": names}, "results": {"bindings": bindings}}
    return ox.parse_query_results(json.dumps(document), format=ox.QueryResultsFormat.JSON)


def plainly(table):
    """Return the table as RFC 4180 and SPARQL 1.1 have it, row by row: easy to believe."""
    names, rows = table
    values = [["" if term is None else spell(term) for term in row] for row in rows]
    written = io.StringIO(newline="")
    for row in [names, *values]:
        csv.writer(written).writerow(row if row != [""] else [])
    return written.getvalue().encode()


def spell(term):
    return f"_:{term['value']}" if term["type"] == "bnode" else term["value"]


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(TABLES)
@example((["a"], [(None,), (None,)]))
@example((["a"], [({"type": "literal", "value": "}},{"},), ({"type": "literal", "value": "x"},)]))
def test_rows_are_counted_in_every_format(table):
    for name in RESULTS:
        try:
            assert write_results(solutions_of(table), name)[1] == len(table[1]), name
        except NotExpressible:  # for most control characters
            assert name == "xml"


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(TABLES)
@example((["a", "b"], [({"type": "uri", "value": "x:a,b"}, None)]))
def test_csv_is_what_a_plain_writer_writes(table):
    assert write_results(solutions_of(table), "csv")[0] == plainly(table)


# ---- in an answer -------------------------------------------------------------------------

GRAPH = "CONSTRUCT { ?s ?p ?o . ?s a ?o } WHERE { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 5"


@pytest.mark.parametrize("name", RESULTS)
def test_an_answer_says_how_many_rows_it_has(small_store, name):
    text = 'SELECT * { VALUES (?a ?b) { (<x:a,b> "1") (UNDEF UNDEF) (<x:b> "}},{") } }'
    assert answer_from(small_store, QueryRequest(text, solutions=name), QueryBounds()).rows == 3
    assert (
        answer_from(small_store, QueryRequest("ASK {}", solutions=name), QueryBounds()).rows is None
    )


def test_an_iri_with_a_comma_is_quoted_in_an_answer(small_store):
    text = 'SELECT ?a ?b { VALUES (?a ?b) { (<x:a,b> "1") (<x:b> "2") } }'
    answer = answer_from(small_store, QueryRequest(text, solutions="csv"), QueryBounds())
    assert answer.body == b'a,b\r\n"x:a,b",1\r\nx:b,2\r\n'


@pytest.mark.parametrize("name", ["turtle", "nquads", "jsonld"])
def test_an_answer_says_how_many_statements_it_has(small_store, name):
    written = answer_from(small_store, QueryRequest(GRAPH, statements="ntriples"), QueryBounds())
    answer = answer_from(small_store, QueryRequest(GRAPH, statements=name), QueryBounds())
    assert answer.rows == written.body.count(b"\n") > 0


def test_statements_are_bounded_as_rows_are(small_store):
    assert (
        answer_from(small_store, QueryRequest("DESCRIBE <x:none>"), QueryBounds(rows=0)).rows == 0
    )
    number = answer_from(small_store, QueryRequest(GRAPH), QueryBounds()).rows
    assert answer_from(small_store, QueryRequest(GRAPH), QueryBounds(rows=number)).rows == number
    with pytest.raises(BoundExceeded) as stopped:
        answer_from(small_store, QueryRequest(GRAPH), QueryBounds(rows=number - 1))
    assert stopped.value.bound == "rows"


# ---- encodings ----------------------------------------------------------------------------

LONG = 'SELECT ?x { VALUES ?x { "%s" } }' % ("diplomacy " * 400)


def expand(body, encoding):
    if encoding == "zstd":
        try:
            from compression import zstd
        except ImportError:
            from backports import zstd
        return zstd.decompress(body)
    return {"gzip": gzip.decompress, "br": brotli.decompress}[encoding](body)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_long_body_is_compressed_as_it_is_asked_for(small_store, encoding):
    plain = answer_from(small_store, QueryRequest(LONG), QueryBounds())
    packed = answer_from(small_store, QueryRequest(LONG, encoding=encoding), QueryBounds())
    assert packed.encoding == encoding
    assert len(packed.body) < len(plain.body) / 4
    assert expand(packed.body, encoding) == plain.body
    assert (packed.kind, packed.rows, plain.encoding) == (plain.kind, plain.rows, "")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_whole_graph_is_compressed_too(small_store, encoding):
    asked = QueryRequest("", graph=UNION, statements="ntriples", encoding=encoding)
    answer = answer_from(small_store, asked, QueryBounds())
    assert answer.encoding == encoding
    assert expand(answer.body, encoding).count(b"\n") == answer.rows


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_the_same_body_gives_the_same_bytes(encoding):
    body = b"diplomacy " * 4000
    assert len({compress(body, encoding) for _ in range(5)}) == 1
    assert expand(compress(b"", encoding), encoding) == b""


def test_a_small_body_and_a_page_stay_as_they_are(small_store):
    small = answer_from(small_store, QueryRequest("ASK {}", encoding="gzip"), QueryBounds())
    assert (small.encoding, len(small.body) < LEAST_BYTES) == ("", True)
    page = answer_from(
        small_store, QueryRequest(LONG, solutions=PAGE, encoding="gzip"), QueryBounds()
    )
    assert (page.encoding, len(page.body) > LEAST_BYTES) == ("", True)
    assert (page.total, page.rows) == (1, 1)


def test_the_bound_on_bytes_holds_before_they_are_compressed(small_store):
    text = 'SELECT ?x { VALUES ?x { "%s" } }' % ("a" * 1024 * 1024)
    with pytest.raises(BoundExceeded) as stopped:
        answer_from(
            small_store, QueryRequest(text, encoding="zstd"), QueryBounds(result_mebibytes=1)
        )
    assert stopped.value.bound == "bytes"


def test_an_encoding_that_is_none_is_refused():
    with pytest.raises(UsageError, match="choose zstd, br, gzip"):
        compress(b"", "deflate")

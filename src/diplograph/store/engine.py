"""What answers a query within bounds: the query asked, its answer, and the in-process engine."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.core.compression import LEAST_BYTES, compress
from diplograph.core.errors import BoundExceeded, DiplographError, NotAcceptable
from diplograph.core.formats import (
    RESULTS,
    STATEMENTS,
    bare_csv,
    is_plain_csv,
    write_first,
    write_results,
    write_statements,
)
from diplograph.core.names import INFERRED_GRAPH, ONTOLOGY_GRAPH, QUESTIONS_GRAPH, SHAPES_GRAPH
from diplograph.store.interface import (
    MEBIBYTE,
    PAGE,
    PAGE_MEBIBYTES,
    UNION,
    Answer,
    QueryBounds,
    QueryRequest,
)

if TYPE_CHECKING:
    import pyoxigraph as ox

    from diplograph.store.store import Store


# Between two rows of JSON, and what stands there too where a row is empty, or where a text ends in
# the same signs: a quote inside a text is escaped, one that ends it has a comma or bracket next.
_JSON_ROW = re.compile(rb'\},\{(?:"[^,}]|"|\})')
_JSON_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')


def count_rows(body: bytes, name: str) -> int:
    """Return how many rows the solutions in `body` are, in the format of RESULTS called `name`.

    The body is not parsed again: that would cost more than the answer. XML and TSV escape their
    marks inside a text; JSON and CSV need a second look only where a row is empty, a text looks
    like the end of a row, or a value is quoted.
    """
    if name == "xml":
        return body.count(b"<result>")
    if name == "json":
        return _count_json(body)
    if name == "csv":
        body = bare_csv(body)
    return body.count(b"\n") - 1


def _count_json(body: bytes) -> int:
    start = body.index(b'"bindings":[') + 12  # no quote stands bare in a name before it
    if body.startswith((b"]", b"{}"), start):
        return 0 if body.startswith(b"]", start) else _count_json_texts(body)
    found = _JSON_ROW.findall(body, start)
    if all(len(mark) == 5 for mark in found):
        return 1 + len(found)
    return _count_json_texts(body)


def _count_json_texts(body: bytes) -> int:
    bare = _JSON_TEXT.sub(b"", body)
    return bare.count(b"[{") + bare.count(b",{")


# What is said of facts and of queries, not of the world.
NOT_ASSERTED_GRAPHS = frozenset((QUESTIONS_GRAPH, SHAPES_GRAPH))
# What a selection holds, and whether the statements of the graph with that IRI belong to it.
SELECTIONS = {
    "asserted": lambda graph: graph not in {ONTOLOGY_GRAPH, INFERRED_GRAPH, *NOT_ASSERTED_GRAPHS},
    "inferred": lambda graph: graph not in NOT_ASSERTED_GRAPHS,
    "ontology": lambda graph: graph == ONTOLOGY_GRAPH,
    "questions": lambda graph: graph == QUESTIONS_GRAPH,
}


def select(store: Store, what: str) -> Iterator[ox.Quad]:
    """Yield the statements of the selection called `what`, as the files have them, sorted."""
    chosen = SELECTIONS[what]
    return (quad for quad in store.quads() if chosen(quad.graph_name.value))


class LocalEngine:
    """Answers in this process: for tests and scripts, since nothing here can stop a query."""

    def __init__(self, store: Store, bounds: QueryBounds | None = None):
        self.store, self.bounds, self.digest = store, bounds or QueryBounds(), store.digest

    def answer(self, asked: QueryRequest, client: str = "") -> Answer:
        """Return the answer, bounded in rows and bytes, not in time or memory."""
        return answer_from(self.store, asked, self.bounds)

    def close(self) -> None:
        """Do nothing: the store belongs to the caller."""


def answer_from(store: Store, asked: QueryRequest, bounds: QueryBounds) -> Answer:
    """Return the complete answer of `store`, its rows and bytes within `bounds`.

    Bytes are counted before they are compressed. Raises what Store.query raises; NotAcceptable
    when the caller takes no result of this kind.
    """
    if asked.graph is not None:
        return _compress(answer_graph(store, asked, bounds), asked)
    # An error keeps what its frames hold, and Oxigraph's results may be freed in this thread only.
    fault = None
    try:
        answer = _answer_query(store, asked, bounds)
    except (DiplographError, OSError, RuntimeError, ValueError, SyntaxError) as error:
        fault = _name_fault(error.with_traceback(None), asked)
    if fault:
        raise fault
    if answer.rows is not None and max(answer.rows, answer.total or 0) > bounds.rows:
        raise BoundExceeded(
            f"the result has more than the {bounds.rows:,} rows one answer may have;"
            " add a LIMIT or a narrower pattern",
            bound="rows",
        )
    return _compress(answer, asked)


def answer_graph(store: Store, asked: QueryRequest, bounds: QueryBounds) -> Answer:
    """Return the statements of the graph that is asked for as its files have them, sorted.

    They are one graph, so formats that keep graphs apart have them without a graph's name. Raises
    UnknownGraph, UsageError for a format that is none, and BoundExceeded past the bytes of one
    answer.
    """
    sink = _Sink(bounds.result_mebibytes, "one answer")
    if asked.graph in SELECTIONS:
        quads = list(select(store, asked.graph))
        sink.write(write_statements(quads, asked.statements or "turtle"))
        return Answer(sink.body, "statements", rows=len(quads))
    quads = store.quads(None if asked.graph == UNION else asked.graph)
    if asked.graph == UNION:
        quads = (quad for quad in quads if quad.graph_name.value != SHAPES_GRAPH)
    triples = {quad.triple for quad in quads}
    sink.write(write_statements(triples, asked.statements or "turtle"))
    return Answer(sink.body, "statements", rows=len(triples))


def _answer_query(store: Store, asked: QueryRequest, bounds: QueryBounds) -> Answer:
    results = _ask(store, asked)
    kind = _kind(results)
    name = asked.statements if kind == "statements" else asked.solutions
    if name is None:
        raise NotAcceptable(_offer(kind))
    if name == PAGE:
        sink = _Sink(min(bounds.result_mebibytes, PAGE_MEBIBYTES), "one page")
        total = write_first(results, asked.shown, sink, bounds.rows + 1)
        return Answer(sink.body, kind, total, None if total is None else min(total, asked.shown))
    sink = _Sink(bounds.result_mebibytes, "one answer")
    if kind == "statements":
        statements = list(islice(results, bounds.rows + 1))
        if len(statements) > bounds.rows:
            return Answer(b"", kind, rows=len(statements))
        sink.write(write_statements(statements, name))
        return Answer(sink.body, kind, rows=len(set(statements)))
    if name == "csv" and kind == "solutions":
        sink = _write_csv(store, asked, results, sink)
    else:
        write_results(results, name, sink)
    return Answer(
        sink.body, kind, rows=count_rows(sink.body, name) if kind == "solutions" else None
    )


def _write_csv(store: Store, asked: QueryRequest, results: ox.QuerySolutions, sink: _Sink) -> _Sink:
    """Return a sink of CSV by Oxigraph's quick writer, or by ours where that is not to be trusted.

    Ours takes twice the time. Rows can be read once only, so the query is run again then: an IRI
    with a comma is rare. Where a triple may be a value, or another machine answers, it is ours.
    """
    if not (asked.services or "<<" in asked.text or "triple" in asked.text.lower()):
        columns = len(results.variables)
        results.serialize(sink, format=ox.QueryResultsFormat.CSV)
        if is_plain_csv(sink.body, columns):
            return sink
        results, sink = _ask(store, asked), sink.emptied()
    write_results(results, "csv", sink)
    return sink


def _ask(
    store: Store, asked: QueryRequest
) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    return store.query(
        asked.text,
        default_graphs=asked.default_graphs,
        named_graphs=asked.named_graphs,
        services=asked.services,
    )


def _name_fault(error: Exception, asked: QueryRequest) -> DiplographError:
    """Return `error` if it is ours, else one that says no more than the caller may know."""
    if isinstance(error, DiplographError):
        return error
    if asked.services:
        return BoundExceeded("a SERVICE of the query gave no answer; try again", bound="service")
    return DiplographError("the engine could not answer this query")


def _compress(answer: Answer, asked: QueryRequest) -> Answer:
    paged = answer.total is not None or PAGE in {asked.solutions, asked.statements}
    if not asked.encoding or paged or len(answer.body) < LEAST_BYTES:
        return answer
    return replace(answer, body=compress(answer.body, asked.encoding), encoding=asked.encoding)


class _Sink:
    """A file of bytes that refuses to grow past its limit: memory is not the first to go."""

    def __init__(self, mebibytes: int, holder: str):
        self._file, self._holder, self._mebibytes = io.BytesIO(), holder, mebibytes
        self._left = mebibytes * MEBIBYTE

    @property
    def body(self) -> bytes:
        """What was written, without a copy."""
        return self._file.getvalue()

    def write(self, part: bytes) -> int:
        """Keep `part`; raises BoundExceeded past the limit."""
        self._left -= len(part)
        if self._left < 0:
            raise BoundExceeded(
                f"the result is larger than the {self._mebibytes} MiB {self._holder} may have;"
                " add a LIMIT or ask for fewer columns",
                bound="bytes",
            )
        return self._file.write(part)

    def flush(self) -> None:
        """Do nothing; a serializer calls it at its end."""

    def emptied(self) -> _Sink:
        """Return a sink of the same limit with nothing in it."""
        return _Sink(self._mebibytes, self._holder)


def _kind(results: object) -> str:
    if isinstance(results, ox.QueryBoolean):
        return "boolean"
    return "solutions" if isinstance(results, ox.QuerySolutions) else "statements"


def _offer(kind: str) -> str:
    table, noun = (STATEMENTS, "statements") if kind == "statements" else (RESULTS, "a table")
    names = ", ".join(sorted({form.media_type for form in table.values()}))
    return f"the result is {noun}: it can be had as {names}"

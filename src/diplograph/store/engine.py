"""What answers a query within bounds: the query asked, its answer, and the in-process engine."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Protocol

import pyoxigraph as ox

from diplograph.core.compression import LEAST_BYTES, compress
from diplograph.core.errors import BoundExceeded, DiplographError, NotAcceptable
from diplograph.core.formats import (
    RESULTS,
    STATEMENTS,
    is_plain_csv,
    write_first,
    write_results,
    write_statements,
)
from diplograph.core.names import SHAPES_GRAPH
from diplograph.store.rows import count_rows
from diplograph.store.selections import SELECTIONS, select

if TYPE_CHECKING:
    from diplograph.store import Store


MEBIBYTE = 1024 * 1024

# Asked for instead of a format: what a page shows, the first rows and how many there are. A page is
# read whole in the process that serves everybody, so it may hold less than an answer.
PAGE, PAGE_ROWS, PAGE_MEBIBYTES = "page", 500, 4

# In place of a graph's IRI: the store's own default graph, the union of all but the shapes.
UNION = "default"


@dataclass(frozen=True)
class Bounds:
    """How far one query may go before it is stopped, and how many may run or wait at once.

    A query that has had `long_seconds` of a processor is long: it goes on beside the quick ones,
    and at most `long_queries` of all clients, `long_per_client` of one, do so at once.
    `per_client` counts what runs and waits for one client, `waiting` what waits for all of them.
    """

    seconds: float = 30.0
    rows: int = 1_000_000
    result_mebibytes: int = 64
    memory_mebibytes: int = 1024
    waiting: int = 128
    per_client: int = 64
    long_seconds: float = 0.25
    long_queries: int = 4
    long_per_client: int = 3
    query_kibibytes: int = 1024


@dataclass(frozen=True)
class Asked:
    """One query: its text, the format wanted for either kind of result, and its graphs.

    `solutions` and `statements` are names in `formats.RESULTS` and `formats.STATEMENTS`; None
    means that the caller takes no result of that kind. No graphs named means the store's own
    default graph and all its named graphs. PAGE in place of a name asks for JSON or N-Triples of
    the first `shown` rows or statements alone. `encoding` compresses the body: gzip, br, zstd or
    nothing; a page or a small body stays as it is. `graph` asks for a graph's statements instead
    of a query's answer, as its files have them: an IRI, UNION for all but the shapes, or the name
    of a selection (selections.SELECTIONS), whose graphs are kept apart where the format can.
    `services` may be called by SERVICE, and `sparql12` takes SPARQL 1.2: see Store.query.
    """

    text: str
    solutions: str | None = "json"
    statements: str | None = "turtle"
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    shown: int = PAGE_ROWS
    encoding: str = ""
    graph: str | None = None
    services: tuple[str, ...] = ()
    sparql12: bool = False


@dataclass(frozen=True)
class Answer:
    """A result: its bytes, and its kind: solutions, boolean or statements.

    It is complete but for a page; there `total` says how many rows or statements there are.
    `rows` is how many the body holds, None for a yes or no; `encoding` is what it is compressed
    with.
    """

    body: bytes
    kind: str
    total: int | None = None
    rows: int | None = None
    encoding: str = ""


class Engine(Protocol):
    """Whatever answers queries; its digest names the build that it answers from."""

    digest: str

    def answer(self, asked: Asked, client: str = "") -> Answer:
        """Return the complete answer; `client` is whose query counts against bounds per client.

        Raises what Store.query raises, NotAcceptable and BoundExceeded.
        """

    def close(self) -> None:
        """End what the engine started; a second call does nothing."""


class LocalEngine:
    """Answers in this process: for tests and scripts, since nothing here can stop a query."""

    def __init__(self, store: Store, bounds: Bounds | None = None):
        self.store, self.bounds, self.digest = store, bounds or Bounds(), store.digest

    def answer(self, asked: Asked, client: str = "") -> Answer:
        """Return the answer, bounded in rows and bytes, not in time or memory."""
        return answer_from(self.store, asked, self.bounds)

    def close(self) -> None:
        """Do nothing: the store belongs to the caller."""


def answer_from(store: Store, asked: Asked, bounds: Bounds) -> Answer:
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


def answer_graph(store: Store, asked: Asked, bounds: Bounds) -> Answer:
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


def _answer_query(store: Store, asked: Asked, bounds: Bounds) -> Answer:
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


def _write_csv(store: Store, asked: Asked, results: ox.QuerySolutions, sink: _Sink) -> _Sink:
    """Return a sink of CSV by Oxigraph's quick writer, or by ours where that is not to be trusted.

    Ours takes twice the time. Rows can be read once only, so the query is run again then: an IRI
    with a comma is rare. Where a triple may be a value, or another machine answers, it is ours.
    """
    if not (asked.sparql12 or asked.services):
        columns = len(results.variables)
        results.serialize(sink, format=ox.QueryResultsFormat.CSV)
        if is_plain_csv(sink.body, columns):
            return sink
        results, sink = _ask(store, asked), sink.emptied()
    write_results(results, "csv", sink)
    return sink


def _ask(store: Store, asked: Asked) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    return store.query(
        asked.text,
        default_graphs=asked.default_graphs,
        named_graphs=asked.named_graphs,
        services=asked.services,
        sparql12=asked.sparql12,
    )


def _name_fault(error: Exception, asked: Asked) -> DiplographError:
    """Return `error` if it is ours, else one that says no more than the caller may know."""
    if isinstance(error, DiplographError):
        return error
    if asked.services:
        return BoundExceeded("a SERVICE of the query gave no answer; try again", bound="service")
    return DiplographError("the engine could not answer this query")


def _compress(answer: Answer, asked: Asked) -> Answer:
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

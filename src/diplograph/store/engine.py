"""What answers a query within bounds: the query asked, its answer, and the in-process engine."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pyoxigraph as ox

from diplograph.errors import BoundExceeded, NotAcceptable
from diplograph.formats import (
    RESULTS,
    STATEMENTS,
    write_first,
    write_results,
    write_statements,
)
from diplograph.names import SHAPES_GRAPH

if TYPE_CHECKING:
    from diplograph.store import Store

MEBIBYTE = 1024 * 1024

# Asked for instead of a format: what a page shows, the first rows and how many there are. A page is
# read whole in the process that serves everybody, so it may hold less than an answer.
PAGE, PAGE_ROWS, PAGE_MEBIBYTES = "page", 500, 4

# In place of a graph's IRI: the store's own default graph, the union of all but the shapes.
UNION = "default"

# In a body of JSON: texts, and what stands between two rows where neither is empty. A quote inside
# a text is escaped, and one that ends it is followed by a comma or a bracket.
_JSON_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_JSON_ROW = re.compile(rb'\}\},\{"[^,}]')
_CSV_QUOTED = re.compile(rb'"[^"]*"')


@dataclass(frozen=True)
class Bounds:
    """How far one query may go before it is stopped, and how many may run or wait at once.

    A query that has run for `long_seconds` is long: it goes on beside the quick ones, and at most
    `long_queries` of all clients, `long_per_client` of one, do so at once. `per_client` counts what
    runs and waits for one client, `waiting` what waits for all of them.
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
    nothing. `graph` asks for a graph's statements instead of a query's answer, as its files have
    them: an IRI, or UNION for all but the shapes.
    """

    text: str
    solutions: str | None = "json"
    statements: str | None = "turtle"
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    shown: int = PAGE_ROWS
    encoding: str = ""
    graph: str | None = None


@dataclass(frozen=True)
class Answer:
    """A result: its bytes, and its kind: solutions, boolean or statements.

    It is complete but for a page; there `total` says how many rows or statements there are.
    `rows` is how many the body holds, where that was counted; `encoding` is what it is compressed
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

    Raises what Store.query raises; NotAcceptable when the caller takes no result of this kind.
    """
    if asked.graph is not None:
        return answer_graph(store, asked, bounds)
    results = store.query(
        asked.text,
        default_graphs=asked.default_graphs or None,
        named_graphs=asked.named_graphs or None,
    )
    kind = _kind(results)
    name = asked.statements if kind == "statements" else asked.solutions
    total, sink = None, _Sink(bounds.result_mebibytes, "one answer")
    if name == PAGE:
        sink = _Sink(min(bounds.result_mebibytes, PAGE_MEBIBYTES), "one page")
    try:
        if name is None:
            raise NotAcceptable(_offer(kind))
        if name == PAGE:
            total = write_first(results, asked.shown, sink, bounds.rows + 1)
        else:
            write_results(results, name, sink)
    except BoundExceeded as error:
        raise error.with_traceback(None) from None
    finally:
        # An error keeps what its frames hold, and Oxigraph's results may be freed in this
        # thread only.
        del results
    body = b"".join(sink.parts)
    rows = 0 if kind != "solutions" else _count_rows(body, name) if total is None else total
    if rows > bounds.rows:
        raise BoundExceeded(
            f"the result has more than the {bounds.rows:,} rows one answer may have;"
            " add a LIMIT or a narrower pattern",
            bound="rows",
        )
    return Answer(body, kind, total)


def answer_graph(store: Store, asked: Asked, bounds: Bounds) -> Answer:
    """Return the statements of the graph that is asked for as its files have them, sorted.

    They are one graph, so formats that keep graphs apart have them without a graph's name. Raises
    UnknownGraph, UsageError for a format that is none, and BoundExceeded past the bytes of one
    answer.
    """
    sink = _Sink(bounds.result_mebibytes, "one answer")
    quads = store.quads(None if asked.graph == UNION else asked.graph)
    if asked.graph == UNION:
        quads = (quad for quad in quads if quad.graph_name.value != SHAPES_GRAPH)
    triples = {quad.triple for quad in quads}
    sink.write(write_statements(triples, asked.statements or "turtle"))
    return Answer(b"".join(sink.parts), "statements", rows=len(triples))


class _Sink:
    """A file of bytes that refuses to grow past its limit: memory is not the first to go."""

    def __init__(self, mebibytes: int, holder: str):
        self.parts: list[bytes] = []
        self.left = mebibytes * MEBIBYTE
        self.limit = f"{mebibytes} MiB {holder} may have"

    def write(self, part: bytes) -> int:
        """Keep `part`; raises BoundExceeded past the limit."""
        self.left -= len(part)
        if self.left < 0:
            raise BoundExceeded(
                f"the result is larger than the {self.limit}; add a LIMIT or ask for fewer columns",
                bound="bytes",
            )
        self.parts.append(bytes(part))
        return len(part)

    def flush(self) -> None:
        """Do nothing; a serializer calls it at its end."""


def _kind(results: object) -> str:
    if isinstance(results, ox.QueryBoolean):
        return "boolean"
    return "solutions" if isinstance(results, ox.QuerySolutions) else "statements"


def _count_rows(body: bytes, name: str) -> int:
    """Return how many rows `body` has, by the marks its format sets outside of texts.

    The body is not parsed again: that would cost more than the answer. XML and TSV escape their
    marks inside a text; JSON and CSV need a second look only where a row may be empty or a value
    quoted.
    """
    if name == "xml":
        return body.count(b"<result>")
    if name == "json":
        if b"{}" not in body:
            return sum(1 for _ in _JSON_ROW.finditer(body)) + (b'"bindings":[]' not in body)
        body = _JSON_TEXT.sub(b"", body)
        return body.count(b"[{") + body.count(b",{")
    if name == "csv" and b'"' in body:
        body = _CSV_QUOTED.sub(b"", body)
    return body.count(b"\n") - 1


def _offer(kind: str) -> str:
    table, noun = (STATEMENTS, "statements") if kind == "statements" else (RESULTS, "a table")
    names = ", ".join(sorted({form.media_type for form in table.values()}))
    return f"the result is {noun}: it can be had as {names}"

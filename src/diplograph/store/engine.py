"""What answers a query within bounds: the query asked, its answer, and the in-process engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.core.compression import LEAST_BYTES, compress
from diplograph.core.errors import BoundExceeded, DiplographError, NotAcceptable
from diplograph.core.formats import RESULTS, STATEMENTS
from diplograph.core.names import SELECTIONS, in_default_graph, is_selected
from diplograph.core.serialization import write_statements
from diplograph.sparql.results import ResultBuffer, write_result_page, write_results
from diplograph.store.interface import (
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


def select(store: Store, selection: str) -> Iterator[ox.Quad]:
    """Yield the statements of one of SELECTIONS, as the files have them, sorted."""
    return (quad for quad in store.quads() if is_selected(quad.graph_name.value, selection))


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
    buffer = ResultBuffer(bounds.result_mebibytes)
    if asked.graph in SELECTIONS:
        quads = list(select(store, asked.graph))
        buffer.write(write_statements(quads, asked.statements or "turtle"))
        return Answer(buffer.body, "statements", rows=len(quads))
    quads = store.quads(None if asked.graph == UNION else asked.graph)
    if asked.graph == UNION:
        quads = (quad for quad in quads if in_default_graph(quad.graph_name.value))
    triples = {quad.triple for quad in quads}
    buffer.write(write_statements(triples, asked.statements or "turtle"))
    return Answer(buffer.body, "statements", rows=len(triples))


def _answer_query(store: Store, asked: QueryRequest, bounds: QueryBounds) -> Answer:
    results = _ask(store, asked)
    kind = _kind(results)
    name = asked.statements if kind == "statements" else asked.solutions
    if name is None:
        raise NotAcceptable(_offer(kind))
    if name == PAGE:
        buffer = ResultBuffer(min(bounds.result_mebibytes, PAGE_MEBIBYTES), "one page")
        body, total = write_result_page(results, asked.shown, buffer, bounds.rows + 1)
        return Answer(body, kind, total, None if total is None else min(total, asked.shown))
    buffer = ResultBuffer(bounds.result_mebibytes)
    if kind == "statements":
        statements = list(islice(results, bounds.rows + 1))
        if len(statements) > bounds.rows:
            return Answer(b"", kind, rows=len(statements))
        buffer.write(write_statements(statements, name))
        return Answer(buffer.body, kind, rows=len(set(statements)))
    body, rows = write_results(results, name, buffer)
    return Answer(body, kind, rows=rows)


def _ask(
    store: Store, asked: QueryRequest
) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
    return store.query(
        asked.text,
        default_graphs=asked.default_graphs,
        named_graphs=asked.named_graphs,
        services=asked.services,
        sparql12=asked.sparql12,
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


def _kind(results: object) -> str:
    if isinstance(results, ox.QueryBoolean):
        return "boolean"
    return "solutions" if isinstance(results, ox.QuerySolutions) else "statements"


def _offer(kind: str) -> str:
    table, noun = (STATEMENTS, "statements") if kind == "statements" else (RESULTS, "a table")
    names = ", ".join(sorted({form.media_type for form in table.values()}))
    return f"the result is {noun}: it can be had as {names}"

"""Answers a query of a store within bounds of rows and bytes; the engine in this process."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import pyoxigraph as ox

from diplograph.core.errors import (
    BoundExceeded,
    BuildLost,
    DiplographError,
    NotAcceptable,
    UnreadableFile,
)
from diplograph.core.files import LEAST_BYTES, compress
from diplograph.core.formats import RESULTS, STATEMENTS
from diplograph.core.names import SELECTIONS, in_default_graph, is_selected
from diplograph.core.serialization import write_statements
from diplograph.core.settings import PAGE_MEBIBYTES, QueryBounds
from diplograph.sparql.check import NO_SERVICE, find_silent_calls, silence
from diplograph.sparql.results import QueryResults, ResultBuffer, write_result_page, write_results
from diplograph.store.interface import PAGE, UNION, Answer, QueryRequest
from diplograph.store.literals import WrittenSolutions
from diplograph.store.store import Store

BUILD_LOST = (
    "the files of the build that is served are gone; the operator of this server has to build again"
)
_KINDS = {
    ox.QuerySolutions: "solutions",
    WrittenSolutions: "solutions",
    ox.QueryBoolean: "boolean",
}


class LocalEngine:
    """Answers in this process: for tests and scripts, since nothing here can stop a query."""

    def __init__(self, store: Store, bounds: QueryBounds | None = None):
        self.store, self.bounds, self.digest = store, bounds or QueryBounds(), store.digest

    def answer(self, request: QueryRequest, client: str = "") -> Answer:
        """Return the answer, bounded in rows and bytes, not in time or memory."""
        return answer_from(self.store, request, self.bounds)

    def close(self) -> None:
        """Do nothing: the store belongs to the caller."""


def select(store: Store, selection: str) -> Iterator[ox.Quad]:
    """Yield the statements of one of SELECTIONS, as the files have them, sorted."""
    return (quad for quad in store.quads() if is_selected(quad.graph_name.value, selection))


def answer_from(store: Store, request: QueryRequest, bounds: QueryBounds) -> Answer:
    """Return the complete answer of `store`; raises what Store.query and `write_answer` raise."""
    if request.parse_only:
        store.check(request.text, request.services)
        return Answer(b"", "boolean")
    if request.graph is not None:
        try:
            return _compress(_answer_graph(store, request, bounds), request)
        except UnreadableFile as error:  # it names folders
            raise BuildLost(BUILD_LOST) from error
    try:
        return _answer_query(store, request, bounds)
    except BoundExceeded as error:
        calls = find_silent_calls(request.text) if error.bound == "service" else []
        if not calls:
            raise
    return _answer_query(store, _silence_failing(store, request, bounds, calls), bounds)


def _answer_query(store: Store, request: QueryRequest, bounds: QueryBounds) -> Answer:
    def run() -> QueryResults | WrittenSolutions:
        results = store.query(
            request.text,
            default_graphs=request.default_graphs,
            named_graphs=request.named_graphs,
            services=request.services,
        )
        if request.written and isinstance(results, ox.QuerySolutions):
            return WrittenSolutions(results, request.written, store.literals)
        return results

    return write_answer(run, request, bounds)


def _silence_failing(
    store: Store, request: QueryRequest, bounds: QueryBounds, calls: Sequence[re.Match]
) -> QueryRequest:
    """Return the query without those SERVICE SILENT whose reply breaks off or cannot be read.

    Oxigraph ignores what fails before the first solution only; SPARQL 1.1 Federated Query, section
    2.3, all that fails. Each of several calls is tried without the others.
    """
    request = replace(request, services=(*request.services, NO_SERVICE))
    failing = list(calls) if len(calls) == 1 else []
    for call in () if failing else calls:
        others = [other for other in calls if other is not call]
        try:
            _answer_query(store, replace(request, text=silence(request.text, others)), bounds)
        except BoundExceeded as error:
            if error.bound != "service":
                raise
            failing.append(call)
    return replace(request, text=silence(request.text, failing))


def write_answer(
    run: Callable[[], QueryResults | WrittenSolutions], request: QueryRequest, bounds: QueryBounds
) -> Answer:
    """Return the results of `run` as requested, rows and uncompressed bytes within `bounds`.

    Raises what `run` raises, BoundExceeded, and NotAcceptable for a kind that is not wanted.
    """
    # A traceback keeps the frames' variables, and Oxigraph's results must be freed in this thread.
    failure = None
    try:
        answer = _write(run(), request, bounds)
    except DiplographError as error:
        failure = error.with_traceback(None)
    except (OSError, RuntimeError, ValueError, SyntaxError):  # say no more than callers may know
        failure = DiplographError("the engine could not answer this query")
        if request.services:
            message = "a SERVICE of the query gave no answer; try again"
            failure = BoundExceeded(message, bound="service")
    if failure:
        raise failure
    if answer.rows is not None and max(answer.rows, answer.total or 0) > bounds.rows:
        raise BoundExceeded(
            f"the result has more than the {bounds.rows:,} rows one answer may have;"
            " add a LIMIT or a narrower pattern",
            bound="rows",
        )
    return _compress(answer, request)


def _answer_graph(store: Store, request: QueryRequest, bounds: QueryBounds) -> Answer:
    """Return the statements of the requested graph; a selection keeps its graphs apart."""
    if request.graph in SELECTIONS:
        statements = list(select(store, request.graph))
    elif request.graph == UNION:
        quads = (quad for quad in store.quads() if in_default_graph(quad.graph_name.value))
        statements = {quad.triple for quad in quads}
    else:
        statements = {quad.triple for quad in store.quads(request.graph)}
    buffer = ResultBuffer(bounds.result_mebibytes)
    buffer.write(write_statements(statements, request.statements or "turtle"))
    return Answer(buffer.body, "statements", rows=len(statements))


def _write(
    results: QueryResults | WrittenSolutions, request: QueryRequest, bounds: QueryBounds
) -> Answer:
    kind = _KINDS.get(type(results), "statements")
    name, table, noun = request.solutions, RESULTS, "a table"
    if kind == "statements":
        name, table, noun = request.statements, STATEMENTS, "statements"
    if name is None:
        types = ", ".join(sorted({form.media_type for form in table.values()}))
        raise NotAcceptable(f"the result is {noun}: choose one of {types}")
    if name == PAGE:
        buffer = ResultBuffer(min(bounds.result_mebibytes, PAGE_MEBIBYTES), "one page")
        bounded = buffer, bounds.rows + 1
        body, total = write_result_page(results, request.shown, *bounded, request.skipped)
        rows = None if total is None else max(0, min(total - request.skipped, request.shown))
        return Answer(body, kind, total, rows)
    buffer = ResultBuffer(bounds.result_mebibytes)
    if isinstance(results, WrittenSolutions):
        body, rows = write_result_page(results, bounds.rows + 1, buffer, bounds.rows + 1)
        return Answer(body, kind, rows=rows)
    if kind != "statements":
        body, rows = write_results(results, name, buffer)
        return Answer(body, kind, rows=rows)
    statements = list(islice(results, bounds.rows + 1))
    if len(statements) > bounds.rows:
        return Answer(b"", kind, rows=len(statements))
    buffer.write(write_statements(statements, name))
    return Answer(buffer.body, kind, rows=len(set(statements)))


def _compress(answer: Answer, request: QueryRequest) -> Answer:
    paged = answer.total is not None or PAGE in {request.solutions, request.statements}
    if not request.encoding or paged or len(answer.body) < LEAST_BYTES:
        return answer
    return replace(answer, body=compress(answer.body, request.encoding), encoding=request.encoding)

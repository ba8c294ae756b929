"""The Flask blueprints of the SPARQL endpoint and of the graph store."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache

from flask import Blueprint, Response, g, request, url_for
from werkzeug.routing import Rule

from diplograph.core.errors import QuerySyntaxError
from diplograph.core.settings import PAGE_ROWS, Settings
from diplograph.sparql.query_text import drop_prefixes
from diplograph.store.interface import Engine, QueryRequest
from diplograph.views.drawings import Drawing
from diplograph.views.query_names import UnknownName, find_unknown_names
from diplograph.web import http
from diplograph.web.context import AppContext, ClientEngine
from diplograph.web.flask_adapter import read_flask, write_flask
from diplograph.web.protocol import sparql
from diplograph.web.protocol.graphs import GRAPHS, STORE, answer_store
from diplograph.web.protocol.negotiate import HTML
from diplograph.web.protocol.service_description import (
    ENDPOINT,
    BuildFacts,
    build_service_description,
    read_build_facts,
)
from diplograph.web.rendering import PAGE_TYPE, list_pages, write_page
from diplograph.web.result_drawings import draw_result
from diplograph.web.result_table import ResultTable, read_answer


def create_endpoint(context: AppContext, cache: http.ResponseCache) -> Blueprint:
    """Return the blueprint that answers SPARQL queries at /sparql.

    Without a query it sends people the form, and programs the service description.
    """
    endpoint = Blueprint("endpoint", __name__)
    engine, settings = context.engine, context.settings

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_once(digest: str) -> BuildFacts:
        return read_build_facts(engine)

    @endpoint.endpoint("endpoint.sparql")
    def answer() -> Response:
        http_request = read_flask(settings)
        g.query_text = request.args.get("query", "")  # an error page shows it in the form
        decision = sparql.decide(http_request, engine.digest, settings)
        if decision is sparql.NoQuery.FORM:
            page = write_page("query.html", text="")
            return Response(page, headers={"Vary": "Accept", "Cache-Control": "no-cache"})
        if decision is sparql.NoQuery.DESCRIPTION:
            facts = read_once(engine.digest)
            return write_flask(build_service_description(http_request, settings, facts))
        if isinstance(decision, http.HttpResponse):
            return write_flask(decision)
        g.query_text = decision.query.text
        return _answer(decision, http_request)

    def _answer(prepared: sparql.Prepared, http_request: http.HttpRequest) -> Response:
        cached = sparql.find_cached(prepared, http_request, cache)
        if cached is not None:
            return write_flask(cached)
        client_engine, started = ClientEngine(engine, http_request.client), time.perf_counter()
        with _noting_unknown(context, prepared):
            answer = client_engine.answer(prepared.query)
        milliseconds = (time.perf_counter() - started) * 1000
        if prepared.choice.of(answer.kind).name != HTML:
            return write_flask(sparql.answer_query(prepared, answer, http_request, cache))
        table = read_answer(client_engine, answer)
        unknown = _find_unknown(context, prepared.query.text) if table.empty else ()
        drawings = draw_result(table, context.asking())
        page = _write_answer(prepared, table, unknown, drawings)
        response = sparql.send_result(prepared, http_request, PAGE_TYPE, page.encode())
        # Not in the page, which is the same each time; the editor's script shows it there.
        timing = ("Server-Timing", f'query;dur={milliseconds:.1f};desc="Query"')
        return write_flask(replace(response, headers=(*response.headers, timing)))

    _take_any_method(endpoint, "endpoint.sparql", ENDPOINT, f"{ENDPOINT}/")
    return endpoint


@contextmanager
def _noting_unknown(context: AppContext, prepared: sparql.Prepared) -> Iterator[None]:
    """Let the page of a syntax error offer the names that may be meant."""
    try:
        yield
    except QuerySyntaxError:
        if prepared.choice.page:
            g.unknown = _find_unknown(context, prepared.query.text)
        raise


def _find_unknown(context: AppContext, text: str) -> tuple[UnknownName, ...]:
    return find_unknown_names(context.asking(), text, context.terms())


def _write_answer(
    prepared: sparql.Prepared,
    table: ResultTable,
    unknown: tuple[UnknownName, ...],
    drawings: tuple[Drawing, ...],
) -> str:
    """Return the page of an answer; `unknown` are the names in the query that nothing has."""
    query = prepared.query
    fields = _list_fields(query)

    def address(page: int) -> str:
        return url_for("endpoint.sparql", **fields, page=page if page > 1 else None)

    return write_page(
        "query.html",
        text=query.text,
        asked=query,
        short=fields,
        added=prepared.added,
        unknown=unknown,
        first=query.skipped + 1,
        table=table,
        drawings=drawings,
        **list_pages(prepared.page, table.total, PAGE_ROWS, address),
    )


def _list_fields(query: QueryRequest) -> dict[str, object]:
    """Return the fields of the shortest address of an answer page.

    The page declares the project's prefixes itself, so the address leaves their lines out.
    """
    graphs = {
        "default-graph-uri": query.default_graphs,
        "named-graph-uri": query.named_graphs,
    }
    return {
        "query": drop_prefixes(query.text),
        **{name: own for name, own in graphs.items() if own},
    }


def create_graph_store(engine: Engine, settings: Settings) -> Blueprint:
    """Return the blueprint that gives whole graphs, by `?graph=` or at an address of their own."""
    store = Blueprint("graphs", __name__)

    @store.endpoint("graphs")
    def graphs(name: str = "") -> Response:
        return write_flask(answer_store(read_flask(settings, body=False), settings, engine))

    _take_any_method(store, "graphs", STORE, f"{GRAPHS}<path:name>")
    return store


def _take_any_method(blueprint: Blueprint, view: str, *paths: str) -> None:
    """Route every request for `paths` to the view of that name, whatever its method.

    Flask itself would refuse a method that no rule names, and list in Allow those that one names.
    """
    for path in paths:
        rule = Rule(path, endpoint=view)
        blueprint.record_once(lambda state, rule=rule: state.app.url_map.add(rule))

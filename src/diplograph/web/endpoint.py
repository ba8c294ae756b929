"""The Flask blueprints of the SPARQL endpoint and of the graph store."""

from __future__ import annotations

from functools import lru_cache

from flask import Blueprint, Response, g, request
from werkzeug.routing import Rule

from diplograph.core.settings import Settings
from diplograph.store.interface import Engine
from diplograph.web import http
from diplograph.web.context import ClientEngine
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
from diplograph.web.rendering import PAGE_TYPE, write_page
from diplograph.web.result_table import read_answer


def create_endpoint(engine: Engine, settings: Settings, cache: http.ResponseCache) -> Blueprint:
    """Return the blueprint that answers SPARQL queries at /sparql.

    Without a query it sends people the form, and programs the service description.
    """
    endpoint = Blueprint("endpoint", __name__)

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
        client_engine = ClientEngine(engine, http_request.client)
        answer = client_engine.answer(prepared.query)
        if prepared.choice.of(answer.kind).name != HTML:
            return write_flask(sparql.answer_query(prepared, answer, http_request, cache))
        table = read_answer(client_engine, answer)
        page = write_page("query.html", text=g.query_text, asked=prepared.query, table=table)
        return write_flask(sparql.send_result(prepared, http_request, PAGE_TYPE, page.encode()))

    _take_any_method(endpoint, "endpoint.sparql", ENDPOINT, f"{ENDPOINT}/")
    return endpoint


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

"""The endpoint in the Flask app: what `sparql` answers by itself, and pages for people."""

from __future__ import annotations

from flask import Blueprint, Response, g, request
from werkzeug.routing import Rule

from diplograph.core.errors import NotAcceptable
from diplograph.store.interface import Engine
from diplograph.web import http
from diplograph.web.context import ClientEngine
from diplograph.web.flask_adapter import read_flask, write_flask
from diplograph.web.protocol.graphs import GRAPHS, STORE, answer_store
from diplograph.web.protocol.negotiate import HTML, negotiate_query
from diplograph.web.protocol.requests import asks_description, read_fields
from diplograph.web.protocol.service_description import create_description
from diplograph.web.protocol.sparql import answer_query, prepare, send_result
from diplograph.web.rendering import PAGE_TYPE, write_page
from diplograph.web.result_table import read_answer
from diplograph.web.settings import Settings


def create_endpoint(engine: Engine, settings: Settings) -> Blueprint:
    """Return the blueprint that answers SPARQL queries at /sparql.

    Asked nothing, it describes itself to a program, and shows people the form.
    """
    endpoint = Blueprint("endpoint", __name__)
    describe = create_description(engine, settings)

    @endpoint.endpoint("endpoint.sparql")
    def sparql() -> Response:
        asked = read_flask(settings)
        if asks_description(asked):
            if _wants_form(asked):
                page = write_page("query.html", text="")
                return Response(page, headers={"Vary": "Accept", "Cache-Control": "no-cache"})
            return write_flask(describe(asked))
        g.query_text = request.args.get("query", "")  # a refusal shows it again
        prepared = prepare(asked, engine.digest, settings)
        if isinstance(prepared, http.HttpResponse):
            return write_flask(prepared)
        g.query_text = prepared.asked.text
        asking = ClientEngine(engine, asked.client)
        answer = asking.answer(prepared.asked)
        if prepared.choice.of(answer.kind).name != HTML:
            return write_flask(answer_query(prepared, answer, asked))
        shown = {"text": g.query_text, "asked": prepared.asked}
        page = write_page("query.html", table=read_answer(asking, answer), **shown)
        return write_flask(send_result(prepared, asked, PAGE_TYPE, page.encode()))

    _take_any_method(endpoint, "endpoint.sparql", "/sparql", "/sparql/")
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
    """Hand every request for `paths` to the view of that name, whatever its method.

    Flask would refuse a method it was not told of by itself, and name as allowed all that it was.
    """
    for path in paths:
        rule = Rule(path, endpoint=view)
        blueprint.record_once(lambda state, rule=rule: state.app.url_map.add(rule))


def _wants_form(asked: http.HttpRequest) -> bool:
    """Return whether a request without a query likes a page better than any form of RDF."""
    word = read_fields(asked.query).get("format", ("",))[0]
    try:
        offer = negotiate_query(asked.headers.get("accept", ""), word or None).statements
    except NotAcceptable:
        return False
    return offer is not None and offer.name == HTML

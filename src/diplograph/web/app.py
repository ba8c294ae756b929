"""The WSGI application of one build: `create_app` registers protocol, pages and error handlers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask, Response, g, request
from werkzeug.routing import Rule

from diplograph.build.questions import Question
from diplograph.build.vocabularies import Alignments, read_alignments
from diplograph.core.home import Home
from diplograph.core.settings import Settings
from diplograph.store.engine import LocalEngine
from diplograph.store.interface import Engine
from diplograph.web import http
from diplograph.web.access_log import AccessLog, identify
from diplograph.web.context import AppContext
from diplograph.web.endpoint import create_endpoint, create_graph_store
from diplograph.web.figures import add_figure_values
from diplograph.web.flask_adapter import read_flask, read_response, write_flask
from diplograph.web.linked.data import create_data, create_declarations, create_identities
from diplograph.web.linked.downloads import create_downloads
from diplograph.web.metrics import Metrics
from diplograph.web.page_cache import register_assets, register_conditions
from diplograph.web.pages.about import create_about
from diplograph.web.pages.brief import create_brief
from diplograph.web.pages.changes import create_changes
from diplograph.web.pages.copy import create_copy
from diplograph.web.pages.crawlers import create_crawlers
from diplograph.web.pages.engagements import create_engagements
from diplograph.web.pages.error import register_error_page
from diplograph.web.pages.event import create_event
from diplograph.web.pages.fact import create_fact
from diplograph.web.pages.ontology import create_ontology
from diplograph.web.pages.open_issues import create_open_issues
from diplograph.web.pages.pair import create_pair, create_partnership
from diplograph.web.pages.questions import create_questions
from diplograph.web.pages.report import create_report
from diplograph.web.pages.search import create_completion, create_search
from diplograph.web.pages.start import create_probes, create_start
from diplograph.web.pages.thing import create_thing
from diplograph.web.protocol.etags import NO_STORE
from diplograph.web.protocol.graphs import READ_METHODS
from diplograph.web.protocol.requests import largest_body
from diplograph.web.query_check import create_query_check
from diplograph.web.rendering import add_template_values
from diplograph.web.result_workbook import create_result_workbook

if TYPE_CHECKING:
    from diplograph.store.store import Store

_BLUEPRINTS = (
    create_start,
    create_about,
    create_copy,
    create_questions,
    create_probes,
    create_changes,
    create_crawlers,
    create_engagements,
    create_event,
    create_fact,
    create_open_issues,
    create_pair,
    create_brief,
    create_partnership,
    create_report,
    create_search,
    create_completion,
    create_ontology,
    create_thing,
    create_identities,
    create_declarations,
    create_data,
    create_downloads,
    create_query_check,
    create_result_workbook,
)


def create_app(
    graph: Store | Engine,
    questions: Mapping[str, Question] | None = None,
    *,
    findings: int | None = None,
    built: datetime | None = None,
    started: datetime | None = None,
    still: bool = False,
    settings: Settings | None = None,
    alignments: Alignments | None = None,
    cache: http.ResponseCache | None = None,
    access_log: AccessLog | None = None,
) -> Flask:
    """Return the WSGI application that serves `graph`: pages, linked data, /sparql and /metrics.

    `graph`: a store, answered from in this process, or an engine such as a pool of workers.
    `questions`: shown on the pages, by name. `findings`, `built`, `started`, `still`: as
    AppContext has them.
    `alignments`: our terms in other vocabularies, by default those of the ontology of the home
    that `Home.find` finds. `cache`: where answers and pages are stored, by default one of its own.
    `access_log`: gets a line for each request.

    Under any WSGI server it names each request in X-Request-ID, counts it for /metrics of its
    process, logs it and caches answers. Only `diplograph serve` ends a query when its client
    leaves, bounds request bodies, refuses an invalid Host header, takes the client from
    X-Forwarded-For (elsewhere: werkzeug's ProxyFix), strips the path of `base_url`, and reloads.
    A query on a store has no bounds of time and memory: those take a pool.
    """
    engine = graph if hasattr(graph, "answer") else LocalEngine(graph)
    settings = settings or Settings()
    if cache is None:
        cache = http.ResponseCache(0) if settings.remote else http.ResponseCache()
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = largest_body(settings.bounds)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    alignments = read_alignments(Home.find()) if alignments is None else alignments
    facts = (findings, built, started, still, alignments, cache)
    context = AppContext(engine, questions or {}, settings, *facts)
    _register_observation(app, engine, settings, access_log)
    add_template_values(app, context)
    add_figure_values(app)
    register_assets(app, context)
    register_conditions(app, context, cache)
    for create in _BLUEPRINTS:
        app.register_blueprint(create(context))
    app.register_blueprint(create_endpoint(context, cache))
    app.register_blueprint(create_graph_store(engine, settings))
    register_error_page(app, settings)
    app.after_request(_add_headers)
    return app


def _register_observation(
    app: Flask, engine: Engine, settings: Settings, access_log: AccessLog | None
) -> None:
    """Let `app` name each request, count it, log it, and answer at /metrics; to be called first.

    `diplograph serve` does so itself: there the environment has http.WRITTEN_RESPONSES already.
    """
    metrics = Metrics()
    metrics.engine = engine
    if access_log is not None:
        access_log.digest = engine.digest

    @app.before_request
    def start() -> None:
        g.observed = http.WRITTEN_RESPONSES not in request.environ
        if g.observed:
            g.started, request.environ[http.WRITTEN_RESPONSES] = time.perf_counter(), []

    @app.after_request
    def observe(response: Response) -> Response:
        if not g.observed:
            return response
        seen = replace(read_flask(settings, body=False), body=g.get("body", b""))
        sent = read_response(request.environ, response)
        request_id, seconds = identify(seen), time.perf_counter() - g.started
        response.headers["X-Request-ID"] = request_id
        metrics.observe(seen, sent, seconds)
        if access_log is not None:
            access_log.write(seen, sent, seconds, request_id)
        return response

    @app.endpoint("metrics")
    def show_metrics() -> Response:
        return write_flask(metrics.answer(read_flask(settings, body=False), settings))

    app.url_map.add(Rule("/metrics", endpoint="metrics"))  # any method: see `create_endpoint`


def _add_headers(response: Response) -> Response:
    if "Allow" in response.headers:  # Flask lists its methods in any order
        response.headers["Allow"] = ", ".join(sorted(response.allow))
    if response.location:  # to a path alone: the router puts the client's Host header before it
        response.location = response.location.removeprefix(request.host_url.rstrip("/"))
    if request.method == "OPTIONS" and response.status_code == 200 and http.is_open(request.path):
        response = write_flask(http.HttpResponse(204, http.preflight(READ_METHODS)))
    if response.status_code >= 400:
        response.headers.setdefault("Cache-Control", NO_STORE)
    query = request.query_string.decode("ascii", "replace")
    for name, value in http.shared_headers(request.path, query, response.status_code):
        response.headers[name] = value
    return response

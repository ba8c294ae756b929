"""The web face of one build: `create_app` ties protocol, pages and refusals together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Flask, Response, request

from diplograph.build.questions import Question
from diplograph.build.vocabularies import Alignments, read_alignments
from diplograph.core.home import Home
from diplograph.store.engine import LocalEngine
from diplograph.store.interface import Engine
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import write_flask
from diplograph.web.http import SECURITY_HEADERS, HttpResponse, is_open, preflight, shared_headers
from diplograph.web.linked.data import create_data, create_declarations, create_identities
from diplograph.web.linked.downloads import create_downloads
from diplograph.web.page_cache import register_assets, register_conditions
from diplograph.web.pages.engagements import create_engagements
from diplograph.web.pages.error import register_error_page
from diplograph.web.pages.event import create_event
from diplograph.web.pages.fact import create_fact
from diplograph.web.pages.ontology import create_ontology
from diplograph.web.pages.open_issues import create_open_issues
from diplograph.web.pages.pair import create_pair
from diplograph.web.pages.partnership import create_partnership
from diplograph.web.pages.questions import create_questions
from diplograph.web.pages.report import create_report
from diplograph.web.pages.search import create_completion, create_search
from diplograph.web.pages.start import create_probes, create_start
from diplograph.web.pages.thing import create_thing
from diplograph.web.protocol.endpoint import create_endpoint, create_graph_store
from diplograph.web.protocol.graphs import READ_METHODS
from diplograph.web.protocol.requests import largest_body
from diplograph.web.rendering import add_template_values
from diplograph.web.settings import Settings

if TYPE_CHECKING:
    from diplograph.store.store import Store


PAGES: tuple[Callable[[AppContext], Blueprint], ...] = (
    create_start,
    create_questions,
    create_probes,
    create_engagements,
    create_event,
    create_fact,
    create_open_issues,
    create_pair,
    create_partnership,
    create_report,
    create_search,
    create_ontology,
    create_thing,
)


def create_pages(edition: AppContext) -> Iterator[Blueprint]:
    """Yield the blueprints of all pages."""
    for create in PAGES:
        yield create(edition)


def create_linked(edition: AppContext) -> Iterator[Blueprint]:
    """Yield the blueprints of the linked data."""
    for create in (create_identities, create_declarations, create_data, create_downloads):
        yield create(edition)


__all__ = ["SECURITY_HEADERS", "create_app"]


def create_app(
    graph: Store | Engine,
    questions: Mapping[str, Question] | None = None,
    *,
    findings: int | None = None,
    built: datetime | None = None,
    still: bool = False,
    settings: Settings | None = None,
    alignments: Alignments | None = None,
) -> Flask:
    """Return the WSGI application that serves `graph`.

    `graph`: a store, answered from in this process, or an engine such as a pool of workers.
    `questions`: shown on the pages, by name. `findings`: how many findings the build was left
    with, shown on the start page; None where nobody counted. `built`: when the build was made, the
    Last-Modified of its pages. `still`: the pages will be copied into files. `settings`: what the
    operator decided. `alignments`: what our terms are in other vocabularies; without them it is
    what the ontology of the home says that `Home.find` finds.
    """
    engine = graph if hasattr(graph, "answer") else LocalEngine(graph)
    settings = settings or Settings()
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = largest_body(settings.bounds)
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    alignments = read_alignments(Home.find()) if alignments is None else alignments
    edition = AppContext(engine, questions or {}, settings, findings, built, still, alignments)
    add_template_values(app, edition)
    register_assets(app, edition)
    register_conditions(app, edition)
    for blueprint in (*create_pages(edition), *create_linked(edition)):
        app.register_blueprint(blueprint)
    app.register_blueprint(create_completion(edition))
    app.register_blueprint(create_endpoint(engine, settings))
    app.register_blueprint(create_graph_store(engine, settings))
    register_error_page(app, settings)
    app.after_request(_add_headers)
    app.after_request(_stay_here)
    return app


def _add_headers(response: Response) -> Response:
    if request.method == "OPTIONS" and response.status_code == 200 and is_open(request.path):
        response = write_flask(HttpResponse(204, preflight(READ_METHODS)))
    for name, value in shared_headers(request.path):
        response.headers[name] = value
    return response


def _stay_here(response: Response) -> Response:
    """Send on by a path alone: the router writes the Host that the client gave, whoever's it is."""
    if response.location:
        response.location = response.location.removeprefix(request.host_url.rstrip("/"))
    return response

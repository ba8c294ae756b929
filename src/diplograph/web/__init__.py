"""The web face of one build: `create_app` ties protocol, pages and refusals together."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from diplograph.build.questions import Question
from diplograph.build.vocabularies import Alignments, read_alignments
from diplograph.core.home import Home
from diplograph.store.engine import LocalEngine
from diplograph.store.interface import Engine
from diplograph.web.assets import register_assets
from diplograph.web.bridge import write_flask
from diplograph.web.completion import create_completion
from diplograph.web.conditions import register_conditions
from diplograph.web.edition import Edition
from diplograph.web.endpoint import create_endpoint, create_graph_store
from diplograph.web.error_pages import register_refusals
from diplograph.web.exchange import Response as Made
from diplograph.web.graphstore import READS
from diplograph.web.headers import SECURITY_HEADERS, is_open, preflight, shared
from diplograph.web.linked import create_linked
from diplograph.web.pages import create_pages
from diplograph.web.protocol import largest_body
from diplograph.web.rendering import share
from diplograph.web.settings import Settings

if TYPE_CHECKING:
    from diplograph.store.store import Store


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
    edition = Edition(engine, questions or {}, settings, findings, built, still, alignments)
    share(app, edition)
    register_assets(app, edition)
    register_conditions(app, edition)
    for blueprint in (*create_pages(edition), *create_linked(edition)):
        app.register_blueprint(blueprint)
    app.register_blueprint(create_completion(edition))
    app.register_blueprint(create_endpoint(engine, settings))
    app.register_blueprint(create_graph_store(engine, settings))
    register_refusals(app, settings)
    app.after_request(_add_headers)
    app.after_request(_stay_here)
    return app


def _add_headers(response: Response) -> Response:
    if request.method == "OPTIONS" and response.status_code == 200 and is_open(request.path):
        response = write_flask(Made(204, preflight(READS)))
    for name, value in shared(request.path):
        response.headers[name] = value
    return response


def _stay_here(response: Response) -> Response:
    """Send on by a path alone: the router writes the Host that the client gave, whoever's it is."""
    if response.location:
        response.location = response.location.removeprefix(request.host_url.rstrip("/"))
    return response

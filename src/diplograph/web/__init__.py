"""The web face of one build: `create_app` ties protocol, pages and refusals together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import Flask, Response, request

from diplograph.questions import Question
from diplograph.store.engine import Engine, LocalEngine
from diplograph.web.pages import create_pages
from diplograph.web.refusals import register_refusals
from diplograph.web.sparql import create_endpoint

if TYPE_CHECKING:
    from diplograph.store import Store

LARGEST_REQUEST = 1024 * 1024

# No script runs, nothing is loaded from elsewhere, no other site may frame a page.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "Server": "diplograph",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
READABLE_FROM_ANYWHERE = ("/sparql", "/health")


def create_app(
    graph: Store | Engine,
    questions: Mapping[str, Question] | None = None,
    *,
    findings: int | None = None,
) -> Flask:
    """Return the WSGI application that serves `graph`.

    `graph`: a store, answered from in this process, or an engine such as a pool of workers.
    `questions`: shown on the pages, by name. `findings`: how many findings the build was left
    with, shown on the start page; None where nobody counted.
    """
    engine = graph if hasattr(graph, "answer") else LocalEngine(graph)
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.register_blueprint(create_pages(engine, questions or {}, findings))
    app.register_blueprint(create_endpoint(engine))
    register_refusals(app)
    app.after_request(_add_headers)
    return app


def _add_headers(response: Response) -> Response:
    for name, value in SECURITY_HEADERS.items():
        response.headers[name] = value
    if request.path in READABLE_FROM_ANYWHERE:
        response.headers["Access-Control-Allow-Origin"] = "*"
        if request.method == "OPTIONS":
            response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, OPTIONS"
            response.headers["Access-Control-Allow-Headers"] = "Accept, Content-Type"
            response.headers["Access-Control-Max-Age"] = "86400"
    return response

"""The endpoint in the Flask app: what `sparql` answers by itself, and pages for people."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from diplograph.store.engine import MEBIBYTE, Engine
from diplograph.web import exchange
from diplograph.web.negotiate import HTML, HTML_TYPE, prefer
from diplograph.web.protocol import METHODS, asks_description
from diplograph.web.refusals import Refusal, describe, is_told, tell, wants_page
from diplograph.web.settings import Settings
from diplograph.web.sparql import head, prepare, respond
from diplograph.web.tables import read_answer

ANY_METHOD = [*METHODS, "PUT", "DELETE", "PATCH", "TRACE"]


def create_endpoint(
    engine: Engine, settings: Settings, describe_service: Callable[[], Response] | None = None
) -> Blueprint:
    """Return the blueprint that answers SPARQL queries at /sparql.

    `describe_service` answers a GET without a query from a program; people get the form.
    """
    endpoint = Blueprint("endpoint", __name__)

    @endpoint.route("/sparql", methods=ANY_METHOD, provide_automatic_options=False)
    def sparql() -> Response:
        asked = read_flask()
        if asks_description(asked):
            if _wants_form(asked):
                page = render_template("query.html", text="")
                return Response(page, headers={"Vary": "Accept"})
            if describe_service is not None:
                return describe_service()
        prepared = prepare(asked, engine.digest, settings)
        if isinstance(prepared, exchange.Response):
            return write_flask(prepared)
        g.query_text = prepared.asked.text
        answer = engine.answer(prepared.asked, asked.client)
        if prepared.choice.of(answer.kind).name != HTML:
            return write_flask(respond(prepared, answer, asked))
        table = read_answer(engine, answer)
        page = render_template("query.html", text=g.query_text, table=table, asked=prepared.asked)
        return Response(page, mimetype=HTML_TYPE, headers=head(prepared, asked))

    return endpoint


def register_refusals(app: Flask) -> None:
    """Let `app` answer every error in the form its client asked for."""
    app.register_error_handler(Exception, _answer_error)


def read_flask(body: bool = True) -> exchange.Request:
    """Return the request that Flask is at work on; raises RequestEntityTooLarge."""
    return exchange.Request(
        method=request.method,
        path=request.path,
        query=request.query_string.decode("utf-8", "surrogateescape"),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=_read_body() if body and request.method == "POST" else b"",
        client=request.remote_addr or "",
        address=request.root_url.rstrip("/"),
    )


def write_flask(response: exchange.Response) -> Response:
    """Return `response` as Flask sends it, with the length that a HEAD says by itself."""
    return Response([response.body], response.status, list(response.headers))


def _read_body() -> bytes:
    """Return the whole body; raises RequestEntityTooLarge where it may be longer than was read.

    Werkzeug reads a body of no declared length up to the limit and says nothing of the rest.
    """
    body, limit = request.get_data(), request.max_content_length
    if limit is not None and request.content_length is None and len(body) >= limit:
        raise RequestEntityTooLarge
    return body


def _answer_error(error: Exception) -> Response:
    text, asked = g.get("query_text", ""), read_flask(body=False)
    if isinstance(error, HTTPException):
        refusal = _describe_http(error)
    else:
        refusal = describe(error, text)
        if not is_told(error):
            _log(error)
    told = write_flask(tell(refusal, asked))
    if wants_page(asked):
        page = {"title": refusal.title, "marked": refusal.marked, "text": text, **refusal.fields}
        told.set_data(render_template("refusal.html", **page))
        told.mimetype = HTML_TYPE
    return told


def _describe_http(error: HTTPException) -> Refusal:
    kept = ("Allow", "Location", "Retry-After")
    headers = tuple((name, value) for name, value in error.get_headers() if name in kept)
    message = error.description or error.name
    if isinstance(error, RequestEntityTooLarge):
        limit = (request.max_content_length or 0) / MEBIBYTE
        message = f"the request is larger than the {limit:.2g} MiB one may have"
    fields = {"error": error.name.replace(" ", ""), "message": message}
    return Refusal(error.code or 500, fields, headers=headers)


def _wants_form(asked: exchange.Request) -> bool:
    types = ["text/plain", HTML_TYPE]
    return prefer(asked.headers.get("accept", ""), types) == HTML_TYPE


def _log(error: Exception) -> None:
    from flask import current_app

    current_app.logger.error("%s at %s", type(error).__name__, request.path, exc_info=error)

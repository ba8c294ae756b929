"""How a refusal is told: as a sentence, as JSON or as a page, and never with a path or a trace."""

from __future__ import annotations

import json
from http import HTTPStatus

from flask import Flask, Response, g, render_template, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from diplograph.errors import BoundExceeded, DiplographError, QuerySyntaxError
from diplograph.store.engine import MEBIBYTE
from diplograph.web.negotiate import HTML_TYPE, prefer

JSON_TYPES = ("application/json", "application/problem+json", "application/sparql-results+json")
OFFERED = ("text/plain", *JSON_TYPES, HTML_TYPE)

# Seconds after which it is worth asking again, where another query was to blame; one that is too
# much by itself will be so again.
RETRY_SECONDS = {"queue": 2, "worker": 1}

# What a page is headed with; any other status has the words of HTTP.
TITLES = {
    400: "This cannot be answered as it stands",
    403: "Refused",
    404: "Not here",
    406: "Not in that format",
    409: "Which one is meant?",
    500: "Something went wrong here",
    503: "Stopped at a bound",
}


def register_refusals(app: Flask) -> None:
    """Let `app` answer every error in the form its client asked for."""
    app.register_error_handler(DiplographError, _answer_ours)
    app.register_error_handler(HTTPException, _answer_http)
    app.register_error_handler(Exception, _answer_unforeseen)


def _answer_ours(error: DiplographError) -> Response:
    told = isinstance(error, BoundExceeded) or error.http_status < 500
    fields = {"error": type(error).__name__, "message": str(error)}
    if not told:
        _log(error)
        fields = {"error": "DiplographError", "message": "something inside went wrong"}
    headers = {}
    if isinstance(error, BoundExceeded):
        fields["bound"] = error.bound
        if error.bound in RETRY_SECONDS:
            headers["Retry-After"] = str(RETRY_SECONDS[error.bound])
    if isinstance(error, QuerySyntaxError):
        fields |= {"line": error.line, "column": error.column}
    return _tell(error.http_status, fields, headers)


def _answer_http(error: HTTPException) -> Response:
    kept = {name: value for name, value in error.get_headers() if name in {"Allow", "Location"}}
    message = error.description or error.name
    if isinstance(error, RequestEntityTooLarge):
        limit = (request.max_content_length or 0) / MEBIBYTE
        message = f"the request is larger than the {limit:g} MiB one may have"
    fields = {"error": error.name.replace(" ", ""), "message": message}
    return _tell(error.code or 500, fields, kept)


def _answer_unforeseen(error: Exception) -> Response:
    _log(error)
    return _tell(500, {"error": "DiplographError", "message": "something inside went wrong"}, {})


def _tell(status: int, fields: dict, headers: dict) -> Response:
    wanted = prefer(request.accept_mimetypes, OFFERED) or "text/plain"
    text, marked = g.get("query_text", ""), _mark(fields, g.get("query_text", ""))
    if wanted in JSON_TYPES:
        wanted = "application/json" if "sparql" in wanted else wanted
        body = json.dumps({"status": status, **fields}, ensure_ascii=False) + "\n"
    elif wanted == HTML_TYPE:
        page = {
            "title": TITLES.get(status, HTTPStatus(status).phrase),
            "marked": marked,
            "text": text,
            **fields,
        }
        body = render_template("refusal.html", **page)
    else:
        body = "\n".join(part for part in (fields["message"], marked) if part) + "\n"
    response = Response(body, status=status, mimetype=wanted, headers=headers)
    response.vary.add("Accept")
    return response


def _mark(fields: dict, text: str) -> str:
    """Return the offending line of the query with a caret under the offending column."""
    line, column, lines = fields.get("line"), fields.get("column"), text.split("\n")
    if not line or not column or line > len(lines):
        return ""
    margin = f"{line} | "
    return f"{margin}{lines[line - 1]}\n{' ' * (len(margin) + column - 1)}^"


def _log(error: Exception) -> None:
    from flask import current_app

    current_app.logger.error("%s at %s", type(error).__name__, request.path, exc_info=error)

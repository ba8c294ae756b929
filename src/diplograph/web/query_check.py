"""The mistakes in a query that is being written, as JSON: the editor marks them."""

from __future__ import annotations

import json

from flask import Blueprint, Response

from diplograph.core.errors import QuerySyntaxError, Refused
from diplograph.sparql.query_text import declare_prefixes
from diplograph.store.interface import QueryRequest
from diplograph.views.query_names import UnknownName, find_unknown_names
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask
from diplograph.web.protocol.etags import NO_STORE
from diplograph.web.protocol.requests import read_request
from diplograph.web.protocol.service_description import ENDPOINT


def create_query_check(context: AppContext) -> Blueprint:
    """Return the blueprint of /sparql/check.json, which takes a query and does not run it."""
    pages = Blueprint("query_check", __name__)

    @pages.post(f"{ENDPOINT}/check.json")
    def check() -> Response:
        """Return `mistakes` with message, line and column, and the `prefixes` to declare."""
        request = read_flask(context.settings)
        written = read_request(request, context.settings).text
        text, added = declare_prefixes(written)
        services = context.settings.services
        mistakes = []
        try:
            context.client_engine().answer(QueryRequest(text, services=services, parse_only=True))
        except (QuerySyntaxError, Refused) as error:
            mistakes.append(_describe_error(error, text, written))
        unknown = find_unknown_names(context.asking(), written, context.terms())
        mistakes += map(_describe_unknown, unknown)
        body = json.dumps({"mistakes": mistakes, "prefixes": added}, ensure_ascii=False)
        headers = {"Cache-Control": NO_STORE}
        return Response(f"{body}\n", content_type="application/json", headers=headers)

    return pages


def _describe_error(
    error: QuerySyntaxError | Refused, text: str, written: str
) -> dict[str, object]:
    """Return the message and its place in the query as it was `written`.

    `text` is the query that was checked, with lines for prefixes added in one place.
    """
    if not isinstance(error, QuerySyntaxError) or not error.line:
        return {"message": str(error), "line": 1, "column": 1}
    lines, checked = written.split("\n"), text.split("\n")
    added = len(checked) - len(lines)
    pairs = enumerate(zip(checked, lines, strict=False))
    same = next((number for number, (one, other) in pairs if one != other), len(lines))
    line = error.line - added if error.line > same + added else error.line
    return {"message": error.message, "line": min(line, len(lines)), "column": error.column}


def _describe_unknown(unknown: UnknownName) -> dict[str, object]:
    message = f"{unknown.name} is not in this graph"
    if unknown.near:
        message = f"{message}; did you mean {' or '.join(unknown.near)}?"
    return {
        "message": message,
        "line": unknown.line,
        "column": unknown.column,
        "name": unknown.name,
        "near": unknown.near,
    }

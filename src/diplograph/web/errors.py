"""How a refusal is told: as a sentence, as JSON or as a page, and never with a path or a trace."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

from diplograph.core.errors import (
    BoundExceeded,
    DiplographError,
    EngineFault,
    MethodNotAllowed,
    QuerySyntaxError,
)
from diplograph.core.settings import (
    RETRY_AFTER_SECONDS,
    RETRY_ENGINE_SECONDS,
    RETRY_SAME_QUERY_SECONDS,
)
from diplograph.web.http import HttpRequest, HttpResponse
from diplograph.web.protocol.etags import NO_STORE
from diplograph.web.protocol.negotiate import HTML_TYPE, negotiate_offers

TEXT_TYPE = "text/plain"
PROBLEM_TYPE = "application/problem+json"
JSON_TYPES = ("application/json", PROBLEM_TYPE, "application/sparql-results+json")
OFFERED = (TEXT_TYPE, *JSON_TYPES, HTML_TYPE)

ENGINE_FAULT = "the engine behind this server does not answer; try again"

# Characters of a long line that are shown on either side of what is wrong with it.
_SHOWN_AROUND = 100

# What a page is headed with; any other status has the words of HTTP.
ERROR_TITLES = {
    400: "This cannot be answered as it stands",
    403: "Refused",
    404: "Not here",
    406: "Not in that format",
    409: "Which one is meant?",
    500: "Something went wrong here",
    503: "Stopped at a bound",
}


@dataclass(frozen=True)
class ErrorReport:
    """What is told of an error: its status, its fields by name, the query's line, its headers."""

    status: int
    fields: dict[str, object]
    marked: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The heading of the refusal's page."""
        return ERROR_TITLES.get(self.status, HTTPStatus(self.status).phrase)


def refuse(error: DiplographError, request: HttpRequest, text: str = "") -> HttpResponse:
    """Return the response that tells `error`, as text or as JSON; `text` is the query's.

    A client that likes a page best gets text: see `wants_page`.
    """
    return respond_error(describe_error(error, text), request)


def describe_error(error: Exception, text: str = "") -> ErrorReport:
    """Return what may be told of `error`: nothing of one that is the server's own fault.

    Of an engine elsewhere no more than that it does not answer: its fault is logged where it is
    asked, in words about addresses and settings.
    """
    if not is_reported(error):
        fields = {"error": "DiplographError", "message": "something inside went wrong"}
        return ErrorReport(500, fields)
    fields = {"error": type(error).__name__, "message": str(error)}
    if isinstance(error, EngineFault):
        fields = {"error": EngineFault.__name__, "message": ENGINE_FAULT}
    headers, marked = [], ""
    if isinstance(error, BoundExceeded):
        fields["bound"] = error.bound
    if error.http_status in {429, 503}:
        seconds = RETRY_ENGINE_SECONDS
        if isinstance(error, BoundExceeded):
            seconds = RETRY_AFTER_SECONDS.get(error.bound, RETRY_SAME_QUERY_SECONDS)
        headers.append(("Retry-After", str(seconds)))
    if isinstance(error, MethodNotAllowed):
        headers.append(("Allow", ", ".join(error.allowed)))
    if isinstance(error, QuerySyntaxError):
        marked = _mark(error, text)
        fields |= {"line": error.line, "column": error.column}
    return ErrorReport(error.http_status, fields, marked, tuple(headers))


def is_reported(error: Exception) -> bool:
    """Return whether the words of `error` are for the client."""
    ours = isinstance(error, DiplographError)
    return isinstance(error, BoundExceeded | EngineFault) or (ours and error.http_status < 500)


def respond_error(refusal: ErrorReport, request: HttpRequest) -> HttpResponse:
    """Return `refusal` as a response, in JSON where the client likes that best, else in text."""
    wanted = form_of(request)
    if wanted in JSON_TYPES:
        body = _write_json(refusal, wanted).encode()
        kind = PROBLEM_TYPE if wanted == PROBLEM_TYPE else "application/json"
    else:
        parts = (refusal.fields["message"], refusal.marked)
        body = ("\n".join(str(part) for part in parts if part) + "\n").encode()
        kind = "text/plain; charset=utf-8"
    headers = (
        ("Content-Type", kind),
        ("Cache-Control", NO_STORE),
        ("Vary", "Accept"),
        *refusal.headers,
    )
    if request.method == "HEAD":
        headers, body = (*headers, ("Content-Length", str(len(body)))), b""
    bound = refusal.fields.get("bound")
    return HttpResponse(refusal.status, headers, body, bound=None if bound is None else str(bound))


def form_of(request: HttpRequest) -> str:
    """Return the media type a refusal is told in, which Accept alone decides.

    A person whose query of `format=csv` fails is shown the query again.
    """
    return negotiate_offers(request.headers.get("accept", ""), OFFERED) or TEXT_TYPE


def wants_page(request: HttpRequest) -> bool:
    """Return whether the client likes a page for people best."""
    return form_of(request) == HTML_TYPE


def _write_json(refusal: ErrorReport, wanted: str) -> str:
    """Return the refusal in JSON; a problem has the members of RFC 9457, section 3.1."""
    fields = {"status": refusal.status, **refusal.fields}
    if wanted == PROBLEM_TYPE:
        detail = fields.pop("message")
        fields = {"title": HTTPStatus(refusal.status).phrase, "detail": detail, **fields}
    if refusal.marked:
        fields["marked"] = refusal.marked
    return json.dumps(fields, ensure_ascii=False) + "\n"


def _mark(error: QuerySyntaxError, text: str) -> str:
    """Return the offending line of the query with a caret under the offending column.

    Of a long line only what is around the column is shown.
    """
    line, column, lines = error.line, error.column, text.split("\n")
    if not line or not column or line > len(lines):
        return ""
    shown, margin, before = lines[line - 1].rstrip("\r"), f"{line} | ", column - 1
    if len(shown) > 2 * _SHOWN_AROUND:
        start, end = max(before - _SHOWN_AROUND, 0), before + _SHOWN_AROUND
        cut = "…" if start else "", "…" if end < len(shown) else ""
        shown, before = f"{cut[0]}{shown[start:end]}{cut[1]}", before - start + len(cut[0])
    return f"{margin}{shown}\n{' ' * (len(margin) + before)}^"

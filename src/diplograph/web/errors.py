"""Error responses: as text, as JSON or as a page, and never with a path or a stack trace."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from http import HTTPStatus

from diplograph.core.errors import (
    BoundExceeded,
    BuildLost,
    DiplographError,
    EngineFault,
    MethodNotAllowed,
    QuerySyntaxError,
    UnsupportedCoding,
)
from diplograph.core.settings import (
    RETRY_AFTER_SECONDS,
    RETRY_BUILD_SECONDS,
    RETRY_ENGINE_SECONDS,
    RETRY_SAME_QUERY_SECONDS,
)
from diplograph.core.terminal import escape_controls
from diplograph.web.http import HttpRequest, HttpResponse
from diplograph.web.protocol.etags import NO_STORE
from diplograph.web.protocol.negotiate import HTML_TYPE, negotiate_offers

PROBLEM_TYPE = "application/problem+json"
JSON_TYPES = ("application/json", PROBLEM_TYPE, "application/sparql-results+json")
_LINE_END = re.compile(r"\r?\n|\r")
_OFFERED = ("text/plain", *JSON_TYPES, HTML_TYPE)

# The headings of error pages; any other status has the phrase of HTTP.
ERROR_TITLES = {
    400: "There is a problem with this request",
    403: "Not allowed",
    404: "Page not found",
    406: "Not available in that format",
    409: "Which one do you mean?",
    500: "Sorry, something went wrong",
    503: "The answer is over a limit",
}
_QUERY_TITLE = "There is a problem with this query"


@dataclass(frozen=True)
class ErrorReport:
    """An error as it is sent: its status, fields by name, the marked line of the query, headers."""

    status: int
    fields: dict[str, object]
    marked: str = ""
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        """The heading of the error page."""
        if self.status == 503 and "bound" not in self.fields:
            return "Not available at the moment"
        if self.status == 400 and self.fields["error"] == QuerySyntaxError.__name__:
            return _QUERY_TITLE
        return ERROR_TITLES.get(self.status, HTTPStatus(self.status).phrase)


def describe_error(error: Exception, text: str = "") -> ErrorReport:
    """Return the report of `error`, without details of one that is the server's own fault.

    Those of an engine elsewhere, which name addresses and settings, are logged where it is queried.
    """
    if not is_reported(error):
        message = "something went wrong in this program"
        return ErrorReport(500, {"error": "DiplographError", "message": message})
    fields = {"error": type(error).__name__, "message": str(error)}
    if isinstance(error, EngineFault):
        message = "the engine behind this server does not answer; try again"
        fields = {"error": EngineFault.__name__, "message": message}
    headers, marked, seconds = [], "", RETRY_ENGINE_SECONDS
    if isinstance(error, BoundExceeded):
        fields["bound"] = error.bound
        seconds = RETRY_AFTER_SECONDS.get(error.bound, RETRY_SAME_QUERY_SECONDS)
    if isinstance(error, BuildLost):
        seconds = RETRY_BUILD_SECONDS
    if error.http_status in {429, 503}:
        headers.append(("Retry-After", str(seconds)))
    if isinstance(error, MethodNotAllowed):
        headers.append(("Allow", ", ".join(sorted(error.allowed))))
    if isinstance(error, UnsupportedCoding):  # what a body may have: RFC 9110, 15.5.16
        headers.append(("Accept-Encoding", "identity"))
    if isinstance(error, QuerySyntaxError):
        marked = _mark(error, text)
        fields |= {"line": error.line, "column": error.column}
    return ErrorReport(error.http_status, fields, marked, tuple(headers))


def is_reported(error: Exception) -> bool:
    """Return whether the message of `error` is for the client."""
    ours = isinstance(error, DiplographError)
    temporary = isinstance(error, BoundExceeded | EngineFault | BuildLost)
    return temporary or (ours and error.http_status < 500)


def respond_error(report: ErrorReport, request: HttpRequest) -> HttpResponse:
    """Return `report` as a response in JSON, HTML or text, as the client prefers.

    The page in HTML is the plainest there is: Flask's pages have one of the site's own.
    """
    media_type = _choose_type(request)
    if media_type in JSON_TYPES:
        content_type, fields = "application/json", {"status": report.status, **report.fields}
        if media_type == PROBLEM_TYPE:  # its members: RFC 9457, section 3.1
            title, detail = HTTPStatus(report.status).phrase, fields.pop("message")
            content_type, fields = PROBLEM_TYPE, {"title": title, "detail": detail, **fields}
        if report.marked:
            fields["marked"] = report.marked
        text = json.dumps(fields, ensure_ascii=False)
    elif media_type == HTML_TYPE:
        content_type, text = f"{HTML_TYPE}; charset=utf-8", _write_page(report)
    else:
        content_type = "text/plain; charset=utf-8"
        text = "\n".join(str(part) for part in (report.fields["message"], report.marked) if part)
        text = escape_controls(text, "\n\t")  # people read it in a terminal
    body = f"{text}\n".encode()
    headers = (
        ("Content-Type", content_type),
        ("Cache-Control", NO_STORE),
        ("Vary", "Accept"),
        *report.headers,
    )
    if request.method == "HEAD":
        headers, body = (*headers, ("Content-Length", str(len(body)))), b""
    bound = report.fields.get("bound")
    return HttpResponse(report.status, headers, body, bound=None if bound is None else str(bound))


def wants_page(request: HttpRequest) -> bool:
    """Return whether an error is shown as a page, which Accept alone decides.

    A person whose query of `format=csv` fails is shown the query again.
    """
    return _choose_type(request) == HTML_TYPE


def _write_page(report: ErrorReport) -> str:
    title, message, marked = (
        html.escape(escape_controls(str(part), "\n\t"))
        for part in (report.title, report.fields["message"], report.marked)
    )
    marked = f"<pre>{marked}</pre>\n" if marked else ""
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">'
        f"<title>{title} · Diplograph</title></head>\n"
        f"<body>\n<h1>{title}</h1>\n<p>{message}</p>\n{marked}</body>\n</html>"
    )


def _choose_type(request: HttpRequest) -> str:
    return negotiate_offers(request.headers.get("accept", ""), _OFFERED) or "text/plain"


def _mark(error: QuerySyntaxError, text: str) -> str:
    """Return the line with the error, or the part around its column, and a caret under it."""
    line, column, lines = error.line, error.column, _LINE_END.split(text)
    if not line or not column or line > len(lines):
        return ""
    shown, margin, before = lines[line - 1], f"{line} | ", column - 1
    if len(shown) > 200:
        start, end = max(before - 100, 0), before + 100
        cut = "…" if start else "", "…" if end < len(shown) else ""
        shown, before = f"{cut[0]}{shown[start:end]}{cut[1]}", before - start + len(cut[0])
    return f"{margin}{shown}\n{' ' * (len(margin) + before)}^"

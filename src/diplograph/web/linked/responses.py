"""Responses with an entity tag: a 304 where the client has the body, else the body, compressed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from werkzeug.http import http_date

from diplograph.web.http import HttpRequest, HttpResponse, compress_response
from diplograph.web.protocol.etags import (
    cache_headers,
    has_wildcard,
    is_unmodified,
    matches_etag,
)
from diplograph.web.settings import Settings

Headers = tuple[tuple[str, str], ...]


def answer_conditionally(
    request: HttpRequest,
    settings: Settings,
    *,
    tag: str,
    content_type: str,
    write: Callable[[], tuple[bytes, int | None]],
    modified: datetime | None = None,
    vary: str = "",
    encoding: str = "",
    more: Headers = (),
) -> HttpResponse:
    """Return the response with the body of entity tag `tag`, or a 304 (RFC 9110, 13.2.2).

    `write` returns the body and its number of statements, None for no RDF; it is not called where
    the tag alone decides. It raises where there is nothing to answer, and then no condition holds.
    `more` are headers of the whole response alone.
    """
    headers: Headers = (("ETag", tag), ("Cache-Control", cache_headers(settings)))
    if vary:
        headers = (*headers, ("Vary", vary))
    if modified:
        headers = (*headers, ("Last-Modified", http_date(modified)))
    if matches_etag(request, tag):
        return HttpResponse(304, headers)
    body, rows = write()
    if has_wildcard(request) or is_unmodified(request, modified):
        return HttpResponse(304, headers, rows=rows)
    headers = (("Content-Type", content_type), *headers, *more)
    return compress_response(request, headers, body, rows, encoding)

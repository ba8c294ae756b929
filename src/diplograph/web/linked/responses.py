"""Responses with RDF or a file: choice of the format, entity tag, 304, compression."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from werkzeug.http import http_date

from diplograph.core.formats import STATEMENTS
from diplograph.core.settings import Settings
from diplograph.web.http import HttpRequest, HttpResponse, compress_response
from diplograph.web.protocol.etags import (
    cache_headers,
    has_wildcard,
    is_unmodified,
    matches_etag,
)
from diplograph.web.protocol.graphs import choose_statements
from diplograph.web.protocol.negotiate import Offer

_SUFFIXES = {form.suffix: form for form in STATEMENTS.values()}
Headers = tuple[tuple[str, str], ...]


def split_suffix(name: str) -> tuple[str, str]:
    """Return a name and the suffix of an RDF format that ends it, empty where none does.

    >>> split_suffix("0.1.0.ttl")
    ('0.1.0', 'ttl')
    """
    base, _, suffix = name.rpartition(".")
    return (base, suffix) if base and suffix in _SUFFIXES else (name, "")


def choose_form(request: HttpRequest, suffix: str, subject: str) -> Offer:
    """Return the RDF format of `suffix`, or without one the format that Accept prefers.

    `subject` is the name of the resource in messages. Raises NotAcceptable.
    """
    if not suffix:
        return choose_statements(request, subject)
    return Offer(_SUFFIXES[suffix].name, _SUFFIXES[suffix].media_type)


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

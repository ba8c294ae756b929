"""Conversion between the requests and responses of Flask and those of web.http."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse

from diplograph.core.settings import Settings
from diplograph.web import http
from diplograph.web.http import WRITTEN_RESPONSES, name_client
from diplograph.web.protocol.requests import refuse_body


def read_flask(settings: Settings, *, body: bool = True) -> http.HttpRequest:
    """Return the request that Flask handles, without its body where `body` is False.

    Raises TooLong past the application's limit.
    """
    return http.HttpRequest(
        method=request.method,
        path=request.path,
        query=request.query_string.decode("utf-8", "surrogateescape"),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=_read_body() if body and request.method == "POST" else b"",
        client=name_client(request.remote_addr or ""),
        address=(settings.base_url or request.root_url).rstrip("/"),
    )


def write_flask(response: http.HttpResponse) -> Response:
    """Return `response` as Flask sends it; a HEAD has the Content-Length that it states itself.

    A response without a Content-Type, such as a 204, is sent without one. The list in the
    environment under WRITTEN_RESPONSES gets `response` too, for the log and the metrics.
    """
    request.environ.get(WRITTEN_RESPONSES, []).append(response)
    sent = Response([response.body], response.status)
    sent.headers.clear()
    sent.headers.extend(response.headers)
    return sent


def read_response(environ: Mapping, response: WerkzeugResponse) -> http.HttpResponse:
    """Return the application's response, with the fields that `write_flask` left in `environ`."""
    written = environ[WRITTEN_RESPONSES]
    last = written[-1] if written else http.HttpResponse(response.status_code)
    headers, body = tuple(response.headers.items()), response.get_data()
    return http.HttpResponse(
        response.status_code, headers, body, last.rows, last.bound, last.cached
    )


def _read_body() -> bytes:
    """Return the whole body; raises TooLong where it may be longer than was read.

    Werkzeug reads a body of no declared length up to the limit and does not report the rest.
    """
    limit = request.max_content_length
    try:
        body = request.get_data()
        if limit is None or request.content_length is not None or len(body) < limit:
            g.body = body  # for the access log
            return body
    except RequestEntityTooLarge:
        body = b""
    raise refuse_body(limit or 0)

"""Between Flask's requests and responses and ours."""

from __future__ import annotations

from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from diplograph.web import http
from diplograph.web.http import MADE
from diplograph.web.server.requests import name_client, refuse_body
from diplograph.web.settings import Settings


def read_flask(settings: Settings, *, body: bool = True) -> http.HttpRequest:
    """Return the request that Flask is at work on, without its body where `body` is False.

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
    """Return `response` as Flask sends it, with the length that a HEAD says by itself.

    What names no type, such as a 204, is sent without one. A list in the environment, under MADE,
    gets it as well: what a log is to be told is in no header.
    """
    request.environ.get(MADE, []).append(response)
    sent = Response([response.body], response.status)
    sent.headers.clear()
    sent.headers.extend(response.headers)
    return sent


def _read_body() -> bytes:
    """Return the whole body; raises TooLong where it may be longer than was read.

    Werkzeug reads a body of no declared length up to the limit and says nothing of the rest.
    """
    limit = request.max_content_length
    try:
        body = request.get_data()
        if limit is None or request.content_length is not None or len(body) < limit:
            return body
    except RequestEntityTooLarge:
        body = b""
    raise refuse_body(limit or 0)

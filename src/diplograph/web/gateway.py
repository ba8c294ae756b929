"""The Flask app called with a request whose body is complete (PEP 3333, without a socket)."""

from __future__ import annotations

import io
import sys
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.wrappers import Response as WerkzeugResponse

from diplograph.web.bridge import MADE
from diplograph.web.exchange import Request, Response


class _Answer(WerkzeugResponse):
    default_mimetype = None  # a 304 that named a type would change what a cache has


def call(app: Flask, request: Request) -> Response:
    """Return what `app` answers, its body complete."""
    made: list[Response] = []
    answer = _Answer.from_app(app, {**_describe(request), MADE: made}, buffered=True)
    body = answer.get_data()
    answer.close()
    told = made[-1] if made else Response(answer.status_code)
    headers = tuple(answer.headers.items())
    return Response(answer.status_code, headers, body, told.rows, told.bound)


def _describe(request: Request) -> dict[str, object]:
    """Return the environment of PEP 3333; its texts are bytes read as Latin-1, as it asks."""
    public = urlsplit(request.address)
    environ = {
        "REQUEST_METHOD": request.method,
        "SCRIPT_NAME": _as_latin(public.path),
        "PATH_INFO": _as_latin(request.path),
        "QUERY_STRING": _as_latin(request.query),
        "REMOTE_ADDR": request.client,
        "SERVER_NAME": public.hostname or "localhost",
        "SERVER_PORT": str(public.port or (443 if public.scheme == "https" else 80)),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": public.scheme or "http",
        "wsgi.input": io.BytesIO(request.body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in request.headers.items():
        if "_" not in name:  # it would pass for another header
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
    environ["HTTP_HOST"] = public.netloc
    environ["CONTENT_TYPE"] = environ.pop("HTTP_CONTENT_TYPE", "")
    environ["CONTENT_LENGTH"] = str(len(request.body))
    return environ


def _as_latin(text: str) -> str:
    return text.encode("utf-8", "surrogateescape").decode("latin-1")

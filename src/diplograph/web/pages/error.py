"""The page of an error, for clients that prefer HTML; other clients get web/errors.py's answer."""

from __future__ import annotations

import io
import re
from contextlib import suppress
from urllib.parse import unquote

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from diplograph.core.errors import DiplographError, NotExpressible, UnknownPrefix
from diplograph.core.names import expand, is_curie
from diplograph.core.settings import Settings
from diplograph.web.addresses import page_address
from diplograph.web.errors import (
    ErrorReport,
    describe_error,
    is_reported,
    respond_error,
    wants_page,
)
from diplograph.web.flask_adapter import read_flask, write_flask
from diplograph.web.protocol.negotiate import HTML_TYPE, exclude_format
from diplograph.web.rendering import write_page

_HEADERS = ("Allow", "Location", "Retry-After")
# Where a message begins to list suggestions, and a name among them.
_SUGGESTIONS = re.compile(r"did you mean|choose one of")
_NAME = re.compile(r"[\w-]+(?::[\w./-]*\w)?")
_QUOTED = re.compile(r"'([^']+)'")
# The longest part of an address that the search form is filled with, in characters.
_LONGEST_SEARCH = 100


def register_error_page(app: Flask, settings: Settings) -> None:
    """Let `app` answer every error in the form that its client prefers."""

    @app.errorhandler(NotExpressible)
    def answer_otherwise(error: NotExpressible) -> Response:
        """Return the answer in the next format that the client accepts, or the error."""
        accept = request.headers.get("Accept", "")
        while other := exclude_format(accept, error.form):
            # The body was read, and is to be read again.
            changed = {"HTTP_ACCEPT": other, "wsgi.input": io.BytesIO(request.get_data())}
            with app.request_context(request.environ | changed):
                try:
                    return app.make_response(app.dispatch_request())
                except NotExpressible as next_error:
                    error, accept = next_error, other
                except DiplographError as failure:
                    return answer(failure)
        return answer(error)

    @app.errorhandler(Exception)
    def answer(error: Exception) -> Response:
        client_request = read_flask(settings, body=False)
        report = _describe(error)
        response = write_flask(respond_error(report, client_request))
        if wants_page(client_request):
            message = str(report.fields["message"])
            near = find_suggestions(message)
            stated = message.partition("; did you mean")[0] if near else message
            page = write_page(
                "error.html",
                title=report.title,
                status=report.status,
                marked=report.marked,
                text=g.get("query_text", ""),
                unknown=g.get("unknown", ()),
                near=near,
                expand=expand,
                sentence=write_sentence(stated),
                sought_instead=find_sought(request.path, message),
                **report.fields,
            )
            response.set_data(page)
            response.mimetype = HTML_TYPE
        return response


def find_suggestions(message: str) -> dict[str, str | None]:
    """Return the names that a message suggests, each with the address of its page.

    A thing is named by its CURIE. Any other name may be a question's and has no address here.
    """
    match = _SUGGESTIONS.search(message)
    names = _NAME.findall(message, match.end()) if match else []
    addresses: dict[str, str | None] = dict.fromkeys(names)
    for name in filter(is_curie, addresses):
        with suppress(UnknownPrefix):
            addresses[name] = page_address(expand(name))
    return addresses


def find_sought(path: str, message: str) -> str:
    """Return what a reader who got a 404 was probably looking for, to fill the search form with.

    It is the name that `message` quotes, else the words in the last part of the path, but never the
    first part, which names a kind of page.

    >>> find_sought("/engagements", "actor: nothing in this graph is called 'Jaishankar'")
    'Jaishankar'
    >>> find_sought("/page/event/moscow-talk", "nothing in this graph is called event:moscow-talk")
    'moscow talk'
    """
    quoted = _QUOTED.search(message)
    _, *parts = unquote(path).strip("/").split("/")
    words = quoted[1] if quoted else re.sub(r"[\W_]+", " ", parts[-1] if parts else "")
    return words.strip()[:_LONGEST_SEARCH]


def write_sentence(message: str) -> str:
    """Return a message as a sentence of a page.

    >>> write_sentence("asof: 'x' is no day")
    "Asof: 'x' is no day."
    """
    end = "" if message.endswith((".", "?", "!")) else "."
    return f"{message[:1].upper()}{message[1:]}{end}"


def _describe(error: Exception) -> ErrorReport:
    if isinstance(error, HTTPException):
        message = error.description or error.name
        if error.code == 404:
            message = "there is no page at this address; search for it, or go to the start page"
        fields = {"error": error.name.replace(" ", ""), "message": message}
        headers = tuple((name, value) for name, value in error.get_headers() if name in _HEADERS)
        return ErrorReport(error.code or 500, fields, headers=headers)
    if not is_reported(error):
        current_app.logger.error("%s at %r", type(error).__name__, request.path, exc_info=error)
    return describe_error(error, g.get("query_text", ""))

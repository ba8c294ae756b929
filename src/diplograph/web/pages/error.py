"""Errors in the Flask app: told as everywhere, and to people as a page."""

from __future__ import annotations

import re
from urllib.parse import unquote

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException

from diplograph.core.errors import UnknownPrefix
from diplograph.core.names import expand, is_curie
from diplograph.web.addresses import page_address
from diplograph.web.errors import (
    ErrorReport,
    describe_error,
    is_reported,
    respond_error,
    wants_page,
)
from diplograph.web.flask_adapter import read_flask, write_flask
from diplograph.web.protocol.negotiate import HTML_TYPE
from diplograph.web.rendering import write_page
from diplograph.web.settings import Settings

_KEPT = ("Allow", "Location", "Retry-After")
_NO_ADDRESS = "nothing here has this address; search for it, or begin at the start page"
# Where a message begins to name what may have been meant.
_MEANT = re.compile(r"did you mean|choose one of")
_NAME = re.compile(r"[\w-]+(?::[\w./-]*\w)?")
# Characters of an address that are searched for instead.
_LONGEST = 100


def register_refusals(app: Flask, settings: Settings) -> None:
    """Let `app` answer every error in the form its client asked for."""

    @app.errorhandler(Exception)
    def answer(error: Exception) -> Response:
        asked = read_flask(settings, body=False)
        refusal = _describe(error)
        told = write_flask(respond_error(refusal, asked))
        if wants_page(asked):
            page = {"title": refusal.title, "marked": refusal.marked, **refusal.fields}
            near = find_suggestions(str(refusal.fields["message"]))
            page |= {
                "near": near,
                "status": refusal.status,
                "sought_instead": _guess() if refusal.status == 404 else "",
            }
            told.set_data(write_page("refusal.html", text=_query_text(), **page))
            told.mimetype = HTML_TYPE
        return told


def find_suggestions(message: str) -> dict[str, str | None]:
    """Return the names that a message says may have been meant, each with the address of its page.

    A thing is named by its CURIE; what is no CURIE may be a question, and has no address yet.
    """
    found = _MEANT.search(message)
    names = _NAME.findall(message, found.end()) if found else []
    return {name: _locate(name) for name in names}


def _locate(name: str) -> str | None:
    try:
        return page_address(expand(name)) if is_curie(name) else None
    except UnknownPrefix:
        return None


def _guess() -> str:
    """Return the words in the last part of the address, for whoever searches for them instead."""
    last = unquote(request.path).rstrip("/").rpartition("/")[2]
    return re.sub(r"[\W_]+", " ", last).strip()[:_LONGEST]


def _describe(error: Exception) -> ErrorReport:
    if isinstance(error, HTTPException):
        message = _NO_ADDRESS if error.code == 404 else error.description or error.name
        fields = {"error": error.name.replace(" ", ""), "message": message}
        headers = tuple((name, value) for name, value in error.get_headers() if name in _KEPT)
        return ErrorReport(error.code or 500, fields, headers=headers)
    if not is_reported(error):
        current_app.logger.error("%s at %r", type(error).__name__, request.path, exc_info=error)
    return describe_error(error, _query_text())


def _query_text() -> str:
    return g.get("query_text", "")

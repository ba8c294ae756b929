"""Errors in the Flask app: told as everywhere, and to people as a page."""

from __future__ import annotations

from flask import Flask, Response, current_app, g, render_template, request
from werkzeug.exceptions import HTTPException

from diplograph.web.bridge import read_flask, write_flask
from diplograph.web.negotiate import HTML_TYPE
from diplograph.web.refusals import Refusal, describe, is_told, tell, wants_page
from diplograph.web.settings import Settings

_KEPT = ("Allow", "Location", "Retry-After")


def register_refusals(app: Flask, settings: Settings) -> None:
    """Let `app` answer every error in the form its client asked for."""

    @app.errorhandler(Exception)
    def answer(error: Exception) -> Response:
        asked = read_flask(settings, body=False)
        refusal = _describe(error)
        told = write_flask(tell(refusal, asked))
        if wants_page(asked):
            page = {"title": refusal.title, "marked": refusal.marked, **refusal.fields}
            told.set_data(render_template("refusal.html", text=_query_text(), **page))
            told.mimetype = HTML_TYPE
        return told


def _describe(error: Exception) -> Refusal:
    if isinstance(error, HTTPException):
        fields = {"error": error.name.replace(" ", ""), "message": error.description or error.name}
        headers = tuple((name, value) for name, value in error.get_headers() if name in _KEPT)
        return Refusal(error.code or 500, fields, headers=headers)
    if not is_told(error):
        current_app.logger.error("%s at %r", type(error).__name__, request.path, exc_info=error)
    return describe(error, _query_text())


def _query_text() -> str:
    return g.get("query_text", "")

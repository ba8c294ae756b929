"""The endpoint: one query in, one complete result out, in the format that was asked for."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template, request

from diplograph.store.engine import PAGE, Asked, Engine
from diplograph.web.negotiate import HTML, HTML_TYPE, Choice, Offer, choose, prefer
from diplograph.web.protocol import QueryRequest, read_request
from diplograph.web.tables import read_answer


def create_endpoint(engine: Engine) -> Blueprint:
    """Return the blueprint that answers SPARQL queries at /sparql."""
    endpoint = Blueprint("endpoint", __name__)

    @endpoint.route("/sparql", methods=["GET", "POST"])
    def sparql() -> Response | str:
        if request.method != "POST" and not request.query_string and _wants_page():
            return Response(render_template("query.html", text=""), headers={"Vary": "Accept"})
        asked = read_request(request)
        g.query_text = asked.text
        return _answer(engine, asked, choose(request.accept_mimetypes, asked.word))

    return endpoint


def _answer(engine: Engine, asked: QueryRequest, choice: Choice) -> Response:
    answer = engine.answer(
        Asked(
            text=asked.text,
            solutions=_name(choice.solutions),
            statements=_name(choice.statements),
            default_graphs=asked.default_graphs,
            named_graphs=asked.named_graphs,
        )
    )
    offer = choice.of(answer.kind)
    if offer.name == HTML:
        table = read_answer(engine, answer)
        page = render_template("query.html", text=asked.text, table=table, asked=asked)
        return Response(page, mimetype=HTML_TYPE, headers={"Vary": "Accept"})
    return Response(answer.body, content_type=_content_type(offer), headers={"Vary": "Accept"})


def _name(offer: Offer | None) -> str | None:
    if offer is None:
        return None
    return PAGE if offer.name == HTML else offer.name


def _content_type(offer: Offer) -> str:
    text = offer.media_type.startswith("text/")
    return f"{offer.media_type}; charset=utf-8" if text else offer.media_type


def _wants_page() -> bool:
    types = ["text/plain", HTML_TYPE]
    return prefer(request.accept_mimetypes, types) == HTML_TYPE

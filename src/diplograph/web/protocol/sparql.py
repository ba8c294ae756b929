"""A query's request made ready, its answer made a response: the endpoint without a framework."""

from __future__ import annotations

from dataclasses import dataclass

from diplograph.store.interface import PAGE, Answer, QueryRequest
from diplograph.web.http import HttpRequest, HttpResponse, compress_response, preflight
from diplograph.web.protocol.etags import (
    NO_STORE,
    cache_headers,
    has_wildcard,
    matches_etag,
    query_etag,
)
from diplograph.web.protocol.negotiate import (
    HTML,
    AcceptedFormats,
    Offer,
    choose_encoding,
    negotiate_query,
)
from diplograph.web.protocol.requests import PROTOCOL_METHODS, read_request
from diplograph.web.settings import Settings

__all__ = ["Prepared", "answer_query", "prepare", "resend", "send_result"]


@dataclass(frozen=True)
class Prepared:
    """A query that can be asked: what to ask, the formats it may be sent in, and its tag.

    `tag` is the strong entity tag of the answer, None where it is another each time; `kept` is the
    Cache-Control of an answer that has one.
    """

    asked: QueryRequest
    choice: AcceptedFormats
    tag: str | None = None
    kept: str = NO_STORE


def prepare(request: HttpRequest, digest: str, settings: Settings) -> Prepared | HttpResponse:
    """Return what to ask of the build `digest`, or the response where nothing is to be asked.

    That is so for OPTIONS, and where the client's copy still holds. Raises what `read_request`
    and `choose` raise.
    """
    if request.method == "OPTIONS":
        return HttpResponse(204, preflight(PROTOCOL_METHODS))
    asked = read_request(request, settings)
    choice = negotiate_query(request.headers.get("accept", ""), asked.word)
    encoding = choose_encoding(request.headers.get("accept-encoding"))
    tag = query_etag(asked, choice, encoding, digest, settings)
    if matches_etag(request, tag):
        return HttpResponse(304, _cached(tag, choice, cache_headers(settings)))
    page = choice.page
    ready = QueryRequest(
        text=asked.text,
        solutions=_name(choice.solutions),
        statements=_name(choice.statements),
        default_graphs=asked.default_graphs,
        named_graphs=asked.named_graphs,
        encoding="" if page else encoding,  # a page is made of what the answer says
        services=settings.services,
    )
    return Prepared(ready, choice, tag, cache_headers(settings))


def answer_query(prepared: Prepared, answer: Answer, request: HttpRequest) -> HttpResponse:
    """Return the response that sends `answer` as it stands, in the format that was chosen."""
    kind = prepared.choice.of(answer.kind).content_type
    return send_result(prepared, request, kind, answer.body, answer.encoding, answer.rows)


def resend(prepared: Prepared, kept: HttpResponse, request: HttpRequest) -> HttpResponse:
    """Return `kept`, the answer that was given to the same question before, or a 304 for it."""
    if has_wildcard(request):
        headers = _cached(prepared.tag, prepared.choice, prepared.kept)
        return HttpResponse(304, headers, rows=kept.rows)
    return kept


def send_result(
    prepared: Prepared,
    request: HttpRequest,
    content_type: str,
    body: bytes,
    encoding: str = "",
    rows: int | None = None,
) -> HttpResponse:
    """Return the response of that body, with what a cache may do with it; HEAD has no body.

    A POST is cached by nobody: its body is no part of a cache's key (RFC 9111, section 2), and a
    tag would be one of what the address alone names (RFC 9110, 8.8.3).
    """
    if prepared.tag and request.method != "POST":
        headers = _cached(prepared.tag, prepared.choice, prepared.kept)
        if has_wildcard(request):
            return HttpResponse(304, headers, rows=rows)
    else:
        headers = (("Cache-Control", NO_STORE), ("Vary", _vary(prepared.choice)))
    headers = (("Content-Type", content_type), *headers)
    if encoding:
        headers = (*headers, ("Content-Encoding", encoding))
    return compress_response(request, headers, body, rows)


def _cached(tag: str, choice: AcceptedFormats, kept: str) -> tuple[tuple[str, str], ...]:
    return (("ETag", tag), ("Cache-Control", kept), ("Vary", _vary(choice)))


def _vary(choice: AcceptedFormats) -> str:
    """Return what of a request had a say: a format that the address names leaves Accept none."""
    return "Accept-Encoding" if choice.by_word else "Accept, Accept-Encoding"


def _name(offer: Offer | None) -> str | None:
    if offer is None:
        return None
    return PAGE if offer.name == HTML else offer.name

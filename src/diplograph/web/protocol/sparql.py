"""The SPARQL endpoint without a framework: from a request to a query, from an answer to a response.

`decide` says what a request to /sparql gets, whatever server carries it; then `find_cached`, the
engine and `answer_query` follow, or a page.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from diplograph.core.errors import NotAcceptable
from diplograph.core.formats import STATEMENTS
from diplograph.core.settings import PAGE_ROWS, Settings
from diplograph.sparql.query_text import declare_prefixes, name_answer
from diplograph.store.interface import PAGE, Answer, QueryRequest
from diplograph.web import http
from diplograph.web.http import HttpRequest, HttpResponse
from diplograph.web.protocol import etags
from diplograph.web.protocol.negotiate import (
    HTML,
    AcceptedFormats,
    choose_encoding,
    negotiate_query,
)
from diplograph.web.protocol.requests import (
    PROTOCOL_METHODS,
    asks_description,
    read_fields,
    read_request,
)


class NoQuery(Enum):
    """What is sent where a request names no query: the form to people, else the description."""

    FORM = "form"
    DESCRIPTION = "description"


@dataclass(frozen=True)
class Prepared:
    """A query ready for the engine, the formats its result may be sent in, and its entity tag.

    `tag` is the entity tag of the answer, None where the answer differs each time; `headers` are
    the answer's headers for caches. Where the result may be a page, `added` are the prefixes that
    the query uses without declaring them, and `page` is the part that is shown, from 1 on.
    """

    query: QueryRequest
    choice: AcceptedFormats
    tag: str | None
    headers: http.Fields
    added: tuple[str, ...] = ()
    page: int = 1


def decide(
    request: HttpRequest, digest: str, settings: Settings
) -> NoQuery | Prepared | HttpResponse:
    """Return what a request to /sparql gets: form, description, a query's result, or a response.

    A result is a page where `choice.page` of Prepared holds. Raises what `prepare` raises.
    """
    if not asks_description(request):
        return prepare(request, digest, settings)
    word = read_fields(request.query).get("format", ("",))[0]
    try:
        offer = negotiate_query(request.headers.get("accept", ""), word or None).statements
    except NotAcceptable:  # the description says so, with its own list of formats
        return NoQuery.DESCRIPTION
    return NoQuery.FORM if offer and offer.name == HTML else NoQuery.DESCRIPTION


def prepare(request: HttpRequest, digest: str, settings: Settings) -> Prepared | HttpResponse:
    """Return the query for the build `digest`, or the response where no query is to be run.

    That is so for OPTIONS, and where the client's copy is current. The response to a POST is not
    cached: its body is no part of a cache's key (RFC 9111, section 2), and a tag would be one of
    what the address alone names (RFC 9110, 8.8.3). Raises what `read_request` and
    `negotiate_query` raise.
    """
    if request.method == "OPTIONS":
        return HttpResponse(204, http.preflight(PROTOCOL_METHODS))
    wanted = read_request(request, settings)
    choice = negotiate_query(request.headers.get("accept", ""), wanted.word)
    encoding = choose_encoding(request.headers.get("accept-encoding"))
    tag = etags.query_etag(wanted, choice, encoding, digest, settings)
    # Accept did not decide where the address names a format.
    vary = ("Vary", "Accept-Encoding" if choice.by_word else "Accept, Accept-Encoding")
    if tag and request.method != "POST":
        headers = (("ETag", tag), ("Cache-Control", etags.cache_headers(settings)), vary)
    else:
        headers = (("Cache-Control", etags.NO_STORE), vary)
    if etags.matches_etag(request, tag):
        return HttpResponse(304, headers)
    solutions, statements = (
        PAGE if offer and offer.name == HTML else offer and offer.name
        for offer in (choice.solutions, choice.statements)
    )
    text, added = declare_prefixes(wanted.text) if choice.page else (wanted.text, ())
    query = QueryRequest(
        text=text,
        solutions=solutions,
        statements=statements,
        default_graphs=wanted.default_graphs,
        named_graphs=wanted.named_graphs,
        encoding="" if choice.page else encoding,  # the page is made from the answer's text
        services=settings.services,
        skipped=(wanted.page - 1) * PAGE_ROWS if choice.page else 0,
    )
    return Prepared(query, choice, tag, headers, added, wanted.page)


def find_cached(
    prepared: Prepared, request: HttpRequest, cache: http.ResponseCache
) -> HttpResponse | None:
    """Return the response to a GET that `cache` has, or a 304 for it; None where it has none."""
    cached = cache.find(prepared.tag) if request.method == "GET" else None
    if cached is not None and etags.has_wildcard(request):
        return HttpResponse(304, prepared.headers, rows=cached.rows, cached=True)
    return cached


def answer_query(
    prepared: Prepared, answer: Answer, request: HttpRequest, cache: http.ResponseCache
) -> HttpResponse:
    """Return the response with `answer`, stored in `cache` where it has a tag and answers a GET."""
    offer = prepared.choice.of(answer.kind)
    if prepared.choice.by_word:  # as links and forms of pages ask: a file that a browser saves
        # Programs open .json and .xml; the suffixes .srj and .srx are known to few.
        suffix = STATEMENTS[offer.name].suffix if answer.kind == "statements" else offer.name
        named = f'inline; filename="{name_answer(prepared.query.text)}.{suffix}"'
        prepared = replace(prepared, headers=(*prepared.headers, ("Content-Disposition", named)))
    content = offer.content_type, answer.body, answer.encoding, answer.rows
    response = send_result(prepared, request, *content)
    if prepared.tag is None or request.method != "GET":
        return response
    if response.status == 200:
        cache.store(prepared.tag, replace(response, cached=True))
    return replace(response, cached=False)


def send_result(
    prepared: Prepared,
    request: HttpRequest,
    content_type: str,
    body: bytes,
    encoding: str = "",
    rows: int | None = None,
) -> HttpResponse:
    """Return the response with that body and its caching headers; HEAD has no body."""
    if prepared.tag and etags.has_wildcard(request):
        return HttpResponse(304, prepared.headers, rows=rows)
    headers = (("Content-Type", content_type), *prepared.headers)
    if encoding:
        headers = (*headers, ("Content-Encoding", encoding))
    return http.compress_response(request, headers, body, rows)

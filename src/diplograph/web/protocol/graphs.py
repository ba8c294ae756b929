"""SPARQL 1.1 Graph Store HTTP Protocol, read-only: named graphs and the default graph."""

from __future__ import annotations

from urllib.parse import quote

import pyoxigraph as ox

from diplograph.core.errors import MethodNotAllowed, NotAcceptable, Refused, UsageError
from diplograph.core.formats import STATEMENTS
from diplograph.core.names import PREFIXES
from diplograph.core.settings import Settings
from diplograph.store.interface import UNION, Engine, QueryRequest
from diplograph.web.http import HttpRequest, HttpResponse, compress_response, preflight
from diplograph.web.protocol.etags import cache_headers, has_wildcard, hash_etag, matches_etag
from diplograph.web.protocol.negotiate import (
    HTML,
    Offer,
    choose_encoding,
    negotiate_offers,
    negotiate_query,
)
from diplograph.web.protocol.requests import read_fields

# As Oxigraph's own server has it, so that its clients work here; and `<root>graph/<name>` is read
# at `/graph/<name>`.
STORE, GRAPHS = "/store", "/graph/"

READ_METHODS = ("GET", "HEAD", "OPTIONS")
_READ_ONLY = "this graph store is read-only: its graphs are served as they were built from files"


def answer_store(request: HttpRequest, settings: Settings, engine: Engine) -> HttpResponse:
    """Return a graph in the RDF format that the client accepts (Graph Store Protocol, 5.2, 5.6).

    Raises UsageError where not exactly one graph is named, UnknownGraph, NotAcceptable, Refused,
    MethodNotAllowed, and what `engine` raises.
    """
    if request.method not in READ_METHODS:
        raise _refuse_write(request)
    if request.method == "OPTIONS":
        return HttpResponse(204, preflight(READ_METHODS))
    graph, offer = read_graph(request), choose_statements(request, "a graph")
    encoding = choose_encoding(request.headers.get("accept-encoding"))
    tag = hash_etag(engine.digest, graph, offer.media_type, encoding)
    headers = (
        ("Content-Type", offer.content_type),
        ("ETag", tag),
        ("Cache-Control", cache_headers(settings)),
        ("Vary", "Accept, Accept-Encoding"),
    )
    if matches_etag(request, tag):
        return HttpResponse(304, headers[1:])
    query = QueryRequest("", None, offer.name, encoding=encoding, graph=graph)
    answer = engine.answer(query, request.client)
    if has_wildcard(request):
        return HttpResponse(304, headers[1:], rows=answer.rows)
    if answer.encoding:
        headers = (*headers, ("Content-Encoding", answer.encoding))
    return compress_response(request, headers, answer.body, answer.rows)


def read_graph(request: HttpRequest) -> str:
    """Return the IRI of the graph that a request names, or UNION for the default graph.

    Directly (section 4.1) by its address here; indirectly (4.2) by `?default`, or by `?graph=` and
    an absolute IRI or its address here, percent-encoded. Raises UsageError.
    """
    if request.path.startswith(GRAPHS):
        return PREFIXES["graph"] + request.path.removeprefix(GRAPHS)
    fields = _read_fields(request)
    graphs, defaults = fields.get("graph", []), fields.get("default", [])
    if len(graphs) + len(defaults) != 1 or any(defaults):
        raise UsageError(
            "a request to the graph store names one graph: ?default, or ?graph= and its IRI"
        )
    if defaults:
        return UNION
    graph, local = graphs[0], f"{request.address}{GRAPHS}"
    try:
        ox.NamedNode(graph)
    except ValueError as error:
        raise UsageError(f"?graph= is not an absolute IRI: {graph[:200]!r}") from error
    return PREFIXES["graph"] + graph.removeprefix(local) if graph.startswith(local) else graph


def graph_address(graph: str) -> str:
    """Return the path, after the server's address, at which the graph of that IRI is read."""
    if graph == UNION:
        return f"{STORE}?default"
    if graph.startswith(PREFIXES["graph"]):
        return GRAPHS + quote(graph.removeprefix(PREFIXES["graph"]))
    return f"{STORE}?graph={quote(graph, safe='')}"


def choose_statements(request: HttpRequest, noun: str) -> Offer:
    """Return the RDF format of a response: by the `format` word, then by the Accept header.

    No header, or `*/*`, means Turtle; a browser, which prefers HTML, gets what it prefers next.
    Raises NotAcceptable, listing the formats of `noun`.
    """
    accept = request.headers.get("accept", "")
    word = _read_fields(request).get("format", ("",))[0]
    try:
        offer = negotiate_query(accept, word or None).statements
    except NotAcceptable:
        offer = None
    if offer is not None and offer.name == HTML:
        types = {form.media_type: form.name for form in STATEMENTS.values()}
        best = None if word else negotiate_offers(accept, types)
        offer = Offer(types[best], best) if best else None
    if offer is None:
        listed = ", ".join(form.media_type for form in STATEMENTS.values())
        raise NotAcceptable(f"{noun} is RDF: choose one of {listed}")
    return offer


def _refuse_write(request: HttpRequest) -> Refused | MethodNotAllowed:
    """Return a 403 for a write of the protocol (RFC 9110, 15.5.4), 405 for another method.

    405 as well for a write that names no graph (section 5.1), which a POST may do (5.5).
    """
    if request.method not in {"PUT", "POST", "DELETE", "PATCH"}:
        message = f"method {request.method[:20]} is not allowed; graphs are read by GET"
        return MethodNotAllowed(message, allowed=READ_METHODS)
    try:
        if request.method != "POST" or request.query:
            read_graph(request)
    except UsageError as error:
        return MethodNotAllowed(f"{_READ_ONLY}; and {error}", allowed=READ_METHODS)
    return Refused(_READ_ONLY)


def _read_fields(request: HttpRequest) -> dict[str, list[str]]:
    """Return the fields of the address; here a plus sign is a plus sign (section 4.2)."""
    return read_fields(request.query.replace("+", "%2B"))

"""One request and one response, whatever server carries them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field

from diplograph.core.compression import LEAST_BYTES, compress
from diplograph.core.settings import (
    ANSWER_CACHE_BYTES,
    CACHE_ENTRY_BYTES,
    CACHE_ITEM_BYTES,
    PREFLIGHT_SECONDS,
)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """What a client sent, its body complete.

    `query` is the address's part after `?`, undecoded; header names are in lower case; `client` is
    whose request counts against bounds per client; `address` is what precedes the path in the
    server's public address: `http://host:port`, and a prefix where a proxy has one.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    client: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """What a client gets; `rows` and `bound` are told to the log and the metrics alone."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    rows: int | None = None
    bound: str | None = None


def compress_response(
    request: HttpRequest,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
    rows: int | None = None,
    encoding: str = "",
) -> HttpResponse:
    """Return the response with `body`; for a HEAD the same without it (RFC 9110, 9.3.2).

    A body worth it is compressed with `encoding`, where there is one; the headers' tag is of that.
    """
    if encoding and len(body) >= LEAST_BYTES:
        body = compress(body, encoding)
        headers = (*headers, ("Content-Encoding", encoding))
    if request.method == "HEAD":
        return HttpResponse(200, (*headers, ("Content-Length", str(len(body)))), rows=rows)
    return HttpResponse(200, headers, body, rows)


Fields = tuple[tuple[str, str], ...]

# Scripts are files of ours, nothing is loaded from or sent elsewhere, no site may frame a page.
SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'self';"
        " img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Server": "diplograph",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# What programs read, wherever they come from: nobody is signed in, so nothing is given away.
OPEN_PATHS = frozenset(("/sparql", "/sparql/", "/store", "/health", "/ready", "/.well-known/void"))
OPEN_BELOW = (
    "/concept/",
    "/data/",
    "/download/",
    "/graph/",
    "/id/",
    "/ontology",
    "/prefix/",
    "/query/",
    "/shape/",
    "/shapes/",
)
# The files that pages offer: engagements of a filter, a calendar, a citation.
OPEN_ENDS = (".bib", ".csv", ".geojson", ".graphml", ".ics", ".json", ".ttl", ".xlsx")

_ALWAYS: Fields = tuple(SECURITY_HEADERS.items())
_CLOSED: Fields = (*_ALWAYS, ("Cross-Origin-Resource-Policy", "same-origin"))
# Beyond those that every script may read (Fetch, CORS-safelisted response-header name).
_OPEN: Fields = (
    *_ALWAYS,
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "Allow, Content-Location, ETag, Link, Retry-After, X-Request-ID",
    ),
)


def shared_headers(path: str) -> Fields:
    """Return the headers of every answer at `path`; other sites may read what programs do."""
    return _OPEN if is_open(path) else _CLOSED


def is_open(path: str) -> bool:
    """Return whether a page elsewhere may read what is at `path`: data, not a page of ours."""
    return path in OPEN_PATHS or path.startswith(OPEN_BELOW) or path.endswith(OPEN_ENDS)


def preflight(methods: tuple[str, ...]) -> Fields:
    """Return what OPTIONS is answered with: the methods, and what a page elsewhere may send."""
    listed = ", ".join(methods)
    return (
        ("Allow", listed),
        ("Access-Control-Allow-Methods", listed),
        ("Access-Control-Allow-Headers", "Accept, Cache-Control, Content-Type, If-None-Match"),
        ("Access-Control-Max-Age", str(PREFLIGHT_SECONDS)),
        ("Cache-Control", "no-store"),
    )


class AnswerCache:
    """Responses by strong entity tag, the one not asked for longest leaving first.

    A tag names the build, the query and the form of the answer, so nothing here is ever wrong; it
    is let go only for room. To be used from one thread.
    """

    def __init__(self, most: int = ANSWER_CACHE_BYTES):
        self._most, self._held = most, 0
        self._kept: OrderedDict[str, HttpResponse] = OrderedDict()

    def find(self, tag: str | None) -> HttpResponse | None:
        """Return the response that was kept under `tag`, if it still is."""
        if tag is None or tag not in self._kept:
            return None
        self._kept.move_to_end(tag)
        return self._kept[tag]

    def keep(self, tag: str, response: HttpResponse) -> None:
        """Keep `response` unless it is too large."""
        size = len(response.body) + CACHE_ENTRY_BYTES
        if size > min(CACHE_ITEM_BYTES, self._most) or tag in self._kept:
            return
        self._kept[tag] = response
        self._held += size
        while self._held > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._held -= len(oldest.body) + CACHE_ENTRY_BYTES


MADE = "diplograph.made"

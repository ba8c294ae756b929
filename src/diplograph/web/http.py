"""Requests and responses without a framework, the headers all responses share, and their cache."""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from threading import Lock
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import pyoxigraph as ox

from diplograph.core.files import LEAST_BYTES, compress
from diplograph.core.settings import (
    CACHE_ENTRY_BYTES,
    CACHE_ITEM_BYTES,
    PREFLIGHT_SECONDS,
    RESPONSE_CACHE_BYTES,
)

Fields = tuple[tuple[str, str], ...]

# The key of the WSGI environment whose value, a list, collects the HttpResponse that was written:
# its rows, bound and cache state, which the log and the metrics need, stand in no header.
WRITTEN_RESPONSES = "diplograph.written_responses"

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
# Paths that scripts of other sites may read: nobody is signed in, so nothing is given away.
OPEN_PATHS = frozenset(("/sparql", "/sparql/", "/store", "/health", "/ready", "/.well-known/void"))
OPEN_PREFIXES = tuple(
    "/concept/ /data/ /download/ /graph/ /id/ /ontology /prefix/ /query/ /shape/ /shapes/".split()
)
# The files that pages offer: engagements of a filter, a calendar, a citation.
OPEN_SUFFIXES = (".bib", ".csv", ".geojson", ".graphml", ".ics", ".json", ".ttl", ".xlsx")

_ALWAYS: Fields = tuple(SECURITY_HEADERS.items())
_SAME_ORIGIN: Fields = (*_ALWAYS, ("Cross-Origin-Resource-Policy", "same-origin"))
# Beyond those that every script may read (Fetch, CORS-safelisted response-header name).
_CROSS_ORIGIN: Fields = (
    *_ALWAYS,
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "Allow, Content-Location, ETag, Link, Retry-After, X-Request-ID",
    ),
)

# Paths of pages with a drawing, which `?view=embed` shows alone.
_DRAWING_PATHS = re.compile(
    r"/(?:timeline|network|map|page/(?:event|partnership)/.+|pair/[^/]+/[^/]+)"
)
_EMBEDDED: Fields = (
    *(
        (name, value.replace("frame-ancestors 'none'", "frame-ancestors *"))
        for name, value in _ALWAYS
        if name != "X-Frame-Options"
    ),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request, its body complete.

    `query` is what follows `?`, undecoded; header names are in lower case; `client` is whose bounds
    it counts against; `address` is what precedes the path, such as `https://host:port/prefix`.
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
    """One response, and for the log and the metrics alone the last three fields.

    These are the rows or statements in the body, the name of the bound that was hit, and whether
    the server's own cache had the response, None where it was not looked up.
    """

    status: int
    headers: Fields = ()
    body: bytes = b""
    rows: int | None = None
    bound: str | None = None
    cached: bool | None = None


def compress_response(
    request: HttpRequest, headers: Fields, body: bytes, rows: int | None = None, encoding: str = ""
) -> HttpResponse:
    """Return the response with `body`; for a HEAD the same without it (RFC 9110, 9.3.2).

    The body is compressed as `compress_body` does; the tag in `headers` is of that.
    """
    body, encoding = compress_body(body, encoding)
    if encoding:
        headers = (*headers, ("Content-Encoding", encoding))
    if request.method == "HEAD":
        return HttpResponse(200, (*headers, ("Content-Length", str(len(body)))), rows=rows)
    return HttpResponse(200, headers, body, rows)


def compress_body(body: bytes, encoding: str) -> tuple[bytes, str]:
    """Return `body` and what it is compressed with: `encoding`, or "" where it is too small."""
    if not encoding or len(body) < LEAST_BYTES:
        return body, ""
    return compress(body, encoding), encoding


def shared_headers(path: str, query: str = "", status: int = 200) -> Fields:
    """Return the headers of every response at `path`, which say whether other sites may read it.

    Of a drawing alone they say that other sites may show it in a frame, and of nothing else.
    """
    if status in (200, 304) and is_embedded(path, query):
        return _EMBEDDED
    return _CROSS_ORIGIN if is_open(path) else _SAME_ORIGIN


def is_embedded(path: str, query: str) -> bool:
    """Return whether this address is that of a drawing alone, made to be shown in a frame."""
    if "view=" not in query or not _DRAWING_PATHS.fullmatch(path):
        return False
    return parse_qs(query).get("view", ())[:1] == ["embed"]


def is_open(path: str) -> bool:
    """Return whether scripts of other sites may read what is at `path`: data, not a page."""
    return path in OPEN_PATHS or path.startswith(OPEN_PREFIXES) or path.endswith(OPEN_SUFFIXES)


def preflight(methods: tuple[str, ...]) -> Fields:
    """Return the headers of a CORS preflight response: what a script of another site may send."""
    listed = ", ".join(methods)
    return (
        ("Allow", listed),
        ("Access-Control-Allow-Methods", listed),
        ("Access-Control-Allow-Headers", "Accept, Cache-Control, Content-Type, If-None-Match"),
        ("Access-Control-Max-Age", str(PREFLIGHT_SECONDS)),
        ("Cache-Control", "no-store"),
    )


class Cached(Protocol):
    """What has a body: a response, or an answer of an engine."""

    @property
    def body(self) -> bytes:
        """The bytes that it holds."""


class ResponseCache:
    """Responses by entity tag, and answers to queries; the least recently used leave first.

    Threads may share it. No entry is ever out of date, since a tag names the build; but give the
    cache of an engine elsewhere a `capacity` of 0.
    """

    def __init__(self, capacity: int = RESPONSE_CACHE_BYTES):
        """`capacity`: bytes of all bodies together, with CACHE_ENTRY_BYTES for each."""
        self._capacity, self._size, self._lock = capacity, 0, Lock()
        self._entries: OrderedDict[Hashable, Cached] = OrderedDict()

    def find(self, tag: Hashable | None) -> Any:
        """Return what is stored under `tag`, if it still is."""
        with self._lock:
            if tag is None or tag not in self._entries:
                return None
            self._entries.move_to_end(tag)
            return self._entries[tag]

    def store(self, tag: Hashable, response: Cached) -> None:
        """Store a response or an answer unless it is too large."""
        size = len(response.body) + CACHE_ENTRY_BYTES
        if size > min(CACHE_ITEM_BYTES, self._capacity):
            return
        with self._lock:
            if tag in self._entries:
                return
            self._entries[tag] = response
            self._size += size
            while self._size > self._capacity:
                _, oldest = self._entries.popitem(last=False)
                self._size -= len(oldest.body) + CACHE_ENTRY_BYTES


def is_address(text: str) -> bool:
    """Return whether `text` is an http or https URL without query, fragment and user.

    IRIs in statements begin with it, so it has no character that an IRI may not have.
    """
    try:
        parts = urlsplit(ox.NamedNode(text).value)
        plain = parts.port != 0 and not (parts.query or parts.fragment or parts.username)
        return plain and parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # a space, a port that is not a number, an open bracket
        return False


def name_client(address: str) -> str:
    """Return the client whose bounds a request from `address` counts against; "" for no address.

    That is the address itself, but for IPv6, where a client has very many, the first address of
    its network of 64 bits (RFC 6177).
    """
    # An address has at most 45 characters, and some more with the name of an interface.
    return _name_client(address) if len(address) <= 64 else ""


@lru_cache(maxsize=1024)
def _name_client(text: str) -> str:
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    if not isinstance(address, IPv6Address) or address.is_loopback:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(IPv6Address(int(address) >> 64 << 64))

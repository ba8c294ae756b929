"""Entity tags, conditional requests and Cache-Control of answers (RFC 9110, 13; RFC 9111)."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import blake2b
from importlib import metadata

from diplograph.core.settings import BROWSER_SECONDS, LONGEST_IF_NONE_MATCH, Settings
from diplograph.web.http import HttpRequest
from diplograph.web.protocol.negotiate import AcceptedFormats
from diplograph.web.protocol.requests import ProtocolRequest

NO_STORE = "no-store"

# Functions with another value each time; STRUUID ends as UUID does. One in a string or a comment,
# or before a comment, is matched too: that costs a cached answer, nothing else.
_VOLATILE = ("NOW", "RAND", "UUID", "BNODE")
_CALL = re.compile(rf"(?:{'|'.join(_VOLATILE)})\s*[(#]")
_GRAPHS = re.compile(r"graph\s*[?$#]", re.IGNORECASE)
# The preferred form of an HTTP-date, and the two that are obsolete.
_DATE_FORMS = ("%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y")
_TAG = re.compile(r'(?:W/)?("[^"]*")')


def query_etag(
    query: ProtocolRequest, choice: AcceptedFormats, encoding: str, digest: str, settings: Settings
) -> str | None:
    """Return the entity tag of a query's answer (RFC 9110, 8.8.3), None for a volatile one.

    Where all that it is made of is equal the bytes are equal, since a build is read in one order
    and Oxigraph answers in that order where a query has none. So it is a strong tag, but for the
    names of graphs, which Oxigraph lists in any order, and for an engine elsewhere: those get a
    weak one.
    """
    upper = query.text.upper()  # a plain search first: the pattern takes ten times as long
    if any(name in upper for name in _VOLATILE) and _CALL.search(upper):
        return None
    if settings.services and "SERVICE" in upper:
        return None
    parts = (
        digest,
        query.text,
        query.default_graphs,
        query.named_graphs,
        choice.solutions and choice.solutions.media_type,
        choice.statements and choice.statements.media_type,
        choice.by_word,  # the bytes are equal, but not what they vary with
        encoding,
        settings.services,
        choice.page and query.page,
    )
    tag = hash_etag(*parts)
    return f"W/{tag}" if settings.remote or _GRAPHS.search(query.text) else tag


def hash_etag(*parts: object) -> str:
    """Return the strong entity tag of bytes that depend on `parts` and this software alone."""
    digest = blake2b(repr((_software(), *parts)).encode(), digest_size=16)
    return f'"{digest.hexdigest()}"'


def matches_etag(request: HttpRequest, tag: str | None) -> bool:
    """Return whether If-None-Match lists `tag` (RFC 9110, 13.1.2).

    The comparison is weak; a condition on a POST is disregarded (13.2.1). `*` is no tag: see
    `has_wildcard`.
    """
    listed = request.headers.get("if-none-match")
    if listed is None or tag is None or request.method == "POST":
        return False
    opaque = tag.removeprefix("W/")
    return opaque in listed and opaque in _TAG.findall(listed, 0, LONGEST_IF_NONE_MATCH)


def has_wildcard(request: HttpRequest) -> bool:
    """Return whether If-None-Match is `*`: a 304 is right, but only once there is a response.

    A request that fails does so whatever its condition (RFC 9110, 13.2.1).
    """
    listed = request.headers.get("if-none-match", "")
    return request.method != "POST" and listed.strip() == "*"


def is_unmodified(request: HttpRequest, modified: datetime | None) -> bool:
    """Return whether If-Modified-Since names the time `modified` or a later one.

    The condition is ignored where the request has If-None-Match, is no GET or HEAD, or names no
    date, several, or one in the future (RFC 9110, 13.1.3), unless that is `modified` itself.
    """
    listed = request.headers.get("if-modified-since")
    if listed is None or modified is None or "if-none-match" in request.headers:
        return False
    since, whole = _read_date(listed), modified.replace(microsecond=0)
    if since is None or request.method not in {"GET", "HEAD"}:
        return False
    return whole <= since <= max(whole, datetime.now(UTC))


def _read_date(text: str) -> datetime | None:
    """Return the moment that an HTTP-date names (RFC 9110, 5.6.7), None for another text."""
    for form in _DATE_FORMS:
        with suppress(ValueError):
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
    return None


def cache_headers(settings: Settings) -> str:
    """Return the Cache-Control of an answer: short for browsers, `max_age` for shared caches."""
    age = settings.max_age  # stale-while-revalidate would have no effect: RFC 9111, 5.2.2.10
    return f"public, max-age={min(age, BROWSER_SECONDS)}, s-maxage={age}"


@lru_cache(maxsize=1)
def _software() -> str:
    """Return the versions on which the bytes of an answer and the order of its rows depend."""
    return " ".join(metadata.version(name) for name in ("diplograph", "pyoxigraph"))

"""A request on its way in: its head as we read it, its body complete, or the error it deserves."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from diplograph.errors import MethodNotAllowed, TooLong, UsageError
from diplograph.store.engine import MEBIBYTE
from diplograph.web.exchange import Request
from diplograph.web.protocol import largest_body
from diplograph.web.settings import Settings

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol, Scope

_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")


def read_head(scope: Scope, settings: Settings) -> Request:
    """Return the request without its body, its path below the base address, if there is one."""
    items = scope.headers.items()
    headers = dict(items)
    if len(headers) != len(items):
        headers = _join(items)
    path, client = scope.path, scope.client.rpartition(":")[0].strip("[]")
    prefix = urlsplit(settings.base_url).path.rstrip("/")
    if prefix and path.startswith(f"{prefix}/"):
        path = path[len(prefix) :]
    if settings.trust_proxy and "x-forwarded-for" in headers:
        client = headers["x-forwarded-for"].rpartition(",")[2].strip()
    host = scope.authority or headers.get("host") or scope.server  # RFC 9112, 3.2.2
    address = settings.base_url or f"{scope.scheme}://{host}"
    return Request(
        scope.method, path, scope.query_string, headers, b"", client, address.rstrip("/")
    )


def check_head(scope: Scope, request: Request) -> None:
    """Raise the error of a head that HTTP/1.1 wants refused (RFC 9110, 9.1; RFC 9112, 3.2)."""
    unsaid = "" if scope.http_version == "1.1" else scope.server
    if not _is_host(request.headers.get("host", unsaid)):
        raise UsageError("the request names no host that there could be")
    if request.method != request.method.upper():  # `get` is no GET, but to Flask
        message = f"there is no method {request.method}: methods are in capitals"
        raise MethodNotAllowed(message, allowed=("GET", "HEAD", "OPTIONS"))


async def read_body(request: Request, proto: HTTPProtocol, settings: Settings) -> Request:
    """Return `request` with its body, which is whole.

    Raises TooLong, UsageError where the client broke off, and TimeoutError where it is slow.
    """
    largest = largest_body(settings.bounds)
    declared = request.headers.get("content-length", "0")
    wanted = int(declared) if declared.isdecimal() else 0
    if wanted > largest:
        raise _too_long(largest)
    parts, length, empty = [], 0, 0
    async with asyncio.timeout(settings.body_seconds):
        async for part in proto:
            length += len(part)
            if length > largest:
                raise _too_long(largest)
            parts.append(bytes(part))
            empty += not part
    # The server ends every body with an empty part, and tells of an error by one more.
    cut = empty > 1 if "transfer-encoding" in request.headers else length != wanted
    if cut:
        raise UsageError("the request's body is not complete")
    return replace(request, body=b"".join(parts))


@lru_cache(maxsize=64)
def _is_host(text: str) -> bool:
    """Return whether a Host header has the form that RFC 9110, section 7.2, asks of it."""
    found = _HOST.fullmatch(text)
    return bool(found) and int(found[1] or 0) <= 65535


def _too_long(largest: int) -> TooLong:
    limit = largest / MEBIBYTE
    return TooLong(f"the request is larger than the {limit:.2g} MiB one may have", bound="length")


def _join(items: list[tuple[str, str]]) -> Mapping[str, str]:
    """Return headers by name, those that come twice in one list (RFC 9110, section 5.3)."""
    headers: dict[str, str] = {}
    for name, value in items:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers

"""Reading requests from the HTTP server: head, client and body, within bounds."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from diplograph.core.errors import BoundExceeded, TooManyRequests, UsageError
from diplograph.core.settings import BODY_BYTES, CLIENT_BODY_BYTES, Settings
from diplograph.web.http import HttpRequest, name_client
from diplograph.web.protocol.requests import largest_body, refuse_body

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol, Scope

_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")


class Bodies:
    """The bytes of all request bodies that are in memory, in all and of each client."""

    def __init__(self, most: int = BODY_BYTES, most_of_client: int = CLIENT_BODY_BYTES):
        self._most, self._most_of_client = most, most_of_client
        self._of: Counter[str] = Counter()
        self._held = 0

    @contextmanager
    def hold(self, client: str) -> Iterator[Callable[[int], None]]:
        """Give a function that counts further bytes of one body; at the end they are subtracted.

        It raises BoundExceeded past the bound of all bodies, TooManyRequests past the client's.
        """
        held = 0

        def count(length: int) -> None:
            nonlocal held
            held += length
            self._held += length
            self._of[client] += length
            message = "too many bytes in request bodies"
            if self._of[client] > self._most_of_client:
                raise TooManyRequests(f"{message} of this client", bound="client")
            if self._held > self._most:
                raise BoundExceeded(message, bound="queue")

        try:
            yield count
        finally:
            self._held -= held
            self._of[client] -= held
            if not self._of[client]:
                del self._of[client]


def read_head(scope: Scope, settings: Settings) -> HttpRequest:
    """Return the request without its body, its path below the base address, if there is one."""
    items = scope.headers.items()
    headers = dict(items)
    if len(headers) != len(items):  # some come twice: they are one list (RFC 9110, 5.3)
        headers = {}
        for name, value in items:
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
    path, client = scope.path, name_client(_without_port(scope.client))
    prefix = urlsplit(settings.base_url).path.rstrip("/")
    if prefix and path.startswith(f"{prefix}/"):
        path = path[len(prefix) :]
    if settings.trust_proxy and "x-forwarded-for" in headers:
        last = headers["x-forwarded-for"].rpartition(",")[2].strip()  # by the proxy before this
        client = name_client(last.strip("[]")) or name_client(_without_port(last)) or client
    host = scope.authority or headers.get("host") or scope.server  # RFC 9112, 3.2.2
    address = settings.base_url or f"{scope.scheme}://{host}"
    return HttpRequest(
        scope.method, path, scope.query_string, headers, b"", client, address.rstrip("/")
    )


def check_host(scope: Scope, request: HttpRequest) -> None:
    """Raise UsageError for an invalid Host header, or for none in HTTP/1.1 (RFC 9112, 3.2).

    The HTTP server accepts any; the links of pages and the IRIs of descriptions begin with it.
    """
    default = "" if scope.http_version == "1.1" else scope.server
    host = request.headers.get("host", default)
    if not (_is_host(host) and _is_host(scope.authority or host)):
        raise UsageError("invalid Host header")


async def read_body(
    request: HttpRequest, proto: HTTPProtocol, settings: Settings, count: Callable[[int], None]
) -> HttpRequest:
    """Return `request` with its body, which is whole.

    `count` is called with the length of each part. Raises TooLong, UsageError for an incomplete
    body, TimeoutError past `settings.body_seconds`, and what `count` raises.
    """
    largest = largest_body(settings.bounds)
    declared = request.headers.get("content-length", "0")
    wanted = int(declared) if declared.isdecimal() else 0
    if wanted > largest:
        raise refuse_body(largest)
    parts, length, empty = [], 0, 0
    async with asyncio.timeout(settings.body_seconds):
        async for part in proto:
            length += len(part)
            if length > largest:
                raise refuse_body(largest)
            count(len(part))
            parts.append(bytes(part))
            empty += not part
    # The HTTP server ends every body with an empty part, and reports an error by one more.
    if empty > 1 if "transfer-encoding" in request.headers else length != wanted:
        raise UsageError("incomplete request body")
    return replace(request, body=b"".join(parts))


@lru_cache(maxsize=64)
def _is_host(text: str) -> bool:
    """Return whether a Host header is valid (RFC 9110, section 7.2)."""
    try:
        urlsplit(f"//{text}").port  # noqa: B018 (it is what raises)
    except ValueError:  # brackets round no address, or no such port
        return False
    return _HOST.fullmatch(text) is not None


def _without_port(address: str) -> str:
    return address.rpartition(":")[0].strip("[]")

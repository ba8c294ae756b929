"""A request on its way in: its head as we read it, its body complete, or the error it deserves."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from diplograph.core.errors import (
    BoundExceeded,
    MethodNotAllowed,
    TooLong,
    TooManyRequests,
    UsageError,
)
from diplograph.core.settings import BODY_BYTES, CLIENT_BODY_BYTES, MEBIBYTE
from diplograph.web.http import HttpRequest
from diplograph.web.protocol.requests import largest_body
from diplograph.web.settings import Settings

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol, Scope


_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
# An IPv6 address is one of very many that its client has: the network is the client (RFC 6177).
_INTERFACE_BITS = 64
# Characters; with the name of an interface, an address may have some more than 45.
_LONGEST_CLIENT = 64


class Bodies:
    """Counts the bytes of all bodies that are under way, in all and of each client."""

    def __init__(self, most: int = BODY_BYTES, most_of_client: int = CLIENT_BODY_BYTES):
        self._most, self._most_of_client = most, most_of_client
        self._of: Counter[str] = Counter()
        self._held = 0

    @contextmanager
    def hold(self, client: str) -> Iterator[Callable[[int], None]]:
        """Give what counts further bytes of one body, all of which are forgotten at the end.

        It raises BoundExceeded, and TooManyRequests where the client has too much under way.
        """
        held = 0

        def count(length: int) -> None:
            nonlocal held
            held += length
            self._held += length
            self._of[client] += length
            if self._of[client] > self._most_of_client:
                raise TooManyRequests("too much of this client is under way", bound="client")
            if self._held > self._most:
                raise BoundExceeded("too many large requests are under way", bound="queue")

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
    if len(headers) != len(items):
        headers = _join(items)
    path, client = scope.path, name_client(_without_port(scope.client))
    prefix = urlsplit(settings.base_url).path.rstrip("/")
    if prefix and path.startswith(f"{prefix}/"):
        path = path[len(prefix) :]
    if settings.trust_proxy and "x-forwarded-for" in headers:
        client = _read_forwarded(headers["x-forwarded-for"]) or client
    host = scope.authority or headers.get("host") or scope.server  # RFC 9112, 3.2.2
    address = settings.base_url or f"{scope.scheme}://{host}"
    return HttpRequest(
        scope.method, path, scope.query_string, headers, b"", client, address.rstrip("/")
    )


def check_head(scope: Scope, request: HttpRequest) -> None:
    """Raise the error of a head that HTTP/1.1 wants refused (RFC 9110, 9.1; RFC 9112, 3.2)."""
    unsaid = "" if scope.http_version == "1.1" else scope.server
    host = request.headers.get("host", unsaid)
    if not (_is_host(host) and _is_host(scope.authority or host)):
        raise UsageError("the request names no host that there could be")
    if request.method != request.method.upper():  # `get` is no GET, but to Flask
        message = f"there is no method {request.method}: methods are in capitals"
        raise MethodNotAllowed(message, allowed=("GET", "HEAD", "OPTIONS"))


def name_client(address: str) -> str:
    """Return whose bounds a request from `address` counts against; "" where that is no address.

    That is the address itself, but of IPv6 the first address of its network.
    """
    return _name_client(address) if len(address) <= _LONGEST_CLIENT else ""


async def read_body(
    request: HttpRequest, proto: HTTPProtocol, settings: Settings, count: Callable[[int], None]
) -> HttpRequest:
    """Return `request` with its body, which is whole.

    Raises TooLong, UsageError where the client broke off, TimeoutError where it is slow, and what
    `count` raises of the length of each part.
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
    # The server ends every body with an empty part, and tells of an error by one more.
    cut = empty > 1 if "transfer-encoding" in request.headers else length != wanted
    if cut:
        raise UsageError("the request's body is not complete")
    return replace(request, body=b"".join(parts))


def refuse_body(largest: int) -> TooLong:
    """Return the error of a body that has more bytes than `largest`."""
    limit = largest / MEBIBYTE
    return TooLong(f"the request is larger than the {limit:.2g} MiB one may have", bound="length")


@lru_cache(maxsize=64)
def _is_host(text: str) -> bool:
    """Return whether a Host header has the form that RFC 9110, section 7.2, asks of it."""
    if not _HOST.fullmatch(text):
        return False
    try:
        urlsplit(f"//{text}").port  # noqa: B018 (it is what raises)
    except ValueError:  # brackets round no address, or no such port
        return False
    return True


def _read_forwarded(listed: str) -> str:
    """Return the client that the proxy before us named, "" where it named none by an address."""
    last = listed.rpartition(",")[2].strip()
    return name_client(last.strip("[]")) or name_client(_without_port(last))


def _without_port(address: str) -> str:
    return address.rpartition(":")[0].strip("[]")


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
    return str(IPv6Address(int(address) >> _INTERFACE_BITS << _INTERFACE_BITS))


def _join(items: list[tuple[str, str]]) -> Mapping[str, str]:
    """Return headers by name, those that come twice in one list (RFC 9110, section 5.3)."""
    headers: dict[str, str] = {}
    for name, value in items:
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers

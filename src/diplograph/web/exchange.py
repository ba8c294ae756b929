"""One request and one response, whatever server carries them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from diplograph.core.compression import LEAST_BYTES, compress


@dataclass(frozen=True, slots=True)
class Request:
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
class Response:
    """What a client gets; `rows` and `bound` are told to the log and the metrics alone."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    rows: int | None = None
    bound: str | None = None


def carry(
    request: Request,
    headers: tuple[tuple[str, str], ...],
    body: bytes,
    rows: int | None = None,
    encoding: str = "",
) -> Response:
    """Return the response with `body`; for a HEAD the same without it (RFC 9110, 9.3.2).

    A body worth it is compressed with `encoding`, where there is one; the headers' tag is of that.
    """
    if encoding and len(body) >= LEAST_BYTES:
        body = compress(body, encoding)
        headers = (*headers, ("Content-Encoding", encoding))
    if request.method == "HEAD":
        return Response(200, (*headers, ("Content-Length", str(len(body)))), rows=rows)
    return Response(200, headers, body, rows)

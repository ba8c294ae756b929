"""A response on its way out: small ones from memory, large ones from a file."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from typing import TYPE_CHECKING

from diplograph.web.exchange import Response
from diplograph.web.headers import Fields

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol

# From here on a body waits on disk, so that clients that read slowly fill no memory.
LARGE_BYTES = 1024 * 1024
# The server opens the file at once; after that it needs no name.
NAMED_SECONDS = 5.0


async def send(proto: HTTPProtocol, response: Response, more: Fields) -> None:
    """Send `response` with the headers in `more` besides those it has itself."""
    named = {name for name, _ in response.headers}
    headers = [*response.headers, *(field for field in more if field[0] not in named)]
    path = None
    if len(response.body) >= LARGE_BYTES:
        with contextlib.suppress(OSError):  # no room on the disk: memory will have to do
            path = await asyncio.to_thread(_store, response.body)
    if path is None:
        proto.response_bytes(response.status, headers, response.body)
        return
    headers.append(("Content-Length", str(len(response.body))))
    proto.response_file(response.status, headers, path)
    asyncio.get_running_loop().call_later(NAMED_SECONDS, os.unlink, path)


def _store(body: bytes) -> str:
    """Return the path of a new file that holds `body` and only this user can read."""
    with tempfile.NamedTemporaryFile(prefix="diplograph-", delete=False) as file:
        file.write(body)
    return file.name

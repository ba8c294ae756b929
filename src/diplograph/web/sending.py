"""A response on its way out: small ones from memory, large ones from a file."""

from __future__ import annotations

import asyncio
import os
import tempfile
from typing import IO, TYPE_CHECKING

from diplograph.core.errors import BoundExceeded
from diplograph.store.interface import MEBIBYTE
from diplograph.web.exchange import Response
from diplograph.web.headers import Fields

if TYPE_CHECKING:
    from granian.rsgi import HTTPProtocol


# From here on a body waits on disk, so that clients that read slowly fill no memory.
LARGE_BYTES = MEBIBYTE
# How much may wait there at once.
PARKED_BYTES = 1024 * MEBIBYTE
# The HTTP server opens the file at once; after that it needs no descriptor of ours.
HELD_SECONDS = 5.0

# Each descriptor of this process by its number, on Linux and on macOS.
_DESCRIPTORS = "/dev/fd"


class Spool:
    """Large bodies that wait on disk, in files without a name.

    The system frees such a file once nobody has it open, however the server ends. To be used on
    one event loop.
    """

    def __init__(self, most: int = PARKED_BYTES):
        self._most, self._storing = most, 0
        self._parked: dict[tuple[int, int], int] = {}
        self._held: set[IO[bytes]] = set()

    async def park(self, body: bytes) -> str | None:
        """Return the path at which a file with `body` can be opened for HELD_SECONDS.

        None where the body is small, or the disk has no room: memory will have to do. Raises
        BoundExceeded where as much as may wait is waiting.
        """
        size = len(body)
        if size < LARGE_BYTES:
            return None
        if not self._has_room(size):
            message = "too many large answers wait for their clients to read them"
            raise BoundExceeded(message, bound="queue")
        self._storing += size
        try:
            file, key = await asyncio.to_thread(_store, body)
        except OSError:
            return None
        finally:
            self._storing -= size
        self._parked[key] = size
        self._held.add(file)
        asyncio.get_running_loop().call_later(HELD_SECONDS, self._let_go, file)
        return f"{_DESCRIPTORS}/{file.fileno()}"

    def close(self) -> None:
        """Let every file go; those that are being sent are sent to their end."""
        for file in list(self._held):
            self._let_go(file)

    def _let_go(self, file: IO[bytes]) -> None:
        self._held.discard(file)
        file.close()

    def _has_room(self, size: int) -> bool:
        """Return whether so many bytes more may wait; only where it is tight, files are counted."""
        if self._storing + sum(self._parked.values()) + size > self._most:
            still = _list_open()
            self._parked = {key: held for key, held in self._parked.items() if key in still}
        return self._storing + sum(self._parked.values()) + size <= self._most


def send(proto: HTTPProtocol, response: Response, more: Fields, parked: str | None = None) -> None:
    """Send `response` with the headers in `more` besides those it has itself.

    `parked` is where its body waits, None where it is sent from memory.
    """
    named = {name for name, _ in response.headers}
    headers = [*response.headers, *(field for field in more if field[0] not in named)]
    if parked is None:
        proto.response_bytes(response.status, headers, response.body)
        return
    headers.append(("Content-Length", str(len(response.body))))
    proto.response_file(response.status, headers, parked)


def _store(body: bytes) -> tuple[IO[bytes], tuple[int, int]]:
    """Return a new file without a name that holds `body`, and what the system knows it by."""
    file = tempfile.TemporaryFile(prefix="diplograph-")  # noqa: SIM115 (it is given on)
    try:
        file.write(body)
        file.seek(0)  # on macOS it is opened where we left it
        return file, _identify(os.stat(f"{_DESCRIPTORS}/{file.fileno()}"))
    except BaseException:
        file.close()
        raise


def _list_open() -> set[tuple[int, int]]:
    """Return what this process has open; the HTTP server is a part of it."""
    found = set()
    for name in os.listdir(_DESCRIPTORS):
        try:
            found.add(_identify(os.fstat(int(name))))
        except OSError:  # closed meanwhile
            continue
    return found


def _identify(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino

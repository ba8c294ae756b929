"""An HTTP client with a persistent connection: one request at a time, complete responses."""

from __future__ import annotations

import asyncio
import gzip
import urllib.parse
from contextlib import suppress
from dataclasses import dataclass

from rig.raw_http import HOST, read_head
from rig.servers import JSON


class Lost(Exception):
    """The server closed the connection before the response was complete."""


@dataclass(frozen=True)
class Answered:
    """A complete response with its body decompressed."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Ask:
    """One request: its target, its header fields and its body."""

    target: str
    fields: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None

    @classmethod
    def query(cls, text: str, *fields: tuple[str, str], post: bool = False) -> Ask:
        """Return a request of the query `text`, in the URL or as a form."""
        encoded = urllib.parse.urlencode({"query": text})
        fields = (
            fields if any(name == "Accept" for name, _ in fields) else (*fields, ("Accept", JSON))
        )
        if not post:
            return cls(f"/sparql?{encoded}", fields)
        form = ("Content-Type", "application/x-www-form-urlencoded")
        return cls("/sparql", (*fields, form), encoded.encode())

    def write(self) -> bytes:
        """Return the bytes of the request."""
        method = "GET" if self.body is None else "POST"
        lines = [f"{method} {self.target} HTTP/1.1", f"Host: {HOST}"]
        lines += [f"{name}: {value}" for name, value in self.fields]
        if self.body is not None:
            lines.append(f"Content-Length: {len(self.body)}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (self.body or b"")


class Client:
    """A persistent connection, opened when it is first needed."""

    def __init__(self, port: int, source: str = ""):
        self.port, self.source = port, (source, 0) if source else None
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def send(self, ask: Ask, seconds: float) -> Answered:
        """Return the answer; raises Lost or TimeoutError.

        An idle connection that the server has closed is opened once more, as RFC 9112, section
        9.3.1, has it; no response is lost by that.
        """
        reused = self._writer is not None
        try:
            return await asyncio.wait_for(self._send(ask), seconds)
        except (Lost, OSError, asyncio.IncompleteReadError) as error:
            self.close()
            if not reused or (isinstance(error, Lost) and error.args):
                raise Lost(str(error) or type(error).__name__) from error
        except TimeoutError:
            self.close()
            raise
        try:
            return await asyncio.wait_for(self._send(ask), seconds)
        except (OSError, asyncio.IncompleteReadError) as error:
            self.close()
            raise Lost(str(error) or type(error).__name__) from error

    def close(self) -> None:
        """Close the connection where one is open."""
        if self._writer:
            with suppress(OSError, RuntimeError):
                self._writer.close()
        self._reader = self._writer = None

    async def _send(self, ask: Ask) -> Answered:
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(
                HOST, self.port, limit=1 << 22, local_addr=self.source
            )
        self._writer.write(ask.write())
        await self._writer.drain()
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
        except asyncio.IncompleteReadError as error:
            raise Lost(*(["broken off in its head"] if error.partial else [])) from error
        status, headers = read_head(head)
        try:
            body = await self._read_body(status, headers)
        except asyncio.IncompleteReadError as error:
            raise Lost(f"a {status} broken off in its body") from error
        if headers.get("connection", "").lower() == "close":
            self.close()
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        return Answered(status, headers, body)

    async def _read_body(self, status: int, headers: dict[str, str]) -> bytes:
        if status in (204, 304):
            return b""
        if headers.get("transfer-encoding") == "chunked":
            parts = []
            while size := int((await self._reader.readline()).split(b";")[0] or b"0", 16):
                parts.append(await self._reader.readexactly(size))
                await self._reader.readexactly(2)
            await self._reader.readexactly(2)
            return b"".join(parts)
        if "content-length" in headers:
            return await self._reader.readexactly(int(headers["content-length"]))
        return await self._reader.read()

"""HTTP over a plain socket, for requests that no HTTP client would send."""

from __future__ import annotations

import re
import socket
import struct
import time
import urllib.parse
from contextlib import suppress
from dataclasses import dataclass, field

HOST = "127.0.0.1"
# Bounds that other queries exhaust: trying again may help.
PASSING = {"queue", "worker", "long", "client"}
CHUNK = 1 << 20


@dataclass(frozen=True)
class Reply:
    """What a server sent until it closed: 0 is the status where it sent no answer at all."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    size: int = 0
    answers: int = 0
    seconds: float = 0.0
    ended: bool = True
    start: bytes = b""


def get(query: str, path: str = "/sparql", close: bool = True) -> bytes:
    """Return a GET of `query`."""
    return _head("GET", f"{path}?{urllib.parse.urlencode({'query': query})}", close) + b"\r\n"


def post(query: str, path: str = "/sparql", form: bool = False) -> bytes:
    """Return a POST of `query`, as a form or as it is."""
    kind, body = "application/sparql-query", query.encode()
    if form:
        kind = "application/x-www-form-urlencoded"
        body = urllib.parse.urlencode({"query": query}).encode()
    fields = f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return _head("POST", path) + fields.encode() + body


def connect(port: int, source: str = "", seconds: float = 5.0) -> socket.socket:
    """Return a socket to the port, from the address `source` where this machine has it."""
    connection = socket.socket()
    connection.settimeout(seconds)
    if source:
        with suppress(OSError):  # only Linux has all of 127.0.0.0/8 without asking
            connection.bind((source, 0))
    connection.connect((HOST, port))
    return connection


def exchange(port: int, request: bytes, seconds: float, source: str = "") -> Reply:
    """Return what the server sends for `request` until it closes or `seconds` have passed."""
    start = time.monotonic()
    first, size, answers, tail, ended = b"", 0, 0, b"", False
    try:
        with connect(port, source, seconds) as connection:
            with suppress(ConnectionError):  # an early refusal closes while we still send
                connection.sendall(request)
            while (left := start + seconds - time.monotonic()) > 0:
                connection.settimeout(left)
                part = connection.recv(CHUNK)
                if not part:
                    ended = True
                    break
                if len(first) < 4096:
                    first += part[:4096]
                answers += (tail + part).count(b"HTTP/1.") - tail.count(b"HTTP/1.")
                tail, size = part[-8:], size + len(part)
    except TimeoutError:
        ended = False
    except OSError:  # a reset ends it as well
        ended = True
    status, headers = read_head(first)
    took = time.monotonic() - start
    return Reply(status, headers, size, answers, took, ended, first[:4096])


def find_broken_promise(status: int, headers: dict[str, str], body: bytes) -> str:
    """Return what a refusal past a bound fails to say: its bound, or when to come again."""
    if status not in (429, 503) or "application/json" not in headers.get("content-type", ""):
        return ""
    name = read_bound(body)
    if not name:
        return f"{status} that names no bound"
    if name in PASSING and "retry-after" not in headers:
        return f"{status} for the bound {name} without Retry-After"
    return ""


def read_bound(body: bytes) -> str:
    """Return the bound that a refusal in JSON names, or nothing."""
    match = re.search(rb'"bound": ?"(\w+)"', body)
    return match[1].decode() if match else ""


def reset(connection: socket.socket) -> None:
    """Close with a reset (RST), so that the other end sees a broken connection at once."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_head(data: bytes) -> tuple[int, dict[str, str]]:
    """Return status and headers of an answer's first bytes; 0 and none where it is no answer."""
    lines = data.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    words = lines[0].split(" ", 2)
    if len(words) < 2 or not words[0].startswith("HTTP/") or not words[1].isdigit():
        return 0, {}
    pairs = (line.partition(":") for line in lines[1:])
    return int(words[1]), {name.strip().lower(): value.strip() for name, _, value in pairs}


def _head(method: str, target: str, close: bool = True) -> bytes:
    accept = "application/sparql-results+json, text/turtle;q=0.9"
    end = "Connection: close\r\n" if close else ""
    return f"{method} {target} HTTP/1.1\r\nHost: {HOST}\r\nAccept: {accept}\r\n{end}".encode()

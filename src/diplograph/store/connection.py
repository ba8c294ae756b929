"""The way to an engine elsewhere: its address, and replies that are bounded while they are read."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from diplograph.core.errors import AccessRefused, BoundExceeded, EngineFault, UsageError
from diplograph.store.credentials import PASSWORD, TOKEN, USER, Authorization, Credentials
from diplograph.store.engine import MEBIBYTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urllib3 import BaseHTTPResponse


SCHEMES = ("sparql+http", "sparql+https")
REDIRECTS = range(300, 400)
REFUSALS = (401, 403)

# An engine that is there at all takes the connection at once.
_CONNECT_SECONDS = 10.0
_PART = 64 * 1024

_TRACE = re.compile(r"^\s*(?:at [\w.$<>]+\(|Traceback \(|File \"|Caused by:|\.{3} \d+ more)")
_TAG = re.compile(r"<(?!\w+:|/?\w+[#/])[^>]{1,200}>")
_PATH = re.compile(r"(?<![\w:/<.#-])(?:[A-Za-z]:\\|~?/)[\w.+-]+(?:[/\\][\w.+ -]*)+")
_SAID = 240


@dataclass(frozen=True)
class Reply:
    """What came back: the status, the media type, the headers in lower case, the whole body."""

    status: int
    media_type: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> str:
        """One line of what the engine says, without markup, stack traces and paths of its own."""
        text = _TAG.sub(" ", self.body[: 64 * _SAID].decode("utf-8", "replace"))
        lines = [line for line in text.splitlines() if line.strip() and not _TRACE.match(line)]
        line = " ".join(_PATH.sub("…", lines[0]).split()) if lines else ""
        line = "".join(each for each in line if each.isprintable())
        return line if len(line) <= _SAID else line[:_SAID] + "…"


def read_address(address: str) -> str:
    """Return the http or https URL of the query endpoint that `address` names.

    `address` is `sparql+http://host[:port]/path`, or the same with https. Raises UsageError, which
    repeats neither a password nor what follows a question mark.
    """
    parts = _split(address)
    if parts.scheme not in SCHEMES or not parts.hostname:
        raise UsageError(f"{_shown(address)} names no engine: write sparql+http://HOST:PORT/query")
    return _plain(address, parts).removeprefix("sparql+")


def read_url(address: str) -> str:
    """Return the http or https URL that `address` is; raises UsageError as read_address does."""
    parts = _split(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError(f"{_shown(address)} is no URL: write http://HOST:PORT/store")
    return _plain(address, parts)


class Connection:
    """Requests to one host and no other: no redirect is followed, no proxy is asked."""

    def __init__(self, credentials: Credentials | None = None, *, at_once: int = 8):
        """Send as `credentials`, without them as the environment says; keep `at_once` sockets."""
        from diplograph.store.deadline import open_manager

        credentials = Credentials.from_environment() if credentials is None else credentials
        self._named = bool(credentials.user or credentials.token)
        self._authorization = Authorization(credentials)
        self._pool = open_manager(at_once)

    def close(self) -> None:
        """Close the sockets that are kept."""
        self._pool.clear()

    def send(
        self,
        method: str,
        url: str,
        *,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        seconds: float = 30.0,
        mebibytes: int = 64,
        repeatable: bool = True,
    ) -> Reply:
        """Return the reply, read whole within `seconds` and `mebibytes`, whatever its status.

        A request that is `repeatable` is sent anew where a kept socket turns out to be closed.
        Raises BoundExceeded past either, AccessRefused, and EngineFault where there is no engine,
        where it sends elsewhere, or where its reply breaks off.
        """
        until = time.monotonic() + seconds
        known = {"Accept-Encoding": "gzip", "User-Agent": "diplograph", **(headers or {})}
        for last in (False, True):
            signed = {**known, **self._authorization.header(method, url)}
            with _translate(url, seconds):
                reply = self._exchange(method, url, body, signed, until, mebibytes, repeatable)
            if reply.status in REDIRECTS:
                raise EngineFault(f"{_shown(url)} sends elsewhere: name the engine's own address")
            if reply.status not in REFUSALS:
                return reply
            challenge = reply.headers.get("www-authenticate", "")
            if last or not self._authorization.accept(challenge):
                break
        raise AccessRefused(self._refused(url, reply.status))

    def _exchange(
        self,
        method: str,
        url: str,
        body: bytes,
        headers: dict,
        until: float,
        mebibytes: int,
        repeatable: bool,
    ) -> Reply:
        from urllib3.exceptions import ProtocolError

        try:
            response = self._open(method, url, body, headers, until)
        except ProtocolError:
            if not repeatable:
                raise
            response = self._open(method, url, body, headers, until)
        lower = {name.lower(): value for name, value in response.headers.items()}
        media_type = lower.get("content-type", "").partition(";")[0].strip().lower()
        return Reply(response.status, media_type, lower, _read(response, until, mebibytes))

    def _open(
        self, method: str, url: str, body: bytes, headers: dict, until: float
    ) -> BaseHTTPResponse:
        from urllib3 import Timeout

        left = max(until - time.monotonic(), 0.001)
        return self._pool.request(
            method,
            url,
            body=body or None,
            headers=headers,
            redirect=False,
            preload_content=False,
            timeout=Timeout(connect=min(left, _CONNECT_SECONDS), read=left),
        )

    def _refused(self, url: str, status: int) -> str:
        names = f"{USER} and {PASSWORD}, or {TOKEN}"
        told = f"{names} do not open it" if self._named else f"set {names}"
        return f"{_shown(url)} refuses this ({status}): {told}"


def _read(response: BaseHTTPResponse, until: float, mebibytes: int) -> bytes:
    """Return the body, unpacked; what is too long or too late is not read to its end."""
    parts, left = [], mebibytes * MEBIBYTE
    # Each read has its own timeout: without this end, a byte now and then would go on for ever.
    end = threading.Timer(max(until - time.monotonic(), 0), _shut, (response,))
    end.daemon = True
    end.start()
    whole = False
    try:
        while part := response.read1(_PART):
            parts.append(part)
            left -= len(part)
            if left < 0:
                raise BoundExceeded(
                    f"the engine's reply is larger than {mebibytes} MiB;"
                    " add a LIMIT or ask for fewer columns",
                    bound="bytes",
                )
            if time.monotonic() > until:
                raise TimeoutError
        whole = time.monotonic() <= until
        if not whole:
            raise TimeoutError
    finally:
        end.cancel()
        if whole:
            response.release_conn()
        else:
            response.close()
    return b"".join(parts)


def _shut(response: BaseHTTPResponse) -> None:
    """End a read that has its thread waiting; one that has ended meanwhile needs none."""
    with _ended():
        response.shutdown()


@contextmanager
def _ended() -> Iterator[None]:
    try:
        yield
    except (ValueError, RuntimeError, OSError):
        return


@contextmanager
def _translate(url: str, seconds: float) -> Iterator[None]:
    """Raise our errors for those of the HTTP library, in words without addresses of memory."""
    from urllib3 import exceptions

    shown = _shown(url)
    try:
        yield
    except exceptions.NameResolutionError as error:
        raise EngineFault(f"{shown} cannot be reached: no such host is known") from error
    except exceptions.NewConnectionError as error:
        raise EngineFault(f"{shown} cannot be reached: nothing takes a connection there") from error
    except exceptions.ConnectTimeoutError as error:
        raise EngineFault(f"{shown} cannot be reached: it takes no connection in time") from error
    except (exceptions.TimeoutError, TimeoutError) as error:
        message = f"the engine ran past the {seconds:g} s one query may take; narrow the pattern"
        raise BoundExceeded(message, bound="time") from error
    except exceptions.SSLError as error:
        raise EngineFault(f"{shown} cannot be trusted: its certificate does not hold") from error
    except exceptions.DecodeError as error:
        raise EngineFault(f"the reply of {shown} is not packed as it says") from error
    except (exceptions.HTTPError, OSError, ValueError) as error:
        raise EngineFault(f"{shown} broke off its reply, or speaks no HTTP") from error


def _split(address: str):
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  (raises where it is no number)
    except ValueError as error:
        raise UsageError(f"{_shown(address)} is no address: {error}") from error
    if "@" in parts.netloc:
        names = f"{USER} and {PASSWORD}, or {TOKEN}"
        raise UsageError(f"an address holds no user and no password: set {names}")
    return parts


def _plain(address: str, parts) -> str:
    if "?" in address or "#" in address or not address.isprintable() or " " in address:
        raise UsageError(f"{_shown(address)} is to be the address alone, without ? and #")
    return parts.geturl()


def _shown(address: str) -> str:
    """Return the address as a message may show it: without user, query and fragment."""
    scheme, mark, rest = re.split(r"[?#]", address)[0].partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"

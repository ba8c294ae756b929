"""The way to an engine elsewhere: its address, and replies that are bounded while they are read."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    Request,
    parse_http_list,
    parse_keqv_list,
)

from urllib3 import HTTPConnectionPool, HTTPResponse, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from diplograph.core.errors import AccessRefused, BoundExceeded, EngineFault, UsageError
from diplograph.core.settings import REMOTE_CONNECT_SECONDS
from diplograph.store.interface import MEBIBYTE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from urllib3 import BaseHTTPResponse


class _Hurried:
    """A connection that waits for a status and headers as long as for any one part of them."""

    def getresponse(self) -> HTTPResponse:
        """Return the reply, its body unread; raises TimeoutError.

        The library bounds each read, so that a header now and then would go on for ever.
        """
        late, reading = threading.Event(), self.sock
        end = threading.Timer(self.timeout, _end, (reading, late))
        end.daemon = True
        end.start()
        try:
            response = super().getresponse()
        except Exception as error:
            if late.is_set():
                raise TimeoutError("the headers took too long") from error
            raise
        finally:
            end.cancel()
        if late.is_set():
            response.close()
            raise TimeoutError("the headers took too long")
        return response


class _Plain(_Hurried, HTTPConnection):
    """A connection by HTTP."""


class _Secure(_Hurried, HTTPSConnection):
    """A connection by HTTPS."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


def open_manager(at_once: int) -> PoolManager:
    """Return what keeps `at_once` sockets to a host; a timeout is of all headers together."""
    manager = PoolManager(num_pools=4, maxsize=at_once, retries=False)
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
    return manager


def _end(reading: socket.socket, late: threading.Event) -> None:
    """End a read that has its thread waiting; a socket that is closed by now has none."""
    late.set()
    with suppress(OSError):
        reading.shutdown(socket.SHUT_RDWR)


USER, PASSWORD, TOKEN = (f"DIPLOGRAPH_STORE_{each}" for each in ("USER", "PASSWORD", "TOKEN"))


@dataclass(frozen=True)
class Credentials:
    """A user with a password, or a token, or neither; a secret is in no repr."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls) -> Credentials:
        """Return what DIPLOGRAPH_STORE_USER, _PASSWORD and _TOKEN say.

        Raises UsageError where both a user and a token are named, or one that no header can carry.
        """
        user, password, token = (os.environ.get(name, "") for name in (USER, PASSWORD, TOKEN))
        if token and (user or password):
            raise UsageError(f"set {USER} and {PASSWORD}, or {TOKEN}, not both")
        if password and not user:
            raise UsageError(f"{PASSWORD} is set, and {USER} is not")
        if ":" in user or not (user + password + token).isprintable():
            raise UsageError(f"{USER}, {PASSWORD} or {TOKEN} has a character that none can have")
        return cls(user, password, token)


class Authorization:
    """What stands in the Authorization header of each request, once the engine has asked.

    A password goes out only after a 401 or 403, and by the scheme that the engine names, since
    Basic before that would tell it to one that wants Digest (RFC 7616; Virtuoso's graph store
    does). A token goes with every request (RFC 6750, section 2.1).
    """

    def __init__(self, credentials: Credentials):
        self._credentials, self._basic, self._challenge = credentials, False, {}
        passwords = HTTPPasswordMgrWithDefaultRealm()
        self._passwords, self._digest = passwords, HTTPDigestAuthHandler(passwords)
        self._lock = threading.Lock()

    def header(self, method: str, url: str) -> dict[str, str]:
        """Return the header for a request, or nothing where none was asked for."""
        known = self._credentials
        if known.token:
            return {"Authorization": f"Bearer {known.token}"}
        with self._lock:
            if self._challenge:
                self._passwords.add_password(None, url, known.user, known.password)
                request = Request(url, method=method)  # an http URL, from read_address
                said = self._digest.get_authorization(request, self._challenge)
                return {"Authorization": f"Digest {said}"} if said else {}
            if not self._basic:
                return {}
        pair = b64encode(f"{known.user}:{known.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def accept(self, challenge: str) -> bool:
        """Take in the WWW-Authenticate header of a refusal; return whether to ask once more."""
        if not self._credentials.user:
            return False
        scheme, _, rest = challenge.partition(" ")
        with self._lock:
            if scheme.lower() == "digest":
                self._challenge = parse_keqv_list([each for each in parse_http_list(rest) if each])
                return True
            first, self._basic = not self._basic, True
            return first


URL_SCHEMES = ("sparql+http", "sparql+https")
REDIRECTS = range(300, 400)
REFUSALS = (401, 403)

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
    if parts.scheme not in URL_SCHEMES or not parts.hostname:
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
            timeout=Timeout(connect=min(left, REMOTE_CONNECT_SECONDS), read=left),
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

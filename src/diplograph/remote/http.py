"""HTTP client for an engine elsewhere: its address, credentials, and replies bounded while read."""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit
from urllib.request import (
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    Request,
    parse_http_list,
    parse_keqv_list,
)

from urllib3 import (
    HTTPConnectionPool,
    HTTPResponse,
    HTTPSConnectionPool,
    PoolManager,
    Timeout,
    exceptions,
)
from urllib3.connection import HTTPConnection, HTTPSConnection

from diplograph.core.errors import AccessRefused, BoundExceeded, EngineFault, UsageError
from diplograph.core.settings import MEBIBYTE, REMOTE_CONNECT_SECONDS

USER, PASSWORD, TOKEN = (f"DIPLOGRAPH_STORE_{name}" for name in ("USER", "PASSWORD", "TOKEN"))
_VARIABLES = f"{USER} and {PASSWORD}, or {TOKEN}"
_PART = 64 * 1024  # bytes of a body that are read at once
_MESSAGE_LENGTH = 240
_TRACE = re.compile(r"^\s*(?:at [\w.$<>]+\(|Traceback \(|File \"|Caused by:|\.{3} \d+ more)")
_TAG = re.compile(r"<(?!\w+:|/?\w+[#/])[^>]{1,200}>")
_PATH = re.compile(r"(?<![\w:/<.#-])(?:[A-Za-z]:\\|~?/)[\w.+-]+(?:[/\\][\w.+ -]*)+")


@dataclass(frozen=True)
class Credentials:
    """A user with a password, or a token, or neither; a secret is in no repr."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls) -> Credentials:
        """Return those of DIPLOGRAPH_STORE_USER, _PASSWORD and _TOKEN.

        Raises UsageError where both a user and a token are set, or one that no header can carry.
        """
        user, password, token = (os.environ.get(name, "") for name in (USER, PASSWORD, TOKEN))
        if token and (user or password):
            raise UsageError(f"set {USER} and {PASSWORD}, or {TOKEN}, not both")
        if password and not user:
            raise UsageError(f"{PASSWORD} is set, and {USER} is not")
        if ":" in user or not (user + password + token).isprintable():
            raise UsageError(f"{USER}, {PASSWORD} or {TOKEN} has a character that none can have")
        return cls(user, password, token)


@dataclass(frozen=True)
class Reply:
    """A reply: its status, media type, headers by name in lower case, and whole body."""

    status: int
    media_type: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def message(self) -> str:
        """The first line of an error's body, without markup, stack traces and paths."""
        text = _TAG.sub(" ", self.body[: 64 * _MESSAGE_LENGTH].decode("utf-8", "replace"))
        lines = [line for line in text.splitlines() if line.strip() and not _TRACE.match(line)]
        line = " ".join(_PATH.sub("…", lines[0]).split()) if lines else ""
        line = "".join(filter(str.isprintable, line))
        return line if len(line) <= _MESSAGE_LENGTH else line[:_MESSAGE_LENGTH] + "…"


class Connection:
    """Requests to one host and no other: no redirect is followed, no proxy is used."""

    def __init__(self, credentials: Credentials | None = None, *, at_once: int = 8):
        """Use `credentials`, or those of the environment; keep up to `at_once` sockets open."""
        credentials = Credentials.from_environment() if credentials is None else credentials
        self._has_credentials = bool(credentials.user or credentials.token)
        self._authorization = _Authorization(credentials)
        self._pool = PoolManager(num_pools=4, maxsize=at_once, retries=False)
        self._pool.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}

    def close(self) -> None:
        """Close the sockets that are open."""
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

        A request that is `repeatable` is sent again where a socket that was open turns out to be
        closed. Raises BoundExceeded past either bound, AccessRefused, and EngineFault where
        nothing is reached, where the reply is a redirect, or where it breaks off.
        """
        until = time.monotonic() + seconds
        headers = {"Accept-Encoding": "gzip", "User-Agent": "diplograph", **(headers or {})}
        for last in (False, True):
            signed = {**headers, **self._authorization.header(method, url)}
            with _translate_errors(url, until, seconds):
                try:
                    reply = self._exchange(method, url, body, signed, until, mebibytes)
                except _ClosedBeforeReply:
                    if not repeatable or time.monotonic() > until:
                        raise
                    reply = self._exchange(method, url, body, signed, until, mebibytes)
            if 300 <= reply.status < 400:
                raise EngineFault(f"{_shown(url)} redirects: use the engine's own address")
            if reply.status not in {401, 403}:
                return reply
            challenge = reply.headers.get("www-authenticate", "")
            if last or not self._authorization.accept(challenge):
                break
        hint = f"{_VARIABLES} are not accepted" if self._has_credentials else f"set {_VARIABLES}"
        raise AccessRefused(f"{_shown(url)} refuses this ({reply.status}): {hint}")

    def _exchange(
        self, method: str, url: str, body: bytes, headers: dict, until: float, mebibytes: int
    ) -> Reply:
        left = max(until - time.monotonic(), 0.001)
        try:
            response = self._pool.request(
                method,
                url,
                body=body or None,
                headers=headers,
                redirect=False,
                preload_content=False,
                timeout=Timeout(connect=min(left, REMOTE_CONNECT_SECONDS), read=left),
            )
        except exceptions.ProtocolError as error:
            raise _ClosedBeforeReply(*error.args) from error
        content = _read_body(response, until, mebibytes)
        lower = {name.lower(): value for name, value in response.headers.items()}
        media_type = lower.get("content-type", "").partition(";")[0].strip().lower()
        return Reply(response.status, media_type, lower, content)


# ---- bounds of time and size --------------------------------------------------------------------


class _ClosedBeforeReply(exceptions.ProtocolError):
    """The connection ended before a reply began."""


class _Deadline:
    """A connection whose socket is shut down at the end of `timeout`, counted from the request.

    urllib3 bounds each read by itself, so that a byte now and then would go on for ever.
    """

    def getresponse(self) -> HTTPResponse:
        """Return the reply, its body unread and its `deadline` running."""
        deadline = threading.Timer(self.timeout, _shut_down, (self.sock,))
        deadline.daemon = True
        deadline.start()
        try:
            response = super().getresponse()
        except BaseException:
            deadline.cancel()
            raise
        response.deadline = deadline
        return response


class _HttpPool(HTTPConnectionPool):
    class ConnectionCls(_Deadline, HTTPConnection):
        pass


class _HttpsPool(HTTPSConnectionPool):
    class ConnectionCls(_Deadline, HTTPSConnection):
        pass


def _shut_down(reading: socket.socket) -> None:
    """End a read in another thread; a socket that is closed by now has none."""
    with suppress(OSError, ValueError):
        reading.shutdown(socket.SHUT_RDWR)


def _read_body(response: HTTPResponse, until: float, mebibytes: int) -> bytes:
    """Return the body, decompressed; the socket of one that is too long or too late is closed."""
    parts, left = [], mebibytes * MEBIBYTE
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
        if time.monotonic() > until:  # the socket may be shut down, and the body cut short
            raise TimeoutError
    except BaseException:
        response.close()
        raise
    finally:
        response.deadline.cancel()
    response.release_conn()
    return b"".join(parts)


_UNREACHED = {  # in this order: the first is a case of the second
    exceptions.NameResolutionError: "cannot be reached: unknown host",
    exceptions.NewConnectionError: "cannot be reached: connection refused",
    exceptions.ConnectTimeoutError: "cannot be reached: connection timed out",
}
_BROKEN = {
    exceptions.SSLError: "has an invalid TLS certificate",
    exceptions.DecodeError: "sent a body that does not match its Content-Encoding",
    Exception: "closed the connection amid its reply, or does not speak HTTP",
}


@contextmanager
def _translate_errors(url: str, until: float, seconds: float) -> Iterator[None]:
    """Raise our errors for those of the HTTP library; a broken reply past `until` is a timeout."""
    try:
        yield
    except (exceptions.HTTPError, OSError, ValueError) as error:
        late = isinstance(error, exceptions.TimeoutError | TimeoutError) or time.monotonic() > until
        if late and not isinstance(error, tuple(_UNREACHED)):
            message = f"the engine ran past the {seconds:g} s one query may take"
            raise BoundExceeded(f"{message}; narrow the pattern", bound="time") from error
        faults = {**_UNREACHED, **_BROKEN}
        fault = next(text for kind, text in faults.items() if isinstance(error, kind))
        raise EngineFault(f"{_shown(url)} {fault}") from error


# ---- credentials --------------------------------------------------------------------------------


class _Authorization:
    """The Authorization header of each request, once the engine has asked for one.

    A password goes out only after a 401 or 403, since Basic before that would reveal it to an
    engine that wants Digest (RFC 7616); a token with every request (RFC 6750, section 2.1).
    """

    def __init__(self, credentials: Credentials):
        self._credentials, self._basic, self._challenge = credentials, False, {}
        self._passwords = HTTPPasswordMgrWithDefaultRealm()
        self._digest = HTTPDigestAuthHandler(self._passwords)
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
                digest = self._digest.get_authorization(request, self._challenge)
                return {"Authorization": f"Digest {digest}"} if digest else {}
            if not self._basic:
                return {}
        pair = b64encode(f"{known.user}:{known.password}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def accept(self, challenge: str) -> bool:
        """Store the WWW-Authenticate header of a refusal; return whether to send once more."""
        if not self._credentials.user:
            return False
        scheme, _, rest = challenge.partition(" ")
        with self._lock:
            if scheme.lower() == "digest":
                self._challenge = parse_keqv_list(list(filter(None, parse_http_list(rest))))
                return True
            first, self._basic = not self._basic, True
            return first


# ---- addresses ----------------------------------------------------------------------------------


def read_address(address: str) -> str:
    """Return the http or https URL of the query endpoint that `address` names.

    `address` is `sparql+http://host[:port]/path`, or the same with https. Raises UsageError, which
    repeats neither a password nor what follows a question mark.
    """
    return _read(address, "address", "sparql+http://HOST:PORT/query").removeprefix("sparql+")


def read_url(address: str) -> str:
    """Return the http or https URL that `address` is; raises UsageError as read_address does."""
    return _read(address, "URL", "http://HOST:PORT/store")


def _read(address: str, noun: str, example: str) -> str:
    """Return the address, which is to have the scheme of `example`, or the same with an s."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018  (raises where it is no number)
    except ValueError as error:
        raise UsageError(f"invalid address {_shown(address)}: {error}") from error
    if "@" in parts.netloc:
        raise UsageError(f"an address may not contain a user or a password: set {_VARIABLES}")
    if parts.scheme.removesuffix("s") != example.partition(":")[0] or not parts.hostname:
        raise UsageError(f"invalid {noun} {_shown(address)}: write {example}")
    if "?" in address or "#" in address or not address.isprintable() or " " in address:
        raise UsageError(f"invalid address {_shown(address)}: write it without ?, # and spaces")
    return parts.geturl()


def _shown(address: str) -> str:
    """Return the address as a message may show it: without user, query and fragment."""
    scheme, mark, rest = re.split(r"[?#]", address)[0].partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}"

"""HTTP client for an engine elsewhere: addresses, credentials, queries, replies within bounds."""

from __future__ import annotations

import io
import os
import re
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urlencode, urlsplit
from urllib.request import (
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    Request,
    parse_http_list,
    parse_keqv_list,
)

import pyoxigraph as ox
from urllib3 import (
    HTTPConnectionPool,
    HTTPResponse,
    HTTPSConnectionPool,
    PoolManager,
    Timeout,
    exceptions,
)
from urllib3.connection import HTTPConnection, HTTPSConnection

from diplograph.core.errors import (
    AccessRefused,
    BoundExceeded,
    EngineFault,
    QuerySyntaxError,
    UsageError,
)
from diplograph.core.settings import MEBIBYTE, REMOTE_CONNECT_SECONDS, QueryBounds
from diplograph.sparql.results import QueryResults

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


# ---- queries -----------------------------------------------------------------------------------

JSON = "application/sparql-results+json"
NTRIPLES = "application/n-triples"
# By media type; Virtuoso has text/ntriples or text/plain, older engines know no N-Triples.
_STATEMENTS = {
    NTRIPLES: ox.RdfFormat.N_TRIPLES,
    "text/plain": ox.RdfFormat.N_TRIPLES,
    "text/ntriples": ox.RdfFormat.N_TRIPLES,
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/x-turtle": ox.RdfFormat.TURTLE,
}
_SOLUTIONS = {JSON, "application/json", "application/x-json+sparql"}
_GRAPH_FORMS = {"CONSTRUCT", "DESCRIBE"}
# Virtuoso answers an ASK by a table of one column: one row for yes, none or a zero for no.
_ASK_TABLE = re.compile(rb'"vars"\s*:\s*\[\s*"__ASK_RETVAL"')
_ASK_TRUE = re.compile(rb'"__ASK_RETVAL"\s*:\s*\{[^{}]*"value"\s*:\s*"1"')
_VARIABLE = re.compile(r"\?(\w+)")


class RemoteClient:
    """Sends queries to one endpoint; `seconds` and `mebibytes` bound each reply."""

    def __init__(self, connection: Connection, url: str, seconds: float, mebibytes: int):
        self.url, self._connection = url, connection
        self._seconds, self._mebibytes = seconds, mebibytes

    def select(self, text: str) -> list[ox.QuerySolution]:
        """Return the rows of a SELECT of this package, every column bound; raises as `send`."""
        expected = set(_VARIABLE.findall(text.partition("{")[0]))
        reply = self.send(text, "SELECT")
        try:
            results = read_results(reply, "SELECT", self.url, QueryBounds.rows)
            rows = list(results)
        except (SyntaxError, ValueError) as error:  # its frames hold results of this thread's
            raise unreadable(self.url) from error.with_traceback(None)
        variables = {variable.value for variable in results.variables}
        if expected - variables or any(None in tuple(row) for row in rows):
            raise unreadable(self.url)
        return rows

    def count(self, graph: str) -> int:
        """Return how many statements the named graph has; 0 where there is none."""
        text = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
        numbers = [row["n"].value for row in self.select(text)]
        if not all(number.isdecimal() for number in numbers):
            raise unreadable(self.url)
        return sum(map(int, numbers))

    def send(
        self, text: str, form: str, default: Iterable[str] = (), named: Iterable[str] = ()
    ) -> Reply:
        """Return the reply, read whole, to the query `text` of that form, sent by POST.

        `default` and `named` are the dataset, SPARQL 1.1 Protocol, section 2.1.4. Raises
        EngineFault, QuerySyntaxError for what the engine rejects, and BoundExceeded.
        """
        fields = [("query", text)]
        fields += [("default-graph-uri", name) for name in default]
        fields += [("named-graph-uri", name) for name in named]
        has_statements = form in _GRAPH_FORMS
        reply = self._connection.send(
            "POST",
            self.url,
            body=urlencode(fields).encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": f"{NTRIPLES}, text/turtle;q=0.5" if has_statements else JSON,
            },
            seconds=self._seconds,
            mebibytes=self._mebibytes,
        )
        self._check(reply, _STATEMENTS if has_statements else _SOLUTIONS)
        return reply

    def _check(self, reply: Reply, types: Iterable[str]) -> None:
        """Raise the error that the status and the headers of a reply mean."""
        status = reply.status
        message = "" if status == 200 else reply.message or "no reason given"
        if status in {400, 422}:
            raise QuerySyntaxError(f"the engine rejects this query: {message}")
        if status in {408, 504}:
            message = f"the engine stopped the query after its own timeout: {message}"
            raise BoundExceeded(message, bound="time")
        if status >= 500:
            message = f"the engine could not answer this query: {message}"
            raise BoundExceeded(message, bound="worker")
        if status != 200 or reply.media_type not in types:
            shown = reply.media_type or "no media type"
            raise EngineFault(f"{self.url} is no SPARQL endpoint: status {status}, {shown}")
        # Virtuoso sends the rows so far where its time or its number of rows is at an end.
        if "x-sql-state" in reply.headers:
            message = "the engine stopped at its own timeout and sent a part of the result"
            raise BoundExceeded(message, bound="time")


def read_results(reply: Reply, form: str, url: str, most: int) -> QueryResults:
    """Return the results in a reply to a query of that form, from their beginning.

    Raises EngineFault, which names `url`, where there are none, and BoundExceeded past `most` rows
    or statements, before more of them are in memory.
    """
    try:
        if form in _GRAPH_FORMS:
            return _read_statements(reply, most)
        return _read_solutions(reply, form, most)
    except (SyntaxError, ValueError) as error:  # its frames hold results of this thread's
        raise unreadable(url) from error.with_traceback(None)


def unreadable(url: str) -> EngineFault:
    """Return the error for a reply that is not of its media type."""
    return EngineFault(f"{url} sent a reply that does not match its media type")


def cut_short() -> BoundExceeded:
    """Return the error for a part of a result that the engine sent for the whole of it."""
    message = "the engine cuts results at its own number of rows: add a LIMIT"
    return BoundExceeded(message, bound="rows")


def _read_solutions(reply: Reply, form: str, most: int) -> ox.QuerySolutions | ox.QueryBoolean:
    body = reply.body
    if form == "ASK" and _ASK_TABLE.search(body):
        body = b'{"head":{},"boolean":%s}' % (b"true" if _ASK_TRUE.search(body) else b"false")
    cut = reply.headers.get("x-sparql-maxrows", "")  # Virtuoso's, where it may have cut
    if form == "SELECT":
        rows = _count(ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON), most)
        _check_count(rows, most)
        if cut.isdecimal() and rows >= int(cut):
            raise cut_short()
    results = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    if isinstance(results, ox.QueryBoolean) != (form == "ASK"):
        raise ValueError("a result of another kind than the query's")
    return results


def _count(items: Iterable | ox.QueryBoolean, most: int) -> int:
    """Return how many there are, one read after the other, and no further than past `most`."""
    return 0 if isinstance(items, ox.QueryBoolean) else sum(1 for _ in islice(items, most + 1))


def _check_count(number: int, most: int) -> None:
    """Raise BoundExceeded past `most`, from a frame that holds no results of this thread's."""
    if number > most:
        raise BoundExceeded(
            f"the engine's reply has more than the {most:,} rows one answer may have;"
            " add a LIMIT or a narrower pattern",
            bound="rows",
        )


def _read_statements(reply: Reply, most: int) -> ox.QueryTriples:
    """Return the statements; Oxigraph makes a result of this kind from a store only."""
    store, form = ox.Store(), _STATEMENTS[reply.media_type]
    _check_count(_count(ox.parse(reply.body, format=form), most), most)
    store.load(io.BytesIO(reply.body), format=form)
    return store.query("CONSTRUCT WHERE { ?s ?p ?o }")

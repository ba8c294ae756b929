"""The access log: one line of JSON for each request, written by a thread of its own."""

from __future__ import annotations

import re
import secrets
from collections import deque
from datetime import UTC, datetime
from json.encoder import encode_basestring_ascii as quote
from pathlib import Path
from threading import Event, Lock, Thread
from typing import BinaryIO
from urllib.parse import parse_qs

from diplograph.core.errors import UsageError
from diplograph.core.settings import LOG_FLUSH_SECONDS, LOG_WAITING_LINES
from diplograph.web.http import HttpRequest, HttpResponse
from diplograph.web.settings import Settings

# A client's own name for its request is kept where it can do no harm in a log or a header.
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

# Characters; what a client sends may be as long as it likes, a line may not.
AGENT_CHARACTERS, CLIENT_CHARACTERS, METHOD_CHARACTERS = 200, 100, 20
PATH_CHARACTERS, QUERY_CHARACTERS = 500, 2000
# One character is up to four bytes, each up to three in an address or a form.
QUERY_BYTES = 12 * QUERY_CHARACTERS

STANDARD_ERROR = 2


def open_log(place: str, settings: Settings) -> AccessLog:
    """Return the log that is written to `place`: a file's path, "-" for stderr, or "off".

    Raises UsageError where the file cannot be written.
    """
    if place == "off":
        return AccessLog(None, settings)
    if place == "-":
        return AccessLog(open(STANDARD_ERROR, "ab", buffering=0, closefd=False), settings)
    return AccessLog(_open(Path(place)), settings, Path(place))


def identify(request: HttpRequest) -> str:
    """Return the request's X-Request-ID where it is a sane one, or a fresh one of 16 letters."""
    given = request.headers.get("x-request-id")
    if given and REQUEST_ID.fullmatch(given):
        return given
    return secrets.token_hex(8)


class AccessLog:
    """Lines of JSON, which wait in memory for at most half a second.

    A stream that is slow or stuck keeps no request waiting: past LOG_WAITING_LINES lines are left
    out,
    and a line says how many. `digest` names the build in each line. A stream of None takes nothing.
    """

    def __init__(self, stream: BinaryIO | None, settings: Settings, path: Path | None = None):
        self.stream, self.path, self.settings, self.digest = stream, path, settings, ""
        self._lines: deque[str] = deque()
        self._lost, self._writing, self._ended = 0, Lock(), Event()
        if stream is not None:
            self._thread = Thread(target=self._flush_on, name="access log", daemon=True)
            self._thread.start()

    def write(
        self,
        request: HttpRequest,
        response: HttpResponse,
        seconds: float,
        request_id: str,
        cached: bool | None = None,
    ) -> None:
        """Log one request that was answered in `seconds`.

        `cached` says whether the server's own cache had the answer; None where it was not asked.
        """
        if self.stream is None:
            return
        if len(self._lines) >= LOG_WAITING_LINES:
            self._lost += 1
            return
        self._lines.append(self._compose(request, response, seconds, request_id, cached))

    def flush(self) -> None:
        """Write what waits; a line that cannot be written is counted as left out."""
        with self._writing:
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            lost = self._lost
            if lost:
                lines.append(f'{{"time":"{_now()}","lost":{lost}}}\n')
            if not lines or self.stream is None:
                return
            try:
                _write(self.stream, "".join(lines).encode("ascii"))
            except (OSError, ValueError):  # a full disk, a reader that is gone, a closed stream
                self._lost += len(lines) - bool(lost)
            else:
                self._lost -= lost

    def reopen(self) -> None:
        """Open the file of that name anew, so that one that was moved away is let go.

        Where it cannot be opened, the one that is open goes on. Raises UsageError then.
        """
        if self.path is None:
            return
        self.flush()
        stream = _open(self.path)
        with self._writing:
            stream, self.stream = self.stream, stream
        stream.close()

    def close(self) -> None:
        """Write what waits and end; a second call does nothing, and later lines are left out."""
        if self.stream is None:
            return
        self._ended.set()
        self._thread.join(LOG_FLUSH_SECONDS)
        if not self._thread.is_alive():  # else its stream is stuck, and would keep us too
            self.flush()
            self.stream.close()
        self.stream = None

    def _flush_on(self) -> None:
        while not self._ended.wait(LOG_FLUSH_SECONDS):
            self.flush()

    def _compose(
        self,
        request: HttpRequest,
        response: HttpResponse,
        seconds: float,
        request_id: str,
        cached: bool | None,
    ) -> str:
        """Return the line; all that a client sent is escaped, down to plain ASCII.

        Written out because a line made by the json module costs as much as the rest of logging.
        """
        octets = 0 if request.method == "HEAD" else len(response.body)
        rows = "null" if response.rows is None else response.rows
        bound = "null" if response.bound is None else quote(response.bound)
        was_cached = "null" if cached is None else "true" if cached else "false"
        agent = request.headers.get("user-agent", "")
        query = f',"query":{_read_query(request)}' if self.settings.log_queries else ""
        return (
            f'{{"time":"{_now()}","id":{quote(request_id)},'
            f'"client":{quote(request.client[:CLIENT_CHARACTERS])},'
            f'"method":{quote(request.method[:METHOD_CHARACTERS])},'
            f'"path":{quote(request.path[:PATH_CHARACTERS])},'
            f'"status":{response.status},"duration_ms":{seconds * 1000:.3f},"bytes":{octets},'
            f'"rows":{rows},"bound":{bound},"cached":{was_cached},"build":{quote(self.digest[:12])},'
            f'"agent":{quote(agent[:AGENT_CHARACTERS])}{query}}}\n'
        )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _open(path: Path) -> BinaryIO:
    try:
        return path.open("ab", buffering=0)
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise UsageError(f"cannot write the access log {path}: {reason}") from error


def _write(stream: BinaryIO, text: bytes) -> None:
    """Write all of `text`; a pipe may take it in parts, and raises OSError where it takes none."""
    left = memoryview(text)
    while left:
        taken = stream.write(left)
        if taken is None:
            raise BlockingIOError("the stream takes nothing now")
        left = left[taken:]
    stream.flush()


def _read_query(request: HttpRequest) -> str:
    """Return the query's text as JSON, null where there is none; a malformed one is shown as is.

    It is read again here because a refused request and a cached one are logged too.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/sparql-query":
        text = request.body[:QUERY_BYTES].decode("utf-8", "replace")
        return quote(text[:QUERY_CHARACTERS])
    form = kind == "application/x-www-form-urlencoded"
    fields = request.body[:QUERY_BYTES].decode("utf-8", "replace") if form else request.query
    try:
        texts = parse_qs(fields[:QUERY_BYTES], errors="replace", max_num_fields=100).get(
            "query", []
        )
    except ValueError:  # more fields than a request of ours has
        texts = [fields]
    return quote(texts[0][:QUERY_CHARACTERS]) if texts else "null"

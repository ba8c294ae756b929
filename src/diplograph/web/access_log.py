"""The access log: one line of JSON for each request, written by a thread of its own."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from io import RawIOBase, TextIOBase
from json.encoder import encode_basestring_ascii as quote
from logging import Handler, LogRecord, StreamHandler, makeLogRecord
from logging.handlers import QueueListener, WatchedFileHandler
from queue import Full, Queue
from threading import Event
from urllib.parse import parse_qs

from diplograph.core.errors import UsageError
from diplograph.core.settings import (
    LOG_BATCH_SECONDS,
    LOG_CLOSE_SECONDS,
    LOG_WAITING_LINES,
    Settings,
)
from diplograph.web.http import HttpRequest, HttpResponse
from diplograph.web.protocol.requests import FORM_TYPE, QUERY_TYPE

# A client's own name for its request is used where it can do no harm in a log or a header.
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}", re.ASCII)

# Characters; what a client sends may be as long as it likes, a line may not.
AGENT_CHARACTERS, CLIENT_CHARACTERS, METHOD_CHARACTERS = 200, 100, 20
PATH_CHARACTERS, QUERY_CHARACTERS = 500, 2000
# One character is up to four bytes, each up to three in an address or a form.
QUERY_BYTES = 12 * QUERY_CHARACTERS


def open_log(place: str, settings: Settings) -> AccessLog:
    """Return the log that is written to `place`: a file's path, "-" for stderr, or "off".

    Its thread does not survive a fork: a server that forks opens it in each process. Raises
    UsageError where the file cannot be written.
    """
    if place == "off":
        return AccessLog(None, settings)
    if place == "-":
        stream = open(2, "ab", buffering=0, closefd=False)  # noqa: SIM115
        return AccessLog(StreamHandler(UnbufferedText(stream)), settings)
    try:
        return AccessLog(_FileHandler(place, encoding="ascii"), settings)
    except OSError as error:
        reason = (error.strerror or "it cannot be written").lower()
        raise UsageError(f"cannot write the access log {place}: {reason}") from error


def identify(request: HttpRequest) -> str:
    """Return the request's X-Request-ID where it is a valid one, or a new one of 16 letters."""
    given = request.headers.get("x-request-id")
    return given if given and REQUEST_ID.fullmatch(given) else secrets.token_hex(8)


class AccessLog(QueueListener):
    """Lines of JSON, written by a thread of their own to a handler of `logging`, None for no log.

    A handler that is slow or stuck delays no request: past LOG_WAITING_LINES lines that wait, lines
    are lost, and a line says how many. `digest` names the build in each line.
    """

    def __init__(self, handler: Handler | None, settings: Settings):
        super().__init__(Queue(LOG_WAITING_LINES), handler)
        self.settings, self.digest = settings, ""
        self._lost, self._failed, self._closing = 0, False, Event()
        if handler is None:
            self._closing.set()
        else:
            handler.handleError = self._fail
            self.start()

    def write(
        self, request: HttpRequest, response: HttpResponse, seconds: float, request_id: str
    ) -> None:
        """Log one request that was answered in `seconds`.

        All that a client sent is escaped, down to plain ASCII. The line is written out because the
        json module would cost as much as the rest of logging.
        """
        if self._closing.is_set():
            return
        octets = 0 if request.method == "HEAD" else len(response.body)
        rows = "null" if response.rows is None else response.rows
        bound = "null" if response.bound is None else quote(response.bound)
        cached = "null" if response.cached is None else "true" if response.cached else "false"
        agent = request.headers.get("user-agent", "")
        query = f',"query":{_read_query(request)}' if self.settings.log_queries else ""
        line = (
            f'{{"time":"{_now()}","id":{quote(request_id)},'
            f'"client":{quote(request.client[:CLIENT_CHARACTERS])},'
            f'"method":{quote(request.method[:METHOD_CHARACTERS])},'
            f'"path":{quote(request.path[:PATH_CHARACTERS])},'
            f'"status":{response.status},"duration_ms":{seconds * 1000:.3f},"bytes":{octets},'
            f'"rows":{rows},"bound":{bound},"cached":{cached},"build":{quote(self.digest[:12])},'
            f'"agent":{quote(agent[:AGENT_CHARACTERS])}{query}}}'
        )
        try:
            self.queue.put_nowait(line)
        except Full:
            self._lost += 1

    def handle(self, line: str) -> None:
        """Write one line with those that follow it soon, which costs less than each by itself."""
        self._closing.wait(LOG_BATCH_SECONDS)
        lines = [line]
        for _ in range(self.queue.qsize()):
            following = self.queue.get()
            self.queue.task_done()
            if following is self._sentinel:
                self.queue.put(following)
                break
            lines.append(following)
        if not self._write("\n".join(lines)):
            self._lost += len(lines)
        if self.queue.empty():
            self._report_losses()

    def close(self) -> None:
        """Write the lines that wait and end; a handler that is stuck is left to its thread."""
        if self._closing.is_set():
            return
        thread = self._thread
        self._closing.set()
        try:
            self.queue.put(self._sentinel, timeout=LOG_CLOSE_SECONDS)
        except Full:
            return
        thread.join(LOG_CLOSE_SECONDS)
        if not thread.is_alive():
            self._report_losses()
            self.handlers[0].close()

    def _report_losses(self) -> None:
        lost = self._lost
        if lost and self._write(f'{{"time":"{_now()}","lost":{lost}}}'):
            self._lost -= lost

    def _write(self, line: str) -> bool:
        """Return whether `line` was written."""
        # Without the handler's lock, which one that is stuck would hold when the process ends.
        self._failed = False
        self.handlers[0].emit(makeLogRecord({"msg": line}))
        return not self._failed

    def _fail(self, record: LogRecord) -> None:
        self._failed = True


class UnbufferedText(TextIOBase):
    """ASCII text for a stream of bytes, without a buffer that would keep what cannot be written."""

    def __init__(self, stream: RawIOBase):
        self._stream = stream

    def write(self, text: str) -> int:
        """Write all of `text`, which a pipe may take in parts; raises OSError if it takes none."""
        rest = memoryview(text.encode("ascii"))
        while rest:
            written = self._stream.write(rest)
            if written is None:
                raise BlockingIOError("the stream takes nothing now")
            rest = rest[written:]
        return len(text)

    def fileno(self) -> int:
        """Return the descriptor of the stream."""
        return self._stream.fileno()

    def close(self) -> None:
        """Close the stream."""
        self._stream.close()


class _FileHandler(WatchedFileHandler):
    """A file that is opened anew once it was moved away, and stays open where that cannot be."""

    def _open(self) -> UnbufferedText:
        return UnbufferedText(open(self.baseFilename, "ab", buffering=0))

    def reopenIfNeeded(self) -> None:
        if os.access(os.path.dirname(self.baseFilename), os.W_OK):
            super().reopenIfNeeded()

    def emit(self, record: LogRecord) -> None:
        try:
            super().emit(record)
        except OSError:  # from opening the file; an error of writing is handled before
            self.handleError(record)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _read_query(request: HttpRequest) -> str:
    """Return the query's text as JSON, null where there is none; a malformed one as it was sent."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    fields = request.query
    if kind in {QUERY_TYPE, FORM_TYPE}:
        fields = request.body[:QUERY_BYTES].decode("utf-8", "replace")
    texts = [fields]
    if kind != QUERY_TYPE:
        with suppress(ValueError):  # more fields than a request of ours has
            parsed = parse_qs(fields[:QUERY_BYTES], errors="replace", max_num_fields=100)
            texts = parsed.get("query")
    return quote(texts[0][:QUERY_CHARACTERS]) if texts else "null"

"""Messages between a pool, its fork server and its workers: queries, answers, errors as bytes."""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import marshal
import struct
import time
from dataclasses import dataclass, field

from diplograph.core import errors
from diplograph.core.settings import MEBIBYTE, QueryBounds
from diplograph.store.interface import Answer, QueryRequest

# A request to the fork server: its verb and the number of a worker. FORK brings the worker's two
# sockets.
REQUEST = struct.Struct("!cxxxI")
FORK, RENICE, KILL = b"f", b"n", b"k"
LENGTH = struct.Struct("!I")  # the head of a query: the length of the rest
# The head of a reply: the length of its body; then, of an answer, the index of its kind in
# MESSAGE_KINDS, its total and its rows where they are known, its encoding and how far the worker
# has grown, in MiB. An error has all else in its body.
HEAD = struct.Struct("!QBqq8sI")
MESSAGE_KINDS = ("error", "solutions", "boolean", "statements")
UNKNOWN = -1


@dataclass(slots=True, eq=False)
class PendingQuery:
    """One query that waits or runs: its message for a worker, its client, its answer's future.

    `since` is when it began to wait, then when it began to run; `abandoned` when its caller was
    first seen to have gone, None before.
    """

    message: bytes
    client: str
    future: asyncio.Future | concurrent.futures.Future
    since: float = field(default_factory=time.monotonic)
    abandoned: float | None = None


def encode_request(request: QueryRequest) -> bytes:
    """Return the message for a worker, which runs the same Python and trusts its pool."""
    body = marshal.dumps(vars(request))
    return LENGTH.pack(len(body)) + body


def decode_request(body: bytes) -> QueryRequest:
    """Return the request that a message has after its length."""
    return QueryRequest(**marshal.loads(body))


def encode_answer(answer: Answer, grown: int) -> bytes:
    """Return the head of a reply; `grown` is the worker's memory since its start, in bytes."""
    total = UNKNOWN if answer.total is None else answer.total
    rows = UNKNOWN if answer.rows is None else answer.rows
    kind, encoding = MESSAGE_KINDS.index(answer.kind), answer.encoding.encode()
    return HEAD.pack(len(answer.body), kind, total, rows, encoding, max(0, grown) // MEBIBYTE)


def encode_error(error: errors.DiplographError) -> bytes:
    """Return a whole reply, head and body, with the error that `decode_reply` gives back."""
    kind, described = type(error), {"message": str(error)}
    if isinstance(error, errors.QuerySyntaxError):
        described = {"message": error.message, "line": error.line, "column": error.column}
    elif isinstance(error, errors.BoundExceeded):
        described["bound"] = error.bound
    elif isinstance(error, errors.NotExpressible):
        described["form"] = error.form
    else:  # the nearest class of the exception tree that one message can build again
        kind = next(base for base in kind.__mro__ if base.__init__ is Exception.__init__)
        if not issubclass(kind, errors.DiplographError):
            kind = errors.DiplographError
    described["error"] = kind.__name__
    body = json.dumps(described).encode()
    return HEAD.pack(len(body), 0, UNKNOWN, UNKNOWN, b"", 0) + body


def decode_reply(head: tuple, body: bytes) -> Answer | errors.DiplographError:
    """Return the answer or the error of a reply: its head, unpacked, and its body."""
    _, kind, total, rows, encoding, _ = head
    if not kind:
        described = json.loads(body)
        return getattr(errors, described.pop("error"))(described.pop("message"), **described)
    return Answer(
        body,
        MESSAGE_KINDS[kind],
        None if total == UNKNOWN else total,
        None if rows == UNKNOWN else rows,
        encoding.rstrip(b"\0").decode() if encoding[0] else "",
    )


def out_of_memory(bounds: QueryBounds) -> errors.BoundExceeded:
    """Return the error of a query that needed more memory than one may use."""
    return errors.BoundExceeded(
        f"the query needed more than the {bounds.memory_mebibytes} MiB of memory one query may"
        " use; add a LIMIT or a narrower pattern",
        bound="memory",
    )

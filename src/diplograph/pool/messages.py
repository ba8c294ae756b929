"""How a question and its reply travel on the stream between a pool and one of its workers."""

from __future__ import annotations

import asyncio
import concurrent.futures
import json
import marshal
import struct
import time

from diplograph.core import errors
from diplograph.store.interface import MEBIBYTE, Answer, QueryBounds, QueryRequest


class PendingQuery:
    """One query under way: its bytes for a worker, whose it is, and the future of its answer."""

    __slots__ = ("client", "frame", "future", "left", "since")

    def __init__(
        self, frame: bytes, client: str, future: asyncio.Future | concurrent.futures.Future
    ):
        self.frame, self.client, self.future = frame, client, future
        self.since = time.monotonic()  # when it began to wait, then when it began to run
        self.left: float | None = None  # when its caller was first seen to have gone


LENGTH = struct.Struct("!I")  # before a question
# Before a reply: its body's length; then, of an answer, the place of its kind in KINDS, its total
# and rows where they are known, its encoding and the worker's growth. An error is all in its body.
HEAD = struct.Struct("!QBqq8sI")
MESSAGE_KINDS = ("error", "solutions", "boolean", "statements")
UNKNOWN = -1


def encode_question(asked: QueryRequest) -> bytes:
    """Return `asked` as the bytes a worker reads; it runs the same Python, and trusts its pool."""
    question = marshal.dumps(vars(asked))
    return LENGTH.pack(len(question)) + question


def decode_question(question: bytes) -> QueryRequest:
    """Return what is asked by the bytes after a question's length."""
    return QueryRequest(**marshal.loads(question))


def encode_answer(answer: Answer, grown: int) -> bytes:
    """Return a reply but for its body; `grown`: the worker's memory since its start, in bytes."""
    total = UNKNOWN if answer.total is None else answer.total
    rows = UNKNOWN if answer.rows is None else answer.rows
    kind, encoding = MESSAGE_KINDS.index(answer.kind), answer.encoding.encode()
    return HEAD.pack(len(answer.body), kind, total, rows, encoding, max(0, grown) // MEBIBYTE)


def encode_error(error: errors.DiplographError) -> bytes:
    """Return a whole reply: the error that `decode_reply` gives back."""
    described = {"error": _public_name(type(error)), "message": str(error)}
    if isinstance(error, errors.QuerySyntaxError):
        described |= {"message": error.message, "line": error.line, "column": error.column}
    if isinstance(error, errors.BoundExceeded):
        described["bound"] = error.bound
    body = json.dumps(described).encode()
    return HEAD.pack(len(body), 0, UNKNOWN, UNKNOWN, b"", 0) + body


def decode_reply(head: tuple, body: bytes) -> Answer | errors.DiplographError:
    """Return the answer, or the error, that a worker sent as a head unpacked and a body."""
    _, kind, total, rows, encoding, _ = head
    if not kind:
        return _decode_error(json.loads(body))
    return Answer(
        body,
        MESSAGE_KINDS[kind],
        None if total == UNKNOWN else total,
        None if rows == UNKNOWN else rows,
        encoding.rstrip(b"\0").decode() if encoding[0] else "",
    )


def read_growth(head: tuple) -> int:
    """Return by how many MiB the worker that sent this head has grown since its start."""
    return head[-1]


def memory_message(bounds: QueryBounds) -> str:
    """Return the sentence for a query that wanted more memory than `bounds` give it."""
    return (
        f"the query needed more than the {bounds.memory_mebibytes} MiB of memory one query may"
        " use; add a LIMIT or a narrower pattern"
    )


def _decode_error(described: dict) -> errors.DiplographError:
    kind, message = getattr(errors, described["error"]), described["message"]
    if issubclass(kind, errors.QuerySyntaxError):
        return kind(message, line=described["line"], column=described["column"])
    if issubclass(kind, errors.BoundExceeded):
        return kind(message, bound=described["bound"])
    return kind(message)


def _public_name(kind: type) -> str:
    """Return the nearest class of the tree that one sentence can build again."""
    if issubclass(kind, errors.QuerySyntaxError | errors.BoundExceeded):
        return kind.__name__
    plain = [each for each in kind.__mro__ if each.__init__ is Exception.__init__]
    return plain[0].__name__ if issubclass(plain[0], errors.DiplographError) else "DiplographError"

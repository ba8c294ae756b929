"""How a question and its reply travel on the stream between a pool and one of its workers."""

from __future__ import annotations

import json
import struct

from diplograph import errors
from diplograph.store.engine import Answer, Asked, Bounds

# Before a question: its length. Before a reply: the length of its header, then of its body.
LENGTH = struct.Struct("!I")
LENGTHS = struct.Struct("!IQ")


def encode_question(asked: Asked) -> bytes:
    """Return `asked` as the bytes a worker reads."""
    question = json.dumps(vars(asked)).encode()
    return LENGTH.pack(len(question)) + question


def decode_question(question: bytes) -> Asked:
    """Return what is asked by the bytes after a question's length."""
    return Asked(**json.loads(question))


def encode_answer(answer: Answer, grown: int) -> bytes:
    """Return all of a reply but its body; `grown`: the worker's memory, in MiB since its start."""
    fields = dict(vars(answer))
    body = fields.pop("body")
    return _head({"answer": fields, "grown": grown}, len(body))


def encode_error(error: errors.DiplographError) -> bytes:
    """Return a reply that has no body: the error that `decode_reply` raises."""
    described = {"error": _public_name(type(error)), "message": str(error)}
    if isinstance(error, errors.QuerySyntaxError):
        described |= {"message": error.message, "line": error.line, "column": error.column}
    if isinstance(error, errors.BoundExceeded):
        described["bound"] = error.bound
    return _head(described, 0)


def decode_reply(header: dict, body: bytes) -> Answer | errors.DiplographError:
    """Return the answer a worker sent as header and body, or the error it met."""
    if "answer" in header:
        return Answer(body, **header["answer"])
    kind, message = getattr(errors, header["error"]), header["message"]
    if issubclass(kind, errors.QuerySyntaxError):
        return kind(message, line=header["line"], column=header["column"])
    if issubclass(kind, errors.BoundExceeded):
        return kind(message, bound=header["bound"])
    return kind(message)


def memory_message(bounds: Bounds) -> str:
    """Return the sentence for a query that wanted more memory than `bounds` give it."""
    return (
        f"the query needed more than the {bounds.memory_mebibytes} MiB of memory one query may"
        " use; add a LIMIT or a narrower pattern"
    )


def _head(header: dict, body_length: int) -> bytes:
    encoded = json.dumps(header).encode()
    return LENGTHS.pack(len(encoded), body_length) + encoded


def _public_name(kind: type) -> str:
    """Return the nearest class of the tree that one sentence can build again."""
    if issubclass(kind, errors.QuerySyntaxError | errors.BoundExceeded):
        return kind.__name__
    plain = [each for each in kind.__mro__ if each.__init__ is Exception.__init__]
    return plain[0].__name__ if issubclass(plain[0], errors.DiplographError) else "DiplographError"

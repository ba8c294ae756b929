"""The process that answers queries for a pool: one build opened once, its memory capped."""

from __future__ import annotations

import json
import os
import select
import sys
import threading
import traceback
from multiprocessing.connection import Connection
from pathlib import Path

from diplograph import errors
from diplograph.store import Store
from diplograph.store.engine import MEBIBYTE, Answer, Asked, Bounds, answer_from


def main(arguments: list[str]) -> int:
    """Answer queries from the socket named in `arguments` until its other end closes.

    `arguments`: the socket's descriptor, the build's folder, the bounds as JSON.
    """
    descriptor, folder, bounds = int(arguments[0]), Path(arguments[1]), json.loads(arguments[2])
    threading.Thread(target=_end_with_parent, args=(descriptor,), daemon=True).start()
    connection = Connection(descriptor)
    store = Store.open(folder)
    limits = Bounds(**bounds)
    _cap_memory(limits.memory_mebibytes)
    connection.send_bytes(json.dumps({"digest": store.digest}).encode())
    while True:
        try:
            question = connection.recv_bytes()
        except EOFError:
            return 0
        _reply(connection, store, question, limits)


def encode(asked: Asked) -> bytes:
    """Return `asked` as the bytes a worker reads."""
    return json.dumps(vars(asked)).encode()


def decode(header: bytes, body: bytes) -> Answer:
    """Return the answer a worker sent as header and body, or raise the error it met."""
    reply = json.loads(header)
    if "kind" in reply:
        return Answer(body, reply["kind"], reply["total"])
    kind, message = getattr(errors, reply["error"]), reply["message"]
    if issubclass(kind, errors.QuerySyntaxError):
        raise kind(message, line=reply["line"], column=reply["column"])
    if issubclass(kind, errors.BoundExceeded):
        raise kind(message, bound=reply["bound"])
    raise kind(message)


def _reply(connection: Connection, store: Store, question: bytes, bounds: Bounds) -> None:
    body = b""
    try:
        fields = json.loads(question)
        answer = answer_from(store, Asked(**fields), bounds)
        header, body = {"kind": answer.kind, "total": answer.total}, answer.body
    except errors.DiplographError as error:
        header = _describe(error)
    except MemoryError:
        header = _describe(errors.BoundExceeded(memory_message(bounds), bound="memory"))
    except Exception:  # the very edge: whatever it was, the client learns no path and no trace
        traceback.print_exc()
        header = _describe(errors.DiplographError("the engine could not answer this query"))
    connection.send_bytes(json.dumps(header).encode())
    connection.send_bytes(body)


def memory_message(bounds: Bounds) -> str:
    """Return the sentence for a query that wanted more memory than `bounds` give it."""
    return (
        f"the query needed more than the {bounds.memory_mebibytes} MiB of memory one query may"
        " use; add a LIMIT or a narrower pattern"
    )


def _describe(error: errors.DiplographError) -> dict:
    described = {"error": _public_name(type(error)), "message": str(error)}
    if isinstance(error, errors.QuerySyntaxError):
        described |= {"message": error.message, "line": error.line, "column": error.column}
    if isinstance(error, errors.BoundExceeded):
        described["bound"] = error.bound
    return described


def _public_name(kind: type) -> str:
    """Return the nearest class of the tree that one sentence can build again."""
    if issubclass(kind, errors.QuerySyntaxError | errors.BoundExceeded):
        return kind.__name__
    plain = [each for each in kind.__mro__ if each.__init__ is Exception.__init__]
    return plain[0].__name__ if issubclass(plain[0], errors.DiplographError) else "DiplographError"


def _cap_memory(mebibytes: int) -> None:
    """Let this process's data grow by at most `mebibytes` from here on."""
    import resource

    used = 0
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
        used = pages * resource.getpagesize()
    limit = used + mebibytes * MEBIBYTE
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _end_with_parent(descriptor: int) -> None:
    """End this process as soon as the other end of the socket is gone, even amid a query."""
    watch = select.poll()
    watch.register(descriptor, 0)  # a hang-up is reported whether or not it is asked for
    watch.poll()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

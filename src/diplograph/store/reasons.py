"""What a caller is told whose query met a bound of the pool or lost its worker."""

from __future__ import annotations

import signal

from diplograph.core.errors import BoundExceeded, TooManyRequests
from diplograph.store.engine import Bounds
from diplograph.store.frames import memory_message


def out_of_time(bounds: Bounds) -> BoundExceeded:
    """Return the error of a query that ran as long as any may."""
    return BoundExceeded(
        f"the query ran past the {bounds.seconds:g} s one query may take and was stopped;"
        " add a LIMIT or a narrower pattern",
        bound="time",
    )


def no_room_for_long(bounds: Bounds, whose: str) -> BoundExceeded:
    """Return the error of a query that is long, where `whose` long ones fill their room."""
    return BoundExceeded(
        f"the query needs more than {bounds.long_seconds:g} s, and as many long queries {whose}"
        " are running as may at once; try again later, or add a narrower pattern",
        bound="long",
    )


def stopped_for_others() -> BoundExceeded:
    """Return the error of a query that was slow while so many waited that it could not stay."""
    return BoundExceeded(
        "the query was slow while many others waited, and was stopped;"
        " try again later, or add a narrower pattern",
        bound="long",
    )


def queue_full() -> BoundExceeded:
    """Return the error of a query that found the queue full."""
    return BoundExceeded("too many queries are waiting; try again", bound="queue")


def waited_too_long(bounds: Bounds) -> BoundExceeded:
    """Return the error of a query that waited as long as any may."""
    waited = f"no worker was free for {bounds.seconds:g} s; try again"
    return BoundExceeded(waited, bound="queue")


def too_many_of_client(bounds: Bounds) -> TooManyRequests:
    """Return the error of a query whose client has as many under way as one may."""
    return TooManyRequests(
        f"one client may have {bounds.per_client} queries under way at once;"
        " wait for the answer to one of them",
        bound="client",
    )


def stopping() -> BoundExceeded:
    """Return the error of a query that came too late, or was still running at the very end."""
    return BoundExceeded("the server is stopping", bound="worker")


def not_started() -> BoundExceeded:
    """Return the error of a query for which no worker could be started."""
    return BoundExceeded("the query's worker could not be started; try again", bound="worker")


def lost(status: int | None, bounds: Bounds) -> BoundExceeded:
    """Return why a worker ended by itself, by its status: out of memory, an allocator aborts."""
    if status == -signal.SIGABRT:
        return BoundExceeded(memory_message(bounds), bound="memory")
    if status in (-signal.SIGSEGV, -signal.SIGBUS):
        nested = "the query is nested deeper than the engine can follow"
        return BoundExceeded(nested, bound="depth")
    return BoundExceeded("the query's worker was lost; try again", bound="worker")

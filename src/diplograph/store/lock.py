"""Locks of builds in use: no later build removes the folder that a server answers from."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from pathlib import Path


def lock_build(folder: Path) -> Callable[[], None]:
    """Lock the build in `folder` until the returned function is called or this process ends.

    Raises OSError where the folder cannot be opened.
    """
    handle = _lock(folder, fcntl.LOCK_SH)
    return lambda: os.close(handle)


def is_locked(folder: Path) -> bool:
    """Return whether any process has locked the build in `folder`."""
    try:
        os.close(_lock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB))
    except BlockingIOError:
        return True
    return False


def _lock(folder: Path, kind: int) -> int:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, kind)
    except OSError:
        os.close(handle)
        raise
    return handle

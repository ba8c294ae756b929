"""What a command is busy with, on a terminal's standard error and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def show_progress() -> Iterator[Callable[[str], None]]:
    """Give a function that shows the stage just begun; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda stage: None
        return
    from rich.console import Console

    console = Console(stderr=True)
    status = console.status("")
    try:
        yield lambda stage: _tell(status, stage)
    finally:
        status.stop()


def _tell(status, stage: str) -> None:
    status.update(stage)
    status.start()

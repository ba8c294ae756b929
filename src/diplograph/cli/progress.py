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


@contextmanager
def show_share(words: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function that shows how many of how many are done; silent as `show_progress` is."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(words, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)


def _tell(status, stage: str) -> None:
    status.update(stage)
    status.start()

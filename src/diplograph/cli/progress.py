"""Progress of a command on standard error, where that is a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def show_progress() -> Iterator[Callable[[str], None]]:
    """Give a function that shows the current stage; silent where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda stage: None
        return
    from rich.console import Console

    status = Console(stderr=True).status("")

    def show(stage: str) -> None:
        status.update(stage)
        status.start()

    try:
        yield show
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

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(words, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)

"""How a site comes about: from a build on disk, or from an engine elsewhere."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from diplograph.build.build import RECORD, ensure_build, read_findings
from diplograph.build.questions import Question, read_questions
from diplograph.build.vocabularies import Alignments, read_alignments
from diplograph.core.errors import DiplographError
from diplograph.core.home import Home
from diplograph.pool.pool import Pool
from diplograph.web import create_app
from diplograph.web.answers import Answers
from diplograph.web.settings import Settings
from diplograph.web.site import Site


class Builds:
    """Opens the builds of one home, each as the files were when it was asked for."""

    def __init__(self, home: Home, first: Path, workers: int, settings: Settings):
        """`first` is the folder of a build that was just ensured, so that none is made twice."""
        self._home, self._first = home, first
        self._workers, self._settings = workers, settings

    async def open(self, known: str) -> Site | None:
        """Return the site of a build of the files as they are; None where it is the `known` one.

        Raises what building and opening raise.
        """
        folder = await _rebuild(self._home) if known else self._first
        words = read_questions(self._home), read_alignments(self._home)
        return await open_build(folder, words[0], self._workers, self._settings, known, words[1])


async def open_build(
    folder: Path,
    questions: Mapping[str, Question],
    workers: int,
    settings: Settings,
    known: str,
    alignments: Alignments | None = None,
) -> Site | None:
    """Return the site of the build in `folder`; None where it is the `known` one.

    `alignments`: see `create_app`.
    """
    if folder.name == known:
        return None
    findings = len(read_findings(folder))
    pool = await Pool.start(folder, workers=workers, bounds=settings.bounds)
    built = datetime.fromtimestamp((folder / RECORD).stat().st_mtime, UTC)
    facts = {"findings": findings, "built": built, "alignments": alignments}
    return Site(pool, create_app(pool, questions, settings=settings, **facts))


async def open_remote(
    store: str,
    questions: Mapping[str, Question],
    settings: Settings,
    known: str,
    alignments: Alignments | None = None,
) -> Site | None:
    """Return the site of the build that the engine at `store` holds; None for the `known` one."""
    from diplograph.remote.engine import open_engine

    engine = await asyncio.to_thread(open_engine, store, settings.bounds)
    if known and engine.digest == known:
        engine.close()
        return None
    # Nothing is kept: the engine may have been loaded anew since its digest was read.
    app = create_app(engine, questions, settings=settings, alignments=alignments)
    return Site(engine, app, Answers(0))


async def _rebuild(home: Home) -> Path:
    """Return the folder of a build of the files as they are; raises DiplographError.

    It is made in a process of its own: reasoning takes seconds, and this one serves meanwhile.
    """
    loop, context = asyncio.get_running_loop(), multiprocessing.get_context("spawn")
    processes = ProcessPoolExecutor(1, mp_context=context)
    try:
        folder, message = await loop.run_in_executor(processes, _build, home)
    except asyncio.CancelledError:
        for process in multiprocessing.active_children():
            process.terminate()  # the server ends, and would wait for it
        raise
    finally:
        processes.shutdown(wait=False)  # waiting here would keep every client waiting
    if folder is None:
        raise DiplographError(message)
    return folder


def _build(home: Home) -> tuple[Path | None, str]:
    """Return the folder, or None and why there is none: our errors do not all travel."""
    try:
        return ensure_build(home), ""
    except DiplographError as error:
        return None, str(error)

"""Reloads: the newest request wins, a build it supersedes is ended, and its state can be seen."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from diplograph.build.bounded import ENSURE, BuildProcess
from diplograph.build.dataset import digest_inputs
from diplograph.core.errors import DiplographError
from diplograph.core.home import Home
from diplograph.core.settings import (
    FILE_READ_SECONDS,
    FILE_WATCH_SECONDS,
    RELOAD_PATIENCE_SECONDS,
    BuildBounds,
    Settings,
)
from diplograph.store.build_files import measure_graph, read_record
from diplograph.web.http import HttpRequest
from diplograph.web.metrics import may_see_metrics
from diplograph.web.server.sites import Sites

_LOGGER = logging.getLogger(__name__)
OUTCOMES = ("served", "unchanged", "failed", "superseded", "stopped")
OPENING = "opening the build"

Notify = Callable[[str], None]


class HomeBuilds:
    """The builds of one home that the server makes: the one under way, the one that is served.

    `served` and `attempted` are the digests of the files that the build which is served, and the
    last build begun, were made of; "" for none.
    """

    def __init__(self, home: Home, first: Path, bounds: BuildBounds, notify: Notify):
        """`first` is the folder of a build of the files as they are, which is opened first."""
        self.home, self._first, self._bounds, self._notify = home, first, bounds, notify
        self.under_way: BuildProcess | None = None
        self.folder: Path | None = None
        self.served = self.attempted = ""
        self._size: int | None = None

    async def make(self) -> Path:
        """Return the folder of a build of the files as they are; raises what building raises.

        Ends the build when cancelled.
        """
        if self._first is not None:
            folder, self._first = self._first, None
            return folder
        build = self.under_way = BuildProcess(ENSURE, self.home, bounds=self._bounds)
        try:
            return await run_in_thread(build.run, StageLog(self._notify))
        except asyncio.CancelledError:
            build.stop()
            raise
        finally:
            self.under_way, self.attempted = None, build.inputs

    def serve(self, folder: Path) -> None:
        """Take note that the build in `folder` is served from now on."""
        self.folder, self._size = folder, measure_graph(folder)
        with suppress(DiplographError):  # removed since it was opened
            self.served = self.attempted = read_record(folder).get("inputs", "")

    def is_lost(self) -> bool:
        """Return whether files of the build that is served were removed or cut; reads the disk."""
        return self.folder is not None and measure_graph(self.folder) != self._size


class StageLog:
    """Writes each stage of a build, and the seconds of the one before, for the operator."""

    def __init__(self, notify: Notify):
        self._notify, self._stage, self._since = notify, "", 0.0

    def __call__(self, stage: str) -> None:
        """Write that `stage` begins."""
        now = time.monotonic()
        before = f" ({self._stage} took {now - self._since:.1f} s)" if self._stage else ""
        self._notify(f"{stage} ...{before}")
        self._stage, self._since = stage, now


@dataclass(frozen=True)
class Failure:
    """Why the last reload failed, and when; `kind` names the class of the error."""

    kind: str
    reason: str
    when: datetime


class Reloads:
    """The reloads of one server, one at a time; all but `describe` is called on the event loop."""

    def __init__(
        self,
        sites: Sites,
        settings: Settings,
        switched: Callable[[], None],
        notify: Notify,
        builds: HomeBuilds | None = None,
    ):
        """`switched` is called when another site is served."""
        self._sites, self._settings, self._builds = sites, settings, builds
        self._switched, self._notify = switched, notify
        self._wanted, self._renew = asyncio.Event(), False
        self._work: asyncio.Future | None = None
        self._since = 0.0
        self.failure: Failure | None = None
        self.outcomes: Counter[str] = Counter(dict.fromkeys(OUTCOMES, 0))
        self.lost = False

    def request(self, *, renew: bool = False) -> None:
        """Have the files as they are now served; the build under way is superseded.

        `renew`: open the build anew even where it is the one that is served.
        """
        self._renew |= renew
        self._wanted.set()

    async def run(self) -> None:
        """Reload at each request, until cancelled."""
        try:
            while True:
                await self._wanted.wait()
                await asyncio.sleep(RELOAD_PATIENCE_SECONDS)
                await self._reload_once()
        finally:
            self._cancel_work()

    async def reload(self, *, renew: bool = False) -> None:
        """Serve the build of the files as they are, and notify the operator of the outcome."""
        self._since, renew = time.monotonic(), renew or self.lost
        try:
            changed = await self._sites.reload(renew=renew)
        except Exception as error:  # the outermost level: the former build is served on
            if not isinstance(error, (DiplographError, OSError)):
                _LOGGER.error("the reload failed", exc_info=error)
            reason, now = str(error) or type(error).__name__, datetime.now(UTC)
            self.failure = Failure(type(error).__name__, reason, now)
            self.outcomes["failed"] += 1
            self._notify(f"the reload failed, and the build before is still served: {reason}")
            return
        self.failure, self.lost = None, False
        self.outcomes["served" if changed else "unchanged"] += 1
        self._switched()
        digest = self._sites.current.engine.digest
        self._notify(f"serving build {digest[:12]}{'' if changed else ', as before'}")

    def compare(self, inputs: str) -> None:
        """Act on what the files are now: `inputs` is their digest, the same for an interval."""
        building = self._builds.under_way
        if self._work is not None:
            if building is None or building.inputs in {"", inputs}:
                return
            if inputs == self._builds.served and not self.lost:
                self._stop()
            else:
                self.request()
        elif inputs == self._builds.served:
            if self._builds.attempted == inputs:
                return
            if self.failure:
                self._notify("the files are again those of the build that is served")
            self._builds.attempted, self.failure = inputs, None
        elif inputs != self._builds.attempted:
            self.request()

    def check_loss(self, is_lost: bool) -> None:
        """Build again, once, where files of the build that is served are gone."""
        if self.is_building:
            return
        if not is_lost:
            self.lost = False
        elif not self.lost:
            self.lost = True
            self._notify("the files of the build that is served are gone; building again")
            self.request(renew=True)

    def describe(self, request: HttpRequest) -> dict[str, Any]:
        """Return what /ready says of the builds; why one failed is for this machine alone.

        A reason may name files and folders.
        """
        failure = None
        if self.failure:
            failure = {"error": self.failure.kind, "at": _format(self.failure.when)}
            if may_see_metrics(request, self._settings):
                failure["reason"] = self.failure.reason
        return {
            "building": self._describe_work(),
            "last_failure": failure,
            "lost": self.lost,
            "reloads": dict(self.outcomes),
        }

    @property
    def is_building(self) -> bool:
        """Whether a reload is under way."""
        return self._work is not None

    def _describe_work(self) -> dict[str, Any] | None:
        if self._work is None:
            return None
        build, since = self._builds and self._builds.under_way, self._since
        stage = build.stage if build else OPENING
        began = datetime.now(UTC) - timedelta(seconds=time.monotonic() - since)
        in_stage = round(time.monotonic() - (build.since if build else since), 1)
        return {"stage": stage, "seconds": in_stage, "since": _format(began)}

    async def _reload_once(self) -> None:
        """Reload until it is done, stopped or superseded by the next request."""
        renew, self._renew = self._renew, False
        self._wanted.clear()
        work = self._work = asyncio.ensure_future(self.reload(renew=renew))
        wish = asyncio.ensure_future(self._wanted.wait())
        await asyncio.wait({work, wish}, return_when=asyncio.FIRST_COMPLETED)
        wish.cancel()
        if not work.done():
            self._renew |= renew
            stage = (self._describe_work() or {}).get("stage", OPENING)
            self.outcomes["superseded"] += 1
            self._notify(f"the running build ({stage}) is out of date: building again")
            self._cancel_work()
            await asyncio.wait({work})
        if self._work is work:
            self._work = None

    def _stop(self) -> None:
        self.outcomes["stopped"] += 1
        self._builds.attempted, self.failure = self._builds.served, None
        self._notify("the files are again those of the build that is served: the build is stopped")
        self._cancel_work()

    def _cancel_work(self) -> None:
        if self._work is not None:
            self._work.cancel()


async def watch_builds(reloads: Reloads, builds: HomeBuilds) -> None:
    """Have a build that loses its files made again, until cancelled."""
    while True:
        await asyncio.sleep(FILE_WATCH_SECONDS)
        reloads.check_loss(await run_in_thread(builds.is_lost))


async def watch_files(reloads: Reloads, home: Home, notify: Notify) -> None:
    """Compare the files with the build at each interval in which they stayed the same.

    Files that cannot be read, or not in time, are reported once.
    """
    seen, trouble = "", ""
    while True:
        await asyncio.sleep(FILE_WATCH_SECONDS)
        reading = run_in_thread(_read_digest, home)
        done, _ = await asyncio.wait({reading}, timeout=FILE_READ_SECONDS)
        if not done:
            notify(f"a file of {home.root} has not been read within {FILE_READ_SECONDS:g} s")
        digest, reason = await reading
        if reason and reason != trouble:
            notify(f"the files cannot be watched: {reason}")
        before, seen, trouble = seen, digest, reason
        if seen and seen == before:
            reloads.compare(seen)


def run_in_thread(function: Callable, *arguments: object) -> asyncio.Future:
    """Return the future of what `function` returns in a thread of its own.

    The end of the program does not wait for it: a file system may not answer.
    """
    loop = asyncio.get_running_loop()
    future = loop.create_future()

    def settle(value: object, error: BaseException | None) -> None:
        if future.cancelled():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(value)

    def work() -> None:
        value, failure = None, None
        try:
            value = function(*arguments)
        except BaseException as error:  # whatever it was, a task waits for the outcome
            failure = error
        with suppress(RuntimeError):  # the loop was closed meanwhile
            loop.call_soon_threadsafe(settle, value, failure)

    threading.Thread(target=work, name=function.__name__, daemon=True).start()
    return future


def _read_digest(home: Home) -> tuple[str, str]:
    """Return the digest of the files at `home`, or "" and why they cannot be read."""
    try:
        return digest_inputs(home), ""
    except (DiplographError, OSError) as error:
        return "", str(error)


def _format(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"

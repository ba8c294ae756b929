"""Builds in a process of their own, which is killed past the bounds of time and memory.

Neither reasoning nor a regular expression of a shape can be interrupted in the process it runs in.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import socket
import struct
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from diplograph.build.build import StageProgress, build_to_disk, ensure_build, find_fitting, judge
from diplograph.build.dataset import digest_inputs
from diplograph.core.errors import BoundExceeded, DiplographError, UsageError
from diplograph.core.home import Home
from diplograph.core.processes import end_with, limit_memory, prefer_for_memory
from diplograph.core.settings import SETTINGS, BuildBounds

STARTING = "starting the build"
# What the process may be asked to do: return the folder of a current build, write a new one, or
# return the findings.
TASKS = ENSURE, WRITE, CHECK = "ensure", "write", "check"
# What a signal that ends the process is a sign of: the bound, and the reason.
_SIGNS = {
    -signal.SIGKILL: ("memory", "as the system does where memory runs out"),
    -signal.SIGSEGV: ("depth", "as where something is nested too deeply"),
    -signal.SIGBUS: ("depth", "as where something is nested too deeply"),
}
_LONGEST_WAIT = 1e6  # seconds: what a system waits for at most, where no bound is wanted
_LENGTH = struct.Struct("!I")
_OPTIONS = {setting.name: setting for setting in SETTINGS}
# Not -m: classes of this module would be those of __main__ in the process, which cannot be pickled.
_SCRIPT = "import sys; from diplograph.build import bounded; bounded.run_task(sys.argv[1:])"
_ADVICE = "to allow more, set {environment}, or {flag} of build, check and serve"


class BuildStopped(Exception):
    """`BuildProcess.stop` ended the build before it was done."""


def ensure_bounded(
    home: Home, progress: StageProgress | None = None, bounds: BuildBounds | None = None
) -> Path:
    """Return the folder of a current build, made within `bounds` where there is none.

    Without `bounds`: those of the environment. Raises as `BuildProcess.run` does.
    """
    return find_fitting(home) or BuildProcess(ENSURE, home, bounds=bounds).run(progress)


def read_bounds(environment: Mapping[str, str] = os.environ) -> BuildBounds:
    """Return the bounds that the environment sets, else the defaults; raises UsageError."""
    values = {}
    for name, default in vars(BuildBounds()).items():
        setting = _OPTIONS[name]
        text = environment.get(setting.environment, "").strip()
        try:
            values[name] = type(default)(text) if text else default
        except ValueError:
            values[name] = -1
        if not values[name] >= setting.least:  # a NaN is not, either
            kind = "whole number" if isinstance(default, int) else "number"
            message = f"{setting.environment} is a {kind} from {setting.least:g}, not {text!r}"
            raise UsageError(message)
    return BuildBounds(**values)


class BuildProcess:
    """One build of `home` in a process that ends at the bounds, when stopped, and with this one.

    `order` is what it is to do, `stage` what it does now, `since` when that began (as
    time.monotonic has it), `inputs` the digest of the files it reads, "" before that is known.
    They may be read while another thread is in `run`.
    """

    def __init__(
        self,
        task: str,
        home: Home,
        as_of: str | None = None,
        bounds: BuildBounds | None = None,
    ):
        self.order = {
            "task": task,
            "root": str(home.root),
            "builds": str(home.builds),
            "as_of": as_of,
        }
        self.bounds = bounds or read_bounds()
        self.stage, self.since, self.inputs = STARTING, time.monotonic(), ""
        self._process: subprocess.Popen | None = None
        self._stopped = False

    def run(self, progress: StageProgress | None = None) -> Any:
        """Return what the task gives: the build's folder, or for CHECK its findings.

        `progress` is called with the name of each stage as it begins. Raises what the build
        raises, BoundExceeded past a bound, and BuildStopped after `stop`.
        """
        messages, child_messages = socket.socketpair()
        lifeline, child_lifeline = socket.socketpair()
        with messages, lifeline:
            with child_messages, child_lifeline:
                self._process = _start(self.order, self.bounds, child_messages, child_lifeline)
            try:
                outcome = self._follow(messages, progress or (lambda stage: None))
            except TimeoutError:
                raise exceed_time(self.stage, self.bounds) from None
            finally:
                self._process.kill()
                self._process.wait()
        if self._stopped:
            raise BuildStopped
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    def stop(self) -> None:
        """End the build at once, from any thread."""
        self._stopped = True
        if self._process is not None:
            self._process.kill()

    def _follow(self, messages: socket.socket, progress: StageProgress) -> Any:
        """Return the result or the error that the process reports, or the one of its own end."""
        unread = b""
        while not self._stopped:
            left = self.since + self.bounds.stage_seconds - time.monotonic()
            messages.settimeout(min(max(left, 0.001), _LONGEST_WAIT))
            received = messages.recv(1 << 20)
            if not received:
                return self._explain_end()
            unread += received
            while len(unread) >= _LENGTH.size:
                end = _LENGTH.size + _LENGTH.unpack_from(unread)[0]
                if len(unread) < end:
                    break
                kind, value = pickle.loads(unread[_LENGTH.size : end])
                unread = unread[end:]
                if kind == "stage":
                    self.stage, self.since = value, time.monotonic()
                    progress(value)
                elif kind == "inputs":
                    self.inputs = value
                elif kind == "memory":
                    return self._past_memory()
                else:
                    return value
        return None

    def _explain_end(self) -> Exception:
        """Return the error of a process that ended without a result."""
        status = self._process.wait()
        if status == -signal.SIGABRT:  # so ends an allocator that gets no more memory
            return self._past_memory()
        if status not in _SIGNS:
            return DiplographError(f"the process of the build ended by {status} while {self.stage}")
        bound, reason = _SIGNS[status]
        message = f"the build was stopped: its process was ended by signal {-status} while"
        return BoundExceeded(f"{message} {self.stage}, {reason}", bound=bound)

    def _past_memory(self) -> BoundExceeded:
        advice = _advise("build_mebibytes")
        limit = f"the {self.bounds.build_mebibytes} MiB of memory a build may take"
        return BoundExceeded(
            f"the build was stopped: {self.stage} needed more than {limit}; {advice}",
            bound="memory",
        )


def exceed_time(stage: str, bounds: BuildBounds) -> BoundExceeded:
    """Return the error of a stage that took longer than one may."""
    limit = f"the {bounds.stage_seconds:g} s one stage may take"
    return BoundExceeded(
        f"the build was stopped: {stage} took more than {limit}; {_advise('stage_seconds')}",
        bound="time",
    )


def _advise(name: str) -> str:
    return _ADVICE.format(environment=_OPTIONS[name].environment, flag=_OPTIONS[name].flag)


def _start(
    order: Mapping[str, Any], bounds: BuildBounds, messages: socket.socket, lifeline: socket.socket
) -> subprocess.Popen:
    """Start the process; raises DiplographError where the system has none to give."""
    descriptors = [messages.fileno(), lifeline.fileno()]
    # -P: nothing in the working directory is imported.
    command = [sys.executable, "-P", "-c", _SCRIPT, *map(str, descriptors)]
    try:
        return subprocess.Popen(
            [*command, json.dumps({**order, "mebibytes": bounds.build_mebibytes})],
            pass_fds=descriptors,
            process_group=0,  # Ctrl-C in a terminal is to reach the process that started it alone
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # of a library: standard output is for answers
            env={**os.environ, "RUST_BACKTRACE": "0"},
        )
    except OSError as error:
        reason = error.strerror or error
        raise DiplographError(f"the process of the build cannot be started: {reason}") from error


# ---- in the process of the build --------------------------------------------------------------


def run_task(arguments: list[str]) -> None:
    """Do what `arguments` say, two descriptors and an order in JSON, and report the outcome."""
    messages, lifeline = (socket.socket(fileno=int(text)) for text in arguments[:2])
    end_with(lifeline)
    order = json.loads(arguments[2])
    prefer_for_memory()
    limit_memory(order["mebibytes"])

    def send(kind: str, value: Any = None) -> None:
        body = pickle.dumps((kind, value))
        with suppress(ConnectionError):  # this process is ended anyway
            messages.sendall(_LENGTH.pack(len(body)) + body)

    try:
        send("result", do_task(order, send))
    except MemoryError:
        send("memory")
    except Exception as error:  # the outermost level of this process: the other one raises it
        send(*encode_failure(error))


def do_task(order: Mapping[str, Any], send: Callable[[str, Any], None]) -> Any:
    """Return what the task of `order` gives; `send` takes each stage, and the inputs' digest."""
    home, as_of = Home(Path(order["root"]), Path(order["builds"])), order["as_of"]
    report = partial(send, "stage")
    if order["task"] == CHECK:
        return judge(home, as_of, report).findings
    if order["task"] == WRITE:
        return build_to_disk(home, as_of, report)
    report("comparing the files with the build")
    send("inputs", digest_inputs(home))
    return ensure_build(home, as_of, report)


def encode_failure(error: Exception) -> tuple[str, Any]:
    """Return the message that reports `error`; one behind which is a lack of memory reports that.

    A fault of the program, which may be of a class that cannot be sent, has its traceback as note.
    """
    inner: BaseException | None = error
    while inner is not None:
        if isinstance(inner, MemoryError):
            return "memory", None
        inner = inner.__cause__ or inner.__context__
    if isinstance(error, DiplographError):
        return "error", error
    text = "".join(traceback.format_exception(error)).rstrip()
    fault: Exception = error.with_traceback(None)
    try:
        pickle.loads(pickle.dumps(fault))
    except Exception:  # whatever the class raises whose instances cannot be sent
        fault = BuildFault(f"{type(error).__name__}: {error}")
    fault.add_note(f"in the process of the build:\n{text}")
    return "error", fault


class BuildFault(Exception):
    """A fault of the program in the process of a build; its note is the traceback there."""

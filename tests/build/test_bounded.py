"""A build in a process of its own ends at its bounds, and its errors are those of the build."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time

import pytest

from diplograph.build.bounded import (
    CHECK,
    ENSURE,
    WRITE,
    BuildProcess,
    BuildStopped,
    encode_failure,
    ensure_bounded,
    read_bounds,
)
from diplograph.build.build import build_to_disk, ensure_build, judge
from diplograph.core.errors import BoundExceeded, MalformedFile, UsageError
from diplograph.core.settings import BuildBounds
from fixtures.processes import children_of, is_running
from fixtures.small_home import FILES, write_endless_home, write_home
from fixtures.waiting import wait_until


@pytest.fixture
def home(tmp_path):
    return write_home(tmp_path)


def find_child(process_id, others=frozenset()):
    """Return the process that the process has started, when there is one beside the `others`."""
    assert wait_until(lambda: children_of(process_id) - others, 10)
    return (children_of(process_id) - others).pop()


@pytest.fixture
def others():
    """Return the processes that tests before this one have started and still use."""
    return frozenset(children_of(os.getpid()))


def test_a_build_in_its_own_process_is_the_build_made_here(home):
    stages = []
    folder = BuildProcess(WRITE, home).run(stages.append)
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert stages[-2:] == ["checking the shapes", "writing the build"]
    assert build_to_disk(home) == folder
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == whole
    assert BuildProcess(CHECK, home).run() == judge(home).findings


def test_a_current_build_takes_no_process(home, monkeypatch):
    folder = ensure_build(home)
    monkeypatch.setattr("diplograph.build.bounded.BuildProcess", pytest.fail)
    assert ensure_bounded(home) == folder


def test_an_error_of_the_build_keeps_its_class_its_place_and_its_exit_code(home):
    (home.data / "states.ttl").write_text("state:ARD a")
    with pytest.raises(MalformedFile) as here:
        judge(home)
    with pytest.raises(MalformedFile) as elsewhere:
        BuildProcess(WRITE, home).run()
    assert vars(elsewhere.value) == vars(here.value)
    assert str(elsewhere.value) == str(here.value)
    assert elsewhere.value.line == 1


def test_a_regular_expression_that_never_ends_is_stopped_at_the_bound_of_time(tmp_path, others):
    home = write_endless_home(tmp_path)
    building = BuildProcess(ENSURE, home)

    def narrow(stage):  # only now: the stages before may be slow on a busy machine
        if stage == "checking the shapes":
            building.bounds = BuildBounds(stage_seconds=0.2)

    with pytest.raises(BoundExceeded) as stopped:
        building.run(narrow)
    assert stopped.value.bound == "time"
    assert "checking the shapes took more than the 0.2 s" in str(stopped.value)
    assert "DIPLOGRAPH_MAX_STAGE_SECONDS" in str(stopped.value)
    assert "--max-stage-seconds" in str(stopped.value)
    assert children_of(os.getpid()) <= others
    assert not home.builds.exists()


def test_a_build_that_needs_more_memory_than_it_may_is_stopped(home):
    with pytest.raises(BoundExceeded, match="needed more than the 6 MiB") as stopped:
        BuildProcess(WRITE, home, bounds=BuildBounds(build_mebibytes=6)).run()
    assert stopped.value.bound == "memory"
    assert "DIPLOGRAPH_MAX_BUILD_MB" in str(stopped.value)


def test_a_lack_of_memory_is_seen_behind_another_error():
    error = ValueError("a library's own words")
    error.__cause__ = MemoryError()
    assert encode_failure(error) == ("memory", None)


def test_a_fault_of_the_program_keeps_its_class_and_its_traceback():
    class Local(Exception):
        """Cannot be sent to another process."""

    for fault, name in ((RecursionError("too deep"), "RecursionError"), (Local("x"), "BuildFault")):
        kind, sent = encode_failure(fault)
        received = pickle.loads(pickle.dumps(sent))
        assert (kind, type(received).__name__) == ("error", name)
        assert type(fault).__name__ in "".join(received.__notes__)


def test_a_build_can_be_stopped_from_another_thread(tmp_path, others):
    building = BuildProcess(WRITE, write_endless_home(tmp_path))
    threading.Timer(0.2, building.stop).start()
    started = time.monotonic()
    with pytest.raises(BuildStopped):
        building.run()
    assert time.monotonic() - started < 5
    assert children_of(os.getpid()) <= others


def test_a_build_whose_process_is_killed_is_an_error_that_says_so(tmp_path, others):
    building = BuildProcess(WRITE, write_endless_home(tmp_path))

    def kill(stage):
        if stage == "reading the files":
            os.kill(find_child(os.getpid(), others), signal.SIGKILL)

    with pytest.raises(BoundExceeded, match="signal 9 while reading the files, as") as stopped:
        building.run(kill)
    assert stopped.value.bound == "memory"


def test_a_build_ends_with_the_process_that_began_it(tmp_path):
    script = (
        "import sys; from diplograph.core.home import Home;"
        "from diplograph.build.bounded import WRITE, BuildProcess;"
        "BuildProcess(WRITE, Home.find(sys.argv[1])).run()"
    )
    home = write_endless_home(tmp_path)
    with subprocess.Popen([sys.executable, "-c", script, str(home.root)]) as parent:
        child = find_child(parent.pid)
        parent.kill()
    assert wait_until(lambda: not is_running(child))


def test_the_environment_sets_the_bounds():
    assert read_bounds({}) == BuildBounds()
    named = {"DIPLOGRAPH_MAX_STAGE_SECONDS": "2.5", "DIPLOGRAPH_MAX_BUILD_MB": "64"}
    assert read_bounds(named) == BuildBounds(2.5, 64)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("DIPLOGRAPH_MAX_STAGE_SECONDS", "soon"),
        ("DIPLOGRAPH_MAX_STAGE_SECONDS", "0"),
        ("DIPLOGRAPH_MAX_STAGE_SECONDS", "nan"),
        ("DIPLOGRAPH_MAX_BUILD_MB", "1.5"),
        ("DIPLOGRAPH_MAX_BUILD_MB", "-1"),
    ],
)
def test_a_bound_that_is_no_number_is_a_usage_error_naming_the_variable(name, text):
    with pytest.raises(UsageError, match=f"{name} is a .* not '{text}'"):
        read_bounds({name: text})


def test_a_build_stopped_amid_writing_leaves_nothing_that_stays(home):
    ensure_build(home)
    leftover = home.builds / ".new-abandoned"
    leftover.mkdir()
    text = FILES["data/states.ttl"].replace("Belmora", "Belmoria")
    write_home(home.root, **{"data/states.ttl": text})
    build_to_disk(home)
    assert leftover.exists()  # another process may be writing it
    os.utime(leftover, (0, 0))
    write_home(home.root)
    build_to_disk(home)
    assert not leftover.exists()

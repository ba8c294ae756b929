"""Whatever process of the pool is killed: its own queries are lost with it, and nothing else."""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from diplograph.core.errors import BoundExceeded
from diplograph.pool.workers import RESTART_BACKOFF_SECONDS
from diplograph.store.interface import QueryRequest
from fixtures.pool_scene import fork_server_id, process_ids, reach, refuse_start, run
from fixtures.processes import state_of
from fixtures.small_build import write_build
from fixtures.waiting import wait_until

ENDLESS = QueryRequest(
    "SELECT (COUNT(*) AS ?n) {" + " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(10)) + "}"
)
# Sorted, it must be held at once: some hundred MiB.
LARGE = QueryRequest(
    "SELECT ?c0 {" + " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(5)) + "} ORDER BY ?c0 LIMIT 1"
)
QUICK = QueryRequest("ASK {}")
YES = b'{"head":{},"boolean":true}'

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def children_of(process_id):
    return Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()


# ---- workers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("end", "bound"),
    [(signal.SIGKILL, "worker"), (signal.SIGABRT, "memory"), (signal.SIGSEGV, "depth")],
)
def test_a_query_learns_why_its_worker_ended(open_pool, end, bound):
    pool = open_pool()
    (worker,) = process_ids(pool)
    with ThreadPoolExecutor() as threads:
        running = threads.submit(pool.answer, ENDLESS)
        assert wait_until(lambda: pool.counts().running)
        os.kill(worker, end)
        assert running.exception(5).bound == bound
    assert pool.answer(QUICK).body == YES


def test_a_successor_is_there_in_far_less_than_a_second(open_pool):
    pool = open_pool()
    took = []
    for _ in range(5):
        (worker,) = process_ids(pool)
        pool.answer(QUICK)
        began = time.monotonic()
        os.kill(worker, signal.SIGKILL)
        assert wait_until(lambda gone=worker: process_ids(pool) and gone not in process_ids(pool))
        took.append(time.monotonic() - began)
    assert sorted(took)[2] < 0.25


def test_killing_workers_under_load_loses_only_the_queries_they_were_at(open_pool):
    pool, kills = open_pool(workers=3), 20
    stop, outcomes, chance = threading.Event(), [], random.Random(3)

    def ask(number):
        asked = QueryRequest(f"SELECT ({number} AS ?n) {{ ?a ?b ?c . ?d ?e ?f }}", solutions="tsv")
        expected = b"?n\n" + f"{number}\n".encode() * 169
        while not stop.is_set():
            try:
                outcomes.append(pool.answer(asked).body == expected)
            except BoundExceeded as error:
                outcomes.append(error.bound)

    with ThreadPoolExecutor(4) as threads:
        askers = [threads.submit(ask, number) for number in range(4)]
        try:
            for _ in range(kills):
                assert wait_until(lambda: len(process_ids(pool)) >= 3, 30)
                answered = outcomes.count(True)
                with suppress(ProcessLookupError):  # it may have ended by itself just now
                    os.kill(chance.choice(process_ids(pool)), signal.SIGKILL)
                assert wait_until(lambda was=answered: outcomes.count(True) > was + 4, 30)
        finally:
            stop.set()  # else the threads would never end
    assert [asker.exception() for asker in askers] == [None] * 4
    assert outcomes.count("worker") <= kills
    assert set(outcomes) <= {True, "worker"}


def test_whatever_befalls_a_question_its_thread_hears_of_it(open_pool, monkeypatch):
    pool = open_pool()
    monkeypatch.setattr("diplograph.pool.pool.Scheduler.admit", lambda *_: 1 / 0)
    with ThreadPoolExecutor() as threads:
        asking = threads.submit(pool.answer, QUICK)
        try:
            assert isinstance(asking.exception(2), ZeroDivisionError)
        finally:
            pool.close()


def test_after_an_answer_the_next_attempt_at_a_worker_is_soon_again(folder, monkeypatch):
    async def scene(pool):
        loop, delays = asyncio.get_running_loop(), []
        call_later = loop.call_later

        def note(delay, heard, *rest, **context):
            if heard.__name__ == "_start_again":
                delays.append(delay)
            return call_later(delay, heard, *rest, **context)

        monkeypatch.setattr(loop, "call_later", note)
        for attempts in (2, 3):
            with monkeypatch.context() as patch:
                patch.setattr("diplograph.pool.workers.ForkServerClient.fork", refuse_start)
                os.kill(process_ids(pool)[0], signal.SIGKILL)
                await reach(lambda want=attempts: len(delays) == want)
            await reach(lambda: process_ids(pool))
            await pool.submit(QUICK)
        return delays

    assert run(folder, scene) == [
        RESTART_BACKOFF_SECONDS,
        2 * RESTART_BACKOFF_SECONDS,
        RESTART_BACKOFF_SECONDS,
    ]


# ---- the template -------------------------------------------------------------------------


def test_when_the_template_is_killed_another_takes_its_place(open_pool):
    pool = open_pool(workers=2)
    template, workers = fork_server_id(pool), process_ids(pool)
    os.kill(template, signal.SIGKILL)
    assert wait_until(lambda: fork_server_id(pool) != template)
    assert pool.answer(QUICK).body == YES
    assert wait_until(lambda: not set(workers) & set(process_ids(pool)))
    assert wait_until(lambda: len(process_ids(pool)) == 2)
    assert pool.answer(QUICK).body == YES


def test_a_build_that_is_gone_is_said_once_and_workers_that_are_left_go_on(tmp_path, caplog):
    folder = write_build(tmp_path / "small")

    async def scene(pool):
        shutil.rmtree(folder)
        (worker,), template = process_ids(pool), fork_server_id(pool)
        os.kill(worker, signal.SIGKILL)
        await reach(lambda: process_ids(pool) and worker not in process_ids(pool))
        assert not pool.build_lost  # the template has it in memory
        os.kill(template, signal.SIGKILL)
        await reach(lambda: pool.build_lost)
        assert (await pool.submit(QUICK)).body == YES
        await asyncio.sleep(0.5)
        os.kill(process_ids(pool)[0], signal.SIGKILL)
        await reach(lambda: not pool.counts().workers)
        with pytest.raises(BoundExceeded) as refused:
            await pool.submit(QUICK)
        assert refused.value.bound == "worker"
        write_build(folder)
        await reach(lambda: not pool.build_lost)
        assert (await pool.submit(QUICK)).body == YES

    run(folder, scene)
    assert [record.message.partition(":")[0] for record in caplog.records] == [
        "no query worker can be started"
    ]


def test_a_query_under_way_outlives_the_template(open_pool):
    pool = open_pool(seconds=1.0)
    template = fork_server_id(pool)
    with ThreadPoolExecutor() as threads:
        running = threads.submit(pool.answer, ENDLESS)
        assert wait_until(lambda: pool.counts().running)
        os.kill(template, signal.SIGKILL)
        assert wait_until(lambda: fork_server_id(pool) != template)
        assert running.exception(5).bound == "time"

    def is_answered():
        with suppress(BoundExceeded):  # a busy machine needs more than a second for a new worker
            return pool.answer(QUICK).body == YES

    assert wait_until(is_answered, 20)


def test_with_all_its_processes_killed_a_pool_comes_up_again(open_pool):
    pool = open_pool(workers=2)
    for process in (*process_ids(pool), fork_server_id(pool)):
        os.kill(process, signal.SIGKILL)
    outcomes = []
    while YES not in outcomes:
        try:
            outcomes.append(pool.answer(QUICK).body)
        except BoundExceeded as error:
            outcomes.append(error.bound)
    assert set(outcomes) <= {YES, "worker"}


# ---- what is left behind ------------------------------------------------------------------


@linux_only
def test_stopped_queries_leave_no_descriptor_and_no_process_behind(open_pool):
    pool = open_pool(seconds=0.03)
    before = len(os.listdir("/proc/self/fd"))
    theirs = len(os.listdir(f"/proc/{fork_server_id(pool)}/fd"))
    for _ in range(20):
        with pytest.raises(BoundExceeded):
            pool.answer(ENDLESS)
    assert pool.answer(QUICK).body == YES
    assert wait_until(lambda: len(children_of(fork_server_id(pool))) == 1)
    assert len(os.listdir("/proc/self/fd")) == before
    assert len(os.listdir(f"/proc/{fork_server_id(pool)}/fd")) == theirs


@linux_only
def test_a_worker_that_has_grown_is_replaced(open_pool):
    pool = open_pool(long_seconds=30)
    (worker,) = process_ids(pool)
    pool.answer(QUICK)
    assert process_ids(pool) == (worker,)
    pool.answer(LARGE)
    assert wait_until(lambda: process_ids(pool) and worker not in process_ids(pool))
    assert wait_until(lambda: not state_of(worker))


@linux_only
def test_the_template_keeps_to_one_thread(open_pool):
    """A process of several threads must not fork."""
    pool = open_pool()
    for process in (fork_server_id(pool), *process_ids(pool)):
        assert len(os.listdir(f"/proc/{process}/task")) == 1


@linux_only
@pytest.mark.parametrize("template_too", [False, True])
def test_when_the_server_is_killed_nothing_of_it_stays(folder, template_too):
    script = textwrap.dedent(f"""
        import threading
        from pathlib import Path
        from diplograph.store.interface import QueryRequest
        from diplograph.pool.pool import Pool
        pool = Pool(Path({str(folder)!r}), workers=2)
        request = QueryRequest({ENDLESS.text!r})
        ask = threading.Thread(target=pool.answer, args=(request,), daemon=True)
        ask.start()
        while not pool.counts().running:
            pass
        processes = pool._scheduler.pool
        workers = [handle.process for handle in processes.handles.values()]
        print(processes._fork_server.process.pid, *workers, flush=True)
        threading.Event().wait()
    """)
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        processes = [int(each) for each in server.stdout.readline().split()]
        assert len(processes) == 3
        if template_too:
            os.kill(server.pid, signal.SIGSTOP)
            os.kill(processes[0], signal.SIGKILL)
        server.kill()
    assert wait_until(lambda: not any(state_of(each) not in {"", "Z"} for each in processes))

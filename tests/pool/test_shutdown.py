"""A pool on a loop, in threads, beside another, and at its end."""

import asyncio
import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from diplograph.core.errors import BoundExceeded
from diplograph.pool.pool import Pool
from diplograph.store.interface import QueryRequest
from fixtures.pool_scene import (
    ENDLESS,
    QUICK,
    YES,
    bound_of,
    fork_server_id,
    process_ids,
    reach,
    run,
)
from fixtures.small_build import DIGEST


def test_a_pool_on_a_loop_answers_threads_as_well(folder):
    async def scene(pool):
        with ThreadPoolExecutor(4) as threads:
            loop = asyncio.get_running_loop()
            theirs = [loop.run_in_executor(threads, pool.answer, QUICK) for _ in range(20)]
            ours = [pool.submit(QUICK) for _ in range(20)]
            return {answer.body for answer in await asyncio.gather(*theirs, *ours)}

    assert run(folder, scene, workers=2) == {YES}


def test_a_thread_that_runs_the_loop_must_not_wait_on_it(folder):
    async def scene(pool):
        with pytest.raises(RuntimeError, match="await"):
            pool.answer(QUICK)

    run(folder, scene)


def test_long_questions_and_long_answers_arrive_whole(folder):
    async def scene(pool):
        text = "x" * 900_000
        asked = QueryRequest(f'SELECT * {{ VALUES ?a {{ "{text}" }} VALUES ?b {{ 1 2 3 4 5 }} }}')
        asked = QueryRequest(asked.text, solutions="tsv")
        answers = await asyncio.gather(*[pool.submit(asked) for _ in range(3)])
        body = "?a\t?b\n" + "".join(f'"{text}"\t{n}\n' for n in range(1, 6))
        return [answer.body == body.encode() for answer in answers]

    assert run(folder, scene, workers=2) == [True] * 3


def test_draining_lets_what_is_under_way_finish_and_takes_nothing_new(folder):
    async def scene(pool):
        running = [pool.submit(ENDLESS), pool.submit(QUICK)]
        draining = asyncio.create_task(pool.drain())
        await asyncio.sleep(0)
        with pytest.raises(BoundExceeded, match="stopping"):
            pool.submit(QUICK)
        assert (await running[1]).body == YES
        assert not draining.done()
        assert await bound_of(running[0]) == "time"
        await draining
        return process_ids(pool)

    assert run(folder, scene, seconds=0.3) == ()


def test_others_have_the_loop_while_a_drained_pool_waits_for_its_template(folder):
    async def scene(pool):
        os.kill(fork_server_id(pool), signal.SIGSTOP)
        draining = asyncio.create_task(pool.drain())
        await reach(lambda: process_ids(pool) == ())
        amid = not draining.done()
        os.kill(fork_server_id(pool), signal.SIGCONT)
        await draining
        return amid

    assert run(folder, scene) is True


def test_two_pools_stand_side_by_side(folder):
    async def scene(pool):
        other = await Pool.start(folder, workers=1)
        assert pool.digest == other.digest == DIGEST
        await pool.drain()
        answer = await other.submit(QUICK)
        other.close()
        return answer.body

    assert run(folder, scene) == YES


def test_closing_tells_everybody_who_waits(folder):
    async def scene(pool):
        queries = [pool.submit(ENDLESS) for _ in range(3)]
        pool.close()
        return [await bound_of(query) for query in queries]

    assert run(folder, scene) == ["worker"] * 3

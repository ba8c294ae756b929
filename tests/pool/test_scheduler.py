"""Who gets a worker of the pool: quick queries beside long ones, and each client its share."""

import asyncio
import errno
import math
import os
import time
from concurrent.futures import Future

import pytest

from diplograph.core.errors import BoundExceeded, TooManyRequests
from diplograph.pool.fork_server import SLOW_NICENESS
from diplograph.pool.messages import PendingQuery
from diplograph.pool.scheduler import QueryQueue
from diplograph.pool.workers import WorkerHandle
from diplograph.store.interface import QueryRequest
from fixtures.pool_scene import ENDLESS, ENOUGH, QUICK, YES, bound_of, process_ids, reach, run

# ---- long queries -------------------------------------------------------------------------


def test_a_trivial_query_beside_six_endless_ones_is_quick(folder):
    async def scene(pool):
        endless = [pool.submit(ENDLESS, f"client {n % 2}") for n in range(6)]
        took = []
        for _ in range(40):
            began = time.monotonic()
            assert (await pool.submit(QUICK, "reader")).body == YES
            took.append(time.monotonic() - began)
            await asyncio.sleep(0.01)
        for query in endless:
            query.cancel()
        return sorted(took)

    took = run(folder, scene, workers=2)
    assert took[int(len(took) * 0.9)] < 0.1


def test_a_query_that_turns_out_long_leaves_its_lane_to_others(folder):
    async def scene(pool):
        (worker,) = process_ids(pool)
        pool.submit(ENDLESS)
        await reach(lambda: pool.counts().long == 1)
        assert (await pool.submit(QUICK)).body == YES
        assert pool.counts().workers == 2
        return os.getpriority(os.PRIO_PROCESS, worker)

    assert run(folder, scene, long_seconds=0.05) == SLOW_NICENESS


def test_a_long_query_is_answered_and_its_worker_gives_its_memory_back(folder):
    counted = QueryRequest(ENDLESS.text.replace(" . ?a5", " } # ?a5"), solutions="tsv")

    async def scene(pool):
        (worker,) = process_ids(pool)
        long = pool.submit(counted)
        await reach(lambda: pool.counts().long == 1)
        assert (await long).body == b"?n\n371293\n"
        assert (pool.counts().long, pool.counts().running) == (0, 0)
        await reach(lambda: pool.counts().workers == 1)
        return worker in process_ids(pool)

    assert run(folder, scene, long_seconds=0.001) is False


def test_a_long_query_past_the_room_for_all_is_stopped_and_told_so(folder):
    async def scene(pool):
        first = pool.submit(ENDLESS, "one")
        await reach(lambda: pool.counts().long == 1)
        with pytest.raises(BoundExceeded, match="try again later") as stopped:
            await pool.submit(ENDLESS, "two")
        assert not first.done()
        return stopped.value.bound

    assert run(folder, scene, long_seconds=0.05, long_queries=1) == "long"


def test_a_query_that_was_stopped_is_refused_at_once_while_there_is_no_room_for_it(folder):
    async def scene(pool):
        long = pool.submit(ENDLESS, "one")
        await reach(lambda: pool.counts().long == 1)
        assert await bound_of(pool.submit(ENDLESS, "two")) == "long"
        with pytest.raises(BoundExceeded, match="of all clients"):
            pool.submit(ENDLESS, "three")
        long.cancel()
        await reach(lambda: pool.counts().long == 0)
        pool.submit(ENDLESS, "two")
        await reach(lambda: pool.counts().long == 1)

    run(folder, scene, long_seconds=0.05, long_queries=1)


def test_one_client_has_not_all_the_room_for_long_queries(folder):
    async def scene(pool):
        mine = pool.submit(ENDLESS, "one")
        await reach(lambda: pool.counts().long == 1)
        assert await bound_of(pool.submit(ENDLESS, "one")) == "long"
        other = pool.submit(ENDLESS, "two")
        await reach(lambda: pool.counts().long == 2)
        return mine.done() or other.done()

    assert run(folder, scene, long_seconds=0.05, long_per_client=1) is False


def test_a_long_query_is_stopped_at_its_time(folder):
    async def scene(pool):
        began = time.monotonic()
        assert await bound_of(pool.submit(ENDLESS)) == "time"
        return time.monotonic() - began

    assert 0.4 <= run(folder, scene, seconds=0.4, long_seconds=0.05) < 1.4


def test_slow_queries_stand_aside_for_those_who_wait(folder):
    async def scene(pool):
        slow = [pool.submit(ENDLESS, "one") for _ in range(4)]
        assert (await pool.submit(QUICK, "one")).body == YES
        return [each.done() for each in slow]

    assert run(folder, scene, long_seconds=ENOUGH) == [False] * 4


# ---- clients ------------------------------------------------------------------------------


def test_a_client_with_too_much_under_way_is_sent_away(folder):
    async def scene(pool):
        for _ in range(2):
            pool.submit(ENDLESS, "one")
        with pytest.raises(TooManyRequests, match="may have 2 queries") as sent:
            pool.submit(QUICK, "one")
        assert (await pool.submit(QUICK, "two")).body == YES
        return sent.value.bound

    assert run(folder, scene, workers=3, per_client=2) == "client"


def test_a_client_may_ask_again_when_it_has_its_answers(folder):
    async def scene(pool):
        for _ in range(3):
            await asyncio.gather(*[pool.submit(QUICK, "one") for _ in range(4)])
        assert await bound_of(pool.submit(ENDLESS, "one")) == "time"
        return [(await pool.submit(QUICK, "one")).body for _ in range(4)]

    assert run(folder, scene, per_client=4, seconds=0.1) == [YES] * 4


def test_the_next_query_is_of_the_client_whose_turn_is_longest_ago():
    waiting = QueryQueue()
    for number, client in enumerate("aaabbc"):
        waiting.add(PendingQuery(str(number).encode(), client, Future()))
    taken = [waiting.take() for _ in range(len(waiting))]
    assert [
        f"{query.client}{query.message.decode()}" for query in taken
    ] == "a0 b3 c5 a1 b4 a2".split()
    assert (len(waiting), waiting.oldest) == (0, math.inf)


def test_one_client_with_many_queries_does_not_keep_another_waiting(folder):
    async def scene(pool):
        many = [pool.submit(QUICK, "many") for _ in range(60)]
        assert (await pool.submit(QUICK, "few")).body == YES
        left = sum(1 for query in many if not query.done())
        await asyncio.gather(*many)
        return left

    assert run(folder, scene) > 30


def test_a_client_that_has_nothing_in_line_is_taken_in_while_two_fill_it(folder):
    async def scene(pool):
        running = pool.submit(ENDLESS, "one")
        floods = [pool.submit(QUICK, f"flood {n % 2}") for n in range(10)]
        third = pool.submit(QUICK, "third")
        sent = [query for query in floods if query.done()]
        assert [await bound_of(query) for query in sent] == ["queue"]
        running.cancel()
        assert (await third).body == YES
        return [query is floods[-2] or query is floods[-1] for query in sent]

    assert run(folder, scene, waiting=10) == [True]


def test_a_full_line_takes_nobody_in_at_the_cost_of_who_has_as_few():
    waiting = QueryQueue()
    for number, client in enumerate("aaab"):
        waiting.add(PendingQuery(str(number).encode(), client, Future()))
    assert waiting.displace("a") is None
    assert waiting.displace("b").message == b"2"
    assert waiting.displace("b") is None
    assert len(waiting) == 3


def test_a_query_that_is_put_back_is_the_next_and_has_waited_as_long():
    waiting = QueryQueue()
    for number, client in enumerate("aab"):
        waiting.add(PendingQuery(str(number).encode(), client, Future()))
    first = waiting.take()
    since = first.since
    waiting.put_back(first)
    assert (waiting.take(), waiting.oldest > since, len(waiting)) == (first, True, 2)


def test_a_query_whose_worker_cannot_be_reached_stays_in_front(folder, monkeypatch):
    async def scene(pool):
        running = pool.submit(ENDLESS, "one")
        waiting = [pool.submit(QUICK, "two"), pool.submit(QueryRequest("ASK { }"), "two")]
        send, sent = WorkerHandle.send, []

        def fail_once(lane, query):
            sent.append(query.future)
            if len(sent) == 1:
                raise OSError(errno.ENOBUFS, "No buffer space available")
            send(lane, query)

        monkeypatch.setattr(WorkerHandle, "send", fail_once)
        running.cancel()
        assert [answer.body for answer in await asyncio.gather(*waiting)] == [YES, YES]
        return [waiting.index(each) for each in sent]

    assert run(folder, scene) == [0, 0, 1]


# ---- queries that nobody waits for any more -----------------------------------------------


def test_a_running_query_whose_caller_has_gone_is_stopped(folder):
    async def scene(pool):
        (worker,) = process_ids(pool)
        query = pool.submit(ENDLESS)
        query.cancel()
        await reach(lambda: pool.counts().killed == 1 and pool.counts().running == 0)
        assert (await pool.submit(QUICK)).body == YES
        return worker in process_ids(pool)

    assert run(folder, scene) is False


def test_a_waiting_query_whose_caller_has_gone_gives_its_place_back(folder):
    async def scene(pool):
        pool.submit(ENDLESS, "one")
        waits = pool.submit(QUICK, "two")
        with pytest.raises(BoundExceeded):
            pool.submit(QUICK, "three")
        waits.cancel()
        last = pool.submit(QUICK, "three")
        return (await last).body

    assert run(folder, scene, waiting=1) == YES


def test_an_answer_that_nobody_waits_for_hinders_nobody(folder):
    async def scene(pool):
        for _ in range(20):
            pool.submit(QUICK).cancel()
            await asyncio.sleep(0)
        answer = await pool.submit(QueryRequest("SELECT (7 AS ?n) {}", solutions="tsv"))
        return answer.body, pool.counts().killed

    assert run(folder, scene) == (b"?n\n7\n", 0)

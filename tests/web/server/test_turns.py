"""Pages are made in turns: few of one client at once, and the others are not kept waiting."""

import asyncio

import pytest

from diplograph.core.errors import BoundExceeded, TooManyRequests
from diplograph.web.server.turns import Turns


class Pages:
    """Pages that are made until `end` is called with their client."""

    def __init__(self, **bounds):
        self.turns = Turns(
            **{"at_once": 3, "of_client": 2, "waiting": 6, "waiting_of_client": 4, **bounds}
        )
        self.making, self._ends = [], {}

    async def make(self, client):
        turn = self.turns.request(client)
        try:
            await turn
        except asyncio.CancelledError:
            self.turns.leave(client, turn)
            raise
        self.making.append(client)
        end = asyncio.Event()
        self._ends.setdefault(client, []).append(end)
        await end.wait()
        self.making.remove(client)
        self.turns.end(client)

    async def begin(self, clients):
        tasks = [asyncio.ensure_future(self.make(client)) for client in clients]
        await settle()
        return tasks

    async def end(self, client):
        self._ends[client].pop(0).set()
        await settle()


async def settle():
    for _ in range(10):
        await asyncio.sleep(0)


def test_one_client_has_few_pages_at_once_and_another_is_not_kept_waiting():
    async def scene():
        pages = Pages()
        tasks = await pages.begin("aaaab")
        assert sorted(pages.making) == ["a", "a", "b"]
        for task in tasks:
            task.cancel()

    asyncio.run(scene())


def test_clients_take_turns_and_every_page_is_made():
    async def scene():
        pages, order = Pages(at_once=1), []
        tasks = await pages.begin("aaaabb")
        while pages.making:
            [client] = pages.making
            order.append(client)
            await pages.end(client)
        assert "".join(order) == "aababa"
        await asyncio.gather(*tasks)
        assert not pages.turns._making
        assert not pages.turns._lines

    asyncio.run(scene())


def test_a_client_with_too_many_pages_waiting_is_refused():
    async def scene():
        pages = Pages()
        tasks = await pages.begin("aaaaaa")
        with pytest.raises(TooManyRequests) as refused:
            await pages.make("a")
        assert refused.value.http_status == 429
        for task in tasks:
            task.cancel()

    asyncio.run(scene())


def test_where_too_many_wait_the_client_with_most_makes_way_for_one_with_fewer():
    async def scene():
        pages = Pages(at_once=1)
        first = await pages.begin("aaaaabb")  # one is made, four and two wait
        last = await pages.begin("c")
        with pytest.raises(BoundExceeded) as refused:
            await first[4]
        assert refused.value.bound == "queue"
        with pytest.raises(BoundExceeded):
            await pages.make("b")  # it would have as many as the other
        assert not any(task.done() for task in (*first[:4], *first[5:], *last))
        for task in (*first, *last):
            task.cancel()

    asyncio.run(scene())


def test_a_client_that_leaves_while_it_waits_leaves_its_turn_to_others():
    async def scene():
        pages = Pages(at_once=1)
        made, waiting, last = await pages.begin("aab")
        waiting.cancel()
        await settle()
        await pages.end("a")
        assert pages.making == ["b"]
        await pages.end("b")
        await asyncio.gather(made, last)
        assert not pages.turns._making
        assert not pages.turns._lines

    asyncio.run(scene())


def test_a_client_that_leaves_as_its_turn_comes_leaves_it_to_others():
    async def scene():
        pages = Pages(at_once=1)
        _, waiting, last = await pages.begin("aab")
        pages._ends["a"].pop(0).set()
        await asyncio.sleep(0)  # the turn is given, and not yet taken
        waiting.cancel()
        await settle()
        assert pages.making == ["b"]
        await pages.end("b")
        await last
        assert not pages.turns._making

    asyncio.run(scene())

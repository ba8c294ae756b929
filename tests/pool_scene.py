"""A pool of small workers on a loop of its own, for the length of one scene."""

import asyncio
import time

import pytest

from diplograph.core.errors import BoundExceeded
from diplograph.pool.pool import Pool
from diplograph.store.interface import QueryBounds, QueryRequest

# Ten joins without a common variable: more solutions than any machine counts.
ENDLESS = QueryRequest(
    "SELECT (COUNT(*) AS ?n) {" + " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(10)) + "}"
)
QUICK = QueryRequest("ASK {}")
YES = b'{"head":{},"boolean":true}'
ENOUGH = 5.0  # seconds; far more than any of this takes


def run(folder, scene, workers=1, **bounds):
    """Run `scene` with a pool on a loop, and close the pool."""

    async def play():
        pool = await Pool.start(folder, workers=workers, bounds=QueryBounds(**bounds))
        try:
            return await asyncio.wait_for(scene(pool), 4 * ENOUGH)
        finally:
            pool.close()

    return asyncio.run(play())


async def reach(condition):
    """Wait until the condition holds."""
    until = time.monotonic() + ENOUGH
    while not condition():
        assert time.monotonic() < until, "it never came to be"
        await asyncio.sleep(0.005)


async def bound_of(future):
    """Return the bound that the query met."""
    with pytest.raises(BoundExceeded) as stopped:
        await future
    return stopped.value.bound

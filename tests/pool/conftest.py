"""Pools of query workers over a build of a dozen statements."""

import pytest

from diplograph.pool.pool import Pool
from diplograph.store.interface import QueryBounds


@pytest.fixture
def open_pool(folder):
    """Return a function that opens a pool with the bounds given; all are closed at the end."""
    opened = []

    def open_one(workers=1, **bounds):
        pool = Pool(folder, workers=workers, bounds=QueryBounds(**bounds))
        opened.append(pool)
        return pool

    yield open_one
    for pool in opened:
        pool.close()

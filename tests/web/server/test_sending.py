"""Large answers wait on disk, so many at once, and leave nothing there."""

import asyncio
import io
import os
import tempfile

import pytest

from diplograph.core.errors import BoundExceeded
from diplograph.web.server import rsgi
from diplograph.web.server.rsgi import SPOOL_BYTES, Spool

LARGE = b"x" * SPOOL_BYTES


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """Return where the files are, if they have names."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_large_body_is_read_from_a_file_that_has_no_name(place):
    async def park():
        spool = Spool()
        path = await spool.park(LARGE)
        with open(path, "rb") as file:
            spool.close()
            assert file.read() == LARGE
        return path

    path = asyncio.run(park())
    assert list(place.iterdir()) == []
    assert not os.path.exists(path)


def test_a_small_body_needs_no_file():
    assert asyncio.run(Spool().park(LARGE[1:])) is None


def test_what_waits_is_bounded_until_it_was_sent():
    async def park():
        spool = Spool(most=2 * SPOOL_BYTES)
        with open(await spool.park(LARGE), "rb"):
            await spool.park(LARGE)
            with pytest.raises(BoundExceeded) as refused:
                await spool.park(LARGE)
            spool.close()  # as it lets go of each after some seconds
            assert await spool.park(LARGE)
            with pytest.raises(BoundExceeded):
                await spool.park(LARGE)
        assert await spool.park(LARGE)
        spool.close()
        return refused.value.bound

    assert asyncio.run(park()) == "queue"


def test_a_disk_without_room_keeps_nothing_and_counts_nothing(monkeypatch):
    class Full(io.BytesIO):
        def __init__(self, **options):
            super().__init__()
            opened.append(self)

        def write(self, body):
            raise OSError(28, "No space left on device")

    opened = []
    monkeypatch.setattr(rsgi.tempfile, "TemporaryFile", Full)
    spool = Spool(most=SPOOL_BYTES)
    for _ in range(2):
        assert asyncio.run(spool.park(LARGE)) is None
    assert [file.closed for file in opened] == [True, True]

"""A browser's view of the invented world."""

import pytest

from diplograph.web.app import create_app
from fixtures.recording_engine import RecordingEngine


@pytest.fixture(scope="module")
def client(world_store):
    """Return a test client of the application over the invented world."""
    return create_app(world_store).test_client()


@pytest.fixture(scope="module")
def engine(world_store):
    """Return an engine over the invented world that records its queries."""
    return RecordingEngine(world_store)

"""A browser's view of the invented world."""

import pytest

from diplograph.web.app import create_app


@pytest.fixture(scope="module")
def client(world_store):
    """Return a test client of the application over the invented world."""
    return create_app(world_store).test_client()

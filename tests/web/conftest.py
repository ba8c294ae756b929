"""A client's view of small builds by the protocols of SPARQL and graph stores."""

import pytest

from diplograph.web.app import create_app
from fixtures.web_reading import parse
from fixtures.written_build import write_written_build


@pytest.fixture(scope="module")
def client(small_store):
    """Return a test client of the application over a dozen statements."""
    return create_app(small_store).test_client()


@pytest.fixture(scope="module")
def described(client):
    """Return the service description as an RDFLib graph."""
    return parse(client.get("/sparql").data)


@pytest.fixture(scope="module")
def written_folder(tmp_path_factory):
    """Return the folder of the small build with what Oxigraph would not give back as written."""
    return write_written_build(tmp_path_factory.mktemp("build") / "written")

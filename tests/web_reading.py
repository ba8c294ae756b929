"""How the tests read the web face: over a real connection, and RDF by another reader than ours."""

import threading
from contextlib import contextmanager

import pytest
import rdflib
from werkzeug.serving import make_server

from diplograph.core.formats import STATEMENTS, Format

READERS = {
    "turtle": "turtle",
    "ntriples": "nt",
    "jsonld": "json-ld",
    "rdfxml": "xml",
    "trig": "trig",
    "nquads": "nquads",
}

# rdflib warns of what its own readers do.
ignore_rdflib = pytest.mark.filterwarnings(
    "ignore:Dataset.default_context:DeprecationWarning",
    "ignore:ConjunctiveGraph is deprecated:DeprecationWarning",
)
each_format = pytest.mark.parametrize("form", STATEMENTS.values(), ids=list(STATEMENTS))


@contextmanager
def served(app):
    """Serve `app` on a free port of this machine; yields its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def parse(body: bytes, form: Format = STATEMENTS["turtle"]) -> rdflib.Graph:
    """Return the default graph of a body, which must hold no other."""
    dataset = rdflib.Dataset()
    dataset.parse(data=body, format=READERS[form.name])
    default = dataset.default_graph
    assert [each for each in dataset.graphs() if len(each) and each != default] == []
    return default

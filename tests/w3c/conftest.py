"""One real server for all of the W3C's tests, and the engine alone for the same data."""

import threading
import urllib.error
import urllib.request
from urllib.parse import urlencode

import pytest
from pyoxigraph import DefaultGraph
from pyoxigraph import Store as Engine
from werkzeug.serving import WSGIRequestHandler, make_server

from diplograph.store import Store
from diplograph.store.engine import LocalEngine
from diplograph.web import create_app
from w3c.cases import Case


class DatasetStore(Store):
    """A store whose default graph is a test's own, not the union of its named graphs."""

    def __init__(self, statements, digest):
        super().__init__(lambda: [q for q in statements if not is_default(q)], digest)
        self.inner.clear_graph(DefaultGraph())
        self.inner.extend(quad for quad in statements if is_default(quad))


class Endpoint:
    """Our endpoint at a real port; `serve` says whose data it answers from."""

    def __init__(self):
        self.engine, self.digest, self.address = None, "", ""
        self._loaded = {}

    def serve(self, case: Case):
        """Answer from the test's dataset, and return this endpoint."""
        if case.dataset not in self._loaded:
            digest = f"{len(self._loaded):064x}"
            self._loaded[case.dataset] = LocalEngine(DatasetStore(case.statements(), digest))
        self.engine = self._loaded[case.dataset]
        self.digest = self.engine.digest
        return self

    def answer(self, asked, client=""):
        return self.engine.answer(asked, client)

    def close(self):
        self._loaded.clear()

    def post(self, text, accept):
        """Return status and body for a query that is the whole body."""
        headers = {"Accept": accept, "Content-Type": "application/sparql-query"}
        return self._send(urllib.request.Request(self.address, text.encode(), headers))

    def get(self, text, accept):
        """Return status and body for a query in the address."""
        address = f"{self.address}?{urlencode({'query': text})}"
        return self._send(urllib.request.Request(address, headers={"Accept": accept}))

    def _send(self, request):
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read()


class Silent(WSGIRequestHandler):
    """A request handler that writes no log."""

    def log(self, *_):
        pass


def is_default(quad):
    return isinstance(quad.graph_name, DefaultGraph)


@pytest.fixture(scope="session")
def endpoint():
    """Yield the one endpoint, over whichever test's data it is told to serve."""
    endpoint = Endpoint()
    server = make_server("127.0.0.1", 0, create_app(endpoint), True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    endpoint.address = f"http://127.0.0.1:{server.server_port}/sparql"
    yield endpoint
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def engine_of():
    """Return a function from a test to the engine itself, holding that test's dataset."""
    loaded = {}

    def load(case):
        if case.dataset not in loaded:
            loaded[case.dataset] = Engine()
            loaded[case.dataset].extend(case.statements())
        return loaded[case.dataset]

    return load

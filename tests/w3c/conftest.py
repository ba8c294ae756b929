"""One real server for all of the W3C's tests, and the engine alone for the same data."""

import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

import pytest
from pyoxigraph import Store

SERVE = "import sys; sys.path.insert(0, sys.argv[1]); from w3c.serving import main; main()"


class Endpoint:
    """The endpoint of the running server, which answers a test's query from that test's data."""

    def __init__(self, address):
        self.address = address

    def post(self, case, accept):
        """Return status and body for a query that is the whole body."""
        headers = {"Accept": accept, "Content-Type": "application/sparql-query"}
        return _send(urllib.request.Request(self.address, case.sent.encode(), headers))

    def get(self, case, accept):
        """Return status and body for a query in the address."""
        address = f"{self.address}?{urlencode({'query': case.sent})}"
        return _send(urllib.request.Request(address, headers={"Accept": accept}))


def _send(request):
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read()


@pytest.fixture(scope="session")
def endpoint():
    """Yield the endpoint of a server in a process of its own."""
    command = [sys.executable, "-c", SERVE, str(Path(__file__).parents[1])]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline()
            address = next(word for word in said.split() if word.startswith("http"))
            yield Endpoint(f"{address}sparql")
        finally:
            process.terminate()
            process.wait(timeout=20)


@pytest.fixture(scope="session")
def engine_of():
    """Return a function from a test to the engine itself, holding that test's dataset."""
    loaded = {}

    def load(case):
        if case.dataset not in loaded:
            loaded[case.dataset] = Store()
            loaded[case.dataset].extend(case.statements())
        return loaded[case.dataset]

    return load

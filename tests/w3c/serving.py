"""The production server over the data of the W3C's tests: run as a program, it says its address."""

import sys

from pyoxigraph import DefaultGraph

from diplograph.core.settings import Settings
from diplograph.store.engine import LocalEngine
from diplograph.store.store import Store
from diplograph.web.app import create_app
from diplograph.web.server.service import Service, claim_address
from diplograph.web.server.sites import Site
from w3c.cases import read_cases


class DatasetStore(Store):
    """A store whose default graph is a test's own, not the union of its named graphs."""

    def __init__(self, statements, digest):
        super().__init__(lambda: [quad for quad in statements if not is_default(quad)], digest)
        self.inner.clear_graph(DefaultGraph())
        self.inner.extend(quad for quad in statements if is_default(quad))


class Datasets:
    """An engine that answers each query from the data of the test its first line names."""

    digest = "c" * 64

    def __init__(self):
        self._cases = {case.name: case for case in read_cases()}
        self._engines = {}

    def answer(self, asked, client=""):
        case = self._cases[asked.text.partition("\n")[0].removeprefix("# ")]
        if case.dataset not in self._engines:
            store = DatasetStore(case.statements(), self.digest)
            self._engines[case.dataset] = LocalEngine(store)
        return self._engines[case.dataset].answer(asked, client)

    def close(self):
        """Do nothing: there is nothing to end."""


def is_default(quad):
    return isinstance(quad.graph_name, DefaultGraph)


def main():
    """Serve until SIGTERM."""

    async def open_site(_):
        engine = Datasets()
        return Site(engine, create_app(engine))

    Service(open_site, Settings(), claim_address("127.0.0.1", 0)).run()


if __name__ == "__main__":
    sys.exit(main())

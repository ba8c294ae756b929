"""The front in this process: what it does when its own parts fail, and how little it holds."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from diplograph.core.settings import Settings
from diplograph.store.engine import LocalEngine
from diplograph.web.app import create_app
from diplograph.web.server.rsgi import Bodies, RsgiApp
from diplograph.web.server.sites import Site

BODY = b"ASK {}"
DIRECT = {"host": "x", "content-type": "application/sparql-query", "content-length": "6"}


class Proto:
    """A connection that keeps what it is told to send."""

    def __init__(self, body=b"", broken=False):
        self.body, self.broken, self.sent = body, broken, []

    async def __aiter__(self):
        yield self.body
        yield b""

    def response_bytes(self, status, headers, body):
        if self.broken:
            raise RuntimeError("the connection is gone")
        self.sent.append((status, body))


class Seen:
    """Metrics and a log that keep the status of each response."""

    def __init__(self):
        self.statuses = []

    def observe(self, request, response, *more):
        self.statuses.append(response.status)

    def write(self, *line):
        pass


@pytest.fixture
def front(small_store):
    with ThreadPoolExecutor(1) as threads:
        site = Site(LocalEngine(small_store), lambda environ, start: 1 / 0)
        seen = Seen()
        yield RsgiApp(SimpleNamespace(current=site), Settings(), threads, seen, seen)


def scope(method="GET", path="/sparql", query="query=ASK%7B%7D", headers=None):
    fields = {"host": "x"} if headers is None else headers
    return SimpleNamespace(
        method=method, path=path, query_string=query, headers=fields, client="192.0.2.7:1",
        authority=None, server="x:1", scheme="http", http_version="1.1",
    )  # fmt: skip


def answer(front, asked, proto):
    """Return what was sent; nothing is raised, whatever happens."""
    asyncio.run(front(asked, proto))
    return proto.sent


def test_a_head_that_cannot_be_read_is_answered_too(front):
    broken = scope()
    del broken.headers
    ((status, body),) = answer(front, broken, Proto())
    assert status == 500
    assert b"headers" not in body


def test_an_answer_that_cannot_be_sent_is_logged_as_such(front, caplog):
    assert answer(front, scope(), Proto(broken=True)) == []
    assert front.metrics.statuses == [499]
    assert "no answer was sent at '/sparql'" in caplog.text


def test_a_path_forges_no_line_of_the_log(front, caplog):
    with caplog.at_level(logging.ERROR):
        answer(front, scope(path="/\n2026 ERROR forged"), Proto())
    assert front.metrics.statuses == [500]
    assert r"at '/\n2026 ERROR forged'" in caplog.messages[0]
    assert "\n" not in caplog.messages[0]


def test_a_path_forges_no_line_behind_flask_either(small_store, caplog):
    app = create_app(small_store)
    app.before_request(lambda: 1 / 0)
    assert app.test_client().get("/%0A2026 ERROR forged").status_code == 500
    assert r"at '/\n2026 ERROR forged'" in caplog.messages[0]


def test_a_body_past_what_a_client_may_send_at_once_is_refused_and_forgotten(front):
    front._bodies = Bodies(most=10, most_of_client=6)
    longer = {**DIRECT, "content-length": "7"}
    for headers, body, status in ((longer, b"ASK {} ", 429), (DIRECT, BODY, 200)) * 3:
        ((told, _),) = answer(front, scope("POST", query="", headers=headers), Proto(body))
        assert told == status

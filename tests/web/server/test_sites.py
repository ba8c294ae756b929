"""A reload drops no request, and whatever goes wrong in one, the server goes on or ends."""

import asyncio
import http.client
import os
import signal
import sys
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest

from diplograph.core.errors import DiplographError
from diplograph.core.settings import BuildBounds, Settings
from diplograph.store.engine import LocalEngine
from diplograph.store.interface import QueryBounds, QueryRequest
from diplograph.web.app import create_app
from diplograph.web.http import HttpRequest, HttpResponse
from diplograph.web.server import service
from diplograph.web.server.reloads import HomeBuilds
from diplograph.web.server.service import Service, count_threads, open_home
from diplograph.web.server.sites import Site, Sites
from fixtures.live_server import Server, count_states
from fixtures.processes import children_of
from fixtures.small_home import add_state, write_home
from fixtures.waiting import wait_until

ENDLESS = "SELECT (COUNT(*) AS ?n) {" + " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(10)) + "}"
STATES = "SELECT ?s { ?s a <https://w3id.org/diplograph/ontology#State> }"


class Telling:
    """An engine that keeps what was done to it, in order."""

    def __init__(self, name, drained=True):
        self.digest, self.told, self._drained = name, [], drained

    def answer(self, asked, client=""):
        self.told.append("asked")

    async def drain(self):
        if not self._drained:
            await asyncio.Event().wait()
        self.told.append("drained")

    def close(self):
        self.told.append("closed")


def serve_in_turn(*engines):
    """Return sites whose reload takes the next of `engines`, and the digests they were told."""
    waiting, known = iter(engines), []

    async def open_site(digest):
        known.append(digest)
        return Site(next(waiting), None)

    return Sites(open_site), known


async def let_others_run():
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_page_that_asks_twice_has_both_answers_from_the_build_it_began_with():
    engine, begun, goes_on = Telling("first"), threading.Event(), threading.Event()

    def page():
        engine.answer(QueryRequest("ASK {}"))
        begun.set()
        goes_on.wait(10)
        engine.answer(QueryRequest("ASK {}"))

    async def reload():
        sites, _ = serve_in_turn(engine, Telling("second"))
        shown = (await sites.open()).run(threads, page)
        await asyncio.to_thread(begun.wait, 10)
        assert await sites.reload()
        await let_others_run()
        goes_on.set()
        await shown
        await let_others_run()

    with ThreadPoolExecutor(1) as threads:
        asyncio.run(reload())
    assert engine.told == ["asked", "asked", "drained", "closed"]


def test_closing_ends_the_engines_that_are_still_retiring():
    first, second = Telling("first", drained=False), Telling("second")

    async def close():
        sites, _ = serve_in_turn(first, second)
        await sites.open()
        await sites.reload()
        await let_others_run()
        assert first.told == []
        sites.close()
        assert "closed" in first.told
        assert second.told == ["closed"]

    asyncio.run(close())


def test_a_reload_asks_for_another_build_than_the_one_that_was_opened():
    engine = Telling("first")

    async def reload():
        sites, known = serve_in_turn(engine, Telling("second"))
        await sites.open()
        engine.digest = "pushed since"
        await sites.reload()
        return known

    assert asyncio.run(reload()) == ["", "first"]


def test_a_hangup_signal_drops_no_page_and_a_slow_one_does_not_keep_the_server(tmp_path):
    home = write_home(tmp_path / "home")
    server = Server(home.root, seconds=60)
    statuses, done = [], threading.Event()

    def keep_reading(path):
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
        while not done.is_set():
            connection.request("GET", path, headers={"Accept": "text/html"})
            response = connection.getresponse()
            response.read()
            statuses.append(response.status)
        connection.close()

    table = f"/sparql?query={urllib.parse.quote(STATES)}"
    slow = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    try:
        slow.request(
            "GET", f"/sparql?query={urllib.parse.quote(ENDLESS)}", headers={"Accept": "text/html"}
        )
        with ThreadPoolExecutor(4) as readers:
            reading = [readers.submit(keep_reading, path) for path in ("/", table) * 2]
            try:
                add_state(home)
                server.process.send_signal(signal.SIGHUP)
                assert wait_until(lambda: count_states(server) == 3, seconds=30)
            finally:
                done.set()
            for each in reading:
                each.result()
        assert set(statuses) == {200}
        started = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - started < 10
    finally:
        slow.close()
        server.stop(signal.SIGKILL)


def test_a_build_that_is_under_way_keeps_neither_the_loop_nor_the_end(tmp_path):
    home, others = write_home(tmp_path / "home"), children_of(os.getpid())

    async def cancel():
        builds = HomeBuilds(home, None, BuildBounds(), lambda line: None)
        opening = asyncio.ensure_future(open_home(builds, 1, Settings(), "before"))
        while children_of(os.getpid()) <= others:
            await asyncio.sleep(0.001)
        opening.cancel()
        started = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await opening
        return time.monotonic() - started

    assert asyncio.run(cancel()) < 0.3
    assert wait_until(lambda: children_of(os.getpid()) <= others, 5)


class Listening:
    """Stands in for the HTTP server: it does something, and ends by itself."""

    def __init__(self, does):
        self.serve = does


def run_until_it_ends(monkeypatch, running, does):
    monkeypatch.setattr(service, "_create_server", lambda *_: Listening(does))
    monkeypatch.setattr(service.gc, "freeze", lambda: None)
    with pytest.raises(DiplographError, match="the HTTP server ended by itself"):
        running.run()


def test_a_server_that_no_longer_listens_ends_with_an_error(monkeypatch, small_store):
    async def open_site(known):
        return Site(LocalEngine(small_store), create_app(small_store))

    async def fail():
        raise OSError("the socket is gone")

    run_until_it_ends(monkeypatch, Service(open_site, Settings(), ("127.0.0.1", 1)), fail)


def test_a_build_killed_for_memory_leaves_the_one_before_and_the_log_is_begun_anew(
    monkeypatch, small_store, tmp_path, capfd
):
    async def open_site(known):
        if known:
            raise DiplographError("the process was ended")
        return Site(LocalEngine(small_store), create_app(small_store))

    async def reload():
        log.rename(tmp_path / "older.log")
        await running.reloads.reload()
        running._log.write(HttpRequest("GET", "/"), HttpResponse(200), 0.1, "abc")

    log = tmp_path / "access.log"
    running = Service(open_site, Settings(), ("127.0.0.1", 1), str(log))
    run_until_it_ends(monkeypatch, running, reload)
    assert log.exists()
    said = capfd.readouterr().err
    assert "the build before is still served: the process was ended" in said


def test_a_reload_says_which_build_is_served(monkeypatch, small_store, capfd):
    async def open_site(known):
        engine = LocalEngine(small_store)
        engine.digest = "6" * 64 if known else "5" * 64
        return Site(engine, create_app(engine))

    running = Service(open_site, Settings(), ("127.0.0.1", 1))
    run_until_it_ends(monkeypatch, running, lambda: running.reloads.reload())
    assert "serving build 666666666666\n" in capfd.readouterr().err


def test_there_is_a_thread_for_every_query_that_waits_or_runs():
    settings = Settings(bounds=QueryBounds(waiting=100, long_queries=5))
    assert count_threads(settings, workers=3) > 100 + 5 + 3 + 16


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has TCP_USER_TIMEOUT")
def test_looking_for_the_socket_that_listens_leaves_no_descriptor_open():
    with open(os.devnull) as _:
        before = len(os.listdir("/proc/self/fd"))
        service._limit_stalls(1)
        assert len(os.listdir("/proc/self/fd")) == before

"""The newest request to reload wins, and what becomes of each can be seen."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import threading
import time
import urllib.error
from types import SimpleNamespace

import pytest

from diplograph.core.errors import MalformedFile
from diplograph.core.settings import Settings
from diplograph.store.engine import LocalEngine
from diplograph.store.store import Store
from diplograph.web.app import create_app
from diplograph.web.context import RELOADS
from diplograph.web.http import HttpRequest
from diplograph.web.server import reloads as module
from diplograph.web.server.reloads import HomeBuilds, Reloads, run_in_thread, watch_files
from fixtures.live_server import Server, count_states
from fixtures.small_home import add_state, write_endless_home, write_home
from fixtures.waiting import wait_until

HERE = HttpRequest("GET", "/ready", client="127.0.0.1")
AFAR = HttpRequest("GET", "/ready", client="203.0.113.9")


class Opening:
    """Stands in for the sites: a reload takes until `end` is called, or fails at once."""

    def __init__(self):
        self.begun, self.renewed, self.error = 0, [], None
        self.current = SimpleNamespace(engine=SimpleNamespace(digest="5" * 64))
        self._ended = asyncio.Event()

    async def reload(self, *, renew=False):
        self.begun += 1
        self.renewed.append(renew)
        if self.error:
            raise self.error
        await self._ended.wait()
        return True

    def end(self):
        self._ended.set()


def play(scene):
    """Run `scene` with sites, their reloads, the builds and the lines that the operator gets."""

    async def run():
        sites, lines = Opening(), []
        builds = SimpleNamespace(under_way=None, served="old", attempted="old")
        reloads = Reloads(sites, Settings(), lambda: None, lines.append, builds)
        running = asyncio.ensure_future(reloads.run())
        try:
            await scene(sites, reloads, builds, lines)
        finally:
            running.cancel()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "RELOAD_PATIENCE_SECONDS", 0.01)
        asyncio.run(asyncio.wait_for(run(), 10))


async def reach(condition):
    while not condition():
        await asyncio.sleep(0.001)


def building(inputs):
    return SimpleNamespace(inputs=inputs, stage="reasoning", since=time.monotonic())


def test_a_newer_request_ends_the_build_under_way_and_begins_another():
    async def scene(sites, reloads, builds, lines):
        reloads.request()
        await reach(lambda: sites.begun == 1)
        builds.under_way = building("new")
        reloads.request()
        await reach(lambda: sites.begun == 2)
        sites.end()
        await reach(lambda: not reloads.is_building)
        assert lines[0] == "the running build (reasoning) is out of date: building again"
        assert lines[1:] == ["serving build 555555555555"]
        assert (reloads.outcomes["superseded"], reloads.outcomes["served"]) == (1, 1)

    play(scene)


def test_requests_that_come_together_are_one():
    async def scene(sites, reloads, builds, lines):
        for _ in range(20):
            reloads.request()
        await reach(lambda: sites.begun)
        sites.end()
        await reach(lambda: not reloads.is_building)
        await asyncio.sleep(0.05)
        assert sites.begun == 1
        assert reloads.outcomes["superseded"] == 0

    play(scene)


def test_files_that_are_again_as_served_stop_the_build():
    async def scene(sites, reloads, builds, lines):
        reloads.compare("new")
        await reach(lambda: sites.begun)
        builds.under_way = building("new")
        reloads.compare("new")
        assert reloads.outcomes["stopped"] == 0
        reloads.compare("old")
        await reach(lambda: not reloads.is_building)
        assert reloads.outcomes["stopped"] == sites.begun == 1
        assert lines[-1].endswith("the build is stopped")

    play(scene)


def test_files_that_change_during_a_build_begin_another():
    async def scene(sites, reloads, builds, lines):
        reloads.compare("new")
        await reach(lambda: sites.begun == 1)
        builds.under_way = building("")
        reloads.compare("newer")
        await asyncio.sleep(0.03)
        assert sites.begun == 1  # it may still read the files as they are now
        builds.under_way = building("new")
        reloads.compare("newer")
        await reach(lambda: sites.begun == 2)

    play(scene)


def test_a_failure_is_shown_until_the_files_are_as_served_and_its_reason_to_this_machine_alone():
    async def scene(sites, reloads, builds, lines):
        sites.error = MalformedFile("it is torn", file="data/a.ttl", line=3)
        reloads.compare("bad")
        await reach(lambda: reloads.failure)
        builds.attempted = "bad"
        shown = reloads.describe(HERE)["last_failure"]
        assert (shown["error"], shown["reason"]) == ("MalformedFile", "data/a.ttl:3: it is torn")
        assert "reason" not in reloads.describe(AFAR)["last_failure"]
        reloads.compare("bad")
        await asyncio.sleep(0.03)
        assert sites.begun == 1  # the same files fail again
        reloads.compare("old")
        assert reloads.describe(HERE)["last_failure"] is None
        assert lines[-1] == "the files are again those of the build that is served"

    play(scene)


def test_a_build_whose_files_are_gone_is_made_again_once():
    async def scene(sites, reloads, builds, lines):
        sites.error = MalformedFile("it is torn", file="data/a.ttl")
        for _ in range(5):
            reloads.check_loss(True)
            await asyncio.sleep(0.02)
        assert sites.renewed == [True]
        assert reloads.describe(AFAR)["lost"] is True
        assert sum("are gone" in line for line in lines) == 1
        sites.error = None
        sites.end()
        reloads.request()
        await reach(lambda: not reloads.lost)
        assert sites.renewed == [True, True]

    play(scene)


def test_a_lost_build_is_made_again_even_where_the_files_changed_meanwhile_and_back():
    async def scene(sites, reloads, builds, lines):
        reloads.check_loss(True)
        await reach(lambda: sites.begun == 1)
        builds.under_way = building("new")
        reloads.compare("old")
        await reach(lambda: sites.begun == 2)
        assert sites.renewed == [True, True]
        assert reloads.outcomes["stopped"] == 0

    play(scene)


def test_a_build_that_is_cut_or_removed_is_lost(folder, tmp_path):
    served = shutil.copytree(folder, tmp_path / "served")
    builds = HomeBuilds(None, None, None, None)
    assert not builds.is_lost()
    builds.serve(served)
    assert not builds.is_lost()
    os.truncate(served / "graph.nq", 10)
    assert builds.is_lost()
    shutil.rmtree(served)
    assert builds.is_lost()


def test_files_that_cannot_be_read_are_reported_once(tmp_path, monkeypatch):
    home = write_home(tmp_path)
    shutil.rmtree(home.data)
    monkeypatch.setattr(module, "FILE_WATCH_SECONDS", 0.001)
    lines = []

    async def watch():
        watching = asyncio.ensure_future(watch_files(None, home, lines.append))
        await reach(lambda: lines)
        await asyncio.sleep(0.1)
        watching.cancel()

    asyncio.run(watch())
    assert lines == ["the files cannot be watched: data: there is no such folder"]


def test_a_thread_that_never_ends_does_not_keep_the_loop_from_ending():
    started = time.monotonic()

    async def leave():
        waiting = run_in_thread(threading.Event().wait)
        done, _ = await asyncio.wait({waiting}, timeout=0.05)
        assert not done

    asyncio.run(leave())
    assert time.monotonic() - started < 2


def read_ready(server):
    """Return what /ready says, whatever its status."""
    try:
        return json.loads(server.get("ready")[1])
    except urllib.error.HTTPError as refused:
        with refused as answer:
            return json.loads(answer.read())


def test_a_server_whose_build_hangs_or_is_removed_goes_on_and_mends_itself(tmp_path):
    home, said = write_home(tmp_path / "home"), tmp_path / "said"
    server = Server(home.root, errors=said)

    def read_stage():
        return (read_ready(server)["building"] or {}).get("stage")

    try:
        write_endless_home(home.root)
        server.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: read_stage() == "checking the shapes", 30)
        assert count_states(server) == 2
        write_home(home.root)
        add_state(home)
        server.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: count_states(server) == 3, 30)
        assert "(checking the shapes) is out of date" in said.read_text()

        shutil.rmtree(home.builds)
        with pytest.raises(urllib.error.HTTPError) as refused:
            server.get("graph/reference")
        with refused.value as answer:
            body = answer.read().decode()
            assert (answer.code, int(answer.headers["Retry-After"]) > 0) == (503, True)
        assert "operator" in body
        assert str(tmp_path) not in body
        assert count_states(server) == 3
        assert wait_until(lambda: (home.builds / "current" / "graph.nq").exists(), 30)
        assert wait_until(lambda: not read_ready(server)["lost"], 30)
        assert server.get("graph/reference")[0] == 200
        assert said.read_text().count("are gone") == 1
    finally:
        server.stop(signal.SIGKILL)


def test_ready_says_in_json_that_no_worker_can_be_replaced(small_store):
    class Lost(LocalEngine):
        build_lost = True

    app = create_app(Lost(small_store))
    app.extensions[RELOADS] = lambda request: {"building": None, "lost": True}
    answer = app.test_client().get("/ready", headers={"Accept": "text/plain"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    assert answer.json["message"].startswith("no query worker can be replaced")
    assert (answer.json["ready"], answer.json["lost"]) == (False, True)


@pytest.mark.parametrize("damage", ["removed", "cut", "emptied"])
def test_documents_of_a_build_that_is_gone_are_a_503_under_any_server(folder, tmp_path, damage):
    served = shutil.copytree(folder, tmp_path / "0123abcd")
    client = create_app(Store.open(served)).test_client()
    if damage == "removed":
        shutil.rmtree(served)
    else:
        graph = (served / "graph.nq").read_bytes().splitlines(keepends=True)
        (served / "graph.nq").write_bytes(b"".join(graph[:3] if damage == "cut" else []))
    for path in ("/graph/reference", "/store?default"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
        assert "operator of this server" in answer.text
        assert served.name not in answer.text
    assert client.get("/sparql?query=ASK%7B%7D").status_code == 200

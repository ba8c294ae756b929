"""The production server starts at once, answers on its port and leaves nothing behind."""

import json
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path

import pytest

from diplograph.core.errors import UsageError
from diplograph.web.protocol.requests import FORM_TYPE
from diplograph.web.server.service import claim_address, notify_operator
from fixtures.live_server import Server
from fixtures.processes import is_running
from fixtures.small_build import DIGEST

ENDLESS = "SELECT (COUNT(*) AS ?n) {" + " . ".join(f"?a{i} ?b{i} ?c{i}" for i in range(10)) + "}"


@pytest.fixture
def server(folder):
    running = Server(folder, seconds=1)
    yield running
    running.stop(signal.SIGKILL)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_a_server_says_where_it_is_and_how_to_ask(server):
    assert server.address.startswith("http://127.0.0.1:")
    program, *words = shlex.split(server.said[1])
    assert program == "curl"
    answered = subprocess.run([program, "--silent", *words], capture_output=True, check=True)
    assert json.loads(answered.stdout)["results"]["bindings"]


def test_a_server_answers_pages_queries_and_health(server):
    assert b"<h1>" in server.get("")[1]
    assert json.loads(server.ask("ASK {}")[1])["boolean"] is True
    assert json.loads(server.get("health")[1])["build"] == DIGEST


@pytest.mark.parametrize(
    ("kind", "begun"),
    [("application/sparql-query", "ASK {} #"), (FORM_TYPE, "query=ASK%20%7B%7D%20%23")],
)
def test_a_query_cut_at_the_limit_is_refused_and_not_answered(server, kind, begun):
    def parts():
        yield begun.encode()
        for _ in range(40):
            yield b"a" * 100_000
        yield b"%0A" if kind == FORM_TYPE else b"\n"
        yield b" THIS IS NO SPARQL"

    connection = HTTPConnection(server.address.split("/")[2], timeout=10)
    headers = {"Content-Type": kind, "Transfer-Encoding": "chunked"}
    connection.request("POST", "/sparql", parts(), headers, encode_chunked=True)
    with connection.getresponse() as answer:
        assert answer.status == 413
        assert b"MiB one may have" in answer.read()
    connection.close()


def test_a_query_in_chunks_is_answered(server):
    connection = HTTPConnection(server.address.split("/")[2], timeout=10)
    headers = {"Content-Type": "application/sparql-query", "Transfer-Encoding": "chunked"}
    connection.request("POST", "/sparql", iter([b"ASK", b" {}"]), headers, encode_chunked=True)
    with connection.getresponse() as answer:
        assert json.loads(answer.read())["boolean"] is True
    connection.close()


def test_a_server_hears_many_clients_at_once(server):
    with ThreadPoolExecutor(16) as threads:
        texts = [f"SELECT (({n} * 1) AS ?n) {{}}" for n in range(100)]
        bodies = [body for _, body in threads.map(server.ask, texts)]
    found = [json.loads(body)["results"]["bindings"][0]["n"]["value"] for body in bodies]
    assert found == [str(n) for n in range(100)]


def test_a_query_past_its_time_is_a_503_and_the_next_is_answered(server):
    with pytest.raises(urllib.error.HTTPError) as stopped:
        server.ask(ENDLESS)
    with stopped.value as answer:
        assert answer.code == 503
        assert int(answer.headers["Retry-After"]) >= 10
        assert b"1 s" in answer.read()
    assert server.ask("ASK {}")[0] == 200


def test_pages_are_served_while_every_worker_is_busy(server):
    with ThreadPoolExecutor() as threads:
        server.get("health")
        endless = [threads.submit(server.ask, ENDLESS) for _ in range(2)]
        time.sleep(0.2)
        started = time.monotonic()
        assert server.get("sparql", accept="text/html")[0] == 200
        assert time.monotonic() - started < 0.7
        for query in endless:
            with query.exception() as refused:
                assert refused.code == 503


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_asked_to_stop_stops_cleanly(server, how):
    workers = server.workers
    assert len(workers) >= 3
    assert server.stop(how) == 0
    until = time.monotonic() + 5
    while any(Path(f"/proc/{each}").exists() for each in workers) and time.monotonic() < until:
        time.sleep(0.02)
    assert [each for each in workers if Path(f"/proc/{each}").exists()] == []


def test_a_server_that_is_killed_takes_all_it_started_along(server):
    workers = server.workers
    server.process.kill()
    until = time.monotonic() + 5
    while any(is_running(each) for each in workers) and time.monotonic() < until:
        time.sleep(0.02)
    assert not [each for each in workers if is_running(each)]


def test_a_port_that_is_taken_is_a_usage_error_of_one_line(server):
    port = int(server.address.rstrip("/").rpartition(":")[2])
    with pytest.raises(UsageError) as refused:
        claim_address("127.0.0.1", port)
    assert str(port) in str(refused.value)
    assert "in use" in str(refused.value)
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 2


def test_the_command_says_so_in_one_line_and_ends_with_2(server):
    port = server.address.rstrip("/").rpartition(":")[2]
    command = Path(sys.executable).with_name("diplograph")
    ended = subprocess.run([command, "serve", "--port", port], capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert len(ended.stderr.splitlines()) == 1
    assert port in ended.stderr


def test_a_port_taken_by_another_program_is_a_usage_error_too():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(UsageError, match="in use; choose another with --port"):
            claim_address("127.0.0.1", other.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "port", "said"),
    [
        ("127.0.0.1", 70000, "a port is a number"),
        ("192.0.2.1", 0, "another with --host"),
        ("300.1.1.1", 0, "another with --host"),
        ("a..b", 0, "another with --host"),
    ],
)
def test_an_address_that_cannot_be_had_is_a_usage_error(host, port, said):
    with pytest.raises(UsageError, match=said) as refused:
        claim_address(host, port)
    assert str(refused.value).startswith(f"cannot listen on {host}:")


def test_port_0_is_a_free_port():
    host, port = claim_address("127.0.0.1", 0)
    assert host == "127.0.0.1"
    assert port > 0


def test_what_the_operator_is_told_holds_nothing_that_a_terminal_acts_on(capsys):
    notify_operator("data/\x1b]0;x\x07\u202e.ttl:1: no\nnext line")
    assert capsys.readouterr().err == "data/\\u001b]0;x\\u0007\\u202e.ttl:1: no\nnext line\n"

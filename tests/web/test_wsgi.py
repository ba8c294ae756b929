"""`create_app` by itself under a WSGI server: it names, counts, logs and caches as `serve` does."""

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from diplograph.core.settings import Settings
from diplograph.web.access_log import open_log
from diplograph.web.app import create_app
from diplograph.web.server.service import claim_address
from fixtures.small_build import write_build

MODULE = """
from pathlib import Path
from diplograph.store.store import Store
from diplograph.web.app import create_app
from diplograph.web.access_log import open_log
from diplograph.core.settings import Settings
settings = Settings(log_queries=True)
app = create_app(
    Store.open(Path({build!r})), settings=settings, access_log=open_log({log!r}, settings)
)
"""
TWO_ROWS = "SELECT * { VALUES ?n { 1 2 } }"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("wsgi")


@pytest.fixture(scope="module")
def address(place):
    """Return the address of granian's WSGI server over the application."""
    build, log = write_build(place / "small"), place / "access.log"
    (place / "served.py").write_text(MODULE.format(build=str(build), log=str(log)))
    host, port = claim_address("127.0.0.1", 0)
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host]
    command += ["--port", str(port), "--working-dir", str(place), "served:app"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address, until = f"http://{host}:{port}", time.monotonic() + 30
    while True:
        try:
            get(f"{address}/health")
        except OSError:
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.05)
        else:
            break
    yield address
    process.terminate()
    process.wait(30)


def get(address, **headers):
    """Return the response, read, and its body."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(address, headers=fields)
    with urllib.request.urlopen(request, timeout=10) as response:
        return response, response.read().decode()


def read_lines(place, request_id):
    """Return the lines of the log about one request, once there is one."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        lines = [json.loads(line) for line in (place / "access.log").read_text().splitlines()]
        if found := [line for line in lines if line["id"] == request_id]:
            return found
        time.sleep(0.05)
    raise AssertionError(f"no line about {request_id}")


def query_address(address, text):
    return f"{address}/sparql?{urllib.parse.urlencode({'query': text})}"


def test_each_response_names_its_request(address):
    named, _ = get(f"{address}/", X_Request_ID="from-a-proxy.7")
    assert named.headers["X-Request-ID"] == "from-a-proxy.7"
    unnamed, _ = get(f"{address}/sparql")
    assert re.fullmatch(r"[0-9a-f]{16}", unnamed.headers["X-Request-ID"])


def test_a_query_asked_twice_is_answered_from_the_cache_and_logged_so(address, place):
    for request_id in ("first", "second"):
        get(query_address(address, TWO_ROWS), X_Request_ID=request_id, User_Agent="tests/1")
    (first,), (second,) = (read_lines(place, request_id) for request_id in ("first", "second"))
    assert (first["cached"], second["cached"]) == (False, True)
    del first["time"], first["duration_ms"]
    assert first == {
        "id": "first",
        "client": "127.0.0.1",
        "method": "GET",
        "path": "/sparql",
        "status": 200,
        "bytes": first["bytes"],
        "rows": 2,
        "bound": None,
        "cached": False,
        "build": first["build"],
        "agent": "tests/1",
        "query": TWO_ROWS,
    }
    assert first["bytes"] == second["bytes"] > 0
    assert re.fullmatch(r"[0-9a-f]{12}", first["build"])


def test_a_posted_query_and_an_error_are_logged_too(address, place):
    request = urllib.request.Request(
        f"{address}/sparql",
        b"ASK {",
        {"Content-Type": "application/sparql-query", "X-Request-ID": "broken"},
    )
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    with refused.value as response:
        assert response.code == 400
        assert response.headers["X-Request-ID"] == "broken"
    (line,) = read_lines(place, "broken")
    assert (line["status"], line["query"], line["cached"]) == (400, "ASK {", None)


def test_requests_are_counted_at_metrics(address):
    name = 'diplograph_requests_total{method="read",route="health",status="200"}'
    get(f"{address}/health")
    response, body = get(f"{address}/metrics")
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert float(re.search(rf"^{re.escape(name)} (\S+)$", body, re.MULTILINE)[1]) >= 2


def test_the_metrics_are_refused_through_a_proxy(address):
    with pytest.raises(urllib.error.HTTPError) as refused:
        get(f"{address}/metrics", X_Forwarded_For="192.0.2.7")
    with refused.value as response:
        assert response.code == 403


def test_under_serve_the_application_counts_and_logs_nothing_itself(small_store, tmp_path):
    log = open_log(str(tmp_path / "access.log"), Settings())
    client = create_app(small_store, access_log=log).test_client()
    marked = {"environ_base": {"diplograph.written_responses": []}}
    assert "X-Request-ID" not in client.get("/health", **marked).headers
    assert "X-Request-ID" in client.get("/health").headers
    log.close()
    assert len((tmp_path / "access.log").read_text().splitlines()) == 1

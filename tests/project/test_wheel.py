"""The wheel: whoever installs it, without a checkout, is served the graph of the checkout."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import venv
from pathlib import Path

import pytest

from fixtures.project_files import ROOT

QUERY = "SELECT ?type (COUNT(?x) AS ?n) { ?x a ?type } GROUP BY ?type ORDER BY ?type"
PATIENCE = 120  # seconds for a first start, which builds the graph

pytestmark = pytest.mark.skipif(
    os.environ.get("CI") != "true", reason="builds and installs a wheel: only where CI=true"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return the `diplograph` command of a fresh environment that holds the wheel, and nothing."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--quiet", "--no-deps", "-w", folder, ROOT], check=True)
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", "-c", ROOT / "constraints.txt", wheel]
    subprocess.run(install, check=True)
    return python.with_name("diplograph")


@pytest.fixture
def serving(tmp_path):
    """Return a function that starts a `diplograph serve` and returns its address."""
    started = []

    def start(command):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        environment = {
            name: value for name, value in os.environ.items() if name != "DIPLOGRAPH_HOME"
        } | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
        process = subprocess.Popen(
            [command, "serve", "--port", str(port)],
            cwd=tmp_path,
            env=environment,
            stdout=subprocess.DEVNULL,
        )
        started.append(process)
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/health", process)
        return address

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)


def wait_for(address, process):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            return read(address)
        except urllib.error.URLError:
            time.sleep(0.1)
    pytest.fail(f"nothing answered at {address}; the command returned {process.returncode}")


def read(address):
    with urllib.request.urlopen(address, timeout=60) as response:
        return response.read()


def test_an_installed_wheel_serves_the_graph_of_the_checkout(installed, serving):
    ours, theirs = serving(Path(sys.executable).with_name("diplograph")), serving(installed)
    assert json.loads(read(f"{ours}/health")) == json.loads(read(f"{theirs}/health"))
    asked = f"/sparql?format=csv&query={urllib.parse.quote(QUERY)}"
    assert read(ours + asked) == read(theirs + asked)
    assert b"ontology#Meeting" in read(ours + asked)

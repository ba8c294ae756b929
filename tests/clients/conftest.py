"""The production server over a build of the real graph, and what `diplograph ask` says to it."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner

from diplograph.cli import main
from fixtures.project_files import ROOT
from w3c.results import read_result, read_statements

SERVE = "from diplograph.cli import main; main(prog_name='diplograph')"
BASE = "https://w3id.org/diplograph/"


@dataclass(frozen=True)
class Question:
    """A query that clients are asked to send: its text, and the kind of its result."""

    name: str
    text: str

    @property
    def kind(self) -> str:
        for line in self.text.splitlines():
            word = line.split()[0] if line else ""
            if word in {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}:
                return {"SELECT": "table", "ASK": "boolean"}.get(word, "graph")
        raise ValueError(f"{self.name} is no query")


@cache
def read_questions() -> tuple[Question, ...]:
    """Return the queries of this folder, and some of those that come with the graph."""
    named = "planned-not-held", "who-took-part", "support-of-a-fact", "window-of-days"
    paths = [ROOT / "queries" / f"{name}.rq" for name in named]
    paths += sorted((Path(__file__).parent / "queries").glob("*.rq"))
    return tuple(Question(path.stem, path.read_text(encoding="utf-8")) for path in paths)


def miss(what):
    """Skip the test and say what is missing; where CI=true, fail instead."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(what)


@contextmanager
def run_server(root, *options):
    """Yield the address, with no slash at its end, of a server of the graph at `root`."""
    command = [sys.executable, "-c", SERVE, "--home", str(root), "serve", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            said = process.stdout.readline()
            yield next(word for word in said.split() if word.startswith("http")).rstrip("/")
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=20)


@pytest.fixture(scope="session")
def server(real_home):
    """Yield the address of a running server; its endpoint is `server` + "/sparql"."""
    with run_server(real_home) as address:
        yield address


@pytest.fixture(scope="session")
def asked(real_home):
    """Return a function from a question to what `diplograph ask` answers."""

    @cache
    def ask(question):
        command = ["--home", str(real_home), "ask", "-", "--format", "json"]
        answer = CliRunner().invoke(main, command, input=question.text)
        assert answer.exit_code == 0, answer.output
        if question.kind == "graph":
            return read_statements(answer.stdout_bytes, "ttl", BASE)
        return read_result(answer.stdout_bytes, "srj")

    return ask

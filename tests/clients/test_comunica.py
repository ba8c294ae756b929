"""Comunica gets the answers of `diplograph ask`, told of an endpoint or left to find out."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from clients.conftest import BASE, miss, read_questions
from w3c.results import Table, read_result, read_statements, same

SCRIPT = Path(__file__).with_name("comunica.cjs")
# Where `npm install --prefix` put what package.json here names.
INSTALLED = Path(sys.prefix) / "comunica"

WAYS = ["told", "found"]
each_question = pytest.mark.parametrize("question", read_questions(), ids=lambda each: each.name)


@pytest.fixture(scope="module")
def answers(server):
    """Return what Comunica answered, by way and question."""
    program = shutil.which("node") or miss("node is not installed")
    if not (INSTALLED / "node_modules" / "@comunica" / "query-sparql").is_dir():
        miss("Comunica is not installed: npm install --prefix .venv/comunica (see .ci/run)")
    endpoint, named = f"{server}/sparql", f"{by_name(server)}/sparql"
    sources = {"told": {"type": "sparql", "value": endpoint}, "found": endpoint, "named": named}
    keys = [(way, question) for way in WAYS for question in read_questions()]
    keys.append(("named", read_questions()[0]))
    jobs = [{"text": question.text, "source": sources[way]} for way, question in keys]
    command = [program, str(SCRIPT), str(INSTALLED)]
    done = subprocess.run(command, input=json.dumps(jobs).encode(), capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return dict(zip(keys, json.loads(done.stdout), strict=True))


def by_name(server):
    """Return another address of the same server."""
    return server.replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("way", WAYS)
@each_question
def test_comunica_gets_what_ask_says(question, way, answers, asked):
    answer, expected = answers[way, question], asked(question)
    assert "error" not in answer, answer["error"]
    body = answer["body"].encode()
    given = (
        read_statements(body, "nt", BASE) if question.kind == "graph" else read_result(body, "srj")
    )
    assert same(given, expected, ordered=isinstance(expected, Table))


@each_question
def test_comunica_finds_by_itself_that_this_is_an_endpoint(question, answers, server):
    first, *others = answers["found", question]["requests"]
    assert first == f"{server}/sparql"
    assert others
    assert {each.partition("?")[0] for each in others} == {f"{server}/sparql"}


def test_comunica_is_never_sent_to_another_address_than_it_was_given(answers, asked, server):
    """The service description names the endpoint as the request did, not as the server knows it."""
    question = read_questions()[0]
    answer = answers["named", question]
    assert same(read_result(answer["body"].encode(), "srj"), asked(question), ordered=True)
    assert {each.partition("?")[0] for each in answer["requests"]} == {f"{by_name(server)}/sparql"}

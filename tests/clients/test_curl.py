"""curl gets the answers of `diplograph ask`, by every way to send a query and in every format."""

import shutil
import subprocess

import pytest

from clients.conftest import BASE, miss, read_questions
from diplograph.core.formats import RESULTS, STATEMENTS
from w3c.results import Table, read_result, read_statements, same, without_types

DIRECT = ["--header", "Content-Type: application/sparql-query", "--data-binary"]

each_question = pytest.mark.parametrize("question", read_questions(), ids=lambda each: each.name)
each_way = pytest.mark.parametrize("way", ["get", "form", "direct"])


@pytest.fixture(scope="module")
def curl(server):
    """Return a function that calls curl for the endpoint and returns what came."""
    program = shutil.which("curl") or miss("curl is not installed")

    def call(*arguments):
        command = [program, "--silent", "--show-error", "--fail-with-body", *arguments]
        command.append(f"{server}/sparql")
        return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout

    return call


def sent(way, text):
    """Return curl's arguments that send the query."""
    if way == "direct":
        return [*DIRECT, text]
    return [*(["--get"] if way == "get" else []), "--data-urlencode", f"query={text}"]


def read(question, body, form):
    if question.kind == "graph":
        return read_statements(body, form, BASE)
    return read_result(body, form)


@each_way
@each_question
def test_curl_gets_what_ask_says(question, way, curl, asked):
    form = STATEMENTS["turtle"] if question.kind == "graph" else RESULTS["json"]
    body = curl("--header", f"Accept: {form.media_type}", *sent(way, question.text))
    assert same(read(question, body, form.suffix), asked(question), ordered=True)


@each_question
def test_curl_gets_the_same_in_every_format(question, curl, asked):
    expected = asked(question)
    table = isinstance(expected, Table)
    forms = STATEMENTS if question.kind == "graph" else RESULTS
    for name, form in forms.items():
        if name in {"csv", "tsv"} and not table:
            continue
        body = curl("--header", f"Accept: {form.media_type}", *sent("form", question.text))
        wanted = without_types(expected) if name == "csv" else expected
        assert same(read(question, body, form.suffix), wanted, ordered=True), name


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_curl_gets_the_same_compressed(coding, curl, asked, server):
    question = next(each for each in read_questions() if each.name == "everything")
    known = subprocess.run(["curl", "--version"], capture_output=True, text=True).stdout
    if {"gzip": "libz", "br": "brotli", "zstd": "zstd"}[coding] not in known:
        miss(f"this curl does not know {coding}")
    plain = curl("--head", "--get", *sent("form", question.text))
    headers = ["--compressed", "--header", f"Accept-Encoding: {coding}"]
    head = curl("--head", *headers, *sent("get", question.text)).decode().lower()
    assert f"content-encoding: {coding}" in head
    assert b"content-encoding" not in plain.lower()
    body = curl(*headers, *sent("get", question.text))
    assert same(read_result(body, "srj"), asked(question), ordered=True)

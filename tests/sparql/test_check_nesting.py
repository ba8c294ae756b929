"""A query too deep for the parser's stack is refused before the parser sees it."""

from __future__ import annotations

import subprocess
import sys
from time import process_time

import pytest

from diplograph.core.errors import QuerySyntaxError
from diplograph.core.settings import MAX_OPERATORS
from diplograph.sparql.check import check_query, read_tokens, refuse_depth

# By name: how it begins, what is repeated, and how it ends.
CHAINS = {
    "sum": ("ASK { FILTER(1", "+1", " > 0) }"),
    "signs": ("ASK { FILTER(1", "-1", " > 0) }"),
    "or": ("ASK { FILTER(false", "||true", ") }"),
    "not": ("ASK { FILTER(", "!", "true) }"),
    "union": ("SELECT * { {}", " UNION {}", " }"),
    "optional": ("SELECT * {", " OPTIONAL{}", " }"),
    "minus": ("SELECT * { ?s ?p ?o", " MINUS{}", " }"),
    "filter": ("SELECT * {", " FILTER(true)", " }"),
    "sum after a less-than": ("ASK { FILTER(1<2&&'>'=' ' ", "+1", ") }"),
}
STEPS = ("SELECT * { ?s <p:a>", "/<p:a>", " ?o }")


def chain(name, times):
    begin, repeated, end = {**CHAINS, "steps": STEPS}[name]
    return begin + repeated * times + end


@pytest.mark.parametrize("name", [*CHAINS, "steps"])
def test_a_chain_that_would_end_the_process_is_refused(name):
    with pytest.raises(QuerySyntaxError, match="more than 500 operators and clauses"):
        check_query(chain(name, 20_000))


def test_binds_in_a_row_are_refused_too():
    binds = "".join(f"BIND(1 AS ?x{number})" for number in range(20_000))
    with pytest.raises(QuerySyntaxError, match="more than 500 operators and clauses"):
        check_query(f"SELECT * {{ {binds} }}")


def test_chains_as_long_as_they_may_be_are_read_on_a_quarter_of_the_usual_stack():
    texts = [chain(name, MAX_OPERATORS - 5) for name in CHAINS]
    texts.append(f"SELECT * {{ {''.join(f'BIND(1 AS ?x{n})' for n in range(MAX_OPERATORS - 5))} }}")
    program = (
        "import sys, threading\n"
        "from diplograph.sparql.check import check_query\n"
        "threading.stack_size(2 * 1024 * 1024)\n"
        "read = lambda: [check_query(text) for text in sys.stdin.read().split(chr(0))]\n"
        "thread = threading.Thread(target=lambda: print(len(read())))\n"
        "thread.start()\n"
        "thread.join()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input="\0".join(texts), capture_output=True, text=True
    )
    assert (done.returncode, done.stdout.strip()) == (0, str(len(texts))), done.stderr


def test_brackets_hidden_in_what_looks_like_an_iri_are_counted():
    text = f"ASK {{ FILTER(1<({'(' * 20_000}1{')' * 20_000})&&1>1) }}"
    with pytest.raises(QuerySyntaxError, match="nested more than 100 deep"):
        check_query(text)


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * {{ VALUES ?x {{{' <http://a.example/b-c>' * 5000}}} }}",
        f"SELECT * {{ VALUES ?x {{{' -1' * 5000}}} }}",
        f"SELECT * {{ VALUES (?x ?y) {{{' (-1.5e-3 -2)' * 5000}}} }}",
        "SELECT * { VALUES (?x ?y) {%s} }" % (' ("a-b"@en-GB "1"^^<x:y>)' * 5000),
        f"SELECT * {{ FILTER(1 IN (1{',2' * 5000})) }}",
    ],
    ids=["iris", "numbers", "pairs of numbers", "texts", "in"],
)
def test_a_long_list_is_no_chain(text):
    assert check_query(text).text == text


@pytest.mark.parametrize("text", ["a." * 100_000, "a-" * 100_000, "'" * 100_001, "<" * 100_000])
def test_the_time_to_read_tokens_grows_with_the_text_alone(text):
    before = process_time()
    assert "".join(token.group() for token in read_tokens(text)) == text
    assert process_time() - before < 10  # it was 30 seconds and more where it grew with the square


def test_what_is_short_and_shallow_passes():
    assert refuse_depth("SELECT * { ?s ?p ?o FILTER(?o < 1 && ?o > 0 - 1) }") is None

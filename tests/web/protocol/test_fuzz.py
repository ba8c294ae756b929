"""Whatever a client sends, what reads it ends in a result or in an error of ours.

DIPLOGRAPH_FUZZ_CASES says how many cases each test tries; 300 where it says nothing.
"""

import os
import string
from urllib.parse import parse_qsl, quote, quote_plus

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as some

from diplograph.core.errors import DiplographError, NotAcceptable, UsageError
from diplograph.core.files import ENCODINGS
from diplograph.core.settings import Settings
from diplograph.web.errors import describe_error, respond_error
from diplograph.web.http import HttpRequest, HttpResponse
from diplograph.web.protocol.negotiate import choose_encoding, negotiate_query
from diplograph.web.protocol.requests import MOST_FIELDS, ProtocolRequest, read_fields, read_request
from diplograph.web.protocol.sparql import Prepared, prepare

CASES = int(os.environ.get("DIPLOGRAPH_FUZZ_CASES", "300"))
fuzz = settings(
    max_examples=CASES,
    deadline=None,
    derandomize="DIPLOGRAPH_FUZZ_CASES" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)

# What a header may hold once it has come through an HTTP server: bytes read as Latin-1.
BYTES = some.text(some.characters(max_codepoint=255), max_size=80)
NAMES = ["query", "update", "default-graph-uri", "named-graph-uri", "format", "", "%71uery", "q"]
QUERIES = ["ASK {}", "SELECT * { ?s ?p ?o }", "SELECT (NOW() AS ?x) {}", "é%41+&=;", "", "\n%\r\n"]
TYPES = [
    "application/x-www-form-urlencoded",
    "application/sparql-query",
    "application/sparql-update",
    "text/plain",
]
ACCEPTABLE = [
    "*/*",
    "text/csv",
    "application/json",
    "text/html",
    "text/turtle",
    "image/png",
    'application/ld+json;profile="x,y"',
]


def pieces(*words, alphabet):
    """Return texts made of `words` and of characters of `alphabet`, and any text at all."""
    mixed = some.lists(some.sampled_from(words) | some.text(alphabet, max_size=4), max_size=12)
    return mixed.map("".join) | BYTES


escaped = some.binary(max_size=8).map(quote) | some.text(max_size=8).map(quote_plus)
values = (
    some.sampled_from(QUERIES).map(quote)
    | escaped
    | pieces("%", "%4", "%zz", "%0A", alphabet="%+=;\r\nA")
)
pairs = some.tuples(some.sampled_from(NAMES) | escaped, some.sampled_from(["=", "", "=="]), values)
forms = some.lists(pairs.map("".join), max_size=5).map("&".join)
addresses = (
    forms
    | pieces("query=", "&", "%", alphabet="%&=+;#?a")
    | some.text(some.characters(codec=None, categories=["Cs", "L", "P"]), max_size=20)
)
accepts = pieces(
    *ACCEPTABLE, ",", ";", ";q=", "0.5", "q=0", "charset", alphabet='ab/*;q=,.01 \t"\\'
)
encodings = pieces(*ENCODINGS, "identity", "*", ",", ";q=", "0", alphabet='gzip;q=,.01 *"')
tags = pieces('"', 'W/"', '",', "*", ",", alphabet='W/"\\, *ab')
kinds = some.sampled_from(TYPES) | pieces(
    *TYPES, ";", "charset=", "utf-8", alphabet=';="utf-816 \\'
)
methods = some.sampled_from(["GET", "HEAD", "POST", "OPTIONS", "PUT", ""]) | BYTES
headers = some.fixed_dictionaries(
    {},
    optional={
        "accept": accepts,
        "accept-encoding": encodings,
        "content-length": some.sampled_from(["0", "12", "x", "-1"]),
        "content-type": kinds,
        "if-none-match": tags,
        "transfer-encoding": some.just("chunked"),
    },
)
bodies = some.binary(max_size=40) | forms.map(lambda text: text.encode("utf-8", "surrogateescape"))


def attempt(function, *arguments):
    """Return what `function` gives, or the error of ours that it raises."""
    try:
        return function(*arguments)
    except DiplographError as error:
        return error


@fuzz
@given(methods, addresses, headers, bodies)
def test_no_request_brings_the_reader_down(method, query, named, body):
    request = HttpRequest(method, "/sparql", query, named, body)
    asked = attempt(read_request, request, Settings())
    if isinstance(asked, ProtocolRequest):
        graphs = (*asked.default_graphs, *asked.named_graphs)
        assert "".join((asked.text, *graphs)).encode() is not None
    else:
        response = respond_error(describe_error(asked), request)
        assert 400 <= response.status < 500
        assert (response.body == b"") == (method == "HEAD")


@fuzz
@given(methods, addresses, headers, bodies)
def test_no_request_brings_the_endpoint_down(method, query, named, body):
    request = HttpRequest(method, "/sparql", query, named, body)
    prepared = attempt(prepare, request, "0", Settings())
    if isinstance(prepared, DiplographError):
        assert 400 <= respond_error(describe_error(prepared), request).status < 500
    else:
        assert isinstance(prepared, Prepared | HttpResponse)


@fuzz
@given(addresses | pieces("%", "&", "=", "%0", "%\n", "%%", alphabet="%&=+ \r\n_4Aé"))
@example("a=%\n&b=%\r\n1")
@example("a=%41%%41%4")
@example("a==41=%3D=%")
@example("%")
def test_fields_are_what_the_standard_library_makes_of_them(encoded):
    fields = attempt(read_fields, encoded)
    try:
        encoded.encode()
        pairs = parse_qsl(encoded, keep_blank_values=True, errors="strict")
    except UnicodeError:
        assert isinstance(fields, UsageError)
    else:
        expected = {name: [value for each, value in pairs if each == name] for name, _ in pairs}
        assert fields == expected
        assert list(fields) == list(expected)


@pytest.mark.parametrize("piece", ["%zz", "%", "%\n"])
def test_in_a_long_body_no_escape_is_guessed_at(piece):
    assert read_fields(f"query={piece * 1000}") == {"query": [piece * 1000]}
    with pytest.raises(UsageError, match="%25"):
        read_fields(f"query={piece * 100_000}")
    assert read_fields(f"query={'%e2%82%ac=' * 100_000}") == {"query": ["€=" * 100_000]}


def test_a_request_of_too_many_fields_is_a_bad_one():
    assert len(read_fields("&".join(["a=b"] * MOST_FIELDS))["a"]) == MOST_FIELDS
    with pytest.raises(UsageError, match="more than 1000"):
        read_fields("&".join(["a=b"] * (MOST_FIELDS + 1)))


@fuzz
@given(accepts, some.none() | some.text(string.ascii_lowercase + "+/ \n", max_size=20) | BYTES)
def test_no_accept_header_or_word_brings_the_choice_down(accept, word):
    choice = attempt(negotiate_query, accept, word)
    assert isinstance(choice, NotAcceptable) or choice.solutions or choice.statements


@fuzz
@given(some.none() | encodings)
def test_no_accept_encoding_header_brings_the_choice_down(accept):
    encoding = attempt(choose_encoding, accept)
    assert isinstance(encoding, NotAcceptable) or encoding in {"", *ENCODINGS}


@fuzz
@given(tags, some.sampled_from(["GET", "HEAD"]))
def test_no_condition_brings_the_endpoint_down(listed, method):
    request = HttpRequest(method, "/sparql", "query=ASK%7B%7D", {"if-none-match": listed})
    assert isinstance(prepare(request, "0", Settings()), Prepared)

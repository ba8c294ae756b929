"""The W3C's SPARQL 1.1 tests, asked over HTTP: what the engine passes, the endpoint passes."""

import os
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from pyoxigraph import Dataset, Quad, QueryBoolean, QuerySolutions

from diplograph.core.formats import RESULTS, STATEMENTS
from w3c.cases import WHERE_THEY_LIE, read_cases
from w3c.results import Table, read_expected, read_result, read_statements, same, without_types

LISTED = tomllib.loads(Path(__file__).with_name("listed.toml").read_text(encoding="utf-8"))
ENGINE_FAILS, REFUSED = LISTED["engine-fails"], LISTED["refused"]

CASES = read_cases()
EVALUATED = [case for case in CASES if case.result]
WELL_FORMED = [case for case in CASES if case.kind == "PositiveSyntaxTest11"]
MALFORMED = [case for case in CASES if case.kind == "NegativeSyntaxTest11"]

MEDIA_TYPES = {form.suffix: form.media_type for form in (*RESULTS.values(), *STATEMENTS.values())}


def each(cases):
    return pytest.mark.parametrize("case", cases, ids=[case.name for case in cases])


def test_the_tests_are_at_hand():
    if not CASES and os.environ.get("CI") != "true":
        pytest.skip(f"the W3C's tests are not at hand ({WHERE_THEY_LIE} names no folder)")
    kinds = Counter(case.kind for case in CASES)
    assert len({case.name for case in CASES}) == len(CASES)
    assert kinds["QueryEvaluationTest"] + kinds["CSVResultFormatTest"] == len(EVALUATED)
    assert len(EVALUATED) + len(WELL_FORMED) + len(MALFORMED) == len(CASES)
    assert len(EVALUATED) >= 230
    assert len(WELL_FORMED) >= 60
    assert len(MALFORMED) >= 35


@pytest.mark.skipif(not CASES, reason=f"{WHERE_THEY_LIE} names no folder")
def test_every_test_on_a_list_is_one_of_the_tests_and_has_its_reason():
    listed = {**ENGINE_FAILS, **REFUSED}
    assert sorted(listed.keys() - {case.name for case in CASES}) == []
    assert all(listed.values())


@each(EVALUATED)
def test_a_query_gives_its_result_over_http(case, endpoint):
    expected = read_expected(case.result, case.base)
    given = ask(endpoint.post, case, form_of(case, expected))
    assert is_right(given, expected, case) is (case.name not in ENGINE_FAILS)


@each(EVALUATED)
def test_the_engine_itself_fails_what_is_listed_and_no_more(case, engine_of):
    expected = read_expected(case.result, case.base)
    given = ask_engine(engine_of(case), case)
    given = without_types(given) if case.result.suffix == ".csv" else given
    assert is_right(given, expected, case) is (case.name not in ENGINE_FAILS)


@each(EVALUATED)
def test_the_endpoint_gives_what_the_engine_gives(case, endpoint, engine_of):
    given = ask_engine(engine_of(case), case)
    form = "ttl" if isinstance(given, Dataset) else "srj"
    assert same(ask(endpoint.get, case, form), given, ordered=case.ordered)


@each(EVALUATED)
def test_every_format_carries_the_same_result(case, endpoint):
    expected = read_expected(case.result, case.base)
    if isinstance(expected, Dataset):
        first, *others = (ask(endpoint.get, case, each.suffix) for each in STATEMENTS.values())
        assert [same(other, first) for other in others] == [True] * (len(STATEMENTS) - 1)
        return
    first, second = (ask(endpoint.get, case, form) for form in ("srj", "srx"))
    assert same(first, second, ordered=case.ordered)
    if isinstance(first, Table):
        table, texts = (ask(endpoint.get, case, form) for form in ("tsv", "csv"))
        assert same(table, first, ordered=case.ordered)
        assert same(texts, without_types(first), ordered=case.ordered)


@each([case for case in WELL_FORMED if case.name not in REFUSED])
def test_a_well_formed_query_is_answered(case, endpoint, engine_of):
    ask_engine(engine_of(case), case)
    status, body = endpoint.post(case, "*/*")
    assert status == 200, body


@each([case for case in WELL_FORMED if case.name in REFUSED])
def test_a_well_formed_query_may_be_refused_for_what_it_asks(case, endpoint):
    status, _ = endpoint.post(case, "*/*")
    assert status == REFUSED[case.name]["status"]


@each(MALFORMED)
def test_a_malformed_query_is_refused_as_the_engine_refuses_it(case, endpoint, engine_of):
    with pytest.raises(SyntaxError):
        ask_engine(engine_of(case), case)
    status, body = endpoint.post(case, "text/plain")
    assert status == 400
    assert b"line" in body


def form_of(case, expected):
    """Return the suffix of the format that the result is asked for in: the one it is given in."""
    suffix = case.result.suffix.removeprefix(".")
    return "srj" if suffix == "ttl" and isinstance(expected, Table) else suffix


def ask(send, case, form):
    status, body = send(case, MEDIA_TYPES[form])
    assert status == 200, body
    statements = {each.suffix for each in STATEMENTS.values()}
    return read_statements(body, form) if form in statements else read_result(body, form)


def ask_engine(engine, case):
    results = engine.query(case.text, base_iri=case.base)
    if isinstance(results, QueryBoolean):
        return bool(results)
    if not isinstance(results, QuerySolutions):
        return Dataset(Quad(*triple) for triple in results)
    names = tuple(variable.value for variable in results.variables)
    rows = [{name: row[name] for name in names if row[name] is not None} for row in results]
    return Table(names, tuple(rows))


def is_right(given, expected, case):
    return same(given, expected, ordered=case.ordered, by_value=case.result.suffix != ".csv")

"""The queries behind the views are files that run as they stand, over any graph of ours."""

import pytest

from diplograph.sparql.check import is_plain
from diplograph.store.engine import LocalEngine
from diplograph.store.interface import QueryRequest
from diplograph.views.query import QUERY_FOLDER, read_query

NAMES = sorted(path.stem for path in QUERY_FOLDER.glob("*.rq"))


@pytest.mark.parametrize("name", NAMES)
def test_a_query_says_what_it_asks_and_runs_as_it_stands(name, real_store):
    query = read_query(name)
    assert query.title.endswith("?")
    assert LocalEngine(real_store).answer(QueryRequest(query.text, statements="ntriples")).kind


@pytest.mark.parametrize("name", NAMES)
def test_a_query_runs_without_a_long_look_at_it(name):
    assert is_plain(read_query(name).text)


def test_there_are_queries():
    assert NAMES

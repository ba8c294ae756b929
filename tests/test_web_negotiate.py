"""What a client accepts decides the format, as RFC 9110 has it, whatever the header holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from diplograph.errors import NotAcceptable
from diplograph.formats import RESULTS, STATEMENTS
from diplograph.web.negotiate import choose, prefer


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("a/x, b/y", "a/x"),
        ("a/x;q=0.1, b/y;q=0.2", "b/y"),
        ("*/*, b/y", "b/y"),
        ("*/*;q=0.9, b/*;q=0.8", "a/x"),
        ("a/x;q=0, */*", "b/y"),
        ("a/*;q=0.3, b/*;q=0.4", "b/y"),
        ("A/X", "a/x"),
        ("b/z, text/html", None),
        ("a/x;q=0", None),
        ("", "a/x"),
    ],
)
def test_quality_comes_first_then_what_is_named_more_closely_then_our_order(header, chosen):
    assert prefer(header, ["a/x", "b/y"]) == chosen


def test_every_format_of_the_table_can_be_asked_for_by_its_media_type():
    for form in RESULTS.values():
        assert choose(form.media_type).solutions.name == form.name
    for form in STATEMENTS.values():
        assert choose(form.media_type).statements.name == form.name


def test_every_format_of_the_table_can_be_asked_for_by_its_name():
    for form in RESULTS.values():
        assert choose("", form.name).solutions.name == form.name
    for form in STATEMENTS.values():
        assert choose("", form.name).statements.name == form.name


def test_a_format_of_that_name_is_not_acceptable_where_there_is_none():
    with pytest.raises(NotAcceptable, match="text/csv"):
        choose("*/*", "parquet")


@given(some.text(max_size=80) | some.text(alphabet='ab/*;q=,.01 \t"', max_size=60))
def test_no_header_whatever_brings_the_choice_down(header):
    try:
        choice = choose(header)
    except NotAcceptable:
        return
    assert choice.solutions or choice.statements

"""The bounds of an EDTF date are its strict bounds, from the first second to the last."""

import pytest

from diplograph.core.dates import date_bounds
from diplograph.core.errors import MalformedDate

# The conventions of the model: early is 1 to 10, mid 11 to 20, late 21 to the end.
DATES = [
    ("2025-11-17", "2025-11-17T00:00:00Z", "2025-11-17T23:59:59Z"),
    ("2025-12-05~/2025-12-06~", "2025-12-05T00:00:00Z", "2025-12-06T23:59:59Z"),
    ("2025-12-01/2025-12-10", "2025-12-01T00:00:00Z", "2025-12-10T23:59:59Z"),
    ("2025-12-11/2025-12-20", "2025-12-11T00:00:00Z", "2025-12-20T23:59:59Z"),
    ("2025-12-21/2025-12-31", "2025-12-21T00:00:00Z", "2025-12-31T23:59:59Z"),
    ("2025-08", "2025-08-01T00:00:00Z", "2025-08-31T23:59:59Z"),
    ("2024-02", "2024-02-01T00:00:00Z", "2024-02-29T23:59:59Z"),
    ("2021", "2021-01-01T00:00:00Z", "2021-12-31T23:59:59Z"),
    ("2021?", "2021-01-01T00:00:00Z", "2021-12-31T23:59:59Z"),
    ("2025-12-XX", "2025-12-01T00:00:00Z", "2025-12-31T23:59:59Z"),
    ("202X", "2020-01-01T00:00:00Z", "2029-12-31T23:59:59Z"),
    ("2000-10/..", "2000-10-01T00:00:00Z", None),
    ("../2010", None, "2010-12-31T23:59:59Z"),
    ("2000/", "2000-01-01T00:00:00Z", None),
    ("/2010", None, "2010-12-31T23:59:59Z"),
    ("0800", "0800-01-01T00:00:00Z", "0800-12-31T23:59:59Z"),
]


@pytest.mark.parametrize(("text", "earliest", "latest"), DATES)
def test_a_date_covers_its_first_second_to_its_last(text, earliest, latest):
    found = date_bounds(text)
    assert (found.earliest, found.latest) == (earliest, latest)


@pytest.mark.parametrize(
    "text",
    ["", "early December", "2025-13", "2025-02-30", "2025-12-5", "05/12/2025", "2025/2025-13"],
)
def test_what_is_no_edtf_is_refused_by_its_text(text):
    with pytest.raises(MalformedDate) as caught:
        date_bounds(text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("text", [" 2025", "2025 ", "2025\n"])
def test_a_space_at_an_end_is_refused(text):
    with pytest.raises(MalformedDate, match="begins or ends with a space"):
        date_bounds(text)


def test_an_interval_that_ends_before_it_begins_is_refused():
    with pytest.raises(MalformedDate, match="ends before it begins"):
        date_bounds("2025-12-10/2025-12-01")


@pytest.mark.parametrize("text", ["-0044-03-15", "Y17000"])
def test_a_year_that_no_moment_can_carry_is_refused(text):
    with pytest.raises(MalformedDate, match="outside the years 1 to 9999"):
        date_bounds(text)

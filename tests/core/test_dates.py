"""The bounds of an EDTF date are the first and the last second that it may mean."""

import re
from calendar import isleap
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from diplograph.core.dates import DateBounds, DateInstants, date_bounds, date_instants, say_date
from diplograph.core.edtf import EDTF_DATATYPES, check_literal
from diplograph.core.errors import MalformedDate
from fixtures.property_cases import property_cases

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
    ("../", None, None),
    ("../..", None, None),
]
# The first and the last day.
DAYS = [
    ("2025-1X", "2025-10-01", "2025-12-31"),
    ("2025-12-0X", "2025-12-01", "2025-12-09"),
    ("2025-02-2X", "2025-02-20", "2025-02-28"),
    ("2025-12-3X", "2025-12-30", "2025-12-31"),
    ("2025-X2-30", "2025-12-30", "2025-12-30"),
    ("2025-XX-31", "2025-01-31", "2025-12-31"),
    ("2025-XX-XX", "2025-01-01", "2025-12-31"),
    ("20XX-XX", "2000-01-01", "2099-12-31"),
    ("15XX-12-25", "1500-12-25", "1599-12-25"),
    ("202X-02-29", "2020-02-29", "2028-02-29"),
    ("XXXX-02-29", "0004-02-29", "9996-02-29"),
    ("XXXX-12-XX", "0001-12-01", "9999-12-31"),
    ("1950S2", "1900-01-01", "1999-12-31"),
    ("1950S4", "1950-01-01", "1950-12-31"),
    ("Y195E1S2", "1900-01-01", "1999-12-31"),
    ("Y2E3", "2000-01-01", "2000-12-31"),
    ("2025-21", "2025-03-01", "2025-05-31"),
    ("2025-22", "2025-06-01", "2025-08-31"),
    ("2025-23", "2025-09-01", "2025-11-30"),
    ("2025-24", "2025-12-01", "2026-02-28"),
    ("2023-24", "2023-12-01", "2024-02-29"),
    ("2025-28", "2025-12-01", "2026-02-28"),
    ("2025-29", "2025-09-01", "2025-11-30"),
    ("2025-32", "2025-06-01", "2025-08-31"),
    ("2025-33", "2025-01-01", "2025-03-31"),
    ("2025-36", "2025-10-01", "2025-12-31"),
    ("2025-38", "2025-05-01", "2025-08-31"),
    ("2025-41", "2025-07-01", "2025-12-31"),
    ("202X-24", "2020-12-01", "2030-02-28"),
    ("9999-24", "9999-12-01", "9999-12-31"),
    ("2004-06~-11", "2004-06-11", "2004-06-11"),
    ("?2004-06-~11", "2004-06-11", "2004-06-11"),
    ("2004-06-~01/2004-06-~20", "2004-06-01", "2004-06-20"),
    ("2004-06-XX/2004-07-03", "2004-06-01", "2004-07-03"),
    ("2025-24/2026-21", "2025-12-01", "2026-05-31"),
    ("[2025-12-05,2025-12-06]", "2025-12-05", "2025-12-06"),
    ("{1667,1668,1670..1672}", "1667-01-01", "1672-12-31"),
    ("[1667,1660-12]", "1660-12-01", "1667-12-31"),
]
SECONDS = [
    ("2025-11-17T10:20:30Z", "2025-11-17T10:20:30Z"),
    ("2025-11-17T10:20:30", "2025-11-17T10:20:30Z"),
    ("2025-11-17T01:30:00+05:30", "2025-11-16T20:00:00Z"),
    ("1985-04-12T23:20:30-04", "1985-04-13T03:20:30Z"),
    ("2025-11-17T24:00:00Z", "2025-11-18T00:00:00Z"),
]


@pytest.mark.parametrize(("text", "earliest", "latest"), DATES)
def test_a_date_covers_its_first_second_to_its_last(text, earliest, latest):
    found = date_bounds(text)
    assert (found.earliest, found.latest) == (earliest, latest)


@pytest.mark.parametrize(("text", "first", "last"), DAYS)
def test_a_date_covers_all_days_that_it_may_mean(text, first, last):
    assert date_bounds(text) == DateBounds(f"{first}T00:00:00Z", f"{last}T23:59:59Z")


@pytest.mark.parametrize(("text", "second"), SECONDS)
def test_a_moment_covers_its_second_in_utc(text, second):
    assert date_bounds(text) == DateBounds(second, second)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("[..1760-12-03]", None, "1760-12-03T23:59:59Z"),
        ("[1760-01,1760-12..]", "1760-01-01T00:00:00Z", None),
        ("{..1984}", None, "1984-12-31T23:59:59Z"),
    ],
)
def test_a_set_with_an_open_end_is_open_there(text, earliest, latest):
    assert date_bounds(text) == DateBounds(earliest, latest)


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


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("2025-02-29", "2025 has no 29 February"),
        ("1900-02-29", "1900 has no 29 February"),
        ("2025-04-31", "2025 has no 31 April"),
        ("2025-13-01", "there is no month 13"),
        ("2025-42", "seasons and other parts of a year are 21 to 41"),
        ("2025-21-05", "a season or other part of a year has no day 05"),
        ("2025-02-3X", "no day of the calendar fits these digits"),
        ("XXXX-02-30", "no day of the calendar fits these digits"),
        ("2025-12-5", "a month and a day have two digits"),
        ("Y2025", "write 2025"),
        ("1950S0", "at least one significant digit"),
        ("-0000", "0000 is 1 BC"),
        ("2025-11-17T10:20Z", "write a time as"),
        ("2025-11-17T25:00:00Z", "there is no time 25:00:00"),
        ("2025-11-17T10:20:30+15:00", "no offset from UTC"),
        ("2025-02-29/2025-03", "'2025-02-29': 2025 has no 29 February"),
        ("2025-12-05T10:20:30Z/..", "dates without a time"),
        ("2025//2026", "one slash"),
        ("[2025, 2026]", "no spaces"),
        ("[2025,..2026]", "only the first"),
        ("[2025..,2026]", "only the last"),
        ("[2025..2024]", "ends before it begins"),
        ("[]", "a set of dates is written"),
        ("\u0662\u0660\u0662\u0665", "write 2025-12-05"),
    ],
)
def test_the_error_says_what_is_wrong_with_a_date(text, fault):
    with pytest.raises(MalformedDate, match=re.escape(fault)):
        date_bounds(text)


def test_the_error_quotes_no_more_than_the_beginning_of_a_long_text():
    with pytest.raises(MalformedDate) as caught:
        date_bounds("9" * 100_000)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "text",
    ["-0044-03-15", "Y17000", "Y-17E7", "Y1E999999999", "0000", "-01XX", "9999-12-31T23:00:00-02"],
)
def test_a_year_that_no_moment_can_carry_is_refused(text):
    with pytest.raises(MalformedDate, match="outside the years 1 to 9999"):
        date_bounds(text)


LEVELS = [
    (0, "2025 2025-12 2025-12-05 2025-12-05T10:20:30Z 1964/2008 2004-02-01/2005"),
    (1, "Y17000 2025-21 1984? 2004-06-11% 201X 20XX 2004-XX 1985-04-XX 1985-XX-XX 1985/.. /1985"),
    (1, "-1985 1984~/2004-06"),
    (2, "Y17E7 1950S2 2025-33 [1667,1668] {1960} 2004-06~-11 ?2004-06 156X-12-25 2025-1X XXXX"),
    (2, "2004-06-~01/2004-06-~20"),
]


@pytest.mark.parametrize(
    ("level", "text"), [(level, text) for level, texts in LEVELS for text in texts.split()]
)
def test_a_literal_has_no_higher_level_than_its_datatype(level, text):
    for datatype, highest in EDTF_DATATYPES.items():
        if level <= highest:
            check_literal(text, datatype)
        else:
            with pytest.raises(MalformedDate, match=f"level {level}"):
                check_literal(text, datatype)


# ---- any text, and any date of EDTF -----------------------------------------------------------

SYNTAX = "0123456789X-/~?%.,[]{}TZ:+YES "
RAW = re.compile(r"[X~?%\[\]{}/]|\.\.|[0-9]-|-[0-9]|[0-9][TESZ]|S[0-9]|Y[0-9]")


MARKS = ("{}", "{}", "{}~", "{}?", "{}%", "~{}", "?{}", "%{}")


@st.composite
def draw_day(draw):
    """Return a day, and an EDTF date of any precision, with marks and X, that may mean it."""
    day = draw(st.dates(date(1, 1, 1), date(9998, 12, 31)))
    hidden, marks = draw(st.integers(0, 2**10 - 1)), draw(st.integers(0, 8**3 - 1))
    if draw(st.booleans()):
        hidden = 0
    digits = "".join(
        "X" if digit != "-" and hidden >> at & 1 else digit
        for at, digit in enumerate(day.isoformat())
    )
    parts = digits.split("-")[: draw(st.integers(1, 3))]
    marked = (MARKS[marks // 8**at % 8].format(part) for at, part in enumerate(parts))
    return day, "-".join(marked)


@st.composite
def draw_part(draw):
    """Return a day, and a season or another part of a year, or a significant year, with it."""
    day = draw(st.dates(date(1000, 3, 1), date(9998, 12, 31)))
    winter = day.year - (day.month < 3)
    season = (day.month - 3) % 12 // 3
    texts = [
        f"{winter if season == 3 else day.year}-{21 + season}",
        f"{winter if season == 3 else day.year}-{25 + season}",
        f"{winter if season == 3 else day.year}-{29 + (season + 2) % 4}",
        f"{day.year}-{33 + (day.month - 1) // 3}",
        f"{day.year}-{37 + (day.month - 1) // 4}",
        f"{day.year}-{40 + (day.month - 1) // 6}",
        f"{day.year}S{draw(st.integers(1, 4))}",
        f"Y{day.year // 10}E1S{draw(st.integers(1, 3))}",
    ]
    return day, draw(st.sampled_from(texts)) + draw(st.sampled_from(["", "~", "?", "%"]))


ONE_DATE = draw_day() | draw_part()


@st.composite
def draw_interval(draw):
    """Return days, and an interval from what may mean the first to what may mean the last."""
    (first, begin), (last, end) = sorted(draw(st.tuples(ONE_DATE, ONE_DATE)))
    other = draw(st.sampled_from(["", ".."]))
    choices = [
        ([first, last], f"{begin}/{end}"),
        ([first, date.max], f"{begin}/{other}"),
        ([date.min, last], f"{other}/{end}"),
    ]
    return draw(st.sampled_from(choices))


@st.composite
def draw_set(draw):
    """Return days, and a set of dates that may mean them, the last ones as a range."""
    drawn = sorted(draw(st.lists(ONE_DATE, min_size=2, max_size=4)))
    days, texts = [day for day, _ in drawn], [text for _, text in drawn]
    if draw(st.booleans()):
        texts[-2:] = [f"{texts[-2]}..{texts[-1]}"]
    elif draw(st.booleans()):
        days, texts[0] = [date.min, *days], f"..{texts[0]}"
    elif draw(st.booleans()):
        days, texts[-1] = [*days, date.max], f"{texts[-1]}.."
    return days, draw(st.sampled_from(["[{}]", "{{{}}}"])).format(",".join(texts))


@property_cases
@given(ONE_DATE.map(lambda drawn: ([drawn[0]], drawn[1])) | draw_interval() | draw_set())
def test_the_bounds_hold_every_day_that_a_date_may_mean_and_it_has_words(drawn):
    days, text = drawn
    bounds = date_bounds(text)
    for day in days:
        assert (bounds.earliest or "") <= f"{day}T00:00:00Z", (text, bounds)
        assert (bounds.latest or "9999-12-31T23:59:59Z") >= f"{day}T23:59:59Z", (text, bounds)
    assert not RAW.search(say_date(text)), (text, say_date(text))


YEARS = {
    leap: [
        str(date(2000 if leap else 2001, 1, 1) + timedelta(day))[4:] for day in range(365 + leap)
    ]
    for leap in (False, True)
}


@property_cases
@given(draw_day())
def test_the_bounds_are_the_first_and_last_day_of_a_year_whose_digits_fit(drawn):
    day, text = drawn
    digits = re.sub("[~?%]", "", text)[4:]
    fitting = [
        written
        for written in YEARS[isleap(day.year)]
        if all(sign in ("X", digit) for sign, digit in zip(digits, written, strict=False))
    ]
    year = f"{day.year:04}"
    bounds = date_bounds(f"{year}{digits}")
    assert bounds.earliest[:10] == year + fitting[0]
    assert bounds.latest[:10] == year + fitting[-1]


def test_any_text_has_bounds_or_is_refused_and_nothing_is_printed(capsys):
    @property_cases
    @given(st.text() | st.text(SYNTAX) | st.text(SYNTAX, min_size=4).map(lambda end: f"2025{end}"))
    def read(text):
        assert isinstance(say_date(text), str)
        try:
            bounds = date_bounds(text)
        except MalformedDate:
            return
        assert (bounds.earliest or "") <= (bounds.latest or "a moment after all")

    read()
    assert capsys.readouterr() == ("", "")


DAY = ("2025-12-05T00:00:00Z", "2025-12-05T23:59:59Z")
MONTH = ("2025-12-01T00:00:00Z", "2025-12-31T23:59:59Z")
TWO_DAYS = (DAY[0], "2025-12-06T23:59:59Z")


@pytest.mark.parametrize(
    ("text", "role", "instants"),
    [
        ("2025-12-05", "span", (*DAY, *DAY)),
        ("2025-12-05/2025-12-06", "span", (*DAY, "2025-12-06T00:00:00Z", TWO_DAYS[1])),
        ("2025-12/2025-12-05", "span", (MONTH[0], DAY[1], *DAY)),
        ("2025-12-05/2025-12", "span", (*DAY, DAY[0], MONTH[1])),
        ("2025-12-05~/2025-12-06~", "span", (*TWO_DAYS, *TWO_DAYS)),
        ("2025-12-05?", "span", (*DAY, *DAY)),
        ("[2025-12-05,2025-12-06]", "span", (*TWO_DAYS, *TWO_DAYS)),
        ("2025-12-05/..", "span", (*DAY, DAY[0], None)),
        ("2025-12-05/", "span", (*DAY, DAY[0], None)),
        ("../2025-12-05", "span", (None, DAY[1], *DAY)),
        ("../..", "span", (None, None, None, None)),
        ("2025-12", "window", (*MONTH, *MONTH)),
        ("2025-12-05/2025-12-06", "window", (*TWO_DAYS, *TWO_DAYS)),
        ("2025-12-05/2025-12-06", "whole", (*TWO_DAYS, *TWO_DAYS)),
        ("2025-12-05/..", "window", (DAY[0], None, DAY[0], None)),
        ("2025-12-05", "start", (*DAY, DAY[0], None)),
        ("2025-12-05", "end", (None, DAY[1], *DAY)),
        ("2025-12-05", "of-another-kind", (None, None, None, None)),
    ],
)
def test_what_a_date_dates_begins_and_ends_between_the_instants_of_its_role(text, role, instants):
    assert date_instants(text, role) == DateInstants(*instants)


@property_cases
@given(ONE_DATE | draw_interval() | draw_set(), st.sampled_from(["span", "window", "start", "end"]))
def test_instants_are_in_order_and_within_the_bounds_of_the_date(drawn, role):
    text = drawn[1]
    instants = date_instants(text, role)
    bounds = date_bounds(text)
    first, last = bounds.earliest or "", bounds.latest or "a moment after all"
    for earliest, latest in (instants[:2], instants[2:], instants[::2], instants[1::2]):
        assert (earliest or "") <= (latest or "a moment after all"), (text, instants)
    assert all(first <= instant <= last for instant in instants if instant), (text, instants)
    if role in ("span", "window"):
        assert DateBounds(instants.start_earliest, instants.end_latest) == bounds

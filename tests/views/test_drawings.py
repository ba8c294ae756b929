"""Timelines, networks and charts draw each engagement where its dates and its parties put it."""

from datetime import UTC, date, datetime
from itertools import pairwise

import pytest

from diplograph.core.things import Thing
from diplograph.views.drawings.axis import make_axis
from diplograph.views.drawings.histogram import draw_histogram
from diplograph.views.drawings.network import count_pairs, draw_network
from diplograph.views.drawings.text import fit, measure, wrap
from diplograph.views.drawings.timeline import TimelineItem, draw_timeline, read_spans
from diplograph.views.engagements import (
    EngagementFilter,
    filter_engagements,
    find_engagements,
    read_participants,
)
from diplograph.views.status import STATUS_LABELS, DateRange, JudgedEngagement, Status
from fixtures.engagement_scene import DAY, named

PARTY = "https://w3id.org/diplograph/id/state/{}"


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def estimate(edtf, first, last, role="span"):
    about = "~" in edtf
    fact = Thing(f"urn:{edtf}", edtf)
    return DateRange(fact, edtf, edtf, moment(first), moment(last), role, about)


def entry(number, first, last):
    held = Status("held", "held")
    iri = f"urn:event-{number}"
    return JudgedEngagement(iri, moment(first), moment(last), "held", held)


def draw(asking, day=DAY):
    found = find_engagements(asking, EngagementFilter(), day).engagements
    items = [TimelineItem(item.thing, item.status, item.dates) for item in found]
    return draw_timeline(items, day)


def rows(picture):
    return [mark for mark in picture.marks if mark.style.startswith("row")]


# ---- texts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "talks in Moscow",
        "Переговоры в Москве",
        "中俄印外长会晤在莫斯科举行",
        "क" * 30,
        "e\u0301" * 40,
    ],
)
def test_a_text_that_is_cut_or_broken_fits(text):
    for width in (20.0, 60.0, 130.0):
        assert measure(fit(text, width)) <= width
        lines = wrap(text, width, 2)
        assert len(lines) <= 2
        assert all(measure(line) <= width for line in lines)


def test_an_accent_stays_with_its_letter():
    assert not any(line.startswith("\u0301") for line in wrap("e\u0301" * 40, 50.0, 9))


def test_a_text_is_broken_between_words_where_it_can_be():
    assert wrap("date passed, outcome not reported", 150.0, 3) == (
        "date passed, outcome",
        "not reported",
    )


# ---- timeline -----------------------------------------------------------------------------


def test_a_timeline_draws_each_dated_engagement_within_the_picture(asking):
    drawing = draw(asking)
    for picture in (drawing.wide, drawing.narrow):
        assert len(rows(picture)) == 11  # with the summit, which takes the dates of its visit
        for mark in rows(picture):
            for shape in mark.shapes:
                x = shape.attributes.get("x", 0)
                assert 0 <= x <= x + shape.attributes.get("width", 0) <= picture.width
                assert 0 <= shape.attributes.get("y", 0) <= picture.height
        assert any(mark.style == "as-of" for mark in picture.marks)


def test_only_known_days_are_a_bar_and_a_vague_date_is_none():
    spans = [
        estimate("2025-12-05/2025-12-08", "2025-12-05", "2025-12-08T23:59:59"),
        estimate("2025-12-05", "2025-12-05", "2025-12-05T23:59:59"),
        estimate("2021", "2021-01-01", "2021-12-31"),
        estimate("2025-12-01/2025-12-10", "2025-12-01", "2025-12-10", "window"),
        estimate("2025-12-05~/2025-12-06~", "2025-12-05", "2025-12-06"),
    ]
    kinds = [read_spans([span])[0].kind for span in spans]
    assert kinds == ["bar", "point", "open", "open", "about"]


def test_the_day_that_stands_for_today_is_always_in_view(asking):
    for day in (date(2031, 6, 15), date(2131, 1, 1)):
        marks = [mark for mark in draw(asking, day).wide.marks if mark.style == "as-of"]
        assert len(marks) == 1
        assert 0 < marks[0].words[0].x < 1000


def test_nothing_dated_is_no_timeline(asking):
    assert draw_timeline([], DAY) is None


def test_most_of_an_axis_is_for_the_time_with_most_dates():
    days = [
        (moment(f"2025-11-{day:02}"), moment(f"2025-11-{day:02}T23:00")) for day in range(3, 20)
    ]
    early = (moment("2021-01-01"), moment("2021-12-31"))
    axis = make_axis([early, *days], moment("2025-11-20T12:00"), 0.0, 600.0)
    assert len(axis.breaks) == 1
    assert axis.place(days[-1][1]) - axis.place(days[0][0]) > 350
    assert axis.place(early[1]) < axis.breaks[0] < axis.place(days[0][0])
    assert [tick.label for tick in axis.years()][-1] == "2025"


def test_dates_that_are_spread_evenly_have_one_axis_in_order():
    spans = [(moment(f"20{year}-05-01"), moment(f"20{year}-05-02")) for year in range(10, 30)]
    axis = make_axis(spans, moment("2029-06-01"), 0.0, 600.0)
    places = [axis.place(first) for first, _ in spans]
    assert axis.breaks == ()
    assert all(before < after for before, after in pairwise(places))


def test_of_thousands_those_nearest_are_named_and_all_are_counted():
    entries = [
        entry(number, f"20{year}-{month:02}-03", f"20{year}-{month:02}-03")
        for number, (year, month) in enumerate(
            (year, month) for year in range(20, 30) for month in range(1, 13) for _ in range(20)
        )
    ]
    items = [
        TimelineItem(
            Thing(item.iri, f"talks {number}"),
            item.status,
            (
                DateRange(
                    Thing(item.iri, ""), "", "a day", item.earliest, item.latest, "span", False
                ),
            ),
        )
        for number, item in enumerate(entries)
    ]
    drawing = draw_timeline(items, date(2026, 6, 1), entries)
    assert len(rows(drawing.wide)) == 30
    assert len(rows(drawing.narrow)) == 12
    assert drawing.wide.height < 2000
    counts = draw_histogram(entries, date(2026, 6, 1), 1000.0)
    columns = [mark for mark in counts.marks if mark.style.startswith("column")]
    assert len([mark for mark in columns if ": 20, and 0 that may" in mark.title]) == 0
    assert sum(int(mark.title.split(": ")[1].split(",")[0]) for mark in columns) == len(entries)


def test_a_column_counts_what_the_list_of_its_time_has():
    entries = [
        entry(1, "2025-03-05", "2025-03-06"),
        entry(2, "2025-01-01", "2025-12-31"),
        entry(3, "2025-07-01", "2025-07-31"),
    ]
    counts = draw_histogram(entries, date(2025, 6, 1), 1000.0)
    march = next(mark for mark in counts.marks if "1 March 2025" in mark.title)
    assert "1, and 1 that may be in this time" in march.title
    assert march.link.fields == (("from", "2025-03-01"), ("to", "2025-03-31"))


@pytest.mark.parametrize("last", ["2025-01-02", "2031-01-01", "2300-01-01", "9999-12-31"])
def test_columns_fit_whatever_the_time_between_the_first_and_the_last(last):
    entries = [entry(number, last, last) for number in range(40)]
    entries.append(entry(99, "0001-01-01", "0001-01-01"))
    entries += [entry(100 + number, "2025-01-01", "2025-01-02") for number in range(40)]
    counts = draw_histogram(entries, date(2025, 1, 1), 340.0)
    columns = [mark for mark in counts.marks if mark.style.startswith("column")]
    assert 0 < len(columns) <= 40


# ---- network ------------------------------------------------------------------------------


def test_a_network_joins_those_who_take_part_in_the_same(asking):
    entries, roll = filter_engagements(asking, EngagementFilter(), DAY), read_participants(asking)
    pairs = {
        (edge.one.label, edge.other.label): edge for edge in count_pairs(entries, roll.parties)
    }
    both = pairs["Ardenia", "Belmora"]
    expected = find_engagements(
        asking, EngagementFilter(actor=named("state:XAA"), other=named("state:XBE")), DAY
    )
    assert both.total == expected.total - 1  # the summit is counted with the visit it is part of
    assert both.held == dict(expected.words)["held"]


def test_a_network_is_the_same_each_time_and_bounded(asking):
    entries, roll = filter_engagements(asking, EngagementFilter(), DAY), read_participants(asking)
    drawn = draw_network(entries, roll.parties)
    assert drawn == draw_network(reversed(entries), roll.parties)
    small = draw_network(entries, roll.parties, most=3)
    parties = [mark for mark in small.drawing.wide.marks if mark.style == "party"]
    assert len(parties) == 3
    assert small.parties > 3
    assert "3 of" in small.drawing.notes[0]


def test_two_parties_are_a_table_and_no_picture():
    pair = tuple(Thing(PARTY.format(name), name) for name in "AB")
    network = draw_network([entry(1, "2025-01-01", "2025-01-01")], {"urn:event-1": pair})
    assert len(network.edges) == 1
    assert network.drawing is None


def test_every_status_has_a_sign_of_its_own_in_the_legend():
    items = [
        TimelineItem(
            Thing(f"urn:{word}", word),
            Status(word, label),
            (estimate("2025-12-05", "2025-12-05", "2025-12-05"),),
        )
        for word, label in STATUS_LABELS.items()
    ]
    legend = [mark for mark in draw_timeline(items, DAY).wide.marks if mark.style == "key"]
    assert set(STATUS_LABELS.values()) <= {mark.words[0].text for mark in legend}

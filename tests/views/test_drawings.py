"""Timelines and networks draw each engagement where its dates and its parties put it."""

from datetime import date

from diplograph.views.drawings.network import count_pairs, draw_network
from diplograph.views.drawings.timeline import TIMELINE_WIDTH, TimelineItem, draw_timeline
from diplograph.views.engagements import (
    EngagementFilter,
    filter_engagements,
    find_engagements,
    read_participants,
)
from fixtures.engagement_scene import DAY, named

# ---- drawings -----------------------------------------------------------------------------


def draw(asking, day=DAY):
    found = find_engagements(asking, EngagementFilter(), day).engagements
    return draw_timeline([TimelineItem(each.thing, each.status, each.dates) for each in found], day)


def test_a_timeline_draws_each_dated_engagement_within_its_bounds(asking):
    timeline = draw(asking)
    assert len(timeline.lanes) == 11  # with the summit, which takes the dates of its visit
    for lane in timeline.lanes:
        for bar in lane.bars:
            assert 0 <= bar.x <= bar.x + bar.width <= TIMELINE_WIDTH
    assert all(lane.y < timeline.height for lane in timeline.lanes)
    assert timeline.today is not None


def test_a_timeline_draws_each_date_that_may_be_and_marks_the_approximate_ones(asking):
    lanes = {lane.item.thing.curie: lane for lane in draw(asking, date(2031, 6, 15)).lanes}
    assert [bar.soft for bar in lanes["event:league-summit-4"].bars] == [False, False]
    assert [bar.soft for bar in lanes["event:morn-visit"].bars] == [True]


def test_a_day_far_off_does_not_stretch_the_timeline(asking):
    assert draw(asking, date(2131, 1, 1)).today is None


def test_nothing_dated_is_no_timeline(asking):
    assert draw_timeline([], DAY) is None


def test_a_network_joins_those_who_take_part_in_the_same(asking):
    entries, roll = filter_engagements(asking, EngagementFilter(), DAY), read_participants(asking)
    pairs = {
        (each.one.label, each.other.label): each for each in count_pairs(entries, roll.parties)
    }
    both = pairs["Ardenia", "Belmora"]
    expected = find_engagements(
        asking, EngagementFilter(actor=named("state:XAA"), other=named("state:XBE")), DAY
    )
    assert both.total == expected.total - 1  # the summit is counted with the visit it is part of
    assert both.held == dict(expected.words)["held"]


def test_a_network_is_the_same_each_time_and_bounded(asking):
    entries, roll = filter_engagements(asking, EngagementFilter(), DAY), read_participants(asking)
    assert draw_network(entries, roll.parties) == draw_network(reversed(entries), roll.parties)
    small = draw_network(entries, roll.parties, most=2)
    assert len(small.nodes) == 2
    assert small.parties > 2

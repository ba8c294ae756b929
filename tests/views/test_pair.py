"""Two states: at which level they meet, how long ago and how soon, and the ladder they climb."""

from datetime import UTC, date, datetime

import pytest

from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.store.engine import LocalEngine
from diplograph.views.drawings.ladder import draw_ladder
from diplograph.views.engagements import read_engagement_index, read_participants
from diplograph.views.pair import (
    HEAD,
    MINISTERIAL,
    OTHER,
    DayCount,
    judge_level,
    rank_pairs,
    read_bilateral_relations,
    read_pair_events,
    read_pairs,
    summarise_pairs,
)
from diplograph.views.query import QueryRunner
from diplograph.views.relations import RelationFact
from diplograph.views.status import DateRange

DG, STATE, KIND = PREFIXES["dg"], PREFIXES["state"], PREFIXES["office-kind"]
# The report was received on 22 November 2026.
DAY = date(2026, 12, 1)


@pytest.fixture(scope="module")
def india_and_russia(real_store):
    asking = QueryRunner(LocalEngine(real_store))
    index = read_engagement_index(asking)
    return read_bilateral_relations(asking, (f"{STATE}IND", f"{STATE}RUS"), DAY, index)


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ([{"kind": f"{DG}Summit"}], HEAD),
        ([{"kind": f"{DG}Visit"}, {"within": f"{DG}Summit"}], HEAD),
        ([{"kind": PREFIXES["visit-kind"] + "state-visit"}], HEAD),
        ([{"capacity": f"{KIND}head-of-state"}], HEAD),
        ([{"held": f"{KIND}head-of-government"}], HEAD),
        ([{"capacity": f"{KIND}head-of-organization"}], HEAD),
        ([{"capacity": f"{KIND}other-minister"}], MINISTERIAL),
        ([{"capacity": f"{KIND}official"}], OTHER),
        ([{"kind": f"{DG}MinisterialTalks"}], MINISTERIAL),
        (
            [{"capacity": f"{KIND}foreign-minister"}, {"held": f"{KIND}head-of-state"}],
            MINISTERIAL,
        ),
        ([{"kind": f"{DG}Meeting"}], OTHER),
        ([], OTHER),
    ],
)
def test_a_level_follows_from_kinds_and_offices(rows, level):
    assert judge_level(rows) == level


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (DayCount(16, 25), "16 to 25 days"),
        (DayCount(1, 1), "1 day"),
        (DayCount(0, 1), "0 to 1 days"),
        (DayCount(1415, 1779), "1,415 to 1,779 days"),
    ],
)
def test_days_are_said_as_a_range_where_the_date_is_open(days, words):
    assert str(days) == words


def test_days_are_counted_to_the_bounds_that_reports_leave_open(india_and_russia):
    heads, ministers, other = india_and_russia.levels
    assert heads.last.iri.endswith("putin-india-visit-2021")
    assert heads.last.days == DayCount(1796, 2160)
    assert heads.overdue.iri.endswith("putin-india-visit-2025-12")
    assert heads.overdue.days == DayCount(360, 361)
    assert ministers.overdue.days == DayCount(379, 379)
    assert [level.next for level in (heads, ministers, other)] == [None, None, None]


def test_what_happens_during_a_visit_is_counted_with_the_visit(india_and_russia):
    heads, ministers, other = india_and_russia.levels
    listed = {entry.iri.rpartition("/")[2] for entry in india_and_russia.engaged.entries}
    assert {"ind-rus-annual-summit-23", "putin-india-visit-2025-12"} <= listed
    assert heads.total == 2  # the visits of 2021 and 2025, not the summit
    assert heads.total + ministers.total + other.total == len(listed) - 2


def test_nothing_is_known_before_the_day_of_the_report(real_store):
    asking = QueryRunner(LocalEngine(real_store))
    parties, index = (f"{STATE}IND", f"{STATE}RUS"), read_engagement_index(asking)
    found = read_bilateral_relations(asking, parties, date(2026, 11, 21), index)
    assert found.engaged.entries == ()
    assert [level.total for level in found.levels] == [0, 0, 0]
    assert (found.topics, found.forums) == ((), ())
    assert all(table.rows == () for table in found.tables)


def test_the_order_of_the_states_makes_no_difference(real_store, india_and_russia):
    asking = QueryRunner(LocalEngine(real_store))
    states = (f"{STATE}RUS", f"{STATE}IND")
    assert (
        read_bilateral_relations(asking, states, DAY, read_engagement_index(asking))
        == india_and_russia
    )


def test_topics_are_ranked_by_the_engagements_they_are_on_the_agenda_of(india_and_russia):
    first = india_and_russia.topics[0]
    assert (first.thing.label, first.total, first.standing) == ("trade", 2, "discussed")
    assert [each.passage.paragraph for each in first.sources] == [4, 6, 8]


def test_a_request_without_an_answer_is_open(india_and_russia):
    tables = {each.section.name: each for each in india_and_russia.tables}
    assert [row.thing.curie for row in tables["open"].rows] == [
        "concern:indian-nationals-in-russian-army",
        "event:request-early-release",
    ]
    assert tables["answered"].rows == ()


def test_pressure_of_a_third_state_names_what_it_is_over(india_and_russia):
    (row,) = next(each for each in india_and_russia.tables if each.section.name == "pressure").rows
    assert [str(each) for each in row.cell(("pressureBy",))] == ["United States of America"]
    assert [str(each) for each in row.cell(("pressureOver",))] == [
        "India's purchases of Russian oil"
    ]


def test_forums_are_told_once_with_all_ways(india_and_russia):
    ways = {each.thing.curie: each.how for each in india_and_russia.forums}
    assert ways["forum:brics"] == ("both take part in it", "on their agenda")
    assert len(india_and_russia.forums) == len(ways)


def test_a_ladder_follows_what_rose_from_what(india_and_russia):
    first, second = india_and_russia.ladder.steps
    assert first.fact.thing.curie == "stage:ind-rus-strategic-partnership"
    assert second.before == (first.fact.thing,)
    assert first.begins == 0.0
    assert first.begins < first.certain < first.ends == second.begins


def test_stages_in_a_circle_end_where_it_closes():
    one, other = Thing("urn:one", "one"), Thing("urn:other", "other")
    stages = [
        RelationFact(one, values={"precedingStage": (other,)}),
        RelationFact(other, values={"precedingStage": (one,)}),
    ]
    assert [each.number for each in draw_ladder(stages, DAY).steps] == [1, 2]


def test_a_stage_without_a_date_is_a_step_that_is_not_drawn():
    dated = DateRange(
        Thing("urn:date", "2030"),
        "2030",
        "2030",
        datetime(2030, 1, 1, tzinfo=UTC),
        datetime(2030, 12, 31, tzinfo=UTC),
        "start",
        False,
    )
    ladder = draw_ladder(
        [RelationFact(Thing("urn:a", "a")), RelationFact(Thing("urn:b", "b"), dates=(dated,))],
        date(2031, 1, 1),
    )
    assert [each.begins for each in ladder.steps] == [None, 0.0]


def test_pairs_are_counted_once_whatever_their_order(world_store):
    pairs = read_pairs(QueryRunner(LocalEngine(world_store)))
    found = {(each.one.curie, each.other.curie): each for each in pairs}
    assert ("state:XAA", "state:XBE") in found
    assert ("state:XBE", "state:XAA") not in found
    assert found["state:XAA", "state:XBE"].partnership.curie == "partnership:xaa-xbe"
    assert len(found) == len(pairs)


def test_a_list_of_pairs_has_the_last_and_the_next_engagement(world_store):
    asking, day = QueryRunner(LocalEngine(world_store)), date(2031, 5, 1)
    events = read_pair_events(read_participants(asking), read_engagement_index(asking))
    ranked = rank_pairs(read_pairs(asking), events, day)
    first, *_ = summarise_pairs(asking, ranked, day)
    assert (first.pair.one.label, first.pair.other.label) == ("Ardenia", "Belmora")
    assert first.last.thing.label == "telephone call of Odo Lenn and Celia Morn"
    assert first.next.thing.label == "fourth summit of the Lantern League"
    assert first.overdue == 1
    totals = [len(entries) for _, entries in ranked]
    assert totals == sorted(totals, reverse=True)


def test_a_pair_that_no_report_knows_yet_has_no_engagements(world_store):
    asking, day = QueryRunner(LocalEngine(world_store)), date(2031, 1, 1)
    events = read_pair_events(read_participants(asking), read_engagement_index(asking))
    summaries = summarise_pairs(asking, rank_pairs(read_pairs(asking), events, day), day)
    assert {summary.total for summary in summaries} == {0}
    assert {summary.last for summary in summaries} == {None}

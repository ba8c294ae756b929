"""Dates and statuses of events are read with what is corrected, denied and contested."""

from datetime import UTC, date, datetime

import pytest

from diplograph.core.names import expand
from diplograph.store.engine import LocalEngine
from diplograph.views.event import read_statuses
from diplograph.views.query import QueryRunner
from diplograph.views.status import STATUS_LABELS, judge_status, read_dates, say_range
from fixtures.engagement_scene import DAY, words


def statuses_on(asking, events, day):
    """Return the status of each event as of a day."""
    return read_statuses(asking, events, day, read_dates(asking, events))


# ---- dates --------------------------------------------------------------------------------


def test_a_date_has_words_bounds_and_a_role(asking):
    (visit,) = read_dates(asking, [expand("event:morn-visit-corvia")]).values()
    (only,) = visit
    assert (only.edtf, only.words, only.role) == ("2026", "2026", "whole")
    assert only.earliest == datetime(2026, 1, 1, tzinfo=UTC)
    assert only.latest == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert not only.approximate


def test_all_estimates_of_a_fact_are_given(asking):
    dates = read_dates(asking, [expand("event:morn-visit")])[expand("event:morn-visit")]
    standing = [each for each in dates if not each.superseded]
    assert {each.edtf for each in standing} >= {"2031-04-14/2031-04-15", "2031-05-02~/2031-05-03~"}
    assert {each.edtf for each in dates if each.approximate} == {"2031-05-02~/2031-05-03~"}
    assert any(each.role == "start" for each in dates)


def test_a_corrected_date_comes_last_and_is_said_no_more(asking):
    fact = expand("event:ostrel-officials")
    dates = read_dates(asking, [fact])[fact]
    assert [each.superseded for each in dates] == [False, True]
    assert say_range(dates) == "5 March 2031"


def test_what_a_report_only_denies_is_no_date(asking):
    assert read_dates(asking, [expand("event:kest-visit-corvia")]) == {}


def test_dates_of_no_facts_cost_no_query(asking):
    assert read_dates(asking, []) == {}
    assert asking.texts == []


# ---- status -------------------------------------------------------------------------------


def test_a_day_that_has_passed_makes_overdue_and_never_held(asking):
    event = expand("event:varn-visit-corvia")
    before = statuses_on(asking, [event], date(2031, 6, 30))[event]
    after = statuses_on(asking, [event], date(2031, 7, 1))[event]
    assert (before.word, after.word) == ("planned", "overdue")
    assert after.label == "date passed, outcome not reported"
    assert [each.label for each in after.values] == ["planned"]


def test_reports_that_cannot_both_be_right_are_contested(asking):
    event = expand("event:lantern-council-session")
    status = statuses_on(asking, [event], DAY)[event]
    assert status.word == "contested"
    assert {each.curie for each in status.values} >= {"status:held", "status:cancelled"}


def test_every_event_asked_for_has_a_status(asking):
    event = expand("event:nobody-has-heard-of-it")
    assert statuses_on(asking, [event], DAY)[event].word == "unstated"


@pytest.mark.parametrize(
    ("said", "word"),
    [
        ({"planned", "held"}, "held"),
        ({"scheduled", "cancelled"}, "cancelled"),
        ({"held", "not-held"}, "contested"),
        ({"planned", "postponed"}, "postponed"),
        ({"mooted"}, "overdue"),
        ({"planned", "scheduled"}, "overdue"),
        ({"underway"}, "underway"),
        (set(), "unstated"),
    ],
)
def test_the_most_settled_status_counts(said, word):
    assert judge_status(said, datetime(2031, 3, 1, tzinfo=UTC), DAY) == word


def test_what_ends_on_the_day_itself_is_not_overdue():
    assert (
        judge_status({"planned"}, datetime(2031, 3, 20, 23, 59, 59, tzinfo=UTC), DAY) == "planned"
    )


def test_views_and_lists_agree_on_the_word(asking):
    entries = words(asking)
    statuses = statuses_on(asking, entries, DAY)
    assert {iri: each.word for iri, each in statuses.items()} == entries
    assert set(entries.values()) <= set(STATUS_LABELS)


def test_lists_and_the_question_of_passed_dates_agree(world_store, world):
    from diplograph.build.questions import read_questions

    query = read_questions(world)["date-passed"].filled(day="2031-03-20")
    engine = LocalEngine(world_store)
    asked = {row["event"] for row in QueryRunner(engine).rows(query)}
    shown = {iri for iri, word in words(QueryRunner(engine)).items() if word == "overdue"}
    assert shown == {iri for iri in asked if iri in words(QueryRunner(engine))}

"""Engagements are found by what a filter names, in order of time, with what became of them."""

from datetime import date

import pytest

from diplograph.core.names import expand
from diplograph.store.engine import LocalEngine
from diplograph.views.engagements import (
    EngagementFilter,
    choose_nearest,
    filter_engagements,
    find_engagements,
    read_engagement_index,
    read_outlook,
)
from diplograph.views.query import QueryRunner
from diplograph.views.status import join_dates
from fixtures.engagement_scene import DAY, curies, find, named


@pytest.fixture(scope="module")
def real(real_store):
    return LocalEngine(real_store)


# ---- the filter ---------------------------------------------------------------------------


def test_no_filter_finds_all_but_what_is_only_denied(asking):
    found = find_engagements(asking, EngagementFilter(), DAY)
    assert found.total == len(found.engagements) == 14
    assert "event:kest-visit-corvia" not in curies(found)


def test_an_actor_is_a_state_a_person_an_office_or_a_forum(asking):
    assert "varn-visit-corvia" in find(asking, actor=named("state:XCO"))
    assert "varn-visit-corvia" in find(asking, actor=named("person:ada-varn"))
    assert "belport-talks" in find(asking, actor=named("office:xaa-foreign-minister"))
    assert "lantern-council-next" in find(asking, actor=named("organ:lantern-council"))


def test_with_narrows_to_what_both_take_part_in(asking):
    both = find(asking, actor=named("state:XAA"), other=named("state:XCO"))
    assert both == {"lantern-council-session", "varn-visit-corvia"}


def test_several_of_a_field_are_any_of_them(asking):
    one, other = named("person:ada-varn"), named("person:celia-morn")
    assert find(asking, actor=f"{one} {other}") == find(asking, actor=one) | find(
        asking, actor=other
    )


def test_a_forum_holds_its_own_meetings_and_those_of_its_organs(asking):
    assert find(asking, forum=named("forum:lantern-league")) >= find(
        asking, forum=named("organ:lantern-council")
    )


def test_a_topic_includes_its_narrower_topics(asking):
    narrow, wide = (
        find(asking, topic=named("topic:tariffs")),
        find(asking, topic=named("topic:trade")),
    )
    assert narrow
    assert narrow < wide


def test_a_place_is_a_city_a_region_or_a_state(asking):
    assert find(asking, place=named("city:belport")) == {"belport-talks", "xaa-xbe-summit-6"}
    assert find(asking, place=named("region:northern-isles")) == {"river-law-seminar"}
    assert {"belport-talks", "varn-visit"} <= find(asking, place=named("state:XBE"))


def test_a_meeting_during_a_visit_is_in_the_host_state(asking):
    assert "xaa-xbe-summit-7" in find(asking, place=named("state:XAA"))


def test_a_status_is_a_word(asking):
    assert find(asking, status="contested") == {"lantern-council-session"}
    mooted = {"ferry-talks", "lantern-council-next"}
    assert find(asking, status="mooted postponed") == {*mooted, "river-law-seminar"}
    assert find(asking, status="unheard") == set()
    assert find(asking, date(2032, 5, 1), status="unheard") >= mooted


def test_a_window_has_what_may_fall_into_it(asking):
    found = find(asking, start=date(2031, 6, 15), end=date(2031, 6, 16))
    assert found == {"varn-visit-corvia"}
    assert find(asking, end=date(2025, 1, 1)) == {"kest-visit-ardenia"}


def test_a_report_has_the_engagements_that_it_tells_of(asking):
    assert find(asking, report=named("report:corvia-courier")) == {
        "ostrel-officials",
        "river-law-seminar",
        "ferry-talks",
        "lantern-council-session",  # that it was cancelled
        "morn-visit",  # to which day it was moved
    }


def test_the_fields_narrow_together(asking):
    assert find(asking, actor=named("state:XAA"), topic=named("topic:science"), status="held") == {
        "varn-visit"
    }


# ---- order, pages, lists ------------------------------------------------------------------


def test_the_newest_or_the_oldest_come_first_and_undated_ones_last(asking):
    newest = find_engagements(asking, EngagementFilter(), DAY).engagements
    oldest = find_engagements(asking, EngagementFilter(), DAY, order="oldest").engagements
    undated = [each.thing.iri for each in newest if not join_dates(each.dates)]
    assert [each.thing.iri for each in newest][-len(undated) :] == undated
    assert [each.thing.iri for each in oldest][-len(undated) :] == undated
    dated = [each.thing.iri for each in oldest if join_dates(each.dates)]
    assert [each.thing.iri for each in newest if join_dates(each.dates)] == dated[::-1]


def test_pages_are_parts_of_the_whole(asking):
    whole = find_engagements(asking, EngagementFilter(), DAY).engagements
    parts = [
        find_engagements(asking, EngagementFilter(), DAY, limit=5, offset=start).engagements
        for start in (0, 5, 10)
    ]
    assert tuple(each for part in parts for each in part) == whole


def test_an_engagement_says_who_where_and_by_which_passages(asking):
    found = find_engagements(
        asking, EngagementFilter(place=named("city:belport"), status="overdue"), DAY
    )
    (talks,) = found.engagements
    assert [each.label for each in talks.parties] == ["Ardenia", "Belmora"]
    assert {each.label for each in talks.people} == {"Ada Varn", "Bruno Kest"}
    assert {each.label for each in talks.kinds} == {"bilateral meeting", "ministerial talks"}
    assert [each.label for each in talks.places] == ["Belport"]
    assert talks.somewhere
    assert talks.sources


def test_a_visit_without_a_place_is_in_its_host_state_alone(asking):
    (visit,) = find_engagements(
        asking, EngagementFilter(report="", status="planned", start=date(2031, 6, 1)), DAY
    ).engagements
    assert [each.curie for each in visit.places] == ["state:XCO"]
    assert not visit.somewhere


def test_coming_overdue_and_last_are_told_apart(asking):
    outlook = read_outlook(asking, DAY)
    nearest = choose_nearest(filter_engagements(asking, EngagementFilter(), DAY), DAY, limit=1)
    assert "event:varn-visit-corvia" in curies(outlook.coming)
    assert curies(outlook.overdue) == ["event:belport-talks"]
    assert nearest["last"] == (expand("event:ostrel-officials"),)


def test_both_lists_cost_at_most_four_queries(asking):
    outlook = read_outlook(asking, DAY, limit=3)
    assert len(asking.texts) <= 4
    assert curies(outlook.coming) == curies(read_outlook(asking, DAY).coming)[:3]


def test_lists_can_be_those_of_one_actor(asking):
    entries = filter_engagements(asking, EngagementFilter(actor=named("state:XCO")), DAY)
    assert choose_nearest(entries, DAY)["last"] == (expand("event:morn-visit-corvia"),)


def test_a_list_costs_at_most_five_queries(asking):
    find_engagements(asking, EngagementFilter(actor=named("state:XAA"), status="held"), DAY)
    assert len(asking.texts) <= 5


def test_a_kept_index_spares_a_query_and_gives_the_same(asking):
    index = read_engagement_index(asking)
    kept = find_engagements(asking, EngagementFilter(), DAY, index=index)
    assert kept == find_engagements(asking, EngagementFilter(), DAY)


def test_a_tiny_build_without_inference_has_its_engagements(small_store):
    found = find_engagements(QueryRunner(LocalEngine(small_store)), EngagementFilter(), DAY)
    assert curies(found) == ["event:harbour-talks", "event:lantern-visit"]
    assert [each.status.word for each in found.engagements] == ["unstated", "unstated"]


def test_what_the_report_plans_is_known_from_its_reception_and_overdue_not_held(real):
    asking = QueryRunner(real)
    before, after = (read_outlook(asking, date(2026, 11, day)) for day in (21, 22))
    assert (before.coming.total, before.overdue.total) == (0, 0)
    assert "event:moscow-talks-2025-11" in curies(after.overdue)
    assert after.coming.total == 0

"""How an event stands on a day, and its dates, are read from the states that rules derive."""

from datetime import UTC, date, datetime

import pytest

from diplograph.core.names import expand
from diplograph.store.engine import LocalEngine
from diplograph.views.engagements import read_engagement_index
from diplograph.views.query import QueryRunner
from diplograph.views.status import (
    BEST,
    CORRECTED,
    LATEST_DAY,
    MOVED,
    STATUS_LABELS,
    WIDER,
    choose_state,
    join_dates,
    judge_engagement,
    list_other_dates,
    read_dates,
    read_states,
    say_dates,
    say_range,
    say_status,
)
from fixtures.engagement_scene import DAY, words
from fixtures.report_scene import ReportScene


def status_on(asking, event, day):
    """Return the status of an event as of a day, None where it is not known then."""
    iri = expand(event)
    state = choose_state(read_states(asking, [iri]).get(iri, ()), day)
    return state and say_status(state, day)


def dates_on(asking, event, day=LATEST_DAY):
    """Return the dates of an event as of a day."""
    return read_dates(asking, [expand(event)], day).get(expand(event), ())


@pytest.fixture
def scene():
    return ReportScene()


@pytest.fixture
def ask(scene, tmp_path):
    """Return a function that opens the scene once it is complete."""
    return lambda: QueryRunner(LocalEngine(scene.open(tmp_path / "scene")))


# ---- dates --------------------------------------------------------------------------------


def test_a_date_has_words_bounds_and_a_role(asking):
    (only,) = dates_on(asking, "event:morn-visit-corvia")
    assert (only.edtf, only.words, only.standing) == ("2026", "2026", BEST)
    assert only.earliest == datetime(2026, 1, 1, tzinfo=UTC)
    assert only.latest == datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert not only.approximate


def test_best_dates_come_before_less_exact_and_earlier_ones(asking):
    dates = dates_on(asking, "event:morn-visit")
    order = [each.standing for each in dates]
    assert order == sorted(order, key=(BEST, WIDER, MOVED, CORRECTED).index)
    assert set(order) >= {BEST, MOVED}
    assert {each.edtf for each in dates if each.approximate} == {"2031-05-02~/2031-05-03~"}


def test_or_stands_between_dates_that_exclude_each_other(asking):
    assert say_range(dates_on(asking, "event:evening-of-song")) == "January 2031 or 1 March 2031"


def test_a_corrected_date_comes_last_and_is_no_best_date(asking):
    dates = dates_on(asking, "event:ostrel-officials")
    assert [each.standing for each in dates] == [BEST, CORRECTED]
    assert say_range(dates) == "5 March 2031"


def test_what_a_report_only_denies_is_no_date(asking):
    assert dates_on(asking, "event:kest-visit-corvia") == ()


def test_dates_of_no_facts_cost_no_query(asking):
    assert read_dates(asking, []) == {}
    assert asking.texts == []


def test_a_part_without_a_date_has_that_of_the_larger_event_and_says_so(asking):
    dates = dates_on(asking, "event:xaa-xbe-summit-7")
    assert {each.within.curie for each in dates} == {"event:morn-visit"}
    said = "around 2 to 3 May 2031, during state visit of Celia Morn to Ardenia"
    assert say_range(dates, hedged=False) == said


def test_a_date_says_once_how_sure_the_reports_are(real_store):
    dates = dates_on(QueryRunner(LocalEngine(real_store)), "event:putin-india-visit-2025-12")
    assert say_range(dates) == "likely around 5 to 6 December 2025"
    assert not dates[0].is_certain


def test_a_less_exact_date_follows_in_the_words_of_its_report(real_store):
    dates = dates_on(QueryRunner(LocalEngine(real_store)), "event:putin-india-visit-2025-12")
    assert list_other_dates(dates) == (("earlier", "early December"),)
    assert say_dates(dates) == "likely around 5 to 6 December 2025; earlier: early December"


def test_a_visit_without_a_date_has_that_of_the_event_it_is_made_for(real_store):
    asking = QueryRunner(LocalEngine(real_store))
    (only,) = dates_on(asking, "event:jaishankar-moscow-visit-2025-11")
    assert only.aimed
    assert not only.is_certain
    assert say_range([only]) == (
        "around 18 November 2025, for SCO heads of government meeting in November 2025"
    )


@pytest.mark.parametrize(
    ("modality", "evidentiality", "hedge", "words"),
    [
        ("asserted", "news-narration", "", "9 May 2019"),
        ("asserted", "news-narration", "on the 9th", "9 May 2019"),
        ("likely", "news-narration", "will likely be", "likely 9 May 2019"),
        ("likely", "news-narration", "all being well", "likely 9 May 2019 (“all being well”)"),
        ("expected", "news-narration", "is expected on", "expected 9 May 2019"),
        ("possible", "hearsay", "may", "reportedly possibly 9 May 2019"),
        ("asserted", "hearsay", "reportedly", "reportedly 9 May 2019"),
        ("implied", "inferred", "since", "9 May 2019"),
    ],
)
def test_a_hedge_is_worked_into_the_date(scene, ask, modality, evidentiality, hedge, words):
    visit = scene.event("visit", "Visit")
    estimate = scene.date(visit, "2019-05-09")
    report = scene.report("wire", "2019-05-01")
    scene.attest(report, visit)
    scene.attest(report, estimate, modality=modality, evidentiality=evidentiality, hedge=hedge)
    assert say_range(dates_on(ask(), visit)) == words


def test_a_date_that_one_report_states_plainly_has_no_hedge(scene, ask):
    visit = scene.event("visit", "Visit")
    estimate = scene.date(visit, "2019-05-09")
    scene.attest(scene.report("first", "2019-05-01"), visit)
    scene.attest(scene.report("one", "2019-05-02"), estimate, modality="likely", hedge="likely")
    scene.attest(scene.report("two", "2019-05-03"), estimate)
    asking = ask()
    assert say_range(dates_on(asking, visit, date(2019, 5, 2))) == "likely 9 May 2019"
    assert say_range(dates_on(asking, visit, date(2019, 5, 3))) == "9 May 2019"


def test_a_start_and_an_end_are_one_span(scene, ask):
    visit = scene.event("visit", "Visit")
    report = scene.report("wire", "2019-05-20")
    scene.attest(report, visit, scene.date(visit, "2019-05-09", "start"))
    scene.attest(report, scene.date(visit, "2019-05-13", "end"))
    asking = ask()
    dates = dates_on(asking, visit)
    assert say_range(dates) == "9 to 13 May 2019"
    (span,) = join_dates(dates)
    days = span.earliest.date(), span.latest.date()
    assert days == (date(2019, 5, 9), date(2019, 5, 13))
    assert say_range([each for each in dates if each.role == "start"]) == "from 9 May 2019"


def list_earlier(dates):
    return tuple(estimate for estimate in dates if estimate.standing in (MOVED, CORRECTED))


def test_a_moved_date_is_the_earlier_one_from_the_day_of_the_move(scene, ask):
    visit = scene.event("visit", "Visit")
    old, new = scene.date(visit, "2019-05-09"), scene.date(visit, "2019-06-02")
    scene.attest(scene.report("first", "2019-05-01", "2019-05-01"), visit, old)
    move = scene.status(visit, "rescheduled")
    scene.add(move, "dg:movedFrom", old)
    scene.add(move, "dg:movedTo", new)
    scene.attest(scene.report("later", "2019-05-05", "2019-05-05"), move, new)
    asking = ask()
    before, after = (dates_on(asking, visit, date(2019, 5, day)) for day in (4, 5))
    assert (say_range(before), list_earlier(before)) == ("9 May 2019", ())
    assert say_range(after) == "2 June 2019"
    assert [each.words for each in list_earlier(after)] == ["9 May 2019"]
    assert say_dates(after) == "2 June 2019; moved from 9 May 2019"


# ---- status -------------------------------------------------------------------------------


def test_a_day_that_has_passed_makes_overdue_and_never_held(asking):
    before = status_on(asking, "event:varn-visit-corvia", date(2031, 6, 30))
    after = status_on(asking, "event:varn-visit-corvia", date(2031, 7, 1))
    assert (before.word, after.word) == ("planned", "overdue")
    assert after.label == "overdue"
    assert after.sentence == "Its date has passed and no report says what happened."
    assert [each.label for each in after.values] == ["planned"]


def test_reports_of_one_day_that_cannot_both_be_right_disagree(scene, ask):
    talks = scene.event("talks", "Meeting")
    for name, status in (("one", "held"), ("other", "cancelled")):
        record = scene.status(talks, status)
        scene.attest(scene.report(name, "2019-05-20", "2019-05-18"), talks, record)
    status = status_on(ask(), talks, date(2019, 6, 1))
    assert (status.word, status.label) == ("contested", "disagreement")
    assert {each.curie for each in status.values} == {"status:held", "status:cancelled"}


def test_an_undated_plan_is_not_heard_of_since_its_newest_report(asking):
    assert status_on(asking, "event:ferry-talks", date(2032, 3, 18)).word == "mooted"
    status = status_on(asking, "event:ferry-talks", date(2032, 3, 19))
    assert (status.word, status.label) == ("unheard", "not heard of since March 2031")


def test_under_way_says_by_which_report_it_was_so(scene, ask):
    talks = scene.event("talks", "Meeting")
    report = scene.report("wire", "2019-05-20", "2019-05-18")
    scene.attest(report, talks, scene.status(talks, "underway"))
    status = status_on(ask(), talks, date(2019, 6, 1))
    assert (status.label, status.as_of) == ("underway when reported, May 2019", "2019-05-18")


def test_what_an_undated_report_calls_underway_was_so_in_the_month_of_its_date(real_store):
    asking = QueryRunner(LocalEngine(real_store))
    stay = expand("event:jaishankar-moscow-visit-2025-11")
    (state,) = read_states(asking, [stay])[stay]
    status = say_status(state, date(2026, 11, 30), dates_on(asking, stay))
    assert (status.label, status.as_of) == ("underway when reported, November 2025", "")
    judged = {entry.iri: entry for entry in read_engagement_index(asking)}
    judged = judge_engagement(judged[stay], date(2026, 11, 30))
    assert (judged.status, judged.around) == (status, True)
    assert judged.earliest == datetime(2025, 11, 18, tzinfo=UTC)


def test_a_part_is_called_off_with_the_whole(scene, ask):
    visit = scene.event("visit", "Visit")
    talks = scene.event("talks", "Meeting", part_of=visit)
    planned = scene.status(visit, "scheduled"), scene.status(talks, "scheduled")
    scene.attest(scene.report("first", "2019-05-01", "2019-05-01"), visit, talks, *planned)
    cancelled = scene.status(visit, "cancelled")
    scene.attest(scene.report("later", "2019-05-05", "2019-05-05"), cancelled)
    asking = ask()
    assert status_on(asking, talks, date(2019, 5, 4)).label == "scheduled"
    status = status_on(asking, talks, date(2019, 5, 5))
    assert (status.word, status.label) == ("cancelled", "called off with visit")


def test_an_event_is_not_known_before_the_first_report_of_it(scene, ask):
    talks = scene.event("talks", "Meeting")
    scene.attest(scene.report("wire", "2019-05-20", "2019-05-18"), talks)
    asking = ask()
    assert status_on(asking, talks, date(2019, 5, 19)) is None
    assert status_on(asking, talks, date(2019, 5, 20)).word == "unstated"
    (entry,) = read_engagement_index(asking)
    assert judge_engagement(entry, date(2019, 5, 19)) is None
    assert judge_engagement(entry, date(2019, 5, 20)).word == "unstated"


def test_what_is_known_by_a_denial_alone_is_in_no_list(scene, ask):
    talks = scene.event("talks", "Meeting")
    report = scene.report("wire", "2019-05-20")
    scene.attest(report, talks, modality="denied", denies=True)
    (entry,) = read_engagement_index(ask())
    assert judge_engagement(entry, date(2020, 1, 1)) is None


def test_an_event_that_no_rule_gives_a_state_stands_the_same_on_all_days(small_store):
    asking = QueryRunner(LocalEngine(small_store))
    assert status_on(asking, "event:nobody-has-heard-of-it", DAY).word == "unstated"


def test_what_ends_on_the_day_itself_is_not_overdue(asking):
    assert status_on(asking, "event:belport-talks", date(2031, 3, 10)).word == "scheduled"
    assert status_on(asking, "event:belport-talks", date(2031, 3, 11)).word == "overdue"


def test_a_page_and_the_lists_agree_on_the_word(asking):
    entries = words(asking)
    assert {iri: status_on(asking, iri, DAY).word for iri in entries} == entries
    assert set(entries.values()) <= set(STATUS_LABELS)

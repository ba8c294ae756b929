"""What each report changed is said by thing, in the order of the reports, as of a day."""

from datetime import date

import pytest

from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.store.engine import LocalEngine
from diplograph.store.store import Store
from diplograph.views.changes import (
    CHANGE_KINDS,
    choose_changes,
    read_change_log,
    replay_reports,
)
from diplograph.views.query import QueryRunner

DAY = date(2031, 7, 1)


@pytest.fixture(scope="module")
def runner(world_store):
    return QueryRunner(LocalEngine(world_store))


@pytest.fixture(scope="module")
def log(runner):
    return read_change_log(runner)


@pytest.fixture(scope="module")
def reports(runner, log):
    return read_changes(runner, DAY, log=log)


def read_changes(runner, day, since=None, things=(), log=None):
    log = log or read_change_log(runner)
    return choose_changes(runner, log, replay_reports(log, day), since, things)


def texts(reports, slug, kind):
    report = next(r for r in reports if r.report.iri.endswith(f"/{slug}"))
    return [change.text for change in report.changes if change.kind == kind]


def test_the_report_published_last_comes_first(reports, log):
    assert reports[0].report.iri.endswith("/elbrand-bulletin")
    assert [r.report for r in reports] == [r.report for r in reversed(log.reports)]
    assert reports[0].days == "published 9 June 2031, received 10 June 2031"
    assert reports[-1].days == "not dated, received 26 February 2031"


def test_a_status_changes_from_what_the_report_before_gave(reports):
    held = texts(reports, "northern-monitor", "held")
    assert "talks of Isvar and the Reed Front in Galdin: underway when reported → held" in held
    off = texts(reports, "northern-monitor", "called off")
    assert off == ["visit of Bruno Kest to Elbrand: postponed → called off"]


def test_a_date_is_made_more_precise_changed_or_contradicted(reports):
    assert texts(reports, "northern-monitor", "more precise") == [
        "conference on lighthouses: 21 to 30 June 2031 → 24 to 25 June 2031"
    ]
    changed = texts(reports, "tidewater-tribune", "changed")
    assert "visit of Pavo Lind to Belmora: 12 April 2031 → 26 April 2031" in changed
    disputed = texts(reports, "corvia-courier", "contradicted")
    assert (
        "joint evening of song: January 2031, but 1 March 2031 according to Lantern Gazette diary"
        in disputed
    )


def test_a_new_thing_is_said_with_its_status_its_date_and_how_sure_they_are(reports):
    added = texts(reports, "dorian-herald", "added")
    assert "fourth summit of the Lantern League: scheduled, May 2031 (1 place, 1 other detail)" in (
        added
    )
    held = texts(reports, "harbour-wire", "held")
    assert "visit of Celia Morn to Ardenia in 2027: held, implied" in held


def test_what_is_denied_names_the_report_that_says_it(reports):
    assert texts(reports, "tidewater-tribune", "denied") == [
        "state visit of Ilva Roth as preparation for the fourth summit of the Lantern"
        " League, as reported by Dorian Herald on the spring's visits"
    ]


def test_a_denied_event_is_named_once_and_not_by_its_parts(reports):
    denied = texts(reports, "belmora-release", "denied")
    assert [text for text in denied if "Bruno Kest" in text] == ["visit of Bruno Kest to Corvia"]


def test_what_a_report_repeats_is_confirmed(reports):
    confirmed = texts(reports, "northern-monitor", "confirmed")
    assert "visit of Pavo Lind to Belmora: 26 April 2031, as reported before" in confirmed


def test_what_happened_comes_before_what_is_planned(reports):
    for report in reports:
        ranks = [CHANGE_KINDS.index(change.kind) for change in report.changes]
        assert ranks == sorted(ranks)
        assert sum(number for _, number in report.counts) == len(report.changes)


def test_a_report_counts_from_the_day_on_which_it_was_received(runner, log):
    before = read_changes(runner, date(2031, 6, 9), log=log)
    after = read_changes(runner, date(2031, 6, 10), log=log)
    assert len(after) == len(before) + 1
    assert read_changes(runner, date(1990, 1, 1), log=log) == ()


def test_only_reports_since_a_day_are_listed_but_compared_with_all(runner, log):
    found = read_changes(runner, DAY, date(2031, 6, 4), log=log)
    assert [r.report.iri.rpartition("/")[2] for r in found] == [
        "elbrand-bulletin",
        "northern-monitor",
    ]
    assert "visit of Bruno Kest to Elbrand: postponed → called off" in texts(
        found, "northern-monitor", "called off"
    )


def test_the_changes_of_a_pair_involve_both(runner, log, reports):
    pair = [PREFIXES["state"] + "XAA", PREFIXES["state"] + "XBE"]
    of_one = read_changes(runner, DAY, things=pair[:1], log=log)
    of_both = read_changes(runner, DAY, things=pair, log=log)
    count = [sum(len(r.changes) for r in found) for found in (reports, of_one, of_both)]
    assert count[0] > count[1] > count[2] > 0
    named = {change.thing.label for r in of_both for change in r.changes}
    assert "ministers' talks in Belport" in named
    assert "visit of Bruno Kest to Elbrand" not in named


def test_the_changes_of_a_person_are_those_of_his_engagements(runner, log):
    kest = [PREFIXES["person"] + "bruno-kest"]
    named = {
        c.thing.label for r in read_changes(runner, DAY, things=kest, log=log) for c in r.changes
    }
    assert "talks of Pavo Lind and Bruno Kest in Belport" in named
    assert "conference on lighthouses" not in named


def test_a_sentence_has_things_that_a_page_can_link(reports):
    change = next(c for r in reports for c in r.changes if c.kind == "contradicted")
    assert [part for part in change.parts if isinstance(part, Thing)]
    assert change.facts


def test_a_graph_without_reports_has_no_changes():
    assert read_changes(QueryRunner(LocalEngine(Store(list, "0"))), DAY) == ()

"""The start page tells what is here, what comes, what is overdue, what is new and what to ask."""

from datetime import date

import pytest

from diplograph.build.questions import read_questions
from diplograph.core.names import PREFIXES
from diplograph.store.engine import LocalEngine
from diplograph.store.store import Store
from diplograph.views.engagements import read_outlook
from diplograph.views.query import QueryRunner
from diplograph.views.report import read_latest
from diplograph.views.search import read_search_index
from diplograph.views.statistics import read_graph_counts
from diplograph.web.app import create_app
from fixtures.recording_engine import RecordingEngine
from fixtures.site_pages import open_page

DAY = date(2031, 3, 11)


@pytest.fixture(scope="module")
def asking(world_store):
    return QueryRunner(LocalEngine(world_store))


@pytest.fixture(scope="module")
def client(world, world_store):
    return create_app(world_store, read_questions(world), findings=4).test_client()


def test_things_are_counted_by_their_kind_each_once(asking):
    counts = read_graph_counts(asking, {})
    found = {each.class_name: each.count for each in counts.things}
    for name, count in found.items():
        if name != "Event":
            text = f"SELECT DISTINCT ?x {{ ?x a <{PREFIXES['dg']}{name}> }} ORDER BY ?x"
            assert len(asking.rows(text)) == count
    assert counts.statements > sum(found.values())


def test_what_no_report_speaks_of_is_not_counted(asking):
    state, office = PREFIXES["dg"] + "State", PREFIXES["dg"] + "Office"
    unspoken = {"urn:one": frozenset((state,)), "urn:other": frozenset((state, office))}
    counts = [read_graph_counts(asking, left_out).things for left_out in ({}, unspoken)]
    before, after = ({count.class_name: count.count for count in found} for found in counts)
    changed = {name: before[name] - after[name] for name in before if before[name] != after[name]}
    assert changed == {"State": 2, "Office": 1}


def test_a_count_leads_to_what_is_counted(client):
    page = open_page(client, f"/?asof={DAY}")
    links = [link["href"] for link in page.all("a")]
    assert f"/search?kind=state&asof={DAY}" in links
    assert f"/engagements?asof={DAY}" in links
    states = open_page(client, "/search?kind=state")
    assert "1 to " not in states.text
    assert [link for link in states.all("a") if link["href"].startswith("/page/state/")]


def test_coming_and_overdue_are_those_of_the_day(client, asking):
    outlook = read_outlook(asking, DAY, limit=6)
    text = open_page(client, f"/?asof={DAY}").text
    assert f"Coming {outlook.coming.total}" in text
    assert f"Needs an outcome {outlook.overdue.total}" in text
    for each in (*outlook.coming.engagements, *outlook.overdue.engagements):
        assert each.thing.label in text
    assert "Needs an outcome 0" in open_page(client, "/?asof=1990-01-01").text


def test_a_day_that_is_none_is_a_bad_request(client):
    assert client.get("/?asof=soon").status_code == 400


def test_the_latest_report_is_the_one_published_last(asking):
    latest = read_latest(asking, read_search_index(asking))
    assert latest.report.thing.curie == "report:elbrand-bulletin"
    assert latest.report.days == "published 9 June 2031, received 10 June 2031"
    assert not latest.only
    assert [report.thing.curie for report in latest.before] == [
        "report:northern-monitor",
        "report:lantern-communique",
        "report:ardenia-digest",
        "report:tidewater-tribune",
        "report:dorian-herald",
    ]
    assert 0 < latest.alone < latest.facts
    assert sum(count for _, count in latest.kinds) == latest.alone


def test_what_the_latest_report_changes_is_said_of_one_thing(asking):
    latest = read_latest(asking, read_search_index(asking))
    (change,) = latest.differences.changes
    assert change.matter.label == "speech of Bruno Kest at the pilots' school"
    assert change.relation == "comes after"
    assert latest.differences.changed == ()


def test_the_page_says_what_latest_means(client):
    text = open_page(client, f"/?asof={DAY}").text
    assert "By the day of publication, then by that of reception" in text


def test_the_only_report_is_not_called_the_latest(real_store):
    asking = QueryRunner(LocalEngine(real_store))
    latest = read_latest(asking, read_search_index(asking))
    assert latest.only
    assert latest.alone == latest.facts
    assert (
        "The only report" in open_page(create_app(real_store).test_client(), f"/?asof={DAY}").text
    )


def test_a_graph_without_facts_has_no_latest_report():
    page = open_page(create_app(Store(list, "0")).test_client(), f"/?asof={DAY}")
    assert "report, and what it" not in page.text
    assert "No question has been written down yet" in page.text


def test_questions_to_try_have_rows_of_their_answers(client):
    page = open_page(client, f"/?asof={DAY}")
    assert "Which concerns are open: raised, requested, with no recorded answer?" in page.text
    assert "/questions" in [link["href"] for link in page.all("a")]


def test_machines_are_told_where_to_ask(client):
    links = [link["href"] for link in open_page(client, f"/?asof={DAY}").all("a")]
    for address in ("/sparql", "/download/", "/ontology"):
        assert address in links


def test_the_page_costs_few_queries_and_none_the_second_time(world, world_store):
    engine = RecordingEngine(world_store)
    client = create_app(engine, read_questions(world)).test_client()
    open_page(client, f"/?asof={DAY}")
    assert len(engine.clients) <= 16  # what is read once a build among them
    asked = len(engine.clients)
    open_page(client, f"/?asof={DAY}")
    assert len(engine.clients) == asked


def test_a_copied_site_has_no_search(world_store):
    page = open_page(create_app(world_store, still=True).test_client(), f"/?asof={DAY}")
    assert page.all("form") == []
    assert not [link for link in page.all("a") if "/search" in link["href"]]

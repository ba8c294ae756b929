"""The start page tells what is here, what comes, what is overdue, what is new and what to ask."""

import re
from datetime import date

import pytest

from diplograph.build.questions import read_questions
from diplograph.core.names import PREFIXES
from diplograph.core.things import Thing
from diplograph.store.engine import LocalEngine
from diplograph.store.store import Store
from diplograph.views.changes import ReportChanges
from diplograph.views.engagements import read_outlook
from diplograph.views.query import QueryRunner
from diplograph.views.statistics import Count, GraphCounts, read_graph_counts
from diplograph.web.app import create_app
from diplograph.web.pages.start import list_numbers, say_age
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


def test_statements_are_those_that_sparql_counts(client, asking):
    (address,) = {
        link["href"]
        for link in open_page(client, "/").all("a")
        if link["href"].startswith("/sparql?query=")
    }
    rows = client.get(address, headers={"Accept": "application/sparql-results+json"}).json
    (row,) = rows["results"]["bindings"]
    number = int(row["statements"]["value"])
    assert read_graph_counts(asking, {}).statements == number
    assert f"{number:,} statements" in open_page(client, "/").text


def test_the_first_screen_is_a_brief_of_the_day(client, asking):
    outlook = read_outlook(asking, DAY, limit=3)
    text = open_page(client, f"/?asof={DAY}").text
    assert f"Next {outlook.coming.total}" in text
    assert f"Overdue {outlook.overdue.total}" in text
    for engagement in (*outlook.coming.engagements, *outlook.overdue.engagements):
        assert engagement.thing.label in text
    for heading in ("Changed by the latest report", "Disputed or doubtful", "Newest reports"):
        assert heading in text
    assert (
        "No overdue engagements on 1 January 1990." in open_page(client, "/?asof=1990-01-01").text
    )


def test_counts_agree_with_the_lists_that_they_lead_to(client):
    front, listed = (open_page(client, f"{path}?asof={DAY}").text for path in ("/", "/open"))
    counted = re.search(
        r"([0-9]+) ahead ([0-9]+) overdue .*?([0-9]+) disputed, ([0-9]+) hearsay", front
    )
    _, overdue, disputed, hearsay = map(int, counted.groups())
    for title, number in (
        ("Overdue", overdue),
        ("Disagreements", disputed),
        ("Based only on hearsay", hearsay),
    ):
        assert f"{title} {number}" in listed or (number == 0 and title.lower() in listed.lower())


def test_a_day_that_is_none_is_a_bad_request(client):
    assert client.get("/?asof=soon").status_code == 400


def test_the_age_of_the_data_is_said(client, world_store, real_store):
    assert "The newest report is dated 9 June 2031; 10 reports." in (
        open_page(client, "/?asof=2031-06-12").text
    )
    assert "No report was known on that day." in open_page(client, "/?asof=1990-01-01").text


def test_without_a_dated_report_the_day_of_reception_is_said():
    reports = [
        ReportChanges(
            Thing(f"urn:{number}", "a report"), "", f"2031-02-0{number}", f"2031-02-0{number}"
        )
        for number in (1, 2)
    ]
    assert say_age(tuple(reports)) == (
        "No report is dated; the newest of 2 reports was received on 2 February 2031."
    )
    assert say_age(tuple(reports[:1])) == (
        "The only report is not dated; we received it on 1 February 2031."
    )


def test_a_report_without_a_passage_is_counted_apart(client):
    with create_app(Store(list, "0")).test_request_context("/"):
        counts = GraphCounts((Count("Report", "", "report", "reports", 3),), 5)
        numbers = list_numbers(counts, 2, still=True)
    assert numbers[0].words == "2 reports and 1 more known only from a credit line"


def test_the_newest_report_known_on_the_day_is_the_latest(client):
    text = open_page(client, "/?asof=2031-03-20").text
    latest = text.partition("Changed by the latest report")[2]
    assert latest.strip().startswith("Corvia Courier on the neighbours")
    assert "joint evening of song : planned → not held" in latest


def test_there_is_one_search_box(client):
    forms = open_page(client, "/").all("form")
    assert [form.get("role") for form in forms].count("search") == 1


def test_a_graph_without_facts_has_no_latest_report():
    page = open_page(create_app(Store(list, "0")).test_client(), f"/?asof={DAY}")
    assert "No report was known on" in page.text
    assert "No question has been written down yet" in page.text


def test_questions_to_try_are_links(client):
    page = open_page(client, f"/?asof={DAY}")
    assert "Which concerns were raised and not yet answered?" in page.text
    assert "/questions/open-concerns" in [link["href"] for link in page.all("a")]
    assert page.all("table") == []


def test_pairs_lead_to_their_page_and_their_brief(client):
    links = [link["href"] for link in open_page(client, "/").all("a")]
    assert "/pair/XAA/XBE" in links
    assert "/brief/pair/XAA/XBE" in links


def test_the_brief_of_the_week_is_one_click_away(client):
    links = [link["href"] for link in open_page(client, f"/?asof={DAY}").all("a")]
    assert f"/brief/week?asof={DAY}" in links


def test_machines_are_told_where_to_ask(client):
    links = [link["href"] for link in open_page(client, f"/?asof={DAY}").all("a")]
    for address in ("/sparql", f"/download/?asof={DAY}", "/ontology"):
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

"""What is open is told: overdue outcomes, contradictions, hearsay, names nearly equal."""

import csv
import io
from datetime import date

import openpyxl
import pyoxigraph as ox
import pytest

from diplograph.core.names import DERIVED_GRAPH, PREFIXES, expand
from diplograph.store.engine import LocalEngine
from diplograph.store.store import Store
from diplograph.views.engagements import read_outlook
from diplograph.views.open_issues import read_open_issues
from diplograph.views.query import QueryRunner
from diplograph.views.search import SearchIndex, find_near_duplicates, read_search_index
from diplograph.web.app import create_app
from diplograph.web.pages.open_issues import OPEN_ISSUE_TITLES
from fixtures.label_index import index_of
from fixtures.recording_engine import RecordingEngine
from fixtures.site_pages import open_page

DAY = date(2031, 7, 1)


@pytest.fixture(scope="module")
def index(world_store):
    return read_search_index(QueryRunner(LocalEngine(world_store)))


@pytest.fixture(scope="module")
def missing(world_store, index):
    return read_open_issues(QueryRunner(LocalEngine(world_store)), index)


@pytest.fixture(scope="module")
def client(world_store):
    return create_app(world_store, findings=4).test_client()


def answer_of(world, world_store, name):
    """Return the solutions of the question called `name`, which asks for the same."""
    text = (world.queries / f"{name}.rq").read_text(encoding="utf-8")
    return QueryRunner(LocalEngine(world_store)).rows(text)


def test_contradictions_are_those_that_the_rules_find_each_pair_once(missing, world_store):
    text = f"""PREFIX dg: <{PREFIXES["dg"]}> SELECT DISTINCT ?one ?other {{
        {{ ?one dg:contradicts ?other }}
        UNION {{ ?one dg:supportedBy ?said ; dg:opposedBy ?denied . BIND (?one AS ?other) }}
        }} ORDER BY ?one ?other"""
    rows = QueryRunner(LocalEngine(world_store)).rows(text)
    pairs = [(found.one.iri, found.other.iri) for found in missing.contradictions]
    assert {frozenset(pair) for pair in pairs} == {
        frozenset((row["one"], row["other"])) for row in rows
    }
    assert len({frozenset(pair) for pair in pairs}) == len(pairs)


def test_a_contradiction_has_the_readings_of_both_sides(missing):
    for found in missing.contradictions:
        assert not any(reading.denies for reading in found.one_sources)
        assert all(r.denies for r in found.other_sources) == (found.one == found.other)
        assert found.one_sources
        assert found.other_sources


def test_each_kind_of_contradiction_says_what_it_is_about(missing):
    assert {found.matter for found in missing.contradictions} == {
        "date",
        "head of delegation",
        "outcome",
        "place",
        "quantity",
        "stage of an agreement",
        "whether it is so",
        "who holds the office",
    }


def test_doubts_are_those_the_question_finds(missing, world, world_store):
    rows = answer_of(world, world_store, "hearsay-or-judgement-only")
    assert {each.fact.iri for each in missing.doubts} == {row["fact"] for row in rows}
    assert {each.grounds for each in missing.doubts} <= {
        "hearsay",
        "the reporter's own judgement",
        "hearsay and the reporter's own judgement",
    }


def test_agreements_in_preparation_are_those_the_question_finds(missing, world, world_store):
    rows = answer_of(world, world_store, "agreements-in-preparation")
    found = {each.agreement.iri: each for each in missing.preparations}
    assert set(found) == {row["agreement"] for row in rows}
    for row in rows:
        if "party" in row:
            assert row["party"] in {party.iri for party in found[row["agreement"]].parties}


def test_open_concerns_are_those_the_question_finds(missing, world, world_store):
    rows = answer_of(world, world_store, "open-concerns")
    assert {each.concern.iri for each in missing.concerns} == {row["concern"] for row in rows}
    assert rows


def test_what_is_open_takes_five_queries(world_store, index):
    asking = QueryRunner(LocalEngine(world_store))
    read_open_issues(asking, index)
    assert len(asking.texts) == 5


@pytest.mark.parametrize(
    ("one", "other", "difference"),
    [
        ("Sergey Lavrov", "Sergey Lavrow", "one letter: lavrov and lavrow"),
        ("Subrahmanyam Jaishankar", "Subramanyem Jaishankar", "two letters"),
        ("S. Lavrov", "Sergey Lavrov", "an initial: s and sergey"),
        ("Lavrov, Sergey", "Sergey Lavrov", "the order of the words"),
        ("José Peña", "Jose Pena", "case, accents or punctuation"),
        ("Sergey Lavrov", "Sergey Lavrov", "nothing: one name for two things"),
    ],
)
def test_names_nearly_equal_are_told_with_what_tells_them_apart(one, other, difference):
    (near,) = find_near_duplicates(index_of(one, other))
    assert {near.one.label, near.other.label} == {one, other}
    assert near.difference.startswith(difference)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Sergey Lavrov", "Sergei Ivanov"),
        ("Meeting 11", "Meeting 12"),
        ("Office 12345", "Office 12346"),
        ("Ana", "Ann"),
    ],
)
def test_other_names_and_other_numbers_are_no_slips(one, other):
    assert find_near_duplicates(index_of(one, other)) == ()


def test_words_that_tell_states_apart_are_no_slips():
    rows = [
        {"thing": f"{PREFIXES['state']}A", "field": "label", "text": "Corvania"},
        {"thing": f"{PREFIXES['state']}B", "field": "label", "text": "Corvonia"},
        {"thing": f"{PREFIXES['office']}a", "field": "label", "text": "Minister of Corvania"},
        {"thing": f"{PREFIXES['office']}b", "field": "label", "text": "Minister of Corvonia"},
    ]
    assert find_near_duplicates(SearchIndex(rows)) == ()


def test_things_of_two_kinds_may_have_one_name():
    rows = [
        {"thing": f"{PREFIXES[kind]}a", "field": "label", "text": "Corvo"}
        for kind in ("city", "state")
    ]
    assert find_near_duplicates(SearchIndex(rows)) == ()


def test_engagements_entered_twice_are_those_that_a_rule_finds(index):
    seems = ox.NamedNode(expand("dg:seemsSameAs"))
    events = [ox.NamedNode(expand(f"event:{name}")) for name in ("b", "a")]
    graph = ox.NamedNode(DERIVED_GRAPH)
    quads = [ox.Quad(one, seems, other, graph) for one, other in (events, events[::-1])]
    store = Store(lambda: quads, "")
    [pair] = read_open_issues(QueryRunner(LocalEngine(store)), index).repeated
    assert (pair.one.iri, pair.other.iri, pair.kind) == (
        *sorted(event.value for event in events),
        "event",
    )


def test_the_overview_has_every_part_with_its_count(client, missing):
    page = open_page(client, f"/open?asof={DAY}")
    for title in OPEN_ISSUE_TITLES.values():
        assert title in page.text or title[1:] in page.text
    hearsay = sum(not doubt.is_judgement for doubt in missing.doubts)
    assert f"{OPEN_ISSUE_TITLES['hearsay']} {hearsay}" in page.text


def test_what_is_overdue_follows_the_day(client, world_store):
    found = read_outlook(QueryRunner(LocalEngine(world_store)), DAY, limit=1).overdue
    assert (
        f"{OPEN_ISSUE_TITLES['overdue']} {found.total}"
        in open_page(client, f"/open?asof={DAY}").text
    )
    assert "None: overdue; disagreements;" in open_page(client, "/open?asof=1990-01-01").text
    assert found.total > 0


def test_each_part_has_a_page_of_all(client, missing):
    pages = [
        open_page(client, f"/open/{name}?asof={DAY}").text for name in ("hearsay", "judgement")
    ]
    for doubt in missing.doubts[:50]:
        assert doubt.fact.label in pages[doubt.is_judgement]
    for name in OPEN_ISSUE_TITLES:
        assert OPEN_ISSUE_TITLES[name] in open_page(client, f"/open/{name}?asof={DAY}").text


def test_a_fact_on_hearsay_leads_to_why_it_is_here_and_to_its_passages(client):
    links = [link["href"] for link in open_page(client, f"/open/hearsay?asof={DAY}").all("a")]
    assert [link for link in links if link.startswith("/fact/")]
    assert [link for link in links if link.startswith("/page/passage/")]


def test_the_day_asked_for_is_given_on(client):
    links = [a["href"] for a in open_page(client, "/open/overdue?asof=2031-01-01").all("a")]
    assert "/open?asof=2031-01-01" in links


def test_an_unknown_part_and_a_wrong_day_are_told(client):
    assert "names" in open_page(client, "/open/nothing", 404).text
    assert "is not a day" in open_page(client, "/open?asof=soon", 400).text


def test_a_page_past_the_end_leads_back(client):
    assert "The list ends before page 99" in open_page(client, "/open/hearsay?page=99").text


def test_the_overview_costs_few_queries(world_store):
    engine = RecordingEngine(world_store)
    client = create_app(engine).test_client()
    open_page(client, f"/open?asof={DAY}")
    assert len(engine.clients) <= 18  # what is read once a build among them
    asked = len(engine.clients)
    open_page(client, f"/open?asof={DAY}")
    assert len(engine.clients) == asked


def test_a_small_graph_has_nothing_open_and_says_so(small_store):
    page = open_page(create_app(small_store).test_client(), "/open")
    assert "0 in all" in page.text or "Gaps in data" in page.text
    assert "diplograph check" not in page.text


def test_what_labels_say_cannot_become_markup(small_store):
    html = create_app(small_store).test_client().get("/open/names").text
    assert "<b>" not in html


def test_each_list_is_a_table_with_the_passage_of_each_reading(client, missing):
    text = client.get(f"/open/hearsay.csv?asof={DAY}").get_data().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    weak = [fact for fact in missing.doubts if not fact.is_judgement]
    assert len(rows) == sum(max(1, len(fact.sources)) for fact in weak)
    for row in rows:
        assert row["Report"]
        assert row["Paragraph"].isdecimal()
        assert row["Details"] == "based on hearsay"
    hedges = {hedge for fact in weak for hedge in fact.hedges}
    assert hedges == {hedge for row in rows for hedge in row["Report's own words"].split("; ")} - {
        ""
    }


def test_all_lists_are_sheets_of_a_workbook(client):
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/open.xlsx?asof={DAY}").data))
    assert len(book.worksheets) == len(OPEN_ISSUE_TITLES)
    assert client.get("/open/nothing.csv").status_code == 404

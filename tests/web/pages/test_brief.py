"""Briefs as pages and as files: few queries, one address, links that keep the day."""

import re

import pytest

from diplograph.core.settings import Settings
from diplograph.web.app import create_app
from fixtures.markup import find_mistakes
from fixtures.site_pages import get, section, text_of

QUERIES = 12
PATHS = (
    "/brief/pair/XAA/XBE",
    "/brief/state/XAA",
    "/brief/person/ada-varn",
    "/brief/week/2031-W18",
)


@pytest.fixture(scope="module")
def client(engine):
    return create_app(engine, settings=Settings(as_of="2031-06-01")).test_client()


@pytest.mark.parametrize("path", PATHS)
def test_a_brief_is_sound_and_costs_few_queries(path, engine, client):
    get(client, "/brief/pair/XAA/XCO")  # what all briefs need is read once
    engine.texts.clear()
    page = get(client, f"{path}?asof=2031-05-20")
    assert page.status_code == 200
    assert len(engine.texts) <= QUERIES
    assert find_mistakes(page.text) == []


def test_a_brief_is_read_once_for_its_page_and_its_files(engine, client):
    get(client, "/brief/pair/XAA/XBE")
    engine.texts.clear()
    for suffix in ("docx", "md"):
        assert get(client, f"/brief/pair/XAA/XBE.{suffix}").status_code == 200
    assert engine.texts == []


def test_a_brief_names_day_reports_and_what_is_open(client):
    page = get(client, "/brief/pair/XAA/XBE")
    assert "As of 1 June 2031 · 6 reports, the newest dated 12 May 2031" in text_of(page)
    assert "Ministers" in section(page, "overdue")
    assert "request to let the deckhands go" in section(page, "open").lower()
    assert "Harbour Wire, 10 Feb 2031" in section(page, "sources")


def test_links_of_a_brief_keep_the_day(client):
    page = get(client, "/brief/pair/XAA/XBE?asof=2031-05-01")
    links = re.findall(r'<a href="(/(?:page|pair|brief|report)[^"#]*)', page.text)
    assert links
    assert all("asof=2031-05-01" in link for link in links)


@pytest.mark.parametrize("suffix", ["", ".docx", ".md"])
def test_another_order_of_a_pair_leads_to_the_one_address(client, suffix):
    moved = get(client, f"/brief/pair/xbe/XAA{suffix}?asof=2031-05-01")
    assert moved.status_code == 308
    assert moved.headers["Location"] == f"/brief/pair/XAA/XBE{suffix}?asof=2031-05-01"


def test_the_week_of_today_is_found(client):
    moved = get(client, "/brief/week")
    assert (moved.status_code, moved.headers["Location"]) == (302, "/brief/week/2031-W22")


def test_a_week_leads_to_the_one_before_and_the_one_after(client):
    page = get(client, "/brief/week/2031-W18")
    assert "/brief/week/2031-W17" in page.text
    assert "/brief/week/2031-W19" in page.text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/brief/pair/XAA/XAA", 400, "A pair is of two parties, and XAA is one."),
        ("/brief/pair/XAA/XBF", 404, "Belmora"),
        ("/brief/state/XZZ", 404, "Nothing in this graph is called state:XZZ."),
        ("/brief/event/belport-talks", 404, "no person, state or other party"),
        ("/brief/week/2031-W60", 400, "write a year and a week as 2025-W47"),
    ],
)
def test_what_has_no_brief_is_answered_in_words(client, path, status, words):
    page = get(client, path)
    assert page.status_code == status
    assert words in page.text


def test_files_name_the_brief_and_lead_to_the_site(world_store):
    settings = Settings(as_of="2031-06-01", base_url="https://graph.example/x")
    client = create_app(world_store, settings=settings).test_client()
    answer = get(client, "/brief/person/ada-varn.md")
    named = 'attachment; filename="brief-person-ada-varn-2031-06-01.md"'
    assert answer.headers["Content-Disposition"] == named
    assert "<https://graph.example/x/page/event/belport-talks>" in answer.text
    assert "Diplograph: <https://graph.example/x/brief/person/ada-varn>" in answer.text


def test_pages_of_parties_and_pairs_lead_to_their_briefs(client):
    assert 'href="/brief/state/XAA"' in get(client, "/page/state/XAA").text
    pair = get(client, "/pair/XAA/XBE").text
    assert 'href="/brief/pair/XAA/XBE"' in pair
    assert 'href="/brief/pair/XAA/XBE.docx"' in pair


def test_an_event_of_two_leads_to_their_page(client):
    assert 'href="/pair/XAA/XBE"' in get(client, "/page/event/belport-talks").text

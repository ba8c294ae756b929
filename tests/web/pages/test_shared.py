"""What all pages share: head and foot, days in words, links to sections, sources told once."""

import re

import pytest

from diplograph.core.settings import Settings
from diplograph.web.app import create_app
from diplograph.web.pages import engagements
from diplograph.web.rendering import find_headings

DAY = Settings(as_of="2031-03-20")
VIEWS = ("/engagements", "/timeline", "/network", "/map")


@pytest.fixture(scope="module")
def client(world_store):
    return create_app(world_store, settings=DAY).test_client()


@pytest.fixture(scope="module")
def still(world_store):
    return create_app(world_store, settings=DAY, still=True).test_client()


def read(client, address):
    return client.get(address, headers={"Accept": "text/html"}).text


def test_the_foot_leads_to_the_description_of_the_dataset(client):
    foot = read(client, "/").partition('<footer class="site">')[2]
    assert '<a href="/.well-known/void">Dataset description</a>' in foot
    assert '<a href="/download/">Downloads</a>' in foot


def test_a_copy_leads_to_nothing_that_only_a_server_answers(still):
    page = read(still, "/open")
    assert "/health" not in page
    assert ">SPARQL</a>" not in page


@pytest.mark.parametrize(
    ("address", "current", "words"),
    [
        ("/engagements", "page", "Engagements"),
        ("/timeline", "true", "Engagements"),
        ("/page/event/morn-visit", "true", "Engagements"),
        ("/pair/XAA/XBE", "true", "Pairs"),
        ("/ontology/Meeting", "true", "Ontology"),
    ],
)
def test_the_header_marks_the_section_of_a_page(client, address, current, words):
    menu = read(client, address).partition('<nav class="site"')[2].partition("</nav>")[0]
    assert re.findall(r'aria-current="(\w+)">([^<]+)<', menu) == [(current, words)]


@pytest.mark.parametrize("address", VIEWS)
def test_a_title_ends_with_the_name_of_the_site(client, address):
    assert re.search(r"<title>.+ · Diplograph</title>", read(client, address))


@pytest.mark.parametrize("address", ["/page/event/morn-visit", "/pair/XAA/XBE", *VIEWS])
def test_a_day_is_told_in_words(client, address):
    words = re.sub(r"<[^>]*>", "", read(client, address))
    assert "20 March 2031" in words
    assert "2031-03-20" not in words


def test_a_page_of_many_sections_leads_to_each(client):
    page = read(client, "/page/event/morn-visit")
    links = re.search(r'<nav class="contents".*?</nav>', page, re.DOTALL)[0]
    names = re.findall(r'<h2 id="([^"]+)"', page)
    assert len(names) > 6
    assert re.findall(r'href="#([^"]+)"', links) == names


def test_a_page_of_few_sections_has_no_list_of_them(client):
    assert 'class="contents"' not in read(client, "/fact/status-record/belport-talks-underway")


def test_a_count_beside_a_heading_is_no_part_of_its_words():
    body = '<h2 id="coming">Coming &amp; going <span class="count">4</span></h2>'
    assert find_headings(body) == [("coming", "Coming &amp; going")]


def test_a_passage_read_twice_is_one_source(real_store):
    page = read(create_app(real_store).test_client(), "/engagements")
    for cell in re.findall(r'data-label="Sources">(.*?)</td>', page):
        links = re.findall(r'href="([^"]+)"', cell)
        assert len(links) == len(set(links))


def test_a_map_says_where_its_table_ends(client, monkeypatch):
    assert " places; narrow the filter" not in read(client, "/map")
    monkeypatch.setattr(engagements, "MOST_PLACES", 2)
    page = read(client, "/map?asof=2031-03-21")
    assert re.search(r"2 of \d+ places; narrow the filter", page)
    assert page.count('data-label="Coordinates"') == 2


def test_links_to_files_are_called_what_they_show(client):
    assert "<a" in read(client, "/download/")
    assert not re.search(r"<a [^>]*aria-label", read(client, "/download/"))


def test_a_mark_of_a_whole_state_does_not_say_that_it_leads_to_its_number_alone(real_store):
    page = read(create_app(real_store).test_client(), "/map")
    cell = re.search(
        r'data-label="Engagements" class="number">([^<]*)<a [^>]*place=state:RUS', page
    )
    assert cell[1] == "2 · "


def test_a_region_of_a_table_has_a_name_of_its_own(client):
    names = re.findall(r'aria-labelledby="([^"]+)"', read(client, "/download/"))
    assert len(names) == len(set(names))


def test_one_of_a_kind_is_told_in_the_singular(real_store):
    page = read(create_app(real_store).test_client(), "/?asof=2026-11-30")
    assert ">1 partnership</a>" in page
    assert not re.search(r">1 [a-z]+s</a>", page)


def test_a_person_is_not_said_to_meet_the_state_that_sends_them(client):
    page = read(client, "/page/person/celia-morn")
    assert "Parties in these engagements</h2>" in page
    assert "Parties met" not in page


def test_what_nobody_plans_or_holds_is_given_no_status(real_store):
    pages = create_app(real_store, settings=DAY).test_client()
    pressure = read(pages, "/page/event/usa-pressure-oil-purchases")
    assert "status not stated" not in pressure
    assert "how it stands" not in pressure
    assert "Status as of" in read(pages, "/page/event/moscow-talks-2025-11")


def test_engagements_are_said_to_be_on_a_topic_and_to_concern_a_forum(real_store):
    pages = create_app(real_store, settings=DAY).test_client()
    assert "All engagements on <bdi>trade" in read(pages, "/page/topic/trade")
    forum = read(pages, "/page/forum/sco")
    assert "All engagements that concern <bdi>Shanghai" in forum
    assert "On the agenda of</h2>" in forum

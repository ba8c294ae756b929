"""A partnership's page is its ladder: each step with its time and its passage."""

import re

import pytest

from diplograph.core.settings import Settings
from diplograph.web.app import create_app
from fixtures.markup import find_mistakes
from fixtures.site_pages import section
from fixtures.written_store import write_store


@pytest.fixture(scope="module")
def page(engine):
    client = create_app(engine, settings=Settings(as_of="2031-05-01")).test_client()
    return client.get("/page/partnership/xaa-xbe", headers={"Accept": "text/html"})


def test_the_page_is_sound_and_costs_few_queries(page, engine):
    assert page.status_code == 200
    assert len(engine.texts) <= 12
    assert find_mistakes(page.text) == []


def test_each_step_has_its_time_and_its_passage(page):
    rows = re.findall(r'<tr role="row">.*?</tr>', page.text, re.S)
    steps = [row for row in rows if 'data-label="Upgraded from"' in row]
    assert len(steps) == 2
    assert all("/page/passage/harbour-wire/17" in step for step in steps)
    assert all(re.search(r'data-label="From">\s*<span class="date">', step) for step in steps)


def test_what_was_said_of_a_stage_stands_with_who_said_it(page):
    said = section(page, "said")
    assert "both sides' reaffirmation of the partnership" in said
    assert "Ardenia" in said


def test_sectors_stand_with_the_stage_that_covers_them(page):
    assert "para." in section(page, "sectors")


def test_the_partners_lead_to_their_pair(page):
    assert 'href="/pair/XAA/XBE"' in page.text


def test_a_partnership_without_stages_says_so(tmp_path):
    store = write_store(tmp_path, more=["partnership:lone rdf:type dg:Partnership"])
    page = create_app(store).test_client().get("/page/partnership/lone")
    assert "No stage is reported." in page.text
    assert 'href="/pair/X' not in page.text


def test_a_partnership_that_is_not_there_is_answered_with_near_names(engine):
    client = create_app(engine).test_client()
    page = client.get("/page/partnership/xaa-xbf", headers={"Accept": "text/html"})
    assert page.status_code == 404
    assert 'href="/page/partnership/xaa-xbe"' in page.text

"""The page of two states has one address, and says what there is between them or not."""

import re

import pytest

from diplograph.core.settings import Settings
from diplograph.web.app import create_app
from fixtures.markup import find_mistakes
from fixtures.site_pages import get, section, text_of
from fixtures.written_store import write_store

QUERIES = 12


@pytest.fixture(scope="module")
def client(engine):
    return create_app(engine, settings=Settings(as_of="2031-05-01")).test_client()


@pytest.mark.parametrize("address", ["/pair/", "/pair/XAA/XBE", "/pair/XAA/XCO"])
def test_a_page_is_sound_and_costs_few_queries(address, engine, client):
    engine.texts.clear()
    page = get(client, address)
    assert page.status_code == 200
    assert len(engine.texts) <= QUERIES
    assert find_mistakes(page.text) == []


@pytest.mark.parametrize("path", ["/pair/XBE/XAA", "/pair/xaa/xbe", "/pair/xbe/XAA"])
def test_another_order_or_case_leads_to_the_one_address(client, path):
    moved = get(client, f"{path}?asof=2031-01-01")
    assert moved.status_code == 308
    assert moved.headers["Location"] == "/pair/XAA/XBE?asof=2031-01-01"


def test_a_way_on_keeps_the_prefix_that_the_site_is_under(client):
    moved = client.get("/pair/XBE/XAA", base_url="http://somewhere.example/graph")
    assert moved.headers["Location"] == "/graph/pair/XAA/XBE"


def test_one_state_is_no_pair(client):
    page = get(client, "/pair/XAA/XAA")
    assert page.status_code == 400
    assert "A pair is of two parties" in page.text


def test_a_state_that_is_not_there_is_answered_with_near_names(client):
    page = get(client, "/pair/XAA/XBF")
    assert page.status_code == 404
    assert "/page/state/XBE" in page.text


def test_the_ladder_is_a_picture_and_a_table_with_the_same_steps(client):
    page = get(client, "/pair/XAA/XBE")
    ladder = section(page, "ladder")
    assert ladder.count("comprehensive partnership") >= 2
    for size in ("wide", "narrow"):
        assert f'aria-labelledby="ladder-{size}-title ladder-{size}-about"' in page.text


@pytest.mark.parametrize(
    "path", ["/pair/XAA/XBE", "/page/partnership/xaa-xbe", "/page/event/morn-visit"]
)
def test_the_drawing_of_a_page_stands_alone_and_is_a_file(client, path):
    alone = get(client, f"{path}?view=embed")
    assert alone.status_code == 200
    assert "frame-ancestors *" in alone.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in alone.headers
    assert get(client, path).headers["X-Frame-Options"] == "DENY"
    assert get(client, f"{path}?view=svg").content_type.startswith("image/svg+xml")


def test_each_section_says_what_it_has(client):
    page = get(client, "/pair/XAA/XBE")
    assert "Leaders (heads of state, government or organization" in section(page, "levels")
    assert "trade" in section(page, "topics") or "connectivity" in section(page, "topics")
    assert "Lantern League" in section(page, "forums")
    assert "request to let the deckhands go" in section(page, "open") + section(page, "said")
    assert "Corvia's pressure over the timber purchases" in section(page, "pressure")
    assert "both sides' reaffirmation of the partnership" in section(page, "said")


def test_two_states_with_nothing_between_them_are_told_so(tmp_path):
    more = [f"state:{code} rdf:type dg:Agent" for code in ("XAA", "XBE")]
    page = get(create_app(write_store(tmp_path, more=more)).test_client(), "/pair/XAA/XBE")
    assert page.status_code == 200
    assert "<h2" not in page.text
    text = text_of(page)
    assert "names an engagement of the two, a stage of a partnership" in text
    assert "an open request or concern" in text


def test_the_headline_says_stage_next_and_overdue(client):
    text = text_of(get(client, "/pair/XAA/XBE"))
    assert "comprehensive partnership since 2009" in text
    assert re.search(r"Next: fourth summit of the Lantern League\W+May 2031", text)
    assert re.search(r"Overdue: ministers' talks in Belport\W+10 March 2031", text)
    assert "No report says what happened." in text


def test_engagements_stand_in_one_table_so_that_columns_align(client):
    page = get(client, "/pair/XAA/XBE").text
    table = page[page.index('<h2 id="engagements">') : page.index('<h2 id="ladder">')]
    assert table.count("<table") == 1
    assert re.findall(r'scope="rowgroup"[^>]*>([^<]+)<', table) == [
        *("Next", "Overdue", "Last held", "Other"),
    ]


def test_the_list_has_last_and_next_engagement_of_each_pair(client):
    page = get(client, "/pair/")
    first = page.text[page.text.index("Ardenia</bdi> and") :]
    assert "telephone call of Odo Lenn and Celia Morn" in first
    assert "fourth summit of the Lantern League" in first


def test_the_list_of_pairs_is_leafed_through(tmp_path):
    more = [f"state:X{number:02} rdf:type dg:State" for number in range(12)]
    more += ["event:talks rdf:type dg:Meeting"]
    more += [f"event:talks dg:meetingParty state:X{number:02}" for number in range(12)]
    client = create_app(write_store(tmp_path, more=more)).test_client()
    assert get(client, "/pair/").text.count("/pair/X") == 50
    assert get(client, "/pair/?page=2").text.count("/pair/X") == 16
    assert get(client, "/pair/?page=no").status_code == 400


def test_labels_are_never_markup(tmp_path):
    hostile = '<script>alert(1)</script>"\u202e'
    more = [
        "state:XAA rdf:type dg:Agent",
        f'state:XAA rdfs:label "{hostile}"'.replace('</script>"', '</script>\\"'),
        "state:XBE rdf:type dg:Agent",
        "event:talks dg:meetingParty state:XAA",
        "event:talks dg:meetingParty state:XBE",
    ]
    client = create_app(write_store(tmp_path, hostile=hostile, more=more)).test_client()
    for address in ("/pair/", "/pair/XAA/XBE"):
        page = get(client, address)
        assert "&lt;script&gt;" in page.text
        assert "<script>alert" not in page.text


def test_the_network_and_the_search_lead_to_pairs(client):
    assert 'href="/pair/XAA/XBE?asof=2031-06-01"' in client.get("/network?asof=2031-06-01").text
    found = client.get("/search?q=ardenia+belmora&asof=2031-06-01").text
    assert 'href="/pair/XAA/XBE?asof=2031-06-01"' in found

"""The page about the site explains its words from the ontology, and names who runs it."""

import re

import pytest
from markupsafe import escape

from diplograph.core.settings import Settings
from diplograph.web.app import create_app
from diplograph.web.rendering import read_contact, summarise_page

RUN = Settings(as_of="2031-03-20", publisher="Corvo Institute", contact="desk@corvo.example")


@pytest.fixture(scope="module")
def client(world_store):
    return create_app(world_store, settings=RUN).test_client()


def read(client, address="/about"):
    return client.get(address, headers={"Accept": "text/html"}).text


def test_every_status_and_every_degree_of_doubt_has_its_meaning_from_the_ontology(client, asking):
    page = read(client)
    for scheme in ("status", "modality", "evidentiality"):
        words = asking.rows(
            "PREFIX skos: <http://www.w3.org/2004/02/skos/core#>"
            f"SELECT ?d {{ ?c skos:inScheme <https://w3id.org/diplograph/concept/{scheme}> ;"
            " skos:definition ?d }"
        )
        assert len(words) > 5
        assert [row["d"] for row in words if escape(row["d"]) not in page] == []


def test_the_sections_are_listed_beside_them(client):
    page = read(client)
    links = re.search(r'<nav class="rail".*?</nav>', page, re.DOTALL)[0]
    assert re.findall(r'href="#([^"]+)"', links) == re.findall(r'<h2 id="([^"]+)"', page)


def test_the_foot_names_publisher_contact_and_the_age_of_the_data(client):
    foot = read(client).partition('<footer class="site">')[2]
    assert "Published by Corvo Institute." in foot
    assert 'href="mailto:desk@corvo.example"' in foot
    assert re.search(r"Newest report received \d+ \w+ 2031", foot)


def test_help_leads_to_how_to_search(client):
    response = client.get("/help")
    assert (response.status_code, response.location) == (302, "/about#search")
    assert 'id="search"' in read(client)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("desk@corvo.example", "mailto:desk@corvo.example"),
        ("https://corvo.example/report", "https://corvo.example/report"),
        ("javascript:alert(1)", ""),
        ("the desk, room 4", ""),
        ("", ""),
    ],
)
def test_a_contact_is_linked_where_it_is_an_address(text, address):
    assert read_contact(text).address == address


def test_a_description_is_the_headline_and_the_first_paragraphs_within_160_characters():
    kinds = '<p class="kinds">visit</p>'
    words = "<p>Held <code>x</code> on <b>1 May</b> &amp; 2.</p>"
    assert summarise_page(f"<h1>Talks</h1>{kinds}{words}") == "Talks. Held on 1 May & 2."
    long = summarise_page(f"<h1>Talks</h1><p>{'word ' * 60}</p>")
    assert len(long) <= 160
    assert long.endswith("word…")


@pytest.mark.parametrize("address", ["/", "/about", "/page/event/morn-visit", "/engagements"])
def test_every_page_has_a_description_and_a_card(client, address):
    page = read(client, address)
    (description,) = re.findall(r'<meta name="description" content="([^"]*)">', page)
    assert 40 < len(description) <= 170
    assert page.count('property="og:title"') == page.count('name="twitter:card"') == 1


def test_a_card_has_whole_addresses_where_the_operator_gives_the_sites(world_store):
    settings = Settings(as_of="2031-03-20", base_url="https://corvo.example/graph")
    page = read(create_app(world_store, settings=settings).test_client())
    assert '<meta property="og:url" content="https://corvo.example/graph/about">' in page
    assert 'content="https://corvo.example/graph/static/card.png"' in page


def test_the_feeds_are_announced(client):
    page = read(client, "/")
    for path, media_type in (
        ("/changes.atom", "application/atom+xml"),
        ("/engagements.ics", "text/calendar"),
    ):
        assert f'href="{path}" type="{media_type}"' in page
        assert client.get(path).mimetype == media_type


def test_the_icon_of_old_browsers_is_at_its_address(client):
    response = client.get("/favicon.ico")
    assert response.status_code == 200
    assert response.data.startswith(b"\x00\x00\x01\x00\x03\x00")

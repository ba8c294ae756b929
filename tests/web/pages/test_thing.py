"""A thing's page says what it has to do with, who says so, and what links to it."""

import re

import pyoxigraph as ox
import pytest

from diplograph.core.names import expand
from diplograph.core.settings import Settings
from diplograph.views.status import STATUS_LABELS
from diplograph.web.app import create_app
from fixtures.markup import find_mistakes
from fixtures.recording_engine import RecordingEngine
from fixtures.site_pages import get, section, text_of
from fixtures.written_store import write_store

QUERIES = 12
HOSTILE = '<script>alert("1")</script> \u05e9\u05dc\u05d5\u05dd e\u0301 \'"'
PAGES = [
    "/page/state/XAA",
    "/page/state/XBE",
    "/page/person/celia-morn",
    "/page/office/xbe-foreign-minister",
    "/page/forum/lantern-league",
    "/page/organ/lantern-council",
    "/page/topic/trade",
    "/page/city/belport",
    "/page/region/northern-isles",
    "/page/body/xaa-government",
    "/page/series/xaa-xbe-summit",
    "/page/agreement/fish-stocks",
    "/page/delegation/xbe-lantern-council",
    "/page/group/ardenian-deckhands",
    "/page/media/harbour-wire",
    "/page/concern/deckhands",
    "/page/concept/topic",
    "/page/modality/asserted",
    "/page/visit-kind/state-visit",
]


@pytest.fixture(scope="module")
def client(engine):
    return create_app(engine, settings=Settings(as_of="2031-05-01")).test_client()


@pytest.mark.parametrize("address", PAGES)
def test_a_page_is_sound_and_costs_few_queries(address, engine, client):
    get(client, "/page/city/ostrel")  # which reads what is read once a build
    engine.texts.clear()
    page = get(client, address)
    assert page.status_code == 200
    assert len(engine.texts) <= QUERIES
    assert find_mistakes(page.get_data(as_text=True)) == []


def test_a_state_leads_to_its_pairs_and_counts_what_it_shares(client):
    page = get(client, "/page/state/XAA")
    assert "Belmora" in section(page, "partners")
    assert 'href="/pair/XAA/XBE"' in page.text
    assert "/engagements?actor=state:XAA&amp;with=state:XBE" in page.text


def test_a_state_shows_what_is_overdue_on_the_day_that_is_asked_for(client):
    before = section(get(client, "/page/state/XAA?asof=2031-02-10"), "engagements")
    early = section(get(client, "/page/state/XAA?asof=2031-02-15"), "engagements")
    late = section(get(client, "/page/state/XAA?asof=2090-01-01"), "engagements")
    assert STATUS_LABELS["overdue"] in late
    assert STATUS_LABELS["overdue"] not in early
    assert before == "Engagements No meeting and no visit is reported."  # no report was there yet


def test_a_day_that_is_none_is_refused(client):
    assert get(client, "/page/state/XAA?asof=soon").status_code == 400


def read_first_lines(client, address):
    """Return the words of the list that a page begins with."""
    page = get(client, address).text
    listed = re.search(r'<dl class="key-facts">(.*?)</dl>', page, re.DOTALL)[1]
    return " ".join(re.sub(r"<[^>]+>", " ", listed).split())


def test_a_person_begins_with_the_offices_held_and_their_sources(client):
    first = read_first_lines(client, "/page/person/bruno-kest")
    assert first.startswith("Office Foreign Minister of Belmora")
    assert "Harbour Wire, 10 Feb 2031 , para" in first
    assert "Has served Belmora" in first


def test_a_state_begins_with_its_next_and_last_engagements(client):
    first = read_first_lines(client, "/page/state/XAA")
    assert re.search(r"Overdue .*Last held ", first)


def test_names_and_codes_for_programs_are_folded(client):
    page = get(client, "/page/state/XAA").text
    folded = page[page.index('<details class="machines" id="machines">') :]
    assert "https://w3id.org/diplograph/id/state/XAA" in folded
    assert "ISO 3166-1 alpha-3" in folded


def test_small_tables_are_one_with_the_kind_of_each_fact(client):
    related = section(get(client, "/page/state/XAA"), "related")
    assert related.startswith("Related facts")
    assert "Kind" in related


def test_a_fact_of_later_reports_has_no_source_known_on_the_day(client):
    page = get(client, "/page/concern/deckhands?asof=2031-02-10")
    assert "No source is known on 10 February 2031" in section(page, "sources")
    assert 'href="/page/concern/deckhands"' in page.text


def test_an_office_has_its_holders(client):
    offices = section(get(client, "/page/office/xbe-foreign-minister"), "offices")
    assert offices.startswith("Holders over time")
    assert "Bruno Kest" in offices


def test_a_forum_has_its_members_and_the_meetings_of_its_organs(client):
    page = get(client, "/page/forum/lantern-league")
    assert section(page, "memberships").startswith("Members")
    assert "session of the Lantern Council" in section(page, "engagements")


def test_a_state_is_told_by_what_its_bodies_say(client):
    made = section(get(client, "/page/state/XAA"), "related")
    assert "request to let the deckhands go" in made
    assert "Belmora" in made


def test_a_series_has_its_editions_in_their_order(client):
    editions = section(get(client, "/page/series/xaa-xbe-summit"), "engagements")
    assert editions.index("sixth summit") < editions.index("seventh summit")


def test_a_topic_has_the_engagements_of_its_narrower_topics(client):
    narrower = section(get(client, "/page/topic/payments"), "engagements")
    wider = section(get(client, "/page/topic/trade"), "engagements")
    assert "ministers' talks in Belport" in narrower
    assert "ministers' talks in Belport" in wider


def test_a_fact_shows_its_passages_first_and_leads_to_why_it_is_here(client):
    page = get(client, "/page/concern/deckhands")
    assert "Harbour Wire, 10 Feb 2031, para. 5" in section(page, "sources")
    assert 'href="/fact/concern/deckhands"' in page.text


def test_what_is_inferred_is_told_apart_from_what_is_said(client):
    page = text_of(get(client, "/page/person/celia-morn"))
    inferred = page.partition("Inferred values")[2]
    assert re.search(r"ever held office President of Belmora inferred", inferred)


def test_an_outside_identifier_leads_outside_without_the_note_of_who_found_it(client, world_store):
    page = get(client, "/page/person/ada-varn")
    assert 'href="https://example.org/people/ada-varn"' in page.text
    assert "An invented yearbook names her" not in page.text
    notes = world_store.match(None, ox.NamedNode(expand("dg:idEvidence")), None)
    assert any("An invented yearbook names her" in quad.object.value for quad in notes)


def test_links_of_one_property_have_pages_of_their_own(tmp_path):
    more = [f"event:day-{number:03} dg:takesPlaceIn city:corvo" for number in range(120)]
    more.append("city:corvo rdf:type dg:City")
    client = create_app(write_store(tmp_path, more=more)).test_client()
    first = get(client, "/page/city/corvo")
    assert "All 120" in section(first, "incoming")
    last = get(client, "/page/city/corvo?property=dg:takesPlaceIn&page=3")
    assert last.text.partition("<footer")[0].count("<li>") == 20
    assert "event:day-119" in last.text
    assert 'rel="prev"' in last.text
    assert 'rel="next"' not in last.text


@pytest.mark.parametrize(
    "asked", ["property=dg:holder", "property=dg:takesPlaceIn&page=none", "property=no:such"]
)
def test_a_property_or_page_that_is_not_there_is_refused(client, asked):
    assert get(client, f"/page/city/belport?{asked}").status_code == 400


def test_a_thing_that_is_not_there_is_answered_with_near_names(client):
    page = get(client, "/page/city/belpor")
    assert page.status_code == 404
    assert 'href="/page/city/belport"' in page.text


def test_what_a_graph_says_is_never_markup(tmp_path):
    more = [
        "city:corvo rdf:type dg:City",
        "event:talks dg:takesPlaceIn city:corvo",
        "office:warden rdf:type dg:Office",
    ]
    store = write_store(tmp_path, hostile=HOSTILE, more=more)
    client = create_app(store).test_client()
    for address in ("/page/city/corvo", "/page/office/warden"):
        page = get(client, address)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert find_mistakes(page.text) == []
    assert "&lt;script&gt;alert(&#34;1&#34;)" in get(client, "/page/city/corvo").text


def test_a_preferred_label_is_shown_where_it_is_not_the_label_too(client, tmp_path):
    page = get(client, "/page/modality/asserted")
    assert "preferred label" not in page.text
    assert "top concept of" in page.text
    more = ['city:corvo rdfs:label "Corvo"@en', 'city:corvo skos:prefLabel "Port Corvo"@en']
    store = write_store(tmp_path, more=more)
    page = get(create_app(store).test_client(), "/page/city/corvo")
    assert "Port Corvo" in page.text


def test_a_thing_that_nothing_links_to_has_no_section_of_links(tmp_path):
    store = write_store(tmp_path, more=["city:corvo rdf:type dg:City"])
    page = get(create_app(store).test_client(), "/page/city/corvo")
    assert page.status_code == 200
    assert "What links here" not in page.text


def test_queries_are_as_few_for_what_is_linked_a_thousand_times(tmp_path):
    more = [
        line
        for number in range(1000)
        for line in (
            f"event:day-{number} rdf:type dg:Meeting",
            f"event:day-{number} dg:meetingParty state:XAA",
            f"event:day-{number} dg:meetingParty state:X{number % 26:02}",
            f"event:say-{number} rdf:type dg:CommunicativeAct",
            f"event:say-{number} dg:speaker state:XAA",
        )
    ]
    more += ["state:XAA rdf:type dg:State", "state:XAA rdf:type dg:Agent"]
    engine = RecordingEngine(write_store(tmp_path, more=more))
    client = create_app(engine).test_client()
    get(client, "/page/state/XAA?asof=2031-01-01")  # which reads what is read once a build
    engine.texts.clear()
    page = get(client, "/page/state/XAA")
    assert page.status_code == 200
    assert len(engine.texts) <= QUERIES
    assert "1,000 in all" in section(page, "engagements")
    assert "The first 25 of 1,000" in section(page, "made")
    assert len(page.data) < 200_000

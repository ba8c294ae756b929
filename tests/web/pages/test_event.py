"""An event's page says how it stands, when, who, where and about what, each with its passage."""

import re
from datetime import date

import pyoxigraph as ox
import pytest
from icalendar import Calendar

from diplograph.core.dates import parse_day
from diplograph.core.errors import UnknownThing
from diplograph.core.names import PREFIXES, expand
from diplograph.core.settings import Settings
from diplograph.store.engine import LocalEngine
from diplograph.views.drawings.chain import draw_chain
from diplograph.views.event import EVENT_FACTS_SHOWN, read_event
from diplograph.views.query import QueryRunner
from diplograph.web.app import create_app
from fixtures.markup import find_mistakes
from fixtures.recording_engine import RecordingEngine
from fixtures.site_pages import get, section, text_of
from fixtures.written_store import PASSAGE, write_store

# Four reports of the invented world were received by then, the earliest on 11 February 2031.
DAY = parse_day("2031-03-20")
VISIT, COUNCIL = "event:morn-visit", "event:lantern-council-session"
QUERIES = 12


@pytest.fixture(scope="module")
def client(world_store):
    return create_app(world_store, settings=Settings(as_of="2031-03-20")).test_client()


def events_of(store):
    kind = ox.NamedNode(expand("dg:Event"))
    found = store.match(None, ox.NamedNode(expand("rdf:type")), kind)
    return sorted({quad.subject.value for quad in found})


def sheet_of(store, curie):
    return read_event(QueryRunner(LocalEngine(store)), expand(curie), DAY)


# ---- every event --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["world_store", "real_store"])
def test_every_event_has_a_page_of_few_queries(name, request):
    store = request.getfixturevalue(name)
    events = events_of(store)
    assert len(events) > 15
    for iri in events:
        asking = QueryRunner(LocalEngine(store))
        assert read_event(asking, iri, DAY).thing.iri == iri
        assert len(asking.texts) <= QUERIES


def test_every_page_is_valid_html_and_asks_little(world_store):
    engine = RecordingEngine(world_store)
    client = create_app(engine).test_client()
    for iri in events_of(world_store):
        engine.texts.clear()
        page = get(client, f"/page/event/{iri.rpartition('/')[2]}")
        assert page.status_code == 200
        assert len(engine.texts) <= QUERIES
        assert find_mistakes(page.get_data(as_text=True)) == []


def test_every_fact_that_names_an_event_leads_to_a_passage_and_to_why(client, world_store):
    for iri in events_of(world_store):
        page = get(client, f"/page/event/{iri.rpartition('/')[2]}").get_data(as_text=True)
        sheet = read_event(QueryRunner(LocalEngine(world_store)), iri, DAY)
        for record in (record for records in sheet.facts.values() for record in records):
            assert f'href="/fact/{record.thing.iri.partition("/id/")[2]}"' in page
            for each in record.attestations:
                assert f'href="/page/{each.passage.thing.iri.partition("/id/")[2]}"' in page


# ---- what it says -------------------------------------------------------------------------


def test_the_status_stands_before_all_sections(client):
    page = get(client, "/page/event/morn-visit").get_data(as_text=True)
    assert 0 < page.index("</h1>") < page.index('class="status') < page.index("<h2")


def test_a_date_that_passed_without_outcome_is_said_so_and_not_held(real_store):
    client = create_app(real_store).test_client()
    page = get(client, "/page/event/putin-india-visit-2025-12?asof=2026-12-01")
    assert "status-overdue" in page.get_data(as_text=True)
    assert "Its date has passed and no report says what happened." in text_of(page)


def test_a_contradiction_is_told_as_one(client):
    assert "the reports disagree" in section(get(client, "/page/event/evening-of-song"), "when")


def test_a_day_before_any_report_is_said_to_be_before_it(client):
    page = text_of(get(client, "/page/event/morn-visit?asof=2031-02-10"))
    assert "Not known on 10 February 2031" in page
    assert "The first report that does counts from 11 February 2031" in page
    assert "April 2031" not in page


def test_what_a_later_report_adds_is_not_shown_before_it(client):
    pages = [get(client, f"/page/event/morn-visit?asof=2031-{day}") for day in ("02-13", "03-19")]
    early, late = (section(page, "when") for page in pages)
    assert "14 to 15 April 2031" in early
    assert "May 2031" not in early
    assert "around 2 to 3 May 2031" in late


def test_each_connection_has_the_passages_of_its_own_link(real_store):
    client = create_app(real_store).test_client()
    page = get(client, "/page/event/moscow-talks-2025-11")
    where = section(page, "where")
    assert "1 of Moscow talks report" in where
    assert all(f" {number} of Moscow" not in where for number in (2, 4, 12))
    html = page.get_data(as_text=True)
    follows = re.findall(r"<li><span class=\"soft\">follows.*?</li>", html, re.DOTALL)
    assert follows
    assert all("/fact/link/" in line and ">4<span" in line for line in follows)
    assert not any(">1<span" in line for line in follows)


def test_a_refinement_is_told_as_one(real_store):
    sheet = sheet_of(real_store, "event:putin-india-visit-2025-12")
    assert sheet.date_verdict == "The dates agree; one is more precise."


def test_the_best_date_comes_first_and_a_corrected_one_last_and_struck_through(client):
    when = section(get(client, "/page/event/ostrel-officials"), "when")
    assert when.index("5 March 2031") < when.index("Corrected")
    page = get(client, "/page/event/ostrel-officials").get_data(as_text=True)
    assert page.count('class="struck"') == 1


def test_a_status_names_the_reports_that_give_it_and_their_day(client, real_store):
    page = text_of(get(client, "/page/event/coast-guard-exercise?asof=2031-03-20"))
    assert "underway when reported, March 2031" in page
    assert "Reported as underway by" in page
    assert "on 18 March 2031" in page
    stay = create_app(real_store).test_client().get("/page/event/jaishankar-moscow-visit-2025-11")
    assert "underway when reported, November 2025" in text_of(stay)
    assert "(undated)" in text_of(stay)


def test_an_agenda_item_is_expected_until_the_event_is_over(real_store):
    ahead = sheet_of(real_store, "event:moscow-talks-2025-11").agenda
    past = sheet_of(real_store, "event:jaishankar-russia-discussions-2025-08").agenda
    assert {item.standing for item in ahead} == {"expected"}
    assert {item.standing for item in past} == {"discussed"}


def test_the_chain_is_walked_both_ways(real_store):
    def near(curie):
        chain = sheet_of(real_store, curie).chain
        return {
            side: [(each.words, each.thing.curie) for each in getattr(chain, side)]
            for side in ("before", "around", "within", "after")
        }

    talks = near("event:moscow-talks-2025-11")
    assert ("prepares for", "event:putin-india-visit-2025-12") in talks["after"]
    visit = near("event:putin-india-visit-2025-12")
    assert ("prepared by", "event:moscow-talks-2025-11") in visit["before"]
    assert visit["within"] == [("includes, aims at", "event:ind-rus-annual-summit-23")]
    summit = near("event:ind-rus-annual-summit-23")
    assert summit["around"] == [("part of, is the aim of", "event:putin-india-visit-2025-12")]


def test_the_picture_of_the_chain_has_every_event_of_it(real_store):
    drawing = draw_chain(sheet_of(real_store, "event:putin-india-visit-2025-12"))
    for picture in (drawing.wide, drawing.narrow):
        events = [mark for mark in picture.marks if mark.style.startswith("event")]
        assert sorted(mark.words[0].text.removesuffix(" 2025") for mark in events) == [
            "Putin's visit to India in December",
            "first since",
            "includes, aims at",
            "prepared by",
        ]
        arrows = [mark for mark in picture.marks for shape in mark.shapes if shape.style == "arrow"]
        assert arrows
    assert drawing.notes == ()


def test_an_event_that_stands_alone_has_no_picture(real_store):
    assert draw_chain(sheet_of(real_store, "event:usa-pressure-oil-purchases")) is None


def test_a_place_that_no_report_gives_is_not_guessed(real_store):
    client = create_app(real_store).test_client()
    page = text_of(get(client, "/page/event/putin-india-visit-2025-12"))
    assert "Place not reported" in page
    assert "New Delhi" not in page


def test_pressure_says_by_whom_on_whom_and_over_what(real_store):
    client = create_app(real_store).test_client()
    page = text_of(get(client, "/page/event/usa-pressure-oil-purchases"))
    assert re.search(
        r"By United States.{0,20} On India .{0,200} Over India's purchases of Russian oil", page
    )


def test_an_inferred_value_leads_to_what_it_follows_from(real_store):
    client = create_app(real_store).test_client()
    page = get(client, "/page/event/moscow-talks-2025-11").get_data(as_text=True)
    (address,) = re.findall(r'class="inferred" href="([^"]*engages&amp;object=state:IND)"', page)
    assert "No data file states this" in text_of(get(client, address.replace("&amp;", "&")))


def test_what_is_no_event_has_no_page_as_one(client, world_store):
    assert get(client, "/page/event/nothing").status_code == 404
    with pytest.raises(UnknownThing, match="is no event"):
        sheet_of(world_store, "city:belport")


# ---- labels and long lists ----------------------------------------------------------------

HOSTILE = '<script>alert("1")</script> שלום é\' & "'


def test_hostile_labels_are_escaped(tmp_path):
    store = write_store(tmp_path, hostile=HOSTILE)
    for address in ("/page/event/talks", "/fact/event/talks", "/report/tale", PASSAGE):
        page = get(create_app(store).test_client(), address)
        text = page.get_data(as_text=True)
        assert page.status_code == 200
        assert "&lt;script&gt;alert" in text
        assert "<script>alert" not in text
        assert find_mistakes(text) == []


def test_an_event_with_many_facts_is_paged(tmp_path):
    store = write_store(tmp_path, agenda=EVENT_FACTS_SHOWN + 7)
    client = create_app(store).test_client()
    first, second = (get(client, f"/page/event/talks?page={n}") for n in (1, 2))
    shown = [page.get_data(as_text=True).count("/fact/agenda-item/") for page in (first, second)]
    assert sum(shown) == EVENT_FACTS_SHOWN + 7
    assert min(shown) > 0
    assert "Page 1 of 2" in text_of(first)
    asking = QueryRunner(LocalEngine(store))
    assert read_event(asking, f"{PREFIXES['event']}talks", DAY).total > EVENT_FACTS_SHOWN
    assert len(asking.texts) <= QUERIES


# ---- calendar -----------------------------------------------------------------------------


def test_an_event_is_one_entry_of_a_calendar(real_store):
    client = create_app(real_store).test_client()
    answer = client.get("/page/event/putin-india-visit-2025-12.ics?asof=2026-12-01")
    assert answer.mimetype == "text/calendar"
    (entry,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert str(entry["STATUS"]) == "TENTATIVE"
    assert "around 5 to 6 December 2025" in str(entry["DESCRIPTION"])


def test_a_part_without_a_date_has_the_days_of_the_larger_event(real_store):
    client = create_app(real_store).test_client()
    answer = client.get("/page/event/ind-rus-annual-summit-23.ics")
    (entry,) = Calendar.from_ical(answer.data).walk("VEVENT")
    assert (entry["DTSTART"].dt, entry["DTEND"].dt) == (date(2025, 12, 5), date(2025, 12, 7))
    assert "during Putin's visit to India" in str(entry["DESCRIPTION"])


@pytest.mark.parametrize("event", ["putin-india-visit-2021", "jaishankar-russia-visit-2025-08"])
def test_an_event_whose_day_is_not_known_within_a_week_has_no_entry(real_store, event):
    client = create_app(real_store).test_client()
    answer = get(client, f"/page/event/{event}.ics")
    assert answer.status_code == 404
    assert "report says on which day, within a week" in text_of(answer)
    assert f"{event}.ics" not in get(client, f"/page/event/{event}").get_data(as_text=True)

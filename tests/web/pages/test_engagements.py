"""The four views of engagements show one filter, are bookmarkable, and cost little."""

import re
from html import escape, unescape
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import html5lib
import pytest

from diplograph.core.names import PREFIXES, REFERENCE_GRAPH, report_graph
from diplograph.store.store import Store
from diplograph.web.app import create_app
from fixtures.recording_engine import RecordingEngine
from fixtures.site_pages import Page
from fixtures.small_build import expand, write_build, write_files

VIEWS = ("engagements", "timeline", "network", "map")
ASOF = "asof=2031-03-20"
BAD = "\\u0022><script>alert(1)</script> \\u202Eתל & <b>é"


@pytest.fixture(scope="module")
def client(engine):
    return create_app(engine).test_client()


@pytest.fixture(scope="module")
def real(real_store):
    return create_app(real_store).test_client()


def read(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def links(page):
    return [unescape(each) for each in re.findall(r'href="([^"]*)"', page)]


def main(page):
    return page[page.index("<main") : page.index("</main>")]


def count(page):
    return int(re.search(r"<strong>([\d,]+)</strong> engagement", page)[1])


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_is_well_formed_and_has_one_heading(client, view):
    page = read(client, f"/{view}?{ASOF}")
    html5lib.HTMLParser(strict=True).parse(page)
    assert page.count("<h1>") == 1
    assert 'style="' not in page
    assert re.findall(r'<script(?! src="/static/)', page) == []


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_costs_at_most_twelve_queries_at_first_and_fewer_then(engine, world_store, view):
    engine = RecordingEngine(world_store)
    client = create_app(engine).test_client()
    read(client, "/search?q=x")  # the index of names is every page's
    address = f"/{view}?actor=Ardenia&with=Belmora&topic=topic:tariffs&place=state:XBE&{ASOF}"
    engine.texts.clear()
    read(client, address)
    assert len(engine.texts) <= 12
    engine.texts.clear()
    read(client, address)
    assert len(engine.texts) <= 6


@pytest.mark.parametrize("view", VIEWS)
def test_a_view_leads_to_the_others_and_to_files_with_the_same_filter(client, view):
    page = read(client, f"/{view}?actor=state:XAA&with=Belmora&status=held&{ASOF}")
    wanted = {"actor": ["state:XAA"], "with": ["state:XBE"], "status": ["held"]}
    wanted["asof"] = ["2031-03-20"]
    found = [(urlsplit(each).path, parse_qs(urlsplit(each).query)) for each in links(page)]
    for other in VIEWS:
        assert (f"/{other}", wanted) in found
    for form in ("csv", "xlsx", "geojson", "graphml", "ics", "ttl"):
        assert (f"/engagements.{form}", wanted) in found


def test_all_views_count_the_same(client):
    asked = f"actor=Ardenia&{ASOF}"
    assert len({count(read(client, f"/{view}?{asked}")) for view in VIEWS}) == 1


def test_a_thing_is_named_by_label_curie_or_iri(client):
    named = ("Ardenia", "state:XAA", f"{PREFIXES['state']}XAA")
    pages = (read(client, f"/engagements?actor={each}&{ASOF}") for each in named)
    assert len({page.partition("<main")[2] for page in pages}) == 1


def test_several_are_parted_by_commas(client):
    page = read(client, f"/engagements?actor=Ada Varn,person:celia-morn&{ASOF}")
    one, other = (
        count(read(client, f"/engagements?actor={each}&{ASOF}"))
        for each in ("Ada Varn", "Celia Morn")
    )
    assert count(page) == one + other


def test_the_form_shows_what_is_chosen(client):
    page = read(client, f"/engagements?actor=state:XAA&topic=topic:tariffs&from=2031-01-01&{ASOF}")
    assert re.search(r'name="actor"[^>]*value="Ardenia"', page)
    assert re.search(r'<option value="topic:tariffs" selected>', page)
    assert re.search(r'name="from"[^>]*value="2031-01-01"', page)


def test_a_form_sent_with_empty_fields_becomes_a_short_address(client):
    answer = client.get("/timeline?actor=Ardenia&with=&status=&from=")
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/timeline?actor=Ardenia"


BAD_FIELDS = [
    ("actor", "Nowhereland", 404, "No match for “Nowhereland”."),
    ("with", "state:ZZZ", 404, "With: nothing in this graph is called state:ZZZ"),
    ("place", "nosuch:thing", 400, "Place:"),
    ("status", "finished", 400, "No status is called “finished”. Choose one."),
    ("from", "yesterday", 400, "From must be a day, such as 2025-12-05."),
    ("to", "2031-13-01", 400, "To must be a day"),
    ("asof", "soon", 400, "As of must be a day"),
    ("undated", "no", 400, "can only be yes"),
    ("topic", "<script>", 400, "is no name and no code."),
    ("kind", "Nokind", 404, "No match for “Nokind”."),
]


@pytest.mark.parametrize(("name", "typed", "status", "words"), BAD_FIELDS)
def test_a_wrong_field_says_so_and_keeps_what_was_typed(client, name, typed, status, words):
    asked = {"actor": "Ardenia", "to": "2031-06-01", name: typed}
    answer = client.get("/engagements", query_string=asked, headers={"Accept": "text/html"})
    assert answer.status_code == status
    html5lib.HTMLParser(strict=True).parse(answer.text)
    page = Page(answer.text)
    assert words in page.text
    assert "There is a problem" in page.text
    for other in asked:
        assert f'value="{escape(asked[other])}"' in answer.text
    assert "<script>" not in answer.text
    if name != "undated":  # which has no field that is seen
        fields = (*page.all("input"), *page.all("select"))
        (field,) = [one for one in fields if one.get("aria-invalid")]
        assert field["id"] == f"filter-{name}"
        assert field["aria-describedby"] == f"error-{name}"
        assert f'href="#filter-{name}"' in answer.text


@pytest.mark.parametrize(("name", "typed", "status", "words"), BAD_FIELDS)
def test_a_program_is_told_which_field_is_wrong(client, name, typed, status, words):
    answer = client.get("/engagements.csv", query_string={name: typed})
    assert answer.status_code == status
    assert f"{name}: " in answer.text


@pytest.mark.parametrize("asked", ["from=2031-02-01&to=2031-01-01", "page=0", "sort=random"])
def test_days_in_the_wrong_order_and_other_wrong_parameters_are_bad_requests(client, asked):
    answer = client.get(f"/engagements?{asked}", headers={"Accept": "text/html"})
    assert answer.status_code == 400


def test_a_first_day_later_than_the_last_is_said_at_the_field(client):
    answer = client.get(
        "/timeline?actor=Ardenia&from=2031-02-01&to=2031-01-01", headers={"Accept": "text/html"}
    )
    assert "From is later than To." in answer.text
    assert 'action="/timeline"' in answer.text
    assert 'value="2031-02-01"' in answer.text


@pytest.mark.parametrize("typed", ["Varn", "Ada Varn", "Dr Varn", "varn", "Foreign Minister Varn"])
def test_a_person_is_named_by_any_name(client, typed):
    wanted = read(client, f"/engagements?actor=person:ada-varn&{ASOF}")
    assert main(read(client, f"/engagements?actor={typed}&{ASOF}")) == main(wanted)


@pytest.mark.parametrize("typed", ["India", "IND", "Bharat", "Inde", "Индия", "印度", "Indian"])
def test_a_state_is_named_by_any_name(real, typed):
    wanted = read(real, "/engagements?actor=state:IND")
    assert main(read(real, f"/engagements?actor={typed}")) == main(wanted)


def test_of_several_with_a_name_one_is_chosen_by_a_link(client):
    answer = client.get("/engagements?actor=Roth&status=held", headers={"Accept": "text/html"})
    assert answer.status_code == 409
    choices = [each for each in links(answer.text) if "actor=person" in each]
    assert "/engagements?actor=person:ilva-roth&status=held" in choices
    assert "/engagements?actor=person:ivo-roth&status=held" in choices


def test_a_name_with_a_slip_is_offered_as_it_should_be(client):
    answer = client.get("/engagements?actor=Celia Mron", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "/engagements?actor=person:celia-morn" in links(answer.text)


def test_a_field_that_is_far_too_long_is_refused(client):
    assert client.get(f"/map?actor={'x' * 1001}").status_code == 400


def test_status_is_told_as_of_a_day(real):
    # The report was received on 22 November 2026, when the days it names had passed.
    assert "/page/event/" not in read(real, "/engagements?asof=2026-11-21")
    assert "status-overdue" in read(real, "/engagements?asof=2026-11-22")


def test_a_list_says_how_many_have_no_date(client):
    assert re.search(r"\d+ without a date, at the end", read(client, f"/engagements?{ASOF}"))


def test_undated_engagements_that_days_hide_are_counted_and_can_be_shown(client):
    page = read(client, f"/engagements?actor=Ardenia&from=2031-01-01&{ASOF}")
    hidden = int(re.search(r"(\d+) undated engagements? (?:are|is) hidden", page)[1])
    (address,) = [each for each in links(page) if "undated=yes" in each]
    shown = read(client, address)
    assert count(shown) == count(page) + hidden
    assert "hidden. <a" not in shown
    assert "Undated engagements:" in Page(shown).text


def test_each_filter_can_be_removed_and_the_others_stay(client):
    page = read(client, f"/engagements?actor=Ardenia&with=Belmora&from=2031-01-01&{ASOF}")
    assert f"/engagements?with=state:XBE&from=2031-01-01&{ASOF}" in links(page)
    assert f"/engagements?actor=state:XAA&with=state:XBE&{ASOF}" in links(page)
    assert f"/engagements?{ASOF}" in links(page)


def test_filters_that_leave_nothing_say_which_to_remove(client):
    asked = f"actor=Fenmark&to=1900-02-01&{ASOF}"
    assert "Nothing fits these filters" in Page(read(client, f"/engagements?{asked}")).text
    page = read(client, f"/engagements?actor=Ardenia&with=Ada Varn&place=Ostrel&{ASOF}")
    (left,) = re.findall(r'<a href="([^"]+)">Remove Place', page)
    assert count(read(client, unescape(left))) > 0


def test_every_choice_has_the_number_of_engagements_that_it_leaves(client):
    for start in (f"/engagements?{ASOF}", f"/engagements?actor=Ardenia&{ASOF}"):
        page = read(client, start)
        pattern = r'<a href="([^"]+)">(?:(?!</a>).)*<span class="count">(\d+)</span>'
        choices = re.findall(pattern, page)
        assert len(choices) > 15
        for address, number in choices:
            assert count(read(client, unescape(address))) == int(number), address


def test_a_list_is_sorted_by_its_columns_without_scripts(client):
    page = read(client, f"/engagements?{ASOF}")
    assert 'aria-sort="descending"' in page
    for column in ("status", "what", "parties", "people", "where"):
        address = f"/engagements?{ASOF}&sort={column}"
        assert address in links(page)
        turned = read(client, address)
        assert 'aria-sort="ascending"' in turned
        assert f"/engagements?{ASOF}&sort=-{column}" in links(turned)
        assert count(turned) == count(page)
    page = read(client, f"/engagements?{ASOF}&sort=what")
    titles = re.findall(r'data-label="What"><bdi><a[^>]*>([^<]*)', page)
    assert titles == sorted(titles, key=str.casefold)


def test_all_engagements_of_a_person_in_a_year_include_parts_of_visits(real):
    page = read(real, "/engagements?actor=Jaishankar&from=2025-01-01&to=2025-12-31")
    assert count(page) == 5
    assert "discussions-2025-08" in page


def test_every_mark_of_the_timeline_leads_to_its_engagement(client):
    page = read(client, f"/timeline?{ASOF}")
    for size in ("wide", "narrow"):
        start = page.index(f'<svg class="chart {size} timeline"')
        drawing = page[start : page.index("</svg>", start)]
        marks = re.findall(
            r'<a class="mark row status-([a-z-]+)" href="(/page/event/[^"]+)">', drawing
        )
        assert len(marks) == 11
        assert drawing.count("<title>") == len(marks)
        assert {"held", "overdue", "contested", "rescheduled"} <= {word for word, _ in marks}
        assert "as of 20 March 2031" in drawing


def test_an_edge_of_the_network_leads_to_the_page_of_the_two(client):
    page = read(client, f"/network?{ASOF}")
    assert re.search(r'<a class="mark edge" href="/pair/XAA/XBE[^"]*">', page)


@pytest.mark.parametrize("view", ["timeline", "network", "map"])
def test_a_drawing_alone_may_stand_in_a_frame_and_its_page_may_not(client, view):
    alone = client.get(f"/{view}?{ASOF}&view=embed")
    assert "frame-ancestors *" in alone.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in alone.headers
    assert "CC BY 4.0" in alone.text
    assert "<nav" not in alone.text
    again = client.get(
        f"/{view}?{ASOF}&view=embed", headers={"If-None-Match": alone.headers["ETag"]}
    )
    assert again.status_code == 304
    assert "X-Frame-Options" not in again.headers
    for path in (
        f"/{view}?{ASOF}",
        "/?view=embed",
        "/engagements?view=embed",
        "/sparql?view=embed",
    ):
        headers = client.get(path).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", ["timeline", "network", "map"])
def test_a_drawing_is_a_file_that_needs_no_other(client, view, theme):
    answer = client.get(f"/{view}?{ASOF}&view=svg&theme={theme}")
    assert answer.content_type == "image/svg+xml; charset=utf-8"
    root = ElementTree.fromstring(answer.text)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(" not in answer.text
    assert "#1f6a3a" not in answer.text or theme == "light"
    links = re.findall(r'href="([^"]+)"', answer.text)
    assert links
    assert all(link.startswith("http://localhost/") for link in links)


@pytest.mark.parametrize("query", ["view=frame", "view=svg&theme=blue"])
def test_an_unknown_way_to_show_a_drawing_is_refused_by_name(client, query):
    answer = client.get(f"/timeline?{query}")
    assert answer.status_code == 400
    assert query.rpartition("=")[2] in answer.text


def test_where_nothing_is_to_be_drawn_there_is_no_drawing_alone(client):
    answer = client.get("/timeline?from=1700-01-01&to=1700-12-31&view=embed")
    assert answer.status_code == 404
    assert answer.headers["X-Frame-Options"] == "DENY"


def test_an_edge_of_the_network_opens_its_evidence(client):
    page = read(client, f"/network?{ASOF}")
    edges = [each for each in links(page) if "with=" in each]
    address = next(each for each in edges if "XAA" in each and "XBE" in each)
    total = re.search(rf'href="{re.escape(address).replace("&", "&amp;")}">(\d+) engagements', page)
    # The list has the summit as well, which is counted with the visit that it is part of.
    assert count(read(client, address)) == int(total[1]) + 1


def test_a_network_can_be_of_people(client):
    page = read(client, f"/network?of=people&{ASOF}")
    assert "/page/person/ada-varn" in page
    assert "of=people" in next(each for each in links(page) if "graphml" in each)


def test_a_mark_of_the_map_leads_to_what_is_there(client):
    page = read(client, f"/map?{ASOF}")
    address = next(each for each in links(page) if "place=city:belport" in each)
    assert count(read(client, address)) == 2
    assert 'class="spot vague' in page


def test_a_place_without_coordinates_is_said_to_be_off_the_map(client):
    page = read(client, f"/map?{ASOF}")
    assert re.search(r"Ostrel</a></bdi></td>.*?not on the map", page, re.DOTALL)


def test_a_filter_that_leaves_nothing_says_so(client):
    for view in VIEWS:
        page = read(client, f"/{view}?from=1900-01-01&to=1900-01-02")
        assert "<strong>0</strong> engagements" in page


def test_still_pages_have_no_form_and_ask_nothing_of_a_server(world_store):
    client = create_app(world_store, still=True).test_client()
    for view in VIEWS:
        page = read(client, f"/{view}")
        assert 'class="filter"' not in page
        assert not [each for each in links(page) if "?" in each]


@pytest.fixture(scope="module")
def hard(tmp_path_factory):
    """Return the pages of a build whose labels are as bad as labels can be."""
    folder = write_build(tmp_path_factory.mktemp("hard") / "build")
    graph, place = f"<{report_graph('tale')}>", f"<{REFERENCE_GRAPH}>"
    lines = [
        f"{expand('event:harbour-talks')} {expand('dg:meetingParty')} {expand(f'state:X{letter}')}"
        for letter in "AB"
    ]
    lines += [f'{expand(f"state:X{each}")} {expand("rdfs:label")} "{each}{BAD}"' for each in "AB"]
    lines += [f'{expand("city:corvo")} {expand("rdfs:label")} "{BAD}"']
    lines += [
        f'{expand("city:corvo")} {expand(f"dg:{name}")} "{degrees}"^^{expand("xsd:decimal")}'
        for name, degrees in (("latitude", "1.5"), ("longitude", "2.5"))
    ]
    estimate = expand("date-estimate:harbour")
    lines += [
        f"{estimate} {expand('dg:dateOf')} {expand('event:harbour-talks')}",
        f'{estimate} {expand("dg:edtf")} "<i>2031</i>"',
        f'{estimate} {expand("dg:earliest")} "2031-01-01T00:00:00Z"^^{expand("xsd:dateTime")}',
        f'{estimate} {expand("dg:latest")} "2031-12-31T23:59:59Z"^^{expand("xsd:dateTime")}',
        f'{expand("event:harbour-talks")} {expand("rdfs:label")} "{BAD}"',
    ]
    written = (folder / "graph.nq").read_text(encoding="utf-8")
    added = (f"{each} {graph if 'city' not in each else place} .\n" for each in lines)
    write_files(folder, written + "".join(added))
    return create_app(Store.open(folder)).test_client()


@pytest.mark.parametrize("view", [*VIEWS, "network?of=people"])
def test_labels_that_look_like_html_stay_texts(hard, view):
    page = read(hard, f"/{view}")
    html5lib.HTMLParser(strict=True).parse(page)
    assert "<script>" not in page
    assert "<i>2031" not in page
    assert "<b>" not in page


def test_hard_labels_are_shown_as_they_are(hard):
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in read(hard, "/network")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in read(hard, "/map")


def test_views_stand_behind_a_prefix(client):
    page = client.get(f"/timeline?{ASOF}", base_url="http://example.org/behind/").text
    assert f'href="/behind/network?{ASOF}"' in page
    assert 'href="/behind/page/event/' in page

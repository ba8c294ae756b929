"""What is shown of engagements can be had as files, exactly that, and each reads as it should."""

import csv
import io
import json
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from datetime import date, timedelta

import networkx
import openpyxl
import pyoxigraph as ox
import pytest
import rdflib
from icalendar import Calendar

from diplograph.core.names import PREFIXES, expand
from diplograph.core.things import Thing
from diplograph.store.engine import LocalEngine
from diplograph.views.drawings.network import write_graphml
from diplograph.views.engagements import EngagementFilter, filter_engagements, find_engagements
from diplograph.views.exports import (
    COLUMNS,
    find_days,
    make_table,
    write_calendar,
    write_geojson,
)
from diplograph.views.query import QueryRunner
from diplograph.views.tables import guard, write_csv, write_workbook

DAY = date(2031, 3, 20)
ASKED = "actor=state:XAA&asof=2031-03-20"
FORMS = ("csv", "xlsx", "geojson", "graphml", "ics", "ttl")
LETTERS = tuple(zip("ABCDEFGHIJKLMNOPQ", COLUMNS, strict=True))
HARD = '=HYPERLINK("http://example.org")\r\n"quoted", <script>alert(1)</script> \u202eright\u202c é'


@pytest.fixture(scope="module")
def found(world_store):
    asking = QueryRunner(LocalEngine(world_store))
    return find_engagements(asking, EngagementFilter(actor=expand("state:XAA")), DAY).engagements


@pytest.fixture(scope="module")
def hard(found):
    """Return an engagement whose texts are as bad as texts can be."""
    dated = next(each for each in found if find_days(each.dates))
    thing = Thing(dated.thing.iri, HARD)
    return (replace(dated, thing=thing, places=(Thing("urn:place", "+1; @cmd,\x07"),)),)


def iris(found):
    return {each.thing.iri for each in found}


def read_csv(body):
    """Return the rows of a table by the names of COLUMNS."""
    head, *rows = csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""))
    assert head == [column.head for column in COLUMNS.values()]
    return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


@pytest.mark.parametrize("form", FORMS)
def test_a_file_has_a_safe_name_and_no_clock_in_it(client, form):
    one, other = (client.get(f"/engagements.{form}?{ASKED}") for _ in range(2))
    assert one.status_code == 200
    assert one.headers["Content-Disposition"] == f'attachment; filename="engagements.{form}"'
    assert one.data == other.data


def test_csv_holds_exactly_the_engagements_of_the_filter(client, found):
    rows = read_csv(client.get(f"/engagements.csv?{ASKED}").data)
    assert {row["iri"] for row in rows} == iris(found)
    assert [row["iri"] for row in rows] == [each.thing.iri for each in found]
    assert tuple(rows[0]) == tuple(COLUMNS)


def test_csv_keeps_quotes_commas_and_lines_and_guards_formulas(hard):
    body = write_csv(make_table(hard))
    (row,) = read_csv(body)
    assert row["engagement"] == f"'{HARD}"
    assert row["places"].startswith("'+1; @cmd")
    assert body.endswith(b"\r\n")


def test_csv_begins_with_a_byte_order_mark_for_spreadsheets(client):
    assert client.get(f"/engagements.csv?{ASKED}").data.startswith(b"\xef\xbb\xbfEngagement,")


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d"])
def test_a_cell_that_could_be_a_formula_is_guarded(start):
    assert guard(f"{start}1") == f"'{start}1"


def test_other_cells_stay_as_they_are():
    assert guard("a=b") == "a=b"
    assert guard("") == ""


def read_sheet(body):
    return openpyxl.load_workbook(io.BytesIO(body)).active


def test_xlsx_has_the_same_cells_as_csv_with_days_as_days(client):
    sheet = read_sheet(client.get(f"/engagements.xlsx?{ASKED}").data)
    cells = [
        [cell.value.date().isoformat() if cell.is_date else cell.value or "" for cell in row]
        for row in sheet.iter_rows()
    ]
    rows = read_csv(client.get(f"/engagements.csv?{ASKED}").data)
    assert cells[1:] == [list(row.values()) for row in rows]
    types = {name: {cell.data_type for cell in sheet[column][1:]} for column, name in LETTERS}
    assert {name for name, found in types.items() if "d" in found} == {
        "earliest",
        "latest",
        "status_reported",
    }
    assert set().union(*types.values()) <= {"d", "n", "s"}


def test_xlsx_has_a_filter_a_frozen_header_and_links(client, found):
    sheet = read_sheet(client.get(f"/engagements.xlsx?{ASKED}").data)
    assert sheet.auto_filter.ref == f"A1:Q{len(found) + 1}"
    assert sheet.freeze_panes == "B2"
    assert {cell.hyperlink.target for cell in sheet["P"][1:]} == iris(found)
    pages = {f"http://localhost/page/event/{each.thing.curie[6:]}" for each in found}
    for column in "AQ":
        assert {cell.hyperlink.target for cell in sheet[column][1:]} == pages
    assert sheet.page_setup.fitToHeight == 0
    assert sheet.print_title_rows == "$1:$1"
    widths = {name: sheet.column_dimensions[letter].width for letter, name in LETTERS}
    assert 10 <= widths["status"] < widths["engagement"] < 50


def test_xlsx_takes_a_hard_text_for_a_text_and_adds_nothing(hard):
    sheet = read_sheet(write_workbook([make_table(hard)], "Engagements"))
    assert sheet["A2"].data_type == "s"
    assert sheet["A2"].value == HARD.replace("\r\n", "\n")


def test_geojson_has_a_feature_for_each_and_no_geometry_for_what_has_no_place(client, found):
    answer = client.get(f"/engagements.geojson?{ASKED}")
    assert answer.content_type == "application/geo+json"
    document = json.loads(answer.data)
    assert document["type"] == "FeatureCollection"
    features = {each["id"]: each for each in document["features"]}
    assert set(features) == iris(found)
    assert features[expand("event:river-law-seminar")]["geometry"] is None
    belport = features[expand("event:belport-talks")]
    assert belport["geometry"] == {"type": "Point", "coordinates": [-30.25, 41.5]}
    assert belport["properties"]["precision"] == "place"
    assert features[expand("event:morn-visit")]["properties"]["precision"] == "state only"


def test_geojson_keeps_hard_texts(hard):
    (feature,) = json.loads(write_geojson(hard, {}))["features"]
    assert feature["properties"]["engagement"] == HARD


def test_graphml_is_the_whole_network(client):
    graph = networkx.parse_graphml(client.get(f"/engagements.graphml?{ASKED}").data.decode())
    one, other = expand("state:XAA"), expand("state:XBE")
    assert graph.nodes[one]["label"] == "Ardenia"
    edge = graph.edges[one, other]
    assert edge["engagements"] == edge["held"] + edge["planned"] + edge["other"]
    assert edge["held"] > 0
    assert edge["weight"] == edge["engagements"]
    assert isinstance(edge["weight"], float)


def test_graphml_of_people_has_people(client):
    body = client.get(f"/engagements.graphml?{ASKED}&of=people").data
    graph = networkx.parse_graphml(body.decode())
    assert expand("person:ada-varn") in graph
    assert expand("state:XAA") not in graph


def test_graphml_holds_no_character_that_xml_cannot(world_store):
    entries = filter_engagements(QueryRunner(LocalEngine(world_store)), EngagementFilter(), DAY)[:1]
    parties = {entries[0].iri: (Thing("urn:a", "bell\x07 <&>"), Thing("urn:b", "\ufffe"))}
    body = write_graphml(entries, parties)
    ElementTree.fromstring(body)
    assert networkx.parse_graphml(body.decode()).nodes["urn:a"]["label"] == "bell <&>"


def test_the_calendar_reads_and_says_what_is_sure(client, found):
    body = client.get(f"/engagements.ics?{ASKED}").data
    events = {str(each["uid"]): each for each in Calendar.from_ical(body).walk("VEVENT")}
    placed = {each.thing.iri for each in found if find_days(each.dates)}
    assert set(events) == placed
    assert len(placed) < len(found)
    seventeen = events[expand("event:belport-talks")]
    assert seventeen["dtstart"].dt == date(2031, 3, 10)
    assert seventeen["dtend"].dt == date(2031, 3, 11)
    assert str(seventeen["status"]) == "TENTATIVE"
    assert str(events[expand("event:ostrel-officials")]["status"]) == "CONFIRMED"
    assert seventeen["url"] == "http://localhost/page/event/belport-talks"
    assert seventeen["dtstamp"].dt.date() == DAY


def test_a_range_of_days_takes_all_of_them_and_the_date_it_was_moved_to_counts(found):
    visit = [each for each in found if each.thing.curie == "event:morn-visit"]
    (event,) = Calendar.from_ical(write_calendar(visit, DAY)).walk("VEVENT")
    assert (event["dtstart"].dt, event["dtend"].dt) == (date(2031, 5, 2), date(2031, 5, 4))


def test_the_lines_of_a_calendar_are_folded_and_texts_escaped(hard):
    body = write_calendar(hard, DAY)
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))
    (event,) = Calendar.from_ical(body).walk("VEVENT")
    assert '"quoted", <script>' in str(event["summary"])


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        ("asof=2031-03-20", "Engagements as of 20 March 2031"),
        ("actor=Ardenia&topic=topic:tariffs", "Engagements of Ardenia on tariffs"),
        ("actor=Ada Varn,person:celia-morn", "Engagements of Ada Varn or Celia Morn"),
        (
            "status=held,not-held&from=2031-03-01",
            "Engagements (held or not held) from 1 March 2031",
        ),
    ],
)
def test_a_calendar_is_named_by_its_filter_and_says_when_to_read_it_again(client, asked, name):
    calendar = Calendar.from_ical(client.get(f"/engagements.ics?{asked}").data)
    assert calendar["name"] == calendar["x-wr-calname"] == name
    assert calendar["refresh-interval"].dt == timedelta(days=1)
    assert calendar["x-published-ttl"] == "P1D"


def test_turtle_holds_the_engagements_their_parts_and_their_attestations(client, found):
    body = client.get(f"/engagements.ttl?{ASKED}").data
    graph = rdflib.Graph().parse(data=body, format="turtle")
    subjects = {str(each) for each in graph.subjects()}
    assert iris(found) <= subjects
    assert expand("participation:varn-belport-talks") in subjects
    assert expand("agenda-item:belport-talks-tariffs") in subjects
    assert expand("date-estimate:belport-talks") in subjects
    assert any("/id/attestation/" in each for each in subjects)
    assert expand("event:ferry-talks") not in subjects


def test_turtle_says_what_files_say_and_nothing_inferred(client):
    body = client.get(f"/engagements.ttl?{ASKED}").data
    inferred = ox.NamedNode(PREFIXES["dg"] + "engages")
    said = {each.triple for each in ox.parse(body, format=ox.RdfFormat.TURTLE)}
    assert inferred not in {each.predicate for each in said}


def test_files_and_the_list_show_the_same(client):
    for asked in ("status=held", "topic=topic:tariffs", "from=2031-03-01&to=2031-03-31"):
        page = client.get(f"/engagements?{asked}&asof=2031-03-20").text
        rows = read_csv(client.get(f"/engagements.csv?{asked}&asof=2031-03-20").data)
        assert f"<strong>{len(rows)}</strong>" in page


def test_a_file_of_nothing_is_a_file(client):
    for form in FORMS:
        assert client.get(f"/engagements.{form}?from=1900-01-01&to=1900-01-02").status_code == 200

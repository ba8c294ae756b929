"""Whatever characters titles hold, each file of engagements is read back with the same texts."""

import csv
import io
import json
import re
import unicodedata
from datetime import UTC, date, datetime, timedelta

import networkx
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from diplograph.core.dates import date_bounds, parse_datetime, say_date
from diplograph.core.things import Thing
from diplograph.views.drawings.network import write_graphml
from diplograph.views.engagements import Engagement
from diplograph.views.exports import (
    find_days,
    guard,
    write_calendar,
    write_csv,
    write_geojson,
    write_xlsx,
)
from diplograph.views.status import DateRange, JudgedEngagement, Status
from fixtures.property_cases import CASES, property_cases

DAY = date(2031, 3, 20)
EVENT = "https://example.org/event"
# Texts with many of the characters that a format treats as its own.
SPECIAL = (
    "\x00\x07\x0b\x1b\x7f\x85\u2028\u202e\ufeff\ufffe\uffff\r\n\t ,;:\\\"'=+-@<>&_x0041é\U0001f600"
)
TEXTS = st.text(min_size=1, max_size=30) | st.text(SPECIAL, min_size=1, max_size=30)


def make_date(edtf, role="whole"):
    bounds = date_bounds(edtf)
    moments = parse_datetime(bounds.earliest), parse_datetime(bounds.latest)
    return DateRange(Thing("urn:date", ""), edtf, say_date(edtf), *moments, role, False)


def make_engagement(label, *dates, place="", iri=EVENT, status="scheduled"):
    places = (Thing("urn:place", place),) if place else ()
    thing = Thing(iri, label)
    return Engagement(thing, (), Status(status, status), dates, (), (), places)


def read_sheet(engagements):
    return openpyxl.load_workbook(io.BytesIO(write_xlsx(engagements))).active


def end_lines(text):
    return text.replace("\r\n", "\n").replace("\r", "\n")


def without_what_xml_cannot_hold(text):
    kept = (c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
    return "".join(kept)


def without_control_characters(text):
    def remains(character):
        control = unicodedata.category(character) == "Cc" and character not in "\t\n"
        return not control and character != "\ufeff"

    return "".join(filter(remains, end_lines(text)))


# ---- any text -----------------------------------------------------------------------------

# Each file holds ten texts, so that a quarter as many texts are tried as a property test has cases.
many_texts = settings(property_cases, max_examples=max(CASES // 40, 10))
LISTS = st.lists(TEXTS, min_size=10, max_size=10)


@many_texts
@given(LISTS)
def test_a_calendar_keeps_texts_but_for_control_characters(texts):
    # The reader takes an escaped backslash before n for a line feed.
    texts = [re.sub(r"\\+(?=[nN])", "", text) or "n" for text in texts]
    (title, *labels), dated = texts, make_date("2031")
    body = write_calendar([make_engagement(text, dated, place=text) for text in labels], DAY, title)
    lines = body.split(b"\r\n")
    assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", b"".join(lines))
    assert all(len(line) <= 75 and line.decode() is not None for line in lines)
    calendar = Calendar.from_ical(body)
    assert calendar["name"] == calendar["x-wr-calname"] == without_control_characters(title)
    cleaned = [without_control_characters(text) for text in labels]
    events = calendar.walk("VEVENT")
    assert [event["summary"] for event in events] == cleaned
    assert [event["location"] for event in events] == cleaned


@many_texts
@given(LISTS)
def test_csv_and_geojson_keep_texts(texts):
    engagements = [make_engagement(text, place=text) for text in texts]
    table = io.StringIO(write_csv(engagements).decode("utf-8-sig"), newline="")
    rows = list(csv.DictReader(table))
    assert [row["engagement"] for row in rows] == list(map(guard, texts))
    assert [row["places"] for row in rows] == list(map(guard, texts))
    features = json.loads(write_geojson(engagements, {}))["features"]
    assert [feature["properties"]["engagement"] for feature in features] == texts


@many_texts
@given(LISTS)
def test_graphml_keeps_labels_but_for_what_xml_cannot_hold(texts):
    parties = {EVENT: tuple(Thing(f"urn:{number}", text) for number, text in enumerate(texts))}
    body = write_graphml([JudgedEngagement(EVENT, None, None, "held")], parties)
    graph = networkx.parse_graphml(body.decode())
    for party in parties[EVENT]:
        label = graph.nodes[party.iri].get("label", "")
        assert label == without_what_xml_cannot_hold(party.label)
    assert {weight for _, _, weight in graph.edges.data("weight")} == {1.0}


@many_texts
@given(LISTS)
def test_xlsx_keeps_texts_but_for_what_xml_cannot_hold_and_ends_of_lines(texts):
    cells = read_sheet([make_engagement(text) for text in texts])["A"][1:]
    assert [cell.value or "" for cell in cells] == [
        without_what_xml_cannot_hold(end_lines(text)) for text in texts
    ]
    assert {cell.data_type for cell in cells} <= {"s", "n"}


def test_a_calendar_takes_a_backslash_and_a_letter_for_no_line_feed():
    body = write_calendar([make_engagement(r"C:\New, \notes", make_date("2031"))], DAY)
    assert rb"SUMMARY:C:\\New\, \\notes" in body


# ---- days ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("estimates", "days"),
    [
        ([("2031-03-10", "whole")], (date(2031, 3, 10), date(2031, 3, 10))),
        ([("2031-03-10/..", "whole")], (date(2031, 3, 10), None)),
        ([("2031-03-10/", "whole")], (date(2031, 3, 10), None)),
        ([("2031-03/..", "whole"), ("2031-03-05/..", "whole")], (date(2031, 3, 5), None)),
        ([("2031-03/..", "whole"), ("2031-03", "whole")], (date(2031, 3, 1), date(2031, 3, 31))),
        ([("2031-03-10/..", "start")], (date(2031, 3, 10), None)),
        ([("2031-03-01", "start"), ("2031-03-04", "end")], (date(2031, 3, 1), date(2031, 3, 4))),
        ([("../2031-03-10", "whole")], None),
        ([("2031-03-10/..", "end")], None),
        ([("../..", "whole")], None),
        ([], None),
    ],
)
def test_the_days_are_those_of_the_narrowest_estimate_or_from_a_begin_on(estimates, days):
    assert find_days([make_date(*estimate) for estimate in estimates]) == days


def test_an_event_without_an_end_has_a_begin_and_its_status():
    underway = make_engagement("Talks", make_date("2031-03-10/.."), status="underway")
    (event,) = Calendar.from_ical(write_calendar([underway], DAY)).walk("VEVENT")
    assert event["dtstart"].dt == date(2031, 3, 10)
    assert "dtend" not in event
    assert event["status"] == "CONFIRMED"
    assert event["description"] == "Status: underway\nDate: from 10 March 2031 on"


@pytest.mark.parametrize("edtf", ["0800-02-03", "9999-12-31", "2025-12-05T23:59:59Z"])
def test_a_day_at_the_edges_of_the_calendar_is_an_event(edtf):
    body = write_calendar([make_engagement("Talks", make_date(edtf))], datetime(2031, 1, 1))
    (event,) = Calendar.from_ical(body).walk("VEVENT")
    assert event["dtstart"].dt == date.fromisoformat(edtf[:10])
    assert event["dtstamp"].dt == datetime(2031, 1, 1, tzinfo=UTC)
    assert event.get("dtend") is None or event["dtend"].dt == event["dtstart"].dt + timedelta(1)


def test_a_day_before_those_of_spreadsheets_is_a_text():
    engagements = [make_engagement("Old", make_date("1899")), make_engagement("New")]
    engagements.append(make_engagement("First", make_date("1900-01-01/1900-03-01")))
    sheet = read_sheet(engagements)
    assert [cell.value for cell in sheet["E"]] == [
        "earliest",
        "1899-01-01",
        None,
        datetime(1900, 1, 1),
    ]
    assert sheet["F4"].value == datetime(1900, 3, 1)


def test_only_an_address_of_the_web_is_a_link():
    iris = ["urn:a", "javascript:alert(1)", "https://example.org/" + "é" * 3000, EVENT]
    sheet = read_sheet([make_engagement("Talks", iri=iri) for iri in iris])
    links = [cell.hyperlink.target if cell.hyperlink else None for cell in sheet["A"][1:]]
    assert links == [None, None, None, EVENT]
    assert [cell.value for cell in sheet["M"][1:]] == iris


def test_a_cell_is_no_longer_than_a_sheet_allows():
    sheet = read_sheet([make_engagement("\U0001f600" * 20_000)])
    assert sheet["A2"].value == "\U0001f600" * 16_383

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
    COLUMNS,
    Days,
    find_days,
    make_table,
    write_calendar,
    write_geojson,
)
from diplograph.views.status import DateRange, JudgedEngagement, Status
from diplograph.views.tables import guard, write_csv, write_workbook
from fixtures.property_cases import CASES, property_cases

DAY = date(2031, 3, 20)
EVENT = "https://example.org/event"
# Texts with many of the characters that a format treats as its own.
SPECIAL = (
    "\x00\x07\x0b\x1b\x7f\x85\u2028\u202e\ufeff\ufffe\uffff\r\n\t ,;:\\\"'=+-@<>&_x0041é\U0001f600"
)
TEXTS = st.text(min_size=1, max_size=30) | st.text(SPECIAL, min_size=1, max_size=30)


HEADS = {name: column.head for name, column in COLUMNS.items()}
LETTER = {
    name: openpyxl.utils.get_column_letter(place) for place, name in enumerate(COLUMNS, start=1)
}


def make_date(edtf, role="window", **more):
    bounds = date_bounds(edtf)
    moments = parse_datetime(bounds.earliest), parse_datetime(bounds.latest)
    approximate = any(mark in edtf for mark in "~?%")
    name = Thing(f"urn:date:{edtf}", "")
    return DateRange(name, edtf, say_date(edtf), *moments, role, approximate, **more)


def make_engagement(label, *dates, place="", iri=EVENT, status="scheduled", changes=0):
    places = (Thing("urn:place", place),) if place else ()
    thing = Thing(iri, label)
    return Engagement(thing, (), Status(status, status, changes=changes), dates, (), (), places)


def read_sheet(engagements):
    body = write_workbook([make_table(engagements)], "Engagements")
    return openpyxl.load_workbook(io.BytesIO(body)).active


def read_events(*engagements):
    return Calendar.from_ical(write_calendar(engagements, DAY)).walk("VEVENT")


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
    (title, *labels), dated = texts, make_date("2031-03-10")
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
    table = io.StringIO(write_csv(make_table(engagements)).decode("utf-8-sig"), newline="")
    rows = list(csv.DictReader(table))
    assert [row[HEADS["engagement"]] for row in rows] == list(map(guard, texts))
    assert [row[HEADS["places"]] for row in rows] == list(map(guard, texts))
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
    body = write_calendar([make_engagement(r"C:\New, \notes", make_date("2031-03-10"))], DAY)
    assert rb"SUMMARY:C:\\New\, \\notes" in body


# ---- days ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("estimates", "days"),
    [
        ([("2031-03-10", "span")], (10, 10, True)),
        ([("2031-03-10", "window")], (10, 10, True)),
        ([("2031-03-10/2031-03-29", "span")], (10, 29, True)),
        ([("2031-03-10/2031-03-12", "window")], (10, 12, False)),
        ([("2031-03-10~", "span")], (10, 10, False)),
        ([("2031-03-10/2031-03-16", "window")], (10, 16, False)),
        ([("2031-03-10/2031-03-17", "window")], None),
        ([("2031-03-10~/2031-03-29~", "span")], None),
        ([("2031-03", "window"), ("2031-03-05", "window")], (5, 5, True)),
        ([("2031-03-10/..", "span")], (10, None, False)),
        ([("2031-03-10/", "span")], (10, None, False)),
        ([("2031-03/..", "window"), ("2031-03-05/..", "window")], (5, None, False)),
        ([("2031-03-10", "start")], (10, None, False)),
        ([("2031-03-01", "start"), ("2031-03-04", "end")], (1, 4, True)),
        ([("2031-03", "span")], None),
        ([("2031", "window")], None),
        ([("2031", "start")], None),
        ([("../2031-03-10", "window")], None),
        ([("2031-03-10/..", "end")], None),
        ([("../..", "window")], None),
        ([], None),
    ],
)
def test_an_entry_has_the_days_that_are_known_within_a_week(estimates, days):
    found = find_days([make_date(*estimate) for estimate in estimates])
    assert found == (days and Days(*(day and date(2031, 3, day) for day in days[:2]), days[2]))


def test_a_date_that_is_likely_or_another_events_is_never_certain():
    whole = Thing("urn:whole", "visit")
    for more in ({"sure": "likely"}, {"aimed": True}, {"rivals": frozenset(["urn:other"])}):
        assert not find_days([make_date("2031-03-10", **more)]).certain
    within = make_date("2031-03-10/2031-03-12", "span", within=whole)
    assert find_days([within]) == Days(date(2031, 3, 10), date(2031, 3, 12), certain=False)


def test_dates_that_exclude_each_other_take_all_their_days_and_are_uncertain():
    one, other = (
        make_date(f"2031-03-{day}", rivals=frozenset([f"urn:date:2031-03-{rival}"]))
        for day, rival in ((10, 12), (12, 10))
    )
    assert find_days([one, other]) == Days(date(2031, 3, 10), date(2031, 3, 12), certain=False)


def test_an_event_without_an_end_has_a_begin_and_is_uncertain():
    (event,) = read_events(make_engagement("Talks", make_date("2031-03-10/..", "span")))
    assert event["dtstart"].dt == date(2031, 3, 10)
    assert "dtend" not in event
    assert (event["status"], event["summary"]) == ("TENTATIVE", "Talks (date uncertain)")
    lines = ("Status: scheduled", "Date: from 10 March 2031 on", f"Page: {EVENT}")
    assert event["description"] == "\n".join(lines)


@pytest.mark.parametrize(
    ("status", "edtf", "stands", "title"),
    [
        ("scheduled", "2031-03-10", "CONFIRMED", "Talks"),
        ("scheduled", "2031-03-10~", "TENTATIVE", "Talks (date uncertain)"),
        ("planned", "2031-03-10", "TENTATIVE", "Talks"),
        ("overdue", "2031-03-10", "TENTATIVE", "Talks"),
        ("contested", "2031-03-10", "TENTATIVE", "Talks (contested)"),
        ("cancelled", "2031-03-10", "CANCELLED", "Talks (cancelled)"),
        ("postponed", "2031-03-10", "CANCELLED", "Talks (postponed)"),
    ],
)
def test_an_entry_is_confirmed_only_where_day_and_status_are_certain(status, edtf, stands, title):
    (event,) = read_events(make_engagement("Talks", make_date(edtf), status=status, changes=2))
    assert (event["status"], event["summary"]) == (stands, title)
    assert event["sequence"] == 2


def test_what_has_no_known_day_is_named_in_the_description_of_the_calendar():
    year, undated = make_engagement("Visit", make_date("2031")), make_engagement("Talks")
    calendar = Calendar.from_ical(write_calendar([year, undated], DAY))
    assert calendar.walk("VEVENT") == []
    assert calendar["description"] == calendar["x-wr-caldesc"]
    assert str(calendar["x-wr-caldesc"]).splitlines() == [
        "2 engagements have no entry: no report says on which day, within a week,"
        " it was or will be.",
        "- Visit (2031; scheduled)",
        "- Talks (no date reported; scheduled)",
    ]


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
    assert [cell.value for cell in sheet[LETTER["earliest"]]] == [
        "First possible day",
        "1899-01-01",
        None,
        datetime(1900, 1, 1),
    ]
    assert sheet[f"{LETTER['latest']}4"].value == datetime(1900, 3, 1)


def test_only_an_address_of_the_web_is_a_link():
    iris = ["urn:a", "javascript:alert(1)", "https://example.org/" + "é" * 3000, EVENT]
    sheet = read_sheet([make_engagement("Talks", iri=iri) for iri in iris])
    links = [cell.hyperlink.target if cell.hyperlink else None for cell in sheet["A"][1:]]
    assert links == [None, None, None, EVENT]
    assert [cell.value for cell in sheet[LETTER["iri"]][1:]] == iris


def test_a_cell_is_no_longer_than_a_sheet_allows():
    sheet = read_sheet([make_engagement("\U0001f600" * 20_000)])
    assert sheet["A2"].value == "\U0001f600" * 16_383

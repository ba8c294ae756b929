"""The page of changes, its filter, its feed and its files say what each report changed."""

import csv
import io
import json
import xml.etree.ElementTree as ElementTree

import pytest

from diplograph.store.store import Store
from diplograph.web.app import create_app
from fixtures.site_pages import open_page

ATOM = "{http://www.w3.org/2005/Atom}"
DAY = "asof=2031-07-01"


def test_each_report_has_a_heading_its_days_and_its_changes(client):
    page = open_page(client, f"/changes?{DAY}")
    text = page.text
    assert text.index("bulletin of Elbrand") < text.index("Northern Monitor on what came")
    assert "Published 2 June 2031, received 4 June 2031." in text
    assert "visit of Bruno Kest to Elbrand : postponed → called off para." in text
    assert f"/page/event/kest-visit-elbrand?{DAY}" in [link.get("href") for link in page.all("a")]


@pytest.mark.parametrize("named", ["Ardenia", "xaa", "state:XAA"])
def test_a_party_is_named_by_label_code_or_curie(client, named):
    text = open_page(client, f"/changes?thing={named}&{DAY}").text
    assert "with changes for Ardenia" in text
    assert "conference on lighthouses" not in text


def test_two_names_are_a_pair(client):
    text = open_page(client, f"/changes?thing=XAA,XBE&{DAY}").text
    assert "with changes for Ardenia and Belmora" in text
    assert "ministers' talks in Belport" in text


def test_only_reports_since_a_day_are_shown(client):
    text = open_page(client, f"/changes?since=2031-06-05&{DAY}").text
    assert "1 report received since 5 June 2031" in text
    assert "Northern Monitor" not in text


def test_an_empty_list_says_why(client, small_store):
    assert "No report was known on that day." in open_page(client, "/changes?asof=1990-01-01").text
    text = open_page(client, f"/changes?since=2040-01-01&{DAY}").text
    assert "No report changed anything here." in text
    empty = create_app(Store(list, "0")).test_client()
    assert "No report was known on that day." in open_page(empty, "/changes").text


def test_a_fault_stands_at_its_field_and_what_was_typed_stays(client):
    page = open_page(client, "/changes?thing=Nobody&since=soon", 404)
    values = [field.get("value") for field in page.all("input")]
    assert "Nobody" in values
    assert "soon" in values
    assert "nothing in this graph is called 'Nobody'" in page.text
    assert "'soon' is not a day" in page.text
    assert client.get("/changes.json?thing=Nobody").status_code == 404
    assert client.get("/changes.csv?since=soon").status_code == 400


def test_the_feed_is_valid_atom_and_the_same_each_time(client):
    answer = client.get(f"/changes.atom?thing=XAA&{DAY}")
    assert answer.mimetype == "application/atom+xml"
    feed = ElementTree.fromstring(answer.data)
    assert feed.tag == f"{ATOM}feed"
    for name in ("id", "title", "updated", "author"):
        assert feed.find(ATOM + name) is not None
    entries = feed.findall(f"{ATOM}entry")
    updated = [entry.findtext(f"{ATOM}updated") for entry in entries]
    assert feed.findtext(f"{ATOM}updated") == max(updated)
    assert updated[0] == "2031-06-04T00:00:00Z"
    assert all(entry.find(f"{ATOM}link").get("href").startswith("http://") for entry in entries)
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == len(entries)
    assert (
        feed.find(f"{ATOM}link[@rel='self']")
        .get("href")
        .startswith("http://localhost/changes.atom")
    )
    assert client.get(f"/changes.atom?thing=XAA&{DAY}").data == answer.data


def test_a_feed_without_reports_is_one_as_well():
    empty = create_app(Store(list, "0")).test_client()
    feed = ElementTree.fromstring(empty.get("/changes.atom").data)
    assert feed.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"


def test_the_feed_is_announced_on_the_page(client):
    links = open_page(client, f"/changes?thing=XAA&{DAY}").all("link")
    assert [link["href"] for link in links if link.get("type") == "application/atom+xml"] == [
        f"/changes.atom?thing=state:XAA&{DAY}",
    ]


def test_the_table_has_a_row_for_each_change(client):
    text = client.get(f"/changes.csv?{DAY}").data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert rows[0]["report"] == "bulletin of Elbrand's Foreign Ministry"
    assert rows[0]["received"] == "2031-06-10"
    assert rows[0]["kind"] == "held"
    assert rows[0]["paragraphs"].startswith("para. ")


def test_the_document_has_the_sentences_in_parts_with_addresses(client):
    document = json.loads(
        client.get("/changes.json?thing=XAA&since=2031-06-01&asof=2031-07-01").data
    )
    assert document["seen"]["day"] == "2031-06-10"
    assert [iri.rpartition("/")[2] for iri in document["seen"]["reports"]] == ["elbrand-bulletin"]
    assert document["things"][0]["label"] == "Ardenia"
    (report,) = document["reports"]
    assert report["report"]["address"] == "/report/northern-monitor?asof=2031-07-01"
    for change in report["changes"]:
        parts = (part if isinstance(part, str) else part["label"] for part in change["parts"])
        assert "".join(parts) == change["text"]


def test_the_copy_in_files_has_all_reports_and_no_form(world_store):
    page = open_page(create_app(world_store, still=True).test_client(), f"/changes?{DAY}")
    assert page.all("form") == []
    assert "Lantern Gazette" in page.text

"""Surfaces agree: an event has one date and one status wherever it stands, and counts are equal."""

import csv
import html
import io
import re
from datetime import date

import pytest

from diplograph.store.engine import LocalEngine
from diplograph.views.engagements import (
    describe_engagements,
    judge_engagements,
    read_engagement_index,
)
from diplograph.views.query import QueryRunner
from diplograph.views.status import NO_DATE, list_other_dates, say_dates, say_range
from diplograph.web.addresses import find_path
from diplograph.web.app import create_app

DAYS = {"world": date(2031, 6, 1), "real": date(2026, 11, 30)}
# A row of a table of engagements, a line of the start page, the headline of an event's page.
_ROW = re.compile(r'<tr role="row">(.*?)</tr>', re.DOTALL)
_LINE = re.compile(r"<li><p>(<span class=\"status.*?)</li>", re.DOTALL)
_HEADLINE = re.compile(r'<p class="headline">(.*?)</p>', re.DOTALL)
_WHAT = re.compile(r'data-label="What">(.*?)</td>', re.DOTALL)
_NAMED = re.compile(r"<strong>(.*?)</strong>", re.DOTALL)
_EVENT = re.compile(r'href="(/page/event/[^?"]*)')
_BRIEF_LINE = re.compile(
    r"^- (?:\*\*(?P<lead>[^\[]*?):\*\* )?"
    r"\*\*\[[^\]]*\]\(<(?P<iri>[^>]*/event/[^>]*)>\)\*\*(?P<tail>.*)$",
    re.MULTILINE,
)


def flatten(markup):
    """Return the text of markup in one line, without the space that tags leave before a comma."""
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())
    return re.sub(r" ([,;”])", r"\1", text)


class Surfaces:
    """A client of one graph on one day, and what it is to say of each engagement by path."""

    def __init__(self, store, day):
        self.client, self.day = create_app(store).test_client(), day
        runner = QueryRunner(LocalEngine(store))
        judged = judge_engagements(read_engagement_index(runner), day)
        self.engagements = describe_engagements(runner, judged, day)
        self.by_path = {find_path(found.thing.iri): found for found in self.engagements}
        self.by_iri = {found.thing.iri: found for found in self.engagements}

    def get(self, path, **query):
        """Return the text at a path as of the day, without any mark of byte order."""
        response = self.client.get(path, query_string={"asof": self.day.isoformat(), **query})
        assert response.status_code == 200, path
        return response.get_data().decode("utf-8-sig")

    def list_mismatches(self, place, markup):
        """Return where markup about one engagement has another date or status than it is to."""
        named = _WHAT.search(markup) or _NAMED.search(markup)
        found = self.by_path[_EVENT.search(named[1])[1]]
        return self.compare(place, found, flatten(markup))

    def compare(self, place, found, text, date_words=None):
        """Return the words that a text about one engagement lacks."""
        wanted = flatten(date_words or say_range(found.dates) or NO_DATE), found.status.label
        return [(place, found.thing.iri, words) for words in wanted if words not in text]


@pytest.fixture(scope="module", params=DAYS)
def surfaces(request):
    store = request.getfixturevalue(f"{request.param}_store")
    return Surfaces(store, DAYS[request.param])


def test_an_events_page_heads_with_its_date_and_status_and_cites_both(surfaces):
    wrong = []
    for path, found in surfaces.by_path.items():
        page = surfaces.get(path)
        headline = flatten(_HEADLINE.search(page)[1])
        wrong += surfaces.compare("headline", found, headline)
        wrong += [
            ("headline", path, words)
            for word, words in list_other_dates(found.dates)
            if f"{word} {words}" not in headline.replace(":", "")
        ]
        cited = re.search(r'name="DC.description" content="([^"]*)"', page)[1]
        expected = f"{found.status.label}; {say_dates(found.dates) or NO_DATE}"
        if html.unescape(cited) != expected:
            wrong.append(("citation", path, cited))
    assert not wrong, wrong


def test_lists_say_the_same_as_the_page_of_an_event(surfaces):
    wrong, seen = [], set()
    pages = -(-len(surfaces.by_path) // 50)
    for number in range(1, pages + 1):
        for row in _ROW.findall(surfaces.get("/engagements", page=number)):
            if "<td" not in row:
                continue
            seen.add(_EVENT.search(_WHAT.search(row)[1])[1])
            wrong += surfaces.list_mismatches("list", row)
    for path in ("/open/overdue", "/open/unheard", "/open/undated"):
        for row in _ROW.findall(surfaces.get(path)):
            if _EVENT.search(row):
                wrong += surfaces.list_mismatches(path, row)
    for line in _LINE.findall(surfaces.get("/")):
        wrong += surfaces.list_mismatches("start page", line)
    assert seen == surfaces.by_path.keys()
    assert not wrong, wrong


def test_pages_and_briefs_of_pairs_say_the_same(surfaces):
    wrong, seen = [], 0
    pairs = dict.fromkeys(re.findall(r'href="(/pair/[^/"?]+/[^/"?]+)\?', surfaces.get("/pair/")))
    for pair in pairs:
        for row in _ROW.findall(surfaces.get(pair)):
            if 'data-label="Who and where"' in row:
                wrong += surfaces.list_mismatches(pair, row)
                seen += 1
        wrong += _compare_brief(surfaces, f"/brief{pair}.md")
    assert seen
    assert not wrong, wrong


def _compare_brief(surfaces, path):
    """Return what lines of a brief in Markdown say otherwise; a heading may name the status."""
    wrong = []
    engaged = surfaces.get(path).partition("## Agenda and outcomes")[0].partition("## Disagree")[0]
    for line in _BRIEF_LINE.finditer(engaged):
        found = surfaces.by_iri.get(line["iri"])
        if found is None or "came out of" in line["tail"] or not line["tail"].startswith(": "):
            continue
        text = f"{line['lead'] or ''} {line['tail']}"
        words = say_range(found.dates) or NO_DATE
        if words not in text:
            wrong.append((path, line["iri"], words))
    return wrong


def test_tables_say_the_same(surfaces):
    rows = list(csv.DictReader(io.StringIO(surfaces.get("/engagements.csv"))))
    assert len(rows) == len(surfaces.by_iri)
    for row in rows:
        found = surfaces.by_iri[row["IRI"]]
        assert row["When"] == say_range(found.dates)
        assert row["Status"] == found.status.label
    places = surfaces.client.get(f"/engagements.geojson?asof={surfaces.day}").json["features"]
    said = {place["id"]: place["properties"] for place in places}
    for row in rows:
        assert (said[row["IRI"]]["date"], said[row["IRI"]]["status"]) == (
            row["When"],
            row["Status"],
        )


def test_calendars_say_the_same(surfaces):
    unfolded = surfaces.get("/engagements.ics").replace("\r\n ", "")
    text = re.sub(r"\\([\\;,])", r"\1", unfolded)
    entries = {
        re.search("UID:(.*?)\r", entry)[1]: entry for entry in text.split("BEGIN:VEVENT")[1:]
    }
    for iri, found in surfaces.by_iri.items():
        if iri in entries:
            assert f"Status: {found.status.label}" in entries[iri]
            assert f"Date: {say_dates(found.dates)}" in entries[iri]
        else:
            when = say_range(found.dates) or NO_DATE
            assert f"- {found.thing.label} ({when}; {found.status.label})" in text


# ---- counts -------------------------------------------------------------------------------


def test_counts_of_the_start_page_are_those_of_lists(surfaces):
    page = surfaces.get("/")
    ahead, overdue = map(int, re.search(r"([0-9]+) ahead ([0-9]+) overdue", flatten(page)).groups())
    listed = list(csv.DictReader(io.StringIO(surfaces.get("/engagements.csv"))))
    assert overdue == sum(row["Status"] == "overdue" for row in listed)
    for address in re.findall(r'href="(/engagements\?status=[^"]*)">All [0-9]+ ahead', page):
        assert f" {ahead} engagement" in flatten(surfaces.client.get(html.unescape(address)).text)


def test_choices_of_the_list_lead_to_as_many_as_they_say(surfaces):
    page = surfaces.get("/engagements")
    narrow = page.partition('<div class="narrow">')[2].partition("</div>")[0]
    found = re.findall(r'<a href="([^"]*)">.*?<span class="count">([0-9,]+)</span>', narrow)
    assert found
    for address, count in found[::3]:
        chosen = surfaces.client.get(html.unescape(address)).text
        assert f"<strong>{count}</strong> engagement" in chosen, address


def test_lists_of_open_issues_hold_as_many_as_the_overview_says(surfaces):
    overview = surfaces.get("/open")
    counts = re.findall(r'<a href="#([a-z]+)">[^<]*</a> <span class="count">([0-9,]+)', overview)
    assert counts
    for name, count in counts:
        section = surfaces.get(f"/open/{name}")
        total = int(count.replace(",", ""))
        assert f"{count} in all" in section
        assert sum("<td" in row for row in _ROW.findall(section)) == min(total, 50)
        rows = list(csv.DictReader(io.StringIO(surfaces.get(f"/open/{name}.csv"))))
        assert len({(row.get("IRI"), row.get("About")) for row in rows}) >= min(total, 1)
    assert flatten(overview).find(f"{sum(int(c.replace(',', '')) for _, c in counts)} in all") > 0


def test_a_pair_has_as_many_engagements_on_its_page_as_in_the_list(surfaces):
    pairs = surfaces.get("/pair/")
    for pair in list(dict.fromkeys(re.findall(r'href="(/pair/[^/"?]+/[^/"?]+)\?', pairs)))[:4]:
        page = surfaces.get(pair)
        listed = re.search(r'href="(/engagements\.csv\?[^"]*)"', page)
        if listed:
            text = surfaces.client.get(html.unescape(listed[1])).get_data().decode("utf-8-sig")
            assert f"{len(list(csv.DictReader(io.StringIO(text))))} in all" in flatten(page)

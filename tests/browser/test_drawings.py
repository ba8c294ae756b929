"""No text in a drawing touches another, leaves its box or the picture, or is crossed by a line.

Chromium measures it, on the project's own graph, the invented world, and an archive of thousands of
engagements with long names in several scripts.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from flask import Flask, render_template

from diplograph.core.things import Thing
from diplograph.views.drawings.chain import draw_chain
from diplograph.views.drawings.ladder import draw_ladder
from diplograph.views.drawings.map import draw_map
from diplograph.views.drawings.network import draw_network
from diplograph.views.drawings.text import measure
from diplograph.views.drawings.timeline import TimelineItem, draw_timeline
from diplograph.views.engagements import MapPlace, Participants
from diplograph.views.event import EventChain, EventLink
from diplograph.views.status import STATUS_LABELS, DateRange, JudgedEngagement, Status
from diplograph.web.app import create_app
from diplograph.web.result_drawings import draw_result
from diplograph.web.result_table import Cell, ResultTable
from fixtures.web_reading import served

MEASURE = (Path(__file__).parent / "measure.js").read_text(encoding="utf-8")
MEASURE = MEASURE[MEASURE.index("() =>") :]
WIDTHS = (1280, 390)
WORLD = (
    "/timeline",
    "/network",
    "/map",
    "/page/event/xaa-xbe-summit-7",
    "/network?view=embed",
)
REAL = (
    "/timeline",
    "/map",
    "/page/event/moscow-talks-2025-11",
    "/pair/IND/RUS",
    "/page/state/IND",
    "/ontology",
    "/ontology/Meeting",
)
DAY = date(2026, 11, 30)
NAMES = (
    "Extraordinary ministerial consultations on the many-sided strategic and economic partnership",
    "Внеочередное заседание Совета министров иностранных дел государств-участников Содружества",
    "中华人民共和国与俄罗斯联邦关于深化新时代全面战略协作伙伴关系的外长级磋商会议纪要",
    "الاجتماع الوزاري الاستثنائي لمجلس التعاون لدول الخليج العربية في الرياض",
    "भारत और रूस के बीच विदेश मंत्रियों की विशेष रणनीतिक साझेदारी वार्ता",
    "Donaudampfschifffahrtsgesellschaftskapitänsversammlungsprotokollunterzeichnungszeremonie",
    "WWWWWWWW MMMMMMMM @@@@@@@@ %%%%%%%% WWWWWWWW MMMMMMMM",
    "Vie\u0302\u0323t Nam e\u0301\u0302 o\u0308\u0304 talks",
    "talks",
)
TEXTS = (*NAMES, "Äußerst ĺľďť Ħħ «»", "ЖЩЮФЫ жщюфы", "Ωμέγα Άλφα", "0123456789, 31 December 2031")


class Archive:
    """An archive of a thousand reports: four thousand engagements of 120 parties at 150 places."""

    def __init__(self):
        self.states = [thing("state", f"X{n}", f"{NAMES[n % 9][:60]} {n}") for n in range(120)]
        self.places = [
            MapPlace(
                thing("city", f"c{n}", f"{NAMES[n % 9][:30]} {n}"),
                -50 + n % 120,
                -170 + n * 2,
                n % 5 == 0,
            )
            for n in range(150)
        ]
        words = list(STATUS_LABELS)
        self.entries = [make_entry(n, words[n % len(words)]) for n in range(4000)]
        self.participants = Participants(
            parties={
                entry.iri: (self.states[n % 120], self.states[n * 7 % 113 + 1])
                for n, entry in enumerate(self.entries)
            },
            people={},
            places={entry.iri: (self.places[n % 150],) for n, entry in enumerate(self.entries)},
            states=tuple(MapPlace(state, 10.0, 20.0, True) for state in self.states),
        )

    def timeline(self):
        near = sorted(self.entries, key=lambda entry: abs(entry.earliest.date() - DAY))[:60]
        items = [
            TimelineItem(name_event(entry, n), entry.status, dates_of(entry, n))
            for n, entry in enumerate(near)
        ]
        return draw_timeline(items, DAY, self.entries)

    def network(self):
        return draw_network(self.entries, self.participants.parties).drawing

    def map(self):
        return draw_map(self.entries, self.participants).drawing

    def chain(self):
        links = [
            EventLink(
                "prepares for and is part of",
                name_event(entry, n),
                entry.status,
                dates_of(entry, n),
            )
            for n, entry in enumerate(self.entries[:40])
        ]
        chain = EventChain(
            tuple(links[:9]), tuple(links[9:12]), tuple(links[12:20]), tuple(links[20:])
        )
        own = self.entries[5]
        return draw_chain(
            SimpleNamespace(
                chain=chain, thing=name_event(own, 5), status=own.status, dates=dates_of(own, 5)
            )
        )

    def answer(self, title):
        """Return a drawing of an answer whose rows have a name, a date, a number and a place."""
        rows = tuple(
            (
                Cell(f"{NAMES[n % 9]} {n}"),
                Cell(("2031-02-03", "2031-02", "2031-02-03/2031-04-05", "2031~")[n % 4]),
                Cell(str(10**n), number=True),
                Cell(self.places[n].thing.label, self.places[n].thing.iri),
            )
            for n in range(60)
        )
        table = ResultTable(("Name", "Date", "Number", "Place"), rows, len(rows))
        places = [
            {"place": p.thing.iri, "latitude": str(p.latitude), "longitude": str(p.longitude)}
            for p in self.places
        ]
        drawings = draw_result(table, SimpleNamespace(rows=lambda text: places[:60]))
        return next(drawing for drawing in drawings if drawing.title.startswith(title))

    def bars_of_an_answer(self):
        return self.answer("Chart")

    def timeline_of_an_answer(self):
        return self.answer("Timeline")

    def map_of_an_answer(self):
        return self.answer("60 places")

    def ladder(self):
        stages = [
            SimpleNamespace(
                thing=thing("stage", f"s{n}", name),
                dates=dates_of(make_entry(n * 300, "held"), n),
                order=(n,),
                cell=lambda names: frozenset(),
            )
            for n, name in enumerate(NAMES)
        ]
        return draw_ladder(stages, DAY).drawing


def thing(kind, name, label):
    return Thing(f"https://w3id.org/diplograph/id/{kind}/{name}", label)


def make_entry(number, word):
    first = datetime(1995, 1, 1, tzinfo=UTC) + timedelta(days=number * 3)
    last = first + timedelta(days=(0.9, 3, 30, 365)[number % 4])
    label = STATUS_LABELS[word]
    if number % 5 == 0:
        label = f"called off with {NAMES[number % 9]}: {label}"
    return JudgedEngagement(f"urn:event-{number}", first, last, word, Status(word, label))


def name_event(entry, number):
    return thing("event", entry.iri.removeprefix("urn:"), f"{NAMES[number % 9]} {number}")


def dates_of(entry, number):
    edtf = f"{entry.earliest.date()}/{entry.latest.date()}{'~' if number % 3 == 0 else ''}"
    words = f"around {entry.earliest.date()} to {entry.latest.date()}"
    fact, bounds = Thing("urn:date", edtf), (entry.earliest, entry.latest)
    role = ("span", "window")[number % 2]
    return (DateRange(fact, edtf, words, *bounds, role, "~" in edtf),)


@pytest.fixture(scope="module")
def archive_address(world_store):
    """Yield the address of an application that shows the drawings of the archive at /drawn/."""
    app, archive = create_app(world_store), Archive()

    @app.get("/drawn/<name>")
    def drawn(name):
        drawing = getattr(archive, name)()
        return render_template(
            "embed.html", drawing=drawing, subject=name, source="/", as_of=str(DAY)
        )

    with served(app) as root:
        yield root


@pytest.fixture(scope="module")
def faults_on(browser):
    """Return a function that measures the drawings of a page in windows of several widths."""
    page = browser.new_page()

    def measured(address):
        faults = []
        assert page.goto(address).ok
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            assert page.locator("main svg text:visible").count()
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            faults += [f"{width}: {fault}" for fault in page.evaluate(MEASURE)]
        return faults

    yield measured
    page.close()


@pytest.mark.parametrize("path", WORLD)
def test_texts_fit_into_the_drawings_of_the_invented_world(faults_on, world_site, path):
    assert faults_on(world_site + path) == []


@pytest.mark.parametrize("path", REAL)
def test_texts_fit_into_the_drawings_of_the_real_data(faults_on, real_address, path):
    assert faults_on(real_address + path) == []


@pytest.mark.parametrize(
    "name",
    "timeline network map chain ladder"
    " bars_of_an_answer timeline_of_an_answer map_of_an_answer".split(),
)
def test_texts_fit_into_the_drawings_of_a_large_archive(faults_on, archive_address, name):
    assert faults_on(f"{archive_address}/drawn/{name}") == []


def test_the_measure_finds_what_it_is_for(browser):
    page = browser.new_page()
    page.set_content(
        "<main><svg width=200 height=100><g class=box><rect x=0 y=0 width=40 height=30 />"
        "<text x=5 y=20>leaves this box</text></g><text x=30 y=24>touches it</text>"
        "<text x=150 y=70>leaves the picture</text><text x=10 y=80>crossed</text>"
        "<path d='M20 60V95' stroke=red class=grid /></svg></main>"
    )
    faults = page.evaluate(MEASURE)
    page.close()
    for start in ("leaves its box", "touch", "leaves the picture", "crossed by grid"):
        assert any(fault.startswith(start) for fault in faults)


@pytest.mark.parametrize("weight", [400, 600])
def test_no_text_is_wider_than_was_reckoned(browser, weight):
    page = browser.new_page()
    widths = page.evaluate(
        "([texts, weight]) => { const c = document.createElement('canvas').getContext('2d');"
        "c.font = `${weight} 13px 'DejaVu Sans', sans-serif`;"
        "return texts.map((text) => c.measureText(text).width); }",
        [list(TEXTS), weight],
    )
    page.close()
    for text, width in zip(TEXTS, widths, strict=True):
        assert width <= measure(text, 13, bold=weight == 600) + 0.5, text


@pytest.mark.parametrize("path", ["/timeline", "/map", "/network"])
def test_on_a_phone_a_drawing_is_whole_and_shows_the_day_without_scripts(browser, world_site, path):
    phone = {"width": 390, "height": 844}
    page = browser.new_context(viewport=phone, java_script_enabled=False).new_page()
    page.goto(world_site + path)
    drawing = page.locator("svg.chart:visible")
    box = drawing.bounding_box()
    assert drawing.count() == 1
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    if path == "/timeline":
        day = drawing.locator("text.today").bounding_box()
        assert 0 <= day["x"] < day["x"] + day["width"] <= 390
    page.context.close()


def test_a_drawing_can_be_saved_as_png(browser, world_site):
    page = browser.new_page()
    page.goto(world_site + "/map")
    page.get_by_text("Embed", exact=True).click()
    assert "view=embed" in page.locator(".embed-code code").inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="PNG").click()
    assert download.value.suggested_filename == "diplograph-map.png"
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    page.close()


def test_a_drawing_alone_shows_in_a_frame_of_another_site_and_its_page_does_not(
    browser, world_site
):
    other = Flask("other")

    @other.get("/")
    def page_of_another_site():
        frames = "".join(
            f'<iframe src="{world_site}/map{query}" width=900 height=700></iframe>'
            for query in ("?view=embed", "")
        )
        return f"<!doctype html><title>Another site</title>{frames}"

    page = browser.new_page()
    with served(other) as root:
        page.goto(root, wait_until="networkidle")
        alone, whole = page.frames[1:]
        assert alone.locator("svg.chart").count() == 2
        assert whole.locator("svg.chart").count() == 0
    page.close()

"""In a real browser: every kind of page is accessible, quiet, small and whole without scripts."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest

from diplograph.build.questions import read_questions
from diplograph.core.home import Home
from diplograph.core.settings import Settings
from diplograph.web.app import create_app
from fixtures.project_files import ROOT
from fixtures.web_reading import served

AS_OF = "2026-11-30"
LARGEST = 600_000
STANDARDS = {
    "type": "tag",
    "values": "wcag2a wcag2aa wcag21a wcag21aa wcag22aa best-practice".split(),
}
CONTRAST = {"type": "rule", "values": ["color-contrast"]}
TARGETS = {"type": "rule", "values": ["target-size"]}
PATHS = """
/
/engagements
/engagements?actor=state:IND&status=status:planned
/timeline
/timeline?view=embed
/network
/map
/map?view=embed
/changes
/open
/search?q=trade
/search?q=zzzz
/questions
/questions/planned-not-held
/sparql
/sparql?query=SELECT%20*%20%7B%20%3Fs%20a%20%3Fclass%20%7D%20LIMIT%205
/sparql?query=SELECT%20%2A%20%7B
/page/event/moscow-talks-2025-11
/page/event/putin-india-visit-2025-12
/page/state/IND
/page/person/sergey-lavrov
/page/office/rus-president
/page/forum/sco
/page/organ/un-security-council
/page/topic/trade
/page/concept/topic
/page/city/moscow
/page/partnership/ind-rus
/page/series/ind-rus-annual-summit
/page/tenure/putin-president
/page/passage/moscow-talks/7
/page/attestation/moscow-talks/9
/pair/IND/RUS
/pair/
/brief/pair/IND/RUS
/brief/state/IND
/brief/person/vladimir-putin
/brief/week/2025-W47
/report/moscow-talks
/fact/date-estimate/putin-visit-5-6-december
/fact/statement?subject=event:moscow-talks-2025-11&predicate=dg:engages&object=state:IND
/ontology
/ontology?q=visit
/about
/ontology/Meeting
/ontology/participationRole
/ontology/shape/Meeting
/download/
/page/event/no-such-event
""".split()


@dataclass
class Visit:
    """What the browser saw of one page."""

    violations: list = field(default_factory=list)
    dark: list = field(default_factory=list)
    tight: list = field(default_factory=list)
    said: list = field(default_factory=list)
    foreign: list = field(default_factory=list)
    size: int = 0
    narrow: int = 0
    heading: str = ""
    rows: int = 0
    plain_heading: str = ""
    plain_rows: int = 0


@pytest.fixture(scope="module")
def site(real_store):
    """Yield the address of the project's own graph, served."""
    questions = read_questions(Home.find(ROOT))
    app = create_app(real_store, questions, findings=0, settings=Settings(as_of=AS_OF))
    with served(app) as address:
        yield address


@pytest.fixture(scope="module")
def visits(browser, site, axe):
    """Return a function that gives what the browser saw of a page, which it visits once."""
    scripted = browser.new_context(viewport={"width": 1280, "height": 900})
    plain = browser.new_context(viewport={"width": 320, "height": 700}, java_script_enabled=False)
    seen = {}

    def visit(path):
        if path not in seen:
            seen[path] = look(scripted, plain, site, path, axe)
        return seen[path]

    yield visit
    scripted.close()
    plain.close()


def look(scripted, plain, site, path, axe):
    """Return what a browser sees of a page, with scripts and without."""
    visit, page = Visit(), scripted.new_page()
    page.on("console", lambda message: visit.said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: visit.said.append(f"error: {error}"))
    page.on("request", lambda request: note_foreign(visit, site, request.url))
    page.on("response", lambda response: visit.__setattr__("size", visit.size + weigh(response)))
    page.goto(site + path, wait_until="load")
    visit.heading, visit.rows = page.inner_text("h1"), page.locator("table tr").count()
    page.evaluate(axe)
    visit.violations = judge(page, STANDARDS)
    page.emulate_media(color_scheme="dark")
    visit.dark = judge(page, CONTRAST)
    page.set_viewport_size({"width": 320, "height": 700})
    visit.tight = judge(page, TARGETS)
    visit.narrow = page.evaluate("document.documentElement.scrollWidth")
    page.close()
    bare = plain.new_page()
    bare.goto(site + path)
    visit.plain_heading = bare.inner_text("h1")
    visit.plain_rows = bare.locator("table tr").count()
    bare.close()
    return visit


def judge(page, rules):
    """Return what axe, loaded into the page, finds wrong, a line each."""
    found = page.evaluate(
        "rules => axe.run({runOnly: rules, resultTypes: ['violations'], preload: false})", rules
    )
    return [
        f"{each['id']}: {node['target']} {node['html'][:120]}"
        for each in found["violations"]
        for node in each["nodes"]
    ]


def note_foreign(visit, site, address):
    if not address.startswith((site, "data:", "blob:")):
        visit.foreign.append(address)


def weigh(response):
    return len(response.body()) if urlsplit(response.url).scheme == "http" else 0


each_page = pytest.mark.parametrize("path", PATHS)


@each_page
def test_axe_finds_nothing_wrong(visits, path):
    assert visits(path).violations == []


@each_page
def test_colours_contrast_in_the_dark(visits, path):
    assert visits(path).dark == []


@each_page
def test_a_finger_has_room_on_a_narrow_screen(visits, path):
    assert visits(path).tight == []


@each_page
def test_the_console_stays_silent(visits, path):
    missing = path.endswith("no-such-event") or path.endswith("SELECT%20%2A%20%7B")
    expected = "Failed to load resource"  # what a browser says of any 404 or 400
    assert [line for line in visits(path).said if not (missing and expected in line)] == []


@each_page
def test_nothing_is_loaded_from_elsewhere(visits, path):
    assert visits(path).foreign == []


@each_page
def test_a_page_with_all_its_files_is_small(visits, path):
    assert 0 < visits(path).size < LARGEST


@each_page
def test_nothing_scrolls_sideways_on_a_narrow_screen(visits, path):
    assert visits(path).narrow <= 320


@each_page
def test_a_page_says_the_same_without_scripts(visits, path):
    seen = visits(path)
    assert (seen.plain_heading, seen.plain_rows) == (seen.heading, seen.rows)

"""The whole site: every link leads somewhere, each page asks few queries and is small."""

import re
from urllib.parse import urlsplit

import pytest

from diplograph.build.questions import read_questions
from diplograph.core.home import Home
from diplograph.core.settings import Settings
from diplograph.web.app import create_app
from fixtures.project_files import ROOT
from fixtures.recording_engine import RecordingEngine
from fixtures.site_crawl import crawl

AS_OF = "2025-11-16"
MOST_QUERIES = 12
LARGEST = 600_000


@pytest.fixture(scope="module")
def site(real_store):
    """Return the walk over the project's own graph."""
    engine = RecordingEngine(real_store)
    app = create_app(
        engine, read_questions(Home.find(ROOT)), findings=0, settings=Settings(as_of=AS_OF)
    )
    return crawl(app, engine)


def test_every_link_resolves(site):
    assert site.broken() == []


def test_every_fragment_names_something(site):
    assert site.dangling() == []


def test_the_walk_is_the_whole_site(site):
    families = {"/".join(urlsplit(address).path.split("/")[:3]) for address in site.pages}
    wanted = {"/", "/engagements", "/timeline", "/network", "/map", "/open", "/questions"}
    wanted |= {"/page/event", "/page/state", "/page/person", "/page/partnership", "/pair/IND"}
    wanted |= {"/report/moscow-talks", "/ontology", "/ontology/Meeting", "/download/", "/sparql"}
    wanted |= {"/page/topic", "/page/office", "/page/forum", "/fact/date-estimate"}
    assert sorted(wanted - families) == []
    assert len(site.pages) > 1000


def test_a_page_asks_few_queries(site):
    pages = [page for page in site.pages.values() if page.kind == "text/html"]
    asked = {page.address: page.queries for page in pages}
    assert {name: count for name, count in asked.items() if count > MOST_QUERIES} == {}


def test_no_page_is_large(site):
    sizes = {page.address: len(page.text.encode()) for page in site.pages.values()}
    assert {name: size for name, size in sizes.items() if size > LARGEST} == {}


def test_every_page_has_one_heading_and_a_title_of_its_own(site):
    pages = [page for page in site.pages.values() if page.kind == "text/html"]
    assert [page.address for page in pages if page.text.count("<h1") != 1] == []
    titles = {}
    for page in pages:
        if not urlsplit(page.address).query:
            title = re.search(r"<title>(.*?)</title>", page.text, re.DOTALL)
            titles.setdefault(title[1].strip(), []).append(page.address)
    assert {title: where for title, where in titles.items() if not title} == {}

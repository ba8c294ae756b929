"""The day that an address gives is passed on to each page and file that depends on it."""

from collections import Counter, deque
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import pytest

from diplograph.core.settings import Settings
from diplograph.web.addresses import carry_day, depends_on_day, drop_day, site_address
from diplograph.web.app import create_app

DAY = "2031-06-01"
HOST = "http://localhost"
# What programs read again each day, so that no day is fixed in their addresses.
SUBSCRIPTIONS = ("/changes.atom", "/engagements.ics")
# Kinds of pages that are walked to, one of each; others are made by the same templates.
WALKED = (
    *("", "engagements", "timeline", "network", "map", "open", "open/overdue", "search", "pair"),
    *("page/event", "page/state", "page/person", "page/partnership", "page/topic", "fact"),
    *("page/passage", "page/attestation", "page/event-series", "report", "changes", "brief"),
)


@pytest.fixture(scope="module")
def app(world_store):
    return create_app(world_store)


class DayLinks(HTMLParser):
    """The links of a page, the forms that lose the day, and whether the page is for crawlers."""

    def __init__(self, text):
        super().__init__()
        self.links, self.canonical, self.indexed = [], "", True
        self.forms, self.back = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "a" and given.get("class") == "today":
            self.back = given["href"]
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "link" and given.get("rel") == "canonical":
            self.canonical = given["href"]
        elif tag == "meta" and given.get("name") == "robots":
            self.indexed = "noindex" not in given["content"]
        elif tag == "form":
            self.forms.append([given.get("action", ""), False])
        elif tag == "input" and given.get("name") == "asof" and self.forms:
            self.forms[-1][1] = True


def walk(client, start):
    """Yield the address and the links of a few pages of each kind, reached from `start`."""
    queue, kinds = deque([start]), Counter([""])
    while queue:
        address = queue.popleft()
        response = client.get(address, headers={"Accept": "text/html"}, follow_redirects=True)
        if response.mimetype != "text/html":
            continue
        assert response.status_code == 200, address
        page = DayLinks(response.text)
        yield address, page
        for link in page.links:
            whole = urlsplit(urljoin(HOST + address, link))
            plain = whole._replace(scheme="", netloc="", fragment="").geturl()
            path = whole.path.strip("/")
            kind = next((k for k in WALKED if path == k or (k and path.startswith(f"{k}/"))), None)
            kinds[kind] += 1
            if kind is not None and kinds[kind] == 1:
                queue.append(plain)


def test_no_link_of_any_kind_of_page_loses_the_day(app):
    lost, kinds = [], set()
    for address, page in walk(app.test_client(), f"/?asof={DAY}"):
        kinds.add(urlsplit(address).path.split("/")[1])
        links = [urljoin(HOST + address, link) for link in page.links]
        forms = [action for action, passes in page.forms if not passes]
        for link in [*links, *(urljoin(HOST + address, action) for action in forms)]:
            parts = urlsplit(link)
            if parts.netloc != "localhost" or not depends_on_day(parts.path):
                continue
            if parts.path in SUBSCRIPTIONS and not parts.query:
                continue
            if link in links and parse_qs(parts.query).get("asof") == [DAY]:
                continue
            lost.append((address, link))
        assert "asof" not in page.canonical
        assert not page.indexed
    assert lost == []
    assert {"", "engagements", "open", "page", "pair", "fact", "report", "map"} <= kinds


def test_a_page_without_a_day_has_links_without_one(app):
    client = app.test_client()
    for address in ("/", "/engagements", "/page/state/XAA", "/open"):
        page = DayLinks(client.get(address).text)
        assert [link for link in page.links if "asof" in link] == []
        assert page.indexed


def test_what_is_the_same_on_any_day_gets_none(app):
    page = DayLinks(app.test_client().get(f"/page/state/XAA?asof={DAY}").text)
    plain = [link for link in page.links if not depends_on_day(urlsplit(link).path)]
    assert plain
    assert [link for link in plain if "asof" in link] == []


def test_the_day_can_be_changed_on_the_page_and_the_rest_of_the_address_stays(app):
    text = app.test_client().get(f"/engagements?actor=state:XAA&page=1&asof={DAY}").text
    form = text.partition('<form class="as-of"')[2].partition("</form>")[0]
    assert 'action="/engagements"' in form
    assert 'name="actor" value="state:XAA"' in form
    assert 'name="page"' not in form
    assert f'name="asof" type="date" value="{DAY}"' in form
    assert "What was known on" in text
    assert DayLinks(text).back == "/engagements?actor=state:XAA&page=1"


def test_without_a_day_the_control_shows_the_day_that_stands_for_today(world_store):
    client = create_app(world_store, settings=Settings(as_of="2031-03-05")).test_client()
    text = client.get("/").text
    assert 'name="asof" type="date" value="2031-03-05"' in text
    assert "What was known on" not in text


def test_a_day_that_is_none_is_passed_on_nowhere(app):
    response = app.test_client().get("/page/state/XAA?asof=soon")
    assert response.status_code == 400
    assert [link for link in DayLinks(response.text).links if "asof" in link] == []


def test_redirects_keep_the_day(app):
    client = app.test_client()
    for address in (f"/id/state/XAA?asof={DAY}", f"/page/report/belmora-release?asof={DAY}"):
        location = client.get(address, headers={"Accept": "text/html"}).headers["Location"]
        assert location.count("asof=") == 1


def test_an_address_gets_a_day_once_and_before_its_fragment(app):
    with app.test_request_context(f"/open?asof={DAY}"):
        assert carry_day("/pair/") == f"/pair/?asof={DAY}"
        assert carry_day("/open?page=2#names") == f"/open?page=2&asof={DAY}#names"
        assert carry_day("/open?asof=2031-01-01") == "/open?asof=2031-01-01"
        assert carry_day("?page=2") == f"?page=2&asof={DAY}"
        assert carry_day("#names") == "#names"
        assert carry_day("/ontology/Meeting") == "/ontology/Meeting"
        assert site_address("/engagements", actor="state:XAA", status="") == (
            f"/engagements?actor=state:XAA&asof={DAY}"
        )
    assert drop_day(f"/open?asof={DAY}&page=2") == "/open?page=2"

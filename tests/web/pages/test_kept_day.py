"""The day that a reader chose is kept: every link to what depends on it names it."""

import html
import re
from urllib.parse import urlsplit

import pytest

from diplograph.build.questions import read_questions
from diplograph.web.addresses import depends_on_day
from diplograph.web.app import create_app

DAY = "2031-04-01"
_LINK = re.compile(r'<(?:a|link)\s[^>]*?href="([^"#]+)', re.DOTALL)
_CANONICAL = re.compile(r'<link rel="(?:canonical|alternate)"[^>]*>')
_MOST = 150


@pytest.fixture(scope="module")
def client(world, world_store):
    return create_app(world_store, read_questions(world)).test_client()


def list_links(text):
    """Return the addresses of this site that a page links to, as a browser reads them."""
    body = _CANONICAL.sub("", text)
    found = (html.unescape(address) for address in _LINK.findall(body))
    return [address for address in found if address.startswith("/")]


def test_every_link_to_what_depends_on_the_day_names_it(client):
    todo, seen, lost = [f"/?asof={DAY}"], set(), {}
    shapes = {}
    while todo and len(seen) < _MOST:
        address = todo.pop(0)
        seen.add(address)
        response = client.get(address, headers={"Accept": "text/html"})
        if response.location:
            assert f"asof={DAY}" in response.location
            todo.append(response.location)
        if response.location or response.mimetype != "text/html":
            continue
        assert response.status_code == 200, address
        for link in list_links(response.text):
            path = urlsplit(link).path
            if not depends_on_day(path):
                continue
            back = f'class="today" href="{html.escape(link)}"' in response.text
            if f"asof={DAY}" not in link and not back and "asof=" not in link:
                lost[link] = address
            shape = re.sub(r"[^/]+$", "", path), urlsplit(link).query.split("=")[0]
            shapes[shape] = shapes.get(shape, 0) + 1
            if f"asof={DAY}" not in link:
                continue
            if link not in seen and link not in todo and shapes[shape] <= 4:
                todo.append(link)
    assert not lost, lost
    paths = {urlsplit(address).path for address in seen}
    assert {"/changes", "/open", "/pair/", "/engagements"} <= paths
    assert any(path.startswith("/brief/") for path in paths)


def test_suggestions_lead_to_the_day(client):
    answer = client.get("/suggest", query_string={"q": "ard", "asof": DAY}).json
    assert answer[3]
    assert all(f"asof={DAY}" in address for address in answer[3])

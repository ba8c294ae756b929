"""Walks a site through its test client: each page once, its links, its anchors, its queries."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from diplograph.store.engine import LocalEngine

# Where an address of ours may stand in a page.
_LINKS = {"a": "href", "link": "href", "script": "src", "img": "src", "image": "href"}
_LINKS |= {"form": "action", "use": "href", "source": "src"}
ROOT = "http://localhost"


class Counting(LocalEngine):
    """An engine that counts its queries."""

    count = 0

    def answer(self, asked, client=""):
        self.count += 1
        return super().answer(asked, client)


class Links(HTMLParser):
    """The links of a page and the names that links to it may end with."""

    def __init__(self, html):
        super().__init__()
        self.links, self.names = set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if given.get("id"):
            self.names.add(given["id"])
        if tag == "form" and given.get("method", "get").lower() != "get":
            return
        address = given.get(_LINKS.get(tag, ""))
        if address is not None:
            self.links.add(address)


@dataclass
class Page:
    """What one address answered."""

    address: str
    status: int
    kind: str
    text: str = ""
    queries: int = 0
    links: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


@dataclass
class Crawl:
    """All that a walk found: pages by address, and for each address the page that links to it."""

    pages: dict[str, Page] = field(default_factory=dict)
    linked_from: dict[str, str] = field(default_factory=dict)

    def broken(self):
        """Return the addresses that did not answer, with a page that links to them."""
        return sorted(
            (page.status, address, self.linked_from.get(address, ""))
            for address, page in self.pages.items()
            if page.status != 200
        )

    def dangling(self):
        """Return the links whose fragment names nothing on their page."""
        return sorted(
            (address, link)
            for address, page in self.pages.items()
            for link in page.links
            if (name := unquote(urldefrag(link).fragment))
            and (there := self.pages.get(_plain(link)))
            and there.kind == "text/html"
            and name not in there.names
        )


def crawl(app, engine, start=("/",), most=10_000):
    """Return what a walk over all links of `app`'s own finds, each address asked once.

    Pages of an address with a query are asked, but their links not followed: filters and lists
    that go on would have no end.
    """
    client, found, queue = app.test_client(), Crawl(), deque(start)
    seen = set(queue)
    while queue and len(found.pages) < most:
        address = queue.popleft()
        engine.count = 0
        response = _follow(client, address)
        page = Page(address, response.status_code, response.mimetype or "", queries=engine.count)
        found.pages[address] = page
        if page.kind != "text/html":
            response.close()
            continue
        page.text = response.text
        parsed = Links(page.text)
        here = urlsplit(response.request.url)
        page.names = parsed.names
        page.links = {_own(urljoin(here.geturl(), link)) for link in parsed.links} - {""}
        if page.status != 200 or urlsplit(address).query:
            continue
        for link in sorted(page.links):
            plain = _plain(link)
            found.linked_from.setdefault(plain, address)
            if plain not in seen:
                seen.add(plain)
                queue.append(plain)
    return found


def _follow(client, address):
    """Return what a browser ends with, some redirects on."""
    response = client.get(address, headers={"Accept": "text/html, */*;q=0.5"})
    for _ in range(5):
        if response.status_code not in {301, 302, 303, 307, 308}:
            break
        response.close()
        response = client.get(urljoin(response.request.url, response.headers["Location"]))
    return response


def _own(address):
    """Return an address as a path of this site, empty where it leads elsewhere."""
    parts = urlsplit(address)
    if f"{parts.scheme}://{parts.netloc}" != ROOT:
        return ""
    return parts._replace(scheme="", netloc="").geturl()


def _plain(address):
    return urldefrag(address).url

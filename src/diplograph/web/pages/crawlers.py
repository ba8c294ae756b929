"""What crawlers may fetch (robots.txt), and the address of every page (sitemap.xml)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Blueprint, Response
from markupsafe import escape
from werkzeug.urls import iri_to_uri

from diplograph.core.errors import NotHere
from diplograph.core.names import PREFIXES
from diplograph.views.query import QueryRunner, fill_query
from diplograph.web.addresses import find_path, write_path
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask
from diplograph.web.http import OPEN_SUFFIXES
from diplograph.web.linked.downloads import DOWNLOADS
from diplograph.web.protocol.service_description import require_address

ROBOTS, SITEMAP = "robots.txt", "sitemap.xml"
# Pages that are about no one thing.
PAGES = (
    *("/", "/engagements", "/timeline", "/network", "/map", "/changes", "/open", "/pair/"),
    *("/questions", "/ontology", "/about", DOWNLOADS),
)
# Addresses in one file: a file may have 50,000 and 50 MB, and an address 2,047 characters
# (sitemaps.org, protocol 0.9).
MOST_ADDRESSES = 20_000
LONGEST_ADDRESS = 2_047
_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
# What a crawler would ask without end, or has from the pages already: queries, searches, and the
# statements of each page in every format.
_LIVE = ("/sparql", "/search", "/store", "/health", "/ready", "/metrics")
_STATEMENTS = ("/data/", "/graph/", f"{DOWNLOADS}*.")


def create_crawlers(context: AppContext) -> Blueprint:
    """Return the blueprint of /robots.txt and of the files of the sitemap."""
    crawlers = Blueprint("crawlers", __name__)

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def list_once(digest: str) -> tuple[str, ...]:
        return list_page_paths(QueryRunner(context.engine), context.questions)

    def read_address() -> str:
        address = read_flask(context.settings, body=False).address
        require_address(address)
        return iri_to_uri(address)

    @crawlers.get(f"/{ROBOTS}")
    def robots() -> Response:
        return Response(write_robots(read_address()), content_type="text/plain; charset=utf-8")

    @crawlers.get(f"/{SITEMAP}")
    @crawlers.get("/sitemap-<int(min=1):number>.xml")
    def sitemap(number: int = 0) -> Response:
        address = read_address()
        addresses = (address + path for path in list_once(context.digest))
        name = f"sitemap-{number}.xml" if number else SITEMAP
        files = make_sitemaps(addresses, address)
        if name not in files:
            raise NotHere(f"there is no {name}; {SITEMAP} has all pages")
        return Response(files[name](), content_type="application/xml")

    return crawlers


def list_page_paths(asking: QueryRunner, questions: Iterable[str]) -> tuple[str, ...]:
    """Return the paths of all pages, those about no one thing first, else sorted; one query.

    Raises what the engine raises.
    """
    things = (row["thing"] for row in asking.rows(fill_query("things-with-types")))
    others = PREFIXES["graph"], PREFIXES["query"]
    paths = {find_path(iri) for iri in things if not iri.startswith(others)}
    paths |= {f"/questions/{write_path(name)}" for name in questions}
    return (*PAGES, *sorted(paths - {None, *PAGES}))


def write_robots(address: str) -> str:
    """Return robots.txt (RFC 9309) of the site at the URI `address`, whose path begins each rule.

    A crawler reads the one at the root of the host alone.
    """
    prefix = urlsplit(address).path.rstrip("/")
    refused = (
        *_LIVE,
        *_STATEMENTS,
        *(f"/*{suffix}$" for suffix in OPEN_SUFFIXES),
        "/*?",  # filters and pages of lists, whose combinations have no end
    )
    rules = ("Allow: ", "/static/"), *(("Disallow: ", path) for path in refused)
    lines = ["User-agent: *", *(f"{rule}{prefix}{path}" for rule, path in rules)]
    return "\n".join([*lines, "", f"Sitemap: {address}/{SITEMAP}", ""])


def make_sitemaps(addresses: Iterable[str], base: str) -> dict[str, Callable[[], str]]:
    """Return file name to a function that writes it: sitemap.xml, and its parts if it is an index.

    All are URIs; `base` is the address of the folder of the files. Addresses that are too long are
    left out. There is no `lastmod`: a page may change with any report, and with the day.
    """
    listed = [address for address in addresses if len(address) <= LONGEST_ADDRESS]
    if len(listed) <= MOST_ADDRESSES:
        return {SITEMAP: lambda: _write_file("urlset", "url", listed)}
    parts = {
        f"sitemap-{number}.xml": listed[start : start + MOST_ADDRESSES]
        for number, start in enumerate(range(0, len(listed), MOST_ADDRESSES), start=1)
    }
    index = [f"{base}/{name}" for name in parts]
    return {
        SITEMAP: lambda: _write_file("sitemapindex", "sitemap", index),
        **{
            name: (lambda part=part: _write_file("urlset", "url", part))
            for name, part in parts.items()
        },
    }


def _write_file(element: str, item: str, addresses: Iterable[str]) -> str:
    lines = (f"<{item}><loc>{escape(address)}</loc></{item}>\n" for address in addresses)
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{element} xmlns="{_NAMESPACE}">\n'
    return f"{head}{''.join(lines)}</{element}>\n"

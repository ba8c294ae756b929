"""robots.txt keeps crawlers to the pages, and the sitemap has the address of each."""

import gzip
import re
from xml.etree import ElementTree

import pytest

from diplograph.core.settings import Settings
from diplograph.web.app import create_app
from diplograph.web.pages.crawlers import MOST_ADDRESSES, make_sitemaps, write_robots

NAMESPACE = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def addresses_of(xml, element="urlset"):
    root = ElementTree.fromstring(xml)
    assert root.tag == NAMESPACE + element
    return [loc.text for loc in root.iter(f"{NAMESPACE}loc")]


def may_fetch(robots, target):
    """Return whether the longest rule that matches allows `target` (RFC 9309, 2.2.2)."""
    matching = []
    for rule, path in re.findall(r"^(Allow|Disallow): (.*)$", robots, re.MULTILINE):
        pattern = re.escape(path).replace(r"\*", ".*").replace(r"\$", "$")
        if re.match(pattern, target):
            matching.append((len(path), rule == "Allow"))
    return max(matching, default=(0, True))[1]


# ---- robots.txt ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    "/ /engagements /page/state/XAA /report/tale /questions/planned-not-held /ontology/Visit"
    " /fact/visit/a /robots.txt /sitemap.xml /static/style.css?v=1 /.well-known/void".split(),
)
def test_crawlers_may_fetch_pages_and_what_pages_load(client, target):
    assert may_fetch(client.get("/robots.txt").text, target)


@pytest.mark.parametrize(
    "target",
    "/sparql /sparql?query=ASK{} /search /search?q=x /engagements?actor=state:XAA /engagements.csv"
    " /engagements.ics /page/event/a.ics /data/state/XAA.ttl /graph/reference /store?default"
    " /download/graph.nq /page/state/XAA?property=dg:hostState&page=2 /metrics /ready".split(),
)
def test_crawlers_are_kept_from_queries_filters_and_files(client, target):
    assert not may_fetch(client.get("/robots.txt").text, target)


@pytest.mark.parametrize(
    ("base", "sitemap"),
    [
        ("https://a.example", "https://a.example/sitemap.xml"),
        ("https://a.example/graph", "https://a.example/graph/sitemap.xml"),
        ("https://\u00e4.example/gr\u00e4ph", "https://xn--4ca.example/gr%C3%A4ph/sitemap.xml"),
    ],
)
def test_rules_and_the_sitemap_are_below_the_base_address(world_store, base, sitemap):
    client = create_app(world_store, settings=Settings(base_url=base)).test_client()
    response = client.get("/robots.txt")
    prefix = sitemap.removesuffix("/sitemap.xml").partition(".example")[2]
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.text.splitlines()[-1] == f"Sitemap: {sitemap}"
    assert f"\nDisallow: {prefix}/sparql\n" in response.text
    assert response.text.isascii()


def test_without_a_base_address_the_host_of_the_request_counts(client):
    response = client.get("/robots.txt", base_url="http://b.example:8080")
    assert response.text.endswith("\nSitemap: http://b.example:8080/sitemap.xml\n")


# ---- sitemap.xml --------------------------------------------------------------------------


def test_every_address_of_the_sitemap_is_a_page_that_crawlers_may_fetch(client):
    robots, broken = client.get("/robots.txt").text, []
    addresses = addresses_of(client.get("/sitemap.xml").data)
    assert len(addresses) == len(set(addresses)) > 100
    paths = [address.removeprefix("http://localhost") for address in addresses]
    kinds = {path.rpartition("/")[0] + str(len(path) % 2): path for path in paths}
    for path in (*paths[:10], *kinds.values()):
        response = client.get(path, headers={"Accept": "text/html"})
        page = response.status_code == 200 and response.mimetype == "text/html"
        if not (page and may_fetch(robots, path)):
            broken.append((path, response.status_code))
    assert broken == []


def test_the_sitemap_has_things_concepts_terms_and_questions(client, graph):
    app = create_app(graph.store, graph.questions)
    addresses = set(addresses_of(app.test_client().get("/sitemap.xml").data))
    for path in ("/", "/page/state/XAA", "/questions/planned-not-held", "/ontology/Visit"):
        assert f"http://localhost{path}" in addresses


def test_the_sitemap_is_the_same_each_time_and_compressed_for_those_who_take_it(client):
    plain = client.get("/sitemap.xml")
    packed = client.get("/sitemap.xml", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data == client.get("/sitemap.xml").data
    assert plain.headers["Content-Type"] == "application/xml"


def test_many_pages_are_listed_in_files_of_an_index():
    listed = [f"https://a.example/page/{number}" for number in range(2 * MOST_ADDRESSES + 1)]
    files = make_sitemaps(listed, "https://a.example")
    parts = addresses_of(files["sitemap.xml"](), "sitemapindex")
    assert parts == [f"https://a.example/sitemap-{number}.xml" for number in (1, 2, 3)]
    found = [addresses_of(files[part.rpartition("/")[2]]()) for part in parts]
    assert [address for part in found for address in part] == listed


def test_addresses_are_escaped_and_those_that_are_too_long_left_out():
    listed = ["https://a.example/a&b'c", f"https://a.example/{2048 * 'x'}"]
    xml = make_sitemaps(listed, "https://a.example")["sitemap.xml"]()
    assert "<loc>https://a.example/a&amp;b&#39;c</loc>" in xml
    assert addresses_of(xml) == listed[:1]


@pytest.mark.parametrize("path", ["/sitemap-1.xml", "/sitemap-0.xml", "/sitemap-x.xml"])
def test_a_part_that_is_not_there_is_a_404(client, path):
    assert client.get(path).status_code == 404


def test_rules_are_written_once_for_all_crawlers():
    assert write_robots("https://a.example").startswith("User-agent: *\nAllow: /static/\n")

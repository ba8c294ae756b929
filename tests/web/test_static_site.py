"""The site in files: every link leads to a file, every file is what a server would have sent."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pyoxigraph as ox
import pytest
from click.testing import CliRunner

from diplograph.build.questions import read_questions
from diplograph.cli import main
from diplograph.core.errors import MalformedDate, UsageError
from diplograph.core.formats import STATEMENTS
from diplograph.core.home import Home
from diplograph.web.static_site import (
    HERE,
    LIVE,
    MARK,
    NOTE,
    ExportedSite,
    SiteFiles,
    place_statements,
    write_site,
)
from fixtures.project_files import ROOT
from fixtures.written_store import write_store

DAY = "2026-11-30"
READERS = {f".{form.suffix}": form.serializer for form in STATEMENTS.values()}
EXTERNAL = ("http://", "https://", "mailto:", "data:")


@dataclass(frozen=True)
class Page:
    """A page of a site in files: the addresses it links, and the ids it has."""

    links: tuple[str, ...]
    names: frozenset[str]


class PageReader(HTMLParser):
    """Reads the addresses that any element links to, the ids and names, and the tags."""

    def __init__(self, html: str):
        super().__init__()
        self.links, self.names, self.tags = [], set(), set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        found = {name.rpartition(":")[2]: value or "" for name, value in attributes}
        self.links += [found[name] for name in ("href", "src", "action", "data") if name in found]
        self.names |= {found[name] for name in ("id", "name") if name in found}


def read_page(path: Path) -> Page:
    page = PageReader(path.read_text(encoding="utf-8"))
    assert "form" not in page.tags, path
    return Page(tuple(page.links), frozenset(page.names))


def find_faults(site: Path) -> list[str]:
    """Return what is wrong with the links of all pages: page, link and why."""
    pages = {path: read_page(path) for path in sorted(site.rglob("*.html"))}
    faults = []
    for path, page in pages.items():
        for link in dict.fromkeys(page.links):
            if link.startswith(EXTERNAL):
                if HERE in link or "localhost" in link:
                    faults.append(f"{path.relative_to(site)}: {link}: a host of ours")
                continue
            parts = urlsplit(link)
            if parts.path.startswith("/") or parts.query:
                faults.append(f"{path.relative_to(site)}: {link}: only a server answers it")
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not target.is_file():
                faults.append(f"{path.relative_to(site)}: {link}: no such file")
            elif parts.fragment and unquote(parts.fragment) not in pages[target].names:
                faults.append(f"{path.relative_to(site)}: {link}: no such anchor")
    return faults


def files_of(site: Path) -> dict[str, bytes]:
    found = (path for path in site.rglob("*") if path.is_file())
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in found}


@pytest.fixture(scope="module")
def small(small_store, tmp_path_factory):
    """Return the folder of the site of a dozen statements."""
    folder = tmp_path_factory.mktemp("small") / "site"
    write_site(small_store, folder, as_of=DAY)
    return folder


@pytest.fixture(scope="module")
def real(real_store, tmp_path_factory):
    """Return the folder of the site of the project's own graph, and what was copied."""
    folder = tmp_path_factory.mktemp("real") / "site"
    questions = read_questions(Home.find(ROOT))
    return folder, write_site(real_store, folder, questions=questions, findings=0, as_of=DAY)


# ---- the whole site -----------------------------------------------------------------------


def test_every_link_and_anchor_of_a_small_site_leads_to_a_file(small):
    assert find_faults(small) == []


def test_every_link_and_anchor_of_the_real_site_leads_to_a_file(real):
    folder, copied = real
    assert copied.broken == ()
    assert find_faults(folder) == []


def test_the_real_site_has_a_page_and_rdf_for_every_thing(real, real_store):
    folder, _ = real
    files = set(files_of(folder))
    for kind, slug in (("state", "IND"), ("topic", "trade"), ("concept", "topic")):
        assert f"page/{kind}/{slug}.html" in files
        assert {
            f"data/{kind}/{slug}{suffix}" for suffix in (".ttl", ".nt", ".jsonld", ".rdf")
        } <= files
    rows = real_store.query(
        "SELECT DISTINCT ?x { ?x a <https://w3id.org/diplograph/ontology#Fact> }"
    )
    slugs = [row["x"].value.partition("/id/")[2] for row in rows]
    assert len(slugs) > 50
    assert [slug for slug in slugs if f"fact/{slug}.html" not in files] == []


def test_every_rdf_file_of_the_real_site_parses_and_says_something(real):
    folder, _ = real
    read = 0
    for name, body in files_of(folder).items():
        suffix = Path(name).suffix
        if suffix in READERS:
            base = "https://site.example/" if name == "void.ttl" else None
            assert next(ox.parse(body, format=READERS[suffix], base_iri=base), None), name
            read += 1
    assert read > 500


def test_no_file_names_the_host_it_was_copied_from(real):
    folder, _ = real
    assert [name for name, body in files_of(folder).items() if b"site.invalid" in body] == []


def test_no_two_files_differ_by_case_alone_or_have_names_a_system_refuses(real):
    names = list(files_of(real[0]))
    assert len({name.casefold() for name in names}) == len(names)
    assert [name for name in names if re.search(r'[<>:"|?*\\%\x00-\x1f]|[. ](/|$)', name)] == []


def test_the_same_build_and_day_give_the_same_bytes(small, small_store, tmp_path):
    write_site(small_store, tmp_path / "site", as_of=DAY)
    assert files_of(tmp_path / "site") == files_of(small)


def test_the_site_says_which_build_and_day_it_shows(small, small_store):
    record = json.loads((small / MARK).read_bytes())
    assert (record["build"], record["as_of"]) == (small_store.digest, DAY)


def test_what_only_a_server_answers_is_text(small):
    page = (small / "find.html").read_text(encoding="utf-8")
    assert f'<span title="{NOTE}"><bdi>Harbour talks</bdi></span>' in page
    links = read_page(small / "index.html").links
    live = {each.strip("/") for each in LIVE}
    assert not [each for each in links if re.split("[/.?#]", each)[0] in live]


def test_a_copy_finds_names_without_a_server(small, small_store):
    page = (small / "find.html").read_text(encoding="utf-8")
    names = json.loads(re.search(r'<script type="application/json"[^>]*>(.*?)</script>', page)[1])
    listed = page.partition("<main")[2].partition("</main")[0]
    assert listed.count("<li>") == len(names) > 0
    assert '<li><a href="page/city/corvo.html">' in listed
    assert 'src="static/find.js"' in page
    assert '<a class="to-search" href="find.html">' in (small / "index.html").read_text()


def test_a_page_for_wrong_addresses_is_right_at_any_depth(small, small_store, tmp_path):
    assert "Page not found" in (small / "404.html").read_text()
    write_site(small_store, tmp_path / "x", base_url="https://a.example/b", as_of=DAY)
    page = PageReader((tmp_path / "x" / "404.html").read_text())
    assert [link for link in page.links if not link.startswith(("https://", "#"))] == []
    assert "https://a.example/b/find.html" in page.links


def test_a_copy_has_the_icon_and_the_card_of_shared_links(small, small_store, tmp_path):
    assert (small / "favicon.ico").is_file()
    assert 'property="og:image"' not in (small / "index.html").read_text()
    write_site(small_store, tmp_path / "x", base_url="https://a.example/b", as_of=DAY)
    page = (tmp_path / "x" / "page" / "city" / "corvo.html").read_text()
    assert '<meta property="og:image" content="https://a.example/b/static/card.png">' in page
    assert '<meta property="og:url" content="https://a.example/b/page/city/corvo.html">' in page
    assert (tmp_path / "x" / "static" / "card.png").is_file()


# ---- where it goes ------------------------------------------------------------------------


def test_a_site_of_before_gives_way(small_store, tmp_path):
    folder = tmp_path / "site"
    write_site(small_store, folder, as_of=DAY)
    (folder / "old.html").write_text("")
    write_site(small_store, folder, as_of=DAY)
    assert not (folder / "old.html").exists()
    assert [each.name for each in tmp_path.iterdir()] == ["site"]


def test_a_folder_that_is_no_site_is_left_alone(small_store, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(UsageError, match="something else"):
        write_site(small_store, tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["letter.txt"]


def test_an_address_or_a_day_that_is_none_is_refused(small_store, tmp_path):
    for address in ("example.org", "https://", "https://example.org/a b", 'https://e.example/"'):
        with pytest.raises(UsageError, match="no address"):
            write_site(small_store, tmp_path / "site", base_url=address)
    with pytest.raises(MalformedDate):
        write_site(small_store, tmp_path / "site", as_of="soon")
    assert list(tmp_path.iterdir()) == []


def test_an_address_given_stands_in_what_names_whole_addresses(small_store, tmp_path):
    write_site(small_store, tmp_path / "site", base_url="https://site.example/graph/", as_of=DAY)
    page = (tmp_path / "site" / "page" / "city" / "corvo.html").read_text(encoding="utf-8")
    [canonical] = re.findall(r'<link rel="canonical" href="([^"]*)"', page)
    assert canonical == "https://site.example/graph/page/city/corvo.html"
    void = (tmp_path / "site" / ".well-known" / "void").read_text(encoding="utf-8")
    assert "<https://site.example/graph/void.ttl#dataset>" in void
    assert find_faults(tmp_path / "site") == []


def test_a_site_whose_address_is_known_tells_crawlers_of_its_pages(small_store, small, tmp_path):
    site = write_site(small_store, tmp_path / "x", base_url="https://a.example/b/", as_of=DAY)
    folder = tmp_path / "x"
    xml = (folder / "sitemap.xml").read_text()
    pages = [name for name in site.files if name.endswith(".html")]
    assert [f"<loc>https://a.example/b/{name}</loc>" in xml for name in pages] == [True] * len(
        pages
    )
    robots = (folder / "robots.txt").read_text()
    assert robots.endswith("\nSitemap: https://a.example/b/sitemap.xml\n")
    assert {"robots.txt", "sitemap.xml"} <= set(site.files)
    assert not (small / "robots.txt").exists()


def test_the_command_line_writes_the_site(graph, tmp_path, monkeypatch):
    asked = {}

    def write(store, directory, **options):
        asked.update(options, directory=directory)
        left_out = (("/data/a.rdf", "XML cannot"), ("/data/b.rdf", "XML cannot"))
        return ExportedSite((), (("/page/a", "/b"),), left_out)

    monkeypatch.setattr("diplograph.web.static_site.write_site", write)
    home, site = ["--home", str(graph.home.root)], ["--site", str(tmp_path / "s"), "--as-of", DAY]
    site += ["--publisher", "Corvo Institute", "--contact", "desk@corvo.example"]
    done = CliRunner().invoke(main, [*home, "export", *site])
    assert done.exit_code == 0, done.output
    assert (asked["directory"], asked["as_of"]) == (tmp_path / "s", DAY)
    assert (asked["publisher"], asked["contact"]) == ("Corvo Institute", "desk@corvo.example")
    assert set(asked["questions"]) == set(graph.questions)
    assert "/page/a leads to /b, which is not there" in done.output
    assert "diplograph: left out /data/a.rdf and 1 more files: XML cannot\n" in done.output


def test_a_file_that_a_format_cannot_carry_is_left_out(tmp_path):
    store = write_store(tmp_path / "build", "Talks\x07")
    written = write_site(store, tmp_path / "site", as_of=DAY)
    left_out = dict(written.left_out)
    assert "/data/event/talks.rdf" in left_out
    assert all("RDF/XML cannot carry the character U+0007" in why for why in left_out.values())
    assert not (tmp_path / "site" / "data" / "event" / "talks.rdf").exists()
    assert (tmp_path / "site" / "data" / "event" / "talks.ttl").exists()
    assert not left_out.keys() & {link for _, link in written.broken}
    page = (tmp_path / "site" / "download" / "index.html").read_text(encoding="utf-8")
    assert "There is no diplograph-asserted.rdf: RDF/XML cannot carry" in page


# ---- the description of the dataset -------------------------------------------------------


def test_a_description_names_files_relative_to_its_own_and_leaves_out_what_is_not_there():
    said = f"<{HERE}/v#d> <urn:p> <{HERE}/a> , <{HERE}/sparql> , <https://b.example/> .".encode()
    site = SiteFiles({"/v": "void.ttl", "/a": "a.html"}, {})
    placed = place_statements(said, site, "")
    base = "file:///some/where/void.ttl"
    read = {
        str(quad.triple) for quad in ox.parse(placed, format=ox.RdfFormat.TURTLE, base_iri=base)
    }
    assert read == {
        "<file:///some/where/void.ttl#d> <urn:p> <file:///some/where/a.html>",
        "<file:///some/where/void.ttl#d> <urn:p> <https://b.example/>",
    }

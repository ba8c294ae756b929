"""Export the site as static files that any file host can serve: pages, RDF, dumps, assets.

Every path that links lead to is requested from the Flask app. Each answer becomes a file, and links
of pages are rewritten to lead from file to file.
"""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import zlib
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from html import escape, unescape
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin, urlsplit

import pyoxigraph as ox
from werkzeug.test import Client
from werkzeug.urls import iri_to_uri

from diplograph.build.export import SUMS
from diplograph.core.dates import parse_day
from diplograph.core.errors import UsageError
from diplograph.core.files import replace_folder
from diplograph.core.formats import STATEMENTS, TRIPLE_FORMATS
from diplograph.core.names import in_default_graph
from diplograph.core.settings import Settings
from diplograph.web.addresses import find_data, find_path, write_path
from diplograph.web.app import create_app
from diplograph.web.http import is_address
from diplograph.web.linked.downloads import DOWNLOADS
from diplograph.web.linked.void import VOCABULARIES, VOID_PATH
from diplograph.web.page_cache import ICON
from diplograph.web.pages.copy import FIND, MISSING
from diplograph.web.pages.crawlers import ROBOTS, make_sitemaps, write_robots
from diplograph.web.protocol.negotiate import HTML_TYPE

if TYPE_CHECKING:
    from diplograph.build.questions import Question
    from diplograph.build.vocabularies import Alignments
    from diplograph.store.store import Store

# The record in every exported site: its build and day; it marks a folder that may be replaced.
MARK = "diplograph-site.json"
# The description of the dataset: hosts serve a file without a suffix with no useful type.
VOID_FILE = "void.ttl"
# The host of the requests, which no real site has, so that own addresses are recognised.
HERE = "http://site.invalid"
STARTS = (
    *("/", "/open", "/questions", "/ontology", FIND, MISSING, ICON),
    *(DOWNLOADS, f"{DOWNLOADS}{SUMS}", VOID_PATH),
)
# Paths that only a server can answer.
LIVE = ("/sparql", "/search", "/health", "/ready", "/metrics", "/store", "/id/", "/concept/")
# Attributes that hold an address, by element.
LINKS = {
    **dict.fromkeys(("a", "image", "use"), ("href", "xlink:href")),
    **dict.fromkeys(("area", "link"), ("href",)),
    **dict.fromkeys(("audio", "embed", "iframe", "img", "script", "source"), ("src",)),
    "object": ("data",),
    "video": ("src", "poster"),
}
# The tags of our own pages that link to something, or hold what does; attributes have quoted values
# without `>`.
_TAG = re.compile(rf"<(/?)({'|'.join((*LINKS, 'meta', 'form', 'svg'))})(?=[\s/>])([^>]*)>")
_ATTRIBUTE = re.compile(r'([^\s="/]+)(?:="([^"]*)")?')
# What names a whole address for those who share a page.
_CARD_ADDRESSES = ("og:url", "og:image")
NOTE = "only a server answers this"
_FORM_NOTE = '<p class="none">A form stands here where a server answers it.</p>'
_UNSAFE_IN_NAME = re.compile(r"[^A-Za-z0-9._~-]")
# File names that Windows reserves for devices, whatever follows their first dot.
_DEVICES = frozenset(
    "con prn aux nul".split() + [f"{port}{n}" for port in ("com", "lpt") for n in range(10)]
)
_LONGEST_NAME = 120
_SUFFIXES = {form.media_type: form.suffix for form in STATEMENTS.values()}

# Media type and compressed body by path: there may be thousands.
Answers = Mapping[str, tuple[str, bytes]]
Attributes = list[tuple[str, "str | None"]]
# Returns the address that replaces one of a page, None where there is no such file.
FindAddress = Callable[[str], "str | None"]
# Receives the number of addresses that are copied, and of those known so far.
ReportProgress = Callable[[int, int], None]


# ---- the site -----------------------------------------------------------------------------


@dataclass(frozen=True)
class ExportedSite:
    """The files of an export, and the links without a target as (page, address).

    `left_out` are the paths of the files whose format cannot carry what is there, with the reason.
    """

    files: tuple[str, ...]
    broken: tuple[tuple[str, str], ...]
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class SiteFiles:
    """Finds the file of an address of the site; `broken` collects addresses without one.

    `files` are file names by path, `moved` the targets of redirects by path, `left_out` the paths
    of files that are left out.
    """

    files: Mapping[str, str]
    moved: Mapping[str, str]
    left_out: Container[str] = frozenset()
    broken: list[tuple[str, str]] = field(default_factory=list)

    def find(self, path: str) -> str | None:
        """Return the file at a path, or at the target of its redirect; None where there is none."""
        return self.files.get(self.moved.get(path, path))

    def relink(self, page: str, address: str) -> str | None:
        """Return what replaces an address in the file of `page`; None for no file."""
        if not address or address.startswith("#"):
            return address
        parts = urlsplit(urljoin(HERE + page, address))
        if f"{parts.scheme}://{parts.netloc}" != HERE:
            return address
        path = _normalise(parts.path)
        if parts.query or _is_live(path) or path in self.left_out:
            return None
        target = self.find(path)
        if target is None:
            self.broken.append((page, address))
            return None
        fragment = f"#{parts.fragment}" if parts.fragment else ""
        return relate(self.files[page], target) + fragment


@dataclass(frozen=True)
class FetchedSite:
    """What the app answered: answers, targets of redirects, and reasons of a 406, by path."""

    answers: Answers
    moved: Mapping[str, str]
    left_out: Mapping[str, str]


def write_site(
    store: Store,
    directory: Path,
    *,
    questions: Mapping[str, Question] | None = None,
    findings: int | None = None,
    alignments: Alignments | None = None,
    base_url: str = "",
    as_of: str = "",
    texts: Path | None = None,
    publisher: str = "",
    contact: str = "",
    tell: ReportProgress | None = None,
) -> ExportedSite:
    """Write a static copy of the site of `store` into `directory`, in one step.

    `base_url` is the address of the copy, for absolute addresses; `as_of` the day that stands for
    today, by default today in UTC: the same build, day and texts give the same bytes.
    `publisher` and `contact` are named at the foot of its pages.
    `texts` is the folder of the texts of reports that may be passed on. An earlier export in the
    folder is replaced. Raises UsageError where the folder is no export or `base_url` is no
    address, MalformedDate, and UnreadableFile where nothing can be written.
    """
    if base_url and not is_address(base_url):
        raise UsageError(f"this is no address such as https://example.org/path: {base_url}")
    day = parse_day(as_of).isoformat() if as_of else datetime.now(UTC).date().isoformat()
    app = create_app(
        store,
        questions,
        alignments=alignments,
        settings=Settings(
            as_of=day, base_url=HERE, texts=texts, publisher=publisher, contact=contact
        ),
        findings=findings,
        still=True,
    )

    def fill(folder: Path) -> ExportedSite:
        fetched = fetch(Client(app), list_starts(store), tell or (lambda *_: None))
        exported = write_files(folder, fetched, base_url.rstrip("/"))
        if base_url:
            exported = replace(exported, files=_list_for_crawlers(folder, exported, base_url))
        record = {"build": store.digest, "as_of": day, "software": metadata.version("diplograph")}
        (folder / MARK).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        (folder / ".nojekyll").write_bytes(b"")  # hosts that run Jekyll leave some folders out
        return exported

    return replace_folder(directory, fill, MARK)


def _list_for_crawlers(folder: Path, exported: ExportedSite, base_url: str) -> tuple[str, ...]:
    """Write robots.txt and the sitemap of an exported site; return the names of all its files."""
    address = iri_to_uri(base_url.rstrip("/"))
    pages = [f"{address}/{name}" for name in exported.files if name.endswith(".html")]
    written = {ROBOTS: write_robots(address)}
    written |= {name: write() for name, write in make_sitemaps(pages, address).items()}
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    return tuple(sorted({*exported.files, *written}))


def list_starts(store: Store) -> list[str]:
    """Return the paths to begin with: fixed pages, every thing's page and its RDF, sorted."""
    things = {
        quad.subject.value
        for quad in store.match()
        if isinstance(quad.subject, ox.NamedNode) and in_default_graph(quad.graph_name.value)
    }
    pages = {find_path(iri) for iri in things}
    data = {find_data(iri, form.suffix) for iri in things for form in TRIPLE_FORMATS}
    return sorted({*STARTS, *pages, *data} - {None})


def fetch(client: Client, starts: Iterable[str], tell: ReportProgress) -> FetchedSite:
    """Return the answers of all that links lead to from `starts`.

    Addresses with a query are left out: only a server answers them.
    """
    answers: dict[str, tuple[str, bytes]] = {}
    moved: dict[str, str] = {}
    left_out: dict[str, str] = {}
    headers = {"Accept": f"{HTML_TYPE}, text/turtle;q=0.9, */*;q=0.1"}
    seen, todo = set(starts), list(starts)
    while todo:
        linked: set[str] = set()
        for path in todo:
            response = client.get(path, base_url=HERE, headers=headers)
            if 300 <= response.status_code < 400:
                moved[path] = _as_path(urljoin(HERE + path, response.location)) or ""
                linked.add(moved[path])
            elif response.status_code == 200:
                answers[path] = response.mimetype, zlib.compress(response.data, 1)
                if response.mimetype == HTML_TYPE:
                    addresses = (urljoin(HERE + path, link) for link in find_links(response.text))
                    paths = map(_as_path, addresses)
                    linked.update(other for other in paths if other and not _is_live(other))
            elif response.status_code == 406:
                error = client.get(path, base_url=HERE, headers={"Accept": "application/json"})
                left_out[path] = error.json["message"]
            tell(len(answers) + len(moved), len(seen))
        todo = sorted(linked - seen - {""})
        seen.update(todo)
    return FetchedSite(answers, moved, left_out)


def write_files(folder: Path, fetched: FetchedSite, base_url: str) -> ExportedSite:
    """Write every answer into `folder`, with links from file to file."""
    media_types = {path: media_type for path, (media_type, _) in fetched.answers.items()}
    files = name_files(media_types)
    if VOID_PATH in files:
        files[VOID_PATH] = VOID_FILE
    site = SiteFiles(files, fetched.moved, fetched.left_out)
    for path, (media_type, compressed) in sorted(fetched.answers.items()):
        body, file = zlib.decompress(compressed), files[path]
        written = [file]
        if media_type == HTML_TYPE:
            canonical = f"{base_url}/{file}" if base_url else None
            find = partial(site.relink, path)
            if path == MISSING and base_url:  # shown at any depth, where no relative link is right
                find = partial(_relink_whole, find, f"{base_url}/")
            body = rewrite_links(body.decode(), find, canonical)
            body = body.encode()
        elif path == VOID_PATH:
            body = place_statements(body, site, base_url)
            if base_url:  # absolute addresses mean the same at the well-known path
                written.append(VOID_PATH.lstrip("/"))
        for name in written:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(body)
    names, broken = tuple(sorted(set(files.values()))), tuple(dict.fromkeys(site.broken))
    return ExportedSite(names, broken, tuple(sorted(fetched.left_out.items())))


def _relink_whole(find: FindAddress, base: str, address: str) -> str | None:
    """Return what `find` returns as an absolute address below `base`."""
    relative = find(address)
    return None if relative is None else urljoin(base, relative)


def place_statements(turtle: bytes, site: SiteFiles, base_url: str) -> bytes:
    """Return statements with the addresses of this site replaced by those of its files.

    They are absolute with a `base_url`, else relative to the folder. Statements with an address
    that only a server answers are left out.
    """
    base = f"{base_url or 'site://folder'}/"
    triples = []
    for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE):
        terms = [_place_term(term, site, base) for term in quad.triple]
        if None not in terms:
            triples.append(ox.Triple(*terms))
    options = {"format": ox.RdfFormat.TURTLE, "prefixes": VOCABULARIES}
    if base_url:
        return ox.serialize(triples, **options)
    lines = ox.serialize(triples, **options, base_iri=base).splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b"@base"))


def _place_term(
    term: ox.NamedNode | ox.Literal, site: SiteFiles, base: str
) -> ox.NamedNode | ox.Literal | None:
    if not isinstance(term, ox.NamedNode) or not term.value.startswith(f"{HERE}/"):
        return term
    path, mark, fragment = term.value.removeprefix(HERE).partition("#")
    file = site.find(_normalise(path))
    return None if file is None else ox.NamedNode(f"{base}{file}{mark}{fragment}")


def _as_path(address: str) -> str | None:
    """Return the path of an address of this site without a query; None for any other."""
    parts = urlsplit(address)
    if f"{parts.scheme}://{parts.netloc}" != HERE or parts.query:
        return None
    return _normalise(parts.path)


def _normalise(path: str) -> str:
    """Return a path percent-encoded as write_path does."""
    return write_path(unquote(path)) or "/"


def _is_live(path: str) -> bool:
    return any(f"{path}/".startswith(f"{live.rstrip('/')}/") for live in LIVE)


# ---- names of files -----------------------------------------------------------------------


def name_files(media_types: Mapping[str, str]) -> dict[str, str]:
    """Return path to file for each path and its media type; no two names differ only by case.

    The first path in order has the plain name, others a number.
    """
    taken: set[str] = set()
    files = {}
    for path in sorted(media_types):
        name = wanted = name_file(path, media_types[path])
        stem, suffix = posixpath.splitext(wanted)
        number = 2
        while name.casefold() in taken:
            name, number = f"{stem}-{number}{suffix}", number + 1
        taken.add(name.casefold())
        files[path] = name
    return files


def name_file(path: str, media_type: str) -> str:
    """Return the name of the file for the answer at `path`, relative to the site's folder.

    Its parts are ASCII without characters that Windows or a URL cannot have; pages end in .html.

    >>> name_file("/page/state/IND", "text/html")
    'page/state/IND.html'
    >>> name_file("/graph/reference", "text/turtle")
    'graph/reference.ttl'
    """
    parts = [_make_safe(unquote(part)) for part in path.strip("/").split("/") if part]
    if media_type == HTML_TYPE:
        if path.endswith("/"):
            return "/".join([*parts, "index.html"])
        return "/".join([*parts[:-1], f"{parts[-1]}.html"])
    suffix = _SUFFIXES.get(media_type)
    if suffix and not parts[-1].endswith(f".{suffix}"):
        parts[-1] = f"{parts[-1]}.{suffix}"
    return "/".join(parts)


def relate(file: str, target: str) -> str:
    """Return the relative address of the file `target` in a page that is in `file`.

    >>> relate("page/state/IND.html", "static/style.css")
    '../../static/style.css'
    """
    return quote(posixpath.relpath(target, posixpath.dirname(file) or "."))


def _make_safe(part: str) -> str:
    """Return a part of a path as a part of a file's name; a long one ends in its hash."""
    safe = _UNSAFE_IN_NAME.sub("_", part)
    if safe.partition(".")[0].casefold() in _DEVICES or not safe.strip("."):
        safe = f"_{safe}"
    if safe.endswith("."):
        safe = f"{safe}_"
    if len(safe) > _LONGEST_NAME:
        safe = f"{safe[:_LONGEST_NAME]}-{hashlib.sha256(part.encode()).hexdigest()[:8]}"
    return safe


# ---- links of a page ----------------------------------------------------------------------


def find_links(page: str) -> list[str]:
    """Return the addresses that a page links to or loads, as written, without duplicates."""
    addresses: dict[str, str] = {}
    rewrite_links(page, lambda address: addresses.setdefault(address, address))
    return list(addresses)


def rewrite_links(page: str, find: FindAddress, canonical: str | None = None) -> str:
    """Return `page` with each address replaced by the one that `find` returns for it.

    Where it returns None, a link becomes plain text with a note, and any other element with the
    address is left out. Forms are left out too. `canonical` is the page's own address, if any.
    """
    rewriter = _LinkRewriter(find, canonical)
    rewriter.feed(page)
    return "".join(rewriter.written)


class _LinkRewriter:
    """Copies a page, with other addresses in its tags; all else stays to the letter."""

    def __init__(self, find: FindAddress, canonical: str | None):
        self.written: list[str] = []
        self._find, self._canonical = find, canonical
        self._end_tags: list[str] = []  # of each `a` that is open
        self._open_pictures = self._open_forms = 0

    def feed(self, page: str) -> None:
        """Copy a whole page."""
        end = 0
        for match in _TAG.finditer(page):
            self._write(page[end : match.start()])
            end = match.end()
            self._copy_tag(match)
        self._write(page[end:])

    def _copy_tag(self, match: re.Match) -> None:
        slash, tag, attributes = match[1], match[2], match[3]
        change = -1 if slash else 1
        if tag == "form":
            if not slash and not self._open_forms:
                self.written.append(_FORM_NOTE)
            self._open_forms += change
            return
        self._open_pictures += change * (tag == "svg")
        if slash:
            is_link = tag == "a" and self._end_tags
            self._write(self._end_tags.pop() if is_link else match[0])
        else:
            self._write(self._rewrite_tag(match[0], tag, _read_attributes(attributes)))

    def _write(self, text: str) -> None:
        if not self._open_forms:
            self.written.append(text)

    def _rewrite_tag(self, written: str, tag: str, attributes: Attributes) -> str:
        """Return a tag with its addresses replaced; a link without a target becomes a `span`."""
        values, closed = dict(attributes), written.endswith("/>")
        relation = values.get("rel") if tag == "link" else None
        if tag == "meta" and values.get("property") in _CARD_ADDRESSES:
            return self._place_card(tag, attributes, values)
        if relation == "canonical":
            others = [pair for pair in attributes if pair[0] != "href"]
            tag_text = _write_tag(tag, [*others, ("href", self._canonical)], closed)
            return tag_text if self._canonical else ""
        names = LINKS.get(tag, ()) if relation != "search" else ()
        new = [
            (name, self._find(value) if name in names and value is not None else value)
            for name, value in attributes
        ]
        lost = relation == "search" or any(
            value is None and values[name] is not None for name, value in new
        )
        end, start = self._replace_lost_link(attributes) if lost else ("</a>", "")
        if tag == "a" and not closed:
            self._end_tags.append(end)
        if lost:
            return start if tag == "a" else ""
        return written if new == attributes else _write_tag(tag, new, closed)

    def _place_card(self, tag: str, attributes: Attributes, values: Mapping) -> str:
        """Return the tag with a whole address; empty where that of the copy is not known."""
        image = values["property"] == "og:image" and self._find(values["content"] or "")
        if not self._canonical:
            return ""
        found = urljoin(self._canonical, image or "")
        others = [pair for pair in attributes if pair[0] != "content"]
        return _write_tag(tag, [*others, ("content", found)])

    def _replace_lost_link(self, attributes: Attributes) -> tuple[str, str]:
        """Return the end and the start tag that stand for a link without a target."""
        if self._open_pictures:
            return "</g>", "<g>"
        rest = [pair for pair in attributes if pair[0] in {"class", "id", "title"}]
        note = [] if dict(rest).get("title") else [("title", NOTE)]
        return "</span>", _write_tag("span", [*rest, *note])


def _read_attributes(written: str) -> Attributes:
    """Return the attributes of a tag with their values, None for one without a value."""
    return [
        (match[1], None if match[2] is None else unescape(match[2]))
        for match in _ATTRIBUTE.finditer(written)
    ]


def _write_tag(tag: str, attributes: Attributes, closed: bool = False) -> str:
    written = "".join(
        f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in attributes
    )
    return f"<{tag}{written}{'/' if closed else ''}>"

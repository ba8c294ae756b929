"""The site copied into files that any file host can serve: pages, RDF, dumps, what pages load."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from html import escape
from html.parser import HTMLParser
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urljoin, urlsplit

import pyoxigraph as ox
from werkzeug.test import Client

from diplograph.build.export import SUMS
from diplograph.core.dates import parse_day
from diplograph.core.errors import UsageError
from diplograph.core.files import replace_folder
from diplograph.core.formats import STATEMENTS, TRIPLE_FORMATS
from diplograph.core.names import in_default_graph
from diplograph.store.engine import LocalEngine
from diplograph.store.interface import Answer, Engine, QueryRequest
from diplograph.web.addresses import find_data, find_path, write_path
from diplograph.web.app import create_app
from diplograph.web.linked.downloads import DOWNLOADS, VOCABULARIES, VOID_PATH
from diplograph.web.protocol.negotiate import HTML_TYPE
from diplograph.web.settings import Settings, is_address

if TYPE_CHECKING:
    from diplograph.build.questions import Question
    from diplograph.build.vocabularies import Alignments
    from diplograph.store.store import Store


# Which attributes hold an address, by element.
LINKS = {
    "a": ("href", "xlink:href"),
    "area": ("href",),
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
NOTE = "only a server answers this"
_EMPTY = frozenset("area embed img input link source".split())
_FORM_NOTE = '<p class="none">A form stands here where a server answers it.</p>'

Relink = Callable[[str], "str | None"]
Attributes = list[tuple[str, "str | None"]]


def find_links(page: str) -> list[str]:
    """Return the addresses that a page leads to, as they are written, each once, in order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return list(dict.fromkeys(reader.found))


def rewrite_links(page: str, find: Relink, canonical: str | None = None) -> str:
    """Return `page` with each address that is one of this site replaced by what `find` gives.

    Where it gives None there is no such file: a link becomes plain text with a note, whatever
    else loads or names it is left out, and so is a form, since nobody would answer it. `find` is
    asked for every address and returns those of others as they are. `canonical` is the page's own
    address; without one the page names none.
    """
    writer = _Writer(find, canonical)
    writer.feed(page)
    writer.close()
    return "".join(writer.written)


def _addresses(tag: str, attributes: Attributes) -> Iterator[str]:
    for name, value in attributes:
        if name in LINKS.get(tag, ()) and value is not None:
            yield value


class _Reader(HTMLParser):
    """Collects the addresses in a page."""

    def __init__(self):
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if not (tag == "link" and dict(attrs).get("rel") in {"canonical", "search"}):
            self.found.extend(_addresses(tag, attrs))


class _Writer(HTMLParser):
    """Writes a page as it reads it, tag by tag; what has no address in it stays to the letter."""

    def __init__(self, find: Relink, canonical: str | None):
        super().__init__(convert_charrefs=False)
        self.written: list[str] = []
        self._find, self._canonical = find, canonical
        self._closing: list[str] = []  # what ends each `a` that is open
        self._pictures = self._forms = 0

    def handle_starttag(self, tag: str, attrs: Attributes) -> None:
        if tag == "form":
            self._forms += 1
            self._write(_FORM_NOTE, always=self._forms == 1)
            return
        self._pictures += tag == "svg"
        self._write(self._make_tag(tag, attrs, self.get_starttag_text() or ""))

    def handle_startendtag(self, tag: str, attrs: Attributes) -> None:
        self._write(self._make_tag(tag, attrs, self.get_starttag_text() or "", closed=True))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._forms -= 1
            return
        self._pictures -= tag == "svg"
        ended = self._closing.pop() if tag == "a" and self._closing else f"</{tag}>"
        self._write(ended)

    def handle_data(self, data: str) -> None:
        self._write(data)

    def handle_entityref(self, name: str) -> None:
        self._write(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._write(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self._write(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self._write(f"<!{decl}>")

    def _write(self, text: str, *, always: bool = False) -> None:
        if always or not self._forms:
            self.written.append(text)

    def _make_tag(self, tag: str, attributes: Attributes, text: str, closed: bool = False) -> str:
        """Return a tag with its addresses replaced; an `a` that leads nowhere is no `a`."""
        if tag == "link" and dict(attributes).get("rel") == "canonical":
            attributes = [
                *((n, v) for n, v in attributes if n != "href"),
                ("href", self._canonical),
            ]
            return _write_tag(tag, attributes, closed) if self._canonical else ""
        old = list(_addresses(tag, attributes))
        new = {address: self._find(address) for address in old}
        lost = None in new.values() or (tag == "link" and dict(attributes).get("rel") == "search")
        if tag == "a" and not closed:
            self._closing.append(self._end_of_link(lost))
        if not lost:
            same = all(address == found for address, found in new.items())
            return text if same else _write_tag(tag, _replace(tag, attributes, new), closed)
        if tag != "a":
            return ""
        if self._pictures:
            return "<g>"
        kept = [(n, v) for n, v in attributes if n in {"class", "id", "title"}]
        return _write_tag("span", [*kept, *([] if dict(kept).get("title") else [("title", NOTE)])])

    def _end_of_link(self, lost: bool) -> str:
        if not lost:
            return "</a>"
        return "</g>" if self._pictures else "</span>"


def _replace(tag: str, attributes: Attributes, new: dict[str, str | None]) -> Attributes:
    names = LINKS[tag]
    return [(n, new.get(v or "", v) if n in names else v) for n, v in attributes]


def _write_tag(tag: str, attributes: Attributes, closed: bool = False) -> str:
    written = "".join(
        f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in attributes
    )
    return f"<{tag}{written}{'/' if closed else ''}>"


# What stands for a folder's own page, and what is kept of a name beyond ASCII letters and digits.
INDEX = "index.html"
_UNSAFE = re.compile(r"[^A-Za-z0-9._~-]")
# Names that Windows keeps for devices, whatever follows their first dot.
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}
_LONGEST = 120
_SUFFIXES = {form.media_type: form.suffix for form in STATEMENTS.values()}


def name_file(path: str, media_type: str) -> str:
    """Return the name of the file for the answer at `path`, relative to the site's folder.

    Every part of it is ASCII without what Windows or a URL would take amiss; pages end in .html.

    >>> name_file("/page/state/IND", "text/html")
    'page/state/IND.html'
    >>> name_file("/graph/reference", "text/turtle")
    'graph/reference.ttl'
    """
    parts = [_make_safe(unquote(part)) for part in path.strip("/").split("/") if part]
    if media_type == HTML_TYPE:
        if path.endswith("/"):
            return "/".join([*parts, INDEX])
        return "/".join([*parts[:-1], f"{parts[-1]}.html"])
    suffix = _SUFFIXES.get(media_type)
    if suffix and not parts[-1].endswith(f".{suffix}"):
        parts[-1] = f"{parts[-1]}.{suffix}"
    return "/".join(parts)


def name_files(media_types: Mapping[str, str]) -> dict[str, str]:
    """Return path to file for each path and its media type, no two alike but for case.

    The first in order keeps its name, another gets a number: what is at an address depends on
    nothing but the addresses there are.
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


def relate(file: str, target: str) -> str:
    """Return the address of the file `target` as a page in `file` of the same site links to it.

    >>> relate("page/state/IND.html", "static/style.css")
    '../../static/style.css'
    """
    return quote(posixpath.relpath(target, posixpath.dirname(file) or "."))


def _make_safe(part: str) -> str:
    """Return a part of a path as a part of a file's name; a long one ends in its hash."""
    safe = _UNSAFE.sub("_", part)
    if safe.partition(".")[0].casefold() in _DEVICES or not safe.strip("."):
        safe = f"_{safe}"
    if safe.endswith("."):
        safe = f"{safe}_"
    if len(safe) > _LONGEST:
        safe = f"{safe[:_LONGEST]}-{hashlib.sha256(part.encode()).hexdigest()[:8]}"
    return safe


# What every such site has: which build it shows, as of which day.
MARK = "diplograph-site.json"
# The description of the dataset; a host that sends no type for it still sends Turtle's suffix.
VOID_FILE = "void.ttl"
# An address that no answer has: what begins with it is ours.
HERE = "http://site.invalid"
# What relative addresses are relative to while they are written; no other address begins so.
SITE_BASE = "site://folder"
STARTS = ("/", "/open", "/questions", "/ontology", DOWNLOADS, f"{DOWNLOADS}{SUMS}", VOID_PATH)
# What only a server answers.
LIVE = ("/sparql", "/search", "/health", "/ready", "/metrics", "/store", "/id/", "/concept/")
_REMEMBERED = 256
_ACCEPT = f"{HTML_TYPE}, text/turtle;q=0.9, */*;q=0.1"

# Told how many addresses have been copied, and how many are known.
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Copied:
    """What was copied: the files by name, and the links that lead nowhere, as (page, address)."""

    files: tuple[str, ...]
    broken: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answered:
    """What one path answered; `body` is compressed, for there may be thousands."""

    media_type: str
    body: bytes

    @property
    def content(self) -> bytes:
        """The body as it was sent."""
        return zlib.decompress(self.body)


class Remembering:
    """An engine whose last answers are kept: a thing's forms are made of the same ones."""

    def __init__(self, engine: Engine):
        self.digest, self.close = engine.digest, engine.close
        self._answer = lru_cache(maxsize=_REMEMBERED)(engine.answer)

    def answer(self, asked: QueryRequest, client: str = "") -> Answer:
        """Return what the engine answers; raises what it raises."""
        return self._answer(asked)


def write_site(
    store: Store,
    directory: Path,
    *,
    questions: Mapping[str, Question] | None = None,
    findings: int | None = None,
    alignments: Alignments | None = None,
    base_url: str = "",
    as_of: str = "",
    tell: Tell | None = None,
) -> Copied:
    """Put a static copy of the site of `store` into `directory`, in one step.

    `base_url` is where the copy will be reached, for what names whole addresses; `as_of` the day
    that stands for today, without it today's in UTC: the same build and day give the same bytes.
    A copy that this made before gives way. Raises UsageError where another folder is in the way or
    `base_url` is no address, MalformedDate, and UnreadableFile where nothing can be written.
    """
    if base_url and not is_address(base_url):
        raise UsageError(f"this is no address such as https://example.org/path: {base_url}")
    day = parse_day(as_of).isoformat() if as_of else datetime.now(UTC).date().isoformat()
    settings = Settings(as_of=day, base_url=HERE)
    engine, told = Remembering(LocalEngine(store)), {"findings": findings, "still": True}
    app = create_app(engine, questions, alignments=alignments, settings=settings, **told)
    made: list[Copied] = []

    def fill(folder: Path) -> None:
        answered, moved = fetch(Client(app), list_starts(store), tell or (lambda *_: None))
        copied = write_files(folder, answered, moved, base_url.rstrip("/"))
        record = {"build": store.digest, "as_of": day, "software": metadata.version("diplograph")}
        (folder / MARK).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
        (folder / ".nojekyll").write_bytes(b"")  # hosts that run Jekyll leave folders out
        made.append(copied)

    replace_folder(directory, fill, MARK)
    return made[0]


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


def fetch(
    client: Client, starts: Iterable[str], tell: Tell
) -> tuple[dict[str, Answered], dict[str, str]]:
    """Return what each path answers that can be reached from `starts`, and where others lead to.

    Addresses with a question mark are a server's to answer, and are left alone.
    """
    answered: dict[str, Answered] = {}
    moved: dict[str, str] = {}
    seen, todo = set(starts), list(starts)
    while todo:
        found: set[str] = set()
        for path in todo:
            reply = client.get(path, base_url=HERE, headers={"Accept": _ACCEPT})
            if 300 <= reply.status_code < 400:
                moved[path] = _as_path(urljoin(HERE + path, reply.location)) or ""
                found.add(moved[path])
            elif reply.status_code == 200:
                answered[path] = Answered(reply.mimetype, zlib.compress(reply.data, 1))
                if reply.mimetype == HTML_TYPE:
                    found |= set(_list_paths(path, reply.text))
            tell(len(answered) + len(moved), len(seen))
        todo = sorted(found - seen - {""})
        seen.update(todo)
    return answered, moved


def write_files(
    folder: Path, answered: Mapping[str, Answered], moved: Mapping[str, str], base_url: str
) -> Copied:
    """Write every answer into `folder`, its links made to lead from file to file."""
    files = name_files({path: each.media_type for path, each in answered.items()})
    if VOID_PATH in files:
        files[VOID_PATH] = VOID_FILE
    places = {**files, **{old: files[new] for old, new in moved.items() if new in files}}
    broken: list[tuple[str, str]] = []
    for path, each in sorted(answered.items()):
        content = each.content
        if each.media_type == HTML_TYPE:
            find = partial(_find_file, path, files[path], places, broken)
            own = f"{base_url}/{files[path]}" if base_url else None
            content = rewrite_links(content.decode(), find, own).encode()
        if path == VOID_PATH:
            content = place_statements(content, places, base_url)
        _write(folder / files[path], content)
    if base_url and VOID_PATH in files:  # whole addresses mean the same from any place
        _write(folder / VOID_PATH.lstrip("/"), (folder / VOID_FILE).read_bytes())
    return Copied(tuple(sorted(set(files.values()))), tuple(dict.fromkeys(broken)))


def place_statements(turtle: bytes, places: Mapping[str, str], base_url: str) -> bytes:
    """Return the statements of `turtle` with addresses of this site made those of its files.

    They are whole where `base_url` says what they begin with, else relative to the site's folder.
    What only a server answers, and whatever is said of it, is left out.
    """
    base = f"{base_url or SITE_BASE}/"
    kept = []
    for quad in ox.parse(turtle, format=ox.RdfFormat.TURTLE):
        terms = [_place(term, places, base) for term in quad.triple]
        if None not in terms:
            kept.append(ox.Triple(*terms))
    form = {"format": ox.RdfFormat.TURTLE, "prefixes": VOCABULARIES}
    if base_url:
        return ox.serialize(kept, **form)
    lines = ox.serialize(kept, **form, base_iri=base).splitlines(keepends=True)
    return b"".join(line for line in lines if not line.startswith(b"@base"))


def _place(term: ox.NamedNode | ox.Literal, places: Mapping[str, str], base: str):
    if not isinstance(term, ox.NamedNode) or not term.value.startswith(f"{HERE}/"):
        return term
    path, mark, fragment = term.value.removeprefix(HERE).partition("#")
    file = places.get(_normalise(path))
    return None if file is None else ox.NamedNode(f"{base}{file}{mark}{fragment}")


def _find_file(
    path: str,
    file: str,
    places: Mapping[str, str],
    broken: list[tuple[str, str]],
    address: str,
) -> str | None:
    """Return what stands for an address in `file`; None where no file has what it names."""
    if not address or address.startswith("#"):
        return address
    parts = urlsplit(urljoin(HERE + path, address))
    if f"{parts.scheme}://{parts.netloc}" != HERE:
        return address
    wanted = _normalise(parts.path)
    if parts.query or _is_live(wanted):
        return None
    target = places.get(wanted)
    if target is None:
        broken.append((path, address))
        return None
    return relate(file, target) + (f"#{parts.fragment}" if parts.fragment else "")


def _list_paths(path: str, page: str) -> Iterator[str]:
    """Yield the paths of this site that a page leads to and that can be files."""
    for address in find_links(page):
        found = _as_path(urljoin(HERE + path, address))
        if found is not None and not _is_live(found):
            yield found


def _as_path(address: str) -> str | None:
    """Return the path of an address of this site without a query; None for any other."""
    parts = urlsplit(address)
    if f"{parts.scheme}://{parts.netloc}" != HERE or parts.query:
        return None
    return _normalise(parts.path)


def _normalise(path: str) -> str:
    """Return a path in the one way to escape it that addresses.write_path has."""
    return write_path(unquote(path)) or "/"


def _is_live(path: str) -> bool:
    return any(path == each.rstrip("/") or path.startswith(f"{each.rstrip('/')}/") for each in LIVE)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)

"""The site copied into files that any file host can serve: pages, RDF, dumps, what pages load."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache, partial
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

import pyoxigraph as ox
from werkzeug.test import Client

from diplograph.build.export import SUMS
from diplograph.core.errors import UsageError
from diplograph.core.files import replace_folder
from diplograph.core.names import SHAPES_GRAPH
from diplograph.store.engine import LocalEngine
from diplograph.store.interface import Answer, Engine, QueryRequest
from diplograph.web import create_app
from diplograph.web.addresses import find_data, find_path, write_path
from diplograph.web.edition import read_day
from diplograph.web.filenames import name_files, relate
from diplograph.web.linked.downloads import DOWNLOADS
from diplograph.web.linked.heads import SHOWN
from diplograph.web.linked.void import VOCABULARIES, VOID_PATH
from diplograph.web.negotiate import HTML_TYPE
from diplograph.web.relinking import find_links, relink
from diplograph.web.settings import Settings, is_address

if TYPE_CHECKING:
    from diplograph.build.questions import Question
    from diplograph.build.vocabularies import Alignments
    from diplograph.store.store import Store


# What every such site has: which build it shows, as of which day.
MARK = "diplograph-site.json"
# The description of the dataset; a host that sends no type for it still sends Turtle's suffix.
VOID_FILE = "void.ttl"
# An address that no answer has: what begins with it is ours.
HERE = "http://site.invalid"
# What relative addresses are relative to while they are written; no other address begins so.
FOLDER = "site://folder"
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
    day = read_day(as_of).isoformat() if as_of else datetime.now(UTC).date().isoformat()
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
        if isinstance(quad.subject, ox.NamedNode) and quad.graph_name.value != SHAPES_GRAPH
    }
    pages = {find_path(iri) for iri in things}
    data = {find_data(iri, form.suffix) for iri in things for form in SHOWN}
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
            content = relink(content.decode(), find, own).encode()
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
    base = f"{base_url or FOLDER}/"
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

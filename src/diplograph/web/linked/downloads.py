"""The dumps of the whole graph with their checksums, and what VoID and DCAT say of them."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from importlib import metadata

from flask import Blueprint, Response, redirect, request
from werkzeug.http import http_date

from diplograph.build.export import SELECTION_TITLES, SUMS, Dump, write_sums
from diplograph.core.names import QUESTIONS_GRAPH
from diplograph.web import exchange
from diplograph.web.bridge import read_flask, write_flask
from diplograph.web.caching import hash_tag, is_known, is_unmodified, keep, takes_any
from diplograph.web.edition import Edition
from diplograph.web.graphstore import locate
from diplograph.web.linked.shelf import Holding, Shelf
from diplograph.web.linked.void import VOID_PATH, create_void
from diplograph.web.rendering import render

DOWNLOADS = "/download/"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class Section:
    """The files of one selection; `packed` is the compressed file of each that has one."""

    title: str
    files: tuple[Dump, ...]
    packed: dict[str, Dump]


@dataclass(frozen=True)
class Part:
    """One named graph: its IRI, where it is read here, and how many statements it has."""

    iri: str
    path: str
    statements: int


def create_downloads(edition: Edition) -> Blueprint:
    """Return the blueprint of these addresses."""
    downloads, shelf = Blueprint("downloads", __name__), Shelf(edition)
    describe = create_void(edition, shelf)

    @downloads.get("/download")
    def without_slash() -> Response:
        return redirect(request.root_path.rstrip("/") + DOWNLOADS, 308)

    @downloads.get(DOWNLOADS)
    def overview() -> Response:
        return render_overview(shelf.list())

    @downloads.get(f"{DOWNLOADS}{SUMS}")
    def sums() -> Response:
        body = write_sums(shelf.list().dumps)
        return write_flask(_send(edition, body, _TEXT, hash_tag(body), SUMS))

    @downloads.get(f"{DOWNLOADS}<name>")
    def dump(name: str) -> Response:
        found, body = shelf.open(name)
        text = found.media_type.startswith("text/")
        kind = f"{found.media_type}; charset=utf-8" if text else found.media_type
        sealed = base64.b64encode(bytes.fromhex(found.sha256)).decode()
        more = (("Repr-Digest", f"sha-256=:{sealed}:"),)  # RFC 9530
        return write_flask(_send(edition, body, kind, f'"{found.sha256}"', name, more))

    @downloads.get(VOID_PATH)
    def void() -> Response:
        return write_flask(describe(read_flask(edition.settings, body=False)))

    return downloads


def render_overview(holding: Holding) -> Response:
    """Return the page of all that a build offers."""
    return render(
        "downloads.html",
        sections=read_sections(holding),
        graphs=[Part(iri, locate(iri), count) for iri, count in holding.facts.graphs],
        left_out=[SELECTION_TITLES[what] for what in holding.left_out],
        version=metadata.version("diplograph"),
        sums=SUMS,
        void=VOID_PATH,
        root=request.root_path.rstrip("/"),
        examples=find_examples(holding),
    )


def read_sections(holding: Holding) -> list[Section]:
    """Return the files of a build by selection, those compressed beside the others."""
    sections = []
    for what in dict.fromkeys(dump.what for dump in holding.dumps):
        files = [dump for dump in holding.dumps if dump.what == what]
        packed = {dump.form.name: dump for dump in files if dump.packed}
        plain = tuple(dump for dump in files if not dump.packed)
        sections.append(Section(SELECTION_TITLES[what], plain, packed))
    return sections


def find_examples(holding: Holding) -> str | None:
    """Return where the graph of the questions is read here; None where the build has none."""
    graphs = dict(holding.facts.graphs)
    return locate(QUESTIONS_GRAPH) if QUESTIONS_GRAPH in graphs else None


def _send(
    edition: Edition,
    body: bytes,
    kind: str,
    tag: str,
    name: str,
    more: tuple[tuple[str, str], ...] = (),
) -> exchange.Response:
    """Return the file, or a 304 where the client has it (RFC 9110, 13.2.2)."""
    asked = read_flask(edition.settings, body=False)
    headers = (("ETag", tag), ("Cache-Control", keep(edition.settings)))
    if edition.built is not None:
        headers = (*headers, ("Last-Modified", http_date(edition.built)))
    if is_known(asked, tag) or takes_any(asked) or is_unmodified(asked, edition.built):
        return exchange.Response(304, headers)
    disposition = f'attachment; filename="{name}"'
    headers = (("Content-Type", kind), ("Content-Disposition", disposition), *headers, *more)
    return exchange.carry(asked, headers, body)

"""Downloads of the whole graph: files with their checksums, the page that lists them."""

from __future__ import annotations

import base64
import threading
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib import metadata

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request

from diplograph.build.export import SUMS, Dump, LeftOut, make_dumps, pack, write_sums
from diplograph.core.errors import NotExpressible, NotHere, UsageError
from diplograph.core.names import QUESTIONS_GRAPH, SELECTIONS, expand, is_selected
from diplograph.core.serialization import write_statements
from diplograph.core.settings import DOWNLOAD_CACHE_BYTES, DOWNLOAD_STATEMENTS
from diplograph.store.interface import QueryRequest
from diplograph.views.fact_tables import SHEETS, TABLE_NAMES, FactTables
from diplograph.views.query import QueryRunner
from diplograph.views.statistics import GraphStatistics, read_graph_statistics
from diplograph.views.tables import CSV_TYPE, XLSX_TYPE, write_csv, write_workbook, write_zip
from diplograph.views.thing import read_named_things
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask, write_flask
from diplograph.web.linked.data import Headers, answer_conditionally
from diplograph.web.linked.void import (
    VOID_PATH,
    describe_dataset,
    outline_dataset,
    write_description,
)
from diplograph.web.protocol.etags import hash_etag
from diplograph.web.protocol.graphs import choose_statements, graph_address
from diplograph.web.protocol.negotiate import choose_encoding
from diplograph.web.protocol.service_description import (
    BuildFacts,
    read_build_facts,
    require_address,
)
from diplograph.web.rendering import make_locator, render
from diplograph.web.table_files import send_file

DOWNLOADS = "/download/"
# The tables of facts: all in a workbook, all in a zip; each has a file of its own as CSV too.
WORKBOOK, TABLES_ZIP = "facts.xlsx", "facts-csv.zip"
_TOO_MANY_FACTS = (
    "there are too many facts here for tables while a client waits:"
    " `diplograph export --format xlsx -o facts.xlsx` writes them"
)


@dataclass(frozen=True)
class DumpList:
    """What a build offers: its graphs and their sizes, its files, and those it cannot have.

    `too_large` are selections without files; a remote engine has no files of RDF at all. `tables`:
    the facts can be had as tables, since they are not too many.
    """

    digest: str
    facts: BuildFacts
    dumps: tuple[Dump, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    too_large: tuple[str, ...] = ()
    tables: bool = False


class DumpCache:
    """Holds the dumps of the build that is served; safe to use from many threads at once."""

    def __init__(self, context: AppContext):
        self._context, self._lock = context, threading.Lock()
        self._list: DumpList | None = None
        self._bodies: dict[str, bytes] = {}

    def list(self) -> DumpList:
        """Return what there is to download; raises what the engine raises.

        The first call for a build writes every file, for sizes and checksums; others wait for it.
        """
        with self._lock:
            if self._list is None or self._list.digest != self._context.digest:
                self._list = self._make_list()
            return self._list

    def open(self, name: str) -> tuple[Dump, bytes]:
        """Return the file of that name; raises NotHere, NotExpressible for one that is left out."""
        offered = self.list()
        dump = next((dump for dump in offered.dumps if dump.name == name), None)
        if dump is None:
            for file in offered.left_out:
                if name in {file.name, f"{file.name}.gz"}:
                    raise NotExpressible(file.reason, form=file.form.name)
            raise NotHere(f"there is no file {name[:200]!r}; /download/ lists what there is")
        body = self._bodies.get(name)
        if body is None:
            body = self._write(dump.what, dump.form.name)
            body = pack(body) if dump.packed else body
        return dump, body

    def _make_list(self) -> DumpList:
        digest, facts = self._context.digest, read_build_facts(self._context.engine)
        self._bodies = {}
        sizes = _count_statements(facts)
        tables = _has_tables(sizes)
        if self._context.settings.remote:
            return DumpList(digest, facts, tables=tables)

        @lru_cache(maxsize=1)  # the files of a selection follow each other
        def read(selection: str) -> list[ox.Quad]:
            body = self._write(selection, "nquads")
            return list(ox.parse(body, format=ox.RdfFormat.N_QUADS))

        offered = [name for name, size in sizes.items() if 0 < size <= DOWNLOAD_STATEMENTS]
        dumps, left_out, cached = [], [], 0
        for dump, body in make_dumps(
            lambda name, form: write_statements(read(name), form), offered
        ):
            if isinstance(dump, LeftOut):
                left_out.append(dump)
                continue
            dumps.append(dump)
            if cached + dump.size <= DOWNLOAD_CACHE_BYTES:
                self._bodies[dump.name], cached = body, cached + dump.size
        too_large = tuple(name for name, size in sizes.items() if size > DOWNLOAD_STATEMENTS)
        return DumpList(digest, facts, tuple(dumps), tuple(left_out), too_large, tables)

    def _write(self, selection: str, form: str) -> bytes:
        return self._context.engine.answer(QueryRequest("", None, form, graph=selection)).body


def create_downloads(context: AppContext) -> Blueprint:
    """Return the blueprint of the files, the page that lists them, and the description."""
    downloads, cache = Blueprint("downloads", __name__), DumpCache(context)
    downloads.add_app_template_global(partial(outline_dataset, context), "outline_dataset")

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_statistics_once(digest: str) -> GraphStatistics:
        return read_graph_statistics(QueryRunner(context.engine))

    @lru_cache(maxsize=16)  # a few addresses; clients may send any Host
    def describe_once(digest: str, address: str, form: str) -> tuple[bytes, int]:
        statistics, dumps = read_statistics_once(digest), cache.list()
        triples = describe_dataset(address, statistics, dumps.facts.graphs, dumps.dumps)
        return write_description(triples, form)

    @downloads.get("/download")
    def without_slash() -> Response:
        return redirect(request.root_path.rstrip("/") + DOWNLOADS, 308)

    @downloads.get(DOWNLOADS)
    def overview() -> Response:
        return render_overview(cache.list())

    @downloads.get(f"{DOWNLOADS}{SUMS}")
    def sums() -> Response:
        body = write_sums(cache.list().dumps)
        return _send_file(context, SUMS, body, "text/plain; charset=utf-8", hash_etag(body))

    @downloads.get(f"{DOWNLOADS}<name>")
    def dump(name: str) -> Response:
        file, body = cache.open(name)
        text = file.media_type.startswith("text/")
        content_type = f"{file.media_type}; charset=utf-8" if text else file.media_type
        digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
        more = (("Repr-Digest", f"sha-256=:{digest}:"),)  # RFC 9530
        return _send_file(context, name, body, content_type, f'"{file.sha256}"', more)

    @downloads.get(VOID_PATH)
    def void() -> Response:
        client_request = read_flask(context.settings, body=False)
        require_address(client_request.address)
        offer = choose_statements(client_request, "the description of the dataset")
        described = describe_once(context.digest, client_request.address, offer.name)
        encoding = choose_encoding(client_request.headers.get("accept-encoding"))
        response = answer_conditionally(
            client_request,
            context.settings,
            tag=hash_etag(offer.media_type, encoding, described[0].decode()),
            content_type=offer.content_type,
            write=lambda: described,
            vary="Accept, Accept-Encoding",
            encoding=encoding,
        )
        return write_flask(response)

    _add_tables(downloads, context)
    return downloads


def _count_statements(facts: BuildFacts) -> dict[str, int]:
    """Return how many statements each selection has."""
    return {
        selection: sum(count for graph, count in facts.graphs if is_selected(graph, selection))
        for selection in SELECTIONS
    }


def _has_tables(sizes: dict[str, int]) -> bool:
    return sizes["asserted"] <= DOWNLOAD_STATEMENTS


def _add_tables(downloads: Blueprint, context: AppContext) -> None:
    """Let the blueprint serve the tables of facts; a build with too many raises NotHere."""

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def are_few(digest: str) -> bool:
        return _has_tables(_count_statements(read_build_facts(context.engine)))

    def make_tables() -> FactTables:
        if not are_few(context.digest):
            raise NotHere(_TOO_MANY_FACTS)
        places = make_locator(context), make_locator(context, fact=True)
        report = request.args.get("report", "").strip()
        if report and not report.startswith("report:"):
            raise UsageError(f"report: {report[:60]!r} names no report: write report:moscow-talks")
        iri = read_named_things(context.asking(), expand(report)).thing.iri if report else ""
        return FactTables(context.asking(), context.day(), *places, report=iri)

    @downloads.get(f"{DOWNLOADS}{WORKBOOK}")
    def workbook() -> Response:
        tables = (table for _, table in make_tables().make_all())
        return send_file(WORKBOOK, write_workbook(tables, "Facts of Diplograph"), XLSX_TYPE)

    @downloads.get(f"{DOWNLOADS}{TABLES_ZIP}")
    def tables_zip() -> Response:
        return send_file(TABLES_ZIP, write_zip(make_tables().make_all()), "application/zip")

    @downloads.get(f"{DOWNLOADS}<any({', '.join(map(repr, TABLE_NAMES))}):name>.csv")
    def table(name: str) -> Response:
        return send_file(f"{name}.csv", write_csv(make_tables().make(name)), CSV_TYPE)


def render_overview(dumps: DumpList) -> Response:
    """Return the page of all that a build offers, compressed files beside the others."""
    sections = []
    for selection in dict.fromkeys(dump.what for dump in dumps.dumps):
        files = [dump for dump in dumps.dumps if dump.what == selection]
        packed = {dump.form.name: dump for dump in files if dump.packed}
        plain = [dump for dump in files if not dump.packed]
        left_out = [file for file in dumps.left_out if file.what == selection]
        title = SELECTIONS[selection]
        sections.append({"title": title, "files": plain, "packed": packed, "left_out": left_out})
    return render(
        "downloads.html",
        dumps=dumps.dumps,
        sections=sections,
        graphs=[(iri, graph_address(iri), count) for iri, count in dumps.facts.graphs],
        too_large=[SELECTIONS[selection] for selection in dumps.too_large],
        version=metadata.version("diplograph"),
        sums=SUMS,
        void=VOID_PATH,
        root=request.root_path.rstrip("/"),
        tables=[
            (name, SHEETS[name].title if name in SHEETS else "Engagements") for name in TABLE_NAMES
        ]
        if dumps.tables
        else [],
        workbook=WORKBOOK,
        tables_zip=TABLES_ZIP,
        too_many_facts=_TOO_MANY_FACTS,
        examples=QUESTIONS_GRAPH in dict(dumps.facts.graphs) and graph_address(QUESTIONS_GRAPH),
    )


def _send_file(
    context: AppContext, name: str, body: bytes, content_type: str, tag: str, more: Headers = ()
) -> Response:
    client_request = read_flask(context.settings, body=False)
    response = answer_conditionally(
        client_request,
        context.settings,
        tag=tag,
        content_type=content_type,
        write=lambda: (body, None),
        modified=context.modified,
        more=(("Content-Disposition", f'attachment; filename="{name}"'), *more),
    )
    return write_flask(response)

"""The dumps of the whole graph with their checksums, and what VoID and DCAT say of them."""

from __future__ import annotations

import base64
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata
from urllib.parse import quote

import pyoxigraph as ox
from flask import Blueprint, Response, redirect, request
from werkzeug.http import http_date

from diplograph.build.export import SUMS, Dump, make_dumps, pack, write_sums
from diplograph.core.errors import NotHere
from diplograph.core.formats import STATEMENTS
from diplograph.core.names import (
    PREFIXES,
    QUESTIONS_GRAPH,
    ROOT,
    SELECTIONS,
    compact,
    is_selected,
)
from diplograph.core.serialization import write_statements
from diplograph.core.settings import DOWNLOAD_CACHE_BYTES, DOWNLOAD_STATEMENTS
from diplograph.store.interface import QueryRequest
from diplograph.views.query import QueryRunner
from diplograph.views.statistics import (
    ClassCount,
    GraphStatistics,
    PropertyCount,
    read_graph_statistics,
)
from diplograph.web import http
from diplograph.web.context import AppContext
from diplograph.web.flask_adapter import read_flask, write_flask
from diplograph.web.http import HttpRequest, HttpResponse, compress_response
from diplograph.web.protocol.etags import (
    cache_headers,
    has_wildcard,
    hash_etag,
    is_unmodified,
    matches_etag,
)
from diplograph.web.protocol.graphs import choose_statements, graph_address
from diplograph.web.protocol.negotiate import choose_encoding
from diplograph.web.protocol.service_description import (
    ENDPOINT,
    FORMATS_NAMESPACE,
    TITLE,
    VOID,
    BuildFacts,
    read_build_facts,
    require_address,
)
from diplograph.web.rendering import render


@dataclass(frozen=True)
class DumpFile:
    """What a build offers: its graphs and their sizes, and its files, none where it is too large.

    `left_out` names the selections that are too large; an engine elsewhere has no files at all.
    """

    digest: str
    facts: BuildFacts
    dumps: tuple[Dump, ...]
    left_out: tuple[str, ...]


class DumpCache:
    """Holds the dumps of one edition's build; safe to use from many threads at once."""

    def __init__(self, edition: AppContext):
        self._edition, self._lock = edition, threading.Lock()
        self._holding: DumpFile | None = None
        self._bodies: dict[str, bytes] = {}

    def list(self) -> DumpFile:
        """Return what there is to download; raises what the engine raises.

        The first to ask for a build's list has every file written; others wait for it.
        """
        with self._lock:
            if self._holding is None or self._holding.digest != self._edition.digest:
                self._bodies = {}
                self._holding = self._make()
            return self._holding

    def open(self, name: str) -> tuple[Dump, bytes]:
        """Return the file of that name; raises NotHere."""
        dump = next((each for each in self.list().dumps if each.name == name), None)
        if dump is None:
            raise NotHere(f"there is no file {name[:200]!r}; /download/ lists what there is")
        body = self._bodies.get(name)
        if body is None:
            body = self._write(dump.what, dump.form.name)
            body = pack(body) if dump.packed else body
        return dump, body

    def _make(self) -> DumpFile:
        digest, facts = self._edition.digest, read_build_facts(self._edition.engine)
        sizes = {
            what: sum(count for graph, count in facts.graphs if is_selected(graph, what))
            for what in SELECTIONS
        }
        offered = [what for what, size in sizes.items() if 0 < size <= DOWNLOAD_STATEMENTS]
        left_out = tuple(what for what, size in sizes.items() if size > DOWNLOAD_STATEMENTS)
        if self._edition.settings.remote:
            return DumpFile(digest, facts, (), ())
        dumps, kept = [], 0
        # One query a selection: the files of one follow each other.
        read = lru_cache(maxsize=1)(self._read)
        for dump, body in make_dumps(
            lambda what, form: write_statements(read(what), form), offered
        ):
            dumps.append(dump)
            if kept + dump.size <= DOWNLOAD_CACHE_BYTES:
                self._bodies[dump.name], kept = body, kept + dump.size
        return DumpFile(digest, facts, tuple(dumps), left_out)

    def _read(self, what: str) -> list[ox.Quad]:
        body = self._write(what, "nquads")
        return list(ox.parse(body, format=ox.RdfFormat.N_QUADS))

    def _write(self, what: str, form: str) -> bytes:
        return self._edition.engine.answer(QueryRequest("", None, form, graph=what)).body


VOID_PATH = "/.well-known/void"
DCAT, FOAF, SPDX = (
    "http://www.w3.org/ns/dcat#",
    "http://xmlns.com/foaf/0.1/",
    "http://spdx.org/rdf/terms#",
)
DATA_LICENSE_VOID = "https://creativecommons.org/licenses/by/4.0/"
_TYPES = "https://www.iana.org/assignments/media-types/"
_DCTERMS, _RDF, _XSD = PREFIXES["dcterms"], PREFIXES["rdf"], PREFIXES["xsd"]
VOCABULARIES = {
    "dcat": DCAT,
    "dcterms": _DCTERMS,
    "dg": PREFIXES["dg"],
    "foaf": FOAF,
    "formats": FORMATS_NAMESPACE,
    "rdf": _RDF,
    "rdfs": PREFIXES["rdfs"],
    "skos": PREFIXES["skos"],
    "spdx": SPDX,
    "void": VOID,
    "xsd": _XSD,
}
_ABOUT = (
    "Who met whom, when, where and to what end, as reports say, each fact with the passage that"
    " supports it, in whose voice and with what hedge."
)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
TripleIterator = Iterator[ox.Triple]


def create_void(edition: AppContext, shelf: DumpCache) -> Callable[[HttpRequest], HttpResponse]:
    """Return what answers with the description; what each build holds is counted once."""

    @lru_cache(maxsize=2)  # the build that is served, and the one before
    def read_once(digest: str) -> GraphStatistics:
        return read_graph_statistics(QueryRunner(edition.engine))

    @lru_cache(maxsize=16)  # a few addresses; one that somebody makes up does not stay
    def write_once(digest: str, address: str, name: str) -> tuple[bytes, int]:
        return _write(describe_dataset(address, read_once(digest), shelf.list()), name)

    def describe(request: HttpRequest) -> HttpResponse:
        require_address(request.address)
        offer = choose_statements(request, "the description of the dataset")
        body, rows = write_once(edition.digest, request.address, offer.name)
        encoding = choose_encoding(request.headers.get("accept-encoding"))
        tag = hash_etag(offer.media_type, encoding, body.decode())
        vary = ("Vary", "Accept, Accept-Encoding")
        headers = (("ETag", tag), ("Cache-Control", cache_headers(edition.settings)), vary)
        if matches_etag(request, tag) or has_wildcard(request):
            return HttpResponse(304, headers)
        headers = (("Content-Type", offer.content_type), *headers)
        return compress_response(request, headers, body, rows, encoding)

    return describe


def describe_dataset(address: str, holdings: GraphStatistics, holding: DumpFile) -> TripleIterator:
    """Yield what is said of the dataset at `address` (VoID, W3C Note of 2011; DCAT 3).

    Every node has a name that begins with that address; none is blank.
    """
    void, service = address + VOID_PATH, address + ENDPOINT
    dataset = f"{void}#dataset"
    yield from _link(void, _RDF + "type", VOID + "DatasetDescription", DCAT + "Catalog")
    yield from _text(void, _DCTERMS + "title", "Diplograph: datasets and services")
    yield from _text(void, _DCTERMS + "description", _ABOUT)
    yield from _link(void, _DCTERMS + "license", DATA_LICENSE_VOID)
    yield from _link(void, FOAF + "primaryTopic", dataset)
    yield from _link(void, DCAT + "dataset", dataset)
    yield from _link(void, DCAT + "service", service)
    yield from _link(service, _RDF + "type", DCAT + "DataService")
    yield from _text(service, _DCTERMS + "title", "SPARQL endpoint")
    yield from _link(service, DCAT + "endpointURL", service)
    yield from _link(service, DCAT + "endpointDescription", service)
    yield from _link(service, DCAT + "servesDataset", dataset)
    yield from _describe_whole(address, dataset, holdings)
    yield from _count(dataset, holdings)
    for prefix, iri in PREFIXES.items():
        if any(each.iri.startswith(iri) for each in (*holdings.classes, *holdings.properties)):
            yield from _link(dataset, VOID + "vocabulary", _as_namespace(prefix, iri))
    for each in holdings.properties:
        yield from _describe_property(dataset, each)
    for each in holdings.classes:
        yield from _describe_class(dataset, each)
    yield from _describe_parts(address, dataset, holding)


def _describe_whole(address: str, dataset: str, holdings: GraphStatistics) -> TripleIterator:
    yield from _link(dataset, _RDF + "type", VOID + "Dataset", DCAT + "Dataset")
    yield from _text(dataset, _DCTERMS + "title", TITLE)
    yield from _text(dataset, _DCTERMS + "description", _ABOUT)
    yield from _link(dataset, _DCTERMS + "license", DATA_LICENSE_VOID)
    if _DAY.fullmatch(holdings.modified):
        yield from _value(dataset, _DCTERMS + "modified", holdings.modified, "date")
    yield from _link(dataset, FOAF + "homepage", f"{address}/")
    yield from _link(dataset, DCAT + "landingPage", f"{address}/download/")
    yield from _link(dataset, VOID + "sparqlEndpoint", address + ENDPOINT)
    yield from _value(dataset, VOID + "uriSpace", f"{ROOT}id/")
    yield from _value(dataset, VOID + "uriRegexPattern", f"^{ROOT.replace('.', '[.]')}id/.+/.+")
    yield from _link(dataset, VOID + "exampleResource", *holdings.examples)
    for form in STATEMENTS.values():
        yield from _link(
            dataset, VOID + "feature", FORMATS_NAMESPACE + form.serializer.iri.rpartition("/")[2]
        )


def _count(dataset: str, holdings: GraphStatistics) -> TripleIterator:
    counts = {
        "triples": holdings.triples,
        "entities": holdings.entities,
        "distinctSubjects": holdings.subjects,
        "distinctObjects": holdings.objects,
        "properties": len(holdings.properties),
        "classes": len(holdings.classes),
    }
    for name, count in counts.items():
        yield from _number(dataset, VOID + name, count)


def _describe_property(dataset: str, counted: PropertyCount) -> TripleIterator:
    part = _name_part(dataset, "property", counted.iri)
    yield from _link(dataset, VOID + "propertyPartition", part)
    yield from _link(part, VOID + "property", counted.iri)
    yield from _number(part, VOID + "triples", counted.triples)
    yield from _number(part, VOID + "distinctSubjects", counted.subjects)
    yield from _number(part, VOID + "distinctObjects", counted.objects)


def _describe_class(dataset: str, counted: ClassCount) -> TripleIterator:
    """Yield a class's partition, and within it one for each property: editors complete by these."""
    part = _name_part(dataset, "class", counted.iri)
    yield from _link(dataset, VOID + "classPartition", part)
    yield from _link(part, VOID + "class", counted.iri)
    yield from _number(part, VOID + "entities", counted.entities)
    for iri, triples in counted.uses:
        use = _name_part(dataset, "class", counted.iri, iri)
        yield from _link(part, VOID + "propertyPartition", use)
        yield from _link(use, VOID + "property", iri)
        yield from _number(use, VOID + "triples", triples)


def _describe_parts(address: str, dataset: str, holding: DumpFile) -> TripleIterator:
    """Yield the named graphs, and the files with their checksums."""
    for graph, statements in holding.facts.graphs:
        place = address + graph_address(graph)
        if graph != PREFIXES["graph"] + "shapes":  # no part of the default graph
            yield from _link(dataset, VOID + "subset", place)
        yield from _link(place, _RDF + "type", VOID + "Dataset")
        yield from _text(place, _DCTERMS + "title", compact(graph))
        yield from _number(place, VOID + "triples", statements)
        yield from _link(place, VOID + "dataDump", place)
    for what in dict.fromkeys(dump.what for dump in holding.dumps):
        part = f"{address}{VOID_PATH}#{what}"
        yield from _link(dataset, VOID + "subset", part)
        yield from _link(address + VOID_PATH, DCAT + "dataset", part)
        yield from _link(part, _RDF + "type", VOID + "Dataset", DCAT + "Dataset")
        yield from _text(part, _DCTERMS + "title", SELECTIONS[what])
        yield from _text(part, _DCTERMS + "description", f"{SELECTIONS[what]}. {_ABOUT}")
        yield from _link(part, _DCTERMS + "license", DATA_LICENSE_VOID)
    for dump in holding.dumps:
        yield from _describe_dump(address, dataset, dump)


def _describe_dump(address: str, dataset: str, dump: Dump) -> TripleIterator:
    place, part = f"{address}/download/{dump.name}", f"{address}{VOID_PATH}#{dump.what}"
    sum_of = f"{address}{VOID_PATH}#sha256-{dump.name}"
    yield from _link(part, DCAT + "distribution", place)
    yield from _link(part, VOID + "dataDump", place)
    yield from _link(dataset, VOID + "dataDump", *([place] if dump.what == "inferred" else []))
    yield from _link(place, _RDF + "type", DCAT + "Distribution")
    yield from _text(place, _DCTERMS + "title", f"{SELECTIONS[dump.what]}, as {dump.form.title}")
    yield from _link(place, _DCTERMS + "license", DATA_LICENSE_VOID)
    yield from _link(place, DCAT + "downloadURL", place)
    yield from _link(place, DCAT + "accessURL", f"{address}/download/")
    yield from _link(place, DCAT + "accessService", address + ENDPOINT)
    yield from _link(place, DCAT + "mediaType", _TYPES + dump.form.media_type)
    if dump.packed:
        yield from _link(place, DCAT + "compressFormat", _TYPES + dump.media_type)
    yield from _value(place, DCAT + "byteSize", str(dump.size), "nonNegativeInteger")
    yield from _link(place, SPDX + "checksum", sum_of)
    yield from _link(sum_of, _RDF + "type", SPDX + "Checksum")
    yield from _link(sum_of, SPDX + "algorithm", SPDX + "checksumAlgorithm_sha256")
    yield from _value(sum_of, SPDX + "checksumValue", dump.sha256, "hexBinary")


def _write(triples: TripleIterator, name: str) -> tuple[bytes, int]:
    """Return the statements in a format of STATEMENTS, and how many they are."""
    form, ordered = STATEMENTS[name], sorted(set(triples), key=_reading_order)
    prefixes = VOCABULARIES if form.prefixes else None
    return ox.serialize(ordered, format=form.serializer, prefixes=prefixes), len(ordered)


def _reading_order(triple: ox.Triple) -> tuple:
    """Order by subject, the description and the dataset first; each says first what it is."""
    subject, predicate, value = (term.value for term in triple)
    name = subject.partition(VOID_PATH)[2]
    place = {"": 0, "#dataset": 1}.get(name, 2) if VOID_PATH in subject else 3
    return place, subject, predicate != _RDF + "type", predicate, value


def _name_part(dataset: str, kind: str, *iris: str) -> str:
    names = "/".join(compact(iri).strip("<>") for iri in iris)
    return f"{dataset.partition('#')[0]}#{kind}/{quote(names, safe='/:')}"


def _as_namespace(prefix: str, iri: str) -> str:
    """Return the IRI of the vocabulary itself: ours is named without the mark at the end."""
    return iri.rstrip("#") if prefix == "dg" else iri


def _link(subject: str, predicate: str, *values: str) -> TripleIterator:
    for value in values:
        yield ox.Triple(*map(ox.NamedNode, (subject, predicate, value)))


def _text(subject: str, predicate: str, words: str) -> TripleIterator:
    yield ox.Triple(
        ox.NamedNode(subject), ox.NamedNode(predicate), ox.Literal(words, language="en")
    )


def _value(subject: str, predicate: str, written: str, datatype: str = "string") -> TripleIterator:
    value = ox.Literal(written, datatype=ox.NamedNode(_XSD + datatype))
    yield ox.Triple(ox.NamedNode(subject), ox.NamedNode(predicate), value)


def _number(subject: str, predicate: str, count: int) -> TripleIterator:
    return _value(subject, predicate, str(count), "integer")


DOWNLOADS = "/download/"
_TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True)
class DownloadSection:
    """The files of one selection; `packed` is the compressed file of each that has one."""

    title: str
    files: tuple[Dump, ...]
    packed: dict[str, Dump]


@dataclass(frozen=True)
class NamedGraphEntry:
    """One named graph: its IRI, where it is read here, and how many statements it has."""

    iri: str
    path: str
    statements: int


def create_downloads(edition: AppContext) -> Blueprint:
    """Return the blueprint of these addresses."""
    downloads, shelf = Blueprint("downloads", __name__), DumpCache(edition)
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
        return write_flask(_send(edition, body, _TEXT, hash_etag(body), SUMS))

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


def render_overview(holding: DumpFile) -> Response:
    """Return the page of all that a build offers."""
    return render(
        "downloads.html",
        sections=read_sections(holding),
        graphs=[
            NamedGraphEntry(iri, graph_address(iri), count) for iri, count in holding.facts.graphs
        ],
        left_out=[SELECTIONS[what] for what in holding.left_out],
        version=metadata.version("diplograph"),
        sums=SUMS,
        void=VOID_PATH,
        root=request.root_path.rstrip("/"),
        examples=find_examples(holding),
    )


def read_sections(holding: DumpFile) -> list[DownloadSection]:
    """Return the files of a build by selection, those compressed beside the others."""
    sections = []
    for what in dict.fromkeys(dump.what for dump in holding.dumps):
        files = [dump for dump in holding.dumps if dump.what == what]
        packed = {dump.form.name: dump for dump in files if dump.packed}
        plain = tuple(dump for dump in files if not dump.packed)
        sections.append(DownloadSection(SELECTIONS[what], plain, packed))
    return sections


def find_examples(holding: DumpFile) -> str | None:
    """Return where the graph of the questions is read here; None where the build has none."""
    graphs = dict(holding.facts.graphs)
    return graph_address(QUESTIONS_GRAPH) if QUESTIONS_GRAPH in graphs else None


def _send(
    edition: AppContext,
    body: bytes,
    kind: str,
    tag: str,
    name: str,
    more: tuple[tuple[str, str], ...] = (),
) -> http.HttpResponse:
    """Return the file, or a 304 where the client has it (RFC 9110, 13.2.2)."""
    asked = read_flask(edition.settings, body=False)
    headers = (("ETag", tag), ("Cache-Control", cache_headers(edition.settings)))
    if edition.built is not None:
        headers = (*headers, ("Last-Modified", http_date(edition.built)))
    if matches_etag(asked, tag) or has_wildcard(asked) or is_unmodified(asked, edition.built):
        return http.HttpResponse(304, headers)
    disposition = f'attachment; filename="{name}"'
    headers = (("Content-Type", kind), ("Content-Disposition", disposition), *headers, *more)
    return http.compress_response(asked, headers, body)

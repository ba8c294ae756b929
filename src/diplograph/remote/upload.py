"""Uploads a build to an engine elsewhere: graph by graph, counted there, recorded at the end.

The record says which build the engine has, whole or not. It is a graph of its own, RECORD_GRAPH:

    graph:build a void:Dataset ; dcterms:identifier "the build's SHA-256" .
    graph:reference void:triples 275 ; dcterms:identifier "SHA-256 of its statements" .

While graphs are being loaded the first dcterms:identifier is missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pyoxigraph as ox

from diplograph.core.errors import AccessRefused, BoundExceeded, EngineFault
from diplograph.core.names import PREFIXES, in_default_graph
from diplograph.core.settings import (
    UPLOAD_PIECE_BYTES,
    UPLOAD_PIECE_SECONDS,
    UPLOAD_QUERY_MEBIBYTES,
    UPLOAD_QUERY_SECONDS,
    UPLOAD_RECORD_SECONDS,
    UPLOAD_REPLY_MEBIBYTES,
)
from diplograph.remote.http import (
    NTRIPLES,
    Connection,
    Credentials,
    RemoteClient,
    read_address,
    read_url,
)
from diplograph.store.build_files import read_quads, verify_build

RECORD_GRAPH = PREFIXES["graph"] + "build"
# There only where two graphs of a build share a statement: neither Oxigraph's server nor Virtuoso
# counts it once where a default graph is made of several, as RDF's merge of graphs would.
UNION_GRAPH = PREFIXES["graph"] + "union"
# Never written: stands for a half of a dataset that is to be empty.
EMPTY_GRAPH = PREFIXES["graph"] + "empty"
_OURS = PREFIXES["graph"]
_RECORD_QUERY = f"SELECT ?s ?p ?o {{ GRAPH <{RECORD_GRAPH}> {{ ?s ?p ?o }} }}"
_GRAPHS_QUERY = (  # a hundred times faster in Virtuoso than to list all its graphs
    f'SELECT DISTINCT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER (STRSTARTS(STR(?g), "{_OURS}")) }}'
)

_SELF = ox.NamedNode(RECORD_GRAPH)
_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
_VOID = "http://rdfs.org/ns/void#"
_DATASET, _TRIPLES = ox.NamedNode(_VOID + "Dataset"), ox.NamedNode(_VOID + "triples")
_IDENTIFIER = ox.NamedNode(PREFIXES["dcterms"] + "identifier")
# Where the graph store of a query endpoint is, by the end of its path: Oxigraph, Fuseki (a
# service of its own, or the dataset itself), Virtuoso with and without a user, Neptune;
# GraphDB and RDF4J have repositories. Which one it is shows when the record is written.
_STORE_PATHS = {
    "/query": ("/store", "/data", ""),
    "/sparql": ("/sparql-graph-crud-auth", "/sparql-graph-crud", "/data", "/sparql/gsp/", "/store"),
}

UploadProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class UploadResult:
    """What an upload did, or with `dry` would do; each name is a graph's IRI.

    `loaded` were written, `kept` were there already, both with their number of statements. `old`
    are graphs of ours that are not in the build, `removed` those of them that were deleted.
    """

    digest: str
    loaded: Mapping[str, int]
    kept: Mapping[str, int]
    old: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    dry: bool = False


def upload(
    folder: Path,
    address: str,
    *,
    graph_store: str | None = None,
    prune: bool = False,
    dry: bool = False,
    piece_bytes: int = UPLOAD_PIECE_BYTES,
    credentials: Credentials | None = None,
    progress: UploadProgress | None = None,
) -> UploadResult:
    """Load the build in `folder` into the engine at `address`, and return what was done.

    `address` is `sparql+http://host/query`; the graph store is looked for beside it, unless
    `graph_store` names it. A graph that is there with the right count and the recorded hash is
    kept, so an upload that broke off is resumed. `progress` is called with a graph's IRI, how many
    of its statements are there, and how many it has. Raises UsageError for an invalid address,
    UnreadableFile, and EngineFault where the engine is not reached, rejects a graph, or counts
    other statements than were sent.
    """
    url, store_urls = check_addresses(address, graph_store)
    build = _read_build(folder)
    connection = Connection(credentials)
    try:
        client = RemoteClient(connection, url, UPLOAD_QUERY_SECONDS, UPLOAD_QUERY_MEBIBYTES)
        stores = tuple(GraphStore(connection, store, piece_bytes) for store in store_urls)
        return _Upload(client, stores, build, progress or (lambda *_: None)).run(prune, dry)
    finally:
        connection.close()


def check_addresses(address: str, graph_store: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the query endpoint's URL and its graph store's possible ones, or raise UsageError."""
    url = read_address(address)
    return url, (read_url(graph_store),) if graph_store else guess_store_urls(url)


def guess_store_urls(query_url: str) -> tuple[str, ...]:
    """Return the URLs of the same host at which the graph store of a query endpoint may be."""
    parts = urlsplit(query_url)
    path = parts.path.rstrip("/")
    if "/repositories/" in path:
        paths = [path + "/rdf-graphs/service"]
    else:
        end = next(filter(path.endswith, _STORE_PATHS), "")
        base = path.removesuffix(end)
        paths = [base + other for other in _STORE_PATHS.get(end, ("", "/data", "/store"))]
    return tuple(urlunsplit((parts.scheme, parts.netloc, path, "", "")) for path in paths if path)


class GraphStore:
    """Client of the graph store at one URL (SPARQL 1.1 Graph Store HTTP Protocol)."""

    def __init__(self, connection: Connection, url: str, piece_bytes: int = UPLOAD_PIECE_BYTES):
        self.url, self._connection, self._piece_bytes = url, connection, piece_bytes

    def put(
        self, graph: str, lines: list[bytes], seconds: float = UPLOAD_PIECE_SECONDS
    ) -> Iterator[int]:
        """Replace the graph by the statements, N-Triples lines; yield how many lines are there.

        The first piece goes by PUT, which empties the graph, the others by POST (sections 5.3 and
        5.5). Statements with blank nodes are all in the first piece, since a label means the same
        node within one request only. Raises EngineFault where the engine rejects them.
        """
        method, done = "PUT", 0
        for piece in cut_into_pieces(lines, self._piece_bytes):
            self.send(method, graph, b"".join(piece), seconds)
            method, done = "POST", done + len(piece)
            yield done

    def send(
        self, method: str, graph: str, body: bytes = b"", seconds: float = UPLOAD_PIECE_SECONDS
    ) -> None:
        """Send one request; raises EngineFault where it is rejected, DELETE of no graph is not."""
        reply = self._connection.send(
            method,
            f"{self.url}?graph={quote(graph, safe='')}",
            body=body,
            headers={"Content-Type": NTRIPLES} if body else {},
            seconds=seconds,
            mebibytes=UPLOAD_REPLY_MEBIBYTES,
            repeatable=method != "POST",
        )
        gone = method == "DELETE" and reply.status == 404
        if reply.status not in {200, 201, 202, 204} and not gone:
            message = f"{self.url} rejects {method} of a graph ({reply.status})"
            raise EngineFault(": ".join(filter(None, (message, reply.message))))


def cut_into_pieces(lines: list[bytes], most: int) -> Iterator[list[bytes]]:
    """Yield the lines in pieces of about `most` bytes, those with blank nodes in the first."""
    first, rest = [], []
    for line in lines:  # subject or value; a literal that looks so counts too
        (first if line.startswith(b"_:") or b" _:" in line else rest).append(line)
    piece, size = first, sum(map(len, first))
    for line in rest:
        if piece and size + len(line) > most:
            yield piece
            piece, size = [], 0
        piece.append(line)
        size += len(line)
    if piece:
        yield piece


@dataclass(frozen=True)
class _Build:
    """A build to send: its digest, and each graph's N-Triples lines and entry of the record."""

    digest: str
    lines: Mapping[str, list[bytes]]
    parts: Mapping[str, UploadedGraph]

    def count(self, names: Iterable[str]) -> dict[str, int]:
        """Return the number of statements by name of the graph."""
        return {name: self.parts[name].statements for name in names}


def _read_build(folder: Path) -> _Build:
    """Return the build's graphs, each sorted and each statement once, and a union if need be."""
    digest = verify_build(folder)["content"]
    graphs: dict[str, set[str]] = {}
    for quad in read_quads(folder):
        graphs.setdefault(quad.graph_name.value, set()).add(f"{quad.triple} .\n")
    default = [statements for name, statements in graphs.items() if in_default_graph(name)]
    united = set().union(*default)
    if len(united) < sum(map(len, default)):
        graphs[UNION_GRAPH] = united
    lines = {name: [line.encode() for line in sorted(graphs[name])] for name in sorted(graphs)}
    parts = {
        name: UploadedGraph(len(statements), hashlib.sha256(b"".join(statements)).hexdigest())
        for name, statements in lines.items()
    }
    return _Build(digest, lines, parts)


@dataclass(frozen=True)
class _Upload:
    """One upload: the endpoint to query, the stores to write to, and the build."""

    client: RemoteClient
    stores: tuple[GraphStore, ...]
    build: _Build
    progress: UploadProgress

    def run(self, prune: bool, dry: bool) -> UploadResult:
        """Write the missing graphs, then the record; see `upload`."""
        build, record = self.build, read_upload_record(self.client)
        loaded = {
            name: part
            for name, part in build.parts.items()
            if record.parts.get(name) == part and self.client.count(name) == part.statements
        }
        missing = [name for name in build.parts if name not in loaded]
        there = list_loaded_graphs(self.client)
        old = tuple(name for name in there if name not in build.parts)
        result = UploadResult(build.digest, build.count(missing), build.count(loaded), old, dry=dry)
        same = record.digest == build.digest and record.parts == build.parts
        if dry or (not missing and same and not (prune and old)):
            return result
        store = self._find_store(UploadRecord(parts=loaded, present=True))
        for name in missing:
            lines, loaded[name] = build.lines[name], build.parts[name]
            self.progress(name, 0, len(lines))
            for done in store.put(name, lines):
                self.progress(name, done, len(lines))
            self._check_count(name, len(lines))
            self._write_record(store, UploadRecord(parts=loaded, present=True))
        removed = old if prune else ()
        for name in removed:
            store.send("DELETE", name)
        for name, statements in {**build.count(build.parts), **dict.fromkeys(removed, 0)}.items():
            self._check_count(name, statements)
        self._write_record(store, UploadRecord(build.digest, build.parts, present=True))
        return replace(result, removed=removed)

    def _find_store(self, record: UploadRecord) -> GraphStore:
        """Return the first graph store that takes the record so that the endpoint shows it."""
        faults: list[EngineFault | BoundExceeded] = []
        for store in self.stores:
            try:
                self._write_record(store, record)
                return store
            except (EngineFault, BoundExceeded) as error:
                faults.append(error)
            refused = [fault for fault in faults if isinstance(fault, AccessRefused)]
            if refused and refused[-1] is not faults[-1]:
                break  # the one that refuses the credentials was the right one
        if refused or len(faults) == 1:
            raise (refused or faults)[0]
        tried = "\n".join(f"  {fault}" for fault in faults)
        raise EngineFault(f"no graph store accepts a graph; name one with --graph-store:\n{tried}")

    def _check_count(self, name: str, expected: int) -> None:
        counted = self.client.count(name)
        if counted != expected:
            raise EngineFault(
                f"<{name}> has {expected} statements here and {counted} in the engine;"
                " push again, and see its log for what it left out"
            )

    def _write_record(self, store: GraphStore, record: UploadRecord) -> None:
        lines = record.write().splitlines(keepends=True)
        for _ in store.put(RECORD_GRAPH, lines, UPLOAD_RECORD_SECONDS):
            shown = read_upload_record(self.client)
        if shown != record:
            message = f"{store.url} accepted the record of the build"
            raise EngineFault(f"{message}, but the query endpoint does not show it")


# ---- the record ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class UploadedGraph:
    """One uploaded graph: its number of statements, and the SHA-256 of them as N-Triples."""

    statements: int
    digest: str


@dataclass(frozen=True)
class UploadRecord:
    """The record: the build's digest, empty while it is not whole, and its graphs by IRI."""

    digest: str = ""
    parts: Mapping[str, UploadedGraph] = field(default_factory=dict)
    present: bool = False

    @property
    def torn(self) -> bool:
        """Whether an upload began and has not ended."""
        return self.present and not self.digest

    @property
    def graphs(self) -> tuple[str, ...]:
        """The IRIs of the build's own graphs, sorted."""
        return tuple(sorted(self.parts.keys() - {UNION_GRAPH}))

    def write(self) -> bytes:
        """Return the record as sorted N-Triples."""
        triples = [ox.Triple(_SELF, _TYPE, _DATASET)]
        if self.digest:
            triples.append(ox.Triple(_SELF, _IDENTIFIER, ox.Literal(self.digest)))
        for name, part in self.parts.items():
            graph = ox.NamedNode(name)
            triples.append(ox.Triple(graph, _TRIPLES, ox.Literal(part.statements)))
            triples.append(ox.Triple(graph, _IDENTIFIER, ox.Literal(part.digest)))
        return "".join(sorted(f"{triple} .\n" for triple in triples)).encode()


def read_upload_record(client: RemoteClient) -> UploadRecord:
    """Return the record in an engine; raises as `client.select`."""
    rows = [(row["s"].value, row["p"], row["o"].value) for row in client.select(_RECORD_QUERY)]
    digests = {name: value for name, predicate, value in rows if predicate == _IDENTIFIER}
    counts = {
        name: int(value)
        for name, predicate, value in rows
        if predicate == _TRIPLES and value.isdecimal()
    }
    digest, names = digests.pop(RECORD_GRAPH, ""), sorted(counts.keys() & digests)
    parts = {name: UploadedGraph(counts[name], digests[name]) for name in names}
    return UploadRecord(digest, parts, bool(rows))


def list_loaded_graphs(client: RemoteClient) -> tuple[str, ...]:
    """Return the IRIs of our graphs that have any statement, sorted, without the record's."""
    names = {row["g"].value for row in client.select(_GRAPHS_QUERY)} - {RECORD_GRAPH, EMPTY_GRAPH}
    return tuple(sorted(name for name in names if name.startswith(_OURS)))

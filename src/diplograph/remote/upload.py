"""Build → an engine elsewhere: its graphs written one by one, counted, and recorded at the end."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import pyoxigraph as ox

from diplograph.core.errors import AccessRefused, BoundExceeded, EngineFault, UnreadableFile
from diplograph.core.names import in_default_graph
from diplograph.core.settings import (
    UPLOAD_PIECE_BYTES,
    UPLOAD_PIECE_SECONDS,
    UPLOAD_QUERY_MEBIBYTES,
    UPLOAD_QUERY_SECONDS,
    UPLOAD_RECORD_SECONDS,
    UPLOAD_REPLY_MEBIBYTES,
)
from diplograph.remote.engine import NTRIPLES, RemoteClient
from diplograph.remote.http import Connection, Credentials, read_address, read_url
from diplograph.remote.record import (
    RECORD_GRAPH,
    UNION_GRAPH,
    UploadedGraph,
    UploadRecord,
    list_loaded_graphs,
    read_upload_record,
)
from diplograph.store.build_files import GRAPH, verify_build

# Where the graph store of a query endpoint is, by the end of its path: Oxigraph, Fuseki (a
# service of its own, or the dataset itself), Virtuoso with and without a user, Neptune;
# GraphDB and RDF4J have repositories. What takes no graph is found out by the first one.
_PLACES = {
    "/query": ("/store", "/data", ""),
    "/sparql": ("/sparql-graph-crud-auth", "/sparql-graph-crud", "/data", "/sparql/gsp/", "/store"),
}
_REPOSITORY = "/repositories/"


def guess_places(query_url: str) -> tuple[str, ...]:
    """Return the URLs of the same host at which the graph store of a query endpoint may be."""
    parts = urlsplit(query_url)
    path = parts.path.rstrip("/")
    if _REPOSITORY in path:
        paths = [path + "/rdf-graphs/service"]
    else:
        end = next((each for each in _PLACES if path.endswith(each)), "")
        before = path.removesuffix(end)
        ends = _PLACES.get(end, ("", "/data", "/store"))
        paths = [before + each for each in ends if before + each]
    return tuple(urlunsplit((parts.scheme, parts.netloc, each, "", "")) for each in paths)


class GraphStore:
    """The graph store at one URL; each write is over when the engine says so."""

    def __init__(self, connection: Connection, url: str, piece_bytes: int = UPLOAD_PIECE_BYTES):
        self.url, self._connection, self._piece_bytes = url, connection, piece_bytes

    def put(
        self, graph: str, lines: list[bytes], seconds: float = UPLOAD_PIECE_SECONDS
    ) -> Iterator[int]:
        """Replace the graph by the statements, N-Triples lines; yield how many lines are there.

        The first piece goes by PUT, which empties the graph, the others by POST (sections 5.3 and
        5.5). Statements with blank nodes are all in the first piece, since a label means the same
        node within one request only. Raises EngineFault where the engine does not take them.
        """
        method, done = "PUT", 0
        for piece in cut(lines, self._piece_bytes):
            body = b"".join(piece)
            self._send(method, graph, body, seconds)
            method, done = "POST", done + len(piece)
            yield done

    def delete(self, graph: str) -> None:
        """Remove the graph; one that is not there is as good as removed."""
        self._send("DELETE", graph, b"", UPLOAD_PIECE_SECONDS)

    def _send(self, method: str, graph: str, body: bytes, seconds: float) -> None:
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
            said = f": {reply.message}" if reply.message else ""
            raise EngineFault(
                f"{self.url} does not take {method} of a graph ({reply.status}){said}"
            )
        return reply


def cut(lines: list[bytes], most: int) -> Iterator[list[bytes]]:
    """Yield the lines in pieces of about `most` bytes, those with blank nodes in the first."""
    piece = [line for line in lines if _has_blank_node(line)]
    size = sum(map(len, piece))
    for line in lines:
        if _has_blank_node(line):
            continue
        if piece and size + len(line) > most:
            yield piece
            piece, size = [], 0
        piece.append(line)
        size += len(line)
    if piece:
        yield piece


def _has_blank_node(line: bytes) -> bool:
    """Return whether a blank node may be the subject or the value; a text that looks so is one."""
    return line.startswith(b"_:") or b" _:" in line


UploadProgress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class UploadResult:
    """What a push did, or with `dry` would do; each name is a graph's IRI.

    `loaded` were written, `kept` were there already; both with their number of statements, as the
    engine counts them. `old` are graphs of ours that are not in the build, `removed` those of them
    that a prune took away.
    """

    digest: str
    loaded: Mapping[str, int]
    kept: Mapping[str, int]
    old: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    dry: bool = False


@dataclass(frozen=True)
class _Load:
    """A build as it is sent: its digest, and each graph's N-Triples lines and what is recorded."""

    digest: str
    lines: Mapping[str, list[bytes]]
    parts: Mapping[str, UploadedGraph]


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
    kept, so what broke off is taken up again. `progress` is told a graph's IRI, how many of its
    statements are there, and how many it has. Raises UsageError for an address that is none,
    UnreadableFile, and EngineFault where the engine is not reached, does not take a graph, or
    counts other than it was given.
    """
    url, places = check_addresses(address, graph_store)
    load = _read_build(folder)
    connection = Connection(credentials)
    try:
        asking = RemoteClient(connection, url, UPLOAD_QUERY_SECONDS, UPLOAD_QUERY_MEBIBYTES)
        stores = tuple(GraphStore(connection, place, piece_bytes) for place in places)
        return _Push(asking, stores, load, progress or (lambda *_: None)).run(prune, dry)
    finally:
        connection.close()


def check_addresses(address: str, graph_store: str | None = None) -> tuple[str, tuple[str, ...]]:
    """Return the query endpoint's URL, and those where its graph store may be.

    Raises UsageError as `push` does; nothing is asked or sent.
    """
    url = read_address(address)
    return url, (read_url(graph_store),) if graph_store else guess_places(url)


class _Push:
    """One push under way: what is asked, where is written, and what is recorded by now."""

    def __init__(
        self,
        asking: RemoteClient,
        stores: tuple[GraphStore, ...],
        load: _Load,
        tell: UploadProgress,
    ):
        self._asking, self._stores, self._load, self._tell = asking, stores, load, tell

    def run(self, prune: bool, dry: bool) -> UploadResult:
        """Write what is missing, then the record; see `push`."""
        load, found = self._load, read_upload_record(self._asking.select)
        there = list_loaded_graphs(self._asking.select)
        kept = {name: part for name, part in load.parts.items() if self._is_there(name, found)}
        missing = [name for name in load.parts if name not in kept]
        old = tuple(name for name in there if name not in load.parts)
        done = UploadResult(load.digest, _count(load, missing), _count(load, kept), old, dry=dry)
        same = found.digest == load.digest and found.parts == load.parts
        if dry or (not missing and same and not (prune and old)):
            return done
        store = self._begin(UploadRecord(parts=kept, present=True))
        for name in missing:
            kept[name] = self._write(store, name)
            self._set_record(store, UploadRecord(parts=kept, present=True))
        removed = old if prune else ()
        for name in removed:
            store.delete(name)
        self._verify(removed)
        self._set_record(store, UploadRecord(load.digest, load.parts, present=True))
        return replace(done, removed=removed)

    def _is_there(self, name: str, found: UploadRecord) -> bool:
        part = self._load.parts[name]
        return found.parts.get(name) == part and self._asking.count(name) == part.statements

    def _begin(self, record: UploadRecord) -> GraphStore:
        """Return the graph store that takes the record and shows it where questions are asked.

        A place that wants another user is one: where no other like it lets us in, none is sought.
        """
        faults: list[EngineFault | BoundExceeded] = []
        for store in self._stores:
            try:
                self._set_record(store, record)
                return store
            except (EngineFault, BoundExceeded) as error:
                faults.append(error)
            refused = [each for each in faults if isinstance(each, AccessRefused)]
            if refused and refused[-1] is not faults[-1]:
                break
        if refused or len(faults) == 1:
            raise (refused or faults)[0]
        tried = "\n".join(f"  {fault}" for fault in faults)
        raise EngineFault(f"no graph store takes a graph; name it with --graph-store:\n{tried}")

    def _write(self, store: GraphStore, name: str) -> UploadedGraph:
        lines, part = self._load.lines[name], self._load.parts[name]
        self._tell(name, 0, len(lines))
        for done in store.put(name, lines):
            self._tell(name, done, len(lines))
        self._check_count(name, part.statements)
        return part

    def _verify(self, removed: tuple[str, ...]) -> None:
        for name, part in self._load.parts.items():
            self._check_count(name, part.statements)
        for name in removed:
            self._check_count(name, 0)

    def _check_count(self, name: str, wanted: int) -> None:
        counted = self._asking.count(name)
        if counted != wanted:
            raise EngineFault(
                f"<{name}> has {wanted} statements here and {counted} in the engine;"
                " push again, and ask its log what it left out"
            )

    def _set_record(self, store: GraphStore, record: UploadRecord) -> None:
        lines = record.write().splitlines(keepends=True)
        for _ in store.put(RECORD_GRAPH, lines, UPLOAD_RECORD_SECONDS):
            found = read_upload_record(self._asking.select)
        if found != record:
            raise EngineFault(f"{store.url} took the record of the build and does not show it")


def _read_build(folder: Path) -> _Load:
    """Return the build's graphs, each sorted and each statement once, and their union if need be.

    Raises UnreadableFile.
    """
    digest = verify_build(folder)["content"]
    graphs: dict[str, set[str]] = {}
    try:
        for quad in ox.parse(path=folder / GRAPH, format=ox.RdfFormat.N_QUADS):
            graphs.setdefault(quad.graph_name.value, set()).add(f"{quad.triple} .\n")
    except (OSError, SyntaxError, ValueError) as error:
        raise UnreadableFile("the build cannot be read; build again", file=folder.name) from error
    default = [statements for name, statements in graphs.items() if in_default_graph(name)]
    united = set().union(*default)
    if len(united) < sum(map(len, default)):
        graphs[UNION_GRAPH] = united
    lines = {name: [line.encode() for line in sorted(graphs[name])] for name in sorted(graphs)}
    parts = {name: UploadedGraph(len(each), _hash(each)) for name, each in lines.items()}
    return _Load(digest, lines, parts)


def _hash(lines: list[bytes]) -> str:
    return hashlib.sha256(b"".join(lines)).hexdigest()


def _count(load: _Load, names: list[str] | Mapping[str, UploadedGraph]) -> dict[str, int]:
    return {name: load.parts[name].statements for name in names}

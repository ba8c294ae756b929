"""Graphs written to an engine elsewhere by SPARQL 1.1 Graph Store HTTP Protocol, in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote, urlsplit, urlunsplit

from diplograph.core.errors import EngineFault
from diplograph.store.asking import NTRIPLES
from diplograph.store.connection import Connection

# How much goes out in one request, and how long an engine may take to hold it.
PIECE_BYTES, PIECE_SECONDS = 4 * 1024 * 1024, 120.0
_REPLY_MEBIBYTES = 1

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

    def __init__(self, connection: Connection, url: str, piece_bytes: int = PIECE_BYTES):
        self.url, self._connection, self._piece_bytes = url, connection, piece_bytes

    def put(self, graph: str, lines: list[bytes], seconds: float = PIECE_SECONDS) -> Iterator[int]:
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
        self._send("DELETE", graph, b"", PIECE_SECONDS)

    def _send(self, method: str, graph: str, body: bytes, seconds: float) -> None:
        reply = self._connection.send(
            method,
            f"{self.url}?graph={quote(graph, safe='')}",
            body=body,
            headers={"Content-Type": NTRIPLES} if body else {},
            seconds=seconds,
            mebibytes=_REPLY_MEBIBYTES,
            repeatable=method != "POST",
        )
        gone = method == "DELETE" and reply.status == 404
        if reply.status not in {200, 201, 202, 204} and not gone:
            said = f": {reply.said}" if reply.said else ""
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

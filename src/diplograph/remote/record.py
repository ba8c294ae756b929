"""Record of an upload, kept in the engine: which build is there, whole or not, graph by graph.

The record is a named graph of its own, RECORD_GRAPH:

    graph:build a void:Dataset ; dcterms:identifier "the build's SHA-256" .
    graph:reference void:triples 275 ; dcterms:identifier "SHA-256 of its statements" .

While graphs are being loaded the first dcterms:identifier is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from diplograph.core.names import PREFIXES

RECORD_GRAPH = PREFIXES["graph"] + "build"
# There only where two graphs of a build share a statement: neither Oxigraph's server nor Virtuoso
# counts it once where a default graph is made of several, as RDF's merge of graphs would.
UNION_GRAPH = PREFIXES["graph"] + "union"
# Never written: stands for a half of a dataset that is to be empty.
EMPTY_GRAPH = PREFIXES["graph"] + "empty"
_RECORD_QUERY = f"SELECT ?s ?p ?o {{ GRAPH <{RECORD_GRAPH}> {{ ?s ?p ?o }} }}"
_OURS = PREFIXES["graph"]
_GRAPHS_QUERY = (  # a hundred times faster in Virtuoso than to list all its graphs
    f'SELECT DISTINCT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER (STRSTARTS(STR(?g), "{_OURS}")) }}'
)

_SELF = ox.NamedNode(RECORD_GRAPH)
_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
_VOID = "http://rdfs.org/ns/void#"
_DATASET, _TRIPLES = ox.NamedNode(_VOID + "Dataset"), ox.NamedNode(_VOID + "triples")
_IDENTIFIER = ox.NamedNode(PREFIXES["dcterms"] + "identifier")

Solutions = Iterable[ox.QuerySolution]


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


def read_upload_record(query: Callable[[str], Solutions]) -> UploadRecord:
    """Return the record in an engine; `query` returns its solutions of a SELECT."""
    digest, present = "", False
    counts: dict[str, int] = {}
    digests: dict[str, str] = {}
    for row in query(_RECORD_QUERY):
        present = True
        subject, predicate, value = row["s"].value, row["p"], row["o"].value
        if predicate == _IDENTIFIER and subject == RECORD_GRAPH:
            digest = value
        elif predicate == _IDENTIFIER:
            digests[subject] = value
        elif predicate == _TRIPLES and value.isdecimal():
            counts[subject] = int(value)
    parts = {
        name: UploadedGraph(counts[name], digests[name]) for name in sorted(counts.keys() & digests)
    }
    return UploadRecord(digest, parts, present)


def list_loaded_graphs(query: Callable[[str], Solutions]) -> tuple[str, ...]:
    """Return the IRIs of our graphs that have any statement, sorted, without the record's."""
    names = {row["g"].value for row in query(_GRAPHS_QUERY)} - {RECORD_GRAPH, EMPTY_GRAPH}
    return tuple(sorted(name for name in names if name.startswith(_OURS)))

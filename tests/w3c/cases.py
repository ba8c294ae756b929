"""The W3C's SPARQL 1.1 tests as their manifests list them; the files themselves stay outside."""

import os
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, parse
from rdflib import RDF, Graph, Namespace
from rdflib.collection import Collection

WHERE_THEY_LIE = "DIPLOGRAPH_W3C_TESTS"
# The manifests' own namespace: each test file has its address there, and its relative IRIs with it.
PUBLISHED = "http://www.w3.org/2009/sparql/docs/tests/data-sparql11/"

MF = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")

# What follows the last brace of a query; VALUES alone may bring another after it.
_ORDERED = re.compile(r"\bORDER\s+BY\b[^{}]*(\bVALUES\b.*)?\Z", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Case:
    """One test: its kind, its query, the files of its dataset, and the file of its result."""

    name: str
    kind: str
    query: Path
    data: tuple[Path, ...] = ()
    graphs: tuple[Path, ...] = ()
    result: Path | None = None

    @cached_property
    def text(self) -> str:
        """The query as its file has it."""
        return self.query.read_text(encoding="utf-8")

    @property
    def base(self) -> str:
        """What the relative IRIs of the test's files are relative to."""
        return f"{PUBLISHED}{self.query.parent.name}/"

    @property
    def sent(self) -> str:
        """The query as it is sent: its test, for the server, and what relative IRIs go by."""
        return f"# {self.name}\nBASE <{self.base}>\n{self.text}"

    @property
    def ordered(self) -> bool:
        """Whether the query says in which order its rows come."""
        return bool(_ORDERED.search(self.text))

    @property
    def dataset(self) -> tuple[Path, ...]:
        """What tells two tests' data apart."""
        return (*self.data, Path("named"), *self.graphs)

    def statements(self) -> list[Quad]:
        """Return the dataset: `data` in the default graph, each of `graphs` in one of its name."""
        quads = []
        for path in self.data:
            quads += read_graph(path, self.base, DefaultGraph())
        for path in self.graphs:
            quads += read_graph(path, self.base, NamedNode(self.base + path.name))
        return quads


def read_graph(path: Path, base: str, name: DefaultGraph | NamedNode) -> list[Quad]:
    """Return the statements of a file; its blank nodes are no other file's."""
    form = RdfFormat.from_extension(path.suffix.removeprefix("."))
    read = parse(path=path, format=form, base_iri=base + path.name, rename_blank_nodes=True)
    return [Quad(quad.subject, quad.predicate, quad.object, name) for quad in read]


def read_cases() -> list[Case]:
    """Return every test of every manifest, in the manifests' order; none where none lie here."""
    folder = os.environ.get(WHERE_THEY_LIE)
    if not folder:
        return []
    manifests = sorted(Path(folder).glob("*/manifest.ttl"))
    return [case for manifest in manifests for case in _read_manifest(manifest)]


def _read_manifest(path: Path) -> list[Case]:
    manifest = Graph().parse(path, publicID=path.parent.as_uri() + "/", format="turtle")
    (entries,) = manifest.objects(None, MF.entries)
    return [_read_case(manifest, entry, path.parent) for entry in Collection(manifest, entries)]


def _read_case(manifest: Graph, entry, folder: Path) -> Case:
    def files(subject, predicate) -> tuple[Path, ...]:
        return tuple(sorted(folder / Path(each).name for each in manifest[subject:predicate]))

    action = manifest.value(entry, MF.action)
    queries = files(action, QT.query) or files(entry, MF.action)
    return Case(
        name=f"{folder.name}/{entry.rpartition('#')[2]}",
        kind=manifest.value(entry, RDF.type).rpartition("#")[2],
        query=queries[0],
        data=files(action, QT.data),
        graphs=files(action, QT.graphData),
        result=next(iter(files(entry, MF.result)), None),
    )

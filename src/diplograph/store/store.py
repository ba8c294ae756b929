"""Validated → Store: the graph in an embedded Oxigraph, to be asked and not to be changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Protocol

import pyoxigraph as ox

from diplograph.core.errors import (
    AmbiguousThing,
    QuerySyntaxError,
    UnknownGraph,
    UnknownPrefix,
    UnknownThing,
    UnreadableFile,
)
from diplograph.core.names import ROOT, compact, expand, in_default_graph
from diplograph.core.rdf import LABEL_PROPERTIES, read_labels
from diplograph.sparql.check import check_query, explain_syntax_error, is_plain
from diplograph.store.build_files import GRAPH, verify_build

_WORD = re.compile(r"\w+")


class QuadSource(Protocol):
    """A graph that can be stored: what it says in named graphs, and the digest of its inputs."""

    @property
    def digest(self) -> str:
        """The SHA-256 of what the graph was made from."""

    def quads(self) -> Iterator[ox.Quad]:
        """Yield the statements, each in its named graph."""


class Store:
    """The statements of one build in named graphs; the default graph unites all but the shapes."""

    def __init__(
        self,
        read: Callable[[], Iterable[ox.Quad]],
        digest: str,
        read_one: Callable[[str], Iterable[ox.Quad]] | None = None,
    ):
        """Hold what `read` gives, statements of named graphs; `digest` names their build.

        `read` is kept for `quads`: Oxigraph holds every whole number as an xsd:integer, so what
        was written cannot be had back from it to the letter. `read_one` gives the statements of
        the graph of an IRI, where that is quicker than to read all.
        """
        self.digest, self._read, self._read_one = digest, read, read_one
        self._graph = ox.Store()
        named = list(read())
        kept = (quad.triple for quad in named if in_default_graph(quad.graph_name.value))
        self._graph.bulk_extend(named)
        self._graph.bulk_extend(ox.Quad(*triple) for triple in dict.fromkeys(kept))
        self._names = frozenset(graph.value for graph in self._graph.named_graphs())

    @classmethod
    def of(cls, validated: QuadSource, digest: str = "") -> Store:
        """Return a store of what was asserted, what follows, and the shapes."""
        return cls(validated.quads, digest or validated.digest)

    @classmethod
    def open(cls, build_folder: Path) -> Store:
        """Return the store that was written to `build_folder`.

        Raises UnreadableFile, naming the file, for a build that is not whole: see `verify_build`.
        """
        path, form = build_folder / GRAPH, ox.RdfFormat.N_QUADS

        def read() -> Iterator[ox.Quad]:
            with _as_build(build_folder):
                yield from ox.parse(path=path, format=form)

        def read_one(graph: str) -> Iterator[ox.Quad]:
            end = f" <{graph}> .\n".encode()  # a build has one statement a line
            with _as_build(build_folder):
                with path.open("rb") as lines:
                    kept = b"".join(line for line in lines if line.endswith(end))
                yield from ox.parse(kept, format=form)

        return cls(read, verify_build(build_folder)["content"], read_one)

    def query(
        self,
        text: str,
        *,
        default_graphs: Iterable[str] | None = None,
        named_graphs: Iterable[str] | None = None,
        prefixes: Mapping[str, str] | None = None,
        services: Sequence[str] = (),
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """Return what the query `text` gives; its rows are found as they are asked for.

        `default_graphs` and `named_graphs` are IRIs of graphs that make up the query's dataset, as
        in SPARQL 1.1 Protocol, section 2.1.4; they then stand instead of its FROM clauses.
        `prefixes` may be used in `text` undeclared, and `services` called by SERVICE: see
        `sparql.check.check_query`. A relative IRI is one of this project's, where BASE does not say
        otherwise (section 2.3). Raises QuerySyntaxError, Refused for an update or SERVICE, and
        UnknownGraph.
        """
        graphs = [*(default_graphs or ())], [*(named_graphs or ())]
        names, known = self._names, {**(prefixes or {})}
        if not (names.issuperset((*graphs[0], *graphs[1])) and is_plain(text)):
            checked = check_query(text, known, services)
            for name in (*checked.graphs, *graphs[0], *graphs[1]):
                self._require(name)
            text = checked.text
        default, named = ([ox.NamedNode(name) for name in each] for each in graphs)
        dataset = {"default_graph": default, "named_graphs": named} if default or named else {}
        try:
            try:
                return self._graph.query(text, prefixes=known, **dataset)
            except SyntaxError:  # a relative IRI, maybe: a base makes every IRI cost more
                return self._graph.query(text, base_iri=ROOT, prefixes=known, **dataset)
        except SyntaxError as error:
            check_query(text, known, services)  # reports what is wrong, and where
            raise explain_syntax_error(error, text) from error
        except RuntimeError as error:  # a function that nobody defined, a graph of no name
            raise QuerySyntaxError(str(error)) from error

    def quads(self, graph: str | None = None) -> list[ox.Quad]:
        """Return the statements of all named graphs, or of one, as the files have them, sorted.

        Raises UnknownGraph.
        """
        if graph is None:
            return sorted(self._read(), key=str)
        self._require(graph)
        if self._read_one:
            return sorted(self._read_one(graph), key=str)
        return sorted((each for each in self._read() if each.graph_name.value == graph), key=str)

    def match(
        self,
        subject: ox.NamedNode | ox.BlankNode | None = None,
        predicate: ox.NamedNode | None = None,
        value: ox.NamedNode | ox.BlankNode | ox.Literal | None = None,
        graph: str | None = None,
    ) -> Iterator[ox.Quad]:
        """Yield the statements of the named graphs that fit; None fits all."""
        name = None if graph is None else ox.NamedNode(graph)
        for quad in self._graph.quads_for_pattern(subject, predicate, value, name):
            if isinstance(quad.graph_name, ox.NamedNode):
                yield quad

    @property
    def inner(self) -> ox.Store:
        """The Oxigraph store itself, for a view of it; never to be changed."""
        return self._graph

    @property
    def graphs(self) -> tuple[str, ...]:
        """The IRIs of the named graphs, sorted."""
        return tuple(sorted(self._names))

    def has(self, iri: str) -> bool:
        """Return whether any statement but of the shapes speaks of that IRI, in any place."""
        try:
            node = ox.NamedNode(iri)
        except ValueError:
            return False
        places = (node, None, None), (None, node, None), (None, None, node)
        return iri in self._names or any(
            in_default_graph(quad.graph_name.value)
            for place in places
            for quad in self.match(*place)
        )

    def label(self, iri: str) -> str:
        """Return the English label of the thing, else another, else its CURIE."""
        return self._labels.get(iri) or compact(iri)

    def find(self, text: str) -> str:
        """Return the IRI of the thing that a CURIE, an IRI or a label names.

        A label must fit exactly, or else but for upper and lower case. Raises UnknownThing with
        near matches, and AmbiguousThing with the candidates.
        """
        text = text.strip()
        iri = _as_iri(text)
        if iri and iri in self._subjects:
            return iri
        exact, folded = self._named
        found = exact.get(text) or folded.get(text.casefold(), ())
        if len(found) > 1:
            listed = ", ".join(compact(each) for each in found)
            raise AmbiguousThing(f"{text!r} names several things: choose one of {listed}")
        if not found:
            raise UnknownThing(f"nothing here is called {text!r}{self._near(text)}")
        return found[0]

    @cached_property
    def _subjects(self) -> frozenset[str]:
        return frozenset(
            quad.subject.value
            for quad in self.match()
            if isinstance(quad.subject, ox.NamedNode) and in_default_graph(quad.graph_name.value)
        )

    @cached_property
    def _labels(self) -> dict[str, str]:
        return read_labels(q for each in LABEL_PROPERTIES for q in self.match(None, each, None))

    @cached_property
    def _named(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """Things by label as written, and by label whatever its case; sorted by IRI."""
        exact: dict[str, list[str]] = {}
        folded: dict[str, list[str]] = {}
        for iri in sorted(self._subjects & self._labels.keys()):
            label = self._labels[iri]
            exact.setdefault(label, []).append(iri)
            folded.setdefault(label.casefold(), []).append(iri)
        return exact, folded

    def _near(self, text: str) -> str:
        names = {label.casefold(): label for label in self._labels.values()}
        names |= {compact(iri).casefold(): compact(iri) for iri in self._subjects}
        near = _resembling(text, names, 0.6)
        if not near:  # a word of a label, perhaps; the shortest label is most about it
            labels = sorted(self._labels.values(), key=lambda label: (-len(label), label))
            words = {word: label for label in labels for word in _WORD.findall(label.casefold())}
            close = _resembling(text, words, 0.75)
            near = dict.fromkeys(words[word].casefold() for word in close)
        return f"; did you mean {' or '.join(repr(names[each]) for each in near)}?" if near else ""

    def _require(self, graph: str) -> None:
        if graph not in self._names:
            listed = ", ".join(f"<{name}>" for name in self.graphs)
            raise UnknownGraph(f"there is no graph <{graph}>; there are {listed}")


@contextmanager
def _as_build(folder: Path) -> Iterator[None]:
    """Raise UnreadableFile where a file of the build in `folder` is missing or torn."""
    try:
        yield
    except (OSError, SyntaxError, ValueError) as error:
        raise UnreadableFile("the build cannot be read; build again", file=folder.name) from error


def _resembling(text: str, names: Iterable[str], cutoff: float) -> list[str]:
    """Return up to three names like `text`; a slip of the pen spares the first letter."""
    text = text.casefold()
    begun = sorted(name for name in names if name.startswith(text[:1]))
    return get_close_matches(text, begun, n=3, cutoff=cutoff)


def _as_iri(text: str) -> str | None:
    try:
        return expand(text)
    except UnknownPrefix:
        return None

"""Store of one build in an embedded Oxigraph, read only: queries, statements, labels."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from diplograph.core.errors import (
    AmbiguousThing,
    QuerySyntaxError,
    UnknownPrefix,
    UnknownThing,
)
from diplograph.core.files import BYTE_ORDER_MARK
from diplograph.core.names import ROOT, compact, expand, in_default_graph
from diplograph.core.rdf import LABEL_PROPERTIES, read_labels
from diplograph.sparql.check import check_query, explain_syntax_error, is_plain, name_columns
from diplograph.sparql.results import QueryResults
from diplograph.store.build_files import measure_graph, read_quads, verify_build
from diplograph.store.interface import require_graphs
from diplograph.store.literals import WrittenLiterals

_WORD = re.compile(r"\w+")


class Store:
    """The statements of one build in named graphs; the default graph unites all but the shapes."""

    def __init__(
        self,
        read: Callable[[], Iterable[ox.Quad]],
        digest: str,
        read_one: Callable[[str], Iterable[ox.Quad]] | None = None,
    ):
        """Load what `read` returns, statements of named graphs; `digest` names their build.

        `quads` calls `read` again, or `read_one` for one graph.
        """
        self.digest, self._read, self._read_one = digest, read, read_one
        self.inner = ox.Store()  # for read-only views of it
        named = list(read())
        default = (quad.triple for quad in named if in_default_graph(quad.graph_name.value))
        self.inner.bulk_extend(named)
        self.inner.bulk_extend(ox.Quad(*triple) for triple in dict.fromkeys(default))
        self.graphs = tuple(sorted(graph.value for graph in self.inner.named_graphs()))
        self._names = frozenset(self.graphs)
        self.literals = WrittenLiterals(named, self.inner)

    @classmethod
    def open(cls, build_folder: Path) -> Store:
        """Return the store that was written to `build_folder`; raises as `verify_build` does."""
        digest = verify_build(build_folder)["content"]
        read = partial(read_quads, build_folder, size=measure_graph(build_folder))
        return cls(read, digest, read)

    def query(
        self,
        text: str,
        *,
        default_graphs: Iterable[str] | None = None,
        named_graphs: Iterable[str] | None = None,
        prefixes: Mapping[str, str] | None = None,
        services: Sequence[str] = (),
    ) -> QueryResults:
        """Return the result of the query `text`; rows are computed as they are read.

        Statements that are stored have their literals as the files have them; solutions have them
        as Oxigraph stores them.

        `default_graphs` and `named_graphs` are IRIs of graphs that replace those of its FROM
        clauses (SPARQL 1.1 Protocol, section 2.1.4). `prefixes` may be used undeclared, and
        `services` called by SERVICE: see `sparql.check.check_query`. A relative IRI is one of this
        project's. Raises QuerySyntaxError, Refused for an update or SERVICE, and UnknownGraph.
        """
        text = text.removeprefix(BYTE_ORDER_MARK)
        graphs = [*(default_graphs or ())], [*(named_graphs or ())]
        known, dataset_graphs = {**(prefixes or {})}, {*graphs[0], *graphs[1]}
        if not (self._names.issuperset(dataset_graphs) and is_plain(text)):
            checked = check_query(text, known, services)
            require_graphs((*checked.graphs, *graphs[0], *graphs[1]), self._names)
            text = checked.text
            dataset_graphs = dataset_graphs or set(checked.graphs)
        default, named = ([ox.NamedNode(name) for name in names] for names in graphs)
        dataset = {"default_graph": default, "named_graphs": named} if default or named else {}
        try:
            results = self.run(text, prefixes=known, **dataset)
        except SyntaxError as error:
            check_query(text, known, services)  # reports what is wrong, and where
            raise explain_syntax_error(error, text) from error
        except RuntimeError as error:
            raise QuerySyntaxError(str(error)) from error
        if isinstance(results, ox.QueryTriples):
            return self.restore(results, text, dataset_graphs)
        return results

    def check(self, text: str, services: Sequence[str] = ()) -> None:
        """Raise what `query` raises for this text, without running it."""
        checked = check_query(text.removeprefix(BYTE_ORDER_MARK), {}, services)
        require_graphs(checked.graphs, self._names)

    def restore(
        self, triples: Iterable[ox.Triple], text: str, graphs: Collection[str] = ()
    ) -> Iterator[ox.Triple]:
        """Yield the statements that a query gave, with their literals as they are written.

        `graphs` are those of its dataset: without them its text decides whether all named graphs
        or those of the default graph are meant.
        """
        if not graphs and "graph" in text.lower():
            graphs = self._names
        return self.literals.restore_all(triples, graphs or None)

    def run(
        self, text: str, **options: Any
    ) -> ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples:
        """Return what Oxigraph answers to a query that was checked; `options` are those of its API.

        Columns of a SELECT * are in the order in which the query mentions them. Raises SyntaxError,
        and RuntimeError for a function that is defined nowhere or a graph without a name.
        """
        options = {"base_iri": ROOT, **options}
        results = self.inner.query(text, **options)
        if "*" in text and isinstance(results, ox.QuerySolutions):
            named = name_columns(text, [variable.value for variable in results.variables])
            if named:
                return self.inner.query(named, **options)
        return results

    def quads(self, graph: str | None = None) -> list[ox.Quad]:
        """Return the statements of all named graphs, or of one, as read; raises UnknownGraph."""
        if graph is None:
            return sorted(self._read(), key=str)
        require_graphs((graph,), self._names)
        if self._read_one:
            return sorted(self._read_one(graph), key=str)
        return sorted((quad for quad in self._read() if quad.graph_name.value == graph), key=str)

    def match(
        self,
        subject: ox.NamedNode | ox.BlankNode | None = None,
        predicate: ox.NamedNode | None = None,
        value: ox.NamedNode | ox.BlankNode | ox.Literal | None = None,
        graph: str | None = None,
    ) -> Iterator[ox.Quad]:
        """Yield the statements of the named graphs that fit, as written; None fits all."""
        name = None if graph is None else ox.NamedNode(graph)
        for quad in self.inner.quads_for_pattern(subject, predicate, value, name):
            if isinstance(quad.graph_name, ox.NamedNode):
                for triple in self.literals.restore(quad.triple, (quad.graph_name.value,)):
                    if value is None or triple.object == value:
                        yield ox.Quad(*triple, quad.graph_name)

    def has(self, iri: str) -> bool:
        """Return whether the IRI is in a statement of the default graph, or names a graph."""
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
        """Return the English label of the thing, else one in another language, else its CURIE."""
        return self._labels.get(iri) or compact(iri)

    def find(self, text: str) -> str:
        """Return the IRI of the thing that a CURIE, an IRI or a label in any case names.

        Raises UnknownThing, with similar names, and AmbiguousThing, with the candidates.
        """
        text = text.strip()
        with suppress(UnknownPrefix):
            iri = expand(text)
            if iri in self._subjects:
                return iri
        exact, folded = self._iris_by_label
        candidates = exact.get(text) or folded.get(text.casefold(), ())
        if len(candidates) > 1:
            listed = ", ".join(map(compact, candidates))
            raise AmbiguousThing(f"{text!r} names several things: choose one of {listed}")
        if not candidates:
            raise UnknownThing(f"nothing in this graph is called {text!r}{self._suggest(text)}")
        return candidates[0]

    @cached_property
    def _subjects(self) -> frozenset[str]:
        return frozenset(
            quad.subject.value
            for quad in self.match()
            if isinstance(quad.subject, ox.NamedNode) and in_default_graph(quad.graph_name.value)
        )

    @cached_property
    def _labels(self) -> dict[str, str]:
        return read_labels(
            quad for name in LABEL_PROPERTIES for quad in self.match(None, name, None)
        )

    @cached_property
    def _iris_by_label(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """IRIs by label as written, and by label without case; sorted."""
        exact, folded = {}, {}
        for iri in sorted(self._subjects & self._labels.keys()):
            label = self._labels[iri]
            exact.setdefault(label, []).append(iri)
            folded.setdefault(label.casefold(), []).append(iri)
        return exact, folded

    def _suggest(self, text: str) -> str:
        """Return the end of an error message with names like `text`, or nothing."""
        names = {label.casefold(): label for label in self._labels.values()}
        names |= {compact(iri).casefold(): compact(iri) for iri in self._subjects}
        similar = _find_similar(text, names, 0.6)
        if not similar:  # perhaps a word of a label; the shortest label fits best
            labels = sorted(self._labels.values(), key=lambda label: (-len(label), label))
            words = {word: label for label in labels for word in _WORD.findall(label.casefold())}
            close = _find_similar(text, words, 0.75)
            similar = dict.fromkeys(words[word].casefold() for word in close)
        listed = " or ".join(repr(names[name]) for name in similar)
        return f"; did you mean {listed}?" if similar else ""


def _find_similar(text: str, names: Iterable[str], cutoff: float) -> list[str]:
    """Return up to three names similar to `text`; those with its first letter only."""
    text = text.casefold()
    candidates = sorted(name for name in names if name.startswith(text[:1]))
    return get_close_matches(text, candidates, n=3, cutoff=cutoff)

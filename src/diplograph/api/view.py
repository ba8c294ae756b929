"""Read-only rdflib Dataset over a Store: the same statements without a copy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from oxrdflib.store import OxigraphStore
from rdflib import Dataset, Graph
from rdflib.query import Result

from diplograph.core.errors import Refused, UnknownGraph
from diplograph.core.names import PREFIXES
from diplograph.sparql.check import check_query

if TYPE_CHECKING:
    from diplograph.store.store import Store


class ReadOnlyStore(OxigraphStore):
    """An OxigraphStore that refuses every change, and every query that could leave this process."""

    def _refuse(self, *arguments: object, **options: object) -> NoReturn:
        raise Refused("this graph is for reading: change a copy of it")

    add = addN = remove = update = remove_graph = destroy = _refuse

    def add_graph(self, graph: object) -> None:
        """Do nothing: rdflib calls it whenever a graph is named."""

    def query(
        self,
        query: object,
        initNs: Mapping[str, Any],
        initBindings: Mapping[str, Any],
        queryGraph: Any,
        **options: object,
    ) -> Result:
        """Return what Oxigraph answers to the text `query`; its FROM clauses name graphs here.

        Raises Refused for SERVICE, updates, and queries that rdflib would run itself, unchecked;
        QuerySyntaxError and UnknownGraph.
        """
        if not isinstance(query, str) or options:
            raise Refused("give the query as text and without options: rdflib could reach outside")
        prefixes = {**self._namespace_for_prefix, **initNs}
        graphs = check_query(query, {prefix: str(iri) for prefix, iri in prefixes.items()}).graphs
        known = {graph.value for graph in self._inner.named_graphs()}
        for name in graphs:
            if name not in known:
                raise UnknownGraph(f"there is no graph <{name}>; there are {sorted(known)}")
        # The graph that rdflib passes would silently replace those of FROM.
        dataset = None if graphs else queryGraph
        return super().query(query, initNs, initBindings, dataset)


class View(Dataset):
    """A Dataset without deprecation warnings for what rdflib's own serializers still use."""

    @property
    def default_context(self) -> Graph:
        """The default graph, under the deprecated name that rdflib itself uses."""
        return self.default_graph

    @property
    def identifier(self) -> Any:
        """The name of the dataset, which rdflib's own text of it still shows."""
        return super(Dataset, self).identifier

    def contexts(self, triple: Any = None) -> Iterator[Graph]:
        """Yield the graphs, under the deprecated name that rdflib's serializers use."""
        return self.graphs(triple)

    def query(self, *arguments: Any, use_store_provided: bool = True, **options: Any) -> Result:
        """Return the store's result; raises Refused where rdflib itself is to run the query."""
        if not use_store_provided:
            raise Refused("only the store answers here: rdflib could reach outside")
        return super().query(*arguments, **options)


def view(store: Store) -> Dataset:
    """Return an rdflib Dataset of the statements of `store`, with the project's prefixes bound."""
    dataset = View(store=ReadOnlyStore(store=store.inner), default_union=False)
    for prefix, iri in PREFIXES.items():
        dataset.bind(prefix, iri)
    return dataset

"""The store seen as an rdflib Dataset: the same statements without a copy, for reading only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from oxrdflib.store import OxigraphStore
from rdflib import Dataset, Graph

from diplograph.errors import Refused
from diplograph.names import PREFIXES

if TYPE_CHECKING:
    from diplograph.store import Store


class ReadOnlyStore(OxigraphStore):
    """An OxigraphStore that refuses every change."""

    def _refuse(self, *arguments: object, **options: object) -> NoReturn:
        raise Refused("this graph is for reading: change a copy of it")

    add = addN = remove = update = remove_graph = destroy = _refuse

    def add_graph(self, graph: object) -> None:
        """Do nothing: rdflib calls it whenever a graph is merely named."""


class View(Dataset):
    """A Dataset whose own methods do not warn of what they themselves still use."""

    @property
    def default_context(self) -> Graph:
        """The default graph, under the name that rdflib has deprecated and asks for."""
        return self.default_graph


def view(store: Store) -> Dataset:
    """Return an rdflib Dataset of the statements of `store`, with the project's prefixes bound."""
    dataset = View(store=ReadOnlyStore(store=store.inner), default_union=False)
    for prefix, iri in PREFIXES.items():
        dataset.bind(prefix, iri)
    return dataset

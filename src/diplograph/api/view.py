"""The store seen as an rdflib Dataset: the same statements without a copy, for reading only."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from oxrdflib.store import OxigraphStore
from rdflib import Dataset

from diplograph.errors import Refused
from diplograph.names import PREFIXES

if TYPE_CHECKING:
    from diplograph.store import Store


class ReadOnlyStore(OxigraphStore):
    """An OxigraphStore that refuses every change."""

    def _refuse(self, *arguments: object, **options: object) -> NoReturn:
        raise Refused(
            "this graph is for reading: copy what you want to change into a graph of yours"
        )

    add = addN = remove = update = remove_graph = destroy = _refuse

    def add_graph(self, graph: object) -> None:
        """Do nothing: rdflib calls it whenever a graph is merely named."""


def view(store: Store) -> Dataset:
    """Return an rdflib Dataset of the statements of `store`, with the project's prefixes bound."""
    dataset = Dataset(store=ReadOnlyStore(store=store.inner), default_union=False)
    for prefix, iri in PREFIXES.items():
        dataset.bind(prefix, iri)
    return dataset

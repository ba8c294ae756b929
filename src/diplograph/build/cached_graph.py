"""An RDFLib graph that parses each query once: shapes run the same few queries on every thing."""

from __future__ import annotations

from typing import Any

from rdflib import Graph
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result


class CachedGraph(Graph):
    """A graph that caches the parsed form of the queries run on it.

    Nine tenths of pySHACL's time on SPARQL constraints is RDFLib parsing the same text again.
    """

    def __init__(self) -> None:
        super().__init__(bind_namespaces="none")
        self._parsed: dict[str, Query] = {}

    def query(self, query_object: str | Query, *arguments: Any, **named: Any) -> Result:
        """Return the result, as Graph.query does; the text must declare its own prefixes."""
        if isinstance(query_object, str):
            if query_object not in self._parsed:
                self._parsed[query_object] = prepareQuery(query_object)
            query_object = self._parsed[query_object]
        return super().query(query_object, *arguments, **named)

"""An RDFLib graph that parses each query once: shapes put the same few to every thing."""

from __future__ import annotations

from typing import Any

from rdflib import Graph
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result


class PreparedGraph(Graph):
    """A graph that keeps the parsed form of the queries put to it.

    Nine tenths of pySHACL's time on SPARQL constraints is RDFLib parsing the same text again.
    """

    def __init__(self) -> None:
        super().__init__(bind_namespaces="none")
        self._prepared: dict[str, Query] = {}

    def query(self, query_object: str | Query, *arguments: Any, **named: Any) -> Result:
        """Return the result, as Graph.query does; the text must declare its own prefixes."""
        if isinstance(query_object, str):
            if query_object not in self._prepared:
                self._prepared[query_object] = prepareQuery(query_object)
            query_object = self._prepared[query_object]
        return super().query(query_object, *arguments, **named)

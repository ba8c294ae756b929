"""Interface of all engines: the request, its bounds, the answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from diplograph.core.errors import UnknownGraph
from diplograph.core.settings import PAGE_ROWS, QueryBounds

__all__ = ["PAGE", "UNION", "Answer", "Engine", "QueryBounds", "QueryRequest", "require_graphs"]

# In place of a format: what a page shows, the first rows and how many there are.
PAGE = "page"

# In place of a graph's IRI: the store's own default graph, the union of all but the shapes.
UNION = "default"


@dataclass(frozen=True)
class QueryRequest:
    """One query: its text, the format wanted for either kind of result, and its graphs.

    `solutions` and `statements` are names in `formats.RESULTS` and `formats.STATEMENTS`; None means
    that the caller takes no result of that kind, PAGE that it takes JSON or N-Triples of `shown`
    rows or statements after the `skipped` ones. Without `default_graphs` and `named_graphs` the
    dataset is the store's default graph and all its named graphs. `encoding` compresses the body:
    gzip, br, zstd or nothing; a page or a small body stays as it is. `graph` requests a graph's
    statements instead, as its files have them: an IRI, UNION for the default graph, or one of
    names.SELECTIONS. `services` may be called by SERVICE: see Store.query. `written` are the
    variables of subject, predicate and value of stored statements: an engine in this process or in
    workers gives such a value as the files have it, in JSON (see `store.literals`). `parse_only`:
    the query is checked and not run, and the answer is empty.
    """

    text: str
    solutions: str | None = "json"
    statements: str | None = "turtle"
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    shown: int = PAGE_ROWS
    skipped: int = 0
    encoding: str = ""
    graph: str | None = None
    services: tuple[str, ...] = ()
    written: tuple[str, str, str] | tuple[()] = ()
    parse_only: bool = False


@dataclass(frozen=True)
class Answer:
    """A result: its bytes, and its kind: solutions, boolean or statements.

    `rows` is the number in the body, None for a boolean; `total`, of a page, that of all rows or
    statements; `encoding` is what compressed the body.
    """

    body: bytes
    kind: str
    total: int | None = None
    rows: int | None = None
    encoding: str = ""


class Engine(Protocol):
    """Answers queries of the build whose digest is `digest`."""

    digest: str

    def answer(self, request: QueryRequest, client: str = "") -> Answer:
        """Return the complete answer; bounds per client are those of `client`, "" for none.

        Raises what Store.query raises, NotAcceptable and BoundExceeded.
        """

    def close(self) -> None:
        """End processes and threads of the engine; a second call does nothing."""


def require_graphs(names: Iterable[str], known: Collection[str]) -> None:
    """Raise UnknownGraph at the first of the IRIs `names` that is not among those `known`."""
    for name in names:
        if name not in known:
            listed = ", ".join(f"<{graph}>" for graph in sorted(known))
            raise UnknownGraph(f"there is no graph <{name}>; there are {listed}")

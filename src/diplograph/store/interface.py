"""What an engine is asked and answers: the query, its bounds, its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from diplograph.core.settings import MEBIBYTE, PAGE_MEBIBYTES, PAGE_ROWS, QueryBounds

__all__ = [
    "MEBIBYTE",
    "PAGE",
    "PAGE_MEBIBYTES",
    "PAGE_ROWS",
    "UNION",
    "Answer",
    "Engine",
    "QueryBounds",
    "QueryRequest",
]

# In place of a format: what a page shows, the first rows and how many there are.
PAGE = "page"

# In place of a graph's IRI: the store's own default graph, the union of all but the shapes.
UNION = "default"


@dataclass(frozen=True)
class QueryRequest:
    """One query: its text, the format wanted for either kind of result, and its graphs.

    `solutions` and `statements` are names in `formats.RESULTS` and `formats.STATEMENTS`; None
    means that the caller takes no result of that kind. No graphs named means the store's own
    default graph and all its named graphs. PAGE in place of a name asks for JSON or N-Triples of
    the first `shown` rows or statements alone. `encoding` compresses the body: gzip, br, zstd or
    nothing; a page or a small body stays as it is. `graph` asks for a graph's statements instead
    of a query's answer, as its files have them: an IRI, UNION for all but the shapes, or the name
    of a selection (names.SELECTIONS), whose graphs are kept apart where the format can.
    `services` may be called by SERVICE: see Store.query.
    """

    text: str
    solutions: str | None = "json"
    statements: str | None = "turtle"
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    shown: int = PAGE_ROWS
    encoding: str = ""
    graph: str | None = None
    services: tuple[str, ...] = ()


@dataclass(frozen=True)
class Answer:
    """A result: its bytes, and its kind: solutions, boolean or statements.

    It is complete but for a page; there `total` says how many rows or statements there are.
    `rows` is how many the body holds, None for a yes or no; `encoding` is what it is compressed
    with.
    """

    body: bytes
    kind: str
    total: int | None = None
    rows: int | None = None
    encoding: str = ""


class Engine(Protocol):
    """Whatever answers queries; its digest names the build that it answers from."""

    digest: str

    def answer(self, asked: QueryRequest, client: str = "") -> Answer:
        """Return the complete answer; `client` is whose query counts against bounds per client.

        Raises what Store.query raises, NotAcceptable and BoundExceeded.
        """

    def close(self) -> None:
        """End what the engine started; a second call does nothing."""

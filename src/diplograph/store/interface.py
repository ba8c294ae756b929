"""What an engine is asked and answers: the query, its bounds, its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    pass


MEBIBYTE = 1024 * 1024

# Asked for instead of a format: what a page shows, the first rows and how many there are. A page is
# read whole in the process that serves everybody, so it may hold less than an answer.
PAGE, PAGE_ROWS, PAGE_MEBIBYTES = "page", 500, 4

# In place of a graph's IRI: the store's own default graph, the union of all but the shapes.
UNION = "default"


@dataclass(frozen=True)
class QueryBounds:
    """How far one query may go before it is stopped, and how many may run or wait at once.

    A query that has had `long_seconds` of a processor is long: it goes on beside the quick ones,
    and at most `long_queries` of all clients, `long_per_client` of one, do so at once.
    `per_client` counts what runs and waits for one client, `waiting` what waits for all of them.
    """

    seconds: float = 30.0
    rows: int = 1_000_000
    result_mebibytes: int = 64
    memory_mebibytes: int = 1024
    waiting: int = 128
    per_client: int = 64
    long_seconds: float = 0.25
    long_queries: int = 4
    long_per_client: int = 3
    query_kibibytes: int = 1024


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
    `services` may be called by SERVICE, and `sparql12` takes SPARQL 1.2: see Store.query.
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
    sparql12: bool = False


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

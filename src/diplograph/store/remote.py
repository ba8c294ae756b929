"""An engine elsewhere that speaks SPARQL 1.1, asked as the one at hand is and bounded as it is."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from uuid import uuid4

from diplograph.errors import (
    BoundExceeded,
    DiplographError,
    EngineFault,
    TooManyRequests,
    UnknownGraph,
)
from diplograph.names import SHAPES_GRAPH
from diplograph.store.asking import Asking, Received, Results, cut_short, unreadable
from diplograph.store.connection import Connection, read_address
from diplograph.store.credentials import Credentials
from diplograph.store.engine import UNION, Answer, Asked, Bounds, answer_from
from diplograph.store.outgoing import Outgoing, prepare
from diplograph.store.record import UNION_GRAPH, Record, read_graphs, read_record

# How many queries the engine is given at once, and after how many seconds its record is read again.
AT_ONCE, REFRESH_SECONDS = 8, 10.0

# Results come as JSON, which is longer than the shortest format that they are then written in.
_LONGER = 4

_TORN = "a build is being loaded into the engine, or a push broke off: run diplograph push again"


def open_engine(url: str, bounds: Bounds | None = None) -> RemoteEngine:
    """Return the engine at `url`, `sparql+http://host/query`, reached and found to hold a build.

    Credentials come from the environment alone. Raises UsageError for an address that is none,
    and EngineFault where no SPARQL endpoint answers there, or no graph of ours is whole there.
    """
    return RemoteEngine(url, bounds)


@dataclass(frozen=True)
class _Held:
    """What the engine was seen to hold: the record of a build, its graphs, a name for both."""

    record: Record
    graphs: tuple[str, ...]
    name: str

    @property
    def default(self) -> tuple[str, ...]:
        """The graphs that make up the default graph: all but the shapes."""
        if UNION_GRAPH in self.record.parts:
            return (UNION_GRAPH,)
        return tuple(name for name in self.graphs if name != SHAPES_GRAPH)

    def count(self, graph: str) -> int:
        """Return how many statements are recorded of a graph, or of UNION; 0 where none are."""
        names = self.default if graph == UNION else (graph,)
        parts = (self.record.parts.get(name) for name in names)
        return sum(part.statements for part in parts if part)


class RemoteEngine:
    """Answers from an engine elsewhere; safe to call from many threads at once.

    `digest` is the build's that a push recorded there, read again every `refresh` seconds. Where
    none is recorded it is a name that no other look has, so that what is cached under it ends soon.
    """

    def __init__(
        self,
        url: str,
        bounds: Bounds | None = None,
        *,
        at_once: int = AT_ONCE,
        refresh: float = REFRESH_SECONDS,
        credentials: Credentials | None = None,
    ):
        """Reach the engine and read what it holds; raises what `open_engine` raises."""
        self.url, self.bounds = read_address(url), bounds or Bounds()
        self._connection = Connection(credentials, at_once=at_once)
        received = self.bounds.result_mebibytes * _LONGER
        self._asking = Asking(self._connection, self.url, self.bounds.seconds, received)
        self._lanes, self._lock = threading.BoundedSemaphore(at_once), threading.Lock()
        self._at_once, self._clients, self._closed = at_once, Counter(), threading.Event()
        self._held = self._look()
        if self._held.record.torn:
            raise EngineFault(_TORN)
        if not self._held.graphs:
            raise EngineFault(f"{self.url} holds no graph of ours: run diplograph push first")
        self._watch = threading.Thread(target=self._refresh, args=(refresh,), daemon=True)
        self._watch.start()

    @property
    def digest(self) -> str:
        """The digest of the build that was last seen to be whole there, or a passing name."""
        return self._held.name

    @property
    def graphs(self) -> tuple[str, ...]:
        """The IRIs of the named graphs that may be asked, sorted."""
        return self._held.graphs

    def answer(self, asked: Asked, client: str = "") -> Answer:
        """Return the complete answer, bounded in time, rows and bytes.

        Raises what Store.query raises and NotAcceptable; EngineFault where the engine is not
        reached; BoundExceeded also where too many queries wait, or too many of one client.
        """
        held = self._held
        with self._lane(client):
            try:
                once = _Once(self._asking, held)
                answer = answer_from(once, _as_query(asked, held), self.bounds)
            except EngineFault as error:  # whoever asks is not to learn where the engine is
                raise EngineFault(str(error).replace(self.url, "the engine")) from error
            except DiplographError as error:
                if type(error) is not DiplographError:
                    raise
                raise unreadable("the engine") from error  # rows are parsed as they are written
        if asked.graph is not None and answer.rows < held.count(asked.graph):
            raise cut_short()
        return answer

    def close(self) -> None:
        """End the watch over the record and close the sockets; a second call does nothing."""
        self._closed.set()
        self._connection.close()

    @contextmanager
    def _lane(self, client: str) -> Iterator[None]:
        """Take a place in the queue and then a lane of the engine's, or say what is full."""
        bounds = self.bounds
        with self._lock:
            if client and self._clients[client] >= bounds.per_client:
                message = f"one client may have {bounds.per_client} queries under way; ask later"
                raise TooManyRequests(message, bound="client")
            if self._clients.total() >= self._at_once + bounds.waiting:
                raise BoundExceeded("too many queries are waiting; ask again later", bound="queue")
            self._clients[client] += 1
        try:
            if not self._lanes.acquire(timeout=bounds.seconds):
                raise BoundExceeded("the engine was busy for too long; ask again", bound="queue")
            try:
                yield
            finally:
                self._lanes.release()
        finally:
            with self._lock:
                self._clients[client] -= 1
                if not self._clients[client]:
                    del self._clients[client]

    def _look(self) -> _Held:
        """Return what the engine holds now: the graphs recorded, or without a record all of ours.

        Other graphs of the engine's, its own schemas or somebody else's data, are never asked.
        """
        record = read_record(self._asking.select)
        graphs = record.graphs if record.present else read_graphs(self._asking.select)
        return _Held(record, graphs, record.digest or f"unrecorded-{uuid4().hex}")

    def _refresh(self, seconds: float) -> None:
        """Read the record again and again; while the engine is not reached, the last one stands."""
        while not self._closed.wait(seconds):
            try:
                self._held = self._look()
            except DiplographError:
                continue


class _Once:
    """The store that one answer is made from: a query is sent once, however often it is asked."""

    def __init__(self, asking: Asking, held: _Held):
        self._asking, self._held, self._received = asking, held, None

    def query(
        self,
        text: str,
        *,
        default_graphs: Iterable[str],
        named_graphs: Iterable[str],
        services: Sequence[str],
        sparql12: bool,
    ) -> Results:
        """Return what the query gives, as Store.query does; the reply has been read whole.

        Engines differ in what a query without a dataset is asked of, so it is always sent one: the
        default graph is the union of all graphs of ours but the shapes. `services` are called by no
        engine elsewhere, which would do so from its own place in a network.
        """
        if self._received is None:
            query = prepare(text, default_graphs, named_graphs, sparql12)
            self._received = self._send(query)
        return self._received.read()

    def _send(self, query: Outgoing) -> Received:
        graphs = self._held.graphs
        if self._held.record.torn:
            raise EngineFault(_TORN)
        for name in (*query.default, *query.named):
            _check_graph(name, graphs)
        default, named = query.default, query.named
        if not (default or named):
            default, named = self._held.default, graphs
        return self._asking.ask(query.text, query.form, default, named)


def _as_query(asked: Asked, held: _Held) -> Asked:
    """Return what is asked as a query, where it is a graph's statements."""
    if asked.graph is None:
        return asked
    text = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
    if asked.graph != UNION:
        _check_graph(asked.graph, held.graphs)
        text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{asked.graph}> {{ ?s ?p ?o }} }}"
    return replace(asked, text=text, graph=None, default_graphs=(), named_graphs=())


def _check_graph(name: str, graphs: tuple[str, ...]) -> None:
    if name not in graphs:
        listed = ", ".join(f"<{each}>" for each in graphs)
        raise UnknownGraph(f"there is no graph <{name}>; there are {listed}")

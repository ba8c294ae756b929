"""An engine elsewhere that speaks SPARQL 1.1, asked as the one at hand is and bounded as it is."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from uuid import uuid4

from diplograph.core.errors import (
    BoundExceeded,
    DiplographError,
    EngineFault,
    TooManyRequests,
    UnknownGraph,
)
from diplograph.core.names import SHAPES_GRAPH
from diplograph.store.asking import Asking, Received, Results, cut_short, unreadable
from diplograph.store.connection import Connection, read_address
from diplograph.store.credentials import Credentials
from diplograph.store.engine import MEBIBYTE, UNION, Answer, Asked, Bounds, answer_from
from diplograph.store.outgoing import Examiner
from diplograph.store.record import EMPTY_GRAPH, UNION_GRAPH, Record, read_graphs, read_record

LOGGER = logging.getLogger(__name__)

# How many queries the engine is given at once, and after how many seconds its record is read again.
AT_ONCE, REFRESH_SECONDS = 8, 10.0

# A reply has at most `result_mebibytes`, so those of all lanes, 512 MiB, are the most that is held
# of what the engine sends. Written as what is asked for they need several times that, so larger
# ones than this, in bytes, are written one at a time.
_LARGE = MEBIBYTE

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
        seconds, mebibytes = self.bounds.seconds, self.bounds.result_mebibytes
        self._asking = Asking(self._connection, self.url, seconds, mebibytes)
        self._lanes, self._lock = threading.BoundedSemaphore(at_once), threading.Lock()
        self._at_once, self._clients, self._closed = at_once, Counter(), threading.Event()
        self._writing = threading.Lock()
        try:
            self._held = self._look()
            _require_whole(self._held)
            self._examiner = Examiner()
        except BaseException:
            self._connection.close()
            raise
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
                answer = self._answer(_as_query(asked, held), held)
            except EngineFault as error:  # whoever asks is not to learn where the engine is
                LOGGER.error("%s", error)
                raise EngineFault(str(error).replace(self.url, "the engine")) from error
            except DiplographError as error:
                if type(error) is not DiplographError:
                    raise
                raise unreadable("the engine") from error  # rows are parsed as they are written
        if asked.graph is not None and answer.rows < held.count(asked.graph):
            raise cut_short()
        return answer

    def close(self) -> None:
        """End the watch over the record, workers and sockets; a second call does nothing."""
        self._closed.set()
        self._examiner.close()
        self._connection.close()

    def _answer(self, asked: Asked, held: _Held) -> Answer:
        """Return the answer to a query, whose reply is whole before anything is made of it.

        Engines differ in what a query without a dataset is asked of, and take a half that is not
        named for all they have. So both halves are always named, if by a graph without statements;
        by itself the default graph is the union of all graphs of ours but the shapes.
        """
        graphs = asked.default_graphs, asked.named_graphs
        query = self._examiner.prepare(asked.text, *graphs, asked.sparql12)
        _require_whole(held)
        for name in (*query.default, *query.named):
            _check_graph(name, held.graphs)
        default, named = query.default, query.named
        if not (default or named):
            default, named = held.default, held.graphs
        nothing = (EMPTY_GRAPH,)
        dataset = default or nothing, named or nothing
        received = self._asking.ask(query.text, query.form, *dataset, self.bounds.rows)
        with self._writing if len(received.reply.body) > _LARGE else nullcontext():
            return answer_from(_Once(received), asked, self.bounds)

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
    """The store that one answer is made from: its one result, however often it is asked for."""

    def __init__(self, received: Received):
        self._received = received

    def query(
        self,
        text: str,
        *,
        default_graphs: Iterable[str],
        named_graphs: Iterable[str],
        services: Sequence[str],
        sparql12: bool,
    ) -> Results:
        """Return the result, from its beginning, as Store.query does.

        `services` are called by no engine elsewhere, which would do so from its own place in a
        network.
        """
        return self._received.read()


def _require_whole(held: _Held) -> None:
    """Raise EngineFault where the engine was seen to hold no build, or a part of one."""
    if held.record.torn:
        raise EngineFault(_TORN)
    if not held.graphs:
        raise EngineFault("the engine holds no graph of ours: run diplograph push first")


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

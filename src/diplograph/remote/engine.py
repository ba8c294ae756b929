"""A SPARQL 1.1 engine on another server, queried within the bounds of a local store."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from diplograph.core.errors import (
    BoundExceeded,
    DiplographError,
    EngineFault,
    QuerySyntaxError,
    Refused,
    TooManyRequests,
    UnknownGraph,
)
from diplograph.core.names import in_default_graph
from diplograph.core.settings import (
    MEBIBYTE,
    REMOTE_QUERIES_AT_ONCE,
    REMOTE_RECORD_SECONDS,
    QueryBounds,
)
from diplograph.pool.pool import Pool
from diplograph.remote.http import (
    Connection,
    Credentials,
    RemoteClient,
    cut_short,
    read_address,
    read_results,
    unreadable,
)
from diplograph.remote.upload import (
    EMPTY_GRAPH,
    UNION_GRAPH,
    UploadRecord,
    list_loaded_graphs,
    read_upload_record,
)
from diplograph.sparql.check import (
    list_tokens,
    name_columns,
    rename_keyword,
    split_from_clauses,
)
from diplograph.store.build_files import FINDINGS, GRAPH, RECORD, make_record
from diplograph.store.engine import write_answer
from diplograph.store.interface import PAGE, UNION, Answer, QueryRequest, require_graphs

# Bounds of the check of one query; most take a millisecond on an empty store.
CHECK_BOUNDS = QueryBounds(seconds=3.0, memory_mebibytes=256)
# To write an answer takes several times its size in memory, so answers of larger replies than
# this, in bytes, are written one at a time.
_LARGE_REPLY = MEBIBYTE

_LOGGER = logging.getLogger(__name__)


class RemoteEngine:
    """Answers from an engine elsewhere; safe to call from many threads at once."""

    def __init__(
        self, url: str, bounds: QueryBounds | None = None, credentials: Credentials | None = None
    ):
        """Connect to the engine at `url`, `sparql+http://host/query`, and read its contents.

        Without `credentials` those of the environment are used. Raises UsageError for an invalid
        address, and EngineFault where no SPARQL endpoint answers there, or it has no whole build.
        """
        self.url, self.bounds = read_address(url), bounds or QueryBounds()
        self._connection = Connection(credentials, at_once=REMOTE_QUERIES_AT_ONCE)
        seconds, mebibytes = self.bounds.seconds, self.bounds.result_mebibytes
        self._client = RemoteClient(self._connection, self.url, seconds, mebibytes)
        self._slots = threading.BoundedSemaphore(REMOTE_QUERIES_AT_ONCE)
        self._under_way, self._lock = Counter(), threading.Lock()  # queries by client
        self._writing, self._closed = threading.Lock(), threading.Event()
        try:
            self.contents = self._read_contents()
            self.contents.require_whole()
            self._checker = QueryChecker()
        except BaseException:
            self._connection.close()
            raise
        threading.Thread(target=self._refresh, daemon=True).start()

    @property
    def digest(self) -> str:
        """The digest of the build last seen there, or a name that only this reading has."""
        return self.contents.name

    def answer(self, request: QueryRequest, client: str = "") -> Answer:
        """Return the complete answer, bounded in time, rows and bytes.

        Raises what Store.query raises and NotAcceptable; EngineFault where the engine is not
        reached; BoundExceeded also where too many queries wait, or too many of one client.
        """
        contents = self.contents
        with self._slot(client):
            try:
                answer = self._answer(request, contents)
            except EngineFault as error:  # clients do not learn where the engine is
                _LOGGER.error("%s", error)
                raise EngineFault(str(error).replace(self.url, "the engine")) from error
            except DiplographError as error:
                if type(error) is not DiplographError:
                    raise
                raise unreadable("the engine") from error  # rows are parsed as they are written
        if request.graph is not None and answer.rows < contents.count(request.graph):
            raise cut_short()
        return answer

    def close(self) -> None:
        """End the watch over the record, workers and sockets; a second call does nothing."""
        self._closed.set()
        self._checker.close()
        self._connection.close()

    def _answer(self, request: QueryRequest, contents: _Contents) -> Answer:
        """Return the answer to a query, written only after its reply is complete.

        Engines differ in the dataset of a query that names none or half of one, so both halves
        are always named, if by a graph without statements.
        """
        text, graph = request.text, request.graph
        if graph is not None:
            text = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
            request = replace(request, graph=None, default_graphs=(), named_graphs=())
        if graph not in {None, UNION}:
            require_graphs((graph,), contents.graphs)
            text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
        query = self._checker.prepare(text, request.default_graphs, request.named_graphs)
        if request.parse_only:
            return Answer(b"", "boolean")
        contents.require_whole()
        default, named = query.default, query.named
        require_graphs((*default, *named), contents.graphs)
        if not (default or named):
            default, named = contents.default, contents.graphs
        dataset = default or (EMPTY_GRAPH,), named or (EMPTY_GRAPH,)
        reply = self._client.send(query.text, query.form, *dataset)
        read = partial(read_results, reply, query.form, self.url, self.bounds.rows)
        with self._writing if len(reply.body) > _LARGE_REPLY else nullcontext():
            return write_answer(read, request, self.bounds)

    @contextmanager
    def _slot(self, client: str) -> Iterator[None]:
        """Wait for one of the engine's slots; raises BoundExceeded where too many do."""
        bounds = self.bounds
        with self._lock:
            if client and self._under_way[client] >= bounds.per_client:
                message = f"one client may have {bounds.per_client} queries running; ask later"
                raise TooManyRequests(message, bound="client")
            if self._under_way.total() >= REMOTE_QUERIES_AT_ONCE + bounds.waiting:
                raise BoundExceeded("too many queries are waiting; ask again later", bound="queue")
            self._under_way[client] += 1
        try:
            if not self._slots.acquire(timeout=bounds.seconds):
                raise BoundExceeded("the engine was busy for too long; ask again", bound="queue")
            try:
                yield
            finally:
                self._slots.release()
        finally:
            with self._lock:
                self._under_way[client] -= 1
                if not self._under_way[client]:
                    del self._under_way[client]

    def _read_contents(self) -> _Contents:
        """Return what the engine contains now: the recorded graphs, or else all of ours."""
        record = read_upload_record(self._client)
        graphs = record.graphs if record.present else list_loaded_graphs(self._client)
        return _Contents(record, graphs, record.digest or f"unrecorded-{uuid4().hex}")

    def _refresh(self) -> None:
        """Read the contents at intervals; while the engine is not reached, the last ones stay."""
        while not self._closed.wait(REMOTE_RECORD_SECONDS):
            with suppress(DiplographError):
                self.contents = self._read_contents()


@dataclass(frozen=True)
class _Contents:
    """Contents of the engine: the record of a build, its graphs, a name for both."""

    record: UploadRecord
    graphs: tuple[str, ...]
    name: str

    @property
    def default(self) -> tuple[str, ...]:
        """The named graphs that make up the default graph."""
        if UNION_GRAPH in self.record.parts:
            return (UNION_GRAPH,)
        return tuple(filter(in_default_graph, self.graphs))

    def count(self, graph: str) -> int:
        """Return how many statements are recorded of a graph, or of UNION; 0 where none are."""
        names = self.default if graph == UNION else (graph,)
        parts = (self.record.parts.get(name) for name in names)
        return sum(part.statements for part in parts if part)

    def require_whole(self) -> None:
        """Raise EngineFault where the engine has no build, or a part of one."""
        if self.record.torn:
            raise EngineFault(
                "a build is being loaded into the engine, or a push broke off:"
                " run diplograph push again"
            )
        if not self.graphs:
            raise EngineFault("the engine has no graph of Diplograph's: run diplograph push first")


# ---- the check of a query before it is sent -----------------------------------------------------

# Names that Virtuoso (bif, sql) and Jena (java) run as code, wherever they stand.
_CODE = re.compile(r"<\s*(?:bif|sql|java):", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U000([0-9A-Fa-f]{5})")
_FROM = re.compile("from", re.IGNORECASE | re.ASCII)
# By the kind of the result; DESCRIBE has the replies of CONSTRUCT.
_FORMS = {"solutions": "SELECT", "boolean": "ASK", "statements": "CONSTRUCT"}
_EMPTY_BUILD = {GRAPH: "", FINDINGS: "[]", RECORD: json.dumps(make_record(b"", b"[]"))}


@dataclass(frozen=True)
class OutgoingQuery:
    """A query that may be sent: without FROM clauses, its form, and the graphs of its dataset."""

    text: str
    form: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def _unescape(match: re.Match) -> str:
    return chr(min(int(match[1] or match[2], 16), 0x10FFFF))


class QueryChecker:
    """Decides which queries may be sent; safe to call from many threads at once.

    A query is parsed in worker processes over an empty store, since to parse one, and to locate
    its error, may take very long: there it can be stopped.
    """

    def __init__(self, bounds: QueryBounds | None = None):
        """Start the workers; raises DiplographError where they cannot be."""
        self._folder, self._splitting = TemporaryDirectory(prefix="diplograph-"), threading.Lock()
        folder = Path(self._folder.name)
        try:
            for name, text in _EMPTY_BUILD.items():
                (folder / name).write_text(text, encoding="utf-8")
            self._pool = Pool(folder, bounds=bounds or CHECK_BOUNDS)
        except BaseException:
            self._folder.cleanup()
            raise

    def close(self) -> None:
        """End the workers; a second call does nothing."""
        self._pool.close()
        self._folder.cleanup()

    def prepare(
        self, text: str, default: tuple[str, ...] = (), named: tuple[str, ...] = ()
    ) -> OutgoingQuery:
        """Return the query `text` as it may be sent, the columns of a SELECT * in their order.

        Its dataset is `default` and `named`, or without either that of its FROM clauses (SPARQL
        1.1 Protocol, section 2.1.4). Raises QuerySyntaxError, also for a function that SPARQL does
        not have; Refused for an update, SERVICE, and names that an engine runs as code; and
        BoundExceeded where the check takes too long.
        """
        if _CODE.search(_ESCAPE.sub(_unescape, text)):
            raise Refused(
                "bif:, sql: and java: functions would run code in the engine: use SPARQL's own"
            )
        try:
            parsed = self._parse(text)
        except UnknownGraph:  # it parses, and names graphs: an empty store has none
            with self._splitting:  # the tokens of a long text take much memory
                text, graphs = split_from_clauses(text, list_tokens(text), {})
            if not (default or named):
                default = tuple(graph for graph, is_named in graphs if not is_named)
                named = tuple(graph for graph, is_named in graphs if is_named)
            parsed = None
        if not parsed or _FROM.search(text):
            parsed = self._parse_without_from(text)
        return OutgoingQuery(self._name_columns(text, parsed), _FORMS[parsed.kind], default, named)

    def _name_columns(self, text: str, parsed: Answer) -> str:
        """Return the query with the columns of its SELECT * named: some engines sort them."""
        if parsed.kind != "solutions" or "*" not in text:
            return text
        columns = sorted(json.loads(parsed.body)["head"]["vars"])
        with self._splitting:
            return name_columns(text, columns) or text

    def _parse(self, text: str) -> Answer:
        """Return the answer that `text` has on an empty store."""
        return self._pool.answer(QueryRequest(text, PAGE, PAGE, shown=0))

    def _parse_without_from(self, text: str) -> Answer:
        """Return the answer; raises QuerySyntaxError where a FROM clause is left."""
        try:
            return self._parse(rename_keyword(text, _FROM))
        except QuerySyntaxError as error:
            if error.line is None:  # it parses, and calls a function that is defined nowhere
                raise
            message = "FROM clauses not recognized: put them before the brace, with spaces around"
            raise QuerySyntaxError(message) from error

"""An engine elsewhere that speaks SPARQL 1.1, asked as the one at hand is and bounded as it is."""

from __future__ import annotations

import io
import json
import logging
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlencode
from uuid import uuid4

import pyoxigraph as ox

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
from diplograph.core.settings import REMOTE_QUERIES_AT_ONCE, REMOTE_RECORD_SECONDS
from diplograph.pool.pool import Pool
from diplograph.remote.http import Connection, Credentials, Reply, read_address
from diplograph.remote.record import (
    EMPTY_GRAPH,
    UNION_GRAPH,
    UploadRecord,
    list_loaded_graphs,
    read_upload_record,
)
from diplograph.sparql.check import name_graphs, read_tokens, rename_keyword
from diplograph.store.build_files import FINDINGS, GRAPH, RECORD, make_record
from diplograph.store.engine import answer_from
from diplograph.store.interface import MEBIBYTE, PAGE, UNION, Answer, QueryBounds, QueryRequest

FORM = "application/x-www-form-urlencoded"
JSON = "application/sparql-results+json"
NTRIPLES = "application/n-triples"

# By media type; Virtuoso says text/ntriples or text/plain, older engines know no N-Triples.
_STATEMENTS = {
    NTRIPLES: ox.RdfFormat.N_TRIPLES,
    "text/plain": ox.RdfFormat.N_TRIPLES,
    "text/ntriples": ox.RdfFormat.N_TRIPLES,
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/x-turtle": ox.RdfFormat.TURTLE,
}
_SOLUTIONS = {JSON, "application/json", "application/x-json+sparql"}
_GRAPHS = {"CONSTRUCT", "DESCRIBE"}
_ACCEPT = {False: JSON, True: f"{NTRIPLES}, text/turtle;q=0.5"}

_YES, _NO = b'{"head":{},"boolean":true}', b'{"head":{},"boolean":false}'
# Virtuoso answers an ASK by a table of one column: one row for yes, none or a zero for no.
_ASKED = re.compile(rb'"vars"\s*:\s*\[\s*"__ASK_RETVAL"')
_ASKED_YES = re.compile(rb'"__ASK_RETVAL"\s*:\s*\{[^{}]*"value"\s*:\s*"1"')
_VARIABLE = re.compile(r"\?(\w+)")
_LATE, _MISMATCH = {408, 504}, {400, 422}

Results = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples


@dataclass(frozen=True)
class ReceivedBody:
    """A reply with a result in it, and the form of the query that it answers."""

    reply: Reply
    form: str
    url: str
    most: int

    def read(self) -> Results:
        """Return the result, from its beginning.

        Raises EngineFault where it is none, and BoundExceeded past `most` rows or statements,
        before more of them are held.
        """
        try:
            if self.form in _GRAPHS:
                return _read_statements(self.reply, self.most)
            return _read_solutions(self.reply, self.form, self.most)
        except (SyntaxError, ValueError) as error:  # its frames hold results of this thread's
            raise unreadable(self.url) from error.with_traceback(None)


class RemoteClient:
    """Asks one query endpoint; `seconds` and `mebibytes` bound each reply."""

    def __init__(self, connection: Connection, url: str, seconds: float, mebibytes: int):
        self.url, self._connection = url, connection
        self._seconds, self._mebibytes = seconds, mebibytes

    def select(self, text: str) -> list[ox.QuerySolution]:
        """Return the rows of a SELECT of our own, every column filled; raises what `ask` raises."""
        wanted = set(_VARIABLE.findall(text.partition("{")[0]))
        try:
            results = self.ask(text, "SELECT").read()
            rows = list(results)
        except (SyntaxError, ValueError) as error:  # its frames hold results of this thread's
            raise unreadable(self.url) from error.with_traceback(None)
        found = {variable.value for variable in results.variables}
        if wanted - found or any(None in tuple(row) for row in rows):
            raise unreadable(self.url)
        return rows

    def count(self, graph: str) -> int:
        """Return how many statements the named graph holds; 0 where there is none."""
        text = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
        numbers = [row["n"].value for row in self.select(text)]
        if not all(number.isdecimal() for number in numbers):
            raise unreadable(self.url)
        return sum(map(int, numbers))

    def ask(
        self,
        text: str,
        form: str,
        default: Iterable[str] = (),
        named: Iterable[str] = (),
        rows: int = QueryBounds.rows,
    ) -> ReceivedBody:
        """Return the reply, read whole, to the query `text` of that form, asked by POST.

        `default` and `named` are the dataset, SPARQL 1.1 Protocol, section 2.1.4; without either
        it is the engine's own, or the query's. `rows` bounds what is read of it. Raises
        EngineFault, QuerySyntaxError for what the engine does not take, and BoundExceeded.
        """
        fields = [("query", text)]
        fields += [("default-graph-uri", name) for name in default]
        fields += [("named-graph-uri", name) for name in named]
        statements = form in _GRAPHS
        reply = self._connection.send(
            "POST",
            self.url,
            body=urlencode(fields).encode(),
            headers={"Content-Type": FORM, "Accept": _ACCEPT[statements]},
            seconds=self._seconds,
            mebibytes=self._mebibytes,
        )
        self._check(reply, _STATEMENTS if statements else _SOLUTIONS)
        return ReceivedBody(reply, form, self.url, rows)

    def _check(self, reply: Reply, types: Iterable[str]) -> None:
        """Raise what the status and the headers of a reply mean."""
        status = reply.status
        if status in _MISMATCH:
            raise QuerySyntaxError(f"the engine does not take this query: {_said(reply)}")
        if status in _LATE:
            message = f"the engine gave the query up as too long: {_said(reply)}"
            raise BoundExceeded(message, bound="time")
        if status >= 500:
            message = f"the engine could not answer this query: {_said(reply)}"
            raise BoundExceeded(message, bound="worker")
        if status != 200 or reply.media_type not in types:
            shown = reply.media_type or "no media type"
            raise EngineFault(f"{self.url} is no SPARQL endpoint: it answers {status}, {shown}")
        # Virtuoso sends what it has found so far where its time or its rows are at an end.
        if "x-sql-state" in reply.headers:
            message = "the engine stopped at its own time and gave a part of the result"
            raise BoundExceeded(message, bound="time")


def unreadable(url: str) -> EngineFault:
    """Return the error for a reply that is not what its media type says."""
    return EngineFault(f"{url} gave a reply that cannot be read as what it says to be")


def cut_short() -> BoundExceeded:
    """Return the error for a part of a result, which an engine gives for the whole of it."""
    message = "the engine cuts a result at its own number of rows: add a LIMIT or ask for fewer"
    return BoundExceeded(message, bound="rows")


def _said(reply: Reply) -> str:
    return reply.message or "it says no more"


def _read_solutions(reply: Reply, form: str, most: int) -> ox.QuerySolutions | ox.QueryBoolean:
    body = reply.body
    if form == "ASK" and _ASKED.search(body):
        body = _YES if _ASKED_YES.search(body) else _NO
    cut = reply.headers.get("x-sparql-maxrows", "")  # Virtuoso's, where it may have cut
    if form == "SELECT":
        rows = _count_rows(body, most)
        _refuse_more(rows, most)
        if cut.isdecimal() and rows >= int(cut):
            raise cut_short()
    results = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    if isinstance(results, ox.QueryBoolean) != (form == "ASK"):
        raise ValueError("a result of another kind than the query's")
    return results


def _count_rows(body: bytes, most: int) -> int:
    rows = ox.parse_query_results(body, format=ox.QueryResultsFormat.JSON)
    return _count(rows, most) if isinstance(rows, ox.QuerySolutions) else 0


def _count(found: Iterable, most: int) -> int:
    """Return how many there are, one read after the other, and no further than past `most`."""
    return sum(1 for _ in islice(found, most + 1))


def _refuse_more(number: int, most: int) -> None:
    """Raise BoundExceeded past `most`, from a frame that holds no results of this thread's."""
    if number > most:
        raise BoundExceeded(
            f"the engine's reply has more than the {most:,} rows one answer may have;"
            " add a LIMIT or a narrower pattern",
            bound="rows",
        )


def _read_statements(reply: Reply, most: int) -> ox.QueryTriples:
    """Return the statements; only a store of Oxigraph's makes a result of its kind of them."""
    store, form = ox.Store(), _STATEMENTS[reply.media_type]
    _refuse_more(_count(ox.parse(reply.body, format=form), most), most)
    store.load(io.BytesIO(reply.body), format=form)
    return store.query("CONSTRUCT WHERE { ?s ?p ?o }")


# On an empty store a query that is not made to be long takes a millisecond.
EXAMINED = QueryBounds(seconds=3.0, memory_mebibytes=256)
_EMPTY = {GRAPH: "", FINDINGS: "[]", RECORD: json.dumps(make_record(b"", b"[]"))}

# Names that Virtuoso (bif, sql) and Jena (java) run as code, wherever they stand.
_CODE = re.compile(r"<\s*(?:bif|sql|java):", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U000([0-9A-Fa-f]{5})")
_FROM = re.compile("from", re.IGNORECASE | re.ASCII)
# By the kind of its result; what DESCRIBE gives comes as what CONSTRUCT gives does.
_FORMS = {"solutions": "SELECT", "boolean": "ASK", "statements": "CONSTRUCT"}


@dataclass(frozen=True)
class Outgoing:
    """A query that may go out: without FROM clauses, its form, and the graphs of its dataset."""

    text: str
    form: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


class Examiner:
    """Decides what may go out; safe to call from many threads at once.

    A text is parsed in worker processes over an empty store, since to parse one, and to look for
    its mistake, may take for ever: there it can be stopped.
    """

    def __init__(self, bounds: QueryBounds | None = None):
        """Start the workers; raises DiplographError where they cannot be."""
        self._folder, self._splitting = TemporaryDirectory(prefix="diplograph-"), threading.Lock()
        for name, text in _EMPTY.items():
            (Path(self._folder.name) / name).write_text(text, encoding="utf-8")
        try:
            self._pool = Pool(Path(self._folder.name), bounds=bounds or EXAMINED)
        except BaseException:
            self._folder.cleanup()
            raise

    def close(self) -> None:
        """End the workers; a second call does nothing."""
        self._pool.close()
        self._folder.cleanup()

    def prepare(
        self,
        text: str,
        default: Iterable[str] = (),
        named: Iterable[str] = (),
    ) -> Outgoing:
        """Return the query `text` as it may go out.

        Its dataset is `default` and `named`, or where neither says anything that of its FROM
        clauses (SPARQL 1.1 Protocol, section 2.1.4). Raises QuerySyntaxError, also for a function
        that SPARQL does not have; Refused for an update, SERVICE, and names that an engine runs as
        code; and BoundExceeded where it is not known soon.
        """
        if _CODE.search(_ESCAPE.sub(_character, text)):
            raise Refused(
                "bif:, sql: and java: would run code in the engine: use SPARQL's functions"
            )
        default, named, own = tuple(default), tuple(named), ((), ())
        try:
            kind = self._examine(text)
        except UnknownGraph:  # it parses, and names graphs: an empty store has none
            with self._splitting:  # each token of a long text is held meanwhile
                text, own = _split_dataset(text)
            kind = ""
        if not kind or _FROM.search(text):
            kind = self._examine_without_from(text)
        default, named = (default, named) if default or named else own
        return Outgoing(text, _FORMS[kind], default, named)

    def _examine(self, text: str) -> str:
        """Return the kind of the result that `text` has."""
        return self._pool.answer(QueryRequest(text, PAGE, PAGE, shown=0)).kind

    def _examine_without_from(self, text: str) -> str:
        """Return the kind of the result; raises QuerySyntaxError where a FROM clause is left."""
        try:
            return self._examine(rename_keyword(text, _FROM))
        except QuerySyntaxError as error:
            if error.line is None:  # it parses, and calls a function that is not there
                raise
            message = "its FROM clauses cannot be told apart: put them before the brace, spaced"
            raise QuerySyntaxError(message) from error


def _split_dataset(text: str) -> tuple[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the text without its FROM clauses, and the default and the named graphs they name.

    The parser is asked afterwards whether any is left: what is not seen here is refused.
    """
    tokens = [each for each in read_tokens(text) if each.lastgroup != "space"]
    graphs, places, kept = ([], []), name_graphs(tokens, {}), []
    end = 0
    for position, token in enumerate(tokens[:-1]):
        if token.lastgroup != "word" or token.group().upper() != "FROM":
            continue
        is_named = tokens[position + 1].group().upper() == "NAMED"
        last = tokens[min(position + 1 + is_named, len(tokens) - 1)]
        name = next(places, None)
        if name is None or last.lastgroup not in {"iri", "name"}:
            break
        graphs[is_named].append(name)
        kept += [text[end : token.start()], " "]
        end = last.end()
    kept.append(text[end:])
    return "".join(kept), (tuple(graphs[0]), tuple(graphs[1]))


def _character(match: re.Match) -> str:
    return chr(min(int(match[1] or match[2], 16), 0x10FFFF))


_LOGGER = logging.getLogger(__name__)

# A reply has at most `result_mebibytes`, so those of all lanes, 512 MiB, are the most that is held
# of what the engine sends. Written as what is asked for they need several times that, so larger
# ones than this, in bytes, are written one at a time.
_LARGE = MEBIBYTE

_TORN = "a build is being loaded into the engine, or a push broke off: run diplograph push again"


def open_engine(url: str, bounds: QueryBounds | None = None) -> RemoteEngine:
    """Return the engine at `url`, `sparql+http://host/query`, reached and found to hold a build.

    Credentials come from the environment alone. Raises UsageError for an address that is none,
    and EngineFault where no SPARQL endpoint answers there, or no graph of ours is whole there.
    """
    return RemoteEngine(url, bounds)


@dataclass(frozen=True)
class _Held:
    """What the engine was seen to hold: the record of a build, its graphs, a name for both."""

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


class RemoteEngine:
    """Answers from an engine elsewhere; safe to call from many threads at once.

    `digest` is the build's that a push recorded there, read again every `refresh` seconds. Where
    none is recorded it is a name that no other look has, so that what is cached under it ends soon.
    """

    def __init__(
        self,
        url: str,
        bounds: QueryBounds | None = None,
        *,
        at_once: int = REMOTE_QUERIES_AT_ONCE,
        refresh: float = REMOTE_RECORD_SECONDS,
        credentials: Credentials | None = None,
    ):
        """Reach the engine and read what it holds; raises what `open_engine` raises."""
        self.url, self.bounds = read_address(url), bounds or QueryBounds()
        self._connection = Connection(credentials, at_once=at_once)
        seconds, mebibytes = self.bounds.seconds, self.bounds.result_mebibytes
        self._asking = RemoteClient(self._connection, self.url, seconds, mebibytes)
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

    def answer(self, asked: QueryRequest, client: str = "") -> Answer:
        """Return the complete answer, bounded in time, rows and bytes.

        Raises what Store.query raises and NotAcceptable; EngineFault where the engine is not
        reached; BoundExceeded also where too many queries wait, or too many of one client.
        """
        held = self._held
        with self._lane(client):
            try:
                answer = self._answer(_as_query(asked, held), held)
            except EngineFault as error:  # whoever asks is not to learn where the engine is
                _LOGGER.error("%s", error)
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

    def _answer(self, asked: QueryRequest, held: _Held) -> Answer:
        """Return the answer to a query, whose reply is whole before anything is made of it.

        Engines differ in what a query without a dataset is asked of, and take a half that is not
        named for all they have. So both halves are always named, if by a graph without statements;
        by itself the default graph is the union of all graphs of ours but the shapes.
        """
        graphs = asked.default_graphs, asked.named_graphs
        query = self._examiner.prepare(asked.text, *graphs)
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
        record = read_upload_record(self._asking.select)
        graphs = record.graphs if record.present else list_loaded_graphs(self._asking.select)
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

    def __init__(self, received: ReceivedBody):
        self._received = received

    def query(
        self,
        text: str,
        *,
        default_graphs: Iterable[str],
        named_graphs: Iterable[str],
        services: Sequence[str],
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


def _as_query(asked: QueryRequest, held: _Held) -> QueryRequest:
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

"""One query to an engine elsewhere by SPARQL 1.1 Protocol, and its result as Oxigraph's own."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from urllib.parse import urlencode

import pyoxigraph as ox

from diplograph.core.errors import BoundExceeded, EngineFault, QuerySyntaxError
from diplograph.store.connection import Connection, Reply
from diplograph.store.engine import Bounds

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
class Received:
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


class Asking:
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
        rows: int = Bounds.rows,
    ) -> Received:
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
        return Received(reply, form, self.url, rows)

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
    return reply.said or "it says no more"


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

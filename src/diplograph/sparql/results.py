"""Write the result of a query in one of its formats, and count its rows."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice

import pyoxigraph as ox

from diplograph.core.errors import BoundExceeded
from diplograph.core.formats import RESULTS, choose_format
from diplograph.core.serialization import (
    CARRIAGE_RETURN,
    IMPLICIT_DATATYPES,
    find_xml_illegal,
    refuse,
    say_illegal,
    write_csv_rows,
    write_statements,
)
from diplograph.core.settings import MEBIBYTE

# Statements are Oxigraph's own, or an iterator of them.
QueryResults = ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples | Iterator[ox.Triple]

_CSV_BATCH = 500  # rows
_WORD_BREAK = re.compile(r"(?<=[a-z])(?=[A-Z])|_")
# The heads of columns whose variable alone does not say what they hold.
_HEADS = {
    "agendaOf": "Agenda of",
    "as": "Expected or discussed",
    "by": "Imposed by",
    "datesFrom": "Date given for",
    "earliest": "First possible day",
    "firmness": "How sure",
    "falls": "Certain or possible",
    "how": "Connection",
    "known": "Place known as",
    "lastHeardOf": "Last mentioned",
    "latest": "Last possible day",
    "leads": "Leads to",
    "movedFrom": "Earlier date",
    "movedTo": "New date",
    "next": "Leads to",
    "on": "Target",
    "one": "First party",
    "onePassage": "Source of the first",
    "other": "Second party",
    "otherPassage": "Source of the second",
    "over": "Reason",
    "part": "Kind of date",
    "passage": "Source",
    "restsOn": "Based on",
    "standing": "Status",
    "stands": "Status",
    "was": "Earlier fact",
    "words": "In the report's words",
}
_PLAIN_TERMS = (ox.NamedNode, ox.Literal)
# The end of a JSON row and the begin of the next; or, where a row is empty or a text ends in the
# same characters, something that looks like it: inside a text quotes are escaped, and the quote
# that ends a text is followed by a comma or a bracket.
_JSON_ROW = re.compile(rb'\},\{(?:"[^,}]|"|\})')
_JSON_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')


class ResultBuffer:
    """The bytes of one result, of at most `mebibytes`; `holder` names it in the error's text."""

    def __init__(self, mebibytes: int | None = None, holder: str = "one answer"):
        self._file, self._holder, self._mebibytes = io.BytesIO(), holder, mebibytes
        self._left = float("inf") if mebibytes is None else mebibytes * MEBIBYTE

    @property
    def body(self) -> bytes:
        """What was written, without a copy."""
        return self._file.getvalue()

    def write(self, part: bytes) -> int:
        """Append `part`; raises BoundExceeded past the limit."""
        self._shrink(len(part))
        return self._file.write(part)

    def replace(self, old: bytes, new: bytes) -> None:
        """Put `new` for each `old` in what was written; raises BoundExceeded past the limit."""
        number = self.body.count(old)
        if number:
            self._shrink(number * (len(new) - len(old)))
            self._file = io.BytesIO(self.body.replace(old, new))

    def flush(self) -> None:
        """Do nothing; a serializer calls it at its end."""

    def _shrink(self, length: int) -> None:
        """Take `length` bytes from what is left."""
        self._left -= length
        if self._left < 0:
            raise BoundExceeded(
                f"the result is larger than the {self._mebibytes} MiB {self._holder} may have;"
                " add a LIMIT or ask for fewer columns",
                bound="bytes",
            )


def write_results(
    results: QueryResults, name: str, buffer: ResultBuffer | None = None
) -> tuple[bytes, int | None]:
    """Return the result of a query in the format called `name`, and the number of its rows.

    `name` is in formats.RESULTS, or in STATEMENTS for statements, which are sorted and without
    duplicates. A boolean has no rows: None. Raises UsageError for a format that cannot carry this
    kind of result, NotExpressible for statements as `serialize` does and for rows in XML with a
    character that XML cannot hold, and what `buffer` raises.
    """
    buffer = buffer or ResultBuffer()
    if not isinstance(results, ox.QuerySolutions | ox.QueryBoolean):
        statements = set(results)
        buffer.write(write_statements(statements, name))
        return buffer.body, len(statements)
    form = choose_format(RESULTS, name)
    if form.name == "csv" and isinstance(results, ox.QuerySolutions):
        rows = _write_csv(results, buffer)
        return buffer.body, rows
    results.serialize(buffer, format=form.serializer)
    if form.name == "xml":
        _require_legal(buffer.body)
        buffer.replace(b"\r", CARRIAGE_RETURN)
    if isinstance(results, ox.QueryBoolean):
        return buffer.body, None
    return buffer.body, _count_rows(buffer.body, form.name)


def write_result_page(
    results: QueryResults,
    most: int,
    buffer: ResultBuffer,
    counted: int | None = None,
    skipped: int = 0,
) -> tuple[bytes, int | None]:
    """Return `most` rows in JSON, or statements in N-Triples, and how many there are in all.

    The first `skipped` ones are counted and not written. A boolean is written whole, and has no
    number: None. Rows are counted up to `counted`.
    """
    if isinstance(results, ox.QueryBoolean):
        return write_results(results, "json", buffer)
    if not hasattr(results, "variables"):
        lines = write_statements(results, "ntriples").splitlines(keepends=True)
        buffer.write(b"".join(lines[skipped : skipped + most]))
        return buffer.body, len(lines)
    names, total = [variable.value for variable in results.variables], 0
    buffer.write(b'{"head":%s,"results":{"bindings":[' % json.dumps({"vars": names}).encode())
    for total, solution in enumerate(islice(results, counted), start=1):
        if skipped < total <= skipped + most:
            terms = {name: solution[name] for name in names}
            bound = {name: _json_term(term) for name, term in terms.items() if term is not None}
            buffer.write(
                b"," * (total > skipped + 1) + json.dumps(bound, ensure_ascii=False).encode()
            )
    buffer.write(b"]}}")
    return buffer.body, total


def _require_legal(body: bytes) -> None:
    """Raise NotExpressible for a character that XML cannot hold, with its variable and row."""
    place = find_xml_illegal(body)
    if place is None:
        return
    before = body[:place]
    character = say_illegal(body[place : place + 3].decode(errors="ignore"))
    variable = before.rpartition(b'<binding name="')[2].partition(b'"')[0].decode()
    where = f"which is in ?{variable} of row {before.count(b'<result>'):,}"
    raise refuse(RESULTS["xml"], f"{character}, {where}", RESULTS.values())


def _write_csv(solutions: ox.QuerySolutions, buffer: ResultBuffer) -> int:
    """Write CSV, return the number of rows; Oxigraph's writer leaves commas in IRIs unquoted."""
    buffer.write(write_csv_rows([[variable.value for variable in solutions.variables]]))
    rows, number = ([_csv_value(term) for term in solution] for solution in solutions), 0
    while batch := list(islice(rows, _CSV_BATCH)):
        buffer.write(write_csv_rows(batch))
        number += len(batch)
    return number


def _csv_value(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None) -> str:
    if term is None:
        return ""
    return term.value if isinstance(term, _PLAIN_TERMS) else str(term)


def _json_term(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> dict:
    """Return a term as SPARQL 1.1 Query Results JSON has it, a triple as SPARQL 1.2 does."""
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Triple):
        parts = zip(("subject", "predicate", "object"), term, strict=True)
        return {"type": "triple", "value": {name: _json_term(part) for name, part in parts}}
    literal = {"type": "literal", "value": term.value}
    if term.language:
        return {**literal, "xml:lang": term.language}
    datatype = term.datatype.value
    return literal if datatype in IMPLICIT_DATATYPES else {**literal, "datatype": datatype}


def _count_rows(body: bytes, name: str) -> int:
    """Return the number of rows in `body`, JSON, XML or TSV of Oxigraph's writers.

    Writing in Python would cost more than the query, so the marks between rows are counted; JSON
    needs a second look where a row is empty or a text looks like the end of a row.
    """
    if name == "xml":
        return body.count(b"<result>")
    if name == "tsv":
        return body.count(b"\n") - 1
    start = body.index(b'"bindings":[') + 12  # a name has no bare quote before it
    if body.startswith(b"]", start):
        return 0
    rows = _JSON_ROW.findall(body, start)
    if body.startswith(b"{}", start) or any(len(mark) != 5 for mark in rows):
        without_texts = _JSON_TEXT.sub(b"", body)
        return without_texts.count(b"[{") + without_texts.count(b",{")
    return 1 + len(rows)


def pair_labels(names: Iterable[str]) -> dict[str, str]:
    """Return the column of things by that of their labels: x by xLabel, where both are there."""
    columns = list(names)
    return {f"{name}Label": name for name in columns if f"{name}Label" in columns}


def head_columns(names: Iterable[str]) -> dict[str, str]:
    """Return the head of each column by name: without x where there is xLabel, which is headed x.

    A label may be bound where the thing is not.
    """
    columns = list(names)
    things = pair_labels(columns)
    return {
        name: write_head(things.get(name, name)) for name in columns if name not in things.values()
    }


def write_head(name: str) -> str:
    """Return the head of a column for people: `decidedBy` as "Decided by", `latest` in words."""
    return _HEADS.get(name) or split_words(name)


def split_words(name: str) -> str:
    """Return the name of a variable as words: `eventCount` and `event_count` as "Event count"."""
    words = _WORD_BREAK.sub(" ", name).strip()
    return words if words.isupper() else words[:1].upper() + words[1:].lower()

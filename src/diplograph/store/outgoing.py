"""What a query is made into before another engine gets it: its dataset apart, and no way out.

Another engine may do more with a query than the one at hand, which reads graphs of its own and
nothing else: Virtuoso 7.2 fetches any address for `<bif:http_get>(?url)`, others load what FROM
names, and Virtuoso adds the dataset of the request to the query's where the request's should stand
alone. So functions are those of SPARQL, and FROM clauses become the dataset of the request.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from diplograph.core.errors import QuerySyntaxError, Refused, UnknownGraph
from diplograph.store.engine import PAGE, Asked, Bounds
from diplograph.store.inspection import name_graphs
from diplograph.store.muting import mute
from diplograph.store.pool import Pool
from diplograph.store.tokens import read_tokens

# On an empty store a query that is not made to be long takes a millisecond.
EXAMINED = Bounds(seconds=3.0, memory_mebibytes=256)
_EMPTY = {"graph.nq": "", "findings.json": "[]", "build.json": json.dumps({"content": ""})}

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

    def __init__(self, bounds: Bounds | None = None):
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
        sparql12: bool = False,
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
            kind = self._examine(text, sparql12)
        except UnknownGraph:  # it parses, and names graphs: an empty store has none
            with self._splitting:  # each token of a long text is held meanwhile
                text, own = _split_dataset(text)
            kind = ""
        if not kind or _FROM.search(text):
            kind = self._examine_without_from(text, sparql12)
        default, named = (default, named) if default or named else own
        return Outgoing(text, _FORMS[kind], default, named)

    def _examine(self, text: str, sparql12: bool) -> str:
        """Return the kind of the result that `text` has."""
        return self._pool.answer(Asked(text, PAGE, PAGE, shown=0, sparql12=sparql12)).kind

    def _examine_without_from(self, text: str, sparql12: bool) -> str:
        """Return the kind of the result; raises QuerySyntaxError where a FROM clause is left."""
        try:
            return self._examine(mute(text, _FROM), sparql12)
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

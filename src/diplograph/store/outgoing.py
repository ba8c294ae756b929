"""What a query is made into before another engine gets it: its dataset apart, and no way out.

Another engine may do more with a query than the one at hand, which reads graphs of its own and
nothing else: Virtuoso 7.2 fetches any address for `<bif:http_get>(?url)`, others load what FROM
names, and Virtuoso adds the dataset of the request to the query's where the request's should stand
alone. So functions are those of SPARQL, and FROM clauses become the dataset of the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from diplograph.errors import QuerySyntaxError, Refused
from diplograph.store.inspection import Inspected, examine
from diplograph.store.muting import mute
from diplograph.store.tokens import read_tokens

# Names that Virtuoso (bif, sql) and Jena (java) run as code, wherever they stand.
_CODE = re.compile(r"<\s*(?:bif|sql|java):", re.IGNORECASE)
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U000([0-9A-Fa-f]{5})")
_FROM = re.compile("from", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True)
class Outgoing:
    """A query that may go out: without FROM clauses, its form, and the graphs of its dataset."""

    text: str
    form: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()


def prepare(
    text: str, default: Iterable[str] = (), named: Iterable[str] = (), sparql12: bool = False
) -> Outgoing:
    """Return the query `text` as it may go out.

    Its dataset is `default` and `named`, or where neither says anything that of its FROM clauses
    (SPARQL 1.1 Protocol, section 2.1.4). Raises QuerySyntaxError, also for a function that SPARQL
    does not have, and Refused for an update, SERVICE, and names that an engine runs as code.
    """
    examined = examine(text, sparql12=sparql12)
    if _CODE.search(_ESCAPE.sub(_character, text)):
        raise Refused("bif:, sql: and java: would run code in the engine: use SPARQL's functions")
    default, named = tuple(default), tuple(named)
    if _FROM.search(text):
        text, own = _split_dataset(text, examined)
        default, named = (default, named) if default or named else own
    try:
        ox.Store().query(mute(text, _FROM))
    except SyntaxError as error:
        message = "its FROM clauses cannot be told apart: put them before the first brace, spaced"
        raise QuerySyntaxError(message) from error
    except RuntimeError as error:
        raise QuerySyntaxError(str(error)) from error
    return Outgoing(text, examined.form, default, named)


def _split_dataset(
    text: str, examined: Inspected
) -> tuple[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Return the text without its FROM clauses, and the default and the named graphs they name.

    The parser is asked afterwards whether any is left: what is not seen here is refused.
    """
    graphs, places, kept = ([], []), iter(examined.graphs), []
    tokens = [each for each in read_tokens(text) if each.lastgroup != "space"]
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

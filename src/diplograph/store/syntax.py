"""Where a query stops making sense, in words: what the parsers know, put so that a person can act.

Oxigraph names the furthest place that any of its rules reached, often well past the mistake (on
`?x a:b ?y ?z a:c ?w` it names the end, RDFLib the second triple). RDFLib names the beginning of
the element that cannot be read. So the place is RDFLib's where it refuses too, else Oxigraph's.
"""

from __future__ import annotations

import re

from diplograph.core.errors import QuerySyntaxError

_POSITION = re.compile(r"^error at (\d+):(\d+): expected (?:one of )?", re.DOTALL)
_SHOWN = 40


def explain(error: SyntaxError, text: str) -> QuerySyntaxError:
    """Return Oxigraph's `error` on the query `text` with a place and words a person can use."""
    said = str(error)
    found = _POSITION.match(said)
    expected = _POSITION.sub("", said).strip()
    place = (int(found[1]), int(found[2])) if found else None
    sentences = [each for each in expected.split(", ") if re.fullmatch(r"[A-Z][\w-]* [\w ]+", each)]
    if sentences:
        return at(text, place, sentences[0])
    if not text.strip():
        return at(text, place, "the query is empty")
    place = _first_element(text) or place
    return at(text, place, f"the query cannot be read from here on{_rest(text, place)}")


def at(text: str, place: tuple[int, int] | None, message: str) -> QuerySyntaxError:
    """Return the error with its place, never past the last character of `text`."""
    if place is None:
        return QuerySyntaxError(message)
    lines = text.split("\n")
    line = min(place[0], len(lines))
    column = min(place[1], len(lines[line - 1]) + 1)
    return QuerySyntaxError(message, line=line, column=column)


def _first_element(text: str) -> tuple[int, int] | None:
    """Return line and column of the first element that RDFLib cannot read, None if it can all."""
    from pyparsing import ParseException
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        parseQuery(text)
    except ParseException as error:
        return error.lineno, error.col
    except (RecursionError, ValueError, OverflowError):  # `\UFFFFFFFF` is no character
        return None
    return None


def _rest(text: str, place: tuple[int, int] | None) -> str:
    if place is None:
        return ""
    lines = text.split("\n")
    rest = " ".join("\n".join(lines[place[0] - 1 :])[place[1] - 1 :].split())
    if not rest:
        return "; something is missing, or stands twice"
    return f": {rest if len(rest) <= _SHOWN else rest[:_SHOWN] + '…'}"

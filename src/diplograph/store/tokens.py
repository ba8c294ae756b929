"""The words of a query, and how deep its parse may be: what is known before a parser sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from heapq import heappop, heappush

from diplograph.core.errors import QuerySyntaxError
from diplograph.store.syntax import at

# The grammar of SPARQL 1.1, section 19.8, as far as it takes to tell words from quoted text.
_TOKEN = re.compile(
    r"""
    (?P<space>\s++|\#[^\n\r]*+)
  | (?P<string>\"\"\"(?:[^"\\]|\\.|"(?!""))*+\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*+'''
              |"(?:[^"\\\n\r]|\\.)*+"|'(?:[^'\\\n\r]|\\.)*+')
  | (?P<iri><(?:[^<>"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*+>)
  | (?P<variable>[?$]\w++)
  | (?P<name>(?:[^\W\d_][\w.-]{0,200}+)?:
             (?:(?:[\w:]|\\.|%[0-9A-Fa-f]{2})(?:[\w.:-]|\\.|%[0-9A-Fa-f]{2})*+)?)
  | (?P<language>@[A-Za-z]++(?:-[A-Za-z0-9]++)*+)
  | (?P<number>(?:\d++\.?\d*+|\.\d++)(?:[eE][+-]?\d++)?)
  | (?P<data>\{\s*+[\d.+-][\s\d.eE+-]*+\}|\([\s\d.eE+-]{0,32}+\))
  | (?P<word>[^\W\d_]\w*+)
  | (?P<other>\|\||&&|\^\^|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SURE = re.compile(r"<[A-Za-z][\w+.-]*+://")  # no expression has `//`: an IRI to any reader
_OPERATORS = frozenset(("+", "-", "*", "/", "!", "^", "|", "||", "&&"))
_CLAUSE = re.compile(r"^(?:filter|by)[^:]*+:|(?:filter|as)$", re.IGNORECASE | re.ASCII)
_STEP = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
# Oxigraph 0.5 ends the process, on the usual stack of 8 MB, before 1,000 brackets, and from about
# 2,600 operators in a row (BIND, MINUS, `/`); on a quarter of that stack, from about 650.
DEEPEST, LONGEST = 100, 500


def read_tokens(text: str) -> Iterator[re.Match]:
    """Yield the tokens of `text`; each knows its kind as `lastgroup`."""
    return _TOKEN.finditer(text)


def place_of(text: str, position: int) -> tuple[int, int]:
    """Return the line and column, both from 1, of a position in `text`."""
    before = text[:position]
    return before.count("\n") + 1, position - before.rfind("\n")


def refuse_depth(text: str) -> None:
    """Refuse what would make Oxigraph run out of stack, which ends the process.

    Brackets nest, and so do operators and clauses in a row: `1+1+1` is `(1+1)+1`. Whether a `<`
    begins an IRI depends on all that stands before, so both readings are followed, and where they
    meet again the greater numbers count. Lists (VALUES, IN) are flat, however long.
    Raises QuerySyntaxError at the place where it is too much.
    """
    reached = {0: (0, 0, False)}  # position: operators, open brackets, whether within GROUP BY
    waiting = [0]
    while waiting:
        position = heappop(waiting)
        state = reached.pop(position)
        for end, after in _steps(text, position, state):
            if after[1] > DEEPEST:
                message = f"brackets are nested more than {DEEPEST} deep"
                raise at(text, place_of(text, position), message)
            if after[0] > LONGEST:
                raise _too_long(text, position)
            if end not in reached:
                heappush(waiting, end)
            other = reached.get(end, after)
            reached[end] = tuple(map(max, after, other))


def _too_long(text: str, position: int) -> QuerySyntaxError:
    message = f"more than {LONGEST} operators and clauses; write alternatives as VALUES or IN"
    return at(text, place_of(text, position), message)


def _steps(
    text: str, position: int, state: tuple[int, int, bool]
) -> Iterator[tuple[int, tuple[int, int, bool]]]:
    """Yield where each reading of the next token ends, and its state there."""
    token = _TOKEN.match(text, position)
    if token is None:
        return
    operators, depth, grouping = state
    said, kind = token.group(), token.lastgroup
    if kind == "iri" and not _SURE.match(said):
        yield position + 1, state
    if kind in {"word", "name"}:
        operators += bool(_CLAUSE.search(said))
        grouping = grouping or said.upper().endswith("BY") or said.upper().startswith("BY")
    if kind in {"other", "data"}:
        operators += said in _OPERATORS or said[0] == "{" or (grouping and said[0] == "(")
        depth = max(0, depth + _STEP.get(said, 0))
        grouping = grouping and said[0] != "{"
    yield token.end(), (operators, depth, grouping)

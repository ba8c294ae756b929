"""What a query is, before it is run: its form, what it may not do, and where it does not parse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pyoxigraph as ox

from diplograph.errors import QuerySyntaxError, Refused
from diplograph.store.syntax import at, explain

UPDATES = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
)

# The grammar of SPARQL 1.1, section 19.8, as far as it takes to tell words from quoted text.
_TOKEN = re.compile(
    r"""
    (?P<space>\s+|\#[^\n\r]*)
  | (?P<string>\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\"|'''(?:[^'\\]|\\.|'(?!''))*'''
              |"(?:[^"\\\n\r]|\\.)*"|'(?:[^'\\\n\r]|\\.)*')
  | (?P<iri><[^<>"{}|^`\\\x00-\x20]*>)
  | (?P<variable>[?$]\w+)
  | (?P<name>[^\W\d_][\w.-]*:(?:[\w.:-]|\\.|%[0-9A-Fa-f]{2})*|:(?:[\w.:-]|\\.|%[0-9A-Fa-f]{2})*)
  | (?P<word>[^\W\d_]\w*)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SERVICE = re.compile("service", re.IGNORECASE)
_DEEPEST = 100  # no honest query comes near it; Oxigraph 0.5 ends the process before 1,000
_MUTED = "zervize"  # no keyword begins with it, and it may stand wherever the other may


@dataclass(frozen=True)
class Inspected:
    """A query that parses: its form, and the graphs that its FROM clauses name."""

    form: str
    graphs: tuple[str, ...] = ()


def inspect(text: str, prefixes: Mapping[str, str] | None = None) -> str:
    """Return the form of the query `text`: SELECT, ASK, CONSTRUCT or DESCRIBE.

    Raises QuerySyntaxError, with line and column, where it is no SPARQL 1.1 query, and Refused
    where it is an update or reaches outside with SERVICE.
    """
    return examine(text, prefixes).form


def examine(text: str, prefixes: Mapping[str, str] | None = None) -> Inspected:
    """Return what `inspect` does, with the graphs that the query's FROM clauses name.

    Oxigraph reads SPARQL without a lexer: `SERVICEex:thing{}` calls out, `"SERVICE"` does not, and
    whether a `<` begins an IRI depends on all that stands before. So no second reading of ours
    decides, but the parser itself: with each `service` spelt otherwise, quoted text, IRIs,
    comments and names parse as before, and only the keyword does not. What is run here is that
    text, on an empty store: it cannot reach out.
    """
    tokens = [found for found in _tokens(text) if found.lastgroup != "space"]
    words = _without_prologue(tokens)
    first = words[0].group().upper() if words else ""
    if first in UPDATES:
        raise Refused(f"{first} would change the graph: only queries are answered here")
    _refuse_depth(tokens, text)
    muted = _SERVICE.sub(_MUTED, text)
    try:
        form = _form(ox.Store().query(muted, prefixes=_mute_names(prefixes or {})), first)
    except RuntimeError as error:  # a function that is defined nowhere
        raise QuerySyntaxError(str(error)) from error
    except SyntaxError as error:
        if muted != text and any(map(_calls_out, tokens)):
            message = "SERVICE would reach outside: ask about what is in the graph itself"
            raise Refused(message) from error
        undeclared = _find_undeclared(tokens, text, prefixes or {})
        raise undeclared or explain(error, text) from error
    return Inspected(form, tuple(_graphs(tokens, prefixes or {})))


def _tokens(text: str) -> Iterator[re.Match]:
    return _TOKEN.finditer(text)


def _form(results: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, first: str) -> str:
    if isinstance(results, ox.QueryBoolean):
        return "ASK"
    if isinstance(results, ox.QuerySolutions):
        return "SELECT"
    return "DESCRIBE" if first.startswith("DESCRIBE") else "CONSTRUCT"


def _refuse_depth(tokens: list[re.Match], text: str) -> None:
    """Refuse brackets so deep that Oxigraph's parser would run out of stack and end the process."""
    depth = 0
    for token in tokens:
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(token.group(), 0)
        if depth > _DEEPEST:
            message = f"brackets are nested more than {_DEEPEST} deep"
            raise at(text, _place(text, token), message)


def _place(text: str, token: re.Match) -> tuple[int, int]:
    before = text[: token.start()]
    return before.count("\n") + 1, token.start() - before.rfind("\n")


def _mute_names(prefixes: Mapping[str, str]) -> dict[str, str]:
    return {_SERVICE.sub(_MUTED, name): iri for name, iri in prefixes.items()}


def _calls_out(token: re.Match) -> bool:
    return token.lastgroup in {"word", "name"} and bool(_SERVICE.search(token.group()))


def _without_prologue(tokens: list[re.Match]) -> list[re.Match]:
    """Return the tokens from the query's form on, past BASE and PREFIX declarations."""
    position = 0
    while position < len(tokens):
        word, kind = tokens[position].group().upper(), tokens[position].lastgroup
        if word == "PREFIX":
            position += 3
        elif word in {"BASE", "VERSION"} or (kind == "name" and word.startswith("PREFIX")):
            position += 2
        else:
            break
    return tokens[position:]


def _graphs(tokens: list[re.Match], prefixes: Mapping[str, str]) -> Iterator[str]:
    declared, texts = dict(prefixes), [token.group() for token in tokens]
    for position, token in enumerate(tokens):
        word, rest = texts[position].upper(), texts[position + 1 : position + 3]
        if token.lastgroup == "other" and word == "{":
            return
        if token.lastgroup != "word" or len(rest) < 1:
            continue
        if word == "PREFIX" and len(rest) == 2:
            declared[rest[0].rstrip(":")] = rest[1][1:-1]
        if word == "FROM":
            named = rest[1] if rest[0].upper() == "NAMED" and len(rest) == 2 else rest[0]
            yield _resolve(named, declared)


def _resolve(name: str, prefixes: Mapping[str, str]) -> str:
    if name.startswith("<"):
        return name[1:-1]
    prefix, _, local = name.partition(":")
    return prefixes.get(prefix, f"{prefix}:") + local


def _find_undeclared(
    tokens: list[re.Match], text: str, prefixes: Mapping[str, str]
) -> QuerySyntaxError | None:
    """Return an error at the first name whose prefix the query does not declare, if there is one.

    Oxigraph's own words on it are `expected OPTIONAL`, at the end of the name.
    """
    texts = [token.group() for token in tokens]
    declared = set(prefixes)
    for position, token in enumerate(tokens):
        if token.lastgroup != "name":
            continue
        prefix = texts[position].partition(":")[0]
        if position and texts[position - 1].upper() == "PREFIX":
            declared.add(prefix)
        elif prefix not in declared:
            message = f"the prefix {prefix}: is not declared; add PREFIX {prefix}: <...> on top"
            return at(text, _place(text, token), message)
    return None

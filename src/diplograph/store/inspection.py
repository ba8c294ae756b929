"""What a query is, before it is run: its form, what it may not do, and where it does not parse."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

import pyoxigraph as ox

from diplograph.errors import QuerySyntaxError, Refused
from diplograph.store.syntax import at, explain
from diplograph.store.tokens import place_of, read_tokens, refuse_depth

UPDATES = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
)

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
_SERVICE = re.compile("service", re.IGNORECASE)
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
    text, on an empty store: it cannot reach out. An ASK and what it asks for are evaluated there;
    a function that nobody defined is left for the store to name, from the text as it was written.
    """
    tokens = [found for found in read_tokens(text) if found.lastgroup != "space"]
    words = _without_prologue(tokens)
    first = words[0].group().upper() if words else ""
    if first in UPDATES:
        raise Refused(f"{first} would change the graph: only queries are answered here")
    refuse_depth(text)
    muted = _SERVICE.sub(_MUTED, text)
    try:
        form = _form(ox.Store().query(muted, prefixes=_mute_names(prefixes or {})), first)
    except RuntimeError:  # a function that is defined nowhere
        form = _named_form(first)
    except SyntaxError as error:
        if muted != text and any(map(_calls_out, tokens)):
            message = "SERVICE would reach outside: ask about what is in the graph itself"
            raise Refused(message) from error
        undeclared = _find_undeclared(tokens, text, prefixes or {})
        raise undeclared or explain(error, text) from error
    return Inspected(form, tuple(_graphs(tokens, prefixes or {})))


def _form(results: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, first: str) -> str:
    if isinstance(results, ox.QueryBoolean):
        return "ASK"
    if isinstance(results, ox.QuerySolutions):
        return "SELECT"
    return "DESCRIBE" if first.startswith("DESCRIBE") else "CONSTRUCT"


def _named_form(first: str) -> str:
    return next((form for form in FORMS if first.startswith(form)), "SELECT")


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
    """Yield the IRIs that FROM clauses name, as BASE and PREFIX before them have it."""
    declared, texts, base = dict(prefixes), [token.group() for token in tokens], ""
    for position, token in enumerate(tokens):
        word, rest = texts[position].upper(), texts[position + 1 : position + 3]
        if token.lastgroup in {"other", "data"} and word.startswith("{"):
            return
        if token.lastgroup != "word" or len(rest) < 1:
            continue
        if word == "BASE":
            base = _resolve(rest[0], declared, base)
        if word == "PREFIX" and len(rest) == 2:
            declared[rest[0].rstrip(":")] = _resolve(rest[1], declared, base)
        if word == "FROM":
            named = rest[1] if rest[0].upper() == "NAMED" and len(rest) == 2 else rest[0]
            yield _resolve(named, declared, base)


def _resolve(name: str, prefixes: Mapping[str, str], base: str) -> str:
    if name.startswith("<"):
        iri = _ESCAPE.sub(_character, name[1:-1])
        return urljoin(base, iri) if base else iri
    prefix, _, local = name.partition(":")
    return prefixes.get(prefix, f"{prefix}:") + re.sub(r"\\(.)", r"\1", local)


def _character(escape: re.Match) -> str:
    return chr(int(escape[1] or escape[2], 16))


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
            return at(text, place_of(text, token.start()), message)
    return None

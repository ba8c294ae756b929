"""What a query is, before it is run: its form, what it may not do, and where it does not parse."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urljoin

import pyoxigraph as ox

from diplograph.core.errors import QuerySyntaxError, Refused
from diplograph.core.names import ROOT
from diplograph.store.federation import name_services
from diplograph.store.gate import is_shallow
from diplograph.store.muting import SERVICE, mute, mute_names
from diplograph.store.newer import refuse_newer
from diplograph.store.syntax import at, explain
from diplograph.store.tokens import place_of, read_tokens, refuse_depth

UPDATES = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
)

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


@dataclass(frozen=True)
class Inspected:
    """A query that parses: its form, the graphs its FROM clauses name, and its text to be run."""

    form: str
    graphs: tuple[str, ...] = ()
    text: str = ""


def inspect(text: str, prefixes: Mapping[str, str] | None = None) -> str:
    """Return the form of the query `text`: SELECT, ASK, CONSTRUCT or DESCRIBE.

    Raises QuerySyntaxError, with line and column, where it is no SPARQL 1.1 query, and Refused
    where it is an update or reaches outside with SERVICE.
    """
    return examine(text, prefixes).form


def examine(
    text: str,
    prefixes: Mapping[str, str] | None = None,
    services: Sequence[str] = (),
    sparql12: bool = False,
) -> Inspected:
    """Return what `inspect` does, the graphs that FROM clauses name, and what may be run.

    `services` are IRIs that SERVICE may call, to the letter; Oxigraph follows no redirect from
    them, but what they call in their turn is theirs to refuse. `sparql12` takes SPARQL 1.2 as well.

    The parser itself decides what is a keyword, see `muting`. What is run here is the muted text,
    on an empty store: it cannot reach out. An ASK and what it asks for are evaluated there; a
    function that nobody defined is left for the store to name, from the text as it was written.
    """
    _refuse_half_characters(text)
    known = prefixes or {}
    tokens = [found for found in read_tokens(text) if found.lastgroup != "space"]
    words = _without_prologue(tokens)
    first = words[0].group().upper() if words else ""
    if first in UPDATES:
        raise Refused(f"{first} would change the graph: only queries are answered here")
    if not is_shallow(text):
        refuse_depth(text)
    runs = reads = text
    if services:
        runs, reads = name_services(text, tokens, services, dict(_iris(tokens, known)))
    muted, names = mute(reads, SERVICE), mute_names(known, SERVICE)
    try:
        form = _form(ox.Store().query(muted, base_iri=ROOT, prefixes=names), first)
    except RuntimeError:  # a function that is defined nowhere
        form = _named_form(first)
    except SyntaxError as error:
        if muted != reads and any(map(_calls_out, read_tokens(reads))):
            raise Refused(_say_refusal(services)) from error
        raise _find_undeclared(tokens, text, known) or explain(error, text) from error
    if not sparql12:
        refuse_newer(muted, text, names)
    return Inspected(form, tuple(name_graphs(tokens, known)), runs)


def name_graphs(tokens: list[re.Match], prefixes: Mapping[str, str]) -> Iterator[str]:
    """Yield the IRIs that FROM clauses name, as BASE and PREFIX before them have it.

    They stand outside of all braces: after a CONSTRUCT's template, before a WHERE's pattern. Other
    brackets are not counted: a `<` misread as the beginning of an IRI may take them in, no brace.
    """
    declared, base, depth = dict(prefixes), ROOT, 0
    for position, token in enumerate(tokens):
        word = token.group().upper()
        if token.lastgroup == "other":
            depth += (word == "{") - (word == "}")
        base = _declare(tokens, position, declared, base)
        rest = [each.group() for each in tokens[position + 1 : position + 3]]
        if not depth and token.lastgroup == "word" and word == "FROM" and rest:
            named = rest[1] if rest[0].upper() == "NAMED" and len(rest) == 2 else rest[0]
            yield _resolve(named, declared, base)


def _form(results: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, first: str) -> str:
    if isinstance(results, ox.QueryBoolean):
        return "ASK"
    if isinstance(results, ox.QuerySolutions):
        return "SELECT"
    return "DESCRIBE" if first.startswith("DESCRIBE") else "CONSTRUCT"


def _named_form(first: str) -> str:
    return next((form for form in FORMS if first.startswith(form)), "SELECT")


def _say_refusal(services: Sequence[str]) -> str:
    if not services:
        return "SERVICE would reach outside: ask about what is in the graph itself"
    listed = ", ".join(f"<{each}>" for each in services)
    return f"SERVICE would reach outside: it may name, as it is written here, only {listed}"


def _refuse_half_characters(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = "half of a character stands here; send the query in UTF-8"
        raise at(text, place_of(text, error.start), message) from error


def _calls_out(token: re.Match) -> bool:
    return token.lastgroup in {"word", "name"} and bool(SERVICE.search(token.group()))


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


def _iris(tokens: list[re.Match], prefixes: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Yield place and IRI of each token that is one, as BASE and PREFIX before it have it."""
    declared, base = dict(prefixes), ROOT
    for position, token in enumerate(tokens):
        base = _declare(tokens, position, declared, base)
        if token.lastgroup in {"iri", "name"}:
            yield position, _resolve(token.group(), declared, base)


def _declare(tokens: list[re.Match], position: int, declared: dict[str, str], base: str) -> str:
    """Return the base after the token at `position`; a PREFIX there is put into `declared`."""
    if tokens[position].lastgroup != "word":
        return base
    word = tokens[position].group().upper()
    rest = [each.group() for each in tokens[position + 1 : position + 3]]
    if word == "BASE" and rest:
        return _resolve(rest[0], declared, base)
    if word == "PREFIX" and len(rest) == 2:
        declared[rest[0].rstrip(":")] = _resolve(rest[1], declared, base)
    return base


def _resolve(name: str, prefixes: Mapping[str, str], base: str) -> str:
    if name.startswith("<"):
        iri = _ESCAPE.sub(_character, name[1:-1])
        return iri if _SCHEME.match(iri) else _join(base, iri)
    prefix, _, local = name.partition(":")
    return prefixes.get(prefix, f"{prefix}:") + re.sub(r"\\(.)", r"\1", local)


def _join(base: str, iri: str) -> str:
    try:
        return urljoin(base, iri)
    except ValueError:  # a bracket that opens no address; the parser refuses it too
        return iri


def _character(escape: re.Match) -> str:
    """Return the character that is meant, or the escape itself where it means none."""
    number = int(escape[1] or escape[2], 16)
    return escape.group() if number > sys.maxunicode else chr(number)


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

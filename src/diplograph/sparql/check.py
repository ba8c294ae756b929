"""What a query is, before it is run: its form, what it may not do, and where it does not parse."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from urllib.parse import urljoin

import pyoxigraph as ox

from diplograph.core.errors import QuerySyntaxError, Refused
from diplograph.core.names import ROOT
from diplograph.core.settings import MAX_NESTING, MAX_OPERATORS

SERVICE = re.compile("service", re.IGNORECASE | re.ASCII)


def mute(text: str, words: re.Pattern) -> str:
    """Return `text` with each match of `words` begun with a z instead of its first letter.

    Oxigraph reads SPARQL without a lexer: `SERVICEex:thing{}` calls out, `"SERVICE"` does not, and
    whether a `<` begins an IRI depends on all that stands before. So no second reading of ours
    decides what is a keyword, but the parser: quoted text, IRIs, comments and names parse as
    before, only the keyword does not, since none begins with a z and no two names become one.
    """
    return words.sub(_begin_otherwise, text)


def mute_names(prefixes: Mapping[str, str], words: re.Pattern) -> dict[str, str]:
    """Return the prefixes with their names spelt as `mute` spells them in a text."""
    return {mute(name, words): iri for name, iri in prefixes.items()}


def _begin_otherwise(match: re.Match) -> str:
    word = match.group()
    return ("z" if word[0].islower() else "Z") + word[1:]


_DOTS = re.compile(r"/\.\.?(?:[/?#]|$)")


def name_services(
    text: str, tokens: Sequence[re.Match], services: Sequence[str], iris: Mapping[int, str]
) -> tuple[str, str]:
    """Return the query as it may be run, and the same with each listed call turned into a GRAPH.

    A call is listed where SERVICE, or SERVICE SILENT, is followed by an IRI or a prefixed name
    whose IRI is in `services`; `iris` has it by its place among `tokens`, which hold no space. In
    what may be run the listed IRI itself stands there, so that no rule of resolving another reader
    follows could change where the call goes; IRIs with `.` or `..` for a segment are never taken.
    The other text is for the parser: it differs from the first in those words alone, and with
    every `service` left in it muted, it parses only if no other SERVICE is called.
    """
    runs, reads, end = [], [], 0
    for position, token in enumerate(tokens):
        if token.lastgroup != "word" or not SERVICE.fullmatch(token.group()):
            continue
        silent = _said(tokens, position + 1).upper() == "SILENT"
        target = position + 1 + silent
        iri = iris.get(target)
        if iri not in services or _DOTS.search(iri):
            continue
        before, place = text[end : token.start()], tokens[target]
        gap = text[tokens[target - 1].end() : place.start()]
        end = place.end()
        runs += [before, "SERVICE SILENT" if silent else "SERVICE", f"{gap} <{iri}>"]
        reads += [before, "GRAPH", f"{gap} <{iri}>"]
    return "".join([*runs, text[end:]]), "".join([*reads, text[end:]])


def _said(tokens: Sequence[re.Match], position: int) -> str:
    return tokens[position].group() if position < len(tokens) else ""


_POSITION = re.compile(r"^error at (\d+):(\d+): expected (?:one of )?", re.DOTALL)
_EXCERPT_LENGTH = 40


def explain_syntax_error(error: SyntaxError, text: str) -> QuerySyntaxError:
    """Return Oxigraph's `error` on the query `text` with a place and words a person can use."""
    said = str(error)
    found = _POSITION.match(said)
    expected = _POSITION.sub("", said).strip()
    place = (int(found[1]), int(found[2])) if found else None
    sentences = [each for each in expected.split(", ") if re.fullmatch(r"[A-Z][\w-]* [\w ]+", each)]
    if sentences:
        return at_place(text, place, sentences[0])
    if not text.strip():
        return at_place(text, place, "the query is empty")
    place = _first_element(text) or place
    return at_place(text, place, f"the query cannot be read from here on{_rest(text, place)}")


def at_place(text: str, place: tuple[int, int] | None, message: str) -> QuerySyntaxError:
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
    return f": {rest if len(rest) <= _EXCERPT_LENGTH else rest[:_EXCERPT_LENGTH] + '…'}"


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
            if after[1] > MAX_NESTING:
                message = f"brackets are nested more than {MAX_NESTING} deep"
                raise at_place(text, place_of(text, position), message)
            if after[0] > MAX_OPERATORS:
                raise _too_long(text, position)
            if end not in reached:
                heappush(waiting, end)
            other = reached.get(end, after)
            reached[end] = tuple(map(max, after, other))


def _too_long(text: str, position: int) -> QuerySyntaxError:
    message = f"more than {MAX_OPERATORS} operators and clauses; write alternatives as VALUES or IN"
    return at_place(text, place_of(text, position), message)


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


_BRACKETS = b"([{"
_OPERATOR_BYTES = b"+-*/!^|&({"
_CLAUSES = ("filter", "as", "by")
_UNMARKED = bytes(set(range(256)) - set(_BRACKETS + _OPERATOR_BYTES + b"<>~\\"))
# What only SPARQL 1.2 has; its words count where a bracket, a quote or a comment follows them.
_NEWER_PAIRS = ((b"<<", "<<"), (b"{|", "{|"), (b"--", "--"))
_NEWER_WORDS = ("ject", "triple", "predicate", "langdir", "haslang", "version")
# Nothing in it is an operator to any reader: no expression and no path has `//` in it.
_IRI = re.compile(r"<[a-z][a-z0-9+.-]*+://[\w./#%~-]*+>", re.ASCII)
_NEWER_CALL = re.compile(
    r"(?:triple|subject|predicate|object|langdir|haslang)\s*[(#]|version\s*[\"'#]"
)


def is_plain(text: str, sparql12: bool = False) -> bool:
    """Return whether the raw text proves that `inspection.examine` would let it run as it stands.

    No `service` in any case, no FROM clause, no backslash, no more brackets and operators in all
    than may nest or follow one another, and no mark of SPARQL 1.2 unless `sparql12`. Everything
    is counted wherever it stands, in texts, IRIs and comments as well, so what passes is safe
    however Oxigraph reads it; what does not pass is merely examined. Whether the text parses is
    left to the store.
    """
    try:
        marks = text.encode().translate(None, _UNMARKED)
    except UnicodeEncodeError:
        return False
    small = text.lower()
    if "service" in small or b"\\" in marks or not _names_no_graph(small):
        return False
    return _is_shallow(small, marks) and (sparql12 or not _may_be_newer(small, marks))


def is_shallow(text: str) -> bool:
    """Return whether the brackets and operators of `text` are too few to nest or follow too far.

    Each is counted at least as often as `tokens.refuse_depth` counts it.
    """
    return _is_shallow(text.lower(), text.encode().translate(None, _UNMARKED))


def _is_shallow(small: str, marks: bytes) -> bool:
    if len(marks) > MAX_NESTING and sum(map(marks.count, _BRACKETS)) > MAX_NESTING:
        return False
    if len(marks) + len(small) // 2 <= MAX_OPERATORS:  # no clause has fewer than two letters
        return True
    if _count(small, marks) <= MAX_OPERATORS:
        return True
    bare = _IRI.sub("", small)  # a list of things is flat, however much their IRIs look like sums
    return _count(bare, bare.encode().translate(None, _UNMARKED)) <= MAX_OPERATORS


def _count(small: str, marks: bytes) -> int:
    return sum(map(marks.count, _OPERATOR_BYTES)) + sum(map(small.count, _CLAUSES))


def _names_no_graph(small: str) -> bool:
    """Return whether no FROM clause is there: what comes before one never ends with ? or $."""
    if "from" not in small:
        return True
    return small.count("from") == small.count("?from") + small.count("$from")


def _may_be_newer(small: str, marks: bytes) -> bool:
    """Return whether SPARQL 1.2 may be there; the few marks are a quick look before a long one."""
    if b"~" in marks or any(b in marks and s in small for b, s in _NEWER_PAIRS):
        return True
    return any(map(small.__contains__, _NEWER_WORDS)) and bool(_NEWER_CALL.search(small))


_WORDS = re.compile(
    "version|triple|subject|predicate|object|langdir|haslang", re.IGNORECASE | re.ASCII
)
_DIRECTION = re.compile(r"(@[A-Za-z]+(?:-[A-Za-z0-9]+)*-)(?=-)")
_SHOWN_NAME = re.compile(
    r"<<\(?|\{\||~|@[A-Za-z]+(?:-[A-Za-z0-9]+)*--[A-Za-z]+|version(?=\s*[\"'#])"
    r"|\b(?:istriple|triple|subject|predicate|object|(?:str|has)?langdir|haslang)(?=\s*[(#])",
    re.IGNORECASE | re.ASCII,
)
_APART = frozenset(("string", "space", "iri", "variable"))


def refuse_newer(text: str, original: str, prefixes: Mapping[str, str]) -> None:
    """Refuse `text`, a query that parses, where it parses as SPARQL 1.2 alone.

    Those are triple terms, reifiers, annotations, base directions, VERSION and the functions on
    triples and directions, from the grammar of SPARQL 1.2. Each of their marks is spelt as SPARQL
    1.1 has none, in quoted text and comments too, where it does not matter; if that text parses,
    the query needed none of them. `original` is what the caller wrote. Raises QuerySyntaxError.
    """
    older = _DIRECTION.sub(r"\1-", mute(text, _WORDS))
    older = re.sub("<(?=<)", "< ", older).replace("{|", "{ |").replace("~", "=")
    if older == text:
        return
    try:
        ox.Store().query(older, base_iri=ROOT, prefixes=mute_names(prefixes, _WORDS))
    except RuntimeError:  # a function that is defined nowhere: it parses
        return
    except SyntaxError as error:
        raise _name_newer(original) from error


def _name_newer(text: str) -> QuerySyntaxError:
    """Return the error at the first mark of SPARQL 1.2 that stands in no text, IRI or comment."""
    places = (each.start() for each in read_tokens(text) if each.lastgroup not in _APART)
    found = next(filter(None, (_SHOWN_NAME.match(text, place) for place in places)), None)
    if found is None:
        return QuerySyntaxError("this is SPARQL 1.2, which is off here; --sparql-12 turns it on")
    message = f"{found.group()} is SPARQL 1.2, which is off here; --sparql-12 turns it on"
    return at_place(text, place_of(text, found.start()), message)


UPDATES = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
)

QUERY_FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")
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
        raise _find_undeclared(tokens, text, known) or explain_syntax_error(error, text) from error
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
    return next((form for form in QUERY_FORMS if first.startswith(form)), "SELECT")


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
        raise at_place(text, place_of(text, error.start), message) from error


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
            return at_place(text, place_of(text, token.start()), message)
    return None

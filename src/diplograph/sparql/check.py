"""Checks of a query before it runs: syntax, nesting, SERVICE, the graphs that it names.

Oxigraph reads SPARQL without a lexer: `SERVICEex:thing{}` is a call, `"SERVICE"` is none, and
whether a `<` begins an IRI depends on all that precedes it. So the parser itself decides what is a
keyword, see `rename_keyword`; the tokens of this module serve for limits, names and error messages.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from urllib.parse import urljoin

import pyoxigraph as ox

from diplograph.core.errors import QuerySyntaxError, Refused
from diplograph.core.names import PREFIXES, ROOT
from diplograph.core.settings import MAX_NESTING, MAX_OPERATORS

_UPDATES = frozenset(
    ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
)
_SERVICE = re.compile("service", re.IGNORECASE | re.ASCII)
# The grammar of SPARQL 1.1, section 19.8, as far as it takes to separate words from quoted text.
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
  | (?P<other>\|\||&&|\^\^|<<(?![^<>"{}|^`\\\x00-\x20]*+>)|>>|.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True)
class CheckedQuery:
    """A query that parses: the graphs that its FROM clauses name, and the text to run."""

    graphs: tuple[str, ...]
    text: str


# `from` where it may be the keyword: no letter before it, and no mark of a variable.
_FROM = re.compile(r"(?<![a-z?$])from")


def is_plain(text: str) -> bool:
    """Return whether substring counts prove that `check_query` would let `text` run unchanged.

    The fast path of ordinary queries: no `service`, FROM clause or backslash, and no more brackets
    and operators in all than may be nested or in a row, wherever they are, so that the query is
    safe however Oxigraph reads it. Whether it parses is left to the store.
    """
    try:
        marks = text.encode().translate(None, _UNMARKED)
    except UnicodeEncodeError:
        return False
    lower = text.lower()
    if b"\\" in marks or (_has_clauses(lower) and _has_clauses(_IRI.sub("", lower))):
        return False
    return _is_shallow(lower, marks)


def _has_clauses(lower: str) -> bool:
    """Return whether `service` or FROM may be there; `from` may end the name of a variable."""
    return "service" in lower or ("from" in lower and bool(_FROM.search(lower)))


def check_query(
    text: str, prefixes: Mapping[str, str] | None = None, services: Sequence[str] = ()
) -> CheckedQuery:
    """Return the graphs that the query names in FROM clauses, and the text that may run.

    `prefixes` are declared beside those of the query. `services` are the IRIs that SERVICE may
    call, compared to the letter; Oxigraph follows no redirect from them. Raises QuerySyntaxError,
    with line and column, where the text is no query, an update for one, or passes the limits of
    nesting, and Refused for another SERVICE.

    The parser runs on an empty store, over a text in which no SERVICE is left: it cannot reach
    out. A function that is defined nowhere is left for the store to report.
    """
    try:
        marks = text.encode().translate(None, _UNMARKED)
    except UnicodeEncodeError as error:
        message = "a lone surrogate is no character; send the query in UTF-8"
        raise _error_at(text, error.start, message) from error
    known = prefixes or {}
    tokens = list_tokens(text)
    first = _first_word(tokens)
    if first and first.group().upper() in _UPDATES:
        word = first.group().upper()
        message = f"{word} would change the graph: only queries are answered here"
        raise _error_at(text, first.start(), message)
    if not _is_shallow(text.lower(), marks):
        refuse_depth(text)
    to_run = to_parse = text
    if services:
        to_run, to_parse = _allow_services(text, tokens, services, known)
    to_parse = _BARE_RETURN.sub("\n", to_parse)  # a line end, which Oxigraph does not count
    renamed = rename_keyword(to_parse, _SERVICE)
    names = {rename_keyword(name, _SERVICE): iri for name, iri in known.items()}
    try:
        with suppress(RuntimeError):  # a function that is defined nowhere: the text parses
            ox.Store().query(renamed, base_iri=ROOT, prefixes=names)
    except SyntaxError as error:
        if renamed != to_parse:
            _refuse_service(to_parse, services, error)
        raise (
            _find_malformed_iri(text, tokens, known)
            or _find_undeclared(tokens, text, known)
            or explain_syntax_error(error, text)
        ) from error
    _, graphs = split_from_clauses(text, tokens, known)
    return CheckedQuery(tuple(graph for graph, _ in graphs), to_run)


def read_tokens(text: str) -> Iterator[re.Match]:
    """Yield the tokens of `text`; the kind of each is its `lastgroup`."""
    return _TOKEN.finditer(text)


def locate_iris(text: str) -> Iterator[tuple[str, int]]:
    """Yield each IRI that a query names, prefixed or not, and its line; declarations are none."""
    tokens = list_tokens(text)
    words = ["", *(token.group().upper() for token in tokens)]
    for position, iri in _resolve_iris(tokens, {}).items():
        if words[position] not in ("BASE", "PREFIX") and words[position - 1] != "PREFIX":
            yield iri, text.count("\n", 0, tokens[position].start()) + 1


def list_tokens(text: str) -> list[re.Match]:
    """Return the tokens of `text` without those that are space."""
    return [token for token in read_tokens(text) if token.lastgroup != "space"]


def rename_keyword(text: str, keyword: re.Pattern) -> str:
    """Return `text` with the first letter of each match of `keyword` replaced by a z.

    Strings, IRIs, comments and names parse as before, only the keyword does not, since no keyword
    begins with a z. Two different names stay different.
    """
    return keyword.sub(lambda match: ("z" if match[0][0].islower() else "Z") + match[0][1:], text)


# ---- nesting ------------------------------------------------------------------------------------

_BRACKETS = (b"(", b"[", b"{", b"<<")
_OPERATOR_BYTES = b"+-*/!^|&({"
_CLAUSE_WORDS = ("filter", "as", "by")
_UNMARKED = bytes(set(range(256)) - set(b"([{<>\\" + _OPERATOR_BYTES))
# Nothing in it is an operator to any reader: no expression and no path contains `//`.
_IRI = re.compile(r"<[a-z][a-z0-9+.-]*+://[\w./#%~-]*+>", re.ASCII)

_CERTAIN_IRI = re.compile(r"<[A-Za-z][\w+.-]*+://")
_OPERATORS = frozenset(("+", "-", "*", "/", "!", "^", "|", "||", "&&"))
_CLAUSE = re.compile(r"^(?:filter|by)[^:]*+:|(?:filter|as)$", re.IGNORECASE | re.ASCII)
_NESTING = {"(": 1, "[": 1, "{": 1, "<<": 1, ")": -1, "]": -1, "}": -1, ">>": -1}


def refuse_depth(text: str) -> None:
    """Raise QuerySyntaxError at the place where Oxigraph might run out of stack.

    Brackets nest, and so do operators and clauses in a row: `1+1+1` is `(1+1)+1`; lists (VALUES,
    IN) are flat. A `<` that may begin an IRI is taken to compare, so that what follows it counts.
    A deeper query that hides from this costs no more than the worker that parses it.
    """
    operators = depth = position = 0
    in_group_by = False
    while token := _TOKEN.match(text, position):
        word, kind, start = token.group(), token.lastgroup, position
        if kind == "iri" and not _CERTAIN_IRI.match(word):
            position += 1
            continue
        position = token.end()
        if kind in {"word", "name"}:
            operators += bool(_CLAUSE.search(word))
            upper = word.upper()
            in_group_by = in_group_by or upper.startswith("BY") or upper.endswith("BY")
        elif kind in {"other", "data"}:
            operators += word in _OPERATORS or word[0] == "{" or (in_group_by and word[0] == "(")
            depth = max(0, depth + _NESTING.get(word, 0))
            in_group_by = in_group_by and word[0] != "{"
        if depth > MAX_NESTING:
            raise _error_at(text, start, f"brackets are nested more than {MAX_NESTING} deep")
        if operators > MAX_OPERATORS:
            message = f"more than {MAX_OPERATORS} operators and clauses"
            raise _error_at(text, start, f"{message}; write alternatives as VALUES or IN")


def _is_shallow(lower: str, marks: bytes) -> bool:
    """Return whether there are too few brackets and operators for `refuse_depth` to refuse."""
    if len(marks) > MAX_NESTING and sum(map(marks.count, _BRACKETS)) > MAX_NESTING:
        return False
    if len(marks) + len(lower) // 2 <= MAX_OPERATORS:  # no clause has fewer than two letters
        return True
    if _count_operators(lower, marks) <= MAX_OPERATORS:
        return True
    bare = _IRI.sub("", lower)  # a list of IRIs is flat, however many hyphens and slashes they have
    return _count_operators(bare, bare.encode().translate(None, _UNMARKED)) <= MAX_OPERATORS


def _count_operators(lower: str, marks: bytes) -> int:
    return sum(map(marks.count, _OPERATOR_BYTES)) + sum(map(lower.count, _CLAUSE_WORDS))


# ---- SERVICE ------------------------------------------------------------------------------------

_DOT_SEGMENT = re.compile(r"/\.\.?(?:[/?#]|$)")


def _allow_services(
    text: str, tokens: list[re.Match], services: Sequence[str], prefixes: Mapping[str, str]
) -> tuple[str, str]:
    """Return the query as it may run, and the same with each allowed call turned into a GRAPH.

    The first has IRIs for prefixed names there, so that no other rule of resolving could change
    where a call goes; none with `.` or `..` as a segment is allowed. The second is for the parser:
    with every `service` that is left in it renamed, it parses only if there is no other call.
    """
    iris = _resolve_iris(tokens, prefixes)
    to_run, to_parse, end = [], [], 0
    for position, token in enumerate(tokens):
        if token.lastgroup != "word" or not _SERVICE.fullmatch(token.group()):
            continue
        target = position + 1
        silent = target < len(tokens) and tokens[target].group().upper() == "SILENT"
        target += silent
        iri = iris.get(target)
        if iri not in services or _DOT_SEGMENT.search(iri):
            continue
        before, place = text[end : token.start()], tokens[target]
        gap = text[tokens[target - 1].end() : place.start()]
        end = place.end()
        to_run += [before, "SERVICE SILENT" if silent else "SERVICE", f"{gap} <{iri}>"]
        to_parse += [before, "GRAPH", f"{gap} <{iri}>"]
    return "".join([*to_run, text[end:]]), "".join([*to_parse, text[end:]])


# No server: a call of it fails at once, which SILENT makes one solution without bindings.
NO_SERVICE = "urn:x-diplograph:no-service"


def find_silent_calls(text: str) -> list[re.Match]:
    """Return the token that names the server in each SERVICE SILENT of a query, in their order."""
    tokens = list_tokens(text)
    words = [token.group().upper() for token in tokens]
    return [
        tokens[position + 2]
        for position in range(len(tokens) - 2)
        if words[position : position + 2] == ["SERVICE", "SILENT"]
    ]


def silence(text: str, calls: Iterable[re.Match]) -> str:
    """Return the query with the servers of these calls replaced by NO_SERVICE."""
    return _replace_parts(text, ((call, f"<{NO_SERVICE}>") for call in calls))


def _replace_parts(text: str, parts: Iterable[tuple[re.Match, str]]) -> str:
    """Return `text` with each match, in their order, replaced by the text beside it."""
    pieces, end = [], 0
    for match, replacement in parts:
        pieces += [text[end : match.start()], replacement]
        end = match.end()
    return "".join([*pieces, text[end:]])


def _refuse_service(text: str, services: Sequence[str], error: SyntaxError) -> None:
    """Raise Refused, because of `error`, where a token of `text` may be a SERVICE."""
    words = (token.group() for token in read_tokens(text) if token.lastgroup in {"word", "name"})
    if not any(map(_SERVICE.search, words)):
        return
    listed = ", ".join(f"<{service}>" for service in services)
    hint = "query what is in the graph itself"
    if services:
        hint = f"it may name, as it is written here, only {listed}"
    raise Refused(f"SERVICE is not allowed: {hint}") from error


# ---- names and graphs ---------------------------------------------------------------------------

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


def split_from_clauses(
    text: str, tokens: list[re.Match], prefixes: Mapping[str, str]
) -> tuple[str, list[tuple[str, bool]]]:
    """Return the text without its FROM clauses, and the IRI of each, and whether it is NAMED.

    They are outside of all braces, which no `<` misread as the beginning of an IRI may swallow, as
    it may other brackets. A clause may be missed: the parser is to check whether any is left.
    """
    iris, graphs, parts, depth, end = _resolve_iris(tokens, prefixes), [], [], 0, 0
    for position, token in enumerate(tokens):
        word = token.group().upper()
        if token.lastgroup == "other":
            depth += (word == "{") - (word == "}")
        if depth or token.lastgroup != "word" or word != "FROM":
            continue
        following = tokens[position + 1 : position + 2]
        named = any(token.group().upper() == "NAMED" for token in following)
        graph = position + 1 + named
        if graph in iris:
            graphs.append((iris[graph], named))
            parts += [text[end : token.start()], " "]
            end = tokens[graph].end()
    return "".join([*parts, text[end:]]), graphs


def _first_word(tokens: list[re.Match]) -> re.Match | None:
    """Return the token after all BASE, PREFIX and VERSION declarations, None at the end."""
    position = 0
    while position < len(tokens):
        word, kind = tokens[position].group().upper(), tokens[position].lastgroup
        if word == "PREFIX":
            position += 3
        elif word in {"BASE", "VERSION"} or (kind == "name" and word.startswith("PREFIX")):
            position += 2
        else:
            return tokens[position]
    return None


def _resolve_iris(tokens: list[re.Match], prefixes: Mapping[str, str]) -> dict[int, str]:
    """Return the IRIs by index of their token, resolved by the BASE and PREFIX before it."""
    iris, declared, base = {}, dict(prefixes), ROOT
    for position, token in enumerate(tokens):
        word = token.group().upper() if token.lastgroup == "word" else ""
        rest = [token.group() for token in tokens[position + 1 : position + 3]]
        if word == "BASE" and rest:
            base = _resolve(rest[0], declared, base)
        elif word == "PREFIX" and len(rest) == 2:
            declared[rest[0].rstrip(":")] = _resolve(rest[1], declared, base)
        elif token.lastgroup in {"iri", "name"}:
            iris[position] = _resolve(token.group(), declared, base)
    return iris


def _resolve(name: str, prefixes: Mapping[str, str], base: str) -> str:
    if not name.startswith("<"):
        prefix, _, local = name.partition(":")
        return prefixes.get(prefix, f"{prefix}:") + re.sub(r"\\(.)", r"\1", local)
    iri = _ESCAPE.sub(_unescape, name[1:-1])
    if _SCHEME.match(iri):
        return iri
    try:
        return urljoin(base, iri)
    except ValueError:  # a bracket that opens no address; the parser refuses it too
        return iri


def _unescape(escape: re.Match) -> str:
    """Return the character that an escape means, or the escape where there is no such one."""
    number = int(escape[1] or escape[2], 16)
    return escape.group() if number > sys.maxunicode else chr(number)


# ---- columns ------------------------------------------------------------------------------------

_SPACE = r"(?:\s|#[^\n\r]*[\n\r])*"
_SELECT_ALL = re.compile(rf"\bselect{_SPACE}(?:(?:distinct|reduced){_SPACE})?\*", re.IGNORECASE)


def name_columns(text: str, columns: Sequence[str]) -> str | None:
    """Return the query with the `columns` of its SELECT * named in the order of their mention.

    None where it selects others, or has them in that order: Oxigraph sorts them by name.
    """
    if len(columns) < 2 or not _SELECT_ALL.search(text):
        return None
    tokens = (token for token in read_tokens(text) if token.lastgroup != "space")
    for token in tokens:
        if token.group().upper() == "SELECT":
            break
    star = next(tokens, None)
    if star and star.group().upper() in {"DISTINCT", "REDUCED"}:
        star = next(tokens, None)
    if not star or star.group() != "*":
        return None
    mentioned: dict[str, None] = {}
    for token in tokens:
        if token.lastgroup == "variable" and token.group()[1:] in columns:
            mentioned[token.group()[1:]] = None
            if len(mentioned) == len(columns):
                break
    ordered = [*mentioned, *(name for name in columns if name not in mentioned)]
    if ordered == list(columns):
        return None
    names = " ".join(f"?{name}" for name in ordered)
    return f"{text[: star.start()]} {names} {text[star.end() :]}"


# ---- error messages -----------------------------------------------------------------------------

_BARE_RETURN = re.compile(r"\r(?!\n)")
_IRI_LIKE = re.compile(r"<(?![?$])[^<>\n\r]*>")  # `<?b` compares
_FORBIDDEN = re.compile(r"[\x00-\x20\"{}|^`]|\\(?!u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})")
_POSITION = re.compile(r"^error at (\d+):(\d+): expected (?:one of )?", re.DOTALL)
_SENTENCE = re.compile(r"[A-Z][\w-]* [\w ]+")
_EXCERPT_LENGTH = 40


def explain_syntax_error(error: SyntaxError, text: str) -> QuerySyntaxError:
    """Return Oxigraph's `error` on the query `text` with a place and words for a person.

    Where Oxigraph only lists the tokens that it expected, RDFLib's parser finds the place.
    """
    message = str(error)
    position = _POSITION.match(message)
    place = (int(position[1]), int(position[2])) if position else None
    expected = _POSITION.sub("", message).strip().split(", ")
    sentence = next(filter(_SENTENCE.fullmatch, expected), None)
    if not (sentence or text.strip()):
        sentence = "the query is empty"
    lines = _BARE_RETURN.sub("\n", text).split("\n")
    if not sentence:
        sentence = "the query cannot be read from here on"
        place = _find_unreadable(text) or place
        if place:
            rest = " ".join("\n".join(lines[place[0] - 1 :])[place[1] - 1 :].split())
            if len(rest) > _EXCERPT_LENGTH:
                rest = rest[:_EXCERPT_LENGTH] + "…"
            sentence += f": {rest}" if rest else "; something is missing or repeated"
    if place is None:
        return QuerySyntaxError(sentence)
    line = min(place[0], len(lines))  # never past the last character
    return QuerySyntaxError(sentence, line=line, column=min(place[1], len(lines[line - 1]) + 1))


def _error_at(text: str, position: int, message: str) -> QuerySyntaxError:
    """Return the error with the line and column of `position` in `text`."""
    before = _BARE_RETURN.sub("\n", text[:position])
    line, column = before.count("\n") + 1, position - before.rfind("\n")
    return QuerySyntaxError(message, line=line, column=column)


def _find_unreadable(text: str) -> tuple[int, int] | None:
    """Return line and column of the first element that RDFLib cannot read, None if it reads all."""
    from pyparsing import ParseException
    from rdflib.plugins.sparql.parser import parseQuery

    try:
        parseQuery(_BARE_RETURN.sub("\n", text))
    except ParseException as error:
        return error.lineno, error.col
    except (RecursionError, ValueError, OverflowError):  # `\UFFFFFFFF` is no character
        return None
    return None


def _find_malformed_iri(
    text: str, tokens: list[re.Match], prefixes: Mapping[str, str]
) -> QuerySyntaxError | None:
    """Return an error at the first IRI that has a character no IRI may have, or is no IRI.

    Whether a `<` begins an IRI is certain before a scheme and `//`; elsewhere, where the query
    parses once such characters are replaced.
    """
    unclosed = _find_unclosed(text, tokens)
    if unclosed is not None:
        return _error_at(text, unclosed, "this IRI is not closed: it ends with > on its own line")
    candidates = [
        match
        for token in tokens
        if token.group() == "<" and (match := _IRI_LIKE.match(text, token.start()))
        if _FORBIDDEN.search(match[0])
    ]
    certain = [match for match in candidates if _CERTAIN_IRI.match(match[0])]
    mended = ((match, _FORBIDDEN.sub("_", match[0])) for match in candidates)
    if certain or (candidates and _parses(_replace_parts(text, mended), prefixes)):
        match = (certain or candidates)[0]
        character = _FORBIDDEN.search(match[0])
        message = f"an IRI holds no {_name_character(character[0])}"
        return _error_at(text, match.start() + character.start(), message)
    for token in tokens:
        if token.lastgroup == "iri" and not _is_iri(_resolve(token.group(), {}, ROOT)):
            return _error_at(text, token.start(), f"this is no IRI: {token.group()}")
    return None


def _find_unclosed(text: str, tokens: list[re.Match]) -> int | None:
    """Return where an IRI begins that has no end on its line, None where there is none.

    An IRI certainly begins before a scheme and `//`, and where a declaration has one.
    """
    words = ["", "", *(token.group().upper() for token in tokens)]
    for position, token in enumerate(tokens):
        declared = words[position + 1] == "BASE" or words[position] == "PREFIX"
        if (
            token.group() == "<"
            and (declared or _CERTAIN_IRI.match(text, token.start()))
            and not _IRI_LIKE.match(text, token.start())
        ):
            return token.start()
    return None


def _parses(text: str, prefixes: Mapping[str, str]) -> bool:
    """Return whether the text is a query, as far as the parser can say without running it."""
    names = {rename_keyword(name, _SERVICE): iri for name, iri in prefixes.items()}
    try:
        ox.Store().query(rename_keyword(text, _SERVICE), base_iri=ROOT, prefixes=names)
    except SyntaxError:
        return False
    except RuntimeError:  # a function that is defined nowhere: the text parses
        return True
    return True


def _is_iri(iri: str) -> bool:
    try:
        ox.NamedNode(iri)
    except ValueError:
        return False
    return True


def _name_character(character: str) -> str:
    """Return a forbidden character in words or quotes, and how an IRI may have it."""
    name = {" ": "blank", "\t": "tab", "\\": "backslash"}.get(character)
    name = name or (repr(character) if character.isprintable() else "control character")
    return f"{name}; write %{ord(character):02X}"


def _find_undeclared(
    tokens: list[re.Match], text: str, prefixes: Mapping[str, str]
) -> QuerySyntaxError | None:
    """Return an error at the first undeclared prefix: Oxigraph's is `expected OPTIONAL`."""
    declared = set(prefixes)
    for position, token in enumerate(tokens):
        if token.lastgroup != "name":
            continue
        prefix = token.group().partition(":")[0]
        if position and tokens[position - 1].group().upper() == "PREFIX":
            declared.add(prefix)
        elif prefix not in declared:
            return _error_at(text, token.start(), _explain_undeclared(prefix))
    return None


def _explain_undeclared(prefix: str) -> str:
    """Return what to do about an undeclared prefix: the line to add, or prefixes of like names."""
    if prefix in PREFIXES:
        line = f"PREFIX {prefix}: <{PREFIXES[prefix]}>"
        return f"the prefix {prefix}: is not declared; add {line} on top"
    message = f"the prefix {prefix}: is not declared"
    near = get_close_matches(prefix, PREFIXES, n=3)
    if near:
        return f"{message}; did you mean {' or '.join(f'{name}:' for name in near)}?"
    return f"{message}; add PREFIX {prefix}: <...> on top"

"""Which queries need no examination before they run: a few counts on the text prove it."""

from __future__ import annotations

import re

from diplograph.store.tokens import DEEPEST, LONGEST

_BRACKETS = b"([{"
_OPERATORS = b"+-*/!^|&({"
_CLAUSES = ("filter", "as", "by")
_UNMARKED = bytes(set(range(256)) - set(_BRACKETS + _OPERATORS + b"<>~\\"))
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
    if len(marks) > DEEPEST and sum(map(marks.count, _BRACKETS)) > DEEPEST:
        return False
    if len(marks) + len(small) // 2 <= LONGEST:  # no clause has fewer than two letters
        return True
    if _count(small, marks) <= LONGEST:
        return True
    bare = _IRI.sub("", small)  # a list of things is flat, however much their IRIs look like sums
    return _count(bare, bare.encode().translate(None, _UNMARKED)) <= LONGEST


def _count(small: str, marks: bytes) -> int:
    return sum(map(marks.count, _OPERATORS)) + sum(map(small.count, _CLAUSES))


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

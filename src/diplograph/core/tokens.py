"""Tokens of Turtle, found without recursion: enough to count brackets and to find lines.

A text is expected to be well-formed, or to be refused by a parser afterwards: characters that begin
no token are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

# Turtle 1.1, section 6.5; N-Triples is a part of it. Blanks are no tokens. A dot is part
# of a name or a number only where more of it follows.
_TOKEN = re.compile(
    r"""
    (?P<comment> \#[^\n\r]* ) |
    (?P<iri> <(?:[^<>"{}|^`\\\x00-\x20]++|\\[uU])*+> ) |
    (?P<string>
        "{3}(?:[^"\\]++|\\.|"(?!""))*+"{3} | '{3}(?:[^'\\]++|\\.|'(?!''))*+'{3} |
        "(?:[^"\\\n\r]++|\\.)*+" | '(?:[^'\\\n\r]++|\\.)*+' ) |
    (?P<language> @[A-Za-z]+(?:-[A-Za-z0-9]+)*(?:--[A-Za-z]+)? ) |
    (?P<mark> \^\^ | <<\(? | \)?>> | \{\| | \|\} | [\[\](){};,~] | \.(?![0-9]) ) |
    (?P<name> (?: [^\s<>"'\[\](){};,.~\#\\@^]++ | \\. | \.+(?=[^\s<>"'\[\](){};,.~\#@^]) )+ )
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))", re.DOTALL)
_CHARACTERS = {"t": "\t", "b": "\b", "n": "\n", "r": "\r", "f": "\f"}
# Of a directive, in lower case, how many tokens follow.
DIRECTIVES = {"@prefix": 2, "prefix": 2, "@base": 1, "base": 1}
# Blank nodes, lists and triple terms may be nested this deep: what comes after recurses over them.
NESTING = 100
_OPENING = {"[", "(", "{", "<<", "<<(", "{|"}
_CLOSING = {"]", ")", "}", ">>", ")>>", "|}"}


def scan(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield kind (iri, string, language, mark or name), characters and position of each token."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup not in (None, "comment"):
            yield match.lastgroup, match[0], match.start()


def scan_comments(text: str) -> Iterator[tuple[str, int]]:
    """Yield the characters of each comment, its mark among them, and its position."""
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "comment":
            yield match[0], match.start()


def unescape(text: str) -> str:
    """Return the characters that `text` stands for, its escape sequences replaced."""
    return _ESCAPE.sub(_replace_escape, text) if "\\" in text else text


def find_nesting(text: str, most: int = NESTING) -> int | None:
    """Return the position of the first bracket that is nested deeper than `most`, or None."""
    depth = 0
    for kind, token, position in scan(text):
        if kind != "mark":
            continue
        depth += (token in _OPENING) - (token in _CLOSING)
        if depth > most:
            return position
    return None


def find_version(text: str) -> int | None:
    """Return the position of a directive `VERSION "1.2"` of RDF 1.2, or None."""
    if "version" not in text.lower():
        return None
    before = ""
    for kind, token, position in scan(text):
        is_tag = kind == "language" and before == "string"
        if token.lower() in ("version", "@version") and kind != "string" and not is_tag:
            return position
        before = kind
    return None


def _replace_escape(match: re.Match) -> str:
    digits = match[1] or match[2]
    if digits:
        number = int(digits, 16)
        return chr(number) if number < 0x110000 else match[0]
    return _CHARACTERS.get(match[3], match[3])

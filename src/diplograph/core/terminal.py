"""Text for terminals and logs: characters that a terminal acts on, written as escapes."""

from __future__ import annotations

import re

# Control characters (ECMA-48; Unicode category Cc), the separators of lines and paragraphs, what
# has Bidi_Control (UAX 9), annotations, tags, surrogates that stand for bytes, noncharacters.
# Joiners are left: scripts of India and Iran are written with them.
_ACTIVE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufdd0-\ufdef\ufeff"
    "\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f]"
)
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def escape_controls(text: str, keep: str = "") -> str:
    r"""Return `text` with each character that a terminal acts on as an escape of Turtle and JSON.

    Those in `keep`, such as a newline, stay. A backslash is not escaped: the result is to be read,
    not to be parsed.

    >>> print(escape_controls("a\x1b[31mb"))
    a\u001b[31mb
    """
    if text.isascii() and text.isprintable():
        return text
    return _ACTIVE.sub(lambda match: _escape(match[0], keep), text)


def _escape(character: str, keep: str) -> str:
    if character in keep:
        return character
    code = ord(character)
    return _SHORT.get(character) or (f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}")

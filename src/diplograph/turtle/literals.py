"""Writes literals as Turtle: every character escaped that needs it, short forms where exact."""

from __future__ import annotations

import re
import unicodedata

from diplograph import names

_XSD = names.PREFIXES["xsd"]

# Canonical lexical forms only: 05 or 1.50 keep their quotes, so that nobody reads past the zero.
_SHORT_FORMS = {
    _XSD + "integer": re.compile(r"0|-?[1-9][0-9]*"),
    _XSD + "decimal": re.compile(r"(?!-0\.0\Z)-?(?:0|[1-9][0-9]*)\.(?:0|[0-9]*[1-9])"),
    _XSD + "double": re.compile(r"0\.0E0|-?[1-9]\.(?:0|[0-9]*[1-9])E(?:0|-?[1-9][0-9]*)"),
    _XSD + "boolean": re.compile(r"true|false"),
}
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
_UNSEEN = {"Cc", "Zl", "Zp"}


def is_short(value: str, datatype: str) -> bool:
    """Return whether Turtle can write the literal bare, as `5` or `true`, and nothing is lost."""
    form = _SHORT_FORMS.get(datatype)
    return bool(form and form.fullmatch(value))


def quote(value: str) -> str:
    """Return `value` quoted and escaped: in three quotes where it has several lines, else in one.

    Letters of every script stay as they are; control characters and line separators are escaped.
    """
    escaped = "".join(map(_escape, value))
    if "\n" in value:
        return '"""' + re.sub(r'"(?="|\Z)', r"\"", escaped) + '"""'
    return '"' + escaped.replace('"', r"\"") + '"'


def _escape(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character != "\n" and unicodedata.category(character) in _UNSEEN:
        return f"\\u{ord(character):04X}"
    return character

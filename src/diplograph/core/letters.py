"""Letters as names and words are compared: in lower case, without accents and punctuation."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Letters that Unicode does not decompose, though people type the plain ones for them.
_PLAIN = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "ħ": "h",
        "\u0131": "i",
        "æ": "ae",
        "œ": "oe",
        "þ": "th",
    }
)
# An apostrophe separates no words: India's is found by indias and by india.
_DROPPED = frozenset("'`\u00b4\u02b9\u02bb\u02bc\u2018\u2019\u201b\u2032")
_ASCII = {
    code: None if chr(code) in _DROPPED else chr(code).lower() if chr(code).isalnum() else " "
    for code in range(128)
}


def normalize_text(text: str) -> str:
    """Return `text` in lower case, without accents and punctuation, words separated by one space.

    >>> normalize_text("  São Tomé: the Foreign-Minister's VISIT ")
    'sao tome the foreign ministers visit'
    """
    if text.isascii():
        return " ".join(text.translate(_ASCII).split())
    return " ".join("".join(map(normalize_character, text)).split())


@lru_cache(maxsize=4096)
def normalize_character(character: str) -> str:
    """Return the plain small letters of one character, nothing for an accent, else a space."""
    decomposed = unicodedata.normalize("NFKD", character.casefold()).casefold().translate(_PLAIN)
    return "".join(map(_strip_character, decomposed))


def _strip_character(character: str) -> str:
    """Return a letter, digit or vowel sign as it is, nothing for an accent, else a space."""
    category = unicodedata.category(character)
    if unicodedata.combining(character) or character in _DROPPED or category == "Cf":
        return ""  # Cf: joiners, marks of direction, the byte order mark
    return character if character.isalnum() or category.startswith("M") else " "

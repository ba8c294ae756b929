"""Text as it is compared: without case, accents and punctuation, and where a match stands in it."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# Letters that no decomposition takes apart, though people type the plain one for them.
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
# An apostrophe parts no words: India's is found by indias and by india.
_DROPPED = frozenset("'`\u2018\u2019\u02bc\u00ad\u200b\u200c\u200d\u200e\u200f")
_ASCII = {
    code: None if chr(code) in _DROPPED else chr(code).lower() if chr(code).isalnum() else " "
    for code in range(128)
}


def fold(text: str) -> str:
    """Return the words of `text` in the form in which texts are compared.

    >>> fold("  São Tomé: the Foreign-Minister's VISIT ")
    'sao tome the foreign ministers visit'
    """
    if text.isascii():
        return " ".join(text.translate(_ASCII).split())
    return " ".join("".join(map(_fold_character, text)).split())


def split_matches(text: str, sought: str) -> tuple[tuple[str, bool], ...]:
    """Return `text` in pieces, each with whether it matches the folded words `sought`.

    What matches whole is one piece; else each of the words is, wherever it stands.

    >>> split_matches("Café Noir", "cafe")
    (('Café', True), (' Noir', False))
    """
    folded, places = _fold_with_places(text)
    wanted = [sought] if sought and sought in folded else sought.split()
    marked = [False] * len(text)
    for each in wanted:
        start = folded.find(each)
        while start >= 0:
            first, last = places[start], places[start + len(each) - 1]
            marked[first : last + 1] = [True] * (last + 1 - first)
            start = folded.find(each, start + len(each))
    for place in range(1, len(text)):  # an accent belongs to its letter
        if unicodedata.combining(text[place]):
            marked[place] = marked[place - 1]
    return _join(text, marked)


def _fold_with_places(text: str) -> tuple[str, list[int]]:
    """Return the folded text and, for each of its characters, the place it comes from."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for each in _fold_character(character):
            if each == " " and (not characters or characters[-1] == " "):
                continue
            characters.append(each)
            places.append(place)
    return "".join(characters), places


def _join(text: str, marked: list[bool]) -> tuple[tuple[str, bool], ...]:
    pieces: list[tuple[str, bool]] = []
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or marked[place] != marked[start]:
            pieces.append((text[start:place], marked[start]))
            start = place
    return tuple(pieces)


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    if character in _DROPPED:
        return ""
    folded = unicodedata.normalize("NFKD", character.casefold()).casefold().translate(_PLAIN)
    return "".join(_keep(each) for each in folded)


def _keep(character: str) -> str:
    """Return a letter, digit or vowel sign as it is, nothing for an accent, else a space."""
    if unicodedata.combining(character):
        return ""
    letter = character.isalnum() or unicodedata.category(character).startswith("M")
    return character if letter else " "

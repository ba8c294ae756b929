"""Words as search compares them: plain letters, one spelling, no titles before names."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from diplograph.core.letters import normalize_character

# Where British and American spellings differ: a pattern in one word and what replaces it.
_SPELLINGS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        # organise, organize; analyse, analyze
        (r"(?<=..[iy])z", "s"),
        # labour, labor
        (
            r"\b(un|dis|mis)?(arb|ard|arm|behavi|cand|clam|col|demean|endeav|fav|ferv|flav|glam"
            r"|harb|hon|hum|lab|neighb|od|parl|ranc|rig|rum|sav|savi|splend|succ|tum|val|vap|vig)"
            r"our",
            r"\1\2or",
        ),
        # centre, center
        (
            r"(cent|\bcalib|\bfib|\blit|\blust|manoeuv|maneuv|\bmeag|met|\bsab|\bsomb|\bspect|theat)"
            r"(?:re|er)(?=(?:s|d|ed|ing)?\b)",
            r"\1r",
        ),
        # defence, defense
        (r"\b(def|off|pret|lic)ence", r"\1ense"),
        (r"\bpractis", "practic"),
        # programme, program
        (r"\b(kilo)?(gram|program)me?(?=s?\b)", r"\1\2"),
        # cancelled, canceled
        (
            r"\b(cancel|channel|counsel|dial|fuel|initial|jewel|label|level|marshal|model|quarrel"
            r"|rival|signal|total|travel|tunnel)l(?=ed|er|ing|or)",
            r"\1",
        ),
        (r"\b(enrol|fulfil|instal|skil)l", r"\1"),
        # dialogue, dialog; judgement, judgment
        (r"(?<=..)ogue(?=s?\b)", "og"),
        (r"\b(abridg|acknowledg|judg)ement", r"\1ment"),
        # paediatric, pediatric; manoeuvre, maneuver
        (r"\b(arch|encyclop|p)ae(?=d|o)", r"\1e"),
        (r"manoeuv", "maneuv"),
        (r"\balumini?um", "aluminum"),
        (r"\bsceptic", "skeptic"),
        (r"\bgrey(?=\b|s\b|ish\b)", "gray"),
    )
)
_POSSESSIVE = re.compile(r"(?<=\w)[\u2019\u02bc\uff07'`\u00b4]s\b", re.IGNORECASE)
# Titles before a name, which are no part of it, and words that may stand among them.
_TITLES = frozenset(
    "admiral amb ambassador brigadier captain chairman chairperson chairwoman chancellor col"
    " colonel commissioner comrade counsellor dame dr eam emir envoy excellency fm gen general"
    " governor h he highness hon honorable honourable judge justice king lady lord madam"
    " madame majesty marshal minister miss mr mrs ms pm premier president prime prince"
    " princess prof professor queen secretary senator sheikh shri shrimati sir smt"
    " spokesperson sri sultan".split()
)
_AMONG_TITLES = frozenset(
    "affairs and chief defence defense deputy e economy external finance for foreign former her his"
    " interior of official royal special state the trade vice".split()
)
_BEFORE_NAMES = _TITLES | _AMONG_TITLES


# ---- letters --------------------------------------------------------------------------------


def split_matches(text: str, sought: str) -> tuple[tuple[str, bool], ...]:
    """Return `text` in pieces, each with whether it matches the normalized words `sought`.

    A match of all the words together is one piece; else every match of one word is, and a word that
    begins with it in another spelling.

    >>> split_matches("Café Noir", "cafe")
    (('Café', True), (' Noir', False))
    """
    normalized, places = _normalize_with_places(text)
    phrases = [sought] if sought and sought in normalized else sought.split()
    marked = [False] * len(text)
    for phrase in phrases:
        start = normalized.find(phrase)
        while start >= 0:
            first, last = places[start], places[start + len(phrase) - 1]
            marked[first : last + 1] = [True] * (last + 1 - first)
            start = normalized.find(phrase, start + len(phrase))
    spelled = tuple(fold_spelling(phrase) for phrase in phrases if phrase not in normalized)
    for match in re.finditer(r"[^ ]+", normalized) if spelled else ():
        if _fold_word(match[0]).startswith(spelled):
            first, last = places[match.start()], places[match.end() - 1]
            marked[first : last + 1] = [True] * (last + 1 - first)
    for place in range(1, len(text)):  # an accent belongs to its letter
        if unicodedata.combining(text[place]):
            marked[place] = marked[place - 1]
    return _join(text, marked)


def _normalize_with_places(text: str) -> tuple[str, list[int]]:
    """Return the normalized text and, for each of its characters, its place in `text`."""
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for normalized in normalize_character(character):
            if normalized == " " and (not characters or characters[-1] == " "):
                continue
            characters.append(normalized)
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


# ---- spellings ------------------------------------------------------------------------------


def fold_spelling(normalized: str) -> str:
    """Return normalized words in one spelling where British and American ones differ.

    It is `normalized` itself where none does.

    >>> fold_spelling("defence organisation") == fold_spelling("defense organization")
    True
    """
    folded = " ".join(map(_fold_word, normalized.split(" ")))
    return normalized if folded == normalized else folded


@lru_cache(maxsize=65_536)  # texts have the same words again and again
def _fold_word(word: str) -> str:
    for pattern, replacement in _SPELLINGS:
        word = pattern.sub(replacement, word)
    return word


# ---- titles ---------------------------------------------------------------------------------


def drop_possessives(text: str) -> str:
    """Return `text` with no 's at the end of a word.

    >>> drop_possessives("Lavrov's visit")
    'Lavrov visit'
    """
    return _POSSESSIVE.sub("", text)


def strip_titles(normalized: str) -> str:
    """Return normalized words without the titles before them; empty where there are none.

    >>> strip_titles("foreign minister lavrov")
    'lavrov'
    """
    words, first = normalized.split(), 0
    while first < len(words) and words[first] in _BEFORE_NAMES:
        first += 1
    return " ".join(words[first:]) if _TITLES.intersection(words[:first]) else ""

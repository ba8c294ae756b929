"""Words as search compares them: plain letters, one spelling, no titles, no words of questions."""

from __future__ import annotations

import re
import unicodedata
from calendar import month_name
from dataclasses import dataclass
from functools import lru_cache

from diplograph.core.letters import normalize_character, normalize_text

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
MONTHS = tuple(month_name)[1:]
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})-(\d\d)(?:-(\d\d))?(?!\d)")
# Words of a typed text that are looked for; more would only take time.
_MOST_WORDS = 24
# Words that say nothing of what is sought, where other words remain.
_SMALL_WORDS = frozenset(
    "a about after against all an and any as at before between by during for from in into of on"
    " or over per since than that the their them there these this those to until vs versus with"
    " within please show list find me".split()
)
_QUESTION_WORDS = frozenset(
    "are can could did do does had has have how is may might shall should was were what whats"
    " when whens where wheres which who whom whos whose why will would tell".split()
)
# What questions ask about things: a match need not have these words.
_OPTIONAL_WORDS = frozenset(
    "agree agreed been being come comes did discuss discussed going happen happened happening held"
    " hold it last latest meet meeting meetings meets met new news next planned said say says talk"
    " talked talks they visit visited visiting visits".split()
)


# ---- letters --------------------------------------------------------------------------------


def split_matches(text: str, sought: str) -> tuple[tuple[str, bool], ...]:
    """Return `text` in pieces, each with whether it matches the normalized words `sought`.

    A word that begins with a sought one matches as far as that goes; one in another spelling, or in
    the plural, matches as a whole. Words that follow each other as sought are one piece.

    >>> split_matches("Café Noir", "cafe")
    (('Café', True), (' Noir', False))
    """
    normalized, places = _normalize_with_places(text)
    words = sought.split()
    marked = [False] * len(text)
    before, end = -2, 0
    for match in re.finditer(r"[^ ]+", normalized):
        number, length = _find_word(match[0], words)
        if number < 0:
            before = -2
            continue
        first, last = places[match.start()], places[match.start() + length - 1]
        if number == before + 1:
            first = end
        end = last + 1
        marked[first:end] = [True] * (end - first)
        before = number if length == len(match[0]) else -2
    for place in range(1, len(text)):  # an accent belongs to its letter
        if unicodedata.combining(text[place]):
            marked[place] = marked[place - 1]
    return _join(text, marked)


def shorten_pieces(
    pieces: tuple[tuple[str, bool], ...], letters: int = 160
) -> tuple[tuple[str, bool], ...]:
    """Return the pieces with at most so many letters between matches and around them.

    >>> shorten_pieces((("one two three ", False), ("four", True)), 8)
    (('… three ', False), ('four', True))
    """
    last = len(pieces) - 1
    shortened = []
    for place, (text, matches) in enumerate(pieces):
        if not matches and len(text) > letters:
            start = text[: letters // 2].rpartition(" ")[0] if place else ""
            end = text[-letters // 2 if place < last and place else -letters :].partition(" ")[2]
            if place == last and place:
                start, end = text[:letters].rpartition(" ")[0], ""
            text = f"{start} … {end}" if start else f"… {end}"
        shortened.append((text, matches))
    return tuple(shortened)


def _find_word(word: str, sought: list[str]) -> tuple[int, int]:
    """Return which sought word a word matches, -1 for none, and how many of its letters do."""
    stem = fold_word(word)
    for number, wanted in enumerate(sought):
        if wanted == word or fold_word(wanted) == stem:
            return number, len(word)
    for number, wanted in enumerate(sought):
        if word.startswith(wanted):
            return number, len(wanted)
        if stem.startswith(fold_spelling(wanted)):
            return number, len(word)
    return -1, 0


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


@lru_cache(maxsize=65_536)
def fold_word(word: str) -> str:
    """Return one normalized word in one spelling, in the singular, without a possessive s.

    >>> fold_word("organizations"), fold_word("parties"), fold_word("putins")
    ('organisation', 'party', 'putin')
    """
    folded = _fold_word(word)
    if len(folded) > 4 and folded.endswith("ies"):
        return f"{folded[:-3]}y"
    if len(folded) > 3 and folded.endswith("s") and not folded.endswith(("ss", "us", "is")):
        return folded[:-1]
    return folded


def transliterate(text: str) -> str:
    """Return `text` in Latin letters, whatever its script; it may be no word of any language.

    >>> transliterate("Лавров")
    'Lavrov'
    """
    from anyascii import anyascii

    return anyascii(text)


# ---- typed words ----------------------------------------------------------------------------


@dataclass(frozen=True)
class SearchWords:
    """The words of a typed text: `words` must be found; `optional` ones put a match higher.

    `whole` is all of the text, normalized. Words of a question, such as "when" or "met", and small
    ones, such as "of", are left out or optional where other words remain.
    """

    whole: str
    words: tuple[str, ...]
    optional: tuple[str, ...] = ()


def read_search_words(typed: str) -> SearchWords:
    """Return the words of a typed text; a date in digits is read with the name of its month.

    >>> read_search_words("When does Putin visit India?")
    SearchWords(whole='when does putin visit india', words=('putin', 'india'), optional=('visit',))
    """
    whole = normalize_text(_ISO_DATE.sub(_name_month, typed))
    words = tuple(dict.fromkeys(whole.split()))[:_MOST_WORDS]
    question = len(words) > 1 and (words[0] in _QUESTION_WORDS or typed.rstrip().endswith("?"))
    small = _SMALL_WORDS | _QUESTION_WORDS if question else _SMALL_WORDS
    plain = tuple(word for word in words if word not in small) or words
    strong = tuple(word for word in plain if word not in _OPTIONAL_WORDS) if question else plain
    if not strong:
        return SearchWords(whole, plain)
    return SearchWords(whole, strong, tuple(word for word in plain if word not in strong))


def is_plain(word: str) -> bool:
    """Return whether a normalized word says something of what is sought, alone or with others.

    >>> is_plain("india"), is_plain("between")
    (True, False)
    """
    return word not in _SMALL_WORDS and word not in _QUESTION_WORDS


def _name_month(match: re.Match[str]) -> str:
    year, month, day = match.groups()
    if not 1 <= int(month) <= 12:
        return match[0]
    return f" {int(day) if day else ''} {MONTHS[int(month) - 1]} {year} "


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

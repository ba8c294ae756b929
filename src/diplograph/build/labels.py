"""Find labels that deceive a reader, and labels that look the same, as Unicode has characters.

SHACL's regular expressions know no properties of characters, compare no normalised text, and would
compare each label with all others.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import combinations

import pyoxigraph as ox

from diplograph.build.faults import Fault
from diplograph.core.names import PREFIXES, ROOT, TYPE
from diplograph.core.serialization import XML_ILLEGAL

_SKOS, _OWL = PREFIXES["skos"], PREFIXES["owl"]
_LABEL = PREFIXES["rdfs"] + "label"
LABELS = frozenset(
    (
        *(_LABEL, PREFIXES["dcterms"] + "title", PREFIXES["dg"] + "sectionTitle"),
        *(_SKOS + local for local in ("prefLabel", "altLabel", "hiddenLabel")),
    )
)
_SHOWN = 3  # characters that one finding names

_PLAIN = re.compile(r"[A-Za-z0-9](?:[\x21-\x25\x27-\x3b\x3d-\x7e]| (?=[^ ]))*")
_BREAK = re.compile("[\t\n\v\f\r\x85\u2028\u2029]")
_MARKUP = re.compile(r"&(?:#[0-9]+|#[xX][0-9A-Fa-f]+|[A-Za-z][A-Za-z0-9]*);|</?[A-Za-z][^<>]*>")
# UTF-8 read as Windows-1252 or Latin-1, where nothing else is likely: Latin letters of two bytes,
# punctuation of three, pairs of Cyrillic letters.
_TRAIL = "".join(bytes([n]).decode("cp1252", "ignore") + chr(n) for n in range(0x80, 0xC0))
_MISREAD = re.compile(f"[\xc2\xc3][{_TRAIL}]|\xe2[{_TRAIL}]{{2}}|(?:[\xd0\xd1][{_TRAIL}]){{2}}")
_WORD = re.compile(r"[^\W\d_]+")
_ALIKE_SCRIPTS = ("ARMENIAN", "CHEROKEE", "CYRILLIC", "GREEK", "LATIN")

# Characters that show as nothing and are of no category that says so: Hangul and Khmer fillers,
# the grapheme joiner, Braille's blank.
_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
# Signs of number and verse that stand around digits: they are seen.
_VISIBLE_FORMATS = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
_JOINERS = "\u200c\u200d"
_MARKS = "\u200e\u200f\u061c"  # of direction: left-to-right, right-to-left, Arabic
# Scripts in whose words joiners shape letters (UAX #31, 2.3), by their names in Unicode.
_JOINED_SCRIPTS = frozenset(
    (
        "ARABIC BALINESE BENGALI CHAKMA DEVANAGARI GUJARATI GURMUKHI JAVANESE KANNADA KHMER"
        " MALAYALAM MANDAIC MEETEI MONGOLIAN MYANMAR NKO ORIYA PHAGS-PA SINHALA SYRIAC TAMIL"
        " TELUGU TIBETAN"
    ).split()
)


# ---- characters ---------------------------------------------------------------------------------


def find_bad_texts(statements: Iterable[ox.Triple]) -> Iterator[Fault]:
    """Yield faults of labels, and of any text that XML cannot hold, in no order."""
    for triple in statements:
        if not isinstance(triple.object, ox.Literal):
            continue
        text, thing, path = triple.object.value, triple.subject.value, triple.predicate.value
        if XML_ILLEGAL.search(text):
            yield Fault("Text-characters", thing, path, _name(XML_ILLEGAL.findall(text)))
        if path in LABELS and not _PLAIN.fullmatch(text):
            yield from (
                Fault(f"Label-{shape}", thing, path, value) for shape, value in judge_label(text)
            )


def judge_label(text: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a label: a shape's name after Label-, and what to show."""
    text = XML_ILLEGAL.sub("", text)
    if not any(_is_spoken(character) for character in text):
        yield "empty", _name(text) or '""'
        return
    spaces = _describe_spaces(text)
    if spaces:
        yield "spaces", spaces
    misread = _MISREAD.search(text)
    if misread:
        yield "encoding", _describe_misread(misread[0])
        text = _MISREAD.sub("", text)
    invisible = [text[at] for at in range(len(text)) if _is_invisible(text, at)]
    if invisible:
        yield "invisible", _name(invisible)
    if not unicodedata.is_normalized("NFC", text):
        yield "composition", _describe_composition(text)
    mixed = next(filter(None, map(_describe_mixture, _WORD.findall(text))), None)
    if mixed:
        yield "scripts", mixed
    markup = [found[0] for found in _MARKUP.finditer(text) if _is_markup(found[0])]
    if markup:
        yield "markup", markup[0] if markup[0].isprintable() else _name(markup[0])


def _name(characters: Iterable[str]) -> str:
    """Return the characters by number and name in Unicode, in the order of their numbers."""
    names = [
        f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()
        for character in sorted(set(characters))
    ]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more


def _is_spoken(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN" and character not in _FILLERS


def _describe_spaces(text: str) -> str:
    if text[0].isspace() or text[-1].isspace():
        return "a blank at its end" if text[-1].isspace() else "a blank before it"
    broken = _BREAK.findall(text)
    if broken:
        return f"a tab or line break ({_name(broken)})"
    return "two blanks in a row" if re.search(r"\s\s", text) else ""


def _is_invisible(text: str, at: int) -> bool:
    """Return whether the character there is one that nobody sees, or that stands for nothing."""
    character = text[at]
    if character.isascii() and character.isprintable():
        return False
    category = unicodedata.category(character)
    if category == "Cc":
        return not character.isspace()
    if character in _FILLERS or character == "\ufffd" or category == "Co":
        # The joiner of graphemes keeps combining marks apart.
        return character != "\u034f" or not _has(text[at + 1 : at + 2], "Mn")
    if (ord(character) & 0xFFFE) == 0xFFFE or "\ufdd0" <= character <= "\ufdef":
        return True  # of no character at all
    if category != "Cf" or _VISIBLE_FORMATS.match(character):
        return False
    if character in _JOINERS:
        return not _joins(text[:at], text[at + 1 :])
    is_mark = character in _MARKS
    return not (is_mark and any(unicodedata.bidirectional(other) in ("R", "AL") for other in text))


def _has(characters: str, category: str) -> bool:
    return any(unicodedata.category(character) == category for character in characters)


def _joins(before: str, after: str) -> bool:
    """Return whether a joiner stands in a word of a script that needs it, or in an emoji."""
    if not before or not after:
        return False
    if unicodedata.category(after[0]) == "So":
        return before[-1] == "\ufe0f" or unicodedata.category(before[-1]) in ("So", "Sk")
    scripts = (
        unicodedata.name(character, "").split(" ")[0] for character in (before[-1], after[0])
    )
    return all(script in _JOINED_SCRIPTS for script in scripts)


def _describe_composition(text: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    at = next(
        (at for at, pair in enumerate(zip(text, composed, strict=False)) if pair[0] != pair[1]), 0
    )
    end = at + 1
    while end < len(text) and unicodedata.combining(text[end]):
        end += 1
    written, right = text[at:end], unicodedata.normalize("NFC", text[at:end])
    return " for ".join(
        " ".join(f"U+{ord(character):04X}" for character in part) for part in (written, right)
    )


def _describe_mixture(word: str) -> str | None:
    """Return the word and its odd letter, where letters are of scripts that look alike."""
    if word.isascii():
        return None
    letters: dict[str, list[str]] = {}
    for letter in word:
        script = unicodedata.name(letter, "").split(" ")[0]
        if script in _ALIKE_SCRIPTS:
            letters.setdefault(script, []).append(letter)
    if len(letters) < 2:
        return None
    rare = min(letters.items(), key=lambda pair: (len(pair[1]), pair[0]))[1]
    return f"{word} ({_name(rare)})"


def _is_markup(text: str) -> bool:
    return text[0] == "<" or html.unescape(text) != text


def _describe_misread(text: str) -> str:
    codes = b"".join(
        letter.encode("latin-1") if ord(letter) < 0x100 else letter.encode("cp1252")
        for letter in text
    )
    meant = codes.decode(errors="replace")
    is_sure = meant.isprintable() and "\ufffd" not in meant
    return f"{meant} written as {len(codes)} characters" if is_sure else _name(text)


# ---- labels that look the same ------------------------------------------------------------------

_KINDS = f"{ROOT}id/"
_TERMS = frozenset(
    (
        *(_OWL + kind for kind in ("AnnotationProperty", "Class", "DatatypeProperty")),
        *(_OWL + "ObjectProperty", _SKOS + "ConceptScheme"),
    )
)
# The capital and small letters that look like Latin ones.
_CYRILLIC = (
    "\u0410\u0412\u0415\u0405\u0406\u0408\u041a\u041c\u041d"
    "\u041e\u0420\u0421\u0422\u0423\u0425\u0430\u0435\u0455"
    "\u0456\u0458\u043e\u0440\u0441\u0443\u0445\u04bb"
)
_GREEK = (
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf"
)
_LATIN = "ABESIJKMHOPCTYXaesijopcyxh" + "ABEZHIKMNOPTYXo"
_PUNCTUATION = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u2018\u2019\u201b\u02bc\u02b9\u00b4`", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
}
_ALIKE = str.maketrans(_CYRILLIC + _GREEK, _LATIN)
_EQUAL = str.maketrans(_PUNCTUATION)


def fold_label(text: str, alike: bool = False) -> str:
    """Return what two labels share that differ by case, blanks, composition or unseen characters.

    With `alike`, Cyrillic and Greek letters count as the Latin ones they look like.
    """
    if text.isascii():
        return " ".join(text.casefold().replace("`", "'").split())
    text = unicodedata.normalize("NFKC", text).translate(_EQUAL)
    text = "".join(
        character
        for character in text
        if character not in _FILLERS
        and (character.isspace() or unicodedata.category(character) not in ("Cf", "Cc"))
        and not "\ufe00" <= character <= "\ufe0f"
    )
    text = text.translate(_ALIKE) if alike else text
    return " ".join(unicodedata.normalize("NFKC", text.casefold()).split())


def find_same_labels(statements: Iterable[ox.Triple]) -> Iterator[Fault]:
    """Yield pairs of one kind whose labels are the same or look the same, sorted."""
    labels, kinds = _read_labels(statements)
    groups: dict[tuple[str, bool, str], set[str]] = {}
    for thing, texts in labels.items():
        for language, text in texts:
            for alike in (False, True):
                key = (language, alike, fold_label(text, alike))
                groups.setdefault(key, set()).add(thing)
    pairs = {pair for group in groups.values() for pair in combinations(sorted(group), 2)}
    for one, other in sorted(pairs):
        if kinds.get(one, frozenset()) & kinds.get(other, frozenset()):
            is_thing = one.startswith(_KINDS)
            yield Fault(f"{'Thing' if is_thing else 'Term'}-same-label", one, _LABEL, other)


def _read_labels(
    statements: Iterable[ox.Triple],
) -> tuple[dict[str, set[tuple[str, str]]], dict[str, set[str]]]:
    """Return language and text of rdfs:label by thing, and what makes two things of one kind."""
    labels: dict[str, set[tuple[str, str]]] = {}
    kinds: dict[str, set[str]] = {}
    for triple in statements:
        thing, path, value = triple.subject.value, triple.predicate.value, triple.object
        if path == _LABEL and isinstance(value, ox.Literal):
            labels.setdefault(thing, set()).add((value.language or "", value.value))
            if thing.startswith(_KINDS):
                kind = thing.removeprefix(_KINDS).partition("/")[0]
                kinds.setdefault(thing, set()).add(kind)
        is_kind = path == _SKOS + "inScheme" or (path == TYPE and value.value in _TERMS)
        if is_kind and not thing.startswith(_KINDS):
            kinds.setdefault(thing, set()).add(value.value)
    return labels, kinds

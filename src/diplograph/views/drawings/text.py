"""Widths of texts in drawings, and texts cut or broken to fit.

A browser takes the first font of the stylesheet's list that a reader's machine has, so a width here
is that of the widest of them, DejaVu Sans, or of Liberation Sans where that is wider.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from diplograph.views.drawings import LABEL_SIZE

# Widths as shares of the size of the letters, rounded up, and the characters that have them.
_CHARACTERS = {
    0.3: "Iijl",
    0.325: " ,.·\u2018\u2019",
    0.35: "/:;\\|¦",
    0.375: "-f\u2011",
    0.4: "()[]t",
    0.425: "!r",
    0.475: '"ªº',
    0.5: "*J`¨°",
    0.525: "sz“”„",
    0.55: "c",
    0.575: "?L_\u2013",
    0.6: "kvxy•",
    0.625: "FTaeo«»¿",
    0.65: "$0123456789bdghnpqu{}£€",
    0.675: "EKPSY",
    0.7: "ABVXZ",
    0.725: "CR",
    0.75: "NU",
    0.775: "DH",
    0.8: "&GOQ",
    0.825: "w",
    0.85: "#+<=>^~±\xd7\u2212",
    0.875: "M",
    0.975: "%m",
    1.0: "W@",
}
_WIDTHS = {character: width for width, group in _CHARACTERS.items() for character in group}
# The widest letters of the Cyrillic alphabets; all others are at most as wide as the shares below.
_WIDE_CYRILLIC = frozenset("ЂЉЊЋЪЫЖМФШЩЫЮѢжмфшщыюљњѣ")
_BLOCKS = ((0x370, 0x400, 0.86), (0x400, 0x530, 0.8), (0x590, 0x600, 0.73))
_WIDEST_CYRILLIC, _OTHER = 1.125, 1.05
# How much wider bold letters are at most: all, and those that are narrow.
_BOLD, _NARROW_BOLD, _NARROW = 1.15, 1.25, 0.56
_ELLIPSIS = "…"


def measure(text: str, size: float = LABEL_SIZE, bold: bool = False) -> float:
    """Return how wide a text may be in pixels, letters being `size` pixels high."""
    return sum(_measure_character(character, bold) for character in text) * size


def fit(text: str, width: float, size: float = LABEL_SIZE, bold: bool = False) -> str:
    """Return the text, cut and with an ellipsis at its end where it is wider than `width`."""
    if measure(text, size, bold) <= width:
        return text
    room = width - measure(_ELLIPSIS, size, bold)
    return text[: _count_fitting(text, room, size, bold)].rstrip(" ,;:·-") + _ELLIPSIS


def wrap(
    text: str, width: float, lines: int, size: float = LABEL_SIZE, bold: bool = False
) -> tuple[str, ...]:
    """Return the text in at most so many lines of that width, the last cut where it must be.

    A word that is wider than a line is broken.
    """
    broken = list(_break(text, width, size, bold))
    if len(broken) <= lines:
        return tuple(broken)
    rest = " ".join(broken[lines - 1 :])
    return (*broken[: lines - 1], fit(rest, width, size, bold))


def _break(text: str, width: float, size: float, bold: bool) -> Iterator[str]:
    """Yield the lines of a text, broken at spaces, and within words that fit no line."""
    line = ""
    for word in text.split():
        joined = f"{line} {word}" if line else word
        if measure(joined, size, bold) <= width:
            line = joined
            continue
        if line:
            yield line
        while measure(word, size, bold) > width:
            count = max(1, _count_fitting(word, width, size, bold))
            yield word[:count]
            word = word[count:]
        line = word
    if line:
        yield line


def _count_fitting(text: str, width: float, size: float, bold: bool) -> int:
    """Return how many characters fit, never a letter without the accents that follow it."""
    room, count = width / size, 0
    for place, character in enumerate(text):
        room -= _measure_character(character, bold)
        if room < 0:
            break
        count = place + 1
    while 0 < count < len(text) and not _measure_character(text[count]):
        count -= 1
    return count


@lru_cache(maxsize=4096)
def _measure_character(character: str, bold: bool = False) -> float:
    """Return the width of a character as a share of the size; 0 for one that stands on another."""
    width = _find_width(character)
    return width * (_NARROW_BOLD if width < _NARROW else _BOLD) if bold else width


def _find_width(character: str) -> float:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0.0
    base = unicodedata.normalize("NFD", character)[0]
    if base in _WIDTHS:
        # An accent beside the letter, as in ľ, takes up to a tenth.
        return _WIDTHS[base] if base == character or base != "l" else _WIDTHS[base] + 0.1
    if base in _WIDE_CYRILLIC:
        return _WIDEST_CYRILLIC
    shares = (share for first, end, share in _BLOCKS if first <= ord(base) < end)
    return next(shares, _OTHER)

"""Names nearly equal: things of one kind that may be one thing, written in two ways."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from diplograph.core.names import ENTITY_KINDS
from diplograph.things import Thing
from diplograph.views.folding import fold
from diplograph.views.search import Index

# A slip in a short word makes another word; in a long one there may be two.
_SHORTEST, _LONG = 5, 9
# More labels than these that share all words but one, and the letter it begins or ends with, are a
# list and no slips: the first are looked at.
_MOST_ALIKE = 600


@dataclass(frozen=True)
class Near:
    """Two things of one kind whose names are nearly equal, and what tells the names apart."""

    one: Thing
    other: Thing
    kind: str
    difference: str


def find_near(index: Index) -> tuple[Near, ...]:
    """Return the pairs of entities of one kind whose labels are nearly equal, by kind and label.

    Labels are nearly equal that have the same words, whatever their order, case and accents, or
    that differ in one word by a slip of the keys, or by an initial for a person's name. Words that
    tell states apart, such as Slovakia and Slovenia, are no slips. Only labels that share all other
    words are compared, so thousands of them take a moment.
    """
    states = {word for state in index.of_kind("state") for word in fold(state.label).split()}
    found: list[Near] = []
    for kind in ENTITY_KINDS:
        pairs = _compare(index.of_kind(kind), kind, states)
        found += [pairs[each] for each in sorted(pairs, key=lambda pair: pairs[pair].one.label)]
    return tuple(found)


def _compare(things: tuple[Thing, ...], kind: str, states: set[str]) -> dict[tuple[str, str], Near]:
    pairs: dict[tuple[str, str], Near] = {}
    same: dict[tuple[str, ...], list[Thing]] = {}
    blocks: dict[tuple, list[tuple[str, Thing]]] = {}
    for thing in things:
        words = fold(thing.label).split()
        same.setdefault(tuple(sorted(words)), []).append(thing)
        for place, word in enumerate(words):
            rest = (place, *words[:place], "", *words[place + 1 :])
            blocks.setdefault(("begins", word[0], rest), []).append((word, thing))
            blocks.setdefault(("ends", word[-1], rest), []).append((word, thing))
    for alike in same.values():
        for one, other in combinations(alike[:_MOST_ALIKE], 2):
            pairs[one.iri, other.iri] = Near(one, other, kind, _tell_apart(one, other))
    for near in _find_slips(blocks, kind, states):
        pairs.setdefault((near.one.iri, near.other.iri), near)
    return pairs


def _find_slips(blocks: dict, kind: str, states: set[str]) -> Iterator[Near]:
    for block in blocks.values():
        for (word, one), (another, other) in combinations(block[:_MOST_ALIKE], 2):
            if word in states and another in states:
                continue
            difference = _slip(word, another) or (kind == "person" and _initial(word, another))
            if difference:
                yield Near(one, other, kind, difference)


def _slip(word: str, another: str) -> str:
    """Return how two words differ where one may be a slip for the other, else nothing."""
    from rapidfuzz.distance import OSA

    shorter = min(len(word), len(another))
    if word == another or shorter < _SHORTEST or not (word.isalpha() and another.isalpha()):
        return ""
    most = 2 if shorter >= _LONG else 1
    apart = OSA.distance(word, another, score_cutoff=most)
    if apart > most:
        return ""
    return f"{'one letter' if apart == 1 else 'two letters'}: {word} and {another}"


def _initial(word: str, another: str) -> str:
    short, long = sorted((word, another), key=len)
    return f"an initial: {short} and {long}" if len(short) == 1 < len(long) else ""


def _tell_apart(one: Thing, other: Thing) -> str:
    if one.label == other.label:
        return "nothing: one name for two things"
    same_order = fold(one.label) == fold(other.label)
    return "case, accents or punctuation" if same_order else "the order of the words"

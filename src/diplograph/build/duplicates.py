"""Find what is entered twice where SHACL would compare everything: links, and names of entities.

What may be the same is put into groups first, so that nothing is compared with everything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import pyoxigraph as ox

from diplograph.build.faults import Fault
from diplograph.build.labels import fold_label
from diplograph.core.letters import normalize_text
from diplograph.core.names import ENTITY_KINDS, PREFIXES, ROOT, TYPE

_DG = PREFIXES["dg"]
_KINDS = f"{ROOT}id/"
_LINK_PARTS = ("linkTo", "contextKind", "firstEver", "ordinal", "venueText", "trend")
_LABEL, _OTHER_NAME = PREFIXES["rdfs"] + "label", PREFIXES["skos"] + "altLabel"
# Kinds whose other names name one thing: two offices may both be called foreign minister.
_NAMED_KINDS = ("person", "forum", "organ", "organization", "media")
# Letters from which a word may differ by one typing error, and from which by two.
_SHORTEST, _LONG = 5, 9
# Names with all words but one in common, and the letter that this one begins or ends with, that are
# compared with one another; more of them are a list rather than typing errors.
_MOST_COMPARED = 600

Values = Mapping[str, frozenset[str]]


# ---- links --------------------------------------------------------------------------------------


def find_same_links(statements: Iterable[ox.Triple]) -> Iterator[Fault]:
    """Yield a fault for each link after the first, by IRI, of those that say the same of a fact."""
    same: dict[tuple, list[str]] = defaultdict(list)
    for thing, values in sorted(_read_links(statements).items()):
        kinds = {iri.removeprefix(_DG) for iri in values[TYPE]}
        ends = {kind: values[f"{kind[0].lower()}{kind[1:]}Of"] for kind in kinds}
        of = frozenset((kind, fact) for kind, facts in ends.items() for fact in facts)
        same[(of, *(values[name] for name in _LINK_PARTS))].append(thing)
    for (of, *_), (first, *others) in same.items():
        if of:
            yield from (Fault("Link-same", first, f"{_DG}linkTo", other) for other in others)


def _read_links(statements: Iterable[ox.Triple]) -> dict[str, Values]:
    """Return for each link its types, and its values by local name of a property of ours."""
    links: dict[str, defaultdict[str, set[str]]] = {}
    for triple in statements:
        thing, path = triple.subject.value, triple.predicate.value
        if thing.startswith(PREFIXES["link"]) and (path.startswith(_DG) or path == TYPE):
            values = links.setdefault(thing, defaultdict(set))
            values[path.removeprefix(_DG)].add(triple.object.value)
    return {
        thing: defaultdict(frozenset, {name: frozenset(found) for name, found in values.items()})
        for thing, values in links.items()
    }


# ---- names --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class EntityName:
    """What a thing is called; `is_label` is false of its other names."""

    thing: str
    text: str
    is_label: bool = True


def find_names_alike(statements: Iterable[ox.Triple]) -> Iterator[Fault]:
    """Yield a fault for each pair of entities of one kind with nearly the same name."""
    names: dict[str, list[EntityName]] = defaultdict(list)
    for triple in statements:
        path = triple.predicate.value
        kind = _read_kind(triple.subject.value) if path in (_LABEL, _OTHER_NAME) else ""
        if kind in ENTITY_KINDS:
            names[kind].append(
                EntityName(triple.subject.value, triple.object.value, path == _LABEL)
            )
    labels = {
        name.thing: fold_label(name.text)
        for group in names.values()
        for name in group
        if name.is_label
    }
    states = {word for name in names["state"] for word in normalize_text(name.text).split()}
    for kind, group in names.items():
        chosen = (name for name in group if name.is_label or kind in _NAMED_KINDS)
        for one, other in sorted(compare_names(chosen, kind, states)):
            if labels.get(one) != labels.get(other):  # else another shape reports the pair
                yield Fault("Entity-alike", one, _LABEL, other)


def _read_kind(iri: str) -> str:
    return iri.removeprefix(_KINDS).partition("/")[0] if iri.startswith(_KINDS) else ""


def compare_names(
    names: Iterable[EntityName], kind: str, states: set[str]
) -> dict[tuple[str, str], str]:
    """Return pairs of things of one kind whose names are nearly equal, with how these differ.

    Names are nearly equal that have the same words, whatever their order, case and accents; labels
    also that differ in one word by a typing error, or by an initial for a person's name. `states`
    are the words of states' names: those that tell states apart, such as Slovakia and Slovenia, are
    no typing errors. Only names that share all other words are compared, so that thousands of them
    take a moment.
    """
    pairs: dict[tuple[str, str], str] = {}
    same: dict[tuple[str, ...], list[EntityName]] = defaultdict(list)
    blocks: dict[tuple, list[tuple[str, EntityName]]] = defaultdict(list)
    for name in sorted(names, key=lambda name: (name.thing, name.text)):
        words = normalize_text(name.text).split()
        same[tuple(sorted(words))].append(name)
        for place, word in enumerate(words if name.is_label else ()):
            rest = (place, *words[:place], "", *words[place + 1 :])
            blocks[("begins", word[0], rest)].append((word, name))
            blocks[("ends", word[-1], rest)].append((word, name))
    for group in same.values():
        for one, other in combinations(group[:_MOST_COMPARED], 2):
            if one.thing != other.thing:
                pairs.setdefault((one.thing, other.thing), _describe_difference(one, other))
    for one, other, difference in _find_typing_errors(blocks, kind, states):
        pairs.setdefault((one.thing, other.thing), difference)
    return pairs


def _find_typing_errors(
    blocks: Mapping[tuple, list[tuple[str, EntityName]]], kind: str, states: set[str]
) -> Iterator[tuple[EntityName, EntityName, str]]:
    for block in blocks.values():
        for (word, one), (another, other) in combinations(block[:_MOST_COMPARED], 2):
            if one.thing == other.thing or (word in states and another in states):
                continue
            difference = _describe_typing_error(word, another)
            if not difference and kind == "person":
                difference = _describe_initial(word, another)
            if difference:
                yield one, other, difference


def _describe_typing_error(word: str, another: str) -> str:
    """Return how two words differ where one may be a typing error of the other, else nothing."""
    from rapidfuzz.distance import OSA

    shorter = min(len(word), len(another))
    if word == another or shorter < _SHORTEST or not (word.isalpha() and another.isalpha()):
        return ""
    most = 2 if shorter >= _LONG else 1
    distance = OSA.distance(word, another, score_cutoff=most)
    if distance > most:
        return ""
    return f"{'one letter' if distance == 1 else 'two letters'}: {word} and {another}"


def _describe_initial(word: str, another: str) -> str:
    short, long = sorted((word, another), key=len)
    return f"an initial: {short} and {long}" if len(short) == 1 < len(long) else ""


def _describe_difference(one: EntityName, other: EntityName) -> str:
    if one.text == other.text:
        return "nothing: one name for two things"
    same_order = normalize_text(one.text) == normalize_text(other.text)
    return "case, accents or punctuation" if same_order else "the order of the words"

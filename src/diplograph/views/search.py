"""The search over things and gists: an index of a build's texts, and what is found in it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from heapq import nsmallest
from itertools import combinations
from typing import NamedTuple

from diplograph.core.errors import UnknownPrefix
from diplograph.core.names import (
    CONCEPT_SCHEMES,
    ENTITY_KINDS,
    FACT_KINDS,
    ONTOLOGY,
    PREFIXES,
    ROOT,
    compact,
    expand,
    split,
)
from diplograph.core.things import Thing
from diplograph.views.query import QueryRunner, fill_query

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


def normalize_text(text: str) -> str:
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
    return "".join(_keep_character(each) for each in folded)


def _keep_character(character: str) -> str:
    """Return a letter, digit or vowel sign as it is, nothing for an accent, else a space."""
    if unicodedata.combining(character):
        return ""
    letter = character.isalnum() or unicodedata.category(character).startswith("M")
    return character if letter else " "


# As many texts as search.rq gives; a build with more is searched in part, which the page says.
MOST_TEXTS = 150_000
# How like a word of ours a word must be to be taken for a slip of it, 1 being the same.
_LIKENESS = 0.7
# What a reader is likeliest to look for comes first among equals; what is not named here is last.
_FIRST = (*ENTITY_KINDS, "event", "report", "passage", *FACT_KINDS, *CONCEPT_SCHEMES, "term")
_WEIGHT = {kind: place for place, kind in enumerate(dict.fromkeys(_FIRST))}
# How little a match in a text counts: each way to match counts up to five less than being the same.
_FIELDS = {"label": 0, "code": 0, "name": 6, "other name": 1, "gist": 12, "note": 18}
# Their labels only number them, so that their gists say more.
_NUMBERED = {"passage", "attestation"}


class Text(NamedTuple):
    """One text by which a thing can be found, as it is written and as it is compared.

    `base` is how little a match in it counts, `thing` the number of its thing.
    """

    field: str
    written: str
    folded: str
    thing: int
    base: int


@dataclass(frozen=True)
class Hit:
    """A thing found: its kind, and the text that matches in pieces, each marked or not.

    `field` says which text it is: label, other name, code, name (its CURIE), gist or note; where
    it is no label, `gist` is what a passage says.
    """

    thing: Thing
    kind: str
    field: str
    pieces: tuple[tuple[str, bool], ...]
    gist: str = ""


@dataclass(frozen=True)
class SearchResults:
    """What a search found: how many in all, how many of each kind, and those of one page.

    `corrected` is what was searched for instead where nothing has the words as they were typed.
    """

    total: int
    kinds: tuple[tuple[str, int], ...]
    hits: tuple[Hit, ...]
    corrected: str = ""


class SearchIndex:
    """The texts of one build; `whole` says whether all of them are here."""

    def __init__(self, rows: list[dict[str, str]]):
        """`rows` are those of search.rq: a thing, the field of a text, the text, its language."""
        self.whole = len(rows) < MOST_TEXTS
        self.labels: dict[str, str] = {}
        self._gists: dict[str, str] = {}
        self._texts: list[Text] = []
        self._iris: list[str] = []
        self._kinds: list[str] = []
        numbers: dict[str, int] = {}
        for row in rows:
            if row["thing"] not in numbers and read_kind(row["thing"]):
                numbers[row["thing"]] = self._add_thing(row["thing"])
            if row["thing"] in numbers:
                self._add_text(row, numbers[row["thing"]])
        for text in self._texts:
            if text.field == "other name":  # a name in another tongue is better than none
                self.labels.setdefault(self._iris[text.thing], text.written)

    def _add_thing(self, iri: str) -> int:
        kind, number = read_kind(iri), len(self._iris)
        self._iris.append(iri)
        self._kinds.append(kind)
        slug = iri.partition("#")[2] or iri.partition(f"/{kind}/")[2]
        self._texts.append(
            Text("name", compact(iri), normalize_text(slug), number, _FIELDS["name"])
        )
        return number

    def _add_text(self, row: dict[str, str], number: int) -> None:
        field, written = row["field"], row["text"]
        if field == "label" and row.get("tongue") not in ("", "en"):
            field = "other name"
        if field in ("label", "gist"):
            kept = self.labels if field == "label" else self._gists
            kept.setdefault(row["thing"], written)
        numbered = field == "label" and self._kinds[number] in _NUMBERED
        base = _FIELDS["note"] if numbered else _FIELDS[field]
        self._texts.append(Text(field, written, normalize_text(written), number, base))

    def find(
        self, sought: str, kind: str = "", *, limit: int = 50, offset: int = 0
    ) -> SearchResults:
        """Return the things whose texts have the words of `sought`, the best first.

        What is called so comes before what begins so, that before where a word begins so, that
        before what holds it inside; labels before gists, gists before notes. Case, accents and
        punctuation count for nothing. Where nothing is found, words nearly equal are searched for;
        where nothing is sought but a kind is, all things of it are found.
        """
        if kind and not sought:
            return self._list(kind, limit, offset)
        words = normalize_text(sought)
        found = self._rank(words, _read_iri(sought))
        corrected = "" if found else self._correct(words)
        if corrected:
            words, found = corrected, self._rank(corrected, "")
        kinds = Counter(self._kinds[number] for number in found)
        chosen = [each for each in found if kind in ("", self._kinds[each])]
        order = nsmallest(offset + limit, chosen, key=lambda each: self._order(found[each]))
        hits = [self._hit(found[each][1], words) for each in order[offset:]]
        counts = sorted(kinds.items(), key=lambda each: (-each[1], each[0]))
        return SearchResults(len(chosen), tuple(counts), tuple(hits), corrected if found else "")

    def _list(self, kind: str, limit: int, offset: int) -> SearchResults:
        things = self.of_kind(kind)
        hits = [
            Hit(each, kind, "label", ((each.label, False),), self._gists.get(each.iri, ""))
            for each in things[offset : offset + limit]
        ]
        return SearchResults(len(things), ((kind, len(things)),), tuple(hits))

    def name(self, iri: str) -> Thing:
        """Return the thing of that IRI with its label, its CURIE where it has none."""
        return Thing(iri, self.labels.get(iri) or compact(iri))

    def of_kind(self, kind: str) -> tuple[Thing, ...]:
        """Return the things of a kind that have a label, by label."""
        chosen = (Thing(iri, label) for iri, label in self.labels.items() if read_kind(iri) == kind)
        return tuple(sorted(chosen, key=lambda each: (each.label, each.iri)))

    def find_called(self, labels: Iterable[str]) -> dict[str, list[str]]:
        """Return for each label the things that have it exactly, else whatever its case."""
        exact, folded = self._called
        return {each: exact.get(each) or folded.get(each.casefold(), []) for each in labels}

    def _rank(self, words: str, iri: str) -> dict[int, tuple[int, Text]]:
        """Return the number of each thing found to how well it matches and by which text."""
        found: dict[int, tuple[int, Text]] = {}
        parts = words.split()
        if not parts:
            return found
        longest = max(parts, key=len)
        for text in self._texts:
            if longest not in text.folded:
                continue
            rank = _match(text, words, parts)
            if rank is not None and (text.thing not in found or rank < found[text.thing][0]):
                found[text.thing] = rank, text
        for text in self._texts if iri else ():
            if text.field == "name" and self._iris[text.thing] == iri:
                found[text.thing] = -1, text
        return found

    def _order(self, found: tuple[int, Text]) -> tuple:
        rank, text = found
        iri = self._iris[text.thing]
        label = self.labels.get(iri, iri)
        weight = _WEIGHT.get(self._kinds[text.thing], len(_WEIGHT))
        return rank, weight, len(text.folded) if rank < _FIELDS["gist"] else 0, label, iri

    def _hit(self, text: Text, words: str) -> Hit:
        iri = self._iris[text.thing]
        pieces = split_matches(text.written, words)
        gist = "" if text.field == "gist" else self._gists.get(iri, "")
        return Hit(self.name(iri), self._kinds[text.thing], text.field, pieces, gist)

    def _correct(self, words: str) -> str:
        """Return the words with each that no text has replaced by the nearest one, or nothing."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        corrected = []
        for word in words.split():
            scorer = {"scorer": OSA.normalized_similarity, "score_cutoff": _LIKENESS}
            near = process.extractOne(word, self._vocabulary, **scorer)
            if near is None:
                return ""
            corrected.append(near[0])
        return " ".join(corrected) if corrected != words.split() else ""

    @cached_property
    def _called(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        exact: dict[str, list[str]] = {}
        folded: dict[str, list[str]] = {}
        for iri, label in self.labels.items():
            exact.setdefault(label, []).append(iri)
            folded.setdefault(label.casefold(), []).append(iri)
        return exact, folded

    @cached_property
    def _vocabulary(self) -> list[str]:
        named = (text for text in self._texts if text.field in ("label", "other name"))
        return sorted({word for text in named for word in text.folded.split()})


def read_search_index(asking: QueryRunner) -> SearchIndex:
    """Return the index of the build that answers; one query, the dearest here: keep what it gives.

    Raises what the engine raises.
    """
    return SearchIndex(asking.rows(fill_query("search")))


def read_passage_facts(asking: QueryRunner, passages: list[str]) -> dict[str, tuple[str, ...]]:
    """Return passage IRI to the IRIs of the facts it supports; one query, none for no passages."""
    if not passages:
        return {}
    found: dict[str, list[str]] = {}
    for row in asking.rows(fill_query("search-facts", passage=sorted(passages))):
        found.setdefault(row["passage"], []).append(row["fact"])
    return {passage: tuple(facts) for passage, facts in found.items()}


def read_kind(iri: str) -> str:
    """Return the kind that the IRI of one of our things tells: state, topic, term; else nothing.

    >>> read_kind("https://w3id.org/diplograph/id/state/IND")
    'state'
    """
    if iri.startswith(f"{ONTOLOGY}#"):
        return "term"
    for base in ("id/", "concept/"):
        if iri.startswith(ROOT + base):
            return iri.removeprefix(ROOT + base).partition("/")[0]
    return ""


def _match(text: Text, words: str, parts: list[str]) -> int | None:
    """Return how well a text matches, 0 being best; None where it does not."""
    base, folded = text.base, text.folded
    if folded == words:
        return base if text.field in ("gist", "note") else 0
    if text.field == "code":
        return None
    if folded.startswith(words):
        return base + 1
    spaced = f" {folded}"
    if f" {words}" in spaced:
        return base + 2
    if words in folded:
        return base + 3
    if all(f" {part}" in spaced for part in parts):
        return base + 4
    return base + 5 if all(part in folded for part in parts) else None


def _read_iri(sought: str) -> str:
    """Return the IRI that a CURIE or an IRI stands for, nothing for words."""
    try:
        return expand(sought)
    except UnknownPrefix:
        return ""


# A slip in a short word makes another word; in a long one there may be two.
_SHORTEST, _LONG = 5, 9
# More labels than these that share all words but one, and the letter it begins or ends with, are a
# list and no slips: the first are looked at.
_MOST_ALIKE = 600


@dataclass(frozen=True)
class NearDuplicate:
    """Two things of one kind whose names are nearly equal, and what tells the names apart."""

    one: Thing
    other: Thing
    kind: str
    difference: str


def find_near_duplicates(index: SearchIndex) -> tuple[NearDuplicate, ...]:
    """Return the pairs of entities of one kind whose labels are nearly equal, by kind and label.

    Labels are nearly equal that have the same words, whatever their order, case and accents, or
    that differ in one word by a slip of the keys, or by an initial for a person's name. Words that
    tell states apart, such as Slovakia and Slovenia, are no slips. Only labels that share all other
    words are compared, so thousands of them take a moment.
    """
    states = {
        word for state in index.of_kind("state") for word in normalize_text(state.label).split()
    }
    found: list[NearDuplicate] = []
    for kind in ENTITY_KINDS:
        pairs = _compare(index.of_kind(kind), kind, states)
        found += [pairs[each] for each in sorted(pairs, key=lambda pair: pairs[pair].one.label)]
    return tuple(found)


def _compare(
    things: tuple[Thing, ...], kind: str, states: set[str]
) -> dict[tuple[str, str], NearDuplicate]:
    pairs: dict[tuple[str, str], NearDuplicate] = {}
    same: dict[tuple[str, ...], list[Thing]] = {}
    blocks: dict[tuple, list[tuple[str, Thing]]] = {}
    for thing in things:
        words = normalize_text(thing.label).split()
        same.setdefault(tuple(sorted(words)), []).append(thing)
        for place, word in enumerate(words):
            rest = (place, *words[:place], "", *words[place + 1 :])
            blocks.setdefault(("begins", word[0], rest), []).append((word, thing))
            blocks.setdefault(("ends", word[-1], rest), []).append((word, thing))
    for alike in same.values():
        for one, other in combinations(alike[:_MOST_ALIKE], 2):
            pairs[one.iri, other.iri] = NearDuplicate(one, other, kind, _tell_apart(one, other))
    for near in _find_slips(blocks, kind, states):
        pairs.setdefault((near.one.iri, near.other.iri), near)
    return pairs


def _find_slips(blocks: dict, kind: str, states: set[str]) -> Iterator[NearDuplicate]:
    for block in blocks.values():
        for (word, one), (another, other) in combinations(block[:_MOST_ALIKE], 2):
            if word in states and another in states:
                continue
            difference = _slip(word, another) or (kind == "person" and _initial(word, another))
            if difference:
                yield NearDuplicate(one, other, kind, difference)


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
    same_order = normalize_text(one.label) == normalize_text(other.label)
    return "case, accents or punctuation" if same_order else "the order of the words"


_KINDS = {
    PREFIXES["owl"] + "Class": "class",
    PREFIXES["owl"] + "ObjectProperty": "property",
    PREFIXES["owl"] + "DatatypeProperty": "property",
    PREFIXES["owl"] + "AnnotationProperty": "property",
    PREFIXES["skos"] + "Concept": "concept",
}
# The words of others that most queries need, as their own vocabularies explain them.
_USUAL = (
    ("rdf:type", "type", "The thing is of that class."),
    ("rdfs:label", "label", "What a thing is called."),
    ("rdfs:subClassOf", "subclass of", "Everything of the class is of that class too."),
    ("skos:broader", "has broader", "A concept that takes in this one."),
    ("skos:definition", "definition", "What a term means."),
)


@dataclass(frozen=True)
class CompletionTerm:
    """One name that a query may use: `dg:Meeting`, a class, and what it means.

    `kind` is class, property, concept or thing; a thing has no definition.
    """

    name: str
    kind: str
    label: str
    definition: str = ""


def read_terms(asking: QueryRunner) -> tuple[CompletionTerm, ...]:
    """Return the usual terms, all classes, properties and concepts, and the things linked most.

    Of things there are at most 600. Left out is what no prefix of ours can name; two queries.
    """
    usual = (CompletionTerm(name, "property", label, meaning) for name, label, meaning in _USUAL)
    found = {expand(each.name): each for each in usual}
    for row in asking.rows(fill_query("completion-terms")):
        _keep_term(found, row, _KINDS[row["type"]])
    for row in asking.rows(fill_query("completion-things")):
        _keep_term(found, row, "thing")
    return tuple(found.values())


def _keep_term(found: dict[str, CompletionTerm], row: dict[str, str], kind: str) -> None:
    parts = split(row["term"])
    if parts and parts[0] in PREFIXES and row["term"] not in found:
        name = ":".join(parts)
        found[row["term"]] = CompletionTerm(name, kind, row["label"], row.get("definition", ""))

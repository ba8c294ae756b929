"""The search over things and gists: an index of a build's texts, and what is found in it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from heapq import nsmallest
from itertools import combinations, groupby
from operator import itemgetter
from typing import NamedTuple

from diplograph.core import names
from diplograph.core.errors import UnknownPrefix
from diplograph.core.things import Thing, by_label
from diplograph.views.query import QueryRunner, fill_query, group_rows

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
    """Return the words of `text` without case, accents and punctuation, to compare texts."""
    if text.isascii():
        return " ".join(text.translate(_ASCII).split())
    return " ".join("".join(map(_fold_character, text)).split())


def split_matches(text: str, sought: str) -> tuple[tuple[str, bool], ...]:
    """Return `text` in pieces, each with whether it matches the folded words `sought`.

    What matches whole is one piece; else each of the words is, wherever it stands.
    """
    letters: list[tuple[str, int]] = []  # folded, with the place each comes from
    for place, character in enumerate(text):
        for letter in _fold_character(character):
            if letter != " " or (letters and letters[-1][0] != " "):
                letters.append((letter, place))
    folded = "".join(letter for letter, _ in letters)
    marked = [False] * len(text)
    for words in [sought] if sought and sought in folded else sought.split():
        for match in re.finditer(re.escape(words), folded):
            first, last = letters[match.start()][1], letters[match.end() - 1][1]
            marked[first : last + 1] = [True] * (last + 1 - first)
    for place in range(1, len(text)):  # an accent belongs to its letter
        if unicodedata.combining(text[place]):
            marked[place] = marked[place - 1]
    return tuple(
        ("".join(character for character, _ in piece), matches)
        for matches, piece in groupby(zip(text, marked, strict=True), key=itemgetter(1))
    )


@lru_cache(maxsize=4096)
def _fold_character(character: str) -> str:
    """Return letters, digits and vowel signs, nothing for an accent, a space for all else."""
    if character in _DROPPED:
        return ""
    folded = unicodedata.normalize("NFKD", character.casefold()).casefold().translate(_PLAIN)
    return "".join(
        letter if letter.isalnum() or unicodedata.category(letter).startswith("M") else " "
        for letter in folded
        if not unicodedata.combining(letter)
    )


# As many texts as search.rq gives; a build with more is searched in part, which the page says.
MOST_TEXTS = 150_000
# How like a word of ours a word must be to be taken for a slip of it, 1 being the same.
_LIKENESS = 0.7
# What a reader is likeliest to look for comes first among equals; what is not named here is last.
_FIRST = (*names.ENTITY_KINDS, "event", "report", "passage", *names.FACT_KINDS)
_LAST = (*names.CONCEPT_SCHEMES, "term")
_WEIGHT = {kind: place for place, kind in enumerate(dict.fromkeys((*_FIRST, *_LAST)))}
# How little a match in a text counts: each way to match counts up to five less than being the same.
_FIELDS = {"label": 0, "code": 0, "name": 6, "other name": 1, "gist": 12, "note": 18}


class Text(NamedTuple):
    """A text of the thing numbered `thing`; `base` is how little a match in it counts."""

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
            iri = row["thing"]
            if iri not in numbers and (kind := read_kind(iri)):
                number = numbers[iri] = len(self._iris)
                self._iris.append(iri)
                self._kinds.append(kind)
                slug = normalize_text(iri.partition("#")[2] or iri.partition(f"/{kind}/")[2])
                self._texts.append(Text("name", names.compact(iri), slug, number, _FIELDS["name"]))
            if iri in numbers:
                self._add_text(row, numbers[iri])
        for text in self._texts:
            if text.field == "other name":  # a name in another tongue is better than none
                self.labels.setdefault(self._iris[text.thing], text.written)

    def _add_text(self, row: dict[str, str], number: int) -> None:
        field, written = row["field"], row["text"]
        if field == "label" and row.get("tongue") not in ("", "en"):
            field = "other name"
        if field in ("label", "gist"):
            texts = self.labels if field == "label" else self._gists
            texts.setdefault(row["thing"], written)
        # Labels of passages and readings only number them, so that their gists say more.
        numbered = field == "label" and self._kinds[number] in {"passage", "attestation"}
        base = _FIELDS["note"] if numbered else _FIELDS[field]
        self._texts.append(Text(field, written, normalize_text(written), number, base))

    def find(
        self, sought: str, kind: str = "", *, limit: int = 50, offset: int = 0
    ) -> SearchResults:
        """Return the things whose texts have the words of `sought`, the best first.

        What is called so comes before what begins so, that before where a word begins so, that
        before what holds it inside; labels before gists, gists before notes. Where nothing is
        found, words nearly equal are searched for; without words, all things of `kind` are found.
        """
        if kind and not sought:
            things = self.of_kind(kind)
            listed = tuple(
                Hit(thing, kind, "label", ((thing.label, False),), self._gists.get(thing.iri, ""))
                for thing in things[offset : offset + limit]
            )
            return SearchResults(len(things), ((kind, len(things)),), listed)
        words = normalize_text(sought)
        found = self._rank(words, _read_iri(sought))
        corrected = "" if found else self._correct(words)
        if corrected:
            words, found = corrected, self._rank(corrected, "")
        kinds = Counter(self._kinds[number] for number in found)
        chosen = [number for number in found if kind in ("", self._kinds[number])]
        order = nsmallest(offset + limit, chosen, key=lambda number: self._order(found[number]))
        hits: list[Hit] = []
        for number in order[offset:]:
            text, iri = found[number][1], self._iris[number]
            pieces = split_matches(text.written, words)
            gist = "" if text.field == "gist" else self._gists.get(iri, "")
            hits.append(Hit(self.name(iri), self._kinds[number], text.field, pieces, gist))
        counts = tuple(sorted(kinds.items(), key=lambda counted: (-counted[1], counted[0])))
        return SearchResults(len(chosen), counts, tuple(hits), corrected if found else "")

    def name(self, iri: str) -> Thing:
        """Return the thing of that IRI with its label, its CURIE where it has none."""
        return Thing(iri, self.labels.get(iri) or names.compact(iri))

    def of_kind(self, kind: str) -> tuple[Thing, ...]:
        """Return the things of a kind that have a label, by label."""
        chosen = (Thing(iri, label) for iri, label in self.labels.items() if read_kind(iri) == kind)
        return by_label(chosen)

    def find_called(self, labels: Iterable[str]) -> dict[str, list[str]]:
        """Return for each label the things that have it exactly, else whatever its case."""
        exact, folded = self._called
        return {label: exact.get(label) or folded.get(label.casefold(), []) for label in labels}

    def _rank(self, words: str, iri: str) -> dict[int, tuple[int, Text]]:
        """Return the number of each thing found to how well it matches and by which text."""
        found: dict[int, tuple[int, Text]] = {}
        parts = words.split()
        if not parts:
            return found
        longest = max(parts, key=len)
        for text in self._texts:
            rank = _match(text, words, parts) if longest in text.folded else None
            if rank is not None and (text.thing not in found or rank < found[text.thing][0]):
                found[text.thing] = rank, text
        for text in self._texts if iri else ():
            if text.field == "name" and self._iris[text.thing] == iri:
                found[text.thing] = -1, text
        return found

    def _order(self, found: tuple[int, Text]) -> tuple:
        (rank, text), iri = found, self._iris[found[1].thing]
        weight = _WEIGHT.get(self._kinds[text.thing], len(_WEIGHT))
        length = len(text.folded) if rank < _FIELDS["gist"] else 0
        return rank, weight, length, self.labels.get(iri, iri), iri

    def _correct(self, words: str) -> str:
        """Return the words with each that no text has replaced by the nearest one, or nothing."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        scorer = {"scorer": OSA.normalized_similarity, "score_cutoff": _LIKENESS}
        corrected = []
        for word in words.split():
            near = process.extractOne(word, self._vocabulary, **scorer)
            if near is None:
                return ""
            corrected.append(near[0])
        return " ".join(corrected) if corrected != words.split() else ""

    @cached_property
    def _called(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        exact, folded = defaultdict(list), defaultdict(list)
        for iri, label in self.labels.items():
            exact[label].append(iri)
            folded[label.casefold()].append(iri)
        return exact, folded

    @cached_property
    def _vocabulary(self) -> list[str]:
        named = (text for text in self._texts if text.field in ("label", "other name"))
        return sorted({word for text in named for word in text.folded.split()})


def read_search_index(runner: QueryRunner) -> SearchIndex:
    """Return the index of the build that answers; one query, the dearest here: keep the result."""
    return SearchIndex(runner.rows(fill_query("search")))


def read_passage_facts(runner: QueryRunner, passages: list[str]) -> dict[str, tuple[str, ...]]:
    """Return passage IRI to the IRIs of the facts it supports; one query, none for no passages."""
    if not passages:
        return {}
    rows = runner.rows(fill_query("search-facts", passage=sorted(passages)))
    groups = group_rows(rows, "passage")
    return {passage: tuple(row["fact"] for row in groups[passage]) for passage in groups}


def read_kind(iri: str) -> str:
    """Return the kind in the IRI of one of our things: state, topic, term; empty for others."""
    if iri.startswith(f"{names.ONTOLOGY}#"):
        return "term"
    for base in ("id/", "concept/"):
        if iri.startswith(names.ROOT + base):
            return iri.removeprefix(names.ROOT + base).partition("/")[0]
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
        return names.expand(sought)
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
    tell states apart, such as Slovakia and Slovenia, are no slips.
    """
    labels = " ".join(state.label for state in index.of_kind("state"))
    states = set(normalize_text(labels).split())
    found: list[NearDuplicate] = []
    for kind in names.ENTITY_KINDS:
        found += sorted(_compare(index, kind, states), key=lambda pair: pair.one.label)
    return tuple(found)


def _compare(index: SearchIndex, kind: str, states: set[str]) -> Iterable[NearDuplicate]:
    pairs: dict[tuple[str, str], NearDuplicate] = {}
    same: dict[tuple[str, ...], list[Thing]] = defaultdict(list)
    blocks: dict[tuple, list[tuple[str, Thing]]] = defaultdict(list)
    for thing in index.of_kind(kind):
        words = normalize_text(thing.label).split()
        same[tuple(sorted(words))].append(thing)
        for place, word in enumerate(words):
            rest = (place, *words[:place], "", *words[place + 1 :])
            blocks["begins", word[0], rest].append((word, thing))
            blocks["ends", word[-1], rest].append((word, thing))
    for alike in same.values():
        for one, other in combinations(alike[:_MOST_ALIKE], 2):
            pairs[one.iri, other.iri] = NearDuplicate(one, other, kind, _tell_apart(one, other))
    for block in blocks.values():
        for (word, one), (another, other) in combinations(block[:_MOST_ALIKE], 2):
            of_states = word in states and another in states
            if not of_states and (difference := _say_slip(word, another, kind)):
                near = NearDuplicate(one, other, kind, difference)
                pairs.setdefault((one.iri, other.iri), near)
    return pairs.values()


def _say_slip(word: str, another: str, kind: str) -> str:
    """Return how two words differ where one may be a slip for the other, else nothing."""
    from rapidfuzz.distance import OSA

    short, long = sorted((word, another), key=len)
    if kind == "person" and len(short) == 1 < len(long):
        return f"an initial: {short} and {long}"
    if word == another or len(short) < _SHORTEST or not (word.isalpha() and another.isalpha()):
        return ""
    most = 2 if len(short) >= _LONG else 1
    apart = OSA.distance(word, another, score_cutoff=most)
    if apart > most:
        return ""
    return f"{'one letter' if apart == 1 else 'two letters'}: {word} and {another}"


def _tell_apart(one: Thing, other: Thing) -> str:
    if one.label == other.label:
        return "nothing: one name for two things"
    same_order = normalize_text(one.label) == normalize_text(other.label)
    return "case, accents or punctuation" if same_order else "the order of the words"


@dataclass(frozen=True)
class CompletionTerm:
    """One name that a query may use: `dg:Meeting`, a class, and what it means.

    `kind` is class, property, concept or thing; a thing has no definition.
    """

    name: str
    kind: str
    label: str
    definition: str = ""


# The words of others that most queries need, as their own vocabularies explain them.
_USUAL = tuple(
    CompletionTerm(name, "property", label, definition)
    for name, label, definition in (
        ("rdf:type", "type", "The thing is of that class."),
        ("rdfs:label", "label", "What a thing is called."),
        ("rdfs:subClassOf", "subclass of", "Everything of the class is of that class too."),
        ("skos:broader", "has broader", "A concept that takes in this one."),
        ("skos:definition", "definition", "What a term means."),
    )
)


def read_terms(runner: QueryRunner) -> tuple[CompletionTerm, ...]:
    """Return the usual terms, all classes, properties and concepts, and the things linked most.

    Of things there are at most 600. Left out is what no prefix of ours can name; two queries.
    """
    terms = {names.expand(term.name): term for term in _USUAL}
    classes, concepts = names.expand("owl:Class"), names.expand("skos:Concept")
    kinds = {None: "thing", classes: "class", concepts: "concept"}
    for query in ("completion-terms", "completion-things"):
        for row in runner.rows(fill_query(query)):
            iri, parts = row["term"], names.split(row["term"])
            if parts and parts[0] in names.PREFIXES and iri not in terms:
                kind = kinds.get(row.get("type"), "property")
                definition = row.get("definition", "")
                terms[iri] = CompletionTerm(":".join(parts), kind, row["label"], definition)
    return tuple(terms.values())

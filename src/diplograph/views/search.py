"""Full-text search over things and gists, near duplicates of names, completion of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from typing import NamedTuple

from diplograph.build.duplicates import EntityName, compare_names
from diplograph.core.errors import UnknownPrefix
from diplograph.core.letters import normalize_text
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
from diplograph.core.things import Thing, by_label
from diplograph.views.query import QueryRunner, fill_query
from diplograph.views.spelling import (
    drop_possessives,
    fold_spelling,
    split_matches,
    strip_titles,
)
from diplograph.views.unspoken import Unspoken, read_unspoken

# The LIMIT of search.rq; of a build with more texts only a part is searched, which the page says.
MOST_TEXTS = 150_000
# Least similarity of a word to one of the index that replaces it; 1 is equality.
_LEAST_SIMILARITY = 0.7
# Kinds in the order in which equal matches are listed; other kinds come last.
_KIND_ORDER = (*ENTITY_KINDS, "event", "report", "passage", *FACT_KINDS, *CONCEPT_SCHEMES, "term")
_WEIGHT = {kind: place for place, kind in enumerate(dict.fromkeys(_KIND_ORDER))}
# Rank of a match by its field, 0 being best; the way it matches adds up to 5.
_FIELD_RANKS = {
    **{"label": 0, "code": 0, "other name": 1, "demonym": 2, "capital": 3},
    **{"name": 6, "gist": 12, "note": 18},
}
# Fields whose words are worth correcting, and those whose equal text is no name of the thing.
_NAMES = ("label", "other name", "demonym", "capital")
_NO_NAMES = ("capital", "gist", "note")
# Kinds whose labels are mere numbers, so that their gists say more.
_NUMBERED_KINDS = {"passage", "attestation"}
# Kinds of completion by the term's type.
_COMPLETION_KINDS = {
    PREFIXES["owl"] + "Class": "class",
    PREFIXES["owl"] + "ObjectProperty": "property",
    PREFIXES["owl"] + "DatatypeProperty": "property",
    PREFIXES["owl"] + "AnnotationProperty": "property",
    PREFIXES["skos"] + "Concept": "concept",
}
# Terms of other vocabularies that most queries need.
_COMMON_TERMS = (
    ("rdf:type", "type", "The thing is of that class."),
    ("rdfs:label", "label", "What a thing is called."),
    ("rdfs:subClassOf", "subclass of", "Everything of the class is of that class too."),
    ("skos:broader", "has broader", "A concept that takes in this one."),
    ("skos:definition", "definition", "What a term means."),
)


# ---- index --------------------------------------------------------------------------------


class Text(NamedTuple):
    """One text of a thing, as written, normalized, and that in one spelling: see `fold_spelling`.

    `base` is the rank that a match in it begins with, `thing` the number of its thing.
    """

    field: str
    written: str
    normalized: str
    folded: str
    thing: int
    base: int


# The rank of a thing, 0 being best, its text that matches, and the normalized words in it.
Match = tuple[int, Text, str]


@dataclass(frozen=True)
class Hit:
    """A thing whose text matches: its kind, and that text in pieces, each with whether it matches.

    `field` is label, other name, demonym, capital, code, name (the CURIE), gist or note; unless it
    is a gist, `gist` is the thing's own gist. `language` is the tag of the text's language, empty
    for English. `spoken` is false of an entity that no report speaks of.
    """

    thing: Thing
    kind: str
    field: str
    pieces: tuple[tuple[str, bool], ...]
    gist: str = ""
    language: str = ""
    spoken: bool = True


@dataclass(frozen=True)
class SearchResults:
    """Results of a search: how many in all, how many of each kind, and those of one page.

    `corrected` are the words that were searched for instead where the typed ones match nothing;
    `untitled` the name without titles before it, such as Mr or President, and without 's after it,
    where that has matches of its own. `unspoken`: how many more things of the kind there are that
    no report speaks of, where all of a kind are listed.
    """

    total: int
    kinds: tuple[tuple[str, int], ...]
    hits: tuple[Hit, ...]
    corrected: str = ""
    untitled: str = ""
    unspoken: int = 0


class SearchIndex:
    """The texts of one build; `whole` is false where there are more than MOST_TEXTS.

    `unspoken` are the entities that no report speaks of: they are found after all others.
    """

    def __init__(self, rows: list[dict[str, str]], unspoken: Unspoken | None = None):
        """`rows` are those of search.rq: a thing, the field of a text, the text, its language."""
        self.unspoken: Unspoken = unspoken or {}
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
            if text.field == "other name":  # a label in another language is better than none
                self.labels.setdefault(self._iris[text.thing], text.written)

    def _add_thing(self, iri: str) -> int:
        kind, number = read_kind(iri), len(self._iris)
        self._iris.append(iri)
        self._kinds.append(kind)
        slug = iri.partition("#")[2] or iri.partition(f"/{kind}/")[2]
        self._texts.append(_make_text("name", compact(iri), slug, number, _FIELD_RANKS["name"]))
        return number

    def _add_text(self, row: dict[str, str], number: int) -> None:
        field, written = row["field"], row["text"]
        if field == "label" and row.get("tongue") not in ("", "en"):
            field = "other name"
        if field in ("label", "gist"):
            texts = self.labels if field == "label" else self._gists
            texts.setdefault(row["thing"], written)
        numbered = field == "label" and self._kinds[number] in _NUMBERED_KINDS
        base = _FIELD_RANKS["note"] if numbered else _FIELD_RANKS[field]
        self._texts.append(_make_text(field, written, written, number, base))

    def find(
        self, sought: str, kind: str = "", *, limit: int = 50, offset: int = 0
    ) -> SearchResults:
        """Return the things whose texts have the words of `sought`, the best first.

        Equal texts come before those that begin with the words, these before those where a word
        does, these before other matches; labels before gists, gists before notes; and what no
        report speaks of last, unless `sought` is its IRI. Case, accents,
        punctuation, the spelling of one country or another, and titles before the name of a person
        are ignored. Where nothing matches, similar words are searched for. Without `sought`, all
        things of `kind` that reports speak of are returned.
        """
        if kind and not sought:
            return self._list(kind, limit, offset)
        words = normalize_text(sought)
        matches = self._rank(words, _read_iri(sought))
        plain = normalize_text(drop_possessives(sought))
        titled = strip_titles(plain)
        name = titled or (plain if plain != words else "")
        kinds = ("person",) if titled else ENTITY_KINDS
        named = self._find_named(name, kinds, alone=not matches) if name else {}
        for number, match in named.items():
            if number not in matches or match[0] < matches[number][0]:
                matches[number] = match
        corrected = "" if matches else self._correct(words) or (name and self._correct(name))
        if corrected:
            matches = self._rank(corrected, "")
        kinds = Counter(self._kinds[number] for number in matches)
        chosen = [number for number in matches if kind in ("", self._kinds[number])]
        best = nsmallest(offset + limit, chosen, key=lambda number: self._order(matches[number]))
        hits = [self._make_hit(*matches[number][1:]) for number in best[offset:]]
        counts = sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))
        return SearchResults(
            len(chosen),
            tuple(counts),
            tuple(hits),
            corrected if matches else "",
            name if named else "",
        )

    def _find_named(self, name: str, kinds: tuple[str, ...], alone: bool) -> dict[int, Match]:
        """Return the matches of things of these kinds by a name; `alone`: of others if of none."""
        matches = self._rank(name, "")
        things = {
            number: match
            for number, match in matches.items()
            if self._kinds[number] in kinds and match[0] < _FIELD_RANKS["name"]
        }
        return things or (matches if alone else {})

    def _list(self, kind: str, limit: int, offset: int) -> SearchResults:
        things = self.of_kind(kind)
        hits = [
            Hit(
                thing,
                kind,
                "label",
                ((str(thing.label), False),),
                self._gists.get(thing.iri, ""),
                getattr(thing.label, "language", ""),
            )
            for thing in things[offset : offset + limit]
        ]
        others = len(self.of_kind(kind, unspoken=True)) - len(things)
        return SearchResults(len(things), ((kind, len(things)),), tuple(hits), unspoken=others)

    def name(self, iri: str) -> Thing:
        """Return the thing of that IRI with its label, its CURIE where it has none."""
        return Thing(iri, self.labels.get(iri) or compact(iri))

    def of_kind(self, kind: str, *, unspoken: bool = False) -> tuple[Thing, ...]:
        """Return the things of a kind that have a label, by label; `unspoken`: those too."""
        return by_label(
            Thing(iri, label)
            for iri, label in self.labels.items()
            if read_kind(iri) == kind and (unspoken or iri not in self.unspoken)
        )

    def find_called(self, labels: Iterable[str]) -> dict[str, list[str]]:
        """Return label to the things that have it exactly, else to those with it in other case."""
        exact, folded = self._by_label
        return {label: exact.get(label) or folded.get(label.casefold(), []) for label in labels}

    def _rank(self, words: str, iri: str) -> dict[int, Match]:
        """Return the number of a thing that matches to its best rank, the text with it, `words`."""
        matches: dict[int, Match] = {}
        parts, folded = words.split(), fold_spelling(words)
        if not parts:
            return matches
        folded_parts = folded.split()
        longest, longest_folded = max(parts, key=len), max(folded_parts, key=len)
        for text in self._texts:
            rank = None
            if longest in text.normalized:
                rank = _match(text, text.normalized, words, parts)
            spelled = folded is not words or text.folded is not text.normalized
            if rank is None and spelled and longest_folded in text.folded:
                rank = _match(text, text.folded, folded, folded_parts)
            if rank is not None and (text.thing not in matches or rank < matches[text.thing][0]):
                matches[text.thing] = rank, text, words
        for text in self._texts if iri else ():
            if text.field == "name" and self._iris[text.thing] == iri:
                matches[text.thing] = -1, text, words
        return matches

    def _order(self, match: Match) -> tuple:
        rank, text, _ = match
        iri = self._iris[text.thing]
        label = self.labels.get(iri, iri)
        weight = _WEIGHT.get(self._kinds[text.thing], len(_WEIGHT))
        length = len(text.normalized) if rank < _FIELD_RANKS["gist"] else 0
        return rank >= 0 and iri in self.unspoken, rank, weight, length, label, iri

    def _make_hit(self, text: Text, words: str) -> Hit:
        iri = self._iris[text.thing]
        pieces = split_matches(text.written, words)
        gist = "" if text.field == "gist" else self._gists.get(iri, "")
        language = getattr(text.written, "language", "")
        kind, spoken = self._kinds[text.thing], iri not in self.unspoken
        return Hit(self.name(iri), kind, text.field, pieces, gist, language, spoken)

    def _correct(self, words: str) -> str:
        """Return the words with unknown ones replaced by similar words of labels, or nothing."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        corrected = []
        for word in words.split():
            scorer = {"scorer": OSA.normalized_similarity, "score_cutoff": _LEAST_SIMILARITY}
            near = process.extractOne(word, self._vocabulary, **scorer)
            if near is None:
                return ""
            corrected.append(near[0])
        return " ".join(corrected) if corrected != words.split() else ""

    @cached_property
    def _by_label(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        exact: dict[str, list[str]] = {}
        folded: dict[str, list[str]] = {}
        for iri, label in self.labels.items():
            exact.setdefault(label, []).append(iri)
            folded.setdefault(label.casefold(), []).append(iri)
        return exact, folded

    @cached_property
    def _vocabulary(self) -> list[str]:
        named = (text for text in self._texts if text.field in _NAMES)
        return sorted({word for text in named for word in text.normalized.split()})


def read_search_index(asking: QueryRunner) -> SearchIndex:
    """Return the index of the build that answers; two queries, the most expensive of all views.

    Raises what the engine raises.
    """
    return SearchIndex(asking.rows(fill_query("search")), read_unspoken(asking))


def read_passage_facts(asking: QueryRunner, passages: list[str]) -> dict[str, tuple[str, ...]]:
    """Return passage IRI to the IRIs of the facts it supports; one query, none for no passages."""
    if not passages:
        return {}
    facts_of: dict[str, list[str]] = {}
    for row in asking.rows(fill_query("search-facts", passage=sorted(passages))):
        facts_of.setdefault(row["passage"], []).append(row["fact"])
    return {passage: tuple(facts) for passage, facts in facts_of.items()}


def read_kind(iri: str) -> str:
    """Return the kind in the IRI of one of our things, such as state, topic or term; else nothing.

    >>> read_kind("https://w3id.org/diplograph/id/state/IND")
    'state'
    """
    if iri.startswith(f"{ONTOLOGY}#"):
        return "term"
    for base in ("id/", "concept/"):
        if iri.startswith(ROOT + base):
            return iri.removeprefix(ROOT + base).partition("/")[0]
    return ""


def _make_text(field: str, written: str, compared: str, thing: int, base: int) -> Text:
    """Return a text that is compared by `compared`; codes have one spelling."""
    normalized = normalize_text(compared)
    folded = normalized if field == "code" else fold_spelling(normalized)
    return Text(field, written, normalized, folded, thing, base)


def _match(text: Text, normalized: str, words: str, parts: list[str]) -> int | None:
    """Return the rank of a match in the `normalized` text, 0 being best; None for no match."""
    base = text.base
    if normalized == words:
        return base if text.field in _NO_NAMES else 0
    if text.field == "code":
        return None
    if normalized.startswith(words):
        return base + 1
    spaced = f" {normalized}"
    if f" {words}" in spaced:
        return base + 2
    if words in normalized:
        return base + 3
    if all(f" {part}" in spaced for part in parts):
        return base + 4
    return base + 5 if all(part in normalized for part in parts) else None


def _read_iri(sought: str) -> str:
    """Return the IRI that a CURIE or an IRI denotes, empty for other texts."""
    try:
        return expand(sought)
    except UnknownPrefix:
        return ""


# ---- near duplicates ----------------------------------------------------------------------


@dataclass(frozen=True)
class NearDuplicate:
    """Two things of one kind whose names are nearly equal, and how the names differ."""

    one: Thing
    other: Thing
    kind: str
    difference: str


def find_near_duplicates(index: SearchIndex) -> tuple[NearDuplicate, ...]:
    """Return the pairs of entities of one kind whose labels are nearly equal, by kind and label.

    What counts as nearly equal: see `duplicates.compare_names`.
    """
    states = {
        word
        for state in index.of_kind("state", unspoken=True)
        for word in normalize_text(state.label).split()
    }
    duplicates: list[NearDuplicate] = []
    for kind in ENTITY_KINDS:
        things = {thing.iri: thing for thing in index.of_kind(kind, unspoken=True)}
        names = (EntityName(iri, thing.label) for iri, thing in things.items())
        pairs = [
            NearDuplicate(things[one], things[other], kind, difference)
            for (one, other), difference in compare_names(names, kind, states).items()
        ]
        duplicates += sorted(pairs, key=lambda pair: (pair.one.label, pair.other.label))
    return tuple(duplicates)


# ---- completion ---------------------------------------------------------------------------


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
    """Return the common terms, all classes, properties and concepts, and the things linked most.

    Of things there are at most 600. Terms that none of our prefixes abbreviates are left out. Two
    queries.
    """
    terms = {
        expand(name): CompletionTerm(name, "property", label, definition)
        for name, label, definition in _COMMON_TERMS
    }
    rows = asking.rows(fill_query("completion-terms"))
    rows += asking.rows(fill_query("completion-things"))
    for row in rows:
        kind = _COMPLETION_KINDS[row["type"]] if "type" in row else "thing"
        parts = split(row["term"])
        if parts and parts[0] in PREFIXES and row["term"] not in terms:
            definition = row.get("definition", "")
            terms[row["term"]] = CompletionTerm(":".join(parts), kind, row["label"], definition)
    return tuple(terms.values())

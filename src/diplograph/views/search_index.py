"""The index of names and texts that searches, suggestions and filters look things up in.

How matches are ordered: people, states, organizations and engagements before facts and passages,
these before the vocabulary; a whole name before whole words, these before the beginnings of words,
and names before other texts. A part inside a word never matches.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from heapq import nsmallest
from itertools import takewhile
from typing import NamedTuple

from diplograph.core.errors import UnknownPrefix
from diplograph.core.letters import normalize_text
from diplograph.core.names import ENTITY_KINDS, compact, expand
from diplograph.core.things import Thing, by_label
from diplograph.views.search_results import (
    RECORD_KINDS,
    SUBJECT_KINDS,
    Hit,
    NamedPair,
    SearchEntry,
    SearchResults,
    find_group,
    list_kinds,
    read_kind,
    weigh_kind,
)
from diplograph.views.spelling import (
    SearchWords,
    drop_possessives,
    fold_word,
    is_plain,
    read_search_words,
    shorten_pieces,
    split_matches,
    strip_titles,
    transliterate,
)
from diplograph.views.unspoken import Unspoken

# The LIMIT of search.rq; of a build with more texts only a part is searched, which the page says.
MOST_TEXTS = 150_000
# Kinds whose labels are mere numbers, so that their gists say more.
_NUMBERED_KINDS = frozenset(("passage", "attestation"))
_PARTY_KINDS = frozenset(("state", "forum", "organization", "organ"))
# Names of things; texts of other fields only mention them.
_NAMES = frozenset(("label", "other name", "demonym", "code"))
# How a text matches, the best first.
EXACT, NAME, WORDS, BEGINS, MENTIONS, MENTIONS_BEGIN, TOGETHER, PARTLY = range(8)
# How a word is in a text, the best first.
_WHOLE, _RELATED, _BEGUN = range(3)
# What may be asked about two parties, so that their pair is what is sought.
_ABOUT_PAIRS = frozenset(
    "agreement bilateral brief contact cooperation diplomacy engagement latest meeting news pair"
    " relation relationship talk tie timeline visit".split()
)
_LONGEST_PARTY = 6
# How similar a name must be to be offered, in percent, and how much of what is typed is compared.
_LEAST_SIMILARITY, _LONGEST_NAME = 70, 80
# Latin letters from which on the beginning of a word counts.
_LEAST_LETTERS = 3


# ---- texts and matches --------------------------------------------------------------------


class Text(NamedTuple):
    """One text of a thing: as written, normalized, and its words in one spelling."""

    field: str
    written: str
    normalized: str
    words: tuple[str, ...]
    thing: int


class Match(NamedTuple):
    """How a thing matches: the rank, 0 being best, the text that does, the words found in it."""

    rank: tuple
    text: Text
    words: str


@dataclass
class _Search:
    """The matches by the number of their thing, and what was done to the typed words."""

    matches: dict[int, Match]
    corrected: str = ""
    untitled: str = ""
    missing: tuple[str, ...] = ()
    partly: bool = False


# ---- index --------------------------------------------------------------------------------


class SearchIndex:
    """The texts of one build; `whole` is false where there are more than MOST_TEXTS.

    `unspoken` are the entities that no report speaks of: they come after others unless they are
    called exactly what is sought.
    """

    def __init__(
        self,
        rows: Iterable[Mapping[str, str]],
        unspoken: Unspoken | None = None,
        latest: Mapping[str, str] | None = None,
    ):
        """Index texts.

        `rows` are those of search.rq: a thing, the field of a text, the text, its language.
        `latest` is event IRI to the last day on which it may be; of equals, later ones come first.
        """
        listed = list(rows)
        self.unspoken: Unspoken = unspoken or {}
        self.whole = len(listed) < MOST_TEXTS
        self.labels: dict[str, str] = {}
        self._latest = latest or {}
        self._gists: dict[str, str] = {}
        self._texts: list[Text] = []
        self._postings: dict[str, list[int]] = {}  # a word to the numbers of its texts
        self._names: dict[str, list[int]] = {}  # the same of names alone
        self._iris: list[str] = []
        self._kinds: list[str] = []
        self._numbers: dict[str, int] = {}
        for row in listed:
            if row["thing"] not in self._numbers and read_kind(row["thing"]):
                self._add_thing(row["thing"])
            if row["thing"] in self._numbers:
                self._add_text(row, self._numbers[row["thing"]])
        for text in self._texts:
            if text.field == "other name":  # a label in another language is better than none
                self.labels.setdefault(self._iris[text.thing], text.written)
        self._words = sorted(self._postings)
        self._related = self._relate_demonyms()

    def _add_thing(self, iri: str) -> None:
        self._numbers[iri] = len(self._iris)
        self._iris.append(iri)
        self._kinds.append(read_kind(iri))

    def _add_text(self, row: Mapping[str, str], number: int) -> None:
        field, written = row["field"], row["text"]
        if field == "label" and row.get("tongue") not in ("", "en"):
            field = "other name"
        if field in ("label", "gist"):
            texts = self.labels if field == "label" else self._gists
            texts.setdefault(row["thing"], written)
        if field == "label" and self._kinds[number] in _NUMBERED_KINDS:
            field = "note"
        self._index(field, written, normalize_text(written), number)
        if field == "other name" and not written.isascii():
            latin = normalize_text(transliterate(written))
            if latin != self._texts[-1].normalized:
                self._index(field, written, latin, number)

    def _index(self, field: str, written: str, normalized: str, number: int) -> None:
        plain = normalized.split()
        words = tuple(plain) if field == "code" else tuple(map(fold_word, plain))
        for word in {*plain, *words}:
            if field == "quote":  # the lists of other texts belong to the index without it
                self._postings[word] = [*self._postings.get(word, ()), len(self._texts)]
            else:
                self._postings.setdefault(word, []).append(len(self._texts))
            if field in _NAMES:
                self._names.setdefault(word, []).append(len(self._texts))
        self._texts.append(Text(field, written, normalized, words, number))

    def _relate_demonyms(self) -> dict[str, set[str]]:
        """Return the words that stand for one another: a state's demonym and name, in one word."""
        names: dict[int, dict[str, str]] = {}
        for text in self._texts:
            if text.field in ("label", "demonym") and len(text.words) == 1:
                names.setdefault(text.thing, {})[text.field] = text.words[0]
        related: dict[str, set[str]] = {}
        for of_thing in names.values():
            if len(of_thing) == 2:
                label, demonym = of_thing["label"], of_thing["demonym"]
                related.setdefault(label, set()).add(demonym)
                related.setdefault(demonym, set()).add(label)
        return related

    # ---- things ---------------------------------------------------------------------------

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

    @cached_property
    def _by_label(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        exact: dict[str, list[str]] = {}
        folded: dict[str, list[str]] = {}
        for iri, label in self.labels.items():
            exact.setdefault(label, []).append(iri)
            folded.setdefault(label.casefold(), []).append(iri)
        return exact, folded

    def with_quotations(self, quotations: Iterable[tuple[Thing, str]]) -> SearchIndex:
        """Return an index that has the words of passages as well; this one stays as it is."""
        index = copy(self)
        index._texts, index._postings = list(self._texts), dict(self._postings)
        for passage, words in quotations:
            number = self._numbers.get(passage.iri)
            if number is not None:
                index._index("quote", words, normalize_text(words), number)
        index._words = sorted(index._postings)
        return index

    def list_entries(self) -> tuple[SearchEntry, ...]:
        """Return what reports speak of and readers look for, in the order of kinds and labels.

        These are entities, events, topics and reports, each with its names in all languages.
        """
        names: dict[str, dict[str, None]] = {}
        for text in self._texts:
            if text.field in _NAMES:
                names.setdefault(self._iris[text.thing], {})[text.written] = None
        entries = [
            SearchEntry(
                Thing(iri, label),
                read_kind(iri),
                find_group(read_kind(iri)).name,
                tuple(name for name in names.get(iri, ()) if name != label),
            )
            for iri, label in self.labels.items()
            if read_kind(iri) in SUBJECT_KINDS | {"report"} and iri not in self.unspoken
        ]
        return tuple(
            sorted(
                entries,
                key=lambda entry: (weigh_kind(entry.kind), str(entry.thing.label), entry.thing.iri),
            )
        )

    # ---- search ---------------------------------------------------------------------------

    def find(
        self, sought: str, kind: str = "", *, limit: int = 50, offset: int = 0
    ) -> SearchResults:
        """Return the things whose texts have the words of `sought`, the best first.

        Case, accents, punctuation, the spelling of one country or another, titles before the name
        of a person and words of questions are ignored. Where nothing matches, the words are read
        in Latin letters, then similar words are searched for, then words that no text has are left
        out. `kind` is a kind or the name of a group of kinds. Without `sought`, all things of it
        that reports speak of are returned.
        """
        if kind and not sought:
            return self._list(kind, limit, offset)
        found = self._search(sought)
        matches, wanted = found.matches, list_kinds(kind)
        kinds = Counter(self._kinds[number] for number in matches)
        chosen = [number for number in matches if not kind or self._kinds[number] in wanted]
        best = nsmallest(offset + limit, chosen, key=lambda number: matches[number].rank)
        counts = sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))
        return SearchResults(
            total=len(chosen),
            kinds=tuple(counts),
            hits=tuple(self._make_hit(matches[number]) for number in best[offset:]),
            corrected=found.corrected,
            untitled=found.untitled,
            pair=self.find_pair(sought),
            missing=found.missing,
            partly=found.partly,
        )

    def _search(self, typed: str) -> _Search:
        """Return the matches of a typed text, of what is nearest to it where it has none."""
        found = self._match_typed(typed)
        if not found.matches and not typed.isascii():
            typed = transliterate(typed)
            found = self._match_typed(typed)
        if found.matches:
            return found
        words = read_search_words(strip_titles(normalize_text(drop_possessives(typed))) or typed)
        near = {word: self._correct(word) for word in words.words}
        corrected = " ".join(filter(None, near.values()))
        missing = tuple(word for word, other in near.items() if not other)
        if not corrected:
            return found
        changed = any(other not in ("", word) for word, other in near.items())
        found = self._match_typed(corrected)
        partly = not found.matches
        if partly:
            found = _Search(self._match_partly(read_search_words(corrected)))
        found.corrected = corrected if changed and found.matches else ""
        found.missing = missing if found.matches else ()
        found.partly = partly and bool(found.matches)
        return found

    def _match_typed(self, typed: str) -> _Search:
        """Return the matches of a text, and those of the name in it without titles and 's."""
        words = read_search_words(typed)
        matches = self._match(words)
        for number in self._match_iri(typed):
            text = Text("name", compact(self._iris[number]), "", (), number)
            matches[number] = Match((-1,), text, normalize_text(typed))
        plain = normalize_text(drop_possessives(typed))
        titled = strip_titles(plain)
        name = titled or (plain if plain != normalize_text(typed) else "")
        if not name:
            return _Search(matches)
        named = self._match(read_search_words(name))
        kinds = ("person",) if titled else ENTITY_KINDS
        things = {
            number: match
            for number, match in named.items()
            if self._kinds[number] in kinds and match.text.field in _NAMES
        } or (named if not matches else {})
        for number, match in things.items():
            if number not in matches or match.rank < matches[number].rank:
                matches[number] = match
        return _Search(matches, untitled=name if things else "")

    def _match_iri(self, typed: str) -> Iterator[int]:
        """Return the number of the thing that a CURIE, an IRI or the end of one denotes."""
        try:
            iri = expand(typed)
        except UnknownPrefix:
            return
        if iri in self._numbers:
            yield self._numbers[iri]

    def _match(self, sought: SearchWords, *, names_only: bool = False) -> dict[int, Match]:
        """Return the best match of each thing that has all words, by the number of the thing.

        `names_only`: in one name, where a single letter is the beginning of a word as well.
        """
        if not sought.words:
            return {}
        postings = self._names if names_only else self._postings
        least = 1 if names_only else _LEAST_LETTERS
        found = [self._find_texts(word, least, postings) for word in sought.words]
        optional = [self._find_texts(word, 99, postings) for word in sought.optional]
        matches: dict[int, Match] = {}
        shown = " ".join((*sought.words, *sought.optional))
        for text_number in min(found, key=len):
            if not all(text_number in of_word for of_word in found):
                continue
            text = self._texts[text_number]
            worst = max(of_word[text_number] for of_word in found)
            quality = self._judge(text, sought, worst)
            if quality is None:
                continue
            extra = sum(text_number in of_word for of_word in optional)
            match = Match(self._rank(text, quality, extra), text, shown)
            if text.thing not in matches or match.rank < matches[text.thing].rank:
                matches[text.thing] = match
        if len(found) > 1 and not names_only:
            self._match_together(found, matches, shown)
        return matches

    def _match_together(
        self, found: list[dict[int, int]], matches: dict[int, Match], shown: str
    ) -> None:
        """Add the things that have all words, some in one text and some in another."""
        things = [
            {self._texts[number].thing: number for number in sorted(of_word, reverse=True)}
            for of_word in found
        ]
        for number in set.intersection(*map(set, things)) - set(matches):
            text = self._texts[min(of_word[number] for of_word in things)]
            matches[number] = Match(self._rank(text, TOGETHER, 0), text, shown)

    def _match_partly(self, sought: SearchWords) -> dict[int, Match]:
        """Return the things whose names have at least half of the words, those with most first."""
        counts: Counter[int] = Counter()
        for word in sought.words:
            counts.update(number for number in self._find_texts(word, 99, self._names))
        matches: dict[int, Match] = {}
        shown = " ".join(sought.words)
        for number, count in counts.items():
            text = self._texts[number]
            if 2 * count < len(sought.words):
                continue
            match = Match((-count, *self._rank(text, PARTLY, 0)), text, shown)
            if text.thing not in matches or match.rank < matches[text.thing].rank:
                matches[text.thing] = match
        return matches

    def _find_texts(
        self, word: str, least_letters: int, postings: Mapping[str, list[int]]
    ) -> dict[int, int]:
        """Return the number of a text that has a word to how: whole, related or begun.

        The beginning of a word counts from `least_letters` letters of a Latin word on.
        """
        texts: dict[int, int] = {}
        folded = fold_word(word)
        if len(word) >= least_letters or not word.isascii():
            for begun in self._list_words(word):
                texts.update(dict.fromkeys(postings.get(begun, ()), _BEGUN))
        for related in self._related.get(folded, ()):
            texts.update(dict.fromkeys(postings.get(related, ()), _RELATED))
        for whole in {word, folded}:
            texts.update(dict.fromkeys(postings.get(whole, ()), _WHOLE))
        return texts

    def _list_words(self, beginning: str) -> Iterator[str]:
        """Return the words of the index that begin so."""
        first = bisect_left(self._words, beginning)
        following = (self._words[place] for place in range(first, len(self._words)))
        return takewhile(lambda word: word.startswith(beginning), following)

    def _judge(self, text: Text, sought: SearchWords, worst: int) -> int | None:
        """Return how well a text that has all words matches, None where it does not after all."""
        equal = text.normalized == sought.whole
        if text.field == "code":
            return EXACT if equal else None
        if text.field not in _NAMES:
            return MENTIONS_BEGIN if worst == _BEGUN else MENTIONS
        if worst != _WHOLE:
            return BEGINS
        if equal or text.words == tuple(map(fold_word, sought.words)):
            return EXACT
        if self._kinds[text.thing] == "person" or _same_words(text.words, sought):
            return NAME
        return WORDS

    def _rank(self, text: Text, quality: int, extra: int) -> tuple:
        """Return the rank of a match of that quality with so many optional words."""
        iri, kind = self._iris[text.thing], self._kinds[text.thing]
        label = self.labels.get(iri, iri)
        unspoken = iri in self.unspoken
        exact = quality == EXACT and text.field != "code"
        length = len(text.normalized) if quality < MENTIONS else 0
        return (
            _group_match(kind, quality) + (10 if unspoken and not exact else 0),
            unspoken,
            quality if quality < MENTIONS else MENTIONS,
            -extra,
            weigh_kind(kind),
            -int(self._latest.get(iri, "0").replace("-", "")),  # the latest first
            quality,
            length,
            label,
            iri,
            text.field != "quote",
        )

    def _correct(self, word: str) -> str:
        """Return a word that texts have, else the most similar word of names, or nothing."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        if self._find_texts(word, _LEAST_LETTERS, self._postings):
            return word
        cutoff = 0 if len(word) < 4 else 1 if len(word) < 8 else 2
        near = process.extract(
            word, self._vocabulary, scorer=OSA.distance, score_cutoff=cutoff, limit=20
        )
        same_start = (match for match in near if len(word) > 4 or match[0][0] == word[0])
        best = min(same_start, key=lambda match: (match[1], match[0][0] != word[0]), default=None)
        return best[0] if best and cutoff else ""

    @cached_property
    def _vocabulary(self) -> list[str]:
        """The words of names, those of people and states first."""
        words: dict[str, int] = {}
        for text in self._texts:
            if text.field in _NAMES and text.field != "code":
                weight = weigh_kind(self._kinds[text.thing])
                for word in text.normalized.split():
                    words[word] = min(weight, words.get(word, weight))
        return sorted(words, key=lambda word: (words[word], word))

    def _list(self, kind: str, limit: int, offset: int) -> SearchResults:
        kinds = list_kinds(kind)
        listed = [(name, thing) for name in kinds for thing in self.of_kind(name)]
        everything = [thing for name in kinds for thing in self.of_kind(name, unspoken=True)]
        hits = [
            Hit(
                thing,
                name,
                "label",
                ((str(thing.label), False),),
                self._gists.get(thing.iri, ""),
                getattr(thing.label, "language", ""),
            )
            for name, thing in listed[offset : offset + limit]
        ]
        counts = sorted(Counter(name for name, _ in listed).items())
        others = len(everything) - len(listed)
        return SearchResults(len(listed), tuple(counts), tuple(hits), unspoken=others)

    def _make_hit(self, match: Match) -> Hit:
        text, iri = match.text, self._iris[match.text.thing]
        pieces = split_matches(text.written, match.words)
        if text.field == "quote":
            pieces = shorten_pieces(pieces)
        gist = "" if text.field == "gist" else self._gists.get(iri, "")
        language = getattr(text.written, "language", "")
        kind, spoken = self._kinds[text.thing], iri not in self.unspoken
        return Hit(self.name(iri), kind, text.field, pieces, gist, language, spoken)

    # ---- names ----------------------------------------------------------------------------

    def suggest(self, typed: str, kinds: Collection[str] = (), limit: int = 8) -> list[Hit]:
        """Return the things whose names have the typed words or begin with them, the best first.

        Without `kinds`, these are entities, events, topics and reports. A slip of the keys is
        corrected where nothing matches.
        """
        wanted = kinds or SUBJECT_KINDS | {"report"}
        matches = self._match(read_search_words(typed), names_only=True)
        chosen = self._select_names(matches, wanted)
        if not chosen:
            chosen = self._select_names(self._search(typed).matches, wanted)
        if not chosen:
            chosen = self._find_similar(typed, wanted, limit)
        return [self._make_hit(match) for match in nsmallest(limit, chosen, key=lambda m: m.rank)]

    def _find_similar(self, typed: str, kinds: Collection[str], limit: int) -> list[Match]:
        """Return the things of these kinds whose names are nearly what is typed."""
        from rapidfuzz import fuzz, process

        named = {
            number: text.normalized
            for number, text in enumerate(self._texts)
            if text.field in _NAMES and self._kinds[text.thing] in kinds
        }
        words = normalize_text(transliterate(typed))[:_LONGEST_NAME]
        near = process.extract(
            words, named, scorer=fuzz.ratio, score_cutoff=_LEAST_SIMILARITY, limit=limit
        )
        matches: dict[int, Match] = {}
        for place, (_, _, number) in enumerate(near):
            text = self._texts[number]
            matches.setdefault(text.thing, Match((place,), text, words))
        return list(matches.values())

    def _select_names(self, matches: Mapping[int, Match], kinds: Collection[str]) -> list[Match]:
        return [
            match
            for number, match in matches.items()
            if self._kinds[number] in kinds and match.text.field in (*_NAMES, "name")
        ]

    def resolve(self, typed: str, kinds: Collection[str]) -> tuple[str, ...]:
        """Return the IRIs of the things of these kinds that a typed name may mean, the best first.

        A whole name counts before a person's family name, and this before words of a name; titles
        are ignored. Things that no report speaks of count only where no others fit.
        """
        found = self._match_typed(typed)
        if not found.matches and not typed.isascii():
            found = self._search(typed)
        named = [
            match
            for match in self._select_names(found.matches, kinds)
            if len(match.rank) == 1 or match.rank[6] <= WORDS
        ]
        spoken = [match for match in named if self._iris[match.text.thing] not in self.unspoken]
        listed = sorted(spoken or named, key=lambda match: match.rank)
        best = listed[0].rank[6] if listed and len(listed[0].rank) > 1 else -1
        return tuple(
            self._iris[match.text.thing]
            for match in listed
            if len(match.rank) == 1 or match.rank[6] == best
        )

    def find_pair(self, typed: str) -> NamedPair | None:
        """Return the two parties that a text names, None where it names fewer or more.

        Only parties that reports speak of count.
        """
        words = normalize_text(drop_possessives(typed)).split()
        parties: dict[str, None] = {}
        others: list[str] = []
        place = 0
        while place < len(words):
            length, party = self._read_party(words, place)
            if party:
                parties[party] = None
            else:
                others.append(words[place])
            place += length
        if len(parties) != 2:
            return None
        left = read_search_words(" ".join(others)).words if others else ()
        alone = all(fold_word(word) in _ABOUT_PAIRS or not is_plain(word) for word in left)
        one, other = (self.name(iri) for iri in sorted(parties))
        return NamedPair(one, other, alone)

    def _read_party(self, words: list[str], place: int) -> tuple[int, str]:
        """Return how many words at a place name a party, and its IRI; one word and "" for none."""
        for length in range(min(_LONGEST_PARTY, len(words) - place), 0, -1):
            name = " ".join(words[place : place + length])
            if name in self._parties and len(name) > 1:
                return length, self._parties[name]
        return 1, ""

    @cached_property
    def _parties(self) -> dict[str, str]:
        """The names of the parties that reports speak of, normalized, and each party's IRI."""
        parties: dict[str, str] = {}
        for text in self._texts:
            iri, kind = self._iris[text.thing], self._kinds[text.thing]
            if kind not in _PARTY_KINDS or text.field not in _NAMES or iri in self.unspoken:
                continue
            if text.field == "code" and (len(text.normalized) < 3 or text.normalized.isdigit()):
                continue
            if is_plain(text.normalized):
                parties.setdefault(text.normalized, iri)
        return parties


def _group_match(kind: str, quality: int) -> int:
    """Return the place of a match among all: names of subjects, of records, texts, vocabulary."""
    if kind in SUBJECT_KINDS:
        return (0 if quality == EXACT else 1) if quality < MENTIONS else 3
    if kind in RECORD_KINDS:
        return (0 if quality == EXACT else 2) if quality < MENTIONS else 4
    return 2 if quality == EXACT else 5


def _same_words(words: tuple[str, ...], sought: SearchWords) -> bool:
    """Return whether a name has no words but those sought and small ones."""
    plain = read_search_words(" ".join(words)).words
    return {fold_word(word) for word in plain} == {fold_word(word) for word in sought.words}

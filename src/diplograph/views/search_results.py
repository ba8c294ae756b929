"""What searches return: results by kind, the groups of kinds, and the order in which they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from diplograph.core.names import CONCEPT_SCHEMES, ENTITY_KINDS, FACT_KINDS, ONTOLOGY, ROOT
from diplograph.core.things import Thing


class KindGroup(NamedTuple):
    """Kinds of things that readers see as one, with the group's name and its title."""

    name: str
    title: str
    kinds: tuple[str, ...]


KIND_GROUPS = tuple(
    KindGroup(name, title, tuple(kinds.split()))
    for name, title, kinds in (
        ("people", "People", "person"),
        ("states", "States", "state"),
        (
            "organizations",
            "Organizations and bodies",
            "forum organ organization body media group delegation",
        ),
        ("places", "Places", "city region world-region"),
        ("offices", "Offices", "office"),
        ("agreements", "Partnerships and agreements", "partnership agreement document"),
        ("events", "Meetings and other events", "event series"),
        ("topics", "Topics", "topic"),
        ("facts", "Facts", " ".join(kind for kind in FACT_KINDS if kind != "event")),
        ("reports", "Reports", "report"),
        ("passages", "Passages", "passage attestation"),
        (
            "terms",
            "Terms of the vocabulary",
            "term concept "
            + " ".join(name for name in CONCEPT_SCHEMES if name not in ("topic", "world-region")),
        ),
    )
)
# Equal matches are listed in the order of their kinds; unknown kinds come last.
_WEIGHT = {
    kind: place for place, kind in enumerate(kind for group in KIND_GROUPS for kind in group.kinds)
}
SUBJECT_KINDS = frozenset((*ENTITY_KINDS, "event", "topic"))
RECORD_KINDS = frozenset((*FACT_KINDS, "report", "passage"))


@dataclass(frozen=True)
class Hit:
    """A thing whose text matches: its kind, and that text in pieces, each with whether it matches.

    `field` is label, other name, demonym, capital, code, name (the CURIE), gist, quote or note;
    unless it is a gist, `gist` is the thing's own gist. `language` is the tag of the text's
    language, empty for English. `spoken` is false of an entity that no report speaks of.
    """

    thing: Thing
    kind: str
    field: str
    pieces: tuple[tuple[str, bool], ...]
    gist: str = ""
    language: str = ""
    spoken: bool = True


@dataclass(frozen=True)
class NamedPair:
    """Two parties that a search names; `alone`: it asks for nothing but what is between them."""

    one: Thing
    other: Thing
    alone: bool


@dataclass(frozen=True)
class SearchResults:
    """Results of a search: how many in all, how many of each kind, and those of one page.

    `corrected` are the words that were searched for instead where the typed ones match nothing;
    `untitled` the name without titles before it, such as Mr or President, and without 's after it,
    where that has matches of its own. `missing` are typed words that no text has, which were left
    out; `partly`: no thing has all words, these have some. `unspoken`: how many more things of the
    kind there are that no report speaks of, where all of a kind are listed.
    """

    total: int
    kinds: tuple[tuple[str, int], ...]
    hits: tuple[Hit, ...]
    corrected: str = ""
    untitled: str = ""
    unspoken: int = 0
    pair: NamedPair | None = None
    missing: tuple[str, ...] = ()
    partly: bool = False


@dataclass(frozen=True)
class SearchEntry:
    """A thing as an index outside the server lists it: kind, group, and its other names."""

    thing: Thing
    kind: str
    group: str
    names: tuple[str, ...]


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


def find_group(kind: str) -> KindGroup:
    """Return the group of a kind; that of facts for kinds in none.

    >>> find_group("city").title
    'Places'
    """
    groups = {name: group for group in KIND_GROUPS for name in group.kinds}
    return groups.get(kind) or groups["link"]


def name_tier(kind: str) -> str:
    """Return the heading of results of a kind; empty for what most people look for.

    >>> name_tier("person"), name_tier("passage")
    ('', 'Facts and passages')
    """
    if kind in SUBJECT_KINDS:
        return ""
    return "Facts and passages" if kind in RECORD_KINDS else "Notes and vocabulary"


def list_kinds(name: str) -> tuple[str, ...]:
    """Return the kinds of a group, else the kind itself."""
    return next((group.kinds for group in KIND_GROUPS if group.name == name), (name,))


def weigh_kind(kind: str) -> int:
    """Return the place of a kind among all, 0 being the first."""
    return _WEIGHT.get(kind, len(_WEIGHT))

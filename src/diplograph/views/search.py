"""What searches of a build need: its index and passages; near duplicates; completion of queries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from diplograph.build.duplicates import EntityName, compare_names
from diplograph.core.letters import normalize_text
from diplograph.core.names import ENTITY_KINDS, PREFIXES, expand, split
from diplograph.core.things import Thing
from diplograph.views.engagements import read_engagement_index
from diplograph.views.query import QueryRunner, fill_query, group_rows, things
from diplograph.views.search_index import SearchIndex
from diplograph.views.spelling import MONTHS
from diplograph.views.status import EngagementIndexEntry
from diplograph.views.unspoken import Unspoken, read_unspoken

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


def read_search_index(
    asking: QueryRunner,
    engagements: Iterable[EngagementIndexEntry] | None = None,
    unspoken: Unspoken | None = None,
) -> SearchIndex:
    """Return the index of the build that answers; the most expensive of all views.

    Engagements are found by the months and years in which they may be. Three queries, one fewer
    for each of `engagements` and `unspoken` that is given. Raises what the engine raises.
    """
    engagements = read_engagement_index(asking) if engagements is None else engagements
    unspoken = read_unspoken(asking) if unspoken is None else unspoken
    rows = asking.rows(fill_query("search"))
    latest: dict[str, str] = {}
    for entry in engagements:
        state = entry.states[-1] if entry.states else None
        if state and state.latest:
            latest[entry.iri] = state.latest.date().isoformat()
            earliest = (state.earliest or state.latest).date().isoformat()
            words = _say_months(earliest, latest[entry.iri])
            rows.append({"thing": entry.iri, "field": "date", "text": words})
    return SearchIndex(rows, unspoken, latest)


def _say_months(earliest: str, latest: str) -> str:
    """Return the days, months and years that two days share.

    >>> _say_months("2031-03-05", "2031-03-06")
    'March 2031'
    """
    year, month, day = latest.split("-")
    if earliest[:4] != year:
        return f"{earliest[:4]} {year}"
    if earliest[5:7] != month:
        return year
    words = f"{MONTHS[int(month) - 1]} {year}"
    return f"{int(day)} {words}" if earliest == latest else words


@dataclass(frozen=True)
class HitContext:
    """What a line beside a result says: a person's offices, an office's holders, the kinds of an
    event, and what a place or a body belongs to.
    """

    offices: tuple[Thing, ...] = ()
    holders: tuple[Thing, ...] = ()
    kinds: tuple[Thing, ...] = ()
    wholes: tuple[Thing, ...] = ()


def read_search_context(asking: QueryRunner, iris: list[str], day: date) -> dict[str, HitContext]:
    """Return the context as of `day` by the IRI of a thing; one query, none for no things."""
    if not iris:
        return {}
    text = fill_query("search-context", thing=sorted(iris), day=day.isoformat())
    contexts: dict[str, HitContext] = {}
    for iri, rows in group_rows(asking.rows(text), "thing").items():
        found = group_rows(rows, "as")
        contexts[iri] = HitContext(
            *(
                things(found.get(role, ()), "value")
                for role in ("office", "holder", "kind", "whole")
            )
        )
    return contexts


def read_passage_facts(asking: QueryRunner, passages: list[str]) -> dict[str, tuple[str, ...]]:
    """Return passage IRI to the IRIs of the facts it supports; one query, none for no passages."""
    if not passages:
        return {}
    facts_of: dict[str, list[str]] = {}
    for row in asking.rows(fill_query("search-facts", passage=sorted(passages))):
        facts_of.setdefault(row["passage"], []).append(row["fact"])
    return {passage: tuple(facts) for passage, facts in facts_of.items()}


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

"""What the graph says of one thing: its statements, those that name it, and what supports it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyoxigraph as ox

from diplograph.core.names import PREFIXES, ROOT
from diplograph.things import FACT, LABEL, TYPE
from diplograph.views.asking import Asking
from diplograph.views.naming import read_named
from diplograph.views.texts import fill

# Statements that name a thing and are written down with it; the query asks for one more.
MOST_LINKS = 1000

_QUOTES = PREFIXES["dg"] + "quotes"
_NAMES = (LABEL, PREFIXES["skos"] + "prefLabel")


@dataclass(frozen=True)
class Description:
    """The statements about the thing `iri`; of the `links` that name it, the first are among them.

    They are in no order, each is there once.
    """

    iri: str
    statements: frozenset[ox.Triple]
    links: int

    @property
    def cut(self) -> bool:
        """Whether more statements name the thing than are written down."""
        return self.links > MOST_LINKS


def read_description(
    asking: Asking, iri: str, *, asserted: bool = False, kinds: bool = False
) -> Description:
    """Return what the graph says of the thing of that IRI, in at most eight queries.

    That is all statements with it as subject; the first thousand that have it as their value; its
    dates, statuses, participations, agenda and quantities; for a fact, the attestations of it and
    of these, with their passages; and what everything that is named is called. `asserted` leaves
    out what no file says, `kinds` says of what is named what it is too. Raises UnknownThing, with
    near matches, where nothing is said of the thing.
    """
    own = _ask(asking, "description", thing=[iri])
    if not own:
        read_named(asking, iri)
    links = _ask(asking, "description-links", thing=iri)
    total = len(links)
    if total > MOST_LINKS:
        total = int(asking.row(fill("description-count", thing=iri)).get("links", total))
    parts = _ask(asking, "description-parts", thing=iri)
    about = own | parts | _read_evidence(asking, own | parts)
    if asserted:
        subjects = _subjects(about) | _subjects(links)
        inferred = _ask(asking, "description-inferred", thing=subjects)
        about, links = about - inferred, links - inferred
    kept = frozenset(sorted(links, key=str)[:MOST_LINKS])
    query = "description-kinds" if kinds else "description-names"
    names = _ask(asking, query, thing=_find_unnamed(about | kept))
    return Description(iri, about | kept | names, total)


def read_outline(asking: Asking, iri: str, properties: Iterable[str]) -> frozenset[ox.Triple]:
    """Return what is needed to say what the thing of that IRI is, in one query.

    That is what is said of it, of its dates and statuses and of their attestations, and of the
    things it names by one of `properties` what they are and what they are called.
    """
    text = fill("description-outline", thing=iri, aligned=sorted(properties))
    return frozenset(asking.triples(text))


def _read_evidence(asking: Asking, statements: frozenset[ox.Triple]) -> frozenset[ox.Triple]:
    """Return what the attestations of the facts among the subjects say, and their passages."""
    facts = {
        each.subject.value
        for each in statements
        if each.predicate.value == TYPE and getattr(each.object, "value", "") == FACT
    }
    attestations = _ask(asking, "description-attestations", fact=facts)
    passages = {each.object.value for each in attestations if each.predicate.value == _QUOTES}
    return attestations | _ask(asking, "description", thing=passages)


def _find_unnamed(statements: frozenset[ox.Triple]) -> set[str]:
    """Return the things of ours that are named somewhere and say nowhere what they are called."""
    named = {each.subject.value for each in statements if each.predicate.value in _NAMES}
    found = {
        term.value
        for each in statements
        for term in (each.subject, each.object)
        if isinstance(term, ox.NamedNode)
        and term.value.startswith((f"{ROOT}id/", f"{ROOT}concept/"))
    }
    return found - named


def _subjects(statements: Iterable[ox.Triple]) -> set[str]:
    return {each.subject.value for each in statements if isinstance(each.subject, ox.NamedNode)}


def _ask(asking: Asking, query: str, **things: str | Iterable[str]) -> frozenset[ox.Triple]:
    """Return the statements of a query with one parameter; none where it is given nothing."""
    [(name, given)] = things.items()
    wanted = [given] if isinstance(given, str) else sorted(given)
    return frozenset(asking.triples(fill(query, **{name: wanted}))) if wanted else frozenset()

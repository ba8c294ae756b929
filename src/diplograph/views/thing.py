"""What the graph says of any thing: its own statements, and the links that lead to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches

import pyoxigraph as ox

from diplograph.core.dates import say_date
from diplograph.core.errors import UnknownThing
from diplograph.core.names import FACT, LABEL, PREFIXES, ROOT, TYPE, compact
from diplograph.core.things import Thing, Value
from diplograph.views.query import BindingRow, QueryRunner, fill_query, thing, things

# How many links of a property are shown at first, and on a page of its own; a thing with no more
# than a few links has them all read at once, which costs less than asking property by property.
FIRST, PAGE, FEW = 12, 50, 300
OUT, IN = "out", "in"
_PROLOGUE = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("dg", "graph", "rdfs"))
_EDTF = PREFIXES["dg"] + "edtf"
_LABELLED = """
  BIND (EXISTS { GRAPH graph:inferred { ?from ?property ?to . } } AS ?inferred)
  OPTIONAL { ?other dg:idEvidence ?evidence . }
  OPTIONAL {
    ?other rdfs:label ?otherLabel .
    FILTER (LANG(?otherLabel) IN ("", "en"))
  }
"""


@dataclass(frozen=True)
class ThingLink:
    """One thing or text at the other end; `evidence` says why an outside identifier is taken."""

    value: Value
    evidence: str = ""


@dataclass(frozen=True)
class LinkGroup:
    """What stands at the other end of one property: how many in all, and those of this page.

    `direction` is `out` for what the thing says itself and `in` for what links to it; `words` name
    the property as seen from the thing.
    """

    property: Thing
    direction: str
    words: str
    total: int
    links: tuple[ThingLink, ...] = ()

    @property
    def more(self) -> int:
        """How many there are beyond those shown."""
        return self.total - len(self.links)


@dataclass(frozen=True)
class About:
    """The groups of a thing; `chosen` and `page` where one incoming property is leafed through."""

    groups: tuple[LinkGroup, ...]
    chosen: LinkGroup | None = None
    page: int = 1

    @property
    def pages(self) -> int:
        """How many pages the chosen property has."""
        return max(1, -(-self.chosen.total // PAGE)) if self.chosen else 1

    def of(self, direction: str, *curies: str) -> tuple[ThingLink, ...]:
        """Return the links by these properties in one direction."""
        return tuple(
            link
            for group in self.groups
            if group.direction == direction and group.property.curie in curies
            for link in group.links
        )

    def texts(self, *curies: str) -> tuple[str, ...]:
        """Return the texts that the thing has by these properties, in their order."""
        return tuple(str(link.value.value) for curie in curies for link in self.of(OUT, curie))


def read_about(asking: QueryRunner, iri: str, page: int = 1, chosen: str = "") -> About:
    """Return the groups of a thing, each with its first links; two queries.

    Inferred statements that only say a link to the thing backwards are not among its own.
    `chosen`: the property of incoming links to leaf through, `page` of them then. An unknown one
    leaves `chosen` of the result None.
    """
    counted = [_read_group(row) for row in asking.rows(fill_query("thing", thing=iri))]
    picked = [each for each in counted if chosen and _is(each, chosen)][:1]
    if picked:
        text = _write_firsts(iri, picked, PAGE, (page - 1) * PAGE)
        return About((), _fill(picked[0], asking.rows(text), PAGE), page)
    few = sum(each.total for each in counted) <= FEW
    text = (
        fill_query("thing-links", **{"from": iri, "to": iri})
        if few
        else _write_firsts(iri, counted, FIRST)
    )
    rows = asking.rows(text)
    return About(tuple(_fill(group, rows, FIRST) for group in counted))


def _is(group: LinkGroup, chosen: str) -> bool:
    return group.direction == IN and group.property.iri == chosen


def _read_group(row: BindingRow) -> LinkGroup:
    property_ = thing(row, "property") or Thing("", "")
    words = property_.label
    if row["direction"] == IN:
        words = row.get("backward") or f"{property_.label} of"
    return LinkGroup(property_, row["direction"], words, int(row["total"]))


def _write_firsts(iri: str, groups: Iterable[LinkGroup], limit: int, offset: int = 0) -> str:
    """Return the query for the first links of each group, each group by a query of its own."""
    subject = ox.NamedNode(iri)
    parts = []
    for group in groups:
        property_ = ox.NamedNode(group.property.iri)
        ends = (subject, "?other") if group.direction == OUT else ("?other", subject)
        pattern = f"{ends[0]} {property_} {ends[1]} ."
        parts.append(
            f"{{ {{ SELECT DISTINCT ?other WHERE {{ {pattern} }}"
            f" ORDER BY ?other LIMIT {limit} OFFSET {offset} }}"
            f' BIND ("{group.direction}" AS ?direction) BIND ({property_} AS ?property)'
            f" BIND ({ends[0]} AS ?from) BIND ({ends[1]} AS ?to) }}"
        )
    union = "\n  UNION\n  ".join(parts) or "{ FILTER (false) }"
    return (
        f"{_PROLOGUE}SELECT ?direction ?property ?other ?otherLabel ?inferred ?evidence"
        " (isIRI(?other) AS ?named)\n"
        f"WHERE {{\n  {union}{_LABELLED}}}\nORDER BY ?direction ?property ?otherLabel ?other"
    )


def _fill(group: LinkGroup, rows: Iterable[BindingRow], limit: int) -> LinkGroup:
    links = [
        _read_link(group, row)
        for row in rows
        if (row["direction"], row["property"]) == (group.direction, group.property.iri)
    ]
    return replace(group, links=tuple(links[:limit]))


def _read_link(group: LinkGroup, row: BindingRow) -> ThingLink:
    text = row["other"]
    value = thing(row, "other") if row["named"] == "true" else text
    words = say_date(text) if group.property.iri == _EDTF else ""
    inferred = row["inferred"] == "true"
    return ThingLink(
        Value(group.property, value or compact(text), inferred, words), row.get("evidence", "")
    )


_NEAR = 3


@dataclass(frozen=True)
class NamedThing:
    """A thing with its kinds: the most specific classes in `kinds`, all that hold in `classes`."""

    thing: Thing
    kinds: tuple[Thing, ...]
    classes: frozenset[str]


def read_named_things(asking: QueryRunner, iri: str) -> NamedThing:
    """Return the thing of that IRI; one query.

    Raises UnknownThing, with the things of its kind that have nearly that name, where the graph has
    no statement about it; that takes another query.
    """
    named = read_names_and_kinds(asking, [iri])
    if iri not in named:
        raise UnknownThing(_say_missing(asking, iri))
    return named[iri]


def read_names_and_kinds(asking: QueryRunner, things: Iterable[str]) -> dict[str, NamedThing]:
    """Return IRI to thing, without those that the graph has no statement about; one query."""
    iris = list(things)
    rows_of: dict[str, list[BindingRow]] = {}
    for row in asking.rows(fill_query("named", thing=iris)) if iris else ():
        rows_of.setdefault(row["thing"], []).append(row)
    return {iri: _read_named_thing(rows) for iri, rows in rows_of.items()}


def _read_named_thing(rows: list[BindingRow]) -> NamedThing:
    wider = {row["wider"] for row in rows if "wider" in row}
    return NamedThing(
        thing=thing(rows[0], "thing"),
        kinds=things([row for row in rows if row.get("kind") not in wider], "kind"),
        classes=frozenset(row["kind"] for row in rows if "kind" in row),
    )


def _say_missing(asking: QueryRunner, iri: str) -> str:
    base = iri.rpartition("/")[0] + "/"
    known = {
        row["thing"]: row.get("label", "")
        for row in asking.rows(fill_query("named-near", base=base))
    }
    names = {each.removeprefix(base): each for each in known}
    near = get_close_matches(iri.removeprefix(base), names, n=_NEAR, cutoff=0.5)
    hint = " or ".join(compact(names[each]) for each in near)
    return f"nothing here is called {compact(iri)}" + (f"; did you mean {hint}?" if hint else "")


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
    asking: QueryRunner, iri: str, *, asserted: bool = False, kinds: bool = False
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
        read_named_things(asking, iri)
    links = _ask(asking, "description-links", thing=iri)
    total = len(links)
    if total > MOST_LINKS:
        total = int(asking.row(fill_query("description-count", thing=iri)).get("links", total))
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


def read_outline(asking: QueryRunner, iri: str, properties: Iterable[str]) -> frozenset[ox.Triple]:
    """Return what is needed to say what the thing of that IRI is, in one query.

    That is what is said of it, of its dates and statuses and of their attestations, and of the
    things it names by one of `properties` what they are and what they are called.
    """
    text = fill_query("description-outline", thing=iri, aligned=sorted(properties))
    return frozenset(asking.triples(text))


def _read_evidence(asking: QueryRunner, statements: frozenset[ox.Triple]) -> frozenset[ox.Triple]:
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


def _ask(asking: QueryRunner, query: str, **things: str | Iterable[str]) -> frozenset[ox.Triple]:
    """Return the statements of a query with one parameter; none where it is given nothing."""
    [(name, given)] = things.items()
    wanted = [given] if isinstance(given, str) else sorted(given)
    return frozenset(asking.triples(fill_query(query, **{name: wanted}))) if wanted else frozenset()

"""Statements about any thing: its links grouped by property, its kinds, its RDF description."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from difflib import get_close_matches

import pyoxigraph as ox

from diplograph.core.dates import say_date
from diplograph.core.errors import UnknownThing
from diplograph.core.names import FACT, LABEL, PREFIXES, ROOT, TYPE, compact
from diplograph.core.things import Thing, Value
from diplograph.views.query import BindingRow, QueryRunner, fill_query, group_rows, thing, things

# Links of one property that are shown at first, and on a page of their own.
_FIRST_LINKS, _PAGE_LINKS = 12, 50
# A thing with no more links has them all read at once, which costs less than property by property.
_FEW_LINKS = 300
# Suggestions for an IRI that the graph does not have.
_SUGGESTIONS = 3
# Statements with a thing as value that are part of its description; the query has a LIMIT of one
# more.
MOST_LINKS = 1000

OUT, IN = "out", "in"
_LINK = ("from", "property", "other")  # the variables of an outgoing link
_PROLOGUE = "".join(f"PREFIX {name}: <{PREFIXES[name]}>\n" for name in ("dg", "graph", "rdfs"))
_EDTF, _QUOTES = PREFIXES["dg"] + "edtf", PREFIXES["dg"] + "quotes"
_LABELS = (LABEL, PREFIXES["skos"] + "prefLabel")
_LABELLED = """
  BIND (
    EXISTS { VALUES ?graph { graph:derived graph:inferred } GRAPH ?graph { ?from ?property ?to . } }
    AS ?inferred
  )
  OPTIONAL { ?other dg:idEvidence ?evidence . }
  OPTIONAL {
    ?other rdfs:label ?otherLabel .
    FILTER (LANG(?otherLabel) IN ("", "en"))
  }
"""


@dataclass(frozen=True)
class ThingLink:
    """A thing or text that a property links to; `evidence` says why an external identifier fits."""

    value: Value
    evidence: str = ""


@dataclass(frozen=True)
class LinkGroup:
    """The links of a thing by one property: `total` in all, `links` on this page.

    `direction` is `out` where the thing is the subject; `words` name the property as seen from it.
    """

    property: Thing
    direction: str
    words: str
    total: int
    links: tuple[ThingLink, ...] = ()

    @property
    def inferred(self) -> bool:
        """Whether all links on this page are inferred."""
        return bool(self.links) and all(link.value.inferred for link in self.links)

    @property
    def more(self) -> int:
        """How many links are not on this page."""
        return self.total - len(self.links)


@dataclass(frozen=True)
class About:
    """The links of a thing; `chosen` and `page` where one incoming property is shown by pages."""

    groups: tuple[LinkGroup, ...]
    chosen: LinkGroup | None = None
    page: int = 1

    @property
    def pages(self) -> int:
        """How many pages the chosen property has."""
        return max(1, -(-self.chosen.total // _PAGE_LINKS)) if self.chosen else 1

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
        return tuple(_text(link.value.value) for curie in curies for link in self.of(OUT, curie))


def _text(value: Thing | str) -> str:
    return value.label if isinstance(value, Thing) else value


def _say_backward(label: str) -> str:
    """Return the words for a property seen from its value: "topic of", or "as “acts for”"."""
    turned = label.startswith("ever ") or label.endswith((" for", " in", " of", " to", " since"))
    return f"as “{label}”" if turned else f"{label} of"


def read_about(asking: QueryRunner, iri: str, page: int = 1, chosen: str = "") -> About:
    """Return the groups of a thing, each with its first links; two queries.

    Inferred inverses of links to the thing are left out. `chosen`: the property of incoming links
    of which one `page` is returned; an unknown one leaves `chosen` of the result None.
    """
    groups = []
    for row in asking.rows(fill_query("thing", thing=iri)):
        property_, words = thing(row, "property") or Thing("", ""), ""
        if row["direction"] == IN:
            words = row.get("backward") or _say_backward(property_.label)
        total = int(row["total"])
        groups.append(LinkGroup(property_, row["direction"], words or property_.label, total))
    for group in groups:
        if chosen and (group.direction, group.property.iri) == (IN, chosen):
            text = _write_links_query(iri, [group], _PAGE_LINKS, (page - 1) * _PAGE_LINKS)
            return About((), _fill(group, asking.rows(text, _LINK), _PAGE_LINKS), page)
    if sum(group.total for group in groups) <= _FEW_LINKS:
        text = fill_query("thing-links", **{"from": iri, "to": iri})
    else:
        text = _write_links_query(iri, groups, _FIRST_LINKS)
    rows = asking.rows(text, _LINK)
    return About(tuple(_fill(group, rows, _FIRST_LINKS) for group in groups))


def _write_links_query(iri: str, groups: Iterable[LinkGroup], limit: int, offset: int = 0) -> str:
    """Return the query for `limit` links of each group from `offset` on, by subqueries."""
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
        f"{_PROLOGUE}SELECT ?direction ?from ?property ?other ?otherLabel ?inferred ?evidence"
        " (isIRI(?other) AS ?named)\n"
        f"WHERE {{\n  {union}{_LABELLED}}}\nORDER BY ?direction ?property ?otherLabel ?other"
    )


def _fill(group: LinkGroup, rows: Iterable[BindingRow], limit: int) -> LinkGroup:
    links = []
    for row in rows:
        if (row["direction"], row["property"]) == (group.direction, group.property.iri):
            text = row["other"]
            value = thing(row, "other") if row["named"] == "true" else text
            words = say_date(text) if group.property.iri == _EDTF else ""
            inferred = row["inferred"] == "true"
            link = Value(group.property, value or compact(text), inferred, words)
            links.append(ThingLink(link, row.get("evidence", "")))
    shown = tuple(links[:limit])  # one value may be written in several forms
    return replace(group, total=max(group.total, len(shown)), links=shown)


# ---- names and kinds ----------------------------------------------------------------------


@dataclass(frozen=True)
class NamedThing:
    """A thing with its kinds: the most specific classes in `kinds`, all that hold in `classes`."""

    thing: Thing
    kinds: tuple[Thing, ...]
    classes: frozenset[str]


def read_named_things(asking: QueryRunner, iri: str) -> NamedThing:
    """Return the thing of that IRI; one query, another where the graph has no statement about it.

    Raises UnknownThing then, with the things of its kind that have nearly that name.
    """
    rows = asking.rows(fill_query("named", thing=iri))
    if rows:
        return _read_named_thing(rows)
    base = iri.rpartition("/")[0] + "/"
    rows = asking.rows(fill_query("named-near", base=base))
    names = dict.fromkeys(row["thing"].removeprefix(base) for row in rows)
    near = get_close_matches(iri.removeprefix(base), names, n=_SUGGESTIONS, cutoff=0.5)
    hint = f"; did you mean {' or '.join(compact(base + name) for name in near)}?" if near else ""
    raise UnknownThing(f"nothing in this graph is called {compact(iri)}{hint}")


def read_names_and_kinds(asking: QueryRunner, things: Iterable[str]) -> dict[str, NamedThing]:
    """Return IRI to thing, without those that the graph has no statement about; one query."""
    iris = list(things)
    rows = asking.rows(fill_query("named", thing=iris)) if iris else ()
    return {iri: _read_named_thing(group) for iri, group in group_rows(rows, "thing").items()}


def _read_named_thing(rows: list[BindingRow]) -> NamedThing:
    wider = {row["wider"] for row in rows if "wider" in row}
    return NamedThing(
        thing=thing(rows[0], "thing"),
        kinds=things([row for row in rows if row.get("kind") not in wider], "kind"),
        classes=frozenset(row["kind"] for row in rows if "kind" in row),
    )


# ---- RDF description ----------------------------------------------------------------------


@dataclass(frozen=True)
class Description:
    """Statements about `iri`, and MOST_LINKS at most of all `links` that have it as value."""

    iri: str
    statements: frozenset[ox.Triple]
    links: int

    @property
    def cut(self) -> bool:
        """Whether statements that have the thing as value are left out."""
        return self.links > MOST_LINKS


def read_description(
    asking: QueryRunner, iri: str, *, asserted: bool = False, kinds: bool = False
) -> Description:
    """Return the statements about the thing of that IRI, in at most eight queries.

    These are all statements with it as subject; the first thousand that have it as value; those
    about its dates, statuses, participations, agenda and quantities; for a fact, the attestations
    of it and of these, with their passages; and the labels of all things in these. `asserted`
    leaves out inferred statements, `kinds` adds the types of the things in these. Raises
    UnknownThing, with near matches, where the graph has no statement about the thing.
    """
    own = _ask(asking, "description", thing=[iri])
    if not own:
        read_named_things(asking, iri)
    links = _ask(asking, "description-links", thing=iri)
    total = len(links)
    if total > MOST_LINKS:
        total = int(asking.row(fill_query("description-count", thing=iri)).get("links", total))
    about = own | _ask(asking, "description-parts", thing=iri)
    facts = {
        triple.subject.value
        for triple in about
        if triple.predicate.value == TYPE and getattr(triple.object, "value", "") == FACT
    }
    attestations = _ask(asking, "description-attestations", fact=facts)
    passages = {t.object.value for t in attestations if t.predicate.value == _QUOTES}
    about |= attestations | _ask(asking, "description", thing=passages)
    if asserted:
        subjects = {t.subject.value for t in about | links if isinstance(t.subject, ox.NamedNode)}
        inferred = _ask(asking, "description-inferred", thing=subjects)
        about, links = about - inferred, links - inferred
    statements = about | frozenset(sorted(links, key=str)[:MOST_LINKS])
    query = "description-kinds" if kinds else "description-names"
    names = _ask(asking, query, thing=_find_unlabelled(statements))
    return Description(iri, statements | names, total)


def read_outline(asking: QueryRunner, iri: str) -> frozenset[ox.Triple]:
    """Return the statements of a summary of the thing, in one query.

    These are about it, its parts, its latest state and dates and those of the event that it is part
    of, how firmly attestations in force put them, and what the things are that they lead to.
    """
    return frozenset(asking.triples(fill_query("description-outline", thing=iri)))


def _find_unlabelled(statements: frozenset[ox.Triple]) -> set[str]:
    """Return the IRIs of our things in the statements that have no label there."""
    labelled = {triple.subject.value for triple in statements if triple.predicate.value in _LABELS}
    things = {
        term.value
        for triple in statements
        for term in (triple.subject, triple.object)
        if isinstance(term, ox.NamedNode)
        and term.value.startswith((f"{ROOT}id/", f"{ROOT}concept/"))
    }
    return things - labelled


def _ask(asking: QueryRunner, query: str, **things: str | Iterable[str]) -> frozenset[ox.Triple]:
    """Return the statements of a query with one parameter; none for an empty list."""
    [(name, values)] = things.items()
    iris = [values] if isinstance(values, str) else sorted(values)
    return frozenset(asking.triples(fill_query(query, **{name: iris}))) if iris else frozenset()

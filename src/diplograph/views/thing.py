"""What the graph says of any thing: its own statements, and the links that lead to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import pyoxigraph as ox

from diplograph.core.names import PREFIXES, compact
from diplograph.things import Thing, Value
from diplograph.views.asking import Asking, Row, thing
from diplograph.views.texts import fill
from diplograph.wording import say_date

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
class Link:
    """One thing or text at the other end; `evidence` says why an outside identifier is taken."""

    value: Value
    evidence: str = ""


@dataclass(frozen=True)
class Group:
    """What stands at the other end of one property: how many in all, and those of this page.

    `direction` is `out` for what the thing says itself and `in` for what links to it; `words` name
    the property as seen from the thing.
    """

    property: Thing
    direction: str
    words: str
    total: int
    links: tuple[Link, ...] = ()

    @property
    def more(self) -> int:
        """How many there are beyond those shown."""
        return self.total - len(self.links)


@dataclass(frozen=True)
class About:
    """The groups of a thing; `chosen` and `page` where one incoming property is leafed through."""

    groups: tuple[Group, ...]
    chosen: Group | None = None
    page: int = 1

    @property
    def pages(self) -> int:
        """How many pages the chosen property has."""
        return max(1, -(-self.chosen.total // PAGE)) if self.chosen else 1

    def of(self, direction: str, *curies: str) -> tuple[Link, ...]:
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


def read_about(asking: Asking, iri: str, page: int = 1, chosen: str = "") -> About:
    """Return the groups of a thing, each with its first links; two queries.

    Inferred statements that only say a link to the thing backwards are not among its own.
    `chosen`: the property of incoming links to leaf through, `page` of them then. An unknown one
    leaves `chosen` of the result None.
    """
    counted = [_read_group(row) for row in asking.rows(fill("thing", thing=iri))]
    picked = [each for each in counted if chosen and _is(each, chosen)][:1]
    if picked:
        text = _write_firsts(iri, picked, PAGE, (page - 1) * PAGE)
        return About((), _fill(picked[0], asking.rows(text), PAGE), page)
    few = sum(each.total for each in counted) <= FEW
    text = (
        fill("thing-links", **{"from": iri, "to": iri})
        if few
        else _write_firsts(iri, counted, FIRST)
    )
    rows = asking.rows(text)
    return About(tuple(_fill(group, rows, FIRST) for group in counted))


def _is(group: Group, chosen: str) -> bool:
    return group.direction == IN and group.property.iri == chosen


def _read_group(row: Row) -> Group:
    property_ = thing(row, "property") or Thing("", "")
    words = property_.label
    if row["direction"] == IN:
        words = row.get("backward") or f"{property_.label} of"
    return Group(property_, row["direction"], words, int(row["total"]))


def _write_firsts(iri: str, groups: Iterable[Group], limit: int, offset: int = 0) -> str:
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


def _fill(group: Group, rows: Iterable[Row], limit: int) -> Group:
    links = [
        _read_link(group, row)
        for row in rows
        if (row["direction"], row["property"]) == (group.direction, group.property.iri)
    ]
    return replace(group, links=tuple(links[:limit]))


def _read_link(group: Group, row: Row) -> Link:
    text = row["other"]
    value = thing(row, "other") if row["named"] == "true" else text
    words = say_date(text) if group.property.iri == _EDTF else ""
    inferred = row["inferred"] == "true"
    return Link(
        Value(group.property, value or compact(text), inferred, words), row.get("evidence", "")
    )

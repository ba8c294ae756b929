"""How a service says how far a query may go here: a small vocabulary that explains itself."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pyoxigraph as ox

from diplograph.core.names import PREFIXES, ROOT
from diplograph.sparql.check import DEEPEST, LONGEST
from diplograph.store.interface import MEBIBYTE
from diplograph.web.protocol import KIBIBYTE
from diplograph.web.settings import Settings

BOUND = ROOT + "bound#"

_RDF, _RDFS, _XSD = PREFIXES["rdf"], PREFIXES["rdfs"], PREFIXES["xsd"]

# Each property, what its number counts, and the number.
_STATED = {
    "seconds": ("Seconds one query may run.", lambda bounds: float(bounds.seconds)),
    "rows": ("Rows one result may have.", lambda bounds: bounds.rows),
    "resultBytes": (
        "Bytes one result may have, before it is compressed.",
        lambda bounds: bounds.result_mebibytes * MEBIBYTE,
    ),
    "memoryBytes": (
        "Bytes of memory one query may use.",
        lambda bounds: bounds.memory_mebibytes * MEBIBYTE,
    ),
    "queryBytes": (
        "Bytes the text of one query may have.",
        lambda bounds: bounds.query_kibibytes * KIBIBYTE,
    ),
    "nesting": ("Brackets that may be open at once in one query.", lambda _: DEEPEST),
    "operators": ("Operators and clauses one query may have in a row.", lambda _: LONGEST),
    "waiting": ("Queries of all clients that may wait at once.", lambda bounds: bounds.waiting),
    "perClient": (
        "Queries of one client that may run and wait at once.",
        lambda bounds: bounds.per_client,
    ),
    "longSeconds": (
        "Seconds after which a query that runs is a long one.",
        lambda bounds: float(bounds.long_seconds),
    ),
    "longQueries": (
        "Long queries of all clients that may run at once.",
        lambda bounds: bounds.long_queries,
    ),
    "longPerClient": (
        "Long queries of one client that may run at once.",
        lambda bounds: bounds.long_per_client,
    ),
}
_SERVICE = "service"


def describe_bounds(service: str, settings: Settings) -> Iterator[ox.Triple]:
    """Yield the bounds on a query at `service`, and what each of the properties means."""
    for name, (meaning, read) in _STATED.items():
        number = _number(read(settings.bounds))
        yield ox.Triple(ox.NamedNode(service), ox.NamedNode(BOUND + name), number)
        yield from _define(name, meaning, number.datatype)
    for address in settings.services:
        yield ox.Triple(
            ox.NamedNode(service), ox.NamedNode(BOUND + _SERVICE), ox.NamedNode(address)
        )
    if settings.services:
        meaning = "An endpoint that SERVICE may name; every other is refused."
        yield from _define(_SERVICE, meaning, ox.NamedNode(_RDFS + "Resource"))


def _define(name: str, meaning: str, values: ox.NamedNode) -> Iterator[ox.Triple]:
    said = {
        _RDF + "type": ox.NamedNode(_RDF + "Property"),
        _RDFS + "comment": ox.Literal(meaning, language="en"),
        _RDFS + "range": values,
    }
    for predicate, value in said.items():
        yield ox.Triple(ox.NamedNode(BOUND + name), ox.NamedNode(predicate), value)


def _number(value: float) -> ox.Literal:
    kind = "decimal" if isinstance(value, float) else "integer"
    return ox.Literal(f"{Decimal(str(value)):f}", datatype=ox.NamedNode(_XSD + kind))

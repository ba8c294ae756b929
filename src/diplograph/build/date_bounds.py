"""Find the date estimates whose bounds are not those of their EDTF string."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import pyoxigraph as ox

from diplograph.build.faults import Fault
from diplograph.core.dates import date_bounds, parse_datetime
from diplograph.core.names import PREFIXES
from diplograph.core.rdf import Term

_DATE_TIME = PREFIXES["xsd"] + "dateTime"


def find_wrong_bounds(statements: Iterable[ox.Triple]) -> Iterator[Fault]:
    """Yield a fault for each estimate whose bounds are not its EDTF's."""
    for thing, (edtf, *written) in _read_estimates(statements):
        bounds = date_bounds(edtf.value)
        first, last = moments = tuple(map(_read_moment, written))
        if moments == (parse_datetime(bounds.earliest), parse_datetime(bounds.latest)):
            continue
        # Shapes of their own report these two cases, and one fault is one finding.
        unreadable = any(term and not moment for term, moment in zip(written, moments, strict=True))
        if unreadable or (first and last and first > last):
            continue
        value = f"{bounds.earliest or 'an open start'} to {bounds.latest or 'an open end'}"
        yield Fault("DateEstimate-edtf-bounds", thing, PREFIXES["dg"] + "edtf", value)


def _read_estimates(
    statements: Iterable[ox.Triple],
) -> Iterator[tuple[str, tuple[Term, Term | None, Term | None]]]:
    """Yield each thing that has an EDTF string, with it and its two bounds as written."""
    properties = [PREFIXES["dg"] + local for local in ("edtf", "earliest", "latest")]
    values: dict[str, dict[str, Term]] = {}
    found = (triple for triple in statements if triple.predicate.value in properties)
    for triple in sorted(found, key=str):
        values.setdefault(triple.subject.value, {})[triple.predicate.value] = triple.object
    for thing, by_property in sorted(values.items()):
        if properties[0] in by_property:
            yield thing, tuple(map(by_property.get, properties))


def _read_moment(term: Term | None) -> datetime | None:
    is_moment = isinstance(term, ox.Literal) and term.datatype.value == _DATE_TIME
    return parse_datetime(term.value) if is_moment else None

"""Find the dates whose bounds are not those of their EDTF string, and days of no calendar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime

import pyoxigraph as ox

from diplograph.build.faults import Fault
from diplograph.core.dates import date_bounds, parse_datetime
from diplograph.core.names import PREFIXES
from diplograph.core.rdf import Term

_DG = PREFIXES["dg"]
_DATE_TIME = PREFIXES["xsd"] + "dateTime"
# Shape to the properties of an EDTF string and of its bounds.
_DATES = {
    "DateEstimate-edtf-bounds": ("edtf", "earliest", "latest"),
    "Report-published-bounds": ("publishedOn", "publishedEarliest", "publishedLatest"),
}
_RECEIVED = _DG + "receivedOn"
_DAY = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")


def find_wrong_bounds(statements: Iterable[ox.Triple]) -> Iterator[Fault]:
    """Yield a fault for each date whose bounds are not its EDTF's, and each day that is none."""
    properties = {_DG + name for names in _DATES.values() for name in names}
    values: dict[str, dict[str, Term]] = {}
    for triple in sorted(_select(statements, properties | {_RECEIVED}), key=str):
        values.setdefault(triple.subject.value, {})[triple.predicate.value] = triple.object
    for thing, by_property in sorted(values.items()):
        for shape, names in _DATES.items():
            edtf, *written = (by_property.get(_DG + name) for name in names)
            bounds = edtf and _describe_wrong_bounds(edtf.value, written)
            if bounds:
                yield Fault(shape, thing, _DG + names[0], bounds)
        day = by_property.get(_RECEIVED)
        # A shape of its own reports what has another form.
        if day and _DAY.fullmatch(day.value) and not _exists(day.value):
            yield Fault("Report-received-day", thing, _RECEIVED, day.value)


def _select(statements: Iterable[ox.Triple], properties: set[str]) -> Iterator[ox.Triple]:
    return (triple for triple in statements if triple.predicate.value in properties)


def _describe_wrong_bounds(edtf: str, written: list[Term | None]) -> str:
    """Return the bounds of the EDTF where those written are others, else nothing."""
    bounds = date_bounds(edtf)
    first, last = moments = tuple(map(_read_moment, written))
    if moments == (parse_datetime(bounds.earliest), parse_datetime(bounds.latest)):
        return ""
    # Shapes of their own report these two cases, and one fault is one finding.
    unreadable = any(term and not moment for term, moment in zip(written, moments, strict=True))
    if unreadable or (first and last and first > last):
        return ""
    return f"{bounds.earliest or 'an open start'} to {bounds.latest or 'an open end'}"


def _read_moment(term: Term | None) -> datetime | None:
    is_moment = isinstance(term, ox.Literal) and term.datatype.value == _DATE_TIME
    return parse_datetime(term.value) if is_moment else None


def _exists(day: str) -> bool:
    try:
        return bool(date.fromisoformat(day))
    except ValueError:
        return False

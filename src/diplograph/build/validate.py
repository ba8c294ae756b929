"""Reasoned → Validated: what the shapes report, each finding with its thing and its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.build.dataset import Asserted
from diplograph.build.questions import describe_questions
from diplograph.build.reason import Reasoned
from diplograph.build.shacl import run_shacl, silence
from diplograph.build.shape_queries import ShapeQueries
from diplograph.build.shapes import ShapesGraph, check_shapes
from diplograph.core.dates import date_bounds, parse_as_of, parse_datetime
from diplograph.core.errors import ValidationFailed
from diplograph.core.names import INFERRED_GRAPH, PREFIXES, QUESTIONS_GRAPH, compact, name_severity
from diplograph.core.rdf import Location, Term, read_labels, to_rdflib

if TYPE_CHECKING:
    from datetime import datetime

    import rdflib

# What comes first in the findings. A shape may have another IRI as its severity (SHACL, 2.1.4):
# its findings come after these, by name, and stop nothing.
SEVERITIES = ("Violation", "Warning", "Info")

_SH, _DATE_TIME = PREFIXES["sh"], PREFIXES["xsd"] + "dateTime"
_AS_OF = re.compile(
    r"""VALUES\s+\?asOf\s*\{[^}]*\}|BIND\s*\(\s*"[^"]*"(?:\^\^\S+)?\s+AS\s+\?asOf\s*\)"""
)
_IRI = re.compile(r"<?(https?://[^\s<>\"{}|^`\\,;()']*[^\s<>\"{}|^`\\,;()'.:?!])>?")


@dataclass(frozen=True)
class Finding:
    """One result of a shape.

    `thing`, `shape` and `path` are IRIs; `shape` is the property or node shape that fired;
    `severity` is one of SEVERITIES or another's name, see `names.name_severity`; `location` is
    where `thing` is written, if it is.
    """

    severity: str
    thing: str
    label: str
    shape: str
    path: str | None
    value: str | None
    message: str
    location: Location | None

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        return f"{place}{self.severity}: {self.label}: {self.message} [{compact(self.shape)}]"


@dataclass(frozen=True)
class Validated:
    """The reasoned graph and the findings of its shapes, sorted by label."""

    reasoned: Reasoned
    findings: tuple[Finding, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of the files the graph was read from and of the software that read them."""
        return self.reasoned.asserted.digest

    def quads(self) -> Iterator[ox.Quad]:
        """Yield what was asserted, what follows, the shapes and the questions, by graph."""
        asserted, inferred = self.reasoned.asserted, self.reasoned.inferred
        questions = describe_questions(asserted.questions.values())
        made = {INFERRED_GRAPH: inferred, QUESTIONS_GRAPH: questions}
        for name, triples in {**asserted.graphs, **made}.items():
            yield from (ox.Quad(*triple, ox.NamedNode(name)) for triple in triples)

    def raise_for_violations(self) -> None:
        """Raise ValidationFailed when a finding is a Violation."""
        violations = tuple(finding for finding in self.findings if finding.severity == "Violation")
        if violations:
            raise ValidationFailed(violations)


def validate(reasoned: Reasoned, as_of: str | None = None) -> Validated:
    """Return `reasoned` with the findings of its shapes, as pySHACL reports them.

    `as_of` is a day or moment (ISO 8601) that stands for today: it replaces the term in
    `BIND ("..."^^xsd:dateTime AS ?asOf)  # parameter` of SPARQL constraints (SHACL allows them no
    VALUES); without it these are not run: a build does not depend on the clock. Raises
    MalformedDate, and MalformedFile, with file, line, shape and value, for a shape that is not well
    formed or cannot be run.
    """
    asserted = reasoned.asserted
    shapes = ShapesGraph(asserted)
    if not shapes.triples:
        return Validated(reasoned, ())
    depth = check_shapes(shapes)
    with silence():
        prepared = to_rdflib(ShapeQueries(shapes).prepare())
    _set_day(prepared, as_of and parse_as_of(as_of))
    report = run_shacl(reasoned.statements(), prepared, shapes, depth)
    labels = read_labels(reasoned.statements())
    findings = set(_read_report(report, shapes, labels))
    findings.update(_check_bounds(reasoned.statements(), prepared, labels, asserted))
    return Validated(reasoned, tuple(sorted(findings, key=_order)))


def rank_severity(name: str) -> tuple[int, str]:
    """Return what sorts severities by name: those of SEVERITIES in their order, then others."""
    known = name in SEVERITIES
    return SEVERITIES.index(name) if known else len(SEVERITIES), name


def _order(finding: Finding) -> tuple:
    label, rank = finding.label.casefold(), rank_severity(finding.severity)
    return label, finding.thing, rank, finding.shape, finding.message, finding.value or ""


def _set_day(shapes: rdflib.Graph, as_of: str | None) -> None:
    """Put `as_of` into the constraints that depend on a day, or deactivate them."""
    from rdflib import Literal, URIRef

    select, off = URIRef(_SH + "select"), URIRef(_SH + "deactivated")
    for constraint, text in list(shapes.subject_objects(select)):
        if not _AS_OF.search(text):
            continue
        if as_of is None:
            shapes.set((constraint, off, Literal(True)))
        else:
            term = f'"{as_of}"^^<{PREFIXES["xsd"]}dateTime>'
            filled = _AS_OF.sub(f"BIND ({term} AS ?asOf)", text)
            shapes.set((constraint, select, Literal(filled)))


def _read_report(
    report: rdflib.Graph, shapes: ShapesGraph, labels: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield the findings; in their messages the labels of things stand for IRIs."""
    from rdflib import BNode, URIRef

    names = ("focusNode", "resultPath", "value", "resultSeverity", "sourceShape")
    for result in report.objects(None, URIRef(_SH + "result")):
        thing, path, value, severity, shape = (
            report.value(result, URIRef(_SH + name)) for name in names
        )
        # The shape that fired, else the one that refers to it.
        owner = shapes.find_owner(ox.BlankNode(str(shape))) if isinstance(shape, BNode) else None
        messages = sorted(map(str, report.objects(result, URIRef(_SH + "resultMessage"))))
        yield Finding(
            severity=name_severity(str(severity)),
            thing=str(thing),
            label=_name(str(thing), labels),
            shape=owner.value if owner else str(shape),
            path=str(path) if isinstance(path, URIRef) else None,
            value=None if value is None else "".join(value),
            message=_IRI.sub(lambda iri: _name(iri[1], labels), " ".join(messages)),
            location=shapes.asserted.locate(str(thing)),
        )


def _name(iri: str, labels: Mapping[str, str]) -> str:
    return labels.get(iri) or compact(iri)


def _check_bounds(
    statements: Iterable[ox.Triple],
    shapes: rdflib.Graph,
    labels: Mapping[str, str],
    asserted: Asserted,
) -> Iterator[Finding]:
    """Yield a finding for each estimate whose bounds are not its EDTF's: SHACL cannot read that."""
    from rdflib import URIRef

    shape = URIRef(PREFIXES["shape"] + "DateEstimate-edtf-bounds")
    severity, message = (shapes.value(shape, URIRef(_SH + p)) for p in ("severity", "message"))
    if message is None:
        return
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
        yield Finding(
            severity=str(severity).removeprefix(_SH),
            thing=thing,
            label=_name(thing, labels),
            shape=str(shape),
            path=PREFIXES["dg"] + "edtf",
            value=value,
            message=message.replace("{?value}", value),
            location=asserted.locate(thing),
        )


def _read_estimates(
    statements: Iterable[ox.Triple],
) -> Iterator[tuple[str, tuple[Term, Term | None, Term | None]]]:
    """Yield each thing that has an EDTF string, with it and its two bounds as written."""
    properties = [PREFIXES["dg"] + local for local in ("edtf", "earliest", "latest")]
    values: dict[str, dict[str, Term]] = {}
    for triple in sorted(statements, key=str):
        if triple.predicate.value in properties:
            values.setdefault(triple.subject.value, {})[triple.predicate.value] = triple.object
    for thing, by_property in sorted(values.items()):
        if properties[0] in by_property:
            yield thing, tuple(map(by_property.get, properties))


def _read_moment(term: Term | None) -> datetime | None:
    is_moment = isinstance(term, ox.Literal) and term.datatype.value == _DATE_TIME
    return parse_datetime(term.value) if is_moment else None

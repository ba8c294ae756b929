"""Reasoned → Validated: what the shapes report, each finding with its thing and its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from diplograph.build.dataset import Asserted
from diplograph.build.questions import describe_questions
from diplograph.build.reason import Reasoned
from diplograph.core.dates import date_bounds, parse_as_of, parse_datetime
from diplograph.core.errors import ValidationFailed
from diplograph.core.names import INFERRED_GRAPH, PREFIXES, QUESTIONS_GRAPH, SHAPES_GRAPH, compact
from diplograph.core.rdf import Location, Term, read_labels, to_rdflib

if TYPE_CHECKING:
    from datetime import datetime

    import rdflib

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
    `severity` is one of SEVERITIES; `location` is where `thing` is written, if it is.
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
    MalformedDate.
    """
    asserted = reasoned.asserted
    shapes = to_rdflib(asserted.graphs.get(SHAPES_GRAPH, frozenset()))
    if not len(shapes):
        return Validated(reasoned, ())
    _set_day(shapes, as_of and parse_as_of(as_of))
    report = _run(reasoned.statements(), shapes)
    labels = read_labels(reasoned.statements())
    findings = set(_read_report(report, shapes, labels, asserted))
    findings.update(_check_bounds(reasoned.statements(), shapes, labels, asserted))
    return Validated(reasoned, tuple(sorted(findings, key=_order)))


def _order(finding: Finding) -> tuple:
    label, rank = finding.label.casefold(), SEVERITIES.index(finding.severity)
    return label, finding.thing, rank, finding.shape, finding.message, finding.value or ""


def _run(statements: Iterable[ox.Triple], shapes: rdflib.Graph) -> rdflib.Graph:
    """Return pySHACL's report; nine tenths of its time would be RDFLib parsing equal queries."""
    from pyshacl import validate as run
    from rdflib import Graph
    from rdflib.plugins.sparql import prepareQuery

    parse_once = lru_cache(maxsize=None)(prepareQuery)

    class CachedGraph(Graph):
        def query(self, query_object: Any, *arguments: Any, **named: Any) -> Any:
            if isinstance(query_object, str):  # its text must declare its own prefixes
                query_object = parse_once(query_object)
            return super().query(query_object, *arguments, **named)

    data = to_rdflib(statements, CachedGraph(bind_namespaces="none"))
    return run(data, shacl_graph=shapes, advanced=True, inference="none", inplace=True)[1]


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
    report: rdflib.Graph, shapes: rdflib.Graph, labels: Mapping[str, str], asserted: Asserted
) -> Iterator[Finding]:
    """Yield the findings; in their messages the labels of things stand for IRIs."""
    from rdflib import URIRef

    names = ("focusNode", "resultPath", "value", "resultSeverity", "sourceShape")
    for result in report.objects(None, URIRef(_SH + "result")):
        thing, path, value, severity, shape = (
            report.value(result, URIRef(_SH + name)) for name in names
        )
        # The shape that fired, else the one that refers to it.
        shape_nodes = (shape, *shapes.subjects(None, shape))
        messages = sorted(map(str, report.objects(result, URIRef(_SH + "resultMessage"))))
        yield Finding(
            severity=str(severity).removeprefix(_SH),
            thing=str(thing),
            label=_name(str(thing), labels),
            shape=str(next((node for node in shape_nodes if isinstance(node, URIRef)), shape)),
            path=str(path) if isinstance(path, URIRef) else None,
            value=None if value is None else str(value),
            message=_IRI.sub(lambda iri: _name(iri[1], labels), " ".join(messages)),
            location=asserted.locate(str(thing)),
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

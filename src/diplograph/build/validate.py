"""Reasoned → Validated: what the shapes find wanting, each finding with its thing and its line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from rdflib import Graph
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.sparql import Query
from rdflib.query import Result

from diplograph.build.dataset import Asserted
from diplograph.build.questions import describe_questions
from diplograph.build.reason import Reasoned
from diplograph.core.dates import date_bounds, parse_as_of
from diplograph.core.errors import (
    ValidationFailed,
)
from diplograph.core.names import (
    INFERRED_GRAPH,
    PREFIXES,
    QUESTIONS_GRAPH,
    SHAPES_GRAPH,
    compact,
)
from diplograph.core.rdf import Location, read_labels, to_rdflib

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Node


_Term = ox.NamedNode | ox.BlankNode | ox.Literal

SEVERITIES = ("Violation", "Warning", "Info")

_SH, _DATE_TIME = PREFIXES["sh"], PREFIXES["xsd"] + "dateTime"
_AS_OF = re.compile(
    r"""VALUES\s+\?asOf\s*\{[^}]*\}|BIND\s*\(\s*"[^"]*"(?:\^\^\S+)?\s+AS\s+\?asOf\s*\)"""
)
_IRI = re.compile(r"<?(https?://[^\s<>\"{}|^`\\,;()']*[^\s<>\"{}|^`\\,;()'.:?!])>?")


@dataclass(frozen=True)
class Finding:
    """One thing that a shape finds wanting.

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
    """What follows from the files, and what the shapes find wanting in it, sorted by label."""

    reasoned: Reasoned
    findings: tuple[Finding, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of the files the graph was read from and of the software that read them."""
        return self.reasoned.asserted.digest

    def quads(self) -> Iterator[ox.Quad]:
        """Yield what was asserted, what follows, the shapes and the questions, each in its graph.

        The questions are no part of what is reasoned or validated: they say nothing of the world.
        """
        asserted, inferred = self.reasoned.asserted, self.reasoned.inferred
        questions = describe_questions(asserted.questions.values())
        made = {INFERRED_GRAPH: inferred, QUESTIONS_GRAPH: questions}
        for name, triples in {**asserted.graphs, **made}.items():
            yield from (ox.Quad(*triple, ox.NamedNode(name)) for triple in triples)

    def raise_for_violations(self) -> None:
        """Raise ValidationFailed when a finding is a Violation."""
        violations = tuple(each for each in self.findings if each.severity == "Violation")
        if violations:
            raise ValidationFailed(violations)


def validate(reasoned: Reasoned, as_of: str | None = None) -> Validated:
    """Return `reasoned` with what its shapes find wanting, as pySHACL sees it.

    The data that the shapes look at are ontology, reference data, reports and what follows from
    them. `as_of` is a day or moment (ISO 8601) that stands for today: it replaces the term in
    `BIND ("..."^^xsd:dateTime AS ?asOf)  # parameter` of SPARQL constraints (SHACL allows them no
    VALUES); without it these are not run, for there is no clock here. Raises MalformedDate.
    """
    asserted = reasoned.asserted
    shapes = to_rdflib(asserted.graphs.get(SHAPES_GRAPH, frozenset()))
    if not len(shapes):
        return Validated(reasoned, ())
    _set_day(shapes, as_of and parse_as_of(as_of))
    report = _run(reasoned.statements(), shapes)
    labels = _Names(reasoned.statements())
    findings = set(_read_report(report, shapes, labels, asserted))
    findings.update(_check_bounds(reasoned.statements(), shapes, labels, asserted))
    return Validated(reasoned, tuple(sorted(findings, key=_order)))


def _order(finding: Finding) -> tuple:
    return (
        finding.label.casefold(),
        finding.thing,
        SEVERITIES.index(finding.severity),
        finding.shape,
        finding.message,
        finding.value or "",
    )


def _run(statements: Iterable[ox.Triple], shapes: rdflib.Graph) -> rdflib.Graph:
    from pyshacl import validate as run

    data = to_rdflib(statements, CachedGraph())
    return run(data, shacl_graph=shapes, advanced=True, inference="none", inplace=True)[1]


def _set_day(shapes: rdflib.Graph, as_of: str | None) -> None:
    """Put `as_of` into the constraints that ask for a day, or switch them off."""
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


class _Names:
    """What people call each thing."""

    def __init__(self, statements: Iterable[ox.Triple]):
        self._labels = read_labels(statements)

    def of(self, iri: str) -> str:
        """Return the label of the thing, else its CURIE."""
        return self._labels.get(iri) or compact(iri)

    def put_into(self, message: str) -> str:
        """Return `message` with each IRI in it replaced by the label of the thing."""
        return _IRI.sub(lambda found: self.of(found[1]), message)


def _read_report(
    report: rdflib.Graph, shapes: rdflib.Graph, names: _Names, asserted: Asserted
) -> Iterable[Finding]:
    from rdflib import URIRef

    term = {
        name: URIRef(_SH + name)
        for name in (
            "result",
            "focusNode",
            "resultPath",
            "value",
            "sourceShape",
            "resultMessage",
            "resultSeverity",
        )
    }
    for result in report.objects(None, term["result"]):
        said = {name: report.value(result, node) for name, node in term.items()}
        thing, path, value = (said[name] for name in ("focusNode", "resultPath", "value"))
        messages = sorted(map(str, report.objects(result, term["resultMessage"])))
        yield Finding(
            severity=str(said["resultSeverity"]).removeprefix(_SH),
            thing=str(thing),
            label=names.of(str(thing)),
            shape=_named_shape(said["sourceShape"], shapes),
            path=str(path) if isinstance(path, URIRef) else None,
            value=None if value is None else str(value),
            message=names.put_into(" ".join(messages)),
            location=asserted.locate(str(thing)),
        )


def _named_shape(shape: Node, shapes: rdflib.Graph) -> str:
    """Return the IRI of the shape that fired, else of the one that refers to it."""
    from rdflib import URIRef

    for node in (shape, *shapes.subjects(None, shape)):
        if isinstance(node, URIRef):
            return str(node)
    return str(shape)


def _check_bounds(
    statements: Iterable[ox.Triple], shapes: rdflib.Graph, names: _Names, asserted: Asserted
) -> Iterator[Finding]:
    """Yield a finding for each estimate whose bounds are not those of its EDTF string.

    SHACL cannot read EDTF; the shape that the finding names says how bad it is, and what to do.
    """
    from rdflib import URIRef

    shape = URIRef(PREFIXES["shape"] + "DateEstimate-edtf-bounds")
    severity, message = (shapes.value(shape, URIRef(_SH + p)) for p in ("severity", "message"))
    if message is None:
        return
    for thing, (edtf, earliest, latest) in _read_estimates(statements):
        meant = date_bounds(edtf.value)
        first, last = written = _read_moment(earliest), _read_moment(latest)
        if written == (_instant(meant.earliest), _instant(meant.latest)):
            continue
        # Shapes of their own tell these two, and one fault is one finding.
        unread = (earliest and not first) or (latest and not last)
        if unread or (first and last and first > last):
            continue
        value = f"{meant.earliest or 'an open start'} to {meant.latest or 'an open end'}"
        yield Finding(
            severity=str(severity).removeprefix(_SH),
            thing=thing,
            label=names.of(thing),
            shape=str(shape),
            path=PREFIXES["dg"] + "edtf",
            value=value,
            message=message.replace("{?value}", value),
            location=asserted.locate(thing),
        )


def _read_estimates(
    statements: Iterable[ox.Triple],
) -> Iterator[tuple[str, tuple[_Term, _Term | None, _Term | None]]]:
    """Yield each thing that has an EDTF string, with it and its two bounds as written."""
    found: dict[str, dict[str, _Term]] = {}
    wanted = [PREFIXES["dg"] + local for local in ("edtf", "earliest", "latest")]
    for triple in sorted(statements, key=str):
        if triple.predicate.value in wanted:
            found.setdefault(triple.subject.value, {})[triple.predicate.value] = triple.object
    for thing, said in sorted(found.items()):
        if wanted[0] in said:
            yield thing, tuple(map(said.get, wanted))


def _read_moment(written: _Term | None) -> datetime | None:
    """Return the instant of an xsd:dateTime; None for whatever is none."""
    if not isinstance(written, ox.Literal) or written.datatype.value != _DATE_TIME:
        return None
    return _instant(written.value)


def _instant(written: str | None) -> datetime | None:
    """Return the instant that is written; one without a zone counts as UTC, as a shape asks."""
    read = written and datetime.fromisoformat(written)
    if not read:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


class CachedGraph(Graph):
    """A graph that keeps the parsed form of the queries put to it.

    Nine tenths of pySHACL's time on SPARQL constraints is RDFLib parsing the same text again.
    """

    def __init__(self) -> None:
        super().__init__(bind_namespaces="none")
        self._prepared: dict[str, Query] = {}

    def query(self, query_object: str | Query, *arguments: Any, **named: Any) -> Result:
        """Return the result, as Graph.query does; the text must declare its own prefixes."""
        if isinstance(query_object, str):
            if query_object not in self._prepared:
                self._prepared[query_object] = prepareQuery(query_object)
            query_object = self._prepared[query_object]
        return super().query(query_object, *arguments, **named)

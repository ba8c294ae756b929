"""Derived → Validated: what the shapes report, each finding with its thing and its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.build.concept_values import describe_wrong_value, list_concept_values
from diplograph.build.date_bounds import find_wrong_bounds
from diplograph.build.derive import Derived
from diplograph.build.duplicates import find_names_alike, find_same_links
from diplograph.build.identifiers import find_page_matches, find_wrong_codes
from diplograph.build.labels import find_bad_texts, find_same_labels
from diplograph.build.questions import describe_questions
from diplograph.build.rules import describe_rules
from diplograph.build.shacl import run_shacl, suppress_messages
from diplograph.build.shape_queries import ShapeQueries
from diplograph.build.shapes import ShapesGraph, check_shapes, show_term
from diplograph.build.term_use import find_misused_terms
from diplograph.core.dates import parse_as_of
from diplograph.core.errors import ValidationFailed
from diplograph.core.names import (
    DERIVED_GRAPH,
    INFERRED_GRAPH,
    PREFIXES,
    QUESTIONS_GRAPH,
    ROOT,
    RULES_GRAPH,
    compact,
    name_severity,
)
from diplograph.core.rdf import Location, read_labels, to_rdflib

if TYPE_CHECKING:
    import rdflib

# What comes first in the findings. A shape may have another IRI as its severity (SHACL, 2.1.4):
# its findings come after these, by name, and stop nothing.
SEVERITIES = ("Violation", "Warning", "Info")

FINDERS = (
    *(find_wrong_bounds, find_bad_texts, find_same_labels, find_page_matches),
    *(find_wrong_codes, find_same_links, find_names_alike),
)

_SH = PREFIXES["sh"]
# Constraint components whose messages pySHACL makes of sets, in another order in each run, or of
# the pattern in the form that it reads; and their properties.
_DESCRIBED_COMPONENTS = {
    f"{_SH}{local[0].upper()}{local[1:]}ConstraintComponent": local
    for local in (
        *("and", "class", "disjoint", "equals", "hasValue", "in", "languageIn", "lessThan"),
        *("lessThanOrEquals", "node", "not", "or", "pattern", "xone"),
    )
}
_WITH_LISTS = ("and", "in", "languageIn", "or", "xone")  # whose value is a list
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
    """The whole graph and the findings of its shapes, sorted by label."""

    derived: Derived
    findings: tuple[Finding, ...]

    @property
    def digest(self) -> str:
        """The SHA-256 of the files the graph was read from and of the software that read them."""
        return self.derived.reasoned.asserted.digest

    def quads(self) -> Iterator[ox.Quad]:
        """Yield what was asserted, what follows, shapes, questions and rules, by graph."""
        reasoned = self.derived.reasoned
        asserted = reasoned.asserted
        made = {
            INFERRED_GRAPH: reasoned.inferred,
            DERIVED_GRAPH: self.derived.derived,
            RULES_GRAPH: describe_rules(asserted.rules),
            QUESTIONS_GRAPH: describe_questions(asserted.questions.values()),
        }
        for name, triples in {**asserted.graphs, **made}.items():
            yield from (ox.Quad(*triple, ox.NamedNode(name)) for triple in triples)

    def raise_for_violations(self) -> None:
        """Raise ValidationFailed when a finding is a Violation."""
        violations = tuple(finding for finding in self.findings if finding.severity == "Violation")
        if violations:
            raise ValidationFailed(violations)


def validate(derived: Derived, as_of: str | None = None) -> Validated:
    """Return `derived` with the findings of its shapes, as pySHACL reports them.

    `as_of` is a day or moment (ISO 8601) that stands for today: it replaces the term in
    `BIND ("..."^^xsd:dateTime AS ?asOf)  # parameter` of SPARQL constraints (SHACL allows them no
    VALUES); without it these are not run: a build does not depend on the clock. Raises
    MalformedDate, and MalformedFile, with file, line, shape and value, for a shape that is not well
    formed or cannot be run.
    """
    asserted = derived.reasoned.asserted
    shapes = ShapesGraph(asserted)
    if not shapes.triples:
        return Validated(derived, ())
    depth = check_shapes(shapes)
    with suppress_messages():
        prepared = to_rdflib(ShapeQueries(shapes).prepare())
    _set_day(prepared, as_of and parse_as_of(as_of))
    statements = derived.statements()
    report = run_shacl(statements, prepared, shapes, depth)
    labels = read_labels(statements)
    findings = set(_read_report(report, shapes, labels, list_concept_values(statements)))
    findings.update(_read_faults(statements, shapes, labels))
    return Validated(derived, tuple(sorted(_leave_causes(findings), key=_order)))


def rank_severity(name: str) -> tuple[int, str]:
    """Return what sorts severities by name: those of SEVERITIES in their order, then others."""
    known = name in SEVERITIES
    return SEVERITIES.index(name) if known else len(SEVERITIES), name


def _leave_causes(findings: set[Finding]) -> Iterator[Finding]:
    """Yield one finding for each cause.

    Left out is what a thing that nothing describes lacks, and a finding without a value beside one
    with a value that says the same.
    """
    described = PREFIXES["shape"] + "Thing-described"
    undescribed = {finding.value for finding in findings if finding.shape == described}
    valued = {_key(finding) for finding in findings if finding.value is not None}
    for finding in findings:
        follows = finding.thing in undescribed or (
            finding.value in undescribed and finding.shape != described
        )
        repeats = finding.value is None and _key(finding) in valued
        if not follows and not repeats:
            yield finding


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.thing, finding.shape, finding.message


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
    report: rdflib.Graph,
    shapes: ShapesGraph,
    labels: Mapping[str, str],
    concepts: Mapping[str, tuple[str, ...]],
) -> Iterator[Finding]:
    """Yield the findings; in their messages the labels of things stand for IRIs.

    `concepts` are those that properties take: a message about another value names them.
    """
    from rdflib import BNode, URIRef

    names = ("focusNode", "resultPath", "value", "resultSeverity", "sourceShape")
    for result in report.objects(None, URIRef(_SH + "result")):
        thing, path, value, severity, shape = (
            report.value(result, URIRef(_SH + name)) for name in names
        )
        # The shape that fired, else the one that refers to it.
        node = (ox.BlankNode if isinstance(shape, BNode) else ox.NamedNode)(str(shape))
        owner = shapes.find_owner(node)
        messages = sorted(map(str, report.objects(result, URIRef(_SH + "resultMessage"))))
        component = report.value(result, URIRef(_SH + "sourceConstraintComponent"))
        if str(component) in _DESCRIBED_COMPONENTS and not shapes.values(node, "message"):
            messages = [_describe_constraint(_DESCRIBED_COMPONENTS[str(component)], node, shapes)]
        sentences = [_name_things(message, labels) for message in messages]
        allowed = concepts.get(str(path))
        if value is not None and allowed is not None and str(value) not in allowed:
            sentences.append(describe_wrong_value(_show(value), allowed))
        yield Finding(
            severity=name_severity(str(severity)),
            thing=str(thing),
            label=_name(str(thing), labels),
            shape=owner.value if owner else str(shape),
            path=str(path) if isinstance(path, URIRef) else None,
            value=None if value is None else "".join(value),
            message=" ".join(sentences),
            location=shapes.asserted.locate(
                str(thing),
                str(path) if isinstance(path, URIRef) else None,
                None if value is None else "".join(value),
            ),
        )


def _show(value: rdflib.term.Node) -> str:
    from rdflib import BNode, Literal

    if isinstance(value, BNode):
        return "a blank node"
    return value.n3() if isinstance(value, Literal) else compact(str(value))


def _describe_constraint(local: str, node: ox.NamedNode | ox.BlankNode, shapes: ShapesGraph) -> str:
    """Return a message for a shape that has none, with the values of its property of SHACL."""
    wanted = []
    for value in shapes.values(node, local):
        terms = shapes.members(value) if local in _WITH_LISTS else [value]
        wanted += [show_term(term) or "a shape in brackets" for term in terms]
    return f"The value does not fit sh:{local} ({', '.join(wanted)})."


def _read_faults(
    statements: frozenset[ox.Triple], shapes: ShapesGraph, labels: Mapping[str, str]
) -> Iterator[Finding]:
    """Yield what SHACL cannot find, with the severity and the message of its shape, if it is."""
    faults = (fault for find in FINDERS for fault in find(statements))
    for fault in chain(faults, find_misused_terms(shapes.asserted)):
        shape = ox.NamedNode(PREFIXES["shape"] + fault.shape)
        queries = shapes.values(shape, "sparql")
        messages = [text for node in (shape, *queries) for text in shapes.values(node, "message")]
        if not messages:
            continue
        value = _name_things(fault.value, labels) if fault.value.startswith(ROOT) else fault.value
        severities = [term.value for term in shapes.values(shape, "severity")]
        yield Finding(
            severity=name_severity(next(iter(severities), f"{_SH}Violation")),
            thing=fault.thing,
            label=_name(fault.thing, labels),
            shape=shape.value,
            path=fault.path,
            value=fault.value,
            message=messages[0].value.replace("{?value}", value),
            location=shapes.asserted.locate(fault.thing, fault.path, fault.value),
        )


def _name_things(message: str, labels: Mapping[str, str]) -> str:
    """Return the message with the labels of things for their IRIs."""
    return _IRI.sub(lambda iri: labels.get(iri[1]) or compact(iri[1]), message)


def _name(iri: str, labels: Mapping[str, str]) -> str:
    return labels.get(iri, "").strip() or compact(iri)

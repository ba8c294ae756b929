"""RDF terms and statements: conversion between Oxigraph and RDFLib, reading of files, labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.core.errors import MalformedFile
from diplograph.core.lines import Lines, read_turtle_lines
from diplograph.core.names import PREFIXES
from diplograph.core.rdfxml import RdfXmlScan
from diplograph.core.syntax import (
    JSON_LD,
    N_TRIPLES,
    RDF_XML,
    TURTLE,
    describe_mismatch,
    holds_nothing,
    syntax_of,
)
from diplograph.core.tokens import NESTING, find_nesting, find_version, scan

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Node

Term = ox.NamedNode | ox.BlankNode | ox.Literal

# In order of preference: a thing's label is the first of these that it has.
LABEL_PROPERTIES = (
    ox.NamedNode(PREFIXES["rdfs"] + "label"),
    ox.NamedNode(PREFIXES["skos"] + "prefLabel"),
)
_STRING = PREFIXES["xsd"] + "string"
_UNDECLARED = re.compile(r"The prefix (\S*:) has not been declared")
_RELATIVE = "No scheme found in an absolute IRI"
_PLACE = re.compile(r"^Parser error (?:at|between) line [^:]*: ")
_NESTED = f"blank nodes are nested deeper than {NESTING}; give the inner ones IRIs"
_RDF12 = "a triple term or a text's direction is RDF 1.2, which OWL tools do not read"
_VERSION = "a line VERSION is RDF 1.2, which OWL tools do not read: leave it out"
# Stands for the base of a JSON-LD document: the format's rules drop what has a relative IRI.
_NO_BASE = "x-relative://base/"
_JSON_MARK = re.compile(r'"(?:[^"\\]++|\\.)*+"|([{}\[\]])', re.DOTALL)
_REMOTE_CONTEXT = re.compile(r'"@(?:context|import)"\s*:\s*(?:\[[^\]]*?)?"([^"]*)"')


@dataclass(frozen=True)
class Location:
    """A line, counted from 1, of a file named relative to its home with forward slashes."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


# ---- Oxigraph and RDFLib ----------------------------------------------------------------------


def to_rdflib(triples: Iterable[ox.Triple], graph: rdflib.Graph | None = None) -> rdflib.Graph:
    """Return an RDFLib graph of the statements, or `graph` with them; literals stay as written."""
    from rdflib import Graph

    graph = Graph(bind_namespaces="none") if graph is None else graph
    convert = cache(to_rdflib_term)  # terms come again and again
    for triple in triples:
        graph.add(tuple(map(convert, triple)))
    return graph


def to_rdflib_term(term: Term) -> Node:
    """Return the RDFLib term that equals `term`; a literal is not normalised."""
    from rdflib import BNode, Literal, URIRef

    if isinstance(term, ox.NamedNode):
        return URIRef(term.value)
    if isinstance(term, ox.BlankNode):
        return BNode(term.value)
    if term.language:
        return Literal(term.value, lang=term.language)
    if term.datatype.value == _STRING:
        return Literal(term.value)
    return Literal(term.value, datatype=URIRef(term.datatype.value), normalize=False)


def to_oxigraph(node: Node) -> Term:
    """Return the Oxigraph term that equals the RDFLib `node`; raises ValueError for a bad IRI."""
    from rdflib import BNode, Literal

    if isinstance(node, BNode):
        return ox.BlankNode(str(node))
    if not isinstance(node, Literal):
        return ox.NamedNode(str(node))
    if node.language:
        return ox.Literal(str(node), language=node.language)
    datatype = ox.NamedNode(str(node.datatype)) if node.datatype else None
    return ox.Literal(str(node), datatype=datatype)


def to_oxigraph_triple(triple: tuple[Node, Node, Node]) -> ox.Triple:
    """Return the Oxigraph statement that equals an RDFLib one (not one of generalised RDF)."""
    return ox.Triple(*map(to_oxigraph, triple))


# ---- reading files ----------------------------------------------------------------------------


def parse_rdf(text: str, *, file: str | Path) -> tuple[list[ox.Quad], Mapping[str, str]]:
    """Return the statements and prefixes of `text`, in the syntax that the suffix of `file` names.

    Raises MalformedFile, with `file`, line and the refused part: as `parse_turtle`, and where a
    JSON-LD document has a remote context, a relative IRI, or a name for a graph.
    """
    syntax = syntax_of(file)
    if syntax == TURTLE:
        return parse_turtle(text, file=file)
    if syntax == N_TRIPLES:
        return _parse(text, ox.RdfFormat.N_TRIPLES, syntax, file)
    mismatch = describe_mismatch(text, syntax)
    if mismatch:
        raise MalformedFile(mismatch, file=file, line=1)
    if syntax == JSON_LD:
        return _parse_jsonld(text, file)
    prefixes = RdfXmlScan(text, file=file).prefixes
    return _parse(text, ox.RdfFormat.RDF_XML, syntax, file)[0], prefixes


def parse_turtle(text: str, *, file: str | Path) -> tuple[list[ox.Quad], Mapping[str, str]]:
    """Return the statements of the Turtle `text`, in its order, and the prefixes it declares.

    Raises MalformedFile, with `file`, line and the refused part, where `text` is no Turtle of
    RDF 1.1 (OWL tools read neither triple terms nor literals with a direction), or has blank nodes
    nested deeper than NESTING.
    """
    return _parse(text, ox.RdfFormat.TURTLE, TURTLE, file)


def read_lines(text: str, *, file: str | Path) -> Lines:
    """Return the lines of `text`, which `parse_rdf` accepts; those of JSON-LD are not exact."""
    syntax = syntax_of(file)
    if syntax == RDF_XML:
        return RdfXmlScan(text, file=file).lines
    if syntax == JSON_LD:
        return _read_jsonld_lines(*parse_rdf(text, file=file), text)
    return read_turtle_lines(text)


def _parse(
    text: str, form: ox.RdfFormat, syntax: str, file: str | Path, base: str | None = None
) -> tuple[list[ox.Quad], Mapping[str, str]]:
    if syntax in (TURTLE, N_TRIPLES):
        position = find_nesting(text)
        if position is not None:
            raise _error_at(_NESTED, position, text, file)
    parser = ox.parse(text, format=form, base_iri=base)
    try:
        quads = list(parser)
    except SyntaxError as error:
        mismatch = describe_mismatch(text, syntax)
        if mismatch:
            raise MalformedFile(mismatch, file=file, line=error.lineno) from error
        raise _syntax_error(error, text, file) from error
    values = {quad.object for quad in quads}
    is_new = any(isinstance(value, ox.Triple) or getattr(value, "direction", 0) for value in values)
    if is_new or (syntax in (TURTLE, N_TRIPLES) and find_version(text) is not None):
        raise _rdf12_error(text, syntax, file)
    _check_iris(quads, text, file)
    return quads, parser.prefixes


def _check_iris(quads: Iterable[ox.Quad], text: str, file: str | Path) -> None:
    """Refuse an IRI that RFC 3987 does not allow: Oxigraph lets a name with a prefix make one."""
    terms = {term for quad in quads for term in quad.triple}
    datatypes = {term.datatype for term in terms if isinstance(term, ox.Literal)}
    for term in sorted(datatypes | terms, key=str):
        if not isinstance(term, ox.NamedNode):
            continue
        try:
            ox.NamedNode(term.value)
        except ValueError as error:
            lines = read_lines(text, file=file) if syntax_of(file) != JSON_LD else Lines()
            line = lines.subjects.get(term.value) or lines.mentions(term.value)
            message = f"{error}: write another name"
            raise MalformedFile(message, file=file, line=line, value=term.value) from error


def _parse_jsonld(text: str, file: str | Path) -> tuple[list[ox.Quad], Mapping[str, str]]:
    depth = 0
    for match in _JSON_MARK.finditer(text):
        depth += {None: 0, "{": 1, "[": 1}.get(match[1], -1)
        if depth > 2 * NESTING:
            raise _error_at(_NESTED, match.start(), text, file)
    quads, prefixes = _parse(text, ox.RdfFormat.JSON_LD, JSON_LD, file, _NO_BASE)
    for quad in quads:
        if not isinstance(quad.graph_name, ox.DefaultGraph):
            message = "a graph has a name, but a file is one graph here: leave out its @id"
            value = quad.graph_name.value.removeprefix(_NO_BASE)
            raise MalformedFile(message, file=file, line=_find_line(value, text), value=value)
        for term in quad.triple:
            if isinstance(term, ox.NamedNode) and term.value.startswith(_NO_BASE):
                value = term.value.removeprefix(_NO_BASE)
                message = "the IRI is relative: write it in full, or with a prefix of the @context"
                raise MalformedFile(message, file=file, line=_find_line(value, text), value=value)
    if not quads and not holds_nothing(text, JSON_LD):
        message = "it states nothing: JSON-LD leaves out what its @context gives no IRI"
        raise MalformedFile(message, file=file)
    return quads, prefixes


def _read_jsonld_lines(quads: Iterable[ox.Quad], prefixes: Mapping[str, str], text: str) -> Lines:
    """Return for each thing the first line with its IRI or CURIE, and that for its values too."""
    lines = Lines()
    for quad in quads:
        subject = quad.subject.value
        if subject not in lines.subjects:
            names = (f'"{prefix}:{subject.removeprefix(iri)}"' for prefix, iri in prefixes.items())
            found = (_find_line(name, text) for name in (f'"{subject}"', *names))
            lines.subjects[subject] = min((line for line in found if line), default=1)
        value, line = quad.object.value, lines.subjects[subject]
        lines.add(subject, quad.predicate.value, value, line)
    return lines


def _find_line(part: str, text: str) -> int | None:
    """Return the first line on which `part` stands, None where none is it."""
    position = text.find(part)
    return None if position < 0 else text.count("\n", 0, position) + 1


def _error_at(message: str, position: int, text: str, file: str | Path) -> MalformedFile:
    """Return the error about what is at `position`, with the rest of its line."""
    line, begin = text.count("\n", 0, position) + 1, text.rfind("\n", 0, position) + 1
    value = text[begin:].partition("\n")[0].strip()
    return MalformedFile(message, file=file, line=line, value=value[:80])


def _syntax_error(error: SyntaxError, text: str, file: str | Path) -> MalformedFile:
    message = _PLACE.sub("", error.msg)
    if "LoadDocumentCallback" in message:
        message = "its context is remote, and nothing is fetched: write the terms into @context"
        remote = _REMOTE_CONTEXT.search(text)
        value, line = (remote[1], _find_line(remote[0], text)) if remote else ("", None)
        return MalformedFile(message, file=file, line=line, value=value)
    if error.lineno is None:  # of RDF/XML
        return MalformedFile(message, file=file)
    line, lines = error.lineno, text.split("\n")
    refused = lines[min(line, len(lines)) - 1]
    end = error.end_offset if error.end_lineno == line else None
    value = refused[(error.offset or 1) - 1 : end and end - 1].strip() or refused.strip()
    undeclared = _UNDECLARED.search(error.msg)
    if message == _RELATIVE:
        base = "@base <http://example.org/>"
        message = f"the IRI is relative: write it in full, or, in Turtle, add a base such as {base}"
    if undeclared:
        message = f"the prefix {undeclared[1]} is not declared; add an @prefix line for it"
    return MalformedFile(message, file=file, line=line, value=value[:80])


def _rdf12_error(text: str, syntax: str, file: str | Path) -> MalformedFile:
    if syntax in (TURTLE, N_TRIPLES):
        position = find_version(text)
        if position is not None:
            return _error_at(_VERSION, position, text, file)
        for kind, token, position in scan(text):
            is_term = kind == "mark" and token in ("<<", "<<(", "{|", "~")
            if is_term or (kind == "language" and "--" in token):
                return _error_at(_RDF12, position, text, file)
    return MalformedFile(_RDF12, file=file)


# ---- labels -----------------------------------------------------------------------------------


def read_labels(statements: Iterable[ox.Triple | ox.Quad]) -> dict[str, str]:
    """Return the label of each thing that has a literal as one, by its IRI.

    The English one, else one without a language, else another; among these rdfs:label before
    skos:prefLabel, then the first by its characters.
    """
    ranked: dict[str, list[tuple[int, int, str]]] = {}
    for statement in statements:
        predicate, label = statement.predicate, statement.object
        if predicate in LABEL_PROPERTIES and isinstance(label, ox.Literal):
            language = {"en": 0, None: 1}.get(label.language, 2)
            rank = (language, LABEL_PROPERTIES.index(predicate), label.value)
            ranked.setdefault(statement.subject.value, []).append(rank)
    return {iri: min(ranks)[-1] for iri, ranks in ranked.items()}

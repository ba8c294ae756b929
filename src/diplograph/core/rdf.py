"""RDF terms and statements: conversion between Oxigraph and RDFLib, parsing of Turtle, labels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.core.errors import MalformedFile
from diplograph.core.names import PREFIXES

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
_PLACE = re.compile(r"^Parser error (?:at|between) line [^:]*: ")
# Syntax that is new in RDF 1.2 is the group; the alternatives before it skip strings, IRIs and
# comments, which may hold the same characters.
_RDF12_SYNTAX = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"""'
    r"|'''(?:[^'\\]|\\.|'(?!''))*'''"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'(?:[^'\\\n]|\\.)*'"
    r'|<[^<>"{}|^`\s]*>'
    r"|#[^\n]*"
    r"|\\."
    r"|(<<|\{\||~|@[A-Za-z]+(?:-[A-Za-z0-9]+)*--)",
    re.DOTALL,
)


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
    for triple in triples:
        graph.add(tuple(map(to_rdflib_term, triple)))
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


# ---- Turtle -----------------------------------------------------------------------------------


def parse_turtle(text: str, *, file: str | Path) -> tuple[list[ox.Quad], Mapping[str, str]]:
    """Return the statements of the Turtle `text`, in its order, and the prefixes it declares.

    Raises MalformedFile, with `file`, line and the refused part, where `text` is no Turtle of
    RDF 1.1 (OWL tools read neither triple terms nor literals with a direction).
    """
    parser = ox.parse(text, format=ox.RdfFormat.TURTLE)
    try:
        quads = list(parser)
    except SyntaxError as error:
        raise _syntax_error(error, text, file) from error
    values = {quad.object for quad in quads}
    if any(isinstance(value, ox.Triple) or getattr(value, "direction", None) for value in values):
        raise _rdf12_error(text, file)
    return quads, parser.prefixes


def _syntax_error(error: SyntaxError, text: str, file: str | Path) -> MalformedFile:
    line, lines = error.lineno or 1, text.split("\n")
    refused = lines[min(line, len(lines)) - 1]
    end = error.end_offset if error.end_lineno == line else None
    value = refused[(error.offset or 1) - 1 : end and end - 1].strip() or refused.strip()
    undeclared = _UNDECLARED.search(error.msg)
    message = _PLACE.sub("", error.msg)
    if undeclared:
        message = f"the prefix {undeclared[1]} is not declared; add an @prefix line for it"
    return MalformedFile(message, file=file, line=line, value=value[:80])


def _rdf12_error(text: str, file: str | Path) -> MalformedFile:
    message = "a triple term or a text's direction is RDF 1.2, which OWL tools do not read"
    syntax = next((match for match in _RDF12_SYNTAX.finditer(text) if match[1]), None)
    if syntax is None:
        return MalformedFile(message, file=file)
    line = text.count("\n", 0, syntax.start()) + 1
    value = text.split("\n")[line - 1].strip()
    return MalformedFile(message, file=file, line=line, value=value[:80])


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

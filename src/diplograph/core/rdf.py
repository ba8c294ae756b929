"""Terms and statements, from Oxigraph's classes to RDFLib's and back, losing nothing."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, MutableSequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
from rdflib import RDF, Graph, Literal
from rdflib.plugins.parsers.notation3 import RDFSink, SinkParser

from diplograph.core.errors import MalformedFile
from diplograph.core.names import PREFIXES

if TYPE_CHECKING:
    import rdflib
    from rdflib.term import Node


_STRING = PREFIXES["xsd"] + "string"


def to_rdflib(triples: Iterable[ox.Triple], graph: rdflib.Graph | None = None) -> rdflib.Graph:
    """Return an RDFLib graph of the statements, or `graph` with them added.

    Literals keep their characters as they are.
    """
    from rdflib import Graph

    graph = Graph(bind_namespaces="none") if graph is None else graph
    for triple in triples:
        graph.add(
            (
                to_rdflib_term(triple.subject),
                to_rdflib_term(triple.predicate),
                to_rdflib_term(triple.object),
            )
        )
    return graph


def to_rdflib_term(term: ox.NamedNode | ox.BlankNode | ox.Literal) -> Node:
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


def to_oxigraph(node: Node) -> ox.NamedNode | ox.BlankNode | ox.Literal:
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


_UNDECLARED = re.compile(r"The prefix (\S*:) has not been declared")
_PLACE = re.compile(r"^Parser error (?:at|between) line [^:]*: ")
# What may hold any character comes first, so that the group is met only where it is syntax.
_NEWER = re.compile(
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


def parse_turtle(text: str, *, file: str | Path) -> tuple[list[ox.Quad], Mapping[str, str]]:
    """Return the statements of the Turtle `text`, in its order, and the prefixes it declares.

    Raises MalformedFile, with `file`, line and the refused part, where `text` is no Turtle of
    RDF 1.1 (OWL tools read neither triple terms nor literals with a direction).
    """
    parser = ox.parse(text, format=ox.RdfFormat.TURTLE)
    try:
        quads = list(parser)
    except SyntaxError as error:
        raise _malformed(error, text, file) from error
    if any(_is_newer(quad.object) for quad in quads):
        raise _newer(text, file)
    return quads, parser.prefixes


def _malformed(error: SyntaxError, text: str, file: str | Path) -> MalformedFile:
    line, written = error.lineno or 1, text.split("\n")
    refused = written[min(line, len(written)) - 1]
    end = error.end_offset if error.end_lineno == line else None
    value = refused[(error.offset or 1) - 1 : end and end - 1].strip() or refused.strip()
    undeclared = _UNDECLARED.search(error.msg)
    message = _PLACE.sub("", error.msg)
    if undeclared:
        message = f"the prefix {undeclared[1]} is not declared; add an @prefix line for it"
    return MalformedFile(message, file=file, line=line, value=value[:80])


def _is_newer(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> bool:
    return isinstance(term, ox.Triple) or getattr(term, "direction", None) is not None


def _newer(text: str, file: str | Path) -> MalformedFile:
    message = "a triple term or a text's direction is RDF 1.2, which OWL tools do not read"
    found = next((match for match in _NEWER.finditer(text) if match[1]), None)
    if found is None:
        return MalformedFile(message, file=file)
    line = text.count("\n", 0, found.start()) + 1
    value = text.split("\n")[line - 1].strip()
    return MalformedFile(message, file=file, line=line, value=value[:80])


@dataclass(frozen=True)
class Lines:
    """The lines of one text, counted from 1: of each subject's block, and of each value in it."""

    subjects: dict[str, int] = field(default_factory=dict)
    values: dict[tuple[str, str], list[tuple[str, int]]] = field(default_factory=dict)

    def rank(self, subject: str, predicate: str | None, value: str | None) -> tuple[bool, ...]:
        """Return how far this text is from saying just that: the least tuple is the nearest."""
        said = self.values.get((subject, predicate), []) if predicate else []
        exact = any(text == value for text, _ in said)
        return not exact, not said, (subject, str(RDF.type)) not in self.values

    def find(self, subject: str, predicate: str | None, value: str | None) -> int | None:
        """Return the line of the value, else of the predicate's first one, else of the subject."""
        found = self.values.get((subject, predicate), []) if predicate else []
        exact = [line for text, line in found if text == value]
        nearest = exact or [line for _, line in found]
        return nearest[0] if nearest else self.subjects.get(subject)

    def mentions(self, thing: str) -> int | None:
        """Return the first line on which `thing` stands as a value, None if there is none."""
        found = (line for said in self.values.values() for text, line in said if text == thing)
        return min(found, default=None)


def read_lines(text: str) -> Lines:
    """Return the lines of the Turtle `text`, which must be well-formed."""
    parser = _LineParser(_PlainSink(Graph(bind_namespaces="none")), baseURI="file:", turtle=True)
    parser.startDoc()
    parser.feed(text)
    return parser.found


class _PlainSink(RDFSink):
    """Takes each literal by its characters: RDFLib would normalise it, or log what is none."""

    def newLiteral(self, s: str, *kind: Any) -> Literal:
        return Literal(s)


class _LineParser(SinkParser):
    """RDFLib's Turtle parser, made to note where each statement stands.

    It counts lines itself, but some twice where it goes back; so lines come from positions here.
    """

    def __init__(self, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self.found = Lines()
        self._begins: list[int] = []
        self._subject_line = 0
        self._met: list[int] = []
        self._waiting: list[int] = []

    def feed(self, octets: str) -> None:
        lengths = (len(line) + 1 for line in octets.split("\n"))
        self._begins = list(accumulate(lengths, initial=0))
        super().feed(octets)

    def statement(self, argstr: str, i: int) -> int:
        self._subject_line = self._line(max(self.skipSpace(argstr, i), 0))
        return super().statement(argstr, i)

    def objectList(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:
        outer, self._met = self._met, []
        end = super().objectList(argstr, i, res)
        self._waiting, self._met = self._met, outer
        return end

    def object(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:
        j = self.skipSpace(argstr, i)
        self._met.append(self._line(max(j, 0)))
        return super().object(argstr, j, res) if j >= 0 else -1

    def makeStatement(self, quadruple: tuple) -> None:
        # RDFLib hands on some terms, such as the `a` for rdf:type, in a form of its own.
        subject, predicate, value = (
            str(self._store.normalise(None, quadruple[part])) for part in (2, 1, 3)
        )
        line = self._waiting.pop(0) if self._waiting else self._subject_line
        self.found.subjects.setdefault(subject, self._subject_line)
        self.found.values.setdefault((subject, predicate), []).append((value, line))

    def _line(self, position: int) -> int:
        return bisect_right(self._begins, position)


# The first that a thing has is its label.
LABEL_PROPERTIES = (
    ox.NamedNode(PREFIXES["rdfs"] + "label"),
    ox.NamedNode(PREFIXES["skos"] + "prefLabel"),
)


def read_labels(statements: Iterable[ox.Triple | ox.Quad]) -> dict[str, str]:
    """Return the label of each thing that has one, by its IRI.

    The English one, else one without a language, else another; among these rdfs:label before
    skos:prefLabel, then the first by its characters. What is no text is no label.
    """
    said: dict[str, list[tuple[int, int, str]]] = {}
    for each in statements:
        if each.predicate in LABEL_PROPERTIES and isinstance(each.object, ox.Literal):
            said.setdefault(each.subject.value, []).append(_rank(each.predicate, each.object))
    return {iri: min(ranks)[-1] for iri, ranks in said.items()}


def _rank(predicate: ox.NamedNode, label: ox.Literal) -> tuple[int, int, str]:
    tongues = ("en", None)
    tongue = tongues.index(label.language) if label.language in tongues else len(tongues)
    return tongue, LABEL_PROPERTIES.index(predicate), label.value


@dataclass(frozen=True)
class Location:
    """A line, counted from 1, of a file named relative to its home with forward slashes."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"

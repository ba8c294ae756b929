"""Find the line on which a Turtle file states something.

Imports RDFLib, whose Turtle parser can report positions; a start that finds a build of the files
does not need it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import MutableSequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from rdflib import RDF, Graph, Literal
from rdflib.plugins.parsers.notation3 import RDFSink, SinkParser


@dataclass(frozen=True)
class Lines:
    """The lines of one text, counted from 1: of each subject's block, and of each of its values.

    `subjects` maps an IRI to a line, `values` subject and predicate to pairs of value and line.
    """

    subjects: dict[str, int] = field(default_factory=dict)
    values: dict[tuple[str, str], list[tuple[str, int]]] = field(default_factory=dict)

    def rank(self, subject: str, predicate: str | None, value: str | None) -> tuple[bool, ...]:
        """Return how far this text is from stating just that: the least tuple is the nearest."""
        values = self._values(subject, predicate)
        exact = any(text == value for text, _ in values)
        return not exact, not values, (subject, str(RDF.type)) not in self.values

    def find(self, subject: str, predicate: str | None, value: str | None) -> int | None:
        """Return the line of the value, else of the predicate's first one, else of the subject."""
        values = self._values(subject, predicate)
        exact = [line for text, line in values if text == value]
        nearest = exact or [line for _, line in values]
        return nearest[0] if nearest else self.subjects.get(subject)

    def mentions(self, thing: str) -> int | None:
        """Return the first line on which `thing` stands as a value, None if there is none."""
        lines = (line for pairs in self.values.values() for text, line in pairs if text == thing)
        return min(lines, default=None)

    def states(self, predicate: str, value: str) -> int | None:
        """Return the first line on which any subject has that value, None if there is none."""
        pairs = (pairs for (_, name), pairs in self.values.items() if name == predicate)
        return min((line for found in pairs for text, line in found if text == value), default=None)

    def _values(self, subject: str, predicate: str | None) -> list[tuple[str, int]]:
        return self.values.get((subject, predicate), []) if predicate else []


def read_lines(text: str) -> Lines:
    """Return the lines of the Turtle `text`, which must be well-formed."""
    parser = _LineParser(_LexicalSink(Graph(bind_namespaces="none")), baseURI="file:", turtle=True)
    parser.startDoc()
    parser.feed(text)
    return parser.recorded


class _LexicalSink(RDFSink):
    """Takes each literal by its characters: RDFLib would normalise it, or log an invalid one."""

    def newLiteral(self, s: str, *kind: Any) -> Literal:
        return Literal(s)


class _LineParser(SinkParser):
    """RDFLib's Turtle parser, recording lines by position: it counts some twice itself."""

    def __init__(self, *arguments: Any, **named: Any):
        super().__init__(*arguments, **named)
        self.recorded = Lines()
        self._begins: list[int] = []
        self._subject_line = 0
        self._object_lines: list[int] = []  # of the object list that is being read
        self._pending_lines: list[int] = []  # of the object list whose statements are made next

    def feed(self, octets: str) -> None:
        lengths = (len(line) + 1 for line in octets.split("\n"))
        self._begins = list(accumulate(lengths, initial=0))
        super().feed(octets)

    def statement(self, argstr: str, i: int) -> int:
        self._subject_line = self._line(max(self.skipSpace(argstr, i), 0))
        return super().statement(argstr, i)

    def objectList(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:
        outer, self._object_lines = self._object_lines, []
        end = super().objectList(argstr, i, res)
        self._pending_lines, self._object_lines = self._object_lines, outer
        return end

    def object(self, argstr: str, i: int, res: MutableSequence[Any]) -> int:
        j = self.skipSpace(argstr, i)
        self._object_lines.append(self._line(max(j, 0)))
        return super().object(argstr, j, res) if j >= 0 else -1

    def makeStatement(self, quadruple: tuple) -> None:
        # RDFLib passes some terms, such as the `a` for rdf:type, in a form of its own.
        subject, predicate, value = (
            str(self._store.normalise(None, quadruple[part])) for part in (2, 1, 3)
        )
        line = self._pending_lines.pop(0) if self._pending_lines else self._subject_line
        self.recorded.subjects.setdefault(subject, self._subject_line)
        self.recorded.values.setdefault((subject, predicate), []).append((value, line))

    def _line(self, position: int) -> int:
        return bisect_right(self._begins, position)

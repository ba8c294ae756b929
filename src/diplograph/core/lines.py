"""Find the line on which a file of RDF states something."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate

import pyoxigraph as ox

from diplograph.core.names import PREFIXES
from diplograph.core.tokens import DIRECTIVES, scan, unescape

_RDF = PREFIXES["rdf"]
_TYPE, _FIRST, _NIL = (_RDF + local for local in ("type", "first", "nil"))

BLANK = ("[", "_:")  # begins the name of a subject that has no IRI


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
        return not exact, not values, (subject, _TYPE) not in self.values

    def find(self, subject: str, predicate: str | None, value: str | None) -> int | None:
        """Return the line of the value, else of the predicate's first one, else of the subject."""
        values = self._values(subject, predicate)
        exact = [line for text, line in values if text == value]
        nearest = exact or [line for _, line in values]
        return nearest[0] if nearest else self.subjects.get(subject)

    def find_blank(self, predicate: str | None, value: str | None) -> int | None:
        """Return the first line on which a blank node has that value, else that predicate."""
        pairs = [
            pair
            for (subject, property_), pairs in self.values.items()
            if subject.startswith(BLANK) and property_ == predicate
            for pair in pairs
        ]
        exact = [line for text, line in pairs if text == value]
        blocks = (line for subject, line in self.subjects.items() if subject.startswith(BLANK))
        return min(exact or [line for _, line in pairs] or blocks, default=None)

    def mentions(self, thing: str) -> int | None:
        """Return the first line on which `thing` stands as a value, None if there is none."""
        lines = (line for pairs in self.values.values() for text, line in pairs if text == thing)
        return min(lines, default=None)

    def states(self, predicate: str, value: str) -> int | None:
        """Return the first line on which any subject has that value, None if there is none."""
        pairs = (pairs for (_, name), pairs in self.values.items() if name == predicate)
        return min((line for found in pairs for text, line in found if text == value), default=None)

    def add(self, subject: str, predicate: str, value: str, line: int) -> None:
        """Record that `subject` has `value` on that line; the subject's own line is kept apart."""
        self.values.setdefault((subject, predicate), []).append((value, line))

    def _values(self, subject: str, predicate: str | None) -> list[tuple[str, int]]:
        return self.values.get((subject, predicate), []) if predicate else []


def read_turtle_lines(text: str) -> Lines:
    """Return the lines of the Turtle or N-Triples `text`, which must be well-formed."""
    return _LineReader(text).read()


@dataclass
class _Frame:
    """A subject whose predicates and values are being read; a list has no predicate of its own."""

    subject: str = ""
    predicate: str = ""
    is_list: bool = False


class _LineReader:
    """Reads Turtle with a stack of its own, so that nesting has no bound here."""

    def __init__(self, text: str):
        self._text = text
        self._begins = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
        self._prefixes: dict[str, str] = {}
        self._base = ""
        self._lines = Lines()
        self._frames = [_Frame()]
        self._statement_line = 0
        self._blank_nodes = 0

    def read(self) -> Lines:
        """Return the lines of the whole text."""
        tokens = scan(self._text)
        for kind, token, position in tokens:
            if kind in ("name", "language") and token.lower() in DIRECTIVES and self._is_outside():
                self._read_directive(token.lower(), tokens)
            elif token == "^^":
                next(tokens, None)  # a datatype is no value
            elif kind == "mark":
                self._read_mark(token, position)
            elif kind != "language":
                self._read_term(self._resolve(kind, token), position)
        return self._lines

    def _is_outside(self) -> bool:
        return len(self._frames) == 1 and not self._frames[0].subject

    def _read_directive(self, directive: str, tokens: Iterator[tuple[str, str, int]]) -> None:
        _, name, _ = next(tokens, ("", "", 0))
        if directive.endswith("prefix"):
            kind, iri, _ = next(tokens, ("", "", 0))
            self._prefixes[name.removesuffix(":")] = self._resolve(kind, iri)
        else:
            self._base = self._resolve("iri", name)

    def _read_mark(self, mark: str, position: int) -> None:
        frame = self._frames[-1]
        if mark in "[(":
            self._blank_nodes += 1
            node = f"[{self._blank_nodes}"  # unlike a label
            self._read_term(node, position)
            self._frames.append(_Frame(node, _FIRST if mark == "(" else "", mark == "("))
        elif mark in "])" and len(self._frames) > 1:
            self._end_node(self._frames.pop())
        elif mark == ";":
            frame.predicate = ""
        elif mark == ".":
            self._frames = [_Frame()]

    def _end_node(self, node: _Frame) -> None:
        """Write rdf:nil for a list that has turned out to be empty."""
        if not node.is_list or (node.subject, _FIRST) in self._lines.values:
            return
        frame = self._frames[-1]
        if frame.subject == node.subject:
            frame.subject = _NIL
        else:
            values = self._lines.values[frame.subject, frame.predicate]
            values[-1] = (_NIL, values[-1][1])

    def _read_term(self, term: str, position: int) -> None:
        """Take `term` for the subject, predicate or value that comes next."""
        frame, line = self._frames[-1], bisect_right(self._begins, position)
        if not frame.subject:
            frame.subject, self._statement_line = term, line
        elif not frame.predicate:
            frame.predicate = _TYPE if term == "a" else term
            self._lines.subjects.setdefault(frame.subject, self._statement_line)
        else:
            self._lines.add(frame.subject, frame.predicate, term, line)

    def _resolve(self, kind: str, token: str) -> str:
        """Return the IRI or the lexical form that a token stands for."""
        if kind == "string":
            quotes = 3 if token[:3] in ('"' * 3, "'" * 3) and len(token) > 5 else 1
            return unescape(token[quotes:-quotes])
        if kind == "iri":
            return resolve_iri(unescape(token[1:-1]), self._base)
        prefix, colon, local = token.partition(":")
        if colon and prefix in self._prefixes:
            return self._prefixes[prefix] + unescape(local)
        return token


def resolve_iri(iri: str, base: str) -> str:
    """Return the absolute IRI that `iri` stands for where the base is `base`, if it has one."""
    if not base:
        return iri
    try:
        statement = f"<{iri}> <urn:p> 0 ."
        return next(ox.parse(statement, format=ox.RdfFormat.TURTLE, base_iri=base)).subject.value
    except (SyntaxError, ValueError, StopIteration):
        return iri

"""Write statements as Turtle: one subject a block, one predicate a line, 100 columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from unicodedata import category

from pyoxigraph import Literal, NamedNode

from diplograph.core import names
from diplograph.core.rdf import Term
from diplograph.turtle import order
from diplograph.turtle.order import FileOrder, Section
from diplograph.turtle.statements import NIL, TYPE, PredicateValues, TurtleGraph

LINE_WIDTH = 100
INDENT = 4
PUNCTUATION = 2  # the " ;" or " ," that follows a value

_XSD = names.PREFIXES["xsd"]
_STRING = _XSD + "string"
_TITLE_PROPERTIES = [NamedNode(names.PREFIXES["dcterms"] + "title"), NamedNode(names.LABEL)]
# Canonical lexical forms only, which Turtle can write bare: 05 or 1.50 stay in quotes, so that no
# reader changes them.
_SHORT_FORMS = {
    _XSD + "integer": re.compile(r"0|-?[1-9][0-9]*"),
    _XSD + "decimal": re.compile(r"(?!-0\.0\Z)-?(?:0|[1-9][0-9]*)\.(?:0|[0-9]*[1-9])"),
    _XSD + "double": re.compile(r"0\.0E0|-?[1-9]\.(?:0|[0-9]*[1-9])E(?:0|-?[1-9][0-9]*)"),
    _XSD + "boolean": re.compile(r"true|false"),
}
_ESCAPES = {"\n": "\n", "\\": "\\\\", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
_INVISIBLE = {"Cc", "Zl", "Zp"}  # Unicode categories: control characters, line separators


def format_turtle(statements: TurtleGraph, file_order: FileOrder) -> str:
    """Return the Turtle text of `statements`; the same graph always gives the same text."""
    writer = _Writer(statements, file_order)
    parts = list(writer.parts())
    width = max(map(len, writer.prefixes), default=0) + 1
    prefixes = sorted(writer.prefixes.items())
    lines = [f"@prefix {name + ':':<{width}} <{iri}> ." for name, iri in prefixes]
    head = [*_title(statements), *(["\n".join(lines)] if lines else [])]
    return "\n\n".join([*head, *parts, ""]).removesuffix("\n")


@dataclass(frozen=True)
class _Writer:
    """Writes the terms of one file and collects the prefixes they use."""

    statements: TurtleGraph
    file_order: FileOrder
    prefixes: dict[str, str] = field(default_factory=dict)

    def parts(self) -> Iterator[str]:
        """Yield the section lines and the blocks in the order in which the file shows them."""
        title = ""
        for section, _, subject in sorted(self._placed(), key=lambda placed: placed[:2]):
            if section.title != title:
                title = section.title
                yield f"# {title}"
            label = self.statements.labels.get(subject, "[]")
            name = self._iri(subject) if isinstance(subject, NamedNode) else label
            yield f"{name}\n{self._rows(self._values(subject), INDENT)} ."

    def _placed(self) -> Iterator[tuple[Section, tuple, Term]]:
        """Yield section, sort key in it, and subject, for each subject with a block of its own."""
        for subject in self.statements.by_subject:
            types = self.statements.types(subject)
            if isinstance(subject, NamedNode):
                section = self.file_order.section(subject.value, types)
                yield section, order.subject_key(subject.value), subject
            elif subject not in self.statements.nested:
                is_header = order.HEADER in types
                section = order.HEADER_SECTION if is_header else order.AXIOMS_SECTION
                content = self.statements.labels.get(subject, "") + self._flat_statements(subject)
                yield section, (True, order.natural_key(content)), subject

    def _rows(self, values: PredicateValues, indent: int) -> str:
        """Return one line (or more) for each predicate, the values aligned in one column."""
        predicates = self._sorted_predicates(values)
        width = max(len(self._verb(predicate)) for predicate in predicates)
        column = indent + width + 1
        rows = []
        for predicate in predicates:
            texts = [
                self._laid_out(value, predicate, column)
                for value in self._sorted(values[predicate], predicate)
            ]
            verb = f"{' ' * indent}{self._verb(predicate):<{width}} "
            rows.append(verb + _fill(texts, column, " ,"))
        return " ;\n".join(rows)

    def _laid_out(self, term: Term, predicate: NamedNode, column: int) -> str:
        """Return `term` on one line where it fits behind `column`, else on several."""
        flat = self._flat(term, predicate)
        fits = "\n" not in flat and column + len(flat) + PUNCTUATION <= LINE_WIDTH
        if fits or term not in self.statements.nested:
            return flat
        members = self._members(term, predicate)
        if members is None:
            rows = self._rows(self._values(term), column + INDENT)
            return f"[\n{rows}\n{' ' * column}]"
        inside = [self._laid_out(member, predicate, column + 2) for member in members]
        return f"( {_fill(inside, column + 2, '')} )"

    def _flat(self, term: Term, predicate: NamedNode) -> str:
        """Return `term` with all its content on one line; values are sorted by this text."""
        if isinstance(term, Literal):
            return self._literal(term)
        if term == NIL:
            return "()"
        if isinstance(term, NamedNode):
            return self._iri(term)
        if term not in self.statements.nested:
            return self.statements.labels[term]
        members = self._members(term, predicate)
        if members is not None:
            return f"( {' '.join(self._flat(member, predicate) for member in members)} )"
        return f"[ {self._flat_statements(term)} ]" if self._values(term) else "[]"

    def _flat_statements(self, subject: Term) -> str:
        parts = []
        for predicate in self._sorted_predicates(self._values(subject)):
            values = self._sorted(self._values(subject)[predicate], predicate)
            texts = (self._flat(value, predicate) for value in values)
            parts.append(f"{self._verb(predicate)} {' , '.join(texts)}")
        return " ; ".join(parts)

    def _values(self, subject: Term) -> PredicateValues:
        return self.statements.by_subject.get(subject, {})

    def _sorted_predicates(self, values: PredicateValues) -> list[NamedNode]:
        return sorted(values, key=lambda predicate: self.file_order.predicate_key(predicate.value))

    def _members(self, head: Term, predicate: NamedNode) -> Sequence[Term] | None:
        """Return the members of a list, sorted where `predicate` points at a set."""
        members = self.statements.members(head)
        if members is not None and predicate.value in order.SETS:
            return self._sorted(members, predicate)
        return members

    def _sorted(self, values: Iterable[Term], predicate: NamedNode) -> list[Term]:
        """Return IRIs by name, then literals by language (English first), then blank nodes."""

        def key(value: Term) -> tuple:
            flat = order.natural_key(self._flat(value, predicate))
            if isinstance(value, Literal):
                return (1, value.language != "en", value.language or "", flat)
            if isinstance(value, NamedNode):
                return (0, order.type_rank(value.value) if predicate == TYPE else 0, flat)
            return (2, flat)

        return sorted(values, key=key)

    def _verb(self, predicate: NamedNode) -> str:
        return "a" if predicate == TYPE else self._iri(predicate)

    def _iri(self, node: NamedNode) -> str:
        parts = names.split(node.value)
        if parts is None:
            return f"<{node.value}>"
        prefix, local = parts
        self.prefixes[prefix] = node.value.removesuffix(local)
        return f"{prefix}:{local}"

    def _literal(self, literal: Literal) -> str:
        if literal.language:
            return f"{_quote(literal.value)}@{literal.language}"
        datatype = literal.datatype
        if datatype.value == _STRING:
            return _quote(literal.value)
        form = _SHORT_FORMS.get(datatype.value)
        if form and form.fullmatch(literal.value):
            return literal.value
        return f"{_quote(literal.value)}^^{self._iri(datatype)}"


def _fill(texts: Sequence[str], column: int, separator: str) -> str:
    """Return `texts` one after the other, a new line at `column` begun where the width ends."""
    filled, position = texts[0], column + len(texts[0])
    for before, text in pairwise(texts):
        position += len(separator) + 1 + len(text)
        if "\n" in before + text or position + PUNCTUATION > LINE_WIDTH:
            filled += f"{separator}\n{' ' * column}{text}"
            position = column + len(text)
        else:
            filled += f"{separator} {text}"
    return filled


def _title(statements: TurtleGraph) -> list[str]:
    """Return the one line on top: the title, else the label, of the file's header."""
    headers = [s for s in statements.by_subject if order.HEADER in statements.types(s)]
    for predicate in _TITLE_PROPERTIES:
        titles = [
            (literal.language != "en", literal.language or "", " ".join(literal.value.split()))
            for header in headers
            for literal in statements.by_subject[header].get(predicate, ())
            if isinstance(literal, Literal)
        ]
        if titles:
            return [f"# {min(titles)[2]}".rstrip()]
    return []


# ---- literals -------------------------------------------------------------------------------


def _quote(value: str) -> str:
    """Return `value` quoted and escaped: in three quotes where it has several lines."""
    escaped = "".join(
        _ESCAPES.get(character)
        or (f"\\u{ord(character):04X}" if category(character) in _INVISIBLE else character)
        for character in value
    )
    if "\n" in value:
        return '"""' + re.sub(r'"(?="|\Z)', r"\"", escaped) + '"""'
    return '"' + escaped.replace('"', r"\"") + '"'

"""Write statements as Turtle: one subject a block, one predicate a line, 100 columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from unicodedata import category

from pyoxigraph import BlankNode, Literal, NamedNode

from diplograph.core import names
from diplograph.core.rdf import Term
from diplograph.turtle import order
from diplograph.turtle.order import FileOrder, Section
from diplograph.turtle.prefixes import Prefixes
from diplograph.turtle.statements import NIL, TYPE, PredicateValues, TurtleGraph

LINE_WIDTH = 100
RIGHTMOST_COLUMN = 200  # no block of a nested node begins right of it
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
_ESCAPES = {"\n": "\\n", "\\": "\\\\", "\t": "\\t", "\r": "\\r", "\b": "\\b", "\f": "\\f"}
_INVISIBLE = {"Cc", "Zl", "Zp"}  # Unicode categories: control characters, line separators


def format_turtle(statements: TurtleGraph, file_order: FileOrder, line_end: str = "\n") -> str:
    """Return the Turtle text of `statements`, the same for the same graph and prefixes."""
    prefixes = Prefixes(statements.prefixes, set(_iris(statements)))
    parts = list(_Writer(statements, file_order, prefixes, line_end).parts())
    width = max(map(len, prefixes.used), default=0) + 1
    declared = sorted(prefixes.used.items())
    lines = [f"@prefix {name + ':':<{width}} <{iri}> ." for name, iri in declared]
    titles = [f"# {title}".rstrip() for title in find_titles(statements)[:1]]
    head = [*titles, *(["\n".join(lines)] if lines else [])]
    text = "\n\n".join([*head, *parts, ""]).removesuffix("\n")
    return text.replace("\n", line_end)


def find_titles(statements: TurtleGraph) -> list[str]:
    """Return the titles, then the labels, of the file's header; the first is the one on top."""
    headers = [s for s in statements.by_subject if order.HEADER in statements.types(s)]
    titles = [
        (rank, literal.language != "en", literal.language or "", order.comment_text(literal.value))
        for rank, predicate in enumerate(_TITLE_PROPERTIES)
        for header in headers
        for literal in statements.by_subject[header].get(predicate, ())
        if isinstance(literal, Literal)
    ]
    return [title for *_, title in sorted(titles)]


def _iris(statements: TurtleGraph) -> Iterator[str]:
    """Yield the IRIs that the text of `statements` can have."""
    blocks = statements.by_subject.values()
    objects = (value for values in blocks for value in chain.from_iterable(values.values()))
    predicates = chain.from_iterable(blocks)
    members = chain.from_iterable(statements.lists.values())
    for term in {*statements.by_subject, *predicates, *objects, *members}:
        if isinstance(term, Literal):
            yield term.datatype.value
        elif isinstance(term, NamedNode):
            yield term.value


@dataclass(frozen=True)
class _Writer:
    """Writes the terms of one file; `flat_texts` are those of nested nodes, on one line each."""

    statements: TurtleGraph
    file_order: FileOrder
    prefixes: Prefixes
    line_end: str
    flat_texts: dict[BlankNode, str] = field(default_factory=dict)

    def parts(self) -> Iterator[str]:
        """Yield the section lines and the blocks in the order in which the file shows them."""
        for node in reversed(list(self.statements.nested)):  # the inner before the outer
            self.flat_texts[node] = self._flat_nested(node)
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
            ordered = self._sorted(values[predicate], predicate)
            texts = [self._laid_out(value, column) for value in ordered]
            verb = f"{' ' * indent}{self._verb(predicate):<{width}} "
            rows.append(verb + _fill(texts, column, " ,"))
        return " ;\n".join(rows)

    def _laid_out(self, term: Term, column: int) -> str:
        """Return `term` on one line where it fits behind `column`, else on several.

        Far to the right, where no line could fit, it is on one line, so that the indentation of
        deeply nested nodes does not outgrow their content.
        """
        flat = self._flat(term)
        fits = "\n" not in flat and column + len(flat) + PUNCTUATION <= LINE_WIDTH
        is_single = flat in ("[]", "()") or term not in self.statements.nested
        if fits or is_single or column > RIGHTMOST_COLUMN:
            return flat
        if term in self.statements.lists:
            inside = [self._laid_out(member, column + 2) for member in self._members(term)]
            return f"( {_fill(inside, column + 2, '')} )"
        rows = self._rows(self._values(term), column + INDENT)
        return f"[\n{rows}\n{' ' * column}]"

    def _flat(self, term: Term) -> str:
        """Return `term` with all its content on one line; values are sorted by this text."""
        if isinstance(term, Literal):
            return self._literal(term)
        if term == NIL:
            return "()"
        if isinstance(term, NamedNode):
            return self._iri(term)
        return self.statements.labels.get(term) or self.flat_texts[term]

    def _flat_nested(self, node: BlankNode) -> str:
        if node in self.statements.lists:
            return f"( {' '.join(map(self._flat, self._members(node)))} )"
        return f"[ {self._flat_statements(node)} ]" if self._values(node) else "[]"

    def _flat_statements(self, subject: Term) -> str:
        parts = []
        for predicate in self._sorted_predicates(self._values(subject)):
            values = self._sorted(self._values(subject)[predicate], predicate)
            parts.append(f"{self._verb(predicate)} {' , '.join(map(self._flat, values))}")
        return " ; ".join(parts)

    def _values(self, subject: Term) -> PredicateValues:
        return self.statements.by_subject.get(subject, {})

    def _sorted_predicates(self, values: PredicateValues) -> list[NamedNode]:
        return sorted(values, key=lambda predicate: self.file_order.predicate_key(predicate.value))

    def _members(self, head: BlankNode) -> Sequence[Term]:
        """Return the members of a list, sorted where its predicate points at a set."""
        predicate, members = self.statements.nested[head], self.statements.lists[head]
        return self._sorted(members, predicate) if predicate.value in order.SETS else members

    def _sorted(self, values: Sequence[Term], predicate: NamedNode) -> Sequence[Term]:
        """Return IRIs by name, then literals by language (English first), then blank nodes."""
        if len(values) < 2:
            return values

        def key(value: Term) -> tuple:
            flat = order.natural_key(self._flat(value))
            if isinstance(value, Literal):
                return (1, value.language != "en", value.language or "", flat)
            if isinstance(value, NamedNode):
                return (0, order.type_rank(value.value) if predicate == TYPE else 0, flat)
            return (2, flat)

        return sorted(values, key=key)

    def _verb(self, predicate: NamedNode) -> str:
        return "a" if predicate == TYPE else self._iri(predicate)

    def _iri(self, node: NamedNode) -> str:
        return self.prefixes.write(node.value)

    def _literal(self, literal: Literal) -> str:
        if literal.language:
            return f"{_quote(literal.value, self.line_end)}@{literal.language}"
        datatype = literal.datatype
        if datatype.value == _STRING:
            return _quote(literal.value, self.line_end)
        form = _SHORT_FORMS.get(datatype.value)
        if form and form.fullmatch(literal.value):
            return literal.value
        return f"{_quote(literal.value, self.line_end)}^^{self._iri(datatype)}"


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


# ---- literals -------------------------------------------------------------------------------


def _quote(value: str, line_end: str) -> str:
    """Return `value` quoted and escaped: in three quotes where it has several lines.

    Lines are those of the file: in one with \\r\\n, a value's single \\n is escaped.
    """
    escaped = "\n".join(map(_escape, value.split(line_end)))
    if line_end in value:
        return '"""' + re.sub(r'"(?="|\Z)', r"\"", escaped) + '"""'
    return '"' + escaped.replace('"', r"\"") + '"'


def _escape(text: str) -> str:
    return "".join(
        _ESCAPES.get(character)
        or (f"\\u{ord(character):04X}" if category(character) in _INVISIBLE else character)
        for character in text
    )

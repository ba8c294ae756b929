"""Scan RDF/XML before it is parsed: bounds, prefixes, and the lines of what it states.

Nothing is fetched: an external entity is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from diplograph.core.errors import MalformedFile
from diplograph.core.lines import Lines, resolve_iri
from diplograph.core.names import PREFIXES
from diplograph.core.tokens import NESTING

_RDF = PREFIXES["rdf"]
_REFERENCE = re.compile(r"&[A-Za-z_:]")
_XML = "http://www.w3.org/XML/1998/namespace"


@dataclass
class _Element:
    """An open element: the node it is or belongs to, its property, and the text read in it."""

    base: str
    subject: str = ""
    predicate: str = ""
    line: int = 0
    text: list[str] = field(default_factory=list)
    has_value: bool = False


class RdfXmlScan:
    """The prefixes and lines of one text of RDF/XML."""

    def __init__(self, text: str, *, file: str | Path):
        """Scan `text`; raises MalformedFile, with line, where no XML, or nested over NESTING deep.

        An element for a thing and one for its property make one step of nesting. Entities made of
        entities are refused, and by Expat what expands to far more than the text.
        """
        self.prefixes: dict[str, str] = {}
        self.lines = Lines()
        self._file = file
        self._open: list[_Element] = []
        self._parser = parser = expat.ParserCreate(namespace_separator="")
        parser.buffer_text = True
        parser.StartNamespaceDeclHandler = self._declare
        parser.EntityDeclHandler = self._declare_entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._add_text
        try:
            parser.Parse(text.encode(), True)
        except expat.ExpatError as error:
            message = f"the XML cannot be read: {expat.ErrorString(error.code)}"
            raise MalformedFile(message, file=file, line=error.lineno) from error

    def _declare(self, prefix: str | None, iri: str) -> None:
        self.prefixes.setdefault(prefix or "", iri or "")

    def _declare_entity(self, name: str, is_parameter: bool, value: str | None, *more: str) -> None:
        if value is None:
            message = "an entity is text from elsewhere, and nothing is fetched: write it here"
        elif _REFERENCE.search(value):  # ten of them, each of ten others, expand without end
            message = "an entity is made of entities: write its text in full"
        else:
            return
        line = self._parser.CurrentLineNumber
        raise MalformedFile(message, file=self._file, line=line, value=name)

    def _add_text(self, text: str) -> None:
        if self._open:
            self._open[-1].text.append(text)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        line = self._parser.CurrentLineNumber
        if len(self._open) > 2 * NESTING + 2:
            message = f"blank nodes are nested deeper than {NESTING}; give the inner ones IRIs"
            raise MalformedFile(message, file=self._file, line=line)
        outer = self._open[-1] if self._open else _Element("")
        base = attributes.get(f"{_XML}base", outer.base)
        element = _Element(base, line=line)
        if name == f"{_RDF}RDF" and not self._open:
            pass
        elif outer.subject and not outer.predicate:
            element.subject, element.predicate = outer.subject, name
            self._read_resource(element, attributes)
        else:
            self._start_node(element, outer, name, attributes)
        self._open.append(element)

    def _start_node(
        self, element: _Element, outer: _Element, name: str, attributes: dict[str, str]
    ) -> None:
        about, identifier = attributes.get(f"{_RDF}about"), attributes.get(f"{_RDF}ID")
        if about is not None or identifier is not None:
            iri = about if about is not None else f"#{identifier}"
            element.subject = resolve_iri(iri, element.base)
        else:
            element.subject = f"[{element.line}.{self._parser.CurrentColumnNumber}"
        self.lines.subjects.setdefault(element.subject, element.line)
        if name != f"{_RDF}Description":
            self.lines.add(element.subject, f"{_RDF}type", name, element.line)
        for attribute, value in attributes.items():
            if not attribute.startswith((_RDF, _XML)):
                self.lines.add(element.subject, attribute, value, element.line)
        if outer.predicate:
            outer.has_value = True
            self.lines.add(outer.subject, outer.predicate, element.subject, element.line)

    def _read_resource(self, element: _Element, attributes: dict[str, str]) -> None:
        resource = attributes.get(f"{_RDF}resource")
        if resource is not None:
            element.has_value = True
            iri = resolve_iri(resource, element.base)
            self.lines.add(element.subject, element.predicate, iri, element.line)

    def _end(self, name: str) -> None:
        element = self._open.pop()
        if element.predicate and not element.has_value:
            text = "".join(element.text)
            self.lines.add(element.subject, element.predicate, text, element.line)

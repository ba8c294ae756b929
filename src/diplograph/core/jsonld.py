"""Statements → compact JSON-LD: the context stands in the document, so nobody has to fetch one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from diplograph.core.names import PREFIXES, prefix_iri, split
from diplograph.core.serialization import canonicalize

_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
_STRING = PREFIXES["xsd"] + "string"
# What decides how the values of a property are written: as names, in a language, in a datatype.
_Form = tuple[str, str]
_NAME: _Form = ("@type", "@id")
_PLAIN: _Form = ("", "")


def write_jsonld(statements: Iterable[ox.Triple], *, vocabulary: str = "", root: str = "") -> bytes:
    """Return the document that `make_jsonld` makes, in UTF-8, a line for each value."""
    document = make_jsonld(statements, vocabulary=vocabulary, root=root)
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def make_jsonld(
    statements: Iterable[ox.Triple], *, vocabulary: str = "", root: str = ""
) -> dict[str, Any]:
    """Return the statements as JSON-LD 1.1, sorted, so that the same ones give the same document.

    Names are CURIEs of the project's table. With a `vocabulary`, the beginning of the IRIs of its
    terms, those are bare words and all other names whole IRIs, as search engines read them. With
    the IRI of a `root` there is one object for it, and other things stand inside of what names
    them first. Blank nodes get the labels that `canonicalize` gives them.
    """
    quads = canonicalize({ox.Quad(*each) for each in statements})
    ordered = sorted((quad.triple for quad in quads), key=_reading_order)
    writer = _Writer(ordered, vocabulary)
    nodes = writer.nodes()
    shown = [_embed(nodes, root)] if root in nodes else []
    shown += [nodes.pop(each) for each in sorted(nodes)]
    body = shown[0] if len(shown) == 1 else {"@graph": shown}
    return {"@context": writer.context(), **body}


class _Writer:
    """Writes the nodes of some statements, and the context that says what their words mean."""

    def __init__(self, statements: list[ox.Triple], vocabulary: str):
        self._statements, self._vocabulary = statements, vocabulary
        self._prefixes: set[str] = set()
        forms: dict[str, set[_Form]] = {}
        for each in statements:
            if each.predicate != _TYPE:
                forms.setdefault(each.predicate.value, set()).add(_form(each.object))
        # The form that all values of a property have is said once, in the context; with bare words
        # a name is told from a text by itself, for what stands inside of what.
        common = {name: next(iter(one)) for name, one in forms.items() if len(one) == 1}
        self._forms = {
            name: form for name, form in common.items() if not (vocabulary and form == _NAME)
        }

    def nodes(self) -> dict[str, dict[str, Any]]:
        """Return the object of each subject, by its IRI or label."""
        nodes: dict[str, dict[str, Any]] = {}
        for each in self._statements:
            subject, predicate = _name(each.subject), each.predicate
            node = nodes.setdefault(subject, {"@id": self._shorten(subject)})
            if predicate == _TYPE:
                node.setdefault("@type", []).append(self._word(each.object.value))
            else:
                value = self._write(predicate.value, each.object)
                node.setdefault(self._word(predicate.value), []).append(value)
        return {name: _unwrap(node) for name, node in nodes.items()}

    def context(self) -> dict[str, Any]:
        """Return what the words of the nodes mean."""
        terms: dict[str, Any] = {}
        for name, (key, value) in sorted(self._forms.items()):
            if key:
                meant = value if key == "@language" or value.startswith("@") else self._word(value)
                terms[self._word(name)] = {key: meant}
        known = {prefix: prefix_iri(prefix) for prefix in sorted(self._prefixes)}
        return {**({"@vocab": self._vocabulary} if self._vocabulary else {}), **known, **terms}

    def _write(self, predicate: str, term: ox.NamedNode | ox.BlankNode | ox.Literal) -> Any:
        if not isinstance(term, ox.Literal):
            name = self._shorten(_name(term))
            return name if self._forms.get(predicate) == _NAME else {"@id": name}
        key, value = _form(term)
        if not key or predicate in self._forms:
            return term.value
        return {"@value": term.value, key: value if key == "@language" else self._word(value)}

    def _word(self, iri: str) -> str:
        """Return the IRI of a property, class or datatype, short where it can be."""
        if self._vocabulary and iri.startswith(self._vocabulary):
            return iri.removeprefix(self._vocabulary)
        return self._shorten(iri)

    def _shorten(self, iri: str) -> str:
        parts = None if self._vocabulary or iri.startswith("_:") else split(iri)
        if parts is None:
            return iri
        self._prefixes.add(parts[0])
        return ":".join(parts)


def _embed(nodes: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the object called `name`, no longer in `nodes`, with those that it names inside."""

    def place(value: Any) -> Any:
        if isinstance(value, list):
            return [place(each) for each in value]
        named = value.get("@id") if isinstance(value, dict) else None
        return _embed(nodes, named) if named in nodes else value

    return {key: place(value) for key, value in nodes.pop(name).items()}


def _unwrap(node: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value[0] if isinstance(value, list) and len(value) == 1 else value
        for key, value in node.items()
    }


def _form(term: ox.NamedNode | ox.BlankNode | ox.Literal) -> _Form:
    if not isinstance(term, ox.Literal):
        return _NAME
    if term.language:
        return "@language", term.language
    return _PLAIN if term.datatype.value == _STRING else ("@type", term.datatype.value)


def _name(term: ox.NamedNode | ox.BlankNode) -> str:
    return str(term) if isinstance(term, ox.BlankNode) else term.value


def _reading_order(triple: ox.Triple) -> tuple[str, str, str]:
    return str(triple.subject), triple.predicate.value, str(triple.object)

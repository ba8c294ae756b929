"""Write statements as compact JSON-LD whose context is in the document."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import pyoxigraph as ox

from diplograph.core.formats import STATEMENTS
from diplograph.core.names import PREFIXES, TYPE, prefix_iri, split
from diplograph.core.rdf import Term
from diplograph.core.serialization import canonicalize, require_rdf11

_TYPE = ox.NamedNode(TYPE)
# A name that stands for itself under @vocab: neither a CURIE nor a keyword of JSON-LD.
_BARE_WORD = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_STRING = PREFIXES["xsd"] + "string"
# How a value is written: as a name, with a language, with a datatype, or plain.
_Form = tuple[str, str]
_NAME: _Form = ("@type", "@id")


def write_jsonld(statements: Iterable[ox.Triple], *, vocabulary: str = "", root: str = "") -> bytes:
    """Return the document that `make_jsonld` makes, in UTF-8, a line for each value.

    Raises NotExpressible as that does.
    """
    document = make_jsonld(statements, vocabulary=vocabulary, root=root)
    return json.dumps(document, ensure_ascii=False, indent=1).encode() + b"\n"


def make_jsonld(
    statements: Iterable[ox.Triple], *, vocabulary: str = "", root: str = ""
) -> dict[str, Any]:
    """Return the statements as JSON-LD 1.1, sorted, so that the same ones give the same document.

    Names are CURIEs of the project's table. With a `vocabulary`, the beginning of the IRIs of its
    terms, those are bare words and all other names whole IRIs, as search engines read them. With
    the IRI of a `root` there is one object for it, and every other thing is nested in the first
    that refers to it. Blank nodes get the labels that `canonicalize` gives them. Raises
    NotExpressible for a triple term or a text with a direction.
    """
    statements = list(statements)
    require_rdf11(statements, STATEMENTS["jsonld"])
    quads = canonicalize({ox.Quad(*triple) for triple in statements})
    ordered = sorted(
        (quad.triple for quad in quads),
        key=lambda triple: (str(triple.subject), triple.predicate.value, str(triple.object)),
    )
    writer = _Writer(ordered, vocabulary)
    nodes = writer.nodes()
    objects = [_embed(nodes, root)] if root in nodes else []
    objects += [nodes.pop(name) for name in sorted(nodes)]
    body = objects[0] if len(objects) == 1 else {"@graph": objects}
    return {"@context": writer.context(), **body}


class _Writer:
    """Writes the nodes of some statements, and the context that defines their terms."""

    def __init__(self, statements: list[ox.Triple], vocabulary: str):
        self._statements, self._vocabulary = statements, vocabulary
        self._prefixes: set[str] = set()
        # No prefix may be the scheme of an IRI: `event:x` would stand for another one.
        iris = (term.value for triple in statements for term in _list_names(triple))
        self._schemes = {iri.partition(":")[0] for iri in iris}
        forms: dict[str, set[_Form]] = {}
        for triple in statements:
            if not _is_type(triple):
                forms.setdefault(triple.predicate.value, set()).add(_form(triple.object))
        # A form that all values of a property have is declared once, in the context. With bare
        # words each name is an object of its own, since another object may be nested in its place.
        # So that no definitions are cyclic, a datatype that is a property too stands at each value,
        # as that of a property whose IRI may be what a prefix stands for.
        common = {name: next(iter(one)) for name, one in forms.items() if len(one) == 1}
        self._forms = {
            name: form
            for name, form in common.items()
            if not (vocabulary and form == _NAME)
            and form[1] not in forms
            and not name.endswith(("/", "#"))
        }

    def nodes(self) -> dict[str, dict[str, Any]]:
        """Return the object of each subject, by its IRI or label."""
        nodes: dict[str, dict[str, Any]] = {}
        for triple in self._statements:
            subject, predicate = _name(triple.subject), triple.predicate
            node = nodes.setdefault(subject, {"@id": self._shorten(subject)})
            if _is_type(triple):
                node.setdefault("@type", []).append(self._word(_name(triple.object)))
            else:
                value = self._write(predicate.value, triple.object)
                node.setdefault(self._word(predicate.value), []).append(value)
        return {
            name: {
                key: value[0] if isinstance(value, list) and len(value) == 1 else value
                for key, value in node.items()
            }
            for name, node in nodes.items()
        }

    def context(self) -> dict[str, Any]:
        """Return the definitions of the terms and prefixes that the nodes use."""
        terms: dict[str, Any] = {}
        for name, (key, value) in sorted(self._forms.items()):
            if key:
                keep = key == "@language" or value.startswith("@")
                terms[self._word(name)] = {key: value if keep else self._word(value)}
        known = {prefix: prefix_iri(prefix) for prefix in sorted(self._prefixes)}
        return {**({"@vocab": self._vocabulary} if self._vocabulary else {}), **known, **terms}

    def _write(self, predicate: str, term: Term) -> Any:
        if not isinstance(term, ox.Literal):
            name = self._shorten(_name(term))
            return name if self._forms.get(predicate) == _NAME else {"@id": name}
        key, value = _form(term)
        if not key or predicate in self._forms:
            return term.value
        return {"@value": term.value, key: value if key == "@language" else self._word(value)}

    def _word(self, iri: str) -> str:
        """Return the IRI of a property, class or datatype, short where it can be."""
        word = iri.removeprefix(self._vocabulary) if self._vocabulary else ""
        return word if _BARE_WORD.fullmatch(word) else self._shorten(iri)

    def _shorten(self, iri: str) -> str:
        parts = None if self._vocabulary or iri.startswith("_:") else split(iri)
        if parts is None or parts[0] in self._schemes:
            return iri
        self._prefixes.add(parts[0])
        return ":".join(parts)


def _embed(nodes: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the object called `name`, taken out of `nodes`, with those it refers to nested."""

    def place(value: Any) -> Any:
        if isinstance(value, list):
            return [place(member) for member in value]
        named = value.get("@id") if isinstance(value, dict) else None
        return _embed(nodes, named) if named in nodes else value

    return {key: place(value) for key, value in nodes.pop(name).items()}


def _is_type(triple: ox.Triple) -> bool:
    """Return whether a statement is written as `@type`, which takes no literal."""
    return triple.predicate == _TYPE and not isinstance(triple.object, ox.Literal)


def _list_names(triple: ox.Triple) -> list[ox.NamedNode]:
    """Return the IRIs of a statement, with that of a literal's datatype."""
    *terms, value = triple
    terms.append(value.datatype if isinstance(value, ox.Literal) else value)
    return [term for term in terms if isinstance(term, ox.NamedNode)]


def _form(term: Term) -> _Form:
    if not isinstance(term, ox.Literal):
        return _NAME
    if term.language:
        return "@language", term.language
    return ("", "") if term.datatype.value == _STRING else ("@type", term.datatype.value)


def _name(term: ox.NamedNode | ox.BlankNode) -> str:
    return str(term) if isinstance(term, ox.BlankNode) else term.value

"""Questions → statements: examples and prefixes as query editors anywhere read them.

An editor over a SPARQL endpoint offers each sh:SPARQLExecutable of its default graph as an example,
by its rdfs:comment, and fills in prefixes from sh:declare (SHACL, sections 5.1 and 5.2.1). Nothing
names an endpoint: an example belongs to whichever answers with it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

import pyoxigraph as ox

from diplograph.core.names import PREFIXES, QUESTIONS_GRAPH
from diplograph.questions import Question

_SH = PREFIXES["sh"]
_TYPE = ox.NamedNode(PREFIXES["rdf"] + "type")
_COMMENT = ox.NamedNode(PREFIXES["rdfs"] + "comment")
_ADDRESS = ox.NamedNode(PREFIXES["xsd"] + "anyURI")
_FORM = re.compile(
    r"(?:\s|#[^\n]*|PREFIX\s+[^\s:]*:\s*<[^>]*>|BASE\s*<[^>]*>)*+(SELECT|ASK|CONSTRUCT|DESCRIBE)\b",
    re.IGNORECASE,
)
# DESCRIBE has no class of its own in SHACL, and no property.
_KINDS = {"select": "SPARQLSelectExecutable", "ask": "SPARQLAskExecutable"}
_KINDS["construct"] = "SPARQLConstructExecutable"


def describe_questions(questions: Iterable[Question]) -> frozenset[ox.Triple]:
    """Return what is said of these questions and of the prefixes of names.PREFIXES.

    No questions, no prefixes either: then there is nothing for an editor to offer. The graph that
    holds the statements is what declares the prefixes.
    """
    said = [triple for question in questions for triple in _describe(question)]
    return frozenset((*said, *_declare()) if said else ())


def _describe(question: Question) -> Iterator[ox.Triple]:
    """Yield an example; a question declares its own prefixes, and its text stays as it is."""
    found = _FORM.match(question.text)
    form = found[1].lower() if found else ""
    if not form:
        return
    example = ox.NamedNode(PREFIXES["query"] + question.name)
    yield ox.Triple(example, _TYPE, ox.NamedNode(_SH + "SPARQLExecutable"))
    if form in _KINDS:
        yield ox.Triple(example, _TYPE, ox.NamedNode(_SH + _KINDS[form]))
    yield ox.Triple(example, ox.NamedNode(_SH + form), ox.Literal(question.text))
    yield ox.Triple(example, _COMMENT, ox.Literal(question.title, language="en"))
    yield ox.Triple(example, ox.NamedNode(_SH + "prefixes"), ox.NamedNode(QUESTIONS_GRAPH))


def _declare() -> Iterator[ox.Triple]:
    for prefix, iri in PREFIXES.items():
        declaration = ox.NamedNode(PREFIXES["prefix"] + prefix)
        yield ox.Triple(ox.NamedNode(QUESTIONS_GRAPH), ox.NamedNode(_SH + "declare"), declaration)
        yield ox.Triple(declaration, _TYPE, ox.NamedNode(_SH + "PrefixDeclaration"))
        yield ox.Triple(declaration, ox.NamedNode(_SH + "prefix"), ox.Literal(prefix))
        namespace = ox.Literal(iri, datatype=_ADDRESS)
        yield ox.Triple(declaration, ox.NamedNode(_SH + "namespace"), namespace)

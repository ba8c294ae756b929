"""The rules of a home: read from ontology/rules/*.rq, checked, described for those who ask why.

A rule is a SPARQL CONSTRUCT whose first line says in words what it makes. Rules run in the order of
their files' names, each once. A rule reads nothing that it or a later rule makes, so what it found
when it ran is what it finds in the finished graph.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from diplograph.build.questions import read_title
from diplograph.core.errors import MalformedFile, QuerySyntaxError, Refused
from diplograph.core.names import LABEL, PREFIXES, TYPE, compact, is_slug
from diplograph.core.rdf import to_oxigraph
from diplograph.sparql.check import check_query, list_tokens, locate_iris

if TYPE_CHECKING:
    from rdflib.plugins.sparql.sparql import Query

# A term, or the name of a variable with its question mark.
Pattern = tuple[ox.NamedNode | ox.Literal | str, ...]

_OWL, _RDF, _RDFS, _SH = (PREFIXES[prefix] for prefix in ("owl", "rdf", "rdfs", "sh"))
_PROPERTIES = {f"{_OWL}{kind}Property" for kind in ("Annotation", "Datatype", "Object")}
_PROPERTIES |= {f"{_RDF}Property"}
_CLASSES = {f"{_OWL}Class", f"{_RDFS}Class"}
# What RDFLib's parser calls what a rule may not have, with the word that stands for it in a text.
_RANDOM = "its result differs from build to build"
_ELSEWHERE = "a rule reads the default graph alone"
_UNORDERED = "which of several it takes is not determined"
_REFUSED = {
    "DatasetClause": ("FROM", _ELSEWHERE),
    "GraphGraphPattern": ("GRAPH", _ELSEWHERE),
    "ServiceGraphPattern": ("SERVICE", _ELSEWHERE),
    **{f"Builtin_{name}": (name, _RANDOM) for name in ("BNODE", "NOW", "RAND", "STRUUID", "UUID")},
    "Aggregate_GroupConcat": ("GROUP_CONCAT", "the order of its texts is not determined"),
    "Aggregate_Sample": ("SAMPLE", _UNORDERED),
    "LimitOffsetClauses": ("LIMIT", _UNORDERED),
}


@dataclass(frozen=True)
class Rule:
    """A rule: the stem and the name of its file, its first line in words, and its text.

    `makes` are the statements of its template; `reads` the properties, and the classes, of which it
    reads statements.
    """

    name: str
    file: str
    title: str
    text: str
    makes: tuple[Pattern, ...]
    reads: frozenset[str]

    def fail(self, message: str, value: str = "", line: int | None = None) -> MalformedFile:
        """Return the error that this rule is not one, at the first mention of `value`, an IRI."""
        places = (number for iri, number in locate_iris(self.text) if iri == value)
        shown = compact(value) if value.startswith("http") else value
        line = line or next(places, None)
        return MalformedFile(message, file=self.file, line=line, value=shown or None)


def make_rule(text: str, file: str) -> Rule:
    """Return the rule with that text.

    Raises MalformedFile, with file and line, for what does not begin with its words, is no
    CONSTRUCT, makes a blank node, names a graph or an endpoint, or has a result that the
    statements alone do not determine.
    """
    name = Path(file).stem
    if not read_title(text):
        message = "line 1 must be a comment: what the rule makes, in words"
        raise MalformedFile(message, file=file, line=1)
    if not is_slug(name):
        message = "the name of a rule is part of an IRI: make it of letters (A to Z), digits, - and"
        raise MalformedFile(f"{message} _", file=file)
    try:
        check_query(text)
    except QuerySyntaxError as error:
        raise MalformedFile(error.message, file=file, line=error.line) from error
    except Refused as error:
        raise MalformedFile(str(error), file=file, line=_find_word("SERVICE", text)) from error
    query = _parse(text, file)
    if query.algebra.name != "ConstructQuery":
        message = "a rule is a CONSTRUCT query: it makes statements"
        raise MalformedFile(message, file=file, line=_find_word("ASK|DESCRIBE|SELECT", text))
    template = tuple(_read_template(query.algebra.template, text, file))
    reads = frozenset(_list_read(query.algebra.p))
    return Rule(name, file, read_title(text), text, template, reads)


def check_rules(rules: Iterable[Rule], ontology: Collection[ox.Triple]) -> None:
    """Raise MalformedFile where a rule makes a property or class that the ontology lacks.

    Or where it reads what it makes itself, or what a rule after it makes.
    """
    rules = tuple(rules)
    properties, classes = (_list_declared(ontology, kinds) for kinds in (_PROPERTIES, _CLASSES))
    later: dict[str, str] = {}
    for rule in reversed(rules):
        made = [_key(pattern) for pattern in rule.makes]
        for pattern, key in zip(rule.makes, made, strict=True):
            declared = key in (classes if pattern[1].value == TYPE else properties)
            if not declared and key not in {TYPE, LABEL}:
                message = "a rule makes statements of properties and classes of the ontology alone"
                raise rule.fail(f"{message}: declare this one there, or correct its name", key)
        later |= dict.fromkeys(made, rule.file)
        for key in sorted(rule.reads & later.keys() - {LABEL}):  # of what is made with it
            maker = "this rule itself" if later[key] == rule.file else later[key]
            message = f"it reads what {maker} makes; rules run once, in the order of their names"
            raise rule.fail(f"{message}: give the two rules the right order, or two names", key)


def describe_rules(rules: Iterable[Rule]) -> frozenset[ox.Triple]:
    """Return the rules as SHACL's SPARQL executables: title, text and file of each."""
    statements = set()
    for rule in rules:
        node = ox.NamedNode(PREFIXES["rule"] + rule.name)
        for name, value in (
            (TYPE, ox.NamedNode(f"{_SH}SPARQLExecutable")),
            (TYPE, ox.NamedNode(f"{_SH}SPARQLConstructExecutable")),
            (f"{_RDFS}label", ox.Literal(rule.title, language="en")),
            (f"{PREFIXES['dcterms']}source", ox.Literal(rule.file)),
            (f"{_SH}construct", ox.Literal(rule.text)),
        ):
            statements.add(ox.Triple(node, ox.NamedNode(name), value))
    return frozenset(statements)


def _parse(text: str, file: str) -> Query:
    """Return the query as RDFLib reads it, the names in it resolved, its tree checked."""
    from pyparsing import ParseException
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery
    from rdflib.plugins.sparql.sparql import SPARQLError

    try:
        tree = parseQuery(text)
        for node in _walk(tree):
            word, reason = _REFUSED.get(getattr(node, "name", ""), ("", ""))
            if word:
                message = f"a rule has no {word}: {reason}"
                raise MalformedFile(message, file=file, line=_find_word(word, text))
        return translateQuery(tree)
    except (ParseException, SPARQLError, RecursionError, ValueError, OverflowError) as error:
        message = "this is no SPARQL 1.1 that RDFLib reads"
        line = error.lineno if isinstance(error, ParseException) else None
        raise MalformedFile(message, file=file, line=line) from error


def _walk(node: Any) -> Iterator[Any]:
    """Yield every part of a tree of RDFLib's parser or algebra."""
    from rdflib.paths import Path as PropertyPath

    yield node
    if isinstance(node, dict):  # a ParseResults counts as a Mapping, of its named parts alone
        parts: Iterable = node.values()
    elif isinstance(node, PropertyPath):
        parts = vars(node).values()
    elif isinstance(node, str):
        return
    else:
        parts = node if isinstance(node, Iterable) else ()
    for part in parts:
        yield from _walk(part)


def _read_template(template: Iterable[tuple], text: str, file: str) -> Iterator[Pattern]:
    from rdflib import BNode, Variable

    for triple in sorted(template):
        if any(isinstance(term, BNode) for term in triple):
            message = "a rule makes no blank nodes: name what it makes by BIND (IRI(...) AS ?name)"
            raise MalformedFile(message, file=file, line=_find_word("CONSTRUCT", text))
        if isinstance(triple[1], Variable):
            message = "a rule names the properties of the statements that it makes"
            line = _find_word(f"?{triple[1]}", text)
            raise MalformedFile(message, file=file, line=line, value=f"?{triple[1]}")
        yield tuple(
            f"?{term}" if isinstance(term, Variable) else to_oxigraph(term) for term in triple
        )


def _list_read(algebra: Any) -> Iterator[str]:
    """Yield the properties of the patterns of a query, and the classes of those with a type."""
    from rdflib import URIRef

    for node in _walk(algebra):
        if not isinstance(node, dict) or "triples" not in node:
            continue
        terms = list(_flatten(node["triples"]))
        for predicate, value in zip(terms[1::3], terms[2::3], strict=True):
            if predicate == URIRef(TYPE):
                yield str(value) if isinstance(value, URIRef) else TYPE
            else:
                yield from (str(part) for part in _walk(predicate) if isinstance(part, URIRef))


def _flatten(triples: Iterable) -> Iterator[Any]:
    """Yield the terms of patterns, three for each; the parser has them in lists of any length."""
    for part in triples:
        if isinstance(part, list | tuple):
            yield from _flatten(part)
        else:
            yield part


def _key(pattern: Pattern) -> str:
    """Return what a statement is read by: its property, or the class of one of a type."""
    _, predicate, value = pattern
    is_typed = predicate.value == TYPE and isinstance(value, ox.NamedNode)
    return value.value if is_typed else predicate.value


def _list_declared(ontology: Iterable[ox.Triple], kinds: Collection[str]) -> set[str]:
    return {
        triple.subject.value
        for triple in ontology
        if triple.predicate.value == TYPE and triple.object.value in kinds
    }


def _find_word(words: str, text: str) -> int | None:
    """Return the line of the first token that is one of `words`, apart by |, in any case."""
    for token in list_tokens(text):
        if token.group().upper() in words.upper().split("|"):
            return text.count("\n", 0, token.start()) + 1
    return None

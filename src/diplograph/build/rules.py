"""The rules of a home: read from ontology/rules/*.rq, checked, described for those who ask why.

A rule is a SPARQL CONSTRUCT whose first line says in words what it makes. Rules run in the order of
their files' names, each once. A rule reads nothing that it or a later rule makes, so what it found
when it ran is what it finds in the finished graph.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox

from diplograph.build.questions import read_title
from diplograph.core.errors import MalformedFile, QuerySyntaxError, Refused
from diplograph.core.names import PREFIXES, TYPE, compact, is_slug
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
class Edge:
    """A statement that a pattern of a rule uses, as SPARQL; `context` joins it to the pattern."""

    subject: str
    predicate: str
    value: str
    context: str = ""


@dataclass(frozen=True)
class UsedPatterns:
    """The patterns of one group of a rule that have to hold: as SPARQL, and by their statements.

    `variables` are those of the rule in it. A property path has an edge for each of its steps.
    """

    text: str
    variables: frozenset[str]
    edges: tuple[Edge, ...]


@dataclass(frozen=True)
class Rule:
    """A rule: the stem and the name of its file, its first line in words, and its text.

    `makes` are the statements of its template; `reads` the properties, and the classes, of which it
    reads statements. `where` is its WHERE clause in braces, below the declarations of `prologue`,
    with `variables`; `uses` are the patterns in it outside of negation and of SELECT.
    """

    name: str
    file: str
    title: str
    text: str
    makes: tuple[Pattern, ...]
    reads: frozenset[str]
    prologue: str
    where: str
    variables: tuple[str, ...]
    uses: tuple[UsedPatterns, ...]

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
    prologue, where = _split(text)
    variables = tuple(sorted(map(str, query.algebra.p.PV)))
    uses = tuple(map(_describe_group, _list_groups(query.algebra.p)))
    title = read_title(text)
    return Rule(name, file, title, text, template, reads, prologue, where, variables, uses)


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
            if not declared and key != TYPE:
                message = "a rule makes statements of properties and classes of the ontology alone"
                raise rule.fail(f"{message}: declare this one there, or correct its name", key)
        later |= dict.fromkeys(made, rule.file)
        for key in sorted(rule.reads & later.keys()):
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


def _split(text: str) -> tuple[str, str]:
    """Return the declarations of a CONSTRUCT and its WHERE clause in braces."""
    tokens = list_tokens(text)
    words = [token.group().upper() for token in tokens]
    start = words.index("CONSTRUCT")
    prologue, groups, depth = text[: tokens[start].start()], [], 0
    for token, word in zip(tokens[start:], words[start:], strict=True):
        if word == "{" and not depth:
            begin = token.start()
        depth += (word == "{") - (word == "}")
        if word == "}" and not depth:
            groups.append(text[begin : token.end()])
    return prologue, groups[-1]


def _list_groups(node: Any) -> Iterator[list[tuple]]:
    """Yield the patterns of each group that has to hold, or may (OPTIONAL, UNION)."""
    if node.name == "BGP":
        yield node.triples
    elif node.name == "ToMultiSet":  # a SELECT or VALUES
        return
    else:
        for part in ("p", "p1") if node.name == "Minus" else ("p", "p1", "p2"):
            if part in node:
                yield from _list_groups(node[part])


def _describe_group(triples: Iterable[tuple]) -> UsedPatterns:
    from rdflib import BNode, Variable

    names = {}
    for term in _flatten(triples):
        if isinstance(term, BNode):
            names.setdefault(term, Variable(f"premise_blank{len(names)}"))
    patterns = [tuple(names.get(term, term) for term in triple) for triple in triples]
    variables = {term for triple in patterns for term in triple if isinstance(term, Variable)}
    fresh = (Variable(f"premise_{number}") for number in count())
    return UsedPatterns(
        " ".join(map(_write_pattern, patterns)),
        frozenset(map(str, variables - set(names.values()))),
        tuple(edge for pattern in patterns for edge in _list_edges(*pattern, fresh)),
    )


def _list_edges(subject: Any, path: Any, value: Any, fresh: Iterator[Any]) -> Iterator[Edge]:
    """Yield the statements on a property path between two terms; none of one that negates."""
    from rdflib import paths

    if not isinstance(path, paths.Path):
        yield Edge(subject.n3(), path.n3(), value.n3())
    elif isinstance(path, paths.InvPath):
        yield from _list_edges(value, path.arg, subject, fresh)
    elif isinstance(path, paths.AlternativePath):
        for choice in path.args:
            yield from _list_edges(subject, choice, value, fresh)
    elif isinstance(path, paths.MulPath) and path.mod == paths.ZeroOrOne:
        yield from _list_edges(subject, path.path, value, fresh)
    elif isinstance(path, paths.MulPath):
        begin, end = next(fresh), next(fresh)
        before, after = (subject, path.path * "*", begin), (end, path.path * "*", value)
        yield from _join(_list_edges(begin, path.path, end, fresh), [before, after])
    elif isinstance(path, paths.SequencePath):
        nodes = [subject, *(next(fresh) for _ in path.args[1:]), value]
        steps = list(zip(nodes, path.args, nodes[1:], strict=False))
        for step in steps:
            others = [other for other in steps if other is not step]
            yield from _join(_list_edges(*step, fresh), others)


def _join(edges: Iterable[Edge], patterns: Iterable[tuple]) -> Iterator[Edge]:
    context = " ".join(map(_write_pattern, patterns))
    for edge in edges:
        yield replace(edge, context=f"{edge.context} {context}".strip())


def _write_pattern(pattern: tuple) -> str:
    return " ".join(term.n3() for term in pattern) + " ."


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

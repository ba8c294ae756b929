"""The rules of a home: read from ontology/rules/*.rq, checked, described for those who ask why.

A rule is a SPARQL CONSTRUCT whose first line says in words what it makes. Rules run in the order of
their files' names, each once. A rule reads nothing that it or a later rule makes, so what it found
when it ran is what it finds in the finished graph.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyoxigraph as ox

from diplograph.build.questions import read_title
from diplograph.core.errors import MalformedFile, QuerySyntaxError, Refused
from diplograph.core.names import LABEL, PREFIXES, TYPE, compact, is_slug
from diplograph.sparql.check import check_query, list_tokens, locate_iris, rename_keyword

# A term, or the name of a variable with its question mark.
Pattern = tuple[ox.NamedNode | ox.Literal | str, ...]

_OWL, _RDF, _RDFS, _SH = (PREFIXES[prefix] for prefix in ("owl", "rdf", "rdfs", "sh"))
_PROPERTIES = {f"{_OWL}{kind}Property" for kind in ("Annotation", "Datatype", "Object")}
_PROPERTIES |= {f"{_RDF}Property"}
_CLASSES = {f"{_OWL}Class", f"{_RDFS}Class"}
# Properties of all things: no ontology declares them, and any rule may read and make them.
_BUILT_IN = {LABEL, TYPE}
# Keywords that a rule may not have, and why.
_RANDOM = "its result differs from build to build"
_ELSEWHERE = "a rule reads the default graph alone"
_UNORDERED = "which of several it takes is not determined"
_REFUSED = {
    "GRAPH": _ELSEWHERE,
    "FROM": _ELSEWHERE,
    **dict.fromkeys(("BNODE", "NOW", "RAND", "STRUUID", "UUID"), _RANDOM),
    "GROUP_CONCAT": "the order of its texts is not determined",
    **dict.fromkeys(("SAMPLE", "LIMIT", "OFFSET"), _UNORDERED),
}
_FORMS = ("ASK", "CONSTRUCT", "DESCRIBE", "SELECT")
# Stands for a variable where a template is read as Turtle.
_VARIABLE = "urn:x-diplograph:variable:"


@dataclass(frozen=True)
class Rule:
    """A rule: the stem and the name of its file, its first line in words, and its text.

    `makes` are the statements of its template, `reads` all IRIs in `where`: its WHERE clause in
    braces, below the declarations of `prologue`.
    """

    name: str
    file: str
    title: str
    text: str
    makes: tuple[Pattern, ...]
    reads: frozenset[str]
    prologue: str
    where: str

    def fail(self, message: str, value: str) -> MalformedFile:
        """Return the error that this rule is not one, at the first mention of the IRI `value`."""
        line = next((number for iri, number in locate_iris(self.text) if iri == value), None)
        return MalformedFile(message, file=self.file, line=line, value=compact(value))


def make_rule(text: str, file: str) -> Rule:
    """Return the rule with that text.

    Raises MalformedFile, with file and line, for what does not begin with its words, is no
    CONSTRUCT, makes a blank node, names a graph or an endpoint, or has a result that the
    statements alone do not determine.
    """
    name, title = Path(file).stem, read_title(text)
    if not title:
        message = "line 1 must be a comment: what the rule makes, in words"
        raise MalformedFile(message, file=file, line=1)
    if not is_slug(name):
        message = "the name of a rule is part of an IRI: make it of letters (A to Z), digits, - and"
        raise MalformedFile(f"{message} _", file=file)
    _check_text(text, file)
    prologue, *groups = _split(text, file)
    template, where = groups[0], groups[-1]  # one and the same in CONSTRUCT WHERE { ... }
    makes = tuple(_read_template(prologue, template, text, file))
    reads = frozenset(iri for iri, _ in locate_iris(prologue + where))
    return Rule(name, file, title, text, makes, reads, prologue, where)


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
            if not declared and key not in _BUILT_IN:
                message = "a rule makes statements of properties and classes of the ontology alone"
                raise rule.fail(f"{message}: declare this one there, or correct its name", key)
        later |= dict.fromkeys(made, rule.file)
        for key in sorted((rule.reads & later.keys()) - _BUILT_IN):
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


def _check_text(text: str, file: str) -> None:
    """Refuse what is no query, and what has one of the keywords that no rule has."""
    try:
        check_query(text)
    except QuerySyntaxError as error:
        raise MalformedFile(error.message, file=file, line=error.line) from error
    except Refused as error:
        raise MalformedFile(str(error), file=file, line=_find_word("SERVICE", text)) from error
    if not _has_keyword("|".join(_REFUSED), text):
        return
    word = next(word for word in _REFUSED if _has_keyword(word, text))
    message = f"a rule has no {word}: {_REFUSED[word]}"
    raise MalformedFile(message, file=file, line=_find_word(word, text))


def _has_keyword(words: str, text: str) -> bool:
    """Return whether a query has one of these words as a keyword, which the parser decides."""
    try:
        check_query(rename_keyword(text, re.compile(words, re.IGNORECASE | re.ASCII)))
    except QuerySyntaxError:
        return True
    return False


def _split(text: str, file: str) -> list[str]:
    """Return the declarations of a CONSTRUCT, and the groups in braces: template and WHERE."""
    tokens = list_tokens(text)
    words = [token.group().upper() for token in tokens]
    first = next(n for n, word in enumerate(words) if word in _FORMS)
    if words[first] != "CONSTRUCT":
        message = "a rule is a CONSTRUCT query: it makes statements"
        raise MalformedFile(message, file=file, line=text.count("\n", 0, tokens[first].start()) + 1)
    groups, depth = [text[: tokens[first].start()]], 0
    for token, word in zip(tokens[first:], words[first:], strict=True):
        if word == "{" and not depth:
            begin = token.start()
        depth += (word == "{") - (word == "}")
        if word == "}" and not depth:
            groups.append(text[begin : token.end()])
    return groups


def _read_template(prologue: str, template: str, text: str, file: str) -> Iterator[Pattern]:
    """Yield the statements of a template, read as Turtle with IRIs for its variables."""
    pieces = [
        f"<{_VARIABLE}{token.group()[1:]}>" if token.lastgroup == "variable" else token.group()
        for token in list_tokens(template[1:-1])
    ]
    end = "" if pieces[-1:] == ["."] else "."
    for quad in ox.parse(f"{prologue} {' '.join(pieces)} {end}", format=ox.RdfFormat.TURTLE):
        if any(isinstance(term, ox.BlankNode) for term in (quad.subject, quad.object)):
            message = "a rule makes no blank nodes: name what it makes by BIND (IRI(...) AS ?name)"
            raise MalformedFile(message, file=file, line=_find_word("CONSTRUCT", text))
        pattern = tuple(map(_read_variable, quad.triple))
        if isinstance(pattern[1], str):
            message = "a rule names the properties of the statements that it makes"
            line = _find_word(pattern[1], text)
            raise MalformedFile(message, file=file, line=line, value=pattern[1])
        yield pattern


def _read_variable(term: ox.NamedNode | ox.Literal) -> ox.NamedNode | ox.Literal | str:
    is_variable = isinstance(term, ox.NamedNode) and term.value.startswith(_VARIABLE)
    return f"?{term.value.removeprefix(_VARIABLE)}" if is_variable else term


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


def _find_word(word: str, text: str) -> int | None:
    """Return the line of the first token that is `word`, in any case."""
    for token in list_tokens(text):
        if token.group().upper() == word.upper():
            return text.count("\n", 0, token.start()) + 1
    return None

"""The questions a graph comes with: read from queries/*.rq, their parameters filled in safely."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Protocol

import pyoxigraph as ox

from diplograph.core.dates import parse_as_of
from diplograph.core.errors import (
    MalformedFile,
    UnknownParameter,
    UnknownPrefix,
    UnknownQuestion,
    UsageError,
)
from diplograph.core.files import decode, read_bytes
from diplograph.core.names import PREFIXES, QUESTIONS_GRAPH, expand, is_curie

_XSD = PREFIXES["xsd"]
_MARK = re.compile(r"#\s*parameter\s*$")
_LINE = re.compile(
    r"(?P<head>\s*VALUES\s+\?(?P<name>\w+)\s*\{)\s*(?P<terms>.*?)\s*\}(?P<tail>\s*#\s*parameter\s*)$",
    re.IGNORECASE,
)
_PROLOGUE = re.compile(r"^\s*PREFIX\s+[^\s:]*:\s*<[^>]*>", re.IGNORECASE | re.MULTILINE)
_QUOTED = re.compile(r"""["'].*["'](@[A-Za-z-]+|\^\^\S+)?""", re.DOTALL)


class QuestionHome(Protocol):
    """A home as far as its questions go; a `core.home.Home` is one."""

    root: Path
    queries: Path


@dataclass(frozen=True)
class Parameter:
    """One `VALUES ?name { default }  # parameter` line; `terms` holds None for UNDEF."""

    name: str
    default: str
    terms: tuple[ox.NamedNode | ox.Literal | None, ...] = ()

    @property
    def names_things(self) -> bool:
        """Whether a value names a thing (an IRI) and not a text, number or date."""
        return all(isinstance(term, ox.NamedNode) for term in self.terms) and bool(self.terms)


@dataclass(frozen=True)
class Question:
    """One runnable SPARQL text, the question it answers in words, and what may be varied in it."""

    name: str
    title: str
    text: str
    parameters: tuple[Parameter, ...] = ()

    def filled(self, **values: object) -> str:
        """Return the text with the given parameters' terms in place of their defaults.

        A value is a CURIE, an IRI, a literal (`"text"@en`, `"1"^^xsd:integer`, or plain: it then
        takes the datatype of the default), a number, a datetime, a term, or a list of several.
        Only the VALUES lines change. Raises UnknownParameter, UnknownPrefix, MalformedDate, or
        UsageError for a value that is no term of the parameter's kind.
        """
        known = {parameter.name: parameter for parameter in self.parameters}
        for name in values:
            if name not in known:
                raise UnknownParameter(_unknown_parameter(self, name))
        written = {
            name: " ".join(str(term) for term in _terms(known[name], value))
            for name, value in values.items()
        }
        return "".join(_refilled(line, written) for line in self.text.splitlines(keepends=True))


def read_questions(home: QuestionHome) -> dict[str, Question]:
    """Return the questions of `home` by name (the file's stem), in order of name.

    Raises UnreadableFile, and MalformedFile for a file that lacks its question on line 1 or marks
    as a parameter a line that is none.
    """
    return {path.stem: read_question(path, home.root) for path in list_question_files(home)}


def list_question_files(home: QuestionHome) -> list[Path]:
    """Return the files of the questions of `home`, sorted by name."""
    return sorted(home.queries.glob("*.rq"))


def read_question(path: Path, root: Path | None = None) -> Question:
    """Return the question in the file at `path`; errors name the file relative to `root`.

    One of a home, with a `root`, begins with the question in words; any other file may.
    """
    file = path.relative_to(root).as_posix() if root else str(path)
    return make_question(decode(read_bytes(path, file=file), file=file), file, titled=bool(root))


def make_question(text: str, file: str, *, titled: bool = True) -> Question:
    """Return the question that `text` of a file of that name is; it is called by the file's stem.

    Raises MalformedFile as `read_questions` does; only one that is `titled` needs its words.
    """
    title = text.partition("\n")[0]
    words = title.lstrip("# ").strip() if title.startswith("#") else ""
    if titled and not words:
        raise MalformedFile("line 1 must be a comment: the question in words", file=file, line=1)
    return Question(Path(file).stem, words, text, read_parameters(text, file))


def read_parameters(text: str, file: str = "query") -> tuple[Parameter, ...]:
    """Return the parameters of a query text in order of appearance.

    Raises MalformedFile for a line that is marked as a parameter and cannot be one.
    """
    found: dict[str, Parameter] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not _MARK.search(line) or line.lstrip().startswith("#"):
            continue
        matched = _LINE.match(line)
        if not matched:
            message = "a parameter is a line of its own: VALUES ?name { term ... }  # parameter"
            raise MalformedFile(message, file=file, line=number, value=line.strip())
        name, default = matched["name"], matched["terms"]
        terms = _default_terms(text, default, file, number)
        if found.get(name, Parameter(name, default, terms)).terms != terms:
            message = f"parameter {name!r} has another default further up"
            raise MalformedFile(message, file=file, line=number, value=default)
        found.setdefault(name, Parameter(name, default, terms))
    return tuple(found.values())


def find_question(questions: Mapping[str, Question], name: str) -> Question:
    """Return the question called `name`; raises UnknownQuestion with near matches."""
    if name in questions:
        return questions[name]
    near = get_close_matches(name, questions, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise UnknownQuestion(f"no question is called {name!r}{hint}")


def _default_terms(text: str, default: str, file: str, line: int) -> tuple:
    prologue = "\n".join(_PROLOGUE.findall(text))
    try:
        rows = ox.Store().query(f"{prologue}\nSELECT ?value {{ VALUES ?value {{ {default} }} }}")
        return tuple(row["value"] for row in rows)
    except (SyntaxError, ValueError) as error:
        message = "these terms cannot be parsed with the PREFIX lines of this query"
        raise MalformedFile(message, file=file, line=line, value=default) from error


def _refilled(line: str, written: Mapping[str, str]) -> str:
    body = line.rstrip("\r\n")
    matched = _LINE.match(body) if _MARK.search(body) else None
    if not matched or matched["name"] not in written:
        return line
    filled = f"{matched['head']} {written[matched['name']]} }}{matched['tail']}"
    return filled + line[len(body) :]


def _terms(parameter: Parameter, value: object) -> list:
    several = isinstance(value, Iterable) and not isinstance(value, str)
    values = list(value) if several else [value]
    if not values:
        raise UsageError(f"parameter {parameter.name!r} was given no value")
    return [_term(parameter, each) for each in values]


def _term(parameter: Parameter, value: object) -> ox.NamedNode | ox.Literal:
    if isinstance(value, ox.NamedNode | ox.Literal):
        return value
    if isinstance(value, date):
        return _moment(value.isoformat())
    if isinstance(value, bool | int | float):
        return ox.Literal(value)
    text = str(getattr(value, "iri", value)).strip()
    if _QUOTED.fullmatch(text):
        return _written_literal(parameter, text)
    kinds = [term for term in parameter.terms if term is not None]
    if kinds and all(isinstance(kind, ox.Literal) for kind in kinds):
        return _literal_like(kinds[0], text)
    if parameter.names_things or is_curie(text) or re.match(r"<|\w+://", text):
        return _iri(parameter, text)
    return ox.Literal(text)


def _iri(parameter: Parameter, text: str) -> ox.NamedNode:
    try:
        return ox.NamedNode(expand(text))
    except UnknownPrefix:
        if ":" in text:
            raise
        raise UsageError(
            f"parameter {parameter.name!r} names a thing: {text!r} is no CURIE and no IRI"
        ) from None
    except ValueError as error:
        raise UsageError(f"parameter {parameter.name!r}: {text!r} is no IRI ({error})") from error


def _literal_like(example: ox.Literal, text: str) -> ox.Literal:
    if example.language:
        return ox.Literal(text, language=example.language)
    datatype = example.datatype.value
    if datatype == f"{_XSD}dateTime":
        return _moment(text)
    if datatype == f"{_XSD}boolean" and text not in {"true", "false"}:
        raise UsageError(f"{text!r} is neither true nor false")
    if datatype in {f"{_XSD}integer", f"{_XSD}nonNegativeInteger"} and not text.isdecimal():
        raise UsageError(f"{text!r} is not a whole number")
    return ox.Literal(text, datatype=example.datatype)


def _moment(text: str) -> ox.Literal:
    return ox.Literal(parse_as_of(text), datatype=ox.NamedNode(f"{_XSD}dateTime"))


def _written_literal(parameter: Parameter, text: str) -> ox.Literal:
    prefixes = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
    document = f"{prefixes}<urn:a> <urn:b> {text} ."
    try:
        objects = [quad.object for quad in ox.parse(document, format=ox.RdfFormat.TURTLE)]
    except SyntaxError as error:
        raise UsageError(f"parameter {parameter.name!r}: {text} is no literal") from error
    if len(objects) != 1 or not isinstance(objects[0], ox.Literal):
        raise UsageError(f"parameter {parameter.name!r}: {text} is not one literal")
    return objects[0]


def _unknown_parameter(question: Question, name: str) -> str:
    names = ", ".join(parameter.name for parameter in question.parameters)
    takes = f"its parameters are {names}" if names else "it has no parameters"
    return f"question {question.name!r} has no parameter {name!r}; {takes}"


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

"""The questions of a home: read from queries/*.rq, filled with values, described for query editors.

A question is a SPARQL query whose first line is the question in words. What may be varied in it is
a parameter: a line `VALUES ?name { default }  # parameter: Its name in a form`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path

import pyoxigraph as ox

from diplograph.core.dates import parse_as_of
from diplograph.core.errors import (
    MalformedFile,
    UnknownParameter,
    UnknownPrefix,
    UnknownQuestion,
    UsageError,
)
from diplograph.core.files import decode, read_bytes, read_regular
from diplograph.core.inputs import QuestionHome, find_question_files
from diplograph.core.names import PREFIXES, QUESTIONS_GRAPH, TYPE, expand, is_curie, is_slug
from diplograph.sparql.results import split_words

_SH, _XSD = PREFIXES["sh"], PREFIXES["xsd"]
_TYPE = ox.NamedNode(TYPE)
_COMMENT = ox.NamedNode(PREFIXES["rdfs"] + "comment")
_MARK = re.compile(r"#\s*parameter(?::\s*(?P<words>\S.*?))?\s*$")
_LINE = re.compile(
    r"(?P<head>\s*VALUES\s+\?(?P<name>\w+)\s*\{)\s*(?P<terms>.*?)\s*\}(?P<tail>\s*#\s*parameter(?::.*)?)$",
    re.IGNORECASE,
)
_PROLOGUE = re.compile(r"^\s*PREFIX\s+[^\s:]*:\s*<[^>]*>", re.IGNORECASE | re.MULTILINE)
_QUOTED = re.compile(r"""["'].*["'](@[A-Za-z-]+|\^\^\S+)?""", re.DOTALL)
_FORM = re.compile(
    r"(?:\s|#[^\n]*|PREFIX\s+[^\s:]*:\s*<[^>]*>|BASE\s*<[^>]*>)*+(SELECT|ASK|CONSTRUCT|DESCRIBE)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a question; `terms` are those of `default`, None for UNDEF.

    `words` are its name in a form: those of the file, else the name in words.
    """

    name: str
    default: str
    terms: tuple[ox.NamedNode | ox.Literal | None, ...] = ()
    words: str = ""

    @property
    def names_things(self) -> bool:
        """Whether its values are things (IRIs), not texts, numbers or dates."""
        return all(isinstance(term, ox.NamedNode) for term in self.terms) and bool(self.terms)


@dataclass(frozen=True)
class Question:
    """A SPARQL query: its name, the question in words, its text, its parameters, and its file."""

    name: str
    title: str
    text: str
    parameters: tuple[Parameter, ...] = ()
    file: str = ""

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
                names = ", ".join(known)
                takes = f"its parameters are {names}" if names else "it has no parameters"
                raise UnknownParameter(f"question {self.name!r} has no parameter {name!r}; {takes}")
        written = {
            name: " ".join(map(str, _make_terms(known[name], value)))
            for name, value in values.items()
        }
        return "".join(_fill_line(line, written) for line in self.text.splitlines(keepends=True))


def read_questions(home: QuestionHome) -> dict[str, Question]:
    """Return the questions of `home` by name (the file's stem), in order of name.

    Raises UnreadableFile, and MalformedFile without a question on line 1, for a bad parameter, and
    for a name that is none for an address or that another question has.
    """
    return name_questions(
        make_question(decode(read_regular(path, file=file), file=file), file)
        for file, path in find_question_files(home).paths.items()
    )


def name_questions(questions: Iterable[Question]) -> dict[str, Question]:
    """Return the questions by name; raises MalformedFile for two of one name."""
    named: dict[str, Question] = {}
    for question in questions:
        if question.name in named:
            message = "there is another question of this name: rename one of them"
            raise MalformedFile(message, file=question.file)
        named[question.name] = question
    return named


def read_question(path: Path, root: Path | None = None) -> Question:
    """Return the question in the file at `path`; errors name the file relative to `root`.

    With a `root`, the file must begin with the question in words; any other file may.
    """
    file = path.relative_to(root).as_posix() if root else str(path)
    return make_question(decode(read_bytes(path, file=file), file=file), file, titled=bool(root))


def make_question(text: str, file: str, *, titled: bool = True) -> Question:
    """Return the question with that text; its name is the stem of `file`.

    Raises MalformedFile as `read_questions` does; only a `titled` one needs its words on line 1.
    """
    words = read_title(text)
    if titled and not words:
        raise MalformedFile("line 1 must be a comment: the question in words", file=file, line=1)
    name = Path(file).stem
    if titled and not is_slug(name):
        message = "the name of a question is part of addresses: make it of letters (A to Z), digits"
        raise MalformedFile(f"{message}, - and _", file=file)
    return Question(name, words, text, read_parameters(text, file), file)


def read_title(text: str) -> str:
    """Return the words of the comment that is line 1 of a query, "" where that is none."""
    line = text.partition("\n")[0]
    return line.lstrip("# ").strip() if line.startswith("#") else ""


def read_parameters(text: str, file: str = "query") -> tuple[Parameter, ...]:
    """Return the parameters of a query text, in order; raises MalformedFile for a malformed one."""
    parameters: dict[str, Parameter] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        mark = _MARK.search(line)
        if not mark or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(line)
        if not match:
            message = "a parameter needs its own line: VALUES ?name { term ... }  # parameter"
            raise MalformedFile(message, file=file, line=number, value=line.strip())
        name, default = match["name"], match["terms"]
        terms = _parse_default(text, default, file, number)
        words = mark["words"] or split_words(name)
        parameter = parameters.setdefault(name, Parameter(name, default, terms, words))
        if parameter.terms != terms:
            message = f"parameter {name!r} has another default further up"
            raise MalformedFile(message, file=file, line=number, value=default)
    return tuple(parameters.values())


def find_question(questions: Mapping[str, Question], name: str) -> Question:
    """Return the question called `name`; raises UnknownQuestion with near matches."""
    if name in questions:
        return questions[name]
    near = get_close_matches(name, questions, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise UnknownQuestion(f"no question is called {name!r}{hint}")


# ---- terms of parameters -----------------------------------------------------------------------


def _parse_default(text: str, default: str, file: str, line: int) -> tuple:
    prologue = "\n".join(_PROLOGUE.findall(text))
    try:
        rows = ox.Store().query(f"{prologue}\nSELECT ?value {{ VALUES ?value {{ {default} }} }}")
        return tuple(row["value"] for row in rows)
    except (SyntaxError, ValueError) as error:
        message = "these terms cannot be parsed with the PREFIX lines of this query"
        raise MalformedFile(message, file=file, line=line, value=default) from error


def _fill_line(line: str, written: Mapping[str, str]) -> str:
    """Return `line`, with the terms of a parameter replaced where it is the line of one."""
    body = line.rstrip("\r\n")
    match = _LINE.match(body) if _MARK.search(body) else None
    if not match or match["name"] not in written:
        return line
    return f"{match['head']} {written[match['name']]} }}{match['tail']}{line[len(body) :]}"


def _make_terms(parameter: Parameter, value: object) -> list[ox.NamedNode | ox.Literal]:
    several = isinstance(value, Iterable) and not isinstance(value, str)
    values = list(value) if several else [value]
    if not values:
        raise UsageError(f"parameter {parameter.name!r} was given no value")
    return [_make_term(parameter, member) for member in values]


def _make_term(parameter: Parameter, value: object) -> ox.NamedNode | ox.Literal:
    if isinstance(value, ox.NamedNode | ox.Literal):
        return value
    if isinstance(value, date):
        moment = parse_as_of(value.isoformat())
        return ox.Literal(moment, datatype=ox.NamedNode(f"{_XSD}dateTime"))
    if isinstance(value, bool | int | float):
        return ox.Literal(value)
    text = str(getattr(value, "iri", value)).strip()
    if _QUOTED.fullmatch(text):
        return _parse_literal(parameter, text)
    defaults = [term for term in parameter.terms if term is not None]
    if defaults and all(isinstance(term, ox.Literal) for term in defaults):
        return _make_literal_like(defaults[0], text)
    if parameter.names_things or is_curie(text) or re.match(r"<|\w+://", text):
        return _make_iri(parameter, text)
    return ox.Literal(text)


def _make_iri(parameter: Parameter, text: str) -> ox.NamedNode:
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


def _make_literal_like(example: ox.Literal, text: str) -> ox.Literal:
    if example.language:
        return ox.Literal(text, language=example.language)
    datatype = example.datatype.value
    if datatype == f"{_XSD}dateTime":
        text = parse_as_of(text)
    if datatype == f"{_XSD}boolean" and text not in {"true", "false"}:
        raise UsageError(f"{text!r} is neither true nor false")
    if datatype in {f"{_XSD}integer", f"{_XSD}nonNegativeInteger"} and not text.isdecimal():
        raise UsageError(f"{text!r} is not a whole number")
    return ox.Literal(text, datatype=example.datatype)


def _parse_literal(parameter: Parameter, text: str) -> ox.Literal:
    prefixes = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
    document = f"{prefixes}<urn:a> <urn:b> {text} ."
    try:
        objects = [quad.object for quad in ox.parse(document, format=ox.RdfFormat.TURTLE)]
    except SyntaxError as error:
        raise UsageError(f"parameter {parameter.name!r}: {text} is no literal") from error
    if len(objects) != 1 or not isinstance(objects[0], ox.Literal):
        raise UsageError(f"parameter {parameter.name!r}: {text} is not one literal")
    return objects[0]


# ---- descriptions for query editors ------------------------------------------------------------


def describe_questions(questions: Iterable[Question]) -> frozenset[ox.Triple]:
    """Return the questions as SHACL's SPARQL executables; with any, declarations of PREFIXES."""
    statements: set[ox.Triple] = set()
    graph = ox.NamedNode(QUESTIONS_GRAPH)

    def state(subject: ox.NamedNode, local: str, value: ox.NamedNode | ox.Literal) -> None:
        statements.add(ox.Triple(subject, ox.NamedNode(_SH + local), value))

    for question in questions:
        match = _FORM.match(question.text)
        if not match:
            continue
        form = match[1].lower()
        executable = ox.NamedNode(PREFIXES["query"] + question.name)
        kinds = ["SPARQLExecutable"]
        if form != "describe":  # for which SHACL has no class
            kinds.append(f"SPARQL{form.title()}Executable")
        statements.update(ox.Triple(executable, _TYPE, ox.NamedNode(_SH + k)) for k in kinds)
        comment = ox.Literal(question.title, language="en")
        statements.add(ox.Triple(executable, _COMMENT, comment))
        state(executable, form, ox.Literal(question.text))
        state(executable, "prefixes", graph)
    for prefix, iri in PREFIXES.items() if statements else ():
        declaration = ox.NamedNode(PREFIXES["prefix"] + prefix)
        kind = ox.NamedNode(_SH + "PrefixDeclaration")
        statements.add(ox.Triple(declaration, _TYPE, kind))
        state(graph, "declare", declaration)
        state(declaration, "prefix", ox.Literal(prefix))
        any_uri = ox.NamedNode(_XSD + "anyURI")
        state(declaration, "namespace", ox.Literal(iri, datatype=any_uri))
    return frozenset(statements)

"""Files → Asserted: every statement of a home by named graph, with the file and line of each."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import metadata
from pathlib import Path

import pyoxigraph as ox

from diplograph.build.questions import Question, make_question, name_questions
from diplograph.build.rules import Rule, check_rules, make_rule
from diplograph.build.structure import check_structure
from diplograph.core import names
from diplograph.core.blank_nodes import number_blank_nodes, relabel
from diplograph.core.dates import date_bounds
from diplograph.core.edtf import EDTF_DATATYPES, check_literal
from diplograph.core.errors import MalformedDate, MalformedFile
from diplograph.core.files import decode, read_regular
from diplograph.core.formats import STATEMENTS
from diplograph.core.home import PACKAGE, Home
from diplograph.core.inputs import find_question_files, find_rdf_files, find_rule_files
from diplograph.core.lines import Lines
from diplograph.core.rdf import Location, Term, parse_rdf, read_lines
from diplograph.core.syntax import holds_nothing, syntax_of

# Libraries that decide what follows from the inputs, what shapes find, and how a build is written.
LIBRARIES = ("owlrl", "pyoxigraph", "pyshacl", "rdflib")
# Packages that only read a build; every other module can change what a build holds.
READERS = frozenset({"__init__.py", "__main__.py", "api", "cli", "pool", "remote", "views", "web"})

# Suffixes of addresses; a report's name that ends in one would be taken for a format.
_FORMATS = tuple(f".{form.suffix}" for form in STATEMENTS.values())
# What a label of a blank node that begins with a file's name does not hold as it is.
_LABEL_ESCAPED = re.compile(r"[^A-Za-z0-9-]")
_EDTF = frozenset(names.PREFIXES["dg"] + local for local in ("edtf", "publishedOn"))


@dataclass(frozen=True)
class Asserted:
    """What the files of `home` assert: graph IRI to statements; the shapes are in their own graph.

    `texts` holds each file's text by its name, `questions` the queries by name, `rules` are in the
    order they run; `digest` is the SHA-256 of all of them and of the software that reads them;
    `warnings` are sentences about files that are not read, or hold nothing.
    """

    home: Home
    graphs: Mapping[str, frozenset[ox.Triple]]
    texts: Mapping[str, str]
    digest: str
    questions: Mapping[str, Question] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()

    def statements(self) -> frozenset[ox.Triple]:
        """Return the statements of the default graph."""
        parts = (part for name, part in self.graphs.items() if names.in_default_graph(name))
        return frozenset().union(*parts)

    def locate(
        self, subject: str, predicate: str | None = None, value: str | None = None
    ) -> Location | None:
        """Return where `subject`, its `predicate` or that `value` of it is written, or None.

        All are IRIs or lexical forms. Where the value or predicate is not written as such, the next
        wider place: the predicate's first value, the subject's block, or its first mention.
        """
        blocks = [(file, lines) for file, lines in self._lines.items() if subject in lines.subjects]
        if blocks:
            file, lines = min(blocks, key=lambda block: block[1].rank(subject, predicate, value))
            return Location(file, lines.find(subject, predicate, value))
        mentions = ((file, lines.mentions(subject)) for file, lines in self._lines.items())
        return next((Location(file, line) for file, line in mentions if line), None)

    def locate_value(self, predicate: str, value: str) -> Location | None:
        """Return where anything, as a blank node, is said to have that value, or None."""
        places = ((file, lines.states(predicate, value)) for file, lines in self._lines.items())
        return next((Location(file, line) for file, line in places if line), None)

    def locate_blank(
        self, node: ox.BlankNode, predicate: str | None = None, value: str | None = None
    ) -> Location | None:
        """Return where a blank node has that value, else that predicate, else where one is."""
        label = node.value.rpartition("-")[0]
        for file, lines in self._lines.items():
            if _label_prefix(file) == label:
                return Location(file, lines.find_blank(predicate, value) or 1)
        return None

    @cached_property
    def _lines(self) -> dict[str, Lines]:
        return {file: read_lines(text, file=file) for file, text in self.texts.items()}


def read_files(home: Home) -> Asserted:
    """Return everything that the files of `home` assert, and its questions.

    Raises UnreadableFile, and MalformedFile, with file, line and value, for a file that is no RDF
    1.1 in the syntax that its name promises, uses an undeclared prefix or one with another IRI than
    the project's, has blank nodes in data or a list that is not well-formed, or holds an invalid
    EDTF date; for the name of a report that no address can have; as read_questions; and as
    make_rule and check_rules.
    """
    inputs = _read_inputs(home)
    texts = {file: decode(content, file=file) for file, content in inputs.contents.items()}
    graphs: dict[str, set[ox.Triple]] = {}
    names_of_graphs = _name_graphs(texts)
    by_file: dict[str, list[ox.Triple]] = {}
    for file, text in texts.items():
        triples = by_file[file] = _read_statements(text, file)
        graphs.setdefault(names_of_graphs[file], set()).update(triples)
    check_structure(by_file, texts)
    ordered = {name: frozenset(graphs[name]) for name in sorted(graphs)}
    questions = name_questions(
        make_question(decode(content, file=file), file)
        for file, content in inputs.questions.items()
    )
    rules = tuple(
        make_rule(decode(content, file=file), file) for file, content in inputs.rules.items()
    )
    check_rules(rules, ordered.get(names.ONTOLOGY_GRAPH, frozenset()))
    return Asserted(home, ordered, texts, inputs.digest, questions, inputs.warnings, rules)


def digest_inputs(home: Home) -> str:
    """Return the digest of `read_files(home)`, nothing parsed; raises UnreadableFile as it does."""
    return _read_inputs(home).digest


def list_warnings(home: Home) -> tuple[str, ...]:
    """Return the warnings of `read_files(home)`, nothing parsed; raises UnreadableFile."""
    return _read_inputs(home).warnings


@dataclass(frozen=True)
class _Inputs:
    """The bytes of the files of RDF, questions and rules by name, and what is to be warned of."""

    contents: Mapping[str, bytes]
    questions: Mapping[str, bytes]
    rules: Mapping[str, bytes]
    passed_over: tuple[str, ...]

    @property
    def digest(self) -> str:
        return _digest({**self.contents, **self.questions, **self.rules})

    @property
    def warnings(self) -> tuple[str, ...]:
        empty = (
            f"{file} holds no statement"
            for file, content in self.contents.items()
            if holds_nothing(decode(content, file=file), syntax_of(file))
        )
        return (*self.passed_over, *empty)


def _read_inputs(home: Home) -> _Inputs:
    kinds = find_rdf_files(home), find_question_files(home), find_rule_files(home)
    contents, questions, rules = (
        {file: read_regular(path, file=file) for file, path in found.paths.items()}
        for found in kinds
    )
    warnings = tuple(warning for found in kinds for warning in found.warnings)
    return _Inputs(contents, questions, rules, warnings)


def _read_statements(text: str, file: str) -> list[ox.Triple]:
    """Return what the file says, checked by itself, with blank nodes that no other file has."""
    if not text.strip():
        return []
    quads, prefixes = parse_rdf(text, file=file)
    triples = [quad.triple for quad in quads]
    _check_prefixes(prefixes, text, file)
    if file.startswith("data/"):
        _refuse_blank_nodes(triples, text, file)
    _check_dates(triples, text, file)
    return _label_blank_nodes(triples, file)


def _name_graphs(files: Iterable[str]) -> dict[str, str]:
    """Return the IRI of the graph of each file; raises MalformedFile for a report's name.

    That is one with characters that an address, a prefix or an IRI does not carry as they are, or
    that gives a graph which another report has.
    """
    graphs = {file: _graph_of(file) for file in files}
    reports: dict[str, str] = {}
    for file, graph in graphs.items():
        if not names.is_report_graph(graph):
            continue
        slug = graph.removeprefix(names.report_graph(""))
        if not names.is_slug(slug) or slug.endswith(_FORMATS):
            advice = f"letters (A to Z), digits, - and _, such as {_suggest_slug(slug)!r}"
            message = f"the name of a report is part of addresses: make it of {advice}"
            raise MalformedFile(message, file=file)
        other = reports.setdefault(graph, file)
        if other != file:
            message = f"{other} would be the same report, {slug}: rename one of them"
            raise MalformedFile(message, file=file)
    return graphs


def _suggest_slug(slug: str) -> str:
    plain = unicodedata.normalize("NFKD", slug).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9_]+", "-", plain).strip("-") or "report-1"


def _graph_of(file: str) -> str:
    """Return the IRI of the graph that the statements of `file` belong to."""
    folder, _, rest = file.rpartition(".")[0].partition("/")
    if folder == "ontology":
        return names.SHAPES_GRAPH if rest.startswith("shapes/") else names.ONTOLOGY_GRAPH
    if rest.startswith("reports/"):
        return names.report_graph(rest.removeprefix("reports/").replace("/", "-"))
    return names.REFERENCE_GRAPH


def _check_prefixes(prefixes: Mapping[str, str], text: str, file: str) -> None:
    """Refuse a prefix that stands for another IRI here than in the project's table."""
    for prefix, iri in prefixes.items():
        kind, _, slug = prefix.partition("-")
        reports = names.report_prefixes(slug) if kind in names.REPORT_KINDS and slug else {}
        expected = {**names.PREFIXES, **reports}.get(prefix, iri)
        if iri != expected:
            message = f"the prefix {prefix}: stands for <{expected}> everywhere; rename this one"
            written = re.escape(prefix)
            pattern = rf"^\s*@?prefix\s+{written}:|xmlns:{written}\s*=|\"{written}\"\s*:"
            raise MalformedFile(message, file=file, line=_line_of(pattern, text), value=iri)


def _line_of(pattern: str, text: str) -> int | None:
    match = re.search(pattern, text, re.IGNORECASE | re.MULTILINE)
    return text.count("\n", 0, match.end()) + 1 if match else None


def _refuse_blank_nodes(triples: Iterable[ox.Triple], text: str, file: str) -> None:
    message = "data has no blank nodes: give this thing an IRI of its own"
    blank = [triple for triple in triples if _is_blank(triple.subject) or _is_blank(triple.object)]
    lines = read_lines(text, file=file) if blank else Lines()
    for triple in blank:
        if not _is_blank(triple.subject):
            line = lines.find(triple.subject.value, triple.predicate.value, None)
            value = names.compact(triple.subject.value)
            raise MalformedFile(message, file=file, line=line, value=value)
    if blank:
        raise MalformedFile(message, file=file, line=lines.find_blank(None, None))


def _is_blank(term: Term) -> bool:
    return isinstance(term, ox.BlankNode)


def _check_dates(triples: Iterable[ox.Triple], text: str, file: str) -> None:
    """Refuse a value of dg:edtf, or a literal with a datatype of EDTF, that is no EDTF."""
    for triple in triples:
        value = triple.object
        datatype = value.datatype.value if isinstance(value, ox.Literal) else ""
        try:
            if triple.predicate.value in _EDTF:
                date_bounds(value.value)
            if datatype in EDTF_DATATYPES:
                check_literal(value.value, datatype)
        except MalformedDate as error:
            lines = read_lines(text, file=file)
            line = lines.find(triple.subject.value, triple.predicate.value, value.value)
            line = line or lines.mentions(value.value)  # the subject has no name of its own
            raise MalformedFile(str(error), file=file, line=line) from error


def _label_blank_nodes(triples: list[ox.Triple], file: str) -> list[ox.Triple]:
    """Return the statements with blank nodes labelled by file and number, in every run the same."""
    numbers = number_blank_nodes(triples)
    base = _label_prefix(file)
    labels = {node: ox.BlankNode(f"{base}-{number}") for node, number in numbers.items()}
    return list(relabel(triples, labels)) if labels else triples


def _label_prefix(file: str) -> str:
    """Return what begins the labels of the blank nodes of `file`, and of no other file."""
    return _LABEL_ESCAPED.sub(_escape_label, file.removesuffix(".ttl"))


def _escape_label(match: re.Match) -> str:
    return "." if match[0] == "/" else f"_{ord(match[0]):x}_"


def list_makers() -> list[Path]:
    """Return the modules of this package that can change what a build holds, sorted."""
    modules = sorted(PACKAGE.rglob("*.py"))
    return [path for path in modules if path.relative_to(PACKAGE).parts[0] not in READERS]


def _digest(contents: Mapping[str, bytes]) -> str:
    """Return the SHA-256 of the versions of libraries, and of modules and inputs by name."""
    digest = hashlib.sha256()
    for package in ("diplograph", *LIBRARIES):
        digest.update(f"\n{package} {metadata.version(package)}".encode())
    modules = [(path.relative_to(PACKAGE).as_posix(), path.read_bytes()) for path in list_makers()]
    for name, content in [*modules, *sorted(contents.items())]:
        digest.update(f"\n{name} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()

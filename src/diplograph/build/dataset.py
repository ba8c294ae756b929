"""Files → Asserted: every statement of a home by named graph, with the file and line of each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from diplograph.build.questions import Question, list_question_files, make_question
from diplograph.core import names
from diplograph.core.dates import date_bounds
from diplograph.core.edtf import EDTF_DATATYPES, check_literal
from diplograph.core.errors import MalformedDate, MalformedFile, UnreadableFile
from diplograph.core.files import decode, read_bytes
from diplograph.core.home import ALIGNMENTS, PACKAGE, Home
from diplograph.core.rdf import Location, Term, parse_turtle

if TYPE_CHECKING:
    from diplograph.core.lines import Lines

# Libraries that decide what follows from the inputs, what shapes find, and how a build is written.
LIBRARIES = ("owlrl", "pyoxigraph", "pyshacl", "rdflib")
# Packages that only read a build; every other module can change what a build holds.
READERS = frozenset({"__init__.py", "__main__.py", "api", "cli", "pool", "remote", "views", "web"})

_EDTF = ox.NamedNode(names.PREFIXES["dg"] + "edtf")


@dataclass(frozen=True)
class Asserted:
    """What the files of `home` assert: graph IRI to statements; the shapes are in their own graph.

    `texts` holds each file's text by its name, `questions` the queries by name; `digest` is the
    SHA-256 of all of them and of the software that reads them.
    """

    home: Home
    graphs: Mapping[str, frozenset[ox.Triple]]
    texts: Mapping[str, str]
    digest: str
    questions: Mapping[str, Question] = field(default_factory=dict)

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

    @cached_property
    def _lines(self) -> dict[str, Lines]:
        return {file: _read_lines(text) for file, text in self.texts.items()}


def read_files(home: Home) -> Asserted:
    """Return everything that the files of `home` assert, and its questions.

    Raises UnreadableFile, and MalformedFile, with file, line and value, for a file that is no
    Turtle of RDF 1.1, uses an undeclared prefix or one with another IRI than the project's, has
    blank nodes in data, or holds an invalid EDTF date; and for a question as read_questions.
    """
    contents, queries = _read_contents(home)
    texts = {file: decode(content, file=file) for file, content in contents.items()}
    graphs: dict[str, set[ox.Triple]] = {}
    for file, text in texts.items():
        quads, prefixes = parse_turtle(text, file=file)
        triples = [quad.triple for quad in quads]
        _check_prefixes(prefixes, text, file)
        if file.startswith("data/"):
            _refuse_blank_nodes(triples, text, file)
        _check_dates(triples, text, file)
        graphs.setdefault(_graph_of(file), set()).update(_label_blank_nodes(triples, file))
    ordered = {name: frozenset(graphs[name]) for name in sorted(graphs)}
    questions = {
        Path(file).stem: make_question(decode(content, file=file), file)
        for file, content in queries.items()
    }
    return Asserted(home, ordered, texts, _digest({**contents, **queries}), questions)


def digest_inputs(home: Home) -> str:
    """Return the digest of `read_files(home)`, nothing parsed; raises UnreadableFile as it does."""
    contents, queries = _read_contents(home)
    return _digest({**contents, **queries})


def find_inputs(home: Home) -> list[Path]:
    """Return the Turtle files of ontology, shapes and data, sorted by name.

    Raises UnreadableFile when a folder is missing or the ontology has no file.
    """
    for folder in (home.ontology, home.data):
        if not folder.is_dir():
            raise UnreadableFile("there is no such folder", file=_relative(folder, home))
    ontology = [path for path in home.ontology.glob("*.ttl") if path.name != ALIGNMENTS]
    if not ontology:
        message = "the folder has no .ttl file: the ontology is missing"
        raise UnreadableFile(message, file=_relative(home.ontology, home))
    paths = [*ontology, *home.shapes.glob("*.ttl"), *home.data.rglob("*.ttl")]
    return sorted(paths, key=lambda path: _relative(path, home))


def _read_contents(home: Home) -> Iterator[dict[str, bytes]]:
    """Yield the bytes of the Turtle files by name, then those of the questions."""
    for paths in (find_inputs(home), list_question_files(home)):
        files = [_relative(path, home) for path in paths]
        yield {file: read_bytes(path, file=file) for file, path in zip(files, paths, strict=True)}


def _relative(path: Path, home: Home) -> str:
    return path.relative_to(home.root).as_posix()


def _graph_of(file: str) -> str:
    """Return the IRI of the graph that the statements of `file` belong to."""
    folder, _, rest = file.removesuffix(".ttl").partition("/")
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
            line = _line_of(rf"^\s*@?prefix\s+{re.escape(prefix)}:", text)
            raise MalformedFile(message, file=file, line=line, value=iri)


def _line_of(pattern: str, text: str) -> int | None:
    match = re.search(pattern, text, re.IGNORECASE | re.MULTILINE)
    return text.count("\n", 0, match.end()) + 1 if match else None


def _refuse_blank_nodes(triples: Iterable[ox.Triple], text: str, file: str) -> None:
    message = "data has no blank nodes: give this thing an IRI of its own"
    blank = [triple for triple in triples if _is_blank(triple.subject) or _is_blank(triple.object)]
    for triple in blank:
        if not _is_blank(triple.subject):
            line = _read_lines(text).find(triple.subject.value, triple.predicate.value, None)
            value = names.compact(triple.subject.value)
            raise MalformedFile(message, file=file, line=line, value=value)
    if blank:
        raise MalformedFile(message, file=file, line=_line_of(r"(?:^|\s)(?:_:|\[)", text))


def _read_lines(text: str) -> Lines:
    from diplograph.core.lines import read_lines  # imports RDFLib: only where a line is needed

    return read_lines(text)


def _is_blank(term: Term) -> bool:
    return isinstance(term, ox.BlankNode)


def _check_dates(triples: Iterable[ox.Triple], text: str, file: str) -> None:
    """Refuse a value of dg:edtf, or a literal with a datatype of EDTF, that is no EDTF."""
    for triple in triples:
        value = triple.object
        datatype = value.datatype.value if isinstance(value, ox.Literal) else ""
        try:
            if triple.predicate == _EDTF:
                date_bounds(value.value)
            if datatype in EDTF_DATATYPES:
                check_literal(value.value, datatype)
        except MalformedDate as error:
            lines = _read_lines(text)
            line = lines.find(triple.subject.value, triple.predicate.value, value.value)
            line = line or lines.mentions(value.value)  # the subject has no name of its own
            raise MalformedFile(str(error), file=file, line=line) from error


def _label_blank_nodes(triples: list[ox.Triple], file: str) -> Iterator[ox.Triple]:
    """Yield the statements with blank nodes labelled by file and canonical number, in every run."""
    if not any(_is_blank(term) for triple in triples for term in triple):
        return iter(triples)
    dataset = ox.Dataset(ox.Quad(*triple) for triple in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    base = re.sub(r"[^A-Za-z0-9]+", "-", file.removesuffix(".ttl"))

    def label(term: Term) -> Term:
        number = term.value.removeprefix("c14n")
        return ox.BlankNode(f"{base}-{number}") if _is_blank(term) else term

    return (ox.Triple(*map(label, quad.triple)) for quad in dataset)


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

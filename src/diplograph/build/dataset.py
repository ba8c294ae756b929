"""Files → Asserted: every statement of a home, by named graph, each knowing its file and line."""

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
from diplograph.core.errors import MalformedDate, MalformedFile, UnreadableFile
from diplograph.core.files import decode, read_bytes
from diplograph.core.home import ALIGNMENTS, PACKAGE, Home
from diplograph.core.rdf import Location, parse_turtle

if TYPE_CHECKING:
    from diplograph.core.rdf import Lines


_EDTF = ox.NamedNode(names.PREFIXES["dg"] + "edtf")


@dataclass(frozen=True)
class Asserted:
    """What the files of `home` say: graph IRI to statements; the shapes are a graph of their own.

    `texts` holds each file's text by its name, `questions` what may be asked, by name; `digest` is
    the SHA-256 of all of them and of the software that read them.
    """

    home: Home
    graphs: Mapping[str, frozenset[ox.Triple]]
    texts: Mapping[str, str]
    digest: str
    questions: Mapping[str, Question] = field(default_factory=dict)

    def statements(self) -> frozenset[ox.Triple]:
        """Return the statements of all graphs but the shapes."""
        parts = (part for name, part in self.graphs.items() if name != names.SHAPES_GRAPH)
        return frozenset().union(*parts)

    def locate(
        self, subject: str, predicate: str | None = None, value: str | None = None
    ) -> Location | None:
        """Return where `subject`, its `predicate` or that `value` of it is written, or None.

        All three are IRIs or lexical forms. Where the value or predicate is not written as such,
        the next wider place: the predicate's first value, or the subject's own block. A subject
        without a block is where it is first mentioned.
        """
        places = [(file, found) for file, found in self._lines.items() if subject in found.subjects]
        places.sort(key=lambda place: place[1].rank(subject, predicate, value))
        for file, found in places:
            return Location(file, found.find(subject, predicate, value))
        for file, found in self._lines.items():
            line = found.mentions(subject)
            if line:
                return Location(file, line)
        return None

    @cached_property
    def _lines(self) -> dict[str, Lines]:
        return {file: _read_lines(text) for file, text in self.texts.items()}


def read_files(home: Home) -> Asserted:
    """Return everything that the files of `home` assert, and its questions.

    Raises UnreadableFile for a missing folder or a file that cannot be opened or is not UTF-8, and
    MalformedFile, with file, line and value, for a file that is no Turtle, uses a prefix it does
    not declare or declares one otherwise than the project's table, says what only RDF 1.2 can, has
    blank nodes in data, or holds an EDTF date that is none; and for a question as read_questions.
    """
    contents, queries = _read_contents(home), _read_queries(home)
    texts = {file: decode(content, file=file) for file, content in contents.items()}
    graphs: dict[str, set[ox.Triple]] = {}
    for file, text in texts.items():
        triples = _parse(text, file)
        name = _graph_of(file)
        if file.startswith("data/"):
            _refuse_blank_nodes(triples, text, file)
        _check_dates(triples, text, file)
        graphs.setdefault(name, set()).update(_label_blank_nodes(triples, file))
    ordered = {name: frozenset(graphs[name]) for name in sorted(graphs)}
    questions = {
        Path(file).stem: make_question(decode(content, file=file), file)
        for file, content in queries.items()
    }
    return Asserted(home, ordered, texts, _digest({**contents, **queries}), questions)


def digest_inputs(home: Home) -> str:
    """Return the digest that `read(home)` would have, without parsing anything.

    Raises UnreadableFile as `read` does.
    """
    return _digest({**_read_contents(home), **_read_queries(home)})


def find_inputs(home: Home) -> list[Path]:
    """Return the Turtle files that make up the graph: ontology, shapes, data; sorted by name.

    Raises UnreadableFile when a folder is missing or the ontology has no file.
    """
    for folder in (home.ontology, home.data):
        if not folder.is_dir():
            raise UnreadableFile("there is no such folder", file=_relative(folder, home))
    ontology = [path for path in home.ontology.glob("*.ttl") if path.name != ALIGNMENTS]
    if not ontology:
        message = "the folder has no .ttl file: the ontology is missing"
        raise UnreadableFile(message, file=_relative(home.ontology, home))
    found = [*ontology, *home.shapes.glob("*.ttl"), *home.data.rglob("*.ttl")]
    return sorted(found, key=lambda path: _relative(path, home))


def _read_contents(home: Home) -> dict[str, bytes]:
    paths = {_relative(path, home): path for path in find_inputs(home)}
    return {file: read_bytes(path, file=file) for file, path in paths.items()}


def _read_queries(home: Home) -> dict[str, bytes]:
    paths = {_relative(path, home): path for path in list_question_files(home)}
    return {file: read_bytes(path, file=file) for file, path in paths.items()}


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


def _parse(text: str, file: str) -> list[ox.Triple]:
    quads, prefixes = parse_turtle(text, file=file)
    for prefix, iri in prefixes.items():
        _check_prefix(prefix, iri, text, file)
    return [quad.triple for quad in quads]


def _check_prefix(prefix: str, iri: str, text: str, file: str) -> None:
    """Refuse a prefix that stands for another IRI here than in the project's table."""
    kind, _, slug = prefix.partition("-")
    reports = names.report_prefixes(slug) if kind in names.REPORT_KINDS and slug else {}
    meant = {**names.PREFIXES, **reports}.get(prefix, iri)
    if iri != meant:
        message = f"the prefix {prefix}: stands for <{meant}> everywhere; rename this one"
        line = _line_of(rf"^\s*@?prefix\s+{re.escape(prefix)}:", text)
        raise MalformedFile(message, file=file, line=line, value=iri)


def _line_of(pattern: str, text: str) -> int | None:
    found = re.search(pattern, text, re.IGNORECASE | re.MULTILINE)
    return text.count("\n", 0, found.end()) + 1 if found else None


def _refuse_blank_nodes(triples: Iterable[ox.Triple], text: str, file: str) -> None:
    message = "data has no blank nodes: give this thing an IRI of its own"
    blank = [each for each in triples if _is_blank(each.subject) or _is_blank(each.object)]
    if not blank:
        return
    for triple in blank:
        if not _is_blank(triple.subject):
            line = _read_lines(text).find(triple.subject.value, triple.predicate.value, None)
            value = names.compact(triple.subject.value)
            raise MalformedFile(message, file=file, line=line, value=value)
    raise MalformedFile(message, file=file, line=_line_of(r"(?:^|\s)(?:_:|\[)", text))


def _read_lines(text: str) -> Lines:
    from diplograph.core.rdf import (
        read_lines,  # RDFLib comes with it, and a second start needs none
    )

    return read_lines(text)


def _is_blank(term: ox.NamedNode | ox.BlankNode | ox.Literal) -> bool:
    return isinstance(term, ox.BlankNode)


def _check_dates(triples: Iterable[ox.Triple], text: str, file: str) -> None:
    from diplograph.core.dates import date_bounds

    for triple in triples:
        if triple.predicate != _EDTF:
            continue
        value = triple.object.value
        try:
            date_bounds(value)
        except MalformedDate as error:
            line = _read_lines(text).find(triple.subject.value, _EDTF.value, value)
            raise MalformedFile(str(error), file=file, line=line) from error


def _label_blank_nodes(triples: list[ox.Triple], file: str) -> Iterator[ox.Triple]:
    """Yield the statements with blank nodes labelled by file and canonical number.

    So labels never clash between files, and are the same in every run on every machine.
    """
    if not any(_is_blank(term) for triple in triples for term in triple):
        return iter(triples)
    dataset = ox.Dataset(ox.Quad(*triple) for triple in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    base = re.sub(r"[^A-Za-z0-9]+", "-", file.removesuffix(".ttl"))
    return (
        ox.Triple(*(_labelled(term, base) for term in (quad.subject, quad.predicate, quad.object)))
        for quad in dataset
    )


def _labelled(term: ox.NamedNode | ox.BlankNode | ox.Literal, base: str):
    if not _is_blank(term):
        return term
    return ox.BlankNode(f"{base}-{term.value.removeprefix('c14n')}")


def _digest(contents: Mapping[str, bytes]) -> str:
    """Hash names and bytes of the inputs, the version, and this package's own modules."""
    modules = {
        path.relative_to(PACKAGE).as_posix(): path.read_bytes() for path in PACKAGE.rglob("*.py")
    }
    sealed = hashlib.sha256(metadata.version("diplograph").encode())
    for name, content in [*sorted(modules.items()), *sorted(contents.items())]:
        sealed.update(f"\n{name} {len(content)}\n".encode())
        sealed.update(content)
    return sealed.hexdigest()

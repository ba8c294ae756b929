"""The whole reference of our words, read once a build: terms, shapes, files, numbers, questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

import pyoxigraph as ox

from diplograph.build.questions import Question
from diplograph.core.errors import MalformedFile, UnreadableFile
from diplograph.core.files import decode, read_bytes
from diplograph.core.home import ALIGNMENTS, Home
from diplograph.core.names import ONTOLOGY, PREFIXES, SHAPES_GRAPH, compact
from diplograph.core.rdf import parse_turtle
from diplograph.core.things import Thing
from diplograph.views.ontology import (
    Concept,
    Header,
    IndexedGraph,
    OntologyTerm,
    Vocabulary,
    read_header,
    read_vocabulary,
)
from diplograph.views.query import BindingRow, QueryRunner, fill_query, read_query, thing

SHAPE = PREFIXES["shape"]
_SH = PREFIXES["sh"]
_TARGETS = {
    "targetClass": "things of the class",
    "targetSubjectsOf": "things that have",
    "targetObjectsOf": "things that are the value of",
    "targetNode": "the thing",
}
# The parameters of SHACL core constraints (SHACL, section 4), in words.
_RULES = {
    "class": "is of the class",
    "datatype": "is of the datatype",
    "nodeKind": "is",
    "in": "is one of",
    "hasValue": "has the value",
    "pattern": "matches",
    "flags": "with the flags",
    "minLength": "characters, at least",
    "maxLength": "characters, at most",
    "languageIn": "is in the language",
    "uniqueLang": "has one text a language",
    "minInclusive": "is at least",
    "maxInclusive": "is at most",
    "minExclusive": "is above",
    "maxExclusive": "is below",
    "equals": "has the same values as",
    "disjoint": "shares no value with",
    "lessThan": "comes before",
    "lessThanOrEquals": "does not come after",
    "node": "satisfies",
    "not": "does not satisfy",
    "and": "satisfies all of",
    "or": "satisfies one or more of",
    "xone": "satisfies exactly one of",
    "qualifiedValueShape": "counting those that satisfy",
    "qualifiedMinCount": "of which at least",
    "qualifiedMaxCount": "of which at most",
    "closed": "has no other property",
}
_KINDS_OF_NODE = {
    "IRI": "an IRI",
    "BlankNode": "a blank node",
    "Literal": "a literal",
    "BlankNodeOrIRI": "an IRI or a blank node",
    "BlankNodeOrLiteral": "a blank node or a literal",
    "IRIOrLiteral": "an IRI or a literal",
}


@dataclass(frozen=True)
class ConstraintParameter:
    """One parameter of a constraint: what it says in words, and of which things or texts."""

    words: str
    values: tuple[Thing | str, ...] = ()


@dataclass(frozen=True)
class QueryConstraint:
    """A constraint that a query finds: its message and the text of its SELECT."""

    message: str
    text: str


@dataclass(frozen=True)
class Shape:
    """A shape or one constraint of it; `path` is empty where it is about the thing itself.

    `targets` say in words what it is put to; `parts` are the constraints it is made of, `users` the
    shapes that it is part of.
    """

    thing: Thing
    targets: tuple[tuple[str, Thing], ...] = ()
    path: tuple[Thing, ...] = ()
    count: str = ""
    rules: tuple[ConstraintParameter, ...] = ()
    queries: tuple[QueryConstraint, ...] = ()
    severity: str = "Violation"
    messages: tuple[str, ...] = ()
    description: str = ""
    parts: tuple[Shape, ...] = ()
    users: tuple[Thing, ...] = ()

    @property
    def name(self) -> str:
        """The part of the IRI after the namespace."""
        return self.thing.iri.removeprefix(SHAPE)

    @property
    def constraints(self) -> tuple[Shape, ...]:
        """What is checked, one row each: the shape's own demands, then those of its parts."""
        own = (self,) if self.count or self.rules or self.queries else ()
        return own + self.parts

    @property
    def properties(self) -> frozenset[str]:
        """The IRIs of the properties on its path."""
        return frozenset(thing.iri for thing in self.path)

    def aims_at(self, iri: str) -> bool:
        """Return whether it is put to the things of a class, or to those with a property."""
        return any(thing.iri == iri for _, thing in self.targets)


def read_shapes(
    asking: QueryRunner, labels: Mapping[str, str]
) -> tuple[IndexedGraph, dict[str, Shape]]:
    """Return the shapes' statements, and the shapes by name; one query.

    `labels` are those of the terms they speak of.
    """
    said = IndexedGraph(asking.triples(fill_query("graph-statements", graph=SHAPES_GRAPH)))
    return said, make_shapes(said, labels)


def make_shapes(said: IndexedGraph, labels: Mapping[str, str]) -> dict[str, Shape]:
    """Return the shapes that some statements make, by name."""
    reader = _Reader(said, labels)
    named = {*said.typed(f"{_SH}NodeShape"), *said.typed(f"{_SH}PropertyShape")}
    shapes = (reader.read(iri) for iri in sorted(named) if iri.startswith(SHAPE))
    return {shape.name: shape for shape in shapes}


class _Reader:
    """Reads one shape after another from the statements of the shapes' graph."""

    def __init__(self, said: IndexedGraph, labels: Mapping[str, str]):
        self._said, self._labels = said, labels

    def read(self, iri: str, whole: bool = True) -> Shape:
        said = self._said
        parts = said.iris(iri, f"{_SH}property") if whole else ()
        severity = next(iter(said.iris(iri, f"{_SH}severity")), f"{_SH}Violation")
        return Shape(
            thing=self._thing(iri),
            targets=tuple(
                (words, self._thing(each))
                for local, words in _TARGETS.items()
                for each in said.iris(iri, _SH + local)
            ),
            path=self._read_path(iri),
            count=_say_count(said.text(iri, f"{_SH}minCount"), said.text(iri, f"{_SH}maxCount")),
            rules=tuple(self._read_rules(iri)),
            queries=tuple(map(self._read_query, said.values(iri, f"{_SH}sparql"))),
            severity=severity.removeprefix(_SH),
            messages=said.texts(iri, f"{_SH}message"),
            description=said.text(iri, f"{_SH}description"),
            parts=tuple(self.read(part, whole=False) for part in parts),
            users=self._find_users(iri),
        )

    def _thing(self, iri: str) -> Thing:
        local = iri.removeprefix(SHAPE)
        return Thing(iri, self._labels.get(iri) or (local if local != iri else compact(iri)))

    def _name(self, term: ox.NamedNode | ox.BlankNode | ox.Literal) -> Thing | str:
        if isinstance(term, ox.NamedNode):
            return self._thing(term.value)
        return term.value if isinstance(term, ox.Literal) else "a nameless shape"

    def _read_path(self, iri: str) -> tuple[Thing, ...]:
        """Return the steps of a path; one that is neither a property nor a sequence has none."""
        for path in self._said.values(iri, f"{_SH}path"):
            steps = (path,) if isinstance(path, ox.NamedNode) else self._said.members(path)
            return tuple(
                self._thing(step.value) for step in steps if isinstance(step, ox.NamedNode)
            )
        return ()

    def _read_rules(self, iri: str) -> Iterable[ConstraintParameter]:
        for local, words in _RULES.items():
            values = []
            for value in self._said.values(iri, _SH + local):
                values += self._said.members(value) or (value,)
            if local in {"uniqueLang", "closed"}:
                if any(value.value == "true" for value in values):
                    yield ConstraintParameter(words)
            elif local == "nodeKind":
                kinds = (value.value.removeprefix(_SH) for value in values)
                yield from (
                    ConstraintParameter(f"{words} {_KINDS_OF_NODE.get(kind, kind)}")
                    for kind in kinds
                )
            elif values:
                yield ConstraintParameter(words, tuple(map(self._name, values)))

    def _read_query(self, node: ox.NamedNode | ox.BlankNode) -> QueryConstraint:
        text = self._said.text(node, f"{_SH}select")
        return QueryConstraint(self._said.text(node, f"{_SH}message"), text.strip("\n"))

    def _find_users(self, iri: str) -> tuple[Thing, ...]:
        """Return the shapes that name this one, also as a member of a list."""
        found, waiting, seen = set(), [ox.NamedNode(iri)], set()
        for each in waiting:  # it grows on the way, up the lists
            for triple in self._said.mentions(each):
                if isinstance(triple.subject, ox.NamedNode):
                    found.add(triple.subject.value)
                elif triple.subject not in seen:
                    seen.add(triple.subject)
                    waiting.append(triple.subject)
        return tuple(self._thing(each) for each in sorted(found) if each.startswith(SHAPE))


def _say_count(least: str, most: str) -> str:
    """Return how many values there may be, empty where any number will do.

    >>> _say_count("1", "1")
    'exactly 1'
    """
    if least == most:
        return f"exactly {least}" if least else ""
    if not most:
        return f"{least} or more" if least != "0" else ""
    return f"{least} to {most}" if least and least != "0" else f"{most} at most"


_ONTOLOGY = PREFIXES["owl"] + "Ontology"


@dataclass(frozen=True)
class Theme:
    """One file of the ontology: its name, its header and its statements."""

    file: str
    header: Header
    statements: IndexedGraph

    @property
    def aligns(self) -> bool:
        """Whether it is the file that ties our terms to those of others."""
        return self.file == ALIGNMENTS


def read_themes(home: Home) -> tuple[Theme, ...]:
    """Return the ontology's files by name; one without a header is left out.

    Raises UnreadableFile and MalformedFile.
    """
    found = []
    for path in sorted(home.ontology.glob("*.ttl")):
        name = path.relative_to(home.root).as_posix()
        quads, _ = parse_turtle(decode(read_bytes(path, file=name), file=name), file=name)
        statements = IndexedGraph(quad.triple for quad in quads)
        for iri in statements.typed(_ONTOLOGY)[:1]:
            found.append(Theme(path.name, read_header(statements, iri), statements))
    return tuple(found)


def match_themes(
    themes: Iterable[Theme], terms: Iterable[str], served: IndexedGraph
) -> Mapping[str, Theme]:
    """Return term to the theme that it is written in, as far as `served` says the same of it.

    A server may hold another ontology than the files that are at hand here.
    """
    found: dict[str, Theme] = {}
    said = set(served.triples)
    for theme in themes:
        if theme.aligns:
            continue
        for term in terms:
            about = {each for each in theme.statements.about(term) if _is_plain(each)}
            if about and about <= said:
                found.setdefault(term, theme)
    return found


def _is_plain(triple: ox.Triple) -> bool:
    return not any(isinstance(each, ox.BlankNode) for each in (triple.subject, triple.object))


_PAGE = re.compile(r"LIMIT \d+ OFFSET \d+  # page$", re.MULTILINE)
_USED = re.compile(rf"(?<![\w:/-])dg:(\w+)|<{re.escape(PREFIXES['dg'])}(\w+)>")


def read_sizes(asking: QueryRunner) -> dict[str, int]:
    """Return class to the number of its things, property to that of its statements; two queries."""
    rows = [
        row
        for name in ("class-sizes", "property-sizes")
        for row in asking.rows(read_query(name).text)
    ]
    return {row["term"]: int(row["total"]) for row in rows if "term" in row}


def read_members(asking: QueryRunner, iri: str, limit: int, offset: int = 0) -> tuple[Thing, ...]:
    """Return things of a class, in the order of their IRIs, each once; one query."""
    rows = asking.rows(_cut(fill_query("members", kind=iri), limit, offset))
    found = {row["thing"]: thing(row, "thing") for row in reversed(rows)}
    return tuple(found[each] for each in sorted(found))


def read_property_values(
    asking: QueryRunner, iri: str, limit: int, offset: int = 0
) -> tuple[tuple[Thing, Thing | str], ...]:
    """Return things with a value that they have of a property, in order; one query.

    A value without a page of its own is a text.
    """
    rows = asking.rows(_cut(fill_query("property-values", property=iri), limit, offset))
    found = {(row["thing"], row["value"]): row for row in reversed(rows)}
    return tuple(_pair(found[each]) for each in sorted(found))


def index_term_questions(questions: Iterable[Question]) -> Mapping[str, tuple[Question, ...]]:
    """Return the name of a term to the questions that use it."""
    found: dict[str, list[Question]] = {}
    for question in questions:
        for name in {curie or iri for curie, iri in _USED.findall(question.text)}:
            found.setdefault(name, []).append(question)
    return {name: tuple(used) for name, used in found.items()}


def _cut(text: str, limit: int, offset: int) -> str:
    return _PAGE.sub(f"LIMIT {int(limit)} OFFSET {int(offset)}", text, count=1)


def _pair(row: BindingRow) -> tuple[Thing, Thing | str]:
    is_thing = row["value"].startswith(("http://", "https://"))
    value = thing(row, "value") if is_thing else row["value"]
    return thing(row, "thing") or Thing("", ""), value or ""


_NEAR = 4


@dataclass(frozen=True)
class Reference:
    """What pages about our words are made from.

    `files` are the ontology's files where they are at hand, `placed` leads from a term or a
    scheme to its own;
    `sizes` count the things of a class and the statements of a property.
    """

    vocabulary: Vocabulary
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    shape_statements: IndexedGraph = field(default_factory=lambda: IndexedGraph(()))
    files: tuple[Theme, ...] = ()
    placed: Mapping[str, Theme] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    questions: Mapping[str, tuple[Question, ...]] = field(default_factory=dict)

    def find(self, name: str) -> OntologyTerm | None:
        """Return the term of that name, None where there is none."""
        return self.vocabulary.terms.get(PREFIXES["dg"] + name)

    def find_file(self, header: Header) -> Theme | None:
        """Return the file that a header stands in, as far as it is at hand in this version."""
        same = (each for each in self.files if each.header == header)
        return next(same, None)

    def find_near(self, name: str) -> tuple[Thing, ...]:
        """Return the terms that are called nearly so, by name or label, the nearest first."""
        names: dict[str, Thing] = {}
        for term in self.vocabulary.terms.values():
            names.setdefault(term.name.lower(), term.thing)
            names.setdefault(term.thing.label.lower(), term.thing)
        near = get_close_matches(name.lower(), names, n=_NEAR, cutoff=0.55)
        return tuple(dict.fromkeys(names[each] for each in near))

    def find_constraints(self, term: OntologyTerm) -> tuple[tuple[Shape, Shape], ...]:
        """Return what is asked of the things of a class, or of the values of a property.

        Each is a pair of the shape and its constraint; the shape called like the term comes first.
        """
        iri = term.thing.iri
        found = [
            (shape, each)
            for shape in self.shapes.values()
            if shape.targets
            for each in shape.constraints
            if shape.aims_at(iri) or (not term.is_class and iri in each.properties)
        ]
        return tuple(sorted(found, key=lambda pair: (pair[0].name != term.name, pair[0].name)))

    def find_wider_shapes(self, term: OntologyTerm) -> tuple[Shape, ...]:
        """Return the shapes that a thing of a class meets by the classes above it alone."""
        above = [thing.iri for thing in term.wider]
        return tuple(
            each
            for each in self.shapes.values()
            if not each.aims_at(term.thing.iri) and any(map(each.aims_at, above))
        )

    def search(self, sought: str) -> tuple[OntologyTerm | Concept, ...]:
        """Return the terms and concepts whose name, label, definition or example has all words.

        Those named so come first.
        """
        words = sought.lower().split()
        ranked = []
        for each in self._everything():
            named = f"{each.thing.label} {each.thing.curie}".lower()
            examples = " ".join(getattr(each, "examples", ()))
            text = f"{named} {each.definition} {examples}".lower()
            if words and all(word in text for word in words):
                exact = each.thing.label.lower() != sought.lower().strip()
                rank = (exact, not all(word in named for word in words), each.thing.label.lower())
                ranked.append((rank, each.thing.iri, each))
        return tuple(each for *_, each in sorted(ranked, key=lambda one: one[:2]))

    def _everything(self) -> Iterable[OntologyTerm | Concept]:
        yield from self.vocabulary.terms.values()
        for scheme in self.vocabulary.schemes:
            yield from scheme.concepts


def read_reference(
    asking: QueryRunner, questions: Iterable[Question], home: Home | None = None
) -> Reference:
    """Return the reference of the build that answers; four queries, and the files of `home`."""
    vocabulary = read_vocabulary(asking)
    labels = {
        each.thing.iri: each.thing.label
        for each in (*vocabulary.terms.values(), *vocabulary.foreign)
    }
    shape_statements, shapes = read_shapes(asking, labels)
    files = _read_files(home) if home and vocabulary.header else ()
    schemes = [each.thing.iri for each in vocabulary.schemes]
    return Reference(
        vocabulary=vocabulary,
        shapes=shapes,
        shape_statements=shape_statements,
        files=files,
        placed=match_themes(files, [*vocabulary.terms, *schemes], vocabulary.statements),
        sizes=read_sizes(asking),
        questions=index_term_questions(questions),
    )


def find_home() -> Home | None:
    """Return the home at hand, None where there is none: a reference can do without its files."""
    try:
        return Home.find()
    except UnreadableFile:
        return None


def _read_files(home: Home) -> tuple[Theme, ...]:
    """Return the files of `home`; none where one of them cannot be read, as while it is written."""
    try:
        return read_themes(home)
    except (UnreadableFile, MalformedFile):
        return ()


_OWL, _RDFS = PREFIXES["owl"], PREFIXES["rdfs"]
# What other terms say of a term that tells what it means.
_TELLING = {
    *(f"{_RDFS}{local}" for local in ("subClassOf", "subPropertyOf", "domain", "range")),
    *(f"{_OWL}{local}" for local in ("inverseOf", "disjointWith", "equivalentClass")),
}
_HEADING = {
    PREFIXES["rdf"] + "type",
    PREFIXES["dcterms"] + "title",
    PREFIXES["dcterms"] + "license",
    f"{_OWL}versionIRI",
    f"{_OWL}versionInfo",
}


def describe_term(vocabulary: Vocabulary, iri: str) -> set[ox.Triple]:
    """Return what is said of a term, the axioms that name it, and which ontology it belongs to."""
    said = vocabulary.statements
    found = said.about(iri) | _find_axioms(said, iri)
    heading = (each for each in said.about(ONTOLOGY) if each.predicate.value in _HEADING)
    return found | set(heading)


def describe_shape(shapes: IndexedGraph, iri: str) -> set[ox.Triple]:
    """Return what is said of a shape and of the constraints it is made of."""
    parts = {
        value
        for local in ("property", "sparql", "node")
        for value in shapes.values(iri, PREFIXES["sh"] + local)
        if isinstance(value, ox.NamedNode)
    }
    return shapes.about(iri).union(*(shapes.about(part) for part in parts))


def merge_themes(vocabulary: Vocabulary) -> set[ox.Triple]:
    """Return the ontology as one document: OWL 2 allows one header, and nothing is left to import.

    The headers of the themes and the imports between them stay with the themes' own documents.
    """
    themes = {header.iri for header in vocabulary.themes}
    return {
        each
        for each in vocabulary.statements.triples
        if getattr(each.subject, "value", "") not in themes
        and not (each.predicate.value == f"{_OWL}imports" and each.object.value in themes)
    }


def describe_theme(vocabulary: Vocabulary, iri: str, terms: Iterable[str]) -> set[ox.Triple]:
    """Return a theme's header and what is said of its terms."""
    said = vocabulary.statements
    return said.about(iri).union(*(said.about(term) for term in terms))


def _find_axioms(said: IndexedGraph, iri: str) -> set[ox.Triple]:
    """Return what leads to a term: of other terms what tells its meaning, lists to their top."""
    found: set[ox.Triple] = set()
    waiting = list(said.mentions(iri))
    for triple in waiting:  # it grows on the way, up the lists
        if isinstance(triple.subject, ox.NamedNode):
            in_list = isinstance(triple.object, ox.BlankNode)
            if in_list or triple.predicate.value in _TELLING:
                found |= {triple}
                found |= said.about(triple.object) if in_list else set()
            continue
        above = said.mentions(triple.subject)
        waiting += above
        if not above:
            found |= said.about(triple.subject)
    return found

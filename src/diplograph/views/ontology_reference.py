"""Reference of the ontology, as its pages show it: terms, shapes, files, counts, questions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from operator import itemgetter
from pathlib import Path

import pyoxigraph as ox

from diplograph.build.questions import Question
from diplograph.core.errors import MalformedFile, UnreadableFile
from diplograph.core.files import decode, read_regular
from diplograph.core.home import Home
from diplograph.core.inputs import is_alignments, list_ontology_files
from diplograph.core.names import ONTOLOGY, PREFIXES, SHAPES_GRAPH, compact, expand, name_severity
from diplograph.core.rdf import parse_rdf
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
from diplograph.views.query import QueryRunner, fill_query, read_query, thing
from diplograph.views.unspoken import Unspoken

SHAPE = PREFIXES["shape"]
_OWL, _SH = PREFIXES["owl"], PREFIXES["sh"]
# Terms that are suggested for a name that no term has.
_SUGGESTIONS = 4
# The line of a query that a caller replaces to get another page.
_PAGE_LINE = re.compile(r"LIMIT \d+ OFFSET \d+  # page$", re.MULTILINE)
# A term of ours in a query, as a CURIE or an IRI.
_TERM = re.compile(rf"(?<![\w:/-])dg:(\w+)|<{re.escape(PREFIXES['dg'])}(\w+)>")
# Statements of other terms that say what a term means.
_DEFINING = {
    *map(expand, "rdfs:subClassOf rdfs:subPropertyOf rdfs:domain rdfs:range".split()),
    *map(expand, "owl:inverseOf owl:disjointWith owl:equivalentClass".split()),
}
# Statements of the ontology's header that go with each of its terms.
_HEADER_PROPERTIES = set(
    map(expand, "rdf:type dcterms:title dcterms:license owl:versionIRI owl:versionInfo".split())
)
# Targets of shapes (SHACL, section 2.1.3), in words.
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


# ---- shapes -------------------------------------------------------------------------------


@dataclass(frozen=True)
class ConstraintParameter:
    """One parameter of a constraint: what it demands in words, and its values."""

    words: str
    values: tuple[Thing | str, ...] = ()


@dataclass(frozen=True)
class QueryConstraint:
    """A SPARQL-based constraint (SHACL, section 5): its message and the text of its SELECT."""

    message: str
    text: str


@dataclass(frozen=True)
class Shape:
    """A node shape or property shape; without `path`, its constraints are on the node itself.

    `targets` are kinds of target in words with their thing; `users` are shapes that refer to it.
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
        """The shapes that constrain something: this one, if it does, then its parts."""
        own = (self,) if self.count or self.rules or self.queries else ()
        return own + self.parts

    def aims_at(self, iri: str) -> bool:
        """Return whether a class, a property or a thing is one of its targets."""
        return any(thing.iri == iri for _, thing in self.targets)


def make_shapes(graph: IndexedGraph, labels: Mapping[str, str]) -> dict[str, Shape]:
    """Return the shapes that the statements describe, by name; `labels` are those of the terms."""
    reader = _ShapeReader(graph, labels)
    iris = {*graph.typed(f"{_SH}NodeShape"), *graph.typed(f"{_SH}PropertyShape")}
    shapes = (reader.read(iri) for iri in sorted(iris) if iri.startswith(SHAPE))
    return {shape.name: shape for shape in shapes}


class _ShapeReader:
    """Reads shapes from the statements of the shapes graph."""

    def __init__(self, graph: IndexedGraph, labels: Mapping[str, str]):
        self._graph, self._labels = graph, labels

    def read(self, iri: str, with_parts: bool = True) -> Shape:
        graph = self._graph
        parts = graph.iris(iri, f"{_SH}property") if with_parts else ()
        severity = next(iter(graph.iris(iri, f"{_SH}severity")), f"{_SH}Violation")
        return Shape(
            thing=self._thing(iri),
            targets=tuple(
                (words, self._thing(target))
                for local, words in _TARGETS.items()
                for target in graph.iris(iri, _SH + local)
            ),
            path=self._read_path(iri),
            count=_describe_count(
                graph.text(iri, f"{_SH}minCount"), graph.text(iri, f"{_SH}maxCount")
            ),
            rules=tuple(self._read_rules(iri)),
            queries=tuple(
                QueryConstraint(
                    graph.text(node, f"{_SH}message"), graph.text(node, f"{_SH}select").strip("\n")
                )
                for node in graph.values(iri, f"{_SH}sparql")
            ),
            severity=name_severity(severity),
            messages=graph.texts(iri, f"{_SH}message"),
            description=graph.text(iri, f"{_SH}description"),
            parts=tuple(self.read(part, with_parts=False) for part in parts),
            users=self._find_users(iri),
        )

    def _thing(self, iri: str) -> Thing:
        local = iri.removeprefix(SHAPE)
        return Thing(iri, self._labels.get(iri) or (local if local != iri else compact(iri)))

    def _value(self, term: ox.NamedNode | ox.BlankNode | ox.Literal) -> Thing | str:
        if isinstance(term, ox.NamedNode):
            return self._thing(term.value)
        return term.value if isinstance(term, ox.Literal) else "a nameless shape"

    def _read_path(self, iri: str) -> tuple[Thing, ...]:
        """Return the steps of a path; one that is neither a property nor a sequence has none."""
        paths = self._graph.values(iri, f"{_SH}path")[:1]
        steps = [step for path in paths for step in self._graph.members(path) or (path,)]
        return tuple(self._thing(step.value) for step in steps if isinstance(step, ox.NamedNode))

    def _read_rules(self, iri: str) -> Iterable[ConstraintParameter]:
        for local, words in _RULES.items():
            values = []
            for value in self._graph.values(iri, _SH + local):
                values += self._graph.members(value) or (value,)
            if local in {"uniqueLang", "closed"}:
                if any(value.value == "true" for value in values):
                    yield ConstraintParameter(words)
            elif local == "nodeKind":
                for value in values:
                    kind = value.value.removeprefix(_SH)
                    yield ConstraintParameter(f"{words} {_KINDS_OF_NODE.get(kind, kind)}")
            elif values:
                yield ConstraintParameter(words, tuple(map(self._value, values)))

    def _find_users(self, iri: str) -> tuple[Thing, ...]:
        """Return the shapes that refer to this one, also as a member of a list."""
        users: set[str] = set()
        nodes: list[ox.NamedNode | ox.BlankNode] = [ox.NamedNode(iri)]
        for node in nodes:  # grows meanwhile, from a list's cell to the one before
            for triple in self._graph.mentions(node):
                if isinstance(triple.subject, ox.NamedNode):
                    users.add(triple.subject.value)
                elif triple.subject not in nodes:
                    nodes.append(triple.subject)
        return tuple(self._thing(user) for user in sorted(users) if user.startswith(SHAPE))


def _describe_count(least: str, most: str) -> str:
    """Return how many values there may be, empty where any number will do.

    >>> _describe_count("1", "1")
    'exactly 1'
    """
    if least == most:
        return f"exactly {least}" if least else ""
    if not most:
        return f"{least} or more" if least != "0" else ""
    return f"{least} to {most}" if least and least != "0" else f"{most} at most"


# ---- files --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Theme:
    """One file of the ontology: its name, its header and its statements."""

    file: str
    header: Header
    statements: IndexedGraph

    @property
    def aligns(self) -> bool:
        """Whether it is the file with the alignments to other vocabularies."""
        return is_alignments(Path(self.file))


def _read_themes(home: Home) -> tuple[Theme, ...]:
    """Return the files with a header, by name; none while one of them cannot be read."""
    themes = []
    try:
        paths = list_ontology_files(home.ontology)
    except UnreadableFile:
        return ()
    for path in paths:
        name = path.relative_to(home.root).as_posix()
        try:
            quads, _ = parse_rdf(decode(read_regular(path, file=name), file=name), file=name)
        except (UnreadableFile, MalformedFile):
            return ()
        statements = IndexedGraph(quad.triple for quad in quads)
        for iri in statements.typed(f"{_OWL}Ontology")[:1]:
            themes.append(Theme(path.name, read_header(statements, iri), statements))
    return tuple(themes)


def _match_themes(
    themes: Iterable[Theme], terms: Iterable[str], served: IndexedGraph
) -> Mapping[str, Theme]:
    """Return term to the file that describes it as `served` does, apart from blank nodes."""
    theme_of: dict[str, Theme] = {}
    served_triples = set(served.triples)
    for theme in themes:
        if theme.aligns:
            continue
        for term in terms:
            about = theme.statements.about(term)
            triples = {triple for triple in about if ox.BlankNode not in map(type, triple)}
            if triples and triples <= served_triples:
                theme_of.setdefault(term, theme)
    return theme_of


# ---- use ----------------------------------------------------------------------------------


def read_members(
    asking: QueryRunner, iri: str, limit: int, offset: int = 0, *, unspoken: Unspoken
) -> tuple[Thing, ...]:
    """Return things of a class, in the order of their IRIs, without `unspoken`; one query."""
    left_out = sorted(thing for thing, kinds in unspoken.items() if iri in kinds)
    text = fill_query("members", kind=iri, thing=left_out or [iri])  # a class is no member
    rows = asking.rows(_choose_page(text, limit, offset))
    members = {row["thing"]: thing(row, "thing") for row in reversed(rows)}
    return tuple(members[iri] for iri in sorted(members))


def read_property_values(
    asking: QueryRunner, iri: str, limit: int, offset: int = 0
) -> tuple[tuple[Thing, Thing | str], ...]:
    """Return pairs of thing and value, in order, IRIs not of http as texts; one query."""
    text = _choose_page(fill_query("property-values", property=iri), limit, offset)
    rows = asking.rows(text, ("thing", "property", "value"))
    pairs = {(row["thing"], row["value"]): row for row in reversed(rows)}
    return tuple(
        (
            thing(row, "thing"),
            thing(row, "value") if value.startswith(("http://", "https://")) else value,
        )
        for (_, value), row in sorted(pairs.items(), key=itemgetter(0))
    )


def index_term_questions(questions: Iterable[Question]) -> Mapping[str, tuple[Question, ...]]:
    """Return the name of a term to the questions whose query uses it."""
    index: dict[str, list[Question]] = {}
    for question in questions:
        for name in {curie or iri for curie, iri in _TERM.findall(question.text)}:
            index.setdefault(name, []).append(question)
    return {name: tuple(using) for name, using in index.items()}


def _choose_page(text: str, limit: int, offset: int) -> str:
    return _PAGE_LINE.sub(f"LIMIT {int(limit)} OFFSET {int(offset)}", text, count=1)


# ---- reference ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Reference:
    """All that the pages of the ontology show: `placed` leads from a term or scheme to its file.

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
        """Return the file with that header, None where it is not at hand in this version."""
        return next((theme for theme in self.files if theme.header == header), None)

    def find_near(self, name: str) -> tuple[Thing, ...]:
        """Return the terms whose name or label resembles `name`, the nearest first."""
        names: dict[str, Thing] = {}
        for term in self.vocabulary.terms.values():
            names.setdefault(term.name.lower(), term.thing)
            names.setdefault(term.thing.label.lower(), term.thing)
        near = get_close_matches(name.lower(), names, n=_SUGGESTIONS, cutoff=0.55)
        return tuple(dict.fromkeys(names[match] for match in near))

    def find_constraints(self, term: OntologyTerm) -> tuple[tuple[Shape, Shape], ...]:
        """Return pairs of a shape and its constraint on a class or property, the namesake first."""
        iri = term.thing.iri
        pairs = [
            (shape, constraint)
            for shape in self.shapes.values()
            if shape.targets
            for constraint in shape.constraints
            if shape.aims_at(iri)
            or (not term.is_class and any(step.iri == iri for step in constraint.path))
        ]
        return tuple(sorted(pairs, key=lambda pair: (pair[0].name != term.name, pair[0].name)))

    def find_wider_shapes(self, term: OntologyTerm) -> tuple[Shape, ...]:
        """Return the shapes with a superclass of the class as target, but not the class itself."""
        above = [thing.iri for thing in term.wider]
        return tuple(
            shape
            for shape in self.shapes.values()
            if not shape.aims_at(term.thing.iri) and any(map(shape.aims_at, above))
        )

    def search(self, text: str) -> tuple[OntologyTerm | Concept, ...]:
        """Return the terms and concepts with all words of `text` in name, label or another text.

        First comes a label that is `text`, then those with all words in name and label.
        """
        words = text.lower().split()
        ranked = []
        concepts = (c for scheme in self.vocabulary.schemes for c in scheme.concepts)
        for item in (*self.vocabulary.terms.values(), *concepts) if words else ():
            names = f"{item.thing.label} {item.thing.curie}".lower()
            examples = " ".join(getattr(item, "examples", ()))
            texts = f"{names} {item.definition} {examples}".lower()
            if all(word in texts for word in words):
                label = item.thing.label.lower()
                other_label = label != text.lower().strip()
                elsewhere = not all(word in names for word in words)
                ranked.append(((other_label, elsewhere, label, item.thing.iri), item))
        return tuple(item for _, item in sorted(ranked, key=lambda pair: pair[0]))


def read_reference(
    asking: QueryRunner, questions: Iterable[Question], home: Home | None = None
) -> Reference:
    """Return the reference of the build that answers; four queries, and the files of `home`."""
    vocabulary = read_vocabulary(asking)
    terms = (*vocabulary.terms.values(), *vocabulary.foreign)
    labels = {term.thing.iri: term.thing.label for term in terms}
    shapes = IndexedGraph(asking.triples(fill_query("graph-statements", graph=SHAPES_GRAPH)))
    files = _read_themes(home) if home and vocabulary.header else ()
    size_texts = (read_query(name).text for name in ("class-sizes", "property-sizes"))
    size_rows = [row for text in size_texts for row in asking.rows(text)]
    schemes = [scheme.thing.iri for scheme in vocabulary.schemes]
    return Reference(
        vocabulary=vocabulary,
        shapes=make_shapes(shapes, labels),
        shape_statements=shapes,
        files=files,
        placed=_match_themes(files, [*vocabulary.terms, *schemes], vocabulary.statements),
        sizes={row["term"]: int(row["total"]) for row in size_rows if "term" in row},
        questions=index_term_questions(questions),
    )


def find_home() -> Home | None:
    """Return the default home, None where there is none."""
    try:
        return Home.find()
    except UnreadableFile:
        return None


# ---- statements of a document -------------------------------------------------------------


def describe_term(vocabulary: Vocabulary, iri: str) -> set[ox.Triple]:
    """Return the statements about a term, the axioms that name it, and the ontology it is in."""
    graph = vocabulary.statements
    header = {t for t in graph.about(ONTOLOGY) if t.predicate.value in _HEADER_PROPERTIES}
    return graph.about(iri) | _find_axioms(graph, iri) | header


def describe_shape(shapes: IndexedGraph, iri: str) -> set[ox.Triple]:
    """Return the statements about a shape and about the constraints it refers to."""
    parts = {
        value
        for local in ("property", "sparql", "node")
        for value in shapes.values(iri, PREFIXES["sh"] + local)
        if isinstance(value, ox.NamedNode)
    }
    return shapes.about(iri).union(*(shapes.about(part) for part in parts))


def merge_themes(vocabulary: Vocabulary) -> set[ox.Triple]:
    """Return the ontology as one document, without the headers and imports of its themes."""
    themes = {header.iri for header in vocabulary.themes}
    return {
        triple
        for triple in vocabulary.statements.triples
        if getattr(triple.subject, "value", "") not in themes
        and not (triple.predicate.value == f"{_OWL}imports" and triple.object.value in themes)
    }


def describe_theme(vocabulary: Vocabulary, iri: str, terms: Iterable[str]) -> set[ox.Triple]:
    """Return the header of a theme and the statements about its terms."""
    about = vocabulary.statements.about
    return about(iri).union(*(about(term) for term in terms))


def _find_axioms(graph: IndexedGraph, iri: str) -> set[ox.Triple]:
    """Return the axioms of other terms that name a term, also as a member of a list."""
    axioms: set[ox.Triple] = set()
    unvisited = list(graph.mentions(iri))
    for triple in unvisited:  # grows meanwhile, from a list's cell to the one before
        if isinstance(triple.subject, ox.NamedNode):
            in_list = isinstance(triple.object, ox.BlankNode)
            if in_list or triple.predicate.value in _DEFINING:
                axioms.add(triple)
                axioms |= graph.about(triple.object) if in_list else set()
            continue
        above = graph.mentions(triple.subject)
        unvisited += above
        if not above:
            axioms |= graph.about(triple.subject)
    return axioms

"""The ontology as data: its headers, classes, properties and concept schemes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from diplograph.core.names import ONTOLOGY, ONTOLOGY_GRAPH, PREFIXES, compact, expand
from diplograph.core.things import Thing, tag_text
from diplograph.views.query import QueryRunner, fill_query

RdfNode = ox.NamedNode | ox.BlankNode
_RdfTerm = ox.NamedNode | ox.BlankNode | ox.Literal

_DCTERMS, _OWL, _RDF, _RDFS, _SKOS, _VANN = (
    PREFIXES[name] for name in ("dcterms", "owl", "rdf", "rdfs", "skos", "vann")
)
_FIRST, _REST, _NIL = (ox.NamedNode(_RDF + local) for local in ("first", "rest", "nil"))

_CLASS = "class"
_KINDS = {
    f"{_OWL}Class": _CLASS,
    f"{_OWL}ObjectProperty": "object property",
    f"{_OWL}DatatypeProperty": "data property",
    f"{_OWL}AnnotationProperty": "annotation property",
}
# What OWL 2 can say of a property as a whole (Structural Specification, section 9.2), in words.
_CHARACTERISTICS = {
    f"{_OWL}TransitiveProperty": "transitive: it carries on from step to step",
    f"{_OWL}SymmetricProperty": "symmetric: it holds both ways",
    f"{_OWL}AsymmetricProperty": "asymmetric: it never holds both ways",
    f"{_OWL}ReflexiveProperty": "reflexive: everything has it to itself",
    f"{_OWL}IrreflexiveProperty": "irreflexive: nothing has it to itself",
    f"{_OWL}FunctionalProperty": "functional: a thing has one value at most",
    f"{_OWL}InverseFunctionalProperty": "inverse functional: a value is of one thing at most",
}
_NOTES = {
    "Scope": f"{_SKOS}scopeNote",
    "Editorial note": f"{_SKOS}editorialNote",
    "Comment": f"{_RDFS}comment",
}


# ---- statements ---------------------------------------------------------------------------


class IndexedGraph:
    """The statements of one graph, indexed; results are sorted by their text in N-Triples."""

    def __init__(self, triples: Iterable[ox.Triple]):
        self.triples = tuple(sorted(set(triples), key=str))
        self._values: dict[tuple[RdfNode, ox.NamedNode], list[_RdfTerm]] = {}
        self._about: dict[RdfNode, list[ox.Triple]] = {}
        self._mentions: dict[_RdfTerm, list[ox.Triple]] = {}
        for triple in self.triples:
            self._values.setdefault((triple.subject, triple.predicate), []).append(triple.object)
            self._about.setdefault(triple.subject, []).append(triple)
            if not isinstance(triple.object, ox.Literal):
                self._mentions.setdefault(triple.object, []).append(triple)

    def values(self, subject: RdfNode | str, predicate: str) -> list[_RdfTerm]:
        """Return the values of a property."""
        return self._values.get((_node(subject), ox.NamedNode(predicate)), [])

    def iris(self, subject: RdfNode | str, predicate: str) -> tuple[str, ...]:
        """Return the values of a property that are IRIs."""
        terms = self.values(subject, predicate)
        return tuple(term.value for term in terms if isinstance(term, ox.NamedNode))

    def texts(self, subject: RdfNode | str, predicate: str) -> tuple[str, ...]:
        """Return the texts of a property: those in English, else those in no language, else any."""
        literals = [t for t in self.values(subject, predicate) if isinstance(t, ox.Literal)]
        for language in ("en", None):
            texts = tuple(literal.value for literal in literals if literal.language == language)
            if texts:
                return texts
        return tuple(tag_text(literal.value, literal.language) for literal in literals)

    def text(self, subject: RdfNode | str, predicate: str) -> str:
        """Return the first text of a property, empty where it has none."""
        return next(iter(self.texts(subject, predicate)), "")

    def name(self, iri: str) -> Thing:
        """Return the thing of that IRI with its label, or else its CURIE."""
        label = self.text(iri, f"{_RDFS}label") or self.text(iri, f"{_SKOS}prefLabel")
        return Thing(iri, label or compact(iri))

    def subjects(self, predicate: str, value: _RdfTerm | str) -> tuple[str, ...]:
        """Return the IRIs of the things with a value of a property."""
        return tuple(
            triple.subject.value
            for triple in self.mentions(value)
            if triple.predicate.value == predicate and isinstance(triple.subject, ox.NamedNode)
        )

    def typed(self, class_: str) -> tuple[str, ...]:
        """Return the IRIs of the things that a statement types with a class."""
        return self.subjects(f"{_RDF}type", class_)

    def members(self, node: _RdfTerm) -> tuple[_RdfTerm, ...]:
        """Return the members of an RDF list, in its order; none where `node` begins no list."""
        members, visited = [], set()
        while isinstance(node, RdfNode) and node != _NIL and node not in visited:
            visited.add(node)
            members += self._values.get((node, _FIRST), [])[:1]
            node = next(iter(self._values.get((node, _REST), [])), _NIL)
        return tuple(members)

    def about(self, subject: RdfNode | str) -> set[ox.Triple]:
        """Return the statements about a thing, and those about the blank nodes that it leads to."""
        triples, unvisited = set(), [_node(subject)]
        while unvisited:
            for triple in self._about.get(unvisited.pop(), []):
                if triple not in triples and isinstance(triple.object, ox.BlankNode):
                    unvisited.append(triple.object)
                triples.add(triple)
        return triples

    def mentions(self, value: _RdfTerm | str) -> tuple[ox.Triple, ...]:
        """Return the statements that have an IRI or a blank node as their value."""
        return tuple(self._mentions.get(_node(value), []))


def _node(name: _RdfTerm | str) -> _RdfTerm:
    return ox.NamedNode(name) if isinstance(name, str) else name


# ---- headers ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Header:
    """The header of one ontology document; a field that it lacks is empty."""

    iri: str
    title: str
    description: str = ""
    licence: str = ""
    version: str = ""
    version_iri: str = ""
    created: str = ""
    modified: str = ""
    prefix: str = ""
    namespace: str = ""
    imports: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The part after the ontology's own IRI: "core"; empty for the ontology itself.

        >>> Header("https://w3id.org/diplograph/ontology/core", "Core").name
        'core'
        """
        return self.iri.removeprefix(ONTOLOGY).lstrip("/")


def read_header(statements: IndexedGraph, iri: str) -> Header:
    """Return the header of the ontology of that IRI."""
    return Header(
        iri=iri,
        title=statements.text(iri, f"{_DCTERMS}title") or iri,
        description=statements.text(iri, f"{_DCTERMS}description"),
        licence=next(iter(statements.iris(iri, f"{_DCTERMS}license")), ""),
        version=statements.text(iri, f"{_OWL}versionInfo"),
        version_iri=next(iter(statements.iris(iri, f"{_OWL}versionIRI")), ""),
        created=statements.text(iri, f"{_DCTERMS}created"),
        modified=statements.text(iri, f"{_DCTERMS}modified"),
        prefix=statements.text(iri, f"{_VANN}preferredNamespacePrefix"),
        namespace=statements.text(iri, f"{_VANN}preferredNamespaceUri"),
        imports=statements.iris(iri, f"{_OWL}imports"),
    )


# ---- concept schemes ----------------------------------------------------------------------


@dataclass(frozen=True)
class Concept:
    """A concept; `depth` counts the broader concepts above it in its scheme.

    One that is deprecated has the concepts to use in its place as `replacements`.
    """

    thing: Thing
    definition: str = ""
    depth: int = 0
    deprecated: bool = False
    replacements: tuple[Thing, ...] = ()


@dataclass(frozen=True)
class Scheme:
    """A concept scheme; each concept follows the one that is broader than it."""

    thing: Thing
    definition: str = ""
    concepts: tuple[Concept, ...] = ()


def _read_deprecation(statements: IndexedGraph, iri: str) -> tuple[bool, tuple[Thing, ...]]:
    """Return whether a term or concept is deprecated, and what to use in its place."""
    deprecated = statements.text(iri, f"{_OWL}deprecated") in ("true", "1")
    replacements = statements.iris(iri, f"{_DCTERMS}isReplacedBy")
    return deprecated, tuple(map(statements.name, replacements))


def _read_scheme(statements: IndexedGraph, iri: str) -> Scheme:
    members = statements.subjects(f"{_SKOS}inScheme", iri)
    broader = {
        member: set(statements.iris(member, f"{_SKOS}broader")).intersection(members)
        for member in members
    }
    concepts: dict[str, Concept] = {}

    def add(parent: str | None, depth: int) -> None:
        children = [m for m in members if (parent in broader[m] if parent else not broader[m])]
        for thing in sorted(map(statements.name, children), key=lambda t: t.label.lower()):
            if thing.iri not in concepts:
                definition = statements.text(thing.iri, f"{_SKOS}definition")
                deprecation = _read_deprecation(statements, thing.iri)
                concepts[thing.iri] = Concept(thing, definition, depth, *deprecation)
                add(thing.iri, depth + 1)

    add(None, 0)
    definition = statements.text(iri, f"{_SKOS}definition")
    return Scheme(statements.name(iri), definition, tuple(concepts.values()))


# ---- terms --------------------------------------------------------------------------------


@dataclass(frozen=True)
class PropertyEnd:
    """A property and the class at its other end, None where the ontology gives none."""

    property: Thing
    other: Thing | None


@dataclass(frozen=True)
class ClassProperties:
    """The properties that have the class `of` as domain, or as range."""

    of: Thing
    ends: tuple[PropertyEnd, ...]


@dataclass(frozen=True)
class OntologyTerm:
    """A class or property: its definition, and the terms that axioms relate it to.

    `wider` are all superclasses or superproperties, the nearest first; `chains` are the property
    chains that imply a property, `chained` the properties that a chain with this one implies; `has`
    and `pointed` are, for a class, the properties with it or a superclass as domain and as range.
    `leading` is false for a property that files do not write, since they write its inverse: of two
    the one with a dg:fileOrder is written.
    A term that is deprecated has those to use in its place as `replacements`.
    """

    thing: Thing
    kind: str
    definition: str = ""
    examples: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    characteristics: tuple[str, ...] = ()
    parents: tuple[Thing, ...] = ()
    children: tuple[Thing, ...] = ()
    wider: tuple[Thing, ...] = ()
    disjoint: tuple[Thing, ...] = ()
    inverses: tuple[Thing, ...] = ()
    leading: bool = True
    domains: tuple[Thing, ...] = ()
    ranges: tuple[Thing, ...] = ()
    chains: tuple[tuple[Thing, ...], ...] = ()
    chained: tuple[Thing, ...] = ()
    has: tuple[ClassProperties, ...] = ()
    pointed: tuple[ClassProperties, ...] = ()
    deprecated: bool = False
    replacements: tuple[Thing, ...] = ()

    @property
    def name(self) -> str:
        """The part of the IRI after the namespace."""
        return self.thing.iri.rpartition("#")[2]

    @property
    def is_class(self) -> bool:
        """Whether it is a class."""
        return self.kind == _CLASS


@dataclass(frozen=True)
class Vocabulary:
    """The ontology graph: our `terms` by IRI, `foreign` ones, by label; `header` may be None."""

    statements: IndexedGraph
    header: Header | None = None
    themes: tuple[Header, ...] = ()
    terms: Mapping[str, OntologyTerm] = field(default_factory=dict)
    foreign: tuple[OntologyTerm, ...] = ()
    schemes: tuple[Scheme, ...] = ()

    @property
    def classes(self) -> tuple[OntologyTerm, ...]:
        """Our classes, by label."""
        return tuple(term for term in self.terms.values() if term.is_class)

    @property
    def properties(self) -> tuple[OntologyTerm, ...]:
        """Our properties, by label."""
        return tuple(term for term in self.terms.values() if not term.is_class)

    @property
    def roots(self) -> tuple[OntologyTerm, ...]:
        """Our classes without a superclass of ours."""
        return tuple(
            class_
            for class_ in self.classes
            if not any(parent.iri in self.terms for parent in class_.parents)
        )


def read_vocabulary(asking: QueryRunner) -> Vocabulary:
    """Return the ontology that the engine holds; one query."""
    return make_vocabulary(asking.triples(fill_query("graph-statements", graph=ONTOLOGY_GRAPH)))


def make_vocabulary(triples: Iterable[ox.Triple]) -> Vocabulary:
    """Return the ontology that `triples` describe."""
    statements = IndexedGraph(triples)
    reader = _TermReader(statements)
    kinds = {iri: kind for class_, kind in _KINDS.items() for iri in statements.typed(class_)}
    terms = sorted(
        (reader.read(iri, kind) for iri, kind in kinds.items()),
        key=lambda term: _sort_key(term.thing),
    )
    headers = [read_header(statements, iri) for iri in statements.typed(f"{_OWL}Ontology")]
    schemes = [_read_scheme(statements, iri) for iri in statements.typed(f"{_SKOS}ConceptScheme")]
    own = PREFIXES["dg"]
    return Vocabulary(
        statements=statements,
        header=next((header for header in headers if header.iri == ONTOLOGY), None),
        themes=tuple(header for header in headers if header.iri != ONTOLOGY),
        terms={term.thing.iri: term for term in terms if term.thing.iri.startswith(own)},
        foreign=tuple(term for term in terms if not term.thing.iri.startswith(own)),
        schemes=tuple(sorted(schemes, key=lambda scheme: _sort_key(scheme.thing))),
    )


class _TermReader:
    """Reads terms from the statements of an ontology."""

    def __init__(self, statements: IndexedGraph):
        self._graph = statements
        # Classes disjoint with a class; properties that a chain with a property implies.
        self._disjoint: dict[str, set[str]] = {}
        self._chained: dict[str, set[str]] = {}
        for subject, predicate, value in statements.triples:
            if predicate.value == f"{_OWL}propertyChainAxiom":
                for step in statements.members(value):
                    self._chained.setdefault(step.value, set()).add(subject.value)
            elif predicate.value in {f"{_OWL}disjointWith", f"{_OWL}members"}:
                group = [term.value for term in statements.members(value) or (subject, value)]
                for class_ in group:
                    self._disjoint.setdefault(class_, set()).update({*group} - {class_})

    def read(self, iri: str, kind: str) -> OntologyTerm:
        graph = self._graph
        above = _RDFS + ("subClassOf" if kind == _CLASS else "subPropertyOf")
        types = graph.iris(iri, f"{_RDF}type")
        deprecated, replacements = _read_deprecation(graph, iri)
        return OntologyTerm(
            thing=graph.name(iri),
            kind=kind,
            definition=graph.text(iri, f"{_SKOS}definition"),
            examples=graph.texts(iri, f"{_SKOS}example"),
            notes=tuple(
                (word, text)
                for word, property_ in _NOTES.items()
                for text in graph.texts(iri, property_)
            ),
            characteristics=tuple(w for class_, w in _CHARACTERISTICS.items() if class_ in types),
            parents=self._things(graph.iris(iri, above)),
            children=self._things(graph.subjects(above, iri)),
            wider=tuple(map(graph.name, self._ancestors(iri, above))),
            disjoint=self._things(self._disjoint.get(iri, ())),
            leading=self._is_leading(iri),
            inverses=self._things(self._inverses(iri)),
            domains=self._things(graph.iris(iri, f"{_RDFS}domain")),
            ranges=self._things(graph.iris(iri, f"{_RDFS}range")),
            chains=tuple(
                tuple(graph.name(step.value) for step in graph.members(chain))
                for chain in graph.values(iri, f"{_OWL}propertyChainAxiom")
            ),
            chained=self._things(self._chained.get(iri, ())),
            has=self._properties(iri, "domain", "range") if kind == _CLASS else (),
            pointed=self._properties(iri, "range", "domain") if kind == _CLASS else (),
            deprecated=deprecated,
            replacements=replacements,
        )

    def _inverses(self, iri: str) -> set[str]:
        graph, inverse = self._graph, f"{_OWL}inverseOf"
        return {*graph.iris(iri, inverse), *graph.subjects(inverse, iri)}

    def _is_leading(self, iri: str) -> bool:
        """Return whether no inverse of the property comes before it, as queries/thing.rq has it.

        The one with a dg:fileOrder does; where none has, the object of owl:inverseOf.
        """
        placed, others = self._has_place(iri), self._inverses(iri) - {iri}
        if placed or any(map(self._has_place, others)):
            return placed
        return others.isdisjoint(self._graph.iris(iri, f"{_OWL}inverseOf"))

    def _has_place(self, iri: str) -> bool:
        return bool(self._graph.values(iri, expand("dg:fileOrder")))

    def _things(self, iris: Iterable[str]) -> tuple[Thing, ...]:
        return tuple(sorted(map(self._graph.name, set(iris)), key=_sort_key))

    def _ancestors(self, iri: str, above: str) -> list[str]:
        chain = [iri]
        for term in chain:  # grows meanwhile, so that the nearest come first
            parents = dict.fromkeys(self._graph.iris(term, above))
            chain += [parent for parent in parents if parent not in chain]
        return chain[1:]

    def _properties(self, iri: str, here: str, there: str) -> tuple[ClassProperties, ...]:
        """Return the properties whose end `here` is the class or one above it, class by class."""
        result = []
        for class_ in (iri, *self._ancestors(iri, f"{_RDFS}subClassOf")):
            ends = []
            for property_ in self._things(self._graph.subjects(_RDFS + here, class_)):
                others = self._things(self._graph.iris(property_.iri, _RDFS + there))
                ends.append(PropertyEnd(property_, others[0] if others else None))
            if ends:
                result.append(ClassProperties(self._graph.name(class_), tuple(ends)))
        return tuple(result)


def _sort_key(thing: Thing) -> tuple[str, str]:
    return thing.label.lower(), thing.iri

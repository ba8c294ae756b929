"""The words of the ontology: each class and property with what it is tied to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from diplograph.core.names import ONTOLOGY, ONTOLOGY_GRAPH, PREFIXES, compact
from diplograph.core.things import Thing
from diplograph.views.query import QueryRunner, fill_query

RdfNode = ox.NamedNode | ox.BlankNode
_RdfTerm = ox.NamedNode | ox.BlankNode | ox.Literal

_FIRST, _REST, _TYPE = (
    ox.NamedNode(PREFIXES["rdf"] + local) for local in ("first", "rest", "type")
)
_NIL = ox.NamedNode(PREFIXES["rdf"] + "nil")


class IndexedGraph:
    """The statements of one graph; what it returns is sorted, so that pages are always the same."""

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
        found = self.values(subject, predicate)
        return tuple(each.value for each in found if isinstance(each, ox.NamedNode))

    def texts(self, subject: RdfNode | str, predicate: str) -> tuple[str, ...]:
        """Return the texts of a property: those in English, else those in no language, else any."""
        found = [each for each in self.values(subject, predicate) if isinstance(each, ox.Literal)]
        for languages in (("en",), (None,)):
            chosen = [each.value for each in found if each.language in languages]
            if chosen:
                return tuple(chosen)
        return tuple(each.value for each in found)

    def text(self, subject: RdfNode | str, predicate: str) -> str:
        """Return the first text of a property, empty where it has none."""
        return next(iter(self.texts(subject, predicate)), "")

    def subjects(self, predicate: str, value: _RdfTerm | str) -> tuple[str, ...]:
        """Return the IRIs of what has a value of a property."""
        wanted, found = ox.NamedNode(predicate), self._mentions.get(_node(value), [])
        return tuple(
            each.subject.value
            for each in found
            if each.predicate == wanted and isinstance(each.subject, ox.NamedNode)
        )

    def typed(self, kind: str) -> tuple[str, ...]:
        """Return the IRIs of what is said to be of a class."""
        return self.subjects(_TYPE.value, kind)

    def members(self, node: _RdfTerm) -> tuple[_RdfTerm, ...]:
        """Return the members of a list, in its order; none of what is no list."""
        found, seen = [], set()
        while isinstance(node, ox.NamedNode | ox.BlankNode) and node != _NIL and node not in seen:
            seen.add(node)
            found += self._values.get((node, _FIRST), [])[:1]
            node = next(iter(self._values.get((node, _REST), [])), _NIL)
        return tuple(found)

    def about(self, subject: RdfNode | str) -> set[ox.Triple]:
        """Return the statements about a thing, and those about the blank nodes that it leads to."""
        found, waiting = set(), [_node(subject)]
        while waiting:
            for triple in self._about.get(waiting.pop(), []):
                if triple not in found and isinstance(triple.object, ox.BlankNode):
                    waiting.append(triple.object)
                found.add(triple)
        return found

    def mentions(self, value: _RdfTerm | str) -> tuple[ox.Triple, ...]:
        """Return the statements that have a thing as their value."""
        return tuple(self._mentions.get(_node(value), []))


def _node(name: _RdfTerm | str) -> _RdfTerm:
    return ox.NamedNode(name) if isinstance(name, str) else name


_DCTERMS, _OWL, _VANN = PREFIXES["dcterms"], PREFIXES["owl"], PREFIXES["vann"]


@dataclass(frozen=True)
class Header:
    """The header of one ontology document; a text is empty where it does not say."""

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
        """What follows the ontology's own IRI: "core"; empty for the ontology itself.

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


_RDFS, _SKOS = PREFIXES["rdfs"], PREFIXES["skos"]


@dataclass(frozen=True)
class Concept:
    """A concept; `depth` counts the wider concepts above it in its scheme."""

    thing: Thing
    definition: str = ""
    depth: int = 0


@dataclass(frozen=True)
class Scheme:
    """A scheme with its concepts, each after the one it stands under."""

    thing: Thing
    definition: str = ""
    concepts: tuple[Concept, ...] = ()


def read_schemes(statements: IndexedGraph) -> tuple[Scheme, ...]:
    """Return the concept schemes, by label."""
    found = [_read_scheme(statements, iri) for iri in statements.typed(f"{_SKOS}ConceptScheme")]
    return tuple(sorted(found, key=lambda each: (each.thing.label.lower(), each.thing.iri)))


def _read_scheme(statements: IndexedGraph, iri: str) -> Scheme:
    inside = statements.subjects(f"{_SKOS}inScheme", iri)
    broader = {each: set(statements.iris(each, f"{_SKOS}broader")) & {*inside} for each in inside}
    concepts: list[Concept] = []

    def place(parent: str | None, depth: int) -> None:
        here = [
            each for each in inside if (parent in broader[each] if parent else not broader[each])
        ]
        for each in sorted(here, key=lambda one: _name(statements, one).label.lower()):
            if all(each != placed.thing.iri for placed in concepts):
                definition = statements.text(each, f"{_SKOS}definition")
                concepts.append(Concept(_name(statements, each), definition, depth))
                place(each, depth + 1)

    place(None, 0)
    definition = statements.text(iri, f"{_SKOS}definition")
    return Scheme(_name(statements, iri), definition, tuple(concepts))


def _name(statements: IndexedGraph, iri: str) -> Thing:
    label = statements.text(iri, f"{_RDFS}label") or statements.text(iri, f"{_SKOS}prefLabel")
    return Thing(iri, label or compact(iri))


CLASS, OBJECT, DATA, ANNOTATION = (
    "class",
    "object property",
    "data property",
    "annotation property",
)
_OWL, _RDFS, _SKOS = PREFIXES["owl"], PREFIXES["rdfs"], PREFIXES["skos"]
_KINDS = {
    f"{_OWL}Class": CLASS,
    f"{_OWL}ObjectProperty": OBJECT,
    f"{_OWL}DatatypeProperty": DATA,
    f"{_OWL}AnnotationProperty": ANNOTATION,
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


@dataclass(frozen=True)
class PropertyEnd:
    """A property and what stands at its other end, None where nothing says what that is."""

    property: Thing
    other: Thing | None


@dataclass(frozen=True)
class Ties:
    """The properties that start, or end, at one class."""

    of: Thing
    ties: tuple[PropertyEnd, ...]


@dataclass(frozen=True)
class OntologyTerm:
    """A class or property: what it means, and the terms next to it.

    `wider` are all classes above a class, the nearest first; `chains` are the paths that a property
    follows from, `chained` the properties that follow from a path with this one in it; `has` and
    `pointed` are, for a class, the properties that start and end at it and at the classes above it.
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
    has: tuple[Ties, ...] = ()
    pointed: tuple[Ties, ...] = ()

    @property
    def name(self) -> str:
        """The part of the IRI after the namespace."""
        return self.thing.iri.rpartition("#")[2]

    @property
    def is_class(self) -> bool:
        """Whether it is a class."""
        return self.kind == CLASS


@dataclass(frozen=True)
class Vocabulary:
    """Everything that the ontology's graph says; `terms` are ours, `foreign` those of others.

    `header` is None where the graph holds no ontology.
    """

    statements: IndexedGraph
    header: Header | None = None
    themes: tuple[Header, ...] = ()
    terms: Mapping[str, OntologyTerm] = field(default_factory=dict)
    foreign: tuple[OntologyTerm, ...] = ()
    schemes: tuple[Scheme, ...] = ()

    @property
    def classes(self) -> tuple[OntologyTerm, ...]:
        """Our classes, by label."""
        return tuple(each for each in self.terms.values() if each.is_class)

    @property
    def properties(self) -> tuple[OntologyTerm, ...]:
        """Our properties, by label."""
        return tuple(each for each in self.terms.values() if not each.is_class)

    @property
    def roots(self) -> tuple[OntologyTerm, ...]:
        """Our classes that stand under none of ours."""
        return tuple(
            each
            for each in self.classes
            if not any(parent.iri in self.terms for parent in each.parents)
        )


def read_vocabulary(asking: QueryRunner) -> Vocabulary:
    """Return the ontology that the engine holds; one query."""
    return make_vocabulary(asking.triples(fill_query("graph-statements", graph=ONTOLOGY_GRAPH)))


def make_vocabulary(triples: Iterable[ox.Triple]) -> Vocabulary:
    """Return the ontology that some statements make."""
    statements = IndexedGraph(triples)
    reader = _Reader(statements)
    kinds = {iri: kind for owl_class, kind in _KINDS.items() for iri in statements.typed(owl_class)}
    terms = sorted(
        (reader.read(iri, kind) for iri, kind in kinds.items()),
        key=lambda term: (term.thing.label.lower(), term.thing.iri),
    )
    headers = [read_header(statements, iri) for iri in statements.typed(f"{_OWL}Ontology")]
    own = PREFIXES["dg"]
    return Vocabulary(
        statements=statements,
        header=next((each for each in headers if each.iri == ONTOLOGY), None),
        themes=tuple(each for each in headers if each.iri != ONTOLOGY),
        terms={term.thing.iri: term for term in terms if term.thing.iri.startswith(own)},
        foreign=tuple(term for term in terms if not term.thing.iri.startswith(own)),
        schemes=read_schemes(statements),
    )


class _Reader:
    """Reads one term after another from the statements of an ontology."""

    def __init__(self, statements: IndexedGraph):
        self._said = statements
        self._disjoint = _read_disjoint(statements)
        self._chained = _read_chained(statements)
        self._types = {type_: set(statements.typed(type_)) for type_ in _CHARACTERISTICS}

    def read(self, iri: str, kind: str) -> OntologyTerm:
        said, above = self._said, _RDFS + ("subClassOf" if kind == CLASS else "subPropertyOf")
        chains = said.values(iri, f"{_OWL}propertyChainAxiom")
        return OntologyTerm(
            thing=self._thing(iri),
            kind=kind,
            definition=said.text(iri, f"{_SKOS}definition"),
            examples=said.texts(iri, f"{_SKOS}example"),
            notes=tuple(
                (word, text) for word, at in _NOTES.items() for text in said.texts(iri, at)
            ),
            characteristics=tuple(
                words for type_, words in _CHARACTERISTICS.items() if iri in self._types[type_]
            ),
            parents=self._things(said.iris(iri, above)),
            children=self._things(said.subjects(above, iri)),
            wider=tuple(map(self._thing, self._climb(iri, above))),
            disjoint=self._things(self._disjoint.get(iri, ())),
            leading=not said.iris(iri, f"{_OWL}inverseOf"),
            inverses=self._things(
                {*said.iris(iri, f"{_OWL}inverseOf"), *said.subjects(f"{_OWL}inverseOf", iri)}
            ),
            domains=self._things(said.iris(iri, f"{_RDFS}domain")),
            ranges=self._things(said.iris(iri, f"{_RDFS}range")),
            chains=tuple(self._path(chain) for chain in chains),
            chained=self._things(self._chained.get(iri, ())),
            has=self._ties(iri, "domain", "range") if kind == CLASS else (),
            pointed=self._ties(iri, "range", "domain") if kind == CLASS else (),
        )

    def _thing(self, iri: str) -> Thing:
        return Thing(iri, self._said.text(iri, f"{_RDFS}label") or compact(iri))

    def _things(self, iris: Iterable[str]) -> tuple[Thing, ...]:
        found = (self._thing(iri) for iri in set(iris))
        return tuple(sorted(found, key=lambda each: (each.label.lower(), each.iri)))

    def _path(self, chain: ox.BlankNode | ox.NamedNode) -> tuple[Thing, ...]:
        return tuple(self._thing(each.value) for each in self._said.members(chain))

    def _climb(self, iri: str, above: str) -> list[str]:
        found, waiting = [], [iri]
        for each in waiting:  # it grows on the way: the nearest come first
            for parent in self._said.iris(each, above):
                if parent not in found and parent != iri:
                    found.append(parent)
                    waiting.append(parent)
        return found

    def _ties(self, iri: str, here: str, there: str) -> tuple[Ties, ...]:
        found = []
        for each in (iri, *self._climb(iri, f"{_RDFS}subClassOf")):
            properties = self._things(self._said.subjects(_RDFS + here, each))
            ties = tuple(
                PropertyEnd(
                    one, next(iter(self._things(self._said.iris(one.iri, _RDFS + there))), None)
                )
                for one in properties
            )
            if ties:
                found.append(Ties(self._thing(each), ties))
        return tuple(found)


def _read_disjoint(statements: IndexedGraph) -> dict[str, set[str]]:
    """Return class IRI to those that nothing can be as well."""
    pairs: dict[str, set[str]] = {}
    for triple in statements.triples:
        if triple.predicate.value == f"{_OWL}disjointWith":
            group = [triple.subject.value, triple.object.value]
        elif triple.predicate.value == f"{_OWL}members":
            group = [each.value for each in statements.members(triple.object)]
        else:
            continue
        for each in group:
            pairs.setdefault(each, set()).update(one for one in group if one != each)
    return pairs


def _read_chained(statements: IndexedGraph) -> dict[str, set[str]]:
    """Return property IRI to those that follow from a path with it."""
    found: dict[str, set[str]] = {}
    for triple in statements.triples:
        if triple.predicate.value == f"{_OWL}propertyChainAxiom":
            for step in statements.members(triple.object):
                found.setdefault(step.value, set()).add(triple.subject.value)
    return found

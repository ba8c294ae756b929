"""The words of the ontology: each class and property with what it is tied to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyoxigraph as ox

from diplograph.core.names import ONTOLOGY, ONTOLOGY_GRAPH, PREFIXES, compact
from diplograph.things import Thing
from diplograph.views.asking import Asking
from diplograph.views.headers import Header, read_header
from diplograph.views.indexed import Indexed
from diplograph.views.schemes import Scheme, read_schemes
from diplograph.views.texts import fill

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
class Tie:
    """A property and what stands at its other end, None where nothing says what that is."""

    property: Thing
    other: Thing | None


@dataclass(frozen=True)
class Ties:
    """The properties that start, or end, at one class."""

    of: Thing
    ties: tuple[Tie, ...]


@dataclass(frozen=True)
class Term:
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

    statements: Indexed
    header: Header | None = None
    themes: tuple[Header, ...] = ()
    terms: Mapping[str, Term] = field(default_factory=dict)
    foreign: tuple[Term, ...] = ()
    schemes: tuple[Scheme, ...] = ()

    @property
    def classes(self) -> tuple[Term, ...]:
        """Our classes, by label."""
        return tuple(each for each in self.terms.values() if each.is_class)

    @property
    def properties(self) -> tuple[Term, ...]:
        """Our properties, by label."""
        return tuple(each for each in self.terms.values() if not each.is_class)

    @property
    def roots(self) -> tuple[Term, ...]:
        """Our classes that stand under none of ours."""
        return tuple(
            each
            for each in self.classes
            if not any(parent.iri in self.terms for parent in each.parents)
        )


def read_vocabulary(asking: Asking) -> Vocabulary:
    """Return the ontology that the engine holds; one query."""
    return make_vocabulary(asking.triples(fill("graph-statements", graph=ONTOLOGY_GRAPH)))


def make_vocabulary(triples: Iterable[ox.Triple]) -> Vocabulary:
    """Return the ontology that some statements make."""
    statements = Indexed(triples)
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

    def __init__(self, statements: Indexed):
        self._said = statements
        self._disjoint = _read_disjoint(statements)
        self._chained = _read_chained(statements)
        self._types = {type_: set(statements.typed(type_)) for type_ in _CHARACTERISTICS}

    def read(self, iri: str, kind: str) -> Term:
        said, above = self._said, _RDFS + ("subClassOf" if kind == CLASS else "subPropertyOf")
        chains = said.values(iri, f"{_OWL}propertyChainAxiom")
        return Term(
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
                Tie(one, next(iter(self._things(self._said.iris(one.iri, _RDFS + there))), None))
                for one in properties
            )
            if ties:
                found.append(Ties(self._thing(each), ties))
        return tuple(found)


def _read_disjoint(statements: Indexed) -> dict[str, set[str]]:
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


def _read_chained(statements: Indexed) -> dict[str, set[str]]:
    """Return property IRI to those that follow from a path with it."""
    found: dict[str, set[str]] = {}
    for triple in statements.triples:
        if triple.predicate.value == f"{_OWL}propertyChainAxiom":
            for step in statements.members(triple.object):
                found.setdefault(step.value, set()).add(triple.subject.value)
    return found

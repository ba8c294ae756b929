"""The order of a Turtle file: sections, subjects in a section, predicates of a subject, types.

What belongs to this project's own terms comes from annotations in the ontology, so that a new class
or property needs no change here: dg:iriKind and dg:sectionTitle of a class, dg:fileOrder of a class
or property. The order of other vocabularies' terms is a table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from unicodedata import category

from pyoxigraph import Literal

from diplograph.core import names
from diplograph.core.errors import MalformedFile
from diplograph.core.files import decode, read_regular
from diplograph.core.inputs import is_alignments, list_ontology_files
from diplograph.core.rdf import parse_rdf
from diplograph.turtle.prefixes import NAME_NEXT, NAME_START

HEADER = names.PREFIXES["owl"] + "Ontology"

# Properties whose lists stand for sets: OWL tools write the members in an order of their own.
SETS = frozenset(
    names.PREFIXES["owl"] + local
    for local in (
        "disjointUnionOf distinctMembers hasKey intersectionOf members oneOf unionOf"
    ).split()
)

# Axioms whose two terms OWL does not tell apart: OWL tools write such a statement once, with the
# term that comes first as its subject.
SYMMETRIC = frozenset(
    names.PREFIXES["owl"] + local
    for local in (
        "disjointWith equivalentClass equivalentProperty inverseOf propertyDisjointWith"
    ).split()
)

_TERM_SECTIONS = {
    "owl:Class": "Classes",
    "rdfs:Class": "Classes",
    "owl:ObjectProperty": "Object properties",
    "owl:DatatypeProperty": "Data properties",
    "owl:AnnotationProperty": "Annotation properties",
    "rdfs:Datatype": "Datatypes",
}
# Groups of sections, in their order; a group of several sections is ordered by place and title.
_GROUPS = (
    "header",
    "Shapes",
    *dict.fromkeys(_TERM_SECTIONS.values()),
    "Properties",
    "schemes",
    "Concepts",
    "kinds",
    "Other things",
    "External identifiers",
    "Axioms",
)

_FIRST_TYPES = """
owl:Ontology owl:NamedIndividual owl:Class owl:ObjectProperty owl:DatatypeProperty
owl:AnnotationProperty sh:NodeShape sh:PropertyShape skos:ConceptScheme skos:Concept
"""

_FIRST_PREDICATES = """
rdf:type dcterms:title rdfs:label skos:prefLabel skos:altLabel skos:definition skos:example
skos:scopeNote skos:editorialNote skos:note rdfs:comment dcterms:description dcterms:license
dcterms:creator dcterms:created dcterms:modified owl:versionIRI owl:versionInfo
vann:preferredNamespacePrefix vann:preferredNamespaceUri owl:imports rdfs:subClassOf
owl:equivalentClass owl:disjointWith rdfs:subPropertyOf owl:equivalentProperty owl:inverseOf
rdfs:domain rdfs:range owl:propertyChainAxiom owl:propertyDisjointWith owl:members
owl:distinctMembers skos:hasTopConcept skos:inScheme skos:topConceptOf skos:broader skos:narrower
skos:related sh:targetClass sh:targetSubjectsOf sh:targetObjectsOf sh:targetNode sh:target
sh:property sh:path sh:class sh:nodeKind sh:datatype sh:minCount sh:maxCount sh:in sh:hasValue
sh:pattern sh:flags sh:languageIn sh:uniqueLang sh:severity sh:message sh:prefixes sh:sparql
sh:select
"""
_LAST_PREDICATES = "dcterms:source rdfs:isDefinedBy"
_PLACE = re.compile("[0-9]{1,6}")
# What begins an XML name, and what ends one.
_NCNAME_START, _NCNAME_END = re.compile(f"[{NAME_START}]"), re.compile(f"[^.{NAME_NEXT}]")
# The place of a property, or of a kind, that has no dg:fileOrder.
_UNPLACED = 1000


class Section(NamedTuple):
    """A section of a file: its sort key, and the title over it, which is empty for the header."""

    group: int
    place: int
    title: str


@dataclass(frozen=True)
class FileOrder:
    """The order that an ontology defines for its own terms.

    `kinds` maps a kind (the word after id/ in an IRI) to its section's place and title,
    `properties` the IRI of a property to its place.
    """

    kinds: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    properties: Mapping[str, int] = field(default_factory=dict)

    def section(self, iri: str, types: frozenset[str]) -> Section:
        """Return the section of the thing `iri`: of our own terms by IRI, of others by type."""
        if HEADER in types:
            return HEADER_SECTION
        path = iri.removeprefix(names.ROOT) if iri.startswith(names.ROOT) else ""
        folder, _, rest = path.partition("/")
        kind = rest.partition("/")[0]
        if folder == "shape":
            return _section("Shapes")
        if folder == "concept":
            if kind in names.CONCEPT_SCHEMES:
                return _section("schemes", title=f"Concepts of {kind}")
            return _section("Concepts")
        if folder == "id":
            return _section("kinds", *self.kinds[kind]) if kind in self.kinds else OTHER_SECTION
        curies = {names.compact(type_iri) for type_iri in types}
        for curie, title in _TERM_SECTIONS.items():
            if curie in curies:
                return _section(title)
        if types:
            return OTHER_SECTION
        local = path.removeprefix("ontology#")
        if local != path:
            return _section("Classes" if local[:1].isupper() else "Properties")
        return OTHER_SECTION if path else _section("External identifiers")

    def titles(self) -> set[str]:
        """Return the titles of all sections."""
        kinds = {title for _, title in self.kinds.values()}
        schemes = {f"Concepts of {scheme}" for scheme in names.CONCEPT_SCHEMES}
        return {group for group in _GROUPS if group[:1].isupper()} | kinds | schemes

    def predicate_key(self, iri: str) -> tuple:
        """Return the sort key of a predicate: other vocabularies' first, ours, then the sources."""
        curie, place = names.compact(iri), self.properties.get(iri, _UNPLACED)
        return _PREDICATE_RANKS.get(curie, 0), place, natural_key(curie)


@lru_cache(maxsize=4)
def read_file_order(ontology: Path) -> FileOrder:
    """Return the order that the files in the folder `ontology` define.

    Raises UnreadableFile, and MalformedFile for a file that cannot be parsed or a dg:fileOrder that
    is no whole number of at most six digits.
    """
    values: dict[str, dict[str, str]] = {}
    local_names = ("iriKind", "sectionTitle", "fileOrder")
    annotations = {names.PREFIXES["dg"] + name: name for name in local_names}
    for path in list_ontology_files(ontology):
        if is_alignments(path):
            continue
        quads, _ = parse_rdf(decode(read_regular(path, file=path), file=path), file=path)
        for quad in quads:
            name = annotations.get(quad.predicate.value)
            if name and isinstance(quad.object, Literal):
                if name == "fileOrder" and not _PLACE.fullmatch(quad.object.value):
                    message = "dg:fileOrder is a whole number"
                    raise MalformedFile(message, file=path, value=quad.object.value)
                values.setdefault(quad.subject.value, {})[name] = quad.object.value
    places = {iri: int(by_name.get("fileOrder", _UNPLACED)) for iri, by_name in values.items()}
    return FileOrder(
        kinds={
            by_name["iriKind"]: (places[iri], comment_text(by_name["sectionTitle"]))
            for iri, by_name in values.items()
            if "iriKind" in by_name and "sectionTitle" in by_name
        },
        properties=places,
    )


def comment_text(title: str) -> str:
    """Return `title` on one line, without control characters."""
    return " ".join("".join(" " if category(c) == "Cc" else c for c in title).split())


def type_rank(iri: str) -> int:
    """Return the rank of a type among others: general ones, such as owl:Class, come first."""
    return _TYPE_RANKS.get(names.compact(iri), 0)


def subject_key(iri: str) -> tuple:
    """Return the sort key of a subject in its section: ours first, passage 2 before 10."""
    return (not iri.startswith(names.ROOT), natural_key(iri))


def side_key(iri: str) -> tuple[bytes, bytes]:
    """Return the key by which the OWL API tells which side of a symmetric statement comes first.

    It compares namespaces, then the XML name (NCName) at the end, by their UTF-16 code units.
    """
    tail = max((found.end() for found in _NCNAME_END.finditer(iri)), default=0)
    name = _NCNAME_START.search(iri, tail)
    start = name.start() if name else len(iri)
    return iri[:start].encode("utf-16-be"), iri[start:].encode("utf-16-be")


def natural_key(text: str) -> tuple:
    """Return a key that sorts texts by their characters, and runs of digits by their number."""
    parts = re.split(r"([0-9]+)", text)
    numbers = [digits.lstrip("0") for digits in parts[1::2]]
    parts[1::2] = [(len(number), number) for number in numbers]
    return (tuple(parts), text)


def _section(group: str, place: int = 0, title: str = "") -> Section:
    return Section(_GROUPS.index(group), place, title or group)


HEADER_SECTION = Section(0, 0, "")
OTHER_SECTION, AXIOMS_SECTION = _section("Other things"), _section("Axioms")


def _rank(first: str, last: str = "") -> Mapping[str, int]:
    """Return the rank of each listed CURIE: those of `first` below 0, those of `last` above it."""
    before, after = first.split(), last.split()
    ranks = {curie: rank - len(before) for rank, curie in enumerate(before)}
    return ranks | {curie: rank for rank, curie in enumerate(after, start=1)}


_TYPE_RANKS = _rank(_FIRST_TYPES)
_PREDICATE_RANKS = _rank(_FIRST_PREDICATES, _LAST_PREDICATES)

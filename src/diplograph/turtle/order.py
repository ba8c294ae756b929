"""What comes before what in a Turtle file: sections, subjects, predicates and values."""

from __future__ import annotations

import re
from collections.abc import Mapping

from diplograph.core import names

HEADER = names.PREFIXES["owl"] + "Ontology"

# owl: lists that stand for sets: OWL tools write their members in an order of their own.
SETS = frozenset(
    names.PREFIXES["owl"] + local
    for local in (
        "disjointUnionOf",
        "distinctMembers",
        "hasKey",
        "intersectionOf",
        "members",
        "oneOf",
        "unionOf",
    )
)

_TERM_SECTIONS = {
    "owl:Class": "Classes",
    "rdfs:Class": "Classes",
    "owl:ObjectProperty": "Object properties",
    "owl:DatatypeProperty": "Data properties",
    "owl:AnnotationProperty": "Annotation properties",
    "rdfs:Datatype": "Datatypes",
}
_KIND_SECTIONS = {
    "report": "Reports",
    "passage": "Passages",
    "state": "States",
    "city": "Cities",
    "region": "Regions",
    "person": "People",
    "office": "Offices",
    "body": "Government bodies",
    "forum": "Forums",
    "organ": "Organs of forums",
    "media": "Media organizations",
    "delegation": "Delegations",
    "group": "Population groups",
    "partnership": "Partnerships",
    "series": "Series of events",
    "agreement": "Agreements",
    "event": "Events",
    "participation": "Participations",
    "agenda-item": "Agenda items",
    "date-estimate": "Date estimates",
    "status-record": "Status records",
    "quantity-estimate": "Quantity estimates",
    "tenure": "Tenures",
    "membership": "Memberships",
    "stage": "Stages",
    "stance": "Stances",
    "concern": "Concerns",
    "attestation": "Attestations",
}
_SCHEME_SECTIONS = {scheme: f"Concepts of {scheme}" for scheme in names.CONCEPT_SCHEMES}
_SECTIONS = tuple(
    dict.fromkeys(
        [
            "",
            "Shapes",
            *_TERM_SECTIONS.values(),
            "Properties",
            *_SCHEME_SECTIONS.values(),
            "Concepts",
            *_KIND_SECTIONS.values(),
            "Other things",
            "External identifiers",
            "Axioms",
        ]
    )
)

_FIRST_TYPES = """
owl:Ontology owl:NamedIndividual owl:Class owl:ObjectProperty owl:DatatypeProperty
owl:AnnotationProperty sh:NodeShape sh:PropertyShape skos:ConceptScheme skos:Concept
"""

_FIRST_PREDICATES = """
rdf:type dcterms:title rdfs:label skos:prefLabel skos:altLabel skos:definition skos:example
skos:scopeNote skos:editorialNote skos:note rdfs:comment dcterms:description dcterms:license
dcterms:creator dcterms:created dcterms:modified owl:versionIRI owl:versionInfo
vann:preferredNamespacePrefix vann:preferredNamespaceUri owl:imports
rdfs:subClassOf owl:equivalentClass owl:disjointWith rdfs:subPropertyOf owl:equivalentProperty
owl:inverseOf rdfs:domain rdfs:range owl:propertyChainAxiom owl:propertyDisjointWith
owl:members owl:distinctMembers
skos:hasTopConcept skos:inScheme skos:topConceptOf skos:broader skos:narrower skos:related
sh:targetClass sh:targetSubjectsOf sh:targetObjectsOf sh:targetNode sh:target sh:property
sh:path sh:class sh:nodeKind sh:datatype sh:minCount sh:maxCount sh:in sh:hasValue sh:pattern
sh:flags sh:languageIn sh:uniqueLang sh:severity sh:message sh:prefixes sh:sparql sh:select
dg:alpha3Code dg:alpha2Code dg:m49Code dg:inState dg:latitude dg:longitude
dg:nationality dg:servesIn
dg:holder dg:office dg:officeOf dg:officeIn dg:bodyOf dg:organOf
dg:member dg:memberOfForum dg:membershipKind
dg:partner dg:stageOf dg:precedingStage dg:coversSector
dg:agreementParty dg:agreementStageOf dg:stageValue
dg:participationIn dg:participant dg:participationRole dg:onBehalfOf dg:inCapacityOf
dg:inDelegation dg:delegationOf dg:visitKind dg:visitor dg:sendingState dg:hostState
dg:takesPlaceIn dg:meetingOf dg:subEventOf dg:inSeries dg:ordinalInSeries dg:preparesFor dg:follows
dg:firstSince
dg:agendaOf dg:agendaTopic dg:agendaEntity
dg:speaker dg:addressee dg:content dg:onTopic
dg:raisedBy dg:raisedWith dg:concernsGroup dg:stanceHolder
dg:pressureBy dg:pressureOn dg:pressureOver dg:conductBy dg:conductWith dg:conductIn
dg:dateOf dg:dateRole dg:edtf dg:dateText dg:earliest dg:latest
dg:statusOf dg:statusValue dg:quantityOf dg:minCount dg:maxCount dg:quantityText
dg:attests dg:quotes dg:attributedTo dg:modality dg:evidentiality dg:hedgeText dg:supersedes
dg:passageOf dg:paragraph dg:startOffset dg:endOffset dg:sha256 dg:characterCount dg:gist
dg:publisher dg:basedOn
"""
_LAST_PREDICATES = "dg:externalMatch dg:idEvidence dg:sourceNote dcterms:source rdfs:isDefinedBy"


def predicate_key(iri: str) -> tuple:
    """Return what predicates are sorted by: the fixed table, then the rest, then the sources."""
    curie = names.compact(iri)
    return (_PREDICATE_RANKS.get(curie, 0), natural_key(curie))


def type_rank(iri: str) -> int:
    """Return the place of a type among others: the general kind first, ours after it."""
    curie = names.compact(iri)
    return _TYPE_RANKS.get(curie, 0)


def subject_key(iri: str) -> tuple:
    """Return what subjects are sorted by inside a section: ours first, passage 2 before 10."""
    return (not iri.startswith(names.ROOT), natural_key(iri))


def section_of(iri: str, types: frozenset[str]) -> str:
    """Return the title of the section where the thing `iri` of these types stands; "" is on top.

    What is ours is told by its IRI, what is foreign by its type, so that a thing without a type
    in this file (an alignment, an identifier elsewhere) has its place too.
    """
    if HEADER in types:
        return ""
    path = iri.removeprefix(names.ROOT) if iri.startswith(names.ROOT) else ""
    folder, _, rest = path.partition("/")
    if folder == "shape":
        return "Shapes"
    if folder == "concept":
        return _SCHEME_SECTIONS.get(rest.partition("/")[0], "Concepts")
    if folder == "id":
        return _KIND_SECTIONS.get(rest.partition("/")[0], "Other things")
    curies = {names.compact(kind) for kind in types}
    for curie, title in _TERM_SECTIONS.items():
        if curie in curies:
            return title
    return _section_of_untyped(path) if not types else "Other things"


def section_rank(title: str) -> int:
    """Return the place of the section called `title` among all sections."""
    return _SECTIONS.index(title)


def section_title(rank: int) -> str:
    """Return the title of the section in place `rank`."""
    return _SECTIONS[rank]


def natural_key(text: str) -> tuple:
    """Return a key that sorts texts by their characters, and runs of digits by their number."""
    parts = re.split(r"([0-9]+)", text)
    numbers = [digits.lstrip("0") for digits in parts[1::2]]
    parts[1::2] = [(len(number), number) for number in numbers]
    return (tuple(parts), text)


def _section_of_untyped(path: str) -> str:
    file, hash_sign, local = path.partition("#")
    if file == "ontology" and hash_sign:
        return "Classes" if local[:1].isupper() else "Properties"
    return "Other things" if path else "External identifiers"


def _rank(first: str, last: str = "") -> Mapping[str, int]:
    """Return the rank of each listed CURIE: those of `first` below 0, those of `last` above it."""
    before, after = first.split(), last.split()
    ranks = {curie: rank - len(before) for rank, curie in enumerate(before)}
    return ranks | {curie: rank for rank, curie in enumerate(after, start=1)}


_TYPE_RANKS = _rank(_FIRST_TYPES)
_PREDICATE_RANKS = _rank(_FIRST_PREDICATES, _LAST_PREDICATES)

"""The words that the ontology declares, and which words the files of the project use."""

import re
from pathlib import Path

from pyoxigraph import NamedNode, RdfFormat, parse

from diplograph.core import names

ROOT = Path(__file__).parents[1]
WORLD = Path(__file__).parent / "world" / "data"
ONTOLOGY_FILES = sorted((ROOT / "ontology").glob("*.ttl"))
SHAPE_FILES = sorted((ROOT / "ontology" / "shapes").glob("*.ttl"))
DATA_FILES = sorted((ROOT / "data").rglob("*.ttl"))
WORLD_FILES = sorted(WORLD.rglob("*.ttl"))
QUERY_FILES = sorted((ROOT / "queries").glob("*.rq"))

DG, CONCEPTS = names.PREFIXES["dg"], names.PREFIXES["dgc"]
BUILT_IN = tuple(names.PREFIXES[prefix] for prefix in ("owl", "rdf", "rdfs", "sh", "xsd"))
CURIE = re.compile(r"(?<![\w:/#<])([a-z][a-z-]*):([A-Za-z0-9][\w-]*)")
TYPE, LABEL, DEFINITION, DEFINED_BY = map(
    names.expand, ["rdf:type", "rdfs:label", "skos:definition", "rdfs:isDefinedBy"]
)
CLASS, OBJECT_PROPERTY, DATA_PROPERTY, ANNOTATION_PROPERTY = map(
    names.expand,
    ["owl:Class", "owl:ObjectProperty", "owl:DatatypeProperty", "owl:AnnotationProperty"],
)
HEADER, INDIVIDUAL, CONCEPT, SCHEME = map(
    names.expand, ["owl:Ontology", "owl:NamedIndividual", "skos:Concept", "skos:ConceptScheme"]
)
TERM_KINDS = {CLASS, OBJECT_PROPERTY, DATA_PROPERTY, ANNOTATION_PROPERTY, CONCEPT, SCHEME}


def statements(paths):
    """Return the statements of the files together."""
    return [quad.triple for path in paths for quad in parse(path=path, format=RdfFormat.TURTLE)]


def subjects_of(kinds, triples):
    """Return the IRIs that the statements put into one of the kinds."""
    return {
        triple.subject.value
        for triple in triples
        if triple.predicate.value == TYPE and triple.object.value in kinds
    }


def ours(iris):
    """Return those IRIs that are terms of ours: of the vocabulary or of a concept scheme."""
    return {iri for iri in iris if iri.startswith((DG, CONCEPTS)) and not iri.endswith(("#", "/"))}


def named_in(text):
    """Return the IRIs of the CURIEs and bracketed IRIs in a text of SPARQL."""
    curies = {
        names.PREFIXES[prefix] + local
        for prefix, local in CURIE.findall(text)
        if prefix in names.PREFIXES
    }
    return curies | set(re.findall(r"<([^<>\s]+)>", text))


def mentioned(triples):
    """Return every IRI in the statements, those in SPARQL literals of shapes included."""
    found = set()
    for triple in triples:
        found |= {triple.predicate.value}
        found |= {t.value for t in (triple.subject, triple.object) if isinstance(t, NamedNode)}
        if triple.predicate.value in {names.expand("sh:select"), names.expand("sh:ask")}:
            found |= named_in(triple.object.value)
    return found


def values(triples, subject, predicate):
    """Return what the statements say of the IRI `subject` by the IRI `predicate`."""
    return [
        triple.object
        for triple in triples
        if (triple.subject.value, triple.predicate.value) == (subject, predicate)
    ]


ONTOLOGY = statements(ONTOLOGY_FILES)
DECLARED = subjects_of(TERM_KINDS, ONTOLOGY)
TERMS = sorted(ours(DECLARED))
VOCABULARY = [iri for iri in TERMS if iri.startswith(DG)]
CLASSES = sorted(iri for iri in subjects_of({CLASS}, ONTOLOGY) if iri.startswith(DG))
PROPERTIES = sorted(
    iri for iri in subjects_of({OBJECT_PROPERTY, DATA_PROPERTY}, ONTOLOGY) if iri.startswith(DG)
)

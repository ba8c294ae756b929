"""Every word of the ontology says what it means, in a form that people and reasoners can use."""

from collections import Counter

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode

from diplograph.core import names
from fixtures.vocabulary import (
    CLASSES,
    CONCEPT,
    DATA_FILES,
    DEFINED_BY,
    DEFINITION,
    DG,
    HEADER,
    INDIVIDUAL,
    LABEL,
    ONTOLOGY,
    ONTOLOGY_FILES,
    PROPERTIES,
    SCHEME,
    TERMS,
    TYPE,
    VOCABULARY,
    WORLD_FILES,
    mentioned,
    statements,
    subjects_of,
    values,
)

METADATA = [
    "dcterms:title",
    "dcterms:description",
    "dcterms:license",
    "dcterms:creator",
    "dcterms:created",
    "dcterms:modified",
    "owl:versionIRI",
    "owl:versionInfo",
    "vann:preferredNamespacePrefix",
    "vann:preferredNamespaceUri",
]


def test_every_term_has_one_english_label():
    labels = {iri: [v.language for v in values(ONTOLOGY, iri, LABEL)] for iri in TERMS}
    assert {iri: found for iri, found in labels.items() if found != ["en"]} == {}


def test_every_term_has_one_english_definition():
    found = {iri: [v.language for v in values(ONTOLOGY, iri, DEFINITION)] for iri in TERMS}
    assert {iri: languages for iri, languages in found.items() if languages != ["en"]} == {}


def test_every_definition_is_a_sentence():
    texts = [value.value for iri in TERMS for value in values(ONTOLOGY, iri, DEFINITION)]
    assert [text for text in texts if not (text[0].isupper() and text.endswith("."))] == []


def test_the_definition_of_a_class_begins_with_its_kind():
    texts = [value.value for iri in CLASSES for value in values(ONTOLOGY, iri, DEFINITION)]
    assert [text for text in texts if not text.startswith(("A ", "An "))] == []


def test_every_term_is_defined_by_the_ontology_or_stands_in_a_scheme():
    ontology = NamedNode(names.ONTOLOGY)
    concepts = subjects_of({CONCEPT}, ONTOLOGY)
    schemes = subjects_of({SCHEME}, ONTOLOGY)
    for iri in TERMS:
        if iri in concepts:
            (scheme,) = values(ONTOLOGY, iri, names.expand("skos:inScheme"))
            assert scheme.value in schemes
        else:
            assert values(ONTOLOGY, iri, DEFINED_BY) == [ontology], iri


@pytest.mark.parametrize("predicate", ["rdfs:domain", "rdfs:range"])
def test_every_property_has_one_domain_and_one_range_with_a_name(predicate):
    found = {iri: values(ONTOLOGY, iri, names.expand(predicate)) for iri in PROPERTIES}
    good = {iri for iri, said in found.items() if [type(term) for term in said] == [NamedNode]}
    assert [iri for iri in PROPERTIES if iri not in good] == []


def test_of_two_inverses_the_one_that_is_read_forwards_has_a_place_in_files():
    place = names.expand("dg:fileOrder")
    pairs = [
        (triple.subject.value, triple.object.value)
        for triple in ONTOLOGY
        if triple.predicate.value == names.expand("owl:inverseOf")
    ]
    placed = {pair: [bool(values(ONTOLOGY, iri, place)) for iri in pair] for pair in pairs}
    assert len(pairs) > 50
    assert {pair: found for pair, found in placed.items() if sorted(found) != [False, True]} == {}


def test_classes_begin_with_a_capital_and_properties_do_not():
    local = {iri: iri.removeprefix(DG) for iri in VOCABULARY}
    assert [name for name in local.values() if not name.isalnum()] == []
    assert {iri for iri, name in local.items() if name[0].isupper()} == set(CLASSES)


def test_no_two_terms_share_a_label_or_a_definition():
    for predicate in (LABEL, DEFINITION):
        texts = Counter(
            (value.value, term in CLASSES)
            for term in VOCABULARY
            for value in values(ONTOLOGY, term, predicate)
        )
        assert [text for text, times in texts.items() if times > 1] == []


@pytest.mark.parametrize("path", ONTOLOGY_FILES, ids=lambda path: path.stem)
def test_an_ontology_file_has_a_header_with_all_its_metadata(path):
    triples = statements([path])
    (header,) = subjects_of({HEADER}, triples)
    said = Counter(names.compact(t.predicate.value) for t in triples if t.subject.value == header)
    assert {curie: said[curie] for curie in METADATA} == dict.fromkeys(METADATA, 1)
    (iri,) = values(triples, header, names.expand("owl:versionIRI"))
    (info,) = values(triples, header, names.expand("owl:versionInfo"))
    assert iri.value.endswith("/" + info.value)


# ---- rules that keep reasoners working ----------------------------------------------------


def test_nothing_merges_things_as_keys_and_functional_properties_do():
    forbidden = {
        names.PREFIXES["owl"] + local
        for local in ("hasKey", "FunctionalProperty", "InverseFunctionalProperty", "sameAs")
    }
    assert mentioned(ONTOLOGY + statements(DATA_FILES + WORLD_FILES)) & forbidden == set()


def test_literals_are_of_datatypes_that_every_reasoner_knows():
    known = set(
        "anyURI string dateTime decimal nonNegativeInteger positiveInteger integer boolean".split()
    )
    kinds = {
        triple.object.datatype.value
        for triple in ONTOLOGY + statements(DATA_FILES + WORLD_FILES)
        if isinstance(triple.object, Literal) and not triple.object.language
    }
    assert kinds - {names.PREFIXES["xsd"] + local for local in known} == set()


def test_data_have_no_blank_node():
    terms = (
        t
        for triple in statements(DATA_FILES + WORLD_FILES)
        for t in (triple.subject, triple.object)
    )
    assert [term for term in terms if isinstance(term, BlankNode)] == []


@pytest.mark.parametrize("path", DATA_FILES + WORLD_FILES, ids=lambda path: path.stem)
def test_an_individual_is_declared_a_named_individual(path):
    triples = statements([path])
    typed = {t.subject.value for t in triples if t.predicate.value == TYPE}
    named = subjects_of({INDIVIDUAL}, triples)
    assert typed - named - subjects_of({HEADER}, triples) == set()

"""No word is used that the ontology does not declare, and none is declared that nothing uses."""

from collections import Counter

import pytest

from diplograph.core import names
from diplograph.turtle.order import read_file_order
from fixtures.vocabulary import (
    BUILT_IN,
    CLASSES,
    CONCEPT,
    DATA_FILES,
    DECLARED,
    DG,
    ONTOLOGY,
    ONTOLOGY_FILES,
    PROPERTIES,
    QUERY_FILES,
    ROOT,
    SHAPE_FILES,
    TERM_KINDS,
    TYPE,
    VOCABULARY,
    WORLD_FILES,
    mentioned,
    named_in,
    ours,
    statements,
    subjects_of,
)


def closure(judged):
    """Return what is asserted, what follows and what rules make, without the words themselves."""
    apart = {names.ONTOLOGY_GRAPH, names.SHAPES_GRAPH}
    graphs = judged.derived.reasoned.asserted.graphs
    data = [triples for graph, triples in graphs.items() if graph not in apart]
    return set().union(*data, judged.derived.reasoned.inferred, judged.derived.derived)


@pytest.fixture(scope="module")
def real_closure(judged_real):
    return closure(judged_real)


@pytest.fixture(scope="module")
def world_closure(judged_world):
    return closure(judged_world)


def exercised(triples):
    """Return the classes that have an instance and the properties that hold, in the statements."""
    kinds = {t.object.value for t in triples if t.predicate.value == TYPE}
    return kinds | {triple.predicate.value for triple in triples}


# ---- no word is used that is not declared -------------------------------------------------


def test_there_are_files_of_every_sort():
    sorts = [ONTOLOGY_FILES, SHAPE_FILES, DATA_FILES, WORLD_FILES, QUERY_FILES]
    assert all(sorts)


@pytest.mark.parametrize(
    "path", ONTOLOGY_FILES + SHAPE_FILES + DATA_FILES + WORLD_FILES, ids=lambda path: path.stem
)
def test_a_turtle_file_uses_only_declared_terms(path):
    assert ours(mentioned(statements([path]))) - DECLARED == set()


@pytest.mark.parametrize("path", QUERY_FILES, ids=lambda path: path.stem)
def test_a_question_uses_only_declared_terms(path):
    assert ours(named_in(path.read_text(encoding="utf-8"))) - DECLARED == set()


def test_an_undeclared_term_in_a_query_would_be_seen():
    text = "SELECT * WHERE { ?x dg:noSuchTerm <http://example.org/dg:b> ; a dg:Event }"
    assert ours(named_in(text)) - DECLARED == {DG + "noSuchTerm"}


def test_the_layout_of_files_has_a_place_for_every_asserted_property_and_no_other():
    properties = read_file_order(ROOT / "ontology").properties.keys()
    said = {t.predicate.value for t in statements(DATA_FILES + WORLD_FILES)}
    assert sorted(map(names.compact, ours(said) - properties)) == []
    assert sorted(map(names.compact, ours(properties) - DECLARED)) == []


def test_the_kinds_of_the_ontology_are_those_that_have_prefixes():
    assert read_file_order(ROOT / "ontology").kinds.keys() == set(names.KINDS)


def test_foreign_terms_are_declared_before_use():
    used = statements(ONTOLOGY_FILES + DATA_FILES + WORLD_FILES)
    predicates = {triple.predicate.value for triple in used}
    kinds = {t.object.value for t in used if t.predicate.value == TYPE}
    named = {iri for iri in predicates | kinds if not iri.startswith(BUILT_IN)}
    assert named - DECLARED == set()


def test_each_term_is_declared_in_one_file_and_as_one_kind():
    declared = Counter(
        (triple.subject.value)
        for triple in ONTOLOGY
        if triple.predicate.value == TYPE and triple.object.value in TERM_KINDS
    )
    assert [iri for iri, times in declared.items() if times > 1] == []


# ---- every word is used -------------------------------------------------------------------


DEPRECATED = names.PREFIXES["owl"] + "deprecated"
OUT_OF_USE = {t.subject.value for t in ONTOLOGY if t.predicate.value == DEPRECATED}


def test_every_term_that_is_not_deprecated_is_used_by_data_shape_question_or_test_world(
    real_closure, world_closure
):
    used = mentioned(statements(SHAPE_FILES + DATA_FILES + WORLD_FILES))
    used |= exercised(real_closure) | exercised(world_closure)
    used |= set().union(*(named_in(path.read_text(encoding="utf-8")) for path in QUERY_FILES))
    assert [names.compact(iri) for iri in VOCABULARY if iri not in used | OUT_OF_USE] == []


# Schemes that recorders choose from, beside those whose concepts code, shapes or questions know.
OFFERED = (
    "agreement-kind conduct-kind document-kind event-kind office-kind organization-kind topic unit"
).split()


def test_every_concept_is_used_or_holds_together_those_that_are():
    used = mentioned(statements(SHAPE_FILES + DATA_FILES + WORLD_FILES))
    used |= set().union(*(named_in(path.read_text(encoding="utf-8")) for path in QUERY_FILES))
    broader = {
        t.object.value for t in ONTOLOGY if names.compact(t.predicate.value) == "skos:broader"
    }
    offered = tuple(names.PREFIXES[scheme] for scheme in OFFERED)
    deprecated = {
        t.subject.value for t in ONTOLOGY if names.compact(t.predicate.value) == "owl:deprecated"
    }
    concepts = subjects_of({CONCEPT}, ONTOLOGY) - deprecated
    concepts = {iri for iri in concepts if not iri.startswith(offered)}
    assert concepts
    assert sorted(map(names.compact, concepts - used - broader)) == []


def test_the_test_world_has_an_instance_of_every_class(world_closure):
    assert [names.compact(iri) for iri in CLASSES if iri not in exercised(world_closure)] == []


def test_every_property_that_is_not_deprecated_holds_somewhere_in_the_test_world(world_closure):
    properties = [iri for iri in PROPERTIES if iri not in OUT_OF_USE]
    assert [names.compact(iri) for iri in properties if iri not in exercised(world_closure)] == []


def test_every_class_with_instances_has_a_shape_of_its_own(real_closure, world_closure):
    targets = {
        t.object.value
        for t in statements(SHAPE_FILES)
        if names.compact(t.predicate.value) == "sh:targetClass"
    }
    kinds = exercised(real_closure) | exercised(world_closure)
    populated = [iri for iri in CLASSES if iri in kinds]
    assert populated
    assert [names.compact(iri) for iri in populated if iri not in targets] == []

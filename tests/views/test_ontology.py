"""The words of the ontology are read from the graph: terms, schemes, shapes, how they are used."""

from itertools import pairwise

import pyoxigraph as ox
import pytest

from diplograph.build.questions import Question
from diplograph.core.home import Home
from diplograph.core.names import ONTOLOGY, PREFIXES, expand
from diplograph.core.serialization import write_statements
from diplograph.store.engine import LocalEngine
from diplograph.views.ontology import IndexedGraph, make_vocabulary
from diplograph.views.ontology_reference import (
    describe_term,
    index_term_questions,
    make_shapes,
    merge_themes,
    read_members,
    read_property_values,
    read_reference,
)
from diplograph.views.query import QueryRunner

PROLOGUE = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())


def read(text):
    return [quad.triple for quad in ox.parse(PROLOGUE + text, format=ox.RdfFormat.TURTLE)]


def labels(things):
    return [thing.label for thing in things]


@pytest.fixture(scope="module")
def asking(world_store):
    return QueryRunner(LocalEngine(world_store))


@pytest.fixture(scope="module")
def reference(asking, world):
    return read_reference(asking, [], world)


def test_a_reference_is_read_by_four_queries(world_store, world):
    asking = QueryRunner(LocalEngine(world_store))
    read_reference(asking, [], world)
    assert len(asking.texts) == 4


def test_a_class_knows_what_stands_above_and_below_it(reference):
    meeting = reference.find("Meeting")
    assert labels(meeting.parents) == ["event"]
    assert labels(meeting.wider) == ["event", "fact", "item"]
    assert "summit" in labels(meeting.children)


def test_a_class_has_the_properties_of_the_classes_above_it(reference):
    has = {
        ties.of.label: labels(tie.property for tie in ties.ends)
        for ties in reference.find("Visit").has
    }
    assert "sent by" in has["visit"]
    assert "host" in has["event"]
    assert "takes place in" in has["fact"]
    assert list(has) == ["visit", "event", "fact", "item"]


def test_a_property_knows_its_ends_its_inverse_and_what_it_follows_from(reference):
    engages = reference.find("engages")
    assert (labels(engages.domains), labels(engages.ranges)) == (["event"], ["agent"])
    assert labels(engages.inverses) == ["engaged in"]
    assert [labels(path) for path in engages.chains] == [["has participation", "on behalf of"]]
    assert "engages" in labels(reference.find("onBehalfOf").chained)


def test_of_two_inverses_one_leads(reference):
    leading = {name: reference.find(name).leading for name in ("engages", "engagedIn")}
    assert leading == {"engages": True, "engagedIn": False}


def test_classes_that_exclude_each_other_say_so(reference):
    assert labels(reference.find("Fact").disjoint) == [
        "attestation",
        "entity",
        "event state",
        "source",
    ]


def test_what_owl_says_of_a_property_as_a_whole_is_said_in_words():
    (term,) = make_vocabulary(
        read("dg:x a owl:ObjectProperty , owl:SymmetricProperty .")
    ).properties
    assert term.characteristics == ("symmetric: it holds both ways",)


def test_a_circle_of_classes_is_read_to_its_end():
    text = "dg:A a owl:Class ; rdfs:subClassOf dg:B . dg:B a owl:Class ; rdfs:subClassOf dg:A ."
    first, second = make_vocabulary(read(text)).classes
    assert (labels(first.wider), labels(second.wider)) == (["dg:B"], ["dg:A"])


def test_an_english_text_comes_before_one_of_another_language():
    text = 'dg:A a owl:Class ; rdfs:label "Ding"@de , "thing"@en .'
    assert labels(term.thing for term in make_vocabulary(read(text)).classes) == ["thing"]


def test_no_statements_make_an_empty_vocabulary():
    empty = make_vocabulary([])
    assert (empty.header, empty.roots, empty.schemes) == (None, (), ())


def test_a_list_that_runs_in_a_circle_ends():
    said = IndexedGraph(read("_:a rdf:first dg:x ; rdf:rest _:a ."))
    (node,) = {triple.subject for triple in said.triples}
    assert [each.value for each in said.members(node)] == [expand("dg:x")]


def test_a_narrower_concept_stands_below_the_wider_one(reference):
    topics = next(each for each in reference.vocabulary.schemes if "topic" in each.thing.iri)
    depths = [concept.depth for concept in topics.concepts]
    assert depths[0] == 0
    assert max(depths) > 0
    assert all(after <= before + 1 for before, after in pairwise(depths))


@pytest.mark.parametrize("sides", ["dg:of owl:inverseOf dg:has", "dg:has owl:inverseOf dg:of"])
def test_of_two_inverses_the_one_that_files_write_leads(sides):
    text = f"dg:has a owl:ObjectProperty ; dg:fileOrder 10 . dg:of a owl:ObjectProperty . {sides} ."
    terms = {term.thing.iri: term for term in make_vocabulary(read(text)).properties}
    has, of = (terms[expand(name)] for name in ("dg:has", "dg:of"))
    assert (has.leading, of.leading) == (True, False)
    assert (labels(has.inverses), labels(of.inverses)) == (["dg:of"], ["dg:has"])


def test_where_no_inverse_has_a_place_the_one_that_the_other_is_said_of_leads():
    text = "dg:has a owl:ObjectProperty . dg:of a owl:ObjectProperty ; owl:inverseOf dg:has ."
    terms = {term.thing.iri: term for term in make_vocabulary(read(text)).properties}
    assert {name: term.leading for name, term in terms.items()} == {
        expand("dg:has"): True,
        expand("dg:of"): False,
    }


def test_a_term_is_described_with_the_axioms_that_name_it(reference):
    said = write_statements(
        describe_term(reference.vocabulary, expand("dg:onBehalfOf")), "ntriples"
    ).decode()
    assert "engages> <http://www.w3.org/2002/07/owl#propertyChainAxiom>" in said
    inverses = [line for line in said.splitlines() if "#inverseOf>" in line]
    assert [("representedThrough" in line, "onBehalfOf" in line) for line in inverses] == [
        (True, True)
    ]
    assert "engages> <http://www.w3.org/2000/01/rdf-schema#label>" not in said


def test_a_class_is_described_with_what_excludes_it(reference):
    said = write_statements(describe_term(reference.vocabulary, expand("dg:Fact")), "ntriples")
    assert b"AllDisjointClasses" in said


def test_the_whole_ontology_has_one_header_and_imports_nothing(reference):
    merged = merge_themes(reference.vocabulary)
    headers = {
        each.subject.value for each in merged if str(each.object) == f"<{expand('owl:Ontology')}>"
    }
    assert headers == {ONTOLOGY}
    assert not any(each.predicate.value == expand("owl:imports") for each in merged)


def test_a_term_is_placed_in_the_file_that_says_what_the_graph_says(reference):
    assert reference.placed[expand("dg:engages")].file == "participations.ttl"
    schemes = {scheme.thing.iri for scheme in reference.vocabulary.schemes}
    assert set(reference.placed) == set(reference.vocabulary.terms) | schemes


def test_a_file_that_says_something_else_of_a_term_is_not_its_file(asking, world, tmp_path):
    folder = tmp_path / "ontology"
    folder.mkdir()
    (tmp_path / "data").mkdir()
    text = (world.ontology / "core.ttl").read_text(encoding="utf-8")
    changed = text.replace("A reading of one passage", "A reading of one page")
    (folder / "core.ttl").write_text(changed, encoding="utf-8")
    reference = read_reference(asking, [], Home.find(tmp_path))
    assert expand("dg:Attestation") not in reference.placed
    assert reference.placed[expand("dg:Entity")].file == "core.ttl"


def test_a_reference_does_without_files_that_cannot_be_read(asking, world, tmp_path):
    for name in ("ontology", "data"):
        (tmp_path / name).mkdir()
    (tmp_path / "ontology" / "core.ttl").write_text("dg:x", encoding="utf-8")
    assert read_reference(asking, [], Home.find(tmp_path)).placed == {}


# ---- shapes ---------------------------------------------------------------------------------


def shapes_of(text):
    return make_shapes(IndexedGraph(read(text)), {expand("dg:State"): "state"})


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("sh:minCount 1 ; sh:maxCount 1", "exactly 1"),
        ("sh:minCount 1", "1 or more"),
        ("sh:maxCount 2", "2 at most"),
        ("sh:minCount 1 ; sh:maxCount 3", "1 to 3"),
        ("sh:minCount 0", ""),
        ("sh:class dg:State", ""),
    ],
)
def test_how_many_values_there_may_be_is_said_in_words(said, words):
    shape = shapes_of(f"shape:A a sh:PropertyShape ; sh:path dg:inState ; {said} .")["A"]
    assert shape.count == words


def test_a_constraint_is_said_in_words_with_the_labels_of_its_terms():
    shape = shapes_of("shape:A a sh:PropertyShape ; sh:path dg:inState ; sh:class dg:State .")["A"]
    assert [(rule.words, labels(rule.values)) for rule in shape.rules] == [
        ("is of the class", ["state"])
    ]


def test_a_path_of_two_steps_keeps_their_order():
    shape = shapes_of("shape:A a sh:PropertyShape ; sh:path ( skos:broader skos:inScheme ) .")["A"]
    assert labels(shape.path) == ["skos:broader", "skos:inScheme"]


def test_a_shape_knows_those_that_use_it_in_a_list():
    text = "shape:A a sh:NodeShape ; sh:or ( shape:C shape:B ) . shape:B a sh:NodeShape ."
    assert labels(shapes_of(text)["B"].users) == ["A"]


def test_every_demand_of_the_shapes_is_said(reference):
    silent = [
        name
        for name, shape in reference.shapes.items()
        if shape.targets and not shape.constraints and name not in TARGETS_ALONE
    ]
    assert silent == []


TARGETS_ALONE = {"EventState", "Government", "Item"}


# ---- use ------------------------------------------------------------------------------------


def test_the_things_of_a_class_come_a_page_at_a_time(asking, reference):
    total = reference.sizes[expand("dg:Meeting")]
    whole = read_members(asking, expand("dg:Meeting"), total, unspoken={})
    assert len(whole) == total > 2
    assert read_members(asking, expand("dg:Meeting"), 2, 1, unspoken={}) == whole[1:3]


def test_a_class_lists_no_thing_that_no_report_speaks_of(asking, reference):
    kind = expand("dg:Meeting")
    first, *others = read_members(asking, kind, reference.sizes[kind], unspoken={})
    unspoken = {first.iri: frozenset((kind,)), others[0].iri: frozenset((expand("dg:State"),))}
    assert read_members(asking, kind, len(others), unspoken=unspoken) == tuple(others)


def test_the_values_of_a_property_are_things_or_texts(asking):
    pairs = read_property_values(asking, expand("dg:takesPlaceIn"), 5)
    assert all(value.label for _, value in pairs)
    texts = [value for _, value in read_property_values(asking, expand("dg:edtf"), 5)]
    assert texts
    assert all(isinstance(value, str) for value in texts)


def test_a_question_uses_the_terms_in_its_text():
    text = "SELECT * { ?x dg:engages ?y ; a <https://w3id.org/diplograph/ontology#Visit> }"
    question = Question("a", "A?", text)
    assert index_term_questions([question]) == {"engages": (question,), "Visit": (question,)}


def test_a_search_finds_names_before_definitions(reference):
    found = [each.thing.label for each in reference.search("visit")]
    assert found[0] == "visit"
    assert found.index("visitor") < found.index("summit")


def test_a_search_wants_all_of_its_words(reference):
    assert reference.search("visit zebra") == ()
    assert reference.search("   ") == ()


def test_a_name_that_is_nearly_one_leads_to_it(reference):
    assert "dg:Meeting" in [each.curie for each in reference.find_near("Meetng")]
    assert "dg:hostState" in [each.curie for each in reference.find_near("host state")]

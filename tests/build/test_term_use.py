"""Data name no plain links, no terms that the build works out, and nothing undescribed."""

from __future__ import annotations

import pytest

from diplograph.build.dataset import read_files
from diplograph.build.term_use import find_misused_terms
from diplograph.core import names
from fixtures.small_home import write_home, write_rules

ONTOLOGY = """
dg:Placement a owl:Class ; rdfs:isDefinedBy <https://w3id.org/diplograph/ontology> .
dg:placementOf a owl:ObjectProperty ; rdfs:domain dg:Placement ;
  rdfs:isDefinedBy <https://w3id.org/diplograph/ontology> .
dg:hasPlacement a owl:ObjectProperty ; owl:inverseOf dg:placementOf .
dg:linkTo a owl:ObjectProperty ; rdfs:isDefinedBy <https://w3id.org/diplograph/ontology> .
dg:takesPlaceIn a owl:ObjectProperty ; rdfs:isDefinedBy <https://w3id.org/diplograph/ontology> ;
  owl:propertyChainAxiom ( dg:hasPlacement dg:linkTo ) .
dg:hostsEvent owl:inverseOf dg:takesPlaceIn ; rdfs:isDefinedBy dg:x .
dg:onTopic owl:propertyChainAxiom ( dg:hasSubjectLink dg:linkTo ) ; rdfs:isDefinedBy dg:x .
dg:met a owl:ObjectProperty ; rdfs:isDefinedBy <https://w3id.org/diplograph/ontology> .
dg:venue owl:deprecated true ; rdfs:isDefinedBy dg:x ;
  <http://purl.org/dc/terms/isReplacedBy> dg:venueText .
dg:site owl:deprecated true ; rdfs:subPropertyOf dg:takesPlaceIn ; rdfs:isDefinedBy dg:x ;
  <http://purl.org/dc/terms/isReplacedBy> dg:takesPlaceIn .
"""
DATA = "state:ARD a owl:NamedIndividual . event:a a owl:NamedIndividual . event:a {} .\n"


def faults(tmp_path, statement):
    files = {"ontology/terms.ttl": ONTOLOGY, "data/reports/tale.ttl": DATA.format(statement)}
    home = write_home(tmp_path, **files)
    write_rules(home, met="CONSTRUCT { ?one dg:met ?other } WHERE { ?one dg:linkTo ?other }")
    found = find_misused_terms(read_files(home))
    event = names.expand("event:a")
    return [(fault.shape, fault.value) for fault in found if fault.thing == event]


@pytest.mark.parametrize("predicate", ["dg:takesPlaceIn", "dg:hostsEvent", "dg:site"])
def test_a_plain_property_is_answered_with_the_link_to_write(tmp_path, predicate):
    [(shape, value)] = faults(tmp_path, f"{predicate} state:ARD")
    assert (shape, value) == ("Link-plain", "a dg:Placement with dg:placementOf and dg:linkTo")


def test_a_topic_may_be_plain(tmp_path):
    assert faults(tmp_path, "dg:onTopic <https://example.org/topic>") == []


def test_a_deprecated_term_is_answered_with_its_replacement(tmp_path):
    assert faults(tmp_path, 'dg:venue "a hall"') == [("Thing-deprecated", "dg:venueText")]


def test_what_a_rule_makes_is_not_asserted(tmp_path):
    assert faults(tmp_path, "dg:met state:ARD") == [("Thing-derived", "dg:met")]


@pytest.mark.parametrize("statement", ["dg:linkTwo state:ARD", "a dg:linkTwo"])
def test_a_term_that_the_ontology_lacks_is_named(tmp_path, statement):
    assert faults(tmp_path, statement) == [("Thing-terms", "dg:linkTwo")]


def test_a_thing_that_nothing_describes_is_reported_where_it_is_named(tmp_path):
    assert faults(tmp_path, "dg:linkTo state:NIL") == [
        ("Thing-described", names.expand("state:NIL"))
    ]


def test_a_link_and_a_described_thing_are_right(tmp_path):
    assert faults(tmp_path, "dg:linkTo state:ARD") == []

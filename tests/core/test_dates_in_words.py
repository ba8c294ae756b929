"""Dates, rules and statements are said in plain English."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from diplograph.core.dates import say_date
from diplograph.core.names import compact, expand
from diplograph.views.derivation import Derivation, say_rule, say_statement


def triple(*curies: str) -> ox.Triple:
    return ox.Triple(*(ox.NamedNode(expand(curie)) for curie in curies))


def label(iri: str) -> str:
    return compact(iri).partition(":")[2]


@pytest.mark.parametrize(
    ("edtf", "words"),
    [
        ("2025-11-17", "17 November 2025"),
        ("2025-08", "August 2025"),
        ("2021", "2021"),
        ("2025-22", "summer 2025"),
        ("2025-12-05~", "around 5 December 2025"),
        ("2025-12?", "perhaps December 2025"),
        ("2025%", "perhaps around 2025"),
        ("2025-12-05~/2025-12-06~", "around 5 to 6 December 2025"),
        ("2025-12-01/2025-12-10", "1 to 10 December 2025"),
        ("2025-11-28/2025-12-03", "28 November to 3 December 2025"),
        ("2025-12-28/2026-01-03", "28 December 2025 to 3 January 2026"),
        ("2025-03/2025-05", "March to May 2025"),
        ("2021/2024", "2021 to 2024"),
        ("2025-12-05~/2025-12-06", "around 5 December 2025 to 6 December 2025"),
        ("2025-12-05/2025-12-05", "5 December 2025"),
        ("2021/..", "from 2021 on"),
        ("../2025-11-18", "until 18 November 2025"),
        ("2021/", "from 2021, until an unknown date"),
        ("/2021", "until 2021, from an unknown date"),
    ],
)
def test_a_date_is_said_in_words(edtf, words):
    assert say_date(edtf) == words


@pytest.mark.parametrize("edtf", ["201X", "2025-99", "Y-17000", "../..", "{2021,2022}"])
def test_an_unusual_date_is_left_as_it_is(edtf):
    assert say_date(edtf) == edtf


def test_a_type_reads_as_one():
    said = say_statement(triple("person:ada", "rdf:type", "dg:Official"), label)
    assert said == "ada is an Official"


def test_a_statement_reads_in_labels():
    said = say_statement(triple("event:talks", "dg:takesPlaceIn", "city:port"), label)
    assert said == "talks - takesPlaceIn - port"


def test_an_inverse_is_said_from_the_side_of_the_conclusion():
    axiom = Derivation(triple("dg:hasTenure", "owl:inverseOf", "dg:holder"), "asserted")
    fact = Derivation(triple("tenure:a", "dg:holder", "person:ada"), "asserted")
    goal = triple("person:ada", "dg:hasTenure", "tenure:a")
    said = say_rule(Derivation(goal, "prp-inv2", (axiom, fact)), label)
    assert said == '"hasTenure" is "holder" read backwards'


def test_a_chain_names_its_steps():
    axiom = Derivation(triple("dg:everHeldOffice", "owl:propertyChainAxiom", "dg:x"), "asserted")
    first = Derivation(triple("person:ada", "dg:hasTenure", "tenure:a"), "asserted")
    second = Derivation(triple("tenure:a", "dg:office", "office:b"), "asserted")
    goal = triple("person:ada", "dg:everHeldOffice", "office:b")
    said = say_rule(Derivation(goal, "prp-spo2", (axiom, first, second)), label)
    assert said == '"everHeldOffice" is "hasTenure", then "office"'


def test_a_leaf_needs_no_rule():
    leaf = Derivation(triple("tenure:a", "dg:office", "office:b"), "asserted")
    assert say_rule(leaf, label) == ""

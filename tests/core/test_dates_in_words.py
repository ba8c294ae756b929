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
        ("[2025-12-05,2025-12-06]", "5 or 6 December 2025"),
        ("{2025-12-05,2025-12-07}", "5 and 7 December 2025"),
        ("[2025-12-05~,2025-12-06~]", "around 5 or 6 December 2025"),
        ("[1667,1668,1670..1672]", "1667, 1668 or some time from 1670 to 1672"),
        ("{1667,1670..1672}", "1667 and all from 1670 to 1672"),
        ("[..1984]", "1984 or earlier"),
        ("{1960-12..}", "all from December 1960 on"),
        ("2025-12-XX", "some day in December 2025"),
        ("2025-12-0X", "some day from 1 to 9 December 2025"),
        ("2025-12-3X", "30 or 31 December 2025"),
        ("2025-12-X5", "5, 15 or 25 December 2025"),
        ("2025-XX", "some month in 2025"),
        ("2025-XX-XX", "some day in 2025"),
        ("2025-1X", "some month from October to December 2025"),
        ("2025-1X-31", "day 31 of October or December 2025"),
        ("2025-XX-05", "day 5 of some month in 2025"),
        ("202X", "some year in the 2020s"),
        ("20XX?", "perhaps some year from 2000 to 2099"),
        ("2X25", "some year from 2025 to 2925 that ends in 25"),
        ("XXXX-12-XX", "some day in December of an unknown year"),
        ("15XX-12-25", "25 December of some year from 1500 to 1599"),
        ("1950S2", "some year from 1900 to 1999 (estimated: 1950)"),
        ("2004-06-XX/2004-07-03", "from some day in June 2004 until 3 July 2004"),
        ("2025-12-?05", "5 December 2025 (day uncertain)"),
        ("2004-06~-11", "11 June 2004 (year and month approximate)"),
        ("?2004-06-~11", "11 June 2004 (year uncertain, day approximate)"),
        ("2004-06-~01/2004-06-~20", "1 to 20 June 2004 (day approximate)"),
        ("2025-29", "spring 2025 (southern hemisphere)"),
        ("202X-24", "winter of some year in the 2020s"),
        ("2025-33", "the first quarter of 2025"),
        ("2025-38", "the middle four months of 2025"),
        ("2025-40/2025-41", "the first to the second half of 2025"),
        ("2025-11-17T10:20:30Z", "17 November 2025, 10:20:30 UTC"),
        ("2025-11-17T01:30:00+05:30", "17 November 2025, 01:30:00 (UTC+05:30)"),
        ("../..", "at any time"),
        ("/..", "from an unknown date on"),
        ("../", "until an unknown date"),
        ("/", "from an unknown date until an unknown date"),
        ("0800", "AD 800"),
        ("-0043-03-15", "15 March 44 BC"),
        ("Y17000", "the year 17000"),
        ("Y17E100", "the year 17 followed by 100 zeros"),
    ],
)
def test_a_date_is_said_in_words(edtf, words):
    assert say_date(edtf) == words


@pytest.mark.parametrize("edtf", ["", "2025-99", "2025-02-30", "early December", "[]"])
def test_what_is_no_date_is_left_as_it_is(edtf):
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

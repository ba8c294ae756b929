"""Links and names that are entered twice are found, in time that grows with their number."""

from __future__ import annotations

import time

import pyoxigraph as ox
import pytest

from diplograph.build.duplicates import find_names_alike, find_same_links
from diplograph.core import names


def parse(text):
    prefixes = "".join(f"@prefix {name}: <{iri}> .\n" for name, iri in names.PREFIXES.items())
    return [quad.triple for quad in ox.parse(prefixes + text, format=ox.RdfFormat.TURTLE)]


def alike(text):
    return [
        (names.compact(fault.thing), names.compact(fault.value))
        for fault in find_names_alike(parse(text))
    ]


LINK = "link:{} a dg:{} ; dg:{} event:talks ; dg:linkTo city:corvo {} .\n"


@pytest.mark.parametrize(
    ("other", "count"),
    [
        (LINK.format("b", "Placement", "placementOf", ""), 1),
        (LINK.format("b", "Placement", "placementOf", '; dg:venueText "a hall"'), 0),
        (LINK.format("b", "Hosting", "hostingOf", ""), 0),
        (LINK.format("b", "Placement", "placementOf", "").replace("talks", "summit"), 0),
        (LINK.format("b", "Placement", "placementOf", "").replace("corvo", "port"), 0),
    ],
)
def test_two_links_are_the_same_that_say_the_same_of_one_fact(other, count):
    faults = list(find_same_links(parse(LINK.format("a", "Placement", "placementOf", "") + other)))
    assert len(faults) == count


@pytest.mark.parametrize(
    "text",
    [
        'person:a rdfs:label "Ana Petrenko"@en . person:b rdfs:label "Ana Petrenka"@en .',
        'person:a rdfs:label "José Peña"@en . person:b rdfs:label "Jose Pena"@en .',
        'person:a rdfs:label "A. Petrenko"@en . person:b rdfs:label "Ana Petrenko"@en .',
        'person:a rdfs:label "Ana"@en ; skos:altLabel "Anna"@en . person:b rdfs:label "Anna"@en .',
        'forum:a rdfs:label "One"@en ; skos:altLabel "OPU" . forum:b skos:altLabel "Opu" .',
    ],
)
def test_persons_and_forums_of_nearly_one_name_are_found(text):
    kind = text.partition(":")[0]
    assert alike(text) == [(f"{kind}:a", f"{kind}:b")]


@pytest.mark.parametrize(
    "text",
    [
        'person:a rdfs:label "Ana Ivanova"@en . person:b rdfs:label "Ana Petrenka"@en .',
        'office:a skos:altLabel "premier"@en . office:b skos:altLabel "premier"@en .',
        'state:A skos:altLabel "Corvan"@en . state:B skos:altLabel "Corvan"@en .',
        'person:a rdfs:label "Corvo"@en . city:a rdfs:label "Corvo"@en .',
        'person:a rdfs:label "Ana Petrenko"@en ; skos:altLabel "Ana Petrenka"@en .',
    ],
)
def test_other_names_are_left(text):
    assert alike(text) == []


def test_equal_labels_are_left_to_the_shape_of_labels():
    assert alike('person:a rdfs:label "Ana"@en . person:b rdfs:label "ana"@en .') == []


def test_thousands_of_names_take_a_moment():
    label = ox.NamedNode(names.expand("rdfs:label"))
    people = [
        ox.Triple(
            ox.NamedNode(f"{names.PREFIXES['person']}p{number}"),
            label,
            ox.Literal(f"{chr(97 + number % 26)}{number:05}x Petrenko", language="en"),
        )
        for number in range(5000)
    ]
    start = time.process_time()
    assert list(find_names_alike(people)) == []
    assert time.process_time() - start < 10

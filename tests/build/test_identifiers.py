"""An outside identifier is the IRI that its collection gives, and one is matched with one thing."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from diplograph.build.identifiers import find_page_matches, make_canonical
from diplograph.core import names

ITEM = "http://www.wikidata.org/entity/Q42"


@pytest.mark.parametrize(
    ("iri", "canonical"),
    [
        (ITEM, ITEM),
        ("https://www.wikidata.org/entity/Q42", ITEM),
        ("https://www.wikidata.org/wiki/Q42", ITEM),
        ("http://wikidata.org/wiki/q42", ITEM),
        ("https://m.wikidata.org/wiki/Q42#sitelinks-wikipedia", ITEM),
        ("https://www.wikidata.org/wiki/Special:EntityData/Q42.json", ITEM),
        ("https://www.wikidata.org/wiki/Special:EntityPage/Q42?uselang=fr", ITEM),
        ("https://www.wikidata.org/w/index.php?title=Q42&oldid=3", ITEM),
        ("http://www.wikidata.org/entity/Q42/", ITEM),
        ("http://www.wikidata.org/entity/Q42#", ITEM),
        ("https://www.geonames.org/524901/moscow.html", "https://sws.geonames.org/524901/"),
        ("http://sws.geonames.org/524901/about.rdf", "https://sws.geonames.org/524901/"),
        ("https://viaf.org/viaf/113230702/#Adams", "http://viaf.org/viaf/113230702"),
        ("http://isni.org/0000-0001-2146-438x", "https://isni.org/isni/000000012146438X"),
        ("http://d-nb.info/gnd/119033364", "https://d-nb.info/gnd/119033364"),
        (
            "https://id.loc.gov/authorities/names/n80076765.html",
            "http://id.loc.gov/authorities/names/n80076765",
        ),
        ("http://orcid.org/0000-0002-1825-009x", "https://orcid.org/0000-0002-1825-009X"),
        ("https://www.ror.org/05A28RW58", "https://ror.org/05a28rw58"),
        ("https://dbpedia.org/page/Moscow", "http://dbpedia.org/resource/Moscow"),
        ("https://www.wikidata.org/wiki/Wikidata:Main_Page", None),
        ("https://example.org/wiki/Q42", None),
        ("https://www.wikidata.org.example.org/wiki/Q42", None),
    ],
)
def test_other_forms_of_an_identifier_lead_to_the_one_of_its_collection(iri, canonical):
    assert make_canonical(iri) == (canonical or iri)
    assert make_canonical(make_canonical(iri)) == make_canonical(iri)


def find(*matches):
    predicate = ox.NamedNode(names.expand("dg:externalMatch"))
    return [
        (fault.shape, fault.thing, fault.value)
        for fault in find_page_matches(
            ox.Triple(ox.NamedNode(names.expand(curie)), predicate, ox.NamedNode(iri))
            for curie, iri in matches
        )
    ]


def test_a_page_is_a_fault_that_gives_the_identifier():
    page = "https://www.wikidata.org/wiki/Q42"
    assert find(("person:anna", page)) == [("ExternalMatch-page", page, ITEM)]
    assert find(("person:anna", ITEM)) == []


def test_a_page_of_wikipedia_is_a_fault():
    [(shape, _, value)] = find(("person:anna", "https://en.m.wikipedia.org/wiki/Anna"))
    assert shape == "ExternalMatch-page"
    assert "http://www.wikidata.org/entity/Q" in value


def test_two_things_with_two_forms_of_one_identifier_are_a_fault():
    page, other = "https://www.wikidata.org/wiki/Q42", names.expand("person:bea")
    faults = find(("person:anna", ITEM), ("person:bea", page))
    assert faults == [("ExternalMatch-page", page, ITEM), ("ExternalMatch-same", ITEM, other)]


def test_what_shacl_finds_is_not_found_twice():
    page = "https://www.wikidata.org/wiki/Q42"
    assert find(("person:anna", page), ("person:bea", page)) == [("ExternalMatch-page", page, ITEM)]
    assert find(("person:anna", page), ("person:anna", ITEM)) == [
        ("ExternalMatch-page", page, ITEM)
    ]

"""A thing is called the same everywhere: by its English label, else another, and only by a text."""

from __future__ import annotations

import pyoxigraph as ox
import pytest

from diplograph.core import names
from diplograph.core.rdf import read_labels

THING = names.expand("topic:trade")


def text(value, language=None):
    return ox.Literal(value, language=language)


def label_of(*said):
    """Return what the thing is called, given pairs of a property's CURIE and a value."""
    statements = [
        ox.Triple(ox.NamedNode(THING), ox.NamedNode(names.expand(curie)), value)
        for curie, value in said
    ]
    assert read_labels(reversed(statements)) == read_labels(statements)
    return read_labels(statements).get(THING)


@pytest.mark.parametrize(
    "said",
    [
        [("skos:prefLabel", text("trade", "en")), ("rdfs:label", text("Handel", "de"))],
        [("rdfs:label", text("trade", "en")), ("skos:prefLabel", text("barter", "en"))],
        [("rdfs:label", text("trade", "en")), ("rdfs:label", text("a barter"))],
        [("rdfs:label", text("trade")), ("rdfs:label", text("Handel", "de"))],
        [("rdfs:label", text("trade", "en")), ("rdfs:label", text("traffic", "en"))],
        [("rdfs:label", text("trade", "en")), ("rdfs:label", ox.NamedNode("urn:a"))],
        [("rdfs:label", text("trade", "nds"))],
        [("skos:prefLabel", text("trade")), ("skos:altLabel", text("a barter", "en"))],
    ],
    ids=[
        "English before another language",
        "rdfs:label before skos:prefLabel",
        "English before none",
        "no language before another",
        "the first by its characters",
        "a text and no thing",
        "any language where there is no other",
        "no altLabel",
    ],
)
def test_a_thing_is_called(said):
    assert label_of(*said) == "trade"


def test_a_thing_whose_label_is_no_text_has_none():
    assert label_of(("rdfs:label", ox.NamedNode("urn:a"))) is None

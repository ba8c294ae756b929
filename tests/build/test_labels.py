"""A label says something to a reader, and no two of one kind look the same."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diplograph.build.labels import find_bad_texts, find_same_labels, fold_label, judge_label
from diplograph.core import names
from fixtures.project_files import ROOT
from fixtures.property_cases import property_cases

LABEL = ox.NamedNode(names.LABEL)
SHAPES = set(
    re.findall(
        r"^shape:Label-(\w+)$", (ROOT / "ontology/shapes/labels.ttl").read_text(), re.MULTILINE
    )
)


def labelled(*pairs):
    """Return the statements that give things, by CURIE, English labels."""
    return [
        ox.Triple(ox.NamedNode(names.expand(curie)), LABEL, ox.Literal(text, language="en"))
        for curie, text in pairs
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Anna Example",
        "O\u2019Brien",
        "AT&T",
        "R&D; more",
        "a < b and b > a",
        "Nguy\u1ec5n",
        "S\u00c3O PAULO",
        "CAF\u00c9\u2019s",
        "IT-\u043a\u043e\u043c\u043f\u0430\u043d\u0438\u044f",
        "\u041c\u043e\u0441\u043a\u0432\u0430 (Moscow)",
        "100\u00a0km",
        "\u6771\u4eac",
        "4",
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, with a non-joiner in a word
        "\u0915\u094d\u200d\u0937",  # Devanagari, with a joiner in a word
        "\u062d\u0632\u0628\u200e (BJP)",  # a mark of direction beside Arabic
        "Team \U0001f469\u200d\U0001f4bb",  # an emoji of two, joined
    ],
)
def test_a_label_that_can_be_read_is_left_alone(text):
    assert list(judge_label(text)) == []


@pytest.mark.parametrize(
    ("text", "shape", "shown"),
    [
        ("", "empty", '""'),
        ("  ", "empty", "U+0020 SPACE"),
        ("\u200b", "empty", "U+200B ZERO WIDTH SPACE"),
        ("\u3164", "empty", "U+3164 HANGUL FILLER"),
        ("?!", "empty", "U+0021 EXCLAMATION MARK, U+003F QUESTION MARK"),
        (" Anna", "spaces", "a blank before it"),
        ("Anna\u00a0", "spaces", "a blank at its end"),
        ("Anna  Example", "spaces", "two blanks in a row"),
        ("Anna\u00a0 Example", "spaces", "two blanks in a row"),
        ("Anna\tExample", "spaces", "a tab or line break (U+0009)"),
        ("Anna\u2028Example", "spaces", "a tab or line break (U+2028 LINE SEPARATOR)"),
        ("An\u200bna", "invisible", "U+200B ZERO WIDTH SPACE"),
        ("An\u200dna", "invisible", "U+200D ZERO WIDTH JOINER"),
        ("Anna\u200e", "invisible", "U+200E LEFT-TO-RIGHT MARK"),
        ("An\u202ena", "invisible", "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("An\u2066na", "invisible", "U+2066 LEFT-TO-RIGHT ISOLATE"),
        ("An\u00adna", "invisible", "U+00AD SOFT HYPHEN"),
        ("\ufeffAnna", "invisible", "U+FEFF ZERO WIDTH NO-BREAK SPACE"),
        ("An\ue000na", "invisible", "U+E000"),
        ("An\ufffdna", "invisible", "U+FFFD REPLACEMENT CHARACTER"),
        ("Anna\ufdd0", "invisible", "U+FDD0"),
        ("Anna\U0001ffff", "invisible", "U+1FFFF"),
        ("Anna\U000e0041", "invisible", "U+E0041 TAG LATIN CAPITAL LETTER A"),
        ("An\u3164na", "invisible", "U+3164 HANGUL FILLER"),
        ("An\x7fna", "invisible", "U+007F"),
        ("An\x9bna", "invisible", "U+009B"),
        ("e\u0301cole", "composition", "U+0065 U+0301 for U+00E9"),
        ("\u212bngstr\u00f6m", "composition", "U+212B for U+00C5"),
        ("P\u0430ris", "scripts", "P\u0430ris (U+0430 CYRILLIC SMALL LETTER A)"),
        ("\u041c\u043eck\u0432\u0430", "scripts", "\u041c\u043eck\u0432\u0430 (U+0063"),
        ("Tom &amp; Jerry", "markup", "&amp;"),
        ("Tom &#38; Jerry", "markup", "&#38;"),
        ("<b>Anna</b>", "markup", "<b>"),
        ("Caf\u00c3\u00a9", "encoding", "\u00e9 written as 2 characters"),
        ("it\u00e2\u20ac\u2122s", "encoding", "\u2019 written as 3 characters"),
        ("\u00c3\u00adnd", "encoding", "\u00ed written as 2 characters"),
    ],
)
def test_what_deceives_in_a_label_is_shown(text, shape, shown):
    [(found, value)] = judge_label(text)
    assert found == shape
    assert value.startswith(shown)
    assert "\x9b" not in value


@pytest.mark.parametrize("character", ["\x00", "\x08", "\x1b", "\ufffe", "\uffff"])
def test_a_text_that_xml_cannot_hold_is_a_fault_whatever_it_is_of(character):
    note = ox.NamedNode(names.expand("dg:sourceNote"))
    thing = ox.NamedNode(names.expand("person:anna"))
    literal = ox.Literal(f"a{character}b", datatype=ox.NamedNode("urn:type"))
    [fault] = find_bad_texts([ox.Triple(thing, note, literal)])
    assert (fault.shape, fault.thing, fault.path) == ("Text-characters", thing.value, note.value)
    assert fault.value.startswith(f"U+{ord(character):04X}")


@pytest.mark.parametrize("text", ["a\tb\r\nc", "\U0010ffff", "\x85", "\ud7ff"])
def test_a_text_that_xml_holds_is_none(text):
    note = ox.NamedNode(names.expand("dg:sourceNote"))
    assert list(find_bad_texts([ox.Triple(note, note, ox.Literal(text))])) == []


def test_alternative_labels_and_titles_are_labels():
    thing = ox.NamedNode(names.expand("person:anna"))
    for curie in ("skos:prefLabel", "skos:altLabel", "dcterms:title", "dg:sectionTitle"):
        triple = ox.Triple(thing, ox.NamedNode(names.expand(curie)), ox.Literal(" "))
        assert [fault.shape for fault in find_bad_texts([triple])] == ["Label-empty"]


@given(text=st.text(max_size=12))
@property_cases
def test_any_text_is_judged_and_what_is_shown_is_on_one_line(text):
    for shape, value in judge_label(text):
        assert shape in SHAPES
        assert value.isprintable()
    assert fold_label(text) == " ".join(fold_label(text).split())


# ---- labels that look the same ------------------------------------------------------------

ALIKE = [
    ("Anna", "Anna"),
    ("Anna Example", "Anna\u00a0Example"),
    ("Anna Example", "anna EXAMPLE"),
    ("Anna Example", " Anna   Example "),
    ("Anna Example", "Anna\tExample"),
    ("Anna", "An\u200bna"),
    ("Anna", "\u202aAnna\u202c"),
    ("Anna", "\u0410nna"),
    ("Anna", "\uff21nna"),
    ("Ren\u00e9e", "Rene\u0301e"),
    ("Stra\u00dfe", "STRASSE"),
    ("O'Brien", "O\u2019Brien"),
    ("A-B", "A\u2011B"),
    ("\u0412\u0435\u0440\u0430", "\u0432\u0435\u0440\u0430"),
    ("\uac00", "\u1100\u1161"),
]


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_two_labels_that_look_the_same_are_a_fault(one, other):
    pairs = ("person:anna", one), ("person:anna-2", other)
    [fault] = find_same_labels(labelled(*pairs))
    assert fault.shape == "Thing-same-label"
    assert (fault.thing, fault.value) == tuple(names.expand(curie) for curie, _ in pairs)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("person:a", "Anna"), ("person:b", "Ann")),
        (("person:a", "Anna"), ("city:b", "anna")),
        (("person:a", "Anna"), ("person:a", "anna")),
        (("dg:a", "Anna"), ("dg:b", "anna")),  # of no kind
    ],
)
def test_other_labels_are_none(first, second):
    assert list(find_same_labels(labelled(first, second))) == []


def test_terms_of_one_kind_are_compared_as_well():
    statements = labelled(("dg:Talk", "talk"), ("dg:Talks", "Talk"), ("dg:talk", "TALK"))
    kinds = {"dg:Talk": "owl:Class", "dg:Talks": "owl:Class", "dg:talk": "owl:ObjectProperty"}
    statements += [
        ox.Triple(*(ox.NamedNode(names.expand(term)) for term in (curie, "rdf:type", kind)))
        for curie, kind in kinds.items()
    ]
    [fault] = find_same_labels(statements)
    assert (fault.shape, fault.thing) == ("Term-same-label", names.expand("dg:Talk"))


def test_labels_of_other_languages_are_not_compared():
    thing, other = (ox.NamedNode(names.expand(f"person:{name}")) for name in "ab")
    one = ox.Triple(thing, LABEL, ox.Literal("Anna", language="en"))
    two = ox.Triple(other, LABEL, ox.Literal("ANNA", language="fr"))
    assert list(find_same_labels([one, two])) == []


@pytest.mark.parametrize(("one", "other"), ALIKE)
def test_a_folded_label_folds_to_itself(one, other):
    for text in (one, other):
        for alike in (False, True):
            folded = fold_label(text, alike)
            assert fold_label(folded, alike) == folded

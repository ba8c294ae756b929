"""What is written in any format is read back by another reader, or the format is refused."""

from __future__ import annotations

import re
from xml.parsers import expat

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from diplograph.core.errors import NotExpressible
from diplograph.core.formats import STATEMENTS
from diplograph.core.jsonld import write_jsonld
from diplograph.core.names import PREFIXES
from diplograph.core.serialization import XML_ILLEGAL, find_xml_illegal, write_statements
from fixtures.property_cases import property_cases
from fixtures.random_statements import (
    PREDICATE,
    RDF,
    SYNTAX,
    TRIPLES,
    TYPE,
    canonicalize,
    is_kept_by_rdflib,
    lexical_forms,
    read_elsewhere,
)
from fixtures.web_reading import ignore_rdflib

pytestmark = [pytest.mark.usefixtures(lexical_forms.__name__), ignore_rdflib]
RDFS = PREFIXES["rdfs"]
NAME = re.compile(r"[^\W\d][\w.·-]*\Z")


def is_expressible(triple):
    """Return whether RDF/XML has a way to write `triple`, by the letter of XML and of RDF/XML."""
    predicate = triple.predicate.value
    if predicate in {RDF + term for term in SYNTAX} or not is_name(NAME.search(predicate)):
        return False
    literal = isinstance(triple.object, ox.Literal)
    return not (literal and XML_ILLEGAL.search(triple.object.value))


def is_name(match):
    """Return whether Expat reads an element with the name that an IRI ends in."""
    try:
        expat.ParserCreate().Parse(f"<{match[0] if match else ''}/>", True)
    except expat.ExpatError:
        return False
    return True


@property_cases
@given(st.sets(TRIPLES, max_size=4), st.sampled_from(tuple(STATEMENTS)))
def test_statements_are_read_back_equal_or_refused(triples, name):
    if name == "rdfxml" and not all(map(is_expressible, triples)):
        with pytest.raises(NotExpressible, match="RDF/XML cannot carry the "):
            write_statements(triples, name)
        return
    body = write_statements(triples, name)
    expected = canonicalize(triples)
    read = ox.parse(body, format=STATEMENTS[name].serializer)
    assert canonicalize(quad.triple for quad in read) == expected
    bare = name in {"turtle", "trig"}
    if not bare or all(is_kept_by_rdflib(triple.object) for triple in triples):
        assert read_elsewhere(body, name) == expected


# ---- what RDF/XML can and cannot carry ------------------------------------------------------

SUBJECT = ox.NamedNode("http://e.example/s")


def write_xml(predicate=PREDICATE, value=SUBJECT):
    return write_statements([ox.Triple(SUBJECT, predicate, value)], "rdfxml")


@pytest.mark.parametrize(
    "value", ["a\rb\r\nc\n\td", " a ", "]]>", "<b>&amp;</b>", "\u202e🜚", "\x85"]
)
@pytest.mark.parametrize("datatype", ["XMLLiteral", "HTML", "langString"])
def test_a_text_is_read_back_to_the_letter(value, datatype):
    term = (
        ox.Literal(value, language="EN-gb")
        if datatype == "langString"
        else ox.Literal(value, datatype=ox.NamedNode(RDF + datatype))
    )
    triple = ox.Triple(SUBJECT, PREDICATE, term)
    assert read_elsewhere(write_statements([triple], "rdfxml"), "rdfxml") == {triple}


@pytest.mark.parametrize("code", [0x0, 0x7, 0xB, 0x1B, 0x1F, 0xFFFE, 0xFFFF])
def test_a_character_that_xml_cannot_hold_is_named_with_its_place(code):
    label, state = ox.NamedNode(f"{RDFS}label"), ox.NamedNode(f"{PREFIXES['state']}IND")
    triple = ox.Triple(state, label, ox.Literal(f"a{chr(code)}b"))
    with pytest.raises(NotExpressible) as refused:
        write_statements([ox.Triple(SUBJECT, PREDICATE, SUBJECT), triple], "rdfxml")
    assert str(refused.value) == (
        f"RDF/XML cannot carry the character U+{code:04X}, which is in rdfs:label of state:IND;"
        " Turtle, N-Triples, JSON-LD, TriG and N-Quads can"
    )
    for name in STATEMENTS.keys() - {"rdfxml"}:
        assert read_elsewhere(write_statements([triple], name), name) == {triple}


@pytest.mark.parametrize(
    "iri",
    [
        *("http://e.example/vocab/2025", "http://e.example/", "http://e.example/v#", "urn:p:1"),
        *("http://e.example/%41", "http://e.example/𐀀", "http://www.w3.org/2000/xmlns/p"),
    ],
)
def test_a_predicate_without_an_xml_name_is_named(iri):
    with pytest.raises(NotExpressible, match=f"the predicate <{iri}>, which ends in no XML name"):
        write_xml(ox.NamedNode(iri))


@pytest.mark.parametrize("term", SYNTAX)
def test_a_predicate_that_is_syntax_of_rdf_xml_is_named(term):
    with pytest.raises(NotExpressible, match=f"the predicate rdf:{term}, which is syntax there"):
        write_xml(ox.NamedNode(RDF + term))


@pytest.mark.parametrize(
    "iri",
    [
        *("http://e.example/é", "http://e.example/中", "http://e.example/a·b", "urn:p"),
        *("http://e.example/2025a", "http://e.example/a&b='c/p", "http://e.example/xml"),
        *(f"{RDF}_1", f"{RDF}Seq"),
    ],
)
def test_a_predicate_with_an_xml_name_is_read_back(iri):
    triple = ox.Triple(SUBJECT, ox.NamedNode(iri), SUBJECT)
    assert read_elsewhere(write_xml(ox.NamedNode(iri)), "rdfxml") == {triple}


@pytest.mark.parametrize("iri", ["http://e.example/2025", "urn:p:1", *map(RDF.__add__, SYNTAX)])
def test_a_class_needs_no_xml_name(iri):
    other = ox.Triple(SUBJECT, TYPE, ox.NamedNode("http://e.example/Class"))
    typed = [ox.Triple(node, TYPE, ox.NamedNode(iri)) for node in (PREDICATE, SUBJECT)]
    body = write_statements([other, *typed], "rdfxml")
    assert read_elsewhere(body, "rdfxml") == {other, *typed}


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (ox.Triple(SUBJECT, PREDICATE, SUBJECT), "the triple term"),
        (
            ox.Literal("x", language="ar", direction=ox.BaseDirection.RTL),
            "the direction of the text",
        ),
    ],
)
def test_what_readers_of_rdf_1_1_would_drop_is_refused(value, what):
    triple = ox.Triple(SUBJECT, PREDICATE, value)
    for name, form in STATEMENTS.items():
        if not form.rdf12:
            with pytest.raises(
                NotExpressible, match=f"cannot carry {what} in <http://e.example/p>"
            ):
                write_statements([triple], name)
            continue
        read = ox.parse(write_statements([triple], name), format=form.serializer)
        assert {quad.triple for quad in read} == {triple}
    with pytest.raises(NotExpressible, match="JSON-LD cannot carry"):
        write_jsonld([triple])


@property_cases
@given(st.text(st.characters(codec="utf-8"), max_size=9))
def test_bytes_are_searched_for_what_xml_cannot_hold_as_texts_are(text):
    illegal = XML_ILLEGAL.search(text)
    place = illegal and len(text[: illegal.start()].encode())
    assert find_xml_illegal(text.encode()) == place

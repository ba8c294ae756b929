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
from diplograph.core.serialization import XML_ILLEGAL, write_statements
from fixtures.property_cases import property_cases
from fixtures.random_statements import (
    RDF,
    SYNTAX,
    TRIPLES,
    canonicalize,
    is_kept_by_rdflib,
    lexical_forms,
    read_elsewhere,
)
from fixtures.web_reading import ignore_rdflib

pytestmark = pytest.mark.usefixtures(lexical_forms.__name__)
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


@ignore_rdflib
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

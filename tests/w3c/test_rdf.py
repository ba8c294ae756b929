"""Files are read as the W3C's tests of Turtle, N-Triples, TriG and RDF/XML say.

rdf-tests.zip holds them as RDFLib's source distribution carries them (test/data/suites/w3c).
Copyright W3C; they may be redistributed under the W3C Test Suite License and under its 3-clause BSD
License, see each manifest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import pyoxigraph as ox
import pytest

from diplograph.core.errors import MalformedFile
from diplograph.core.rdf import parse_rdf, read_lines
from fixtures.canonical_graph import canonical

ARCHIVE = Path(__file__).with_name("rdf-tests.zip")
PUBLISHED = {
    "turtle": "http://www.w3.org/2013/TurtleTests/",
    "ntriples": "http://www.w3.org/2013/N-TriplesTests/",
    "trig": "http://www.w3.org/2013/TrigTests/",
    "rdf-xml": "http://www.w3.org/2013/RDFXMLTests/",
}
MANIFEST = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_BARE_ROOT = re.compile(r"<(?:\w+:)?RDF\b(?![^>]*xml:base)")
# Name of a test to why it does not hold here.
EXCEPTIONS = {
    "localName_with_assigned_nfc_PN_CHARS_BASE_character_boundaries": (
        "its result has an IRI with U+E01EF, which RFC 3987 does not allow"
    ),
    "xml-canon-test001": "pyoxigraph writes the namespaces of an XML literal in its own way",
}


@cache
def read_text(name):
    with ZipFile(ARCHIVE) as archive:
        return archive.read(name).decode()


@dataclass(frozen=True)
class Case:
    """A test: its suite, name and kind, the file to read, and that of the result, if any."""

    suite: str
    name: str
    kind: str
    action: str
    result: str = ""

    @property
    def text(self):
        """The text, which says itself what its relative IRIs are relative to."""
        text, base = read_text(f"{self.suite}/{self.action}"), PUBLISHED[self.suite] + self.action
        if self.suite == "rdf-xml":
            return _BARE_ROOT.sub(rf'\g<0> xml:base="{base}"', text, count=1)
        return text if self.suite == "ntriples" else f"@base <{base}> . {text}"


@cache
def list_cases(suite):
    """Return the tests of a suite that its manifest lists."""
    base = PUBLISHED[suite]
    manifest = f"@base <{base}manifest.ttl> .\n{read_text(f'{suite}/manifest.ttl')}"
    about: dict[str, dict[str, str]] = {}
    for quad in ox.parse(manifest, format=ox.RdfFormat.TURTLE):
        about.setdefault(quad.subject.value, {})[quad.predicate.value] = quad.object.value
    return [
        Case(
            suite,
            values.get(f"{MANIFEST}name", iri.rpartition("#")[2]),
            values[TYPE].rpartition("#")[2],
            values[f"{MANIFEST}action"].removeprefix(base),
            values.get(f"{MANIFEST}result", "").removeprefix(base),
        )
        for iri, values in about.items()
        if f"{MANIFEST}action" in values
    ]


def cases(*suites, negative):
    return [
        pytest.param(case, id=f"{case.suite}: {case.name}")
        for suite in suites
        for case in list_cases(suite)
        if ("Negative" in case.kind) is negative and case.name not in EXCEPTIONS
    ]


def test_the_suites_are_whole():
    counts = {suite: len(list_cases(suite)) for suite in PUBLISHED}
    assert counts == {"turtle": 291, "ntriples": 68, "trig": 335, "rdf-xml": 162}
    assert EXCEPTIONS.keys() <= {case.name for suite in PUBLISHED for case in list_cases(suite)}


@pytest.mark.parametrize("case", cases("turtle", "ntriples", "rdf-xml", negative=False))
def test_what_is_well_formed_is_read(case):
    quads, _ = parse_rdf(case.text, file=case.action)
    if case.result:
        expected = ox.parse(read_text(f"{case.suite}/{case.result}"), format=ox.RdfFormat.N_TRIPLES)
        assert canonical(quads) == canonical(expected)


@pytest.mark.parametrize("case", cases("turtle", "ntriples", negative=False))
def test_each_statement_of_it_has_a_line(case):
    quads, _ = parse_rdf(case.text, file=case.action)
    lines = read_lines(case.text, file=case.action)
    for subject, predicate, value in (quad.triple for quad in quads):
        if isinstance(subject, ox.NamedNode) and not isinstance(value, ox.BlankNode):
            found = [text for text, _ in lines.values[subject.value, predicate.value]]
            assert value.value in found


@pytest.mark.parametrize("case", cases("turtle", "ntriples", "rdf-xml", negative=True))
def test_what_is_not_well_formed_is_refused(case):
    with pytest.raises(MalformedFile):
        parse_rdf(case.text, file=case.action)


@pytest.mark.parametrize("case", cases("trig", negative=False))
def test_graphs_of_trig_are_never_read_as_turtle(case):
    quads = list(ox.parse(case.text, format=ox.RdfFormat.TRIG))
    if all(isinstance(quad.graph_name, ox.DefaultGraph) for quad in quads):
        return
    with pytest.raises(MalformedFile, match="the text is no Turtle but looks like TriG"):
        parse_rdf(case.text, file="named.ttl")

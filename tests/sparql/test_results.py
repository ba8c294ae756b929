"""Rows are read back by other readers as they were, in every format, or the format is refused."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from rdflib.query import Result

from diplograph.core.errors import BoundExceeded, NotExpressible
from diplograph.core.formats import RESULTS
from diplograph.core.rdf import to_oxigraph
from diplograph.core.serialization import XML_ILLEGAL
from diplograph.sparql.results import ResultBuffer, write_results
from fixtures.property_cases import property_cases
from fixtures.random_statements import OBJECTS, is_kept_by_rdflib, lexical_forms

pytestmark = pytest.mark.usefixtures(lexical_forms.__name__)
STORE, SRX = ox.Store(), "http://www.w3.org/2005/sparql-results#"
NAMES = ["a", "é1", "_"]
TERMS = st.one_of(st.none(), OBJECTS)
TABLES = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.tuples(*[TERMS] * width), max_size=4).map(
        lambda rows: (NAMES[:width], rows)
    )
)


def make_solutions(table):
    """Return the table as the result of a query."""
    names, rows = table
    bindings = [
        {name: describe(term) for name, term in zip(names, row, strict=True) if term is not None}
        for row in rows
    ]
    document = {"head": {"vars": names}, "results": {"bindings": bindings}}
    return ox.parse_query_results(json.dumps(document), format=ox.QueryResultsFormat.JSON)


def describe(term):
    """Return a term as SPARQL 1.1 Query Results JSON has it."""
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if term.language:
        return {"type": "literal", "value": term.value, "xml:lang": term.language}
    return {"type": "literal", "value": term.value, "datatype": term.datatype.value}


def read_elsewhere(body, name):
    """Return the rows that rdflib reads; of CSV the texts, by Python's reader."""
    if name == "csv":
        _, *rows = csv.reader(io.StringIO(body.decode(), newline=""))
        return [tuple(row or [""]) for row in rows]
    if name == "tsv":
        return read_tsv(body.decode())
    result = Result.parse(io.BytesIO(body), format=name)
    rows = ([row.get(variable) for variable in result.vars] for row in result.bindings)
    return [tuple(term if term is None else to_oxigraph(term) for term in row) for row in rows]


def read_tsv(text):
    """Return the rows of a text whose terms are as in Turtle; rdflib's own reader drops rows."""
    rows = [line.split("\t") for line in text.split("\n")[1:-1]]
    cells = {(r, c): cell for r, row in enumerate(rows) for c, cell in enumerate(row) if cell}
    turtle = "".join(f"<row:{r}> <column:{c}> {cell} .\n" for (r, c), cell in cells.items())
    terms = {
        (int(subject[4:]), int(predicate[7:])): to_oxigraph(value)
        for subject, predicate, value in rdflib.Graph().parse(data=turtle, format="turtle")
    }
    return [tuple(terms.get((r, c)) for c in range(len(row))) for r, row in enumerate(rows)]


def spell(rows, name):
    """Return the rows as they can be compared: blank nodes by their order, for CSV the texts."""
    labels = {}

    def spell_term(term):
        plain = name == "csv" and isinstance(term, ox.Literal)
        text = term.value if plain else str(term)  # CSV has no mark of what is a text
        if isinstance(term, ox.BlankNode) or text.startswith("_:"):
            return labels.setdefault(text, f"_:{len(labels)}")
        if name == "csv":
            return "" if term is None else getattr(term, "value", term)
        return term

    return [tuple(map(spell_term, row)) for row in rows]


@property_cases
@given(TABLES, st.sampled_from(tuple(RESULTS)))
def test_rows_are_read_back_equal_or_refused(table, name):
    texts = [term.value for row in table[1] for term in row if isinstance(term, ox.Literal)]
    if name == "xml" and any(map(XML_ILLEGAL.search, texts)):
        with pytest.raises(NotExpressible, match=r"XML cannot carry the character U\+"):
            write_results(make_solutions(table), name)
        return
    body, number = write_results(make_solutions(table), name)
    assert number == len(table[1])
    if name == "tsv" and not all(is_kept_by_rdflib(term) for row in table[1] for term in row):
        return
    assert spell(read_elsewhere(body, name), name) == spell(table[1], name)


# ---- what XML can and cannot carry ----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (
            r'SELECT ?a ?é { VALUES (?a ?é) { ("x" "y") ("x" "a\u0007") } }',
            "U+0007, which is in ?é of row 2",
        ),
        (r'SELECT ?a { VALUES ?a { UNDEF "\uFFFE" } }', "U+FFFE, which is in ?a of row 2"),
        (r'SELECT (<<( <a:b> <a:c> "\u0000" )>> AS ?t) {}', "U+0000, which is in ?t of row 1"),
    ],
)
def test_a_character_that_xml_cannot_hold_is_named_with_its_variable(text, place):
    with pytest.raises(NotExpressible) as refused:
        write_results(STORE.query(text), "xml")
    assert str(refused.value) == f"XML cannot carry the character {place}; JSON, CSV and TSV can"
    assert refused.value.form == "xml"


def test_line_ends_and_tabs_are_read_back_from_xml():
    body, _ = write_results(STORE.query(r'SELECT ("\ra\r\n\tb\n " AS ?x) {}'), "xml")
    assert [node.text for node in ElementTree.fromstring(body).iter(f"{{{SRX}}}literal")] == [
        "\ra\r\n\tb\n "
    ]


def test_a_replacement_counts_for_the_bound_of_an_answer():
    buffer = ResultBuffer(mebibytes=1)
    buffer.write(b"\r" * 300_000)
    with pytest.raises(BoundExceeded, match="larger than the 1 MiB one answer may have"):
        buffer.replace(b"\r", b"&#13;")
    assert len(buffer.body) == 300_000

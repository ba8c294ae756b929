"""Prefixes are added to a query and left out of its address, and its answer has a name."""

import pytest

from diplograph.core.errors import QuerySyntaxError
from diplograph.core.names import PREFIXES
from diplograph.sparql.check import check_query
from diplograph.sparql.query_text import declare_prefixes, drop_prefixes, name_answer

DG = f"PREFIX dg: <{PREFIXES['dg']}>\n"
RDFS = f"PREFIX rdfs: <{PREFIXES['rdfs']}>\n"


@pytest.mark.parametrize(
    ("text", "expected", "added"),
    [
        ("ASK { ?s a dg:Visit }", f"{DG}ASK {{ ?s a dg:Visit }}", ("dg",)),
        (f"{DG}ASK {{ ?s rdfs:label ?l }}", f"{DG}{RDFS}ASK {{ ?s rdfs:label ?l }}", ("rdfs",)),
        ("# Which?\nASK { ?s a dg:A }", f"# Which?\n{DG}ASK {{ ?s a dg:A }}", ("dg",)),
        (f"{DG}ASK {{ ?s a dg:A }}", f"{DG}ASK {{ ?s a dg:A }}", ()),
        ('ASK { ?s ?p "dg:A" } # dg:B', 'ASK { ?s ?p "dg:A" } # dg:B', ()),
        ("PREFIX dg: <urn:own:> ASK { ?s a dg:A }", "PREFIX dg: <urn:own:> ASK { ?s a dg:A }", ()),
        ("ASK { ?s a zz:A }", "ASK { ?s a zz:A }", ()),
    ],
)
def test_prefixes_of_the_project_are_declared_where_they_are_not(text, expected, added):
    assert declare_prefixes(text) == (expected, added)


@pytest.mark.parametrize(
    ("text", "short"),
    [
        (f"{DG}{RDFS}\nASK {{ ?s a dg:A ; rdfs:label ?l }}", "ASK { ?s a dg:A ; rdfs:label ?l }"),
        (f"PREFIX my: <urn:my:>\n{DG}ASK {{ ?s a dg:A, my:B }}",
         "PREFIX my: <urn:my:>\nASK { ?s a dg:A, my:B }"),
        ("PREFIX dg: <urn:own:>\nASK { ?s a dg:A }", "PREFIX dg: <urn:own:>\nASK { ?s a dg:A }"),
    ],
)  # fmt: skip
def test_an_address_has_no_lines_that_are_added_again(text, short):
    assert drop_prefixes(text) == short
    check_query(declare_prefixes(short)[0])


def test_a_query_that_loses_no_line_is_as_it_was():
    text = "SELECT * { ?s ?p ?o }\n"
    assert drop_prefixes(text) == text


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dg", f"the prefix dg: is not declared; add PREFIX dg: <{PREFIXES['dg']}> on top"),
        ("rdsf", "the prefix rdsf: is not declared; did you mean rdf: or rdfs:?"),
        ("zzz", "the prefix zzz: is not declared; add PREFIX zzz: <...> on top"),
    ],
)
def test_an_undeclared_prefix_is_named_with_what_to_do(name, message):
    with pytest.raises(QuerySyntaxError) as error:
        check_query(f"ASK {{ ?s a {name}:A }}")
    assert error.value.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("# Which meetings took place?\nSELECT * { ?s ?p ?o }", "which-meetings-took-place"),
        ("SELECT ?x { ?x a dg:BilateralMeeting ; rdfs:label ?l }", "bilateral-meeting"),
        ("SELECT ?x { ?x rdfs:label ?l ; dg:hasParticipant ?y }", "has-participant"),
        ("SELECT ?raisedBy ?n { ?raisedBy ?p ?n }", "raised-by-n-p"),
        ("ASK {}", "answer"),
        ('# \u00c9lys\u00e9e: talks "and" ../more\nASK {}', "elysee-talks-and-more"),
        ("# \u65e5\u672c\nASK {}", "answer"),
    ],
)
def test_an_answer_has_a_name_of_plain_letters_from_its_query(text, name):
    assert name_answer(text) == name

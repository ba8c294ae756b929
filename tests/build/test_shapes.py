"""A shape that is not well formed is refused with its file, its line, its name and the value."""

from __future__ import annotations

import re

import pyoxigraph as ox
import pytest

from diplograph.build.dataset import Asserted, read_files
from diplograph.build.derive import Derived, derive
from diplograph.build.patterns import MalformedPattern, translate_pattern
from diplograph.build.reason import Reasoned, reason
from diplograph.build.shape_queries import ShapeQueries
from diplograph.build.shapes import ShapesGraph, check_shapes
from diplograph.build.validate import validate
from diplograph.core import names
from diplograph.core.errors import MalformedFile
from diplograph.core.home import Home
from fixtures.small_home import PREFIXES, write_home

FILE = "ontology/shapes/own.ttl"
HEADER = (
    PREFIXES
    + """@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix ex: <https://example.org/> .
shape:prefixes sh:declare [ sh:prefix "rdfs" ;
  sh:namespace "http://www.w3.org/2000/01/rdf-schema#"^^xsd:anyURI ] .
"""
)
DATA = 'state:ARD a dg:State ; rdfs:label "Ardenia"@en ; dg:alpha3Code "ARD" .'
NODE = "shape:X a sh:NodeShape ; sh:targetClass dg:State ;\n  "
PROPERTY = NODE + "sh:property shape:P .\nshape:P sh:path dg:alpha3Code ;\n  "
QUERY = (
    NODE + 'sh:sparql shape:Q .\nshape:Q sh:prefixes shape:prefixes ; sh:message "{?value}" ;'
    "\n  sh:select "
)


def read(text):
    return frozenset(quad.triple for quad in ox.parse(HEADER + text, format=ox.RdfFormat.TURTLE))


def read_shapes(tmp_path, text):
    graphs = {names.REFERENCE_GRAPH: read(DATA), names.SHAPES_GRAPH: read(text)}
    return Asserted(Home(tmp_path, tmp_path), graphs, {FILE: HEADER + text}, "")


def refuse(tmp_path, text):
    """Return the error that the shapes of `text` raise before they are run."""
    shapes = ShapesGraph(read_shapes(tmp_path, text))
    with pytest.raises(MalformedFile) as caught:
        check(shapes)
    return caught.value


def check(shapes):
    check_shapes(shapes)
    ShapeQueries(shapes).prepare()


def find(tmp_path, text):
    """Return the findings of the shapes of `text` about one state."""
    return validate(Derived(Reasoned(read_shapes(tmp_path, text), frozenset()))).findings


@pytest.mark.parametrize(
    ("text", "named", "value"),
    [
        (NODE + 'sh:severity "bad" .', "shape:X: sh:severity takes one IRI", "bad"),
        (NODE + "sh:severity sh:Info ,\n sh:Warning .", "has 2: keep the right one", "sh:Warning"),
        (PROPERTY + 'sh:pattern "[A-Z" .', "shape:P: sh:pattern is no regular expression", "[A-Z"),
        (PROPERTY + 'sh:pattern "\\\\p{L}" .', "bad escape", "\\p{L}"),
        (PROPERTY + 'sh:pattern "[[a]" .', "nested set", "[[a]"),
        (PROPERTY + 'sh:pattern "[a-z-[x]]" .', "takes a class from a class", "[a-z-[x]]"),
        (PROPERTY + 'sh:pattern "a" ; sh:flags "z" .', "sh:flags are of the letters", "z"),
        (PROPERTY + 'sh:minCount "1" .', "sh:minCount takes one integer", "1"),
        (PROPERTY + "sh:minCount -1 .", "sh:minCount takes one integer", "-1"),
        (PROPERTY + "sh:maxCount 1.5 .", "sh:maxCount takes one integer", "1.5^^xsd:decimal"),
        (PROPERTY + "sh:maxCount 1 , 2 .", "has 2: keep the right one", "2"),
        (PROPERTY + 'sh:minInclusive "x"^^xsd:date .', "one literal", "x^^xsd:date"),
        (PROPERTY + 'sh:uniqueLang "yes"^^xsd:boolean .', "true or false", "yes^^xsd:boolean"),
        (PROPERTY + "sh:lessThan 3 .", "sh:lessThan takes an IRI", "3"),
        (PROPERTY + "sh:in dg:State .", "sh:in takes one list", "dg:State"),
        (PROPERTY + 'sh:languageIn "en" .', "sh:languageIn takes one list of texts", "en"),
        (NODE + 'sh:closed "yes" .', "sh:closed takes true or false", "yes"),
        (NODE + 'sh:class "State" .', "sh:class takes an IRI", "State"),
        (NODE + "sh:nodeKind sh:Thing .", "sh:nodeKind takes one of", "sh:Thing"),
        (NODE + 'sh:minLength "3"@en .', "sh:minLength takes one integer", "3@en"),
        (NODE + "sh:property shape:Absent .", "none of that name", "shape:Absent"),
        (NODE + "sh:node shape:Absent .", "none of that name", "shape:Absent"),
        (NODE + "sh:minCount 1 .", "sh:minCount is for property shapes", "1"),
        (NODE + "sh:path dg:a .", "a sh:NodeShape has no sh:path", "dg:a"),
        (NODE + 'sh:property [ sh:path "a" ] .', "shape:X: sh:path takes one IRI or", "a"),
        ("shape:X sh:path dg:a ,\n dg:b ; sh:minCount 1 .", "has 2: keep the right one", "dg:b"),
        ('shape:X sh:targetClass "State" .', "sh:targetClass takes an IRI", "State"),
        (NODE + "sh:message 3 .", "sh:message takes a text", "3"),
        (NODE + 'sh:order "first" .', "sh:order takes one number", "first"),
        (NODE + 'sh:sparql "SELECT" .', "sh:sparql takes an IRI or a blank node", "SELECT"),
        (NODE + 'sh:rule "rule" .', "a sh:rule is a sh:SPARQLRule or a sh:TripleRule", "rule"),
        (QUERY + '"SELECT $this {}"@en .', "without language tag", "SELECT $this {}@en"),
        ('ex:o sh:declare [ sh:prefix "a b" ; sh:namespace "x" ] .', "can have this prefix", "a b"),
    ],
)
def test_an_error_names_the_line_the_shape_and_the_value(tmp_path, text, named, value):
    error = refuse(tmp_path, text)
    assert named in error.message
    assert (error.file, error.value) == (FILE, value)
    written = (HEADER + text).split("\n")[error.line - 1]
    lexical = value.partition("^^")[0].split(":")[-1].split("@")[0].replace("\\", "\\\\")
    assert lexical in written


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("shape:X a sh:PropertyShape ; sh:minCount 1 .", "a sh:PropertyShape has one sh:path"),
        ("shape:X a sh:PropertyShape , sh:NodeShape ; sh:path dg:a .", "keep one"),
        (NODE + "sh:severity [] .", "sh:severity takes one IRI"),
        (
            NODE + 'sh:node [ a sh:SPARQLFunction ; sh:select "SELECT (1 AS ?x) {}" ] .',
            "a function is called by its IRI",
        ),
        (NODE + "sh:property [ sh:minLength 3 ] .", "this one has no sh:path"),
        (PROPERTY + "sh:minCount 1 .\nshape:Y sh:node shape:P .", "use sh:property"),
        (PROPERTY + "sh:qualifiedValueShape [ sh:class dg:A ] .", "sh:qualifiedMinCount or"),
        (NODE + "sh:datatype [] .", "sh:datatype takes one IRI"),
        (NODE + "sh:property [ sh:path [] ] .", "sh:path takes one IRI or"),
        (NODE + "sh:property [ sh:path () ] .", "sh:path takes one IRI or"),
        (NODE + "sh:property [ sh:path ( dg:a ) ] .", "sh:path takes one IRI or"),
        (NODE + "sh:property [ sh:path [ sh:inversePath dg:a , dg:b ] ] .", "sh:path takes"),
        (NODE + "sh:property [ sh:path [ sh:otherPath dg:a ] ] .", "sh:path takes"),
        (NODE + "sh:property [ sh:path _:p ] . _:p sh:inversePath _:p .", "sh:path takes"),
        (NODE + "sh:property [ sh:path _:p ] . _:p rdf:first dg:a ; rdf:rest _:p .", "back to it"),
        (NODE + "sh:in _:p . _:p rdf:first 1 ; rdf:rest _:p .", "a list that comes back to itself"),
        (NODE + "sh:in _:p . _:p rdf:first 1 .", "each part has one rdf:first and one rdf:rest"),
        (NODE + "sh:or ( shape:Absent ) .", "look at shape:Absent"),
        (NODE + 'sh:xone ( "x" ) .', "look at x"),
        (NODE + "sh:and () .", "at least one"),
        (NODE + "sh:languageIn ( 1 ) .", "look at 1"),
        (NODE + "sh:node shape:X .", "break shape:X > shape:X"),
        (NODE + "sh:not [ sh:and ( shape:X ) ] .", "refer to themselves"),
        (NODE + 'sh:js [ sh:jsFunctionName "f" ] .', "JavaScript is not run here"),
        (NODE + "sh:target [ a ex:Target ] .", "exactly one sh:select, as a sh:target"),
        (NODE + "sh:sparql [] .", "exactly one sh:select, as a sh:sparql, and has 0"),
        (NODE + "sh:rule [] .", "write which"),
        (NODE + "sh:rule [ a sh:TripleRule ; sh:subject sh:this ] .", "has one sh:predicate"),
        ("ex:C a sh:ConstraintComponent .", "a sh:parameter that is not sh:optional"),
        ("ex:f a sh:SPARQLFunction .", "exactly one sh:select or sh:ask"),
        ("ex:o sh:declare [ sh:prefix 'x' ; sh:namespace ex:ns ] .", "one sh:namespace, a text"),
        ("ex:o sh:declare [ sh:namespace 'x' ] .", "one sh:prefix, a text"),
        ("ex:o sh:entailment <http://www.w3.org/ns/entailment/OWL-Direct> .", "sh:entailment"),
    ],
)
def test_an_error_names_the_line_of_a_shape_that_lacks_something(tmp_path, text, named):
    error = refuse(tmp_path, text)
    assert named in error.message
    assert error.file == FILE
    assert error.line > HEADER.count("\n")


def test_shapes_nested_too_deep_are_refused(tmp_path):
    chain = "".join(f"ex:s{n} a sh:NodeShape ; sh:node ex:s{n + 1} ." for n in range(2_000))
    error = refuse(tmp_path, chain + "ex:s2000 a sh:NodeShape .")
    assert "2001 deep: at most 50" in error.message


# ---- SPARQL -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "named"),
    [
        (
            "SELECT $this WHERE { $this dg:code ?c FILTER(?c > 3 }",
            "column 28: the prefix dg: is not declared; add PREFIX dg:"
            " <https://w3id.org/diplograph/ontology#> on top, or a",
        ),
        ("SELECT $this\\nWHERE {\\n  $this rdfs:label ?c FILTER(?c > 3 }", "line 3, column 23"),
        ("ASK { $this rdfs:label ?value }", "a query that begins with SELECT"),
        ("DELETE WHERE { ?s ?p ?o }", "only queries are answered"),
        ("SELECT ?value { ?value rdfs:label ?label }", "has to select $this"),
        ("SELECT $this { ?a ?b $this MINUS { ?a ?b 3 } }", "MINUS may not stand"),
        ("SELECT $this { ?a ?b $this } VALUES ?a { 3 }", "VALUES may not stand"),
        (
            "SELECT $this { SERVICE <http://example.org/> { ?a ?b $this } }",
            "SERVICE is not allowed",
        ),
        ("SELECT $this { { SELECT ?a { ?a ?b ?c } } }", "has to select $this by name"),
        ("SELECT $this { { SELECT * { ?a ?b ?c } } }", "has to select $this by name"),
        ("SELECT $this { FILTER EXISTS { SELECT ?a { ?a ?b ?c } } }", "has to select $this"),
        ("SELECT $this { BIND(1 AS ?this) }", "?this has a value already"),
        ("SELECT $this { $this $PATH ?value }", "$PATH stands for a sh:path, and shape:X has none"),
        ("SELECT $this { GRAPH $shapesGraph { $this ?p ?o } }", "$shapesGraph is not supported"),
        ("SELECT $this { FILTER(<https://example.org/f>($this)) }", "no such function"),
        (
            "PREFIX x: <http://www.w3.org/2001/XMLSchema#> SELECT $this { FILTER(x:date(1)) }",
            "x:date",
        ),
        ("", "the query is empty"),
    ],
)
def test_a_query_that_shacl_forbids_is_refused_with_its_place(tmp_path, query, named):
    error = refuse(tmp_path, QUERY + f'"{query}" .')
    assert error.message.startswith("shape:Q: sh:select")
    assert named in error.message
    assert (error.file, error.line) == (FILE, HEADER.count("\n") + 4)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT $this ?value { $this rdfs:label ?value } # MINUS { } VALUES { } SERVICE <x>",
        "SELECT $this ?value { $this rdfs:label ?value FILTER(?value != ' minus { service <') }",
        "SELECT $this ?value { $this rdfs:label ?value FILTER(?value != ' as ?this # x') }",
        "SELECT $this ?value { $this rdfs:label ?minus , ?service , ?values , ?value }",
        "PREFIX values: <http://www.w3.org/2000/01/rdf-schema#>"
        "SELECT $this ?value { $this values:label ?value }",
        "SELECT * { $this rdfs:label ?value }",
        "SELECT $this ?value { { SELECT $this ?value { $this rdfs:label ?value } } }",
    ],
)
def test_a_word_that_is_no_keyword_is_not_taken_for_one(tmp_path, query):
    [found] = find(tmp_path, QUERY + f'"""{query}""" .')
    assert (found.message, found.value) == ("Ardenia", "Ardenia")


def test_prefixes_are_those_that_imports_lead_to(tmp_path):
    text = QUERY + '"SELECT $this ?value { $this label:label ?value }" .\n'
    text = text.replace("shape:prefixes ; sh:message", "ex:one ; sh:message") + (
        "ex:one owl:imports ex:two . ex:two owl:imports ex:one , ex:three .\n"
        'ex:three sh:declare [ sh:prefix "label" ; '
        'sh:namespace "http://www.w3.org/2000/01/rdf-schema#"^^xsd:anyURI ] .\n'
        'ex:other a owl:Ontology ; sh:declare [ sh:prefix "label" ; sh:namespace "urn:x" ] .'
    )
    assert [found.message for found in find(tmp_path, text)] == ["Ardenia"]


def test_a_prefix_of_two_namespaces_is_refused(tmp_path):
    more = 'shape:prefixes sh:declare [ sh:prefix "rdfs" ; sh:namespace "urn:x" ] .'
    error = refuse(tmp_path, QUERY + f'"SELECT $this {{}}" . {more}')
    assert "two namespaces of rdfs" in error.message


def test_a_query_that_fails_while_it_runs_names_its_shape(tmp_path):
    query = "SELECT $this { $this rdfs:label ?label FILTER REGEX(?label, '[') }"
    with pytest.raises(MalformedFile, match=r"shape:Q: the query cannot be run: unterminated"):
        find(tmp_path, QUERY + f'"{query}" .')


def test_a_path_with_a_slash_stands_for_path_in_a_query(tmp_path):
    text = (
        NODE
        + "sh:property shape:P .\nshape:P sh:path <https://example.org/a/b> ; sh:sparql ex:q .\n"
        + 'ex:q sh:prefixes ex:p ; sh:select "SELECT $this { $this $PATH ?value }" .\n'
        + 'ex:p sh:declare [ sh:prefix "ex" ; sh:namespace "https://example.org/" ] .'
    )
    assert find(tmp_path, text) == ()


def test_a_message_shows_a_value_with_backslashes(tmp_path):
    query = r"SELECT $this ?value { $this rdfs:label ?x BIND(CONCAT(?x, '\\\\d\\\\1') AS ?value) }"
    [found] = find(tmp_path, QUERY + f'"{query}" .')
    assert (found.message, found.value) == ("Ardenia\\d\\1", "Ardenia\\d\\1")


def test_a_function_of_the_shapes_runs_after_a_failure_too(tmp_path, capfd):
    function = (
        "ex:size a sh:SPARQLFunction ; sh:parameter [ sh:path ex:text ] ;"
        'sh:returnType xsd:integer ; sh:select "SELECT (STRLEN(STR($text)) AS ?size) {}" .\n'
    )
    text = function + QUERY + '"SELECT $this (<https://example.org/size>(?x) AS ?value) '
    with pytest.raises(MalformedFile):
        find(tmp_path, text + "{ $this rdfs:label ?x FILTER REGEX(?x, '[') }\" .")
    [found] = find(tmp_path, text + '{ $this rdfs:label ?x }" .')
    assert found.message == "7"
    assert capfd.readouterr() == ("", "")


# ---- what is well formed ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (NODE + 'sh:in ( dg:State 1 "x"@en ) .', "sh:in (dg:State, 1, x@en)"),
        (NODE + 'sh:pattern "^A$" .', "sh:pattern (^A$)"),
        (NODE + "sh:class dg:City , dg:Agent .", "sh:class (dg:Agent, dg:City)"),
        (NODE + 'sh:class dg:City . dg:City rdf:first "no list" .', "sh:class (dg:City)"),
        (NODE + "sh:or ( [ sh:class dg:City ] shape:N ) . shape:N sh:nodeKind sh:Literal .", None),
    ],
)
def test_a_shape_without_a_message_has_the_same_one_in_each_run(tmp_path, text, message):
    found = {finding.message for finding in find(tmp_path, text)}
    message = message or "sh:or (a shape in brackets, shape:N)"
    assert found == {f"The value does not fit {message}."}


def test_true_is_only_true_where_shacl_says_so(tmp_path):
    text = NODE + 'sh:property [ sh:path rdfs:label ; sh:uniqueLang "1"^^xsd:boolean ] .'
    assert find(tmp_path, text) == ()


def test_targets_are_what_a_query_or_a_type_of_targets_finds(tmp_path):
    text = """
ex:S a sh:NodeShape ; sh:class dg:City ; sh:target [ a sh:SPARQLTarget ;
  sh:select "SELECT ?this { VALUES ?this { <https://example.org/one> } }" ] ,
  [ a ex:Target ; ex:of dg:State ] .
ex:Target a sh:SPARQLTargetType ; <http://www.w3.org/2000/01/rdf-schema#subClassOf> sh:Target ;
  sh:parameter [ sh:path ex:of ] ; sh:select "SELECT ?this { ?this a $of }" .
"""
    found = {names.compact(finding.thing) for finding in find(tmp_path, text)}
    assert found == {"<https://example.org/one>", "state:ARD"}


def test_shapes_may_be_nested_as_deep_as_the_bound_says(tmp_path):
    chain = "".join(f"ex:s{n} a sh:NodeShape ; sh:node ex:s{n + 1} ." for n in range(45))
    text = chain + "ex:s45 sh:class dg:City . ex:s0 sh:targetClass dg:State ."
    assert [found.shape for found in find(tmp_path, text)] == ["https://example.org/s0"]


def test_a_shape_in_brackets_is_called_by_the_one_around_it(tmp_path):
    text = NODE + "sh:property [ sh:path ( dg:a [ sh:inversePath dg:b ] ) ; sh:minCount 1 ] ."
    [found] = find(tmp_path, text)
    assert (found.shape, found.path) == (names.expand("shape:X"), None)


@pytest.mark.parametrize(
    ("pattern", "flags", "text", "matches"),
    [
        ("^AR$", "", "AR\n", False),
        ("^A$", "m", "A\nB", True),
        ("a b", "x", "ab", True),
        ("a.b", "s", "a\nb", True),
        ("a.b", "q", "axb", False),
        ("[$]", "", "$", True),
        ("\\$", "", "$", True),
        ("[^]$]", "", "]", False),
        ("AR", "i", "ar", True),
    ],
)
def test_a_pattern_matches_as_xpath_says(pattern, flags, text, matches):
    assert bool(re.search(translate_pattern(pattern, flags), text)) is matches


@pytest.mark.parametrize("pattern", ["(", "*", "a{9999999999999}", "x" * 5 + "(?i)"])
def test_a_text_that_is_no_pattern_is_refused(pattern):
    with pytest.raises(MalformedPattern):
        translate_pattern(pattern)


def test_a_home_with_a_malformed_shape_is_refused(tmp_path):
    home = write_home(tmp_path, **{FILE: PROPERTY + 'sh:pattern "[A-Z" .'})
    with pytest.raises(MalformedFile) as caught:
        validate(derive(reason(read_files(home))))
    assert str(caught.value) == (
        f"{FILE}:{PREFIXES.count(chr(10)) + 4}: shape:P: sh:pattern is no regular expression that"
        " can be read: unterminated character set at position 0: '[A-Z'"
    )
